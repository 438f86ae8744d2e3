/* The tunnel pane with all the room: every tunnel of every view in a table, what each view adds,
 * and below them their history on one axis. */
#include "tui/pane/tunnel.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

enum { RATES_W = 66, FIGURES_W = 100, NOTE_W = 30, THEN_MAX_W = 64 };

/* A column of the table; widths are of the narrowest window, the name grows. */
enum column {
    COL_VIEW,
    COL_NAME,
    COL_STATE,
    COL_SINCE,
    COL_AGE,
    COL_IN,
    COL_OUT,
    COL_IKE,
    COL_CHILD,
    COL_REKEY,
    COL_NOTE,
    COLUMNS
};

/* Doubts about a view, which its remark tells, and about one of its tunnels. */
#define VIEW_DOUBTS   ((unsigned)(DOUBT_STALE | DOUBT_OLDER))
#define TUNNEL_DOUBTS (~VIEW_DOUBTS)

/* How much stands below a tunnel of what the columns do not hold. */
enum notes { NOTES_NONE, NOTES_TROUBLE, NOTES_SHORT, NOTES_ALL };

struct table {
    struct rect r;
    int x[COLUMNS], w[COLUMNS]; /* w 0: not shown */
    enum notes notes;
};

static const struct {
    const char *title;
    int w;
    bool right;
} columns[COLUMNS] = {
    [COL_VIEW] = {"view", 6, false},      [COL_NAME] = {"tunnel", 15, false},
    [COL_STATE] = {"state", 17, false},   [COL_SINCE] = {"for", 6, true},
    [COL_AGE] = {"as of", 6, true},       [COL_IN] = {"in/s", 4, true},
    [COL_OUT] = {"out/s", 5, true},       [COL_IKE] = {"IKE", 6, true},
    [COL_CHILD] = {"CHILD", 6, true},     [COL_REKEY] = {"rekey", 6, true},
    [COL_NOTE] = {"says", NOTE_W, false},
};

static int name_width(const struct view *v, int at_most)
{
    int w = columns[COL_NAME].w;
    for (size_t i = 0; i < v->snap->config->n_tunnels; i++) {
        for (size_t k = 0; k < tunnel_looks(v, i); k++) {
            char id[160];
            struct tunnel_look l = tunnel_look(v, i, (int)k);
            tunnel_id(&l, at_most, id, sizeof id);
            int n = text_width_str(id);
            w = n > w ? n : w;
        }
    }
    return w < at_most ? w : at_most;
}

/* What the fixed columns leave goes to the names, as far as they need it, and to what the views
 * say, where that gets a column of its own. */
static struct table table_of(struct rect r, const struct view *v)
{
    struct table t = {.r = r};
    int gap = r.w >= 90 ? 2 : 1, rest = r.w, x = r.x;
    for (int i = 0; i < COL_NOTE; i++) {
        int from_w = i >= COL_IKE ? FIGURES_W : i >= COL_IN ? RATES_W : 0;
        t.w[i] = r.w >= from_w ? columns[i].w : 0;
    }
    for (int i = 0; i < COL_NOTE; i++) {
        rest -= t.w[i] > 0 ? t.w[i] + (i == COL_VIEW ? 1 : gap) : 0;
    }
    int grown = name_width(v, t.w[COL_NAME] + (rest > 0 ? rest : 0)) - t.w[COL_NAME];
    if (rest - grown < NOTE_W && rest >= NOTE_W + 4) {
        grown = rest - NOTE_W;
    }
    t.w[COL_NAME] += grown;
    t.w[COL_NOTE] = rest - grown >= NOTE_W ? rest - grown : 0;
    for (int i = 0; i < COLUMNS; i++) {
        t.x[i] = x;
        x += t.w[i] > 0 ? t.w[i] + (i == COL_VIEW ? 1 : gap) : 0;
    }
    return t;
}

static void cell(struct canvas *c, const struct table *t, int y, enum column col,
                 enum role role, const char *text)
{
    if (t->w[col] <= 0) {
        return;
    }
    if (columns[col].right) {
        (void)canvas_text_right(c, t->x[col] + t->w[col], y, t->w[col], role, text);
    } else {
        (void)canvas_text_fit(c, t->x[col], y, t->w[col], role, text);
    }
}

static void age_cell(struct canvas *c, const struct table *t, int y, enum column col,
                     enum role role, struct opt_i64 ms)
{
    char text[FORMAT_MAX];
    cell(c, t, y, col, ms.known ? role : ROLE_DIM,
         ms.known ? format_age(text, ms.v) : glyph(GLYPH_DOT));
}

static struct opt_i64 ms_of(const struct tunnel_leg *said, struct opt_i64 s)
{
    return said && s.known ? opt_i64(s.v * 1000) : (struct opt_i64){0};
}

static void rate_cell(struct canvas *c, const struct table *t, int y, enum column col,
                      const struct tunnel_look *l, struct opt_f64 rate)
{
    char text[FORMAT_MAX];
    bool still = l->doubts & DOUBT_ONE_WAY && rate.known && rate.v <= 0;
    cell(c, t, y, col,
         still        ? ROLE_WARN
         : rate.known ? ROLE_TEXT
                      : ROLE_DIM,
         rate.known ? format_bytes_brief(text, rate.v) : glyph(GLYPH_DOT));
}

