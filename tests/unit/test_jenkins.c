/* The client against a controller of the test's own, which repeats the recorded answers and
 * counts what it was asked over which connection. Long, as each thing that a controller or the
 * wire does has a case. */
#include "backend/failover/jenkins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/fact/clock.h"
#include "backend/net/http.h"
#include "backend/thread.h"
#include "fake_server.h"
#include "jenkins_server.h"
#include "recording.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

#define TOKEN     "11d5b0c2a7e94f"
#define BASIC     "Authorization: Basic b3BlcmF0b3I6MTFkNWIwYzJhN2U5NGY=\r\n"
#define POST_PATH "/job/fs-param/buildWithParameters"

#define ANSWER(status, headers, body)                                                          \
    "HTTP/1.1 " status "\r\n" headers "Content-Length: 0\r\n\r\n" body

static const struct jenkins_value values[] = {
    {"TARGET", "dc-b"},
    {"REQUEST_ID", "r 1&x=\303\274%+"},
    {"DRY_RUN", "false"},
};

struct rig {
    struct jenkins_server *server;
    char url[64], token[32], user[16];
    struct config_jenkins cfg;
    struct jenkins *j;
};

static void aim(struct rig *rig, const char *scheme, uint16_t port, const char *context,
                const char *job, int64_t timeout_ms)
{
    jenkins_destroy(rig->j);
    (void)snprintf(rig->url, sizeof rig->url, "%s://127.0.0.1:%u%s", scheme, (unsigned)port,
                   context);
    rig->cfg = (struct config_jenkins){.url = rig->url,
                                       .user = rig->user,
                                       .token = {.kind = SECRET_LITERAL, .name = rig->token},
                                       .verify_tls = true,
                                       .timeout_ms = timeout_ms};
    rig->j = jenkins_create(&rig->cfg, job);
    assert_non_null(rig->j);
}

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    (void)snprintf(rig->token, sizeof rig->token, "%s", TOKEN);
    (void)snprintf(rig->user, sizeof rig->user, "operator");
    rig->server = js_start();
    aim(rig, "http", rig->server->port, "", "fs-param", 10000);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    jenkins_destroy(rig->j);
    js_stop(rig->server);
    free(rig);
    return 0;
}

/* Answers with a recording. */
static void play(struct rig *rig, const char *method, const char *path, const char *name)
{
    size_t len;
    char *wire = recording_wire(name, &len);
    js_rule(rig->server, method, path, JS_REPLY, wire, len, -1);
}

static void play_job(struct rig *rig)
{
    play(rig, "GET", "/job/fs-param/api/json", "job-parameterised");
    js_say(rig->server, "GET", "/api/json", JS_REPLY,
           "HTTP/1.1 200 OK\r\nX-Jenkins: 2.462.3\r\nContent-Length: 22\r\n\r\n"
           "{\"quietingDown\":false}");
    play(rig, "GET", "/whoAmI/api/json", "auth-whoami");
}

static struct jenkins_job job; /* too large for a stack */

static struct jenkins_triggered trigger(struct rig *rig, struct error *err)
{
    return jenkins_trigger(rig->j, values, ARRAY_LEN(values), err);
}

/* --- the trigger --- */

static void a_trigger_is_one_post_on_a_connection_of_its_own(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    play_job(rig);
    play(rig, "POST", POST_PATH, "trigger-201");
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_OK);
    int64_t before_us = clock_real_us();
    struct jenkins_triggered t = trigger(rig, &err);
    assert_int_equal(t.what, TRIGGER_ACCEPTED);
    assert_int_equal(t.http_status, 201);
    assert_true(t.queue_id.known && t.queue_id.v == 3);
    assert_true(t.wire_us >= before_us && t.wire_us <= clock_real_us());
    assert_int_equal(trigger(rig, &err).what, TRIGGER_ACCEPTED);
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_OK);

    assert_int_equal(js_count(rig->server, "POST"), 2);
    assert_int_equal(js_request(rig->server, "GET", 0).connection, 1);
    assert_int_equal(js_request(rig->server, "POST", 0).connection, 2);
    assert_int_equal(js_request(rig->server, "POST", 1).connection, 3);
    assert_int_equal(js_request(rig->server, "GET", 4).connection, 1); /* GETs share one */

    struct js_request r = js_request(rig->server, "POST", 0);
    assert_non_null(strstr(r.text, "POST " POST_PATH " HTTP/1.1\r\n"));
    assert_non_null(strstr(r.text, BASIC));
    assert_non_null(strstr(r.text, "Accept: */*\r\n"));
    assert_non_null(strstr(r.text, "Content-Type: application/x-www-form-urlencoded\r\n"));
    assert_non_null(strstr(r.text, "\r\n\r\nTARGET=dc-b&REQUEST_ID=r%201%26x%3D%C3%BC%25%2B&"
                                   "DRY_RUN=false"));
    assert_null(strstr(r.text, "Expect:"));
    assert_null(strstr(r.text, "Cookie:"));
    assert_null(strstr(r.text, "Accept-Encoding:"));
}

