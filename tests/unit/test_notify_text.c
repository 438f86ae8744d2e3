/* What a notification says, in each of its forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <json.h>
#include <stdlib.h>
#include <string.h>

#include "backend/record/notify_text.h"
#include "tests/unit/outage.h"

static char group[] = "gitea-prod";
static const struct config cfg = {.group = group};

static json_object *body(const struct notice *n)
{
    char *text = notify_body(n);
    json_object *o = json_tokener_parse(text);
    free(text);
    assert_non_null(o);
    return o;
}

/* At a path such as "exposure.unobserved.seconds"; fails where there is no such key. */
static json_object *at(json_object *o, const char *path)
{
    char copy[128];
    (void)text_copy(copy, sizeof copy, path);
    for (char *key = copy; key;) {
        char *dot = strchr(key, '.');
        if (dot) {
            *dot = '\0';
        }
        if (!json_object_object_get_ex(o, key, &o)) {
            fail_msg("no %s", path);
        }
        key = dot ? dot + 1 : NULL;
    }
    return o;
}

static const char *text_at(json_object *o, const char *path)
{
    json_object *v = at(o, path);
    assert_non_null(v);
    return json_object_get_string(v);
}

static void assert_holds(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("\"%s\" is not in: %s", part, text);
    }
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part)) {
        fail_msg("\"%s\" is in: %s", part, text);
    }
}

static struct notice notice_of(enum notice_what what, const struct snapshot *s)
{
    return (struct notice){
        .what = what, .config = &cfg, .s = s, .incident = s->incident, .wall_ms = s->wall_ms};
}

static struct snapshot *primary_down(void)
{
    struct alert a = outage_alert(ALERT_CRIT);
    return outage(&cfg, &a, VERDICT_PRIMARY_DOWN, true, 5000);
}

static void test_an_opening_says_all_that_decides(void **state)
{
    struct snapshot *s = primary_down();
    struct notice n = notice_of(NOTICE_OPENED, s);
    s->exposure.not_received = (struct gap){.bytes = opt_i64(3 << 20), .tx = opt_i64(1)};
    s->exposure.not_applied.bytes = opt_i64(512);
    s->exposure.unobserved = (struct unobserved){
        .seconds = opt_f64(6), .bytes_min = opt_i64(0), .bytes_max = opt_i64(2048)};
    s->rto = (struct rto){.running = true,
                          .objective_ms = 900000,
                          .pipeline_ms = 480000,
                          .last_good_wall_ms = opt_i64(OUTAGE_WALL_MS - 2000),
                          .elapsed_min_ms = opt_i64(5000),
                          .elapsed_max_ms = opt_i64(7000),
                          .decide_before_wall_ms = opt_i64(OUTAGE_WALL_MS + 65000)};
    json_object *o = body(&n);
    (void)state;
    assert_string_equal(text_at(o, "subject"),
                        "CRITICAL: PRIMARY DOWN - gitea-prod [" OUTAGE_ID "]");
    const char *text = text_at(o, "text");
    assert_holds(text, "aws: app and database fail on 2 routes");
    assert_holds(text, "PRIMARY DOWN, confirmed, since 2025-11-24 16:00:00 UTC");
    assert_holds(text, notify_next_step(VERDICT_PRIMARY_DOWN, ADVICE_ADVISED));
    assert_holds(text, "Failing over    advised: DR is ready");
    assert_holds(text, "3.0 MiB, 1 transaction (lost");
    assert_holds(text, "512 B, transactions unknown (safe");
    assert_holds(text, "at least 0 B, at most 2.0 KiB, since the primary was seen 6 s ago");
    assert_holds(text, "5 s to 7 s of an RTO of 15 min 0 s");
    assert_holds(text, "2025-11-24 16:01:05 UTC, in 1 min 0 s (a failover takes 8 min 0 s, as "
                       "configured)");
    assert_holds(text, evidence_label(EVIDENCE_APP_ANSWERS));
    assert_holds(text, "no, decides (public, 0.8 s old, connection refused)");
    assert_holds(text, OUTAGE_ID);
    assert_string_equal(text_at(o, "verdict.key"), "primary_down");
    assert_string_equal(text_at(o, "incident.severity"), "critical");
    assert_int_equal(json_object_get_int64(at(o, "exposure.not_received_bytes")), 3 << 20);
    assert_int_equal(json_object_get_int64(at(o, "rto.left_seconds")), 60);
    assert_holds(text_at(o, "html"),
                 "no, decides (public, 0.8 s old, connection refused)</td>");
    assert_holds(text_at(o, "chat"), "Decide before: 2025-11-24 16:01:05 UTC");
    (void)json_object_put(o);
    snapshot_unref(s);
}

