#include "tui/attention.h"

#include <stdio.h>

#include "backend/net/text.h"
#include "tui/pane/pane.h"

static bool has_seen(const struct attention *a, const struct alert *alert)
{
    for (size_t i = 0; i < a->n_seen; i++) {
        const struct attention_seen *s = &a->seen[i];
        if (s->kind == alert->kind && s->subject == alert->subject &&
            s->opened_wall_ms == alert->opened_wall_ms) {
            return true;
        }
    }
    return false;
}

static bool is_critical(const struct alert *alert)
{
    return alert->severity == ALERT_CRIT && !alert->muted && alert_is_open(alert);
}

static bool is_old(const struct attention *a, const struct view *v, const struct alert *alert)
{
    return alert->opened_wall_ms <= a->began_wall_ms &&
           v->now_ms - a->began_ms < ATTENTION_START_MS;
}

/* The newest that is new to us, and how many there are. */
static const struct alert *news(const struct attention *a, const struct view *v, size_t *out_n)
{
    const struct alert *alert, *newest = NULL;
    *out_n = 0;
    for (size_t i = 0; (alert = view_alert_at(v, i)); i++) {
        if (!is_critical(alert) || has_seen(a, alert) || is_old(a, v, alert)) {
            continue;
        }
        (*out_n)++;
        newest = !newest || alert->opened_wall_ms >= newest->opened_wall_ms ? alert : newest;
    }
    return newest;
}

static void see(struct attention *a, const struct view *v)
{
    const struct alert *alert;
    a->n_seen = 0;
    for (size_t i = 0; (alert = view_alert_at(v, i)) && a->n_seen < ALERTS_MAX; i++) {
        if (is_critical(alert)) {
            a->seen[a->n_seen++] = (struct attention_seen){
                .kind = alert->kind,
                .subject = alert->subject,
                .opened_wall_ms = alert->opened_wall_ms,
            };
        }
    }
}

static void say(const struct view *v, const char *text, char *out, size_t out_size)
{
    char clean[512];
    (void)text_clean_str(clean, sizeof clean, text);
    (void)alias_text(v->share, out, out_size, clean);
}

bool attention_wanted(struct attention *a, const struct view *v, char *out, size_t out_size)
{
    size_t n;
    char text[256], words[2 * ALERT_TEXT_MAX];
    if (!v->snap || v->shown.past || v->held_ms > 0) {
        return false;
    }
    if (!a->began_wall_ms) {
        a->began_ms = v->now_ms;
        a->began_wall_ms = v->wall_ms;
    }
    const struct alert *newest = news(a, v, &n);
    if (newest && a->called_ms && v->now_ms - a->called_ms < ATTENTION_REST_MS) {
        return false;
    }
    see(a, v);
    if (!newest) {
        return false;
    }
    a->called_ms = v->now_ms;
    (void)alias_text(v->share, words, sizeof words, newest->text);
    if (n > 1) {
        (void)snprintf(text, sizeof text, "%s: %.150s (and %zu more)", v->snap->config->group,
                       words, n - 1);
    } else {
        (void)snprintf(text, sizeof text, "%s: %.200s", v->snap->config->group, words);
    }
    say(v, text, out, out_size);
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
                   v->when.kind == WHEN_REPLAY                     ? " (replay)"
                   : v->shown.past || v->when.kind == WHEN_HISTORY ? " (history)"
                   : v->held_ms > 0                                ? " (held)"
                                                                   : "");
    say(v, text, out, out_size);
}