/* What libcurl sends a second time over a connection that it has used before. */
static void a_post_that_is_closed_on_is_unknown_and_is_not_sent_again(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    play_job(rig);
    js_say(rig->server, "POST", POST_PATH, JS_DROP, NULL);
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_OK);
    struct jenkins_triggered t = trigger(rig, &err);
    assert_int_equal(t.what, TRIGGER_UNKNOWN);
    assert_int_equal(t.http_status, 0);
    assert_true(t.wire_us > 0);
    assert_string_equal(err.text, "closed without an answer");
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_OK);
    assert_int_equal(js_count(rig->server, "POST"), 1);
}

static void a_large_form_that_is_closed_on_is_not_sent_again(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    static char big[200 * 1024];
    memset(big, 'x', sizeof big - 1);
    const struct jenkins_value large[] = {{"REQUEST_ID", "r1"}, {"BIG", big}};
    struct fake_server *closer = fake_start(true);
    aim(rig, "http", closer->port, "", "fs-param", 10000);
    struct jenkins_triggered t = jenkins_trigger(rig->j, large, 2, &err);
    assert_int_equal(t.what, TRIGGER_UNKNOWN);
    assert_int_equal(atomic_load(&closer->accepted), 1);
    fake_stop(closer);
}

static void a_connection_that_is_reset_is_unknown(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    js_say(rig->server, "POST", POST_PATH, JS_RESET, NULL);
    struct jenkins_triggered t = trigger(rig, &err);
    assert_int_equal(t.what, TRIGGER_UNKNOWN);
    assert_string_equal(err.text, "connection reset");
    assert_int_equal(js_count(rig->server, "POST"), 1);
}

static void an_answer_cut_short_is_unknown(void **state)
{
    struct rig *rig = *state;
    static const char *const cut[] = {
        "HTTP/1.1 201 Cre",
        "HTTP/1.1 201 Created\r\nLocation: http://h/queue/item/3/\r\nContent-Length: "
        "9\r\n\r\nx",
        "SSH-2.0-OpenSSH_9.2\r\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(cut); i++) {
        struct error err = {0};
        js_forget(rig->server);
        js_say(rig->server, "POST", POST_PATH, JS_REPLY_CLOSE, cut[i]);
        struct jenkins_triggered t = trigger(rig, &err);
        assert_int_equal(t.what, TRIGGER_UNKNOWN);
        assert_true(*err.text);
        assert_int_equal(js_count(rig->server, "POST"), 1);
    }
}

static void what_never_left_is_not_sent(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    aim(rig, "http", fake_closed_port(), "", "fs-param", 10000);
    struct jenkins_triggered t = trigger(rig, &err);
    assert_int_equal(t.what, TRIGGER_NOT_SENT);
    assert_int_equal(t.wire_us, 0);
    assert_string_equal(err.text, "connection refused");
    /* A controller that speaks no TLS never sees the request. */
    struct fake_server *plain = fake_start(false);
    fake_set(plain, FAKE_CLOSE, "HTTP/1.1 400 Bad\r\n\r\n", 20);
    aim(rig, "https", plain->port, "", "fs-param", 10000);
    t = trigger(rig, &err);
    assert_int_equal(t.what, TRIGGER_NOT_SENT);
    assert_non_null(strstr(err.text, "TLS"));
    fake_stop(plain);
    /* no token, no request */
    aim(rig, "http", rig->server->port, "", "fs-param", 10000);
    rig->cfg.token = (struct secret){.kind = SECRET_ENV, .name = (char[]){"DRTOP_NO_SUCH"}};
    t = trigger(rig, &err);
    assert_int_equal(t.what, TRIGGER_NOT_SENT);
    assert_non_null(strstr(err.text, "token"));
    /* no values: Jenkins would take the defaults */
    rig->cfg.token = (struct secret){.kind = SECRET_LITERAL, .name = rig->token};
    assert_int_equal(jenkins_trigger(rig->j, values, 0, &err).what, TRIGGER_NOT_SENT);
    assert_int_equal(js_count(rig->server, "POST"), 0);
}

static void a_303_is_not_followed(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    play(rig, "POST", POST_PATH, "trigger-303-coalesced");
    struct jenkins_triggered t = trigger(rig, &err);
    assert_int_equal(t.what, TRIGGER_JOINED);
    assert_true(t.queue_id.known && t.queue_id.v == 16);
    assert_int_equal(js_count(rig->server, NULL), 1);
}

