#include "backend/tunnel/provider.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "vici_server.h"

#define WALL INT64_C(1795791768000)

struct rig {
    struct vici_server *server;
    char path[108];
    struct config_tunnel cfg;
    struct source source;
    struct clock_manual clk;
};

static int setup(void **state)
{
    static char name[] = "gw", one[] = "tunnel1", two[] = "tunnel2", three[] = "tunnel3";
    static char *tunnels[] = {two, one, three, NULL};
    struct rig *rig = calloc(1, sizeof *rig);
    rig->server = vici_server_start("up");
    (void)snprintf(rig->path, sizeof rig->path, "%s", rig->server->path);
    rig->cfg = (struct config_tunnel){.kind = TUNNEL_STRONGSWAN,
                                      .name = name,
                                      .tunnels = tunnels,
                                      .expected_up = 1,
                                      .socket = rig->path,
                                      .period_ms = 1000,
                                      .timeout_ms = 20000};
    clock_manual_init(&rig->clk, 1000, WALL);
    rig->source = tunnel_provider_find(TUNNEL_STRONGSWAN)->create(&rig->cfg, 2);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    rig->source.ops->destroy(rig->source.self);
    if (rig->server) {
        vici_server_stop(rig->server);
    }
    free(rig);
    return 0;
}

static struct reading *ask(struct rig *rig)
{
    clock_manual_advance(&rig->clk, 1000);
    return rig->source.ops->poll(rig->source.self, &rig->clk.base);
}

static struct tunnel_facts learn(struct rig *rig)
{
    struct reading *r = ask(rig);
    assert_int_equal(r->state, READING_FRESH);
    struct tunnel_facts f = *(const struct tunnel_facts *)r->value;
    reading_unref(r);
    return f;
}

/* A poll that learns nothing says why, and says nothing of the tunnel. */
static void learn_nothing(struct rig *rig, const char *reason)
{
    struct reading *r = ask(rig);
    assert_int_equal(r->state, READING_FAILED);
    assert_null(r->value);
    if (!strstr(r->reason, reason)) {
        assert_string_equal(r->reason, reason);
    }
    reading_unref(r);
}

static void legs_are_as_configured(void **state)
{
    struct tunnel_facts f = learn(*state);
    assert_int_equal(f.state, TUNNEL_UP);
    assert_string_equal(f.detail, "1 of 3 up");
    assert_false(f.data_plane);
    assert_int_equal(f.n_legs, 3);
    assert_string_equal(f.legs[0].id, "tunnel2");
    assert_int_equal(f.legs[0].state, TUNNEL_DOWN);
    assert_string_equal(f.legs[1].id, "tunnel1");
    assert_int_equal(f.legs[1].state, TUNNEL_UP);
    assert_string_equal(f.legs[2].id, "tunnel3");
    assert_int_equal(f.legs[2].state, TUNNEL_UNKNOWN);
    assert_string_equal(f.legs[2].detail, "charon has no connection of that name");
}

static void one_conversation_for_many_polls(void **state)
{
    struct rig *rig = *state;
    for (int i = 0; i < 5; i++) {
        (void)learn(rig);
    }
    assert_int_equal(atomic_load(&rig->server->accepted), 1);
}

static void a_restart_of_charon_costs_no_poll(void **state)
{
    struct rig *rig = *state;
    (void)learn(rig);
    vici_server_stop(rig->server);
    rig->server = vici_server_start("none");
    struct tunnel_facts f = learn(rig);
    assert_int_equal(f.legs[1].state, TUNNEL_UP);       /* one look without it is none */
    assert_int_equal(learn(rig).state, TUNNEL_UNKNOWN); /* of tunnel3 nothing is known */
    assert_int_equal(atomic_load(&rig->server->accepted), 1);
}

static void charon_that_is_not_there(void **state)
{
    struct rig *rig = *state;
    (void)learn(rig);
    vici_server_stop(rig->server);
    rig->server = NULL;
    learn_nothing(rig, "charon does not run, or charon.plugins.vici.socket");
    rig->server = vici_server_start("up");
    (void)learn(rig);
}

static void a_socket_that_nobody_serves(void **state)
{
    struct rig *rig = *state;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    vici_server_stop(rig->server);
    rig->server = NULL;
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", rig->path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    (void)close(fd);
    learn_nothing(rig, "nobody listens; charon has ended");
    (void)unlink(rig->path);
}

