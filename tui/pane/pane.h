/* A pane paints one subject into the rectangle inside its frame. A row a pane in panes[]. */
#ifndef DRTOP_TUI_PANE_PANE_H
#define DRTOP_TUI_PANE_PANE_H

#include "tui/glyph.h"
#include "tui/view.h"

/* What stands at the right end of a pane's title: its verdict in a few words. */
struct pane_state {
    enum role role;
    enum glyph glyph;
    char text[96];
    char note[64]; /* follows in grey: context that is not a verdict */
};

struct pane {
    const char *name;
    /* In a few words; the frame prints text, then the glyph, in the role. */
    struct pane_state (*state)(const struct view *v);
    /* Paints rows inside r, which is at least 1x1. Notes rows and page in v->ui. */
    void (*paint)(struct canvas *c, struct rect r, struct view *v);
    /* The same in one line, for the strip tier. */
    void (*line)(struct canvas *c, struct rect r, const struct view *v);
};

extern const struct pane panes[PANE_COUNT];

/* One pair a pane file. */
struct pane_state tunnel_state_of(const struct view *v);
void tunnel_paint(struct canvas *c, struct rect r, struct view *v);
void tunnel_line(struct canvas *c, struct rect r, const struct view *v);
struct pane_state binlog_state_of(const struct view *v);
void binlog_paint(struct canvas *c, struct rect r, struct view *v);
void binlog_line(struct canvas *c, struct rect r, const struct view *v);
struct pane_state lag_state_of(const struct view *v);
void lag_paint(struct canvas *c, struct rect r, struct view *v);
void lag_line(struct canvas *c, struct rect r, const struct view *v);
struct pane_state alerts_state_of(const struct view *v);
void alerts_paint(struct canvas *c, struct rect r, struct view *v);
void alerts_line(struct canvas *c, struct rect r, const struct view *v);

/* Not panes, but painted like them. */
void header_paint(struct canvas *c, struct rect r, const struct view *v);
void footer_paint(struct canvas *c, struct rect r, const struct view *v);
void help_paint(struct canvas *c, struct view *v);

/* A list that scrolls: rows_next() for every row in order, paint only where it says true. */
struct rows {
    struct rect r;
    int *scroll, *page, *all; /* in struct ui */
    int next;
};
struct rows rows_begin(struct rect r, struct view *v, enum pane_id pane);
bool rows_next(struct rows *rows, struct rect *out_row);
void rows_end(struct rows *rows);

/* Has the source of a slot said nothing, not even an error, for four of its intervals? */
bool pane_source_silent(const struct view *v, enum slot slot);

/* Role of a value of that age: STRONG while live, DIM when aged, STALE after. */
enum role role_of_age(enum freshness f);
/* "0.21 s", "≥ 3.2 s", "unknown", or a dash when it is too old to show. */
void lag_words(const struct shown *s, char *out, size_t out_size);
/* Role of the lag: ACCENT within the objective, WARN above it, UNKNOWN, STALE. */
enum role lag_role(const struct view *v);
/* "4.0 KiB", "unknown", "purged"; and "2 tx" or a dash where GTIDs do not tell. */
void gap_bytes(const struct gap *gap, enum freshness f, char *out, size_t out_size);
void gap_tx(const struct gap *gap, enum freshness f, char *out, size_t out_size);

#endif
