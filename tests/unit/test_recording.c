/* Recordings: one that is made while it happens, and one of an incident that has been. */
#include "tests/unit/replay_story.h"

#include <poll.h>

#include "backend/fact/clock.h"
#include "backend/record/export.h"
#include "backend/record/recording.h"
#include "backend/record/replay.h"

static struct config *cfg;

static struct snapshot *seen(int second, enum verdict_kind kind)
{
    static struct history *history; /* nobody looks at it */
    struct alert a = lag_alert();
    history = history ? history : history_create();
    a.id = 1;
    a.opened_wall_ms = S(2);
    struct snapshot *s = snapshot_create(&a, second >= 2);
    s->seq = (uint64_t)second + 1;
    s->config = cfg;
    s->history = history;
    s->taken_at_ms = 1000000 + second * 1000;
    s->wall_ms = S(second);
    s->lag.seconds = opt_f64(second);
    s->verdict = (struct verdict){.kind = kind,
                                  .confirmed = true,
                                  .level = verdict_level_of(kind),
                                  .since_wall_ms = S(second),
                                  .confirmed_wall_ms = S(second),
                                  .sentence = "so it was"};
    return s;
}

static bool has_second(const struct place *p, int second)
{
    struct snapshot *s;
    struct record_view *v;
    struct replay *r = replay_open_file(p->path, NULL);
    bool has = r && replay_at(r, S(second), &s, &v, NULL);
    if (has) {
        has = s->lag.seconds.known && s->lag.seconds.v == second;
        snapshot_unref(s);
        record_view_unref(v);
    }
    replay_close(r);
    return has;
}

static void offer(struct recording *g, const struct place *p, int second,
                  enum verdict_kind kind)
{
    struct snapshot *s = seen(second, kind);
    recording_offer(g, s);
    snapshot_unref(s);
    int64_t until_us = clock_real_us() + 10000000;
    while (!has_second(p, second)) {
        assert_true(clock_real_us() < until_us);
        struct pollfd none;
        (void)poll(&none, 0, 5);
    }
}

static int entries(const char *folder)
{
    int n = 0;
    DIR *d = opendir(folder);
    while (readdir(d)) {
        n++;
    }
    (void)closedir(d);
    return n - 2;
}

