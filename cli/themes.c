#include "cli/cli.h"

#include <stdlib.h>

#include "tui/canvas_ansi.h"
#include "tui/glyph.h"
#include "tui/sample.h"
#include "tui/term.h"

#define THEMES_MAX 64

static void print_sample(const struct theme *theme, const struct cli_options *o, int colours)
{
    const struct config_screen any = {0};
    struct canvas c;
    canvas_init(&c, o->frame_w ? o->frame_w : SAMPLE_W, o->frame_h ? o->frame_h : SAMPLE_H);
    sample_paint(&c, theme->name,
                 graph_style_for(&any, glyph_in_use() == GLYPHS_UTF8, getenv("TERM")));
    canvas_write_ansi(&c, theme, colours, stdout);
    canvas_finish(&c);
}

/* One that cannot be read is named with its error, and the others are shown. */
int cmd_themes(const struct cli_options *o)
{
    char names[THEMES_MAX][48];
    size_t n = o->theme ? 1 : theme_list(names, THEMES_MAX);
    int status = CLI_OK;
    int colours = o->mono ? 0 : term_colours();
    bool ascii = o->ascii || (!o->utf8 && !term_is_utf8());
    glyph_use(ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    for (size_t i = 0; i < n; i++) {
        struct theme theme;
        struct error err;
        if (!theme_load(o->theme ? o->theme : names[i], &theme, &err)) {
            (void)fflush(stdout);
            cli_complain("drtop: %s", err.text);
            status = CLI_CONFIG;
            continue;
        }
        print_sample(&theme, o, colours);
        (void)fputs(i + 1 < n ? "\n" : "", stdout);
    }
    return status;
}
