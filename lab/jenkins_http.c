/* The door: requests in, answers out, the ledger, and the faults of the wire. */
#define _GNU_SOURCE /* POLLRDHUP */
#include "lab/jenkins_http.h"

#include "backend/mem.h"
#include "lab/util.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* --- building an answer */

void reply_header(struct reply *r, const char *name, const char *value)
{
    if (r->n_headers < HEADERS_MAX) {
        r->headers[r->n_headers].name = name;
        (void)snprintf(r->headers[r->n_headers].value, sizeof r->headers[0].value, "%s", value);
        r->n_headers++;
    }
}

void reply_page(struct reply *r, unsigned status, enum kind kind, const char *title,
                const char *text)
{
    r->status = status;
    r->kind = kind;
    buf_clear(&r->body);
    buf_printf(&r->body,
               "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html\"/>\n"
               "<title>%s</title>\n</head>\n<body><h2>%s</h2>\n<p>%s</p>\n</body>\n</html>\n",
               title, title, text);
}

void reply_json(struct reply *r, enum kind kind, json_object *o)
{
    r->status = 200;
    r->kind = kind;
    buf_clear(&r->body);
    buf_text(&r->body, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
                                                             JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(o);
}

static const char *const page_headers[] = {"Expires",
                                           "Thu, 01 Jan 1970 00:00:00 GMT",
                                           "Cache-Control",
                                           "no-cache,no-store,must-revalidate",
                                           "X-Hudson-Theme",
                                           "default",
                                           "Referrer-Policy",
                                           "same-origin",
                                           "X-Hudson",
                                           "1.395",
                                           "X-Frame-Options",
                                           "sameorigin",
                                           NULL};
static const char *const api_headers[] = {"X-Frame-Options", "deny", "Vary", "Accept-Encoding",
                                          NULL};
static const char *const vary_headers[] = {"Vary", "Accept-Encoding", NULL};
static const char *const login_headers[] = {"Expires", "Thu, 01 Jan 1970 00:00:00 GMT",
                                            "X-Hudson", "1.395", NULL};
static const char *const jetty_headers[] = {"Cache-Control",
                                            "must-revalidate,no-cache,no-store", NULL};
static const char *const no_headers[] = {NULL};

static const struct {
    const char *type;
    const char *const *headers;
    bool boot_id;
} kinds[] = {
    [KIND_EMPTY] = {NULL, no_headers, false},
    [KIND_API] = {"application/json;charset=utf-8", api_headers, true},
    [KIND_WFAPI] = {"application/json;charset=utf-8", vary_headers, false},
    [KIND_TEXT] = {"text/plain;charset=utf-8", vary_headers, false},
    [KIND_PAGE] = {"text/html;charset=utf-8", page_headers, true},
    [KIND_LOGIN] = {"text/html;charset=utf-8", login_headers, true},
    [KIND_JETTY] = {"text/html;charset=iso-8859-1", jetty_headers, false},
    [KIND_PLAIN] = {"text/html;charset=utf-8", no_headers, false},
};

static void add(struct MHD_Response *m, const char *name, const char *value)
{
    (void)MHD_add_response_header(m, name, value);
}

static enum MHD_Result send_reply(struct ctl *c, struct request *q, struct reply *r)
{
    buf_text(&r->body, ""); /* so that there is a body, if an empty one */
    struct MHD_Response *m =
        MHD_create_response_from_buffer(r->body.len, r->body.data, MHD_RESPMEM_MUST_COPY);
    if (!m) {
        return MHD_NO;
    }
    add(m, "X-Content-Type-Options", "nosniff");
    if (kinds[r->kind].type) {
        add(m, "Content-Type", kinds[r->kind].type);
    }
    for (const char *const *h = kinds[r->kind].headers; *h; h += 2) {
        add(m, h[0], h[1]);
    }
    if (kinds[r->kind].boot_id) {
        add(m, "X-Jenkins", "2.462.3");
        add(m, "X-Jenkins-Session", c->session);
    }
    for (size_t i = 0; i < r->n_headers; i++) {
        add(m, r->headers[i].name, r->headers[i].value);
    }
    if (r->location[0]) {
        add(m, "Location", r->location);
    }
    add(m, "Server", "Jetty(10.0.24)");
    enum MHD_Result result = MHD_queue_response(q->connection, r->status, m);
    MHD_destroy_response(m);
    return result;
}

/* --- reading a request */

const char *request_value(const struct request *q, const char *name)
{
    json_object *v;
    return json_object_object_get_ex(q->form, name, &v) ? json_object_get_string(v) : NULL;
}

static enum MHD_Result take_field(void *ctx, enum MHD_ValueKind kind, const char *key,
                                  const char *file, const char *type, const char *coding,
                                  const char *data, uint64_t offset, size_t size)
{
    (void)kind, (void)file, (void)type, (void)coding;
    struct request *q = ctx;
    const char *before = offset > 0 ? request_value(q, key) : NULL;
    struct buf b = {0};
    buf_text(&b, before ? before : "");
    buf_add(&b, data ? data : "", data ? size : 0);
    json_object_object_add(q->form, key, json_object_new_string_len(b.data, (int)b.len));
    buf_free(&b);
    return MHD_YES;
}

static enum MHD_Result take_argument(void *ctx, enum MHD_ValueKind kind, const char *key,
                                     const char *value)
{
    (void)kind;
    struct request *q = ctx;
    if (!request_value(q, key)) {
        json_object_object_add(q->form, key, json_object_new_string(value ? value : ""));
    }
    return MHD_YES;
}

static void *on_uri(void *ctx, const char *uri, struct MHD_Connection *connection)
{
    (void)ctx, (void)connection;
    struct request *q = mem_alloc(1, sizeof *q);
    q->uri = mem_strdup(uri);
    q->form = json_object_new_object();
    return q;
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode why)
{
    (void)ctx, (void)connection, (void)why;
    struct request *q = *request;
    if (q) {
        if (q->post) {
            (void)MHD_destroy_post_processor(q->post);
        }
        json_object_put(q->form);
        free(q->uri);
        free(q->path);
        free(q);
    }
    *request = NULL;
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)ctx, (void)connection;
    static atomic_long serial;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = (void *)(atomic_fetch_add(&serial, 1) + 1); // NOLINT: a number
    }
}

