#include "tui/app_priv.h"

#include <limits.h>
#include <string.h>

#define ANSWER_MS 3000 /* after which an acknowledgement is thought to have failed */

static const struct store_alert *stored_like(const struct record_view *v,
                                             const struct ui_alert *like)
{
    for (size_t i = 0; v && v->readable && i < v->n_alerts; i++) {
        struct ui_alert here = view_alert_key(&v->alerts[i].alert);
        if (ui_same_alert(&here, like)) {
            return &v->alerts[i];
        }
    }
    return NULL;
}

/* The record writes it down and shows it; without one the engine remembers it, for itself. */
void app_acknowledge(struct app *a, int64_t now_ms)
{
    const struct ui_alert *target = &a->ui.target;
    const struct store_alert *stored = stored_like(a->kept, target);
    if (a->record) {
        struct store_alert by_name = {
            .alert = {.kind = target->kind, .subject = target->subject}};
        record_acknowledge(a->record, stored ? stored : &by_name, a->ui.text);
    } else {
        char who[ALERT_WHO_MAX];
        record_who(who);
        engine_acknowledge(a->engine, target->kind, target->subject, who, a->ui.text);
    }
    a->asked.waiting = true;
    a->asked.alert = *target;
    a->asked.until_ms = now_ms + ANSWER_MS;
    ui_toast(&a->ui, now_ms, "acknowledging %s...", alert_kind_name(target->kind));
}

/* Says what has become of it, as soon as that can be seen. */
void app_hear_answer(struct app *a, int64_t now_ms)
{
    struct view now = {.snap = a->live, .record = a->kept};
    const struct alert *is = view_alert_find(&now, &a->asked.alert);
    const char *name = alert_kind_name(a->asked.alert.kind);
    if (!a->asked.waiting) {
        return;
    }
    if (is && is->acked_wall_ms) {
        ui_toast(&a->ui, now_ms, "%s is acknowledged by %.80s", name, is->acked_by);
    } else if (is && is->state == ALERT_CLOSED) {
        ui_toast(&a->ui, now_ms, "%s has closed before it was acknowledged", name);
    } else if (now_ms >= a->asked.until_ms) {
        const char *why = a->kept && a->kept->why[0] ? a->kept->why : "no answer";
        ui_toast(&a->ui, now_ms, "%s is not acknowledged: %.100s", name, why);
    } else {
        return;
    }
    a->asked.waiting = false;
    a->due = true;
}

void app_note(struct app *a, int64_t now_ms)
{
    record_note(a->record, a->ui.text);
    ui_toast(&a->ui, now_ms, "noted: %.100s", a->ui.text);
}

void app_export(struct app *a, int64_t now_ms)
{
    if (!a->record) {
        ui_toast(&a->ui, now_ms, "nothing is recorded: there is no timeline");
        return;
    }
    record_export(a->record, a->view.share);
    ui_toast(&a->ui, now_ms, "writing the timeline...");
}

/* Where files of a host lie is nothing for many eyes. */
void app_hear_export(struct app *a, int64_t now_ms)
{
    char said[PATH_MAX], words[2 * sizeof said];
    bool ok = false;
    if (!a->record || !record_exported(a->record, &ok, said, sizeof said)) {
        return;
    }
    const char *slash = strrchr(said, '/');
    if (ok) {
        ui_toast(&a->ui, now_ms, "timeline: %.140s", a->view.share && slash ? slash + 1 : said);
    } else {
        (void)alias_text(a->view.share, words, sizeof words, said);
        ui_toast(&a->ui, now_ms, "no timeline: %.140s", words);
    }
    a->due = true;
}

/* Why nothing can be written from here, or NULL. */
const char *app_refusal(const struct app *a)
{
    if (a->view.read_only) {
        return "read-only: this dashboard only looks";
    }
    return a->kept && a->kept->newer ? "the store is newer than this drtop: read only" : NULL;
}

const char *app_note_refusal(const struct app *a)
{
    return a->kept && a->kept->readable && a->kept->role != RECORD_ORPHAN
               ? NULL
               : "a note needs the record, and nothing is recorded";
}
