#include "tests/e2e/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/mem.h"

enum { QUIET_MS = 40 };

static struct {
    char dir[STAGE_PATH];
    bool dir_made;
    int guard_fd; /* open while the lab shall stand */
    pid_t guard;
} stage = {.guard_fd = -1};

static void remove_dir(void)
{
    const char *const argv[] = {"rm", "-rf", stage.dir, NULL};
    char *text;
    (void)stage_run(argv, &text, NULL);
    free(text);
}

const char *stage_dir(void)
{
    const char *given = getenv("TMPDIR");
    if (stage.dir[0]) {
        return stage.dir;
    }
    /* tests/run makes a folder for each test; a folder that all share is not it. */
    if (given && strlen(given) < sizeof stage.dir && strcmp(given, "/tmp") != 0) {
        (void)snprintf(stage.dir, sizeof stage.dir, "%s", given);
        return stage.dir;
    }
    (void)snprintf(stage.dir, sizeof stage.dir, "/tmp/drtop-e2e.XXXXXX");
    assert_non_null(mkdtemp(stage.dir));
    assert_int_equal(atexit(remove_dir), 0);
    return stage.dir;
}

void stage_write(const char *name, const char *text, char out_path[STAGE_PATH])
{
    int n = snprintf(out_path, STAGE_PATH, "%s/%s", stage_dir(), name);
    assert_in_range(n, 1, STAGE_PATH - 1);
    for (char *slash = strchr(out_path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        assert_true(mkdir(out_path, 0700) == 0 || errno == EEXIST);
        *slash = '/';
    }
    int fd = open(out_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

int64_t stage_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- commands --- */

static void make_pipe(int ends[2])
{
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFD, FD_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[1], F_SETFD, FD_CLOEXEC), 0);
}

static void exec_in_child(const char *const *argv, int out_fd)
{
    int null_fd = open("/dev/null", O_RDONLY);
    (void)dup2(null_fd, STDIN_FILENO);
    (void)dup2(out_fd, STDOUT_FILENO);
    (void)dup2(out_fd, STDERR_FILENO);
    /* execvp takes char *const[] for historic reasons only; it does not write. */
    (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static char *read_to_end(int fd, size_t *out_len)
{
    size_t len = 0, room = 1 << 16;
    char *text = mem_alloc(room, 1);
    ssize_t n;
    while ((n = read(fd, text + len, room - len - 1)) > 0) {
        len += (size_t)n;
        if (len + 1 == room) {
            room *= 2;
            text = mem_realloc(text, room, 1);
        }
    }
    text[len] = '\0';
    if (out_len) {
        *out_len = len;
    }
    return text;
}

int stage_run(const char *const *argv, char **out_text, size_t *out_len)
{
    int ends[2], status = 0;
    make_pipe(ends);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        exec_in_child(argv, ends[1]);
    }
    (void)close(ends[1]);
    *out_text = read_to_end(ends[0], out_len);
    (void)close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- the lab --- */

static const char *lab_dir(void)
{
    static char path[STAGE_PATH + 8];
    (void)snprintf(path, sizeof path, "%s/lab", stage_dir());
    return path;
}

void stage_config_with_history(const char *folder, char out_path[STAGE_PATH])
{
    stage_config_with(folder, "", out_path);
}

void stage_config_with(const char *folder, const char *more, char out_path[STAGE_PATH])
{
    static const char was[] = "\"directory\": \"state\"";
    static int written;
    char text[16384], name[32];
    size_t len;
    int fd = open(stage_lab_config(), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    char *lab = read_to_end(fd, &len);
    (void)close(fd);
    char *at = strstr(lab, was);
    assert_non_null(at);
    char *begin = strchr(lab, '{') + 1;
    int n = snprintf(text, sizeof text, "{%s%.*s\"directory\": \"%s\"%s", more,
                     (int)(at - begin), begin, folder, at + strlen(was));
    assert_in_range(n, 1, sizeof text - 1);
    free(lab);
    /* Beside the lab's own: the paths in it are relative. */
    (void)snprintf(name, sizeof name, "lab/history-%d.json", written++);
    stage_write(name, text, out_path);
}

const char *stage_lab_config(void)
{
    static char path[STAGE_PATH + 24];
    (void)snprintf(path, sizeof path, "%s/drtop.json", lab_dir());
    return path;
}

/* Ends the guard's wait, and waits for it in turn. Async-signal-safe. */
static void drop_lab(void)
{
    if (stage.guard > 0) {
        (void)close(stage.guard_fd);
        (void)waitpid(stage.guard, NULL, 0);
        stage.guard = 0;
    }
}

static void on_signal(int sig)
{
    drop_lab();
    _exit(128 + sig);
}

/* A process that takes the lab down once we are gone, however that comes about: its servers have
 * sessions of their own and would outlive us. */
static void start_guard(void)
{
    const char *const argv[] = {SOURCE_DIR "/lab/down", "--dir", lab_dir(), NULL};
    int ends[2];
    make_pipe(ends);
    stage.guard = fork();
    assert_true(stage.guard >= 0);
    if (stage.guard == 0) {
        char byte;
        (void)setsid();
        (void)close(ends[1]);
        (void)!read(ends[0], &byte, 1);
        exec_in_child(argv, open("/dev/null", O_WRONLY));
    }
    (void)close(ends[0]);
    stage.guard_fd = ends[1];
    const struct sigaction down = {.sa_handler = on_signal};
    (void)sigaction(SIGTERM, &down, NULL);
    (void)sigaction(SIGINT, &down, NULL);
}

static int run_lab(const char *const *argv)
{
    char *said;
    int status = stage_run(argv, &said, NULL);
    if (status != 0) {
        print_error("%s: status %d: %s\n", argv[0], status, said);
    }
    free(said);
    return status;
}

int stage_raise(void **state)
{
    static const char up[] = SOURCE_DIR "/lab/up";
    const char *const argv[] = {up, "--dir", lab_dir(), "--build", BUILD_DIR, NULL};
    (void)state;
    start_guard();
    return run_lab(argv);
}

int stage_drop(void **state)
{
    (void)state;
    drop_lab();
    return 0;
}

void stage_lab(const char *command, const char *what)
{
    char path[STAGE_PATH];
    (void)snprintf(path, sizeof path, "%s/lab/%s", SOURCE_DIR, command);
    const char *const argv[] = {path, "--dir", lab_dir(), what, NULL};
    assert_int_equal(run_lab(argv), 0);
}

/* --- servers that say nothing --- */

static int listen_on_loopback(int backlog, struct sockaddr_in *out_at)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, backlog), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *out_at = at;
    return fd;
}

int stage_listen_silent(uint16_t *out_port)
{
    struct sockaddr_in at;
    int fd = listen_on_loopback(4096, &at); /* the kernel accepts; nobody ever reads */
    *out_port = ntohs(at.sin_port);
    return fd;
}

int stage_listen_full(uint16_t *out_port)
{
    struct sockaddr_in at;
    int fd = listen_on_loopback(0, &at);
    for (int i = 0; i < 4; i++) { /* the queue has room for one; the clients stay open */
        int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(client, (struct sockaddr *)&at, sizeof at);
    }
    *out_port = ntohs(at.sin_port);
    return fd;
}

void stage_silent_config(const char *timeout, char out_path[STAGE_PATH])
{
    char text[2048];
    uint16_t port[6];
    for (int i = 0; i < 5; i++) {
        (void)stage_listen_silent(&port[i]);
    }
    (void)stage_listen_full(&port[5]);
    (void)snprintf(
        text, sizeof text,
        "{\"group\": \"gitea-hung\","
        " \"primary\": {\"site\": \"aws\","
        "  \"mysql\": {\"host\": \"127.0.0.1\", \"port\": %u, \"user\": \"mon\","
        "              \"timeout\": \"%s\"},"
        "  \"app\": {\"url\": \"http://127.0.0.1:%u/\", \"timeout\": \"%s\"}},"
        " \"dr\": {\"site\": \"azure\","
        "  \"mysql\": {\"host\": \"127.0.0.1\", \"port\": %u, \"user\": \"mon\","
        "              \"timeout\": \"%s\"}},"
        " \"tunnels\": [{\"type\": \"probe\", \"name\": \"vpn\", \"host\": \"127.0.0.1\","
        "                \"port\": %u, \"greeting\": true, \"timeout\": \"%s\"}],"
        " \"anchors\": [{\"name\": \"silent\", \"target\": \"http://127.0.0.1:%u/\","
        "                \"timeout\": \"%s\"},"
        "               {\"name\": \"void\", \"target\": \"127.0.0.1:%u\","
        "                \"timeout\": \"%s\"}]}\n",
        port[0], timeout, port[1], timeout, port[2], timeout, port[3], timeout, port[4],
        timeout, port[5], timeout);
    stage_write("silent.json", text, out_path);
}

/* --- the dashboard --- */

struct eye *stage_start(const struct stage_options *o)
{
    char home[STAGE_PATH + 32];
    const char *argv[10] = {DRTOP_BIN, "--config", o->config ? o->config : stage_lab_config()};
    const char *env[8] = {home};
    for (size_t i = 0; i < 4 && o->args[i]; i++) {
        argv[3 + i] = o->args[i];
    }
    for (size_t i = 0; i < 4 && o->env[i]; i++) {
        env[1 + i] = o->env[i];
    }
    (void)snprintf(home, sizeof home, "XDG_CONFIG_HOME=%s/config", stage_dir());
    const struct eye_options options = {.w = o->w ? o->w : 120,
                                        .h = o->h ? o->h : 36,
                                        .term = o->term,
                                        .locale = o->locale,
                                        .argv = argv,
                                        .env = env,
                                        .keep_bytes = true,
                                        .bytes_per_s = o->bytes_per_s,
                                        .answer_after_ms = o->answer_after_ms};
    struct error err = {""};
    struct eye *e = eye_start(&options, &err);
    if (!e) {
        fail_msg("%s", err.text);
    }
    return e;
}

struct eye *stage_open(const struct stage_options *options, const char *text)
{
    struct eye *e = stage_start(options);
    assert_true(eye_wait_text(e, text, STAGE_LIMIT_MS));
    stage_whole(e);
    return e;
}

void stage_whole(struct eye *e)
{
    assert_true(eye_settle(e, QUIET_MS, STAGE_LIMIT_MS));
}

void stage_press(struct eye *e, const char *key, const char *seen)
{
    assert_true(eye_key(e, key));
    assert_true(eye_wait_text(e, seen, STAGE_LIMIT_MS));
    stage_whole(e);
}

void stage_press_gone(struct eye *e, const char *key, const char *gone)
{
    assert_true(eye_key(e, key));
    assert_true(eye_gone_text(e, gone, STAGE_LIMIT_MS));
    stage_whole(e);
}

void stage_scribble(struct eye *e, const char *text)
{
    char path[64], bytes[256];
    (void)snprintf(path, sizeof path, "/proc/%d/fd/1", (int)eye_pid(e));
    int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    assert_true(fd >= 0);
    int n = snprintf(bytes, sizeof bytes, "\033[%d;6H%s", eye_height(e) - 2, text);
    assert_int_equal(write(fd, bytes, (size_t)n), n);
    (void)close(fd);
    assert_true(eye_wait_text(e, text, STAGE_LIMIT_MS));
}

void stage_assert_sane(struct eye *e)
{
    if (eye_altscreen(e) || !eye_cursor_visible(e) || !eye_cooked(e)) {
        eye_dump(e, "the terminal is not as a shell expects it");
    }
    assert_false(eye_altscreen(e));
    assert_true(eye_cursor_visible(e));
    assert_true(eye_cooked(e));
}

void stage_quit(struct eye *e)
{
    int status = -1;
    int64_t pressed_ms = stage_now_ms();
    assert_true(eye_key(e, "q"));
    assert_true(eye_wait_exit(e, STAGE_LIMIT_MS, &status));
    int64_t took_ms = stage_now_ms() - pressed_ms;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_in_range(took_ms, 0, 1000);
    stage_assert_sane(e);
    eye_destroy(e);
}
