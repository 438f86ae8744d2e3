#include "manual/complete.h"

#include <string.h>

#include "tui/theme_builtin.h"

bool complete_takes_file(const char *value)
{
    return value && (strstr(value, "FILE") || strcmp(value, "THEME") == 0);
}

bool complete_has_values(const struct cli_option_word *option)
{
    return (option->value && strcmp(option->value, "THEME") == 0) ||
           strcmp(option->name, "format") == 0;
}

void complete_values(FILE *out, const struct cli_option_word *option)
{
    if (!complete_has_values(option)) {
        return;
    }
    if (strcmp(option->name, "format") == 0) {
        (void)fputs("md json", out);
        return;
    }
    for (const struct theme_builtin *t = theme_builtins; t->name; t++) {
        (void)fprintf(out, "%s%s", t == theme_builtins ? "" : " ", t->name);
    }
}

void complete_verbs(FILE *out, const struct cli_command_word *command)
{
    for (const char *c = command->verbs; *c; c++) {
        (void)fputc(*c == '|' ? ' ' : *c, out);
    }
}

void complete_escaped(FILE *out, const char *text, const char *quote, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'') {
            (void)fputs(quote, out);
            continue;
        }
        if (strchr(special, *text)) {
            (void)fputc('\\', out);
        }
        (void)fputc(*text, out);
    }
}
