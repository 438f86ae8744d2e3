#include "backend/tunnel/ec2_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aws_fixture.h"

#define HEAD       "<DescribeVpnConnectionsResponse><vpnConnectionSet><item>"
#define TAIL       "</item></vpnConnectionSet></DescribeVpnConnectionsResponse>"
#define ID         "<vpnConnectionId>vpn-1</vpnConnectionId>"
#define UP_DOWN    "ec2-DescribeVpnConnections-up-down.xml"
#define UP_DOWN_ID "vpn-db66b6b89dbca09d1"

static struct ec2_reader *reader;

static int teardown(void **state)
{
    (void)state;
    ec2_reader_destroy(reader);
    reader = NULL;
    return 0;
}

/* Reads a text in pieces of that size. */
static bool read_pieces(const char *vpn, const char *text, size_t len, size_t piece,
                        struct error *err)
{
    ec2_reader_destroy(reader);
    reader = ec2_reader_create(vpn);
    assert_non_null(reader);
    for (size_t at = 0; at < len; at += piece) {
        size_t n = len - at < piece ? len - at : piece;
        if (!ec2_reader_feed(reader, text + at, n, false, err)) {
            return false;
        }
    }
    return ec2_reader_feed(reader, "", 0, true, err);
}

static const struct ec2_connection *read_text(const char *vpn, const char *text)
{
    struct error err = {0};
    if (!read_pieces(vpn, text, strlen(text), 7, &err)) {
        fail_msg("%s", err.text);
    }
    return ec2_reader_connection(reader);
}

static const struct ec2_connection *read_file(const char *vpn, const char *name, size_t piece)
{
    struct error err = {0};
    size_t len;
    char *text = aws_fixture(name, &len);
    bool ok = read_pieces(vpn, text, len, piece, &err);
    free(text);
    if (!ok) {
        fail_msg("%s: %s", name, err.text);
    }
    return ec2_reader_connection(reader);
}

static void one_tunnel_up_and_one_down(void **state)
{
    (void)state;
    const size_t pieces[] = {1, 13, 65536};
    for (size_t i = 0; i < 3; i++) {
        const struct ec2_connection *c = read_file(UP_DOWN_ID, UP_DOWN, pieces[i]);
        assert_true(c->found);
        assert_string_equal(c->state, "available"); /* not the route's */
        assert_int_equal(c->n_legs, 2);
        assert_string_equal(c->legs[0].id, "198.51.100.11");
        assert_int_equal(c->legs[0].state, TUNNEL_UP);
        assert_string_equal(c->legs[0].detail, "");
        assert_int_equal(c->legs[0].since_ms.v, INT64_C(1795388000000));
        assert_string_equal(c->legs[1].id, "198.51.100.12");
        assert_int_equal(c->legs[1].state, TUNNEL_DOWN);
        assert_string_equal(c->legs[1].detail, "IPSEC IS DOWN");
        assert_int_equal(c->legs[1].since_ms.v, INT64_C(1795380000000));
    }
}

static void all_down_without_options(void **state)
{
    (void)state;
    const struct ec2_connection *c =
        read_file("vpn-e373e209aaa2e3c38", "ec2-DescribeVpnConnections-both-down.xml", 4096);
    assert_true(c->found);
    assert_int_equal(c->n_legs, 2);
    assert_int_equal(c->legs[0].state, TUNNEL_DOWN);
    assert_int_equal(c->legs[1].state, TUNNEL_DOWN);
}

static void no_telemetry_is_no_opinion(void **state)
{
    (void)state;
    const struct ec2_connection *c =
        read_file("vpn-432321369f8f449f3", "ec2-DescribeVpnConnections-moto-plain.xml", 4096);
    assert_true(c->found);
    assert_int_equal(c->n_legs, 0);
    c = read_text("vpn-1", HEAD ID "<options><tunnelOptionSet><item><outsideIpAddress>192.0.2.1"
                                   "</outsideIpAddress></item></tunnelOptionSet></options>"
                                   "<vgwTelemetry/>" TAIL);
    assert_int_equal(c->n_legs, 1);
    assert_int_equal(c->legs[0].state, TUNNEL_UNKNOWN);
    assert_string_equal(c->legs[0].detail, "no telemetry of this tunnel");
}

