#include "backend/mysql/db_client.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "backend/fact/clock.h"

#ifdef MARIADB_PACKAGE_VERSION
typedef my_bool client_bool;
#else
typedef bool client_bool;
#endif

static int left_ms(int64_t deadline_us)
{
    int64_t us = deadline_us - clock_real_us();
    return us <= 0 ? 0 : (int)((us + 999) / 1000);
}

/* The fourth byte of a greeting numbers the packet: 0. Text has a letter there, and a library
 * would wait for the rest of a packet whose length is somebody else's text. Small numbers are let
 * through, for the library may already have taken the greeting itself. */
#define PACKET_NUMBER_MAX 16

/* Looks at the first bytes that came without taking them; once. */
static bool is_garbage(struct client_wait *w, int fd)
{
    unsigned char b[4];
    if (w->greeted || recv(fd, b, sizeof b, MSG_PEEK | MSG_DONTWAIT) != (ssize_t)sizeof b) {
        return false;
    }
    w->greeted = true;
    w->garbage = b[3] > PACKET_NUMBER_MAX;
    return w->garbage;
}

bool client_library_begin(void)
{
    return mysql_library_init(0, NULL, NULL) == 0;
}

void client_library_end(void)
{
    mysql_library_end();
}

/* The library counts in seconds; its own limits are a net below the deadline in ms. */
static void set_timeouts(MYSQL *my, int64_t timeout_ms)
{
    unsigned seconds = (unsigned)((timeout_ms + 999) / 1000);
    seconds = seconds ? seconds : 1;
    (void)mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    (void)mysql_options(my, MYSQL_OPT_READ_TIMEOUT, &seconds);
    (void)mysql_options(my, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
}

static void set_common(MYSQL *my, const struct client_target *to)
{
    unsigned protocol = MYSQL_PROTOCOL_TCP; /* "localhost" would mean a socket file */
    unsigned no_files = 0;                  /* a hostile server may ask for ours */
    set_timeouts(my, to->timeout_ms);
    (void)mysql_options(my, MYSQL_OPT_PROTOCOL, &protocol);
    (void)mysql_options(my, MYSQL_OPT_LOCAL_INFILE, &no_files);
    (void)mysql_options(my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    (void)mysql_options4(my, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "drtop");
}

static void set_certificates(MYSQL *my, const struct config_tls *tls)
{
    if (tls->mode == TLS_DISABLED) {
        return;
    }
    if (tls->cert) {
        (void)mysql_options(my, MYSQL_OPT_SSL_CERT, tls->cert);
    }
    if (tls->key) {
        (void)mysql_options(my, MYSQL_OPT_SSL_KEY, tls->key);
    }
    if (tls->ca) {
        (void)mysql_options(my, MYSQL_OPT_SSL_CA, tls->ca);
    }
}

#ifdef MARIADB_PACKAGE_VERSION

/* The library calls io_wait() without saying on whose behalf. */
static _Thread_local struct client_wait *current;

const char *client_library_version(void)
{
    return "MariaDB Connector/C " MARIADB_PACKAGE_VERSION;
}

bool client_verifies_by_name(enum config_tls_mode mode)
{
    return mode >= TLS_VERIFY_CA;
}

/* Waits for events until the deadline, or timeout_ms: 1, 0 with ETIMEDOUT, or -1 with errno. */
static int wait_for(struct client_wait *w, int fd, short events, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;
    do {
        int ms = w ? left_ms(w->deadline_us) : timeout_ms;
        if (timeout_ms >= 0 && timeout_ms < ms) {
            ms = timeout_ms;
        }
        n = poll(&p, 1, w && w->is_stopped(w->self) ? 0 : ms);
    } while (n < 0 && errno == EINTR);
    if (n == 0) {
        errno = ETIMEDOUT;
    }
    /* The library would report the errno of a connect() under way for one that was refused. */
    int error = 0;
    socklen_t len = sizeof error;
    if (n > 0 && (p.revents & POLLERR) != 0 &&
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error != 0) {
        errno = error;
        return -1;
    }
    return n;
}

/* Waits in the library's place. The first call is for TCP to come up, which tells the descriptor
 * before anything else could block; then the greeting is looked at before the library takes it.
 * TLS reads do not come here; they are the watchdog's. */
static int io_wait(my_socket fd, my_bool is_read, int timeout_ms)
{
    struct client_wait *w = current;
    if (w) {
        w->on_descriptor(w->self, fd);
    }
    int n = wait_for(w, fd, is_read ? POLLIN : POLLOUT, timeout_ms);
    if (n <= 0 || !w || w->greeted) {
        return n;
    }
    n = wait_for(w, fd, POLLIN, timeout_ms);
    if (n > 0 && is_garbage(w, fd)) {
        errno = EPROTO;
        return -1;
    }
    w->greeted = true;
    return n;
}

/* SSL_ENFORCE connects in clear to a server without TLS and says nothing: that is PREFERRED,
 * and whoever asked for more checks the cipher afterwards. */
static void set_tls(MYSQL *my, const struct config_tls *tls)
{
    client_bool encrypt = tls->mode != TLS_DISABLED, verify = tls->mode >= TLS_VERIFY_CA;
    (void)mysql_optionsv(my, MYSQL_OPT_SSL_ENFORCE, &encrypt);
    (void)mysql_optionsv(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    set_certificates(my, tls);
}

MYSQL *client_create(const struct client_target *to)
{
    MYSQL *my = mysql_init(NULL);
    if (!my) {
        return NULL;
    }
    set_common(my, to);
    set_tls(my, to->tls);
    /* None that sends the password as it is: an impostor could ask for it. */
    (void)mysql_optionsv(my, MARIADB_OPT_RESTRICTED_AUTH,
                         "mysql_native_password,client_ed25519,caching_sha2_password,"
                         "sha256_password,parsec");
    (void)mysql_optionsv(my, MARIADB_OPT_IO_WAIT, io_wait);
    return my;
}

void client_wait_begin(struct client_wait *wait)
{
    current = wait;
}

void client_wait_end(void)
{
    current = NULL;
}

bool client_connect(MYSQL *my, const struct client_target *to, struct client_wait *wait)
{
    client_wait_begin(wait);
    MYSQL *ok =
        mysql_real_connect(my, to->host, to->user, to->password, NULL, to->port, NULL, 0);
    client_wait_end();
    return ok != NULL;
}

#else

/* How long to sleep when the library does not say what it waits for. */
#define POLL_MS 5

const char *client_library_version(void)
{
    return "libmysqlclient " MYSQL_SERVER_VERSION;
}

bool client_verifies_by_name(enum config_tls_mode mode)
{
    return mode == TLS_VERIFY_IDENTITY;
}

static void set_tls(MYSQL *my, const struct config_tls *tls)
{
    static const unsigned modes[] = {[TLS_DISABLED] = SSL_MODE_DISABLED,
                                     [TLS_PREFERRED] = SSL_MODE_PREFERRED,
                                     [TLS_REQUIRED] = SSL_MODE_REQUIRED,
                                     [TLS_VERIFY_CA] = SSL_MODE_VERIFY_CA,
                                     [TLS_VERIFY_IDENTITY] = SSL_MODE_VERIFY_IDENTITY};
    unsigned mode = modes[tls->mode];
    set_certificates(my, tls); /* a CA raises the mode, so it comes first */
    (void)mysql_options(my, MYSQL_OPT_SSL_MODE, &mode);
    /* Over TLS the password of caching_sha2_password needs no key of the server's. */
    client_bool get_key = tls->mode <= TLS_PREFERRED;
    (void)mysql_options(my, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &get_key);
}

MYSQL *client_create(const struct client_target *to)
{
    MYSQL *my = mysql_init(NULL);
    if (!my) {
        return NULL;
    }
    set_common(my, to);
    set_tls(my, to->tls);
    return my;
}

void client_wait_begin(struct client_wait *wait)
{
    (void)wait;
}

void client_wait_end(void)
{
}

/* Nothing bounds a blocking connect inside the TLS handshake, so it is done step by step. */
bool client_connect(MYSQL *my, const struct client_target *to, struct client_wait *wait)
{
    for (;;) {
        enum net_async_status status = mysql_real_connect_nonblocking(
            my, to->host, to->user, to->password, NULL, to->port, NULL, 0);
        int fd = (int)my->net.fd; /* 0 before TCP is up */
        if (status == NET_ASYNC_COMPLETE || status == NET_ASYNC_ERROR) {
            if (status == NET_ASYNC_COMPLETE) {
                wait->on_descriptor(wait->self, fd);
            }
            return status == NET_ASYNC_COMPLETE;
        }
        int ms = left_ms(wait->deadline_us);
        if (ms == 0 || wait->is_stopped(wait->self)) {
            return false;
        }
        if (fd > 0) {
            wait->on_descriptor(wait->self, fd);
        }
        struct pollfd p = {.fd = fd, .events = POLLIN};
        (void)poll(&p, fd > 0 ? 1 : 0, ms < POLL_MS ? ms : POLL_MS);
        if (fd > 0 && is_garbage(wait, fd)) {
            return false;
        }
    }
}

#endif
