/* Golden frames of the failover screen: real facts and a real guard for what comes before the
 * request, a made-up view of the driver for what comes after it. UPDATE_GOLDEN=1 rewrites them.
 * Long, as each page has its frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "tests/golden/golden.h"
#include "tests/golden/scenario.h"
#include "tests/unit/canvas_text.h"
#include "tui/glyph.h"
#include "tui/view.h"

#define BUILD_BEGAN_MS 731000 /* before the moment that is painted */

static const struct {
    int w, h;
} sizes[] = {{200, 60}, {120, 36}, {80, 24}, {60, 16}, {59, 16}};

static const char failover_text[] =
    ", \"failover\": {\n"
    " \"jenkins\": { \"url\": \"https://ci.example.com/jenkins\", \"user\": \"drtop\","
    " \"token\": \"t\" },\n"
    " \"job\": { \"path\": \"ops/Azure-Gitea-Deployment\", \"parameters\": ["
    " { \"name\": \"DEPLOYMENT_MODE\", \"value\": \"failover\" } ] },\n"
    " \"drill\": { \"path\": \"ops/Azure-Gitea-Drill\", \"parameters\": ["
    " { \"name\": \"DEPLOYMENT_MODE\", \"value\": \"drill\" } ] },\n"
    " \"target\": \"azure-eastus\",\n"
    " \"phases\": [ { \"name\": \"Infrastructure\", \"stages\": [\"tf\"] },\n"
    "  { \"name\": \"Configuration\", \"stages\": [\"ansible\"] },\n"
    "  { \"name\": \"DB promotion\", \"stages\": [\"promote\"], \"no_return\": true },\n"
    "  { \"name\": \"Final validation\", \"stages\": [\"check\"] } ] }";

struct scene {
    struct scenario *story;
    struct config *cfg;
    struct failover screen;
    struct failover_view *run;
    struct failover_view view;
    int64_t now_ms, wall_ms; /* of the moment that is painted */
    struct jenkins_value values[4];
    bool unasked; /* nothing is known of Jenkins */
    bool drill;
};

static void declare(struct jenkins_job *job, const char *name)
{
    struct jenkins_param *p = &job->params[job->n_params++];
    (void)text_copy(p->name, sizeof p->name, name);
}

static void know_job(struct scene *s, struct preflight_job *job, const char *name)
{
    job->asked = true;
    job->reach = JENKINS_OK;
    job->taken_at_ms = s->now_ms - 1100;
    (void)text_copy(job->job.full_name, sizeof job->job.full_name, name);
    (void)text_copy(job->job.user, sizeof job->job.user, "drtop");
    (void)text_copy(job->job.version, sizeof job->job.version, "2.541.3");
    job->job.buildable = TRI_YES;
    job->job.disabled = job->job.concurrent = job->job.in_queue = TRI_NO;
    job->job.quieting = job->job.last_building = TRI_NO;
    job->job.last_number = opt_i64(411);
    job->job.declares = true;
    declare(&job->job, "DEPLOYMENT_MODE");
    declare(&job->job, "DRTOP_REQUEST_ID");
    declare(&job->job, "DRTOP_OPERATOR");
    declare(&job->job, "DRTOP_REASON");
}

static struct preflight facts_at(struct scene *s, int64_t now_ms)
{
    static const struct preflight_job unasked;
    const struct preflight_job *job = s->unasked ? &unasked
                                      : s->drill ? &s->view.drill_job
                                                 : &s->view.job;
    return preflight_of(scenario_snapshot(s->story), job, &s->view.past, s->values, 4, s->drill,
                        now_ms, s->wall_ms - (s->now_ms - now_ms));
}

static void feed(struct scene *s, int64_t ago_ms)
{
    struct preflight p = facts_at(s, s->now_ms);
    (void)failover_feed(&s->screen, &p, s->run, s->now_ms - ago_ms);
}

static void press(struct scene *s, uint32_t code, int64_t ago_ms)
{
    (void)failover_key(&s->screen, code, s->run, s->now_ms - ago_ms);
}

static void type(struct scene *s, const char *text, int64_t ago_ms)
{
    for (; *text; text++) {
        press(s, *text == '\r' ? KEYCODE_ENTER : (uint32_t)(unsigned char)*text, ago_ms);
    }
}

