/* A controller for tests that remembers: a request that was accepted becomes an item, then a build,
 * which runs until it is told to end. Counts what was posted. Header only. */
#ifndef DRTOP_TESTS_CONTROLLER_H
#define DRTOP_TESTS_CONTROLLER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum ctl_trigger {
    CTL_ACCEPT,      /* 201 */
    CTL_JOIN,        /* 303 */
    CTL_REFUSE,      /* 409 */
    CTL_LOSE_ANSWER, /* accepted, and the connection closed */
    CTL_LOSE,        /* the connection closed, nothing accepted */
};

#define CTL_CONNECTIONS 16

struct ctl_connection {
    int fd;
    size_t len;
    char text[16384];
};

struct controller {
    int listen_fd, stop_fd;
    uint16_t port;
    pthread_t thread;
    struct ctl_connection connections[CTL_CONNECTIONS]; /* the thread's own */
    pthread_mutex_t mu;
    /* below: guarded by mu */
    enum ctl_trigger trigger;
    bool holds;         /* what is accepted stays in the queue */
    bool gone;          /* the build is not known any more */
    bool silent;        /* no answer to anything */
    bool hangs;         /* nor an end, to a GET */
    const char *result; /* NULL: the build runs */
    const char *boot;
    int posts, looks, finds, hung;
    bool accepted;
    char id[2][64];  /* the request ids of the first two posts */
    char form[4096]; /* of the newest post */
};

static inline void ctl_send(int fd, const char *head, const char *boot, const char *body)
{
    char text[4096];
    int n = snprintf(
        text, sizeof text,
        "HTTP/1.1 %s\r\nX-Jenkins: 2.462.3\r\nX-Jenkins-Session: %s\r\n"
        "Content-Type: application/json;charset=utf-8\r\nContent-Length: %zu\r\n\r\n%s",
        head, boot, strlen(body), body);
    if (n > 0) {
        (void)!send(fd, text, (size_t)n, MSG_NOSIGNAL);
    }
}

/* False: the connection is to be closed. */
static inline bool ctl_post(struct controller *c, const char *text, int fd)
{
    static const char key[] = "DRTOP_REQUEST_ID=";
    const char *body = strstr(text, "\r\n\r\n"), *id = strstr(body, key);
    char to[256];
    (void)snprintf(c->form, sizeof c->form, "%s", body + 4);
    if (id && c->posts < 2) {
        id += sizeof key - 1;
        (void)snprintf(c->id[c->posts], sizeof c->id[0], "%.*s", (int)strcspn(id, "&"), id);
    }
    c->posts++;
    c->accepted = c->accepted || c->trigger == CTL_ACCEPT || c->trigger == CTL_JOIN ||
                  c->trigger == CTL_LOSE_ANSWER;
    (void)snprintf(to, sizeof to, "%s\r\nLocation: http://127.0.0.1:%u/queue/item/9/",
                   c->trigger == CTL_JOIN ? "303 See Other" : "201 Created", c->port);
    if (c->trigger == CTL_REFUSE) {
        ctl_send(fd, "409 Conflict", c->boot, "");
    } else if (c->trigger == CTL_ACCEPT || c->trigger == CTL_JOIN) {
        ctl_send(fd, to, c->boot, "");
    }
    return c->trigger != CTL_LOSE_ANSWER && c->trigger != CTL_LOSE;
}

static inline void ctl_get(struct controller *c, const char *path, int fd)
{
    char body[2048] = "", parameters[256];
    bool built = c->accepted && !c->holds && !c->gone;
    (void)snprintf(parameters, sizeof parameters,
                   "\"actions\":[{\"parameters\":[{\"name\":\"DRTOP_REQUEST_ID\","
                   "\"value\":\"%s\"}]}]",
                   c->id[0]);
    if (strncmp(path, "/queue/item/9/", 14) == 0 && c->accepted && !c->gone) {
        (void)snprintf(body, sizeof body,
                       "{\"_class\":\"hudson.model.Queue$%s\",\"id\":9,\"why\":%s,"
                       "\"task\":{\"name\":\"fo\"},%s%s}",
                       c->holds ? "WaitingItem" : "LeftItem",
                       c->holds ? "\"quiet period\"" : "null", parameters,
                       c->holds ? "" : ",\"executable\":{\"number\":7}");
    } else if (strncmp(path, "/queue/api/json", 15) == 0) {
        bool queued = c->accepted && c->holds && !c->gone;
        c->finds++;
        (void)snprintf(body, sizeof body, "{\"items\":[%s%s%s]}",
                       queued ? "{\"id\":9,\"task\":{\"name\":\"fo\"}," : "",
                       queued ? parameters : "", queued ? "}" : "");
    } else if (strncmp(path, "/job/fo/7/api/json?tree=number", 30) == 0 && built) {
        (void)snprintf(body, sizeof body,
                       "{\"_class\":\"x.FreeStyleBuild\",\"number\":7,\"building\":%s,"
                       "\"result\":%s%s%s,\"timestamp\":1795389011376,\"duration\":4321}",
                       c->result ? "false" : "true", c->result ? "\"" : "",
                       c->result ? c->result : "null", c->result ? "\"" : "");
    } else if (strncmp(path, "/job/fo/api/json?tree=builds", 28) == 0) {
        (void)snprintf(body, sizeof body, "{\"builds\":[%s%s%s]}",
                       built ? "{\"number\":7," : "", built ? parameters : "",
                       built ? "}" : "");
    } else if (strncmp(path, "/job/fo/api/json?tree=name", 26) == 0) {
        c->looks++;
        (void)snprintf(body, sizeof body,
                       "{\"name\":\"fo\",\"fullName\":\"fo\","
                       "\"buildable\":true,\"property\":[]}");
    } else if (strncmp(path, "/job/fo/7/wfapi/describe", 24) == 0 && built) {
        (void)snprintf(body, sizeof body,
                       "{\"status\":\"IN_PROGRESS\",\"stages\":[{\"id\":\"8\",\"name\":\"One\","
                       "\"status\":\"SUCCESS\",\"startTimeMillis\":1795389011376,"
                       "\"durationMillis\":1200,\"pauseDurationMillis\":0}]}");
    }
    ctl_send(fd, body[0] ? "200 OK" : "404 Not Found", c->boot, body);
}