static void hosts_of_answers_are_never_asked(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    struct jenkins_server *other = js_start();
    static const char *const statuses[] = {"201 Created", "303 See Other", "302 Found",
                                           "307 Temporary Redirect", "401 Unauthorized"};
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        char reply[256];
        js_forget(rig->server);
        (void)snprintf(reply, sizeof reply,
                       "HTTP/1.1 %s\r\nLocation: http://127.0.0.1:%u/queue/item/3/\r\n"
                       "WWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
                       statuses[i], (unsigned)other->port);
        js_say(rig->server, "POST", POST_PATH, JS_REPLY, reply);
        js_say(rig->server, "GET", "/", JS_REPLY, reply);
        struct jenkins_triggered t = trigger(rig, &err);
        assert_int_equal(t.queue_id.known, i < 2);
        assert_int_not_equal(jenkins_look(rig->j, &job, &err), JENKINS_OK);
        assert_int_equal(js_count(rig->server, NULL), 2);
    }
    assert_int_equal(js_accepted(other), 0);
    js_stop(other);
}

static void refusals_are_refusals_and_asked_once(void **state)
{
    struct rig *rig = *state;
    static const char *const recordings[] = {
        "auth-wrong-token-401",
        "auth-no-permission-403",
        "auth-password-no-crumb-403",
        "boot-403",
        "boot-500",
        "boot-503",
        "auth-unknown-or-hidden-job-404",
        "trigger-get-405",
        "trigger-disabled-409",
        "trigger-not-parameterised-500",
    };
    for (size_t i = 0; i < ARRAY_LEN(recordings); i++) {
        struct error err = {0};
        js_forget(rig->server);
        play(rig, "GET", "/crumbIssuer/api/json", "auth-crumb-token");
        play(rig, "POST", POST_PATH, recordings[i]);
        struct jenkins_triggered t = trigger(rig, &err);
        if (t.what != TRIGGER_REFUSED || !*err.text || js_count(rig->server, NULL) != 1) {
            fail_msg("%s: %d \"%s\", %d requests", recordings[i], (int)t.what, err.text,
                     js_count(rig->server, NULL));
        }
    }
    static const char *const lost[] = {"502 Bad Gateway", "504 Gateway Timeout"};
    for (size_t i = 0; i < ARRAY_LEN(lost); i++) {
        struct error err = {0};
        char reply[128];
        js_forget(rig->server);
        (void)snprintf(reply, sizeof reply, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n",
                       lost[i]);
        js_say(rig->server, "POST", POST_PATH, JS_REPLY, reply);
        assert_int_equal(trigger(rig, &err).what, TRIGGER_UNKNOWN);
        assert_int_equal(js_count(rig->server, "POST"), 1);
    }
}

static void a_trigger_keeps_its_deadline(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    js_say(rig->server, "POST", POST_PATH, JS_HANG, NULL);
    js_say(rig->server, "GET", "/", JS_HANG, NULL);
    aim(rig, "http", rig->server->port, "", "fs-param", 200);
    struct jenkins_triggered t = trigger(rig, &err);
    assert_int_equal(t.what, TRIGGER_UNKNOWN);
    assert_non_null(strstr(err.text, "timed out after 0.2 s"));
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_UNREACHED);
    assert_int_equal(js_count(rig->server, "POST"), 1);
}

struct caller {
    struct rig *rig;
    struct jenkins_triggered triggered;
    struct error err;
};

static void *call_trigger(void *arg)
{
    struct caller *c = arg;
    c->triggered = trigger(c->rig, &c->err);
    return NULL;
}

static void a_call_can_be_interrupted(void **state)
{
    struct rig *rig = *state;
    struct caller c = {.rig = rig};
    pthread_t thread;
    js_say(rig->server, "POST", POST_PATH, JS_HANG, NULL);
    aim(rig, "http", rig->server->port, "", "fs-param", 3600 * 1000);
    assert_true(thread_start(&thread, call_trigger, &c));
    js_await(rig->server, 1);
    jenkins_interrupt(rig->j);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(c.triggered.what, TRIGGER_UNKNOWN);
    assert_string_equal(c.err.text, "interrupted");
    /* The next call is not. */
    js_forget(rig->server);
    play(rig, "POST", POST_PATH, "trigger-201");
    assert_int_equal(trigger(rig, &c.err).what, TRIGGER_ACCEPTED);
}

static void the_token_is_told_to_nobody(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    js_say(rig->server, "GET", "/", JS_REPLY_CLOSE,
           "HTTP/1.1 500 Server Error\r\nX-Jenkins: 2\r\n\r\n<title>got " TOKEN
           " \033[2J</title>");
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_ODD);
    assert_null(strstr(err.text, TOKEN));
    assert_string_equal(err.text, "500: got ************** \302\267[2J");
    assert_null(strstr(js_request(rig->server, "GET", 0).path, TOKEN));
    assert_non_null(strstr(js_request(rig->server, "GET", 0).text, BASIC));
}

/* --- crumbs --- */

