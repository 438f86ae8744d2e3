#include "tui/keys.h"

#include "tui/glyph.h"

const struct key keys[] = {
#define KEY(action, code, code2, label, word, rank, help)                                      \
    {ACTION_##action, code, code2, label, word, rank, help},
#include "tui/keys.def"
#undef KEY
};

const int keys_n = (int)(sizeof keys / sizeof keys[0]);

enum action key_action(uint32_t code)
{
    for (int i = 0; i < keys_n; i++) {
        if (keys[i].code == code || (keys[i].code2 && keys[i].code2 == code)) {
            return keys[i].action;
        }
    }
    return ACTION_NONE;
}

bool key_is_of_failover(enum action action)
{
    return action == ACTION_FAILOVER || action == ACTION_DRILL;
}

const char *key_label(const struct key *k)
{
    if (k->label && k->label[0] == '\x01') {
        return glyph_in_use() == GLYPHS_UTF8 ? "←→" : "<- ->";
    }
    return k->label;
}
