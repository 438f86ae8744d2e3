#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/mem.h"
#include "backend/net/secret.h"
#include "backend/net/secret_option_file.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

static char folder[] = "/tmp/drtop-test-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* Writes a file into the folder; its path is good until the next call. */
static const char *file(const char *bytes, size_t len, mode_t mode)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/secret", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static bool fetch_named(enum secret_kind kind, const char *name, char out[SECRET_MAX],
                        struct error *err)
{
    char copy[256];
    (void)snprintf(copy, sizeof copy, "%s", name);
    struct secret s = {.kind = kind, .name = copy};
    return secret_fetch(&s, 2000, out, err);
}

static bool fetch_shell(const char *script, int64_t timeout_ms, char out[SECRET_MAX],
                        struct error *err)
{
    char sh[] = "/bin/sh", option[] = "-c", copy[256];
    (void)snprintf(copy, sizeof copy, "%s", script);
    char *argv[] = {sh, option, copy, NULL};
    struct secret s = {.kind = SECRET_COMMAND, .argv = argv};
    return secret_fetch(&s, timeout_ms, out, err);
}

static void assert_holds(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("got      %s\nexpected %s", text, part);
    }
}

static void none_and_literal_need_no_place(void **state)
{
    (void)state;
    char out[SECRET_MAX] = "before";
    struct error err = {0};
    struct secret none = {.kind = SECRET_NONE};
    assert_true(secret_fetch(&none, 1000, out, &err));
    assert_string_equal(out, "");
    assert_true(fetch_named(SECRET_LITERAL, "s3cret", out, &err));
    assert_string_equal(out, "s3cret");
}

static void a_file_gives_its_first_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *secret;
    } table[] = {{"pw", "pw"},       {"pw\n", "pw"},     {"pw\r\n", "pw"}, {"pw\nmore\n", "pw"},
                 {" p w ", " p w "}, {"p\rw\n", "p\rw"}, {"pw\r", "pw\r"}};
    char out[SECRET_MAX];
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const char *path = file(table[i].text, strlen(table[i].text), 0600);
        assert_true(fetch_named(SECRET_FILE, path, out, &err));
        assert_string_equal(out, table[i].secret);
        assert_int_equal(unlink(path), 0);
    }
}

static void a_file_that_others_may_read_is_refused(void **state)
{
    (void)state;
    static const mode_t modes[] = {0644, 0640, 0604, 0620, 0601};
    char out[SECRET_MAX];
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        const char *path = file("hush\n", 5, modes[i]);
        assert_false(fetch_named(SECRET_FILE, path, out, &err));
        assert_holds(err.text, "expected that only its owner may read it: chmod 600");
        assert_null(strstr(err.text, "hush"));
        assert_string_equal(out, "");
        assert_false(fetch_named(SECRET_OPTION_FILE, path, out, &err));
        assert_holds(err.text, "chmod 600");
        assert_int_equal(unlink(path), 0);
    }
}

static void a_bad_file_is_refused(void **state)
{
    (void)state;
    char out[SECRET_MAX], line[SECRET_MAX + 8];
    memset(line, 'x', sizeof line);
    struct error err = {0};
    assert_false(fetch_named(SECRET_FILE, "/nonexistent/pw", out, &err));
    assert_holds(err.text, "/nonexistent/pw: No such file or directory");
    assert_false(fetch_named(SECRET_FILE, folder, out, &err));
    assert_holds(err.text, "is not a regular file");

    const char *path = file("", 0, 0600);
    assert_false(fetch_named(SECRET_FILE, path, out, &err));
    assert_holds(err.text, "no secret");
    path = file("\npw\n", 4, 0600);
    assert_false(fetch_named(SECRET_FILE, path, out, &err));
    assert_holds(err.text, "no secret");
    path = file("p\0w\n", 4, 0600);
    assert_false(fetch_named(SECRET_FILE, path, out, &err));
    assert_holds(err.text, "a NUL in the secret");
    path = file(line, SECRET_MAX, 0600);
    assert_false(fetch_named(SECRET_FILE, path, out, &err));
    assert_holds(err.text, "a line too long");
    path = file(line, SECRET_MAX - 1, 0600);
    assert_true(fetch_named(SECRET_FILE, path, out, &err));
    assert_int_equal(strlen(out), SECRET_MAX - 1);
    assert_int_equal(unlink(path), 0);
}

