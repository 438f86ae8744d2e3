#include "tui/ui_act.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

#define TOAST_MS   3000
#define WHEEL_ROWS 3

static const int64_t ranges_ms[] = {60000,    300000,   900000,  3600000,
                                    14400000, 43200000, 86400000};
#define RANGES        (sizeof ranges_ms / sizeof ranges_ms[0])
#define RANGE_DEFAULT 1
#define RANGE_WIDE    2
#define WIDE_CELLS    200

void ui_init(struct ui *ui)
{
    *ui = (struct ui){.focus = PANE_LAG, .zoomed = -1, .range = RANGE_DEFAULT};
}

void ui_finish(struct ui *ui)
{
    snapshot_unref(ui->paused);
    ui->paused = NULL;
}

int64_t ui_range_ms(const struct ui *ui)
{
    return ranges_ms[ui->range];
}

void ui_fit_range(struct ui *ui, int width_cells)
{
    if (!ui->range_chosen) {
        ui->range = width_cells >= WIDE_CELLS ? RANGE_WIDE : RANGE_DEFAULT;
    }
}

void ui_toast(struct ui *ui, int64_t now_ms, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(ui->toast, sizeof ui->toast, format, args);
    va_end(args);
    ui->toast_until_ms = now_ms + TOAST_MS;
}

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

bool ui_matches(const struct ui *ui, const char *text)
{
    size_t n = strlen(ui->filter);
    for (const char *at = text; strlen(at) >= n; at++) {
        size_t i = 0;
        while (i < n && lower((unsigned char)at[i]) == lower((unsigned char)ui->filter[i])) {
            i++;
        }
        if (i == n) {
            return true;
        }
        if (!*at) {
            break;
        }
    }
    return false;
}

static void clamp(int *v, int low, int high)
{
    if (*v > high) {
        *v = high;
    }
    if (*v < low) {
        *v = low;
    }
}

static bool selects(const struct ui *ui)
{
    return ui->overlay == OVERLAY_NONE && ui->focus == PANE_ALERTS;
}

/* The selected row stays in sight. */
static void select_row(struct ui *ui, int row)
{
    int *scroll = &ui->scroll[PANE_ALERTS], page = ui->page[PANE_ALERTS];
    clamp(&row, 0, ui->n_listed > 0 ? (int)ui->n_listed - 1 : 0);
    ui->at = (size_t)row;
    clamp(scroll, page > 0 ? row - page + 1 : row, row);
}

static void scroll_by(struct ui *ui, int rows)
{
    bool over = ui->overlay != OVERLAY_NONE;
    int *at = over ? &ui->over_scroll : &ui->scroll[ui->focus];
    int all = over ? ui->over_rows : ui->rows[ui->focus];
    int page = over ? ui->over_page : ui->page[ui->focus];
    int last = all > page ? all - page : 0;
    *at += rows;
    clamp(at, 0, last);
    ui->over_end = *at == last;
}

static int page_of(const struct ui *ui)
{
    int page = ui->overlay != OVERLAY_NONE ? ui->over_page : ui->page[ui->focus];
    return page > 1 ? page - 1 : 1;
}

bool ui_same_alert(const struct ui_alert *a, const struct ui_alert *b)
{
    return a->kind == b->kind && a->subject == b->subject &&
           a->opened_wall_ms == b->opened_wall_ms;
}

static const struct ui_alert *listed_like(const struct ui *ui, const struct ui_alert *like)
{
    for (size_t i = 0; i < ui->n_listed; i++) {
        if (ui_same_alert(&ui->listed[i], like)) {
            return &ui->listed[i];
        }
    }
    return NULL;
}

void ui_list(struct ui *ui, const struct ui_alert *list, size_t n)
{
    bool had = ui->at < ui->n_listed;
    struct ui_alert selected = had ? ui->listed[ui->at] : (struct ui_alert){0};
    ui->n_listed = n < ALERTS_MAX ? n : ALERTS_MAX;
    memcpy(ui->listed, list, ui->n_listed * sizeof *list);
    const struct ui_alert *still = had ? listed_like(ui, &selected) : NULL;
    if (ui->focus != PANE_ALERTS) {
        ui->at = (size_t)ui->scroll[PANE_ALERTS]; /* where the eye is, when the focus comes */
    } else if (still) {
        select_row(ui, (int)(still - ui->listed));
    }
    if (ui->at >= ui->n_listed) {
        ui->at = ui->n_listed > 0 ? ui->n_listed - 1 : 0;
    }
}

