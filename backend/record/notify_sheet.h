/* The words of a notice, as rows that each form lays out its own way. Pure; of notify_text.c. */
#ifndef DRTOP_RECORD_NOTIFY_SHEET_H
#define DRTOP_RECORD_NOTIFY_SHEET_H

#include "backend/record/notify_text.h"

#define SHEET_ROWS 24

struct sheet_row {
    char label[64];
    char value[400];
};
struct sheet_part {
    const char *heading; /* "" for the first */
    size_t n;
    struct sheet_row rows[SHEET_ROWS];
};
enum { SHEET_FACTS, SHEET_EVIDENCE, SHEET_ALERTS, SHEET_PARTS };
struct sheet {
    char subject[256];
    char title[256];
    char sentence[200];
    struct sheet_part parts[SHEET_PARTS]; /* without rows: left out */
    char footer[160];
};

/* Fills *out, which is large: on the heap. */
void sheet_of(const struct notice *n, struct sheet *out);

/* "12 s", "4 min 7 s", "2 h 11 min", "3 d 2 h" */
void sheet_duration(char *out, size_t out_size, int64_t ms);
/* "512 B", "12.3 MiB" */
void sheet_bytes(char *out, size_t out_size, int64_t bytes);
/* "2026-11-22T14:22:07Z", and for people "2026-11-22 14:22:07 UTC" */
void sheet_time(char *out, size_t out_size, int64_t wall_ms, bool people);

#endif
