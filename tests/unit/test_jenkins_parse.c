/* What the answers of a real Jenkins mean: each recording through the part that reads it. Long,
 * as each recording has a case. */
#include "backend/failover/jenkins_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/failover/jenkins_url.h"
#include "recording.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

/* --- answers to a trigger --- */

static struct jenkins_triggered trigger_of(const char *name, struct error *err)
{
    struct recording r = recording_load(name);
    struct jenkins_head head = recording_head(&r);
    struct jenkins_triggered t = jenkins_parse_trigger(&head, err);
    recording_free(&r);
    return t;
}

static void recorded_triggers_have_their_meaning(void **state)
{
    (void)state;
    static const struct {
        const char *recording;
        enum jenkins_trigger what;
        int status;
        int64_t id; /* 0: unknown */
        const char *says;
    } table[] = {
        {"trigger-201", TRIGGER_ACCEPTED, 201, 3, ""},
        {"url-x-forwarded-201", TRIGGER_ACCEPTED, 201, 7, ""},
        {"trigger-303-coalesced", TRIGGER_JOINED, 303, 16, ""},
        {"trigger-disabled-409", TRIGGER_REFUSED, 409, 0, "disabled"},
        {"trigger-get-405", TRIGGER_REFUSED, 405, 0, "POST"},
        {"trigger-not-parameterised-500", TRIGGER_REFUSED, 500, 0, "parameters"},
        {"auth-no-permission-403", TRIGGER_REFUSED, 403, 0, "hudson.model.Item.Build"},
        {"auth-password-no-crumb-403", TRIGGER_REFUSED, 403, 0, "crumb"},
        {"auth-wrong-token-401", TRIGGER_REFUSED, 401, 0, "token"},
        {"auth-unknown-or-hidden-job-404", TRIGGER_REFUSED, 404, 0, "no such job"},
        {"boot-403", TRIGGER_REFUSED, 403, 0, "starting"},
        {"boot-500", TRIGGER_REFUSED, 500, 0, "starting"},
        {"boot-503", TRIGGER_REFUSED, 503, 0, "starting"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct error err = {0};
        struct jenkins_triggered t = trigger_of(table[i].recording, &err);
        if (t.what != table[i].what || t.http_status != table[i].status ||
            t.queue_id.known != (table[i].id != 0) || t.queue_id.v != table[i].id ||
            !strstr(err.text, table[i].says)) {
            fail_msg("%s: what %d, id %lld, \"%s\"", table[i].recording, (int)t.what,
                     (long long)t.queue_id.v, err.text);
        }
    }
}

static void other_statuses_are_refusals_only_where_that_is_sure(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum jenkins_trigger what;
    } table[] = {
        {302, TRIGGER_REFUSED}, {400, TRIGGER_REFUSED},  {422, TRIGGER_REFUSED},
        {408, TRIGGER_UNKNOWN}, {502, TRIGGER_UNKNOWN},  {504, TRIGGER_UNKNOWN},
        {200, TRIGGER_UNKNOWN}, {202, TRIGGER_UNKNOWN},  {303, TRIGGER_UNKNOWN},
        {520, TRIGGER_UNKNOWN}, {201, TRIGGER_ACCEPTED},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct jenkins_head head = {.status = table[i].status};
        struct error err = {0};
        struct jenkins_triggered t = jenkins_parse_trigger(&head, &err);
        assert_int_equal(t.what, table[i].what);
        assert_false(t.queue_id.known);
        assert_true(t.what == TRIGGER_ACCEPTED || *err.text);
    }
    struct jenkins_head login = {.status = 303, .location = "https://sso.example/login"};
    assert_int_equal(jenkins_parse_trigger(&login, NULL).what, TRIGGER_UNKNOWN);
}

static void a_location_gives_its_number_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *location;
        int64_t id; /* -1: none */
    } table[] = {
        {"http://127.0.0.1:18080/queue/item/3/", 3},
        {"https://other.example/ci/queue/item/44", 44},
        {"/queue/item/9223372036854775807/", INT64_MAX},
        {"/queue/item/9223372036854775808/", -1},
        {"/queue/item/", -1},
        {"/queue/item//", -1},
        {"/queue/item/x3/", -1},
        {"/queue/item/-3/", -1},
        {"/queue/item/3/api", -1},
        {"/queue/item/3?x=1", -1},
        {"/queue/item/3/?x", -1},
        {"/job/x/3/", -1},
        {"", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct opt_i64 id = jenkins_parse_location(table[i].location);
        if (id.known != (table[i].id >= 0) || (id.known && id.v != table[i].id)) {
            fail_msg("%s", table[i].location);
        }
    }
}

/* --- how a GET ended --- */

