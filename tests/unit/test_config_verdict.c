/* The configuration of the verdict, the record and the notifications. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config_tool.h"

/* A good configuration, and places in it for a test to add something. */
#define PAIR(root, primary, primary_db)                                                        \
    "{\"group\": \"g\",\n"                                                                     \
    "\"primary\": {\"mysql\": {\"host\": \"10.0.0.1\", \"user\": \"u\"\n" primary_db           \
    "}\n" primary "},\n"                                                                       \
    "\"dr\": {\"mysql\": {\"host\": \"10.0.0.2\", \"user\": \"u\"}}\n" root "}"
#define MINIMAL       PAIR("", "", "")
#define ROOT(text)    PAIR("," text, "", "")         /* line 6, column 2 */
#define PRIMARY(text) PAIR("", "," text, "")         /* line 4, column 2 */
#define NOTIFY(text)  ROOT("\"notify\": {" text "}") /* text begins in column 13 */
#define MAIL(text)                                                                             \
    NOTIFY("\n\"mail\": {\"host\": \"m.example\", \"from\": \"d@example\",\n" text "}")

static void the_smallest_file_has_every_default(void **state)
{
    (void)state;
    struct config *cfg = parse(MINIMAL);
    assert_int_equal(cfg->primary.db.route, ROUTE_VPN);
    assert_int_equal(cfg->primary.app.route, ROUTE_PUBLIC);
    assert_false(cfg->primary.control_plane.present);
    assert_null(cfg->primary.control_plane.name);
    assert_int_equal(cfg->objectives.pipeline_ms, 13 * 60000);
    assert_int_equal(cfg->objectives.validation_ms, 2 * 60000);
    assert_int_equal(cfg->verdict.strikes, 3);
    assert_int_equal(cfg->verdict.hold_ms, 2000);
    assert_int_equal(cfg->alerts.clear_for_ms, 2000);
    assert_int_equal(cfg->alerts.flap_count, 4);
    assert_int_equal(cfg->alerts.flap_window_ms, 5 * 60000);
    assert_int_equal(cfg->n_maintenance, 0);
    assert_true(cfg->record.enabled);
    assert_null(cfg->record.directory);
    assert_null(cfg->record.metrics);
    assert_null(cfg->record.metrics_file);
    assert_int_equal(cfg->notify.severity, NOTIFY_CRITICAL);
    assert_int_equal(cfg->notify.group_for_ms, 3000);
    assert_int_equal(cfg->notify.per_hour, 20);
    assert_false(cfg->notify.mail.present);
    assert_int_equal(cfg->notify.n_webhooks, 0);
    assert_int_equal(cfg->notify.n_execs, 0);
    config_destroy(cfg);
}

static void routes_clocks_and_the_record_reach_their_fields(void **state)
{
    (void)state;
    struct config *cfg = parse(PAIR(
        ",\"objectives\": {\"pipeline\": \"5m\", \"validation\": \"0s\"},"
        "\"verdict\": {\"strikes\": 1, \"hold\": \"0ms\"},"
        "\"alerts\": {\"clear_for\": \"7s\", \"flap_count\": 9, \"flap_window\": \"1m\"},"
        "\"maintenance\": [{\"at\": \"daily 02:00\", \"reason\": \"backup\"},"
        " {\"at\": \"2028-02-29 23:59\", \"for\": \"2h\", \"reason\": \"move\"}],"
        "\"record\": {\"enabled\": false, \"directory\": \"state\", \"metrics\": "
        "\"[::1]:9180\","
        " \"metrics_file\": \"/m.prom\"}",
        ",\"app\": {\"url\": \"http://a/\", \"route\": \"direct\"},"
        "\"control_plane\": {\"target\": \"ec2:443\", \"period\": \"9s\", \"timeout\": \"1s\"}",
        ",\"route\": \"public\""));
    assert_int_equal(cfg->primary.db.route, ROUTE_PUBLIC);
    assert_int_equal(cfg->primary.app.route, ROUTE_DIRECT);
    const struct config_control_plane *plane = &cfg->primary.control_plane;
    assert_true(plane->present);
    assert_string_equal(plane->name, "ec2:443");
    assert_string_equal(plane->target, "ec2:443");
    assert_int_equal(plane->period_ms, 9000);
    assert_int_equal(plane->timeout_ms, 1000);
    assert_int_equal(cfg->objectives.pipeline_ms, 300000);
    assert_int_equal(cfg->objectives.validation_ms, 0);
    assert_int_equal(cfg->verdict.strikes, 1);
    assert_int_equal(cfg->verdict.hold_ms, 0);
    assert_int_equal(cfg->alerts.clear_for_ms, 7000);
    assert_int_equal(cfg->alerts.flap_count, 9);
    assert_int_equal(cfg->alerts.flap_window_ms, 60000);
    assert_int_equal(cfg->n_maintenance, 2);
    assert_string_equal(cfg->maintenance[0].at, "daily 02:00");
    assert_int_equal(cfg->maintenance[0].for_ms, 3600000);
    assert_string_equal(cfg->maintenance[0].reason, "backup");
    assert_int_equal(cfg->maintenance[1].for_ms, 7200000);
    assert_false(cfg->record.enabled);
    assert_string_equal(cfg->record.directory, "/etc/drtop/state");
    assert_string_equal(cfg->record.metrics, "[::1]:9180");
    assert_string_equal(cfg->record.metrics_file, "/m.prom");
    config_destroy(cfg);
}

