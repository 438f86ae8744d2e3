#include <getopt.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "cli/config_cmd.h"

#define EXAMPLE SOURCE_DIR "/config/drtop.example.json"

static int online_calls;

/* Stands in for the part that talks to servers. */
int config_check_online(const struct config *cfg, FILE *out)
{
    assert_string_equal(cfg->group, "gitea-prod");
    online_calls++;
    (void)fprintf(out, "asked\n");
    return 69;
}

struct result {
    int code;
    char out[16384], err[4096];
};

/* Reads what was written to a temporary file and closes it. */
static void slurp(FILE *f, char *buf, size_t size)
{
    rewind(f);
    buf[fread(buf, 1, size - 1, f)] = '\0';
    (void)fclose(f);
}

/* Runs `drtop --config PATH config WORDS` with both outputs caught. */
static struct result run(const char *config_path, const char *first, const char *second)
{
    static struct result r;
    struct cli_options o;
    char words[6][PATH_MAX] = {"drtop", "--config", "", "config"};
    char *argv[7] = {words[0], words[1], words[2], words[3]};
    int argc = 4;
    (void)snprintf(words[2], sizeof words[2], "%s", config_path);
    for (int i = 0; i < 2 && (i == 0 ? first : second); i++) {
        (void)snprintf(words[argc], sizeof words[argc], "%s", i == 0 ? first : second);
        argv[argc] = words[argc];
        argc++;
    }
    FILE *out = tmpfile(), *err = tmpfile();
    assert_non_null(out);
    assert_non_null(err);
    (void)fflush(NULL);
    int real_out = dup(STDOUT_FILENO), real_err = dup(STDERR_FILENO);
    assert_true(dup2(fileno(out), STDOUT_FILENO) >= 0);
    assert_true(dup2(fileno(err), STDERR_FILENO) >= 0);
    optind = 0;
    r.code = cli_parse(argc, argv, &o);
    r.code = r.code == CLI_GO_ON ? cmd_config(&o) : r.code;
    (void)fflush(NULL);
    (void)dup2(real_out, STDOUT_FILENO);
    (void)dup2(real_err, STDERR_FILENO);
    (void)close(real_out);
    (void)close(real_err);
    slurp(out, r.out, sizeof r.out);
    slurp(err, r.err, sizeof r.err);
    return r;
}

static void check_says_ok(void **state)
{
    (void)state;
    struct result r = run(EXAMPLE, "check", NULL);
    assert_int_equal(r.code, 0);
    assert_string_equal(r.out, EXAMPLE ": ok\n");
    assert_string_equal(r.err, "");
    assert_int_equal(online_calls, 0);
}

static void check_online_asks_too(void **state)
{
    (void)state;
    struct result r = run(EXAMPLE, "check", "--online");
    assert_int_equal(r.code, 69);
    assert_string_equal(r.out, EXAMPLE ": ok\nasked\n");
    assert_int_equal(online_calls, 1);
    online_calls = 0;
}

static void dump_prints_the_effective_file(void **state)
{
    (void)state;
    struct result r = run(EXAMPLE, "dump", NULL);
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(r.out, "\"positions\": \"250ms\""));
    assert_string_equal(r.err, "");
    struct error err = {0};
    struct config *cfg = config_parse("dump", r.out, strlen(r.out), 0644, &err);
    assert_non_null(cfg);
    config_destroy(cfg);
}

static void doubts_are_notes_and_no_error(void **state)
{
    (void)state;
    static const char text[] = "{\"group\": \"g\", \"primary\": {\"mysql\": {\"host\": \"a\", "
                               "\"user\": \"u\"}}, \"dr\": {\"mysql\": {\"host\": \"b\", "
                               "\"user\": \"u\"}}}";
    char path[] = "/tmp/drtop-test-XXXXXX", line[128];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    (void)close(fd);
    struct result r = run(path, "check", NULL);
    (void)unlink(path);
    assert_int_equal(r.code, 0);
    (void)snprintf(line, sizeof line, "\n%s: note: anchors: none", path);
    assert_non_null(strstr(r.out, line));
}

static void a_bad_file_is_78(void **state)
{
    (void)state;
    static const char *const verbs[] = {"check", "dump"};
    static const char text[] = "{\n\"\x7Fgroup\": 1}";
    char path[] = "/tmp/drtop-test-XXXXXX", line[128];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    (void)close(fd);
    for (size_t i = 0; i < 2; i++) {
        struct result r = run(path, verbs[i], NULL);
        assert_int_equal(r.code, 78);
        assert_string_equal(r.out, "");
        /* The control character arrives as one visible cell. */
        (void)snprintf(line, sizeof line, "%s:2:1: unknown key \"\xC2\xB7group\", did you mean",
                       path);
        assert_memory_equal(r.err, line, strlen(line));
        assert_int_equal(run("/nonexistent.json", verbs[i], NULL).code, 78);
    }
    (void)unlink(path);
}

static void wrong_words_are_64(void **state)
{
    (void)state;
    assert_int_equal(run(EXAMPLE, NULL, NULL).code, 64);
    assert_int_equal(run(EXAMPLE, "chek", NULL).code, 64);
    assert_int_equal(run(EXAMPLE, "check", "--offline").code, 64);
    struct result r = run(EXAMPLE, "dump", "now");
    assert_int_equal(r.code, 64);
    assert_non_null(strstr(r.err, "drtop: unexpected argument: now (try `drtop --help`)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_says_ok),
        cmocka_unit_test(check_online_asks_too),
        cmocka_unit_test(dump_prints_the_effective_file),
        cmocka_unit_test(doubts_are_notes_and_no_error),
        cmocka_unit_test(a_bad_file_is_78),
        cmocka_unit_test(wrong_words_are_64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
