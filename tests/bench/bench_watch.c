/* bench-watch WxH SECONDS READY [--keys KEYS] [--save FILE] COMMAND...
 *     Watches a program at rest in a terminal: from five seconds after READY stands on the
 * screen, its CPU time, what it writes to the terminal, and in the end its memory. KEYS are typed
 * at READY; --save keeps what was written in the measured time. */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <string.h>

#define REST_MS 5000

static void save(struct eye *e, const char *path, uint64_t from)
{
    size_t n;
    const char *bytes = eye_bytes(e, &n);
    FILE *f = path ? fopen(path, "w") : NULL;
    if (f) {
        (void)fwrite(bytes + from, 1, n - from, f);
        (void)fclose(f);
    }
}

static int watch(struct eye *e, int seconds, const char *path)
{
    bench_pump_ms(e, REST_MS);
    pid_t pid = eye_pid(e);
    uint64_t bytes = eye_bytes_written(e);
    int64_t start_us = bench_now_us(), cpu_ns = bench_cpu_ns(pid);
    bench_pump_ms(e, (int64_t)seconds * 1000);
    double took_s = (double)(bench_now_us() - start_us) / 1e6;
    if (!eye_alive(e) || cpu_ns < 0) {
        eye_dump(e, "it ended while it was watched");
        return 1;
    }
    (void)printf("cpu_percent=%.3f bytes_per_s=%.0f rss_kib=%lld pss_kib=%lld threads=%lld\n",
                 (double)(bench_cpu_ns(pid) - cpu_ns) / 1e7 / took_s,
                 (double)(eye_bytes_written(e) - bytes) / took_s,
                 (long long)bench_proc(pid, "status", "VmRSS"),
                 (long long)bench_proc(pid, "smaps_rollup", "Pss"),
                 (long long)bench_proc(pid, "status", "Threads"));
    save(e, path, bytes);
    return 0;
}

int main(int argc, char **argv)
{
    const char *keys = "", *path = NULL;
    int seconds, at = 4;
    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
        if (strcmp(argv[at], "--keys") == 0) {
            keys = argv[at + 1];
        } else {
            path = argv[at + 1];
        }
    }
    if (at >= argc || !bench_parse_count(argv[2], &seconds)) {
        (void)fprintf(stderr,
                      "usage: bench-watch WxH SECONDS READY [--keys KEYS] [--save FILE] "
                      "COMMAND...\n");
        return 64;
    }
    struct eye *e = bench_run(argv[1], argv + at, path != NULL, argv[3]);
    if (!e) {
        return 1;
    }
    eye_type(e, keys);
    int status = watch(e, seconds, path);
    eye_destroy(e);
    return status;
}