static void a_socket_of_somebody_else(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(chmod(rig->path, 0), 0);
    if (geteuid() == 0) {
        assert_int_equal(seteuid(65534), 0); /* root may everything */
    }
    struct reading *r = ask(rig);
    assert_int_equal(seteuid(getuid()), 0);
    assert_int_equal(r->state, READING_FAILED);
    assert_non_null(strstr(r->reason, "permission denied"));
    assert_non_null(strstr(r->reason, "charon.group"));
    assert_non_null(strstr(r->reason, "setfacl -m u:USER:rw"));
    reading_unref(r);
}

static void answers_that_are_none(void **state)
{
    struct rig *rig = *state;
    static const struct {
        enum vici_manner manner;
        const char *reason;
    } cases[] = {
        {VICI_LEAVES, "charon closed the connection"},
        {VICI_GARBAGE, "the answer is not VICI"},
        {VICI_HUGE, "the answer is not VICI, or too large"},
        {VICI_ENDLESS, "the answer is not VICI, or too large"},
        {VICI_IGNORANT, "charon does not know list-conns"},
        {VICI_MUDDLED, "charon's answer to list-conns makes no sense"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        atomic_store(&rig->server->manner, (int)cases[i].manner);
        learn_nothing(rig, cases[i].reason);
        atomic_store(&rig->server->manner, VICI_GOOD);
        (void)learn(rig);
    }
}

static void silence_has_an_end(void **state)
{
    struct rig *rig = *state;
    rig->cfg.timeout_ms = 50;
    atomic_store(&rig->server->manner, VICI_HANGS);
    learn_nothing(rig, "charon did not answer in time");
    atomic_store(&rig->server->manner, VICI_HALF);
    learn_nothing(rig, "charon did not answer in time");
    rig->cfg.timeout_ms = 20000;
    atomic_store(&rig->server->manner, VICI_GOOD);
    (void)learn(rig);
}

static void *interrupt_when_asked(void *arg)
{
    struct rig *rig = arg;
    while (atomic_load(&rig->server->accepted) == 0) {
        (void)poll(NULL, 0, 1);
    }
    rig->source.ops->interrupt(rig->source.self);
    return NULL;
}

static void a_wait_is_interrupted(void **state)
{
    struct rig *rig = *state;
    pthread_t thread;
    atomic_store(&rig->server->manner, VICI_HANGS);
    rig->cfg.timeout_ms = 3600000;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_when_asked, rig), 0);
    learn_nothing(rig, "interrupted");
    (void)pthread_join(thread, NULL);
}

static void the_log_is_heard_while_something_is_wrong(void **state)
{
    struct rig *rig = *state;
    static char one[] = "tunnel1";
    static char *tunnels[] = {one, NULL};
    rig->cfg.tunnels = tunnels;
    (void)learn(rig);
    assert_int_equal(atomic_load(&rig->server->listeners), 0);
    atomic_store(&rig->server->recording, "none");
    (void)learn(rig);
    (void)learn(rig);
    assert_int_equal(atomic_load(&rig->server->listeners), 1);
    atomic_store(&rig->server->aside, "log-refused");
    struct tunnel_facts f = learn(rig);
    assert_int_equal(f.state, TUNNEL_DOWN);
    assert_string_equal(f.legs[0].detail,
                        "no IKE SA: received AUTHENTICATION_FAILED notify error");
    atomic_store(&rig->server->recording, "up");
    (void)learn(rig);
    assert_int_equal(atomic_load(&rig->server->listeners), 0);
    assert_int_equal(atomic_load(&rig->server->accepted), 1);
}

static void a_path_that_is_too_long(void **state)
{
    struct rig *rig = *state;
    char path[200];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    rig->cfg.socket = path;
    learn_nothing(rig, "expected a socket's path of at most 107");
}

#define WITH_RIG(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(legs_are_as_configured),
        WITH_RIG(one_conversation_for_many_polls),
        WITH_RIG(a_restart_of_charon_costs_no_poll),
        WITH_RIG(charon_that_is_not_there),
        WITH_RIG(a_socket_that_nobody_serves),
        WITH_RIG(a_socket_of_somebody_else),
        WITH_RIG(answers_that_are_none),
        WITH_RIG(silence_has_an_end),
        WITH_RIG(a_wait_is_interrupted),
        WITH_RIG(the_log_is_heard_while_something_is_wrong),
        WITH_RIG(a_path_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
