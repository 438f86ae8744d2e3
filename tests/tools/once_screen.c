/* For tests: the real drtop in a terminal, failed over by keys, and killed on the way.
 *
 *     drtop-once-screen DRTOP CONFIG run EVENT US    US microseconds after EVENT it is killed -9:
 *                                                    confirmed, or dispatch: 50 ms before the
 *                                                    countdown has run out
 *     drtop-once-screen DRTOP CONFIG resume WORD     another drtop sees it to its end; WORD, again
 *                                                    or give-up, is what is said to a request that
 *                                                    cannot be found
 *
 * Prints what drtop-once prints. The end is the journal's, and the screen has to show it. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/fact/clock.h"
#include "backend/failover/journal.h"
#include "tests/eye/eye.h"

enum { STEP_MS = 5, PATIENCE_MS = 150000, DEAF_MS = GUARD_DEAF_MS + 100, USAGE = 64 };

struct walk {
    struct eye *eye;
    const struct config *cfg;
    const char *event;
    int64_t after_us, kill_us; /* kill_us: clock_real_us(); 0: not yet */
};

static void happens(struct walk *w, const char *event, int64_t at_us)
{
    (void)printf("%s\n", event);
    (void)fflush(stdout);
    if (strcmp(w->event, event) == 0) {
        w->kill_us = at_us + w->after_us;
    }
}

/* Watches the program for so long. False when it is to be killed, or has ended. */
static bool pump(struct walk *w, int64_t ms)
{
    int64_t until_us = clock_real_us() + ms * 1000;
    do {
        int64_t now_us = clock_real_us();
        if (w->kill_us != 0 && now_us >= w->kill_us) {
            return false;
        }
        int64_t left_ms = w->kill_us != 0 ? (w->kill_us - now_us) / 1000 : STEP_MS;
        (void)eye_pump(w->eye, (int)(left_ms < STEP_MS ? left_ms : STEP_MS));
    } while (clock_real_us() < until_us && eye_alive(w->eye));
    return eye_alive(w->eye);
}

/* Until a text is seen; false after ms, or when it is to be killed. */
static bool await(struct walk *w, const char *text, int64_t ms)
{
    int64_t until_us = clock_real_us() + ms * 1000;
    while (!eye_sees(w->eye, text)) {
        if (clock_real_us() > until_us || !pump(w, STEP_MS)) {
            return false;
        }
    }
    return true;
}

/* What has to be typed, as it stands on the screen. */
static bool read_phrase(struct walk *w, char *out, size_t size)
{
    static const char label[] = "Type exactly";
    int row = 0, col = 0;
    if (!eye_find(w->eye, label, &row, &col)) {
        return false;
    }
    const char *line = strstr(eye_line(w->eye, row), label);
    line = line ? line + sizeof label - 1 : "";
    line += strspn(line, " ");
    const char *end = strstr(line, "  "); /* blanks, and the frame */
    size_t len = end ? (size_t)(end - line) : strlen(line);
    (void)snprintf(out, size, "%.*s", (int)len, line);
    return len > 0;
}

/* Does no row stop the path? What counts them stands in one line. */
static bool is_clear(struct walk *w)
{
    int row = 0, col = 0;
    if (!eye_find(w->eye, " pass", &row, &col)) {
        return false;
    }
    const char *line = eye_line(w->eye, row);
    return strstr(line, " 0 block") && strstr(line, " 0 unknown");
}

/* Types the phrase, and once more when the facts have changed meanwhile. */
static bool confirm(struct walk *w)
{
    char phrase[200];
    for (int tries = 0; tries < 30; tries++) {
        if (!pump(w, DEAF_MS) || !is_clear(w) || !read_phrase(w, phrase, sizeof phrase)) {
            continue;
        }
        for (size_t i = 0; i < sizeof phrase / 2; i++) {
            (void)eye_key(w->eye, "Backspace");
        }
        eye_type(w->eye, phrase);
        (void)eye_key(w->eye, "Enter");
        if (await(w, "Confirmed", 700)) {
            return true;
        }
    }
    return false;
}

