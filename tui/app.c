#include "tui/app_priv.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tui/glyph.h"
#include "tui/term.h"

#define FEED_MS        200  /* the guard's facts, while the failover screen is open */
#define SHARED_BEAT_MS 1000 /* what turns faster smears under a video's compression */
#define FRAME_MS       33   /* at most 30 frames a second for data; a key is painted at once */

static void watched_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGWINCH);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGHUP);
    (void)sigaddset(set, SIGTSTP);
    (void)sigaddset(set, SIGCONT);
}

void app_block_signals(void)
{
    sigset_t set;
    watched_signals(&set);
    (void)sigaddset(&set, SIGPIPE);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static void copy_status(struct app *a, int64_t now_ms)
{
    char line[512];
    if (a->view.snap) {
        view_status_line(&a->view, line, sizeof line);
        ui_toast(&a->ui, now_ms,
                 term_copy(line) ? "sent to the terminal's clipboard: %.80s"
                                 : "this terminal has no clipboard: %.80s",
                 line);
    }
}

/* A file edited since it was loaded is read again; otherwise the next theme in the list. */
static void change_theme(struct app *a, int64_t now_ms)
{
    char names[32][48];
    size_t n = theme_list(names, 32), next = 0;
    struct error err;
    bool reload = theme_changed(&a->theme);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], a->theme.name) == 0) {
            next = (i + 1) % n;
        }
    }
    const char *name = reload ? a->theme.path : n ? names[next] : "default";
    if (!theme_load(name, &a->theme, &err)) {
        ui_toast(&a->ui, now_ms, "%.120s", err.text);
        return;
    }
    term_set_theme(&a->theme);
    a->anew = true;
    ui_toast(&a->ui, now_ms, "theme: %s%s", a->theme.name, reload ? " (reloaded)" : "");
}

/* What was typed before the screen was there to be read is not meant for it. */
static unsigned open_failover(struct app *a, bool drill, int64_t now_ms)
{
    term_drop_typed();
    return app_failover_open(&a->failover, drill, now_ms);
}

static void change_mouse(struct app *a, int64_t now_ms)
{
    a->mouse = !a->mouse;
    term_take_mouse(a->mouse);
    ui_toast(&a->ui, now_ms, "%s",
             a->mouse ? "mouse: a click focuses, the wheel scrolls; Shift selects text"
                      : "mouse: left to the terminal");
}

static unsigned read_mouse(struct app *a, int64_t now_ms)
{
    struct mouse m;
    if (!term_mouse(&m) || a->failover.screen.open) {
        return UI_NOTHING;
    }
    struct layout l = layout_compute(a->canvas.w, a->canvas.h, a->ui.preset, a->ui.zoomed);
    return ui_mouse(&a->ui, &l, &m, now_ms);
}

static void obey(struct app *a, unsigned effects, int64_t now_ms)
{
    if (effects & (UI_FAILOVER | UI_DRILL)) {
        effects |= open_failover(a, effects & UI_DRILL, now_ms);
    }
    a->due = a->due || effects;
    a->leave = a->leave || effects & UI_QUIT;
    a->anew = a->anew || effects & UI_REDRAW;
    if (effects & UI_PAST) {
        a->due |= app_past_obey(&a->past, &a->ui, now_ms, clock_wall_ms(a->clk)) != 0;
    }
    if (effects & UI_POLL) {
        observer_poke(a->observer);
    }
    if (effects & UI_THEME) {
        change_theme(a, now_ms);
    }
    if (effects & UI_MOUSE) {
        change_mouse(a, now_ms);
    }
    if (effects & UI_COPY) {
        copy_status(a, now_ms);
    }
    if (effects & UI_EXPORT) {
        app_export(a, now_ms);
    }
    if (effects & UI_ACKNOWLEDGE) {
        app_acknowledge(a, now_ms);
    }
    if (effects & UI_NOTE) {
        app_note(a, now_ms);
    }
}

/* Nobody stands before it, and whoever passes must not change it. */
static bool is_for_the_wall(uint32_t code)
{
    enum action action = key_action(code);
    return action == ACTION_QUIT || action == ACTION_REDRAW;
}