static void test_the_unknown_is_said_and_is_no_zero(void **state)
{
    struct snapshot *s = primary_down();
    struct notice n = notice_of(NOTICE_OPENED, s);
    s->rto = (struct rto){.running = true, .objective_ms = 900000};
    json_object *o = body(&n);
    (void)state;
    const char *text = text_at(o, "text");
    assert_holds(text, "Not received    unknown (lost");
    assert_holds(text, "Not applied     unknown (safe");
    assert_holds(text, "Unobserved      unknown: the primary was never seen");
    assert_holds(text,
                 "Outage          unknown of an RTO of 15 min 0 s; last known good: unknown");
    assert_holds(text, "Decide before   unknown");
    assert_null(at(o, "exposure.not_received_bytes"));
    assert_null(at(o, "exposure.unobserved.seconds"));
    assert_null(at(o, "rto.decide_before"));
    assert_null(at(o, "rto.elapsed_min_seconds"));
    (void)json_object_put(o);
    s->exposure.unobserved.seconds = opt_f64(5);
    o = body(&n);
    assert_holds(text_at(o, "text"), "unknown how much, since the primary was seen 5 s ago");
    (void)json_object_put(o);
    s->exposure.unobserved.seconds = opt_f64(0);
    o = body(&n);
    assert_holds(text_at(o, "text"), "nothing: the primary is in sight");
    (void)json_object_put(o);
    snapshot_unref(s);
}

static void test_a_missed_deadline_is_called_so(void **state)
{
    struct snapshot *s = primary_down();
    struct notice n = notice_of(NOTICE_UPDATE, s);
    s->rto = (struct rto){
        .running = true, .n_runs = 3, .decide_before_wall_ms = opt_i64(OUTAGE_WALL_MS - 55000)};
    json_object *o = body(&n);
    (void)state;
    assert_holds(text_at(o, "text"),
                 "missed by 1 min 0 s (a failover takes 0 s, by past runs)");
    (void)json_object_put(o);
    snapshot_unref(s);
}

static void test_each_kind_has_its_subject(void **state)
{
    struct snapshot *s = primary_down();
    struct notice n = notice_of(NOTICE_UPDATE, s);
    (void)state;
    json_object *o = body(&n);
    assert_holds(text_at(o, "subject"), "CRITICAL: now PRIMARY DOWN - gitea-prod [DR-");
    (void)json_object_put(o);

    n.what = NOTICE_ESCALATION;
    n.after_ms = 300000;
    o = body(&n);
    assert_holds(text_at(o, "subject"), "not acknowledged for 5 min 0 s: PRIMARY DOWN");
    (void)json_object_put(o);

    s->verdict.confirmed = false;
    n.what = NOTICE_OPENED;
    o = body(&n);
    assert_holds(text_at(o, "subject"), "PRIMARY DOWN (suspected)");
    (void)json_object_put(o);

    /* The verdict minds nothing, an alert does. */
    s->verdict.kind = VERDICT_NORMAL;
    s->verdict.level = LEVEL_NORMAL;
    s->incident.severity = n.incident.severity = ALERT_WARN;
    o = body(&n);
    assert_holds(text_at(o, "subject"), "WARNING: aws: app and database fail - ");
    (void)json_object_put(o);

    outage_ends(s);
    n = notice_of(NOTICE_CLOSED, s);
    (void)text_copy(n.was, sizeof n.was, "PRIMARY DOWN");
    o = body(&n);
    assert_string_equal(text_at(o, "subject"),
                        "CLOSED: PRIMARY DOWN after 5 s - gitea-prod [" OUTAGE_ID "]");
    assert_holds(text_at(o, "text"), "from 2025-11-24 16:00:00 UTC to 2025-11-24 16:00:05 UTC");
    assert_null(at(o, "next_step"));
    (void)json_object_put(o);
    snapshot_unref(s);
}

static void test_an_end_that_only_the_store_knows(void **state)
{
    struct snapshot *s = primary_down();
    outage_ends(s);
    struct notice n = notice_of(NOTICE_CLOSED, s);
    n.s = NULL;
    (void)text_copy(n.sentence, sizeof n.sentence, "what the store says");
    json_object *o = body(&n);
    (void)state;
    assert_holds(text_at(o, "subject"), "CLOSED: incident after 5 s");
    assert_holds(text_at(o, "text"), "what the store says");
    assert_null(at(o, "verdict"));
    (void)json_object_put(o);
    snapshot_unref(s);
}

static void test_what_servers_say_is_tame(void **state)
{
    struct alert a = outage_alert(ALERT_CRIT);
    (void)text_copy(a.text, sizeof a.text, "x\r\nBcc: all@example.com \033[2J <b>&\"");
    struct snapshot *s = outage(&cfg, &a, VERDICT_NORMAL, true, 5000);
    (void)text_copy(s->evidence[EVIDENCE_APP_ANSWERS].detail, 160, "<script>alert(1)</script>");
    struct notice n = notice_of(NOTICE_OPENED, s);
    json_object *o = body(&n);
    (void)state;
    assert_lacks(text_at(o, "subject"), "\r");
    assert_lacks(text_at(o, "subject"), "\n");
    assert_lacks(text_at(o, "text"), "\033");
    assert_lacks(text_at(o, "text"), "\r");
    assert_lacks(text_at(o, "html"), "<script>");
    assert_lacks(text_at(o, "html"), "<b>&");
    assert_holds(text_at(o, "html"), "&lt;script&gt;alert(1)");
    assert_holds(text_at(o, "html"), "&lt;b&gt;&amp;&quot;");
    (void)json_object_put(o);
    snapshot_unref(s);
}

