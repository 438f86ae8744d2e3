#include "backend/mysql/db_lack.h"

#include <string.h>

#include "backend/net/text.h"

static size_t find(const struct db_facts *f, const char *what)
{
    size_t i = 0;
    while (i < f->n_lacks && strcmp(f->lacks[i].what, what) != 0) {
        i++;
    }
    return i;
}

void db_lack_note(struct db_facts *f, const char *what, const char *error, const char *grant)
{
    size_t i = find(f, what);
    if (i == DB_LACKS_MAX) {
        return;
    }
    if (i == f->n_lacks) {
        f->n_lacks++;
    }
    struct db_lack *lack = &f->lacks[i];
    (void)text_copy(lack->what, sizeof lack->what, what);
    (void)text_clean_str(lack->error, sizeof lack->error, error);
    (void)text_clean_str(lack->grant, sizeof lack->grant, grant);
}

void db_lack_clear(struct db_facts *f, const char *what)
{
    size_t i = find(f, what);
    if (i == f->n_lacks) {
        return;
    }
    f->n_lacks--;
    memmove(&f->lacks[i], &f->lacks[i + 1], (f->n_lacks - i) * sizeof f->lacks[0]);
}