static enum jenkins_reach reach_of(const char *name, enum jenkins_kind kind, struct error *err)
{
    struct recording r = recording_load(name);
    struct jenkins_head head = recording_head(&r);
    enum jenkins_reach reach = jenkins_parse_reach(kind, &head, r.body, r.len, err);
    recording_free(&r);
    return reach;
}

static void recorded_answers_are_reached_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *recording;
        enum jenkins_kind kind;
        enum jenkins_reach reach;
        const char *says;
    } table[] = {
        {"auth-whoami", KIND_API, JENKINS_OK, ""},
        {"auth-anonymous-403", KIND_API, JENKINS_DENIED, "authentication"},
        {"auth-wrong-token-401", KIND_API, JENKINS_DENIED, "token"},
        {"auth-no-permission-403", KIND_ACTION, JENKINS_DENIED, "hudson.model.Item.Build"},
        {"auth-unknown-or-hidden-job-404", KIND_API, JENKINS_ABSENT, "404"},
        {"boot-503", KIND_API, JENKINS_STARTING, "503"},
        {"boot-500", KIND_API, JENKINS_STARTING, "500"},
        {"boot-403", KIND_API, JENKINS_STARTING, "403"},
        {"wfapi-done", KIND_PLUGIN, JENKINS_OK, ""},
        {"wfapi-done", KIND_API, JENKINS_UNREACHED, "not by Jenkins"},
        {"wfapi-absent-404", KIND_PLUGIN, JENKINS_ABSENT, "plugin"},
        {"wfapi-absent-404", KIND_API, JENKINS_UNREACHED, "context path"},
        {"log-start0", KIND_LOG, JENKINS_OK, ""},
        {"queue-cancel-no-permission-422", KIND_ACTION, JENKINS_DENIED, "422"},
        {"input-not-allowed-400", KIND_ACTION, JENKINS_DENIED,
         "You need to be operator to submit this."},
        {"input-already-decided-404", KIND_ACTION, JENKINS_ABSENT, "404"},
        {"trigger-not-parameterised-500", KIND_API, JENKINS_ODD, "500"},
        {"trigger-303-coalesced", KIND_API, JENKINS_UNREACHED, "303"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct error err = {0};
        enum jenkins_reach reach = reach_of(table[i].recording, table[i].kind, &err);
        if (reach != table[i].reach || !strstr(err.text, table[i].says)) {
            fail_msg("%s: %d \"%s\"", table[i].recording, (int)reach, err.text);
        }
    }
}

static void both_403_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *recording;
        bool crumb;
    } table[] = {
        {"auth-password-no-crumb-403", true}, {"boot-403", true},
        {"auth-no-permission-403", false},    {"auth-anonymous-403", false},
        {"auth-wrong-token-401", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct recording r = recording_load(table[i].recording);
        struct jenkins_head head = recording_head(&r);
        assert_int_equal(jenkins_parse_wants_crumb(&head), table[i].crumb);
        recording_free(&r);
    }
}

static void headers_are_read_whatever_their_case(void **state)
{
    (void)state;
    struct jenkins_head head = {.boot = "old"};
    static const char *const lines[] = {
        "HTTP/1.1 200 OK\r\n",
        "x-jenkins: 2.462.3\r\n",
        "X-JENKINS-SESSION:5fc35827\r\n",
        "X-Text-Size: 663\r\n",
        "X-More-Data: true\r\n",
        "Set-Cookie: other=1; Path=/\r\n",
        "Set-Cookie: JSESSIONID.c2c950dd=node0abc; Path=/; HttpOnly\r\n",
        "X-Error: a\033[2Jb\r\n",
        "no colon\r\n",
        "\r\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        jenkins_parse_head(&head, lines[i], strlen(lines[i]));
    }
    assert_int_equal(head.status, 200);
    assert_string_equal(head.version, "2.462.3");
    assert_string_equal(head.boot, "5fc35827");
    assert_true(head.text_size.known && head.text_size.v == 663);
    assert_true(head.more_data);
    assert_string_equal(head.cookie, "JSESSIONID.c2c950dd=node0abc");
    assert_null(strchr(head.error, '\033'));
    jenkins_parse_head(&head, "HTTP/1.1 404", 12); /* a second answer starts anew */
    assert_int_equal(head.status, 404);
    assert_string_equal(head.boot, "");
    assert_false(head.text_size.known);
}

static void what_a_header_must_not_do(void **state)
{
    (void)state;
    char line[700] = "Location: http://h/queue/item/";
    struct jenkins_head head = {.status = 201};
    memset(line + strlen(line), '1', 600);
    jenkins_parse_head(&head, line, strlen(line));
    assert_string_equal(head.location, ""); /* not half a number */
    static const char bad[] = "Set-Cookie: JSESSIONID.a=x\ry: z";
    jenkins_parse_head(&head, bad, sizeof bad - 1);
    assert_string_equal(head.cookie, "");
    jenkins_parse_head(&head, "X-Text-Size: -5", 15);
    assert_false(head.text_size.known);
    jenkins_parse_head(&head, "X-Text-Size: 99999999999999999999", 33);
    assert_false(head.text_size.known);
}

