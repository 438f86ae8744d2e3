#include "tui/pane/pane.h"

#include <stdio.h>

#include "backend/net/text.h"

static int entry_width(const struct key *k)
{
    return text_width_str(key_label(k)) + 1 + text_width_str(k->word) + 2;
}

/* The largest rank such that all entries up to it fit. */
static int last_rank(int w)
{
    int best = 0;
    for (int rank = 1; rank <= keys_n; rank++) {
        int used = 0;
        for (int i = 0; i < keys_n; i++) {
            if (keys[i].word && keys[i].rank <= rank) {
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

static void key_hints(struct canvas *c, struct rect r)
{
    int x = r.x + 1, rank = last_rank(r.w - 2);
    for (int i = 0; i < keys_n; i++) {
        const struct key *k = &keys[i];
        if (!k->word || k->rank > rank) {
            continue;
        }
        x += canvas_text(c, x, r.y, ROLE_KEY, key_label(k)) + 1;
        x += canvas_text(c, x, r.y, ROLE_DIM, k->word) + 2;
    }
}

void footer_paint(struct canvas *c, struct rect r, const struct view *v)
{
    if (v->ui->typing) {
        (void)canvas_printf(c, r.x + 1, r.y, ROLE_KEY, "/%s_", v->ui->filter);
        return;
    }
    if (v->ui->toast[0] && v->now_ms + v->held_ms < v->ui->toast_until_ms) {
        (void)canvas_text_fit(c, r.x + 1, r.y, r.w - 2, ROLE_ACCENT, v->ui->toast);
        return;
    }
    key_hints(c, r);
}