static struct scene *begin(enum story story)
{
    struct scene *s = mem_alloc(1, sizeof *s);
    s->story = scenario_play_with(story, failover_text);
    s->now_ms = scenario_now_ms(s->story);
    s->wall_ms = scenario_wall_ms(s->story);
    s->run = &s->view;
    s->view.readable = true;
    s->values[0] = (struct jenkins_value){"DEPLOYMENT_MODE", "failover"};
    s->values[1] = (struct jenkins_value){"DRTOP_REQUEST_ID", "drtop-20261122-141207-5f3a9c"};
    s->values[2] = (struct jenkins_value){"DRTOP_OPERATOR", "mg"};
    s->values[3] = (struct jenkins_value){"DRTOP_REASON", ""};
    know_job(s, &s->view.job, "ops/Azure-Gitea-Deployment");
    know_job(s, &s->view.drill_job, "ops/Azure-Gitea-Drill");
    s->view.past.drill_wall_ms = opt_i64(s->wall_ms - INT64_C(12) * 86400000);
    s->view.past.drill_took_ms = opt_i64(1052000);
    failover_init(&s->screen, scenario_snapshot(s->story)->config, false);
    return s;
}

static void finish(struct scene *s)
{
    scenario_destroy(s->story);
    free(s);
}

/* --- before the request */

static void open_screen(struct scene *s)
{
    (void)failover_open(&s->screen, s->drill, s->run, s->now_ms - 30000);
    feed(s, 30000);
}

static void review(struct scene *s)
{
    open_screen(s);
    type(s, s->screen.guard.facts.phrase, 20000);
    for (int i = 0; i < 6; i++) {
        press(s, KEYCODE_BACKSPACE, 20000);
    }
}

static void review_blocked(struct scene *s)
{
    s->unasked = true;
    open_screen(s);
    press(s, KEYCODE_TAB, 20000);
}

static void just_opened(struct scene *s)
{
    (void)failover_open(&s->screen, s->drill, s->run, s->now_ms - 300);
    feed(s, 300);
}

static void wrong_phrase(struct scene *s)
{
    open_screen(s);
    type(s, "failover azure-westus lose 0\r", 20000);
}

static void pasted(struct scene *s)
{
    open_screen(s);
    press(s, KEYCODE_PASTE, 20000);
}

static void override(struct scene *s)
{
    open_screen(s);
    type(s, "o", 20000);
    type(s, "it is held for the aud", 18000);
}

static void overridden(struct scene *s)
{
    open_screen(s);
    type(s, "o", 20000);
    type(s, "it is held for the audit\r", 18000);
    press(s, KEYCODE_TAB, 16000);
}

static void reason(struct scene *s)
{
    open_screen(s);
    type(s, s->screen.guard.facts.phrase, 20000);
    type(s, "\r", 20000);
    type(s, "INC-4711: AWS use1-az4 has no power", 18000);
}

static void countdown(struct scene *s)
{
    open_screen(s);
    type(s, s->screen.guard.facts.phrase, 20000);
    type(s, "\r", 20000);
    type(s, "INC-4711: AWS use1-az4 has no power\r", 3200);
    for (int64_t ago_ms = 3000; ago_ms >= 0; ago_ms -= 250) {
        feed(s, ago_ms);
    }
}

static void void_approval(struct scene *s)
{
    countdown(s);
    s->view.past.running = true;
    (void)text_copy(s->view.past.holder, sizeof s->view.past.holder, "jd on pts/1, host noc2");
    feed(s, 0);
}

static void second(struct scene *s)
{
    s->screen.terms.two_person = true;
    reason(s);
    type(s, "\r", 10000);
    (void)text_copy(s->screen.guard.challenge, sizeof s->screen.guard.challenge, "K7MRT2");
}

static void vouch(struct scene *s)
{
    (void)text_copy(s->view.second_asked_by, ALERT_WHO_MAX, "mg on pts/3 from 10.0.0.7");
    (void)text_copy(s->view.challenge, sizeof s->view.challenge, "K7MRT2");
    (void)failover_open(&s->screen, false, s->run, s->now_ms - 5000);
    type(s, "K7MR", 1000);
}

/* --- after it */

