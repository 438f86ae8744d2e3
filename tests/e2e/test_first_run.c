/* The first run, by keys alone: from an empty home to a live dashboard, and every way out of it that
 * has to leave nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/config.h"
#include "tests/e2e/stage.h"

#define TYPIST_MS 300 /* a key of somebody who looks at what he types: 40 words a minute */
#define PLACE     ".config/drtop/drtop.json"

/* What the lab has, as a user would know it. */
static struct config *lab;
static char password[SECRET_MAX];

static int raise_lab(void **state)
{
    struct error err;
    int status = stage_raise(state);
    if (status == 0) {
        lab = config_load(stage_lab_config(), &err);
        assert_non_null(lab);
        assert_true(secret_fetch(&lab->primary.db.password, 1000, password, &err));
    }
    return status;
}

static int drop_lab(void **state)
{
    config_destroy(lab);
    return stage_drop(state);
}

/* --- a user and a terminal --- */

struct user {
    char home[STAGE_PATH];
    struct eye *eye;
    unsigned keys; /* pressed so far */
};

/* Somebody with an empty home. */
static void arrive(struct user *u, const char *name)
{
    *u = (struct user){.keys = 0};
    int n = snprintf(u->home, sizeof u->home, "%s/%s", stage_dir(), name);
    assert_in_range(n, 1, STAGE_PATH - 1);
    assert_int_equal(mkdir(u->home, 0700), 0);
}

static void start(struct user *u, const char *const *args, const char *term)
{
    char home[STAGE_PATH + 8];
    const char *argv[6] = {DRTOP_BIN};
    for (size_t i = 0; args && args[i]; i++) {
        argv[1 + i] = args[i];
    }
    (void)snprintf(home, sizeof home, "HOME=%s", u->home);
    const char *env[] = {home,           "XDG_CONFIG_HOME", "XDG_STATE_HOME",
                         "DRTOP_CONFIG", "STATE_DIRECTORY", NULL};
    const struct eye_options options = {
        .w = 100, .h = 60, .term = term, .argv = argv, .env = env};
    struct error err = {""};
    u->eye = eye_start(&options, &err);
    if (!u->eye) {
        fail_msg("%s", err.text);
    }
}

static void sees(struct user *u, const char *text)
{
    assert_true(eye_wait_text(u->eye, text, STAGE_LIMIT_MS));
}

static void press(struct user *u, const char *key)
{
    assert_true(eye_key(u->eye, key));
    u->keys++;
}

/* The cursor stands behind the question, and nothing has been typed yet. */
static bool is_asked(struct eye *e, void *ctx)
{
    int row, col;
    eye_cursor(e, &row, &col);
    const char *line = eye_line(e, row);
    size_t n = strlen(line);
    return n > 0 && line[n - 1] == ':' && strstr(line, ctx);
}

static void answer(struct user *u, const char *question, const char *text)
{
    char asked[64];
    (void)snprintf(asked, sizeof asked, "%s", question);
    if (!eye_wait(u->eye, is_asked, asked, 2 * STAGE_LIMIT_MS)) {
        fail_msg("not asked for: %s", question);
    }
    eye_type(u->eye, text);
    u->keys += (unsigned)strlen(text);
    press(u, "Enter");
}

static void answer_port(struct user *u, const char *question, unsigned port)
{
    char text[8];
    (void)snprintf(text, sizeof text, "%u", port);
    answer(u, question, text);
}

static void ends(struct user *u, int expected)
{
    int status;
    assert_true(eye_wait_exit(u->eye, STAGE_LIMIT_MS, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), expected);
    stage_assert_sane(u->eye);
    eye_destroy(u->eye);
    u->eye = NULL;
}

static int mode_of(const struct user *u, const char *name)
{
    char path[2 * STAGE_PATH];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/%s", u->home, name);
    return stat(path, &st) == 0 ? (int)(st.st_mode & 0777) : -1;
}

/* Nothing at all: rmdir() takes only an empty folder. */
static void leaves_nothing(const struct user *u)
{
    if (rmdir(u->home) != 0) {
        fail_msg("%s: %s", u->home, strerror(errno));
    }
}

/* --- the tests --- */

static void give_databases(struct user *u)
{
    answer(u, "name of the pair", "gitea-lab");
    answer(u, "host", lab->primary.db.host);
    answer_port(u, "port", lab->primary.db.port);
    answer(u, "path from here", "direct");
    answer(u, "user", lab->primary.db.user);
    answer(u, "password, 1 to 5", "");
    answer(u, "nothing is shown", password);
    answer(u, "host", lab->dr.db.host);
    answer_port(u, "port", lab->dr.db.port);
    answer(u, "user [mon]", "");
    answer(u, "the same password", "");
}

