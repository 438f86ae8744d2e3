/* Keys and what they do; the table itself is tui/keys.def. */
#ifndef DRTOP_TUI_KEYS_H
#define DRTOP_TUI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Codes of keys: a Unicode character, or one of these. */
enum keycode {
    KEYCODE_NONE = 0,
    KEYCODE_TAB = 0x09,
    KEYCODE_REDRAW = 0x0c, /* Ctrl-L */
    KEYCODE_SPECIAL = 0x110000,
    KEYCODE_ENTER,
    KEYCODE_ESCAPE,
    KEYCODE_BACKSPACE,
    KEYCODE_BACKTAB,
    KEYCODE_UP,
    KEYCODE_DOWN,
    KEYCODE_LEFT,
    KEYCODE_RIGHT,
    KEYCODE_PGUP,
    KEYCODE_PGDN,
    KEYCODE_HOME,
    KEYCODE_END,
    KEYCODE_F1,
    KEYCODE_MOUSE, /* term_mouse() tells what it did */
    KEYCODE_PASTE, /* something was pasted; what, is dropped */
    KEYCODE_OTHER, /* a key that nothing is bound to */
};

enum action {
    ACTION_NONE,
#define KEY(action, code, code2, label, word, rank, help) ACTION_##action,
#include "tui/keys.def"
#undef KEY
    ACTION_COUNT,
};

struct key {
    enum action action;
    uint32_t code, code2;
    const char *label; /* NULL: documented with the key before; may hold \x01 for arrows */
    const char *word;
    int rank;
    const char *help;
};

extern const struct key keys[];
extern const int keys_n;

enum action key_action(uint32_t code);

/* Not offered where there is no failover: enum action FAILOVER, DRILL. */
bool key_is_of_failover(enum action action);

/* The label as it is painted: arrows as glyphs of the set in use. */
const char *key_label(const struct key *k);

#endif
