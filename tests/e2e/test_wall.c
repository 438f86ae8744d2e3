/* The screen in a room: no key but q does anything, and it comes back by itself, however often its
 * servers go away, with as many descriptors and threads as before. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <dirent.h>

#include "tests/e2e/stage.h"

enum { ROUNDS = 2, VERDICT_MS = 30000, KEY_MS = 2000 };

static struct eye *open_wall(void)
{
    return stage_open(&(struct stage_options){.w = 80, .h = 24, .args = {"--wall"}},
                      "primary serving");
}

/* The window's title tells the verdict in plain text; on the screen it is drawn. */
static bool title_tells(struct eye *e, void *ctx)
{
    return strstr(eye_title(e), ctx) != NULL;
}

static bool says(struct eye *e, char *verdict)
{
    bool said = eye_wait(e, title_tells, verdict, VERDICT_MS);
    if (!said) {
        eye_dump(e, verdict);
    }
    return said;
}

static int entries(pid_t pid, const char *what)
{
    char path[64];
    int n = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    DIR *d = opendir(path);
    assert_non_null(d);
    while (readdir(d)) {
        n++;
    }
    (void)closedir(d);
    return n;
}

struct sweep {
    int x;
};

/* The one cell that is painted in the lowest rows. */
static int sweep_at(struct eye *e)
{
    for (int y = eye_height(e) - 1; y >= eye_height(e) - 2; y--) {
        const char *line = eye_line(e, y);
        int blanks = (int)strspn(line, " ");
        if (strcmp(line + blanks, "\xe2\x96\x88") == 0) {
            return blanks;
        }
    }
    return -1;
}

static bool has_moved(struct eye *e, void *ctx)
{
    const struct sweep *from = ctx;
    int x = sweep_at(e);
    return x >= 0 && x != from->x;
}

static void no_key_does_anything(void **state)
{
    static const char *const keys[] = {"?", "F", "D", "a", "m", "z",   "4",   "p",   "T",  "y",
                                       ":", "/", "i", "r", "M", "Tab", "C-z", "C-c", "C-s"};
    (void)state;
    struct eye *e = open_wall();
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_true(eye_key(e, keys[i]));
    }
    eye_type(e, "failover now");
    assert_true(eye_key(e, "Enter"));
    /* It goes on: frames come, and none of them shows what a key would have opened. */
    for (int i = 0; i < 3; i++) {
        struct sweep from = {sweep_at(e)};
        assert_true(eye_wait(e, has_moved, &from, STAGE_LIMIT_MS));
    }
    static const char *const never[] = {"leave drtop", "theme:",   "FAILOVER", "Esc",
                                        "asking",      "Timeline", "note"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        assert_false(eye_sees(e, never[i]));
    }
    assert_true(eye_alive(e));
    stage_press(e, "C-l", "primary serving");
    stage_quit(e);
}