static void a_crumb_that_is_offered_goes_with_the_trigger(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    play_job(rig);
    js_say(rig->server, "GET", "/crumbIssuer/api/json", JS_REPLY,
           "HTTP/1.1 200 OK\r\nX-Jenkins: 2\r\nSet-Cookie: JSESSIONID.1=n0; Path=/\r\n"
           "Content-Length: 54\r\n\r\n"
           "{\"crumb\":\"0a1b\",\"crumbRequestField\":\"Jenkins-Crumb\"}   ");
    play(rig, "POST", POST_PATH, "trigger-201");
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_OK);
    assert_int_equal(trigger(rig, &err).what, TRIGGER_ACCEPTED);
    struct js_request r = js_request(rig->server, "POST", 0);
    assert_non_null(strstr(r.text, "Jenkins-Crumb: 0a1b\r\n"));
    assert_non_null(strstr(r.text, "Cookie: JSESSIONID.1=n0\r\n"));
}

static void only_what_is_no_trigger_asks_again_with_a_crumb(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    size_t len;
    bool ended = true;
    char *wire = recording_wire("auth-password-no-crumb-403", &len);
    js_rule(rig->server, "POST", "/job/fs-param/1/stop", JS_REPLY, wire, len, 1);
    js_say(rig->server, "POST", "/job/fs-param/1/stop", JS_REPLY,
           ANSWER("302 Found", "Location: /job/fs-param/1/\r\n", ""));
    play(rig, "GET", "/crumbIssuer/api/json", "auth-crumb-token");
    play(rig, "GET", "/job/fs-param/1/api/json", "build-running");
    assert_int_equal(jenkins_stop(rig->j, 1, &ended, &err), JENKINS_OK);
    assert_false(ended);
    assert_int_equal(js_count(rig->server, "POST"), 2);
    struct js_request r = js_request(rig->server, "POST", 1);
    assert_non_null(strstr(r.text, "Jenkins-Crumb: 0123456789abcdef"));
    assert_non_null(strstr(r.text, "Cookie: JSESSIONID.c2c950dd="));
    assert_int_not_equal(r.connection, js_request(rig->server, "POST", 0).connection);
}

/* --- the job --- */

static void a_look_tells_the_job_and_the_controller(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    play_job(rig);
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_OK);
    assert_string_equal(job.boot, "5fc35827");
    assert_string_equal(job.version, "2.462.3");
    assert_string_equal(job.user, "operator");
    assert_int_equal(job.quieting, TRI_NO);
    assert_int_equal(job.n_params, 4);
}

static void a_look_that_learns_little_says_so(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    play(rig, "GET", "/job/fs-param/api/json", "job-parameterised");
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_OK);
    assert_int_equal(job.quieting, TRI_UNKNOWN);
    assert_string_equal(job.user, "");
    js_forget(rig->server);
    play(rig, "GET", "/job/fs-param/api/json", "auth-unknown-or-hidden-job-404");
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_ABSENT);
    js_forget(rig->server);
    play(rig, "GET", "/job/fs-param/api/json", "boot-503");
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_STARTING);
    js_forget(rig->server);
    js_say(rig->server, "GET", "/", JS_REPLY,
           "HTTP/1.1 200 OK\r\nX-Jenkins: 2\r\nContent-Length: 2\r\n\r\n[]");
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_ODD);
    aim(rig, "http", fake_closed_port(), "", "fs-param", 10000);
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_UNREACHED);
    assert_string_equal(err.text, "connection refused");
}

static void addresses_follow_the_configuration(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    play(rig, "GET", "/ci/job/ops/job/db%20team/job/fail%20over/api/json?tree=name%2C",
         "job-folder-spaces");
    js_say(rig->server, "POST", "/ci/job/ops/job/db%20team/job/fail%20over/buildWithParameters",
           JS_REPLY, ANSWER("201 Created", "Location: http://x/ci/queue/item/8/\r\n", ""));
    aim(rig, "http", rig->server->port, "/ci/", "ops/db team/fail over", 10000);
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_OK);
    assert_string_equal(job.full_name, "ops/db team/fail over");
    assert_int_equal(trigger(rig, &err).queue_id.v, 8);
}

static void answers_are_bounded(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    js_say(rig->server, "GET", "/job/fs-param/api/json", JS_ENDLESS,
           "HTTP/1.1 200 OK\r\nX-Jenkins: 2\r\n\r\n{");
    assert_int_equal(jenkins_look(rig->j, &job, &err), JENKINS_ODD);
    assert_non_null(strstr(err.text, "more than 4 MiB"));
    js_say(rig->server, "POST", POST_PATH, JS_ENDLESS,
           "HTTP/1.1 201 Created\r\nLocation: /queue/item/9/\r\n\r\n");
    struct jenkins_triggered t = trigger(rig, &err);
    assert_int_equal(t.what, TRIGGER_ACCEPTED); /* its headers say it all */
    js_forget(rig->server);
    js_say(rig->server, "POST", POST_PATH, JS_ENDLESS, "HTTP/1.1 201 Created\r\nX: ");
    assert_int_equal(trigger(rig, &err).what, TRIGGER_UNKNOWN);
    assert_int_equal(js_count(rig->server, "POST"), 1);
}

