#include "backend/app/http_health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "fake_server.h"

#define SAY(text) (text), sizeof(text) - 1

struct rig {
    struct fake_server *server;
    char url[64];
    struct config_app cfg;
    struct source source;
    struct clock_manual clk;
};

static void aim(struct rig *rig, const char *scheme, uint16_t port, int64_t timeout_ms)
{
    (void)snprintf(rig->url, sizeof rig->url, "%s://127.0.0.1:%u/health?x=1", scheme,
                   (unsigned)port);
    rig->cfg = (struct config_app){.url = rig->url,
                                   .expect_status_min = 200,
                                   .expect_status_max = 299,
                                   .verify_tls = true,
                                   .period_ms = 1000,
                                   .timeout_ms = timeout_ms};
    rig->source = http_health_source(&rig->cfg, "app primary", 4);
}

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    rig->server = fake_start(true);
    clock_manual_init(&rig->clk, 5000, INT64_C(1795388920123)); /* 2026-11-22 23:08:40 UTC */
    aim(rig, "http", rig->server->port, 5000);
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

static void aim_again(struct rig *rig, const char *scheme, uint16_t port, int64_t timeout_ms)
{
    rig->source.ops->destroy(rig->source.self);
    aim(rig, scheme, port, timeout_ms);
}

static struct reading *ask(struct rig *rig)
{
    struct reading *r = rig->source.ops->poll(rig->source.self, &rig->clk.base);
    assert_non_null(r->value);
    return r;
}