static void mail_reaches_its_fields(void **state)
{
    (void)state;
    struct config *cfg = parse(
        MAIL("\"port\": 465, \"tls\": \"tls\", \"ca\": \"ca.pem\", \"verify_tls\": false,"
             " \"user\": \"u\", \"password\": {\"credential\": \"smtp\"}, \"timeout\": \"5s\","
             " \"recipients\": [{\"address\": \"a.b+c@x.example\"},"
             " {\"role\": \"head of IT\", \"address\": \"h@localhost\", \"after\": \"15m\"}]"));
    const struct config_mail *mail = &cfg->notify.mail;
    assert_true(mail->present);
    assert_string_equal(mail->host, "m.example");
    assert_int_equal(mail->port, 465);
    assert_int_equal(mail->tls, SMTP_TLS_IMPLICIT);
    assert_string_equal(mail->ca, "/etc/drtop/ca.pem");
    assert_false(mail->verify_tls);
    assert_string_equal(mail->user, "u");
    assert_int_equal(mail->password.kind, SECRET_CREDENTIAL);
    assert_string_equal(mail->from, "d@example");
    assert_int_equal(mail->timeout_ms, 5000);
    assert_int_equal(mail->n_recipients, 2);
    assert_string_equal(mail->recipients[0].role, "a.b+c@x.example");
    assert_int_equal(mail->recipients[0].after_ms, 0);
    assert_string_equal(mail->recipients[1].role, "head of IT");
    assert_string_equal(mail->recipients[1].address, "h@localhost");
    assert_int_equal(mail->recipients[1].after_ms, 900000);
    config_destroy(cfg);
    cfg = parse(MAIL("\"recipients\": []"));
    assert_int_equal(cfg->notify.mail.port, 587);
    assert_int_equal(cfg->notify.mail.tls, SMTP_TLS_STARTTLS);
    assert_true(cfg->notify.mail.verify_tls);
    assert_int_equal(cfg->notify.mail.timeout_ms, 20000);
    config_destroy(cfg);
}

static void webhooks_and_programs_reach_their_fields(void **state)
{
    (void)state;
    struct config *cfg = parse(NOTIFY(
        "\"severity\": \"warning\", \"group_for\": \"0s\", \"per_hour\": 3,"
        "\"webhooks\": [{\"url\": {\"file\": \"hook.url\"}},"
        " {\"name\": \"w\", \"type\": \"discord\", \"url\": \"http://u\", \"key\": \"k\","
        "  \"ca\": \"c\", \"timeout\": \"1s\"}, {\"type\": \"slack\", \"url\": {\"env\": "
        "\"U\"}}],"
        "\"execs\": [{\"command\": [\"./page\", \"-v\"]},"
        " {\"name\": \"e\", \"command\": [\"logger\"], \"timeout\": \"2s\"}]"));
    const struct config_notify *n = &cfg->notify;
    assert_int_equal(n->severity, NOTIFY_WARNING);
    assert_int_equal(n->group_for_ms, 0);
    assert_int_equal(n->per_hour, 3);
    assert_int_equal(n->n_webhooks, 3);
    assert_string_equal(n->webhooks[0].name, "generic");
    assert_int_equal(n->webhooks[0].kind, WEBHOOK_GENERIC);
    assert_string_equal(n->webhooks[0].url.name, "/etc/drtop/hook.url");
    assert_int_equal(n->webhooks[0].key.kind, SECRET_NONE);
    assert_int_equal(n->webhooks[0].timeout_ms, 20000);
    assert_string_equal(n->webhooks[1].name, "w");
    assert_int_equal(n->webhooks[1].kind, WEBHOOK_DISCORD);
    assert_int_equal(n->webhooks[1].url.kind, SECRET_LITERAL);
    assert_string_equal(n->webhooks[1].key.name, "k");
    assert_string_equal(n->webhooks[1].ca, "/etc/drtop/c");
    assert_int_equal(n->webhooks[1].timeout_ms, 1000);
    assert_string_equal(n->webhooks[2].name, "slack");
    assert_int_equal(n->n_execs, 2);
    assert_string_equal(n->execs[0].name, "exec");
    assert_string_equal(n->execs[0].command[0], "/etc/drtop/page");
    assert_string_equal(n->execs[0].command[1], "-v");
    assert_null(n->execs[0].command[2]);
    assert_string_equal(n->execs[1].command[0], "logger");
    assert_int_equal(n->execs[1].timeout_ms, 2000);
    config_destroy(cfg);
}