/* --- queue and builds --- */

static void a_queue_item_is_asked_for_by_number(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    struct jenkins_item item;
    play(rig, "GET", "/queue/item/3/api/json", "queue-left-started");
    play(rig, "GET", "/queue/item/4/api/json", "queue-left-started");         /* says 3 */
    play(rig, "GET", "/queue/item/16/api/json", "queue-blocked-many-causes"); /* fs-slow */
    play(rig, "GET", "/queue/item/5/api/json", "auth-unknown-or-hidden-job-404");
    assert_int_equal(jenkins_item(rig->j, 3, "REQUEST_ID", &item, &err), JENKINS_OK);
    assert_int_equal(item.state, ITEM_LEFT);
    assert_int_equal(item.build.v, 1);
    assert_int_equal(jenkins_item(rig->j, 4, "REQUEST_ID", &item, &err), JENKINS_ODD);
    assert_int_equal(jenkins_item(rig->j, 16, "REQUEST_ID", &item, &err), JENKINS_ABSENT);
    assert_non_null(strstr(err.text, "another job's"));
    assert_int_equal(jenkins_item(rig->j, 5, "REQUEST_ID", &item, &err), JENKINS_ABSENT);
}

static void a_request_is_found_in_the_queue_or_among_the_builds(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    struct jenkins_found found;
    js_say(rig->server, "GET", "/queue/api/json", JS_REPLY,
           "HTTP/1.1 200 OK\r\nX-Jenkins: 2\r\nContent-Length: 12\r\n\r\n{\"items\":[]}");
    play(rig, "GET", "/job/fs-param/api/json?tree=builds", "build-replay-and-restart-causes");
    assert_int_equal(jenkins_find(rig->j, "REQUEST_ID", "uniq-9", &found, &err), JENKINS_OK);
    assert_true(found.is_build && found.number == 3 && found.copies == 3);
    assert_false(found.in_queue);
    assert_non_null(strstr(js_request(rig->server, "GET", 0).path, "/queue/")); /* first */
    assert_non_null(strstr(js_request(rig->server, "GET", 1).path, "%7B0%2C50%7D"));
    assert_int_equal(jenkins_find(rig->j, "REQUEST_ID", "other", &found, &err), JENKINS_OK);
    assert_false(found.is_build || found.in_queue);
    /* Half a search finds nothing and does not say "nothing". */
    js_forget(rig->server);
    js_say(rig->server, "GET", "/queue/api/json", JS_REPLY,
           "HTTP/1.1 200 OK\r\nX-Jenkins: 2\r\nContent-Length: 12\r\n\r\n{\"items\":[]}");
    js_say(rig->server, "GET", "/job", JS_DROP, NULL);
    assert_int_equal(jenkins_find(rig->j, "REQUEST_ID", "uniq-9", &found, &err),
                     JENKINS_UNREACHED);
}

static void a_build_that_waits_for_an_executor_says_so(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    struct jenkins_build build;
    aim(rig, "http", rig->server->port, "", "node-nolabel", 10000);
    js_say(rig->server, "GET", "/job/node-nolabel/1/api/json", JS_REPLY,
           "HTTP/1.1 200 OK\r\nX-Jenkins: 2\r\nX-Jenkins-Session: f6bc4a02\r\n"
           "Content-Length: 60\r\n\r\n"
           "{\"_class\":\"a.WorkflowRun\",\"building\":true,\"number\":1}        ");
    play(rig, "GET", "/queue/api/json", "queue-pipeline-placeholder");
    assert_int_equal(jenkins_build(rig->j, 1, &build, &err), JENKINS_OK);
    assert_true(build.building);
    assert_string_equal(build.boot, "f6bc4a02");
    assert_non_null(strstr(build.waits, "no-such-agent"));
    /* A freestyle build waits in the queue before it is one. */
    js_forget(rig->server);
    aim(rig, "http", rig->server->port, "", "fs-param", 10000);
    play(rig, "GET", "/job/fs-param/1/api/json", "build-running");
    assert_int_equal(jenkins_build(rig->j, 1, &build, &err), JENKINS_OK);
    assert_string_equal(build.waits, "");
    assert_int_equal(js_count(rig->server, NULL), 1);
}

/* --- stages, input, log --- */

static struct jenkins_stages stages;

