#include "backend/failover/driver_state.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/record/record.h"
#include "backend/record/report.h"
#include "backend/thread.h"

#define TURN_IDLE_MS 1000
/* While it stops: how often a request under way is asked to end. */
#define NUDGE_US 20000

/* --- views */

/* The view that others hold is the first member. */
struct box {
    struct failover_view view;
    atomic_int refs;
};

struct failover_view *failover_view_ref(struct failover_view *v)
{
    if (v) {
        (void)atomic_fetch_add_explicit(&((struct box *)v)->refs, 1, memory_order_relaxed);
    }
    return v;
}

void failover_view_unref(struct failover_view *v)
{
    struct box *box = (struct box *)v;
    if (box && atomic_fetch_sub_explicit(&box->refs, 1, memory_order_acq_rel) == 1) {
        free(box);
    }
}

/* Only this thread writes d->view, so it may read it without the lock. A difference in nothing but
 * padding is one more view, no harm. */
static bool is_published(const struct driver *d)
{
    const void *shown = d->view, *now = &d->now;
    return shown && memcmp(shown, now, sizeof d->now) == 0;
}

static void publish(struct driver *d)
{
    (void)text_copy(d->now.why, sizeof d->now.why, d->trouble[0] ? d->trouble : d->refused);
    if (is_published(d)) {
        return;
    }
    struct box *box = mem_alloc(1, sizeof *box);
    atomic_init(&box->refs, 1);
    memcpy(&box->view, &d->now, sizeof d->now);
    (void)pthread_mutex_lock(&d->mu);
    struct failover_view *before = d->view;
    d->view = &box->view;
    (void)pthread_mutex_unlock(&d->mu);
    failover_view_unref(before);
    (void)eventfd_write(d->wake_fd, 1);
}

/* --- wishes */

static void ask(struct driver *d, struct wish *w)
{
    bool urgent = w->kind == WISH_DISPATCH || w->kind == WISH_RESEND;
    w->at_us = clock_real_us();
    (void)pthread_mutex_lock(&d->mu);
    w->next = d->wishes;
    d->wishes = w;
    d->urgent = d->urgent || urgent;
    if (urgent && d->calling && !d->posting) {
        /* Under the lock, so that it cannot hit the request that this wish leads to; it only sets a
         * flag and rings. */
        jenkins_interrupt(d->calling);
    }
    (void)pthread_mutex_unlock(&d->mu);
    (void)eventfd_write(d->poke_fd, 1);
}

static void ask_plain(struct driver *d, enum wish_kind kind, const char *text, bool proceed)
{
    struct wish *w = mem_alloc(1, sizeof *w);
    w->kind = kind;
    w->proceed = proceed;
    (void)text_clean_str(w->text, sizeof w->text, text);
    ask(d, w);
}

void driver_dispatch(struct driver *d, const struct guard *g)
{
    struct wish *w = mem_alloc(1, sizeof *w);
    w->kind = WISH_DISPATCH;
    w->guard = *g;
    ask(d, w);
}

void driver_resend(struct driver *d)
{
    ask_plain(d, WISH_RESEND, "", false);
}

void driver_give_up(struct driver *d)
{
    ask_plain(d, WISH_GIVE_UP, "", false);
}

void driver_stop_run(struct driver *d)
{
    ask_plain(d, WISH_STOP_RUN, "", false);
}

void driver_answer_input(struct driver *d, const char *id, bool proceed)
{
    ask_plain(d, WISH_INPUT, id, proceed);
}

void driver_acknowledge(struct driver *d, const char *comment)
{
    ask_plain(d, WISH_ACKNOWLEDGE, comment, false);
}

void driver_ask_second(struct driver *d, const char *challenge)
{
    ask_plain(d, WISH_ASK_SECOND, challenge, false);
}

void driver_answer_second(struct driver *d, const char *typed)
{
    ask_plain(d, WISH_ANSWER_SECOND, typed, false);
}

static void watch(struct driver *d, bool watched, bool drill)
{
    (void)pthread_mutex_lock(&d->mu);
    d->is_watched = watched;
    d->is_drill_watched = drill;
    (void)pthread_mutex_unlock(&d->mu);
    (void)eventfd_write(d->poke_fd, 1);
}

void driver_watch(struct driver *d, bool drill)
{
    watch(d, true, drill);
}

void driver_unwatch(struct driver *d)
{
    watch(d, false, false);
}

