#include "cli/cli.h"

#include "tui/glyph.h"
#include "tui/view.h"

int cmd_frame(const struct config *cfg, const struct cli_options *options)
{
    struct look look;
    if (!cli_look(cfg, 0, &look)) {
        return CLI_UNAVAILABLE;
    }
    struct ui ui;
    struct canvas canvas;
    ui_init(&ui);
    canvas_init(&canvas, options->frame_w, options->frame_h);
    glyph_use(options->ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    struct view view = {.snap = look.snap,
                        .record = look.view,
                        .ui = &ui,
                        .now_ms = clock_mono_ms(&clock_system),
                        .wall_ms = clock_wall_ms(&clock_system),
                        .graph = graph_style_for(&cfg->screen, !options->ascii, NULL)};
    view_paint(&canvas, &view);
    canvas_write_text(&canvas, stdout);
    canvas_finish(&canvas);
    ui_finish(&ui);
    cli_leave(&look, CLI_OK);
    return CLI_OK;
}