#define METRICS(address) ROOT("\"record\": {\"metrics\": \"" address "\"}")
#define TO(address)      MAIL("\"recipients\": [{\"address\": \"" address "\"}]")
#define AT(time)         ROOT("\"maintenance\": [{\"at\": \"" time "\", \"reason\": \"r\"}]")

static const struct bad_config bad[] = {
    {METRICS("0.0.0.0:9180"), "t:6:24: \"0.0.0.0:9180\" is not on this machine, expected 127"},
    {METRICS("10.0.0.1:9180"), "t:6:24: \"10.0.0.1:9180\" is not on this machine"},
    {METRICS("127.0.0.1.example.com:80"), "t:6:24: \"127.0.0.1.example.com:80\" is not on"},
    {METRICS("127.0.0.1"), "t:6:24: \"127.0.0.1\" is not on this machine"},
    {METRICS(":9180"), "t:6:24: \":9180\" is not on this machine"},
    {METRICS("::1:9180"), "t:6:24: \"::1:9180\" is not on this machine"},
    {METRICS("[::2]:9180"), "t:6:24: \"[::2]:9180\" is not on this machine"},
    {METRICS("localhost:0"), "t:6:24: \"localhost:0\" is not on this machine"},
    {METRICS("localhost:65536"), "t:6:24: \"localhost:65536\" is not on this machine"},
    {TO("a"), "t:8:28: \"a\" is no mail address, expected \"name@example.com\" alone"},
    {TO("@b"), "t:8:28: \"@b\" is no mail address"},
    {TO("a@"), "t:8:28: \"a@\" is no mail address"},
    {TO("a@b@c"), "t:8:28: \"a@b@c\" is no mail address"},
    {TO("A B <a@b>"), "t:8:28: \"A B <a@b>\" is no mail address"},
    {TO("a@b,c@d"), "t:8:28: \"a@b,c@d\" is no mail address"},
    {TO("a\\r\\nRCPT TO:x@b"), "t:8:28: holds control or invisible characters"},
    {TO("-oX@b"), "t:8:28: \"-oX@b\" is no mail address"},
    {TO("a@-b"), "t:8:28: \"a@-b\" is no mail address"},
    {AT("02:00"), "t:6:25: \"02:00\" is no time, expected \"daily 02:00\", \"sun 02:00\" or"},
    {AT("Sun 02:00"), "t:6:25: \"Sun 02:00\" is no time"},
    {AT("daily 24:00"), "t:6:25: \"daily 24:00\" is no time"},
    {ROOT("\"maintenance\": [{\"at\": \"daily 02:00\"}]"),
     "t:6:18: no \"reason\" in this object"},
    {ROOT("\"maintenance\": [{\"at\": \"daily 02:00\", \"reason\": \"r\", \"for\": \"1s\"}]"),
     "t:6:62: \"for\" is \"1s\", expected 1m to 168h"},
    {PRIMARY("\"app\": {\"url\": \"http://h\", \"route\": \"internet\"}"),
     "t:4:38: \"route\" is \"internet\", expected \"public\", \"vpn\" or \"direct\""},
    {PRIMARY("\"control_plane\": {\"target\": \"ec2\"}"), "t:4:30: \"ec2\" is no target"},
    {PRIMARY("\"control_plane\": {}"), "t:4:19: no \"target\" in \"control_plane\""},
    {ROOT("\"dr\": {}"), "t:6:2: duplicate key \"dr\""},
    {NOTIFY("\"mail\": {}"), "t:6:21: no \"host\" in \"mail\", expected one"},
    {NOTIFY("\"webhooks\": [{}]"), "t:6:26: no \"url\" in this object, expected one"},
    {NOTIFY("\"webhooks\": [{\"url\": 7}]"), "t:6:34: no secret, expected a place such as"},
    {NOTIFY("\"webhooks\": [{\"url\": \"\"}]"),
     "t:6:34: a secret of 0 bytes, expected 1 to 1023"},
    {NOTIFY("\"webhooks\": [{\"url\": {\"env\": \"A\"}},\n{\"url\": {\"env\": \"B\"}}]"),
     "t:7:1: the name \"generic\" is taken, expected another \"name\" for each of "
     "\"webhooks\""},
    {NOTIFY("\"execs\": [{\"command\": [\"a\"], \"name\": \"x\"},\n"
            "{\"name\": \"x\", \"command\": [\"a\"]}]"),
     "t:7:10: the name \"x\" is taken, expected another \"name\" for each of \"execs\""},
    {NOTIFY("\"execs\": [{\"command\": []}]"), "t:6:35: 0 words, expected a program"},
    {NOTIFY("\"execs\": [{\"command\": \"logger\"}]"),
     "t:6:35: \"command\" is a string, expected an array"},
    {NOTIFY("\"execs\": [{\"command\": [\"a\", \"\"]}]"), "t:6:41: 0 bytes long"},
};

