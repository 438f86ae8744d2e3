/* What the user has chosen to look at, and how keys change it. No terminal in here: a handler
 * changes the state and returns what the loop has to do. One thread. */
#ifndef DRTOP_TUI_UI_H
#define DRTOP_TUI_UI_H

#include "backend/snapshot.h"
#include "tui/keys.h"
#include "tui/layout.h"

#include <stdbool.h>
#include <stdint.h>

enum ui_effect {
    UI_NOTHING = 0,
    UI_PAINT = 1,
    UI_QUIT = 2,
    UI_POLL = 4,         /* ask every source now */
    UI_REDRAW = 8,       /* repaint every cell of the terminal */
    UI_THEME = 16,       /* reload or change the theme */
    UI_COPY = 32,        /* send view_status_line() to the clipboard */
    UI_ACKNOWLEDGE = 64, /* ui->target, with the comment ui->text */
    UI_NOTE = 128,       /* ui->text goes on the timeline */
    UI_FAILOVER = 256,   /* open the failover screen */
    UI_DRILL = 512,      /* the same for a drill */
    UI_MOUSE = 1024,     /* take the mouse, or give it back */
    UI_EXPORT = 2048,    /* write the timeline into a file */
    UI_PAST = 4096,      /* move through time as ui->past says */
};

/* Where a key wants to go that only the record can tell. */
enum ui_past {
    PAST_BACK, /* a step; of a replay */
    PAST_FORTH,
    PAST_ALERT_BEFORE,
    PAST_ALERT_NEXT,
    PAST_INCIDENT_BEFORE,
    PAST_INCIDENT_NEXT,
    PAST_PLAY, /* go on, or stand still; of a replay, as are these: */
    PAST_SLOWER,
    PAST_FASTER,
};

/* What is painted over the panes. */
enum ui_overlay {
    OVERLAY_NONE,
    OVERLAY_HELP,
    OVERLAY_EVIDENCE,
    OVERLAY_ALERT, /* all there is to say about ui->target */
    OVERLAY_TIMELINE,
};

/* What the line in the footer is typed for. */
enum ui_typing {
    TYPING_NOTHING,
    TYPING_FILTER,
    TYPING_ACKNOWLEDGEMENT,
    TYPING_NOTE,
    TYPING_COMMAND, /* in the palette */
};

/* What an alert is found by, whoever keeps it, and its state when it was looked at. */
struct ui_alert {
    enum alert_kind kind;
    uint32_t subject;
    int64_t opened_wall_ms;
    enum alert_state state;
};

struct ui {
    enum pane_id focus;
    int zoomed; /* enum pane_id, or -1 */
    enum layout_preset preset;
    int scroll[PANE_COUNT];
    int page[PANE_COUNT]; /* rows the pane showed last; the painter writes it */
    int rows[PANE_COUNT]; /* rows it has in all; the painter writes it */
    enum ui_overlay overlay;
    int over_scroll, over_page, over_rows; /* the same for the overlay */
    bool over_end;                         /* it stays at its end as that grows */
    size_t n_listed;                       /* alerts as they stand in their pane: ui_list() */
    struct ui_alert listed[ALERTS_MAX];
    size_t at; /* which of them is selected; less than n_listed, or 0 */
    struct ui_alert target;
    enum ui_typing typing;
    size_t choice; /* which of palette_list() */
    char filter[64];
    char text[ALERT_COMMENT_MAX]; /* comment or note; what leaves is sanitised */
    const char *refusal;          /* why nobody can write here, or NULL; the loop writes it */
    const char *note_refusal;     /* the same of notes alone */
    const char *failover_refusal; /* why F and D open nothing, or NULL; the loop writes them */
    const char *drill_refusal;
    size_t range;            /* which of the ranges; ui_range_ms() tells */
    bool range_chosen;       /* by the user; else it follows the width */
    bool awaits_jump;        /* what the record says of it is not there yet */
    int64_t cursor_ms;       /* monotonic time looked at, maybe of before the start; 0: now */
    bool replay;             /* there is no now: all of it is the past; the loop writes it */
    bool recorded;           /* the past reaches beyond the memory; the loop writes it */
    enum ui_past past;       /* with UI_PAST */
    struct snapshot *paused; /* held picture, or NULL */
    int64_t paused_at_ms;
    char toast[160]; /* one line in the footer until toast_until_ms */
    int64_t toast_until_ms;
    unsigned beat; /* turns with every new snapshot */
};

void ui_init(struct ui *ui);
void ui_finish(struct ui *ui);

/* Handles one key. live is the newest snapshot (may be NULL); returns enum ui_effect bits. */
unsigned ui_key(struct ui *ui, uint32_t code, struct snapshot *live, int64_t now_ms);

/* What the mouse did. */
struct mouse {
    int x, y;
    int wheel;  /* rows: -1 up, 1 down, 0: a button */
    bool twice; /* a double click */
};
unsigned ui_mouse(struct ui *ui, const struct layout *l, const struct mouse *m, int64_t now_ms);

void ui_toast(struct ui *ui, int64_t now_ms, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Tells which alerts their pane shows now, in its order, at most ALERTS_MAX. The selection stays
 * on its alert while the pane has the focus. */
void ui_list(struct ui *ui, const struct ui_alert *list, size_t n);

bool ui_same_alert(const struct ui_alert *a, const struct ui_alert *b);

/* What the graph spans: 1 min to 24 h. */
int64_t ui_range_ms(const struct ui *ui);

/* How far a key goes through time. */
int64_t ui_step_ms(const struct ui *ui);

/* More room shows more history, until the user has chosen a range. */
void ui_fit_range(struct ui *ui, int width_cells);

/* Is text one that the filter lets through? Case-insensitive; no filter lets all through. */
bool ui_matches(const struct ui *ui, const char *text);

#endif
