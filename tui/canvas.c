#include "tui/canvas.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "tui/glyph.h"

static const struct cell BLANK = {.cp = {' '}, .role = ROLE_TEXT};

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

/* The exclusive end of a stretch, without overflow for any input. */
static int end_of(int start, int len)
{
    int64_t end = (int64_t)start + max_int(len, 0);
    return end > INT32_MAX ? INT32_MAX : (int)end;
}

static struct rect intersect(struct rect a, struct rect b)
{
    int x = max_int(a.x, b.x);
    int y = max_int(a.y, b.y);
    int x_end = min_int(end_of(a.x, a.w), end_of(b.x, b.w));
    int y_end = min_int(end_of(a.y, a.h), end_of(b.y, b.h));
    if (x_end <= x || y_end <= y) {
        return (struct rect){.x = x, .y = y, .w = 0, .h = 0};
    }
    return (struct rect){.x = x, .y = y, .w = x_end - x, .h = y_end - y};
}

static bool holds(struct rect r, int x, int y)
{
    return x >= r.x && x < end_of(r.x, r.w) && y >= r.y && y < end_of(r.y, r.h);
}

static struct cell *cell_at(const struct canvas *c, int x, int y)
{
    return &c->cells[(size_t)y * (size_t)c->w + (size_t)x];
}

/* Anything that would move the terminal's cursor is painted as a blank: text is sanitised
 * before, but a slip must not smear the screen. 0 is the mark of a right half. */
static uint32_t printable(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ? ' ' : cp;
}

void canvas_init(struct canvas *c, int w, int h)
{
    *c = (struct canvas){.w = max_int(w, 0), .h = max_int(h, 0)};
    c->cells = mem_alloc((size_t)c->w * (size_t)c->h, sizeof *c->cells);
    canvas_clear(c);
}

void canvas_resize(struct canvas *c, int w, int h)
{
    struct alias_table *aliases = c->aliases;
    canvas_finish(c);
    canvas_init(c, w, h);
    c->aliases = aliases;
}

void canvas_finish(struct canvas *c)
{
    if (!c) {
        return;
    }
    free(c->cells);
    *c = (struct canvas){0};
}

void canvas_clear(struct canvas *c)
{
    size_t n = (size_t)c->w * (size_t)c->h;
    for (size_t i = 0; i < n; i++) {
        c->cells[i] = BLANK;
    }
    c->clip = (struct rect){.x = 0, .y = 0, .w = c->w, .h = c->h};
}

struct rect canvas_clip(struct canvas *c, struct rect r)
{
    struct rect previous = c->clip;
    c->clip = intersect(previous, r);
    return previous;
}

void canvas_unclip(struct canvas *c, struct rect previous)
{
    c->clip = intersect(previous, (struct rect){.x = 0, .y = 0, .w = c->w, .h = c->h});
}

/* Half a wide character cannot stand: the other half becomes a blank, even outside the clip. */
static void split_wide(struct canvas *c, int x, int y)
{
    const struct cell *cell = cell_at(c, x, y);
    struct cell *other = NULL;
    if (cell->cp[0] == 0 && x > 0) {
        other = cell_at(c, x - 1, y);
    } else if ((cell->flags & CELL_WIDE) && x + 1 < c->w) {
        other = cell_at(c, x + 1, y);
    }
    if (other) {
        other->flags = 0;
        memcpy(other->cp, BLANK.cp, sizeof other->cp);
    }
}

static void put_cell(struct canvas *c, int x, int y, uint32_t cp, enum role role, int flags)
{
    if (!holds(c->clip, x, y)) {
        return;
    }
    split_wide(c, x, y);
    *cell_at(c, x, y) =
        (struct cell){.cp = {cp}, .role = (uint8_t)role, .flags = (uint8_t)flags};
}

static void put_wide(struct canvas *c, int x, int y, uint32_t cp, enum role role)
{
    bool left = holds(c->clip, x, y);
    bool right = x < INT32_MAX && holds(c->clip, x + 1, y);
    if (left && right) {
        put_cell(c, x, y, cp, role, 0);
        put_cell(c, x + 1, y, 0, role, 0);
        cell_at(c, x, y)->flags = CELL_WIDE;
    } else if (left || right) {
        put_cell(c, left ? x : x + 1, y, ' ', role, 0);
    }
}

