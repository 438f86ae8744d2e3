#include "tests/eye/cell.h"

static size_t encode(uint32_t cp, char *out)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

size_t eye_cell_utf8(const struct eye_cell *cell, char out[EYE_CELL_UTF8])
{
    size_t len = 0;
    if (cell->width == 0) {
        out[0] = '\0';
        return 0;
    }
    if (cell->cp[0] == 0) {
        out[len++] = ' ';
    }
    for (int i = 0; i < EYE_CELL_CPS && cell->cp[i]; i++) {
        len += encode(cell->cp[i], out + len);
    }
    out[len] = '\0';
    return len;
}
