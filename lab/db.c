#include "lab/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_S = 1 };

bool db_library_begin(void)
{
    return mysql_library_init(0, NULL, NULL) == 0;
}

void db_library_end(void)
{
    mysql_library_end();
}

void db_thread_end(void)
{
    mysql_thread_end();
}

bool db_read_password(char *out, size_t size)
{
    if (!fgets(out, (int)size, stdin)) {
        return false;
    }
    out[strcspn(out, "\n")] = '\0';
    return out[0] != '\0';
}

void db_close(struct db *db)
{
    if (db->handle) {
        mysql_close(db->handle);
        db->handle = NULL;
    }
}

static bool give_up(struct db *db)
{
    (void)snprintf(db->error, sizeof db->error, "%u %s", mysql_errno(db->handle),
                   mysql_error(db->handle));
    db_close(db);
    return false;
}

static bool connect_if_needed(struct db *db)
{
    if (db->handle) {
        return true;
    }
    db->handle = mysql_init(NULL);
    if (!db->handle) {
        abort();
    }
    const unsigned patience_s = PATIENCE_S;
    (void)mysql_options(db->handle, MYSQL_OPT_CONNECT_TIMEOUT, &patience_s);
    (void)mysql_options(db->handle, MYSQL_OPT_READ_TIMEOUT, &patience_s);
    (void)mysql_options(db->handle, MYSQL_OPT_WRITE_TIMEOUT, &patience_s);
    if (!mysql_real_connect(db->handle, "localhost", db->user, db->password, NULL, 0,
                            db->socket_path, 0)) {
        return give_up(db);
    }
    return true;
}

bool db_run(struct db *db, const char *sql)
{
    if (!connect_if_needed(db)) {
        return false;
    }
    return mysql_query(db->handle, sql) == 0 || give_up(db);
}

bool db_ask(struct db *db, const char *sql, long long *out_value)
{
    if (!db_run(db, sql)) {
        return false;
    }
    MYSQL_RES *result = mysql_store_result(db->handle);
    if (!result) {
        return give_up(db);
    }
    MYSQL_ROW row = mysql_fetch_row(result);
    bool found = row && row[0];
    if (found) {
        *out_value = strtoll(row[0], NULL, 10);
    } else {
        (void)snprintf(db->error, sizeof db->error, "no row");
    }
    mysql_free_result(result);
    return found;
}
