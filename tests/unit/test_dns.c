/* Does a name lead to the address that is waited for? */
#include "backend/app/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "backend/failover/verify.h"
#include "tests/unit/healthy.h"

static struct reading *look_up(char *name, char *address)
{
    struct config_failover f = {.verify_name = name, .verify_address = address};
    struct source s = dns_source(&f, SLOT_DNS);
    assert_int_equal(s.slot, SLOT_DNS);
    assert_int_equal(s.period_ms, DNS_PERIOD_MS);
    reading_unref(
        s.ops->poll(s.self, &clock_system)); /* the second does not live on the first */
    struct reading *r = s.ops->poll(s.self, &clock_system);
    s.ops->interrupt(s.self);
    s.ops->destroy(s.self);
    return r;
}

static void addresses_are_compared_by_value(void **state)
{
    (void)state;
    static struct {
        char name[40], address[40];
        bool matches;
    } table[] = {
        {"203.0.113.7", "203.0.113.7", true},         {"203.0.113.7", "203.0.113.8", false},
        {"2001:db8::7", "2001:0db8:0:0::0007", true}, {"2001:db8::7", "2001:db8::8", false},
        {"203.0.113.7", "2001:db8::7", false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct reading *r = look_up(table[i].name, table[i].address);
        assert_int_equal(r->state, READING_FRESH);
        const struct dns_facts *f = r->value;
        assert_int_equal(f->matches, table[i].matches);
        assert_string_equal(f->addresses, table[i].name);
        reading_unref(r);
    }
}

static void a_name_is_looked_up(void **state)
{
    (void)state;
    char name[] = "localhost", v4[] = "127.0.0.1", v6[] = "::1", other[] = "127.0.0.2";
    struct reading *r = look_up(name, v4), *r6 = look_up(name, v6);
    const struct dns_facts *f = r->value, *f6 = r6->value;
    assert_int_equal(r->state, READING_FRESH);
    assert_true(f->matches || f6->matches); /* either family may be off on this host */
    assert_true(strstr(f->addresses, "127.0.0.1") || strstr(f->addresses, "::1"));
    reading_unref(r6);
    reading_unref(r);
    r = look_up(name, other);
    f = r->value;
    assert_false(f->matches);
    reading_unref(r);
}

static void a_name_that_is_none_is_a_failure(void **state)
{
    (void)state;
    char name[] = "no-such-name.invalid", address[] = "203.0.113.7";
    struct reading *r = look_up(name, address);
    assert_int_equal(r->state, READING_FAILED);
    assert_non_null(strstr(r->reason, "name"));
    assert_null(r->value);
    reading_unref(r);
}

static void a_snapshot_tells_what_was_found(void **state)
{
    (void)state;
    char name[] = "gitea.example";
    struct snapshot *s = healthy();
    assert_false(snapshot_watched(s->config, SLOT_DNS));
    assert_false(verify_name_of(s, NOW_MS).asked);
    cfg.failover.verify_name = name;
    assert_true(snapshot_watched(s->config, SLOT_DNS));
    assert_int_equal(verify_name_of(s, NOW_MS).matches, TRI_UNKNOWN);
    struct dns_facts *f = mem_alloc(1, sizeof *f);
    *f = (struct dns_facts){.matches = true, .addresses = "203.0.113.7"};
    see(s, SLOT_DNS, f);
    struct verify_name n = verify_name_of(s, NOW_MS);
    assert_int_equal(n.matches, TRI_YES);
    assert_string_equal(n.detail, "203.0.113.7");
    assert_int_equal(verify_name_of(s, NOW_MS + 4 * DNS_PERIOD_MS).matches, TRI_UNKNOWN);
    f->matches = false;
    assert_int_equal(verify_name_of(s, NOW_MS).matches, TRI_NO);
    see_failed(s, SLOT_DNS, NULL, "name lookup timed out");
    n = verify_name_of(s, NOW_MS);
    assert_true(n.asked);
    assert_int_equal(n.matches, TRI_UNKNOWN);
    assert_string_equal(n.detail, "name lookup timed out");
    cfg.failover.verify_name = NULL;
    snapshot_unref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_compared_by_value),
        cmocka_unit_test(a_name_is_looked_up),
        cmocka_unit_test(a_name_that_is_none_is_a_failure),
        cmocka_unit_test(a_snapshot_tells_what_was_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
