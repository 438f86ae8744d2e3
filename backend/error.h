/* A message on its way to a person: what failed, and what was expected. Callers own the struct;
 * it is a value and needs no cleaning up. */
#ifndef DRTOP_BACKEND_ERROR_H
#define DRTOP_BACKEND_ERROR_H

struct error {
    char text[768];
};

/* Writes a formatted message. A NULL err is allowed and ignored. The text may hold bytes from
 * outside: whoever prints it sends it through text_clean() first (backend/net/text.h). */
void error_set(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
