/* Which words of a text are names, and what stands in their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/config_alias.h"
#include "backend/net/alias_json.h"

static struct alias_table *table(void)
{
    struct alias_table *t = alias_create();
    alias_add(t, ALIAS_SOURCE, "kraken-db.zulu.example.net");
    alias_add(t, ALIAS_DR, "narwhal");
    alias_add(t, ALIAS_USER, "watchman");
    alias_add(t, ALIAS_JOB, "ops/move the herd");
    alias_add(t, ALIAS_ADDRESS, "10.20.30.40");
    alias_keep(t, "gitea-prod");
    alias_keep(t, "aws us-east-1");
    return t;
}

static void says(struct alias_table *t, const char *text, const char *expected)
{
    char out[1024];
    (void)alias_text(t, out, sizeof out, text);
    if (strcmp(out, expected) != 0) {
        fail_msg("\"%s\"\n  gives    \"%s\"\n  and not  \"%s\"", text, out, expected);
    }
}

/* Each with a table of its own: numbers begin anew. */
static void test_names_have_aliases(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"kraken-db.zulu.example.net", "src-1"},
        {"KRAKEN-DB.Zulu.example.net:3306", "src-1:3306"},
        {"cannot reach narwhal: refused", "cannot reach dr-1: refused"},
        {"narwhal-relay-bin.000003", "dr-1-relay-bin.000003"},
        {"narwhal,watchman;narwhal", "dr-1,user-1;dr-1"},
        {"job ops/move the herd is queued", "job job-1 is queued"},
        {"10.20.30.40:3306", "ip-1:3306"},
        {"10.20.30.41:3306", "ip-2:3306"},
        {"(10.0.0.7)", "(ip-2)"},
        {"from 10.0.0.7, 10.0.0.8 and 10.0.0.7", "from ip-2, ip-3 and ip-2"},
        {"2001:db8::7 answers", "ip-2 answers"},
        {"[2001:db8::7]:3306", "[ip-2]:3306"},
        {"fe80::1%eth0 answers", "ip-2 answers"},
        {"3e11fa47-71ca-11e1-9e33-c80aa9429562:1-77,", "uuid-1:1-77,"},
        {"vpn-0a1b2c3d4e5f67890 tunnel", "vpn-1 tunnel"},
        {"i-0a1b2c3d4e5f67890", "id-1"},
        {"ip-10-0-2-50", "host-1"},
        {"arn:aws:ec2:us-east-1:123456789012:vpn/x is", "id-1 is"},
        {"/subscriptions/3e11fa47/resourceGroups/rg1 not found", "path-1 not found"},
        {"/etc/drtop/drtop.json:3:5: no", "path-1:3:5: no"},
        {"https://ci.example.org/job/a%20b/412/, done", "url-1, done"},
        {"mail to mg@example.org.", "mail to mail-1."},
        {"Access denied for user 'mon'@'10.0.0.1' (using",
         "Access denied for user 'user-2' (using"},
        {"TO 'mon'@'%' ok", "TO 'user-2' ok"},
        {"ssh mg@box: no", "ssh user-2: no"},
        {"db7.other.example.org does not resolve", "host-1 does not resolve"},
        {"Unknown MySQL server host 'box7' (-2)", "Unknown MySQL server host 'host-1' (-2)"},
        {"drtop record, pid 4711, user mg, host noc1",
         "drtop record, pid 4711, user user-2, host host-1"},
        {"cannot reach box7:3306 from", "cannot reach host-1:3306 from"},
        {"mg on pts/3 from 10.0.0.7, then mg", "user-2 on pts/3 from ip-2, then user-2"},
        {"Running on box7 in /var/jenkins", "Running on host-1 in path-1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct alias_table *t = table();
        says(t, cases[i][0], cases[i][1]);
        alias_destroy(t);
    }
}

static void test_what_is_left_of_a_name(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"at krak", "at src-1"},
        {"at kraken-db.zu", "at src-1"},
        {"at kraken-db.zulu.exa\xe2\x80\xa6", "at src-1\xe2\x80\xa6"},
        {"kraken-db... and on", "src-1... and on"},
        {"kraken-d  UP", "src-1  UP"},
        {"kraken- is UP", "src-1 is UP"},
        {"ops/move the h", "job-1"},
        {"10.20.30", "ip-1"},
        {"at kra", "at kra"}, /* too little to tell */
        {"10.2", "10.2"},     /* a number */
        {"value 10.20", "value 10.20"},
        {"3e11fa47-71ca-1", "uuid-1"},
        {"first krak\nand on", "first src-1\nand on"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct alias_table *t = table();
        says(t, cases[i][0], cases[i][1]);
        alias_destroy(t);
    }
}

static void test_the_rest_stays(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "mysql-bin.000124 48 113 920",
        "8.0.36-28.1  10.11.6-MariaDB-1:10.11.6+maria",
        "0.21 s  p99 0.6 s  RPO 1.0 s  3d02h  11.8 ms  4.0 KiB/s",
        "2026-11-22T14:02:07Z 14:02:07Z 14:02:07",
        "gitea-prod   aws us-east-1 \xe2\x86\x92 azure eastus",
        "PRIMARY DOWN: app, database, tunnel fail, 2 routes",
        "DR-20261122-141129 drtop-20261122-140812-5f3a9c",
        "performance_schema.log_status percona_x.heartbeat drtop.json",
        "azure-bin.000003:91842 step 7: 200 app:200 14:02 a:1:2",
        "e.g. this, i.e. that. And so on.",
        "pts/3 tx/s 3/4 a/b/c",
        "src-1 dr-1 user-1 host-x ip-1:3306",
        "drtop: asking the servers...",
        "\xe2\x94\x80\xe2\x95\xae \xc2\xb7 \xe4\xb8\xad\xe6\x96\x87",
    };
    struct alias_table *t = table();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        says(t, texts[i], texts[i]);
        says(NULL, texts[i], texts[i]);
    }
    alias_destroy(t);
}

