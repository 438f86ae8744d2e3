/* Text in the language of troff, with the macros of man(7): nothing in a table may be taken for a
 * request or an escape. Of the generator; one thread. */
#ifndef DRTOP_MANUAL_ROFF_H
#define DRTOP_MANUAL_ROFF_H

#include <stdio.h>

/* Writes UTF-8 as it is to be read, without a newline. Safe anywhere in a line of text, and within
 * the quotes of a macro's argument. */
void roff_text(FILE *out, const char *text);

/* The same in bold. */
void roff_bold(FILE *out, const char *text);

/* ".SH name" and ".SS name". */
void roff_section(FILE *out, const char *name);
void roff_part(FILE *out, const char *name);

/* Text that says something, as a line of its own. */
void roff_line(FILE *out, const char *text);

#endif
