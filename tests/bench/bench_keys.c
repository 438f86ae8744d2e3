/* bench-keys [--hang PIDFILE]... WxH COUNT READY KEY KEY TEXT COMMAND...
 *     How long from a key to the screen that it asked for, as the terminal's emulator has it.
 * The two keys are pressed in turn; each makes TEXT appear or disappear. Between two presses
 * passes a time that does not fit the program's own rhythm. Once READY stands on the screen, each
 * process whose pid begins a PIDFILE (as the lab writes them) is stopped, until the end. */
#include "tests/bench/bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE_MS  37 /* and up to twice that: prime, so that all phases of a second come */
#define ANSWER_MS 5000
#define HANG_MS   2000 /* until whatever was asked before the stop has hung too */

static bool flipped(struct eye *e, void *ctx)
{
    struct {
        const char *text;
        bool seen;
    } *c = ctx;
    return eye_sees(e, c->text) != c->seen;
}

static bool press(struct eye *e, const char *key, const char *text, struct sample *out)
{
    struct {
        const char *text;
        bool seen;
    } condition = {text, eye_sees(e, text)};
    int64_t start_us = bench_now_us();
    if (!eye_key(e, key) || !eye_wait(e, flipped, &condition, ANSWER_MS)) {
        eye_dump(e, "no answer to a key");
        return false;
    }
    sample_add(out, (double)(bench_now_us() - start_us) / 1000);
    return true;
}

static bool signal_process(const char *path, int sig)
{
    char line[64] = "";
    FILE *f = fopen(path, "r");
    bool read = f && fgets(line, sizeof line, f);
    if (f) {
        (void)fclose(f);
    }
    long pid = read ? strtol(line, NULL, 10) : 0;
    if (pid <= 1 || kill((pid_t)pid, sig) != 0) {
        (void)fprintf(stderr, "no process: %s\n", path);
        return false;
    }
    return true;
}

/* Presses for as long as it is answered. */
static bool press_all(struct eye *e, int count, char **argv, struct sample *out)
{
    for (int i = 0; i < count; i++) {
        bench_pump_ms(e, PAUSE_MS + i * 11 % PAUSE_MS);
        if (!press(e, argv[i % 2], argv[2], out)) {
            return false;
        }
    }
    return true;
}

static int run(char **hang, int n_hang, int count, char **argv)
{
    struct eye *e = bench_run(argv[0], argv + 6, false, argv[2]);
    if (!e) {
        return 1;
    }
    struct sample ms = {0};
    bool ok = true;
    for (int i = 0; i < n_hang; i++) {
        ok = signal_process(hang[2 * i + 1], SIGSTOP) && ok;
    }
    bench_pump_ms(e, n_hang ? HANG_MS : 0);
    ok = ok && press_all(e, count, argv + 3, &ms);
    for (int i = 0; i < n_hang; i++) {
        (void)signal_process(hang[2 * i + 1], SIGCONT);
    }
    if (ok) {
        sample_print(&ms, "key_ms");
    }
    sample_finish(&ms);
    eye_destroy(e);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    int count, at = 1;
    while (at + 1 < argc && strcmp(argv[at], "--hang") == 0) {
        at += 2;
    }
    if (argc - at < 7 || !bench_parse_count(argv[at + 1], &count)) {
        (void)fprintf(stderr,
                      "usage: bench-keys [--hang PIDFILE]... WxH COUNT READY KEY KEY TEXT "
                      "COMMAND...\n");
        return 64;
    }
    return run(argv + 1, (at - 1) / 2, count, argv + at);
}
