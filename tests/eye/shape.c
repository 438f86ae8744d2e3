#include "tests/eye/shape.h"

#include "tests/eye/picture.h"

enum { W = PICTURE_CELL_W, H = PICTURE_CELL_H };
enum { MID_X = W / 2, MID_Y = H / 2 }; /* the pixel column and row of a thin line */

enum { BOX_FIRST = 0x2500, BOX_LAST = 0x257F };

/* Weights of the arms left, right, up, down: 0 none, 1 thin, 2 heavy. "" is left to the font
 * (double lines, diagonals) or drawn otherwise (dashes, arcs). Names: Unicode 15, Box Drawing.
 */
static const char arms[BOX_LAST - BOX_FIRST + 1][5] = {
    "1100", "2200", "0011", "0022", "",     "",     "",     "",     "",     "",     "",
    "",     "0101", "0201", "0102", "0202", "1001", "2001", "1002", "2002", "0110", "0210",
    "0120", "0220", "1010", "2010", "1020", "2020", "0111", "0211", "0121", "0112", "0122",
    "0221", "0212", "0222", "1011", "2011", "1021", "1012", "1022", "2021", "2012", "2022",
    "1101", "2101", "1201", "2201", "1102", "2102", "1202", "2202", "1110", "2110", "1210",
    "2210", "1120", "2120", "1220", "2220", "1111", "2111", "1211", "2211", "1121", "1112",
    "1122", "2121", "1221", "2112", "1212", "2221", "2212", "2122", "1222", "2222", "",
    "",     "",     "",     "",     "",     "",     "",     "",     "",     "",     "",
    "",     "",     "",     "",     "",     "",     "",     "",     "",     "",     "",
    "",     "",     "",     "",     "",     "",     "",     "",     "",     "",     "",
    "",     "",     "",     "",     "",     "",     "1000", "0010", "0100", "0001", "2000",
    "0020", "0200", "0002", "1200", "0012", "2100", "0021",
};

