#include "backend/mysql/facts.h"

#include "backend/mem.h"

#include <stdlib.h>
#include <string.h>

struct db_facts *db_facts_copy(const struct db_facts *f)
{
    struct db_facts *copy = mem_alloc(1, sizeof *copy);
    *copy = *f;
    copy->gtid_written = mem_strdup(f->gtid_written);
    copy->gtid_applied = mem_strdup(f->gtid_applied);
    copy->channel.retrieved_gtid = mem_strdup(f->channel.retrieved_gtid);
    copy->logs.files = NULL;
    if (f->logs.n > 0) {
        copy->logs.files = mem_alloc(f->logs.n, sizeof *f->logs.files);
        memcpy(copy->logs.files, f->logs.files, f->logs.n * sizeof *f->logs.files);
    }
    return copy;
}

void db_facts_finish(struct db_facts *f)
{
    free(f->gtid_written);
    free(f->gtid_applied);
    free(f->channel.retrieved_gtid);
    binlog_list_finish(&f->logs);
    *f = (struct db_facts){.channels = -1};
}

void db_facts_destroy(void *facts)
{
    if (!facts) {
        return;
    }
    db_facts_finish(facts);
    free(facts);
}

bool db_facts_same_server(const struct db_facts *a, const struct db_facts *b)
{
    if (a->server_uuid[0] && b->server_uuid[0]) {
        return strcmp(a->server_uuid, b->server_uuid) == 0;
    }
    return a->server_id.known && b->server_id.known && a->server_id.v == b->server_id.v &&
           a->flavour == b->flavour;
}