static struct attempt *attempt(struct scene *s, enum attempt_state state)
{
    struct attempt *a = &s->view.attempt;
    *a = (struct attempt){.id = 7, .state = state, .verb = VERB_FAILOVER, .posts = 1};
    s->view.drives = true;
    (void)text_copy(a->request_id, sizeof a->request_id, "drtop-20261122-141207-5f3a9c");
    (void)text_copy(a->job, sizeof a->job, "ops/Azure-Gitea-Deployment");
    (void)text_copy(a->operator, sizeof a->operator, "mg on pts/3 from 10.0.0.7");
    (void)text_copy(a->reason, sizeof a->reason, "INC-4711: AWS use1-az4 has no power");
    (void)text_copy(a->promised_lose, sizeof a->promised_lose,
                    "nothing known: all that was seen is received (last seen 14:11:26Z)");
    a->intended_wall_ms = s->wall_ms - BUILD_BEGAN_MS - 3000;
    a->sent_wall_ms = a->intended_wall_ms + 20;
    memcpy(a->incident, scenario_snapshot(s->story)->incident.id, sizeof a->incident);
    s->view.phases = phases_of(&scenario_snapshot(s->story)->config->failover,
                               &(struct jenkins_stages){.n = 0}, NULL);
    (void)failover_open(&s->screen, false, s->run, s->now_ms - 5000);
    return a;
}

static void accepted(struct scene *s)
{
    struct attempt *a = attempt(s, ATTEMPT_QUEUED);
    a->queue_id = opt_i64(871);
    (void)text_copy(s->view.waits, sizeof s->view.waits, "Waiting for next available executor");
}

static void joined(struct scene *s)
{
    attempt(s, ATTEMPT_QUEUED)->joined = true;
    s->view.attempt.queue_id = opt_i64(870);
}

static void refused(struct scene *s)
{
    struct attempt *a = attempt(s, ATTEMPT_REFUSED);
    (void)text_copy(a->said, sizeof a->said, "403: the user drtop may not build the job");
}

static void not_sent(struct scene *s)
{
    struct attempt *a = attempt(s, ATTEMPT_NOT_SENT);
    a->sent_wall_ms = a->posts = 0;
    (void)text_copy(a->said, sizeof a->said, "no connection to ci.example.com: timed out");
}

static void unknown(struct scene *s)
{
    struct attempt *a = attempt(s, ATTEMPT_UNKNOWN);
    (void)text_copy(a->said, sizeof a->said, "the connection broke after the request was sent");
    s->view.searching_ms = 12400;
}

static void unknown_long(struct scene *s)
{
    unknown(s);
    s->view.searching_ms = 74000;
    s->view.may_resend = true;
    type(s, "rsend ag", 100);
}

static void add_stage(struct scene *s, struct jenkins_stages *st, const char *name,
                      enum stage_state state, int64_t after_ms, int64_t took_ms)
{
    struct jenkins_stage *stage = &st->stages[st->n++];
    *stage = (struct jenkins_stage){.state = state,
                                    .started_wall_ms = s->wall_ms - BUILD_BEGAN_MS + after_ms};
    stage->took_ms = opt_i64(took_ms);
    (void)text_copy(stage->name, sizeof stage->name, name);
}

static void stages(struct scene *s, enum stage_state third)
{
    static const int64_t usual_ms[] = {150000, 480000, 60000, 120000};
    struct jenkins_stages st = {.n = 0};
    add_stage(s, &st, "tf", STAGE_DONE, 1000, 171000);
    add_stage(s, &st, "ansible", STAGE_DONE, 172000, 514000);
    add_stage(s, &st, "promote", third, 686000, 45000);
    if (third == STAGE_DONE) {
        add_stage(s, &st, "check", STAGE_DONE, 731000 - 60000, 60000);
    }
    s->view.phases =
        phases_of(&scenario_snapshot(s->story)->config->failover, &st, &s->view.build);
    for (size_t i = 0; i < s->view.phases.n && i < 4; i++) {
        s->view.phases.phases[i].median_ms = opt_i64(usual_ms[i]);
        s->view.phases.phases[i].p95_ms = opt_i64(usual_ms[i] * 11 / 10);
    }
}

