#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/mem.h"
#include "backend/net/http_server.h"

static char address[32];
static uint16_t port;
static const char *page_text = "hello\n"; /* NULL: nothing is known yet */

static char *render(void *self, size_t *out_len)
{
    assert_ptr_equal(self, &port);
    *out_len = page_text ? strlen(page_text) : 0;
    return mem_strdup(page_text);
}

static const struct http_page page = {
    .path = "/metrics", .content_type = "text/x-test", .render = render, .self = &port};

/* A port that nobody listens on, for a moment at least. */
static void pick_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    (void)close(fd);
    port = ntohs(at.sin_port);
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", port);
}

static int dial(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

/* Sends a request and reads until the server closes. */
static const char *ask(const char *request)
{
    static char answer[4096];
    int fd = dial();
    size_t len = 0;
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    for (ssize_t n; (n = read(fd, answer + len, sizeof answer - 1 - len)) > 0;) {
        len += (size_t)n;
    }
    answer[len] = '\0';
    (void)close(fd);
    return answer;
}

#define ASK(method, path)                                                                      \
    ask(method " " path " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

static void expect(const char *answer, const char *part)
{
    if (!strstr(answer, part)) {
        fail_msg("\"%s\" is not in\n%s", part, answer);
    }
}

static void it_serves_one_page(void **state)
{
    (void)state;
    struct error err = {""};
    pick_port();
    struct http_server *server = http_server_start(address, &page, &err);
    if (!server) {
        fail_msg("%s", err.text);
    }
    const char *answer = ASK("GET", "/metrics");
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    expect(answer, "Content-Type: text/x-test\r\n");
    expect(answer, "\r\n\r\nhello\n");
    answer = ASK("HEAD", "/metrics");
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    assert_null(strstr(answer, "hello"));
    assert_memory_equal(ASK("GET", "/"), "HTTP/1.1 404 ", 13);
    assert_memory_equal(ASK("GET", "/metrics/x"), "HTTP/1.1 404 ", 13);
    answer = ASK("DELETE", "/metrics");
    assert_memory_equal(answer, "HTTP/1.1 405 ", 13);
    expect(answer, "Allow: GET, HEAD\r\n");
    answer = ask("POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n"
                 "Connection: close\r\n\r\nbody");
    assert_memory_equal(answer, "HTTP/1.1 405 ", 13);
    page_text = NULL;
    answer = ASK("GET", "/metrics");
    page_text = "hello\n";
    assert_memory_equal(answer, "HTTP/1.1 503 ", 13);
    assert_memory_equal(ASK("GET", "/metrics"), "HTTP/1.1 200 ", 13);
    http_server_stop(server);
}

static void clients_that_say_nothing_hinder_nobody(void **state)
{
    (void)state;
    int idle[8];
    pick_port();
    struct http_server *server = http_server_start(address, &page, NULL);
    assert_non_null(server);
    for (size_t i = 0; i < 8; i++) {
        idle[i] = dial();
    }
    assert_int_equal(send(idle[0], "GET /met", 8, MSG_NOSIGNAL), 8);
    assert_memory_equal(ASK("GET", "/metrics"), "HTTP/1.1 200 ", 13);
    /* It is the server that hangs up. */
    struct pollfd fd = {.fd = idle[1], .events = POLLIN};
    assert_int_equal(poll(&fd, 1, 20000), 1);
    char byte;
    assert_int_equal(read(idle[1], &byte, 1), 0);
    for (size_t i = 0; i < 8; i++) {
        (void)close(idle[i]);
    }
    http_server_stop(server);
}

static void a_header_without_end_is_cut_off(void **state)
{
    (void)state;
    char line[1024];
    pick_port();
    struct http_server *server = http_server_start(address, &page, NULL);
    assert_non_null(server);
    memset(line, 'x', sizeof line);
    int fd = dial();
    assert_int_equal(send(fd, "GET /metrics HTTP/1.1\r\nX: ", 26, MSG_NOSIGNAL), 26);
    /* More than the kernel's buffers on both sides may hold while the server is not scheduled. */
    const size_t too_much = (size_t)64 << 20;
    size_t sent = 0;
    while (sent < too_much) {
        ssize_t n = send(fd, line, sizeof line, MSG_NOSIGNAL);
        if (n <= 0) {
            break;
        }
        sent += (size_t)n;
    }
    assert_true(sent < too_much);
    (void)close(fd);
    http_server_stop(server);
}

static void a_taken_port_is_told(void **state)
{
    (void)state;
    struct error err = {""};
    pick_port();
    struct http_server *server = http_server_start(address, &page, NULL);
    assert_non_null(server);
    assert_null(http_server_start(address, &page, &err));
    expect(err.text, address);
    http_server_stop(server);
    http_server_stop(NULL);
}

static void every_loopback_is_taken(void **state)
{
    (void)state;
    static const char *const hosts[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < 3; i++) {
        pick_port();
        (void)snprintf(address, sizeof address, "%s:%u", hosts[i], port);
        struct error err = {""};
        struct http_server *server = http_server_start(address, &page, &err);
        if (!server && i == 2) {
            continue; /* a machine without IPv6 */
        }
        assert_non_null(server);
        if (i < 2) {
            assert_memory_equal(ASK("GET", "/metrics"), "HTTP/1.1 200 ", 13);
        }
        http_server_stop(server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_serves_one_page),
        cmocka_unit_test(clients_that_say_nothing_hinder_nobody),
        cmocka_unit_test(a_header_without_end_is_cut_off),
        cmocka_unit_test(a_taken_port_is_told),
        cmocka_unit_test(every_loopback_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