static void stages_fall_back_to_the_graph_and_to_the_log(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    static const char text[] = "[Pipeline] { (A)\n";
    play(rig, "GET", "/job/fs-param/1/wfapi/describe", "wfapi-failed-with-skipped");
    assert_int_equal(jenkins_stages(rig->j, 1, NULL, &stages, &err), JENKINS_OK);
    assert_int_equal(stages.from, STAGES_WFAPI);
    assert_int_equal(stages.stages[2].state, STAGE_SKIPPED);
    js_forget(rig->server);
    play(rig, "GET", "/job/fs-param/1/wfapi/describe", "wfapi-absent-404");
    play(rig, "GET", "/job/fs-param/1/api/json", "build-flowgraph-nodes");
    assert_int_equal(jenkins_stages(rig->j, 1, text, &stages, &err), JENKINS_OK);
    assert_int_equal(stages.from, STAGES_FLOWGRAPH);
    assert_int_equal(stages.n, 3);
    js_forget(rig->server);
    play(rig, "GET", "/job/fs-param/1/wfapi/describe", "wfapi-absent-404");
    play(rig, "GET", "/job/fs-param/1/api/json", "build-running");
    assert_int_equal(jenkins_stages(rig->j, 1, text, &stages, &err), JENKINS_OK);
    assert_int_equal(stages.from, STAGES_LOG);
    assert_int_equal(stages.n, 1);
    js_forget(rig->server);
    play(rig, "GET", "/job/fs-param/1", "auth-unknown-or-hidden-job-404");
    assert_int_equal(jenkins_stages(rig->j, 1, text, &stages, &err), JENKINS_ABSENT);
    js_forget(rig->server);
    play(rig, "GET", "/job/fs-param/1", "boot-503");
    assert_int_equal(jenkins_stages(rig->j, 1, text, &stages, &err), JENKINS_STARTING);
}

#define INPUTS "/job/fs-param/1/wfapi/pendingInputActions"

static void an_input_is_read_again_before_it_is_answered(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    struct jenkins_input input;
    play(rig, "GET", INPUTS, "input-pending");
    js_say(rig->server, "POST", "/job/fs-param/1/input/Promote/proceedEmpty", JS_REPLY,
           ANSWER("200 OK", "", ""));
    js_say(rig->server, "POST", "/job/fs-param/1/input/Promote/abort", JS_REPLY,
           ANSWER("200 OK", "", ""));
    assert_int_equal(jenkins_input(rig->j, 1, &input, &err), JENKINS_OK);
    assert_string_equal(input.id, "Promote");
    assert_int_equal(jenkins_answer(rig->j, 1, "Promote", true, &err), JENKINS_OK);
    assert_int_equal(jenkins_answer(rig->j, 1, "Promote", false, &err), JENKINS_OK);
    assert_non_null(strstr(js_request(rig->server, "POST", 0).path, "proceedEmpty"));
    assert_non_null(strstr(js_request(rig->server, "POST", 1).path, "abort"));
    assert_int_equal(js_count(rig->server, "GET"), 3);
    assert_int_equal(jenkins_answer(rig->j, 1, "Other", true, &err), JENKINS_ABSENT);
    assert_int_equal(js_count(rig->server, "POST"), 2);
}

static void an_input_that_asks_for_values_is_not_answered(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    play(rig, "GET", INPUTS, "input-pending-with-parameters");
    assert_int_equal(jenkins_answer(rig->j, 1, "Which", true, &err), JENKINS_DENIED);
    assert_non_null(strstr(err.text, "2 values"));
    assert_int_equal(js_count(rig->server, "POST"), 0);
}

