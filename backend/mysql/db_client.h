/* The client library behind one small door: libmysqlclient, or MariaDB Connector/C. Everything
 * in which the two differ is in db_client.c: TLS options, how a connection attempt is kept
 * within its deadline, and how its descriptor is learned. One MYSQL belongs to one thread. */
#ifndef DRTOP_MYSQL_DB_CLIENT_H
#define DRTOP_MYSQL_DB_CLIENT_H

#include "backend/config.h"

#include <stdbool.h>
#include <stdint.h>

#include <mysql.h>

/* What bounds the calls of a thread. The functions run on that thread. */
struct client_wait {
    int64_t deadline_us; /* clock_real_us() */
    /* The descriptor in use, as soon as it is known; the library goes on owning it. */
    void (*on_descriptor)(void *self, int fd);
    bool (*is_stopped)(void *self);
    void *self;
    bool greeted;  /* the first bytes have been looked at */
    bool garbage;  /* and no MySQL server sends such */
    bool need_tls; /* do not log in where the greeting offers no TLS */
    bool no_tls;   /* it did not */
};

struct client_target {
    const char *host; /* numeric, or a name where client_verifies_by_name() */
    uint16_t port;
    const char *user, *password;
    const struct config_tls *tls;
    int64_t timeout_ms;
};

bool client_library_begin(void);
void client_library_end(void);
const char *client_library_version(void);

/* True when a certificate can only be verified in this mode against the host that is given to
 * the library, so that it has to be connected by name. MariaDB Connector/C 3.3 verifies
 * signature and name together or not at all, so there VERIFY_CA is as strict as
 * VERIFY_IDENTITY. */
bool client_verifies_by_name(enum config_tls_mode mode);

/* Returns a handle with the options set, or NULL when out of memory. mysql_close() it. */
MYSQL *client_create(const struct client_target *to);

/* Connects within wait->deadline_us; false leaves the error in the handle. Given a name with
 * several addresses, MariaDB Connector/C cannot be kept from waiting for the kernel's own time
 * limit from the second address on. */
bool client_connect(MYSQL *my, const struct client_target *to, struct client_wait *wait);

/* Bounds the calls between the two on this thread, where the library allows. */
void client_wait_begin(struct client_wait *wait);
void client_wait_end(void);

#endif
