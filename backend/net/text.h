/* The one sanitiser. Everything that comes from outside (server errors, host names, headers, log
 * lines, user names) goes through here before it reaches a screen, a title, a log or an export.
 * Pure; any thread. */
#ifndef DRTOP_NET_TEXT_H
#define DRTOP_NET_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Copies in (in_len bytes, need not be terminated) to out as valid UTF-8 of at most out_size - 1
 * bytes plus NUL, never splitting a character. Every C0, DEL, C1, line or paragraph separator,
 * bidi control, zero-width character, unpaired surrogate, noncharacter and invalid byte becomes
 * one visible cell, U+00B7; of combining marks at most two follow one base character. Returns the
 * length written. */
size_t text_clean(char *out, size_t out_size, const char *in, size_t in_len);

/* text_clean() for a terminated string; NULL gives "". */
size_t text_clean_str(char *out, size_t out_size, const char *in);

/* Copies a terminated string of our own, cutting at a character boundary; always terminates. */
size_t text_copy(char *out, size_t out_size, const char *in);

/* Decodes one character at p (end exclusive): stores it and returns the bytes used, at least 1.
 * An invalid sequence gives U+FFFD and 1. */
size_t text_decode(const char *p, const char *end, uint32_t *out_cp);

/* Encodes cp into out (room for 4 bytes, no NUL); returns the bytes written. */
size_t text_encode(uint32_t cp, char out[4]);

/* Cells that a character takes on a terminal: 0 (combining), 1 or 2. Independent of the locale,
 * so that tests and every machine agree. */
int text_width(uint32_t cp);

/* Cells that a terminated UTF-8 string takes. */
int text_width_str(const char *s);

#endif
