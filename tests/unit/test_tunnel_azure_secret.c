/* The pre-shared key stands in Azure's answer in clear, and must stand nowhere in drtop's memory
 * after a poll, whatever became of the answer. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/net/http.h"
#include "backend/tunnel/provider.h"
#include "fake_server.h"
#include "memory_search.h"

extern char **environ;

enum shape {
    PLAIN,
    CHUNKED,  /* the key in two pieces */
    ESCAPED,  /* the name in another spelling, the key deep inside */
    CUT,      /* ends within the key */
    HUGE_ONE, /* goes on for longer than is taken */
    REFUSAL,  /* in an answer of another status */
    NO_JSON,
    SHAPES,
};

static struct masked key, token;

/* Answers one request: a login with the token, anything else with the key. What it sends is put
 * together here and wiped. */
struct keeper {
    struct fake_server *listener; /* for its socket */
    pthread_t thread;
    atomic_int shape;
};

static void say_wiped(int fd, char *text, size_t len)
{
    (void)!send(fd, text, len, MSG_NOSIGNAL);
    explicit_bzero(text, len);
}

/* text with the secret for its '@'. */
static void say(int fd, const char *text, const struct masked *secret)
{
    char out[1024];
    size_t n = 0;
    for (; *text; text++) {
        if (*text == '@') {
            masked_reveal(secret, out + n);
            n += MASKED_LEN;
        } else {
            out[n++] = *text;
        }
    }
    say_wiped(fd, out, n);
}

static void say_chunked(int fd)
{
    char half[MASKED_LEN];
    say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &key);
    say(fd, "2c\r\n{\"properties\":{\"sharedKey\":\"", &key); /* with the first half */
    masked_reveal(&key, half);
    (void)!send(fd, half, MASKED_LEN / 2, MSG_NOSIGNAL);
    explicit_bzero(half, MASKED_LEN / 2);
    say(fd, "\r\n32\r\n", &key); /* with the other */
    say_wiped(fd, half + MASKED_LEN / 2, MASKED_LEN / 2);
    explicit_bzero(half, sizeof half);
    say(fd, "\",\"connectionStatus\":\"Connected\"}}\r\n0\r\n\r\n", &key);
}

static void say_connection(int fd, enum shape shape)
{
    static const char *const texts[SHAPES] = {
        [PLAIN] = "HTTP/1.1 200 OK\r\nContent-Length: 94\r\n\r\n{\"properties\":{\"sharedKey\":"
                  "\"@\",\"connectionStatus\":\"Connected\"}}",
        [ESCAPED] =
            "HTTP/1.1 200 OK\r\n\r\n{\"a\":[{\"\\u0053HAREDkey\" : {\"value\":[\"@\"]}}],"
            "\"properties\":{\"connectionStatus\":\"Connected\"}}",
        [CUT] = "HTTP/1.1 200 OK\r\nContent-Length: 800\r\n\r\n{\"properties\":{\"sharedKey\":"
                "\"@",
        [HUGE_ONE] = "HTTP/1.1 200 OK\r\n\r\n{\"properties\":{\"sharedKey\":\"@\",\"a\":\"",
        [REFUSAL] = "HTTP/1.1 500 Oops\r\n\r\n{\"error\":{\"code\":\"x\"},\"sharedKey\":\"@\"}",
        [NO_JSON] = "HTTP/1.1 200 OK\r\n\r\n{'properties':{'sharedKey':'@', \"sharedKey\":\"@",
    };
    if (shape == CHUNKED) {
        say_chunked(fd);
        return;
    }
    say(fd, texts[shape], &key);
    static const char filler[4096] = {'f'};
    for (int i = 0; shape == HUGE_ONE && i < 256; i++) {
        say(fd, "@", &key); /* again and again, also behind what is taken */
        if (send(fd, filler, sizeof filler, MSG_NOSIGNAL) < 0) {
            return;
        }
    }
}

static void serve(struct keeper *k, int fd)
{
    char request[4096] = "";
    size_t n = 0;
    bool whole = false, post = false;
    while (!whole && n + 1 < sizeof request && fake_wait(k->listener, fd, -1)) {
        ssize_t got = recv(fd, request + n, sizeof request - 1 - n, 0);
        if (got <= 0) {
            break;
        }
        n += (size_t)got;
        request[n] = '\0';
        post = strncmp(request, "POST", 4) == 0;
        whole = strstr(request, post ? "&client_secret=" : "\r\n\r\n") != NULL;
    }
    explicit_bzero(request, sizeof request);
    if (whole && post) {
        say(fd, "HTTP/1.1 200 OK\r\n\r\n{\"access_token\":\"@\",\"expires_in\":3599}", &token);
    } else if (whole) {
        say_connection(fd, (enum shape)atomic_load(&k->shape));
    }
}

