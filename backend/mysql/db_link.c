#include "backend/mysql/db_link.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/mysql/db_client.h"
#include "backend/mysql/db_error.h"
#include "backend/net/secret.h"
#include "backend/net/text.h"

/* The library's own limits and the wait in io_wait() come first; the watchdog is for what they
 * do not reach. */
#define WATCHDOG_GRACE_MS 50
#define COLUMNS_MAX       96

struct db_link {
    const struct config_db *cfg;
    struct resolver *resolver;
    struct watch *watch;
    MYSQL *my; /* NULL: closed */
    struct client_wait wait;
    struct db_link_info info;
    char good[48]; /* numeric address that last served */
    size_t turn;   /* which of the others is next */
    bool silent;   /* the newest failure was that of a server that does not answer */
    atomic_bool interrupted;
    atomic_bool shut; /* the watchdog has ended this connection */
    pthread_mutex_t mu;
    // below: guarded by mu
    int fd; /* our own duplicate: never another connection's, whatever the library closes */
};

static void keep_descriptor(void *self, int fd)
{
    struct db_link *link = self;
    (void)pthread_mutex_lock(&link->mu);
    if (link->fd < 0 && fd > 0) {
        link->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    }
    (void)pthread_mutex_unlock(&link->mu);
}

static void drop_descriptor(struct db_link *link)
{
    (void)pthread_mutex_lock(&link->mu);
    if (link->fd >= 0) {
        (void)close(link->fd);
    }
    link->fd = -1;
    (void)pthread_mutex_unlock(&link->mu);
}

static void shut_down(struct db_link *link)
{
    (void)pthread_mutex_lock(&link->mu);
    if (link->fd >= 0) {
        (void)shutdown(link->fd, SHUT_RDWR);
    }
    (void)pthread_mutex_unlock(&link->mu);
}

static void fire(void *self)
{
    struct db_link *link = self;
    atomic_store(&link->shut, true);
    shut_down(link);
}

static bool is_stopped(void *self)
{
    struct db_link *link = self;
    return atomic_load(&link->interrupted) || atomic_load(&link->shut);
}

void db_link_interrupt(struct db_link *link)
{
    atomic_store(&link->interrupted, true);
    resolver_interrupt(link->resolver);
    shut_down(link);
}

struct db_link *db_link_create(const struct config_db *cfg, struct watchdog *dog)
{
    struct db_link *link = mem_alloc(1, sizeof *link);
    link->cfg = cfg;
    link->fd = -1;
    (void)pthread_mutex_init(&link->mu, NULL);
    link->wait = (struct client_wait){
        .on_descriptor = keep_descriptor, .is_stopped = is_stopped, .self = link};
    link->resolver = resolver_create(cfg->host, cfg->port);
    link->watch = watch_create(dog, fire, link);
    return link;
}

void db_link_destroy(struct db_link *link)
{
    if (!link) {
        return;
    }
    db_link_close(link);
    watch_destroy(link->watch);
    resolver_destroy(link->resolver);
    (void)pthread_mutex_destroy(&link->mu);
    free(link);
}

bool db_link_is_open(const struct db_link *link)
{
    return link->my != NULL;
}

const struct db_link_info *db_link_info(const struct db_link *link)
{
    return &link->info;
}

void db_link_close(struct db_link *link)
{
    if (link->my) {
        mysql_close(link->my);
    }
    link->my = NULL;
    drop_descriptor(link);
}

void db_link_begin(struct db_link *link)
{
    atomic_store(&link->shut, false);
    link->wait.deadline_us = clock_real_us() + link->cfg->timeout_ms * 1000;
    watch_arm(link->watch, link->cfg->timeout_ms + WATCHDOG_GRACE_MS);
    client_wait_begin(&link->wait);
}

void db_link_end(struct db_link *link)
{
    client_wait_end();
    watch_disarm(link->watch);
    if (atomic_load(&link->shut) || atomic_load(&link->interrupted)) {
        db_link_close(link);
    }
    atomic_store(&link->interrupted, false);
}

static bool out_of_time(const struct db_link *link)
{
    return atomic_load(&link->shut) || clock_real_us() + 1000 >= link->wait.deadline_us;
}

bool db_link_was_silent(const struct db_link *link)
{
    return link->silent;
}

/* Explains why the handle's last call failed. */
static void explain(struct db_link *link, struct error *err)
{
    link->silent = false;
    if (atomic_load(&link->interrupted)) {
        error_set(err, "interrupted");
    } else if (link->wait.no_tls) {
        error_set(err, "%s", DB_ERROR_NO_TLS);
    } else if (link->wait.garbage) {
        error_set(err, "%s", DB_ERROR_GARBAGE);
    } else if (out_of_time(link)) {
        link->silent = true;
        error_set(err, "no answer within %.1f s", (double)link->cfg->timeout_ms / 1000.0);
    } else {
        link->silent = db_error_is_silence(mysql_errno(link->my));
        db_error_connect(mysql_errno(link->my), mysql_error(link->my), err);
    }
}

/* The address that last served, else the others in turn: one an attempt. */
static const struct address *choose(struct db_link *link, const struct address *list, size_t n)
{
    for (size_t i = 0; link->good[0] != '\0' && i < n; i++) {
        if (strcmp(list[i].text, link->good) == 0) {
            return &list[i];
        }
    }
    return &list[link->turn++ % n];
}

