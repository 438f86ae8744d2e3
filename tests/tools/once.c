/* For tests: a drtop without a screen that fails over by itself, to be killed on the way.
 *
 *     drtop-once CONFIG run EVENT US    walks from the verdict to the end; US microseconds after
 *                                       EVENT (confirmed, dispatch) it is gone, as by kill -9
 *     drtop-once CONFIG resume WORD     goes on with what the journal says; WORD, again or give-up,
 *                                       is what the human says to a request that cannot be found
 *     drtop-once CONFIG wire N          decides N times; prints how many milliseconds lie between
 *                                       the decision and the request on the wire
 *
 * Prints a line an event, and at the end one of these:
 *
 *     final REQUEST STATE POSTS BUILD RESULT OUTCOME SAID
 *     none                              nothing was journalled */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend/fact/clock.h"
#include "backend/failover/driver_state.h"
#include "backend/mem.h"
#include "backend/observer.h"
#include "backend/record/record.h"
#include "backend/thread.h"

enum { EVERY_MS = 25, PATIENCE_MS = 60000, BUDGET_MS = 3000, USAGE = 64 };

/* What the parts of a drtop are to one another. */
struct walk {
    const struct config *cfg;
    struct observer *observer;
    struct record *record;
    struct driver *driver;
    struct guard guard;
    const char *event; /* after which it is gone; "" for never */
    int64_t after_us;
    const char *word;
    bool acted; /* the human has said it */
};

static void *die_soon(void *arg)
{
    const int64_t us = *(const int64_t *)arg;
    const struct timespec pause = {.tv_sec = (time_t)(us / 1000000),
                                   .tv_nsec = (long)(us % 1000000) * 1000};
    (void)nanosleep(&pause, NULL);
    (void)kill(getpid(), SIGKILL);
    return NULL;
}

static void happens(struct walk *w, const char *event)
{
    pthread_t thread;
    (void)printf("%s\n", event);
    (void)fflush(stdout);
    if (strcmp(w->event, event) == 0 && !thread_start(&thread, die_soon, &w->after_us)) {
        abort();
    }
}

/* --- keys */

static enum guard_effect key(struct walk *w, enum guard_event_kind kind, uint32_t cp)
{
    const struct guard_terms terms = {.countdown_ms = w->cfg->failover.countdown_ms};
    const struct guard_event e = {.kind = kind, .cp = cp};
    return guard_step(&w->guard, &terms, &e, clock_mono_ms(&clock_system));
}

static void type_line(struct walk *w, const char *text)
{
    enum guard_state before = w->guard.state;
    if (clock_mono_ms(&clock_system) - w->guard.entered_ms < GUARD_DEAF_MS) {
        return;
    }
    while (w->guard.line[0]) {
        (void)key(w, GUARD_ERASE, 0);
    }
    for (const char *p = text; *p; p++) {
        (void)key(w, GUARD_TEXT, (unsigned char)*p);
    }
    (void)key(w, GUARD_ENTER, 0);
    if (before == GUARD_REVIEW && w->guard.state == GUARD_REASON) {
        happens(w, "confirmed");
    }
}

static struct preflight assess(const struct walk *w, const struct snapshot *s,
                               const struct failover_view *v)
{
    struct jenkins_value values[JENKINS_PARAMS_MAX];
    size_t n = driver_values(w->cfg, false, NULL, NULL, NULL, values);
    return preflight_of(s, &v->job, &v->past, values, n, false, clock_mono_ms(&clock_system),
                        clock_wall_ms(&clock_system));
}

/* One step of the operator's. */
static void step(struct walk *w, const struct snapshot *s, const struct failover_view *v)
{
    const struct guard_terms terms = {.countdown_ms = w->cfg->failover.countdown_ms};
    const struct preflight facts = assess(w, s, v);
    const struct guard_event e = {.kind = GUARD_FACTS, .facts = &facts};
    int64_t now_ms = clock_mono_ms(&clock_system);
    if (guard_step(&w->guard, &terms, &e, now_ms) == GUARD_DISPATCH) {
        driver_dispatch(w->driver, &w->guard);
        happens(w, "dispatch");
    }
    if (w->guard.state == GUARD_REVIEW && s->verdict.confirmed &&
        preflight_clear(&w->guard.facts)) {
        type_line(w, w->guard.facts.phrase);
    } else if (w->guard.state == GUARD_REASON) {
        type_line(w, "INC-1");
    }
}

