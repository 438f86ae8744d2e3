/* Two coordinates and a list of sizes from raw bytes: the order of two coordinates and the
 * distance between them have to agree, whichever way round they are asked. */
#include "backend/mysql/binlog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pair(const struct binlog_list *list, const struct binlog_coord *a,
                       const struct binlog_coord *b)
{
    int order = 0, back = 0;
    bool comparable = binlog_compare(a, b, &order);
    assert(comparable == binlog_compare(b, a, &back) && back == -order);
    struct binlog_distance d = binlog_distance(list, a, b);
    assert(d.kind != BINLOG_EXACT || (d.bytes.known && d.bytes.v >= 0 && order <= 0));
    assert((d.kind == BINLOG_AHEAD) == (comparable && order > 0));
    assert(comparable == (d.kind != BINLOG_FOREIGN));
    if (d.kind == BINLOG_PURGED || d.kind == BINLOG_UNKNOWN) {
        assert(!d.bytes.known);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(size + 1, 1);
    assert(text);
    if (size > 0) {
        memcpy(text, data, size);
    }
    char *second = strchr(text, ' ');
    char *third = second ? strchr(second + 1, ' ') : NULL;
    if (third) {
        *second = *third = '\0';
    }
    struct binlog_coord a, b;
    if (third && binlog_parse(text, &a) && binlog_parse(second + 1, &b)) {
        struct binlog_file files[8];
        struct binlog_list list = {0, files};
        for (char *p = third + 1; list.n < 8 && *p; list.n++) {
            struct binlog_coord c;
            char *end = strchr(p, ' ');
            if (end) {
                *end = '\0';
            }
            if (!binlog_parse(p, &c)) {
                break;
            }
            memcpy(files[list.n].name, c.file, sizeof c.file);
            files[list.n].size = c.pos;
            p = end ? end + 1 : p + strlen(p);
        }
        check_pair(&list, &a, &b);
        check_pair(NULL, &a, &b);
    }
    free(text);
    return 0;
}