static void add(char *out, size_t out_size, const char *text)
{
    size_t n = strlen(out);
    if (text[0]) {
        (void)snprintf(out + n, out_size - n, "%s%s", n > 0 ? "  " : "", text);
    }
}

/* What the columns do not show. */
struct says {
    char doubt[80], rest[320];
};

/* A gateway's "IKE 1m CHILD 1m" stands in the table already, and finer. */
static bool tells_keys_only(const struct tunnel_leg *said)
{
    const char *child = strstr(said->detail, " CHILD ");
    return child && said->ike_age_s.known && strncmp(said->detail, "IKE ", 4) == 0 &&
           strchr(said->detail + 4, ' ') == child && !strchr(child + 7, ' ');
}

static struct says says(const struct tunnel_look *l, const struct table *t)
{
    struct says s = {{0}, {0}};
    char text[200] = "";
    if (l->why) {
        (void)text_copy(s.rest, sizeof s.rest, l->silent ? "" : l->why);
        return s;
    }
    if (l->doubts & TUNNEL_DOUBTS && l->state != TUNNEL_BLACK_HOLED &&
        !(l->view->data_plane && l->doubts & DOUBT_LARGE_LOST)) {
        tunnel_note(l, true, 60, s.doubt, sizeof s.doubt);
    }
    if (l->view->data_plane) {
        tunnel_figures(l, 0, text, sizeof text);
        add(s.rest, sizeof s.rest, text);
    }
    if (t->w[COL_IKE] == 0) {
        tunnel_keys(l, text, sizeof text);
        add(s.rest, sizeof s.rest, text);
    }
    if (t->w[COL_IN] == 0) {
        tunnel_rates(l, text, sizeof text);
        add(s.rest, sizeof s.rest, text);
    }
    if (l->said && !tells_keys_only(l->said)) {
        add(s.rest, sizeof s.rest, l->said->detail);
    }
    return s;
}

static void paint_says(struct canvas *c, int x, int y, int w, const struct tunnel_look *l,
                       const struct says *s)
{
    bool down = l->view->data_plane && (l->state == TUNNEL_DOWN || l->doubts);
    enum role role = l->why ? ROLE_UNKNOWN : down ? ROLE_WARN : ROLE_DIM;
    int used = canvas_text_fit(c, x, y, w, tunnel_mark(l).role, s->doubt);
    used += used > 0 ? 2 : 0;
    (void)canvas_text_fit(c, x + used, y, w - used, role, s->rest);
}

static void state_words(const struct tunnel_look *l, char *out, size_t out_size)
{
    char words[48];
    tunnel_mark_words(tunnel_mark(l), words, sizeof words);
    (void)snprintf(out, out_size, "%s%s", words, l->spare ? " (expected)" : "");
}

static void row(struct canvas *c, const struct table *t, int y, const struct tunnel_look *l,
                bool named)
{
    char text[320];
    if (named) {
        cell(c, t, y, COL_VIEW, ROLE_ACCENT, l->cfg->name);
    }
    tunnel_id(l, t->w[COL_NAME], text, sizeof text);
    cell(c, t, y, COL_NAME, ROLE_TEXT, text);
    state_words(l, text, sizeof text);
    cell(c, t, y, COL_STATE, tunnel_mark(l).role, text);
    age_cell(c, t, y, COL_SINCE, ROLE_TEXT, l->lasted_ms);
    age_cell(c, t, y, COL_AGE,
             l->why                       ? ROLE_UNKNOWN
             : l->fresh == FRESHNESS_LIVE ? ROLE_TEXT
                                          : role_of_age(l->fresh),
             l->age_ms);
    if (t->w[COL_NOTE] > 0) {
        struct says more = says(l, t);
        paint_says(c, t->x[COL_NOTE], y, t->w[COL_NOTE], l, &more);
    }
    if (l->why && t->w[COL_NOTE] == 0 && t->notes == NOTES_NONE) {
        int x = t->w[COL_IN] > 0 ? t->x[COL_IN] : t->x[COL_AGE];
        (void)canvas_text_fit(c, x, y, t->r.x + t->r.w - x, ROLE_UNKNOWN,
                              l->silent ? "" : l->why);
    }
    if (l->why || l->view->data_plane) {
        return;
    }
    rate_cell(c, t, y, COL_IN, l, l->leg ? l->leg->in_rate : (struct opt_f64){0});
    rate_cell(c, t, y, COL_OUT, l, l->leg ? l->leg->out_rate : (struct opt_f64){0});
    if (l->said && l->said->ike_age_s.known) {
        age_cell(c, t, y, COL_IKE, ROLE_TEXT, ms_of(l->said, l->said->ike_age_s));
        age_cell(c, t, y, COL_CHILD, ROLE_TEXT, ms_of(l->said, l->said->child_age_s));
        age_cell(c, t, y, COL_REKEY, ROLE_TEXT, ms_of(l->said, l->said->rekey_s));
    }
}

