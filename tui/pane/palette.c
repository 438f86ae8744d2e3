#include "tui/palette.h"

#include "tui/pane/pane.h"

#define KEY_W 12
#define ROWS  12 /* the list scrolls within so many */

/* Over the panes while a command is typed in the footer. */
void palette_paint(struct canvas *c, struct view *v)
{
    enum action list[ACTION_COUNT];
    int n = (int)palette_list(v->ui, list), rows = n < ROWS ? n : ROWS;
    struct rect in =
        overlay_open(c, 84, (rows > 0 ? rows : 1) + 2, overlay_spare(c), "Commands");
    struct rect before = canvas_clip(c, in);
    int choice = (int)v->ui->choice, first = choice >= in.h ? choice - in.h + 1 : 0;
    if (n == 0) {
        (void)canvas_text(c, in.x, in.y, ROLE_DIM, "nothing of that name");
    }
    for (int i = 0; i < in.h && first + i < n; i++) {
        const struct key *k = palette_key(list[first + i]);
        bool chosen = first + i == choice;
        int y = in.y + i;
        if (chosen) {
            canvas_fill(c, (struct rect){in.x, y, in.w, 1}, ' ', ROLE_SELECTED);
        }
        (void)canvas_text_fit(c, in.x, y, KEY_W - 1, chosen ? ROLE_SELECTED : ROLE_KEY,
                              key_label(k));
        (void)canvas_text_fit(c, in.x + KEY_W, y, in.w - KEY_W,
                              chosen ? ROLE_SELECTED : ROLE_TEXT, k->help);
    }
    canvas_unclip(c, before);
}