static void explain(const struct walk *w, const struct failover_view *v)
{
    const struct preflight *p = &w->guard.facts;
    (void)printf("stuck: guard %d, %s: %s; %s; attempt %s: %s; why \"%s\"\n",
                 (int)w->guard.state, verb_word(p->verb), p->because, w->guard.said,
                 attempt_state_key(v->attempt.state), v->attempt.said, v->why);
    for (int i = 0; i < PREFLIGHT_ROWS; i++) {
        if (p->rows[i].shown) {
            (void)printf("stuck: %s %s\n", preflight_class_word(p->rows[i].class),
                         p->rows[i].text);
        }
    }
}

/* --- the end */

static void tell(const struct attempt *a)
{
    (void)printf("final %s %s %d %" PRId64 " %d %s %s\n", a->request_id,
                 attempt_state_key(a->state), a->posts, a->build.known ? a->build.v : 0,
                 (int)a->result, verify_outcome_key(a->outcome), a->said);
}

static void say_word(struct walk *w)
{
    if (!w->acted && strcmp(w->word, "again") == 0) {
        driver_resend(w->driver);
    } else if (!w->acted) {
        driver_give_up(w->driver);
    }
    w->acted = true;
}

/* Whether it is over. */
static bool look(struct walk *w, const struct failover_view *v)
{
    if (!v->readable) {
        return false;
    }
    if (v->attempt.id == 0) {
        bool none = w->guard.state == GUARD_LOCKED; /* of one that resumes */
        if (none) {
            (void)puts("none");
        }
        return none;
    }
    if (attempt_is_over(v->attempt.state)) {
        tell(&v->attempt);
        return true;
    }
    if (v->may_resend) {
        say_word(w);
    } else {
        w->acted = w->acted && v->attempt.state == ATTEMPT_UNKNOWN;
    }
    return false;
}

static bool go(struct walk *w)
{
    int64_t until_ms = clock_mono_ms(&clock_system) + PATIENCE_MS;
    for (;;) {
        struct snapshot *s = engine_look(observer_engine(w->observer));
        struct failover_view *v = driver_look(w->driver);
        bool over = v && look(w, v), late = clock_mono_ms(&clock_system) > until_ms;
        if (!over && s && v && w->guard.state != GUARD_LOCKED && w->guard.state != GUARD_SENT) {
            step(w, s, v);
        }
        if (late && v) {
            explain(w, v);
        }
        failover_view_unref(v);
        snapshot_unref(s);
        if (over || late) {
            return over;
        }
        struct pollfd fd = {.fd = driver_wake_fd(w->driver), .events = POLLIN};
        (void)poll(&fd, 1, EVERY_MS);
        driver_drain(w->driver);
    }
}

/* A bad outcome need not stand as long as for people, nor a search last: there are hundreds. */
static bool begin(struct walk *w, struct error *err)
{
    w->observer = observer_start(w->cfg, &clock_system, err);
    w->record = w->observer ? record_start(w->cfg, observer_engine(w->observer), &clock_system,
                                           RECORD_MAY, "once", err)
                            : NULL;
    w->driver = w->record ? driver_create(w->cfg, observer_engine(w->observer), &clock_system,
                                          false, err)
                          : NULL;
    if (!w->driver) {
        return false;
    }
    w->driver->terms.stand_ms = w->driver->terms.serving_ms = 1000;
    w->driver->terms.search_ms = 4000;
    bool runs = driver_run(w->driver, err);
    if (runs) {
        driver_watch(w->driver, false);
    }
    return runs;
}

/* --- from the decision to the wire */

