#include "backend/tunnel/provider.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "backend/tunnel/exec_answer.h"
#include "backend/tunnel/view.h"

#define WALL INT64_C(1795388921500)

/* --- the answer --- */

static struct exec_answer take(const char *text, char *const *wanted)
{
    struct exec_answer a;
    struct error err = {0};
    bool ok = exec_answer_parse(text, strlen(text), wanted, &a, &err);
    assert_string_equal(err.text, "");
    assert_true(ok);
    return a;
}

static void refuse(const char *text, const char *expected)
{
    struct exec_answer a = {.n = 77};
    struct error err = {0};
    assert_false(exec_answer_parse(text, strlen(text), NULL, &a, &err));
    assert_string_equal(err.text, expected);
    assert_int_equal(a.n, 77);
}

#define HEAD        "{\"version\": 1, \"observed_at\": 1795388920, \"tunnels\": ["
#define ONE(leg)    HEAD leg "]}"
#define UP(members) ONE("{\"id\": \"a\", \"state\": \"up\"" members "}")

static void the_schemas_example_is_understood(void **state)
{
    (void)state;
    struct json_object *schema = json_object_from_file(SOURCE_DIR "/config/tunnel.schema.json");
    struct json_object *examples = json_object_object_get(schema, "examples");
    assert_true(json_object_array_length(examples) > 0);
    struct exec_answer a =
        take(json_object_to_json_string(json_object_array_get_idx(examples, 0)), NULL);
    json_object_put(schema);
    assert_int_equal(a.n, 2);
    assert_true(a.observed_ms == INT64_C(1795388920000));
    const struct tunnel_leg *leg = &a.legs[0];
    assert_string_equal(leg->id, "tunnel1");
    assert_int_equal(leg->state, TUNNEL_UP);
    assert_string_equal(leg->detail, "IKE established; BGP Established, 1 prefix");
    assert_true(leg->since_ms.known && leg->since_ms.v == INT64_C(1795388000000));
    assert_true(leg->bytes_in.known && leg->bytes_in.v == 123456);
    assert_true(leg->bytes_out.known && leg->bytes_out.v == 654321);
    assert_string_equal(leg->counter, "child-7");
    assert_int_equal(a.legs[1].state, TUNNEL_DOWN);
    assert_string_equal(a.legs[1].detail, "IPSEC IS DOWN");
    assert_false(a.legs[1].since_ms.known || a.legs[1].bytes_in.known);
}

static void what_is_absent_or_unknown_does_not_matter(void **state)
{
    (void)state;
    struct exec_answer a =
        take(UP(", \"detail\": null, \"since\": null, \"mood\": [1, {}]") " \n", NULL);
    assert_int_equal(a.n, 1);
    assert_string_equal(a.legs[0].detail, "");
    a = take(HEAD "]}", NULL);
    assert_int_equal(a.n, 0);
    a = take(UP(", \"bgp\": {\"state\": \"Idle\"}"), NULL);
    assert_string_equal(a.legs[0].detail, "BGP Idle");
    a = take(UP(", \"detail\": \"\\u001b[31m\\u0000x\""), NULL);
    assert_string_equal(a.legs[0].detail, "\xc2\xb7[31m\xc2\xb7x");
}

static void every_state_has_its_word(void **state)
{
    (void)state;
    static const enum tunnel_state states[] = {TUNNEL_UP, TUNNEL_DOWN, TUNNEL_DEGRADED,
                                               TUNNEL_CONNECTING, TUNNEL_UNKNOWN};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        char text[200];
        (void)snprintf(text, sizeof text, ONE("{\"id\": \"a\", \"state\": \"%s\"}"),
                       tunnel_state_key(states[i]));
        assert_int_equal(take(text, NULL).legs[0].state, states[i]);
    }
}