/* Adds a combining mark to the character that ends at x (inclusive); beyond CELL_CPS it is
 * lost. */
static void put_mark(struct canvas *c, int x, int y, uint32_t cp)
{
    if (!holds(c->clip, x, y)) {
        return;
    }
    struct cell *cell = cell_at(c, x, y);
    if (cell->cp[0] == 0 && x > 0) {
        cell = cell_at(c, x - 1, y);
    }
    for (int i = 1; i < CELL_CPS; i++) {
        if (cell->cp[i] == 0) {
            cell->cp[i] = cp;
            return;
        }
    }
}

void canvas_put(struct canvas *c, int x, int y, uint32_t cp, enum role role)
{
    cp = printable(cp);
    switch (text_width(cp)) {
    case 0:
        if (x > 0) {
            put_mark(c, x - 1, y, cp);
        }
        break;
    case 2:
        put_wide(c, x, y, cp, role);
        break;
    default:
        put_cell(c, x, y, cp, role, 0);
        break;
    }
}

void canvas_fill(struct canvas *c, struct rect r, uint32_t cp, enum role role)
{
    struct rect in = intersect(r, c->clip);
    int step = text_width(printable(cp)) == 2 ? 2 : 1;
    for (int y = in.y; y < in.y + in.h; y++) {
        for (int x = in.x; x < in.x + in.w; x += step) {
            canvas_put(c, x, y, cp, role);
        }
    }
}

void canvas_solid(struct canvas *c, struct rect r, enum role role)
{
    bool block = glyph_in_use() == GLYPHS_UTF8;
    struct rect in = intersect(r, c->clip);
    for (int y = in.y; y < in.y + in.h; y++) {
        for (int x = in.x; x < in.x + in.w; x++) {
            put_cell(c, x, y, block ? 0x2588 : '#', role, block ? 0 : CELL_SOLID);
        }
    }
}

/* Paints the text in [s, end) from x on and returns the x after it, at most the clip's edge. */
static int paint_run(struct canvas *c, int x, int y, enum role role, const char *s,
                     const char *end)
{
    int edge = end_of(c->clip.x, c->clip.w);
    bool has_base = false;
    while (s < end) {
        uint32_t cp = 0;
        s += text_decode(s, end, &cp);
        cp = printable(cp);
        int width = text_width(cp);
        if (width == 0 && !has_base) {
            continue;
        }
        if (width > 0 && x >= edge) {
            return x;
        }
        canvas_put(c, x, y, cp, role);
        has_base = true;
        x += width;
    }
    return min_int(x, max_int(edge, 0));
}

/* Glyphs of frames and graphs, and single letters, are no names. */
static bool may_name(const char *text)
{
    size_t letters = 0;
    for (; *text && letters < 2; text++) {
        bool letter =
            (*text >= '0' && *text <= '9') || ((*text | 0x20) >= 'a' && (*text | 0x20) <= 'z');
        letters = letter ? letters + 1 : 0;
    }
    return letters == 2;
}

const char *canvas_words(const struct canvas *c, char out[CANVAS_WORDS_MAX], const char *text)
{
    if (!c->aliases || !may_name(text)) {
        return text;
    }
    (void)alias_text(c->aliases, out, CANVAS_WORDS_MAX, text);
    return out;
}

static int paint_text(struct canvas *c, int x, int y, enum role role, const char *utf8)
{
    return max_int(paint_run(c, x, y, role, utf8, utf8 + strlen(utf8)) - x, 0);
}

int canvas_text(struct canvas *c, int x, int y, enum role role, const char *utf8)
{
    char words[CANVAS_WORDS_MAX];
    return paint_text(c, x, y, role, canvas_words(c, words, utf8));
}

/* How much of a text fits into max_w cells: *out_end is where it has to be cut. */
static int fit(const char *s, int max_w, const char **out_end)
{
    const char *end = s + strlen(s);
    int used = 0;
    while (s < end) {
        uint32_t cp = 0;
        size_t n = text_decode(s, end, &cp);
        int width = text_width(printable(cp));
        if (used + width > max_w) {
            break;
        }
        used += width;
        s += n;
    }
    *out_end = s;
    return used;
}

/* Cells that a text takes when it is shortened to max_w; *out_end is where the ellipsis goes,
 * NULL when the text fits as it is. */