/* One line, in one write: what was read counts, whatever becomes of the answer. */
static void enter_in_ledger(struct ctl *c, const struct request *q)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    const char *id = request_value(q, "DRTOP_REQUEST_ID");
    struct buf line = {0};
    buf_printf(&line, "%lld %s ", (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000,
               q->method);
    buf_add(&line, q->uri, strcspn(q->uri, "?"));
    buf_text(&line, " ");
    for (const char *p = id; p && *p; p++) {
        buf_add(&line, (unsigned char)*p <= ' ' ? "_" : p, 1);
    }
    buf_printf(&line, "%s %lld\n", id && *id ? "" : "-", q->connection_number);
    (void)!write(c->ledger_fd, line.data, line.len);
    buf_free(&line);
}

/* --- where we are, to the one who asks */

static const char *header(const struct request *q, const char *name)
{
    return MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, name);
}

/* Location follows what the request, or the proxy before us, calls the host; JSON follows the
 * configured root url. */
static void find_bases(struct ctl *c, struct request *q)
{
    const char *host = header(q, "Host"), *proto = header(q, "X-Forwarded-Proto");
    const char *front = header(q, "X-Forwarded-Host");
    (void)snprintf(q->front, sizeof q->front, "%s://%s%s", proto ? proto : "http",
                   front  ? front
                   : host ? host
                          : "localhost",
                   c->opt.context);
    (void)snprintf(q->base, sizeof q->base, "%s", c->opt.root_url ? c->opt.root_url : q->front);
}

/* False: not under the context path. */
static bool strip_context(const struct ctl *c, struct request *q)
{
    size_t len = strlen(c->opt.context);
    q->path = mem_strndup(q->uri, strcspn(q->uri, "?"));
    if (strncmp(q->path, c->opt.context, len) != 0 ||
        (q->path[len] != '/' && q->path[len] != '\0')) {
        return false;
    }
    memmove(q->path, q->path + len, strlen(q->path + len) + 1);
    return true;
}

/* --- faults of the wire */

static bool is_trigger(const struct request *q)
{
    return strcmp(q->method, "POST") == 0 && strstr(q->uri, "/build");
}