static void *keep(void *arg)
{
    struct keeper *k = arg;
    while (fake_wait(k->listener, k->listener->listen_fd, -1)) {
        int fd = accept(k->listener->listen_fd, NULL, NULL);
        if (fd >= 0) {
            serve(k, fd);
            (void)close(fd);
        }
    }
    return NULL;
}

/* A listening socket and what stops a thread, without fake_server's own thread. */
static struct fake_server *listen_only(void)
{
    struct fake_server *s = calloc(1, sizeof *s);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    s->stop_fd = eventfd(0, EFD_CLOEXEC);
    s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(s->listen_fd, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(s->listen_fd, 16) != 0 ||
        getsockname(s->listen_fd, (struct sockaddr *)&a, &len) != 0) {
        abort();
    }
    s->port = ntohs(a.sin_port);
    return s;
}

struct rig {
    struct keeper keeper;
    struct config_tunnel cfg;
    struct source source;
    struct clock_manual clk;
    char url[64], arm[64], folder[64], ca[128];
};

static char a_name[] = "n", secret_text[] = "s3cr3t";

static void aim(struct rig *rig)
{
    rig->cfg = (struct config_tunnel){
        .kind = TUNNEL_AZURE,
        .name = a_name,
        .expected_up = 1,
        .period_ms = 1000,
        .timeout_ms = 20000,
        .ca = rig->ca[0] ? rig->ca : NULL,
        .azure = {.subscription = a_name,
                  .resource_group = a_name,
                  .connection = a_name,
                  .login = AZURE_LOGIN_SECRET,
                  .tenant = a_name,
                  .client_id = a_name,
                  .client_secret = {.kind = SECRET_LITERAL, .name = secret_text},
                  .arm_endpoint = rig->arm[0] ? rig->arm : rig->url,
                  .login_endpoint = rig->url}};
    rig->source = tunnel_azure_source(&rig->cfg, 7);
}

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    key = masked_create();
    token = masked_create();
    rig->keeper.listener = listen_only();
    assert_int_equal(pthread_create(&rig->keeper.thread, NULL, keep, &rig->keeper), 0);
    (void)snprintf(rig->url, sizeof rig->url, "http://127.0.0.1:%u",
                   (unsigned)rig->keeper.listener->port);
    clock_manual_init(&rig->clk, 1000, 1000);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    struct fake_server *listener = rig->keeper.listener;
    uint64_t one = 1;
    (void)!write(listener->stop_fd, &one, sizeof one);
    (void)pthread_join(rig->keeper.thread, NULL);
    (void)close(listener->listen_fd);
    (void)close(listener->stop_fd);
    free(listener);
    free(rig);
    return 0;
}

static struct reading *ask(struct rig *rig)
{
    clock_manual_advance(&rig->clk, 3600 * INT64_C(1000));
    return rig->source.ops->poll(rig->source.self, &rig->clk.base);
}

static void the_search_finds_what_is_there(void **state)
{
    (void)state;
    char *planted = malloc(MASKED_LEN);
    key = masked_create();
    assert_int_equal(memory_search(&key), 0);
    masked_reveal(&key, planted);
    assert_int_equal(memory_search(&key), 1);
    explicit_bzero(planted, MASKED_LEN);
    assert_int_equal(memory_search(&key), 0);
    masked_reveal(&key, planted);
    free(planted); /* overwrites the beginning at most, where no sanitiser keeps it */
}

