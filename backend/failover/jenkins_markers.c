/* Stages by the marks in the log, and the log itself made fit for a screen. */
#include "backend/failover/jenkins_markers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/failover/jenkins_parse.h"
#include "backend/mem.h"
#include "backend/net/text.h"

#define DEPTH_MAX 64

struct line {
    const char *p;
    size_t len;
};

static bool next_line(const char **inout_text, struct line *out)
{
    if (!**inout_text) {
        return false;
    }
    out->p = *inout_text;
    out->len = strcspn(out->p, "\n");
    *inout_text = out->p + out->len + (out->p[out->len] == '\n');
    if (out->len > 0 && out->p[out->len - 1] == '\r') {
        out->len--;
    }
    return true;
}

/* Timestamps may stand before every line: "[2026-11-22T23:13:41.156Z] ". */
static void drop_timestamp(struct line *line)
{
    if (line->len > 3 && line->p[0] == '[' && line->p[1] >= '0' && line->p[1] <= '9') {
        const char *end = memchr(line->p, ']', line->len);
        if (end && end + 1 < line->p + line->len && end[1] == ' ') {
            line->len -= (size_t)(end + 2 - line->p);
            line->p = end + 2;
        }
    }
}

/* Takes prefix off the line. */
static bool take(struct line *line, const char *prefix)
{
    size_t n = strlen(prefix);
    if (line->len < n || memcmp(line->p, prefix, n) != 0) {
        return false;
    }
    line->p += n;
    line->len -= n;
    return true;
}

/* Stage "NAME" skipped due to ...; cuts the line to the name. */
static bool take_skip(struct line *line)
{
    static const char mark[] = "\" skipped due to ";
    if (!take(line, "Stage \"")) {
        return false;
    }
    for (size_t i = 0; i + sizeof mark - 1 <= line->len; i++) {
        if (memcmp(line->p + i, mark, sizeof mark - 1) == 0) {
            line->len = i;
            return true;
        }
    }
    return false;
}

static bool names(const struct line *line, const char *stage)
{
    return strlen(stage) == line->len && memcmp(stage, line->p, line->len) == 0;
}

bool markers_skipped(const char *log_text, const char *stage)
{
    struct line line;
    while (next_line(&log_text, &line)) {
        drop_timestamp(&line);
        if (take_skip(&line) && names(&line, stage)) {
            return true;
        }
    }
    return false;
}

/* Blocks that are open; -1: one that is no stage, or one too many to keep. */
struct blocks {
    size_t depth;
    int stage[DEPTH_MAX];
};

static void open_block(struct blocks *b, const struct line *name, struct jenkins_stages *out)
{
    int stage = -1;
    if (name && out->n < JENKINS_STAGES_MAX) {
        struct jenkins_stage *s = &out->stages[out->n];
        *s = (struct jenkins_stage){.state = STAGE_RUNNING};
        (void)text_clean(s->name, sizeof s->name, name->p, name->len);
        stage = (int)out->n++;
    }
    if (b->depth < DEPTH_MAX) {
        b->stage[b->depth] = stage;
    }
    b->depth++;
}

static void close_block(struct blocks *b, struct jenkins_stages *out)
{
    if (b->depth == 0) {
        return; /* it began before the part of the log that we have */
    }
    b->depth--;
    int stage = b->depth < DEPTH_MAX ? b->stage[b->depth] : -1;
    if (stage >= 0 && out->stages[stage].state != STAGE_SKIPPED) {
        out->stages[stage].state = STAGE_DONE;
    }
}

static struct jenkins_stage *innermost(const struct blocks *b, struct jenkins_stages *out)
{
    for (size_t i = b->depth < DEPTH_MAX ? b->depth : DEPTH_MAX; i-- > 0;) {
        if (b->stage[i] >= 0) {
            return &out->stages[b->stage[i]];
        }
    }
    return NULL;
}

static void read_marker(struct blocks *b, struct line line, struct jenkins_stages *out)
{
    struct jenkins_stage *inner = innermost(b, out);
    if (inner && inner->state == STAGE_PAUSED) {
        inner->state = STAGE_RUNNING; /* the input was answered: it goes on */
    }
    if (take(&line, "{ (")) {
        if (line.len > 0 && line.p[line.len - 1] == ')') {
            line.len--;
        }
        if (take(&line, "Branch: ") || line.len > 0) {
            open_block(b, &line, out);
            return;
        }
    }
    if (take(&line, "{")) {
        open_block(b, NULL, out);
    } else if (take(&line, "}")) {
        close_block(b, out);
    } else if (line.len == 5 && memcmp(line.p, "input", 5) == 0 && inner) {
        inner->state = STAGE_PAUSED;
    }
}