static void bad_input_is_told_with_its_place(void **state)
{
    (void)state;
    assert_refused(bad, ARRAY_LEN(bad));
}

static void only_this_machine_sees_the_metrics(void **state)
{
    (void)state;
    static const char *const good[] = {METRICS("127.0.0.1:1"), METRICS("127.9.9.9:65535"),
                                       METRICS("[::1]:80"), METRICS("localhost:80")};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        config_destroy(parse(good[i]));
    }
}

static void no_message_calls_a_webhook_a_password(void **state)
{
    (void)state;
    const char *text = NOTIFY("\"webhooks\": [{\"url\": \"https://hush\"}]");
    struct error err = {0};
    assert_null(config_parse("t", text, strlen(text), 0644, &err));
    assert_non_null(strstr(err.text, "a secret in a file that others may read (mode 0644)"));
    assert_null(strstr(err.text, "hush"));
    assert_null(strstr(err.text, "password"));
}

static void what_is_dumped_loads_again(void **state)
{
    (void)state;
    static const char *const texts[] = {
        MINIMAL,
        PRIMARY("\"control_plane\": {\"target\": \"a:1\"}"),
        ROOT("\"maintenance\": [{\"at\": \"sun 02:00\", \"reason\": \"r\"}],"
             "\"record\": {\"metrics\": \"127.0.0.1:1\", \"directory\": \"x\"}"),
        MAIL("\"recipients\": [{\"address\": \"a@b\"}]"),
        NOTIFY("\"webhooks\": [{\"url\": {\"command\": [\"/p\", \"a b\"]}}],"
               "\"execs\": [{\"command\": [\"x/y\", \"z\"]}]"),
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_dump_loads_again(texts[i]);
    }
}

static void a_dump_keeps_every_secret(void **state)
{
    (void)state;
    struct config *cfg =
        parse(NOTIFY("\"mail\": {\"host\": \"m\", \"from\": \"d@e\", \"password\": \"hush1\"},"
                     "\"webhooks\": [{\"url\": \"https://hush2\", \"key\": \"hush3\"}]"));
    char *text = dump(cfg);
    assert_null(strstr(text, "hush"));
    assert_non_null(strstr(text, "\"password\": \"***\""));
    assert_non_null(strstr(text, "\"url\": \"***\""));
    assert_non_null(strstr(text, "\"key\": \"***\""));
    assert_null(strstr(text, "control_plane"));
    free(text);
    config_destroy(cfg);
    cfg = parse(MINIMAL);
    text = dump(cfg);
    assert_null(strstr(text, "\"mail\""));
    free(text);
    config_destroy(cfg);
}

#define APP(more) ",\"app\": {\"url\": \"http://a/\"" more "}"
#define PROBE(host, port)                                                                      \
    "{\"type\": \"probe\", \"name\": \"" host port "\", \"host\": \"" host                     \
    "\", \"port\": " port "}"