static bool client_gone(const struct request *q)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(q->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct pollfd p = {.fd = info ? info->connect_fd : -1, .events = POLLRDHUP};
    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

static void nap_until(int64_t then_ms)
{
    while (!util_stopping() && util_now_ms() < then_ms) {
        int64_t next_ms = util_now_ms() + 50;
        util_wait_until(next_ms < then_ms ? next_ms : then_ms);
    }
}

/* Until it is healed or the client has had enough. */
static void keep_silent(struct ctl *c, const struct request *q)
{
    while (!util_stopping() && knob(c, "lost-answer", NULL) && !client_gone(q)) {
        nap_until(util_now_ms() + 20);
    }
}

/* While it starts: 503 to whoever looks, and to a POST whatever comes up. */
static bool booting(struct ctl *c, const struct request *q, struct reply *r)
{
    static atomic_uint posts;
    if (wall_ms() >= c->booted_ms && !knob(c, "boot", NULL)) {
        return false;
    }
    unsigned turn = strcmp(q->method, "POST") == 0 ? atomic_fetch_add(&posts, 1) % 3 : 0;
    if (turn == 1) {
        reply_page(r, 500, KIND_PLAIN, "Error",
                   "class hudson.security.csrf.DefaultCrumbIssuer is missing its descriptor");
    } else if (turn == 2) {
        reply_page(r, 403, KIND_JETTY, "Error 403 No valid crumb was included in the request",
                   "HTTP ERROR 403 No valid crumb was included in the request");
    } else {
        reply_page(r, 503, KIND_PLAIN, "Starting Jenkins",
                   "Please wait while Jenkins is getting ready to work ...");
        reply_header(r, "Expires", "0");
        reply_header(r, "Cache-Control", "no-cache,no-store,must-revalidate");
    }
    return true;
}

static void decide(struct ctl *c, struct request *q, struct reply *r)
{
    if (!strip_context(c, q)) {
        reply_page(r, 404, KIND_JETTY, "Error 404 Not Found", "HTTP ERROR 404 Not Found");
        return;
    }
    if (!booting(c, q, r)) {
        auth_identify(c, q);
        ctl_lock();
        route(c, q, r);
        ctl_unlock();
    }
}

static enum MHD_Result answer(struct ctl *c, struct request *q)
{
    int64_t slow_ms = 0;
    struct reply r = {.status = 500};
    (void)MHD_get_connection_values(q->connection, MHD_GET_ARGUMENT_KIND, take_argument, q);
    enter_in_ledger(c, q);
    find_bases(c, q);
    decide(c, q, &r);
    enum MHD_Result result = MHD_NO; /* closes the connection */
    if (is_trigger(q) && knob(c, "lost-answer", NULL)) {
        keep_silent(c, q);
    } else if (!is_trigger(q) || !knob(c, "close-after-post", NULL)) {
        if (knob(c, "slow", &slow_ms)) {
            nap_until(util_now_ms() + slow_ms);
        }
        result = send_reply(c, q, &r);
    }
    buf_free(&r.body);
    return result;
}

static enum MHD_Result serve(void *ctx, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_size, void **request)
{
    (void)url, (void)version;
    struct ctl *c = ctx;
    struct request *q = *request;
    if (!q->begun) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
        q->begun = true;
        q->method = method;
        q->connection = connection;
        q->connection_number = info ? (long)info->socket_context : 0;
        if (is_trigger(q) && knob(c, "close-before-post", NULL)) {
            return MHD_NO;
        }
        if (strcmp(method, "POST") == 0) {
            q->post = MHD_create_post_processor(connection, 4096, take_field, q);
        }
        return MHD_YES;
    }
    if (*upload_size > 0) {
        if (q->post) {
            (void)MHD_post_process(q->post, upload, *upload_size);
        }
        *upload_size = 0;
        return MHD_YES;
    }
    if (q->post) { /* the last value comes out only now */
        (void)MHD_destroy_post_processor(q->post);
        q->post = NULL;
    }
    return answer(c, q);
}

/* A thread a connection, so that one may dawdle. */
struct MHD_Daemon *http_open(struct ctl *c)
{
    struct sockaddr_in at;
    if (!util_address(c->opt.address, c->opt.port, &at)) {
        return NULL;
    }
    return MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, c->opt.port, NULL,
        NULL, serve, c, MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_CONNECTION_LIMIT, 128U,
        MHD_OPTION_CONNECTION_TIMEOUT, 30U, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL, MHD_OPTION_END);
}
