/* The database source against peers that are no database: whatever they do, a poll ends in time
 * and says why. */
#include "backend/mysql/db_source.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/fact/clock.h"

#define TIMEOUT_MS 300
/* A loaded machine may be late; what is bounded by nothing takes seconds. */
#define LATE_MS 1500

/* Greeting of a server with TLS: packet 0, protocol 10, and a version that never ends. */
static const char greeting[] = "\x4a\0\0\0\x0a"
                               "9.7.4\0"
                               "\x08\0\0\0saltsalt\0\xff\xff\xff\x02\0\xff\xdf\x15\0\0\0\0\0\0"
                               "\0\0\0\0saltsaltsalt\0caching_sha2_password";

struct peer {
    int listener;
    const char *bytes;
    size_t n;
    int drip_ms; /* between two bytes; 0: all at once */
    bool closes; /* after the bytes, instead of staying silent */
    pthread_t thread;
    int quit[2]; /* closing the write end ends the thread */
};

static bool quit_within(const struct peer *p, int ms)
{
    struct pollfd f = {.fd = p->quit[0], .events = POLLIN};
    return poll(&f, 1, ms) != 0;
}

/* Takes what comes and says nothing, until the other side or the test ends it. */
static void stay_silent(const struct peer *p, int fd)
{
    struct pollfd f[2] = {{.fd = fd, .events = POLLIN}, {.fd = p->quit[0], .events = POLLIN}};
    char ignored[256];
    while (poll(f, 2, -1) > 0 && f[1].revents == 0) {
        if (recv(fd, ignored, sizeof ignored, 0) <= 0) {
            return;
        }
    }
}

static void serve(const struct peer *p, int fd)
{
    size_t step = p->drip_ms ? 1 : p->n;
    for (size_t i = 0; i < p->n; i += step) {
        if (send(fd, p->bytes + i, step, MSG_NOSIGNAL) < 0 || quit_within(p, p->drip_ms)) {
            return;
        }
    }
    if (!p->closes) {
        stay_silent(p, fd);
    }
}

static void *peer_run(void *arg)
{
    const struct peer *p = arg;
    struct pollfd f[2] = {{.fd = p->listener, .events = POLLIN},
                          {.fd = p->quit[0], .events = POLLIN}};
    while (poll(f, 2, -1) > 0 && f[1].revents == 0) {
        int fd = accept(p->listener, NULL, NULL);
        serve(p, fd);
        (void)close(fd);
    }
    return NULL;
}

static uint16_t peer_start(struct peer *p)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(p->listener >= 0);
    assert_int_equal(bind(p->listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(p->listener, 8), 0);
    assert_int_equal(getsockname(p->listener, (struct sockaddr *)&a, &len), 0);
    assert_int_equal(pipe(p->quit), 0);
    assert_int_equal(pthread_create(&p->thread, NULL, peer_run, p), 0);
    return ntohs(a.sin_port);
}

static void peer_stop(struct peer *p)
{
    (void)close(p->quit[1]);
    (void)pthread_join(p->thread, NULL);
    (void)close(p->quit[0]);
    (void)close(p->listener);
}

static const struct config_poll cadence = {.positions_ms = 250, .status_ms = 1000};

static struct config_db config(uint16_t port, enum config_tls_mode tls)
{
    static char host[] = "127.0.0.1", user[] = "mon";
    return (struct config_db){.host = host,
                              .port = port,
                              .user = user,
                              .tls = {.mode = tls},
                              .timeout_ms = TIMEOUT_MS};
}

/* silent: the peer is no server that answers, as far as this tells. */
static void expect(struct peer *p, enum config_tls_mode tls, const char *reason, bool silent)
{
    struct config_db cfg = config(peer_start(p), tls);
    struct watchdog *dog = watchdog_create();
    struct source s = db_source(&cfg, &cadence, DB_REPLICA, dog, 0);
    for (int i = 0; i < 2; i++) {
        int64_t start_us = clock_real_us();
        struct reading *r = s.ops->poll(s.self, &clock_system);
        assert_true(clock_real_us() - start_us < (TIMEOUT_MS + LATE_MS) * 1000);
        assert_int_equal(r->state, READING_FAILED);
        const struct db_failure *f = r->value;
        assert_int_equal(f->silent, silent);
        if (!strstr(r->reason, reason)) {
            fail_msg("%s, not: %s", r->reason, reason);
        }
        reading_unref(r);
    }
    s.ops->thread_end(s.self);
    s.ops->destroy(s.self);
    watchdog_destroy(dog);
    peer_stop(p);
}

