#include "tui/big.h"

#include <stddef.h>
#include <string.h>

#include "backend/net/text.h"

struct letter {
    uint32_t c;
    const char *rows[BIG_ROWS];
};

/* Digits are all of one width, so that a clock does not jump. */
static const struct letter letters[] = {
    {'0', {"####", "#  #", "#  #", "#  #", "####"}},
    {'1', {" ## ", "  # ", "  # ", "  # ", " ###"}},
    {'2', {"####", "   #", "####", "#   ", "####"}},
    {'3', {"####", "   #", " ###", "   #", "####"}},
    {'4', {"#  #", "#  #", "####", "   #", "   #"}},
    {'5', {"####", "#   ", "####", "   #", "####"}},
    {'6', {"####", "#   ", "####", "#  #", "####"}},
    {'7', {"####", "   #", "  # ", " #  ", " #  "}},
    {'8', {"####", "#  #", "####", "#  #", "####"}},
    {'9', {"####", "#  #", "####", "   #", "####"}},
    {'A', {" ## ", "#  #", "####", "#  #", "#  #"}},
    {'B', {"### ", "#  #", "### ", "#  #", "### "}},
    {'C', {" ###", "#   ", "#   ", "#   ", " ###"}},
    {'D', {"### ", "#  #", "#  #", "#  #", "### "}},
    {'E', {"####", "#   ", "### ", "#   ", "####"}},
    {'F', {"####", "#   ", "### ", "#   ", "#   "}},
    {'G', {" ###", "#   ", "# ##", "#  #", " ###"}},
    {'H', {"#  #", "#  #", "####", "#  #", "#  #"}},
    {'I', {"###", " # ", " # ", " # ", "###"}},
    {'J', {"   #", "   #", "   #", "#  #", " ## "}},
    {'K', {"#  #", "# # ", "##  ", "# # ", "#  #"}},
    {'L', {"#   ", "#   ", "#   ", "#   ", "####"}},
    {'M', {"#   #", "## ##", "# # #", "#   #", "#   #"}},
    {'N', {"#   #", "##  #", "# # #", "#  ##", "#   #"}},
    {'O', {" ## ", "#  #", "#  #", "#  #", " ## "}},
    {'P', {"### ", "#  #", "### ", "#   ", "#   "}},
    {'Q', {" ## ", "#  #", "#  #", "# ##", " ###"}},
    {'R', {"### ", "#  #", "### ", "# # ", "#  #"}},
    {'S', {" ###", "#   ", " ## ", "   #", "### "}},
    {'T', {"#####", "  #  ", "  #  ", "  #  ", "  #  "}},
    {'U', {"#  #", "#  #", "#  #", "#  #", " ## "}},
    {'V', {"#   #", "#   #", "#   #", " # # ", "  #  "}},
    {'W', {"#   #", "#   #", "# # #", "## ##", "#   #"}},
    {'X', {"#   #", " # # ", "  #  ", " # # ", "#   #"}},
    {'Y', {"#   #", " # # ", "  #  ", "  #  ", "  #  "}},
    {'Z', {"####", "  # ", " #  ", "#   ", "####"}},
    {':', {" ", "#", " ", "#", " "}},
    {'.', {" ", " ", " ", " ", "#"}},
    {',', {"  ", "  ", "  ", " #", "# "}},
    {'-', {"   ", "   ", "###", "   ", "   "}},
    {'+', {"   ", " # ", "###", " # ", "   "}},
    {'%', {"#  #", "  # ", " ## ", " #  ", "#  #"}},
    {'>', {"#  ", " # ", "  #", " # ", "#  "}},
    {'<', {"  #", " # ", "#  ", " # ", "  #"}},
    /* With the bar that belongs below them, in five rows they would read as an S. */
    {0x2265, {"#  ", " # ", "  #", " # ", "#  "}},
    {0x2264, {"  #", " # ", "#  ", " # ", "  #"}},
    {'~', {"    ", " # #", "# # ", "    ", "    "}},
    {'/', {"   #", "  # ", "  # ", " #  ", "#   "}},
    {'?', {"### ", "   #", " ## ", "    ", " #  "}},
    {' ', {"  ", "  ", "  ", "  ", "  "}},
};

static const struct letter *letter(uint32_t c)
{
    uint32_t wanted = c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (letters[i].c == wanted) {
            return &letters[i];
        }
    }
    return NULL;
}

/* The next letter of a text, past what has none; NULL at its end. In ASCII two characters stand
 * for the one of "at least" or "at most". */
static const struct letter *next(const char **text)
{
    while (**text) {
        uint32_t c;
        size_t n = text_decode(*text, *text + strlen(*text), &c);
        if ((c == '>' || c == '<') && (*text)[1] == '=') {
            c = c == '>' ? 0x2265 : 0x2264;
            n = 2;
        }
        *text += n;
        const struct letter *l = letter(c);
        if (l) {
            return l;
        }
    }
    return NULL;
}

/* Between letters: less than a stroke, where strokes are thick. */
static int gap(int times)
{
    return (times + 1) / 2;
}

int big_width_times(const char *text, int times)
{
    int w = 0;
    const struct letter *l;
    while ((l = next(&text)) != NULL) {
        w += (int)strlen(l->rows[0]) * times + gap(times);
    }
    return w > 0 ? w - gap(times) : 0;
}

int big_width(const char *text)
{
    return big_width_times(text, 1);
}

static void paint(struct canvas *c, int x, int y, int times, enum role role,
                  const struct letter *l)
{
    for (int row = 0; row < BIG_ROWS; row++) {
        for (int i = 0; l->rows[row][i]; i++) {
            if (l->rows[row][i] == '#') {
                canvas_solid(c, (struct rect){x + i * times, y + row * times, times, times},
                             role);
            }
        }
    }
}

int big_text_times(struct canvas *c, int x, int y, int times, enum role role, const char *text)
{
    int from = x;
    const struct letter *l;
    while ((l = next(&text)) != NULL) {
        paint(c, x, y, times, role, l);
        x += (int)strlen(l->rows[0]) * times + gap(times);
    }
    return x > from ? x - from - gap(times) : 0;
}

int big_text(struct canvas *c, int x, int y, enum role role, const char *text)
{
    return big_text_times(c, x, y, 1, role, text);
}