static inline bool ctl_whole(const struct ctl_connection *x)
{
    const char *end = strstr(x->text, "\r\n\r\n");
    const char *length = strstr(x->text, "\r\nContent-Length:");
    size_t body = length ? (size_t)strtoul(length + 17, NULL, 10) : 0;
    return end && x->len >= (size_t)(end + 4 - x->text) + body;
}

static inline void ctl_drop(struct ctl_connection *x)
{
    (void)close(x->fd);
    *x = (struct ctl_connection){.fd = -1};
}

static inline void ctl_read(struct controller *c, struct ctl_connection *x)
{
    ssize_t n = recv(x->fd, x->text + x->len, sizeof x->text - 1 - x->len, 0);
    if (n <= 0) {
        ctl_drop(x);
        return;
    }
    x->len += (size_t)n;
    x->text[x->len] = '\0';
    if (!ctl_whole(x)) {
        return;
    }
    char method[8] = "", path[512] = "";
    bool keep = true;
    (void)sscanf(x->text, "%7s %511s", method, path);
    (void)pthread_mutex_lock(&c->mu);
    if (c->silent) {
        keep = false;
    } else if (strcmp(method, "POST") == 0) {
        keep = ctl_post(c, x->text, x->fd);
    } else if (!c->hangs) {
        ctl_get(c, path, x->fd);
    }
    c->hung += c->hangs && strcmp(method, "GET") == 0;
    (void)pthread_mutex_unlock(&c->mu);
    x->len = 0;
    x->text[0] = '\0';
    if (!keep) {
        ctl_drop(x);
    }
}

static inline void ctl_accept(struct controller *c)
{
    int fd = accept(c->listen_fd, NULL, NULL);
    for (size_t i = 0; i < CTL_CONNECTIONS; i++) {
        if (c->connections[i].fd < 0) {
            c->connections[i] = (struct ctl_connection){.fd = fd};
            return;
        }
    }
    abort();
}

static inline void *ctl_run(void *arg)
{
    struct controller *c = arg;
    for (;;) {
        struct pollfd p[CTL_CONNECTIONS + 2] = {{.fd = c->stop_fd, .events = POLLIN},
                                                {.fd = c->listen_fd, .events = POLLIN}};
        for (size_t i = 0; i < CTL_CONNECTIONS; i++) {
            p[i + 2] = (struct pollfd){.fd = c->connections[i].fd, .events = POLLIN};
        }
        if (poll(p, CTL_CONNECTIONS + 2, -1) < 0 || p[0].revents) {
            return NULL;
        }
        for (size_t i = 0; i < CTL_CONNECTIONS; i++) {
            if (p[i + 2].revents) {
                ctl_read(c, &c->connections[i]);
            }
        }
        if (p[1].revents) {
            ctl_accept(c);
        }
    }
}

static inline struct controller *ctl_start(void)
{
    struct controller *c = calloc(1, sizeof *c);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    (void)pthread_mutex_init(&c->mu, NULL);
    c->boot = "aaaa0001";
    for (size_t i = 0; i < CTL_CONNECTIONS; i++) {
        c->connections[i].fd = -1;
    }
    c->stop_fd = eventfd(0, EFD_CLOEXEC);
    c->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(c->listen_fd, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(c->listen_fd, 16) != 0 ||
        getsockname(c->listen_fd, (struct sockaddr *)&a, &len) != 0) {
        abort();
    }
    c->port = ntohs(a.sin_port);
    if (pthread_create(&c->thread, NULL, ctl_run, c) != 0) {
        abort();
    }
    return c;
}

static inline void ctl_stop(struct controller *c)
{
    uint64_t one = 1;
    (void)!write(c->stop_fd, &one, sizeof one);
    (void)pthread_join(c->thread, NULL);
    for (size_t i = 0; i < CTL_CONNECTIONS; i++) {
        if (c->connections[i].fd >= 0) {
            (void)close(c->connections[i].fd);
        }
    }
    (void)close(c->listen_fd);
    (void)close(c->stop_fd);
    (void)pthread_mutex_destroy(&c->mu);
    free(c);
}

/* Reads or changes something that is guarded: CTL(c, c->posts), CTL(c, c->gone = true). */
#define CTL(c, what)                                                                           \
    __extension__({                                                                            \
        (void)pthread_mutex_lock(&(c)->mu);                                                    \
        __auto_type ctl_value = (what);                                                        \
        (void)pthread_mutex_unlock(&(c)->mu);                                                  \
        ctl_value;                                                                             \
    })

#endif
