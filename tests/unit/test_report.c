/* Reports out of a real store: an incident with a failover, an attempt without an incident, and
 * what is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/failover/journal.h"
#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/record/report.h"
#include "tests/unit/store_place.h"

#define WALL_MS  INT64_C(1795356127000) /* 2026-11-22T14:02:07Z */
#define INCIDENT "DR-20261122-140207"

struct scene {
    char dir[64];
    struct config *cfg;
    struct store *st;
};

static struct scene begin(void)
{
    struct scene p = {.dir = "/tmp/drtop-report.XXXXXX"};
    char text[512], path[512];
    assert_non_null(mkdtemp(p.dir));
    (void)snprintf(
        text, sizeof text,
        "{\"group\": \"gitea-prod\","
        " \"primary\": {\"site\": \"aws\", \"mysql\": {\"host\": \"a\", \"user\": \"u\"}},"
        " \"dr\": {\"site\": \"azure\", \"mysql\": {\"host\": \"b\", \"user\": \"u\"}},"
        " \"record\": {\"directory\": \"%s\"}}",
        p.dir);
    p.cfg = config_parse("report", text, strlen(text), 0600, &err);
    if (!p.cfg || !store_path(p.cfg, path, sizeof path, &err)) {
        fail_msg("%s", err.text);
    }
    p.st = store_open(path, STORE_WRITE, &err);
    if (!p.st) {
        fail_msg("%s", err.text);
    }
    return p;
}

static void finish(struct scene *p)
{
    store_close(p->st);
    config_destroy(p->cfg);
    remove_tree(p->dir);
}

static void event(struct store *st, enum event_kind kind, int64_t at_ms, const char *text,
                  const char *data)
{
    struct event e = {.kind = kind, .at_wall_ms = at_ms, .incident = INCIDENT};
    (void)text_copy(e.text, sizeof e.text, text);
    assert_true(store_event_put(st, &e, data, &err));
}

static void outage(struct store *st)
{
    struct incident in = {
        .id = INCIDENT, .open = true, .opened_wall_ms = WALL_MS, .severity = ALERT_CRIT};
    struct store_memory memory = {.rto = {.last_good_wall_ms = opt_i64(WALL_MS - 3000),
                                          .first_bad_wall_ms = opt_i64(WALL_MS - 1000)}};
    assert_true(store_begin(st, true, &err));
    assert_true(store_incident_put(st, &in, "app and database fail", &err));
    event(st, EVENT_VERDICT, WALL_MS, "PRIMARY DOWN | confirmed",
          "{\"verdict\": \"primary_down\", \"confirmed\": true, \"evidence\": ["
          " {\"id\": \"app_serves\", \"answer\": \"no\", \"detail\": \"timed out\","
          "  \"decided\": true, \"contradicts\": false},"
          " {\"id\": \"anchors\", \"answer\": \"yes\", \"detail\": \"\", \"decided\": false,"
          "  \"contradicts\": false} ]}");
    assert_true(store_memory_put(st, &memory, &err));
    assert_true(store_commit(st, &err));
}

static struct attempt decide(struct store *st, const char *request, const char *incident,
                             bool drill)
{
    struct attempt a = {.drill = drill,
                        .verb = drill ? VERB_DRILL : VERB_FAILOVER,
                        .intended_wall_ms = WALL_MS + 60000,
                        .posts = 1};
    (void)text_copy(a.request_id, sizeof a.request_id, request);
    (void)text_copy(a.incident, sizeof a.incident, incident);
    (void)text_copy(a.job, sizeof a.job, "ops/deploy");
    (void)text_copy(a.operator, sizeof a.operator, "mg on pts/3");
    (void)text_copy(a.reason, sizeof a.reason, "no power");
    (void)text_copy(a.promised_lose, sizeof a.promised_lose, "14 transactions");
    if (!journal_intend(st, &a, "{\"DEPLOYMENT_MODE\": \"failover\"}",
                        "{\"because\": \"it is gone\", \"rows\": [{\"class\": \"WARN\","
                        " \"text\": \"not fenced\", \"detail\": \"silent\","
                        " \"override_reason\": \"seen it\"}]}",
                        &err)) {
        fail_msg("%s", err.text);
    }
    a.state = ATTEMPT_VERIFIED;
    a.outcome = drill ? OUTCOME_DRILL_DONE : OUTCOME_FAILED_OVER;
    a.ended_wall_ms = WALL_MS + 600000;
    a.build = opt_i64(412);
    assert_true(journal_phase(st, a.id, "DB promotion", 45000, true, &err));
    assert_true(journal_put(st, &a, a.ended_wall_ms, &err));
    return a;
}

