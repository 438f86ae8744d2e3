#include "backend/net/resolve.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "backend/fact/clock.h"

static void numeric_hosts_need_no_wait(void **state)
{
    (void)state;
    struct address list[RESOLVE_MAX];
    struct resolver *r = resolver_create("10.1.2.3", 3306);
    assert_int_equal(resolver_get(r, 0, list, NULL), 1);
    assert_string_equal(list[0].text, "10.1.2.3");
    assert_int_equal(list[0].family, AF_INET);
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&list[0].sa;
    assert_int_equal(ntohs(v4->sin_port), 3306);
    resolver_forget(r);
    assert_int_equal(resolver_get(r, 0, list, NULL), 1);
    assert_int_equal(list[0].sa_len, sizeof *v4);
    resolver_destroy(r);
    r = resolver_create("fd00::1", 443);
    assert_int_equal(resolver_get(r, 0, list, NULL), 1);
    assert_string_equal(list[0].text, "fd00::1");
    assert_int_equal(list[0].family, AF_INET6);
    resolver_destroy(r);
    resolver_destroy(NULL);
}

static void localhost_is_looked_up(void **state)
{
    (void)state;
    struct address list[RESOLVE_MAX];
    struct error err = {""};
    struct resolver *r = resolver_create("localhost", 80);
    size_t n = resolver_get(r, 10000, list, &err);
    assert_true(n >= 1);
    for (size_t i = 0; i < n; i++) {
        assert_true(!strcmp(list[i].text, "127.0.0.1") || !strcmp(list[i].text, "::1"));
    }
    assert_int_equal(resolver_get(r, 0, list, &err), n); /* remembered */
    assert_string_equal(err.text, "");
    resolver_forget(r);
    (void)resolver_get(r, 0, list, &err); /* asked anew, so perhaps not there yet */
    assert_int_equal(resolver_get(r, 10000, list, &err), n);
    resolver_destroy(r);
}

static void a_late_answer_serves_a_later_call(void **state)
{
    (void)state;
    struct address list[RESOLVE_MAX];
    struct resolver *r = resolver_create("localhost", 80);
    size_t n = 0;
    int64_t deadline_us = clock_real_us() + 10000000;
    while (n == 0 && clock_real_us() < deadline_us) {
        struct error err = {""};
        n = resolver_get(r, 0, list, &err);
        assert_true(n > 0 || strstr(err.text, "name lookup timed out after 0.0 s: localhost"));
    }
    assert_true(n > 0);
    resolver_destroy(r);
}

static void a_name_of_nothing_is_an_error(void **state)
{
    (void)state;
    struct address list[RESOLVE_MAX];
    struct error err = {""};
    struct resolver *r = resolver_create("nonexistent.invalid", 80);
    int64_t start_us = clock_real_us();
    assert_int_equal(resolver_get(r, 500, list, &err), 0);
    assert_true(clock_real_us() - start_us < 2000000);
    assert_non_null(strstr(err.text, "nonexistent.invalid"));
    assert_non_null(strstr(err.text, "name "));
    assert_int_equal(resolver_get(r, 500, list, &err), 0);
    resolver_interrupt(r);
    resolver_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numeric_hosts_need_no_wait),
        cmocka_unit_test(localhost_is_looked_up),
        cmocka_unit_test(a_late_answer_serves_a_later_call),
        cmocka_unit_test(a_name_of_nothing_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
