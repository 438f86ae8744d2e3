/* How much a server writes to its binary log. Pure; a zeroed one knows nothing. */
#ifndef DRTOP_MYSQL_WRITE_RATE_H
#define DRTOP_MYSQL_WRITE_RATE_H

#include "backend/mysql/binlog.h"

struct write_rate {
    int64_t from_ms; /* the position that the rate counts from */
    struct binlog_coord from;
    struct opt_f64 now; /* bytes a second, over about 10 s */
    struct opt_f64
        peak[2]; /* the largest of this stretch of five minutes, and of the one before */
    int64_t peak_from_ms;
};

/* The server stood at c at at_ms; logs are its files' sizes. */
void write_rate_push(struct write_rate *r, const struct binlog_list *logs, int64_t at_ms,
                     const struct binlog_coord *c);

/* The largest rate of the last five to ten minutes. */
struct opt_f64 write_rate_peak(const struct write_rate *r);

#endif
