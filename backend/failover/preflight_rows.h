/* The rows of a preflight, in two files: what the servers tell, and what the controller does. Of
 * preflight.c. */
#ifndef DRTOP_FAILOVER_PREFLIGHT_ROWS_H
#define DRTOP_FAILOVER_PREFLIGHT_ROWS_H

#include "backend/failover/preflight.h"

struct preflight_view {
    const struct snapshot *s;
    const struct preflight_job *job;
    const struct preflight_past *past;
    const struct jenkins_value *values;
    size_t n_values;
    int64_t now_ms, wall_ms;
    struct preflight *out;
};

void preflight_site_rows(const struct preflight_view *v);
void preflight_job_rows(const struct preflight_view *v);
void preflight_past_rows(const struct preflight_view *v);

/* Fills in a row. Blocking and unknown ones may be overridden until no_override() is called. */
struct preflight_row *preflight_row(const struct preflight_view *v, enum preflight_row_id id,
                                    enum preflight_class class, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void preflight_detail(struct preflight_row *row, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void preflight_no_override(struct preflight_row *row);

/* "0.4 s", "4m07s", "3h05m", "12 days"; "512 B", "3.1 KiB" (gap is what stands before the unit). */
void preflight_span(int64_t ms, char out[24]);
void preflight_bytes(int64_t bytes, const char *gap, char out[24]);

#endif
