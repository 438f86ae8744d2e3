#include "tui/pane/pane.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

static int entry_width(const struct key *k)
{
    return text_width_str(key_label(k)) + 1 + text_width_str(k->word) + 2;
}

/* Has it a word here? Those of a failover have one only where one can be started, and nothing is
 * written into the past. */
static bool is_hinted(const struct view *v, const struct key *k)
{
    bool writes = k->action == ACTION_ACKNOWLEDGE || k->action == ACTION_NOTE;
    return k->word && !(writes && v->when.kind != WHEN_NOW) &&
           (!key_is_of_failover(k->action) ||
            !failover_refusal(v->snap->config, v->read_only || v->share,
                              k->action == ACTION_DRILL));
}

/* The largest rank such that all entries up to it fit. */
static int last_rank(const struct view *v, int w)
{
    int best = 0;
    for (int rank = 1; rank <= keys_n; rank++) {
        int used = 0;
        for (int i = 0; i < keys_n; i++) {
            if (is_hinted(v, &keys[i]) && keys[i].rank <= rank) {
                used += entry_width(&keys[i]);
            }
        }
        if (used - 2 > w) {
            break;
        }
        best = rank;
    }
    return best;
}

static void key_hints(struct canvas *c, struct rect r, const struct view *v)
{
    int x = r.x + 1, rank = last_rank(v, r.w - 2);
    for (int i = 0; i < keys_n; i++) {
        const struct key *k = &keys[i];
        if (!is_hinted(v, k) || k->rank > rank) {
            continue;
        }
        bool grave = key_is_of_failover(k->action);
        x += canvas_text(c, x, r.y, grave ? ROLE_CRIT : ROLE_KEY, key_label(k)) + 1;
        x += canvas_text(c, x, r.y, ROLE_DIM, k->word) + 2;
    }
}

static bool toast_stands(const struct view *v)
{
    return v->ui->toast[0] && v->now_ms + v->held_ms < v->ui->toast_until_ms;
}

/* What is typed, its end in sight, and how to be rid of it. */
static void prompt(struct canvas *c, struct rect r, const struct view *v)
{
    char name[64], words[CANVAS_WORDS_MAX];
    const char *text = v->ui->text, *hint = "Enter sends  Esc drops";
    switch (v->ui->typing) {
    case TYPING_FILTER:
        (void)snprintf(name, sizeof name, "/");
        text = v->ui->filter;
        hint = "Enter keeps  Esc drops";
        break;
    case TYPING_COMMAND:
        (void)snprintf(name, sizeof name, ":");
        hint = "Up Down choose  Enter does it  Esc drops";
        break;
    case TYPING_ACKNOWLEDGEMENT:
        (void)snprintf(name, sizeof name, r.w < 60 ? "ack %s: " : "acknowledge %s, comment: ",
                       alert_kind_name(v->ui->target.kind));
        break;
    default:
        (void)snprintf(name, sizeof name, "note: ");
        break;
    }
    int x = r.x + 1 + canvas_text(c, r.x + 1, r.y, ROLE_KEY, name), end = r.x + r.w - 1;
    if (toast_stands(v)) {
        hint = v->ui->toast;
    }
    if (end - x > text_width_str(hint) + 16) {
        end = canvas_text_right(c, end, r.y, r.w, toast_stands(v) ? ROLE_ACCENT : ROLE_DIM,
                                hint) -
              2;
    }
    text = canvas_words(c, words, text);
    while (*text && text_width_str(text) > end - x - 1) {
        uint32_t cp;
        text += text_decode(text, text + strlen(text), &cp);
    }
    x += canvas_text(c, x, r.y, ROLE_STRONG, text);
    (void)canvas_text(c, x, r.y, ROLE_KEY, "_");
}

/* A failover that is under way, or was seen by nobody, is louder than any key. */
static bool run_line(struct canvas *c, struct rect r, const struct view *v)
{
    char text[256];
    enum role role = failover_words(v, text, sizeof text);
    if (!text[0]) {
        return false;
    }
    canvas_fill(c, r, ' ', role);
    (void)canvas_text_fit(c, r.x + 1, r.y, r.w - 2, role, text);
    return true;
}

void footer_paint(struct canvas *c, struct rect r, const struct view *v)
{
    if (v->ui->typing != TYPING_NOTHING) {
        prompt(c, r, v);
    } else if (toast_stands(v)) {
        (void)canvas_text_fit(c, r.x + 1, r.y, r.w - 2, ROLE_ACCENT, v->ui->toast);
    } else if (v->wall) {
        (void)canvas_text_fit(c, r.x + 1, r.y, r.w - 2, ROLE_DIM, "wall: only q does anything");
    } else if (!run_line(c, r, v)) {
        key_hints(c, r, v);
    }
}