static void the_key_stays_nowhere(void **state)
{
    static const enum reading_state expected[SHAPES] = {
        [PLAIN] = READING_FRESH,   [CHUNKED] = READING_FRESH,   [ESCAPED] = READING_FRESH,
        [CUT] = READING_FAILED,    [HUGE_ONE] = READING_FAILED, [REFUSAL] = READING_FAILED,
        [NO_JSON] = READING_FAILED};
    struct rig *rig = *state;
    aim(rig);
    for (int shape = PLAIN; shape < SHAPES; shape++) {
        atomic_store(&rig->keeper.shape, shape);
        struct reading *r = ask(rig);
        assert_string_equal(expected[shape] == READING_FRESH ? r->reason : "", "");
        assert_int_equal(r->state, expected[shape]);
        assert_int_equal(memory_search(&key), 0);
        reading_unref(r);
    }
    assert_int_equal(memory_search(&token), 1); /* in use */
    rig->source.ops->destroy(rig->source.self);
    assert_int_equal(memory_search(&token), 0);
}

/* A program of the system that answers over TLS with a file. */
static pid_t start_tls(const struct rig *rig, uint16_t *out_port)
{
    char out[160], line[128];
    (void)snprintf(out, sizeof out,
                   "cd %s && exec openssl s_server -accept 127.0.0.1:0 -HTTP "
                   "-cert ca.pem -key key.pem 2>/dev/null",
                   rig->folder);
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, out, NULL};
    int fds[2];
    pid_t pid;
    posix_spawn_file_actions_t actions;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_addclose(&actions, fds[0]), 0);
    assert_int_equal(posix_spawnp(&pid, "sh", &actions, NULL, argv, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(fds[1]);
    FILE *says = fdopen(fds[0], "r");
    unsigned port = 0;
    while (port == 0 && fgets(line, sizeof line, says)) {
        (void)sscanf(line, "ACCEPT 127.0.0.1:%u", &port);
    }
    assert_true(port > 0);
    (void)fclose(says); /* a line that it cannot write does not end it: SIGPIPE is ignored */
    *out_port = (uint16_t)port;
    return pid;
}

static void write_answer(const struct rig *rig)
{
    static const char text[] = "HTTP/1.0 200 OK\r\n\r\n{\"properties\":{\"sharedKey\":\"@\","
                               "\"connectionStatus\":\"Connected\"}}";
    char path[256], command[512];
    (void)snprintf(command, sizeof command,
                   "cd %s && mkdir -p subscriptions/n/resourceGroups/n/providers/"
                   "Microsoft.Network/connections && openssl req -x509 -newkey ec -pkeyopt "
                   "ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out ca.pem -days 2 "
                   "-subj /CN=arm -addext subjectAltName=IP:127.0.0.1 2>/dev/null",
                   rig->folder);
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, command, NULL};
    pid_t pid;
    int status = 1;
    assert_int_equal(posix_spawnp(&pid, "sh", NULL, NULL, argv, environ), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    (void)snprintf(path, sizeof path,
                   "%s/subscriptions/n/resourceGroups/n/providers/Microsoft.Network/"
                   "connections/n?api-version=2024-05-01",
                   rig->folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    say(fd, "", &key);
    for (const char *p = text; *p; p++) {
        for (size_t i = 0; i < (*p == '@' ? MASKED_LEN : 1); i++) {
            char c = *p == '@' ? (char)(key.bytes[i] ^ MASK) : *p;
            assert_int_equal(write(fd, &c, 1), 1);
        }
    }
    (void)close(fd);
}

static void nor_does_tls_keep_it(void **state)
{
    struct rig *rig = *state;
    uint16_t port;
    char command[128];
    (void)snprintf(rig->folder, sizeof rig->folder, "/tmp/drtop-azure-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    (void)snprintf(rig->ca, sizeof rig->ca, "%s/ca.pem", rig->folder);
    write_answer(rig);
    pid_t pid = start_tls(rig, &port);
    (void)snprintf(rig->arm, sizeof rig->arm, "https://127.0.0.1:%u", (unsigned)port);
    aim(rig);
    struct reading *r = ask(rig);
    size_t found = memory_search(&key);
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
    assert_string_equal(r->reason, "");
    assert_int_equal(r->state, READING_FRESH);
    assert_int_equal(found, 0);
    reading_unref(r);
    rig->source.ops->destroy(rig->source.self);
    (void)snprintf(command, sizeof command, "rm -rf %s", rig->folder);
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, command, NULL};
    assert_int_equal(posix_spawnp(&pid, "sh", NULL, NULL, argv, environ), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_finds_what_is_there),
        cmocka_unit_test_setup_teardown(the_key_stays_nowhere, setup, teardown),
        cmocka_unit_test_setup_teardown(nor_does_tls_keep_it, setup, teardown),
    };
    if (!http_global_begin()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