/* The one before the first that was skipped has failed; without one, the last that ran. */
static void blame(struct jenkins_stages *out, enum stage_state how)
{
    struct jenkins_stage *guilty = NULL;
    for (size_t i = 0; i < out->n; i++) {
        struct jenkins_stage *s = &out->stages[i];
        if (s->state == STAGE_SKIPPED && guilty) {
            break;
        }
        if (s->state != STAGE_SKIPPED && strncmp(s->name, "Declarative: ", 13) != 0) {
            guilty = s;
        }
    }
    if (guilty) {
        guilty->state = how;
    }
}

static void finish(struct line word, struct jenkins_stages *out)
{
    for (size_t i = 0; i < out->n; i++) {
        struct jenkins_stage *s = &out->stages[i];
        if (s->state == STAGE_RUNNING || s->state == STAGE_PAUSED) {
            s->state = STAGE_DONE;
        }
    }
    if (names(&word, "FAILURE")) {
        blame(out, STAGE_FAILED);
    } else if (names(&word, "ABORTED")) {
        blame(out, STAGE_ABORTED);
    }
}

void jenkins_parse_markers(const char *log_text, struct jenkins_stages *out)
{
    struct blocks blocks = {0};
    struct line line, last = {0};
    *out = (struct jenkins_stages){.from = STAGES_LOG};
    while (next_line(&log_text, &line)) {
        drop_timestamp(&line);
        struct line word = line;
        last.p = NULL;
        if (take(&line, "[Pipeline] ")) {
            read_marker(&blocks, line, out);
        } else if (take_skip(&line)) {
            struct jenkins_stage *inner = innermost(&blocks, out);
            if (inner && names(&line, inner->name)) {
                inner->state = STAGE_SKIPPED;
            }
        } else if (take(&word, "Finished: ")) {
            last = word;
        }
    }
    if (last.p) {
        finish(last, out);
    }
}

/* The bytes of an escape sequence at p: CSI to its final byte, OSC and its kin to BEL or ST, other
 * ones two. One that does not end within the line ends with it. */
static size_t escape_len(const char *p, size_t len)
{
    size_t i = 2;
    if (len < 2) {
        return len;
    }
    if (p[1] == '[') {
        while (i < len && (unsigned char)p[i] >= 0x20 && (unsigned char)p[i] < 0x40) {
            i++;
        }
        return i < len ? i + 1 : len;
    }
    if (strchr("]PX^_", p[1]) && p[1]) {
        while (i < len && p[i] != '\a' && p[i] != '\033') {
            i++;
        }
        if (i < len && p[i] == '\a') {
            return i + 1;
        }
        return i + 1 < len && p[i + 1] == '\\' ? i + 2 : i;
    }
    return 2;
}

/* Drops escape sequences, turns tabs to blanks; returns the length in scratch. */
static size_t strip(const char *p, size_t len, char *scratch)
{
    size_t n = 0;
    for (size_t i = 0; i < len;) {
        if (p[i] == '\033') {
            i += escape_len(p + i, len - i);
        } else {
            scratch[n++] = p[i] == '\t' ? ' ' : p[i];
            i++;
        }
    }
    return n;
}

/* Copies the newest that fits. */
static void keep_newest(const char *text, size_t len, char *out, size_t out_size)
{
    const char *from = text;
    if (len > out_size - 1) {
        from = text + len - (out_size - 1);
        const char *newline = memchr(from, '\n', out_size - 1);
        if (newline && newline + 1 < text + len && from[-1] != '\n') {
            from = newline + 1;
        }
        while (from < text + len &&
               ((unsigned char)*from & 0xC0) == 0x80) { /* within a character */
            from++;
        }
    }
    size_t n = (size_t)(text + len - from);
    memcpy(out, from, n);
    out[n] = '\0';
}

void jenkins_parse_log(const char *raw, size_t len, char *out, size_t out_size)
{
    char *scratch = mem_alloc(len + 1, 1);
    char *clean = mem_alloc(3 * len + 2, 1); /* a byte becomes two at most; a newline stays */
    size_t n = 0;
    for (size_t i = 0; i < len;) {
        const char *newline = memchr(raw + i, '\n', len - i);
        size_t line = newline ? (size_t)(newline - raw) - i : len - i;
        size_t end = line;
        while (newline && end > 0 && raw[i + end - 1] == '\r') {
            end--;
        }
        size_t kept = strip(raw + i, end, scratch);
        n += text_clean(clean + n, 3 * len + 1 - n, scratch, kept);
        if (newline) {
            clean[n++] = '\n';
        }
        i += line + (newline ? 1 : 0);
    }
    keep_newest(clean, n, out, out_size);
    free(scratch);
    free(clean);
}