static void the_connection_asked_for_or_none(void **state)
{
    (void)state;
    assert_false(read_file("vpn-1", "ec2-DescribeVpnConnections-empty.xml", 4096)->found);
    assert_false(read_file("vpn-1", UP_DOWN, 4096)->found);
    const struct ec2_connection *c = read_text(
        "vpn-1", "<DescribeVpnConnectionsResponse><vpnConnectionSet>"
                 "<item><state>deleted</state><vpnConnectionId>vpn-0</vpnConnectionId></item>"
                 "<item><vgwTelemetry><item><outsideIpAddress>192.0.2.1</outsideIpAddress>"
                 "<status>UP</status></item></vgwTelemetry><state>pending</state>" ID
                 "</item><item><state>deleting</state>"
                 "<vpnConnectionId>vpn-2</vpnConnectionId></item>"
                 "</vpnConnectionSet></DescribeVpnConnectionsResponse>");
    assert_true(c->found);
    assert_string_equal(c->state, "pending");
    assert_int_equal(c->n_legs, 1);
    assert_int_equal(c->legs[0].state, TUNNEL_UP);
}

/* The telemetry's order is not that of the options, and joins by address. */
static void legs_are_joined_by_address(void **state)
{
    (void)state;
    const struct ec2_connection *c = read_text(
        "vpn-1", HEAD ID
        "<vgwTelemetry><item><status>DOWN</status><outsideIpAddress>192.0.2.2</"
        "outsideIpAddress>"
        "</item><item><outsideIpAddress>192.0.2.1</outsideIpAddress><status>UP</status>"
        "<statusMessage>3 BGP ROUTES</statusMessage></item></vgwTelemetry>"
        "<options><tunnelOptionSet><item><outsideIpAddress>192.0.2.1</outsideIpAddress></item>"
        "<item><outsideIpAddress>192.0.2.2</outsideIpAddress></item>"
        "<item><outsideIpAddress>192.0.2.3</outsideIpAddress></item></tunnelOptionSet></"
        "options>" TAIL);
    assert_int_equal(c->n_legs, 3);
    assert_string_equal(c->legs[0].id, "192.0.2.2");
    assert_int_equal(c->legs[0].state, TUNNEL_DOWN);
    assert_string_equal(c->legs[1].detail, "3 BGP ROUTES");
    assert_int_equal(c->legs[1].state, TUNNEL_UP);
    assert_int_equal(c->legs[2].state, TUNNEL_UNKNOWN);
}

static void what_a_status_means(void **state)
{
    (void)state;
    const struct ec2_connection *c = read_text(
        "vpn-1", HEAD ID
        "<vgwTelemetry><item><outsideIpAddress>a</outsideIpAddress><status>DOWN</status>"
        "<statusMessage>IPSEC IS UP</statusMessage><lastStatusChange>yesterday"
        "</lastStatusChange></item>"
        "<item><outsideIpAddress>b</outsideIpAddress><status>REPAIRING</status></item>"
        "<item><outsideIpAddress>c</outsideIpAddress></item>"
        "<item><status>UP</status></item></vgwTelemetry>" TAIL);
    assert_int_equal(c->n_legs, 3); /* one of no address is nobody's */
    assert_int_equal(c->legs[0].state, TUNNEL_DOWN);
    assert_string_equal(c->legs[0].detail, "IPSEC IS UP, BGP is down");
    assert_false(c->legs[0].since_ms.known);
    assert_int_equal(c->legs[1].state, TUNNEL_UNKNOWN);
    assert_int_equal(c->legs[2].state, TUNNEL_UNKNOWN);
    assert_string_equal(c->legs[2].detail, "status neither UP nor DOWN");
}

static void more_tunnels_than_room(void **state)
{
    (void)state;
    char text[4096] = HEAD ID "<vgwTelemetry>";
    for (int i = 0; i < TUNNEL_LEGS_MAX + 3; i++) {
        size_t at = strlen(text);
        (void)snprintf(text + at, sizeof text - at,
                       "<item><outsideIpAddress>192.0.2.%d</outsideIpAddress>"
                       "<status>UP</status></item>",
                       i);
    }
    size_t at = strlen(text);
    (void)snprintf(text + at, sizeof text - at, "</vgwTelemetry>" TAIL);
    assert_int_equal(read_text("vpn-1", text)->n_legs, TUNNEL_LEGS_MAX);
}

