/* What the files of the dashboard's loop share: app.c is the loop, app_alerts.c what is written from
 * it, app_failover.c the failover screen's side. Private to them. */
#ifndef DRTOP_TUI_APP_PRIV_H
#define DRTOP_TUI_APP_PRIV_H

#include "tui/app.h"
#include "tui/app_failover.h"
#include "tui/app_past.h"
#include "tui/attention.h"
#include "tui/view.h"

struct app {
    struct observer *observer; /* NULL in a replay, as is the engine */
    struct engine *engine;
    const struct config *cfg;
    struct record *record; /* NULL: none is kept */
    const struct clock *clk;
    int64_t refresh_ms;
    struct wall wall;          /* turns where view.wall points to it */
    const struct theme *night; /* of a wall, by the clock; NULL: the same all day */
    bool is_night;
    void (*alive)(void); /* called after each frame; NULL: nobody asks */
    int signal_fd;
    struct ui ui;
    struct theme theme;
    struct canvas canvas;
    struct snapshot *live;
    struct snapshot *shown; /* what view paints; kept until the next paint, keys look at it */
    struct record_view *kept, *kept_shown; /* the same two of the record */
    struct {
        bool waiting; /* for the record to show what has become of an acknowledgement */
        struct ui_alert alert;
        int64_t until_ms;
    } asked;
    struct app_failover failover;
    struct app_past past;
    bool pictured; /* the last frame was a picture of the past */
    struct view view;
    struct attention attention;
    int64_t painted_ms, beat_ms;
    bool due, anew; /* paint now; every cell */
    bool news;      /* paint as soon as FRAME_MS allows */
    bool leave;
    bool mouse; /* it is ours */
};

/* Acknowledges ui.target with what was typed; hear says what has become of it, once that can be
 * seen. */
void app_acknowledge(struct app *a, int64_t now_ms);
void app_hear_answer(struct app *a, int64_t now_ms);
void app_note(struct app *a, int64_t now_ms);

/* Has the timeline written into a file; hear says where it is, once it is. */
void app_export(struct app *a, int64_t now_ms);
void app_hear_export(struct app *a, int64_t now_ms);

/* Why nothing can be written, or noted, from here; or NULL. */
const char *app_refusal(const struct app *a);
const char *app_note_refusal(const struct app *a);

#endif
