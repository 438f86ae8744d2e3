/* Graphs painted into a canvas and compared with a picture. '.' in the inputs is a second
 * without a number, ' ' one from before the recording began, a digit is a value. */
#include "tui/graph.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "canvas_text.h"
#include "tui/glyph.h"

enum { MAX_COLUMNS = 64 };

static void columns_from(const char *text, struct series_column out[MAX_COLUMNS])
{
    for (size_t i = 0; text[i]; i++) {
        out[i] = (struct series_column){0};
        if (text[i] == '.') {
            out[i].holes = 1;
        } else if (text[i] != ' ') {
            out[i].n = 1;
            out[i].max = out[i].avg = out[i].min = text[i] - '0';
        }
    }
}

struct plot_case {
    enum graph_style style;
    const char *columns;
    double top, limit; /* limit 0: none */
    const char *label;
    int h;
};

static void paint(struct canvas *c, const struct plot_case *p)
{
    struct series_column cols[MAX_COLUMNS];
    columns_from(p->columns, cols);
    int per_cell = p->style == GRAPH_BRAILLE ? 2 : 1;
    int w = (int)strlen(p->columns) / per_cell;
    canvas_init(c, w, p->h);
    struct graph g = {.style = p->style,
                      .columns = cols,
                      .limit = p->limit,
                      .has_limit = p->limit > 0,
                      .top = p->top,
                      .gap_label = p->label};
    graph_paint(c, (struct rect){0, 0, w, p->h}, &g);
}

static void check(const struct plot_case *p, const char *picture)
{
    struct canvas c;
    paint(&c, p);
    assert_canvas(&c, picture);
    canvas_finish(&c);
}

static int set_up(void **state)
{
    (void)state;
    glyph_use(GLYPHS_UTF8);
    return 0;
}

static void test_columns_a_cell(void **state)
{
    (void)state;
    assert_int_equal(graph_columns(GRAPH_BRAILLE, 10), 20);
    assert_int_equal(graph_columns(GRAPH_BLOCK, 10), 10);
    assert_int_equal(graph_columns(GRAPH_ASCII, 10), 10);
    assert_int_equal(graph_columns(GRAPH_BRAILLE, 0), 0);
    assert_int_equal(graph_columns(GRAPH_BLOCK, -3), 0);
}

