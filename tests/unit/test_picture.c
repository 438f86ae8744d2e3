/* Pictures: a known screen, and the pixels at places that no font decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <png.h>

#include "tests/eye/picture.h"
#include "tests/eye/shape.h"

enum { W = 12, H = 2, FG = 0xffff00, BG = 0x102030, RED = 0xcc0000 };

static struct eye_cell cells[W * H];

static void put(int col, int row, uint32_t cp)
{
    cells[row * W + col].cp[0] = cp;
}

/* "╭──╮ █ ▄ A", on a second line a red bar with a wide character. */
static int paint(void **state)
{
    (void)state;
    static const uint32_t top[] = {0x256D, 0x2500, 0x2500, 0x256E, ' ', 0x2588,
                                   ' ',    0x2584, ' ',    'A',    '<', 0x28FF};
    for (int i = 0; i < W * H; i++) {
        cells[i] = (struct eye_cell){.width = 1, .fg = FG, .bg = i < W ? BG : RED};
    }
    for (int col = 0; col < W; col++) {
        put(col, 0, top[col]);
    }
    cells[W + 2].width = 2;
    cells[W + 3].width = 0;
    put(2, 1, 0x6F22);
    cells[W + 8].underline = true;
    return 0;
}

static char path_png[64], path_svg[64];

static void write_both(void)
{
    const struct picture picture = {W, H, cells};
    struct error err = {""};
    if (!picture_write_png(&picture, path_png, &err) ||
        !picture_write_svg(&picture, path_svg, &err)) {
        fail_msg("%s", err.text);
    }
}

static char *slurp(const char *path, size_t *out_len)
{
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    *out_len = fread(text, 1, (1 << 20) - 1, f);
    (void)fclose(f);
    return text;
}

static uint8_t *decode(png_image *image)
{
    memset(image, 0, sizeof *image);
    image->version = PNG_IMAGE_VERSION;
    assert_true(png_image_begin_read_from_file(image, path_png));
    image->format = PNG_FORMAT_RGB;
    uint8_t *pixels = malloc(PNG_IMAGE_SIZE(*image));
    assert_non_null(pixels);
    assert_true(png_image_finish_read(image, NULL, pixels, 0, NULL));
    return pixels;
}