static void an_input_may_be_decided_or_refused(void **state)
{
    struct rig *rig = *state;
    static const struct {
        const char *recording;
        enum jenkins_reach reach;
        const char *says;
    } table[] = {
        {"input-already-decided-404", JENKINS_ABSENT, "already"},
        {"input-not-allowed-400", JENKINS_DENIED, "You need to be operator"},
        {"trigger-303-coalesced", JENKINS_UNREACHED, "303"},
        {"boot-503", JENKINS_STARTING, "503"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct error err = {0};
        js_forget(rig->server);
        play(rig, "GET", INPUTS, "input-pending");
        play(rig, "POST", "/job/fs-param/1/input/", table[i].recording);
        assert_int_equal(jenkins_answer(rig->j, 1, "Promote", true, &err), table[i].reach);
        assert_non_null(strstr(err.text, table[i].says));
        assert_int_equal(js_count(rig->server, "POST"), 1);
    }
}

#define LOG_PATH "/job/fs-param/1/logText/progressiveText?start="

static void a_log_goes_on_where_jenkins_says(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    char text[2048];
    int64_t start = 0;
    bool more = false;
    play(rig, "GET", LOG_PATH "0", "log-start0");
    play(rig, "GET", LOG_PATH "601", "log-next");
    play(rig, "GET", LOG_PATH "663", "log-final");
    play(rig, "GET", LOG_PATH "99999", "log-beyond-end");
    assert_int_equal(jenkins_log(rig->j, 1, &start, text, sizeof text, &more, &err),
                     JENKINS_OK);
    assert_int_equal(start, 601);
    assert_true(more);
    assert_int_equal(strncmp(text, "Started by user operator\n", 25), 0);
    assert_int_equal(jenkins_log(rig->j, 1, &start, text, sizeof text, &more, &err),
                     JENKINS_OK);
    assert_int_equal(start, 663);
    assert_int_equal(jenkins_log(rig->j, 1, &start, text, sizeof text, &more, &err),
                     JENKINS_OK);
    assert_int_equal(start, 774);
    assert_false(more);
    assert_non_null(strstr(text, "\nFinished: SUCCESS\n"));
    start = 99999; /* the log was replaced: all of it, and a smaller place to go on */
    assert_int_equal(jenkins_log(rig->j, 1, &start, text, sizeof text, &more, &err),
                     JENKINS_OK);
    assert_int_equal(start, 663);
    assert_int_equal(strncmp(text, "Started by user operator\n", 25), 0);
    js_forget(rig->server);
    play(rig, "GET", LOG_PATH, "auth-whoami"); /* no log */
    assert_int_equal(jenkins_log(rig->j, 1, &start, text, sizeof text, &more, &err),
                     JENKINS_ODD);
    assert_int_equal(start, 663);
}

/* 30 MB came in one answer: what is read of it is bounded, and its end is asked for instead. */
static void of_a_huge_log_the_end_is_read(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    char text[64];
    int64_t start = 0;
    bool more = false;
    js_say(rig->server, "GET", LOG_PATH "0", JS_ENDLESS,
           "HTTP/1.1 200 OK\r\nX-Text-Size: 30002868\r\n\r\n");
    js_say(rig->server, "GET", LOG_PATH "29871796", JS_REPLY,
           "HTTP/1.1 200 OK\r\nX-Text-Size: 30002870\r\nX-More-Data: true\r\n"
           "Content-Length: 22\r\n\r\nhalf\r\nwhole\r\npartial\r\n");
    assert_int_equal(jenkins_log(rig->j, 1, &start, text, sizeof text, &more, &err),
                     JENKINS_OK);
    assert_string_equal(text, "whole\npartial\n");
    assert_int_equal(start, 30002870);
    assert_true(more);
}

/* --- stopping --- */

static void a_stop_is_asked_for_and_looked_after(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    bool ended = false;
    js_say(rig->server, "POST", "/job/fs-param/1/stop", JS_REPLY,
           ANSWER("302 Found", "Location: http://h/job/fs-param/1/\r\n", ""));
    play(rig, "GET", "/job/fs-param/1/api/json", "build-done");
    assert_int_equal(jenkins_stop(rig->j, 1, &ended, &err), JENKINS_OK);
    assert_true(ended);
    /* Its answer is lost, and yet it has ended. */
    js_forget(rig->server);
    js_say(rig->server, "POST", "/job/fs-param/1/stop", JS_DROP, NULL);
    play(rig, "GET", "/job/fs-param/1/api/json", "build-done");
    ended = false;
    assert_int_equal(jenkins_stop(rig->j, 1, &ended, &err), JENKINS_OK);
    assert_true(ended);
    assert_string_equal(err.text, "");
    assert_int_equal(js_count(rig->server, "POST"), 1);
    /* It may not, and the build goes on. */
    js_forget(rig->server);
    play(rig, "POST", "/job/fs-param/1/stop", "auth-no-permission-403");
    play(rig, "GET", "/job/fs-param/1/api/json", "build-running");
    assert_int_equal(jenkins_stop(rig->j, 1, &ended, &err), JENKINS_DENIED);
    assert_false(ended);
    assert_non_null(strstr(err.text, "permission"));
}

static void a_cancelled_item_is_looked_at_again(void **state)
{
    struct rig *rig = *state;
    struct error err = {0};
    bool ended = false;
    aim(rig, "http", rig->server->port, "", "fs-slow", 10000);
    js_say(rig->server, "POST", "/queue/cancelItem?id=17", JS_REPLY,
           "HTTP/1.1 204 No Content\r\n\r\n");
    play(rig, "GET", "/queue/item/17/api/json", "queue-left-cancelled");
    assert_int_equal(jenkins_cancel(rig->j, 17, &ended, &err), JENKINS_OK);
    assert_true(ended);
    js_forget(rig->server);
    play(rig, "POST", "/queue/cancelItem?id=17", "queue-cancel-no-permission-422");
    play(rig, "GET", "/queue/item/17/api/json", "queue-blocked-many-causes"); /* says 16 */
    assert_int_equal(jenkins_cancel(rig->j, 17, &ended, &err), JENKINS_DENIED);
    assert_false(ended);
    /* It has left for a build: nothing is cancelled, and that is no fault of the user. */
    js_forget(rig->server);
    aim(rig, "http", rig->server->port, "", "fs-param", 10000);
    play(rig, "POST", "/queue/cancelItem?id=3", "trigger-not-parameterised-500");
    play(rig, "GET", "/queue/item/3/api/json", "queue-left-started");
    ended = true;
    assert_int_equal(jenkins_cancel(rig->j, 3, &ended, &err), JENKINS_OK);
    assert_false(ended);
    /* It still waits, so the 500 was one. */
    js_forget(rig->server);
    play(rig, "POST", "/queue/cancelItem?id=13", "trigger-not-parameterised-500");
    play(rig, "GET", "/queue/item/13/api/json", "queue-waiting");
    assert_int_equal(jenkins_cancel(rig->j, 13, &ended, &err), JENKINS_ODD);
    assert_false(ended);
    /* It is gone, and nobody knows where. */
    js_forget(rig->server);
    play(rig, "POST", "/queue/cancelItem?id=13", "auth-unknown-or-hidden-job-404");
    play(rig, "GET", "/queue/item/13/api/json", "auth-unknown-or-hidden-job-404");
    assert_int_equal(jenkins_cancel(rig->j, 13, &ended, &err), JENKINS_ABSENT);
}

/* --- the configuration --- */

static void note(void *ctx, const char *text)
{
    if (strstr(text, "failover.jenkins")) {
        (void)snprintf(ctx, 256, "%s", text);
    }
}

static void a_token_in_clear_is_remarked_on(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool verify;
        const char *says;
    } table[] = {
        {"http://ci.example:8080/jenkins", true, "url: http"},
        {"http://[2001:db8::1]:8080", true, "url: http"},
        {"http://127.0.0.1:8080/ci", true, ""},
        {"http://[::1]:8080", true, ""},
        {"http://localhost", true, ""},
        {"https://ci.example", true, ""},
        {"https://ci.example", false, "verify_tls"},
    };
    static const char text[] =
        "{\"group\":\"g\",\"primary\":{\"mysql\":{\"host\":\"a\",\"user\":\"u\"}},"
        "\"dr\":{\"mysql\":{\"host\":\"b\",\"user\":\"u\"}}}";
    struct error err = {0};
    struct config *cfg = config_parse("/t.json", text, sizeof text - 1, 0600, &err);
    if (!cfg) {
        fail_msg("%s", err.text);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        char said[256] = "";
        struct config_failover before = cfg->failover;
        cfg->failover.present = true;
        cfg->failover.jenkins = (struct config_jenkins){.url = (char *)(uintptr_t)table[i].url,
                                                        .verify_tls = table[i].verify};
        config_remarks(cfg, note, said);
        cfg->failover = before;
        if (*table[i].says ? !strstr(said, table[i].says) : *said) {
            fail_msg("%s: %s", table[i].url, said);
        }
    }
    config_destroy(cfg);
}