static void test_top_is_round(void **state)
{
    static const struct {
        double max, limit, top;
    } ROWS[] = {
        {0.6, 1, 1},   {1.01, 1, 2},     {2.1, 1, 3},   {5.1, 1, 6},
        {8.5, 1, 10},  {0.3, 0, 0.3},    {0, 0, 1},     {NAN, 0.2, 0.2},
        {NAN, NAN, 1}, {INFINITY, 1, 1}, {120, 1, 200}, {-4, -5, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        assert_true(fabs(graph_top(ROWS[i].max, ROWS[i].limit) - ROWS[i].top) < 1e-9);
    }
    assert_true(graph_top(DBL_MAX, 1) >= DBL_MAX);
    assert_true(graph_top(DBL_TRUE_MIN, 0) > 0);
}

static void test_braille(void **state)
{
    (void)state;
    check(&(struct plot_case){GRAPH_BRAILLE, "0123456788", 8, 0, NULL, 2}, "  ⢀⣴⣿\n"
                                                                           "⣀⣴⣿⣿⣿\n");
}

static void test_block(void **state)
{
    (void)state;
    check(&(struct plot_case){GRAPH_BLOCK, "012345678", 8, 0, NULL, 1}, "▁▁▂▃▄▅▆▇█\n");
    check(&(struct plot_case){GRAPH_BLOCK, "048", 8, 0, NULL, 2}, "  █\n▁██\n");
}

static void test_ascii(void **state)
{
    (void)state;
    glyph_use(GLYPHS_ASCII);
    check(&(struct plot_case){GRAPH_ASCII, "012345678", 8, 0, NULL, 2}, "     .:|#\n"
                                                                        "..:|#####\n");
    check(&(struct plot_case){GRAPH_ASCII, "0.8", 8, 4, NULL, 2}, "  #\n.-#\n");
}

static void test_hole_is_not_zero(void **state)
{
    (void)state;
    check(&(struct plot_case){GRAPH_BRAILLE, "00..0..0", 4, 0, NULL, 1}, "⣀ ⡀⢀\n");
    check(&(struct plot_case){GRAPH_BLOCK, "0.1", 8, 0, NULL, 1}, "▁ ▁\n");
}

static void test_samples_beside_holes_are_data(void **state)
{
    (void)state;
    struct canvas c;
    canvas_init(&c, 1, 1);
    struct series_column mixed = {.n = 3, .holes = 5, .max = 1};
    struct graph g = {.style = GRAPH_BLOCK, .columns = &mixed, .top = 1};
    graph_paint(&c, (struct rect){0, 0, 1, 1}, &g);
    assert_canvas(&c, "█\n");
    mixed.max = NAN;
    canvas_clear(&c);
    graph_paint(&c, (struct rect){0, 0, 1, 1}, &g);
    assert_canvas(&c, "\n");
    canvas_finish(&c);
}

static void test_gap_is_labelled_when_it_fits(void **state)
{
    (void)state;
    check(&(struct plot_case){GRAPH_BLOCK, "1.........1", 1, 0, "no data", 1}, "█ no data █\n");
    check(&(struct plot_case){GRAPH_BLOCK, "1........1", 1, 0, "no data", 1}, "█        █\n");
    check(&(struct plot_case){GRAPH_BLOCK, "1.........1............", 1, 0, "no data", 1},
          "█ no data █  no data\n");
}

static void test_narrow_gap_has_the_short_label(void **state)
{
    (void)state;
    check(&(struct plot_case){GRAPH_BLOCK, "1..............1", 1, 0, "no data: why", 1},
          "█ no data: why █\n");
    check(&(struct plot_case){GRAPH_BLOCK, "1.............1", 1, 0, "no data: why", 1},
          "█   no data   █\n");
    check(&(struct plot_case){GRAPH_BLOCK, "1........1", 1, 0, "no data: why", 1},
          "█        █\n");
}

static void test_label_avoids_the_limit(void **state)
{
    (void)state;
    check(&(struct plot_case){GRAPH_BLOCK, "1.........", 4, 2, "no data", 4}, "\n"
                                                                              "  no data\n"
                                                                              "┄┄┄┄┄┄┄┄┄┄\n"
                                                                              "█\n");
    check(&(struct plot_case){GRAPH_BLOCK, "1.........", 4, 3, "no data", 4}, "\n"
                                                                              "┄┄┄┄┄┄┄┄┄┄\n"
                                                                              "  no data\n"
                                                                              "█\n");
    check(&(struct plot_case){GRAPH_BLOCK, "1..........", 1, 1, "no data", 1}, "█ no data ┄\n");
}

static void test_time_before_the_recording_is_no_gap(void **state)
{
    (void)state;
    check(&(struct plot_case){GRAPH_BLOCK, "              11", 1, 0, "no data", 1},
          "              ██\n");
    check(&(struct plot_case){GRAPH_BLOCK, "     .........11", 1, 0, "no data", 1},
          "      no data ██\n");
    check(&(struct plot_case){GRAPH_BLOCK, "11              ", 1, 0, "no data", 1},
          "██   no data\n");
    check(&(struct plot_case){GRAPH_BLOCK, "         ", 1, 0, "no data", 1}, " no data\n");
    check(&(struct plot_case){GRAPH_BLOCK, "       ..", 1, 0, "no data", 1}, " no data\n");
}

static void test_limit_runs_through_empty_cells(void **state)
{
    (void)state;
    check(&(struct plot_case){GRAPH_BLOCK, "19.1", 9, 9, NULL, 3}, "┄█┄┄\n"
                                                                   " █\n"
                                                                   "▃█ ▃\n");
}

static void test_colour_changes_at_the_limit(void **state)
{
    (void)state;
    struct canvas c;
    paint(&c, &(struct plot_case){GRAPH_BLOCK, "48", 8, 4, NULL, 4});
    assert_canvas(&c, " █\n █\n██\n██\n");
    assert_int_equal(role_at(&c, 0, 2), ROLE_GRAPH);
    assert_int_equal(role_at(&c, 1, 3), ROLE_GRAPH);
    assert_int_equal(role_at(&c, 1, 2), ROLE_GRAPH);
    assert_int_equal(role_at(&c, 1, 1), ROLE_GRAPH_WARN);
    assert_int_equal(role_at(&c, 1, 0), ROLE_GRAPH_WARN);
    canvas_finish(&c);
}

static void test_a_small_breach_is_seen(void **state)
{
    (void)state;
    struct canvas c;
    canvas_init(&c, 2, 2);
    struct series_column cols[] = {{.n = 1, .max = 1.0}, {.n = 1, .max = 1.01}};
    struct graph g = {
        .style = GRAPH_BLOCK, .columns = cols, .limit = 1, .has_limit = true, .top = 2};
    graph_paint(&c, (struct rect){0, 0, 2, 2}, &g);
    assert_canvas(&c, " ▁\n██\n");
    assert_int_equal(role_at(&c, 1, 0), ROLE_GRAPH_WARN);
    canvas_finish(&c);
}

static void test_values_past_the_top_are_cut(void **state)
{
    (void)state;
    check(&(struct plot_case){GRAPH_BLOCK, "92", 4, 0, NULL, 2}, "█\n██\n");
    check(&(struct plot_case){GRAPH_BLOCK, "3", 4, 9, NULL, 2}, "▄\n█\n");
}

static void test_stays_inside_its_rectangle(void **state)
{
    (void)state;
    struct canvas c;
    struct series_column cols[MAX_COLUMNS];
    columns_from("99....", cols);
    canvas_init(&c, 6, 3);
    struct graph g = {.style = GRAPH_BLOCK,
                      .columns = cols,
                      .limit = 9,
                      .has_limit = true,
                      .top = 9,
                      .gap_label = "x"};
    graph_paint(&c, (struct rect){1, 1, 4, 1}, &g);
    graph_paint(&c, (struct rect){0, 0, 0, 3}, &g);
    graph_paint(&c, (struct rect){0, 0, 6, -1}, &g);
    assert_canvas(&c, "\n ██┄┄\n\n");
    canvas_finish(&c);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

static void test_style_follows_what_can_be_shown(void **state)
{
    (void)state;
    struct config_screen cfg = {.graph = PLOT_AUTO};
    assert_int_equal(graph_style_for(&cfg, true, "xterm-256color"), GRAPH_BRAILLE);
    assert_int_equal(graph_style_for(&cfg, true, "linux"), GRAPH_BLOCK);
    assert_int_equal(graph_style_for(&cfg, true, NULL), GRAPH_BRAILLE);
    assert_int_equal(graph_style_for(&cfg, false, "xterm"), GRAPH_ASCII);
    cfg.graph = PLOT_BLOCK;
    assert_int_equal(graph_style_for(&cfg, true, "xterm"), GRAPH_BLOCK);
    assert_int_equal(graph_style_for(&cfg, false, "xterm"), GRAPH_ASCII);
    cfg.graph = PLOT_BRAILLE;
    assert_int_equal(graph_style_for(&cfg, true, "linux"), GRAPH_BRAILLE);
    cfg.graph = PLOT_ASCII;
    assert_int_equal(graph_style_for(&cfg, true, "xterm"), GRAPH_ASCII);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        TEST(test_style_follows_what_can_be_shown),
        TEST(test_columns_a_cell),
        TEST(test_top_is_round),
        TEST(test_braille),
        TEST(test_block),
        TEST(test_ascii),
        TEST(test_hole_is_not_zero),
        TEST(test_samples_beside_holes_are_data),
        TEST(test_gap_is_labelled_when_it_fits),
        TEST(test_narrow_gap_has_the_short_label),
        TEST(test_label_avoids_the_limit),
        TEST(test_time_before_the_recording_is_no_gap),
        TEST(test_limit_runs_through_empty_cells),
        TEST(test_colour_changes_at_the_limit),
        TEST(test_a_small_breach_is_seen),
        TEST(test_values_past_the_top_are_cut),
        TEST(test_stays_inside_its_rectangle),
    };
    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