/* Numeric address and port of the other end. */
static void note_peer(struct db_link *link, const char *address)
{
    bool six = strchr(address, ':') != NULL;
    (void)snprintf(link->info.address, sizeof link->info.address, six ? "[%s]:%u" : "%s:%u",
                   address, (unsigned)link->cfg->port);
    const char *cipher = mysql_get_ssl_cipher(link->my);
    (void)text_clean_str(link->info.tls_cipher, sizeof link->info.tls_cipher, cipher);
}

static bool connect_to(struct db_link *link, const struct address *address,
                       const char *password, struct error *err)
{
    const struct config_db *cfg = link->cfg;
    bool by_name = client_verifies_by_name(cfg->tls.mode);
    struct client_target to = {.host = by_name ? cfg->host : address->text,
                               .port = cfg->port,
                               .user = cfg->user,
                               .password = password,
                               .tls = &cfg->tls,
                               .timeout_ms = cfg->timeout_ms};
    link->my = client_create(&to);
    if (!link->my) {
        error_set(err, "the client library is out of memory");
        return false;
    }
    int64_t start_us = clock_real_us();
    link->wait.greeted = link->wait.garbage = link->wait.no_tls = false;
    link->wait.need_tls = cfg->tls.mode >= TLS_REQUIRED;
    atomic_store(&link->shut, false);
    link->wait.deadline_us = start_us + cfg->timeout_ms * 1000;
    watch_arm(link->watch, cfg->timeout_ms + WATCHDOG_GRACE_MS);
    bool ok = client_connect(link->my, &to, &link->wait);
    watch_disarm(link->watch);
    if (!ok || atomic_load(&link->shut)) {
        explain(link, err);
        return false;
    }
    link->info.connect_us = clock_real_us() - start_us;
    note_peer(link, address->text);
    if (cfg->tls.mode >= TLS_REQUIRED && link->info.tls_cipher[0] == '\0') {
        error_set(err, "%s", DB_ERROR_NO_TLS);
        return false;
    }
    return true;
}

bool db_link_open(struct db_link *link, struct error *err)
{
    struct address list[RESOLVE_MAX];
    char password[SECRET_MAX] = "";
    bool ok = false;
    link->silent = false;
    size_t n = resolver_get(link->resolver, link->cfg->timeout_ms, list, err);
    if (n > 0 && secret_fetch(&link->cfg->password, link->cfg->timeout_ms, password, err)) {
        const struct address *a = choose(link, list, n);
        ok = connect_to(link, a, password, err);
        (void)text_copy(link->good, sizeof link->good, ok ? a->text : "");
    }
    secret_wipe(password, sizeof password);
    if (!ok) {
        db_link_close(link);
        atomic_store(&link->interrupted, false);
    }
    return ok;
}

static void each_row(MYSQL_RES *result,
                     void (*on_row)(void *ctx, const struct dialect_row *row), void *ctx)
{
    const char *names[COLUMNS_MAX], *values[COLUMNS_MAX];
    unsigned n = mysql_num_fields(result);
    n = n < COLUMNS_MAX ? n : COLUMNS_MAX;
    const MYSQL_FIELD *fields = mysql_fetch_fields(result);
    for (unsigned i = 0; i < n; i++) {
        names[i] = fields[i].name;
    }
    struct dialect_row row = {.n = n, .names = names, .values = values};
    MYSQL_ROW cells;
    while ((cells = mysql_fetch_row(result)) != NULL) {
        for (unsigned i = 0; i < n; i++) {
            values[i] = cells[i];
        }
        on_row(ctx, &row);
    }
}

/* A procedure sends more than one result; the connection is in step again after the last. */
static void skip_results(MYSQL *my)
{
    while (mysql_more_results(my) && mysql_next_result(my) == 0) {
        mysql_free_result(mysql_store_result(my));
    }
}

static enum dialect_error failed(struct db_link *link, struct error *err)
{
    enum dialect_error kind = dialect_classify(mysql_errno(link->my));
    if (kind == DIALECT_ERROR_CONNECTION) {
        explain(link, err);
        db_link_close(link);
        return kind;
    }
    char text[256];
    (void)text_clean_str(text, sizeof text, mysql_error(link->my));
    error_set(err, "%s (%u)", text, mysql_errno(link->my));
    return kind;
}

enum dialect_error db_link_ask(struct db_link *link, const char *sql,
                               void (*on_row)(void *ctx, const struct dialect_row *row),
                               void *ctx, struct error *err)
{
    if (!link->my) {
        error_set(err, "not connected");
        return DIALECT_ERROR_CONNECTION;
    }
    if (mysql_real_query(link->my, sql, strlen(sql)) != 0) {
        return failed(link, err);
    }
    MYSQL_RES *result = mysql_store_result(link->my);
    if (!result && mysql_field_count(link->my) > 0) {
        return failed(link, err);
    }
    if (result) {
        each_row(result, on_row, ctx);
        mysql_free_result(result);
    }
    skip_results(link->my);
    return DIALECT_ERROR_NONE;
}