static void silence_is_bounded(void **state)
{
    (void)state;
    struct peer p = {.n = 0};
    expect(&p, TLS_DISABLED, "no answer within 0.3 s", true);
}

static void a_stalled_handshake_is_bounded(void **state)
{
    (void)state;
    struct peer p = {.bytes = greeting, .n = sizeof greeting};
    expect(&p, TLS_DISABLED, "no answer within 0.3 s", true);
    expect(&p, TLS_REQUIRED, "no answer within 0.3 s", true);
}

/* Nothing is told to a server without TLS where TLS is required: it would wait for a login that
 * never comes, so a login sent would end in "no answer". */
static void no_login_without_the_tls_that_is_required(void **state)
{
    (void)state;
    static const char plain[] = "\x4a\0\0\0\x0a"
                                "9.7.4\0"
                                "\x08\0\0\0saltsalt\0\xff\xf7\xff\x02\0\xff\xdf\x15\0\0\0\0\0\0"
                                "\0\0\0\0saltsaltsalt\0caching_sha2_password";
    struct peer p = {.bytes = plain, .n = sizeof plain};
    expect(&p, TLS_REQUIRED, "TLS is required but the server offers none", false);
    expect(&p, TLS_PREFERRED, "no answer within 0.3 s", true);
}

static void dripping_is_bounded(void **state)
{
    (void)state;
    struct peer p = {.bytes = greeting, .n = sizeof greeting, .drip_ms = 100};
    expect(&p, TLS_PREFERRED, "no answer within 0.3 s", true);
}

static void another_protocol_is_named(void **state)
{
    (void)state;
    static const char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    struct peer p = {.bytes = http, .n = sizeof http - 1};
    /* libmysqlclient may have taken the first bytes before they can be looked at. */
    expect(&p, TLS_PREFERRED, "MySQL", false);
}

static void an_early_end_is_named(void **state)
{
    (void)state;
    struct peer p = {.closes = true};
    expect(&p, TLS_PREFERRED, "no MySQL greeting", true);
}

static void refusal_and_unknown_names_are_named(void **state)
{
    (void)state;
    struct peer p = {.n = 0};
    uint16_t port = peer_start(&p);
    peer_stop(&p);
    struct config_db cfg = config(port, TLS_DISABLED);
    struct watchdog *dog = watchdog_create();
    struct source s = db_source(&cfg, &cadence, DB_PRIMARY, dog, 0);
    struct reading *r = s.ops->poll(s.self, &clock_system);
    assert_string_equal(r->reason, "connection refused");
    reading_unref(r);
    s.ops->thread_end(s.self);
    s.ops->destroy(s.self);
    watchdog_destroy(dog);
}

static void *poll_it(void *arg)
{
    struct source *s = arg;
    reading_unref(s->ops->poll(s->self, &clock_system));
    s->ops->thread_end(s->self);
    return NULL;
}

static void an_interrupt_ends_a_blocked_poll(void **state)
{
    (void)state;
    struct peer p = {.bytes = greeting, .n = sizeof greeting};
    struct config_db cfg = config(peer_start(&p), TLS_REQUIRED);
    cfg.timeout_ms = 30000;
    struct watchdog *dog = watchdog_create();
    struct source s = db_source(&cfg, &cadence, DB_REPLICA, dog, 0);
    int64_t start_us = clock_real_us();
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, poll_it, &s), 0);
    struct pollfd accepted = {.fd = p.quit[0], .events = POLLIN};
    (void)poll(&accepted, 1, 200); /* long enough for the handshake to stall, mostly */
    s.ops->interrupt(s.self);
    (void)pthread_join(thread, NULL);
    assert_true(clock_real_us() - start_us < 5000000);
    s.ops->destroy(s.self);
    watchdog_destroy(dog);
    peer_stop(&p);
}

static int begin(void **state)
{
    (void)state;
    return db_library_begin() ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    db_library_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_bounded),
        cmocka_unit_test(a_stalled_handshake_is_bounded),
        cmocka_unit_test(no_login_without_the_tls_that_is_required),
        cmocka_unit_test(dripping_is_bounded),
        cmocka_unit_test(another_protocol_is_named),
        cmocka_unit_test(an_early_end_is_named),
        cmocka_unit_test(refusal_and_unknown_names_are_named),
        cmocka_unit_test(an_interrupt_ends_a_blocked_poll),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
