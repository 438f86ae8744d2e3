/* The themes that are compiled in (cmake/embed.cmake writes the table from themes/). */
#ifndef DRTOP_TUI_THEME_BUILTIN_H
#define DRTOP_TUI_THEME_BUILTIN_H

#include <stddef.h>

struct theme_builtin {
    const char *name; /* NULL ends the table */
    const unsigned char *json;
    size_t len; /* bytes of json, which is not terminated */
};

extern const struct theme_builtin theme_builtins[];

#endif