static void test_it_is_whole_after_every_second(void **state)
{
    struct place *p = *state;
    struct clock_manual clk;
    struct stat st;
    char why[200];
    clock_manual_init(&clk, 1000000, S(0));
    cfg = story_config();
    struct recording *g = recording_start(p->path, cfg, &clk.base, &err);
    assert_non_null(g);
    assert_int_equal(stat(p->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    offer(g, p, 1, VERDICT_NORMAL);
    offer(g, p, 2, VERDICT_TUNNEL_DOWN);
    recording_change(g, cfg);
    offer(g, p, 3, VERDICT_TUNNEL_DOWN);
    recording_trouble(g, why);
    assert_string_equal(why, "");
    assert_true(recording_stop(g, 10000));
    assert_int_equal(entries(p->folder), 1);
    assert_int_equal(raw(p, "SELECT count(*) FROM event WHERE kind = 'verdict'"), 3);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert"), 1);
    assert_int_equal(raw(p, "SELECT count(*) FROM event WHERE kind = 'recorder' AND"
                            " text = 'ends recording'"),
                     1);
    assert_int_equal(raw(p, "SELECT value = 'gitea' FROM meta WHERE key = 'group'"), 1);
}

static void test_it_never_overwrites(void **state)
{
    struct place *p = *state;
    FILE *f = fopen(p->path, "w");
    (void)fputs("mine", f);
    (void)fclose(f);
    assert_null(recording_start(p->path, story_config(), &clock_system, &err));
    assert_non_null(strstr(err.text, "not overwritten"));
    struct stat st;
    assert_int_equal(stat(p->path, &st), 0);
    assert_int_equal(st.st_size, 4);
    (void)snprintf(p->path, sizeof p->path, "%s/no/such/place", p->folder);
    assert_null(recording_start(p->path, story_config(), &clock_system, &err));
}

/* --- of what has been */

static enum report_end export_to(const struct place *from, const struct place *to,
                                 const char *incident, const struct export_share *share)
{
    struct store *st = open_store(from, STORE_READ);
    enum report_end end = export_write(st, story_config(), incident, share, to->path, &err);
    store_close(st);
    return end;
}

static void test_an_incident_is_exported(void **state)
{
    struct place *p = *state, out = *p;
    struct snapshot *s;
    struct record_view *v;
    int64_t first, last;
    story_write(p);
    (void)snprintf(out.path, sizeof out.path, "%s/incident.drtop", p->folder);
    assert_int_equal(export_to(p, &out, "DR-20200101-000000", NULL), REPORT_ABSENT);
    assert_int_not_equal(access(out.path, F_OK), 0);
    assert_int_equal(export_to(p, &out, NULL, NULL), REPORT_DONE);
    struct replay *r = replay_open_file(out.path, &err);
    assert_non_null(r);
    OK(replay_span(r, &first, &last, &err));
    assert_int_equal(first, S(0));   /* 15 min before it, nothing was recorded */
    assert_int_equal(last, S(1799)); /* 15 min after it */
    OK(replay_at(r, S(650), &s, &v, &err));
    assert_int_equal(s->verdict.kind, VERDICT_PRIMARY_DOWN);
    assert_int_equal(s->n_open, 1);
    assert_int_equal(s->rto.n_runs, 1);
    assert_int_equal(s->tunnels[1].state, TUNNEL_BLACK_HOLED);
    assert_string_equal(s->config->group, "gitea");
    snapshot_unref(s);
    record_view_unref(v);
    replay_close(r);
    assert_int_equal(export_to(p, &out, STORY_INCIDENT, NULL), REPORT_FAILED);
    assert_non_null(strstr(err.text, "not overwritten"));
}

static void say(void *self, char *out, size_t out_size, const char *text)
{
    static const char *const names[] = {"10.0.2.50", "198.51.100.11", "gitea", "aws"};
    (void)self;
    (void)text_copy(out, out_size, text);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (char *at = strstr(out, names[i]); at; at = strstr(out, names[i])) {
            memset(at, 'x', strlen(names[i]));
        }
    }
}

static bool holds(const char *path, const char *word)
{
    size_t n = 0, len = strlen(word);
    FILE *f = fopen(path, "rb");
    for (int c = fgetc(f); c != EOF && n < len; c = fgetc(f)) {
        n = c == word[n] ? n + 1 : c == word[0];
    }
    (void)fclose(f);
    return n == len;
}

static void test_a_shared_one_names_nothing(void **state)
{
    static const char *const words[] = {"10.0.2.50", "198.51.100.11", "gitea", "aws is", "mg"};
    struct place *p = *state, out = *p;
    const struct export_share share = {.say = say};
    story_write(p);
    (void)snprintf(out.path, sizeof out.path, "%s/shared.drtop", p->folder);
    assert_int_equal(export_to(p, &out, NULL, &share), REPORT_DONE);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_true(holds(p->path, words[i]));
        if (holds(out.path, words[i])) {
            fail_msg("the shared recording has %s", words[i]);
        }
    }
    struct replay *r = replay_open_file(out.path, &err);
    struct snapshot *s;
    struct record_view *v;
    assert_non_null(r);
    OK(replay_at(r, S(800), &s, &v, &err));
    assert_int_equal(s->verdict.kind, VERDICT_PRIMARY_DOWN);
    assert_string_equal(s->alerts[0].acked_by, "somebody");
    assert_int_equal(s->tunnels[1].state, TUNNEL_BLACK_HOLED);
    snapshot_unref(s);
    record_view_unref(v);
    replay_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_is_whole_after_every_second),
        TEST(test_it_never_overwrites),
        TEST(test_an_incident_is_exported),
        TEST(test_a_shared_one_names_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