/* The pixel (x, y) of a cell. */
static uint32_t pixel(const uint8_t *pixels, int col, int row, int x, int y)
{
    int at = (row * PICTURE_CELL_H + y) * W * PICTURE_CELL_W + col * PICTURE_CELL_W + x;
    const uint8_t *p = pixels + 3 * at;
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static void png_shows_the_cells(void **state)
{
    (void)state;
    write_both();
    png_image image;
    uint8_t *px = decode(&image);
    assert_int_equal(image.width, W * PICTURE_CELL_W);
    assert_int_equal(image.height, H * PICTURE_CELL_H);
    assert_int_equal(pixel(px, 4, 0, 4, 9), BG);
    assert_int_equal(pixel(px, 0, 1, 4, 9), RED);
    assert_int_equal(pixel(px, 5, 0, 0, 0), FG); /* full block: to its edges */
    assert_int_equal(pixel(px, 5, 0, 8, 17), FG);
    assert_int_equal(pixel(px, 7, 0, 4, 8), BG); /* lower half */
    assert_int_equal(pixel(px, 7, 0, 4, 9), FG);
    assert_int_equal(pixel(px, 8, 1, 4, PICTURE_UNDERLINE_Y), FG);
    assert_int_equal(pixel(px, 8, 1, 4, PICTURE_UNDERLINE_Y - 1), RED);
    free(px);
}

static void lines_have_no_seams(void **state)
{
    (void)state;
    write_both();
    png_image image;
    uint8_t *px = decode(&image);
    for (int x = 0; x < 2 * PICTURE_CELL_W; x++) {
        assert_int_equal(pixel(px, 1, 0, x, PICTURE_CELL_H / 2), FG);
        assert_int_equal(pixel(px, 1, 0, x, PICTURE_CELL_H / 2 - 1), BG);
    }
    /* A rounded corner leaves by the middle of its right and of its lower side. */
    assert_int_not_equal(pixel(px, 0, 0, 8, 9), BG);
    assert_int_equal(pixel(px, 0, 0, 4, 17), FG);
    assert_int_equal(pixel(px, 0, 0, 4, 9), BG);
    free(px);
}

static void same_cells_give_same_bytes(void **state)
{
    (void)state;
    const char *const paths[] = {path_png, path_svg};
    char *first[2];
    size_t len[2];
    write_both();
    for (int i = 0; i < 2; i++) {
        first[i] = slurp(paths[i], &len[i]);
    }
    write_both();
    for (int i = 0; i < 2; i++) {
        size_t again_len = 0;
        char *again = slurp(paths[i], &again_len);
        assert_int_equal(len[i], again_len);
        assert_memory_equal(first[i], again, len[i]);
        free(first[i]);
        free(again);
    }
}

static void svg_escapes_and_has_a_viewport(void **state)
{
    (void)state;
    write_both();
    size_t len = 0;
    char *svg = slurp(path_svg, &len);
    assert_non_null(strstr(svg, "width=\"108\" height=\"36\" viewBox=\"0 0 108 36\""));
    assert_non_null(strstr(svg, ">A&lt;</text>"));
    assert_non_null(strstr(svg, "\xe6\xbc\xa2</text>"));
    assert_non_null(strstr(svg, "stroke=\"#ffff00\"")); /* the arcs */
    assert_null(strstr(svg, "\xe2\x96\x88"));           /* blocks are no text */
    free(svg);
}

static void says_what_cannot_be_written(void **state)
{
    (void)state;
    const struct picture picture = {W, H, cells};
    struct error err = {""};
    assert_false(picture_write_png(&picture, "/nonexistent/x.png", &err));
    assert_non_null(strstr(err.text, "/nonexistent/x.png"));
    err.text[0] = '\0';
    assert_false(picture_write_svg(&picture, "/nonexistent/x.svg", &err));
    assert_non_null(strstr(err.text, "/nonexistent/x.svg"));
}

/* Every shape stays in its cell, and what joins sideways reaches both sides. */
static void shapes_stay_inside(void **state)
{
    (void)state;
    for (uint32_t cp = 0x2500; cp <= 0x28FF; cp++) {
        struct shape shape;
        if (!shape_of(cp, &shape)) {
            continue;
        }
        assert_in_range(shape.count, 0, SHAPE_BOXES_MAX);
        for (int i = 0; i < shape.count; i++) {
            const struct shape_box b = shape.box[i];
            assert_true(b.x >= 0 && b.w > 0 && b.x + b.w <= PICTURE_CELL_W);
            assert_true(b.y >= 0 && b.h > 0 && b.y + b.h <= PICTURE_CELL_H);
        }
    }
}

static bool covers(const struct shape *s, int x, int y)
{
    for (int i = 0; i < s->count; i++) {
        const struct shape_box b = s->box[i];
        if (x >= b.x && x < b.x + b.w && y >= b.y && y < b.y + b.h) {
            return true;
        }
    }
    return false;
}

static void arms_point_where_unicode_says(void **state)
{
    (void)state;
    static const struct {
        uint32_t cp;
        bool left, right, up, down;
    } rows[] = {
        {0x2500, true, true, false, false},  {0x2502, false, false, true, true},
        {0x250C, false, true, false, true},  {0x2518, true, false, true, false},
        {0x251C, false, true, true, true},   {0x253C, true, true, true, true},
        {0x254B, true, true, true, true},    {0x2574, true, false, false, false},
        {0x2577, false, false, false, true}, {0x257F, false, false, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shape s;
        assert_true(shape_of(rows[i].cp, &s));
        assert_int_equal(covers(&s, 0, 9), rows[i].left);
        assert_int_equal(covers(&s, 8, 9), rows[i].right);
        assert_int_equal(covers(&s, 4, 0), rows[i].up);
        assert_int_equal(covers(&s, 4, 17), rows[i].down);
    }
    struct shape unused;
    assert_false(shape_of('A', &unused));
    assert_false(shape_of(0x2550, &unused));
    assert_false(shape_of(0x25D0, &unused));
}

int main(void)
{
    const char *folder = getenv("TMPDIR");
    folder = folder ? folder : "/tmp";
    (void)snprintf(path_png, sizeof path_png, "%s/picture-%d.png", folder, (int)getpid());
    (void)snprintf(path_svg, sizeof path_svg, "%s/picture-%d.svg", folder, (int)getpid());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(png_shows_the_cells, paint),
        cmocka_unit_test_setup(lines_have_no_seams, paint),
        cmocka_unit_test_setup(same_cells_give_same_bytes, paint),
        cmocka_unit_test_setup(svg_escapes_and_has_a_viewport, paint),
        cmocka_unit_test_setup(says_what_cannot_be_written, paint),
        cmocka_unit_test(shapes_stay_inside),
        cmocka_unit_test(arms_point_where_unicode_says),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path_png);
    (void)unlink(path_svg);
    return failed;
}
