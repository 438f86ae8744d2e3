#include "backend/app/anchor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backend/app/http_health.h"
#include "fake_server.h"

#define SAY(text) (text), sizeof(text) - 1

/* Asks an anchor twice, with # in the target standing for the port; returns the second reading.
 */
static struct reading *ask_twice(const char *pattern, uint16_t port)
{
    char target[64];
    size_t head = strcspn(pattern, "#");
    (void)snprintf(target, sizeof target, "%s", pattern);
    if (pattern[head]) {
        (void)snprintf(target + head, sizeof target - head, "%u%s", (unsigned)port,
                       pattern + head + 1);
    }
    struct config_anchor cfg = {
        .name = (char[]){"dns"}, .target = target, .period_ms = 1000, .timeout_ms = 2000};
    struct source s = anchor_source(&cfg, 1);
    assert_int_equal(s.slot, 1);
    reading_unref(s.ops->poll(s.self, &clock_system));
    struct reading *r = s.ops->poll(s.self, &clock_system);
    s.ops->interrupt(s.self);
    s.ops->destroy(s.self);
    return r;
}

static const struct anchor_facts *facts_of(const struct reading *r)
{
    assert_non_null(r->value);
    return r->value;
}

static void a_tcp_handshake_is_enough(void **state)
{
    (void)state;
    struct fake_server *server = fake_start(false);
    struct reading *r = ask_twice("127.0.0.1:#", server->port);
    assert_int_equal(r->state, READING_FRESH);
    assert_int_equal(facts_of(r)->strikes, 0);
    assert_true(facts_of(r)->round_trip_us.known);
    reading_unref(r);
    fake_stop(server);
}

static void any_http_status_is_enough(void **state)
{
    (void)state;
    struct fake_server *server = fake_start(true);
    fake_set(server, FAKE_CLOSE, SAY("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    struct reading *r = ask_twice("http://127.0.0.1:#/", server->port);
    assert_int_equal(r->state, READING_FRESH);
    assert_true(facts_of(r)->round_trip_us.known);
    reading_unref(r);
    fake_set(server, FAKE_CLOSE, SAY("not http"));
    r = ask_twice("http://127.0.0.1:#/", server->port);
    assert_int_equal(r->state, READING_FAILED);
    assert_int_equal(facts_of(r)->strikes, 2);
    reading_unref(r);
    fake_stop(server);
}

static void a_refusal_is_a_strike(void **state)
{
    (void)state;
    struct reading *r = ask_twice("127.0.0.1:#", fake_closed_port());
    assert_int_equal(r->state, READING_FAILED);
    assert_string_equal(r->reason, "connection refused");
    assert_int_equal(facts_of(r)->strikes, 2);
    assert_false(facts_of(r)->round_trip_us.known);
    reading_unref(r);
}

static void nonsense_says_so(void **state)
{
    (void)state;
    static const char *const targets[] = {"example",    "a:b",  ":1",      "1.1.1.1:70000",
                                          "fd00::1:53", "[]:1", "ftp://x/"};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        struct reading *r = ask_twice(targets[i], 0);
        assert_int_equal(r->state, READING_FAILED);
        assert_non_null(strstr(r->reason, "not a URL and not host:port: "));
        reading_unref(r);
    }
}

int main(void)
{
    assert_true(http_library_begin());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tcp_handshake_is_enough),
        cmocka_unit_test(any_http_status_is_enough),
        cmocka_unit_test(a_refusal_is_a_strike),
        cmocka_unit_test(nonsense_says_so),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    http_library_end();
    return failed;
}
