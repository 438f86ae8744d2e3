/* A controller for tests: several connections at once, answers by rule, and a memory of what was
 * asked over which connection. Header only: each test is one executable. */
#ifndef DRTOP_TESTS_JENKINS_SERVER_H
#define DRTOP_TESTS_JENKINS_SERVER_H

#include <arpa/inet.h>
#include <assert.h>
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

enum js_how {
    JS_REPLY,       /* and keep the connection */
    JS_REPLY_CLOSE, /* send what there is, then close */
    JS_DROP,        /* close without a byte */
    JS_RESET,       /* the same with a RST */
    JS_HANG,        /* keep the connection, say nothing */
    JS_ENDLESS,     /* the reply, then bytes until the client leaves */
};

struct js_rule {
    const char *method, *path; /* path: as far as it is given */
    enum js_how how;
    char *reply; /* ours to free */
    size_t len;
    int left; /* how often it still holds; -1: always */
};

struct js_request {
    char method[8], path[512];
    int connection; /* the first is 1 */
    char text[4096];
};

#define JS_CONNECTIONS 8
#define JS_REQUESTS    64
#define JS_RULES       24

struct js_connection {
    int fd, id;
    char text[16384];
    size_t len;
    bool endless;
};

struct jenkins_server {
    int listen_fd, stop_fd;
    uint16_t port;
    pthread_t thread;
    struct js_connection connections[JS_CONNECTIONS]; /* the thread's own */
    pthread_mutex_t mu;
    pthread_cond_t changed;
    /* below: guarded by mu */
    struct js_rule rules[JS_RULES];
    size_t n_rules, n_requests;
    struct js_request requests[JS_REQUESTS];
    int accepted, open;
};

/* Takes reply. Rules hold in the order in which they were given. */
static inline void js_rule(struct jenkins_server *s, const char *method, const char *path,
                           enum js_how how, char *reply, size_t len, int times)
{
    (void)pthread_mutex_lock(&s->mu);
    assert(s->n_rules < JS_RULES);
    s->rules[s->n_rules++] = (struct js_rule){method, path, how, reply, len, times};
    (void)pthread_mutex_unlock(&s->mu);
}

static inline void js_say(struct jenkins_server *s, const char *method, const char *path,
                          enum js_how how, const char *reply)
{
    char *copy = reply ? strdup(reply) : NULL;
    js_rule(s, method, path, how, copy, copy ? strlen(copy) : 0, -1);
}

static inline void js_forget(struct jenkins_server *s)
{
    (void)pthread_mutex_lock(&s->mu);
    for (size_t i = 0; i < s->n_rules; i++) {
        free(s->rules[i].reply);
    }
    s->n_rules = 0;
    s->n_requests = 0;
    (void)pthread_mutex_unlock(&s->mu);
}

