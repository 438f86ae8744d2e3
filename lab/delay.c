#include "lab/delay.h"

#include "backend/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct chunk {
    struct chunk *next;
    int64_t arrived_ms;
    size_t start, end;
    unsigned char bytes[];
};

struct delay_line {
    struct chunk *head, *tail;
    size_t bytes;
};

void delay_ramp_aim(struct delay_ramp *ramp, int64_t target_ms, int64_t now_ms)
{
    if (target_ms == ramp->target_ms) {
        return;
    }
    ramp->from_ms = delay_ramp_at(ramp, now_ms);
    ramp->target_ms = target_ms;
    ramp->since_ms = now_ms;
}

int64_t delay_ramp_at(const struct delay_ramp *ramp, int64_t now_ms)
{
    int64_t risen_ms = ramp->from_ms + (now_ms - ramp->since_ms) / 2;
    return risen_ms < ramp->target_ms ? risen_ms : ramp->target_ms;
}

struct delay_line *delay_line_create(void)
{
    return mem_alloc(1, sizeof(struct delay_line));
}

static void drop_head(struct delay_line *line)
{
    struct chunk *gone = line->head;
    line->head = gone->next;
    if (!line->head) {
        line->tail = NULL;
    }
    free(gone);
}

void delay_line_destroy(struct delay_line *line)
{
    if (!line) {
        return;
    }
    while (line->head) {
        drop_head(line);
    }
    free(line);
}

void delay_line_push(struct delay_line *line, const void *bytes, size_t len, int64_t now_ms)
{
    assert(len > 0);
    struct chunk *chunk = mem_alloc(1, sizeof *chunk + len);
    chunk->arrived_ms = now_ms;
    chunk->end = len;
    memcpy(chunk->bytes, bytes, len);
    if (line->tail) {
        line->tail->next = chunk;
    } else {
        line->head = chunk;
    }
    line->tail = chunk;
    line->bytes += len;
}

size_t delay_line_due(const struct delay_line *line, int64_t delay_ms, int64_t now_ms,
                      const void **out_bytes)
{
    const struct chunk *head = line->head;
    if (!head || now_ms - head->arrived_ms < delay_ms) {
        return 0;
    }
    *out_bytes = head->bytes + head->start;
    return head->end - head->start;
}

void delay_line_pop(struct delay_line *line, size_t len)
{
    struct chunk *head = line->head;
    assert(head && len <= head->end - head->start);
    head->start += len;
    line->bytes -= len;
    if (head->start == head->end) {
        drop_head(line);
    }
}

bool delay_line_oldest(const struct delay_line *line, int64_t *out_arrived_ms)
{
    if (!line->head) {
        return false;
    }
    *out_arrived_ms = line->head->arrived_ms;
    return true;
}

size_t delay_line_bytes(const struct delay_line *line)
{
    return line->bytes;
}
