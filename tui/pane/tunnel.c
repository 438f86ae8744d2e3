#include "tui/pane/tunnel.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

enum { ROWS_MAX = CONFIG_TUNNELS_MAX * (TUNNEL_LEGS_MAX + 2), NARROW = 45, WIDE = 70 };

/* The rows that tell of tunnels, as many as there is room for. */
struct plan {
    struct plan_row {
        enum { ROW_LOOK, ROW_FIGURES, ROW_REMARK } what;
        size_t view;
        int leg;
    } row[ROWS_MAX];
    int n;
    bool merged[CONFIG_TUNNELS_MAX]; /* all tunnels of the view in one row */
    bool probes_first, remarks, figures;
};

static void plan_add(struct plan *p, int what, size_t view, int leg)
{
    if (p->n < ROWS_MAX) {
        p->row[p->n].what = what;
        p->row[p->n].view = view;
        p->row[p->n++].leg = leg;
    }
}

static void plan_view(struct plan *p, const struct view *v, size_t i)
{
    struct tunnel_look l = tunnel_look(v, i, TUNNEL_WHOLE);
    if (p->merged[i]) {
        plan_add(p, ROW_LOOK, i, TUNNEL_WHOLE);
    } else {
        for (size_t k = 0; k < tunnel_looks(v, i); k++) {
            plan_add(p, ROW_LOOK, i, (int)k);
        }
    }
    if (p->figures && l.cfg->kind == TUNNEL_PROBE && l.facts) {
        plan_add(p, ROW_FIGURES, i, 0);
    }
    if (p->remarks && l.facts && l.view->remark[0]) {
        plan_add(p, ROW_REMARK, i, TUNNEL_WHOLE);
    }
}

static int plan_fill(struct plan *p, const struct view *v)
{
    const struct config *cfg = v->snap->config;
    p->n = 0;
    for (int pass = p->probes_first ? 0 : 1; pass < 2; pass++) {
        for (size_t i = 0; i < cfg->n_tunnels; i++) {
            if (!p->probes_first || (cfg->tunnels[i].kind == TUNNEL_PROBE) == (pass == 0)) {
                plan_view(p, v, i);
            }
        }
    }
    return p->n;
}

/* Puts the tunnels of one more view together: of a calm one while there is one, and of the last,
 * so that what stands first keeps its rows longest. */
static bool merge_one(struct plan *p, const struct view *v)
{
    int best = -1;
    bool best_calm = false;
    for (size_t i = 0; i < v->snap->config->n_tunnels; i++) {
        struct tunnel_look l = tunnel_look(v, i, TUNNEL_WHOLE);
        bool calm = l.state == TUNNEL_UP && !l.doubts;
        if (!p->merged[i] && tunnel_looks(v, i) > 1 && (calm || !best_calm)) {
            best = (int)i;
            best_calm = calm;
        }
    }
    if (best >= 0) {
        p->merged[best] = true;
    }
    return best >= 0;
}

static void plan_rows(struct plan *p, const struct view *v, int w, int h)
{
    *p = (struct plan){0};
    if (plan_fill(p, v) > h) {
        p->probes_first = true;
        while (p->n > h && merge_one(p, v)) {
            (void)plan_fill(p, v);
        }
        (void)plan_fill(p, v);
        return;
    }
    int site = tunnel_site_count(v->snap->config);
    p->remarks = true;
    p->remarks = plan_fill(p, v) + site <= h;
    p->figures = w < WIDE; /* else they stand beside the name */
    p->figures = plan_fill(p, v) + site <= h && p->figures;
    (void)plan_fill(p, v);
}

/* Columns of the rows: label, name and figures, state and note. */
struct columns {
    int x, name_x, name_w, state_x, end;
};

/* Does no tunnel need more words than UP or DOWN, and for how long? */
static bool all_are_brief(const struct view *v)
{
    for (size_t i = 0; i < v->snap->config->n_tunnels; i++) {
        for (size_t k = 0; k < tunnel_looks(v, i); k++) {
            struct tunnel_look l = tunnel_look(v, i, (int)k);
            bool plain = l.state == TUNNEL_UP || l.state == TUNNEL_DOWN;
            if (!plain || l.spare || l.doubts || l.why) {
                return false;
            }
        }
    }
    return true;
}

/* In a narrow pane the names make way for a doubt, but not for how long something has lasted. Short words
 * stand near their figures. */
