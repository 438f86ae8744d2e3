#include "backend/error.h"

#include <stdarg.h>
#include <stdio.h>

void error_set(struct error *err, const char *format, ...)
{
    if (!err) {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
}