static unsigned open_overlay(struct ui *ui, enum ui_overlay overlay)
{
    ui->overlay = ui->overlay == overlay ? OVERLAY_NONE : overlay;
    ui->over_scroll = 0;
    ui->over_end = overlay == OVERLAY_TIMELINE;
    return UI_PAINT;
}

static unsigned focus(struct ui *ui, enum pane_id pane)
{
    ui->focus = pane;
    ui->overlay = OVERLAY_NONE;
    if (ui->zoomed >= 0) {
        ui->zoomed = (int)pane;
    }
    return UI_PAINT;
}

static unsigned zoom(struct ui *ui)
{
    ui->zoomed = ui->zoomed >= 0 ? -1 : (int)ui->focus;
    return UI_PAINT;
}

static unsigned pause(struct ui *ui, struct snapshot *live, int64_t now_ms)
{
    if (ui->paused) {
        snapshot_unref(ui->paused);
        ui->paused = NULL;
    } else if (live) {
        ui->paused = snapshot_ref(live);
        ui->paused_at_ms = now_ms;
    }
    return UI_PAINT;
}

static unsigned range(struct ui *ui, bool longer, int64_t now_ms)
{
    ui->range_chosen = true;
    if (longer && ui->range + 1 < RANGES) {
        ui->range++;
    } else if (!longer && ui->range > 0) {
        ui->range--;
    }
    int64_t minutes = ui_range_ms(ui) / 60000;
    if (minutes < 60) {
        ui_toast(ui, now_ms, "graph over %lld min", (long long)minutes);
    } else {
        ui_toast(ui, now_ms, "graph over %lld h", (long long)minutes / 60);
    }
    return UI_PAINT;
}

static unsigned cancel(struct ui *ui)
{
    ui->awaits_jump = false;
    if (ui->overlay != OVERLAY_NONE) {
        ui->overlay = OVERLAY_NONE;
    } else if (ui->cursor_ms) {
        ui->cursor_ms = 0;
    } else if (ui->filter[0]) {
        ui->filter[0] = '\0';
    } else if (ui->paused) {
        return pause(ui, NULL, 0);
    } else {
        ui->zoomed = -1;
    }
    return UI_PAINT;
}

static unsigned start_typing(struct ui *ui, enum ui_typing what)
{
    ui->typing = what;
    *(what == TYPING_FILTER ? ui->filter : ui->text) = '\0';
    return UI_PAINT;
}

static unsigned start_filter(struct ui *ui)
{
    (void)start_typing(ui, TYPING_FILTER);
    return focus(ui, PANE_ALERTS);
}

/* Enter: what an overlay shows is closed, a selected alert is opened, else it is the verdict. */
static unsigned look_closer(struct ui *ui)
{
    if (ui->overlay != OVERLAY_NONE) {
        ui->overlay = OVERLAY_NONE;
        return UI_PAINT;
    }
    if (selects(ui) && ui->n_listed > 0) {
        ui->target = ui->listed[ui->at];
        return open_overlay(ui, OVERLAY_ALERT);
    }
    return open_overlay(ui, OVERLAY_EVIDENCE);
}

/* Which alert is meant: the one whose details are open, the selected one, or, from elsewhere, the
 * newest that nobody has acknowledged. */
static const struct ui_alert *meant(struct ui *ui)
{
    if (ui->overlay == OVERLAY_ALERT) {
        return listed_like(ui, &ui->target);
    }
    if (selects(ui)) {
        return ui->n_listed > 0 ? &ui->listed[ui->at] : NULL;
    }
    for (size_t i = 0; i < ui->n_listed; i++) {
        if (ui->listed[i].state == ALERT_OPEN) {
            (void)focus(ui, PANE_ALERTS);
            select_row(ui, (int)i);
            return &ui->listed[i];
        }
    }
    return NULL;
}

static unsigned start_palette(struct ui *ui)
{
    ui->choice = 0;
    return start_typing(ui, TYPING_COMMAND);
}

