#include "backend/tunnel/gateway_legs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "vici_recording.h"

#define WALL INT64_C(1795791768000)

struct story {
    struct gateway_memory memory;
    struct tunnel_facts facts;
    int64_t wall_ms;
    char **wanted;
};

static void hear(struct story *s, struct gateway_poll *poll, const char *name)
{
    struct vici_recording rec = vici_recording_load(name);
    const unsigned char *bytes;
    size_t len;
    while (vici_recording_next(&rec, &bytes, &len)) {
        struct vici_frame f;
        assert_true(vici_frame_read(bytes, len, &f));
        if (vici_is(f.name, "list-conn")) {
            assert_true(gateway_hear_connection(poll, f.body));
        } else if (vici_is(f.name, "list-sa")) {
            assert_true(gateway_hear_sa(poll, f.body));
        } else if (vici_is(f.name, "log")) {
            assert_true(gateway_hear_log(&s->memory, f.body));
        }
    }
    vici_recording_free(&rec);
}

/* One poll, a second after the one before. Returns the leg of tunnel1. */
static const struct tunnel_leg *poll_once(struct story *s, const char *name)
{
    struct gateway_poll poll = {.wanted = s->wanted};
    hear(s, &poll, name);
    s->wall_ms = s->wall_ms ? s->wall_ms + 1000 : WALL;
    gateway_fold(&poll, &s->memory, s->wall_ms, &s->facts);
    assert_true(s->facts.n_legs > 0);
    assert_string_equal(s->facts.legs[0].id, "tunnel1");
    return &s->facts.legs[0];
}

static void an_established_tunnel_is_up(void **state)
{
    (void)state;
    struct story s = {0};
    const struct tunnel_leg *leg = poll_once(&s, "up");
    assert_int_equal(leg->state, TUNNEL_UP);
    assert_true(leg->ike_age_s.known && leg->ike_age_s.v == 38);
    assert_true(leg->child_age_s.known && leg->child_age_s.v > 0 && leg->child_age_s.v < 38);
    assert_true(leg->rekey_s.known && leg->rekey_s.v > 3000);
    assert_true(leg->silent_s.known && leg->silent_s.v <= 1);
    assert_true(leg->bytes_in.known && leg->bytes_in.v > 100000);
    assert_true(leg->bytes_out.known && leg->bytes_out.v > 0);
    /* The one before it is DELETED and still listed. */
    assert_string_equal(leg->counter, "5");
    assert_true(leg->since_ms.known && leg->since_ms.v == WALL - 38000);
    assert_memory_equal(leg->detail, "IKE 38s CHILD ", 14);
    /* The other connection is only loaded. */
    assert_int_equal(s.facts.n_legs, 2);
    assert_string_equal(s.facts.legs[1].id, "tunnel2");
    assert_int_equal(s.facts.legs[1].state, TUNNEL_DOWN);
    assert_string_equal(s.facts.legs[1].detail, "no IKE SA");
    assert_false(s.facts.legs[1].since_ms.known || s.facts.legs[1].bytes_in.known);
}

static void a_tunnel_without_a_packet_is_up_too(void **state)
{
    (void)state;
    struct story s = {0};
    const struct tunnel_leg *leg = poll_once(&s, "up-idle");
    assert_int_equal(leg->state, TUNNEL_UP);
    assert_false(leg->silent_s.known);
    assert_true(leg->bytes_in.known && leg->bytes_in.v == 0);
}

static void a_rekey_is_no_outage(void **state)
{
    (void)state;
    static const char *const polls[] = {"child-rekeying", "child-rekeyed", "ike-rekeying",
                                        "ike-deleting",   "ike-rekeyed",   "up"};
    struct story s = {0};
    const struct tunnel_leg *leg = poll_once(&s, "up-idle");
    int64_t since_ms = leg->since_ms.v;
    for (size_t i = 0; i < sizeof polls / sizeof polls[0]; i++) {
        leg = poll_once(&s, polls[i]);
        assert_int_equal(leg->state, TUNNEL_UP);
        assert_true(leg->since_ms.known && leg->since_ms.v == since_ms);
    }
}

