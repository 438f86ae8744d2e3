/* Numbers and times for people. Pure; every function writes a terminated string and returns its
 * buffer. Unknown values are never passed in: the caller paints a dash. */
#ifndef DRTOP_TUI_FORMAT_H
#define DRTOP_TUI_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORMAT_MAX 32

/* 0 B, 1023 B, 4.0 KiB, 12.3 MiB, 1.00 GiB */
char *format_bytes(char out[FORMAT_MAX], uint64_t bytes);
/* 48113920 -> "48 113 920" */
char *format_grouped(char out[FORMAT_MAX], uint64_t v);
/* seconds with the precision that matters: 0.21 s, 5.0 s, 42 s, 4m07s, 2h11m, 3d02h */
char *format_seconds(char out[FORMAT_MAX], double s);
/* the age of something: 0.3s, 12s, 4m07s, 2h11m, 3d02h */
char *format_age(char out[FORMAT_MAX], int64_t ms);
/* the same in its largest unit, for narrow columns: 9s, 4m, 2h, 3d */
char *format_age_brief(char out[FORMAT_MAX], int64_t ms);
/* bytes in at most four cells: 0, 812, 31k, 2.1M, 148G */
char *format_bytes_brief(char out[FORMAT_MAX], double bytes);
/* a clock that counts: 04:11, 1:04:11, with short_minutes 4:11. Below 0 it stands at 0. */
char *format_clock(char out[FORMAT_MAX], int64_t ms, bool short_minutes);
/* 11.8 ms, 0.42 ms, 1.20 s */
char *format_ms(char out[FORMAT_MAX], double ms);
/* 0 %, 0.4 %, 12 %, 100 % */
char *format_percent(char out[FORMAT_MAX], double ratio);
/* 14:22:07Z; and with the date: 2026-11-22 14:22:07Z */
char *format_utc_time(char out[FORMAT_MAX], int64_t wall_ms);
char *format_utc(char out[FORMAT_MAX], int64_t wall_ms);
/* -5m, -2m30s, -1h, now: an axis label for a point ms back in time, whatever its sign */
char *format_span(char out[FORMAT_MAX], int64_t ms);

#endif
