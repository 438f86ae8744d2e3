#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/eye/picture.h"
#include "tests/eye/shape.h"

/* Where a picture is being written, and the run that has begun but is not written yet. */
struct svg {
    const struct picture *p;
    FILE *out;
};

static const struct eye_cell *cell_at(const struct svg *s, int row, int col)
{
    return &s->p->cells[row * s->p->w + col];
}

static bool is_blank(const struct eye_cell *cell)
{
    return cell->width == 0 || cell->cp[0] == 0 || cell->cp[0] == ' ';
}

static bool is_text(const struct eye_cell *cell)
{
    struct shape unused;
    return !is_blank(cell) && !shape_of(cell->cp[0], &unused);
}

static bool same_style(const struct eye_cell *a, const struct eye_cell *b)
{
    return a->fg == b->fg && a->bold == b->bold && a->italic == b->italic;
}

static void write_box(const struct svg *s, struct shape_box box)
{
    if (box.w == 0) {
        return;
    }
    (void)fprintf(s->out, "M%d %dh%dv%dh-%dz", box.x, box.y, box.w, box.h, box.w);
}

/* Rectangles of equal background; the commonest lies below everything already. */
static void write_backgrounds(const struct svg *s, int row, uint32_t ground)
{
    for (int col = 0, end; col < s->p->w; col = end) {
        uint32_t bg = cell_at(s, row, col)->bg;
        for (end = col + 1; end < s->p->w && cell_at(s, row, end)->bg == bg; end++) {
        }
        if (bg != ground) {
            (void)fprintf(s->out, "<path fill=\"#%06x\" d=\"", bg);
            write_box(s, (struct shape_box){col * PICTURE_CELL_W, row * PICTURE_CELL_H,
                                            (end - col) * PICTURE_CELL_W, PICTURE_CELL_H});
            (void)fputs("\"/>\n", s->out);
        }
    }
}

static void write_escaped(const struct svg *s, const struct eye_cell *cell)
{
    char utf8[EYE_CELL_UTF8];
    (void)eye_cell_utf8(cell, utf8);
    for (const char *c = utf8; *c; c++) {
        switch (*c) {
        case '&':
            (void)fputs("&amp;", s->out);
            break;
        case '<':
            (void)fputs("&lt;", s->out);
            break;
        case '>':
            (void)fputs("&gt;", s->out);
            break;
        default:
            (void)fputc(*c, s->out);
        }
    }
}

/* Past the end of the run of text that starts at col. Blanks end a run only if two stand
 * together, and what is not ASCII stands alone: its advance in the reader's font is not known.
 */
static int text_end(const struct svg *s, int row, int col)
{
    const struct eye_cell *first = cell_at(s, row, col);
    if (first->cp[0] >= 0x7F || first->cp[1]) {
        return col + first->width;
    }
    int end = col + 1;
    for (int at = end; at < s->p->w; at++) {
        const struct eye_cell *cell = cell_at(s, row, at);
        if (is_blank(cell) && at == end) {
            continue;
        }
        if (!is_text(cell) || !same_style(cell, first) || cell->cp[0] >= 0x7F || cell->cp[1]) {
            break;
        }
        end = at + 1;
    }
    return end;
}

static void write_run(const struct svg *s, int row, int col, int end)
{
    const struct eye_cell *first = cell_at(s, row, col);
    (void)fprintf(s->out, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"#%06x\"%s%s>",
                  col * PICTURE_CELL_W, row * PICTURE_CELL_H + PICTURE_BASELINE,
                  (end - col) * PICTURE_CELL_W, first->fg,
                  first->bold ? " font-weight=\"bold\"" : "",
                  first->italic ? " font-style=\"italic\"" : "");
    for (int at = col; at < end; at++) {
        write_escaped(s, cell_at(s, row, at));
    }
    (void)fputs("</text>\n", s->out);
}

static void write_texts(const struct svg *s, int row)
{
    for (int col = 0, end; col < s->p->w; col = end) {
        end = col + 1;
        if (is_text(cell_at(s, row, col))) {
            end = text_end(s, row, col);
            write_run(s, row, col, end);
        }
    }
}

static void write_arc(const struct svg *s, const struct shape_arc *arc, int x, int y,
                      uint32_t fg)
{
    double cx = x + arc->cx2 / 2.0, cy = y + arc->cy2 / 2.0, r = arc->r2 / 2.0;
    (void)fprintf(s->out,
                  "<path fill=\"none\" stroke=\"#%06x\" d=\"M%.1f %.1fA%.1f %.1f 0 0 %d "
                  "%.1f %.1f\"/>\n",
                  fg, cx, cy + arc->dy * r, r, r, arc->dx * arc->dy < 0, cx + arc->dx * r, cy);
}

