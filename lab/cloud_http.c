/* The door of both stand-ins: requests in, answers out, and all the ways to do the latter badly. */
#include "lab/cloud.h"

#include "backend/mem.h"
#include "lab/util.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 1024 * 1024, HUGE_EXTRA = 50 * 1024 * 1024 };

static const char *const mode_words[] = {
    [MODE_OK] = "ok",
    [MODE_FROZEN] = "frozen",
    [MODE_OLD] = "old",
    [MODE_EMPTY] = "empty",
    [MODE_THROTTLE] = "throttle",
    [MODE_UNAUTHORIZED] = "unauthorized",
    [MODE_FORBIDDEN] = "forbidden",
    [MODE_ERROR] = "error",
    [MODE_HANG] = "hang",
    [MODE_SLOW] = "slow",
    [MODE_HUGE] = "huge",
    [MODE_TRUNCATED] = "truncated",
    [MODE_MALFORMED] = "malformed",
};

static struct {
    const char *mode_path;
    void (*answer)(const struct cloud_request *q, struct cloud_reply *r);
} door;

/* --- reading a request */

const char *cloud_request_header(const struct cloud_request *q, const char *name)
{
    const char *value = MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, name);
    return value ? value : "";
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static char *decoded(const char *at, size_t len)
{
    struct buf b = {0};
    buf_text(&b, "");
    for (size_t i = 0; i < len; i++) {
        char c = at[i] == '+' ? ' ' : at[i];
        if (c == '%' && i + 2 < len && hex_digit(at[i + 1]) >= 0 && hex_digit(at[i + 2]) >= 0) {
            c = (char)(hex_digit(at[i + 1]) * 16 + hex_digit(at[i + 2]));
            i += 2;
        }
        buf_add(&b, &c, 1);
    }
    return b.data;
}

char *cloud_form(const struct cloud_request *q, const char *name)
{
    const char *value = MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, name);
    if (value) {
        return mem_strdup(value);
    }
    for (const char *p = q->body.data; p && *p;) {
        size_t len = strcspn(p, "&"), key = strcspn(p, "=");
        if (key < len && strlen(name) == key && strncmp(p, name, key) == 0) {
            return decoded(p + key + 1, len - key - 1);
        }
        p += p[len] ? len + 1 : len;
    }
    return mem_strdup("");
}

static void read_mode(struct cloud_request *q)
{
    char word[16] = "ok";
    FILE *f = fopen(door.mode_path, "re");
    if (f) {
        if (fscanf(f, "%15s %7d", word, &q->mode_value) < 2) {
            q->mode_value = 0;
        }
        (void)fclose(f);
    }
    for (size_t i = 0; i < sizeof mode_words / sizeof mode_words[0]; i++) {
        if (strcmp(word, mode_words[i]) == 0) {
            q->mode = (enum cloud_mode)i;
        }
    }
}

/* --- answering badly */

/* What is sent in pieces: the body up to `split`, then `extra` bytes of filling, then the rest. */
struct piecemeal {
    struct buf body;
    size_t split, extra;
    bool slow, breaks_off;
};

static bool is_json(const struct buf *body)
{
    return body->data && body->data[0] == '{';
}

/* Where more may stand without making the whole anything but XML or JSON. */
static size_t inside(const struct buf *body)
{
    const char *at = body->data;
    if (is_json(body)) {
        return 1;
    }
    for (int tags = 0; tags < 2 && at;
         tags++) { /* the declaration, and the outermost element */
        at = strchr(at, '>');
        at = at ? at + 1 : NULL;
    }
    return at ? (size_t)(at - body->data) : body->len;
}

static void insert(struct buf *body, size_t at, const char *text)
{
    struct buf b = {0};
    buf_add(&b, body->data, at);
    buf_text(&b, text);
    buf_add(&b, body->data + at, body->len - at);
    buf_free(body);
    *body = b;
}

static void make_huge(struct piecemeal *p)
{
    size_t at = inside(&p->body);
    if (is_json(&p->body)) {
        insert(&p->body, at, "\"filling\": \"\", ");
        p->split = at + strlen("\"filling\": \"");
    } else {
        insert(&p->body, at, "<filling></filling>");
        p->split = at + strlen("<filling>");
    }
    p->extra = HUGE_EXTRA;
}

static void make_malformed(struct buf *body)
{
    struct buf b = {0};
    buf_add(&b, body->data, body->len / 2);
    buf_text(&b, is_json(body) ? "\"}]{\x01\xff" : "</nothing>\x01\xff<");
    buf_free(body);
    *body = b;
}

