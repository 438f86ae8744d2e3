/* The words that GTID sets and positions are written in: blanks, marks and numbers. Private to
 * gtid.c and gtid_mariadb.c. Pure; *p moves on only over what was taken. */
#ifndef DRTOP_MYSQL_GTID_SCAN_H
#define DRTOP_MYSQL_GTID_SCAN_H

#include <stdbool.h>
#include <stdint.h>

void scan_blanks(const char **p);

/* Blanks, then the mark c; false, and only the blanks taken, when something else stands there. */
bool scan_mark(const char **p, char c);

/* Blanks, then a decimal number of at most max. */
bool scan_number(const char **p, uint64_t max, uint64_t *out_n);

#endif
