#include "tests/bench/bench.h"

#include <limits.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"

#define READY_MS 15000

void sample_add(struct sample *s, double v)
{
    if (s->n == s->room) {
        s->room = s->room ? s->room * 2 : 256;
        s->v = mem_realloc(s->v, s->room, sizeof *s->v);
    }
    s->v[s->n++] = v;
}

void sample_finish(struct sample *s)
{
    free(s->v);
    *s = (struct sample){0};
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double rank(const struct sample *s, double q)
{
    size_t i = (size_t)ceil(q * (double)s->n);
    return s->v[i > 0 ? i - 1 : 0];
}

void sample_print(struct sample *s, const char *name)
{
    (void)printf("%s_n=%zu", name, s->n);
    if (s->n > 0) {
        qsort(s->v, s->n, sizeof *s->v, by_size);
        (void)printf(" %s_p50=%.3f %s_p99=%.3f %s_max=%.3f", name, rank(s, 0.5), name,
                     rank(s, 0.99), name, s->v[s->n - 1]);
    }
    (void)printf("\n");
}

int64_t bench_now_us(void)
{
    return clock_real_us();
}

void bench_wait_ms(int64_t ms)
{
    int64_t end_us = bench_now_us() + ms * 1000;
    for (int64_t left_us = ms * 1000; left_us > 0; left_us = end_us - bench_now_us()) {
        (void)poll(NULL, 0, (int)((left_us + 999) / 1000));
    }
}

void bench_pump_ms(struct eye *e, int64_t ms)
{
    int64_t end_us = bench_now_us() + ms * 1000;
    for (int64_t left_us = ms * 1000; left_us > 0; left_us = end_us - bench_now_us()) {
        (void)eye_pump(e, (int)((left_us + 999) / 1000));
    }
}

int64_t bench_cpu_ns(pid_t pid)
{
    clockid_t id;
    struct timespec t;
    if (clock_getcpuclockid(pid, &id) != 0 || clock_gettime(id, &t) != 0) {
        return -1;
    }
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t bench_proc(pid_t pid, const char *name, const char *field)
{
    char path[64], line[256];
    (void)snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
    FILE *f = fopen(path, "r");
    if (!f) {
        return -1;
    }
    size_t len = strlen(field);
    int64_t v = -1;
    while (v < 0 && fgets(line, sizeof line, f)) {
        if (strncmp(line, field, len) == 0 && line[len] == ':') {
            v = strtoll(line + len + 1, NULL, 10);
        }
    }
    (void)fclose(f);
    return v;
}

bool bench_parse_count(const char *text, int *out_n)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end || n < 1 || n > INT_MAX) {
        return false;
    }
    *out_n = (int)n;
    return true;
}

bool bench_parse_size(const char *text, int *out_w, int *out_h)
{
    char w[16];
    const char *x = strchr(text, 'x');
    if (!x || (size_t)(x - text) >= sizeof w) {
        return false;
    }
    memcpy(w, text, (size_t)(x - text));
    w[x - text] = '\0';
    return bench_parse_count(w, out_w) && bench_parse_count(x + 1, out_h);
}

struct eye *bench_run(const char *size, char *const *argv, bool keep_bytes, const char *ready)
{
    struct error err = {""};
    struct eye_options o = {.argv = (const char *const *)argv, .keep_bytes = keep_bytes};
    if (!bench_parse_size(size, &o.w, &o.h)) {
        (void)fprintf(stderr, "not a size: %s\n", size);
        return NULL;
    }
    struct eye *e = eye_start(&o, &err);
    if (!e) {
        (void)fprintf(stderr, "%s\n", err.text);
        return NULL;
    }
    if (!eye_wait_text(e, ready, READY_MS)) {
        eye_destroy(e);
        return NULL;
    }
    return e;
}
