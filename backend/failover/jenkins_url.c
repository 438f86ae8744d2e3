#include "backend/failover/jenkins_url.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

/* Writes at most 3 * len bytes; returns the end. */
static char *encode(char *to, const char *text, size_t len)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (is_plain(text[i])) {
            *to++ = text[i];
        } else {
            *to++ = '%';
            *to++ = hex[byte >> 4];
            *to++ = hex[byte & 15];
        }
    }
    return to;
}

char *jenkins_url_encode(const char *text)
{
    size_t len = strlen(text);
    char *out = mem_alloc(3 * len + 1, 1);
    (void)encode(out, text, len);
    return out;
}

char *jenkins_url_job(const char *path)
{
    static const char job[] = {'j', 'o', 'b', '/'};
    size_t len = strlen(path);
    char *out = mem_alloc(6 * len + sizeof "job//", 1); /* "a/" gives "job/a/" */
    char *to = out;
    while (*path) {
        size_t part = strcspn(path, "/");
        if (part > 0) {
            memcpy(to, job, sizeof job);
            to = encode(to + sizeof job, path, part);
            *to++ = '/';
        }
        path += part + (path[part] == '/');
    }
    return out;
}

char *jenkins_url(const char *base, const char *folder, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int printed = vsnprintf(NULL, 0, format, args);
    va_end(args);
    size_t len = strlen(base), rest = (size_t)(printed < 0 ? 0 : printed);
    while (len > 0 && base[len - 1] == '/') {
        len--;
    }
    size_t size = len + 1 + strlen(folder) + rest + 1;
    char *out = mem_alloc(size, 1);
    int n = snprintf(out, size, "%.*s/%s", (int)len, base, folder);
    va_start(args, format);
    (void)vsnprintf(out + n, size - (size_t)n, format, args);
    va_end(args);
    return out;
}

char *jenkins_url_tree(const char *base, const char *folder, const char *rest, const char *tree)
{
    char *encoded = jenkins_url_encode(tree);
    char *url = jenkins_url(base, folder, "%s?tree=%s", rest, encoded);
    free(encoded);
    return url;
}
