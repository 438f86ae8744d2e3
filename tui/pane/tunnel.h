/* What a row of the tunnel pane tells, small or zoomed: one tunnel of a view, a view as a whole,
 * or a view that tells nothing. Of the moment that is painted; borrowed from the snapshot. */
#ifndef DRTOP_TUI_PANE_TUNNEL_H
#define DRTOP_TUI_PANE_TUNNEL_H

#include "tui/format.h"
#include "tui/pane/pane.h"

struct tunnel_look {
    const struct config_tunnel *cfg;
    const struct tunnel_view *view;
    const struct tunnel_facts *facts;  /* NULL: none that still tell */
    const struct tunnel_leg_view *leg; /* NULL: the view as a whole */
    const struct tunnel_leg *said;     /* the same tunnel in the view's own words, or NULL */
    struct alias_table *share;         /* of the view that is painted */
    size_t number;                     /* of the tunnel in its view, from 1 on */
    enum tunnel_state state;
    unsigned doubts;          /* enum tunnel_doubt */
    bool spare;               /* not up, and need not be */
    const char *why;          /* why nothing is known; NULL: something is */
    bool silent;              /* the source says nothing, not even why */
    struct opt_i64 age_ms;    /* of the reading */
    enum freshness fresh;     /* the same, against its interval */
    struct opt_i64 lasted_ms; /* how long it has been in this state */
};

/* Tunnels that view i tells of; 1 when it tells nothing. */
size_t tunnel_looks(const struct view *v, size_t i);
#define TUNNEL_WHOLE (-1)
struct tunnel_look tunnel_look(const struct view *v, size_t i, int leg);

/* Glyph, word and colour: the state as it is to be shown, with what is doubtful about it. */
struct tunnel_mark {
    enum role role;
    enum glyph glyph;
    const char *word;
};
struct tunnel_mark tunnel_mark(const struct tunnel_look *l);
/* "✓ UP" */
void tunnel_mark_words(struct tunnel_mark m, char *out, size_t out_size);
/* What is remarkable about the state, or how long it has lasted, in at most max_w cells, else "".
 * Of a probe it is a figure, unless its figures stand beside it. */
void tunnel_note(const struct tunnel_look *l, bool figures, int max_w, char *out,
                 size_t out_size);
/* Cells of the state with the briefest note. */
int tunnel_state_width(const struct tunnel_look *l);

/* What the tunnel is called: its id, or what the view asks. With room an address gets its number
 * in front: "t1 34.1.2.3". Never more than max_w cells; of an address the end is kept. */
void tunnel_id(const struct tunnel_look *l, int max_w, char *out, size_t out_size);
/* What else the view tells of it, as much as there is room for, else "": level 0 is all of it. */
void tunnel_figures(const struct tunnel_look *l, int level, char *out, size_t out_size);
#define TUNNEL_FIGURE_LEVELS 4

/* Of a gateway: "IKE 2h11m  CHILD 14m00s  rekey in 46m00s", or "". */
void tunnel_keys(const struct tunnel_look *l, char *out, size_t out_size);

/* Both directions of a rate: "↓31k ↑2k"; one of them: "31k". "" while unknown. */
void tunnel_rates(const struct tunnel_look *l, char *out, size_t out_size);

#define TUNNEL_LABEL_W 7

/* Applications and anchors, a row each; how many there are; and the primary's application in a
 * word at the right end of r, after column from. */
void tunnel_site_rows(struct canvas *c, struct rows *rows, const struct view *v);
int tunnel_site_count(const struct config *cfg);
void tunnel_app_word(struct canvas *c, struct rect r, int from, const struct view *v);

/* A row a view, of the moment in the past that is looked at. */
void tunnel_then_rows(struct canvas *c, struct rows *rows, const struct view *v);

/* The zoomed pane. */
void tunnel_zoom_paint(struct canvas *c, struct rect r, struct view *v);
/* States of every view and the probe's round trips on one axis. */
void tunnel_past_paint(struct canvas *c, struct rect r, const struct view *v);
/* Rows that it takes with graph_h rows of round trips. */
int tunnel_past_rows(const struct view *v, int graph_h);

#endif
