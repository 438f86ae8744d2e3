#include <stdlib.h>
#include <string.h>

#include <ft2build.h>
#include FT_FREETYPE_H
#include <png.h>

#include "backend/mem.h"
#include "tests/eye/picture.h"
#include "tests/eye/shape.h"

enum { FONT_REGULAR, FONT_BOLD, FONT_OTHER, FONT_COUNT };

static const char *const font_files[FONT_COUNT] = {
    EYE_FONT_DIR "/DejaVuSansMono.ttf", EYE_FONT_DIR "/DejaVuSansMono-Bold.ttf",
    EYE_FONT_DIR "/DejaVuSans.ttf", /* for what the others lack */
};

struct fonts {
    FT_Library library;
    FT_Face face[FONT_COUNT];
};

struct image {
    int w, h; /* pixels */
    uint8_t *rgb;
};

/* Cut to what one cell, or two of a wide character, may cover. */
struct window {
    struct image *image;
    int x, y, w, h;
};

static void close_fonts(struct fonts *fonts)
{
    for (int i = 0; i < FONT_COUNT; i++) {
        if (fonts->face[i]) {
            (void)FT_Done_Face(fonts->face[i]);
        }
    }
    if (fonts->library) {
        (void)FT_Done_FreeType(fonts->library);
    }
}

static bool open_fonts(struct fonts *fonts, struct error *err)
{
    memset(fonts, 0, sizeof *fonts);
    if (FT_Init_FreeType(&fonts->library) != 0) {
        error_set(err, "cannot start FreeType");
        return false;
    }
    for (int i = 0; i < FONT_COUNT; i++) {
        if (FT_New_Face(fonts->library, font_files[i], 0, &fonts->face[i]) != 0 ||
            FT_Set_Pixel_Sizes(fonts->face[i], 0, PICTURE_FONT_PX) != 0) {
            error_set(err, "cannot read the font %s", font_files[i]);
            close_fonts(fonts);
            return false;
        }
    }
    return true;
}

static uint8_t mix(uint8_t below, uint32_t above, int coverage)
{
    return (uint8_t)((below * (255 - coverage) + (int)(above & 0xFF) * coverage + 127) / 255);
}

/* Puts colour over the pixel at (x, y) of the window, coverage 0..255. */
static void blend(const struct window *win, int x, int y, uint32_t rgb, int coverage)
{
    if (x < 0 || y < 0 || x >= win->w || y >= win->h) {
        return;
    }
    uint8_t *p = win->image->rgb +
                 ((size_t)(win->y + y) * (size_t)win->image->w + (size_t)(win->x + x)) * 3;
    p[0] = mix(p[0], rgb >> 16, coverage);
    p[1] = mix(p[1], rgb >> 8, coverage);
    p[2] = mix(p[2], rgb, coverage);
}

static void fill(const struct window *win, struct shape_box box, uint32_t rgb, int coverage)
{
    for (int y = box.y; y < box.y + box.h; y++) {
        for (int x = box.x; x < box.x + box.w; x++) {
            blend(win, x, y, rgb, coverage);
        }
    }
}

/* Eight steps of grey are enough for an eye, and let a screen do with 256 colours. */
static int coarse(int coverage)
{
    return (coverage * 8 + 127) / 255 * 255 / 8;
}

/* Which of a pixel's 16 sample points lie on the arc; coordinates in eighths of a pixel. */
static int arc_samples(const struct shape_arc *arc, int x, int y)
{
    const int cx = arc->cx2 * 4, cy = arc->cy2 * 4, inner = arc->r2 * 4 - 4;
    const int outer = inner + 8;
    int hits = 0;
    for (int i = 0; i < 16; i++) {
        int dx = (8 * x + 2 * (i % 4) + 1 - cx) * arc->dx;
        int dy = (8 * y + 2 * (i / 4) + 1 - cy) * arc->dy;
        int square = dx * dx + dy * dy;
        hits += dx >= 0 && dy >= 0 && square >= inner * inner && square <= outer * outer;
    }
    return hits;
}

static void draw_shape(const struct window *win, const struct shape *shape, uint32_t rgb)
{
    for (int i = 0; i < shape->count; i++) {
        fill(win, shape->box[i], rgb, shape->opacity);
    }
    for (int y = 0; shape->has_arc && y < PICTURE_CELL_H; y++) {
        for (int x = 0; x < PICTURE_CELL_W; x++) {
            blend(win, x, y, rgb, coarse(arc_samples(&shape->arc, x, y) * 255 / 16));
        }
    }
}

static FT_Face face_for(const struct fonts *fonts, uint32_t cp, bool bold)
{
    FT_Face wanted = fonts->face[bold ? FONT_BOLD : FONT_REGULAR];
    if (FT_Get_Char_Index(wanted, cp) != 0) {
        return wanted;
    }
    if (FT_Get_Char_Index(fonts->face[FONT_REGULAR], cp) != 0) {
        return fonts->face[FONT_REGULAR];
    }
    return fonts->face[FONT_OTHER];
}

/* Slants by a fifth, as oblique faces do. */
static const FT_Matrix slanted = {0x10000, 0x3333, 0, 0x10000};

