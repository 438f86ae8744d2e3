/* Why a connection could not be made or kept, as a sentence for the operator. Pure. */
#ifndef DRTOP_MYSQL_DB_ERROR_H
#define DRTOP_MYSQL_DB_ERROR_H

#include "backend/error.h"

#include <stdbool.h>

#define DB_ERROR_GARBAGE "not a MySQL server: garbage in the greeting"
#define DB_ERROR_NO_TLS  "TLS is required but the server offers none"
#define DB_ERROR_NAME    "the server's certificate does not name the host"

/* code and text are the client library's. */
void db_error_connect(unsigned code, const char *text, struct error *err);

/* Does the code of a client library say that no server answered (and not, that one refused)? */
bool db_error_is_silence(unsigned code);

#endif
