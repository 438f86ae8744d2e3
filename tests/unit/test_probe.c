#include "backend/tunnel/provider.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_server.h"

#define SAY(text) (text), sizeof(text) - 1

/* What servers say first; the payload's length is in the first byte. */
#define GREETING                                                                               \
    "\x49\x00\x00\x00\x0a"                                                                     \
    "8.4.3\0"                                                                                  \
    "\x07\x00\x00\x00saltsalt\0\xff\xff\xff\x02\x00\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0"           \
    "saltsaltsalt\0caching_sha2_password\0"
#define ACCESS_DENIED "\x16\x00\x00\x02\xff\x15\x04#28000Access denied"
#define LET_IN        "\x07\0\0\x02\0\0\0\x02\0\0\0"
#define TOO_MANY      "\x17\x00\x00\x00\xff\x10\x04Too many connections"
#define EVIL          "\x0f\x00\x00\x00\xff\x69\x04#HY000\x1b[31mX"

struct rig {
    struct fake_server *server;
    struct config_tunnel cfg;
    struct source source;
    struct clock_manual clk;
    int window; /* 0: 4 */
    bool large;
};

static void aim(struct rig *rig, const char *host, uint16_t port, bool greeting)
{
    static char name[] = "probe";
    static char hosts[64];
    if (rig->source.ops) {
        rig->source.ops->destroy(rig->source.self);
    }
    (void)snprintf(hosts, sizeof hosts, "%s", host);
    rig->cfg = (struct config_tunnel){.kind = TUNNEL_PROBE,
                                      .name = name,
                                      .probe.host = hosts,
                                      .probe.port = port,
                                      .probe.greeting = greeting,
                                      .probe.large = rig->large,
                                      .probe.window = rig->window ? rig->window : 4,
                                      .period_ms = 1000,
                                      .timeout_ms = 300};
    rig->source = tunnel_provider_find(TUNNEL_PROBE)->create(&rig->cfg, 2);
}

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    rig->server = fake_start(false);
    clock_manual_init(&rig->clk, 1000, 1);
    aim(rig, "127.0.0.1", rig->server->port, true);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    rig->source.ops->destroy(rig->source.self);
    fake_stop(rig->server);
    free(rig);
    return 0;
}

/* One poll, a second after the one before. */
static struct tunnel_facts ask(struct rig *rig)
{
    clock_manual_advance(&rig->clk, 1000);
    struct reading *r = rig->source.ops->poll(rig->source.self, &rig->clk.base);
    assert_int_equal(r->state, READING_FRESH);
    struct tunnel_facts f = *(const struct tunnel_facts *)r->value;
    reading_unref(r);
    return f;
}

static void a_greeting_is_up(void **state)
{
    struct rig *rig = *state;
    char endpoint[32];
    fake_set(rig->server, FAKE_CLOSE, SAY(GREETING ACCESS_DENIED));
    struct tunnel_facts f = ask(rig);
    assert_int_equal(f.state, TUNNEL_UP);
    assert_true(f.data_plane);
    assert_true(f.rtt_ms.known && f.greeting_ms.known && f.loss.known);
    assert_true(f.rtt_ms.v <= f.greeting_ms.v);
    assert_true(f.loss.v == 0);
    assert_int_equal(f.window, 1);
    assert_int_equal(f.since_ms, 2000);
    assert_string_equal(f.detail,
                        "8.4.3; it refuses and may log drtop_probe, see config/mysql");
    (void)snprintf(endpoint, sizeof endpoint, "127.0.0.1:%u", (unsigned)rig->server->port);
    assert_string_equal(f.endpoint, endpoint);
    f = ask(rig);
    assert_int_equal(f.since_ms, 2000);
}

/* A handshake left unfinished is counted against this host, and 100 of them block it. */
static void the_login_is_well_formed(void **state)
{
    struct rig *rig = *state;
    fake_set(rig->server, FAKE_REPLY, SAY(GREETING LET_IN));
    assert_string_equal(ask(rig).detail, "8.4.3");
    static const char quit[] = "\x01\0\0\0\x01";
    int64_t deadline_us = clock_real_us() + 5000000;
    bool seen = false;
    while (!seen && clock_real_us() < deadline_us) {
        (void)pthread_mutex_lock(&rig->server->mu);
        const char *h = rig->server->heard;
        size_t n = rig->server->heard_len;
        size_t len = n > 4 ? (unsigned char)h[0] : 0;
        seen = n == 4 + len + 5 && h[3] == 1 && memcmp(h + 4 + len, quit, 5) == 0 &&
               strcmp(h + 36, "drtop_probe") == 0 && h[48] == 0 &&
               strcmp(h + 49, "caching_sha2_password") == 0;
        (void)pthread_mutex_unlock(&rig->server->mu);
    }
    assert_true(seen);
}

