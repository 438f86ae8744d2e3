#include "tui/attention.h"

#include <stdio.h>

#include "backend/net/text.h"
#include "tui/pane/pane.h"

static const struct alert *newest_critical(const struct view *v, int64_t after_ms,
                                           size_t *out_n)
{
    const struct alert *newest = NULL;
    *out_n = 0;
    for (size_t i = 0; i < v->alerts.n; i++) {
        const struct alert *a = v->alerts.item[i];
        if (a->severity != ALERT_CRIT || a->muted || !alert_is_open(a) ||
            a->opened_wall_ms <= after_ms) {
            continue;
        }
        (*out_n)++;
        if (!newest || a->opened_wall_ms > newest->opened_wall_ms) {
            newest = a;
        }
    }
    return newest;
}

bool attention_wanted(struct attention *a, const struct view *v, char *out, size_t out_size)
{
    size_t n;
    char text[256];
    if (!v->snap || v->shown.past || v->held_ms > 0) {
        return false;
    }
    const struct alert *newest = newest_critical(v, a->newest_ms, &n);
    bool rested = a->called_ms == 0 || v->now_ms - a->called_ms >= ATTENTION_REST_MS;
    if (!a->looked) {
        a->looked = true;
        a->newest_ms = newest ? newest->opened_wall_ms : 0;
        return false;
    }
    if (!newest || !rested) {
        return false;
    }
    a->newest_ms = newest->opened_wall_ms;
    a->called_ms = v->now_ms;
    if (n > 1) {
        (void)snprintf(text, sizeof text, "%s: %.150s (and %zu more)", v->snap->config->group,
                       newest->text, n - 1);
    } else {
        (void)snprintf(text, sizeof text, "%s: %.200s", v->snap->config->group, newest->text);
    }
    (void)text_clean_str(out, out_size, text);
    return true;
}

void attention_title(const struct view *v, char *out, size_t out_size)
{
    char text[256], elapsed[48] = "";
    if (!v->snap) {
        (void)snprintf(out, out_size, "drtop");
        return;
    }
    if (v->shown.rto.running && !v->shown.past) {
        rto_elapsed_words(&v->shown.rto, elapsed, sizeof elapsed);
    }
    (void)snprintf(text, sizeof text, "%s %s%s%s%s %s - drtop%s",
                   glyph(level_glyph(v->shown.verdict.level)),
                   verdict_name(v->shown.verdict.kind), verdict_doubt(&v->shown),
                   elapsed[0] ? " " : "", elapsed, v->snap->config->group,
                   v->shown.past ? " (history)" : "");
    (void)text_clean_str(out, out_size, text);
}