static inline bool js_send(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static inline void js_close(struct jenkins_server *s, struct js_connection *c)
{
    (void)close(c->fd);
    c->fd = -1;
    (void)pthread_mutex_lock(&s->mu);
    s->open--;
    (void)pthread_cond_broadcast(&s->changed);
    (void)pthread_mutex_unlock(&s->mu);
}

/* Keeps the request and finds its rule; guarded by mu. */
static inline struct js_rule js_take(struct jenkins_server *s, struct js_connection *c)
{
    static char nothing[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    struct js_rule rule = {.how = JS_REPLY, .reply = nothing, .len = sizeof nothing - 1};
    assert(s->n_requests < JS_REQUESTS);
    struct js_request *r = &s->requests[s->n_requests++];
    *r = (struct js_request){.connection = c->id};
    (void)snprintf(r->text, sizeof r->text, "%.*s", (int)c->len, c->text);
    (void)sscanf(c->text, "%7s %511s", r->method, r->path);
    for (size_t i = 0; i < s->n_rules; i++) {
        struct js_rule *candidate = &s->rules[i];
        if (candidate->left != 0 && strcmp(candidate->method, r->method) == 0 &&
            strncmp(candidate->path, r->path, strlen(candidate->path)) == 0) {
            candidate->left -= candidate->left > 0 ? 1 : 0;
            rule = *candidate;
            break;
        }
    }
    (void)pthread_cond_broadcast(&s->changed);
    return rule;
}

static inline bool js_whole(const struct js_connection *c)
{
    const char *end = strstr(c->text, "\r\n\r\n");
    const char *length = strstr(c->text, "\r\nContent-Length:");
    size_t body = length ? (size_t)strtoul(length + 17, NULL, 10) : 0;
    return end && c->len >= (size_t)(end + 4 - c->text) + body;
}

static inline void js_answer(struct jenkins_server *s, struct js_connection *c)
{
    (void)pthread_mutex_lock(&s->mu);
    struct js_rule rule = js_take(s, c);
    bool silent = rule.how == JS_DROP || rule.how == JS_RESET || rule.how == JS_HANG;
    bool sent = silent || js_send(c->fd, rule.reply, rule.len); /* small: it does not block */
    (void)pthread_mutex_unlock(&s->mu);
    c->len = 0;
    c->text[0] = '\0';
    c->endless = rule.how == JS_ENDLESS;
    if (rule.how == JS_RESET) {
        const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    if (!sent || rule.how == JS_DROP || rule.how == JS_RESET || rule.how == JS_REPLY_CLOSE) {
        js_close(s, c);
    }
}

static inline void js_read(struct jenkins_server *s, struct js_connection *c)
{
    ssize_t n = recv(c->fd, c->text + c->len, sizeof c->text - 1 - c->len, 0);
    if (n <= 0) {
        js_close(s, c);
        return;
    }
    c->len += (size_t)n;
    c->text[c->len] = '\0';
    if (js_whole(c)) {
        js_answer(s, c);
    }
}

static inline void js_accept(struct jenkins_server *s)
{
    int fd = accept(s->listen_fd, NULL, NULL);
    (void)pthread_mutex_lock(&s->mu);
    int id = ++s->accepted;
    s->open++;
    (void)pthread_mutex_unlock(&s->mu);
    for (size_t i = 0; i < JS_CONNECTIONS; i++) {
        if (s->connections[i].fd < 0) {
            s->connections[i] = (struct js_connection){.fd = fd, .id = id};
            return;
        }
    }
    abort();
}

static inline void *js_run(void *arg)
{
    struct jenkins_server *s = arg;
    static const char junk[4096] = {'j'};
    for (;;) {
        struct pollfd p[JS_CONNECTIONS + 2] = {{.fd = s->stop_fd, .events = POLLIN},
                                               {.fd = s->listen_fd, .events = POLLIN}};
        for (size_t i = 0; i < JS_CONNECTIONS; i++) {
            const struct js_connection *c = &s->connections[i];
            p[i + 2] = (struct pollfd){.fd = c->fd,
                                       .events = (short)(POLLIN | (c->endless ? POLLOUT : 0))};
        }
        if (poll(p, JS_CONNECTIONS + 2, -1) < 0 || p[0].revents) {
            return NULL;
        }
        for (size_t i = 0; i < JS_CONNECTIONS; i++) {
            struct js_connection *c = &s->connections[i];
            if (p[i + 2].revents & POLLOUT) {
                if (send(c->fd, junk, sizeof junk, MSG_NOSIGNAL | MSG_DONTWAIT) == 0) {
                    continue;
                }
            }
            if (p[i + 2].revents & (POLLIN | POLLERR | POLLHUP)) {
                js_read(s, c);
            }
        }
        if (p[1].revents) {
            js_accept(s);
        }
    }
}

static inline struct jenkins_server *js_start(void)
{
    struct jenkins_server *s = calloc(1, sizeof *s);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    (void)pthread_mutex_init(&s->mu, NULL);
    (void)pthread_cond_init(&s->changed, NULL);
    for (size_t i = 0; i < JS_CONNECTIONS; i++) {
        s->connections[i].fd = -1;
    }
    s->stop_fd = eventfd(0, EFD_CLOEXEC);
    s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(s->listen_fd, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(s->listen_fd, 16) != 0 ||
        getsockname(s->listen_fd, (struct sockaddr *)&a, &len) != 0) {
        abort();
    }
    s->port = ntohs(a.sin_port);
    if (pthread_create(&s->thread, NULL, js_run, s) != 0) {
        abort();
    }
    return s;
}

static inline void js_stop(struct jenkins_server *s)
{
    uint64_t one = 1;
    (void)!write(s->stop_fd, &one, sizeof one);
    (void)pthread_join(s->thread, NULL);
    for (size_t i = 0; i < JS_CONNECTIONS; i++) {
        if (s->connections[i].fd >= 0) {
            (void)close(s->connections[i].fd);
        }
    }
    js_forget(s);
    (void)close(s->listen_fd);
    (void)close(s->stop_fd);
    (void)pthread_cond_destroy(&s->changed);
    (void)pthread_mutex_destroy(&s->mu);
    free(s);
}

/* How many requests of a method there were; NULL: of all. */
static inline int js_count(struct jenkins_server *s, const char *method)
{
    int n = 0;
    (void)pthread_mutex_lock(&s->mu);
    for (size_t i = 0; i < s->n_requests; i++) {
        n += !method || strcmp(s->requests[i].method, method) == 0;
    }
    (void)pthread_mutex_unlock(&s->mu);
    return n;
}

static inline int js_accepted(struct jenkins_server *s)
{
    (void)pthread_mutex_lock(&s->mu);
    int n = s->accepted;
    (void)pthread_mutex_unlock(&s->mu);
    return n;
}

/* The nth request (from 0) of a method. */
static inline struct js_request js_request(struct jenkins_server *s, const char *method,
                                           int nth)
{
    struct js_request found = {0};
    (void)pthread_mutex_lock(&s->mu);
    for (size_t i = 0; i < s->n_requests; i++) {
        if (strcmp(s->requests[i].method, method) == 0 && nth-- == 0) {
            found = s->requests[i];
            break;
        }
    }
    (void)pthread_mutex_unlock(&s->mu);
    return found;
}

/* Waits for n requests of all methods. */
static inline void js_await(struct jenkins_server *s, size_t n)
{
    (void)pthread_mutex_lock(&s->mu);
    while (s->n_requests < n) {
        (void)pthread_cond_wait(&s->changed, &s->mu);
    }
    (void)pthread_mutex_unlock(&s->mu);
}

#endif