static void a_fifo_does_not_block(void **state)
{
    (void)state;
    char path[128], out[SECRET_MAX];
    struct error err = {0};
    (void)snprintf(path, sizeof path, "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(fetch_named(SECRET_FILE, path, out, &err));
    assert_holds(err.text, "is not a regular file");
    assert_int_equal(unlink(path), 0);
}

static void a_credential_comes_from_systemd(void **state)
{
    (void)state;
    char out[SECRET_MAX];
    struct error err = {0};
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    assert_false(fetch_named(SECRET_CREDENTIAL, "secret", out, &err));
    assert_holds(err.text, "$CREDENTIALS_DIRECTORY is not set");
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
    const char *path = file("cred\n", 5, 0440);
    assert_true(fetch_named(SECRET_CREDENTIAL, "secret", out, &err));
    assert_string_equal(out, "cred");
    assert_int_equal(unlink(path), 0);
    assert_false(fetch_named(SECRET_CREDENTIAL, "secret", out, &err));
    assert_holds(err.text, "No such file");
    (void)unsetenv("CREDENTIALS_DIRECTORY");
}

static void a_variable_gives_its_value(void **state)
{
    (void)state;
    char out[SECRET_MAX];
    struct error err = {0};
    assert_int_equal(setenv("DRTOP_TEST_PW", "from env", 1), 0);
    assert_true(fetch_named(SECRET_ENV, "DRTOP_TEST_PW", out, &err));
    assert_string_equal(out, "from env");
    assert_int_equal(setenv("DRTOP_TEST_PW", "", 1), 0);
    assert_false(fetch_named(SECRET_ENV, "DRTOP_TEST_PW", out, &err));
    assert_holds(err.text, "$DRTOP_TEST_PW: empty");
    (void)unsetenv("DRTOP_TEST_PW");
    assert_false(fetch_named(SECRET_ENV, "DRTOP_TEST_PW", out, &err));
    assert_holds(err.text, "$DRTOP_TEST_PW: not set");
}

static void a_command_gives_its_first_line(void **state)
{
    (void)state;
    static const struct {
        const char *script, *secret;
    } table[] = {
        {"echo pw", "pw"},
        {"printf 'pw'", "pw"},
        {"echo pw; echo more; echo noise >&2", "pw"},
        {"echo first; head -c 20000 /dev/zero | tr '\\0' x", "first"},
        /* Nothing to read from, and an end even of what keeps running without output. */
        {"cat; exec >&-; echo x", NULL},
        {"read line || echo eof", "eof"},
        /* The signals that drtop blocks are not blocked there. */
        {"grep -q 'SigBlk:.*0000000000000000' /proc/self/status && echo clear", "clear"},
    };
    char out[SECRET_MAX];
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct error err = {0};
        bool ok = fetch_shell(table[i].script, 5000, out, &err);
        if (ok != (table[i].secret != NULL)) {
            fail_msg("%s: %s", table[i].script, err.text);
        }
        assert_string_equal(out, ok ? table[i].secret : "");
    }
    char echo[] = "echo", word[] = "$HOME; id";
    char *argv[] = {echo, word, NULL};
    struct error err = {0};
    struct secret s = {.kind = SECRET_COMMAND, .argv = argv};
    assert_true(secret_fetch(&s, 5000, out, &err));
    assert_string_equal(out, "$HOME; id"); /* no shell in between */
}

static void a_failing_command_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *script, *message;
    } table[] = {
        {"echo hush; exit 3", "/bin/sh: exited with 3, expected 0"},
        {"echo hush; kill -TERM $$", "/bin/sh: was ended by signal 15"},
        {"true", "/bin/sh: no secret"},
        {"printf 'hush\\0x\\n'", "/bin/sh: a NUL in the secret"},
        {"head -c 2000 /dev/zero | tr '\\0' x", "/bin/sh: a line too long"},
        {"while echo hush; do :; done", "/bin/sh: prints more than 65536 bytes"},
    };
    char out[SECRET_MAX];
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct error err = {0};
        assert_false(fetch_shell(table[i].script, 5000, out, &err));
        assert_holds(err.text, table[i].message);
        assert_null(strstr(err.text, "hush"));
        assert_string_equal(out, "");
    }
    char missing[] = "/nonexistent/program";
    char *argv[] = {missing, NULL};
    struct secret s = {.kind = SECRET_COMMAND, .argv = argv};
    struct error err = {0};
    assert_false(secret_fetch(&s, 1000, out, &err));
    assert_holds(err.text, "/nonexistent/program: No such file or directory");
}

static int64_t now_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Busy in the shell itself, in a child that holds the output, and after closing its output. */
static void a_hanging_command_is_ended_in_time(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "while :; do :; done",
        "sleep 30 & wait",
        "echo pw; exec >&-; exec sleep 30",
        "trap '' TERM INT HUP; while :; do :; done",
    };
    char out[SECRET_MAX];
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        struct error err = {0};
        int64_t start_ms = now_ms();
        assert_false(fetch_shell(scripts[i], 200, out, &err));
        int64_t took_ms = now_ms() - start_ms;
        assert_holds(err.text, "/bin/sh: did not end in time");
        assert_string_equal(out, "");
        assert_true(took_ms >= 190);
        assert_true(took_ms < 10000);
    }
}

