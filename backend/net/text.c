#include "backend/net/text.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#define REPLACEMENT 0xFFFDU
#define DOT         0x00B7U
#define MARKS_MAX   2

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0U) == 0x80U;
}

/* Length and lowest legal value of the sequence that a byte begins (RFC 3629, section 3), so
 * that overlong forms are refused; 0 for a byte that begins none. */
static size_t sequence_length(unsigned char lead, uint32_t *out_bits, uint32_t *out_min)
{
    static const uint32_t min[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = lead < 0x80             ? 1
               : (lead & 0xE0) == 0xC0 ? 2
               : (lead & 0xF0) == 0xE0 ? 3
               : (lead & 0xF8) == 0xF0 ? 4
                                       : 0;
    *out_bits = n == 1 ? lead : lead & (0x7FU >> n);
    *out_min = min[n];
    return n;
}

/* Like text_decode(), but lets surrogates pass: text_clean() wants each of them in one cell. */
static size_t decode_loose(const char *p, const char *end, uint32_t *out_cp)
{
    uint32_t cp, min;
    size_t n = sequence_length((unsigned char)*p, &cp, &min);
    *out_cp = REPLACEMENT;
    if (n == 0 || n > (size_t)(end - p)) {
        return 1;
    }
    for (size_t i = 1; i < n; i++) {
        if (!is_continuation(p[i])) {
            return 1;
        }
        cp = cp << 6 | ((unsigned char)p[i] & 0x3FU);
    }
    if (cp < min || cp > 0x10FFFF) {
        return 1;
    }
    *out_cp = cp;
    return n;
}

static bool is_surrogate(uint32_t cp)
{
    return cp >= 0xD800 && cp <= 0xDFFF;
}

size_t text_decode(const char *p, const char *end, uint32_t *out_cp)
{
    assert(p < end);
    size_t n = decode_loose(p, end, out_cp);
    if (is_surrogate(*out_cp)) {
        *out_cp = REPLACEMENT;
        return 1;
    }
    return n;
}

size_t text_encode(uint32_t cp, char out[4])
{
    if (cp > 0x10FFFF || is_surrogate(cp)) {
        cp = REPLACEMENT;
    }
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80U | (cp & 0x3FU));
        cp >>= 6;
    }
    out[0] = (char)((0xF00U >> n & 0xFFU) | cp);
    return n;
}

/* What a terminal would obey, hide or let run the other way: controls, separators, bidi
 * controls, invisible and tag characters, variation selectors, fillers, noncharacters. */
static bool is_unsafe(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
    } unsafe[] = {
        {0x0000, 0x001F},   {0x007F, 0x009F}, {0x00AD, 0x00AD},   {0x034F, 0x034F},
        {0x061C, 0x061C},   {0x115F, 0x1160}, {0x17B4, 0x17B5},   {0x180B, 0x180F},
        {0x200B, 0x200F},   {0x2028, 0x202E}, {0x2060, 0x206F},   {0x3164, 0x3164},
        {0xD800, 0xDFFF},   {0xFDD0, 0xFDEF}, {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
        {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
        {0xE0000, 0xE0FFF},
    };
    if ((cp & 0xFFFE) == 0xFFFE) {
        return true;
    }
    for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0] && cp >= unsafe[i].first; i++) {
        if (cp <= unsafe[i].last) {
            return true;
        }
    }
    return false;
}

/* Takes the next character and returns what is shown for it. */
static uint32_t next_safe(const char **p, const char *end)
{
    uint32_t cp;
    size_t n = decode_loose(*p, end, &cp);
    bool invalid = n == 1 && cp == REPLACEMENT;
    *p += n;
    return invalid || is_unsafe(cp) ? DOT : cp;
}

size_t text_clean(char *out, size_t out_size, const char *in, size_t in_len)
{
    if (out_size == 0) {
        return 0;
    }
    size_t len = 0;
    int marks = MARKS_MAX; /* a mark at the very beginning has no base */
    for (const char *p = in, *end = in + in_len; p < end;) {
        if (*p >= ' ' && *p <= '~' && len + 1 < out_size) { /* nearly all there is */
            out[len++] = *p++;
            marks = 0;
            continue;
        }
        uint32_t cp = next_safe(&p, end);
        bool is_mark = text_width(cp) == 0;
        if (is_mark && marks >= MARKS_MAX) {
            continue;
        }
        char bytes[4];
        size_t n = text_encode(cp, bytes);
        if (len + n >= out_size) {
            break;
        }
        memcpy(out + len, bytes, n);
        len += n;
        marks = is_mark ? marks + 1 : 0;
    }
    out[len] = '\0';
    return len;
}

size_t text_clean_str(char *out, size_t out_size, const char *in)
{
    return text_clean(out, out_size, in ? in : "", in ? strlen(in) : 0);
}

size_t text_copy(char *out, size_t out_size, const char *in)
{
    if (out_size == 0) {
        return 0;
    }
    size_t len = strlen(in);
    if (len >= out_size) {
        len = out_size - 1;
        while (len > 0 && is_continuation(in[len])) {
            len--;
        }
    }
    memcpy(out, in, len);
    out[len] = '\0';
    return len;
}
