/* The heap, for libraries that secrets pass through: everything is zeroed before it is given back,
 * also when it moves. Fit for curl_global_init_mem() and XML_ParserCreate_MM(); NULL when there is
 * no memory. What they return may be given to free() as well, only unwiped. Any thread. */
#ifndef DRTOP_NET_SECRET_MEMORY_H
#define DRTOP_NET_SECRET_MEMORY_H

#include <stddef.h>

void *secret_memory_alloc(size_t size);
void *secret_memory_calloc(size_t n, size_t size);
void *secret_memory_realloc(void *p, size_t size);
char *secret_memory_strdup(const char *s);
void secret_memory_free(void *p);

#endif
