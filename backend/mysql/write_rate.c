#include "backend/mysql/write_rate.h"

#define WINDOW_MS 10000
#define PEAK_MS   300000

static void keep_peak(struct write_rate *r, int64_t at_ms)
{
    if (at_ms - r->peak_from_ms >= PEAK_MS) {
        r->peak[1] = r->peak[0];
        r->peak[0] = (struct opt_f64){0};
        r->peak_from_ms = at_ms;
    }
    if (!r->peak[0].known || r->now.v > r->peak[0].v) {
        r->peak[0] = r->now;
    }
}

void write_rate_push(struct write_rate *r, const struct binlog_list *logs, int64_t at_ms,
                     const struct binlog_coord *c)
{
    struct binlog_distance d = binlog_distance(logs, &r->from, c);
    int64_t span_ms = at_ms - r->from_ms;
    if (!binlog_known(&r->from) || d.kind != BINLOG_EXACT) {
        r->from_ms = at_ms;
        r->from = *c;
        r->now = (struct opt_f64){0};
        return;
    }
    if (span_ms >= WINDOW_MS / 10) {
        r->now = opt_f64((double)d.bytes.v * 1000 / (double)span_ms);
        keep_peak(r, at_ms);
    }
    if (span_ms >= WINDOW_MS) {
        r->from_ms = at_ms;
        r->from = *c;
    }
}

struct opt_f64 write_rate_peak(const struct write_rate *r)
{
    const struct opt_f64 *now = &r->peak[0], *before = &r->peak[1];
    return !before->known || (now->known && now->v > before->v) ? *now : *before;
}