/* Joins a box to the one before where they touch on a line; returns whether it did. */
static bool join(struct shape_box *last, struct shape_box box)
{
    if (last->w > 0 && last->y == box.y && last->h == box.h && last->x + last->w == box.x) {
        last->w += box.w;
        return true;
    }
    return false;
}

/* The shapes of a run of cells in one colour and opacity as one path. */
static int write_shape_run(const struct svg *s, int row, int col)
{
    const struct eye_cell *first = cell_at(s, row, col);
    struct shape shape = {0}, next;
    struct shape_box last = {0};
    (void)shape_of(first->cp[0], &shape);
    (void)fprintf(s->out, "<path fill=\"#%06x\"", first->fg);
    if (shape.opacity < 255) {
        (void)fprintf(s->out, " fill-opacity=\"%.2f\"", shape.opacity / 255.0);
    }
    (void)fputs(" d=\"", s->out);
    int opacity = shape.opacity, at = col;
    for (; at < s->p->w && cell_at(s, row, at)->fg == first->fg; at++) {
        if (!shape_of(cell_at(s, row, at)->cp[0], &next) || next.opacity != opacity) {
            break;
        }
        for (int i = 0; i < next.count; i++) {
            struct shape_box box = next.box[i];
            box.x += at * PICTURE_CELL_W;
            box.y += row * PICTURE_CELL_H;
            if (!join(&last, box)) {
                write_box(s, last);
                last = box;
            }
        }
    }
    write_box(s, last);
    (void)fputs("\"/>\n", s->out);
    return at;
}

static void write_shapes(const struct svg *s, int row)
{
    struct shape shape;
    for (int col = 0; col < s->p->w;) {
        col = shape_of(cell_at(s, row, col)->cp[0], &shape) ? write_shape_run(s, row, col)
                                                            : col + 1;
    }
}

static void write_arcs(const struct svg *s, int row)
{
    struct shape shape;
    for (int col = 0; col < s->p->w; col++) {
        const struct eye_cell *cell = cell_at(s, row, col);
        if (shape_of(cell->cp[0], &shape) && shape.has_arc) {
            write_arc(s, &shape.arc, col * PICTURE_CELL_W, row * PICTURE_CELL_H, cell->fg);
        }
    }
}

static void write_lines(const struct svg *s, int row)
{
    for (int col = 0; col < s->p->w; col++) {
        const struct eye_cell *cell = cell_at(s, row, col);
        const int y[] = {PICTURE_UNDERLINE_Y, PICTURE_STRIKE_Y};
        for (int i = 0; i < 2; i++) {
            if (i == 0 ? cell->underline : cell->strike) {
                (void)fprintf(s->out, "<path fill=\"#%06x\" d=\"", cell->fg);
                write_box(s,
                          (struct shape_box){col * PICTURE_CELL_W, row * PICTURE_CELL_H + y[i],
                                             PICTURE_CELL_W, 1});
                (void)fputs("\"/>\n", s->out);
            }
        }
    }
}

/* The background that most cells have: Boyer and Moore's majority vote is close enough. */
static uint32_t common_background(const struct picture *p)
{
    uint32_t candidate = 0;
    int votes = 0;
    for (int i = 0; i < p->w * p->h; i++) {
        if (votes == 0) {
            candidate = p->cells[i].bg;
        }
        votes += p->cells[i].bg == candidate ? 1 : -1;
    }
    return candidate;
}

static void write_svg(const struct svg *s)
{
    const int w = s->p->w * PICTURE_CELL_W, h = s->p->h * PICTURE_CELL_H;
    const uint32_t ground = common_background(s->p);
    (void)fprintf(s->out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                  "viewBox=\"0 0 %d %d\" font-family=\"'DejaVu Sans Mono',Menlo,Consolas,"
                  "monospace\" font-size=\"%d\" xml:space=\"preserve\">\n"
                  "<path fill=\"#%06x\" d=\"M0 0h%dv%dH0z\"/>\n",
                  w, h, w, h, PICTURE_FONT_PX, ground, w, h);
    (void)fputs("<g shape-rendering=\"crispEdges\">\n", s->out);
    for (int row = 0; row < s->p->h; row++) {
        write_backgrounds(s, row, ground);
        write_shapes(s, row);
        write_lines(s, row);
    }
    (void)fputs("</g>\n", s->out);
    for (int row = 0; row < s->p->h; row++) {
        write_arcs(s, row);
        write_texts(s, row);
    }
    (void)fputs("</svg>\n", s->out);
}

bool picture_write_svg(const struct picture *p, const char *file, struct error *err)
{
    struct svg s = {.p = p, .out = fopen(file, "we")};
    if (!s.out) {
        error_set(err, "cannot write %s: %s", file, strerror(errno));
        return false;
    }
    write_svg(&s);
    bool ok = ferror(s.out) == 0;
    ok = fclose(s.out) == 0 && ok;
    if (!ok) {
        error_set(err, "cannot write %s", file);
    }
    return ok;
}
