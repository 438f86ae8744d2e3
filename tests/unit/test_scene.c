/* What of a snapshot is kept beside its figures, and what comes back of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/healthy.h"

#include "backend/record/scene.h"

static struct snapshot *pair(void)
{
    struct snapshot *s = healthy();
    s->taken_at_ms = NOW_MS;
    s->wall_ms = NOW_MS;
    struct db_facts *p = server(1), *r = replica_of(s);
    p->written = (struct binlog_coord){"bin.000007", 900};
    r->channel.received = (struct binlog_coord){"bin.000007", 800};
    r->channel.applied = (struct binlog_coord){"bin.000006", 700};
    see(s, SLOT_PRIMARY_DB, p);
    s->tunnels[0] = (struct tunnel_view){.state = TUNNEL_UP, .data_plane = true, .n_legs = 1};
    return s;
}

static void test_all_is_kept(void **state)
{
    (void)state;
    struct store_sample out = {0};
    struct snapshot *s = pair();
    s->rto = (struct rto){.running = true, .last_good_wall_ms = opt_i64(5)};
    scene_of(s, &out);
    assert_string_equal(out.primary.file, "bin.000007");
    assert_int_equal(out.received.pos, 800);
    assert_int_equal(out.applied.pos, 700);
    assert_int_equal(out.receiver, DB_THREAD_YES);
    assert_true(out.app_status.known && out.app_status.v == 200 && out.app_ok);
    assert_true(out.last_good_wall_ms.known && out.last_good_wall_ms.v == 5);
    assert_false(out.first_bad_wall_ms.known);
    assert_string_equal(out.tunnels, "[[\"probe\",\"up\",\"\"]]");
    snapshot_unref(s);
}

static void test_out_of_sight_is_unknown(void **state)
{
    (void)state;
    struct store_sample out = {0};
    struct snapshot *s = pair();
    s->taken_at_ms = NOW_MS + 60000;
    scene_of(s, &out);
    assert_false(binlog_known(&out.primary));
    assert_false(binlog_known(&out.received));
    assert_int_equal(out.applier, DB_THREAD_UNKNOWN);
    snapshot_unref(s);
}

static void test_tunnels_come_back(void **state)
{
    (void)state;
    struct store_sample out = {0};
    struct scene_view views[CONFIG_TUNNELS_MAX];
    struct snapshot *s = pair();
    struct tunnel_facts *f = tunnel(TUNNEL_DOWN);
    (void)text_copy(f->detail, sizeof f->detail, "connect \"timed\" out/2 s");
    f->n_legs = 1;
    (void)text_copy(f->legs[0].id, sizeof f->legs[0].id, "198.51.100.11");
    (void)text_copy(f->legs[0].detail, sizeof f->legs[0].detail, "IPSEC IS DOWN");
    see(s, SLOT_TUNNEL, f);
    s->tunnels[0] = (struct tunnel_view){.state = TUNNEL_BLACK_HOLED, .n_legs = 2};
    s->tunnels[0].legs[0].state = TUNNEL_DOWN;
    s->tunnels[0].legs[1].state = TUNNEL_UP;
    (void)text_copy(s->tunnels[0].legs[0].id, 64, "198.51.100.11");
    (void)text_copy(s->tunnels[0].legs[1].id, 64, "198.51.100.12");
    scene_of(s, &out);
    assert_true(scene_read(out.tunnels, &cfg, views));
    assert_true(views[0].known);
    assert_int_equal(views[0].state, TUNNEL_BLACK_HOLED);
    assert_string_equal(views[0].detail, "connect \"timed\" out/2 s");
    assert_int_equal(views[0].n_legs, 2);
    assert_int_equal(views[0].legs[0].state, TUNNEL_DOWN);
    assert_string_equal(views[0].legs[0].detail, "IPSEC IS DOWN");
    assert_string_equal(views[0].legs[1].id, "198.51.100.12");
    assert_false(views[1].known);
    snapshot_unref(s);
}

static void test_what_anybody_wrote(void **state)
{
    (void)state;
    struct scene_view views[CONFIG_TUNNELS_MAX];
    static const char *const texts[] = {
        "", "{", "null", "7", "{\"probe\":1}", "[[[[[[[[[[[[[[[[["};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false(scene_read(texts[i], &cfg, views));
        assert_false(views[0].known);
    }
    assert_true(scene_read(
        "[[], null, [\"other\",\"up\"], [\"probe\", 7, {}, 1, [], [\"\\u001b[2J\"]]]", &cfg,
        views));
    assert_true(views[0].known);
    assert_int_equal(views[0].state, TUNNEL_UNKNOWN);
    assert_int_equal(views[0].n_legs, 2);
    assert_null(strchr(views[0].legs[1].id, 0x1b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_kept),
        cmocka_unit_test(test_out_of_sight_is_unknown),
        cmocka_unit_test(test_tunnels_come_back),
        cmocka_unit_test(test_what_anybody_wrote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
