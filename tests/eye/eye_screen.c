#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "tests/eye/eye_priv.h"

/* The sixteen colours that a theme names are the user's own; these are GNOME Terminal's "Tango"
 * values, what many people have. */
static const uint32_t palette[16] = {0x2e3436, 0xcc0000, 0x4e9a06, 0xc4a000, 0x3465a4, 0x75507b,
                                     0x06989a, 0xd3d7cf, 0x555753, 0xef2929, 0x8ae234, 0xfce94f,
                                     0x729fcf, 0xad7fa8, 0x34e2e2, 0xeeeeec};
static const uint32_t default_fg = 0xd3d7cf, default_bg = 0x14181c;

static VTermColor from_rgb(uint32_t rgb)
{
    VTermColor color;
    vterm_color_rgb(&color, (uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8 & 0xFF),
                    (uint8_t)(rgb & 0xFF));
    return color;
}

/* Colours 16 to 255 as xterm has them (256colres.pl): a 6x6x6 cube, then a ramp of greys.
 * libvterm 0.1 spaces its cube evenly, which no terminal does. */
static uint32_t extended_rgb(int index)
{
    static const uint32_t level[] = {0, 95, 135, 175, 215, 255};
    if (index >= 232) {
        return (uint32_t)(8 + 10 * (index - 232)) * 0x010101;
    }
    int i = index - 16;
    return level[i / 36] << 16 | level[i / 6 % 6] << 8 | level[i % 6];
}

static uint32_t to_rgb(const VTermScreen *screen, VTermColor color)
{
    bool is_default = VTERM_COLOR_IS_DEFAULT_FG(&color) || VTERM_COLOR_IS_DEFAULT_BG(&color);
    if (VTERM_COLOR_IS_INDEXED(&color) && !is_default && color.indexed.idx >= 16) {
        return extended_rgb(color.indexed.idx);
    }
    vterm_screen_convert_color_to_rgb(screen, &color);
    return (uint32_t)color.rgb.red << 16 | (uint32_t)color.rgb.green << 8 | color.rgb.blue;
}

/* libvterm 0.1 saves and restores with the cursor whether it is shown; terminals do not (xterm's
 * ctlseqs, DECSC). It restores right after it has left the alternate screen. */
static int on_property(VTermProp prop, VTermValue *value, void *user)
{
    struct eye *e = user;
    if (prop == VTERM_PROP_ALTSCREEN) {
        e->altscreen = value->boolean != 0;
        e->restoring = !e->altscreen;
    } else if (prop == VTERM_PROP_CURSORVISIBLE && e->restoring) {
        e->restoring = false;
    } else if (prop == VTERM_PROP_CURSORVISIBLE) {
        e->cursor_visible = value->boolean != 0;
    }
    return 1;
}

static void on_output(const char *bytes, size_t len, void *user)
{
    const struct eye *e = user;
    if (e->taking) {
        eye_answer(user, bytes, len);
    } else {
        eye_send(user, bytes, len);
    }
}

void eye_screen_open(struct eye *e)
{
    static const VTermScreenCallbacks callbacks = {.settermprop = on_property};
    e->fd = -1;
    e->vt = vterm_new(e->h, e->w);
    vterm_set_utf8(e->vt, 1);
    vterm_output_set_callback(e->vt, on_output, e);
    VTermState *state = vterm_obtain_state(e->vt);
    const VTermColor fg = from_rgb(default_fg), bg = from_rgb(default_bg);
    vterm_state_set_default_colors(state, &fg, &bg);
    for (int i = 0; i < 16; i++) {
        const VTermColor color = from_rgb(palette[i]);
        vterm_state_set_palette_color(state, i, &color);
    }
    vterm_state_set_bold_highbright(state, 0);
    e->screen = vterm_obtain_screen(e->vt);
    vterm_screen_set_callbacks(e->screen, &callbacks, e);
    vterm_screen_enable_altscreen(e->screen, 1);
    vterm_screen_reset(e->screen, 1); /* last: cells keep the colours of their last reset */
    e->cursor_visible = true;
    e->restoring = false;
}