static void an_error_packet_is_an_answer(void **state)
{
    struct rig *rig = *state;
    fake_set(rig->server, FAKE_CLOSE, SAY(TOO_MANY));
    struct tunnel_facts f = ask(rig);
    assert_int_equal(f.state, TUNNEL_UP);
    assert_string_equal(f.detail, "MySQL error 1040: Too many connections");
    fake_set(rig->server, FAKE_CLOSE, SAY(EVIL));
    f = ask(rig);
    assert_int_equal(f.state, TUNNEL_UP);
    assert_string_equal(f.detail, "MySQL error 1129: #HY000\xc2\xb7[31mX");
}

static void something_else_is_degraded(void **state)
{
    struct rig *rig = *state;
    fake_set(rig->server, FAKE_REPLY, SAY("SSH-2.0-OpenSSH\r\n"));
    struct tunnel_facts f = ask(rig);
    assert_int_equal(f.state, TUNNEL_DEGRADED);
    assert_string_equal(f.detail, "answered something that is not MySQL: SSH-");
    fake_set(rig->server, FAKE_CLOSE, SAY("\x01\x02"));
    f = ask(rig);
    assert_int_equal(f.state, TUNNEL_DEGRADED);
    assert_string_equal(f.detail, "answered something that is not MySQL: \xc2\xb7\xc2\xb7");
    fake_set(rig->server, FAKE_CLOSE, SAY(""));
    f = ask(rig);
    assert_int_equal(f.state, TUNNEL_DEGRADED);
    assert_string_equal(f.detail, "closed without a MySQL greeting");
    assert_int_equal(f.strikes, 0);
    assert_true(f.loss.v == 0);
}

static void silence_and_dripping_are_down(void **state)
{
    struct rig *rig = *state;
    fake_set(rig->server, FAKE_REPLY, SAY(""));
    int64_t start_us = clock_real_us();
    struct tunnel_facts f = ask(rig);
    assert_int_equal(f.state, TUNNEL_DOWN);
    assert_string_equal(f.detail, "connected, but no MySQL greeting within 0.3 s");
    fake_set(rig->server, FAKE_DRIP, SAY(GREETING));
    f = ask(rig);
    assert_int_equal(f.state, TUNNEL_DOWN);
    assert_int_equal(f.strikes, 2);
    assert_true(clock_real_us() - start_us < 2000000);
}

static void loss_is_counted_over_the_window(void **state)
{
    struct rig *rig = *state;
    uint16_t port = fake_closed_port();
    aim(rig, "127.0.0.1", port, false);
    struct tunnel_facts f = ask(rig);
    assert_int_equal(f.state, TUNNEL_DOWN);
    assert_string_equal(f.detail, "connection refused");
    assert_int_equal(f.strikes, 1);
    assert_true(f.loss.v == 1);
    assert_false(f.rtt_ms.known);
    int64_t down_since_ms = f.since_ms;
    f = ask(rig);
    assert_int_equal(f.strikes, 2);
    assert_int_equal(f.since_ms, down_since_ms);
    aim(rig, "127.0.0.1", rig->server->port, false);
    for (int i = 0; i < 6; i++) {
        f = ask(rig);
        assert_int_equal(f.state, TUNNEL_UP);
        assert_int_equal(f.window, i < 4 ? i + 1 : 4);
    }
    assert_string_equal(f.detail, "");
}

static void a_loss_degrades_until_the_window_forgets_it(void **state)
{
    struct rig *rig = *state;
    fake_set(rig->server, FAKE_REPLY, SAY(""));
    assert_int_equal(ask(rig).state, TUNNEL_DOWN);
    fake_set(rig->server, FAKE_CLOSE, SAY(TOO_MANY));
    struct tunnel_facts f = ask(rig);
    assert_int_equal(f.state, TUNNEL_DEGRADED);
    assert_string_equal(f.detail, "1 of the last 2 tries lost");
    assert_true(f.loss.v == 0.5);
    assert_int_equal(f.strikes, 0);
    assert_int_equal(ask(rig).state, TUNNEL_DEGRADED);
    assert_int_equal(ask(rig).state, TUNNEL_DEGRADED);
    f = ask(rig);
    assert_int_equal(f.state, TUNNEL_UP);
    assert_true(f.loss.v == 0);
}