static ssize_t next_piece(void *ctx, uint64_t at, char *to, size_t max)
{
    const struct piecemeal *p = ctx;
    size_t n;
    if (p->slow) {
        for (int64_t until_ms = util_now_ms() + 1000;
             !util_stopping() && util_now_ms() < until_ms;) {
            util_wait_until(util_now_ms() + 50);
        }
        max = 1;
    }
    if (p->breaks_off && at >= p->body.len / 2) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (at < p->split) {
        n = p->split - (size_t)at;
        n = n < max ? n : max;
        memcpy(to, p->body.data + at, n);
    } else if (at < p->split + p->extra) {
        n = p->split + p->extra - (size_t)at;
        n = n < max ? n : max;
        memset(to, 'x', n);
    } else {
        n = p->body.len + p->extra - (size_t)at;
        n = n < max ? n : max;
        memcpy(to, p->body.data + (at - p->extra), n);
    }
    if (p->breaks_off && at + n > p->body.len / 2) {
        n = p->body.len / 2 - (size_t)at;
    }
    return n > 0 ? (ssize_t)n : MHD_CONTENT_READER_END_OF_STREAM;
}

static void free_piecemeal(void *ctx)
{
    struct piecemeal *p = ctx;
    buf_free(&p->body);
    free(p);
}

/* Takes the body. */
static struct MHD_Response *response(enum cloud_mode mode, struct buf *body)
{
    struct piecemeal *p = mem_alloc(1, sizeof *p);
    p->body = *body;
    *body = (struct buf){0};
    p->slow = mode == MODE_SLOW;
    p->breaks_off = mode == MODE_TRUNCATED;
    if (mode == MODE_MALFORMED) {
        make_malformed(&p->body);
    }
    if (mode == MODE_HUGE) {
        make_huge(p);
    } else {
        p->split = p->body.len;
    }
    size_t block = p->slow ? 1 : 64 * 1024;
    return MHD_create_response_from_callback(p->body.len + p->extra, block, next_piece, p,
                                             free_piecemeal);
}

/* --- the door */

static enum MHD_Result send_reply(const struct cloud_request *q, struct cloud_reply *r)
{
    buf_text(&r->body, ""); /* so that there is a body, if an empty one */
    struct MHD_Response *m = response(q->mode, &r->body);
    if (!m) {
        return MHD_NO;
    }
    if (r->type) {
        (void)MHD_add_response_header(m, "Content-Type", r->type);
    }
    for (size_t i = 0; i < r->n_headers; i++) {
        (void)MHD_add_response_header(m, r->headers[i].name, r->headers[i].value);
    }
    enum MHD_Result result = MHD_queue_response(q->connection, r->status, m);
    MHD_destroy_response(m);
    return result;
}

static enum MHD_Result respond(struct cloud_request *q)
{
    struct cloud_reply r = {0};
    read_mode(q);
    while (q->mode == MODE_HANG && !util_stopping()) {
        util_wait_until(util_now_ms() + 50);
        read_mode(q);
    }
    cloud_freeze(q->mode == MODE_FROZEN);
    if (q->mode == MODE_ERROR) {
        r.status = MHD_HTTP_INTERNAL_SERVER_ERROR;
        r.type = "text/html";
        buf_text(&r.body, "<html><body>500 Internal Server Error</body></html>\n");
    } else {
        door.answer(q, &r);
    }
    (void)fprintf(stderr, "%s %s %u\n", q->method, q->path, r.status);
    return send_reply(q, &r);
}

static enum MHD_Result serve(void *ctx, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_size, void **request)
{
    (void)ctx, (void)version;
    struct cloud_request *q = *request;
    if (!q) {
        q = mem_alloc(1, sizeof *q);
        *request = q;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        if (q->body.len + *upload_size > BODY_MAX) {
            return MHD_NO;
        }
        buf_add(&q->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    q->method = method;
    q->path = url;
    q->connection = connection;
    return respond(q);
}

static void completed(void *ctx, struct MHD_Connection *connection, void **request,
                      enum MHD_RequestTerminationCode why)
{
    (void)ctx, (void)connection, (void)why;
    struct cloud_request *q = *request;
    if (q) {
        buf_free(&q->body);
        free(q);
    }
    *request = NULL;
}

/* A thread a connection, so that one may dawdle. */
struct MHD_Daemon *cloud_open(const struct sockaddr_in *at, const char *mode_path,
                              void (*answer)(const struct cloud_request *q,
                                             struct cloud_reply *r))
{
    door.mode_path = mode_path;
    door.answer = answer;
    return MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD,
                            ntohs(at->sin_port), NULL, NULL, serve, NULL, MHD_OPTION_SOCK_ADDR,
                            at, MHD_OPTION_CONNECTION_LIMIT, 64U,
                            MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_NOTIFY_COMPLETED,
                            completed, NULL, MHD_OPTION_END);
}