struct eye_cell eye_cell(const struct eye *e, int row, int col)
{
    struct eye_cell out = {.width = 1};
    VTermScreenCell cell;
    if (!vterm_screen_get_cell(e->screen, (VTermPos){.row = row, .col = col}, &cell)) {
        return out;
    }
    bool right_half = cell.chars[0] == UINT32_MAX;
    out.width = right_half ? 0 : cell.width;
    for (int i = 0; i < EYE_CELL_CPS && !right_half; i++) {
        out.cp[i] = cell.chars[i];
    }
    out.fg = to_rgb(e->screen, cell.attrs.reverse ? cell.bg : cell.fg);
    out.bg = to_rgb(e->screen, cell.attrs.reverse ? cell.fg : cell.bg);
    out.bold = cell.attrs.bold;
    out.italic = cell.attrs.italic;
    out.underline = cell.attrs.underline != VTERM_UNDERLINE_OFF;
    out.strike = cell.attrs.strike;
    out.reverse = cell.attrs.reverse;
    return out;
}

/* Appends one row without its trailing blanks; returns the new end. */
static char *write_row(const struct eye *e, int row, char *out)
{
    char *end = out;
    for (int col = 0; col < e->w; col++) {
        const struct eye_cell cell = eye_cell(e, row, col);
        out += eye_cell_utf8(&cell, out);
        if (cell.width != 0 && cell.cp[0] != 0 && cell.cp[0] != ' ') {
            end = out;
        }
    }
    *end = '\0';
    return end;
}

static char *text_room(struct eye *e, int rows)
{
    size_t size = (size_t)rows * ((size_t)e->w * EYE_CELL_UTF8 + 1) + 1;
    e->text = mem_realloc(e->text, size, 1);
    e->text[0] = '\0';
    return e->text;
}

const char *eye_line(struct eye *e, int row)
{
    char *text = text_room(e, 1);
    if (row >= 0 && row < e->h) {
        (void)write_row(e, row, text);
    }
    return text;
}

const char *eye_screen_text(struct eye *e)
{
    char *text = text_room(e, e->h), *end = text;
    for (int row = 0; row < e->h; row++) {
        end = write_row(e, row, end);
        *end++ = '\n';
    }
    *end = '\0';
    return text;
}

bool eye_sees(struct eye *e, const char *text)
{
    return strstr(eye_screen_text(e), text) != NULL;
}

/* The cell at which a byte offset of a row's text lies. */
static int column_of(const struct eye *e, int row, size_t offset)
{
    size_t at = 0;
    for (int col = 0; col < e->w; col++) {
        char utf8[EYE_CELL_UTF8];
        const struct eye_cell cell = eye_cell(e, row, col);
        at += eye_cell_utf8(&cell, utf8);
        if (at > offset) {
            return col;
        }
    }
    return e->w;
}

bool eye_find(struct eye *e, const char *text, int *out_row, int *out_col)
{
    for (int row = 0; row < e->h; row++) {
        const char *line = eye_line(e, row), *at = strstr(line, text);
        if (at) {
            *out_row = row;
            *out_col = column_of(e, row, (size_t)(at - line));
            return true;
        }
    }
    return false;
}

int eye_width(const struct eye *e)
{
    return e->w;
}

int eye_height(const struct eye *e)
{
    return e->h;
}

bool eye_altscreen(const struct eye *e)
{
    return e->altscreen;
}

bool eye_cursor_visible(const struct eye *e)
{
    return e->cursor_visible;
}

void eye_cursor(const struct eye *e, int *out_row, int *out_col)
{
    VTermPos at;
    vterm_state_get_cursorpos(vterm_obtain_state(e->vt), &at);
    *out_row = at.row;
    *out_col = at.col;
}

const char *eye_title(const struct eye *e)
{
    return e->osc.title;
}

const char *eye_clipboard(const struct eye *e)
{
    return e->osc.clipboard;
}

unsigned eye_popups(const struct eye *e)
{
    return e->osc.popups;
}

const char *eye_popup(const struct eye *e)
{
    return e->osc.popup;
}

unsigned eye_bells(const struct eye *e)
{
    return e->osc.bells;
}

void eye_dump(struct eye *e, const char *why)
{
    (void)fprintf(stderr, "eye: %s; %s %dx%d, %s screen:\n", why, e->term, e->w, e->h,
                  e->altscreen ? "alternate" : "normal");
    for (int row = 0; row < e->h; row++) {
        (void)fprintf(stderr, "%3d|%s\n", row, eye_line(e, row));
    }
    (void)fflush(stderr);
}
