/* eye-shoot: runs a program in a terminal, does one step after another with it, and writes what
 * is on the screen. The steps happen in the order given:
 *
 *   --size WxH           the terminal's size: at the start when it comes first, later a resize
 *   --wait T --gone T    until the text stands, no longer stands, on the screen
 *   --settle MS          until nothing was written for so long
 *   --key KEY            presses a key (tests/eye/eye.h has the names)
 *   --type T             presses each character of the text
 *   --retype T           types what stands behind the text T on the screen, up to two blanks
 *   --run COMMAND        to its end, by sh; the program goes on meanwhile, and is looked at
 *   --png F --svg F --txt F   writes the screen as it is now
 *
 * --term T and --limit S (of each wait, in seconds) hold for the whole run. Exit status: 0 done,
 * 1 a step failed, 64 wrong usage. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/mem.h"
#include "tests/eye/eye.h"
#include "tests/eye/picture.h"

enum { STEPS_MAX = 96, EXIT_USAGE = 64, LIMIT_S = 30, LEAVE_MS = 3000, LOOK_MS = 50 };

enum shoot_option {
    OPTION_SIZE = 256,
    OPTION_TERM,
    OPTION_LIMIT,
    OPTION_WAIT,
    OPTION_GONE,
    OPTION_KEY,
    OPTION_TYPE,
    OPTION_RETYPE,
    OPTION_SETTLE,
    OPTION_RUN,
    OPTION_PNG,
    OPTION_SVG,
    OPTION_TXT,
};

struct step {
    int what; /* enum shoot_option */
    const char *value;
};

struct plan {
    struct eye_options terminal;
    int limit_s;
    int steps;
    struct step step[STEPS_MAX];
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

static bool to_size(const char *text, int *out_w, int *out_h)
{
    char width[8] = "";
    const char *x = strchr(text, 'x');
    if (!x || (size_t)(x - text) >= sizeof width) {
        return false;
    }
    memcpy(width, text, (size_t)(x - text));
    return to_number(width, 1, 1000, out_w) && to_number(x + 1, 1, 500, out_h);
}

static bool add_step(struct plan *plan, int what, const char *value)
{
    int w, h;
    if (plan->steps == STEPS_MAX ||
        (what == OPTION_SETTLE && !to_number(value, 1, 60000, &w)) ||
        (what == OPTION_SIZE && !to_size(value, &w, &h))) {
        return false;
    }
    plan->step[plan->steps++] = (struct step){what, value};
    return true;
}

static bool take_option(struct plan *plan, int option, const char *value)
{
    switch (option) {
    case '?':
        return false;
    case OPTION_TERM:
        plan->terminal.term = value;
        return true;
    case OPTION_LIMIT:
        return to_number(value, 1, 3600, &plan->limit_s);
    case OPTION_SIZE:
        if (plan->steps == 0) {
            return to_size(value, &plan->terminal.w, &plan->terminal.h);
        }
        return add_step(plan, option, value);
    default:
        return add_step(plan, option, value);
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
        {"type", required_argument, NULL, OPTION_TYPE},
        {"retype", required_argument, NULL, OPTION_RETYPE},
        {"settle", required_argument, NULL, OPTION_SETTLE},
        {"run", required_argument, NULL, OPTION_RUN},
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

static bool write_picture(struct eye *e, int what, const char *file)
{
    int w = eye_width(e), h = eye_height(e);
    struct eye_cell *cells = mem_alloc((size_t)w * (size_t)h, sizeof *cells);
    for (int i = 0; i < w * h; i++) {
        cells[i] = eye_cell(e, i / w, i % w);
    }
    const struct picture picture = {w, h, cells};
    struct error err = {""};
    bool ok = what == OPTION_PNG   ? picture_write_png(&picture, file, &err)
              : what == OPTION_SVG ? picture_write_svg(&picture, file, &err)
                                   : write_text(e, file, &err);
    if (!ok) {
        (void)fprintf(stderr, "eye-shoot: %s\n", err.text);
    }
    free(cells);
    return ok;
}

/* The terminal is read all the while: a program whose terminal is full stands still. */
static bool run_command(struct eye *e, const char *command)
{
    pid_t pid = fork();
    if (pid == 0) {
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(EXIT_FAILURE);
    }
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, WNOHANG) == 0) {
        if (!eye_alive(e)) {
            (void)fputs("eye-shoot: the program has ended\n", stderr);
            (void)kill(pid, SIGTERM);
            (void)waitpid(pid, &status, 0);
            return false;
        }
        (void)eye_pump(e, LOOK_MS);
    }
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

/* What a person does who is asked to type what the screen shows. */
static bool retype(struct eye *e, const char *label)
{
    int row, col;
    if (!eye_find(e, label, &row, &col)) {
        eye_dump(e, label);
        return false;
    }
    const char *from = strstr(eye_line(e, row), label) + strlen(label);
    from += strspn(from, " ");
    const char *end = strstr(from, "  ");
    char *text = mem_strndup(from, end ? (size_t)(end - from) : strlen(from));
    eye_type(e, text);
    free(text);
    return true;
}

static bool do_step(struct eye *e, const struct step *step, int limit_ms)
{
    int n, h;
    switch (step->what) {
    case OPTION_WAIT:
        return eye_wait_text(e, step->value, limit_ms);
    case OPTION_GONE:
        return eye_gone_text(e, step->value, limit_ms);
    case OPTION_KEY:
        return eye_key(e, step->value);
    case OPTION_TYPE:
        eye_type(e, step->value);
        return true;
    case OPTION_RETYPE:
        return retype(e, step->value);
    case OPTION_SETTLE:
        return to_number(step->value, 1, 60000, &n) && eye_settle(e, n, limit_ms);
    case OPTION_RUN:
        return run_command(e, step->value);
    case OPTION_SIZE:
        if (to_size(step->value, &n, &h)) {
            eye_resize(e, n, h);
        }
        return true;
    default:
        return write_picture(e, step->what, step->value);
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
            "usage: eye-shoot [--size WxH] [--term T] [--limit S] [--wait TEXT | --gone TEXT"
            " | --settle MS | --key KEY | --type TEXT | --retype TEXT | --run COMMAND | --size "
            "WxH"
            " | --png F | --svg F | --txt F]... -- PROGRAM...\n",
            stderr);
        return EXIT_USAGE;
    }
    struct error err = {""};
    struct eye *e = eye_start(&plan.terminal, &err);
    if (!e) {
        (void)fprintf(stderr, "eye-shoot: %s\n", err.text);
        return EXIT_FAILURE;
    }
    bool ok = do_steps(e, &plan);
    leave(e);
    eye_destroy(e);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
