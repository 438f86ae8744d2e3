#include "backend/net/secret_option_file.h"

#include <string.h>

struct span {
    const char *p, *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct span trim(struct span s)
{
    while (s.p < s.end && is_blank(*s.p)) {
        s.p++;
    }
    while (s.p < s.end && is_blank(s.end[-1])) {
        s.end--;
    }
    return s;
}

static bool equals(struct span s, const char *word)
{
    size_t len = strlen(word);
    return (size_t)(s.end - s.p) == len && memcmp(s.p, word, len) == 0;
}

/* Cuts off a # comment; one inside quotes belongs to the value. */
static struct span without_comment(struct span s)
{
    char quote = '\0';
    for (const char *p = s.p; p < s.end; p++) {
        if (*p == '\\' && p + 1 < s.end) {
            p++;
        } else if (quote != '\0') {
            quote = *p == quote ? '\0' : quote;
        } else if (*p == '"' || *p == '\'') {
            quote = *p;
        } else if (*p == '#') {
            s.end = p;
            break;
        }
    }
    return trim(s);
}

static struct span without_quotes(struct span s)
{
    bool quoted = s.end - s.p >= 2 && (*s.p == '"' || *s.p == '\'') && s.end[-1] == *s.p;
    return quoted ? (struct span){s.p + 1, s.end - 1} : s;
}

/* The escapes of option files: \b \t \n \r \\ \s \" \'; any other backslash stays. */
static bool unescape(struct span s, char *out, size_t out_size)
{
    static const char from[] = "btnrs\\\"'", to[] = "\b\t\n\r \\\"'";
    size_t len = 0;
    for (const char *p = s.p; p < s.end; p++) {
        const char *found =
            *p == '\\' && p + 1 < s.end ? memchr(from, p[1], sizeof from - 1) : NULL;
        if (len + 1 >= out_size) {
            return false;
        }
        out[len++] = found ? to[found - from] : *p;
        p += found != NULL;
    }
    out[len] = '\0';
    return true;
}

bool secret_option_file_password(const char *text, size_t len, char *out, size_t out_size)
{
    const char *end = text + len;
    bool in_client = false;
    struct span value = {NULL, NULL};
    for (const char *p = text; p < end;) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        struct span line = trim((struct span){p, eol ? eol : end});
        p = eol ? eol + 1 : end;
        if (line.p == line.end || *line.p == '#' || *line.p == ';') {
            continue;
        }
        if (*line.p == '[') {
            line = without_comment(line);
            in_client = equals(line, "[client]");
            continue;
        }
        const char *equal = memchr(line.p, '=', (size_t)(line.end - line.p));
        if (in_client && equal && equals(trim((struct span){line.p, equal}), "password")) {
            value = without_quotes(without_comment((struct span){equal + 1, line.end}));
        }
    }
    return value.p && unescape(value, out, out_size);
}
