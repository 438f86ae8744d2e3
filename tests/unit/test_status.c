/* tunnels[] of `drtop status --json` and the same lines of its text: one a tunnel and view. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <json-c/json_pointer.h>

#include "cli/cli.h"
#include "tui/glyph.h"

#define NOW_MS  50000
#define WALL_MS 1700000000000 /* 2023-11-14T22:13:20Z */

static char probe_name[] = "probe", aws_name[] = "aws", text_name[] = "t";
static struct config cfg;
static struct snapshot *snap;
static struct tunnel_memory memory;
static struct tunnel_facts probe, cloud;
static struct json_object *json;
static char *text;

static void put(size_t i, struct reading *r)
{
    sight_finish(&snap->sights[SLOT_TUNNEL + i]);
    snap->sights[SLOT_TUNNEL + i] = (struct sight){reading_ref(r), r};
}

static int begin(void **state)
{
    (void)state;
    cfg = (struct config){.group = text_name,
                          .primary = {.name = text_name, .db = {.host = text_name}},
                          .dr = {.name = text_name, .db = {.host = text_name}},
                          .n_tunnels = 2,
                          .poll = {.positions_ms = 250, .status_ms = 1000}};
    cfg.tunnels[0] = (struct config_tunnel){
        .kind = TUNNEL_PROBE, .name = probe_name, .expected_up = 1, .period_ms = 1000};
    cfg.tunnels[1] = (struct config_tunnel){
        .kind = TUNNEL_AWS, .name = aws_name, .expected_up = 1, .period_ms = 20000};
    probe = (struct tunnel_facts){.state = TUNNEL_UP,
                                  .data_plane = true,
                                  .since_ms = NOW_MS - 20000,
                                  .detail = "well",
                                  .rtt_ms = {true, 21.5},
                                  .loss = {true, 0},
                                  .large_passes = TRI_YES};
    cloud = (struct tunnel_facts){
        .state = TUNNEL_UP,
        .since_ms = NOW_MS - 20000,
        .detail = "1 of 2 up",
        .n_legs = 2,
        .legs = {
            {.state = TUNNEL_UP, .id = "198.51.100.11", .since_ms = {true, WALL_MS - 90000}},
            {.state = TUNNEL_DOWN, .id = "198.51.100.12", .detail = "IPSEC IS DOWN"}}};
    memory = (struct tunnel_memory){0};
    snap = snapshot_create(NULL, 0);
    snap->config = &cfg;
    snap->taken_at_ms = NOW_MS;
    snap->wall_ms = WALL_MS;
    snap->history = history_create();
    return 0;
}

static int end(void **state)
{
    (void)state;
    history_destroy(snap->history);
    snapshot_unref(snap);
    (void)json_object_put(json);
    json = NULL;
    free(text);
    text = NULL;
    return 0;
}

static char *written(bool as_json)
{
    char *out = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&out, &size);
    assert_non_null(f);
    if (as_json) {
        status_write_json(snap, NULL, NOW_MS + 500, NULL, f);
    } else {
        status_write_text(snap, NOW_MS + 500, f);
    }
    assert_int_equal(fclose(f), 0);
    return out;
}

/* Both readings are of 1 s ago. */
static void look(void)
{
    put(0, reading_fresh(&probe, NULL, NOW_MS - 1000, WALL_MS - 1000));
    put(1, reading_fresh(&cloud, NULL, NOW_MS - 1000, WALL_MS - 1000));
}

static void tell(void)
{
    tunnel_views_gather(snap, &memory, NOW_MS, snap->tunnels);
    (void)json_object_put(json);
    char *bytes = written(true);
    json = json_tokener_parse(bytes);
    free(bytes);
    assert_non_null(json);
    free(text);
    text = written(false);
}

static void assert_element(size_t i, const char *key, const char *expected)
{
    char path[64];
    struct json_object *v = NULL;
    (void)snprintf(path, sizeof path, "/tunnels/%zu/%s", i, key);
    if (json_pointer_get(json, path, &v) != 0) {
        fail_msg("no %s", path);
    }
    const char *is =
        v ? json_object_to_json_string_ext(v, JSON_C_TO_STRING_NOSLASHESCAPE) : "null";
    if (strcmp(is, expected) != 0) {
        fail_msg("%s is %s, expected %s", path, is, expected);
    }
}

static void assert_count(size_t n)
{
    struct json_object *list = json_object_object_get(json, "tunnels");
    assert_int_equal(json_object_array_length(list), n);
}

static void assert_line(const char *line)
{
    if (!strstr(text, line)) {
        fail_msg("no line \"%s\" in\n%s", line, text);
    }
}