static char *report(struct scene *p, const char *id, enum report_format format,
                    enum report_end expected)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    enum report_end end =
        report_print(p->st, p->cfg, id, format, NULL, WALL_MS + 700000, out, &err);
    (void)fclose(out);
    if (end != expected) {
        fail_msg("%d: %s", (int)end, err.text);
    }
    return text;
}

static void expect(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("\"%s\" is missing in:\n%s", part, text);
    }
}

static void an_incident_in_markdown(void **state)
{
    (void)state;
    struct scene p = begin();
    outage(p.st);
    (void)decide(p.st, "drtop-1", INCIDENT, false);
    char *text = report(&p, NULL, REPORT_MARKDOWN, REPORT_DONE);
    expect(text, "# Incident DR-20261122-140207\n");
    expect(text, "| Time (UTC) | Event | Evidence |\n");
    expect(text,
           "| 2026-11-22T14:02:07Z | verdict: PRIMARY DOWN \\| confirmed | app\\_serves no: "
           "timed out |\n");
    expect(text,
           "| Recovery time | 20:00 | 10:03, from the last good moment of the primary |\n");
    expect(text, "| Data loss | 14 transactions | cannot know");
    expect(text, "- By: mg on pts/3\n");
    expect(text, "- Reason: no power\n");
    expect(text, "| DB promotion | 00:45 | done |\n");
    expect(text, "| WARN | not fenced | silent | seen it |\n");
    expect(text, "| DEPLOYMENT\\_MODE | failover |\n");
    assert_null(strstr(text, "anchors"));
    free(text);
    finish(&p);
}

static struct json_object *get(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    assert_true(json_object_object_get_ex(o, key, &v));
    return v;
}

static void an_incident_in_json(void **state)
{
    (void)state;
    struct scene p = begin();
    outage(p.st);
    (void)decide(p.st, "drtop-1", INCIDENT, false);
    char *text = report(&p, INCIDENT, REPORT_JSON, REPORT_DONE);
    struct json_object *o = json_tokener_parse(text);
    assert_non_null(o);
    struct json_object *figures = get(o, "figures");
    assert_true(json_object_get_double(get(figures, "rto_measured_seconds")) == 603.0);
    assert_true(json_object_get_double(get(figures, "rto_promised_seconds")) == 1200.0);
    struct json_object *a = json_object_array_get_idx(get(o, "attempts"), 0);
    assert_string_equal(json_object_get_string(get(a, "request_id")), "drtop-1");
    assert_string_equal(json_object_get_string(get(a, "outcome")), "failed_over");
    assert_string_equal(json_object_get_string(get(get(a, "parameters"), "DEPLOYMENT_MODE")),
                        "failover");
    assert_null(get(get(o, "incident"), "closed"));
    (void)json_object_put(o);
    free(text);
    finish(&p);
}

/* A drill has no incident; it promises and measures nothing. */
static void an_attempt_by_its_request(void **state)
{
    (void)state;
    struct scene p = begin();
    (void)decide(p.st, "drtop-2", "", true);
    char *text = report(&p, "drtop-2", REPORT_MARKDOWN, REPORT_DONE);
    expect(text, "# Failover drtop-2\n");
    expect(text, "## Drill drtop-2\n");
    expect(text,
           "| Data loss | nothing was promised | nothing: the database has not been moved |");
    expect(text, "failover: ");
    free(text);
    finish(&p);
}

static void what_is_not_there(void **state)
{
    (void)state;
    struct scene p = begin();
    free(report(&p, NULL, REPORT_MARKDOWN, REPORT_ABSENT));
    outage(p.st);
    free(report(&p, "DR-19700101-000000", REPORT_JSON, REPORT_ABSENT));
    finish(&p);
}