static int state_width(const struct view *v, int w)
{
    bool ascii = glyph_in_use() == GLYPHS_ASCII;
    int most = w < NARROW || all_are_brief(v) ? 13
               : w < WIDE                     ? 20
                                              : 30,
        at_most = (w < NARROW ? 16 : most) + 3 * ascii;
    most += 3 * ascii;
    for (size_t i = 0; i < v->snap->config->n_tunnels; i++) {
        for (size_t k = 0; k < tunnel_looks(v, i); k++) {
            struct tunnel_look l = tunnel_look(v, i, (int)k);
            bool matters = l.doubts || (l.view->data_plane && l.state == TUNNEL_DEGRADED);
            int need = matters ? tunnel_state_width(&l) : 0;
            most = need > most && need <= at_most ? need : most;
        }
    }
    return most;
}

static struct columns columns_of(struct rect r, const struct view *v)
{
    int state_w = state_width(v, r.w);
    struct columns col = {.x = r.x, .name_x = r.x + TUNNEL_LABEL_W, .end = r.x + r.w};
    col.state_x = col.end - state_w > col.name_x + 6 ? col.end - state_w : col.name_x + 6;
    col.name_w = col.state_x - 1 - col.name_x;
    return col;
}

static enum role figures_role(const struct tunnel_look *l)
{
    return l->view->data_plane && l->state == TUNNEL_DOWN ? ROLE_WARN : ROLE_DIM;
}

/* Returns whether figures stand there. */
static bool name_cell(struct canvas *c, const struct columns *col, int y,
                      const struct tunnel_look *l)
{
    char id[160], figures[200] = "";
    tunnel_id(l, col->name_w, id, sizeof id);
    int used = text_width_str(id);
    for (int level = 0; level < TUNNEL_FIGURE_LEVELS; level++) {
        tunnel_figures(l, level, figures, sizeof figures);
        if (used + 2 + text_width_str(figures) <= col->name_w) {
            break;
        }
        figures[0] = '\0';
    }
    /* A gateway's only tunnel: how old its keys are tells more than what it is called. */
    if (!figures[0] && l->said && l->said->ike_age_s.known && l->view->n_legs == 1) {
        char keys_of[80];
        tunnel_figures(l, TUNNEL_FIGURE_LEVELS - 1, keys_of, sizeof keys_of);
        if (text_width_str(keys_of) <= col->name_w) {
            memcpy(id, keys_of, sizeof keys_of);
        }
    }
    used = canvas_text_fit(c, col->name_x, y, col->name_w, ROLE_TEXT, id);
    if (figures[0]) {
        (void)canvas_text_fit(c, col->name_x + used + 2, y, col->name_w - used - 2,
                              figures_role(l), figures);
    }
    return figures[0] != '\0';
}

static void state_cell(struct canvas *c, const struct columns *col, int y,
                       const struct tunnel_look *l, bool figures)
{
    char words[48], note[64];
    struct tunnel_mark m = tunnel_mark(l);
    tunnel_mark_words(m, words, sizeof words);
    int x = col->state_x + canvas_text(c, col->state_x, y, m.role, words);
    tunnel_note(l, figures, col->end - x - 1, note, sizeof note);
    enum role role = m.role != ROLE_OK            ? m.role
                     : l->fresh >= FRESHNESS_AGED ? ROLE_DIM
                                                  : ROLE_TEXT;
    (void)canvas_text_right(c, col->end, y, col->end - x - 1, role, note);
}

/* Nothing is known: the reason in place of a state, over the name too where it is long. */
static void unknown_cells(struct canvas *c, const struct columns *col, int y,
                          const struct tunnel_look *l)
{
    char text[320], id[160];
    (void)snprintf(text, sizeof text, "%s %s", glyph(GLYPH_UNKNOWN), l->why);
    tunnel_id(l, col->name_w, id, sizeof id);
    int w = text_width_str(text), room = col->end - col->name_x;
    int id_w = text_width_str(id) < col->name_w ? text_width_str(id) : col->name_w;
    if (w > room - id_w - 1) {
        (void)canvas_text_fit(c, col->name_x, y, room, ROLE_UNKNOWN, text);
        return;
    }
    (void)canvas_text_fit(c, col->name_x, y, col->name_w, ROLE_TEXT, id);
    int x = w <= col->end - col->state_x ? col->state_x : col->end - w;
    (void)canvas_text(c, x, y, ROLE_UNKNOWN, text);
}

