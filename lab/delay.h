/* A line of bytes that leave later than they came, and the slope on which the delay grows.
 * Pure: the caller brings the clock. Used by the relay, one line a direction of a connection.
 */
#ifndef DRTOP_LAB_DELAY_H
#define DRTOP_LAB_DELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The delay rises by half a second a second: whoever waits at the far end for a sign of life
 * every second then gets one every two, and a time-out of 4 s does not notice. It falls at
 * once. All zeroes is a delay of 0. */
struct delay_ramp {
    int64_t from_ms, target_ms, since_ms;
};

void delay_ramp_aim(struct delay_ramp *ramp, int64_t target_ms, int64_t now_ms);
int64_t delay_ramp_at(const struct delay_ramp *ramp, int64_t now_ms);

struct delay_line;

struct delay_line *delay_line_create(void);
void delay_line_destroy(struct delay_line *line);

/* Copies len > 0 bytes that arrived at now_ms to the end of the line. */
void delay_line_push(struct delay_line *line, const void *bytes, size_t len, int64_t now_ms);

/* Points out_bytes at the first bytes that are at least delay_ms old. Returns how many lie
 * there in one piece, 0 when none is due. The pointer holds until the next call that changes
 * the line. */
size_t delay_line_due(const struct delay_line *line, int64_t delay_ms, int64_t now_ms,
                      const void **out_bytes);

/* Takes the first len bytes away; no more than delay_line_due() just showed. */
void delay_line_pop(struct delay_line *line, size_t len);

/* Tells when the first byte arrived. Returns false when the line is empty. */
bool delay_line_oldest(const struct delay_line *line, int64_t *out_arrived_ms);

size_t delay_line_bytes(const struct delay_line *line);

#endif
