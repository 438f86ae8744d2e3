#include "cli/status_value.h"

#include <stdio.h>
#include <string.h>

#include "tui/format.h"

void value_add(json_object *o, const char *key, json_object *v)
{
    (void)json_object_object_add(o, key, v);
}

json_object *value_text(const char *s)
{
    return s && s[0] ? json_object_new_string(s) : NULL;
}

json_object *value_integer(struct opt_i64 v)
{
    return v.known ? json_object_new_int64(v.v) : NULL;
}

json_object *value_number(double v)
{
    char digits[40];
    (void)snprintf(digits, sizeof digits, "%.3f", v);
    return json_object_new_double_s(v, digits);
}

json_object *value_real(struct opt_f64 v)
{
    return v.known ? value_number(v.v) : NULL;
}

json_object *value_yes_no(enum tri t)
{
    return t == TRI_UNKNOWN ? NULL : json_object_new_boolean(t == TRI_YES);
}

json_object *value_utc(int64_t wall_ms)
{
    char out[FORMAT_MAX];
    (void)format_utc(out, wall_ms);
    char *blank = strchr(out, ' ');
    if (blank) {
        *blank = 'T';
    }
    return json_object_new_string(out);
}