static void give_the_rest(struct user *u)
{
    char probe[300];
    (void)snprintf(probe, sizeof probe, "%s:%u", lab->tunnels[0].probe.host,
                   lab->tunnels[0].probe.port);
    answer(u, "URL (Enter: none)", lab->primary.app.url);
    answer(u, "host:port", probe);
    answer(u, "MySQL server answer", "");
    answer(u, "know the tunnel?", "");
    answer(u, "anchor [1.1.1.1:443]", lab->anchors[0].target);
    answer(u, "URL of Jenkins", "");
}

static void check_files(struct user *u)
{
    mode_t mask = umask(0);
    (void)umask(mask);
    assert_int_equal(mode_of(u, PLACE), 0644 & ~mask);
    assert_int_equal(mode_of(u, ".config/drtop/primary.password"), 0600);
    assert_int_equal(mode_of(u, ".config/drtop/dr.password"), -1);
    assert_int_equal(mode_of(u, ".config/drtop"), 0700);
}

static void test_from_nothing_to_a_live_dashboard(void **state)
{
    (void)state;
    struct user u;
    int64_t began_ms = stage_now_ms();
    arrive(&u, "new");
    start(&u, NULL, NULL);
    sees(&u, "first run");
    sees(&u, "not given");
    assert_true(eye_sees(u.eye, "/etc/drtop/drtop.json: not there"));
    press(&u, "i");
    give_databases(&u);
    sees(&u, ", the primary; the receiver runs");
    give_the_rest(&u);
    answer(&u, "Write it?", "");
    sees(&u, "NORMAL");
    sees(&u, "gitea-lab");
    assert_true(eye_altscreen(u.eye));
    int64_t took_ms = stage_now_ms() - began_ms, typing_ms = (int64_t)u.keys * TYPIST_MS;
    print_message("%u keys; %.1f s of ours, %.0f s with somebody's typing\n", u.keys,
                  (double)took_ms / 1000, (double)(took_ms + typing_ms) / 1000);
    assert_in_range(typing_ms, 1, 100000);
    stage_whole(u.eye);
    press(&u, "q");
    ends(&u, 0);
    check_files(&u);

    /* The next time it is simply there, and init does not touch it. */
    start(&u, NULL, NULL);
    sees(&u, "NORMAL");
    press(&u, "q");
    ends(&u, 0);
    static const char *const init[] = {"config", "init", NULL};
    start(&u, init, NULL);
    sees(&u, "never overwritten");
    answer(&u, "Another name", "");
    sees(&u, "Nothing has been written");
    ends(&u, 73);
}

/* What is wrong is said in the loader's words, and what does not answer is asked for again. */
static void test_wrong_answers_are_asked_again(void **state)
{
    (void)state;
    static const char *const init[] = {"config", "init", NULL};
    struct user u;
    arrive(&u, "wrong");
    start(&u, init, "dumb");
    answer(&u, "name of the pair", "");
    answer(&u, "host", "127.0.0.1:3306");
    sees(&u, "a host with a port, expected a name or an address");
    answer(&u, "host", lab->primary.db.host);
    answer(&u, "port", "99999");
    sees(&u, "expected a whole number from 1 to 65535");
    answer_port(&u, "port", lab->primary.db.port);
    answer(&u, "path from here", "dirct");
    sees(&u, "did you mean \"direct\"?");
    answer(&u, "path from here", "direct");
    answer(&u, "user", lab->primary.db.user);
    answer(&u, "password, 1 to 5", "");
    answer(&u, "nothing is shown", "not-the-password");
    sees(&u, "access denied for user");
    sees(&u, "look at: user or password");
    assert_false(eye_sees(u.eye, "not-the-password"));
    answer(&u, "Keep it anyway?", "");
    answer(&u, "host [127.0.0.1]", ""); /* what was said is offered */
    press(&u, "C-c");
    sees(&u, "Nothing has been written");
    ends(&u, 73);
    leaves_nothing(&u);
}

/* Only what any screen can show gets in, and Backspace takes away what stands on the screen. */
static void is_edited(struct user *u)
{
    sees(u, "name of the pair");
    eye_type(u->eye, "xyz");
    press(u, "C-u");
    eye_type(u->eye, "p\xc3\xa4r\xe6\x97\xa5\xe2\x80\xae");
    press(u, "C-a");
    press(u, "Backspace");
    sees(u, "name of the pair [production]: p\xc3\xa4r");
    press(u, "Enter");
}

