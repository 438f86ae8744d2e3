/* The list of what an account may not read, inside the facts. Pure. */
#ifndef DRTOP_MYSQL_DB_LACK_H
#define DRTOP_MYSQL_DB_LACK_H

#include "backend/mysql/facts.h"

/* Adds what was refused, or renews it. A full list drops it. error is sanitised here. */
void db_lack_note(struct db_facts *f, const char *what, const char *error, const char *grant);

void db_lack_clear(struct db_facts *f, const char *what);

#endif
