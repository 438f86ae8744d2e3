#include "tui/app_past.h"

#include <stdio.h>

#define FRAME_MS     200 /* of a replay that is faster than the clock */
#define CLOCK_JITTER 50  /* the two clocks are not read at one moment */

static const int speeds[] = {1, 2, 5, 10, 20, 30, 60};
#define SPEEDS (int)(sizeof speeds / sizeof speeds[0])

/* A second is shown with all that happened in it: there is nothing between seconds. */
static int64_t end_of_second(int64_t wall_ms)
{
    return wall_ms / 1000 * 1000 + 999;
}

/* The moment that is meant becomes this one, and the replay goes on from it. */
static void stand_at(struct app_past *p, int64_t wall_ms, int64_t now_ms)
{
    p->from_wall_ms = wall_ms / 1000 * 1000;
    p->at_wall_ms = end_of_second(wall_ms);
    p->from_mono_ms = now_ms;
}

void app_past_init(struct app_past *p, struct replay_reader *reader, int64_t begin_wall_ms,
                   int speed, int64_t now_ms)
{
    *p = (struct app_past){.reader = reader, .replay = begin_wall_ms != 0, .speed = speed};
    p->playing = p->replay;
    stand_at(p, begin_wall_ms, now_ms);
}

void app_past_finish(struct app_past *p)
{
    replay_answer_finish(&p->got);
}

int app_past_fd(const struct app_past *p)
{
    return p->reader ? replay_reader_fd(p->reader) : -1;
}

static void ask(struct app_past *p, int64_t wall_ms)
{
    const struct replay_wish wish = {.wall_ms = wall_ms};
    p->asked = replay_reader_ask(p->reader, &wish);
    p->asked_wall_ms = wall_ms;
    p->waiting = true;
    p->jumping = false;
}

static int64_t cursor_wall_ms(const struct ui *ui, int64_t now_ms, int64_t wall_ms)
{
    return ui->cursor_ms ? wall_ms - (now_ms - ui->cursor_ms) : wall_ms;
}

/* --- answers */

static void arrive(struct app_past *p, struct ui *ui, int64_t now_ms, int64_t wall_ms)
{
    int64_t to_ms = p->got.wall_ms;
    bool left = p->jumping ? !ui->awaits_jump : !ui->cursor_ms;
    ui->awaits_jump = false;
    if (!p->replay && left) { /* back to live before the answer came */
        p->jumping = false;
        return;
    }
    bool early = !p->jumping && to_ms > p->asked_wall_ms;
    bool late = !p->jumping && to_ms < p->asked_wall_ms;
    if (!p->replay && (p->jumping || early)) {
        ui->cursor_ms = now_ms - (wall_ms - to_ms);
        ui->cursor_ms -= ui->cursor_ms == 0;
    }
    if (p->replay && (p->jumping || early || late)) {
        stand_at(p, to_ms, now_ms);
        p->playing = p->playing && !late;
    }
    if (early) {
        ui_toast(ui, now_ms, "beginning of what is recorded");
    } else if (late && p->replay) {
        ui_toast(ui, now_ms, "end of what is recorded");
    }
    p->jumping = false;
    p->asked_wall_ms = to_ms;
}

unsigned app_past_read(struct app_past *p, struct ui *ui, int64_t now_ms, int64_t wall_ms)
{
    struct replay_answer a;
    replay_reader_drain(p->reader);
    replay_reader_look(p->reader, &a);
    bool newest = a.number == p->asked;
    p->waiting = p->waiting && !newest;
    if (!a.found) {
        if (newest && a.number) {
            ui_toast(ui, now_ms, "%.150s", a.why);
            p->jumping = false;
        }
        replay_answer_finish(&a);
        return UI_PAINT;
    }
    replay_answer_finish(&p->got);
    p->got = a;
    if (newest) {
        arrive(p, ui, now_ms, wall_ms);
    }
    return UI_PAINT;
}

/* --- keys */

static void change_speed(struct app_past *p, struct ui *ui, bool faster, int64_t now_ms)
{
    int i = 0;
    while (i + 1 < SPEEDS && speeds[i + 1] <= p->speed) {
        i++;
    }
    if (faster && i + 1 < SPEEDS) {
        i++;
    } else if (!faster && i > 0 && speeds[i] == p->speed) {
        i--;
    }
    stand_at(p, p->at_wall_ms, now_ms);
    p->speed = speeds[i];
    ui_toast(ui, now_ms, "%d times as fast as it was", p->speed);
}

