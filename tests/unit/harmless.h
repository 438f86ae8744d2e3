/* Judges bytes, by code of its own: it must not share any with what it judges. cmocka's assertions
 * inside. */
#ifndef DRTOP_TESTS_HARMLESS_H
#define DRTOP_TESTS_HARMLESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* One character of strict UTF-8 (RFC 3629); returns its length, or 0. */
static inline size_t strict_utf8(const unsigned char *p, size_t left, uint32_t *out_cp)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = p[0] < 0x80             ? 1
               : (p[0] & 0xe0) == 0xc0 ? 2
               : (p[0] & 0xf0) == 0xe0 ? 3
               : (p[0] & 0xf8) == 0xf0 ? 4
                                       : 0;
    if (n == 0 || n > left) {
        return 0;
    }
    uint32_t cp = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
        cp = cp << 6 | (p[i] & 0x3f);
    }
    bool surrogate = cp >= 0xd800 && cp <= 0xdfff;
    *out_cp = cp;
    return cp < least[n] || cp > 0x10ffff || surrogate ? 0 : n;
}

static inline bool is_unseen(uint32_t cp)
{
    return (cp >= 0x80 && cp <= 0x9f) || cp == 0x7f || cp == 0x61c || cp == 0xfeff ||
           (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
           (cp >= 0x2060 && cp <= 0x2069);
}

/* controls: those that may be there, as a terminal's stream has some. */
static inline void assert_clean(const char *what, const char *text, size_t len,
                                const char *controls)
{
    const unsigned char *p = (const unsigned char *)text;
    for (size_t i = 0; i < len;) {
        uint32_t cp = 0;
        size_t n = strict_utf8(p + i, len - i, &cp);
        if (n == 0) {
            fail_msg("%s: invalid UTF-8 at byte %zu of %zu", what, i, len);
        }
        bool control = cp < 0x20 && (cp == 0 || !strchr(controls, (int)cp));
        if (control || is_unseen(cp)) {
            fail_msg("%s: U+%04X at byte %zu of %zu", what, (unsigned)cp, i, len);
        }
        i += n;
    }
}

#endif