static void what_is_not_as_agreed_is_refused(void **state)
{
    (void)state;
    static const char *const no_object =
        "no JSON object, expected one as config/tunnel.schema.json says";
    refuse("", no_object);
    refuse("up", no_object);
    refuse("[]", no_object);
    refuse(HEAD "]", no_object);
    refuse(HEAD "]} {}", no_object);
    refuse("{}", "\"version\": expected 1");
    refuse("{\"version\": 2}", "\"version\": expected 1");
    refuse("{\"version\": \"1\"}", "\"version\": expected a whole number of at least 0");
    refuse("{\"version\": 1}", "\"observed_at\": expected seconds of Unix time");
    refuse("{\"version\": 1, \"observed_at\": 1.5}",
           "\"observed_at\": expected a whole number of at least 0");
    refuse("{\"version\": 1, \"observed_at\": 99999999999999}",
           "\"observed_at\": expected a whole number of at least 0");
    refuse("{\"version\": 1, \"observed_at\": 1}", "\"tunnels\": expected a list");
    refuse(ONE("1"), "tunnels[0]: expected an object");
    refuse(ONE("{}"), "tunnels[0]: \"id\": expected a name");
    refuse(ONE("{\"id\": 7}"), "tunnels[0]: \"id\": expected a text");
    refuse(ONE("{\"id\": \"a\", \"state\": \"UP\"}"),
           "tunnels[0]: \"state\": expected up, down, degraded, connecting or unknown");
    refuse(UP(", \"bytes_in\": -1"),
           "tunnels[0]: \"bytes_in\": expected a whole number of at least 0");
    refuse(UP(", \"bgp\": \"up\""), "tunnels[0]: \"bgp\": expected an object");
    refuse(ONE("{\"id\": \"a\", \"state\": \"up\"}, {\"id\": \"a\", \"state\": \"down\"}"),
           "tunnels[1]: \"id\": expected another than of the tunnels before it");
}

static void only_eight_fit_unless_they_are_named(void **state)
{
    (void)state;
    char text[1024] = HEAD;
    for (int i = 0; i < 9; i++) {
        size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, "%s{\"id\": \"t%d\", \"state\": \"up\"}",
                       i > 0 ? "," : "", i);
    }
    size_t len = strlen(text);
    (void)snprintf(text + len, sizeof text - len, "]}");
    refuse(text, "more than 8 tunnels: name those that matter in the configuration's "
                 "\"tunnels\"");
    static char name[] = "t8";
    static char *wanted[] = {name, NULL};
    struct exec_answer a = take(text, wanted);
    assert_int_equal(a.n, 1);
    assert_string_equal(a.legs[0].id, "t8");
}

static void an_answer_ages(void **state)
{
    (void)state;
    struct exec_answer a = {.observed_ms = WALL - 15000};
    struct error err = {0};
    assert_true(exec_answer_is_new(&a, WALL, 5000, &err));
    assert_false(exec_answer_is_new(&a, WALL + 1, 5000, &err));
    assert_string_equal(err.text, "what it says is 15 s old, expected at most 15 s");
    a.observed_ms = WALL + 60000;
    assert_true(exec_answer_is_new(&a, WALL, 5000, &err));
    a.observed_ms = WALL + 61000;
    assert_false(exec_answer_is_new(&a, WALL, 5000, &err));
    assert_string_equal(err.text,
                        "what it says is of 61 s from now: one of the clocks is wrong");
}

/* --- the program --- */

struct rig {
    char script[256];
    char *argv[4];
    struct config_tunnel cfg;
    struct source source;
    struct clock_manual clk;
};

