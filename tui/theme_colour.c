/* From 24 bits to what a terminal has. */
#include "tui/theme.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

/* A colour where distances are about what an eye sees (Oklab, Björn Ottosson 2020). Among so
 * few colours a distance in RGB would call a green cyan and an orange grey. */
struct lab {
    double l, a, b;
};

/* Below this distance from the grey axis an eye sees no colour. */
#define GREY_CHROMA 0.045

/* xterm's defaults for the 16 ANSI colours; users change them, nobody can ask. */
static const int32_t ANSI[16] = {
    0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
    0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
};

static int channel(int32_t rgb, int shift)
{
    return (int)((uint32_t)rgb >> shift & 0xff);
}

/* sRGB's transfer function, IEC 61966-2-1. */
static double linear(int32_t rgb, int shift)
{
    double v = channel(rgb, shift) / 255.0;
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static struct lab to_lab(int32_t rgb)
{
    double r = linear(rgb, 16);
    double g = linear(rgb, 8);
    double b = linear(rgb, 0);
    double l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    double m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    double s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return (struct lab){
        .l = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
        .a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
        .b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    };
}

static bool is_grey(struct lab c)
{
    return hypot(c.a, c.b) < GREY_CHROMA;
}

/* Lightness counts half: with so few colours the hue is what carries the meaning. */
static double distance(struct lab p, struct lab q)
{
    double l = p.l - q.l;
    double a = p.a - q.a;
    double b = p.b - q.b;
    return l * l / 2 + a * a + b * b;
}

/* A grey stays a grey and a colour a colour: a red frame would be an alarm. */
static int nearest_ansi(int32_t rgb, int n)
{
    struct lab wanted = to_lab(rgb);
    double best = DBL_MAX;
    int index = 0;
    for (int i = 0; i < n; i++) {
        struct lab has = to_lab(ANSI[i]);
        double d = distance(wanted, has);
        if (is_grey(wanted) == is_grey(has) && d < best) {
            best = d;
            index = i;
        }
    }
    return index;
}

int theme_to_16(int32_t rgb)
{
    return rgb == THEME_DEFAULT_COLOUR ? -1 : nearest_ansi(rgb, 16);
}

/* Of the eight only two are grey: the darker half of all greys is black. */
int theme_to_8(int32_t rgb)
{
    if (rgb == THEME_DEFAULT_COLOUR) {
        return -1;
    }
    struct lab wanted = to_lab(rgb);
    if (is_grey(wanted)) {
        return wanted.l < 0.5 ? 0 : 7;
    }
    return nearest_ansi(rgb, 8);
}

static int square(int v)
{
    return v * v;
}

/* The cube's levels are 0, 95, 135, 175, 215 and 255. */
static int cube_step(int v)
{
    return v < 48 ? 0 : v < 115 ? 1 : (v - 35) / 40;
}

static int cube_level(int step)
{
    return step == 0 ? 0 : 55 + 40 * step;
}

int theme_to_256(int32_t rgb)
{
    if (rgb == THEME_DEFAULT_COLOUR) {
        return -1;
    }
    int r = channel(rgb, 16);
    int g = channel(rgb, 8);
    int b = channel(rgb, 0);
    int step[3] = {cube_step(r), cube_step(g), cube_step(b)};
    int cube_d = square(r - cube_level(step[0])) + square(g - cube_level(step[1])) +
                 square(b - cube_level(step[2]));
    /* The grey ramp is 8, 18, ... 238. */
    int grey = ((r + g + b) / 3 - 3) / 10;
    grey = grey < 0 ? 0 : grey > 23 ? 23 : grey;
    int level = 8 + 10 * grey;
    int grey_d = square(r - level) + square(g - level) + square(b - level);
    return grey_d < cube_d ? 232 + grey : 16 + 36 * step[0] + 6 * step[1] + step[2];
}
