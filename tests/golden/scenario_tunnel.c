#include "tests/golden/scenario_tunnel.h"

#include <stdlib.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/snapshot.h"

enum { AWS, AZURE, PROBE, GATEWAY, FIREWALL, SECOND };

static const char views_text[] =
    ",\n  \"tunnels\": [\n"
    "    { \"type\": \"aws\", \"vpn_connection\": \"vpn-0a1b2c3d4e5f67890\","
    " \"tunnels\": [\"34.1.2.3\", \"34.1.2.4\"], \"expected_up\": 1 },\n"
    "    { \"type\": \"azure\", \"subscription\": \"00000000-0000-0000-0000-000000000001\","
    " \"resource_group\": \"dr\", \"connection\": \"conn-to-aws\" },\n"
    "    { \"type\": \"probe\", \"host\": \"10.0.2.50\", \"port\": 3306 },\n"
    "    { \"type\": \"strongswan\", \"name\": \"gw\" } ]";

static const char doubts_text[] =
    ",\n  \"tunnels\": [\n"
    "    { \"type\": \"aws\", \"vpn_connection\": \"vpn-0a1b2c3d4e5f67890\" },\n"
    "    { \"type\": \"azure\", \"subscription\": \"00000000-0000-0000-0000-000000000001\","
    " \"resource_group\": \"dr\", \"connection\": \"conn-to-aws\" },\n"
    "    { \"type\": \"probe\", \"host\": \"10.0.2.50\", \"port\": 3306 },\n"
    "    { \"type\": \"strongswan\", \"name\": \"gw\" },\n"
    "    { \"type\": \"exec\", \"name\": \"firewall\", \"command\": [\"/usr/local/bin/fw\"] "
    "},\n"
    "    { \"type\": \"probe\", \"name\": \"web\", \"host\": \"web-01.corp.example.com\","
    " \"port\": 443, \"greeting\": false } ]";

const char *scenario_tunnel_config(enum story story)
{
    switch (story) {
    case STORY_VIEWS:
    case STORY_BLACK_HOLED:
    case STORY_TUNNEL1:
        return views_text;
    case STORY_OPINIONS:
        return doubts_text;
    default:
        return NULL;
    }
}

static void publish(const struct tunnel_moment *at, size_t view, struct tunnel_facts *f)
{
    board_publish(at->board, SLOT_TUNNEL + view,
                  reading_fresh(f, free, clock_mono_ms(at->clk), clock_wall_ms(at->clk)));
}

static void publish_failed(const struct tunnel_moment *at, size_t view, const char *why)
{
    board_publish(
        at->board, SLOT_TUNNEL + view,
        reading_failed(NULL, NULL, clock_mono_ms(at->clk), clock_wall_ms(at->clk), "%s", why));
}

static struct tunnel_facts *facts(const char *endpoint)
{
    struct tunnel_facts *f = mem_alloc(1, sizeof *f);
    (void)text_copy(f->endpoint, sizeof f->endpoint, endpoint);
    return f;
}

static struct tunnel_leg *add_leg(struct tunnel_facts *f, const char *id,
                                  enum tunnel_state state, const char *detail)
{
    struct tunnel_leg *leg = &f->legs[f->n_legs++];
    leg->state = state;
    (void)text_copy(leg->id, sizeof leg->id, id);
    (void)text_copy(leg->detail, sizeof leg->detail, detail);
    return leg;
}

static struct opt_i64 ago_s(const struct tunnel_moment *at, int64_t s)
{
    return opt_i64(clock_wall_ms(at->clk) - s * 1000);
}

static int64_t past_s(const struct tunnel_moment *at)
{
    return at->ms >= at->broken_ms ? (at->ms - at->broken_ms) / 1000 : -1;
}

static void play_aws(const struct tunnel_moment *at)
{
    /* The console is late: 20 s pass until it speaks of the other tunnel. */
    bool moved = at->story == STORY_TUNNEL1 && past_s(at) >= 20;
    if (at->story == STORY_OPINIONS) {
        publish_failed(at, AWS,
                       "UnauthorizedOperation: You are not authorized to perform this "
                       "operation. User: arn:aws:sts::123456789012:assumed-role/drtop");
        return;
    }
    struct tunnel_facts *f = facts("vpn-0a1b2c3d4e5f67890");
    struct tunnel_leg *one = add_leg(f, "34.1.2.3", moved ? TUNNEL_DOWN : TUNNEL_UP,
                                     moved ? "IPSEC IS DOWN" : "IPSEC IS UP");
    struct tunnel_leg *two = add_leg(f, "34.1.2.4", moved ? TUNNEL_UP : TUNNEL_DOWN,
                                     moved ? "IPSEC IS UP" : "IPSEC IS DOWN");
    one->since_ms = ago_s(at, moved ? past_s(at) : 266400);
    two->since_ms = ago_s(at, moved ? past_s(at) - 3 : 7344000);
    tunnel_facts_sum(f, 1, NULL, at->began_ms);
    publish(at, AWS, f);
}

static void play_azure(const struct tunnel_moment *at)
{
    bool lost = at->story == STORY_OPINIONS;
    bool trying = at->story == STORY_TUNNEL1 && past_s(at) >= 0;
    struct tunnel_facts *f = facts("conn-to-aws");
    struct tunnel_leg *leg = add_leg(f, "conn-to-aws",
                                     lost     ? TUNNEL_DOWN
                                     : trying ? TUNNEL_CONNECTING
                                              : TUNNEL_UP,
                                     lost     ? "NotConnected"
                                     : trying ? "Connecting"
                                              : "Connected");
    leg->since_ms = lost || trying ? (struct opt_i64){0} : ago_s(at, 266395);
    tunnel_facts_sum(f, 1, NULL, at->began_ms);
    publish(at, AZURE, f);
}

