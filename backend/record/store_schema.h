/* The steps from an empty database to the schema of this program; see store_schema.c. */
#ifndef DRTOP_RECORD_STORE_SCHEMA_H
#define DRTOP_RECORD_STORE_SCHEMA_H

extern const char *const store_steps[];
extern const int store_steps_n; /* STORE_SCHEMA */

#endif