/* The line below a probe: as much as there is room for. */
static void figures_row(struct canvas *c, struct rect r, const struct tunnel_look *l)
{
    char text[200];
    for (int level = 0; level < TUNNEL_FIGURE_LEVELS; level++) {
        tunnel_figures(l, level, text, sizeof text);
        if (text_width_str(text) <= r.w) {
            break;
        }
    }
    (void)canvas_text_fit(c, r.x, r.y, r.w, figures_role(l), text);
}

static void plan_row(struct canvas *c, struct rect row, const struct view *v,
                     const struct plan *plan, int i)
{
    const struct plan_row *p = &plan->row[i];
    struct tunnel_look l = tunnel_look(v, p->view, p->leg);
    struct columns col = columns_of(row, v);
    struct rect right = {col.name_x, row.y, col.end - col.name_x, 1};
    bool first = i == 0 || plan->row[i - 1].view != p->view;
    if (p->what == ROW_REMARK) {
        (void)canvas_text_fit(c, right.x, row.y, right.w,
                              l.state == TUNNEL_BLACK_HOLED ? ROLE_CRIT : ROLE_WARN,
                              l.view->remark);
        return;
    }
    if (p->what == ROW_FIGURES) {
        figures_row(c, right, &l);
        return;
    }
    if (first || v->ui->scroll[PANE_TUNNEL] == i) {
        (void)canvas_text_fit(c, col.x, row.y, TUNNEL_LABEL_W - 1, ROLE_ACCENT, l.cfg->name);
    }
    if (l.why && !l.silent) {
        unknown_cells(c, &col, row.y, &l);
    } else if (plan->figures && l.view->data_plane) {
        char id[160];
        tunnel_id(&l, col.name_w, id, sizeof id);
        (void)canvas_text_fit(c, col.name_x, row.y, col.name_w, ROLE_TEXT, id);
        state_cell(c, &col, row.y, &l, true);
    } else {
        bool figures = name_cell(c, &col, row.y, &l);
        state_cell(c, &col, row.y, &l, figures);
    }
}

/* What was known of a view at the moment that is looked at. */
static void then_row(struct canvas *c, struct rect row, const struct view *v, size_t i)
{
    int64_t from_ms = v->shown.at_ms / 1000 * 1000;
    struct tunnel_look l = tunnel_look(v, i, TUNNEL_WHOLE);
    struct tunnel_look then = {.cfg = l.cfg, .view = l.view, .share = l.share};
    struct columns col = columns_of(row, v);
    char id[160], words[64], ms[FORMAT_MAX];
    history_view_columns(v->snap->history, i, from_ms, from_ms + 1000, &then.state, 1);
    struct tunnel_mark m = tunnel_mark(&then);
    tunnel_mark_words(m, words, sizeof words);
    tunnel_id(&then, col.name_w, id, sizeof id);
    (void)canvas_text_fit(c, col.x, row.y, TUNNEL_LABEL_W - 1, ROLE_ACCENT, l.cfg->name);
    (void)canvas_text_fit(c, col.name_x, row.y, col.name_w, ROLE_TEXT, id);
    int x = col.state_x + canvas_text(c, col.state_x, row.y, m.role, words);
    if (SLOT_TUNNEL + i == snapshot_probe(v->snap->config) && v->shown.rtt_ms.known) {
        (void)canvas_text_right(c, col.end, row.y, col.end - x - 1, ROLE_TEXT,
                                format_ms(ms, v->shown.rtt_ms.v));
    }
}

void tunnel_then_rows(struct canvas *c, struct rows *rows, const struct view *v)
{
    struct rect row;
    for (size_t i = 0; i < v->snap->config->n_tunnels; i++) {
        if (rows_next(rows, &row)) {
            then_row(c, row, v, i);
        }
    }
}

void tunnel_paint(struct canvas *c, struct rect r, struct view *v)
{
    if (v->ui->zoomed == PANE_TUNNEL) {
        tunnel_zoom_paint(c, r, v);
        return;
    }
    struct rows rows = rows_begin(r, v, PANE_TUNNEL);
    if (v->shown.past) {
        tunnel_then_rows(c, &rows, v);
        rows_end(&rows);
        return;
    }
    struct plan plan;
    plan_rows(&plan, v, r.w, r.h);
    for (int i = 0; i < plan.n; i++) {
        struct rect row;
        if (rows_next(&rows, &row)) {
            plan_row(c, row, v, &plan, i);
        }
    }
    tunnel_site_rows(c, &rows, v);
    rows_end(&rows);
}