static void test_every_way_out_leaves_nothing(void **state)
{
    (void)state;
    static const char *const keys[] = {"q", "Escape", "i"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct user u;
        bool begun = strcmp(keys[i], "i") == 0;
        arrive(&u, keys[i]);
        start(&u, NULL, NULL);
        sees(&u, "q leave");
        stage_whole(u.eye);
        press(&u, keys[i]);
        if (begun) {
            is_edited(&u);
            sees(&u, "host");
            press(&u, "Up"); /* an arrow is no Escape */
            answer(&u, "host", "h");
            sees(&u, "port");
            press(&u, "Escape");
        }
        ends(&u, begun ? 73 : 0);
        leaves_nothing(&u);
    }
}

static void test_a_lost_terminal_leaves_nothing(void **state)
{
    (void)state;
    struct user u;
    int status;
    arrive(&u, "lost");
    start(&u, NULL, NULL);
    sees(&u, "q leave");
    press(&u, "i");
    sees(&u, "name of the pair");
    eye_hang_up(u.eye);
    assert_true(eye_wait_exit(u.eye, STAGE_LIMIT_MS, &status));
    eye_destroy(u.eye);
    leaves_nothing(&u);
}

/* A server that says nothing delays nobody who wants to leave. */
static void test_a_try_can_be_left(void **state)
{
    (void)state;
    static const char *const init[] = {"config", "init", NULL};
    struct user u;
    uint16_t port;
    int fd = stage_listen_silent(&port);
    arrive(&u, "silent");
    start(&u, init, NULL);
    answer(&u, "name of the pair", "");
    answer(&u, "host", "127.0.0.1");
    answer_port(&u, "port", port);
    answer(&u, "path from here", "");
    answer(&u, "user", "");
    answer(&u, "password, 1 to 5", "5");
    sees(&u, "asking ...");
    press(&u, "C-c");
    sees(&u, "Nothing has been written");
    assert_false(eye_sees(u.eye, "Keep it"));
    ends(&u, 73);
    (void)close(fd);
    leaves_nothing(&u);
}

/* Where no screen can be painted, it says what else there is. */
static void test_a_dumb_terminal_is_told(void **state)
{
    (void)state;
    struct user u;
    arrive(&u, "dumb");
    start(&u, NULL, "dumb");
    sees(&u, "or make one with `drtop config init`");
    ends(&u, 78);
    leaves_nothing(&u);
}

/* The help page says the SQL, and goes back. */
static void test_help_says_the_sql(void **state)
{
    (void)state;
    struct user u;
    arrive(&u, "help");
    start(&u, NULL, NULL);
    sees(&u, "? SQL");
    press(&u, "?");
    sees(&u, "GRANT REPLICATION CLIENT ON *.* TO");
    press(&u, "Escape");
    sees(&u, "first run");
    press(&u, "q");
    ends(&u, 0);
    leaves_nothing(&u);
}

static void test_a_broken_file_is_no_first_run(void **state)
{
    (void)state;
    struct user u;
    char path[STAGE_PATH];
    arrive(&u, "broken");
    stage_write("broken/" PLACE, "{\n  \"group\": 7 }\n", path);
    start(&u, NULL, NULL);
    sees(&u, "drtop.json:2:12: ");
    ends(&u, 78);
}

static void test_without_a_terminal_it_is_an_error(void **state)
{
    (void)state;
    struct user u;
    char home[STAGE_PATH + 8], *text;
    arrive(&u, "pipe");
    (void)snprintf(home, sizeof home, "HOME=%s", u.home);
    const char *const dashboard[] = {"env",          "-u", "XDG_CONFIG_HOME", "-u",
                                     "DRTOP_CONFIG", home, DRTOP_BIN,         NULL};
    assert_int_equal(stage_run(dashboard, &text, NULL), 78);
    assert_non_null(strstr(text, "no configuration, expected --config FILE"));
    free(text);
    const char *const init[] = {"env", "-u",      "XDG_CONFIG_HOME", "-u",   "DRTOP_CONFIG",
                                home,  DRTOP_BIN, "config",          "init", NULL};
    assert_int_equal(stage_run(init, &text, NULL), 69);
    free(text);
    leaves_nothing(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_nothing_to_a_live_dashboard),
        cmocka_unit_test(test_wrong_answers_are_asked_again),
        cmocka_unit_test(test_every_way_out_leaves_nothing),
        cmocka_unit_test(test_a_lost_terminal_leaves_nothing),
        cmocka_unit_test(test_a_try_can_be_left),
        cmocka_unit_test(test_a_dumb_terminal_is_told),
        cmocka_unit_test(test_help_says_the_sql),
        cmocka_unit_test(test_a_broken_file_is_no_first_run),
        cmocka_unit_test(test_without_a_terminal_it_is_an_error),
    };
    return cmocka_run_group_tests(tests, raise_lab, drop_lab);
}