static enum replay_jump jump_of(enum ui_past past)
{
    switch (past) {
    case PAST_ALERT_NEXT:
        return REPLAY_ALERT_NEXT;
    case PAST_INCIDENT_BEFORE:
        return REPLAY_INCIDENT_BEFORE;
    case PAST_INCIDENT_NEXT:
        return REPLAY_INCIDENT_NEXT;
    default:
        return REPLAY_ALERT_BEFORE;
    }
}

unsigned app_past_obey(struct app_past *p, struct ui *ui, int64_t now_ms, int64_t wall_ms)
{
    int64_t step_ms = ui_step_ms(ui);
    struct replay_wish wish = {.jumps = true, .jump = jump_of(ui->past)};
    switch (ui->past) {
    case PAST_BACK:
    case PAST_FORTH:
        stand_at(p, p->at_wall_ms + (ui->past == PAST_BACK ? -step_ms : step_ms), now_ms);
        break;
    case PAST_PLAY:
        stand_at(p, p->at_wall_ms, now_ms);
        p->playing = !p->playing;
        break;
    case PAST_SLOWER:
    case PAST_FASTER:
        change_speed(p, ui, ui->past == PAST_FASTER, now_ms);
        break;
    default:
        wish.wall_ms = p->replay ? p->at_wall_ms : cursor_wall_ms(ui, now_ms, wall_ms);
        if (wish.jump == REPLAY_ALERT_BEFORE || wish.jump == REPLAY_INCIDENT_BEFORE) {
            wish.wall_ms -=
                wish.wall_ms % 1000; /* what began in this second is shown already */
        }
        p->asked = replay_reader_ask(p->reader, &wish);
        p->jumping = p->waiting = true;
    }
    return UI_PAINT;
}

/* --- frames */

static bool is_beyond(const struct ui *ui, const struct snapshot *live)
{
    int64_t first_ms, last_ms;
    return ui->cursor_ms &&
           (!live || !history_span(live->history, HISTORY_VERDICT, &first_ms, &last_ms) ||
            ui->cursor_ms < first_ms);
}

static void play(struct app_past *p, int64_t now_ms)
{
    int64_t at_ms = p->from_wall_ms + (now_ms - p->from_mono_ms) * p->speed;
    if (p->playing && !p->jumping) {
        p->at_wall_ms = end_of_second(at_ms);
    }
}

bool app_past_turn(struct app_past *p, const struct ui *ui, const struct snapshot *live,
                   int64_t now_ms, int64_t wall_ms)
{
    if (!p->reader || (!p->replay && !is_beyond(ui, live))) {
        return false;
    }
    play(p, now_ms);
    int64_t meant_ms = p->replay ? p->at_wall_ms : cursor_wall_ms(ui, now_ms, wall_ms);
    int64_t off_ms = meant_ms - p->asked_wall_ms;
    if (!p->jumping && (p->asked == 0 || off_ms > CLOCK_JITTER || off_ms < -CLOCK_JITTER)) {
        ask(p, meant_ms);
    }
    return p->got.found;
}

void app_past_show(const struct app_past *p, const struct snapshot *live, int64_t now_ms,
                   struct view *v)
{
    v->now_ms = v->wall_ms = p->got.wall_ms;
    v->held_ms = now_ms - p->got.wall_ms;
    v->when = (struct view_when){.kind = p->replay ? WHEN_REPLAY : WHEN_HISTORY,
                                 .playing = p->playing,
                                 .reading = !p->playing && p->waiting,
                                 .speed = p->speed,
                                 .now = live ? live->verdict.kind : VERDICT_UNKNOWN};
}

int64_t app_past_wait_ms(const struct app_past *p, int64_t limit_ms)
{
    int64_t frame_ms = 1000 / (p->speed > 0 ? p->speed : 1);
    frame_ms = frame_ms < FRAME_MS ? FRAME_MS : frame_ms;
    return p->playing && frame_ms < limit_ms ? frame_ms : limit_ms;
}
