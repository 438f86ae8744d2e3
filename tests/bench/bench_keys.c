/* bench-keys WxH COUNT READY [--signal FILE]... KEY KEY TEXT COMMAND...
 *     How long from a key to the screen that it asked for, as the terminal's emulator has it.
 * The two keys are pressed in turn; each makes TEXT appear or disappear. Between two presses
 * passes a time that does not fit the program's own rhythm. */
#include "tests/bench/bench.h"

#include <stdio.h>

#define PAUSE_MS  37 /* and up to twice that: prime, so that all phases of a second come */
#define ANSWER_MS 5000

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

static void rest(struct eye *e, int i)
{
    int64_t end_us = bench_now_us() + (PAUSE_MS + i * 11 % PAUSE_MS) * 1000;
    for (int64_t left_us; (left_us = end_us - bench_now_us()) > 0;) {
        (void)eye_pump(e, (int)((left_us + 999) / 1000));
    }
}

int main(int argc, char **argv)
{
    int count;
    if (argc < 8 || !bench_parse_count(argv[2], &count)) {
        (void)fprintf(stderr, "usage: bench-keys WxH COUNT READY KEY KEY TEXT COMMAND...\n");
        return 64;
    }
    struct eye *e = bench_run(argv[1], argv + 7, false, argv[3]);
    if (!e) {
        return 1;
    }
    struct sample ms = {0};
    bool ok = true;
    for (int i = 0; ok && i < count; i++) {
        rest(e, i);
        ok = press(e, argv[4 + i % 2], argv[6], &ms);
    }
    if (ok) {
        sample_print(&ms, "key_ms");
    }
    sample_finish(&ms);
    eye_destroy(e);
    return ok ? 0 : 1;
}
