#include "tui/palette.h"

#include <string.h>
#include <strings.h>

static bool has_word(const char *text, const char *word, size_t len)
{
    for (; text && *text; text++) {
        if (strncasecmp(text, word, len) == 0) {
            return true;
        }
    }
    return false;
}

static bool matches(const struct key *k, const char *text)
{
    for (const char *at = text + strspn(text, " "); *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        if (!has_word(k->word, at, len) && !has_word(k->help, at, len)) {
            return false;
        }
        at += len;
    }
    return true;
}

static bool is_possible(const struct ui *ui, enum action action)
{
    switch (action) {
    case ACTION_FAILOVER:
        return !ui->failover_refusal;
    case ACTION_DRILL:
        return !ui->drill_refusal;
    case ACTION_PALETTE:
    case ACTION_CANCEL:
        return false; /* there already */
    default:
        return true;
    }
}

size_t palette_list(const struct ui *ui, enum action out[ACTION_COUNT])
{
    size_t n = 0;
    for (int i = 0; i < keys_n; i++) {
        const struct key *k = &keys[i];
        if (k->help && is_possible(ui, k->action) && matches(k, ui->text)) {
            out[n++] = k->action;
        }
    }
    return n;
}

const struct key *palette_key(enum action action)
{
    for (int i = 0; i < keys_n; i++) {
        if (keys[i].action == action) {
            return &keys[i];
        }
    }
    return NULL;
}