static void a_title_is_all_that_is_said_of_a_page(void **state)
{
    (void)state;
    static const struct {
        const char *body, *title;
    } table[] = {
        {"<html><head><title>Error 403 No valid crumb was included in the request</title>",
         "No valid crumb was included in the request"},
        {"<TITLE>Oops!\033[31m</TITLE>", "Oops!\302\267[31m"},
        {"<title>never ends", ""},
        {"{}", ""},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        char title[80];
        jenkins_parse_title(table[i].body, strlen(table[i].body), title, sizeof title);
        assert_string_equal(title, table[i].title);
    }
}

/* --- the job --- */

static struct jenkins_job job;

static void read_job(const char *name)
{
    struct recording r = recording_load(name);
    assert_true(jenkins_parse_job(r.body, r.len, &job));
    recording_free(&r);
}

static void a_job_tells_its_parameters(void **state)
{
    (void)state;
    read_job("job-parameterised");
    assert_string_equal(job.full_name, "fs-param");
    assert_int_equal(job.buildable, TRI_YES);
    assert_int_equal(job.disabled, TRI_NO);
    assert_int_equal(job.concurrent, TRI_NO);
    assert_int_equal(job.in_queue, TRI_NO);
    assert_int_equal(job.quieting, TRI_UNKNOWN);
    assert_true(job.next_number.known && job.next_number.v == 1);
    assert_false(job.last_number.known);
    assert_int_equal(job.last_building, TRI_NO);
    assert_true(job.declares);
    assert_int_equal(job.n_params, 4);
    assert_string_equal(job.params[0].name, "TARGET");
    assert_int_equal(job.params[0].type, JENKINS_STRING);
    assert_string_equal(job.params[2].name, "DRY_RUN");
    assert_int_equal(job.params[2].type, JENKINS_BOOLEAN);
    assert_int_equal(job.params[3].type, JENKINS_CHOICE);
    assert_int_equal(job.params[3].n_choices, 2);
    assert_string_equal(job.params[3].choices[1], "forced");
}

static void a_pipeline_that_never_ran_declares_nothing(void **state)
{
    (void)state;
    read_job("job-pipeline-never-run");
    assert_false(job.declares);
    assert_int_equal(job.n_params, 0);
    assert_int_equal(job.disabled, TRI_UNKNOWN); /* it does not say */
    read_job("job-folder-spaces");
    assert_string_equal(job.full_name, "ops/db team/fail over");
}

static void a_job_says_what_it_says_and_no_more(void **state)
{
    (void)state;
    static const char hidden[] = "{\"fullName\":\"x\",\"property\":[{},null,7,"
                                 "{\"parameterDefinitions\":[{\"name\":\"A\\nB\",\"type\":"
                                 "\"PasswordParameterDefinition\"},{\"type\":\"x\"}]}],"
                                 "\"nextBuildNumber\":\"7\",\"buildable\":1}";
    assert_true(jenkins_parse_job(hidden, sizeof hidden - 1, &job));
    assert_int_equal(job.last_building, TRI_UNKNOWN);
    assert_int_equal(job.buildable, TRI_UNKNOWN);
    assert_false(job.next_number.known);
    assert_true(job.declares);
    assert_int_equal(job.n_params, 1);
    assert_string_equal(job.params[0].name, "A\302\267B");
    assert_int_equal(job.params[0].type, JENKINS_OTHER);
    assert_false(jenkins_parse_job("{}", 2, &job));
    assert_false(jenkins_parse_job("<html>", 6, &job));
    assert_false(jenkins_parse_job("", 0, &job));
    assert_false(jenkins_parse_job("{\"fullName\":\"x\"} y", 18, &job));
}

static void many_choices_are_counted(void **state)
{
    (void)state;
    char text[2048] = "{\"fullName\":\"x\",\"property\":[{\"parameterDefinitions\":[{\"name\":"
                      "\"A\",\"type\":\"ChoiceParameterDefinition\",\"choices\":[\"0\"";
    for (int i = 1; i < 40; i++) {
        size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, ",\"%d\"", i);
    }
    size_t len = strlen(text);
    (void)snprintf(text + len, sizeof text - len, "]}]}]}");
    assert_true(jenkins_parse_job(text, strlen(text), &job));
    assert_int_equal(job.params[0].n_choices, 25);
    assert_string_equal(job.params[0].choices[23], "23");
}

