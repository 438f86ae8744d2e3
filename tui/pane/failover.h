/* Parts of the failover screen; one .c a group of pages. */
#ifndef DRTOP_TUI_PANE_FAILOVER_H
#define DRTOP_TUI_PANE_FAILOVER_H

#include "tui/pane/pane.h"

/* A page: lines from the top, in a frame where there is room for one. */
struct sheet {
    struct canvas *c;
    struct view *v;
    struct failover *f;
    const struct failover_view *run; /* never NULL: nothing known is an empty one */
    enum failover_page page;
    struct rect b; /* with the frame */
    bool framed;
    struct rows rows; /* where the next line goes */
    int scroll, shown, all;
};

/* A line across, with a title; the first one is the frame's upper edge. number 0: none. Returns
 * the column after the title, and the row in *out_y, or -1 when it is out of sight. */
int sheet_rule(struct sheet *s, int number, const char *title, enum role role, int *out_y);
/* Text at the right end of such a line. */
void sheet_note(struct sheet *s, int y, enum role role, const char *text);
void sheet_text(struct sheet *s, enum role role, const char *text); /* wrapped */
/* Where what a row says begins, behind its name, or its mark and its word. */
#define SHEET_NAME_W 12
void sheet_named(struct sheet *s, const char *name, enum role role, const char *text);
/* The same; in one line, cut, where there is no room for a frame. */
void sheet_fact(struct sheet *s, const char *name, enum role role, const char *text);
bool sheet_row(struct sheet *s, struct rect *out_row);
/* At the beginning of a row: how it stands. */
void sheet_mark(struct sheet *s, struct rect row, enum role role, enum glyph mark,
                const char *word);
int sheet_left(const struct sheet *s); /* rows */
/* A word in large letters, centered; in one line where there is no room. */
void sheet_big(struct sheet *s, enum role role, const char *text);
void sheet_blank(struct sheet *s); /* where there is plenty of room */

void failover_review_paint(struct sheet *s);
void failover_countdown_paint(struct sheet *s);
void failover_vouch_paint(struct sheet *s);
void failover_sent_paint(struct sheet *s);
void failover_track_paint(struct sheet *s);
void failover_verify_paint(struct sheet *s);
void failover_over_paint(struct sheet *s);

/* Rows that tell the phases, and what our eyes see. */
void failover_phases(struct sheet *s);
void failover_eyes(struct sheet *s);
/* "FAILED OVER", "NOT PROMOTED"; and its role. */
const char *failover_outcome_word(const struct attempt *a, enum role *out_role);
const char *failover_verb_name(enum failover_verb verb);

/* When service was last good: as the clock says while it runs, else as the decision knew it. */
struct opt_i64 failover_last_good(const struct sheet *s);

#endif
