#include "backend/net/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "backend/mem.h"
#include "backend/thread.h"

#define CONNECTIONS_MAX  16
#define IDLE_S           5
#define CONNECTION_BYTES ((size_t)16 * 1024)
#define BACKLOG          16

struct http_server {
    struct http_page page;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    int stop_fd; /* eventfd: readable once the thread is to end */
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, char *body,
                              size_t len, const char *type)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE);
    if (!r) {
        free(body);
        return MHD_NO;
    }
    (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    (void)MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
    (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        (void)MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    enum MHD_Result result = MHD_queue_response(connection, status, r);
    MHD_destroy_response(r);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status,
                              const char *why)
{
    return answer(connection, status, mem_strdup(why), strlen(why), "text/plain");
}

static enum MHD_Result handle(void *self, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    (void)version, (void)upload;
    struct http_server *server = self;
    if (*upload_size > 0) {
        *upload_size = 0; /* a body is read and dropped */
        return MHD_YES;
    }
    if (!*state) { /* the first call comes with the headers, the last one with the whole request */
        *state = server;
        return MHD_YES;
    }
    if (strcmp(url, server->page.path) != 0) {
        return refuse(connection, MHD_HTTP_NOT_FOUND, "there is nothing here\n");
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET only\n");
    }
    size_t len = 0;
    char *body = server->page.render(server->page.self, &len);
    if (!body) {
        return refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "nothing is known yet\n");
    }
    return answer(connection, MHD_HTTP_OK, body, len, server->page.content_type);
}

/* libmicrohttpd tells by one epoll descriptor that there is something to do. */
static void *run(void *self)
{
    struct http_server *server = self;
    thread_set_name("http server");
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd fds[2] = {{.fd = server->stop_fd, .events = POLLIN},
                            {.fd = info ? info->epoll_fd : -1, .events = POLLIN}};
    while (!(fds[0].revents & POLLIN)) {
        MHD_UNSIGNED_LONG_LONG timeout_ms;
        bool limited = MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES;
        int wait_ms = limited && timeout_ms < 1000 ? (int)timeout_ms : 1000;
        (void)poll(fds, 2, wait_ms);
        (void)MHD_run(server->daemon);
    }
    return NULL;
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* The configuration has checked that host is of this machine and that there is a port. */
static void parse_address(const char *text, union address *out)
{
    char host[64] = "127.0.0.1";
    const char *colon = strrchr(text, ':');
    in_port_t port = htons((uint16_t)strtoul(colon ? colon + 1 : "0", NULL, 10));
    *out = (union address){.v4 = {.sin_family = AF_INET, .sin_port = port}};
    if (text[0] == '[') {
        *out = (union address){.v6 = {.sin6_family = AF_INET6,
                                      .sin6_port = port,
                                      .sin6_addr = IN6ADDR_LOOPBACK_INIT}};
        return;
    }
    if (colon && text[0] >= '0' && text[0] <= '9') {
        (void)snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
    }
    (void)inet_pton(AF_INET, host, &out->v4.sin_addr);
}

static struct MHD_Daemon *listen_on(const char *text, struct http_server *server)
{
    union address address;
    parse_address(text, &address);
    unsigned flags = MHD_USE_EPOLL | MHD_USE_ITC;
    flags |= address.any.sa_family == AF_INET6 ? (unsigned)MHD_USE_IPv6 : 0;
    return MHD_start_daemon(flags, 0, NULL, NULL, handle, server, MHD_OPTION_SOCK_ADDR,
                            &address.any, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
                            MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES,
                            MHD_OPTION_LISTEN_BACKLOG_SIZE, BACKLOG, MHD_OPTION_END);
}

struct http_server *http_server_start(const char *address, const struct http_page *page,
                                      struct error *err)
{
    struct http_server *server = mem_alloc(1, sizeof *server);
    server->page = *page;
    server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    errno = 0;
    server->daemon = server->stop_fd < 0 ? NULL : listen_on(address, server);
    if (!server->daemon || !thread_start(&server->thread, run, server)) {
        error_set(err, "%s: %s, expected a port to listen on", address,
                  errno ? strerror(errno) : "cannot listen");
        if (server->daemon) {
            MHD_stop_daemon(server->daemon);
        }
        if (server->stop_fd >= 0) {
            (void)close(server->stop_fd);
        }
        free(server);
        return NULL;
    }
    return server;
}

void http_server_stop(struct http_server *server)
{
    if (!server) {
        return;
    }
    const uint64_t one = 1;
    ssize_t n = write(server->stop_fd, &one, sizeof one);
    (void)n; /* an eventfd at 0 takes a 1 */
    (void)pthread_join(server->thread, NULL);
    MHD_stop_daemon(server->daemon);
    (void)close(server->stop_fd);
    free(server);
}
