/* Aliases instead of what tells where a pair lives: hosts, addresses, users, UUIDs, ids of clouds,
 * URLs, paths. A table knows names that were told to it (alias_add()), and finds by their shape
 * others in any text; the same name has the same alias as long as the table lives. What is told
 * first in the same order has the same alias in a later process too.
 *
 * Any thread: what a table holds is guarded by a lock of its own. */
#ifndef DRTOP_NET_ALIAS_H
#define DRTOP_NET_ALIAS_H

#include <stdbool.h>
#include <stddef.h>

enum alias_kind {
    ALIAS_SOURCE, /* "src-1": the primary's database */
    ALIAS_DR,     /* "dr-1": the replica */
    ALIAS_HOST,
    ALIAS_ADDRESS,
    ALIAS_USER,
    ALIAS_MAIL,
    ALIAS_UUID,
    ALIAS_URL,
    ALIAS_JOB,
    ALIAS_VPN,
    ALIAS_ID,   /* other ids of a cloud */
    ALIAS_PATH, /* of files, and of resources */
    ALIAS_KIND_COUNT,
};

struct alias_table;

struct alias_table *alias_create(void);
void alias_destroy(struct alias_table *t);

/* Gives name an alias, if it has none yet. Nothing happens for NULL, "", a number, and a word that
 * drtop itself says, such as "app" or "primary": it tells nobody anything. */
void alias_add(struct alias_table *t, enum alias_kind kind, const char *name);

/* Each word of text stays as it is when it stands alone, unless it has an alias or the shape of a
 * host or an address: names that
 * people need and that are no secret, such as the pair's and the sites'. */
void alias_keep(struct alias_table *t, const char *text);

/* Writes text to out with an alias in place of each name, and of what is left of a name where the
 * text was cut; at most out_size - 1 bytes plus NUL, never splitting a character. A text of our own
 * or a sanitised one. Returns the length written. out is not text. With t NULL it is a copy. */
size_t alias_text(struct alias_table *t, char *out, size_t out_size, const char *text);

#endif