static void test_many_alerts_are_cut_and_counted(void **state)
{
    struct alert many[40];
    for (size_t i = 0; i < 40; i++) {
        many[i] = outage_alert(ALERT_CRIT);
    }
    many[39].incident[3] = '9'; /* another incident's */
    struct snapshot *s = snapshot_create(many, 40);
    s->config = &cfg;
    (void)text_copy(s->incident.id, sizeof s->incident.id, OUTAGE_ID);
    struct notice n = notice_of(NOTICE_OPENED, s);
    json_object *o = body(&n);
    (void)state;
    assert_int_equal(json_object_array_length(at(o, "alerts")), 39);
    assert_holds(text_at(o, "text"), "and more                     16");
    (void)json_object_put(o);
    snapshot_unref(s);
}

static void test_every_verdict_has_a_next_step_and_a_gravity(void **state)
{
    (void)state;
    for (int i = 0; i < VERDICT_KINDS; i++) {
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(notify_next_step((enum verdict_kind)i, ADVICE_NOT_ADVISED),
                                    notify_next_step((enum verdict_kind)k, ADVICE_NOT_ADVISED));
        }
    }
    assert_string_not_equal(notify_next_step(VERDICT_PRIMARY_DOWN, ADVICE_ADVISED),
                            notify_next_step(VERDICT_PRIMARY_DOWN, ADVICE_IMPOSSIBLE));
    assert_true(notify_gravity(VERDICT_PRIMARY_DOWN) > notify_gravity(VERDICT_DEGRADED));
    assert_true(notify_gravity(VERDICT_SPLIT_BRAIN) > notify_gravity(VERDICT_PRIMARY_DOWN));
    assert_int_equal(notify_gravity(VERDICT_UNKNOWN), notify_gravity(VERDICT_NORMAL));
}

/* --- headers --- */

static void test_headers_take_no_further_header(void **state)
{
    char out[256];
    (void)state;
    notify_header_text("plain", out, sizeof out);
    assert_string_equal(out, "plain");
    notify_header_text("a\r\nBcc: b@example.com", out, sizeof out);
    assert_memory_equal(out, "=?UTF-8?B?", 10); /* the marks for the line end are not ASCII */
    assert_lacks(out, "Bcc");
    notify_header_text("", out, sizeof out);
    assert_string_equal(out, "");
}

static void test_words_are_encoded_and_folded(void **state)
{
    char out[1024], in[200] = "";
    (void)state;
    notify_header_text("Zürich", out, sizeof out);
    assert_string_equal(out, "=?UTF-8?B?WsO8cmljaA==?=");
    notify_header_text("é", out, sizeof out);
    assert_string_equal(out, "=?UTF-8?B?w6k=?=");
    notify_header_text("éa", out, sizeof out);
    assert_string_equal(out, "=?UTF-8?B?w6lh?=");
    for (size_t i = 0; i < 60; i++) {
        memcpy(in + 3 * i, "€", 4);
    }
    notify_header_text(in, out, sizeof out);
    size_t words = 0;
    for (const char *p = out; p; words++) {
        const char *next = strstr(p, "\r\n ");
        size_t len = next ? (size_t)(next - p) : strlen(p);
        assert_true(len <= 75);
        assert_memory_equal(p, "=?UTF-8?B?4oKs", 14); /* begins with a whole character */
        assert_memory_equal(p + len - 2, "?=", 2);
        p = next ? next + 3 : NULL;
    }
    assert_int_equal(words, 4);
    notify_header_text(in, out, 100); /* room for one word only */
    assert_null(strstr(out, "\r\n"));
    assert_memory_equal(out + strlen(out) - 2, "?=", 2);
}

static void test_addresses(void **state)
{
    (void)state;
    assert_true(notify_address_valid("oncall@example.com"));
    assert_true(notify_address_valid("root@localhost"));
    static const char *const bad[] = {"",
                                      "oncall",
                                      "@example.com",
                                      "oncall@",
                                      "a@b\r\nBcc: c@d",
                                      "a b@example.com",
                                      "<a@example.com>",
                                      "a@example.com,b@example.com",
                                      "a@example.com> RCPT TO:<b@example.com"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (notify_address_valid(bad[i])) {
            fail_msg("%s is no address", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_opening_says_all_that_decides),
        cmocka_unit_test(test_the_unknown_is_said_and_is_no_zero),
        cmocka_unit_test(test_a_missed_deadline_is_called_so),
        cmocka_unit_test(test_each_kind_has_its_subject),
        cmocka_unit_test(test_an_end_that_only_the_store_knows),
        cmocka_unit_test(test_what_servers_say_is_tame),
        cmocka_unit_test(test_many_alerts_are_cut_and_counted),
        cmocka_unit_test(test_every_verdict_has_a_next_step_and_a_gravity),
        cmocka_unit_test(test_headers_take_no_further_header),
        cmocka_unit_test(test_words_are_encoded_and_folded),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