static void the_controller_says_who_we_are_and_whether_it_stops(void **state)
{
    (void)state;
    char user[64] = "";
    enum tri quieting = TRI_UNKNOWN;
    struct recording r = recording_load("auth-whoami");
    assert_true(jenkins_parse_user(r.body, r.len, user, sizeof user));
    assert_string_equal(user, "operator");
    recording_free(&r);
    assert_true(jenkins_parse_quieting("{\"quietingDown\":true}", 21, &quieting));
    assert_int_equal(quieting, TRI_YES);
    assert_false(jenkins_parse_quieting("{}", 2, &quieting));
    assert_int_equal(quieting, TRI_YES);
}

static void a_crumb_becomes_a_header_and_never_two(void **state)
{
    (void)state;
    char line[288];
    struct recording r = recording_load("auth-crumb-token");
    assert_true(jenkins_parse_crumb(r.body, r.len, line, sizeof line));
    assert_string_equal(line, "Jenkins-Crumb: 0123456789abcdef0123456789abcdef"
                              "0123456789abcdef0123456789abcdef");
    recording_free(&r);
    static const char *const bad[] = {
        "{\"crumb\":\"a\\r\\nX: y\",\"crumbRequestField\":\"Jenkins-Crumb\"}",
        "{\"crumb\":\"a\",\"crumbRequestField\":\"X: y\\r\\nZ\"}",
        "{\"crumb\":\"\",\"crumbRequestField\":\"Jenkins-Crumb\"}",
        "{\"crumb\":\"a\"}",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(jenkins_parse_crumb(bad[i], strlen(bad[i]), line, sizeof line));
    }
}

/* --- the queue --- */