static void a_file_of_its_own(void **state)
{
    (void)state;
    struct scene p = begin();
    struct stat st;
    char path[512] = "";
    outage(p.st);
    for (int i = 0; i < 2; i++) { /* the second replaces the first */
        if (!report_write(p.st, p.cfg, INCIDENT, WALL_MS, path, sizeof path, &err)) {
            fail_msg("%s", err.text);
        }
    }
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(st.st_size > 100);
    assert_non_null(strstr(path, "/report-" INCIDENT ".md"));
    (void)unlink(path);
    assert_false(report_write(p.st, p.cfg, "../x", WALL_MS, path, sizeof path, &err));
    assert_false(report_write(p.st, p.cfg, "none", WALL_MS, path, sizeof path, &err));
    (void)snprintf(path, sizeof path, "%s/report-none.md.new", p.dir);
    assert_int_not_equal(stat(path, &st), 0); /* nothing half done is left */
    finish(&p);
}

static void who_tells(struct store *st)
{
    struct event e = {.kind = EVENT_NOTE, .at_wall_ms = WALL_MS + 9000, .incident = INCIDENT};
    (void)text_copy(e.who, sizeof e.who, "wutchman on pts/3 from 10.77.66.99");
    (void)text_copy(e.text, sizeof e.text,
                    "kraken.zulu.example is silent, wutchman asks vpn-0badc0ffee0ddf00d and"
                    " https://ci.zulu.example/job/herd/ evil\033]0;x\007\342\200\256");
    assert_true(store_begin(st, true, &err));
    assert_true(store_event_put(st, &e, "{\"host\": \"kraken.zulu.example\"}", &err));
    assert_true(store_commit(st, &err));
}

static void tells_nothing(const char *text)
{
    static const char *const names[] = {"kraken",    "zulu", "wutchman", "10.77",
                                        "badc0ffee", "herd", "mg on",    "pts/3 from 1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strstr(text, names[i])) {
            fail_msg("%s in\n%s", names[i], text);
        }
    }
    assert_null(strchr(text, '\033'));
    assert_null(strstr(text, "\342\200\256"));
}

static void many_eyes_read_no_names(void **state)
{
    (void)state;
    struct scene p = begin();
    outage(p.st);
    who_tells(p.st);
    (void)decide(p.st, "drtop-1", INCIDENT, false);
    for (int format = REPORT_MARKDOWN; format <= REPORT_JSON; format++) {
        struct alias_table *t = alias_create();
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        assert_int_equal(report_print(p.st, p.cfg, NULL, (enum report_format)format, t,
                                      WALL_MS + 700000, out, &err),
                         REPORT_DONE);
        (void)fclose(out);
        tells_nothing(text);
        expect(text, "host-1 is silent, user-");
        expect(text, INCIDENT);
        free(text);
        alias_destroy(t);
    }
    finish(&p);
}

static char *read_file(const char *path)
{
    static char text[65536];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    (void)fclose(f);
    return text;
}

static void a_timeline_for_the_post_mortem(void **state)
{
    (void)state;
    struct scene p = begin();
    struct stat st;
    char path[512] = "", second[512] = "";
    assert_false(report_export(p.st, p.cfg, NULL, WALL_MS, path, sizeof path, &err));
    assert_non_null(strstr(err.text, "no incident"));
    outage(p.st);
    who_tells(p.st);
    if (!report_export(p.st, p.cfg, NULL, WALL_MS, path, sizeof path, &err)) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_non_null(strstr(path, "/timeline-" INCIDENT "-at-20261122-140207.md"));
    char *text = read_file(path);
    expect(text, "| Time (UTC) | Event | Evidence |\n|---|---|---|\n");
    expect(text,
           "| 2026-11-22T14:02:07Z | verdict: PRIMARY DOWN \\| confirmed | app\\_serves no");
    expect(text, "kraken.zulu.example");
    assert_null(strstr(text, "## Promised"));
    /* Never over another. */
    assert_false(report_export(p.st, p.cfg, NULL, WALL_MS, second, sizeof second, &err));
    assert_non_null(strstr(err.text, "exists"));
    expect(read_file(path), "kraken.zulu.example");
    struct alias_table *t = alias_create();
    assert_true(report_export(p.st, p.cfg, t, WALL_MS + 1000, second, sizeof second, &err));
    text = read_file(second);
    tells_nothing(text);
    expect(text, "host-1 is silent");
    alias_destroy(t);
    finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_incident_in_markdown),
        cmocka_unit_test(an_incident_in_json),
        cmocka_unit_test(an_attempt_by_its_request),
        cmocka_unit_test(what_is_not_there),
        cmocka_unit_test(a_file_of_its_own),
        cmocka_unit_test(many_eyes_read_no_names),
        cmocka_unit_test(a_timeline_for_the_post_mortem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
