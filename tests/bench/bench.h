/* What the benches share: numbers and their quantiles, a process's figures, a program in the eye
 * given on a command line. */
#ifndef DRTOP_BENCH_H
#define DRTOP_BENCH_H

#include "tests/eye/eye.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Zeroed is empty. */
struct sample {
    double *v;
    size_t n, room;
};

void sample_add(struct sample *s, double v);
void sample_finish(struct sample *s);

/* Prints "NAME_n=... NAME_p50=... NAME_p99=... NAME_max=..." and sorts. Nearest rank: numbers
 * that occurred. */
void sample_print(struct sample *s, const char *name);

int64_t bench_now_us(void);
void bench_wait_ms(int64_t ms);

/* The same, taking what a program writes meanwhile. */
void bench_pump_ms(struct eye *e, int64_t ms);

/* CPU time that a process has used, ended threads included, in ns; -1 when it is gone. */
int64_t bench_cpu_ns(pid_t pid);

/* A line such as "VmRSS" or "Threads" of /proc/PID/NAME; -1 when it is not there. */
int64_t bench_proc(pid_t pid, const char *name, const char *field);

/* "120x36" */
bool bench_parse_size(const char *text, int *out_w, int *out_h);
bool bench_parse_count(const char *text, int *out_n);

/* Runs the command in a terminal and waits for a text on its screen. Returns NULL after saying
 * why on stderr. */
struct eye *bench_run(const char *size, char *const *argv, bool keep_bytes, const char *ready);

#endif