/* Nobody acknowledges what they do not see as it is now. */
static bool may_write(struct ui *ui, const char *refusal, int64_t now_ms)
{
    const char *why = refusal                       ? refusal
                      : ui->cursor_ms || ui->paused ? "back to live first: Esc"
                                                    : NULL;
    if (why) {
        ui_toast(ui, now_ms, "%s", why);
    }
    return !why;
}

static unsigned start_acknowledgement(struct ui *ui, int64_t now_ms)
{
    if (!may_write(ui, ui->refusal, now_ms)) {
        return UI_PAINT;
    }
    const struct ui_alert *a = meant(ui);
    if (!a) {
        ui_toast(ui, now_ms, "no alert waits for an acknowledgement");
    } else if (a->state != ALERT_OPEN) {
        ui_toast(ui, now_ms, "%s is %s already", alert_kind_name(a->kind),
                 alert_state_key(a->state));
    } else {
        ui->target = *a;
        return start_typing(ui, TYPING_ACKNOWLEDGEMENT);
    }
    return UI_PAINT;
}

static unsigned start_note(struct ui *ui, int64_t now_ms)
{
    const char *refusal = ui->refusal ? ui->refusal : ui->note_refusal;
    if (ui->overlay == OVERLAY_HELP) {
        ui->overlay = OVERLAY_NONE; /* it lies over the footer */
    }
    return may_write(ui, refusal, now_ms) ? start_typing(ui, TYPING_NOTE) : UI_PAINT;
}

/* The screen is about now: what is open, typed or held makes way. */
static unsigned open_failover(struct ui *ui, bool drill, int64_t now_ms)
{
    const char *refusal = drill ? ui->drill_refusal : ui->failover_refusal;
    if (refusal) {
        ui_toast(ui, now_ms, "%s", refusal);
        return UI_PAINT;
    }
    ui->overlay = OVERLAY_NONE;
    ui->awaits_jump = false;
    ui->cursor_ms = 0;
    if (ui->paused) {
        (void)pause(ui, NULL, now_ms);
    }
    return (drill ? UI_DRILL : UI_FAILOVER) | UI_PAINT;
}

static unsigned scroll(struct ui *ui, int rows)
{
    if (selects(ui)) {
        select_row(ui, (int)ui->at + rows);
    } else {
        scroll_by(ui, rows);
    }
    return UI_PAINT;
}

static unsigned preset(struct ui *ui, int64_t now_ms)
{
    ui->preset = (ui->preset + 1) % PRESET_COUNT;
    ui_toast(ui, now_ms, "preset: %s", layout_preset_name(ui->preset));
    return UI_PAINT;
}

/* What the loop does, and not the state. */
static unsigned for_the_loop(enum action action)
{
    static const unsigned effects[ACTION_COUNT] = {
        [ACTION_QUIT] = UI_QUIT,
        [ACTION_COPY] = UI_COPY | UI_PAINT,
        [ACTION_EXPORT] = UI_EXPORT | UI_PAINT,
        [ACTION_THEME] = UI_THEME | UI_PAINT,
        [ACTION_MOUSE] = UI_MOUSE | UI_PAINT,
        [ACTION_REDRAW] = UI_REDRAW | UI_PAINT,
    };
    return effects[action];
}

static unsigned poll_now(struct ui *ui, int64_t now_ms)
{
    ui_toast(ui, now_ms, ui->replay ? "a replay asks nobody" : "asking every source now");
    return ui->replay ? UI_PAINT : UI_POLL | UI_PAINT;
}

static unsigned focus_as(struct ui *ui, enum action action)
{
    if (action == ACTION_FOCUS_NEXT) {
        return focus(ui, (ui->focus + 1) % PANE_COUNT);
    }
    if (action == ACTION_FOCUS_BEFORE) {
        return focus(ui, (ui->focus + PANE_COUNT - 1) % PANE_COUNT);
    }
    return focus(ui, (enum pane_id)(action - ACTION_FOCUS_TUNNEL));
}

static unsigned scroll_as(struct ui *ui, enum action action)
{
    switch (action) {
    case ACTION_PAGE_UP:
        return scroll(ui, -page_of(ui));
    case ACTION_PAGE_DOWN:
        return scroll(ui, page_of(ui));
    case ACTION_TOP:
        return scroll(ui, -100000);
    case ACTION_BOTTOM:
        return scroll(ui, 100000);
    case ACTION_SCROLL_UP:
    case ACTION_MATCH_BEFORE:
        return scroll(ui, -1);
    default: /* ACTION_SCROLL_DOWN, ACTION_MATCH_NEXT */
        return scroll(ui, 1);
    }
}