static int setup(void **state)
{
    static char name[] = "exec", shell[] = "/bin/sh", one[] = "a", two[] = "b";
    static char *tunnels[] = {two, one, NULL};
    struct rig *rig = calloc(1, sizeof *rig);
    const char *folder = getenv("TMPDIR");
    (void)snprintf(rig->script, sizeof rig->script, "%s/exec.%d", folder ? folder : "/tmp",
                   getpid());
    rig->argv[0] = shell;
    rig->argv[1] = rig->script;
    rig->cfg = (struct config_tunnel){.kind = TUNNEL_EXEC,
                                      .name = name,
                                      .tunnels = tunnels,
                                      .expected_up = 1,
                                      .command = rig->argv,
                                      .period_ms = 5000,
                                      .timeout_ms = 30000};
    clock_manual_init(&rig->clk, 100000, WALL);
    rig->source = tunnel_provider_find(TUNNEL_EXEC)->create(&rig->cfg, 2);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    rig->source.ops->destroy(rig->source.self);
    (void)unlink(rig->script);
    free(rig);
    return 0;
}

/* What the program does the next times. */
static void teach(struct rig *rig, const char *script)
{
    FILE *file = fopen(rig->script, "w");
    assert_non_null(file);
    (void)fputs(script, file);
    (void)fclose(file);
}

static struct reading *ask(struct rig *rig)
{
    return rig->source.ops->poll(rig->source.self, &rig->clk.base);
}

static struct tunnel_facts learn(struct rig *rig, int64_t taken_at_ms)
{
    struct reading *r = ask(rig);
    assert_string_equal(r->reason, "");
    assert_int_equal(r->state, READING_FRESH);
    assert_true(r->taken_at_ms == taken_at_ms);
    struct tunnel_facts f = *(const struct tunnel_facts *)r->value;
    reading_unref(r);
    return f;
}

/* Whatever goes wrong says nothing of the tunnel. */
static void learn_nothing(struct rig *rig, const char *reason)
{
    struct reading *r = ask(rig);
    assert_string_equal(r->reason, reason);
    assert_int_equal(r->state, READING_FAILED);
    assert_null(r->value);
    reading_unref(r);
}

#define SAY(text) "cat <<'EOF'\n" text "\nEOF\n"

static void the_answer_becomes_legs(void **state)
{
    struct rig *rig = *state;
    teach(rig, SAY(UP("")));
    struct tunnel_facts f = learn(rig, 98500); /* 1.5 s ago, as the program says */
    assert_int_equal(f.state, TUNNEL_UP);
    assert_string_equal(f.detail, "1 of 2 up");
    assert_int_equal(f.n_legs, 2);
    assert_string_equal(f.legs[0].id, "b");
    assert_int_equal(f.legs[0].state, TUNNEL_UNKNOWN);
    assert_string_equal(f.legs[0].detail, "not in the answer");
    assert_string_equal(f.legs[1].id, "a");
    /* Said again, it is as old as it was, and then too old. */
    clock_manual_advance(&rig->clk, 3000);
    (void)atomic_fetch_add(&rig->clk.mono, 1); /* the two clocks do not tick as one */
    (void)learn(rig, 98500);
    clock_manual_advance(&rig->clk, 12000);
    learn_nothing(rig, "/bin/sh: what it says is 16 s old, expected at most 15 s");
}

static void it_runs_as_agreed(void **state)
{
    struct rig *rig = *state;
    teach(rig, "[ \"$LC_ALL\" = C ] || exit 3\n"
               "! read -r line || exit 4\n" SAY(UP("")));
    (void)setenv("LC_ALL", "C.UTF-8", 1);
    (void)learn(rig, 98500);
    assert_string_equal(getenv("LC_ALL"), "C.UTF-8");
}

static void a_program_that_fails_says_nothing_of_the_tunnel(void **state)
{
    struct rig *rig = *state;
    teach(rig, SAY(ONE("{\"id\": \"a\", \"state\": \"down\"}")) "echo 'no \033route' >&2\n"
                                                                "echo more >&2\nexit 2\n");
    learn_nothing(rig, "/bin/sh: exited with 2, expected 0: no \xc2\xb7route");
    teach(rig, "exit 1\n");
    learn_nothing(rig, "/bin/sh: exited with 1, expected 0");
    teach(rig, "kill -SEGV $$\n");
    learn_nothing(rig, "/bin/sh: was ended by signal 11");
    teach(rig, "echo fine >&2; echo up\n");
    learn_nothing(rig, "/bin/sh: no JSON object, expected one as config/tunnel.schema.json "
                       "says");
    static char nothing[] = "/nonexistent/program";
    rig->argv[0] = nothing;
    learn_nothing(rig, "/nonexistent/program: No such file or directory, expected a program");
}