/* The first preflight that is clear, as approved. False after PATIENCE_MS. */
static bool approve(struct walk *w)
{
    int64_t until_ms = clock_mono_ms(&clock_system) + PATIENCE_MS;
    bool clear = false;
    while (!clear && clock_mono_ms(&clock_system) < until_ms) {
        struct snapshot *s = engine_look(observer_engine(w->observer));
        struct failover_view *v = driver_look(w->driver);
        if (s && v && s->verdict.confirmed) {
            w->guard.facts = assess(w, s, v);
            clear = preflight_clear(&w->guard.facts);
        }
        failover_view_unref(v);
        snapshot_unref(s);
        (void)poll(NULL, 0, EVERY_MS);
    }
    w->guard.state = GUARD_SENT;
    w->guard.approved_hash = w->guard.facts.hash;
    (void)snprintf(w->guard.reason, sizeof w->guard.reason, "INC-1");
    return clear;
}

/* Waits for the end of an attempt that is newer than id. Returns its id, or 0. */
static int64_t await_end(struct walk *w, int64_t id)
{
    int64_t until_ms = clock_mono_ms(&clock_system) + PATIENCE_MS;
    int64_t ended = 0;
    while (ended == 0 && clock_mono_ms(&clock_system) < until_ms) {
        struct failover_view *v = driver_look(w->driver);
        if (v && v->attempt.id > id && attempt_is_over(v->attempt.state)) {
            ended = v->attempt.id;
        }
        failover_view_unref(v);
        (void)poll(NULL, 0, EVERY_MS);
    }
    return ended;
}

/* As the timeline has it: "... on the wire 9.3 ms after the decision". */
static size_t read_wire(const struct config *cfg, double *out, int n)
{
    static struct event events[1000];
    static const char mark[] = "on the wire ";
    char path[4096];
    size_t found = 0;
    struct store *st =
        store_path(cfg, path, sizeof path, NULL) ? store_open(path, STORE_READ, NULL) : NULL;
    int count = st ? store_events(st, NULL, events, 1000, NULL) : 0;
    for (int i = 0; i < count && found < (size_t)n; i++) {
        const char *at = strstr(events[i].text, mark);
        if (at) {
            out[found++] = strtod(at + sizeof mark - 1, NULL);
        }
    }
    store_close(st);
    return found;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool wire(struct walk *w, int n)
{
    int64_t id = 0;
    bool ok = approve(w);
    for (int i = 0; ok && i < n; i++) {
        driver_dispatch(w->driver, &w->guard);
        id = await_end(w, id);
        ok = id != 0;
    }
    double *ms = mem_alloc((size_t)n, sizeof *ms);
    size_t found = ok ? read_wire(w->cfg, ms, n) : 0;
    if (found > 0) {
        qsort(ms, found, sizeof *ms, by_value);
        (void)printf("wire_n=%zu wire_p50=%.1f wire_p95=%.1f wire_max=%.1f\n", found,
                     ms[(found * 50 + 99) / 100 - 1], ms[(found * 95 + 99) / 100 - 1],
                     ms[found - 1]);
    }
    free(ms);
    return found == (size_t)n;
}

static int play(const struct config *cfg, char **argv, int argc)
{
    struct error err = {""};
    bool wires = argc == 4 && strcmp(argv[2], "wire") == 0;
    bool runs = strcmp(argv[2], "run") == 0;
    struct walk w = {.cfg = cfg, .event = "", .word = "give-up"};
    if (runs && argc == 5) {
        w.event = argv[3];
        w.after_us = strtoll(argv[4], NULL, 10);
    } else if (!runs && argc == 4) {
        w.word = argv[3];
    }
    if (!begin(&w, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    guard_init(&w.guard);
    if (runs) {
        (void)key(&w, GUARD_OPEN, 0);
    }
    int n = wires ? (int)strtol(argv[3], NULL, 10) : 0;
    bool over = n > 0 ? wire(&w, n) : go(&w);
    (void)fflush(stdout);
    if (!driver_stop(w.driver, BUDGET_MS) || !record_stop(w.record, BUDGET_MS) ||
        !observer_stop(w.observer, BUDGET_MS)) {
        _exit(over ? 0 : 1);
    }
    return over ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct error err = {""};
    if (argc < 3) {
        (void)fputs("usage: drtop-once CONFIG run|resume [EVENT US|WORD]\n", stderr);
        return USAGE;
    }
    struct config *cfg = config_load(argv[1], &err);
    if (!cfg || !observer_library_begin(&err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        config_destroy(cfg);
        return 1;
    }
    int status = play(cfg, argv, argc);
    observer_library_end();
    config_destroy(cfg);
    return status;
}
