#include "backend/net/secret_memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "backend/net/secret.h"

void *secret_memory_alloc(size_t size)
{
    return malloc(size ? size : 1);
}

void *secret_memory_calloc(size_t n, size_t size)
{
    return calloc(n ? n : 1, size ? size : 1);
}

void *secret_memory_realloc(void *p, size_t size)
{
    /* realloc() would leave a copy behind where it moves. */
    size_t had = p ? malloc_usable_size(p) : 0;
    if (p && size <= had) {
        return p;
    }
    void *q = secret_memory_alloc(size);
    if (q && p) {
        memcpy(q, p, had);
        secret_memory_free(p);
    }
    return q;
}

char *secret_memory_strdup(const char *s)
{
    size_t size = strlen(s) + 1;
    char *copy = secret_memory_alloc(size);
    if (copy) {
        memcpy(copy, s, size);
    }
    return copy;
}

void secret_memory_free(void *p)
{
    if (p) {
        secret_wipe(p, malloc_usable_size(p));
        free(p);
    }
}