/* A datagram socket where systemd's would be; the caller's to close. */
static int listen_as_systemd(char out_env[STAGE_PATH])
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int n = snprintf(at.sun_path, sizeof at.sun_path, "%s/notify", stage_dir());
    assert_in_range(n, 1, sizeof at.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    (void)unlink(at.sun_path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    (void)snprintf(out_env, STAGE_PATH, "NOTIFY_SOCKET=%s", at.sun_path);
    return fd;
}

static int told(int fd)
{
    char text[64];
    int n = 0;
    ssize_t len;
    while ((len = recv(fd, text, sizeof text - 1, 0)) > 0) {
        text[len] = '\0';
        assert_string_equal(text, "READY=1\nWATCHDOG=1");
        n++;
    }
    return n;
}

/* A wall that hangs is ended by its watchdog: each frame, and only a frame, says that it lives. */
static void frames_are_signs_of_life(void **state)
{
    char env[STAGE_PATH];
    (void)state;
    int fd = listen_as_systemd(env);
    struct eye *e =
        stage_open(&(struct stage_options){.w = 80, .h = 24, .args = {"--wall"}, .env = {env}},
                   "primary serving");
    assert_true(told(fd) >= 1);
    for (int i = 0; i < 2; i++) {
        struct sweep from = {sweep_at(e)};
        assert_true(eye_wait(e, has_moved, &from, STAGE_LIMIT_MS));
    }
    assert_true(told(fd) >= 1);
    stage_quit(e);
    (void)told(fd);
    (void)close(fd);
}

static void one_frame_as_text(void **state)
{
    const char *const argv[] = {
        DRTOP_BIN, "--config", stage_lab_config(), "frame", "--wall", "--size", "80x24", NULL};
    char *text = NULL;
    size_t len = 0;
    (void)state;
    assert_int_equal(stage_run(argv, &text, &len), 0);
    assert_non_null(strstr(text, "RTO OBJECTIVE"));
    assert_non_null(strstr(text, "primary serving"));
    free(text);
}

/* The ground of a wall where it is that hour of the day. */
static struct eye_cell ground_at(int hour)
{
    char zone[32];
    time_t now = time(NULL);
    struct tm utc;
    assert_non_null(gmtime_r(&now, &utc));
    (void)snprintf(zone, sizeof zone, "TZ=ROOM%+d", utc.tm_hour - hour);
    struct eye *e =
        stage_open(&(struct stage_options){.w = 80, .h = 24, .args = {"--wall"}, .env = {zone}},
                   "primary serving");
    struct eye_cell cell = eye_cell(e, 1, 40);
    stage_quit(e);
    return cell;
}

static bool same_ground(struct eye_cell a, struct eye_cell b)
{
    return a.bg == b.bg;
}

static void at_night_it_is_dark(void **state)
{
    (void)state;
    struct eye_cell noon = ground_at(12), night = ground_at(22), early = ground_at(5);
    assert_false(same_ground(noon, night));
    assert_true(same_ground(night, early));
}

/* Without UTF-8 the letters are blanks in reverse, or no one could read them. */
static void letters_are_solid_without_utf8(void **state)
{
    (void)state;
    struct eye *e = stage_open(
        &(struct stage_options){
            .w = 80, .h = 24, .args = {"--wall"}, .term = "linux", .locale = "C"},
        "primary serving");
    int solid = 0;
    for (int x = 0; x < 30; x++) {
        solid += eye_cell(e, 2, x).reverse;
    }
    assert_in_range(solid, 8, 20); /* the upper edge of NORMAL */
    assert_false(eye_sees(e, "##"));
    stage_quit(e);
}

static void it_comes_back_by_itself(void **state)
{
    (void)state;
    struct eye *e = open_wall();
    char down[] = "PRIMARY DOWN", normal[] = "NORMAL";
    int fds = 0, threads = 0;
    for (int round = 0; round < ROUNDS; round++) {
        stage_lab("break", "site-down");
        assert_true(says(e, down));
        assert_true(eye_wait_text(e, "RTO ELAPSED", STAGE_LIMIT_MS));
        stage_lab("heal", NULL);
        assert_true(says(e, normal));
        assert_true(eye_wait_text(e, "RTO OBJECTIVE", STAGE_LIMIT_MS));
        assert_true(eye_wait_text(e, "live", STAGE_LIMIT_MS));
        int fds_now = entries(eye_pid(e), "fd"), threads_now = entries(eye_pid(e), "task");
        print_message("round %d: %d descriptors, %d threads\n", round, fds_now, threads_now);
        /* The first round may have opened what stays; a look-up may be under way. */
        assert_in_range(fds_now, 1, round ? fds + 2 : 200);
        assert_in_range(threads_now, 1, round ? threads + 2 : 200);
        fds = round ? fds : fds_now;
        threads = round ? threads : threads_now;
    }
    stage_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_does_anything),
        cmocka_unit_test(frames_are_signs_of_life),
        cmocka_unit_test(one_frame_as_text),
        cmocka_unit_test(at_night_it_is_dark),
        cmocka_unit_test(letters_are_solid_without_utf8),
        cmocka_unit_test(it_comes_back_by_itself),
    };
    return cmocka_run_group_tests(tests, stage_raise, stage_drop);
}
