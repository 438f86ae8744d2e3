/* bench-wall WxH SECONDS EVERY READY COMMAND...
 *     Watches a program that is to run for months. A line at the start, every EVERY seconds and at
 * the end: seconds, memory, descriptors, threads, and since the line before, bytes written to the
 * terminal and CPU time. The start is five seconds after READY stands on the screen. */
#include "tests/bench/bench.h"

#include <dirent.h>
#include <stdio.h>

#define REST_MS 5000

static int descriptors(pid_t pid)
{
    char path[64];
    int n = -2; /* . and .. */
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *d = opendir(path);
    while (d && readdir(d)) {
        n++;
    }
    if (d) {
        (void)closedir(d);
    }
    return n;
}

struct mark {
    int64_t us, cpu_ns;
    uint64_t bytes;
};

static struct mark mark(struct eye *e)
{
    return (struct mark){bench_now_us(), bench_cpu_ns(eye_pid(e)), eye_bytes_written(e)};
}

static void print(struct eye *e, const struct mark *begin, struct mark *before)
{
    pid_t pid = eye_pid(e);
    struct mark now = mark(e);
    double took_s = (double)(now.us - before->us) / 1e6;
    bool first = took_s < 1; /* nothing has passed */
    (void)printf("at_s=%.0f rss_kib=%lld descriptors=%d threads=%lld bytes_per_s=%.0f "
                 "cpu_percent=%.3f\n",
                 (double)(now.us - begin->us) / 1e6,
                 (long long)bench_proc(pid, "status", "VmRSS"), descriptors(pid),
                 (long long)bench_proc(pid, "status", "Threads"),
                 !first ? (double)(now.bytes - before->bytes) / took_s : 0,
                 !first ? (double)(now.cpu_ns - before->cpu_ns) / 1e7 / took_s : 0);
    (void)fflush(stdout);
    *before = now;
}

static int watch(struct eye *e, int seconds, int every)
{
    bench_pump_ms(e, REST_MS);
    struct mark begin = mark(e), before = begin;
    print(e, &begin, &before);
    for (int at = 0; at < seconds;) {
        int step = seconds - at < every ? seconds - at : every;
        bench_pump_ms(e, (int64_t)step * 1000);
        at += step;
        if (!eye_alive(e)) {
            eye_dump(e, "it ended while it was watched");
            return 1;
        }
        print(e, &begin, &before);
    }
    return 0;
}

int main(int argc, char **argv)
{
    int seconds, every;
    if (argc < 6 || !bench_parse_count(argv[2], &seconds) ||
        !bench_parse_count(argv[3], &every)) {
        (void)fprintf(stderr, "usage: bench-wall WxH SECONDS EVERY READY COMMAND...\n");
        return 64;
    }
    struct eye *e = bench_run(argv[1], argv + 5, false, argv[4]);
    if (!e) {
        return 1;
    }
    int status = watch(e, seconds, every);
    eye_destroy(e);
    return status;
}
