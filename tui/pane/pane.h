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

/* The screen in a room, from 40x8 on: v->wall. */
#define WALL_MIN_W 40
#define WALL_MIN_H 8
void wall_paint(struct canvas *c, struct view *v);
/* Its figures: three, two where there is no room, or one and words. How large they can be. */
int wall_figures_times(int w, int max);
void wall_figures_paint(struct canvas *c, struct rect r, const struct view *v, int times);
void wall_two_figures_paint(struct canvas *c, struct rect r, const struct view *v);
void wall_one_figure_paint(struct canvas *c, struct rect r, const struct view *v);

/* The header while the primary's service stands still, or anything else is critical. */
void outage_paint(struct canvas *c, struct rect r, const struct view *v);
void outage_lines(struct canvas *c, struct rect r, const struct view *v);
#define PHRASE_MAX 200
/* How sure it is, and what there is to rely on, as much of it as fits into w cells. */
void proof_words(const struct view *v, int w, char out[PHRASE_MAX]);
/* Clock and beat, or the mode, at the right end of a header line; returns its first column. */
int header_right(struct canvas *c, struct rect r, const struct view *v, enum role role,
                 bool with_age);
/* "live 0.3s" behind the beat: how old the older of the two positions is. */
void freshness_words(const struct view *v, char *out, size_t out_size, enum role *out_role);
void header_pane_line(struct canvas *c, struct rect r, const struct view *v, enum pane_id id);

/* What lies over the panes. The smallest window that they, help apart, are for: */
#define OVERLAY_MIN_W 56
#define OVERLAY_MIN_H 12
void help_paint(struct canvas *c, struct view *v);
void palette_paint(struct canvas *c, struct view *v);
void evidence_paint(struct canvas *c, struct view *v);
/* Its rows alone, those that decided first, as far as there is room. */
void evidence_brief_paint(struct canvas *c, struct rect r, struct view *v);
void alert_paint(struct canvas *c, struct view *v);
void timeline_paint(struct canvas *c, struct view *v);

/* The whole window: the failover screen of v->failover, at least FAILOVER_MIN_W x _H. */
void failover_paint(struct canvas *c, struct view *v);
/* One line for the dashboard's footer about a run that is under way or not acknowledged, or "". */
enum role failover_words(const struct view *v, char *out, size_t out_size);

/* Frames an overlay in the middle of the canvas, at most w wide and h high, and gives the room
 * inside; where little would be left beside it, it takes that too. It spares rows at the top (the
 * header) and at the bottom (the footer, where a comment is typed). The words at its lower edge say
 * how to leave and, when rows do not fit, to scroll. */
#define OVERLAY_MARGIN 16
/* On a shared screen the rows of r get numbers at its left edge, so that people can say "look at
 * B3"; returns what is left of it. Too narrow a one has none. */
#define LABELLED_MIN_W 20
struct rect label_rows(struct canvas *c, struct rect r);
struct overlay_spare {
    int top, bottom;
};
struct rect overlay_open(struct canvas *c, int w, int h, struct overlay_spare spare,
                         const char *title);
struct overlay_spare overlay_spare(const struct canvas *c);
void overlay_close(struct canvas *c, struct rect in, const struct view *v);

/* A list that scrolls: rows_next() for every row in order, paint only where it says true. */
struct rows {
    struct rect r;
    int *scroll, *page, *all; /* in struct ui */
    int next;
};
struct rows rows_begin(struct rect r, struct view *v, enum pane_id pane);
struct rows rows_over(struct rect r, struct view *v); /* of the overlay */
bool rows_next(struct rows *rows, struct rect *out_row);
/* Text wrapped at blanks over as many rows as it takes, indented from the second on. */
void rows_text(struct rows *rows, struct canvas *c, int indent, enum role role,
               const char *text);
/* A row with a name in front of a wrapped text; name_w cells for the name. */
void rows_named(struct rows *rows, struct canvas *c, int name_w, const char *name,
                enum role role, const char *text);
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

/* " suspected" after a verdict that is not confirmed and means trouble, else "". */
const char *verdict_doubt(const struct shown *s);
/* Does the whole header speak of it? */
bool verdict_is_loud(const struct shown *s);
enum glyph level_glyph(enum verdict_level level);
/* As much of the verdict's sentence as w cells hold: all of it, else without the site's name, else
 * to the end of a clause, or of a word. Where none ends in time, more than w: canvas_text_fit cuts
 * that. */
#define SENTENCE_MAX 208
void verdict_words(const struct view *v, int w, char out[SENTENCE_MAX]);

/* " + 2.0 KiB to 5.2 MiB unseen", " + 12s unseen" or "": what the primary may have written since
 * it was last seen. */
void unseen_words(const struct shown *s, char *out, size_t out_size);
/* What was known when the primary went out of sight stands; what came after is unseen. */
enum freshness risk_fresh(const struct shown *s);
/* "14 tx · 3.1 KiB + up to 5.2 MiB unseen"; level 1: "14 tx · 3.1 KiB + unseen"; level 2:
 * "≥ 14 tx · 3.1 KiB"; level 3: "≥ 3.1 KiB". What nobody saw is never left out. "unknown". */
void risk_words(const struct shown *s, int level, char *out, size_t out_size);

/* "04:11", from the last good moment; "≥ 03:10" when only the first bad one is known. */
void rto_elapsed_words(const struct rto *rto, char *out, size_t out_size);
/* "3:09 left", "passed 0:41 ago"; "" without a deadline. */
void deadline_words(const struct rto *rto, int64_t wall_ms, char *out, size_t out_size);

/* Could the DR site take over, as far as its database and its channel tell? */
enum tri dr_ready(const struct snapshot *s);

/* What is to be said of the record, or "": that nobody writes it, or that it is newer. */
void record_words(const struct view *v, char *out, size_t out_size);

/* The newest incident: the record's where it can be read, else the engine's. */
const struct incident *view_incident(const struct view *v);

#endif
