/* Allocation that cannot fail: out of memory aborts. Any thread. */
#ifndef DRTOP_MEM_H
#define DRTOP_MEM_H

#include <stddef.h>

/* Zeroed memory for n objects of size bytes; free() it. */
void *mem_alloc(size_t n, size_t size) __attribute__((returns_nonnull));
void *mem_realloc(void *p, size_t n, size_t size) __attribute__((returns_nonnull));

/* Copy of a string; NULL gives NULL. */
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t len) __attribute__((returns_nonnull));

#endif