static void a_view_has_an_element_a_tunnel(void **state)
{
    (void)state;
    look();
    tell();
    assert_count(3);
    static const struct {
        const char *key, *values[3];
    } table[] = {
        {"id", {"\"probe\"", "\"198.51.100.11\"", "\"198.51.100.12\""}},
        {"view", {"\"probe\"", "\"aws\"", "\"aws\""}},
        {"type", {"\"probe\"", "\"aws\"", "\"aws\""}},
        {"state", {"\"up\"", "\"up\"", "\"down\""}},
        {"expected", {"true", "true", "false"}},
        {"since",
         {"\"2023-11-14T22:13:00Z\"", "\"2023-11-14T22:11:50Z\"", "\"2023-11-14T22:13:19Z\""}},
        {"age_seconds", {"1.500", "1.500", "1.500"}},
        {"detail", {"\"well\"", "null", "\"IPSEC IS DOWN\""}},
        {"remark", {"null", "null", "null"}},
        {"rtt_ms", {"21.500", "null", "null"}},
        {"loss", {"0.000", "null", "null"}},
        {"greeting_ms", {"null", "null", "null"}},
        {"large_packets_pass", {"true", "null", "null"}},
    };
    for (size_t k = 0; k < sizeof table / sizeof table[0]; k++) {
        for (size_t i = 0; i < 3; i++) {
            assert_element(i, table[k].key, table[k].values[i]);
        }
    }
    assert_line("\ntunnel        probe  UP  (1.5s ago)\n");
    assert_line("\n              aws 198.51.100.11  UP  (1.5s ago)\n");
    assert_line(
        "\n              aws 198.51.100.12  DOWN, a spare one: IPSEC IS DOWN  (1.5s ago)\n");
}

static void a_black_hole_and_a_stale_opinion_are_remarked(void **state)
{
    (void)state;
    probe.state = TUNNEL_DOWN;
    probe.strikes = 2;
    probe.since_ms = NOW_MS - 5000;
    look();
    tell();
    assert_element(0, "state", "\"down\"");
    assert_element(1, "state", "\"black-holed\"");
    assert_element(1, "remark", "\"says up, and no probe passes\"");
    assert_element(1, "since", "\"2023-11-14T22:13:15Z\"");
    assert_element(2, "state", "\"down\"");
    assert_line("aws 198.51.100.11  BLACK-HOLED: says up, and no probe passes  (");
    probe.state = TUNNEL_UP;
    cloud.state = cloud.legs[0].state = TUNNEL_DOWN;
    look();
    tell();
    assert_element(1, "state", "\"down\"");
    assert_element(1, "expected", "true");
    assert_element(1, "remark", "\"says down, and traffic passes: a stale opinion\"");
}

static void what_has_not_answered_is_unknown(void **state)
{
    (void)state;
    tell();
    assert_count(2);
    static const char *const nulls[] = {"since", "age_seconds", "detail", "remark"};
    for (size_t i = 0; i < 2; i++) {
        assert_element(i, "id", i ? "\"aws\"" : "\"probe\"");
        assert_element(i, "state", "\"unknown\"");
        assert_element(i, "expected", "true");
        for (size_t k = 0; k < 4; k++) {
            assert_element(i, nulls[k], "null");
        }
    }
    assert_line("\n              aws  UNKNOWN\n");
    snap->sights[SLOT_TUNNEL + 1].last =
        reading_failed(NULL, NULL, NOW_MS, WALL_MS, "AccessDenied");
    tell();
    assert_element(1, "state", "\"unknown\"");
    assert_element(1, "detail", "\"AccessDenied\"");
    assert_element(1, "age_seconds", "0.500");
    assert_line("aws  UNKNOWN: AccessDenied  (");
    /* Its tunnels are remembered once it has told of them. */
    look();
    tell();
    reading_unref(snap->sights[SLOT_TUNNEL + 1].last);
    snap->sights[SLOT_TUNNEL + 1].last =
        reading_failed(NULL, NULL, NOW_MS, WALL_MS, "Throttled");
    tell();
    assert_count(3);
    assert_element(2, "id", "\"198.51.100.12\"");
    assert_element(2, "state", "\"unknown\"");
    assert_element(2, "since", "null");
    assert_element(2, "detail", "\"Throttled\"");
    assert_line("aws 198.51.100.12  UNKNOWN: Throttled  (");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_view_has_an_element_a_tunnel),
        TEST(a_black_hole_and_a_stale_opinion_are_remarked),
        TEST(what_has_not_answered_is_unknown),
    };
    glyph_use(GLYPHS_ASCII);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