/* A long window remembers the loss; the state gets over it after ten good tries. */
static void what_is_over_raises_no_alarm(void **state)
{
    struct rig *rig = *state;
    rig->window = 60;
    aim(rig, "127.0.0.1", rig->server->port, true);
    fake_set(rig->server, FAKE_REPLY, SAY(""));
    assert_int_equal(ask(rig).state, TUNNEL_DOWN);
    fake_set(rig->server, FAKE_CLOSE, SAY(TOO_MANY));
    for (int i = 0; i < 9; i++) {
        assert_int_equal(ask(rig).state, TUNNEL_DEGRADED);
    }
    struct tunnel_facts f = ask(rig);
    assert_int_equal(f.state, TUNNEL_UP);
    assert_true(f.loss.v > 0);
}

/* A new probe that looks for large packets, and a server that has this to say. */
static void aim_large(struct rig *rig, enum fake_mode mode, const char *reply, size_t len,
                      void (*hook)(struct fake_server *s, int fd))
{
    rig->large = true;
    fake_set_hook(rig->server, hook);
    fake_set(rig->server, mode, reply, len);
    aim(rig, "127.0.0.1", rig->server->port, true);
}

/* Answers each COM_PING of less than a KiB; a larger one is never complete in `heard`. */
static void answer_small_pings(struct fake_server *s, int fd)
{
    static size_t answered;
    static int connection;
    size_t pings = 0;
    if (connection != atomic_load(&s->accepted)) {
        connection = atomic_load(&s->accepted);
        answered = 0;
    }
    (void)pthread_mutex_lock(&s->mu);
    const unsigned char *h = (const unsigned char *)s->heard;
    for (size_t at = 0; at + 4 < s->heard_len;) {
        size_t len = h[at] | (size_t)h[at + 1] << 8;
        pings +=
            len < 1024 && at + 4 + len <= s->heard_len && h[at + 3] == 0 && h[at + 4] == 14;
        at += 4 + len;
    }
    (void)pthread_mutex_unlock(&s->mu);
    for (; answered < pings; answered++) {
        (void)!send(fd, LET_IN, sizeof LET_IN - 1, MSG_NOSIGNAL);
    }
}

static void answer_any_ping(struct fake_server *s, int fd)
{
    (void)pthread_mutex_lock(&s->mu);
    bool all = s->heard_len > 1024;
    (void)pthread_mutex_unlock(&s->mu);
    if (all) {
        (void)!send(fd, LET_IN, sizeof LET_IN - 1, MSG_NOSIGNAL);
    }
}

static void close_after_the_login(struct fake_server *s, int fd)
{
    (void)shutdown(fd, SHUT_RDWR);
    (void)s;
}

static void stalls_twice(struct rig *rig)
{
    for (int i = 0; i < 2; i++) {
        struct tunnel_facts f = ask(rig);
        assert_int_equal(f.state, TUNNEL_UP);
        assert_int_equal(f.large_passes, TRI_UNKNOWN);
    }
    struct tunnel_facts f = ask(rig);
    assert_int_equal(f.state, TUNNEL_DEGRADED);
    assert_int_equal(f.large_passes, TRI_NO);
    assert_string_equal(f.detail, "large packets stall, small ones pass: MTU");
    assert_int_equal(f.strikes, 0);
    assert_true(f.loss.v == 0);
    assert_int_equal(ask(rig).state, TUNNEL_DEGRADED);
}

/* It looks every tenth time. */
static void recovers(struct rig *rig)
{
    struct tunnel_facts f = ask(rig);
    for (int i = 0; i < 10 && f.large_passes != TRI_YES; i++) {
        assert_int_equal(f.state, TUNNEL_DEGRADED);
        f = ask(rig);
    }
    assert_int_equal(f.state, TUNNEL_UP);
    assert_int_equal(f.large_passes, TRI_YES);
}

/* Refused, it asks the TCP of the other side. */
static void large_packets_that_stall_are_the_mtu(void **state)
{
    struct rig *rig = *state;
    aim_large(rig, FAKE_DEAF, SAY(GREETING ACCESS_DENIED), NULL);
    stalls_twice(rig);
    fake_set(rig->server, FAKE_REPLY, SAY(GREETING ACCESS_DENIED));
    recovers(rig);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(ask(rig).large_passes, TRI_YES);
    }
    aim_large(rig, FAKE_REPLY, SAY(GREETING ACCESS_DENIED), close_after_the_login);
    assert_int_equal(ask(rig).large_passes, TRI_YES);
}

