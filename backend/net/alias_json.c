#include "backend/net/alias_json.h"

#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"

char *alias_copy(struct alias_table *t, const char *text)
{
    size_t size = 4 * strlen(text) + 64; /* the shortest name, and the longest alias */
    char *out = mem_alloc(size, 1);
    (void)alias_text(t, out, size, text);
    return out;
}

static void visit(struct alias_table *t, struct json_object *o, bool rewrite)
{
    if (json_object_is_type(o, json_type_object)) {
        json_object_object_foreach(o, key, value)
        {
            (void)key;
            visit(t, value, rewrite);
        }
    } else if (json_object_is_type(o, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(o); i++) {
            visit(t, json_object_array_get_idx(o, i), rewrite);
        }
    } else if (json_object_is_type(o, json_type_string)) {
        char *text = alias_copy(t, json_object_get_string(o));
        if (rewrite) {
            (void)json_object_set_string(o, text);
        }
        free(text);
    }
}

void alias_json(struct alias_table *t, struct json_object *o)
{
    if (t && o) {
        visit(t, o, false); /* a name that is told last may stand alone before */
        visit(t, o, true);
    }
}