static void queue_items_have_states(void **state)
{
    (void)state;
    static const struct {
        const char *recording, *job;
        enum jenkins_item_state item;
        int64_t id, build; /* 0: none */
        const char *request_id, *why;
        bool stuck;
    } table[] = {
        {"queue-waiting", "fs-param", ITEM_WAITING, 13, 0, "t63", "In the quiet period", false},
        {"queue-blocked-many-causes", "fs-slow", ITEM_BLOCKED, 16, 0, "co-run",
         "Build #1 is already in progress", false},
        {"queue-buildable-stuck", "", ITEM_BUILDABLE, 18, 0, NULL,
         "\342\200\230Jenkins\342\200\231", true},
        {"queue-left-started", "fs-param", ITEM_LEFT, 3, 1, "r 1&x=\303\274%+", "", false},
        {"queue-left-cancelled", "fs-slow", ITEM_CANCELLED, 17, 0, "co-other", "", false},
        {"queue-quieting-down", "", ITEM_BUILDABLE, 34, 0, NULL, "about to shut down", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct recording r = recording_load(table[i].recording);
        struct jenkins_item item;
        bool ours = false;
        assert_true(
            jenkins_parse_item(r.body, r.len, table[i].job, "REQUEST_ID", &item, &ours));
        recording_free(&r);
        if (item.state != table[i].item || item.id != table[i].id ||
            item.stuck != table[i].stuck || item.build.known != (table[i].build != 0) ||
            item.build.v != table[i].build || !strstr(item.why, table[i].why) ||
            (table[i].request_id && strcmp(item.request_id, table[i].request_id) != 0)) {
            fail_msg("%s: state %d id %lld why %s request %s", table[i].recording,
                     (int)item.state, (long long)item.id, item.why, item.request_id);
        }
        assert_true(ours == (*table[i].job != '\0'));
    }
}

static bool search_queue(const char *text, const char *path, struct jenkins_found *out)
{
    *out = (struct jenkins_found){0};
    return jenkins_parse_queue_search(text, strlen(text), path, "REQUEST_ID", "r1", out);
}

#define R1         "\"actions\":[{},{\"parameters\":[{\"name\":\"REQUEST_ID\",\"value\":\"r1\"}]}"
#define TASK(name) "\"task\":{\"name\":\"" name "\"},"

static void a_search_of_the_queue_takes_only_our_own(void **state)
{
    (void)state;
    struct jenkins_found found;
    assert_true(search_queue("{\"items\":[]}", "x", &found));
    assert_false(found.in_queue);
    assert_false(search_queue("{}", "x", &found));
    assert_true(search_queue("{\"items\":[{\"id\":9223372036854775807," TASK("x") R1 "]}]}",
                             "ops/x", &found));
    assert_true(found.in_queue && found.queue_id == INT64_MAX);
    /* another job that is handed our parameters on */
    assert_true(search_queue("{\"items\":[{\"id\":5," TASK("child") R1 "]}]}", "x", &found));
    assert_false(found.in_queue);
    assert_true(search_queue("{\"items\":[{\"id\":5," TASK("x") R1
                             ",{\"causes\":[{\"_class\":\"a.ReplayCause\"}]}]}]}",
                             "x", &found));
    assert_false(found.in_queue);
    assert_int_equal(found.copies, 1);
    assert_true(search_queue(
        "{\"items\":[{\"id\":5," TASK("x") "\"actions\":[{\"parameters\":["
                                           "{\"name\":\"REQUEST_ID\",\"value\":\"r10\"},"
                                           "{\"name\":\"OTHER\",\"value\":\"r1\"}]}]}]}",
        "x", &found));
    assert_false(found.in_queue);
}

static void an_item_of_a_pipelines_node_says_why_it_waits(void **state)
{
    (void)state;
    static const struct {
        const char *recording, *job;
        int64_t number;
        const char *why;
    } table[] = {
        {"queue-pipeline-placeholder", "node-nolabel", 1, "no-such-agent"},
        {"queue-pipeline-placeholder", "node-nolabel", 11, NULL},
        {"queue-pipeline-placeholder", "ops/node-nolabel", 1, NULL},
        {"queue-pipeline-placeholder", "nolabel", 1, NULL},
        {"queue-after-crash", "failover-long", 3, "Finished waiting"},
        {"queue-after-crash", "failover-long", 33, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct recording r = recording_load(table[i].recording);
        char why[200];
        assert_true(
            jenkins_parse_waits(r.body, r.len, table[i].job, table[i].number, why, sizeof why));
        if (table[i].why ? !strstr(why, table[i].why) : *why) {
            fail_msg("%s: %s", table[i].recording, why);
        }
        recording_free(&r);
    }
}

/* --- builds --- */

static void builds_end_when_they_no_longer_build(void **state)
{
    (void)state;
    static const struct {
        const char *recording;
        bool building, pipeline;
        enum jenkins_result result;
        int64_t took_ms, estimated_ms; /* -1: unknown */
    } table[] = {
        {"build-running", true, false, RESULT_NONE, -1, -1},
        {"build-done", false, false, RESULT_SUCCESS, 8057, 8057},
        {"build-result-before-end", true, true, RESULT_FAILURE, -1, -1},
        {"build-queueid-changed", true, true, RESULT_NONE, -1, -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct recording r = recording_load(table[i].recording);
        struct jenkins_build b;
        bool pipeline = false;
        assert_true(jenkins_parse_build(r.body, r.len, &b, &pipeline));
        recording_free(&r);
        assert_int_equal(b.building, table[i].building);
        assert_int_equal(b.result, table[i].result);
        assert_int_equal(pipeline, table[i].pipeline);
        assert_int_equal(b.took_ms.known ? b.took_ms.v : -1, table[i].took_ms);
        assert_int_equal(b.estimated_ms.known ? b.estimated_ms.v : -1, table[i].estimated_ms);
    }
}

static void results_that_we_do_not_know_are_kept_as_words(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum jenkins_result result;
    } table[] = {
        {"UNSTABLE", RESULT_UNSTABLE},
        {"ABORTED", RESULT_ABORTED},
        {"NOT_BUILT", RESULT_NOT_BUILT},
        {"SPLENDID", RESULT_OTHER},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        char text[128];
        struct jenkins_build b;
        bool pipeline;
        (void)snprintf(text, sizeof text, "{\"number\":1,\"building\":false,\"result\":\"%s\"}",
                       table[i].word);
        assert_true(jenkins_parse_build(text, strlen(text), &b, &pipeline));
        assert_int_equal(b.result, table[i].result);
        assert_string_equal(b.result_word, table[i].word);
    }
    struct jenkins_build b;
    bool pipeline;
    assert_false(jenkins_parse_build("{\"number\":1}", 12, &b, &pipeline));
}

static struct jenkins_found search_builds(const char *name, const char *request_id)
{
    struct recording r = recording_load(name);
    struct jenkins_found found = {0};
    assert_true(jenkins_parse_build_search(r.body, r.len, "REQUEST_ID", request_id, &found));
    recording_free(&r);
    return found;
}

static void a_search_takes_the_original_and_counts_the_copies(void **state)
{
    (void)state;
    struct jenkins_found found = search_builds("build-replay-and-restart-causes", "uniq-9");
    assert_true(found.is_build);
    assert_int_equal(found.number, 3);
    assert_int_equal(found.copies, 3);
    found = search_builds("build-replay-and-restart-causes", "uniq");
    assert_false(found.is_build);
    found = search_builds("build-search-by-parameter", "co-run");
    assert_int_equal(found.number, 1); /* of two originals the oldest */
    assert_int_equal(found.copies, 1);
}

/* --- stages --- */

static struct jenkins_stages stages;

static void read_wfapi(const char *name, const char *log_text)
{
    struct recording r = recording_load(name);
    assert_true(jenkins_parse_wfapi(r.body, r.len, log_text, &stages));
    assert_int_equal(stages.from, STAGES_WFAPI);
    recording_free(&r);
}

/* "Precheck=D Drain=D": names and states in a word. */
static const char *told(void)
{
    static const char letter[] = "RPDUFAS";
    static char text[1024];
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < stages.n; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s=%c", i ? " " : "",
                                stages.stages[i].name, letter[stages.stages[i].state]);
    }
    return text;
}

