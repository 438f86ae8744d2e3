#include "tui/app_failover.h"

#include <stdio.h>

#include "backend/record/record.h"

void app_failover_init(struct app_failover *g, struct driver *driver, const struct config *cfg,
                       const char *why, bool read_only)
{
    *g =
        (struct app_failover){.driver = driver, .cfg = cfg, .why = why, .read_only = read_only};
    record_who(g->who);
    failover_init(&g->screen, cfg, read_only || !driver);
}

int app_failover_fd(const struct app_failover *g)
{
    return g->driver ? driver_wake_fd(g->driver) : -1;
}

/* What the dashboard says of it, as a number; its clock goes on by itself. */
static int tells(const struct failover_view *v)
{
    if (!v) {
        return -1;
    }
    return (failover_has_run(v) ? 1 + (int)v->attempt.state : 0) * 100 +
           (v->phases.current + 1) * 2 + (v->second_asked_by[0] && !v->second_answered_by[0]);
}

unsigned app_failover_read(struct app_failover *g)
{
    struct failover_view *before = g->view;
    driver_drain(g->driver);
    g->view = driver_look(g->driver);
    bool news = tells(before) != tells(g->view);
    failover_view_unref(before);
    return news || g->screen.open ? UI_PAINT : UI_NOTHING;
}

const char *app_failover_refusal(const struct app_failover *g, bool drill,
                                 const struct snapshot *live, int w, int h)
{
    const char *why = failover_refusal(g->cfg, g->read_only, drill);
    if (why) {
        return why;
    }
    if (!g->driver) {
        return g->why ? g->why : "the failover cannot be driven from here";
    }
    if (!live) {
        return "nothing has been read yet";
    }
    return w < FAILOVER_MIN_W || h < FAILOVER_MIN_H ? "the failover screen needs 60x16" : NULL;
}

static void ask_driver(struct app_failover *g, unsigned effects)
{
    const struct failover *f = &g->screen;
    if (effects & FAILOVER_DISPATCH) {
        driver_dispatch(g->driver, &f->guard); /* first: each millisecond counts */
    }
    if (effects & FAILOVER_WATCH) {
        driver_watch(g->driver, f->guard.drill);
    }
    if (effects & FAILOVER_UNWATCH) {
        driver_unwatch(g->driver);
    }
    if (effects & FAILOVER_ASK_SECOND) {
        driver_ask_second(g->driver, f->guard.challenge);
    }
    if (effects & FAILOVER_WITHDRAW) {
        driver_ask_second(g->driver, "");
    }
    if (effects & FAILOVER_ANSWER_SECOND) {
        driver_answer_second(g->driver, f->text);
    }
    if (effects & FAILOVER_RESEND) {
        driver_resend(g->driver);
    }
    if (effects & FAILOVER_GIVE_UP) {
        driver_give_up(g->driver);
    }
    if (effects & FAILOVER_STOP_RUN) {
        driver_stop_run(g->driver);
    }
    if (effects & FAILOVER_ANSWER) {
        driver_answer_input(g->driver, f->input_id, f->proceed);
    }
    if (effects & FAILOVER_ACKNOWLEDGE) {
        driver_acknowledge(g->driver, f->text);
    }
}

static unsigned obey(struct app_failover *g, unsigned effects)
{
    if (g->driver) {
        ask_driver(g, effects);
    }
    return (effects ? UI_PAINT : UI_NOTHING) | (effects & FAILOVER_QUIT ? UI_QUIT : 0) |
           (effects & FAILOVER_REDRAW ? UI_REDRAW : 0);
}

unsigned app_failover_open(struct app_failover *g, bool drill, int64_t now_ms)
{
    return obey(g, failover_open(&g->screen, drill, g->view, now_ms));
}

unsigned app_failover_shut(struct app_failover *g, int64_t now_ms)
{
    return obey(g, failover_shut(&g->screen, now_ms));
}

unsigned app_failover_key(struct app_failover *g, uint32_t code, int64_t now_ms)
{
    return obey(g, failover_key(&g->screen, code, g->view, now_ms));
}

unsigned app_failover_feed(struct app_failover *g, const struct snapshot *shown, int64_t now_ms,
                           int64_t wall_ms)
{
    static const struct preflight_job unasked;
    static const struct preflight_past unread;
    struct jenkins_value values[JENKINS_PARAMS_MAX];
    const struct failover *f = &g->screen;
    bool drill = f->guard.drill;
    size_t n = driver_values(g->cfg, drill, NULL, g->who,
                             f->guard.reason[0] ? f->guard.reason : NULL, values);
    const struct preflight_job *job = !g->view ? &unasked
                                      : drill  ? &g->view->drill_job
                                               : &g->view->job;
    struct preflight facts = preflight_of(shown, job, g->view ? &g->view->past : &unread,
                                          values, n, drill, now_ms, wall_ms);
    return obey(g, failover_feed(&g->screen, &facts, g->view, now_ms));
}

void app_failover_finish(struct app_failover *g, int64_t now_ms)
{
    (void)app_failover_shut(g, now_ms);
    failover_view_unref(g->view);
}