static void counters_follow_the_newer_child(void **state)
{
    (void)state;
    struct story s = {0};
    assert_string_equal(poll_once(&s, "up-idle")->counter, "1");
    assert_string_equal(poll_once(&s, "child-rekeyed")->counter, "2");
}

static void what_vanishes_is_down_at_the_second_poll(void **state)
{
    (void)state;
    struct story s = {0};
    (void)poll_once(&s, "up");
    assert_int_equal(poll_once(&s, "none")->state, TUNNEL_UP);
    const struct tunnel_leg *leg = poll_once(&s, "none");
    assert_int_equal(leg->state, TUNNEL_DOWN);
    assert_true(leg->since_ms.known && leg->since_ms.v == WALL + 1000);
    assert_false(leg->bytes_in.known || leg->ike_age_s.known);
    /* Up again: since the CHILD SA is, but not from before we last saw that it was not. */
    leg = poll_once(&s, "up");
    assert_int_equal(leg->state, TUNNEL_UP);
    assert_true(leg->since_ms.v == WALL + 2000);
}

static void what_was_never_up_is_down_at_once(void **state)
{
    (void)state;
    struct story s = {0};
    assert_int_equal(poll_once(&s, "none")->state, TUNNEL_DOWN);
}

static void charon_itself_says_connecting(void **state)
{
    (void)state;
    struct story s = {0};
    (void)poll_once(&s, "up");
    const struct tunnel_leg *leg = poll_once(&s, "connecting");
    assert_int_equal(leg->state, TUNNEL_CONNECTING);
    assert_string_equal(leg->detail, "connecting");
    assert_true(leg->since_ms.v == WALL + 1000);
}

/* An IKE SA with the given children, written by hand: no recording has these. */
static void put(struct gateway_poll *poll, const char *body, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)body;
    assert_true(gateway_hear_sa(poll, (struct vici_reader){.at = bytes, .end = bytes + len}));
}

#define KV(k_len, key, v_len, value) "\3" k_len key "\0" v_len value
#define UP                           KV("\5", "state", "\x0b", "ESTABLISHED")
#define CHILD(name, reqid, unique, in)                                                         \
    "\1\3" name "-" unique KV("\4", "name", "\1", name) KV("\5", "reqid", "\1", reqid)         \
        KV("\x8", "uniqueid", "\1", unique) KV("\5", "state", "\x9", "INSTALLED")              \
            KV("\x8", "bytes-in", "\1", in) KV("\x9", "bytes-out", "\1", "0")                  \
                KV("\6", "use-in", "\1", unique) "\2"
#define IKE(children)                                                                          \
    "\1\7tunnel1" UP "\1\x9"                                                                   \
    "child-sas" children "\2\2"

static const struct tunnel_leg *fold_by_hand(struct story *s, const char *body, size_t len)
{
    static char name[] = "tunnel1";
    static char *wanted[] = {name, NULL};
    struct gateway_poll poll = {.wanted = wanted};
    put(&poll, body, len);
    s->wall_ms = s->wall_ms ? s->wall_ms + 1000 : WALL;
    gateway_fold(&poll, &s->memory, s->wall_ms, &s->facts);
    return &s->facts.legs[0];
}

static void ike_without_a_child_is_down_at_the_third_poll(void **state)
{
    (void)state;
    static const char bare[] = IKE("");
    struct story s = {0};
    (void)poll_once(&s, "up");
    assert_int_equal(fold_by_hand(&s, bare, sizeof bare - 1)->state, TUNNEL_UP);
    assert_int_equal(fold_by_hand(&s, bare, sizeof bare - 1)->state, TUNNEL_UP);
    const struct tunnel_leg *leg = fold_by_hand(&s, bare, sizeof bare - 1);
    assert_int_equal(leg->state, TUNNEL_DOWN);
    assert_string_equal(leg->detail, "IKE up, no CHILD SA");
    /* Seen so from the start it is about to come up, for as long. */
    struct story other = {0};
    assert_int_equal(fold_by_hand(&other, bare, sizeof bare - 1)->state, TUNNEL_CONNECTING);
    assert_int_equal(fold_by_hand(&other, bare, sizeof bare - 1)->state, TUNNEL_CONNECTING);
    assert_int_equal(fold_by_hand(&other, bare, sizeof bare - 1)->state, TUNNEL_DOWN);
}

