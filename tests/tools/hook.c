/* drtop-hook FILE [N [STATUS]]
 *     A receiver of webhooks for tests: prints its port on 127.0.0.1 and appends each request to
 * FILE as one line of JSON: method, url, headers (names in lower case), body. The first N get
 * STATUS (500), the others 204; a STATUS of 3xx points to /elsewhere. Ends at SIGTERM. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <json.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define BODY_MAX ((size_t)1024 * 1024)

struct hook {
    int fd;
    long refusals; /* still to come */
    unsigned status;
};

struct request {
    char *body;
    size_t len;
};

static enum MHD_Result add_header(void *arg, enum MHD_ValueKind kind, const char *key,
                                  const char *value)
{
    char name[128];
    size_t i = 0;
    (void)kind;
    for (; key[i] && i + 1 < sizeof name; i++) {
        name[i] = (char)tolower((unsigned char)key[i]);
    }
    name[i] = '\0';
    (void)json_object_object_add(arg, name, json_object_new_string(value ? value : ""));
    return MHD_YES;
}

static void write_line(const struct hook *h, json_object *o)
{
    const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
    char newline[] = "\n";
    struct iovec parts[] = {{.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)},
                            {.iov_base = newline, .iov_len = 1}};
    if (writev(h->fd, parts, 2) != (ssize_t)(parts[0].iov_len + 1)) {
        abort();
    }
}

static enum MHD_Result answer(struct hook *h, struct MHD_Connection *c)
{
    unsigned status = 204;
    if (h->refusals > 0) {
        h->refusals--;
        status = h->status;
    }
    struct MHD_Response *r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (status / 100 == 3) {
        (void)MHD_add_response_header(r, "Location", "/elsewhere");
    }
    enum MHD_Result done = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return done;
}

static enum MHD_Result keep_body(struct request *r, const char *data, size_t *size)
{
    if (r->len + *size > BODY_MAX) {
        return MHD_NO;
    }
    char *longer = realloc(r->body, r->len + *size + 1);
    if (!longer) {
        abort();
    }
    memcpy(longer + r->len, data, *size);
    r->body = longer;
    r->len += *size;
    r->body[r->len] = '\0';
    *size = 0;
    return MHD_YES;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **own)
{
    struct request *r = *own;
    (void)version;
    if (!r) {
        *own = calloc(1, sizeof *r);
        return *own ? MHD_YES : MHD_NO;
    }
    if (*size) {
        return keep_body(r, data, size);
    }
    json_object *o = json_object_new_object(), *headers = json_object_new_object();
    (void)json_object_object_add(o, "method", json_object_new_string(method));
    (void)json_object_object_add(o, "url", json_object_new_string(url));
    (void)MHD_get_connection_values(c, MHD_HEADER_KIND, add_header, headers);
    (void)json_object_object_add(o, "headers", headers);
    (void)json_object_object_add(o, "body", json_object_new_string(r->body ? r->body : ""));
    write_line(arg, o);
    (void)json_object_put(o);
    return answer(arg, c);
}

static void on_end(void *arg, struct MHD_Connection *c, void **own,
                   enum MHD_RequestTerminationCode why)
{
    struct request *r = *own;
    (void)arg;
    (void)c;
    (void)why;
    if (r) {
        free(r->body);
        free(r);
    }
    *own = NULL;
}

static void wait_for_end(void)
{
    sigset_t set;
    int signal_number;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)sigwait(&set, &signal_number);
}

int main(int argc, char **argv)
{
    struct sockaddr_in here = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct hook h = {.refusals = argc > 2 ? strtol(argv[2], NULL, 10) : 0,
                     .status = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 500};
    if (argc < 2) {
        (void)fprintf(stderr, "usage: drtop-hook FILE [N [STATUS]]\n");
        return 64;
    }
    h.fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (h.fd < 0) {
        (void)fprintf(stderr, "drtop-hook: %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_request, &h, MHD_OPTION_SOCK_ADDR,
        &here, MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_END);
    if (!d) {
        (void)fprintf(stderr, "drtop-hook: cannot listen\n");
        return 1;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT);
    (void)printf("%u\n", info ? (unsigned)info->port : 0);
    (void)fflush(stdout);
    wait_for_end();
    MHD_stop_daemon(d);
    (void)close(h.fd);
    return 0;
}