static void draw_glyph(const struct window *win, const struct fonts *fonts,
                       const struct eye_cell *cell, uint32_t cp)
{
    FT_Face face = face_for(fonts, cp, cell->bold);
    FT_Matrix matrix = slanted;
    FT_Set_Transform(face, cell->italic ? &matrix : NULL, NULL);
    if (FT_Load_Char(face, cp, FT_LOAD_NO_HINTING | FT_LOAD_RENDER) != 0) {
        return;
    }
    const FT_Bitmap *bitmap = &face->glyph->bitmap;
    for (int y = 0; y < (int)bitmap->rows; y++) {
        for (int x = 0; x < (int)bitmap->width; x++) {
            blend(win, face->glyph->bitmap_left + x,
                  PICTURE_BASELINE - face->glyph->bitmap_top + y, cell->fg,
                  coarse(bitmap->buffer[y * bitmap->pitch + x]));
        }
    }
}

static void draw_cell(struct image *image, const struct fonts *fonts,
                      const struct eye_cell *cell, int col, int row)
{
    const struct window win = {image, col * PICTURE_CELL_W, row * PICTURE_CELL_H,
                               cell->width * PICTURE_CELL_W, PICTURE_CELL_H};
    struct shape shape;
    for (int i = 0; i < EYE_CELL_CPS && cell->cp[i]; i++) {
        if (shape_of(cell->cp[i], &shape)) {
            draw_shape(&win, &shape, cell->fg);
        } else if (cell->cp[i] != ' ') {
            draw_glyph(&win, fonts, cell, cell->cp[i]);
        }
    }
    if (cell->underline) {
        fill(&win, (struct shape_box){0, PICTURE_UNDERLINE_Y, win.w, 1}, cell->fg, 255);
    }
    if (cell->strike) {
        fill(&win, (struct shape_box){0, PICTURE_STRIKE_Y, win.w, 1}, cell->fg, 255);
    }
}

static void draw_background(struct image *image, const struct eye_cell *cell, int col, int row)
{
    const struct window win = {image, col * PICTURE_CELL_W, row * PICTURE_CELL_H,
                               PICTURE_CELL_W, PICTURE_CELL_H};
    fill(&win, (struct shape_box){0, 0, win.w, win.h}, cell->bg, 255);
}

/* All backgrounds first: a slanted or wide glyph reaches into the next cell. */
static void draw(struct image *image, const struct fonts *fonts, const struct picture *p)
{
    for (int i = 0; i < p->w * p->h; i++) {
        draw_background(image, &p->cells[i], i % p->w, i / p->w);
    }
    for (int i = 0; i < p->w * p->h; i++) {
        draw_cell(image, fonts, &p->cells[i], i % p->w, i / p->w);
    }
}

static bool write_pixels(const struct image *image, png_uint_32 format, const void *pixels,
                         const uint8_t *colormap, int colours, const char *file,
                         struct error *err)
{
    png_image png = {.version = PNG_IMAGE_VERSION,
                     .width = (png_uint_32)image->w,
                     .height = (png_uint_32)image->h,
                     .format = format,
                     .colormap_entries = (png_uint_32)colours};
    if (png_image_write_to_file(&png, file, 0, pixels, 0, colormap) == 0) {
        error_set(err, "cannot write %s: %s", file, png.message);
        return false;
    }
    return true;
}

enum { COLOURS_MAX = 256 };

/* The colour's place in the map, added if new; -1 when the map is full. */
static int place_of(uint8_t colormap[][3], int *colours, const uint8_t *rgb)
{
    for (int i = 0; i < *colours; i++) {
        if (memcmp(colormap[i], rgb, 3) == 0) {
            return i;
        }
    }
    if (*colours == COLOURS_MAX) {
        return -1;
    }
    memcpy(colormap[*colours], rgb, 3);
    return (*colours)++;
}

/* Stores one byte a pixel; false when the image has more than 256 colours. */
static bool index_pixels(const struct image *image, uint8_t colormap[][3], int *out_colours,
                         uint8_t *out_pixels)
{
    int colours = 0;
    for (size_t i = 0; i < (size_t)image->w * (size_t)image->h; i++) {
        int place = place_of(colormap, &colours, image->rgb + 3 * i);
        if (place < 0) {
            return false;
        }
        out_pixels[i] = (uint8_t)place;
    }
    *out_colours = colours;
    return true;
}

/* With a colour map where it suffices: a quarter of the size. */
static bool write_image(const struct image *image, const char *file, struct error *err)
{
    uint8_t colormap[COLOURS_MAX][3];
    int colours = 0;
    uint8_t *pixels = mem_alloc((size_t)image->w, (size_t)image->h);
    bool ok = index_pixels(image, colormap, &colours, pixels)
                  ? write_pixels(image, PNG_FORMAT_RGB_COLORMAP, pixels, colormap[0], colours,
                                 file, err)
                  : write_pixels(image, PNG_FORMAT_RGB, image->rgb, NULL, 0, file, err);
    free(pixels);
    return ok;
}

bool picture_write_png(const struct picture *p, const char *file, struct error *err)
{
    struct fonts fonts;
    if (!open_fonts(&fonts, err)) {
        return false;
    }
    struct image image = {.w = p->w * PICTURE_CELL_W, .h = p->h * PICTURE_CELL_H};
    image.rgb = mem_alloc((size_t)image.w * (size_t)image.h, 3);
    draw(&image, &fonts, p);
    bool ok = write_image(&image, file, err);
    free(image.rgb);
    close_fonts(&fonts);
    return ok;
}
