#include "tui/xterm.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TITLE_MAX 255 /* mosh cuts a longer one */

bool xterm_is_rich(const char *term)
{
    static const char *const kin[] = {"xterm", "tmux",      "screen",  "rxvt",   "foot",
                                      "kitty", "alacritty", "wezterm", "ghostty"};
    for (size_t i = 0; i < sizeof kin / sizeof kin[0]; i++) {
        if (term && strncmp(term, kin[i], strlen(kin[i])) == 0) {
            return true;
        }
    }
    return false;
}

void xterm_say(const char *sequence)
{
    (void)fputs(sequence, stdout);
}

void xterm_title_keep(void)
{
    xterm_say("\033[22;2t");
}

void xterm_title_restore(void)
{
    xterm_say("\033[23;2t");
}

void xterm_title(const char *text)
{
    (void)printf("\033]2;%.*s\a", TITLE_MAX, text);
}

const char *xterm_plain(const char *text, bool utf8, char *out, size_t out_size)
{
    (void)snprintf(out, out_size, "%s", text);
    for (char *c = out; *c; c++) {
        *c = (char)(utf8 || (unsigned char)*c < 0x80 ? *c : '?');
    }
    return out;
}

static size_t base64(const char *in, size_t len, char *out)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0;
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t v = (uint32_t)(unsigned char)in[i] << 16;
        v |= left > 1 ? (uint32_t)(unsigned char)in[i + 1] << 8 : 0;
        v |= left > 2 ? (uint32_t)(unsigned char)in[i + 2] : 0;
        out[n++] = digits[v >> 18 & 63];
        out[n++] = digits[v >> 12 & 63];
        out[n++] = left > 1 ? digits[v >> 6 & 63] : '=';
        out[n++] = left > 2 ? digits[v & 63] : '=';
    }
    return n;
}

void xterm_copy(const char *text)
{
    char encoded[(XTERM_COPY_MAX + 2) / 3 * 4];
    size_t len = strlen(text);
    if (len > XTERM_COPY_MAX) {
        len = XTERM_COPY_MAX;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80) {
            len--; /* no half of a character */
        }
    }
    size_t n = base64(text, len, encoded);
    (void)printf("\033]52;c;%.*s\a", (int)n, encoded);
}

void xterm_popup(enum popup kind, const char *text)
{
    if (kind == POPUP_OSC9) {
        (void)printf("\033]9;%.*s\a", TITLE_MAX, text);
    } else if (kind == POPUP_OSC777) {
        (void)printf("\033]777;notify;drtop;%.*s\a", TITLE_MAX, text);
    }
}
