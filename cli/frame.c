#include "cli/cli.h"

#include "tui/canvas_ansi.h"
#include "tui/glyph.h"
#include "tui/term.h"
#include "tui/view.h"

/* With a theme it has its colours, with --mono alone the attributes of a terminal without any;
 * otherwise it is plain text for a ticket. */
static void write_frame(const struct canvas *c, const struct theme *theme,
                        const struct cli_options *options)
{
    if (options->theme || options->mono) {
        canvas_write_ansi(c, theme, options->mono ? 0 : term_colours(), stdout);
    } else {
        canvas_write_text(c, stdout);
    }
}

int cmd_frame(const struct config *cfg, const struct cli_options *options)
{
    struct look look;
    struct theme theme;
    struct error err;
    if (!theme_load(cli_theme(cfg, options), &theme, &err)) {
        cli_complain("drtop: %s", err.text);
        return CLI_CONFIG;
    }
    if (!cli_look(cfg, 0, &look)) {
        return CLI_UNAVAILABLE;
    }
    struct ui ui;
    struct canvas canvas;
    ui_init(&ui);
    canvas_init(&canvas, options->frame_w, options->frame_h);
    glyph_use(options->ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    struct wall wall;
    wall_init(&wall, &cfg->screen.wall, clock_mono_ms(&clock_system));
    struct view view = {.snap = look.snap,
                        .record = look.view,
                        .read_only = options->read_only,
                        .wall = options->wall ? &wall : NULL,
                        .ui = &ui,
                        .share = options->aliases,
                        .now_ms = clock_mono_ms(&clock_system),
                        .wall_ms = clock_wall_ms(&clock_system),
                        .graph = graph_style_for(&cfg->screen, !options->ascii, NULL)};
    view_paint(&canvas, &view);
    write_frame(&canvas, &theme, options);
    canvas_finish(&canvas);
    ui_finish(&ui);
    cli_leave(&look, CLI_OK);
    return CLI_OK;
}
