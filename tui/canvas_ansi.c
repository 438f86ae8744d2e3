#include "tui/canvas_ansi.h"

#include "backend/net/text.h"

/* One of 30..37, 90..97 or 38;5;N; the same for a background, which is 10 more. */
static void write_colour(int32_t rgb, int colours, bool background, FILE *out)
{
    int base = background ? 40 : 30;
    if (rgb == THEME_DEFAULT_COLOUR) {
        return;
    }
    if (colours >= 256) {
        (void)fprintf(out, ";%d;5;%d", base + 8, theme_to_256(rgb));
        return;
    }
    int i = colours >= 16 ? theme_to_16(rgb) : theme_to_8(rgb);
    (void)fprintf(out, ";%d", i < 8 ? base + i : base + 60 + i - 8);
}

static void write_style(const struct theme_style *s, bool solid, int colours, FILE *out)
{
    uint8_t attrs = colours ? s->attrs : s->mono_attrs;
    if (solid) {
        attrs = (uint8_t)((attrs & ~THEME_UNDERLINE) ^ THEME_REVERSE);
    }
    (void)fputs("\033[0", out);
    (void)fputs(attrs & THEME_BOLD ? ";1" : "", out);
    (void)fputs(attrs & THEME_DIM ? ";2" : "", out);
    (void)fputs(attrs & THEME_UNDERLINE ? ";4" : "", out);
    (void)fputs(attrs & THEME_REVERSE ? ";7" : "", out);
    if (colours) {
        write_colour(s->fg, colours, false, out);
        write_colour(s->bg, colours, true, out);
    }
    (void)fputc('m', out);
}

static void write_cell(const struct cell *cell, FILE *out)
{
    if (cell->flags & CELL_SOLID) {
        (void)fputc(' ', out);
        return;
    }
    for (int i = 0; i < CELL_CPS && cell->cp[i]; i++) {
        char utf8[4];
        (void)fwrite(utf8, 1, text_encode(cell->cp[i], utf8), out);
    }
}

void canvas_write_ansi(const struct canvas *c, const struct theme *theme, int colours,
                       FILE *out)
{
    for (int y = 0; y < c->h; y++) {
        int role = ROLE_COUNT;
        bool solid = false;
        for (int x = 0; x < c->w; x++) {
            const struct cell *cell = &c->cells[(size_t)y * (size_t)c->w + (size_t)x];
            if (cell->role != role || solid != (bool)(cell->flags & CELL_SOLID)) {
                role = cell->role;
                solid = cell->flags & CELL_SOLID;
                write_style(&theme->style[role], solid, colours, out);
            }
            write_cell(cell, out);
        }
        (void)fputs("\033[0m\n", out);
    }
}