/* Oldest first. */
static struct wish *take_wishes(struct driver *d, bool *out_stop)
{
    (void)pthread_mutex_lock(&d->mu);
    struct wish *newest = d->wishes;
    d->wishes = NULL;
    d->urgent = false;
    d->watched = d->is_watched;
    d->watches_drill = d->is_drill_watched;
    *out_stop = d->stop;
    (void)pthread_mutex_unlock(&d->mu);
    struct wish *oldest = NULL;
    while (newest) {
        struct wish *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

static void drop_wishes(struct wish *w)
{
    while (w) {
        struct wish *next = w->next;
        free(w);
        w = next;
    }
}

/* --- looks at the jobs */

bool driver_call_begin(struct driver *d, struct jenkins *j, bool posting)
{
    (void)pthread_mutex_lock(&d->mu);
    bool go = j && !d->stop && (posting || !d->urgent);
    d->calling = go ? j : NULL;
    d->posting = posting;
    (void)pthread_mutex_unlock(&d->mu);
    return go;
}

bool driver_call_end(struct driver *d)
{
    (void)pthread_mutex_lock(&d->mu);
    d->calling = NULL;
    bool cut = d->stop || d->urgent;
    (void)pthread_mutex_unlock(&d->mu);
    return cut;
}

static bool is_due(int64_t last_ms, int64_t period_ms, int64_t now_ms)
{
    return last_ms == INT64_MIN || now_ms - last_ms >= period_ms;
}

static void look(struct driver *d, struct jenkins *j, struct preflight_job *out,
                 int64_t *inout_looked_ms)
{
    struct error err = {0};
    if (!driver_call_begin(d, j, false)) {
        return;
    }
    (void)memset(&d->look, 0, sizeof d->look);
    enum jenkins_reach reach = jenkins_look(j, &d->look, &err);
    if (driver_call_end(d) && reach != JENKINS_OK) {
        return;
    }
    *inout_looked_ms = clock_mono_ms(d->clk);
    out->asked = true;
    out->reach = reach;
    out->taken_at_ms = *inout_looked_ms;
    (void)text_clean_str(out->why, sizeof out->why, err.text);
    if (reach == JENKINS_OK) {
        out->job = d->look;
    }
}

static bool under_way(const struct driver *d)
{
    return d->now.attempt.id != 0 && !attempt_is_over(d->now.attempt.state);
}

static void look_at_jobs(struct driver *d)
{
    bool busy = d->now.drives && under_way(d);
    int64_t period_ms = d->watched && !busy ? d->terms.look_ms : d->terms.idle_ms;
    if (is_due(d->looked_ms, period_ms, clock_mono_ms(d->clk))) {
        look(d, d->job, &d->now.job, &d->looked_ms);
    }
    if (d->drill && d->watches_drill &&
        is_due(d->drill_looked_ms, period_ms, clock_mono_ms(d->clk))) {
        look(d, d->drill, &d->now.drill_job, &d->drill_looked_ms);
    }
}

/* --- the thread */

/* By whoever followed the run, and again by whoever acknowledged it: with their comment. */
static void write_report(struct driver *d)
{
    const struct attempt *a = &d->now.attempt;
    struct error err = {0};
    if (under_way(d) && d->now.drives) {
        d->report_due = a->id;
        d->now.report[0] = '\0';
    }
    if (a->id == 0 || d->report_due != a->id || under_way(d) || d->unwritten || !d->st) {
        return;
    }
    d->report_due = 0;
    const char *id = a->incident[0] && !a->drill ? a->incident : a->request_id;
    if (!report_write(d->st, d->cfg, id, clock_wall_ms(d->clk), d->now.report,
                      sizeof d->now.report, &err)) {
        driver_refuse(d, "the report is not written: %s", err.text);
    }
}

static void turn(struct driver *d, struct wish *wishes)
{
    driver_store_turn(d);
    for (const struct wish *w = wishes; w; w = w->next) {
        driver_serve(d, w);
        d->report_due = w->kind == WISH_ACKNOWLEDGE ? d->now.attempt.id : d->report_due;
    }
    if (wishes) {
        publish(d); /* at once: the controller may take its time */
    }
    driver_follow(d);
    driver_verify(d);
    look_at_jobs(d);
    write_report(d);
    publish(d);
}

static void *run(void *self)
{
    struct driver *d = self;
    thread_set_name("failover");
    struct pollfd poke = {.fd = d->poke_fd, .events = POLLIN};
    bool stop = false;
    while (!stop) {
        struct wish *wishes = take_wishes(d, &stop);
        if (!stop) {
            turn(d, wishes);
            eventfd_t ignored;
            int wait_ms = d->watched || under_way(d) ? (int)d->terms.turn_ms : TURN_IDLE_MS;
            if (poll(&poke, 1, wait_ms) > 0) {
                (void)eventfd_read(d->poke_fd, &ignored);
            }
        }
        drop_wishes(wishes);
    }
    driver_store_end(d);
    (void)pthread_mutex_lock(&d->mu);
    d->finished = true;
    (void)pthread_cond_signal(&d->done);
    (void)pthread_mutex_unlock(&d->mu);
    return NULL;
}

/* --- from outside */

static void destroy(struct driver *d)
{
    failover_view_unref(d->view);
    drop_wishes(d->wishes);
    jenkins_destroy(d->job);
    jenkins_destroy(d->drill);
    jenkins_destroy(d->other);
    if (d->wake_fd >= 0) {
        (void)close(d->wake_fd);
    }
    if (d->poke_fd >= 0) {
        (void)close(d->poke_fd);
    }
    (void)pthread_mutex_destroy(&d->mu);
    (void)pthread_cond_destroy(&d->done);
    free(d);
}

void driver_terms_default(struct driver_terms *out, const struct config *cfg)
{
    /* A request that another process has under way still is none that was not accepted. */
    int64_t slow_ms = 3 * cfg->failover.jenkins.timeout_ms;
    int64_t validation_ms = cfg->objectives.validation_ms;
    *out = (struct driver_terms){
        .search_ms = slow_ms > 60000 ? slow_ms : 60000,
        .stand_ms = 15000,
        .serving_ms = validation_ms > 15000 ? validation_ms : 15000,
        .verify_ms = 3 * validation_ms > 600000 ? 3 * validation_ms : 600000,
        .turn_ms = 250,
        .look_ms = 1000,
        .idle_ms = 30000,
        .ask_ms = 1000,
        .ask_max_ms = 5000,
        .dispatch_ms = STORE_LEASE_MS - 1000,
    };
}

/* Who decides here: the user and where they sit, and the machine. */
static void name_operator(struct driver *d)
{
    char who[ALERT_WHO_MAX], host[64] = "", text[ALERT_WHO_MAX + 80];
    record_who(who);
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(text, sizeof text, "%s, host %s", who, host);
    (void)text_clean_str(d->who, sizeof d->who, text);
}

struct driver *driver_create(const struct config *cfg, struct engine *engine,
                             const struct clock *clk, bool read_only, struct error *err)
{
    const struct config_failover *f = &cfg->failover;
    struct driver *d = mem_alloc(1, sizeof *d);
    d->cfg = cfg;
    d->engine = engine;
    d->clk = clk;
    d->read_only = read_only;
    d->looked_ms = d->drill_looked_ms = d->tried_ms = INT64_MIN;
    d->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    d->poke_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    (void)pthread_mutex_init(&d->mu, NULL);
    thread_cond_init(&d->done);
    driver_terms_default(&d->terms, cfg);
    record_sign(&d->lease, "drtop");
    name_operator(d);
    d->now.phases.current = d->now.phases.no_return = -1;
    d->job = jenkins_create(&f->jenkins, f->job.path);
    d->drill = f->drill.path ? jenkins_create(&f->jenkins, f->drill.path) : NULL;
    if (d->wake_fd >= 0 && d->poke_fd >= 0 && d->job && (d->drill || !f->drill.path)) {
        return d;
    }
    error_set(err, "the system gives no more descriptors");
    destroy(d);
    return NULL;
}

bool driver_run(struct driver *d, struct error *err)
{
    d->started = thread_start(&d->thread, run, d);
    if (!d->started) {
        error_set(err, "the system gives no more threads");
        destroy(d);
        return false;
    }
    return true;
}

struct driver *driver_start(const struct config *cfg, struct engine *engine,
                            const struct clock *clk, bool read_only, struct error *err)
{
    struct driver *d =
        cfg->failover.present ? driver_create(cfg, engine, clk, read_only, err) : NULL;
    return d && driver_run(d, err) ? d : NULL;
}

struct failover_view *driver_look(struct driver *d)
{
    (void)pthread_mutex_lock(&d->mu);
    struct failover_view *v = failover_view_ref(d->view);
    (void)pthread_mutex_unlock(&d->mu);
    return v;
}

int driver_wake_fd(const struct driver *d)
{
    return d->wake_fd;
}

void driver_drain(struct driver *d)
{
    eventfd_t ignored;
    (void)eventfd_read(d->wake_fd, &ignored);
}

/* Guarded by mu. What asks is ended at once, what sends is left half of the time. */
static void nudge(struct driver *d, int64_t half_us)
{
    if (d->calling && (!d->posting || clock_real_us() >= half_us)) {
        jenkins_interrupt(d->calling);
    }
}

bool driver_stop(struct driver *d, int64_t budget_ms)
{
    if (!d) {
        return true;
    }
    int64_t now_us = clock_real_us(), until_us = now_us + budget_ms * 1000;
    int64_t half_us = now_us + budget_ms * 500;
    (void)pthread_mutex_lock(&d->mu);
    d->stop = true;
    (void)eventfd_write(d->poke_fd, 1);
    while (!d->finished && (now_us = clock_real_us()) < until_us) {
        nudge(d, half_us);
        int64_t next_us = now_us + NUDGE_US;
        thread_cond_wait_until(&d->done, &d->mu, next_us < until_us ? next_us : until_us);
    }
    bool finished = d->finished;
    (void)pthread_mutex_unlock(&d->mu);
    if (!finished) {
        return false;
    }
    (void)pthread_join(d->thread, NULL);
    destroy(d);
    return true;
}
