/* eye-shoot: runs a program in a terminal, waits, presses keys, and writes what is on the
 * screen.
 *
 *   eye-shoot --size WxH [--term T] [--limit S] [--wait TEXT | --gone TEXT | --key KEY |
 *             --settle MS]... [--png F] [--svg F] [--txt F] -- PROGRAM ARGS...
 *
 * --wait, --gone, --key and --settle happen in the order given. Exit status: 0 done, 1 a wait
 * was in vain or a file was not written, 64 wrong usage. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "tests/eye/eye.h"
#include "tests/eye/picture.h"

enum { STEPS_MAX = 64, EXIT_USAGE = 64, LIMIT_S = 30, LEAVE_MS = 3000 };

enum shoot_option {
    OPTION_SIZE = 256,
    OPTION_TERM,
    OPTION_LIMIT,
    OPTION_WAIT,
    OPTION_GONE,
    OPTION_KEY,
    OPTION_SETTLE,
    OPTION_PNG,
    OPTION_SVG,
    OPTION_TXT,
};

struct step {
    int what; /* OPTION_WAIT, _GONE, _KEY or _SETTLE */
    const char *value;
};

struct plan {
    struct eye_options terminal;
    int limit_s;
    int steps;
    struct step step[STEPS_MAX];
    const char *png, *svg, *txt;
};

static bool to_number(const char *text, int low, int high, int *out_number)
{
    char *end = NULL;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < low || number > high) {
        return false;
    }
    *out_number = (int)number;
    return true;
}

static bool to_size(const char *text, struct eye_options *terminal)
{
    char width[8] = "";
    const char *x = strchr(text, 'x');
    if (!x || (size_t)(x - text) >= sizeof width) {
        return false;
    }
    memcpy(width, text, (size_t)(x - text));
    return to_number(width, 1, 1000, &terminal->w) && to_number(x + 1, 1, 500, &terminal->h);
}

static bool add_step(struct plan *plan, int what, const char *value)
{
    int ms;
    if (plan->steps == STEPS_MAX ||
        (what == OPTION_SETTLE && !to_number(value, 1, 60000, &ms))) {
        return false;
    }
    plan->step[plan->steps++] = (struct step){what, value};
    return true;
}

static bool take_option(struct plan *plan, int option, const char *value)
{
    switch (option) {
    case OPTION_SIZE:
        return to_size(value, &plan->terminal);
    case OPTION_TERM:
        plan->terminal.term = value;
        return true;
    case OPTION_LIMIT:
        return to_number(value, 1, 3600, &plan->limit_s);
    case OPTION_WAIT:
    case OPTION_GONE:
    case OPTION_KEY:
    case OPTION_SETTLE:
        return add_step(plan, option, value);
    case OPTION_PNG:
        plan->png = value;
        return true;
    case OPTION_SVG:
        plan->svg = value;
        return true;
    case OPTION_TXT:
        plan->txt = value;
        return true;
    default:
        return false;
    }
}

static bool read_plan(int argc, char **argv, struct plan *plan)
{
    static const struct option options[] = {
        {"size", required_argument, NULL, OPTION_SIZE},
        {"term", required_argument, NULL, OPTION_TERM},
        {"limit", required_argument, NULL, OPTION_LIMIT},
        {"wait", required_argument, NULL, OPTION_WAIT},
        {"gone", required_argument, NULL, OPTION_GONE},
        {"key", required_argument, NULL, OPTION_KEY},
        {"settle", required_argument, NULL, OPTION_SETTLE},
        {"png", required_argument, NULL, OPTION_PNG},
        {"svg", required_argument, NULL, OPTION_SVG},
        {"txt", required_argument, NULL, OPTION_TXT},
        {0},
    };
    for (int option; (option = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
        if (!take_option(plan, option, optarg)) {
            return false;
        }
    }
    plan->terminal.argv = (const char *const *)(argv + optind);
    return optind < argc;
}

static bool do_step(struct eye *e, const struct step *step, int limit_ms)
{
    int ms;
    switch (step->what) {
    case OPTION_WAIT:
        return eye_wait_text(e, step->value, limit_ms);
    case OPTION_GONE:
        return eye_gone_text(e, step->value, limit_ms);
    case OPTION_KEY:
        return eye_key(e, step->value);
    default:
        return to_number(step->value, 1, 60000, &ms) && eye_settle(e, ms, limit_ms);
    }
}

static bool do_steps(struct eye *e, const struct plan *plan)
{
    for (int i = 0; i < plan->steps; i++) {
        if (!do_step(e, &plan->step[i], plan->limit_s * 1000)) {
            (void)fprintf(stderr, "eye-shoot: step %d (\"%s\") failed\n", i + 1,
                          plan->step[i].value);
            return false;
        }
    }
    return true;
}

static bool write_text(struct eye *e, const char *file, struct error *err)
{
    FILE *out = fopen(file, "we");
    bool ok = out && fputs(eye_screen_text(e), out) >= 0;
    if ((out && fclose(out) != 0) || !ok) {
        error_set(err, "cannot write %s: %s", file, strerror(errno));
        return false;
    }
    return true;
}

static bool write_pictures(struct eye *e, const struct plan *plan)
{
    int w = eye_width(e), h = eye_height(e);
    struct eye_cell *cells = mem_alloc((size_t)w * (size_t)h, sizeof *cells);
    for (int i = 0; i < w * h; i++) {
        cells[i] = eye_cell(e, i / w, i % w);
    }
    const struct picture picture = {w, h, cells};
    struct error err = {""};
    bool ok = (!plan->png || picture_write_png(&picture, plan->png, &err)) &&
              (!plan->svg || picture_write_svg(&picture, plan->svg, &err)) &&
              (!plan->txt || write_text(e, plan->txt, &err));
    if (!ok) {
        (void)fprintf(stderr, "eye-shoot: %s\n", err.text);
    }
    free(cells);
    return ok;
}

/* q is how most programs are left; who does not listen is told by SIGTERM, then killed. */
static void leave(struct eye *e)
{
    int status;
    (void)eye_key(e, "q");
    (void)eye_settle(e, 100, LEAVE_MS);
    if (eye_signal(e, SIGTERM)) {
        (void)eye_wait_exit(e, LEAVE_MS, &status);
    }
}

int main(int argc, char **argv)
{
    struct plan plan = {.limit_s = LIMIT_S};
    if (!read_plan(argc, argv, &plan)) {
        (void)fputs(
            "usage: eye-shoot --size WxH [--term T] [--limit S] [--wait TEXT | --gone TEXT"
            " | --key KEY | --settle MS]... [--png F] [--svg F] [--txt F] -- PROGRAM...\n",
            stderr);
        return EXIT_USAGE;
    }
    struct error err = {""};
    struct eye *e = eye_start(&plan.terminal, &err);
    if (!e) {
        (void)fprintf(stderr, "eye-shoot: %s\n", err.text);
        return EXIT_FAILURE;
    }
    bool ok = do_steps(e, &plan) && write_pictures(e, &plan);
    leave(e);
    eye_destroy(e);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