static void read_keys(struct app *a, int64_t now_ms)
{
    uint32_t code;
    int w, h;
    term_size(&w, &h);
    const char *none = a->past.replay  ? "a replay: nothing can be done in the past"
                       : a->view.share ? "a shared screen starts nothing: without --share"
                                       : NULL;
    const char *replay = a->past.replay ? none : NULL;
    a->ui.refusal = replay ? replay : app_refusal(a);
    a->ui.note_refusal = replay ? replay : app_note_refusal(a);
    a->ui.failover_refusal =
        none ? none : app_failover_refusal(&a->failover, false, a->live, w, h);
    a->ui.drill_refusal = none ? none : app_failover_refusal(&a->failover, true, a->live, w, h);
    while (!a->leave && (code = term_key()) != KEYCODE_NONE) {
        if (a->view.wall && !is_for_the_wall(code)) {
            continue;
        }
        if (code == KEYCODE_MOUSE) {
            obey(a, read_mouse(a, now_ms), now_ms);
            continue;
        }
        obey(a,
             a->failover.screen.open ? app_failover_key(&a->failover, code, now_ms)
                                     : ui_key(&a->ui, code, a->live, now_ms),
             now_ms);
    }
}

static void read_signals(struct app *a)
{
    struct signalfd_siginfo info;
    while (read(a->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        switch (info.ssi_signo) {
        case SIGCONT:
            term_resumed();
            a->due = a->anew = true;
            break;
        case SIGWINCH:
            term_resized();
            a->due = a->anew = true;
            break;
        case SIGTSTP: /* nobody would start a wall again */
            if (!a->view.wall) {
                term_stop();
                a->due = a->anew = true;
            }
            break;
        default:
            a->leave = true;
        }
    }
}

static void read_engine(struct app *a)
{
    struct snapshot *s = a->engine ? engine_look(a->engine) : NULL;
    if (s) {
        snapshot_unref(a->live);
        a->live = s;
    }
}

static size_t open_alerts(const struct record_view *v)
{
    size_t open = 0;
    for (size_t i = 0; v && i < v->n_alerts; i++) {
        open += alert_is_open(&v->alerts[i].alert);
    }
    return open;
}

static void read_record(struct app *a)
{
    record_drain(a->record);
    struct record_view *v = record_look(a->record);
    a->news = a->news || !a->kept || open_alerts(a->kept) != open_alerts(v);
    record_view_unref(a->kept);
    a->kept = v;
}

static void show_record(struct app *a, bool picture)
{
    bool held = a->ui.paused && a->kept_shown && !picture && !a->pictured;
    struct record_view *want = picture ? a->past.got.view : held ? a->kept_shown : a->kept;
    if (want != a->kept_shown) {
        record_view_unref(a->kept_shown);
        a->kept_shown = record_view_ref(want);
    }
    a->view.record = a->kept_shown;
    a->pictured = picture;
}

static void show(struct app *a, struct snapshot *s)
{
    if (s != a->shown) {
        snapshot_unref(a->shown);
        a->shown = s ? snapshot_ref(s) : NULL;
    }
    a->view.snap = a->shown;
}

/* Before each frame: keys that wait come before the time that has passed, so that one typed
 * before the end of a countdown stops it. Then the guard gets the facts that are painted. */
static void feed_failover(struct app *a, int64_t now_ms)
{
    struct app_failover *g = &a->failover;
    int w, h;
    term_size(&w, &h);
    if (g->screen.open) {
        read_keys(a, now_ms);
    }
    if (g->screen.open && (w < FAILOVER_MIN_W || h < FAILOVER_MIN_H)) {
        obey(a, app_failover_shut(g, now_ms), now_ms);
        ui_toast(&a->ui, now_ms, "the failover screen needs 60x16: closed");
    }
    if (g->screen.open && a->shown) {
        obey(a, app_failover_feed(g, a->shown, now_ms, clock_wall_ms(a->clk)), now_ms);
    }
    a->view.run = g->view;
}

/* What reaches somebody who looks at another window. */
static void call(struct app *a)
{
    const struct config_screen *cfg = &a->cfg->screen;
    char text[256];
    if (cfg->title) {
        attention_title(&a->view, text, sizeof text);
        term_title(text);
    }
    if ((cfg->bell || cfg->popup) &&
        attention_wanted(&a->attention, &a->view, text, sizeof text)) {
        term_call(cfg->bell, cfg->popup, text);
    }
}

/* What a wall turns by itself, before each frame. */
static void turn_wall(struct app *a, int64_t now_ms)
{
    if (a->shown) {
        wall_saw(&a->wall, a->shown->seq);
    }
    if (a->record) {
        wall_turned(&a->wall, record_turns(a->record), now_ms);
    }
    bool night = a->night && wall_is_night(&a->wall, wall_minute_of_day(clock_wall_ms(a->clk)));
    if (night != a->is_night) {
        a->is_night = night;
        term_set_theme(night ? a->night : &a->theme);
        a->anew = true;
    }
}

/* What is painted: now, what is held, or a picture of the past; then it returns true. */
static bool choose(struct app *a, int64_t now_ms)
{
    bool picture = !a->failover.screen.open &&
                   app_past_turn(&a->past, &a->ui, a->live, now_ms, clock_wall_ms(a->clk));
    show(a, picture ? a->past.got.snapshot : a->ui.paused ? a->ui.paused : a->live);
    show_record(a, picture);
    return picture;
}

static void paint(struct app *a, int64_t now_ms)
{
    int w, h;
    term_size(&w, &h);
    if (w != a->canvas.w || h != a->canvas.h) {
        canvas_resize(&a->canvas, w, h);
    }
    read_engine(a);
    bool calm = a->view.share && now_ms - a->beat_ms < SHARED_BEAT_MS;
    if (a->live && a->shown != a->live && !a->ui.paused && !calm) {
        a->ui.beat++;
        a->beat_ms = now_ms;
    }
    bool picture = choose(a, now_ms);
    if (a->view.wall) {
        turn_wall(a, now_ms);
    }
    feed_failover(a, now_ms);
    view_clock(&a->view, now_ms, clock_wall_ms(a->clk));
    a->view.when = (struct view_when){0};
    int64_t cursor_ms = a->ui.cursor_ms;
    if (picture) { /* it is painted as if it were now */
        app_past_show(&a->past, a->live, now_ms, &a->view);
        a->ui.cursor_ms = 0;
    }
    view_paint(&a->canvas, &a->view);
    a->ui.cursor_ms = picture ? cursor_ms : a->ui.cursor_ms;
    term_present(&a->canvas, a->anew);
    call(a);
    if (a->alive) {
        a->alive();
    }
    a->due = a->anew = a->news = false;
    a->painted_ms = now_ms;
}

/* The next refresh, on the second of the wall clock, so that its digits never skip one; or the
 * next frame that news may have. */
static int64_t wait_ms(const struct app *a, int64_t now_ms)
{
    int64_t phase_ms = clock_wall_ms(a->clk) % a->refresh_ms;
    int64_t next_ms = app_past_wait_ms(&a->past, a->refresh_ms - phase_ms);
    int64_t since_ms = now_ms - a->painted_ms;
    if (a->failover.screen.open && next_ms > FEED_MS) {
        next_ms = FEED_MS;
    }
    if (a->news && FRAME_MS - since_ms < next_ms) {
        next_ms = since_ms < FRAME_MS ? FRAME_MS - since_ms : 0;
    }
    return since_ms >= a->refresh_ms ? 0 : next_ms;
}

static void loop(struct app *a)
{
    struct pollfd fds[] = {{.fd = term_fd(), .events = POLLIN},
                           {.fd = a->engine ? engine_news_fd(a->engine) : -1, .events = POLLIN},
                           {.fd = a->signal_fd, .events = POLLIN},
                           {.fd = a->record ? record_wake_fd(a->record) : -1, .events = POLLIN},
                           {.fd = app_failover_fd(&a->failover), .events = POLLIN},
                           {.fd = app_past_fd(&a->past), .events = POLLIN},
                           {.fd = -1, .events = POLLOUT}};
    while (!a->leave) {
        int64_t now_ms = clock_mono_ms(a->clk);
        int64_t slow_ms;
        bool ready = term_ready(&slow_ms);
        if (a->due && ready) {
            paint(a, now_ms);
        }
        int64_t next_ms = a->due ? slow_ms : wait_ms(a, now_ms);
        fds[6].fd = term_full_fd();
        int heard = poll(fds, sizeof fds / sizeof fds[0], (int)next_ms);
        now_ms = clock_mono_ms(a->clk);
        int64_t often_ms = a->failover.screen.open ? FEED_MS : a->refresh_ms;
        a->due = a->due || heard == 0 || now_ms - a->painted_ms >= often_ms;
        if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) {
            return;
        }
        if (fds[2].revents) {
            read_signals(a);
        }
        if (fds[1].revents) {
            engine_drain(a->engine);
            a->news = true;
        }
        if (fds[3].revents) {
            read_record(a);
        }
        if (fds[4].revents) {
            obey(a, app_failover_read(&a->failover), now_ms);
        }
        if (fds[5].revents) {
            obey(a, app_past_read(&a->past, &a->ui, now_ms, clock_wall_ms(a->clk)), now_ms);
        }
        app_hear_answer(a, now_ms);
        app_hear_export(a, now_ms);
        if (fds[0].revents || fds[2].revents) {
            read_keys(a, now_ms);
        }
    }
}

