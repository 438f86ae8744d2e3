/* What a name looks like that nobody has told of. Private to backend/net/alias*.c; pure. */
#ifndef DRTOP_NET_ALIAS_SHAPE_H
#define DRTOP_NET_ALIAS_SHAPE_H

#include "backend/net/alias.h"

struct alias_shape {
    size_t len; /* 0: there is no name here */
    enum alias_kind kind;
};

/* The name that begins at p, which is within the terminated text and begins a word. */
struct alias_shape alias_shape(const char *text, const char *p);

/* Is c part of a word: a letter, a digit, or a byte beyond ASCII? */
bool alias_is_letter(char c);
/* Length of the word at p: letters, digits, and . - _ between them. */
size_t alias_word(const char *p);
/* A word that drtop says, or that servers do. */
bool alias_is_plain_word(const char *p, size_t len);

#endif