static int begin(void **state)
{
    (void)state;
    return http_global_begin() ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    http_global_end();
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_trigger_is_one_post_on_a_connection_of_its_own),
        TEST(a_post_that_is_closed_on_is_unknown_and_is_not_sent_again),
        TEST(a_large_form_that_is_closed_on_is_not_sent_again),
        TEST(a_connection_that_is_reset_is_unknown),
        TEST(an_answer_cut_short_is_unknown),
        TEST(what_never_left_is_not_sent),
        TEST(a_303_is_not_followed),
        TEST(hosts_of_answers_are_never_asked),
        TEST(refusals_are_refusals_and_asked_once),
        TEST(a_trigger_keeps_its_deadline),
        TEST(a_call_can_be_interrupted),
        TEST(the_token_is_told_to_nobody),
        TEST(a_crumb_that_is_offered_goes_with_the_trigger),
        TEST(only_what_is_no_trigger_asks_again_with_a_crumb),
        TEST(a_look_tells_the_job_and_the_controller),
        TEST(a_look_that_learns_little_says_so),
        TEST(addresses_follow_the_configuration),
        TEST(answers_are_bounded),
        TEST(a_queue_item_is_asked_for_by_number),
        TEST(a_request_is_found_in_the_queue_or_among_the_builds),
        TEST(a_build_that_waits_for_an_executor_says_so),
        TEST(stages_fall_back_to_the_graph_and_to_the_log),
        TEST(an_input_is_read_again_before_it_is_answered),
        TEST(an_input_that_asks_for_values_is_not_answered),
        TEST(an_input_may_be_decided_or_refused),
        TEST(a_log_goes_on_where_jenkins_says),
        TEST(of_a_huge_log_the_end_is_read),
        TEST(a_stop_is_asked_for_and_looked_after),
        TEST(a_cancelled_item_is_looked_at_again),
        cmocka_unit_test(a_token_in_clear_is_remarked_on),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
