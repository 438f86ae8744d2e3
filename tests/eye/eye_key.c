#include <stdlib.h>
#include <string.h>

#include "tests/eye/eye_priv.h"

struct named_key {
    const char *name;
    VTermKey key;
    VTermModifier mod;
};

static const struct named_key named_keys[] = {
    {"Up", VTERM_KEY_UP, VTERM_MOD_NONE},
    {"Down", VTERM_KEY_DOWN, VTERM_MOD_NONE},
    {"Left", VTERM_KEY_LEFT, VTERM_MOD_NONE},
    {"Right", VTERM_KEY_RIGHT, VTERM_MOD_NONE},
    {"PgUp", VTERM_KEY_PAGEUP, VTERM_MOD_NONE},
    {"PgDn", VTERM_KEY_PAGEDOWN, VTERM_MOD_NONE},
    {"Home", VTERM_KEY_HOME, VTERM_MOD_NONE},
    {"End", VTERM_KEY_END, VTERM_MOD_NONE},
    {"Insert", VTERM_KEY_INS, VTERM_MOD_NONE},
    {"Delete", VTERM_KEY_DEL, VTERM_MOD_NONE},
    {"Tab", VTERM_KEY_TAB, VTERM_MOD_NONE},
    {"S-Tab", VTERM_KEY_TAB, VTERM_MOD_SHIFT},
    {"Enter", VTERM_KEY_ENTER, VTERM_MOD_NONE},
    {"Escape", VTERM_KEY_ESCAPE, VTERM_MOD_NONE},
    {"Backspace", VTERM_KEY_BACKSPACE, VTERM_MOD_NONE},
};

/* libvterm speaks xterm; where terminfo of another TERM differs, these are its strings. */
struct odd_key {
    const char *term; /* a prefix */
    const char *name;
    const char *bytes;
};

static const struct odd_key odd_keys[] = {
    {"linux", "F1", "\033[[A"},   {"linux", "F2", "\033[[B"},    {"linux", "F3", "\033[[C"},
    {"linux", "F4", "\033[[D"},   {"linux", "F5", "\033[[E"},    {"linux", "Home", "\033[1~"},
    {"linux", "End", "\033[4~"},  {"screen", "Home", "\033[1~"}, {"screen", "End", "\033[4~"},
    {"tmux", "Home", "\033[1~"},  {"tmux", "End", "\033[4~"},    {"vt100", "F5", "\033Ot"},
    {"vt100", "Backspace", "\b"}, {"vt220", "Backspace", "\b"},  {"ansi", "Backspace", "\b"},
    {"linux", "S-Tab", "\033\t"},
};

static bool press_odd(struct eye *e, const char *name)
{
    for (size_t i = 0; i < sizeof odd_keys / sizeof *odd_keys; i++) {
        const struct odd_key *odd = &odd_keys[i];
        if (strncmp(e->term, odd->term, strlen(odd->term)) == 0 &&
            strcmp(name, odd->name) == 0) {
            eye_send(e, odd->bytes, strlen(odd->bytes));
            return true;
        }
    }
    return false;
}

static bool press_named(struct eye *e, const char *name)
{
    for (size_t i = 0; i < sizeof named_keys / sizeof *named_keys; i++) {
        if (strcmp(name, named_keys[i].name) == 0) {
            vterm_keyboard_key(e->vt, named_keys[i].key, named_keys[i].mod);
            return true;
        }
    }
    if (name[0] == 'F' && name[1] >= '1' && name[1] <= '9') {
        long number = strtol(name + 1, NULL, 10);
        vterm_keyboard_key(e->vt, (VTermKey)VTERM_KEY_FUNCTION((int)number), VTERM_MOD_NONE);
        return true;
    }
    return false;
}

static size_t character_length(const char *utf8)
{
    size_t len = 1;
    while ((utf8[len] & 0xC0) == 0x80) {
        len++;
    }
    return len;
}

bool eye_key(struct eye *e, const char *name)
{
    if (name[0] == '\0') {
        return false;
    }
    if (name[character_length(name)] == '\0') {
        eye_send(e, name, strlen(name));
        return true;
    }
    if (strcmp(name, "Space") == 0) {
        eye_send(e, " ", 1);
        return true;
    }
    if (strncmp(name, "C-", 2) == 0 && name[3] == '\0') {
        const char control = (char)(name[2] & 0x1F);
        eye_send(e, &control, 1);
        return true;
    }
    return press_odd(e, name) || press_named(e, name);
}

void eye_type(struct eye *e, const char *utf8)
{
    eye_send(e, utf8, strlen(utf8));
}

void eye_click(struct eye *e, int row, int col)
{
    vterm_mouse_move(e->vt, row, col, VTERM_MOD_NONE);
    vterm_mouse_button(e->vt, 1, true, VTERM_MOD_NONE);
    vterm_mouse_button(e->vt, 1, false, VTERM_MOD_NONE);
}

void eye_wheel(struct eye *e, int row, int col, bool down)
{
    vterm_mouse_move(e->vt, row, col, VTERM_MOD_NONE);
    vterm_mouse_button(e->vt, down ? 5 : 4, true, VTERM_MOD_NONE);
}

void eye_send_bytes(struct eye *e, const char *bytes, size_t len)
{
    eye_send(e, bytes, len);
}