static void write_log(struct scene *s)
{
    size_t n = 0;
    for (int i = 1; i <= 40; i++) {
        n += (size_t)snprintf(s->view.log + n, sizeof s->view.log - n,
                              "14:%02d:07 step %d of the promotion: relay log %s\n", i % 60, i,
                              i < 40 ? "drains" : "is drained, received = applied");
    }
}

static void track(struct scene *s)
{
    struct attempt *a = attempt(s, ATTEMPT_RUNNING);
    a->build = s->view.attempt.queue_id = opt_i64(412);
    s->view.build = (struct jenkins_build){
        .number = 412, .building = true, .started_wall_ms = s->wall_ms - BUILD_BEGAN_MS};
    stages(s, STAGE_RUNNING);
    write_log(s);
}

static void track_paused(struct scene *s)
{
    track(s);
    stages(s, STAGE_PAUSED);
    s->view.input.pending = true;
    (void)text_copy(s->view.input.id, sizeof s->view.input.id, "Go");
    (void)text_copy(s->view.input.message, sizeof s->view.input.message,
                    "Promote the DR database now?");
    type(s, "pproc", 100);
}

static void eye(struct scene *s, enum verify_row_id id, enum tri answer, const char *detail)
{
    struct verify_row *row = &s->view.verify.rows[id];
    row->asked = true;
    row->answer = answer;
    (void)text_copy(row->detail, sizeof row->detail, detail);
}

static void ended(struct scene *s, enum attempt_state state, enum jenkins_result result,
                  const char *word)
{
    track(s);
    struct attempt *a = &s->view.attempt;
    a->state = state;
    a->result = s->view.build.result = result;
    s->view.build.building = false;
    s->view.build.took_ms = opt_i64(731000);
    a->ended_wall_ms = state == ATTEMPT_ENDED ? 0 : s->wall_ms - 4000;
    (void)text_copy(s->view.build.result_word, sizeof s->view.build.result_word, word);
    eye(s, VERIFY_PROMOTED, TRI_YES, "no channel is left");
    eye(s, VERIFY_WRITABLE, TRI_YES, "read_only is off");
    eye(s, VERIFY_MOVING, TRI_YES,
        "azure-bin.000003:91842, at its promotion azure-bin.000003:4");
    eye(s, VERIFY_APP, TRI_YES, "200 in 31 ms");
    eye(s, VERIFY_FENCED, TRI_YES, "silent: no answer within 1.0 s");
}

static void verifying(struct scene *s)
{
    ended(s, ATTEMPT_ENDED, RESULT_SUCCESS, "SUCCESS");
    stages(s, STAGE_DONE);
    eye(s, VERIFY_APP, TRI_UNKNOWN, "not asked since the run ended");
    (void)text_copy(s->view.verify.sentence, sizeof s->view.verify.sentence,
                    "Jenkins says SUCCESS; not known yet whether the DR application serves");
}

static void failed_over(struct scene *s)
{
    ended(s, ATTEMPT_VERIFIED, RESULT_SUCCESS, "SUCCESS");
    stages(s, STAGE_DONE);
    s->view.attempt.outcome = s->view.verify.outcome = OUTCOME_FAILED_OVER;
    (void)text_copy(s->view.verify.sentence, sizeof s->view.verify.sentence,
                    "the DR site has taken over: seen with our own eyes");
}

static void split(struct scene *s)
{
    ended(s, ATTEMPT_FAILED, RESULT_FAILURE, "FAILURE");
    stages(s, STAGE_FAILED);
    s->view.attempt.outcome = s->view.verify.outcome = OUTCOME_FAILED_AFTER;
    eye(s, VERIFY_APP, TRI_NO, "connection refused");
    (void)text_copy(s->view.verify.sentence, sizeof s->view.verify.sentence,
                    "Jenkins says FAILURE, but the replica is promoted and takes writes: the "
                    "database has moved and the DR application does not serve");
    type(s, "aon it, INC-47", 100);
}

static void drill_review(struct scene *s)
{
    s->drill = true;
    open_screen(s);
}

static void drill_countdown(struct scene *s)
{
    s->drill = true;
    countdown(s);
}

static void drill_done(struct scene *s)
{
    failed_over(s);
    s->view.attempt.drill = true;
    s->view.attempt.verb = VERB_DRILL;
    s->view.attempt.outcome = s->view.verify.outcome = OUTCOME_DRILL_DONE;
    (void)text_copy(s->view.verify.sentence, sizeof s->view.verify.sentence,
                    "the drill ended well; the replica still follows the primary");
}