static void output_has_an_end(void **state)
{
    struct rig *rig = *state;
    /* 256 KiB are room enough: blanks in front of an answer. */
    teach(rig, "head -c 260000 /dev/zero | tr '\\0' ' '\n" SAY(UP("")));
    (void)learn(rig, 98500);
    teach(rig, "exec cat /dev/zero\n");
    learn_nothing(rig, "/bin/sh: prints more than 262144 bytes");
    /* Its complaints hold nobody up, however long they are. */
    teach(rig, "head -c 300000 /dev/zero | tr '\\0' x >&2\n" SAY(UP("")));
    (void)learn(rig, 98500);
}

/* Hangs, with a child that ignores SIGTERM. Both hold a pipe open, which tells of their end. */
static void hang(struct rig *rig, const char *trap, const char *reason)
{
    char fifo[sizeof rig->script + 8], script[1024];
    (void)snprintf(fifo, sizeof fifo, "%s.fifo", rig->script);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    int fd = open(fifo, O_RDONLY | O_NONBLOCK);
    assert_true(fd >= 0);
    (void)snprintf(script, sizeof script,
                   "exec 9>%s\n%s\n"
                   "sh -c 'trap \"\" TERM; while :; do :; done' &\n"
                   "while :; do :; done\n",
                   fifo, trap);
    teach(rig, script);
    learn_nothing(rig, reason);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 20000), 1);
    assert_true(p.revents & POLLHUP);
    (void)close(fd);
    (void)unlink(fifo);
}

static void a_program_that_hangs_is_ended(void **state)
{
    struct rig *rig = *state;
    rig->cfg.timeout_ms = 1000; /* enough to set its trap */
    hang(rig, "trap 'echo asked >&2; exit 0' TERM", "/bin/sh: did not end in time: asked");
    hang(rig, "trap '' TERM", "/bin/sh: did not end in time");
}

static void *interrupt_when_it_runs(void *arg)
{
    struct rig *rig = arg;
    char mark[sizeof rig->script + 8];
    (void)snprintf(mark, sizeof mark, "%s.mark", rig->script);
    while (access(mark, F_OK) != 0) {
        (void)poll(NULL, 0, 1);
    }
    rig->source.ops->interrupt(rig->source.self);
    return NULL;
}

static void an_interrupt_ends_it(void **state)
{
    struct rig *rig = *state;
    char script[sizeof rig->script + 64], mark[sizeof rig->script + 8];
    pthread_t thread;
    (void)snprintf(mark, sizeof mark, "%s.mark", rig->script);
    (void)snprintf(script, sizeof script, "trap '' TERM\n: >%s\nwhile :; do :; done\n", mark);
    teach(rig, script);
    rig->cfg.timeout_ms = 3600000;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_when_it_runs, rig), 0);
    learn_nothing(rig, "/bin/sh: interrupted");
    (void)pthread_join(thread, NULL);
    (void)unlink(mark);
}

#define WITH_RIG(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schemas_example_is_understood),
        cmocka_unit_test(what_is_absent_or_unknown_does_not_matter),
        cmocka_unit_test(every_state_has_its_word),
        cmocka_unit_test(what_is_not_as_agreed_is_refused),
        cmocka_unit_test(only_eight_fit_unless_they_are_named),
        cmocka_unit_test(an_answer_ages),
        WITH_RIG(the_answer_becomes_legs),
        WITH_RIG(it_runs_as_agreed),
        WITH_RIG(a_program_that_fails_says_nothing_of_the_tunnel),
        WITH_RIG(output_has_an_end),
        WITH_RIG(a_program_that_hangs_is_ended),
        WITH_RIG(an_interrupt_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