static bool has_note(const struct tunnel_look *l, const struct table *t)
{
    if (t->w[COL_NOTE] > 0 || t->notes == NOTES_NONE) {
        return false;
    }
    struct says more = says(l, t);
    bool trouble = l->why || l->doubts & TUNNEL_DOUBTS || l->state == TUNNEL_DEGRADED;
    bool own = l->view->data_plane || (l->said && l->said->ike_age_s.known);
    enum notes level = trouble ? NOTES_TROUBLE : own ? NOTES_SHORT : NOTES_ALL;
    return (more.doubt[0] || more.rest[0]) && t->notes >= level;
}

/* Not what the state or a note about the only tunnel says already. */
static bool has_remark(const struct tunnel_look *l, const struct table *t)
{
    bool news = l->doubts & VIEW_DOUBTS;
    bool more = l->view->n_legs > 1 || l->state == TUNNEL_BLACK_HOLED;
    return l->facts && l->view->remark[0] &&
           ((t->notes == NOTES_ALL && more) || (t->notes != NOTES_NONE && news));
}

/* Paints the rows of one view, or with c NULL only counts them. */
static int view_rows(struct canvas *c, struct rows *rows, const struct table *t,
                     const struct view *v, size_t i)
{
    int n = 0, x = t->x[COL_NAME], end = t->r.x + t->r.w;
    struct rect at;
    struct tunnel_look l;
    for (size_t k = 0; k < tunnel_looks(v, i); k++) {
        l = tunnel_look(v, i, (int)k);
        n++;
        if (c && rows_next(rows, &at)) {
            row(c, t, at.y, &l, k == 0 || at.y == rows->r.y);
        }
        if (!has_note(&l, t)) {
            continue;
        }
        n++;
        if (c && rows_next(rows, &at)) {
            struct says more = says(&l, t);
            paint_says(c, x, at.y, end - x, &l, &more);
        }
    }
    l = tunnel_look(v, i, TUNNEL_WHOLE);
    if (has_remark(&l, t)) {
        n++;
        if (c && rows_next(rows, &at)) {
            (void)canvas_text_fit(c, x, at.y, end - x,
                                  l.state == TUNNEL_BLACK_HOLED ? ROLE_CRIT : ROLE_WARN,
                                  l.view->remark);
        }
    }
    return n;
}

static int table_rows(const struct table *t, const struct view *v)
{
    int n = 1;
    for (size_t i = 0; i < v->snap->config->n_tunnels; i++) {
        n += view_rows(NULL, NULL, t, v, i);
    }
    return n;
}

static void head(struct canvas *c, const struct table *t)
{
    for (int i = 0; i < COLUMNS; i++) {
        cell(c, t, t->r.y, (enum column)i, ROLE_LABEL, columns[i].title);
    }
}

/* As many notes as leave the history its place, the more of it the more they say. */
static bool choose_notes(struct table *t, const struct view *v)
{
    static const struct {
        enum notes notes;
        int graph_h;
    } ways[] = {{NOTES_ALL, 6},
                {NOTES_SHORT, 2},
                {NOTES_TROUBLE, 2},
                {NOTES_TROUBLE, 0},
                {NOTES_NONE, 0}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        t->notes = ways[i].notes;
        if (table_rows(t, v) + tunnel_past_rows(v, ways[i].graph_h) <= t->r.h) {
            return true;
        }
    }
    t->notes = NOTES_ALL;
    if (table_rows(t, v) > t->r.h) {
        t->notes = NOTES_SHORT;
    }
    return false;
}

/* What was known then, in place of the table; the strips go on showing all of it. */
static void paint_then(struct canvas *c, struct rect r, struct view *v)
{
    int n = (int)v->snap->config->n_tunnels, past = tunnel_past_rows(v, 0);
    int h = n + past <= r.h ? n : r.h;
    int w = r.w < THEN_MAX_W ? r.w : THEN_MAX_W;
    struct rows rows = rows_begin((struct rect){r.x, r.y, w, h}, v, PANE_TUNNEL);
    tunnel_then_rows(c, &rows, v);
    rows_end(&rows);
    if (h < r.h) {
        tunnel_past_paint(c, (struct rect){r.x, r.y + h, r.w, r.h - h}, v);
    }
}

void tunnel_zoom_paint(struct canvas *c, struct rect r, struct view *v)
{
    if (v->shown.past) {
        paint_then(c, r, v);
        return;
    }
    struct table t = table_of(r, v);
    bool past = choose_notes(&t, v);
    int h = past ? table_rows(&t, v) : r.h;
    struct rows rows =
        rows_begin((struct rect){r.x, r.y + 1, r.w, h > 1 ? h - 1 : 0}, v, PANE_TUNNEL);
    head(c, &t);
    for (size_t i = 0; i < v->snap->config->n_tunnels; i++) {
        (void)view_rows(c, &rows, &t, v, i);
    }
    rows_end(&rows);
    if (past) {
        tunnel_past_paint(c, (struct rect){r.x, r.y + h, r.w, r.h - h}, v);
    }
}
