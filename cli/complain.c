#include "cli/cli.h"

#include <stdarg.h>

#include "backend/error.h"
#include "backend/net/text.h"

void cli_complain(const char *format, ...)
{
    char text[2 * sizeof((struct error *)NULL)->text];
    char clean[2 * sizeof text];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)text_clean_str(clean, sizeof clean, text);
    (void)fprintf(stderr, "%s\n", clean);
}
