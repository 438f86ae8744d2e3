/* Between the loop and the record of the past: which moment is meant, what was read of it, and what
 * of that is painted. One thread, the loop's; nothing here blocks. */
#ifndef DRTOP_TUI_APP_PAST_H
#define DRTOP_TUI_APP_PAST_H

#include "backend/record/replay_reader.h"
#include "tui/view.h"

struct app_past {
    struct replay_reader *reader; /* borrowed; NULL: nothing is recorded */
    bool replay;                  /* there is no now */
    bool playing;
    int speed;
    int64_t at_wall_ms;                 /* of a replay: the moment that is meant */
    int64_t from_mono_ms, from_wall_ms; /* while it plays: it was there then */
    uint64_t asked;                     /* number of the newest wish; 0: none */
    int64_t asked_wall_ms;
    bool waiting;             /* it has not been answered yet */
    bool jumping;             /* it says itself where it leads */
    struct replay_answer got; /* the newest picture */
};

/* reader NULL: there is no past beyond the memory. begin_wall_ms: of a replay, else 0. */
void app_past_init(struct app_past *p, struct replay_reader *reader, int64_t begin_wall_ms,
                   int speed, int64_t now_ms);
void app_past_finish(struct app_past *p);

/* -1 without a reader. */
int app_past_fd(const struct app_past *p);

/* After its fd has fired; and after UI_PAST. Return enum ui_effect. */
unsigned app_past_read(struct app_past *p, struct ui *ui, int64_t now_ms, int64_t wall_ms);
unsigned app_past_obey(struct app_past *p, struct ui *ui, int64_t now_ms, int64_t wall_ms);

/* Before each frame: asks for the moment that is meant. live may be NULL. Returns whether it is the
 * picture of a moment that has to be painted, from p->got. */
bool app_past_turn(struct app_past *p, const struct ui *ui, const struct snapshot *live,
                   int64_t now_ms, int64_t wall_ms);

/* Tells the view that it paints p->got, and when that was. */
void app_past_show(const struct app_past *p, const struct snapshot *live, int64_t now_ms,
                   struct view *v);

/* How long until the next frame of what plays; limit_ms when nothing does. */
int64_t app_past_wait_ms(const struct app_past *p, int64_t limit_ms);

#endif