static bool ascii(const struct app_options *o, const struct config *cfg)
{
    if (o->charset != APP_CHARSET_AUTO) {
        return o->charset == APP_CHARSET_ASCII;
    }
    if (cfg->screen.charset != CHARSET_AUTO) {
        return cfg->screen.charset == CHARSET_ASCII;
    }
    return !term_is_utf8();
}

bool app_run(struct observer *observer, const struct config *cfg, const struct clock *clk,
             const struct app_options *options, struct error *err)
{
    struct app a = {.observer = observer,
                    .engine = observer ? observer_engine(observer) : NULL,
                    .cfg = cfg,
                    .record = options->record,
                    .clk = clk,
                    .theme = *options->theme,
                    .refresh_ms = cfg->screen.refresh_ms,
                    .night = options->night,
                    .alive = options->alive,
                    .due = true};
    bool plain = ascii(options, cfg);
    glyph_use(plain ? GLYPHS_ASCII : GLYPHS_UTF8);
    const struct term_options term = {
        .mono = options->mono, .deaf = options->wall, .sync = cfg->screen.sync == SYNC_AUTO};
    if (!term_open(&a.theme, &term, err)) {
        return false;
    }
    sigset_t set;
    watched_signals(&set);
    a.signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    ui_init(&a.ui);
    app_past_init(&a.past, options->past, options->replay_from_ms, options->replay_speed,
                  clock_mono_ms(clk));
    a.ui.replay = a.past.replay;
    a.ui.recorded = options->past != NULL;
    canvas_init(&a.canvas, 0, 0);
    if (options->wall) {
        wall_init(&a.wall, &cfg->screen.wall, clock_mono_ms(clk));
    }
    a.view = (struct view){.ui = &a.ui,
                           .read_only = options->read_only,
                           .wall = options->wall ? &a.wall : NULL,
                           .share = options->share,
                           .graph = graph_style_for(&cfg->screen, !plain, getenv("TERM"))};
    app_failover_init(&a.failover, options->driver, cfg, options->driver_why,
                      options->read_only || options->share);
    a.view.failover = &a.failover.screen;
    a.mouse = cfg->screen.mouse && !options->wall;
    term_take_mouse(a.mouse);
    loop(&a);
    app_failover_finish(&a.failover, clock_mono_ms(clk));
    term_close();
    ui_finish(&a.ui);
    app_past_finish(&a.past);
    snapshot_unref(a.live);
    snapshot_unref(a.shown);
    record_view_unref(a.kept);
    record_view_unref(a.kept_shown);
    canvas_finish(&a.canvas);
    (void)close(a.signal_fd);
    return true;
}
