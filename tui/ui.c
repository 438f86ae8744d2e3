#include "tui/ui.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

#define TOAST_MS 3000
#define STEPS    60 /* key presses from one end of the graph to the other */

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

static void scroll_by(struct ui *ui, int rows)
{
    int *at = ui->help ? &ui->help_scroll : &ui->scroll[ui->focus];
    int all = ui->help ? ui->help_rows : ui->rows[ui->focus];
    int page = ui->help ? ui->help_page : ui->page[ui->focus];
    *at += rows;
    clamp(at, 0, all > page ? all - page : 0);
}

static int page_of(const struct ui *ui)
{
    int page = ui->help ? ui->help_page : ui->page[ui->focus];
    return page > 1 ? page - 1 : 1;
}

static unsigned focus(struct ui *ui, enum pane_id pane)
{
    ui->focus = pane;
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

/* Moves the cursor through what is remembered; past the newest second it is live again. */
static unsigned travel(struct ui *ui, bool back, const struct snapshot *live, int64_t now_ms)
{
    int64_t first_ms, last_ms;
    if (!live || !history_span(live->history, HISTORY_VERDICT, &first_ms, &last_ms)) {
        ui_toast(ui, now_ms, "no history yet");
        return UI_PAINT;
    }
    int64_t step_ms = ui_range_ms(ui) / STEPS;
    int64_t at_ms = ui->cursor_ms ? ui->cursor_ms : now_ms;
    at_ms += back ? -step_ms : step_ms;
    if (at_ms < first_ms) {
        at_ms = first_ms;
        ui_toast(ui, now_ms, "beginning of what is remembered");
    }
    ui->cursor_ms = at_ms > last_ms ? 0 : at_ms;
    return UI_PAINT;
}

static unsigned cancel(struct ui *ui)
{
    if (ui->help) {
        ui->help = false;
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

static unsigned help(struct ui *ui)
{
    ui->help = !ui->help;
    ui->help_scroll = 0;
    return UI_PAINT;
}

static unsigned start_filter(struct ui *ui)
{
    ui->typing = true;
    ui->filter[0] = '\0';
    return focus(ui, PANE_ALERTS);
}

static unsigned scroll(struct ui *ui, int rows)
{
    scroll_by(ui, rows);
    return UI_PAINT;
}

static unsigned preset(struct ui *ui, int64_t now_ms)
{
    ui->preset = (ui->preset + 1) % PRESET_COUNT;
    ui_toast(ui, now_ms, "preset: %s", layout_preset_name(ui->preset));
    return UI_PAINT;
}

static unsigned act(struct ui *ui, enum action action, struct snapshot *live, int64_t now_ms)
{
    switch (action) {
    case ACTION_HELP:
        return help(ui);
    case ACTION_QUIT:
        return UI_QUIT;
    case ACTION_FOCUS_TUNNEL:
    case ACTION_FOCUS_BINLOG:
    case ACTION_FOCUS_LAG:
    case ACTION_FOCUS_ALERTS:
        return focus(ui, (enum pane_id)(action - ACTION_FOCUS_TUNNEL));
    case ACTION_FOCUS_NEXT:
        return focus(ui, (ui->focus + 1) % PANE_COUNT);
    case ACTION_FOCUS_BEFORE:
        return focus(ui, (ui->focus + PANE_COUNT - 1) % PANE_COUNT);
    case ACTION_ZOOM:
        return zoom(ui);
    case ACTION_SCROLL_UP:
    case ACTION_MATCH_BEFORE:
        return scroll(ui, -1);
    case ACTION_SCROLL_DOWN:
    case ACTION_MATCH_NEXT:
        return scroll(ui, 1);
    case ACTION_PAGE_UP:
        return scroll(ui, -page_of(ui));
    case ACTION_PAGE_DOWN:
        return scroll(ui, page_of(ui));
    case ACTION_TOP:
        return scroll(ui, -100000);
    case ACTION_BOTTOM:
        return scroll(ui, 100000);
    case ACTION_FILTER:
        return start_filter(ui);
    case ACTION_RANGE_LONGER:
    case ACTION_RANGE_SHORTER:
        return range(ui, action == ACTION_RANGE_LONGER, now_ms);
    case ACTION_BACK:
    case ACTION_FORTH:
        return travel(ui, action == ACTION_BACK, live, now_ms);
    case ACTION_PAUSE:
        return pause(ui, live, now_ms);
    case ACTION_CANCEL:
        return cancel(ui);
    case ACTION_COPY:
        return UI_COPY | UI_PAINT;
    case ACTION_PRESET:
        return preset(ui, now_ms);
    case ACTION_THEME:
        return UI_THEME | UI_PAINT;
    case ACTION_POLL:
        ui_toast(ui, now_ms, "asking every source now");
        return UI_POLL | UI_PAINT;
    case ACTION_REDRAW:
        return UI_REDRAW | UI_PAINT;
    case ACTION_NONE:
    case ACTION_COUNT:
        break;
    }
    return UI_NOTHING;
}

static void drop_last_character(char *s)
{
    size_t n = strlen(s);
    while (n > 0 && ((unsigned char)s[--n] & 0xC0) == 0x80) {
    }
    s[n] = '\0';
}

static unsigned type(struct ui *ui, uint32_t code)
{
    size_t n = strlen(ui->filter);
    if (code == KEYCODE_ENTER) {
        ui->typing = false;
    } else if (code == KEYCODE_ESCAPE) {
        ui->typing = false;
        ui->filter[0] = '\0';
    } else if (code == KEYCODE_BACKSPACE) {
        drop_last_character(ui->filter);
    } else if (code >= 0x20 && code < KEYCODE_SPECIAL && n + 5 < sizeof ui->filter) {
        ui->filter[n + text_encode(code, ui->filter + n)] = '\0';
    }
    return UI_PAINT;
}

unsigned ui_key(struct ui *ui, uint32_t code, struct snapshot *live, int64_t now_ms)
{
    return ui->typing ? type(ui, code) : act(ui, key_action(code), live, now_ms);
}