static void add(struct shape *s, int x, int y, int w, int h)
{
    s->box[s->count++] = (struct shape_box){x, y, w, h};
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

/* A heavy line is the thin one with a pixel on each side. */
static int thickness(int weight)
{
    return weight == 2 ? 3 : weight;
}

/* Arms reach over the middle by half of the crossing line, so that corners are square. */
static void add_arms(struct shape *s, const char *weights)
{
    int left = thickness(weights[0] - '0'), right = thickness(weights[1] - '0');
    int up = thickness(weights[2] - '0'), down = thickness(weights[3] - '0');
    int across_x = max_int(up, down) / 2, across_y = max_int(left, right) / 2;
    if (left && left == right) {
        add(s, 0, MID_Y - left / 2, W, left);
        left = right = 0;
    }
    if (up && up == down) {
        add(s, MID_X - up / 2, 0, up, H);
        up = down = 0;
    }
    if (left) {
        add(s, 0, MID_Y - left / 2, MID_X + across_x + 1, left);
    }
    if (right) {
        add(s, MID_X - across_x, MID_Y - right / 2, W - MID_X + across_x, right);
    }
    if (up) {
        add(s, MID_X - up / 2, 0, up, MID_Y + across_y + 1);
    }
    if (down) {
        add(s, MID_X - down / 2, MID_Y - across_y, down, H - MID_Y + across_y);
    }
}

/* U+2504..250B and U+254C..254F: dashes of two thirds, a gap of one. */
static void add_dashes(struct shape *s, int parts, bool vertical, int width)
{
    int length = vertical ? H : W;
    for (int i = 0; i < parts; i++) {
        int from = i * length / parts, to = (i + 1) * length / parts;
        int dash = max_int(1, (to - from) * 2 / 3);
        if (vertical) {
            add(s, MID_X - width / 2, from, width, dash);
        } else {
            add(s, from, MID_Y - width / 2, dash, width);
        }
    }
}

static bool dashed(uint32_t cp, struct shape *s)
{
    if (cp >= 0x2504 && cp <= 0x250B) {
        add_dashes(s, cp < 0x2508 ? 3 : 4, (cp & 2) != 0, (cp & 1) != 0 ? 3 : 1);
        return true;
    }
    if (cp >= 0x254C && cp <= 0x254F) {
        add_dashes(s, 2, (cp & 2) != 0, (cp & 1) != 0 ? 3 : 1);
        return true;
    }
    return false;
}

/* U+256D..2570: from the middle of one side to the middle of another. */
static bool rounded(uint32_t cp, struct shape *s)
{
    if (cp < 0x256D || cp > 0x2570) {
        return false;
    }
    bool right = cp == 0x256D || cp == 0x2570, down = cp <= 0x256E;
    int dx = right ? 1 : -1, dy = down ? 1 : -1;
    int mid_x2 = 2 * MID_X + 1, mid_y2 = 2 * MID_Y + 1; /* centre of the thin lines */
    s->has_arc = true;
    s->arc = (struct shape_arc){
        .cx2 = mid_x2 + dx * W, .cy2 = mid_y2 + dy * W, .r2 = W, .dx = -dx, .dy = -dy};
    int joint = s->arc.cy2 / 2; /* where the arc becomes the vertical line */
    if (down) {
        add(s, MID_X, joint, 1, H - joint);
    } else {
        add(s, MID_X, 0, 1, joint);
    }
    return true;
}

static int eighths(int n, int whole)
{
    return (whole * n + 4) / 8;
}

/* Bits of the quadrants: 1 upper left, 2 upper right, 4 lower left, 8 lower right. */
static void add_quadrants(struct shape *s, unsigned bits)
{
    const int left = W / 2, top = H / 2;
    for (unsigned i = 0; i < 4; i++) {
        if (bits & 1U << i) {
            bool right = i & 1, low = i & 2;
            add(s, right ? left : 0, low ? top : 0, right ? W - left : left,
                low ? H - top : top);
        }
    }
}

static bool block(uint32_t cp, struct shape *s)
{
    static const unsigned char quadrants[] = {4, 8, 1, 13, 9, 7, 11, 2, 6, 14};
    if (cp < 0x2580 || cp > 0x259F) {
        return false;
    }
    if (cp >= 0x2596) {
        add_quadrants(s, quadrants[cp - 0x2596]);
    } else if (cp == 0x2580) {
        add(s, 0, 0, W, H / 2);
    } else if (cp <= 0x2588) {
        int height = eighths((int)cp - 0x2580, H);
        add(s, 0, H - height, W, height);
    } else if (cp <= 0x258F) {
        add(s, 0, 0, eighths(0x2590 - (int)cp, W), H);
    } else if (cp == 0x2590) {
        add(s, W / 2, 0, W - W / 2, H);
    } else if (cp <= 0x2593) {
        add(s, 0, 0, W, H);
        s->opacity = ((int)cp - 0x2590) * 64;
    } else if (cp == 0x2594) {
        add(s, 0, 0, W, eighths(1, H));
    } else {
        add(s, W - eighths(1, W), 0, eighths(1, W), H);
    }
    return true;
}

/* U+2800..28FF: the bits count down the left column, then the right, then the bottom row. */
static bool braille(uint32_t cp, struct shape *s)
{
    static const int column_x[] = {1, 5}, row_y[] = {1, 5, 10, 14};
    static const int column[] = {0, 0, 0, 1, 1, 1, 0, 1}, row[] = {0, 1, 2, 0, 1, 2, 3, 3};
    if (cp < 0x2800 || cp > 0x28FF) {
        return false;
    }
    for (int i = 0; i < 8; i++) {
        if (cp & 1U << i) {
            add(s, column_x[column[i]], row_y[row[i]], 3, 3);
        }
    }
    return true;
}

bool shape_of(uint32_t cp, struct shape *out_shape)
{
    struct shape s = {.opacity = 255};
    bool known = dashed(cp, &s) || rounded(cp, &s) || block(cp, &s) || braille(cp, &s);
    if (!known && cp >= BOX_FIRST && cp <= BOX_LAST && arms[cp - BOX_FIRST][0]) {
        add_arms(&s, arms[cp - BOX_FIRST]);
        known = true;
    }
    if (known) {
        *out_shape = s;
    }
    return known;
}