static void a_configuration_that_confuses_tunnel_and_region_is_remarked(void **state)
{
    (void)state;
    const char *vpn = "everything about the primary travels the VPN";
    const char *one = "everything about the primary travels one route";
    assert_remark(MINIMAL, "primary.app: none, so everything about the primary travels the VPN",
                  true);
    assert_remark(MINIMAL, "add primary.app with its public URL or a direct route", true);
    assert_remark(PAIR("", APP(""), ""), vpn, false);
    assert_remark(PAIR("", APP(",\"route\": \"direct\""), ""), vpn, false);
    assert_remark(PAIR("", APP(",\"route\": \"vpn\""), ""), vpn, true);
    assert_remark(PAIR("", APP(",\"route\": \"vpn\""), ""), "primary.app.route: vpn, as", true);
    assert_remark(PAIR("", APP(",\"route\": \"vpn\""), ",\"route\": \"direct\""), vpn, false);
    assert_remark(PAIR("", APP(""), ",\"route\": \"public\""), one, true);
    assert_remark(PAIR("", "", ",\"route\": \"direct\""), one, true);
    assert_remark(PAIR("", APP(""), ",\"route\": \"direct\""), one, false);

    assert_remark(MINIMAL, "tunnels: no probe", true);
    assert_remark(ROOT("\"tunnels\": [" PROBE("10.0.0.9", "22") "]"), "tunnels: ", false);
    assert_remark(MINIMAL, "anchors: none", true);
    assert_remark(ROOT("\"anchors\": [{\"target\": \"a:1\"}]"), "anchors: ", false);
    assert_remark(MINIMAL, "primary.control_plane: none", true);
    assert_remark(PRIMARY("\"control_plane\": {\"target\": \"a:1\"}"), "control_plane", false);
}

static void a_probe_of_the_primary_itself_is_remarked(void **state)
{
    (void)state;
    const char *same = "asks the primary's database itself";
    assert_remark(ROOT("\"tunnels\": [" PROBE("10.0.0.1", "3306") "]"), same, true);
    assert_remark(ROOT("\"tunnels\": [" PROBE("10.0.0.1", "22") "]"), same, false);
    assert_remark(ROOT("\"tunnels\": [" PROBE("10.0.0.2", "3306") "]"), same, false);
    assert_remark(
        ROOT("\"tunnels\": [" PROBE("10.0.0.1", "3306") "," PROBE("10.0.0.9", "22") "]"), same,
        false);
    assert_remark(
        PAIR(",\"tunnels\": [" PROBE("10.0.0.1", "3306") "]", "", ",\"route\": \"direct\""),
        same, false);
}

static void notifications_that_reach_nobody_are_remarked(void **state)
{
    (void)state;
    const char *exec = "\"notify\": {\"execs\": [{\"command\": [\"a\"]}]}";
    char text[2048];
    assert_remark(MINIMAL, "notify: no mail, webhook or exec, so nobody is told", true);
    assert_remark(ROOT("\"notify\": {\"execs\": [{\"command\": [\"a\"]}]}"), "notify", false);
    (void)snprintf(text, sizeof text, PAIR(",\"record\": {\"enabled\": false}, %s", "", ""),
                   exec);
    assert_remark(text, "record.enabled: false, and only a recorder notifies", true);
    assert_remark(MAIL(""), "notify.mail.recipients: none", true);
    assert_remark(TO("a@b"), "notify.mail.recipients: none", false);
    assert_remark(MAIL("\"tls\": \"none\""), "notify.mail.tls: none, so the mail crosses",
                  true);
    assert_remark(MAIL("\"verify_tls\": false"), "notify.mail.verify_tls: false", true);
    assert_remark(MAIL("\"user\": \"u\""), "\"user\" without a \"password\"", true);
    assert_remark(MAIL("\"password\": {\"env\": \"P\"}"), "\"password\" without a \"user\"",
                  true);
    assert_remark(MAIL("\"user\": \"u\", \"password\": {\"env\": \"P\"}"),
                  "so drtop sends without", false);
    assert_remark(MAIL("\"user\": \"u\", \"password\": \"x\""), "notify.mail.password: stands",
                  true);
    assert_remark(
        NOTIFY("\"webhooks\": [{\"url\": \"http://x\", \"key\": \"y\", \"type\": \"slack\"}]"),
        "notify.webhooks: slack.url: stands", true);
    assert_remark(
        NOTIFY("\"webhooks\": [{\"url\": \"http://x\", \"key\": \"y\", \"type\": \"slack\"}]"),
        "notify.webhooks: slack.key: only a generic webhook is signed", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_file_has_every_default),
        cmocka_unit_test(routes_clocks_and_the_record_reach_their_fields),
        cmocka_unit_test(mail_reaches_its_fields),
        cmocka_unit_test(webhooks_and_programs_reach_their_fields),
        cmocka_unit_test(bad_input_is_told_with_its_place),
        cmocka_unit_test(only_this_machine_sees_the_metrics),
        cmocka_unit_test(no_message_calls_a_webhook_a_password),
        cmocka_unit_test(what_is_dumped_loads_again),
        cmocka_unit_test(a_dump_keeps_every_secret),
        cmocka_unit_test(a_configuration_that_confuses_tunnel_and_region_is_remarked),
        cmocka_unit_test(a_probe_of_the_primary_itself_is_remarked),
        cmocka_unit_test(notifications_that_reach_nobody_are_remarked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