static void children_are_summed(void **state)
{
    (void)state;
    /* a is renewed (1 and 3 have one reqid), b and another b are two. */
    static const char body[] = IKE(CHILD("a", "1", "3", "2") CHILD("a", "1", "1", "9")
                                       CHILD("b", "2", "4", "3") CHILD("b", "5", "6", "1"));
    struct story s = {0};
    const struct tunnel_leg *leg = fold_by_hand(&s, body, sizeof body - 1);
    assert_int_equal(leg->state, TUNNEL_UP);
    assert_true(leg->bytes_in.known && leg->bytes_in.v == 6);
    assert_string_equal(leg->counter, "3+4+6");
    assert_true(leg->silent_s.known && leg->silent_s.v == 3);
    assert_string_equal(leg->detail, "IKE ? 3 CHILD ?");
}

static void the_log_says_why(void **state)
{
    (void)state;
    struct story s = {0};
    struct gateway_poll poll = {0};
    (void)poll_once(&s, "none");
    hear(&s, &poll, "log-refused");
    assert_string_equal(poll_once(&s, "none")->detail,
                        "no IKE SA: received AUTHENTICATION_FAILED notify error");
    assert_string_equal(poll_once(&s, "connecting")->detail,
                        "connecting: received AUTHENTICATION_FAILED notify error");
    hear(&s, &poll, "log-mismatch");
    const char *detail = poll_once(&s, "none")->detail;
    assert_string_equal(detail, "no IKE SA: tried 2 shared keys for '198.51.100.11' - "
                                "'203.0.113.20', but MAC mismatched");
    /* Forgotten once it is up. */
    (void)poll_once(&s, "up");
    (void)poll_once(&s, "none");
    assert_string_equal(poll_once(&s, "none")->detail, "no IKE SA");
}

static void a_flap_between_two_polls_moves_since(void **state)
{
    (void)state;
    static const unsigned char up[] = "\3\2up\0\3yes\1\7tunnel1\2", down[] = "\1\7tunnel1\2";
    struct story s = {0};
    int64_t since_ms = poll_once(&s, "up-idle")->since_ms.v;
    assert_true(gateway_hear_updown(&s.memory,
                                    (struct vici_reader){.at = up, .end = up + sizeof up - 1}));
    assert_true(poll_once(&s, "up-idle")->since_ms.v == since_ms);
    assert_true(gateway_hear_updown(
        &s.memory, (struct vici_reader){.at = down, .end = down + sizeof down - 1}));
    const struct tunnel_leg *leg = poll_once(&s, "up-idle");
    assert_int_equal(leg->state, TUNNEL_UP);
    assert_true(leg->since_ms.v == s.wall_ms - leg->child_age_s.v * 1000);
    assert_true(leg->since_ms.v > since_ms);
}

static void only_what_is_wanted_counts(void **state)
{
    (void)state;
    static char name[] = "tunnel1";
    static char *wanted[] = {name, NULL};
    struct story s = {.wanted = wanted};
    assert_int_equal(poll_once(&s, "up")->state, TUNNEL_UP);
    assert_int_equal(s.facts.n_legs, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_established_tunnel_is_up),
        cmocka_unit_test(a_tunnel_without_a_packet_is_up_too),
        cmocka_unit_test(a_rekey_is_no_outage),
        cmocka_unit_test(counters_follow_the_newer_child),
        cmocka_unit_test(what_vanishes_is_down_at_the_second_poll),
        cmocka_unit_test(what_was_never_up_is_down_at_once),
        cmocka_unit_test(charon_itself_says_connecting),
        cmocka_unit_test(ike_without_a_child_is_down_at_the_third_poll),
        cmocka_unit_test(children_are_summed),
        cmocka_unit_test(the_log_says_why),
        cmocka_unit_test(a_flap_between_two_polls_moves_since),
        cmocka_unit_test(only_what_is_wanted_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