static bool run(struct walk *w)
{
    if (!await(w, "PRIMARY DOWN", 60000) || !pump(w, 1000)) {
        return false;
    }
    (void)eye_key(w->eye, "F");
    if (!await(w, "Type exactly", 20000) || !confirm(w)) {
        return false;
    }
    happens(w, "confirmed", clock_real_us());
    if (pump(w, DEAF_MS)) {
        eye_type(w->eye, "INC-1");
        (void)eye_key(w->eye, "Enter");
        if (await(w, "any key stops it", 5000)) {
            happens(w, "dispatch",
                    clock_real_us() + (w->cfg->failover.countdown_ms - 50) * 1000);
        }
    }
    /* An approval that was void by then leads to no event any more. */
    while (w->kill_us != 0 && pump(w, 100)) {
    }
    (void)kill(eye_pid(w->eye), SIGKILL);
    return true;
}

/* --- resume */

static bool read_end(struct store **st, const char *path, struct attempt *out)
{
    int64_t version;
    if (!*st) {
        *st = store_open(path, STORE_READ, NULL);
    }
    return *st && store_version(*st, &version, NULL) && journal_newest(*st, out, NULL);
}

static void tell(const struct attempt *a)
{
    (void)printf("final %s %s %d %" PRId64 " %d %s %s\n", a->request_id,
                 attempt_state_key(a->state), a->posts, a->build.known ? a->build.v : 0,
                 (int)a->result, verify_outcome_key(a->outcome), a->said);
}

/* The keys of a human to whom the search has shown nothing. */
static void say_word(struct walk *w, const char *word)
{
    bool again = strcmp(word, "again") == 0;
    (void)eye_key(w->eye, again ? "r" : "g");
    (void)pump(w, 300);
    eye_type(w->eye, again ? "send again" : "not accepted");
    (void)eye_key(w->eye, "Enter");
    (void)pump(w, 1500);
}

static bool resume(struct walk *w, const char *path, const char *word)
{
    struct store *st = NULL;
    struct attempt a = {0};
    int64_t until_us = clock_real_us() + (int64_t)PATIENCE_MS * 1000, opened_us = 0;
    bool over = false;
    (void)await(w, w->cfg->group, 20000);
    (void)pump(w, 2500);
    if (read_end(&st, path, &a) && a.id == 0) {
        (void)puts("none");
        store_close(st);
        return true;
    }
    while (!over && clock_real_us() < until_us && pump(w, 100)) {
        over = read_end(&st, path, &a) && attempt_is_over(a.state);
        if (opened_us == 0) {
            (void)eye_key(w->eye, "F");
            opened_us = clock_real_us();
        }
        if (!over && eye_sees(w->eye, "without result")) {
            say_word(w, word);
        }
    }
    store_close(st);
    if (over && await(w, "a acknowledge", 8000)) {
        tell(&a);
        return true;
    }
    (void)printf("stuck: %s, %s\n", attempt_state_key(a.state), a.said);
    eye_dump(w->eye, "no end");
    return false;
}

static bool play(struct walk *w, char **argv)
{
    char path[4096];
    struct error err = {""};
    const char *const args[] = {argv[1], "--config", argv[2], NULL};
    const struct eye_options options = {.w = 120, .h = 40, .argv = args};
    if (!store_path(w->cfg, path, sizeof path, &err) || !(w->eye = eye_start(&options, &err))) {
        (void)fprintf(stderr, "%s\n", err.text);
        return false;
    }
    bool runs = strcmp(argv[3], "run") == 0;
    bool ok = runs ? run(w) : resume(w, path, argv[4]);
    if (!ok && runs) {
        eye_dump(w->eye, "it did not come to the end");
    }
    eye_destroy(w->eye);
    return ok;
}

int main(int argc, char **argv)
{
    struct error err = {""};
    if (argc < 5 || (strcmp(argv[3], "run") == 0) != (argc == 6)) {
        (void)fputs("usage: drtop-once-screen DRTOP CONFIG run EVENT US | resume WORD\n",
                    stderr);
        return USAGE;
    }
    struct config *cfg = config_load(argv[2], &err);
    if (!cfg) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    struct walk w = {.cfg = cfg, .event = argc == 6 ? argv[4] : ""};
    w.after_us = argc == 6 ? strtoll(argv[5], NULL, 10) : 0;
    bool ok = play(&w, argv);
    config_destroy(cfg);
    return ok ? 0 : 1;
}