static void a_good_answer(void **state)
{
    struct rig *rig = *state;
    fake_set(rig->server, FAKE_CLOSE, SAY("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    struct reading *r = ask(rig);
    const struct app_facts *f = r->value;
    char expected[32];
    assert_int_equal(r->state, READING_FRESH);
    assert_int_equal(r->taken_at_ms, 5000);
    assert_true(f->ok);
    assert_int_equal(f->status, 200);
    assert_int_equal(f->strikes, 0);
    assert_string_equal(f->why, "");
    assert_string_equal(f->id, "DR-20261122-230840");
    (void)snprintf(expected, sizeof expected, "127.0.0.1:%u", (unsigned)rig->server->port);
    assert_string_equal(f->address, expected);
    assert_true(f->connect_us.known && f->first_byte_us.known && f->total_us.known);
    assert_true(f->connect_us.v <= f->first_byte_us.v);
    assert_false(f->tls_us.known);
    (void)pthread_mutex_lock(&rig->server->mu);
    assert_non_null(strstr(rig->server->heard, "GET /health?x=1 HTTP/1.1\r\n"));
    assert_non_null(strstr(rig->server->heard, "X-Correlation-ID: DR-20261122-230840\r\n"));
    char agent[64];
    (void)snprintf(agent, sizeof agent, "User-Agent: drtop/%s\r\n", cli_version);
    assert_non_null(strstr(rig->server->heard, agent));
    (void)pthread_mutex_unlock(&rig->server->mu);
    reading_unref(r);
}

static void every_poll_connects_anew(void **state)
{
    struct rig *rig = *state;
    fake_set(rig->server, FAKE_REPLY, SAY("HTTP/1.1 204 No Content\r\n\r\n"));
    for (int i = 1; i <= 3; i++) {
        reading_unref(ask(rig));
        assert_int_equal(atomic_load(&rig->server->accepted), i);
    }
}

static void the_host_header_can_be_set(void **state)
{
    struct rig *rig = *state;
    rig->source.ops->destroy(rig->source.self);
    rig->cfg.host_header = (char[]){"app.example"};
    rig->source = http_health_source(&rig->cfg, "app", 0);
    fake_set(rig->server, FAKE_CLOSE, SAY("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    reading_unref(ask(rig));
    (void)pthread_mutex_lock(&rig->server->mu);
    assert_non_null(strstr(rig->server->heard, "Host: app.example\r\n"));
    (void)pthread_mutex_unlock(&rig->server->mu);
}

static void an_error_status_is_an_answer(void **state)
{
    struct rig *rig = *state;
    fake_set(rig->server, FAKE_CLOSE,
             SAY("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"));
    for (int i = 1; i <= 3; i++) {
        struct reading *r = ask(rig);
        const struct app_facts *f = r->value;
        assert_int_equal(r->state, READING_FRESH);
        assert_false(f->ok);
        assert_int_equal(f->status, 503);
        assert_int_equal(f->strikes, i);
        assert_string_equal(f->why, "status 503, expected 200 to 299");
        reading_unref(r);
    }
    fake_set(rig->server, FAKE_CLOSE, SAY("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    struct reading *r = ask(rig);
    assert_int_equal(((const struct app_facts *)r->value)->strikes, 0);
    reading_unref(r);
}

static void redirects_are_not_followed(void **state)
{
    struct rig *rig = *state;
    fake_set(rig->server, FAKE_CLOSE,
             SAY("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"));
    struct reading *r = ask(rig);
    assert_int_equal(((const struct app_facts *)r->value)->status, 302);
    assert_false(((const struct app_facts *)r->value)->ok);
    assert_int_equal(atomic_load(&rig->server->accepted), 1);
    reading_unref(r);
}

static void a_huge_body_is_cut_and_good(void **state)
{
    struct rig *rig = *state;
    fake_set(rig->server, FAKE_ENDLESS,
             SAY("HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"));
    int64_t start_us = clock_real_us();
    struct reading *r = ask(rig);
    assert_true(clock_real_us() - start_us < 4000000);
    assert_int_equal(r->state, READING_FRESH);
    assert_true(((const struct app_facts *)r->value)->ok);
    reading_unref(r);
}

static void a_body_that_stalls_is_an_answer_but_not_ok(void **state)
{
    struct rig *rig = *state;
    aim_again(rig, "http", rig->server->port, 150);
    fake_set(rig->server, FAKE_REPLY, SAY("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nab"));
    struct reading *r = ask(rig);
    const struct app_facts *f = r->value;
    assert_int_equal(r->state, READING_FRESH);
    assert_int_equal(f->status, 200);
    assert_false(f->ok);
    assert_string_equal(f->why, "body timed out after 0.1 s");
    reading_unref(r);
}

static void expect_failure(struct rig *rig, const char *reason)
{
    struct reading *r = ask(rig);
    const struct app_facts *f = r->value;
    assert_string_equal(r->reason, reason);
    assert_int_equal(r->state, READING_FAILED);
    assert_int_equal(f->status, 0);
    assert_false(f->ok);
    assert_true(f->strikes > 0);
    assert_string_equal(f->id, "DR-20261122-230840");
    reading_unref(r);
}

static void failures_say_why(void **state)
{
    struct rig *rig = *state;
    fake_set(rig->server, FAKE_CLOSE, SAY("SSH-2.0-OpenSSH_9.2\r\n"));
    expect_failure(rig, "answered something that is not HTTP");
    fake_set(rig->server, FAKE_CLOSE, SAY(""));
    expect_failure(rig, "closed without an answer");
    fake_set(rig->server, FAKE_REPLY, SAY(""));
    aim_again(rig, "http", rig->server->port, 200);
    int64_t start_us = clock_real_us();
    expect_failure(rig, "timed out after 0.2 s");
    assert_true(clock_real_us() - start_us < 2000000);
    aim_again(rig, "http", fake_closed_port(), 5000);
    expect_failure(rig, "connection refused");
}

static void plain_text_is_not_tls(void **state)
{
    struct rig *rig = *state;
    struct fake_server *eager = fake_start(false);
    fake_set(eager, FAKE_CLOSE, SAY("HTTP/1.1 400 Bad Request\r\n\r\n"));
    aim_again(rig, "https", eager->port, 5000);
    expect_failure(rig, "TLS: wrong version number");
    fake_stop(eager);
}

static void other_protocols_are_refused(void **state)
{
    struct rig *rig = *state;
    aim_again(rig, "ftp", rig->server->port, 1000);
    struct reading *r = ask(rig);
    assert_int_equal(r->state, READING_FAILED);
    assert_int_equal(atomic_load(&rig->server->accepted), 0);
    reading_unref(r);
}

static void *interrupt_until_done(void *arg)
{
    struct rig *rig = arg;
    while (!fake_heard_request(rig->server)) {
        (void)poll(NULL, 0, 2);
    }
    /* libcurl wakes up by itself in the first 200 ms, and would hide a lost wake-up. */
    (void)poll(NULL, 0, 300);
    rig->source.ops->interrupt(rig->source.self);
    return NULL;
}

static void an_interrupt_ends_a_transfer_at_once(void **state)
{
    struct rig *rig = *state;
    fake_set(rig->server, FAKE_REPLY, SAY(""));
    pthread_t other;
    int64_t start_us = clock_real_us();
    assert_int_equal(pthread_create(&other, NULL, interrupt_until_done, rig), 0);
    struct reading *r = ask(rig);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_true(clock_real_us() - start_us < 2000000); /* of 5 s */
    assert_int_equal(r->state, READING_FAILED);
    assert_string_equal(r->reason, "interrupted");
    assert_int_equal(((const struct app_facts *)r->value)->strikes, 0);
    reading_unref(r);
}

int main(void)
{
    assert_true(http_library_begin());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(every_poll_connects_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(the_host_header_can_be_set, setup, teardown),
        cmocka_unit_test_setup_teardown(an_error_status_is_an_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(redirects_are_not_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_huge_body_is_cut_and_good, setup, teardown),
        cmocka_unit_test_setup_teardown(a_body_that_stalls_is_an_answer_but_not_ok, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(failures_say_why, setup, teardown),
        cmocka_unit_test_setup_teardown(plain_text_is_not_tls, setup, teardown),
        cmocka_unit_test_setup_teardown(other_protocols_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(an_interrupt_ends_a_transfer_at_once, setup, teardown),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    http_library_end();
    return failed;
}