/* A pipe that every descendant inherits tells when the last of them is gone. */
static void what_a_command_started_ends_with_it(void **state)
{
    (void)state;
    char out[SECRET_MAX];
    struct error err = {0};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_false(fetch_shell("sleep 30 & wait", 200, out, &err));
    (void)close(ends[1]);
    struct pollfd p = {.fd = ends[0], .events = POLLIN};
    assert_int_equal(poll(&p, 1, 5000), 1);
    assert_true(p.revents & POLLHUP);
    (void)close(ends[0]);
}

static void option_files_are_read_as_mysql_does(void **state)
{
    (void)state;
    static const struct {
        const char *text, *password;
    } table[] = {
        {"[client]\npassword=pw\n", "pw"},
        {"[client]\npassword = pw", "pw"},
        {"[client]\r\npassword=pw\r\n", "pw"},
        {"  [client] # x\n  password  =  a b  # why\n", "a b"},
        {"[client]\npassword=\"a # b\" # c\n", "a # b"},
        {"[client]\npassword='a\"b'\n", "a\"b"},
        {"[client]\npassword=\"a\\\"b\\\\c\\sd\\te\\qf\"\n", "a\"b\\c d\te\\qf"},
        {"[client]\npassword=one\n[mysql]\npassword=two\n[client]\npassword=three\n", "three"},
        {"[client]\nuser=me\npassword=pw\n[mysqld]\npassword=no\n", "pw"},
        {"[client]\npassword=\n", ""},
        {"[client]\npassword=a\\", "a\\"},
        {"[client]\npassword=\"", "\""},
        {"password=outside\n", NULL},
        {"[mysqld]\npassword=no\n", NULL},
        {"[client]\n#password=no\n;password=no\n", NULL},
        {"[client]\npassword\n", NULL},
        {"[client]\npasswords=no\n", NULL},
        {"", NULL},
    };
    char out[32];
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        bool ok =
            secret_option_file_password(table[i].text, strlen(table[i].text), out, sizeof out);
        assert_int_equal(ok, table[i].password != NULL);
        if (ok) {
            assert_string_equal(out, table[i].password);
        }
    }
    char small[3];
    assert_false(
        secret_option_file_password("[client]\npassword=abc", 21, small, sizeof small));
    assert_true(secret_option_file_password("[client]\npassword=ab", 20, small, sizeof small));
}

static void an_option_file_gives_its_password(void **state)
{
    (void)state;
    static const char text[] = "[client]\nuser = drtop\npassword = \"p#w\"\n";
    char out[SECRET_MAX];
    struct error err = {0};
    const char *path = file(text, sizeof text - 1, 0600);
    assert_true(fetch_named(SECRET_OPTION_FILE, path, out, &err));
    assert_string_equal(out, "p#w");
    path = file("[client]\npassword=\n", 19, 0600);
    assert_false(fetch_named(SECRET_OPTION_FILE, path, out, &err));
    assert_holds(err.text, "expected password=... in the group [client]");
    path = file("[client]\0\npassword=x\n", 21, 0600);
    assert_false(fetch_named(SECRET_OPTION_FILE, path, out, &err));
    assert_holds(err.text, "a NUL byte");
    assert_int_equal(unlink(path), 0);
}

static void finishing_frees_and_resets(void **state)
{
    (void)state;
    struct secret s = {.kind = SECRET_LITERAL, .name = mem_strdup("pw")};
    secret_finish(&s);
    assert_int_equal(s.kind, SECRET_NONE);
    assert_null(s.name);
    s.kind = SECRET_COMMAND;
    s.argv = mem_alloc(3, sizeof *s.argv);
    s.argv[0] = mem_strdup("a");
    s.argv[1] = mem_strdup("b");
    secret_finish(&s);
    secret_finish(&s);
    assert_null(s.argv);
    char buf[8] = "secret";
    secret_wipe(buf, sizeof buf);
    assert_memory_equal(buf, "\0\0\0\0\0\0\0\0", sizeof buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_and_literal_need_no_place),
        cmocka_unit_test(a_file_gives_its_first_line),
        cmocka_unit_test(a_file_that_others_may_read_is_refused),
        cmocka_unit_test(a_bad_file_is_refused),
        cmocka_unit_test(a_fifo_does_not_block),
        cmocka_unit_test(a_credential_comes_from_systemd),
        cmocka_unit_test(a_variable_gives_its_value),
        cmocka_unit_test(a_command_gives_its_first_line),
        cmocka_unit_test(a_failing_command_is_told),
        cmocka_unit_test(a_hanging_command_is_ended_in_time),
        cmocka_unit_test(what_a_command_started_ends_with_it),
        cmocka_unit_test(option_files_are_read_as_mysql_does),
        cmocka_unit_test(an_option_file_gives_its_password),
        cmocka_unit_test(finishing_frees_and_resets),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