/* Let in, it asks the server. */
static void large_pings_that_stall_are_the_mtu(void **state)
{
    struct rig *rig = *state;
    aim_large(rig, FAKE_REPLY, SAY(GREETING LET_IN), answer_small_pings);
    stalls_twice(rig);
    fake_set_hook(rig->server, answer_any_ping);
    recovers(rig);
}

static void without_a_control_nothing_is_said_of_large_packets(void **state)
{
    struct rig *rig = *state;
    aim_large(rig, FAKE_REPLY, SAY(GREETING LET_IN), NULL);
    for (int i = 0; i < 13; i++) {
        struct tunnel_facts f = ask(rig);
        assert_int_equal(f.state, TUNNEL_UP);
        assert_int_equal(f.large_passes, TRI_UNKNOWN);
    }
    aim(rig, "127.0.0.1", rig->server->port, false);
    assert_int_equal(ask(rig).large_passes, TRI_UNKNOWN);
}

static void an_outage_forgets_what_large_packets_did(void **state)
{
    struct rig *rig = *state;
    aim_large(rig, FAKE_DEAF, SAY(GREETING ACCESS_DENIED), NULL);
    stalls_twice(rig);
    fake_set(rig->server, FAKE_REPLY, SAY(""));
    struct tunnel_facts f = ask(rig);
    assert_int_equal(f.state, TUNNEL_DOWN);
    assert_int_equal(f.large_passes, TRI_UNKNOWN);
    fake_set(rig->server, FAKE_REPLY, SAY(GREETING ACCESS_DENIED));
    f = ask(rig);
    assert_int_equal(f.large_passes, TRI_YES);
    assert_string_equal(f.detail, "1 of the last 4 tries lost");
}

static void a_login_without_an_answer_is_told(void **state)
{
    struct rig *rig = *state;
    aim_large(rig, FAKE_REPLY, SAY(GREETING), NULL);
    struct tunnel_facts f = ask(rig);
    assert_int_equal(f.state, TUNNEL_UP);
    assert_int_equal(f.large_passes, TRI_UNKNOWN);
    assert_string_equal(f.detail, "8.4.3; it did not answer the login in time");
}

static void a_name_of_nothing_teaches_nothing(void **state)
{
    struct rig *rig = *state;
    aim(rig, "nonexistent.invalid", 3306, true);
    struct reading *r = rig->source.ops->poll(rig->source.self, &rig->clk.base);
    assert_int_equal(r->state, READING_FAILED);
    const struct tunnel_facts *f = r->value;
    assert_int_equal(f->state, TUNNEL_UNKNOWN);
    assert_false(f->loss.known);
    reading_unref(r);
}

static void *interrupt_when_connected(void *arg)
{
    struct rig *rig = arg;
    while (atomic_load(&rig->server->accepted) == 0) {
        (void)poll(NULL, 0, 2);
    }
    rig->source.ops->interrupt(rig->source.self);
    return NULL;
}

static void an_interrupt_is_not_a_loss(void **state)
{
    struct rig *rig = *state;
    rig->cfg.timeout_ms = 10000;
    fake_set(rig->server, FAKE_REPLY, SAY(""));
    pthread_t other;
    int64_t start_us = clock_real_us();
    assert_int_equal(pthread_create(&other, NULL, interrupt_when_connected, rig), 0);
    struct reading *r = rig->source.ops->poll(rig->source.self, &rig->clk.base);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_true(clock_real_us() - start_us < 3000000);
    assert_int_equal(r->state, READING_FAILED);
    assert_string_equal(r->reason, "interrupted");
    assert_int_equal(((const struct tunnel_facts *)r->value)->strikes, 0);
    reading_unref(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_greeting_is_up, setup, teardown),
        cmocka_unit_test_setup_teardown(the_login_is_well_formed, setup, teardown),
        cmocka_unit_test_setup_teardown(an_error_packet_is_an_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(something_else_is_degraded, setup, teardown),
        cmocka_unit_test_setup_teardown(silence_and_dripping_are_down, setup, teardown),
        cmocka_unit_test_setup_teardown(loss_is_counted_over_the_window, setup, teardown),
        cmocka_unit_test_setup_teardown(a_loss_degrades_until_the_window_forgets_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_over_raises_no_alarm, setup, teardown),
        cmocka_unit_test_setup_teardown(large_packets_that_stall_are_the_mtu, setup, teardown),
        cmocka_unit_test_setup_teardown(large_pings_that_stall_are_the_mtu, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_control_nothing_is_said_of_large_packets,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(an_outage_forgets_what_large_packets_did, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_login_without_an_answer_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_name_of_nothing_teaches_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(an_interrupt_is_not_a_loss, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