static void play_probe(const struct tunnel_moment *at)
{
    int64_t s = past_s(at);
    bool down = s >= 0 && (at->story == STORY_BLACK_HOLED ||
                           (at->story == STORY_TUNNEL1 && s >= 0 && s < 4));
    bool lossy = at->story == STORY_TUNNEL1 && s >= 4;
    bool one_lost = at->ms == at->began_ms + 452000;
    struct tunnel_facts *f = facts("10.0.2.50:3306");
    f->data_plane = true;
    f->state = down ? TUNNEL_DOWN : lossy ? TUNNEL_DEGRADED : TUNNEL_UP;
    f->since_ms = down ? at->broken_ms : lossy ? at->broken_ms + 4000 : at->began_ms;
    f->strikes = down ? 1 + (int)s : one_lost || (lossy && s % 7 == 0) ? 1 : 0;
    f->window = 60;
    f->loss = opt_f64(down ? 0.66 : lossy ? 0.12 : 0);
    f->large_passes = TRI_YES;
    if (down) {
        (void)text_copy(f->detail, sizeof f->detail, "connect timed out after 2.0 s");
    } else if (f->strikes == 0) {
        f->rtt_ms = opt_f64(lossy ? 24.7 : 11.8 + (double)(at->ms / 1000 % 17) / 10);
        f->greeting_ms = opt_f64(24.3);
    }
    publish(at, PROBE, f);
}

static void play_gateway(const struct tunnel_moment *at)
{
    int64_t s = past_s(at), run_s = (at->ms - at->began_ms) / 1000;
    bool cut = at->story == STORY_BLACK_HOLED && s >= 0;
    bool moved = at->story == STORY_TUNNEL1 && s >= 4;
    if (at->story == STORY_OPINIONS && s >= -1 && run_s > 560) {
        return; /* charon does not answer */
    }
    struct tunnel_facts *f = facts("/run/charon.vici");
    enum tunnel_state state = moved                                  ? TUNNEL_DOWN
                              : at->story == STORY_TUNNEL1 && s >= 0 ? TUNNEL_CONNECTING
                                                                     : TUNNEL_UP;
    struct tunnel_leg *leg =
        add_leg(f, "tunnel1", state, moved ? "no IKE SA" : "IKE 2h CHILD 14m");
    if (moved) {
        leg = add_leg(f, "tunnel2", TUNNEL_UP, "IKE 2h CHILD 14m");
    }
    leg->since_ms = ago_s(at, moved ? s - 4 : 7860);
    leg->ike_age_s = opt_i64(moved ? s - 4 : 7260 + run_s);
    leg->child_age_s = opt_i64(moved ? s - 4 : 240 + run_s);
    leg->rekey_s = opt_i64(3600 - leg->child_age_s.v);
    leg->bytes_out = opt_i64(run_s * 4096);
    leg->bytes_in = opt_i64((cut ? run_s - s : run_s) * 27648);
    tunnel_facts_sum(f, 1, NULL, at->began_ms);
    publish(at, GATEWAY, f);
}

/* An outside command whose words come from anywhere. */
static void play_firewall(const struct tunnel_moment *at)
{
    struct tunnel_facts *f = facts("fw");
    int64_t run_s = (at->ms - at->began_ms) / 1000;
    char id[64], detail[120];
    (void)text_clean_str(
        id, sizeof id, "\xe6\x97\xa5\xe6\x9c\xac \x1b[31mtunnel of a very long name, and more");
    (void)text_clean_str(detail, sizeof detail,
                         "%s%n \x1b]0;x\x07 keine Antwort der Gegenstelle seit \xe2\x80\xae "
                         "gestern, bitte den Anbieter fragen und abwarten");
    struct tunnel_leg *leg = add_leg(f, id, TUNNEL_UP, detail);
    leg->bytes_out = opt_i64(run_s * 1500);
    leg->bytes_in = opt_i64(0);
    tunnel_facts_sum(f, 1, NULL, at->began_ms);
    publish(at, FIREWALL, f);
}

/* Through it only small packets pass. */
static void play_second(const struct tunnel_moment *at)
{
    struct tunnel_facts *f = facts("web-01.corp.example.com:443");
    f->data_plane = true;
    f->state = TUNNEL_DEGRADED;
    f->since_ms = at->began_ms;
    f->window = 60;
    f->loss = opt_f64(0);
    f->rtt_ms = opt_f64(12.9);
    f->large_passes = TRI_NO;
    (void)text_copy(f->detail, sizeof f->detail, "large packets stall, small ones pass: MTU");
    publish(at, SECOND, f);
}

void scenario_tunnel_play(const struct tunnel_moment *at)
{
    int64_t run_ms = at->ms - at->began_ms;
    if (run_ms % 20000 == 0) {
        play_aws(at);
    }
    if ((run_ms + 11000) % 30000 == 0) {
        play_azure(at);
    }
    play_probe(at);
    play_gateway(at);
    if (at->story == STORY_OPINIONS) {
        play_second(at);
    }
    if (at->story == STORY_OPINIONS && run_ms % 5000 == 0) {
        play_firewall(at);
    }
}