/* On the dashboard: the screen is closed while the run goes on. */
static void behind(struct scene *s)
{
    track(s);
    press(s, KEYCODE_ESCAPE, 100);
}

static const struct look {
    const char *name;
    enum story story;
    void (*play)(struct scene *s);
} looks[] = {
    {"review", STORY_PRIMARY_DOWN, review},
    {"opened", STORY_PRIMARY_DOWN, just_opened},
    {"blocked", STORY_PRIMARY_DOWN, review_blocked},
    {"suspected", STORY_SUSPECTED, open_screen},
    {"isolated", STORY_ISOLATED, open_screen},
    {"switchover", STORY_CALM, open_screen},
    {"wrong-phrase", STORY_PRIMARY_DOWN, wrong_phrase},
    {"pasted", STORY_PRIMARY_DOWN, pasted},
    {"override", STORY_CALM, override},
    {"overridden", STORY_CALM, overridden},
    {"reason", STORY_PRIMARY_DOWN, reason},
    {"second", STORY_PRIMARY_DOWN, second},
    {"vouch", STORY_PRIMARY_DOWN, vouch},
    {"countdown", STORY_PRIMARY_DOWN, countdown},
    {"void", STORY_PRIMARY_DOWN, void_approval},
    {"accepted", STORY_PRIMARY_DOWN, accepted},
    {"joined", STORY_PRIMARY_DOWN, joined},
    {"refused", STORY_PRIMARY_DOWN, refused},
    {"not-sent", STORY_PRIMARY_DOWN, not_sent},
    {"unknown", STORY_PRIMARY_DOWN, unknown},
    {"unknown-long", STORY_PRIMARY_DOWN, unknown_long},
    {"track", STORY_PRIMARY_DOWN, track},
    {"paused", STORY_PRIMARY_DOWN, track_paused},
    {"verify", STORY_PRIMARY_DOWN, verifying},
    {"failed-over", STORY_PRIMARY_DOWN, failed_over},
    {"split", STORY_PRIMARY_DOWN, split},
    {"drill-review", STORY_CALM, drill_review},
    {"drill-countdown", STORY_CALM, drill_countdown},
    {"drill-done", STORY_CALM, drill_done},
    {"behind", STORY_PRIMARY_DOWN, behind},
};
#define LOOKS (sizeof looks / sizeof looks[0])

static char *painted(struct scene *s, int w, int h, bool ascii)
{
    struct canvas c;
    struct ui ui;
    ui_init(&ui);
    canvas_init(&c, w, h);
    glyph_use(ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    struct view v = {.snap = scenario_snapshot(s->story),
                     .record = scenario_record(s->story),
                     .ui = &ui,
                     .failover = &s->screen,
                     .run = s->run,
                     .graph = ascii ? GRAPH_ASCII : GRAPH_BRAILLE};
    view_clock(&v, s->now_ms, s->wall_ms);
    view_paint(&c, &v);
    char *text = canvas_as_text(&c);
    canvas_finish(&c);
    ui_finish(&ui);
    return text;
}

static bool is_drill(const struct scene *s)
{
    return s->screen.guard.drill || s->view.attempt.drill;
}

static void test_look(void **state)
{
    const struct look *look = *state;
    struct scene *s = begin(look->story);
    look->play(s);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int ascii = 0; ascii < 2; ascii++) {
            char name[64];
            (void)snprintf(name, sizeof name, "failover-%s-%dx%d%s", look->name, sizes[i].w,
                           sizes[i].h, ascii ? "-ascii" : "");
            char *text = painted(s, sizes[i].w, sizes[i].h, ascii);
            golden_check(name, text);
            if (is_drill(s) && sizes[i].w >= FAILOVER_MIN_W) {
                assert_non_null(strstr(strchr(text, '\n'), "DRILL"));
            }
            free(text);
        }
    }
    finish(s);
}

int main(void)
{
    struct CMUnitTest tests[LOOKS];
    for (size_t i = 0; i < LOOKS; i++) {
        tests[i] = (struct CMUnitTest){.name = looks[i].name,
                                       .test_func = test_look,
                                       .initial_state = (void *)(uintptr_t)&looks[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
