/* bench-start WxH COUNT FIRST LIVE COMMAND...
 *     Starts a program COUNT times: how long from before fork and exec until the text FIRST
 * stands on the screen, and until LIVE does ("" asks for FIRST alone). */
#include "tests/bench/bench.h"

#include <stdio.h>

#define LIMIT_MS 15000

static bool start_once(const struct eye_options *o, const char *first, const char *live,
                       struct sample *first_ms, struct sample *live_ms)
{
    struct error err = {""};
    int64_t start_us = bench_now_us();
    struct eye *e = eye_start(o, &err);
    if (!e) {
        (void)fprintf(stderr, "%s\n", err.text);
        return false;
    }
    bool ok = eye_wait_text(e, first, LIMIT_MS);
    sample_add(first_ms, (double)(bench_now_us() - start_us) / 1000);
    ok = ok && eye_wait_text(e, live, LIMIT_MS);
    sample_add(live_ms, (double)(bench_now_us() - start_us) / 1000);
    eye_destroy(e);
    return ok;
}

int main(int argc, char **argv)
{
    int count;
    struct eye_options o = {0};
    if (argc < 6 || !bench_parse_size(argv[1], &o.w, &o.h) ||
        !bench_parse_count(argv[2], &count)) {
        (void)fprintf(stderr, "usage: bench-start WxH COUNT FIRST LIVE COMMAND...\n");
        return 64;
    }
    o.argv = (const char *const *)argv + 5;
    struct sample first_ms = {0}, live_ms = {0};
    bool ok = true;
    for (int i = 0; ok && i < count; i++) {
        ok = start_once(&o, argv[3], argv[4][0] ? argv[4] : argv[3], &first_ms, &live_ms);
        bench_wait_ms(100);
    }
    if (ok) {
        sample_print(&first_ms, "first_ms");
        sample_print(&live_ms, "live_ms");
    }
    sample_finish(&first_ms);
    sample_finish(&live_ms);
    return ok ? 0 : 1;
}