static void both_forms_of_an_error(void **state)
{
    (void)state;
    assert_false(read_file("vpn-1", "ec2-error-InvalidVpnConnectionID.xml", 5)->found);
    assert_string_equal(ec2_reader_error(reader)->code, "InvalidVpnConnectionID.NotFound");
    assert_string_equal(ec2_reader_error(reader)->message,
                        "The vpnConnection ID 'vpn-deadbeef' does not exist");
    (void)read_text("vpn-1", "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>"
                             "<Message>Rate exceeded</Message></Error></ErrorResponse>");
    assert_string_equal(ec2_reader_error(reader)->code, "Throttling");
    assert_string_equal(ec2_reader_error(reader)->message, "Rate exceeded");
}

static void texts_cannot_move_a_terminal(void **state)
{
    (void)state;
    const struct ec2_connection *c =
        read_text("vpn-1", HEAD ID "<state>a\xc2\x9b"
                                   "b</state><vgwTelemetry><item><outsideIpAddress>1\n2"
                                   "</outsideIpAddress><status>DOWN</status><statusMessage>"
                                   "x\xe2\x80\xaey</statusMessage></item></vgwTelemetry>" TAIL);
    assert_string_equal(c->state, "a\xc2\xb7"
                                  "b");
    assert_string_equal(c->legs[0].id, "1\xc2\xb7"
                                       "2");
    assert_string_equal(c->legs[0].detail, "x\xc2\xb7"
                                           "y");
}

static void what_is_no_answer(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "<html><p>503</html>", "{\"a\":1}",
                                        HEAD ID "<vgwTelemetry>", HEAD ID TAIL "<x/>"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct error err = {0};
        assert_false(read_pieces("vpn-1", texts[i], strlen(texts[i]), 9, &err));
        assert_true(err.text[0]);
        assert_false(i < 3 && ec2_reader_connection(reader)->found);
    }
}

static void feed(const char *text, bool last)
{
    struct error err = {0};
    if (!ec2_reader_feed(reader, text, strlen(text), last, &err)) {
        fail_msg("%s", err.text);
    }
}

/* A text that is wanted may not be so long: these are dropped unseen. */
static void keys_are_not_wanted(void **state)
{
    (void)state;
    char piece[1024];
    memset(piece, 'k', sizeof piece - 1);
    piece[sizeof piece - 1] = '\0';
    reader = ec2_reader_create("vpn-1");
    feed(HEAD ID "<customerGatewayConfiguration>", false);
    for (int i = 0; i < 1024; i++) {
        feed(piece, false);
    }
    feed("</customerGatewayConfiguration><options><tunnelOptionSet><item><preSharedKey>",
         false);
    for (int i = 0; i < 64; i++) {
        feed(piece, false);
    }
    feed("</preSharedKey></item></tunnelOptionSet></options><state>available</state>" TAIL,
         true);
    assert_string_equal(ec2_reader_connection(reader)->state, "available");
}

static void the_question(void **state)
{
    (void)state;
    char *body = ec2_ask_connection("vpn-0a1B");
    assert_string_equal(body, "Action=DescribeVpnConnections&Version=2016-11-15"
                              "&VpnConnectionId.1=vpn-0a1B");
    free(body);
    body = ec2_ask_connection("a&b=\xc3\xa4 c");
    assert_non_null(strstr(body, "Id.1=a%26b%3D%C3%A4%20c"));
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(one_tunnel_up_and_one_down, teardown),
        cmocka_unit_test_teardown(all_down_without_options, teardown),
        cmocka_unit_test_teardown(no_telemetry_is_no_opinion, teardown),
        cmocka_unit_test_teardown(the_connection_asked_for_or_none, teardown),
        cmocka_unit_test_teardown(legs_are_joined_by_address, teardown),
        cmocka_unit_test_teardown(what_a_status_means, teardown),
        cmocka_unit_test_teardown(more_tunnels_than_room, teardown),
        cmocka_unit_test_teardown(both_forms_of_an_error, teardown),
        cmocka_unit_test_teardown(texts_cannot_move_a_terminal, teardown),
        cmocka_unit_test_teardown(what_is_no_answer, teardown),
        cmocka_unit_test_teardown(keys_are_not_wanted, teardown),
        cmocka_unit_test(the_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
