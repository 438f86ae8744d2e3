#include "cli/cli.h"

#include <stdarg.h>

#include "backend/error.h"
#include "backend/net/text.h"

static struct alias_table *shared;

void cli_complain_share(struct alias_table *aliases)
{
    shared = aliases;
}

void cli_complain(const char *format, ...)
{
    char text[2 * sizeof((struct error *)NULL)->text];
    char clean[2 * sizeof text], words[2 * sizeof clean];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)text_clean_str(clean, sizeof clean, text);
    (void)alias_text(shared, words, sizeof words, clean);
    (void)fprintf(stderr, "%s\n", words);
}
