/* Keys that move through time: within the memory of this process the state of the user interface
 * tells where; beyond it, and in a replay, the loop moves (tui/app_past.h). */
#include "tui/ui_act.h"

#define STEPS 60 /* key presses from one end of the graph to the other */

int64_t ui_step_ms(const struct ui *ui)
{
    return ui_range_ms(ui) / STEPS;
}

static unsigned wish(struct ui *ui, enum ui_past past)
{
    ui->past = past;
    ui->awaits_jump = true;
    return UI_PAST | UI_PAINT;
}

/* Moves the cursor through what is remembered or recorded; past the newest second it is live
 * again. */
static unsigned travel(struct ui *ui, bool back, const struct snapshot *live, int64_t now_ms)
{
    int64_t first_ms, last_ms;
    if (!live || !history_span(live->history, HISTORY_VERDICT, &first_ms, &last_ms)) {
        ui_toast(ui, now_ms, "no history yet");
        return UI_PAINT;
    }
    int64_t at_ms = ui->cursor_ms ? ui->cursor_ms : now_ms;
    at_ms += back ? -ui_step_ms(ui) : ui_step_ms(ui);
    if (at_ms < first_ms && !ui->recorded) {
        at_ms = first_ms;
        ui_toast(ui, now_ms, "beginning of what is remembered");
    }
    ui->cursor_ms = at_ms > last_ms ? 0 : at_ms ? at_ms : -1; /* 0 is now */
    return UI_PAINT;
}

static unsigned jump(struct ui *ui, enum ui_past past, int64_t now_ms)
{
    if (!ui->replay && !ui->recorded) {
        ui_toast(ui, now_ms, "nothing is recorded");
        return UI_PAINT;
    }
    return wish(ui, past);
}

static unsigned pace(struct ui *ui, enum ui_past past, int64_t now_ms)
{
    if (!ui->replay) {
        ui_toast(ui, now_ms, "only a replay has a speed: drtop replay");
        return UI_PAINT;
    }
    return wish(ui, past);
}

unsigned ui_travel(struct ui *ui, enum action action, const struct snapshot *live,
                   int64_t now_ms)
{
    bool back = action == ACTION_BACK;
    switch (action) {
    case ACTION_BACK:
    case ACTION_FORTH:
        return ui->replay ? wish(ui, back ? PAST_BACK : PAST_FORTH)
                          : travel(ui, back, live, now_ms);
    case ACTION_ALERT_BEFORE:
        return jump(ui, PAST_ALERT_BEFORE, now_ms);
    case ACTION_ALERT_NEXT:
        return jump(ui, PAST_ALERT_NEXT, now_ms);
    case ACTION_INCIDENT_BEFORE:
        return jump(ui, PAST_INCIDENT_BEFORE, now_ms);
    case ACTION_INCIDENT_NEXT:
        return jump(ui, PAST_INCIDENT_NEXT, now_ms);
    case ACTION_SLOWER:
        return pace(ui, PAST_SLOWER, now_ms);
    case ACTION_FASTER:
        return pace(ui, PAST_FASTER, now_ms);
    case ACTION_PAUSE:
        return wish(ui, PAST_PLAY);
    default:
        return UI_NOTHING;
    }
}