static void recorded_stages_have_states(void **state)
{
    (void)state;
    static const struct {
        const char *recording, *told;
    } table[] = {
        {"wfapi-paused", "Precheck=D Drain=D Approve=P"},
        {"wfapi-done", "Precheck=D Drain=D Approve=D Promote=D Verify=D "
                       "Declarative: Post Actions=D"},
        {"wfapi-failed-with-skipped", "Precheck=D Promote=F Verify=S"},
        {"wfapi-aborted-with-skipped", "Precheck=D Drain=D Approve=A Promote=S Verify=S "
                                       "Declarative: Post Actions=D"},
        {"wfapi-restarted-from-stage", "Precheck=S Promote=F Verify=S"},
        {"wfapi-parallel-running", "Prep=D Fan=R A=R B=R"},
        {"wfapi-compile-error", ""},
        {"wfapi-no-executor", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        read_wfapi(table[i].recording, NULL);
        if (strcmp(told(), table[i].told) != 0) {
            fail_msg("%s: %s", table[i].recording, told());
        }
    }
}

static void times_of_stages_are_known_or_not(void **state)
{
    (void)state;
    read_wfapi("wfapi-paused", NULL);
    assert_int_equal(stages.stages[0].started_wall_ms, 1795389209520);
    assert_true(stages.stages[0].took_ms.known && stages.stages[0].took_ms.v == 3532);
    assert_true(stages.stages[2].paused_ms.known && stages.stages[2].paused_ms.v == 227);
    read_wfapi("wfapi-parallel-running", NULL);
    assert_false(stages.stages[1].took_ms.known); /* the 45 ms of a parent that runs */
    assert_false(stages.stages[3].took_ms.known);
    assert_false(stages.stages[3].paused_ms.known);
    read_wfapi("wfapi-failed-with-skipped", NULL);
    assert_false(stages.stages[2].took_ms.known);
}

#define STAGE(name, status, ms, why)                                                           \
    "{\"name\":\"" name "\",\"status\":\"" status                                              \
    "\",\"startTimeMillis\":1,\"durationMillis\":" ms ",\"error\":{\"message\":\"" why "\"}}"

static void a_second_failure_of_its_own_stays_one(void **state)
{
    (void)state;
    static const char two[] =
        "{\"status\":\"FAILED\",\"stages\":[" STAGE("A", "FAILED", "300", "x") "," STAGE(
            "B", "FAILED", "30", "y") "," STAGE("C", "FAILED", "3000", "x") "]}";
    assert_true(jenkins_parse_wfapi(two, sizeof two - 1, NULL, &stages));
    assert_string_equal(told(), "A=F B=F C=F");
    /* The log knows better than a guess. */
    assert_true(jenkins_parse_wfapi(two, sizeof two - 1,
                                    "[Pipeline] { (C)\nStage \"C\" skipped due to earlier "
                                    "failure(s)\n",
                                    &stages));
    assert_string_equal(told(), "A=F B=F C=S");
    /* A step that prints such words within a line says nothing. */
    assert_true(jenkins_parse_wfapi(two, sizeof two - 1,
                                    "+ echo Stage \"C\" skipped due to x\n", &stages));
    assert_string_equal(told(), "A=F B=F C=F");
}

static void a_word_to_come_is_no_end(void **state)
{
    (void)state;
    static const char text[] = "{\"stages\":[{\"name\":\"A\",\"status\":\"SHINING\"},null,4]}";
    assert_true(jenkins_parse_wfapi(text, sizeof text - 1, NULL, &stages));
    assert_int_equal(stages.n, 3);
    assert_int_equal(stages.stages[0].state, STAGE_RUNNING);
    assert_false(jenkins_parse_wfapi("{}", 2, NULL, &stages));
}

static void the_flow_graph_gives_the_same_stages(void **state)
{
    (void)state;
    struct recording r = recording_load("build-flowgraph-nodes");
    assert_true(jenkins_parse_flowgraph(r.body, r.len, NULL, &stages));
    recording_free(&r);
    assert_int_equal(stages.from, STAGES_FLOWGRAPH);
    assert_string_equal(told(), "Precheck=D Promote=F Verify=S");
    assert_false(jenkins_parse_flowgraph("{\"actions\":[{}]}", 16, NULL, &stages));
}

#define NODE(class, name, rest)                                                                \
    "{\"_class\":\"a." class "\",\"displayName\":\"" name "\"" rest "}"

static void the_flow_graph_of_a_run_under_way(void **state)
{
    (void)state;
    static const char text[] =
        "{\"actions\":[{\"nodes\":[" NODE("StepStartNode", "Stage : Start", "") "," NODE(
            "StepStartNode", "Outer",
            "") "," NODE("StepStartNode", "Stage : Start",
                         "") "," NODE("StepStartNode", "Approve",
                                      "") "," NODE("StepAtomNode", "Wait for interactive input",
                                                   ",\"running\":true") "]}]}";
    assert_true(jenkins_parse_flowgraph(text, sizeof text - 1, NULL, &stages));
    assert_string_equal(told(), "Outer=R Approve=P");
}

static void the_marks_of_the_log_give_the_same_stages(void **state)
{
    (void)state;
    struct recording r = recording_load("log-pipeline-aborted");
    char log_text[8192];
    jenkins_parse_log(r.body, r.len, log_text, sizeof log_text);
    recording_free(&r);
    jenkins_parse_markers(log_text, &stages);
    assert_int_equal(stages.from, STAGES_LOG);
    assert_string_equal(told(), "Precheck=D Drain=D Approve=A Promote=S Verify=S "
                                "Declarative: Post Actions=D");
    /* up to the input: it waits */
    *strstr(log_text, "[2026-11-22T23:13:46.886Z]") = '\0';
    jenkins_parse_markers(log_text, &stages);
    assert_string_equal(told(), "Precheck=D Drain=D Approve=P");
    *strstr(log_text, "[Pipeline] { (Approve)") = '\0';
    jenkins_parse_markers(log_text, &stages);
    assert_string_equal(told(), "Precheck=D Drain=D");
}

static void marks_of_odd_logs(void **state)
{
    (void)state;
    jenkins_parse_markers("", &stages);
    assert_int_equal(stages.n, 0);
    jenkins_parse_markers("[Pipeline] }\n[Pipeline] }\n[Pipeline] { (A)\n[Pipeline] {\n"
                          "[Pipeline] }\n[Pipeline] { (Branch: b)\nx [Pipeline] }\n",
                          &stages);
    assert_string_equal(told(), "A=R b=R");
    jenkins_parse_markers("[Pipeline] { (A)\n[Pipeline] }\n[Pipeline] { (B)\n[Pipeline] }\n"
                          "Finished: FAILURE\n",
                          &stages);
    assert_string_equal(told(), "A=D B=F");
    jenkins_parse_markers("[Pipeline] { (A)\n[Pipeline] input\n[Pipeline] echo\n", &stages);
    assert_string_equal(told(), "A=R"); /* answered */
}

/* --- inputs --- */

static void a_pending_input_is_read(void **state)
{
    (void)state;
    struct jenkins_input input;
    char *raw = NULL;
    struct recording r = recording_load("input-pending");
    assert_true(jenkins_parse_input(r.body, r.len, &input, &raw));
    recording_free(&r);
    assert_true(input.pending);
    assert_string_equal(input.id, "Promote");
    assert_string_equal(raw, "Promote");
    assert_string_equal(input.message, "Promote the standby?");
    assert_int_equal(input.n_inputs, 0);
    free(raw);
    r = recording_load("input-pending-with-parameters");
    assert_true(jenkins_parse_input(r.body, r.len, &input, NULL));
    recording_free(&r);
    assert_int_equal(input.n_inputs, 2);
    assert_true(jenkins_parse_input("[]", 2, &input, NULL));
    assert_false(input.pending);
    assert_false(jenkins_parse_input("{}", 2, &input, NULL));
    assert_false(jenkins_parse_input("[{}]", 4, &input, NULL));
}

/* --- the log --- */

static void a_log_is_made_fit_for_a_screen(void **state)
{
    (void)state;
    char out[4096];
    struct recording r = recording_load("log-utf8-and-escapes");
    jenkins_parse_log(r.body, r.len, out, sizeof out);
    recording_free(&r);
    for (const char *p = out; *p; p++) {
        assert_true(*p == '\n' || (unsigned char)*p >= ' ');
    }
    assert_non_null(strstr(out, "\nwipe\n")); /* the title and the clearing are gone */
    assert_non_null(strstr(out, "\nFinished: SUCCESS\n"));
    r = recording_load("log-start0");
    jenkins_parse_log(r.body, r.len, out, sizeof out);
    recording_free(&r);
    assert_non_null(strstr(out, "REQUEST_ID=r 1&x=\303\274%+\n"));
    assert_null(strchr(out, '\r'));
}

#define LOG(raw, room, expected) log_bytes(raw, sizeof(raw) - 1, room, expected)

static void log_bytes(const char *raw, size_t len, size_t room, const char *expected)
{
    char out[64];
    jenkins_parse_log(raw, len, out, room);
    assert_string_equal(out, expected);
}

static void odd_bytes_of_a_log(void **state)
{
    (void)state;
    enum { ROOM = 64 };
    LOG("", ROOM, "");
    LOG("no end", ROOM, "no end");
    LOG("a\tb\r\r\n", ROOM, "a b\n");
    LOG("10%\r20%\n", ROOM, "10%\302\26720%\n");
    LOG("a\0b\n", ROOM, "a\302\267b\n");
    LOG("\377\n", ROOM, "\302\267\n");
    LOG("\033[1;31mred\033[0m\033", ROOM, "red");
    LOG("\033]0;t\033\\x\033]0;t\ay\033(Bz\n", ROOM, "xyBz\n");
    LOG("\033[12", ROOM, "");
    LOG("one\ntwo\nthree\n", 10, "three\n"); /* the newest, whole lines */
    LOG("one\ntwo\nthree\n", 15, "one\ntwo\nthree\n");
    LOG("abcdefgh\n", 5, "fgh\n"); /* one long line: its end */
    LOG("\303\274\303\274\303\274", 6, "\303\274\303\274");
    LOG("abc", 1, "");
}

/* --- addresses --- */

static void addresses_have_one_slash(void **state)
{
    (void)state;
    static const struct {
        const char *base, *job, *url;
    } table[] = {
        {"http://h:8080", "x", "http://h:8080/job/x/api"},
        {"http://h/ci//", "/a//b c/", "http://h/ci/job/a/job/b%20c/api"},
        {"https://h/jenkins", "ops/db team/fail over",
         "https://h/jenkins/job/ops/job/db%20team/job/fail%20over/api"},
        {"http://h/", "", "http://h/api"},
        {"http://h", "\303\274/%2F?#", "http://h/job/%C3%BC/job/%252F%3F%23/api"},
        {"http://h", "../a", "http://h/job/../job/a/api"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        char *folder = jenkins_url_job(table[i].job);
        char *url = jenkins_url(table[i].base, folder, "%s", "api");
        assert_string_equal(url, table[i].url);
        free(url);
        free(folder);
    }
    char *url = jenkins_url_tree("http://h/", "job/x/", "api/json", "b[n]{0,5}");
    assert_string_equal(url, "http://h/job/x/api/json?tree=b%5Bn%5D%7B0%2C5%7D");
    free(url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_triggers_have_their_meaning),
        cmocka_unit_test(other_statuses_are_refusals_only_where_that_is_sure),
        cmocka_unit_test(a_location_gives_its_number_and_nothing_else),
        cmocka_unit_test(recorded_answers_are_reached_or_not),
        cmocka_unit_test(both_403_are_told_apart),
        cmocka_unit_test(headers_are_read_whatever_their_case),
        cmocka_unit_test(what_a_header_must_not_do),
        cmocka_unit_test(a_title_is_all_that_is_said_of_a_page),
        cmocka_unit_test(a_job_tells_its_parameters),
        cmocka_unit_test(a_pipeline_that_never_ran_declares_nothing),
        cmocka_unit_test(a_job_says_what_it_says_and_no_more),
        cmocka_unit_test(many_choices_are_counted),
        cmocka_unit_test(the_controller_says_who_we_are_and_whether_it_stops),
        cmocka_unit_test(a_crumb_becomes_a_header_and_never_two),
        cmocka_unit_test(queue_items_have_states),
        cmocka_unit_test(a_search_of_the_queue_takes_only_our_own),
        cmocka_unit_test(an_item_of_a_pipelines_node_says_why_it_waits),
        cmocka_unit_test(builds_end_when_they_no_longer_build),
        cmocka_unit_test(results_that_we_do_not_know_are_kept_as_words),
        cmocka_unit_test(a_search_takes_the_original_and_counts_the_copies),
        cmocka_unit_test(recorded_stages_have_states),
        cmocka_unit_test(times_of_stages_are_known_or_not),
        cmocka_unit_test(a_second_failure_of_its_own_stays_one),
        cmocka_unit_test(a_word_to_come_is_no_end),
        cmocka_unit_test(the_flow_graph_gives_the_same_stages),
        cmocka_unit_test(the_flow_graph_of_a_run_under_way),
        cmocka_unit_test(the_marks_of_the_log_give_the_same_stages),
        cmocka_unit_test(marks_of_odd_logs),
        cmocka_unit_test(a_pending_input_is_read),
        cmocka_unit_test(a_log_is_made_fit_for_a_screen),
        cmocka_unit_test(odd_bytes_of_a_log),
        cmocka_unit_test(addresses_have_one_slash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