/* One line or two an action; what takes more has a function. */
unsigned ui_act(struct ui *ui, enum action action, struct snapshot *live, int64_t now_ms)
{
    switch (action) {
    case ACTION_HELP:
    case ACTION_TIMELINE:
        return open_overlay(ui, action == ACTION_HELP ? OVERLAY_HELP : OVERLAY_TIMELINE);
    case ACTION_PALETTE:
        return start_palette(ui);
    case ACTION_FOCUS_TUNNEL:
    case ACTION_FOCUS_BINLOG:
    case ACTION_FOCUS_LAG:
    case ACTION_FOCUS_ALERTS:
    case ACTION_FOCUS_NEXT:
    case ACTION_FOCUS_BEFORE:
        return focus_as(ui, action);
    case ACTION_ZOOM:
        return zoom(ui);
    case ACTION_OPEN:
        return look_closer(ui);
    case ACTION_ACKNOWLEDGE:
        return start_acknowledgement(ui, now_ms);
    case ACTION_NOTE:
        return start_note(ui, now_ms);
    case ACTION_SCROLL_UP:
    case ACTION_SCROLL_DOWN:
    case ACTION_MATCH_BEFORE:
    case ACTION_MATCH_NEXT:
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
    case ACTION_TOP:
    case ACTION_BOTTOM:
        return scroll_as(ui, action);
    case ACTION_FILTER:
        return start_filter(ui);
    case ACTION_RANGE_LONGER:
    case ACTION_RANGE_SHORTER:
        return range(ui, action == ACTION_RANGE_LONGER, now_ms);
    case ACTION_BACK:
    case ACTION_FORTH:
    case ACTION_ALERT_BEFORE:
    case ACTION_ALERT_NEXT:
    case ACTION_INCIDENT_BEFORE:
    case ACTION_INCIDENT_NEXT:
    case ACTION_SLOWER:
    case ACTION_FASTER:
        return ui_travel(ui, action, live, now_ms);
    case ACTION_PAUSE:
        return ui->replay ? ui_travel(ui, action, live, now_ms) : pause(ui, live, now_ms);
    case ACTION_CANCEL:
        return cancel(ui);
    case ACTION_QUIT:
    case ACTION_COPY:
    case ACTION_EXPORT:
    case ACTION_THEME:
    case ACTION_MOUSE:
    case ACTION_REDRAW:
        return for_the_loop(action);
    case ACTION_PRESET:
        return preset(ui, now_ms);
    case ACTION_POLL:
        return poll_now(ui, now_ms);
    case ACTION_FAILOVER:
    case ACTION_DRILL:
        return open_failover(ui, action == ACTION_DRILL, now_ms);
    case ACTION_NONE:
    case ACTION_COUNT:
        break;
    }
    return UI_NOTHING;
}

unsigned ui_key(struct ui *ui, uint32_t code, struct snapshot *live, int64_t now_ms)
{
    return ui->typing != TYPING_NOTHING ? ui_type(ui, code, live, now_ms)
                                        : ui_act(ui, key_action(code), live, now_ms);
}

/* The pane under the pointer gets the focus, and the wheel scrolls it. */
unsigned ui_mouse(struct ui *ui, const struct layout *l, const struct mouse *m, int64_t now_ms)
{
    if (ui->typing != TYPING_NOTHING) {
        return UI_NOTHING;
    }
    if (ui->overlay != OVERLAY_NONE) {
        return m->wheel ? scroll(ui, m->wheel * WHEEL_ROWS) : cancel(ui);
    }
    for (int i = 0; i < PANE_COUNT; i++) {
        struct rect r = l->pane[i];
        if (m->x < r.x || m->x >= r.x + r.w || m->y < r.y || m->y >= r.y + r.h) {
            continue;
        }
        if (ui->focus != (enum pane_id)i) {
            return focus(ui, (enum pane_id)i);
        }
        if (m->wheel) {
            return scroll(ui, m->wheel * WHEEL_ROWS);
        }
        return m->twice ? ui_act(ui, ACTION_ZOOM, NULL, now_ms) : UI_NOTHING;
    }
    return UI_NOTHING;
}