static int fit_or_cut(const char *s, int max_w, const char **out_end)
{
    const char *end = NULL;
    int used = fit(s, max_w, &end);
    if (*end == '\0') {
        *out_end = NULL;
        return used;
    }
    return fit(s, max_w - 1, out_end) + 1;
}

static int paint_fit(struct canvas *c, int x, int y, int max_w, enum role role,
                     const char *utf8)
{
    max_w = min_int(max_w, end_of(c->clip.x, c->clip.w) - x);
    if (max_w <= 0) {
        return 0;
    }
    const char *cut = NULL;
    int used = fit_or_cut(utf8, max_w, &cut);
    if (!cut) {
        return paint_text(c, x, y, role, utf8);
    }
    int at = paint_run(c, x, y, role, utf8, cut);
    (void)paint_text(c, at, y, role, glyph(GLYPH_ELLIPSIS));
    return used;
}

int canvas_text_fit(struct canvas *c, int x, int y, int max_w, enum role role, const char *utf8)
{
    char words[CANVAS_WORDS_MAX];
    return paint_fit(c, x, y, max_w, role, canvas_words(c, words, utf8));
}

int canvas_text_right(struct canvas *c, int x_end, int y, int max_w, enum role role,
                      const char *utf8)
{
    if (max_w <= 0) {
        return x_end;
    }
    char words[CANVAS_WORDS_MAX];
    const char *cut = NULL;
    utf8 = canvas_words(c, words, utf8);
    int used = fit_or_cut(utf8, max_w, &cut);
    (void)paint_fit(c, x_end - used, y, used, role, utf8);
    return x_end - used;
}

/* Removes a character that vsnprintf() cut in two at the end of a full buffer. */
static void drop_cut_character(char *s, size_t len)
{
    size_t lead = len;
    while (lead > 0 && ((unsigned char)s[lead - 1] & 0xC0) == 0x80) {
        lead--;
    }
    if (lead > 0 && ((unsigned char)s[lead - 1] & 0x80)) {
        s[lead - 1] = '\0';
    }
}

int canvas_printf(struct canvas *c, int x, int y, enum role role, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0) {
        return 0;
    }
    if ((size_t)n >= sizeof text) {
        drop_cut_character(text, sizeof text - 1);
    }
    return canvas_text(c, x, y, role, text);
}

void canvas_tint(struct canvas *c, struct rect r, enum role role)
{
    struct rect in = intersect(r, c->clip);
    for (int y = in.y; y < in.y + in.h; y++) {
        for (int x = in.x; x < in.x + in.w; x++) {
            cell_at(c, x, y)->role = (uint8_t)role;
        }
    }
}

void canvas_frame(struct canvas *c, struct rect r, enum role role)
{
    if (r.w < 2 || r.h < 2) {
        return;
    }
    int x_last = end_of(r.x, r.w) - 1;
    int y_last = end_of(r.y, r.h) - 1;
    for (int x = r.x + 1; x < x_last; x++) {
        (void)canvas_text(c, x, r.y, role, glyph(GLYPH_H));
        (void)canvas_text(c, x, y_last, role, glyph(GLYPH_H));
    }
    for (int y = r.y + 1; y < y_last; y++) {
        (void)canvas_text(c, r.x, y, role, glyph(GLYPH_V));
        (void)canvas_text(c, x_last, y, role, glyph(GLYPH_V));
    }
    (void)canvas_text(c, r.x, r.y, role, glyph(GLYPH_TL));
    (void)canvas_text(c, x_last, r.y, role, glyph(GLYPH_TR));
    (void)canvas_text(c, r.x, y_last, role, glyph(GLYPH_BL));
    (void)canvas_text(c, x_last, y_last, role, glyph(GLYPH_BR));
}

static void write_cell(const struct cell *cell, FILE *out)
{
    for (int i = 0; i < CELL_CPS && cell->cp[i]; i++) {
        char utf8[4];
        (void)fwrite(utf8, 1, text_encode(cell->cp[i], utf8), out);
    }
}

void canvas_write_text(const struct canvas *c, FILE *out)
{
    for (int y = 0; y < c->h; y++) {
        int end = c->w;
        while (end > 0 && cell_at(c, end - 1, y)->cp[0] == ' ' &&
               cell_at(c, end - 1, y)->cp[1] == 0) {
            end--;
        }
        for (int x = 0; x < end; x++) {
            write_cell(cell_at(c, x, y), out);
        }
        (void)fputc('\n', out);
    }
}