static void test_words_of_ours_are_no_names(void **state)
{
    (void)state;
    struct alias_table *t = alias_create();
    alias_add(t, ALIAS_HOST, "primary");
    alias_add(t, ALIAS_USER, "drtop");
    alias_add(t, ALIAS_USER, "4711");
    alias_add(t, ALIAS_USER, "");
    alias_add(t, ALIAS_USER, NULL);
    alias_add(t, ALIAS_HOST, "primary-7");
    says(t, "drtop: primary 4711 primary-7", "drtop: primary 4711 host-1");
    says(t, "the primary", "the primary"); /* what is left of primary-7 tells nothing */
    alias_keep(t, "primary-7 10.0.0.1");
    says(t, "primary-7 10.0.0.1", "host-1 ip-1");
    alias_destroy(t);
}

static void test_never_more_than_the_room(void **state)
{
    (void)state;
    struct alias_table *t = table();
    const char text[] = "\xc3\xa4 narwhal \xc3\xa4 kraken-db.zulu.example.net x";
    char out[64], whole[64];
    (void)alias_text(t, whole, sizeof whole, text);
    for (size_t size = 1; size < sizeof out; size++) {
        memset(out, '#', sizeof out);
        size_t n = alias_text(t, out, size, text);
        assert_true(n < size);
        assert_int_equal(out[n], '\0');
        assert_int_equal(strlen(out), n);
        assert_int_equal(size < sizeof out ? out[size] : '#', '#');
        assert_memory_equal(out, whole, n);
        assert_true(n == 0 || out[n - 1] != (char)0xc3); /* no half character */
    }
    assert_int_equal(alias_text(t, out, 0, text), 0);
    alias_destroy(t);
}

/* A stream of ever new names must not fill the memory. */
static void test_a_full_table_hides_all_the_same(void **state)
{
    (void)state;
    struct alias_table *t = alias_create();
    char text[64], out[64];
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(text, sizeof text, "10.1.%d.%d", i / 200, i % 200 + 1);
        (void)alias_text(t, out, sizeof out, text);
        assert_memory_equal(out, "ip-", 3);
    }
    assert_string_equal(out, "ip-x");
    says(t, "10.1.0.1", "ip-1");
    alias_destroy(t);
}

static const char config_text[] =
    "{\"group\": \"herd\","
    " \"primary\": {\"site\": \"aws us-east-1\","
    "  \"mysql\": {\"host\": \"kraken.example.net\", \"user\": \"watchman\","
    "             \"tls\": {\"mode\": \"verify_ca\", \"ca\": \"/etc/kraken/ca.pem\"}},"
    "  \"app\": {\"url\": \"https://git.kraken.example.net/\"}},"
    " \"dr\": {\"site\": \"azure eastus\","
    "  \"mysql\": {\"host\": \"10.9.8.7\", \"user\": \"keeper\"}},"
    " \"tunnels\": [{\"type\": \"probe\", \"name\": \"probe\", \"host\": "
    "\"kraken.example.net\","
    "               \"port\": 3306}],"
    " \"anchors\": [{\"name\": \"dns-a\", \"target\": \"192.0.2.53:53\"},"
    "               {\"name\": \"six\", \"target\": \"[2001:db8::53]:53\"}]}";

/* Two processes say the same, whatever they have seen first. */
static void test_a_configuration_has_the_same_aliases(void **state)
{
    (void)state;
    static const char text[] =
        "herd: kraken.example.net 10.9.8.7 watchman keeper git.kraken.example.net"
        " https://git.kraken.example.net/ 192.0.2.53:53 2001:db8::53 /etc/kraken/ca.pem probe";
    struct error err;
    struct config *cfg = config_parse("x", config_text, strlen(config_text), 0600, &err);
    if (!cfg) {
        fail_msg("%s", err.text);
    }
    for (int i = 0; i < 2; i++) {
        struct alias_table *t = alias_create();
        config_alias(cfg, t);
        if (i == 1) {
            says(t, "203.0.113.99", "ip-1");
        }
        says(t, text,
             "herd: src-1 dr-1 user-1 user-2 host-3 url-1 host-1:53 host-2 path-1 probe");
        alias_destroy(t);
    }
    config_destroy(cfg);
}

static void test_a_document(void **state)
{
    (void)state;
    struct alias_table *t = table();
    struct json_object *o =
        json_tokener_parse("{\"narwhal\": [\"narwhal\", {\"a\": \"mg acked\"}, 7, null],"
                           " \"who\": \"mg on pts/3 from 10.0.0.7\"}");
    alias_json(t, o);
    assert_string_equal(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
                                                              JSON_C_TO_STRING_NOSLASHESCAPE),
                        "{\"narwhal\":[\"dr-1\",{\"a\":\"user-2 acked\"},7,null],"
                        "\"who\":\"user-2 on pts/3 from ip-2\"}");
    (void)json_object_put(o);
    alias_json(NULL, NULL);
    alias_destroy(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_have_aliases),
        cmocka_unit_test(test_what_is_left_of_a_name),
        cmocka_unit_test(test_the_rest_stays),
        cmocka_unit_test(test_words_of_ours_are_no_names),
        cmocka_unit_test(test_never_more_than_the_room),
        cmocka_unit_test(test_a_full_table_hides_all_the_same),
        cmocka_unit_test(test_a_configuration_has_the_same_aliases),
        cmocka_unit_test(test_a_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
