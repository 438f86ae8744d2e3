#include "backend/tunnel/aws_alarms.h"

#include <stdlib.h>
#include <string.h>

#include "backend/net/text.h"
#include "backend/tunnel/cloudwatch.h"

#define EVERY_MS         (60 * 1000)
#define HISTORY_EVERY_MS (5 * 60 * 1000) /* 3 questions a second are all that an account has */
#define HISTORY_A_TURN   2
#define HISTORY_BACK_MS  ((int64_t)24 * 60 * 60 * 1000) /* what a start looks back */
#define OVERLAP_MS       (2 * 60 * 1000) /* clocks differ, and history comes late */

/* Is there something in the history that has not been read? Where the service does not date the
 * state alone, a new reason looks like a change: then at most now and then. */
static bool has_changed(const struct aws_alarm_memory *m, const struct tunnel_alarm *now,
                        int64_t now_ms)
{
    if (!m->known || m->state != now->state) {
        return true;
    }
    if (m->changed_ms == now->changed_ms.v) {
        return false;
    }
    return now->dated || !m->asked || now_ms - m->asked_ms >= HISTORY_EVERY_MS;
}

static void note(struct aws_alarm_memory *m, const struct tunnel_alarm *now, int64_t now_ms)
{
    if (!now->changed_ms.known || !has_changed(m, now, now_ms)) {
        return;
    }
    m->due = true;
    m->known = true;
    m->state = now->state;
    m->changed_ms = now->changed_ms.v;
}

static void lose(struct aws_alarms *alarms, char *const *names, const struct error *err)
{
    alarms->n = 0;
    for (size_t i = 0; names[i] && i < TUNNEL_ALARMS_MAX; i++) {
        struct tunnel_alarm *alarm = &alarms->now[alarms->n++];
        *alarm = (struct tunnel_alarm){.state = ALARM_UNKNOWN};
        (void)text_clean_str(alarm->name, sizeof alarm->name, names[i]);
        (void)text_clean_str(alarm->reason, sizeof alarm->reason, err->text);
    }
}

static void look(struct aws_alarms *alarms, struct aws_asker *a, char *const *names)
{
    struct error err = {0};
    char *answer = NULL;
    size_t len = 0;
    alarms->lane.next_ms = clock_mono_ms(a->clk) + EVERY_MS;
    bool ok = aws_ask_cloudwatch(a, &alarms->lane, "DescribeAlarms",
                                 cloudwatch_ask_alarms(names), &answer, &len, &err);
    if (ok && !cloudwatch_parse_alarms(answer, len, names, alarms->now, &alarms->n)) {
        error_set(&err, "the answer is not understood: no list of alarms");
        ok = false;
    }
    free(answer);
    if (!ok) {
        lose(alarms, names, &err);
        return;
    }
    for (size_t i = 0; i < alarms->n; i++) {
        note(&alarms->memory[i], &alarms->now[i], clock_mono_ms(a->clk));
    }
}

/* Among those that are known, by time; the oldest goes when there is no room. */
static void keep(struct aws_alarms *alarms, const struct tunnel_transition *t)
{
    struct tunnel_transition *list = alarms->transitions;
    size_t n = alarms->n_transitions, at = 0;
    for (; at < n && list[at].at_ms <= t->at_ms; at++) {
        if (list[at].at_ms == t->at_ms && strcmp(list[at].alarm, t->alarm) == 0) {
            return;
        }
    }
    if (n < TUNNEL_TRANSITIONS_MAX) {
        memmove(&list[at + 1], &list[at], (n - at) * sizeof list[0]);
        alarms->n_transitions++;
    } else if (at == 0) {
        return;
    } else {
        memmove(&list[0], &list[1], (at - 1) * sizeof list[0]);
        at--;
    }
    list[at] = *t;
}

static bool read_history(struct aws_alarms *alarms, struct aws_asker *a, const char *name,
                         struct aws_alarm_memory *m, struct error *err)
{
    int64_t wall_ms = clock_wall_ms(a->clk);
    int64_t from_ms = m->asked ? m->asked_until_ms - OVERLAP_MS : wall_ms - HISTORY_BACK_MS;
    struct tunnel_transition found[TUNNEL_TRANSITIONS_MAX];
    char *answer = NULL;
    size_t len = 0, n = 0;
    m->asked = true;
    m->asked_ms = clock_mono_ms(a->clk);
    if (!aws_ask_cloudwatch(a, &alarms->history_lane, "DescribeAlarmHistory",
                            cloudwatch_ask_history(name, from_ms, wall_ms + OVERLAP_MS),
                            &answer, &len, err)) {
        return false;
    }
    bool ok = cloudwatch_parse_history(answer, len, found, TUNNEL_TRANSITIONS_MAX, &n);
    free(answer);
    if (!ok) {
        error_set(err, "the answer is not understood: no history of alarms");
        return false;
    }
    m->asked_until_ms = wall_ms;
    m->due = false;
    for (size_t i = 0; i < n; i++) {
        keep(alarms, &found[i]);
    }
    return true;
}

static void read_histories(struct aws_alarms *alarms, struct aws_asker *a, char *const *names)
{
    int asked = 0;
    for (size_t i = 0; i < alarms->n && asked < HISTORY_A_TURN; i++) {
        struct error err = {0};
        if (!alarms->memory[i].due) {
            continue;
        }
        asked++;
        if (!read_history(alarms, a, names[i], &alarms->memory[i], &err)) {
            int64_t next_ms = clock_mono_ms(a->clk) + HISTORY_EVERY_MS;
            struct aws_lane *lane = &alarms->history_lane;
            lane->next_ms = lane->next_ms > next_ms ? lane->next_ms : next_ms;
            (void)text_clean_str(alarms->trouble, sizeof alarms->trouble, err.text);
            return;
        }
        alarms->trouble[0] = '\0';
    }
}

void aws_alarms_turn(struct aws_alarms *alarms, struct aws_asker *a)
{
    char *const *names = a->cfg->aws.alarms;
    int64_t now_ms = clock_mono_ms(a->clk);
    if (!names) {
        return;
    }
    alarms->lane.base_ms = EVERY_MS;
    alarms->history_lane.base_ms = EVERY_MS;
    if (now_ms >= alarms->lane.next_ms) {
        look(alarms, a, names);
    }
    if (now_ms >= alarms->history_lane.next_ms) {
        read_histories(alarms, a, names);
    }
}

void aws_alarms_tell(const struct aws_alarms *alarms, struct tunnel_facts *facts)
{
    facts->n_alarms = alarms->n;
    memcpy(facts->alarms, alarms->now, sizeof facts->alarms);
    facts->n_transitions = alarms->n_transitions;
    memcpy(facts->transitions, alarms->transitions, sizeof facts->transitions);
}
