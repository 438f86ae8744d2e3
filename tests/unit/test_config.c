/* What a configuration may hold, and what is refused where. Long by its tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/config_tool.h"

/* The smallest good configuration, and places in it for a test to add something. */
#define PAIR(root, primary, primary_db, dr, dr_db)                                             \
    "{\"group\": \"g\",\n"                                                                     \
    "\"primary\": {\"mysql\": {\"host\": \"10.0.0.1\", \"user\": \"u\"\n" primary_db           \
    "}\n" primary "},\n"                                                                       \
    "\"dr\": {\"mysql\": {\"host\": \"10.0.0.2\", \"user\": \"u\"\n" dr_db "}\n" dr "}\n" root \
    "}"
#define MINIMAL        PAIR("", "", "", "", "")
#define ROOT(text)     PAIR("," text, "", "", "", "") /* line 8, column 2 */
#define PRIMARY(text)  PAIR("", "," text, "", "", "") /* line 4, column 2 */
#define DATABASE(text) PAIR("", "", "," text, "", "") /* line 3, column 2 */

static void the_smallest_file_has_every_default(void **state)
{
    (void)state;
    struct config *cfg = parse(MINIMAL);
    assert_string_equal(cfg->path, "/etc/drtop/t.json");
    assert_string_equal(cfg->group, "g");
    assert_string_equal(cfg->primary.name, "primary");
    assert_string_equal(cfg->dr.name, "dr");
    const struct config_db *db = &cfg->dr.db;
    assert_string_equal(db->host, "10.0.0.2");
    assert_string_equal(db->user, "u");
    assert_int_equal(db->port, 3306);
    assert_int_equal(db->password.kind, SECRET_NONE);
    assert_int_equal(db->tls.mode, TLS_PREFERRED);
    assert_null(db->tls.ca);
    assert_null(db->channel);
    assert_null(db->heartbeat_table);
    assert_int_equal(db->timeout_ms, 2000);
    assert_false(cfg->primary.app.present);
    assert_false(cfg->dr.app.present);
    assert_int_equal(cfg->n_tunnels, 0);
    assert_int_equal(cfg->n_anchors, 0);
    assert_int_equal(cfg->poll.positions_ms, 250);
    assert_int_equal(cfg->poll.status_ms, 1000);
    assert_int_equal(cfg->poll.backoff_max_ms, 2000);
    assert_int_equal(cfg->objectives.rpo_ms, 1000);
    assert_int_equal(cfg->objectives.rto_ms, 1200000);
    assert_int_equal(cfg->alerts.lag_for_ms, 3000);
    assert_int_equal(cfg->alerts.stale_for_ms, 5000);
    assert_int_equal(cfg->alerts.fail_for_ms, 3000);
    assert_string_equal(cfg->screen.theme, "default");
    assert_int_equal(cfg->screen.refresh_ms, 1000);
    assert_int_equal(cfg->screen.charset, CHARSET_AUTO);
    assert_int_equal(cfg->screen.graph, PLOT_AUTO);
    assert_int_equal(cfg->screen.wall.rotate_ms, 15000);
    assert_int_equal(cfg->screen.wall.shift_ms, 180000);
    assert_string_equal(cfg->screen.wall.night_theme, "night");
    assert_string_equal(cfg->screen.wall.night_from, "20:00");
    assert_string_equal(cfg->screen.wall.night_to, "07:00");
    config_destroy(cfg);
}

static void assert_db(const struct config *cfg)
{
    const struct config_db *db = &cfg->primary.db;
    assert_int_equal(db->port, 65535);
    assert_int_equal(db->tls.mode, TLS_VERIFY_IDENTITY);
    assert_string_equal(db->tls.ca, "/etc/drtop/ca.pem");
    assert_string_equal(db->tls.cert, "/c");
    assert_string_equal(db->tls.key, "/etc/drtop/k");
    assert_string_equal(db->channel, "ch");
    assert_string_equal(db->heartbeat_table, "db.hb");
    assert_int_equal(db->timeout_ms, 60000);
}

static void assert_apps(const struct config *cfg)
{
    const struct config_app *app = &cfg->primary.app;
    assert_string_equal(cfg->primary.name, "aws");
    assert_true(app->present);
    assert_true(app->expected);
    assert_string_equal(app->url, "http://a/");
    assert_int_equal(app->expect_status_min, 204);
    assert_int_equal(app->expect_status_max, 204);
    assert_string_equal(app->host_header, "h");
    assert_string_equal(app->ca, "/etc/drtop/ca.pem");
    assert_false(app->verify_tls);
    assert_int_equal(app->strikes, 9);
    assert_int_equal(app->period_ms, 8000);
    assert_int_equal(app->timeout_ms, 6000);
    assert_true(cfg->dr.app.present);
    assert_false(cfg->dr.app.expected);
    assert_int_equal(cfg->dr.app.expect_status_min, 200);
    assert_int_equal(cfg->dr.app.expect_status_max, 204);
    assert_true(cfg->dr.app.verify_tls);
}

static void assert_probes(const struct config *cfg)
{
    assert_int_equal(cfg->n_tunnels, 2);
    assert_int_equal(cfg->tunnels[0].kind, TUNNEL_PROBE);
    assert_string_equal(cfg->tunnels[0].name, "t");
    assert_string_equal(cfg->tunnels[0].probe.host, "fe80::1");
    assert_int_equal(cfg->tunnels[0].probe.port, 1);
    assert_false(cfg->tunnels[0].probe.greeting);
    assert_int_equal(cfg->tunnels[0].probe.window, 5);
    assert_int_equal(cfg->tunnels[0].period_ms, 3000);
    assert_int_equal(cfg->tunnels[0].timeout_ms, 4000);
    assert_string_equal(cfg->tunnels[1].name, "probe");
    assert_int_equal(cfg->tunnels[1].probe.port, 3306);
    assert_true(cfg->tunnels[1].probe.greeting);
}

static void assert_the_rest(const struct config *cfg)
{
    assert_int_equal(cfg->n_anchors, 2);
    assert_string_equal(cfg->anchors[0].name, "[::1]:53");
    assert_int_equal(cfg->anchors[0].period_ms, 7000);
    assert_string_equal(cfg->anchors[1].name, "n");
    assert_int_equal(cfg->anchors[1].timeout_ms, 9000);
    assert_int_equal(cfg->poll.status_ms, 100);
    assert_int_equal(cfg->poll.backoff_max_ms, 9000);
    assert_int_equal(cfg->objectives.rto_ms, 3600000);
    assert_int_equal(cfg->alerts.lag_for_ms, 0);
    assert_int_equal(cfg->alerts.stale_for_ms, 60000);
    assert_int_equal(cfg->alerts.fail_for_ms, 120000);
    assert_string_equal(cfg->screen.theme, "mono");
    assert_int_equal(cfg->screen.charset, CHARSET_ASCII);
    assert_int_equal(cfg->screen.graph, PLOT_BLOCK);
    assert_int_equal(cfg->screen.wall.rotate_ms, 60000);
    assert_int_equal(cfg->screen.wall.shift_ms, 3600000);
    assert_string_equal(cfg->screen.wall.night_theme, "mono");
    assert_string_equal(cfg->screen.wall.night_from, "23:59");
    assert_string_equal(cfg->screen.wall.night_to, "00:00");
}

static void every_value_reaches_its_field(void **state)
{
    (void)state;
    struct config *cfg = parse(PAIR(
        ",\"tunnels\": [{\"type\": \"probe\", \"name\": \"t\", \"host\": \"fe80::1\", "
        "\"port\": 1,"
        " \"greeting\": false, \"window\": 5, \"period\": \"3s\", \"timeout\": \"4s\"},"
        " {\"type\": \"probe\", \"host\": \"h\"}],"
        " \"anchors\": [{\"target\": \"[::1]:53\", \"period\": \"7s\"},"
        " {\"name\": \"n\", \"target\": \"https://x.example/\", \"timeout\": \"9s\"}],"
        " \"poll\": {\"positions\": \"100ms\", \"status\": \"100ms\", \"backoff_max\": \"9s\"},"
        " \"objectives\": {\"rpo\": \"5s\", \"rto\": \"1h\"},"
        " \"alerts\": {\"lag_for\": \"0s\", \"stale_for\": \"1m\", \"fail_for\": \"2m\"},"
        " \"screen\": {\"theme\": \"mono\", \"refresh\": \"500ms\", \"charset\": \"ascii\", "
        "\"graph\": \"block\", \"wall\": {\"rotate\": \"1m\", \"shift\": \"1h\", "
        "\"night_theme\": \"mono\", \"night_from\": \"23:59\", \"night_to\": \"00:00\"}}",
        ",\"site\": \"aws\", \"app\": {\"url\": \"http://a/\", \"expect_status\": 204,"
        " \"host_header\": \"h\", \"ca\": \"ca.pem\", \"verify_tls\": false, \"strikes\": 9,"
        " \"period\": \"8s\", \"timeout\": \"6s\"}",
        ",\"port\": 65535, \"tls\": {\"mode\": \"verify_identity\", \"ca\": \"./ca.pem\","
        " \"cert\": \"/c\", \"key\": \"k\"}, \"channel\": \"ch\","
        " \"heartbeat_table\": \"db.hb\", \"timeout\": \"1m\"",
        ",\"app\": {\"url\": \"https://b/\", \"expect_status\": [200, 204]}", ""));
    assert_db(cfg);
    assert_apps(cfg);
    assert_probes(cfg);
    assert_the_rest(cfg);
    config_destroy(cfg);
}

static void passwords_come_from_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum secret_kind kind;
        const char *name;
    } table[] = {
        {DATABASE("\"password\": {\"file\": \"pw\"}"), SECRET_FILE, "/etc/drtop/pw"},
        {DATABASE("\"password\": {\"file\": \"~/pw\"}"), SECRET_FILE, "/root-of/me/pw"},
        {DATABASE("\"password\": {\"credential\": \"c\"}"), SECRET_CREDENTIAL, "c"},
        {DATABASE("\"password\": {\"env\": \"V\"}"), SECRET_ENV, "V"},
        {DATABASE("\"password\": {\"option_file\": \"my.cnf\"}"), SECRET_OPTION_FILE,
         "/etc/drtop/my.cnf"},
    };
    assert_int_equal(setenv("HOME", "/root-of/me", 1), 0);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct config *cfg = parse(table[i].text);
        assert_int_equal(cfg->primary.db.password.kind, table[i].kind);
        assert_string_equal(cfg->primary.db.password.name, table[i].name);
        config_destroy(cfg);
    }
    struct config *cfg = parse(DATABASE("\"password\": {\"command\": [\"./p\", \"x y\"]}"));
    assert_int_equal(cfg->primary.db.password.kind, SECRET_COMMAND);
    assert_string_equal(cfg->primary.db.password.argv[0], "/etc/drtop/p");
    assert_string_equal(cfg->primary.db.password.argv[1], "x y");
    assert_null(cfg->primary.db.password.argv[2]);
    config_destroy(cfg);

    cfg = parse_mode(DATABASE("\"password\": \"a\\tb\""), 0600);
    assert_int_equal(cfg->primary.db.password.kind, SECRET_LITERAL);
    assert_string_equal(cfg->primary.db.password.name, "a\tb");
    config_destroy(cfg);
}

static void a_literal_password_wants_a_private_file(void **state)
{
    (void)state;
    static const unsigned modes[] = {0644, 0640, 0601, 0610, 0602};
    const char *text = DATABASE("\"password\": \"hush\"");
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        struct error err = {0};
        assert_null(config_parse("c.json", text, strlen(text), modes[i], &err));
        char expected[128];
        (void)snprintf(expected, sizeof expected,
                       "c.json:3:14: a secret in a file that others may read (mode %04o), "
                       "expected `chmod 600 c.json`",
                       modes[i]);
        assert_memory_equal(err.text, expected, strlen(expected));
        assert_null(strstr(err.text, "hush"));
    }
    config_destroy(parse_mode(text, 0600));
    config_destroy(parse_mode(text, 0400));
}

static const struct bad_config bad[] = {
    {"", "t:1:1: the text ends here, expected a value"},
    {"[]", "t:1:1: the value is an array, expected an object"},
    {"{}", "t:1:1: no \"group\" in this object, expected one"},
    {"{\"group\": \"g\"}", "t:1:1: no \"primary\" in this object"},
    {"{\"group\": \"g\", \"primary\": {}}",
     "t:1:27: no \"mysql\" in \"primary\", expected one"},
    {"{\"group\": \"g\", \"primary\": {\"mysql\": {\"host\": \"h\"}}}",
     "t:1:37: no \"user\" in \"mysql\", expected one"},
    {"{\"group\": \"\"}", "t:1:11: 0 bytes long, expected 1 to 64"},
    {"{\"group\": \"a\\u001bb\"}", "t:1:11: holds control or invisible characters"},
    {"{\"group\": \"a\\u202eb\"}", "t:1:11: holds control or invisible characters"},
    {"{\"group\": 7}", "t:1:11: \"group\" is a number, expected a string"},
    {"{\"gruop\": \"g\"}", "t:1:2: unknown key \"gruop\", did you mean \"group\"?"},
    {"{\"$schema\": 1}", "t:1:13: \"$schema\" is a number, expected a string"},
    {MINIMAL " x", "t:8:3: unexpected x, expected nothing after the document"},
    {ROOT("\"group\": \"g\""), "t:8:2: duplicate key \"group\""},
    {ROOT("\"tunels\": []"), "t:8:2: unknown key \"tunels\", did you mean \"tunnels\"?"},
    {ROOT("\"tunnels\": {}"), "t:8:13: \"tunnels\" is an object, expected an array"},
    {ROOT("\"tunnels\": [7]"),
     "t:8:14: an element of \"tunnels\" is a number, expected an obj"},
    {ROOT("\"tunnels\": [{}]"), "t:8:14: no \"type\" in this object"},
    {ROOT("\"tunnels\": [{\"type\": \"prob\"}]"),
     "t:8:23: \"type\" is \"prob\", did you mean \"probe\"? Expected \"probe\""},
    {ROOT("\"tunnels\": [{},{},{},{},{},{},{},{},{}]"),
     "t:8:13: \"tunnels\" has 9 elements, expected at most 8"},
    {ROOT("\"tunnels\": [{\"type\": \"probe\", \"host\": \"a\"},\n"
          "{\"type\": \"probe\", \"host\": \"b\"}]"),
     "t:9:1: the name \"probe\" is taken, expected another \"name\" for each of \"tunnels\""},
    {ROOT("\"anchors\": [{\"target\": \"a:1\", \"name\": \"x\"},\n"
          "{\"name\": \"x\", \"target\": \"b:1\"}]"),
     "t:9:10: the name \"x\" is taken, expected another \"name\" for each of \"anchors\""},
    {ROOT("\"anchors\": [{\"target\": \"a\"}]"), "t:8:25: \"a\" is no target, expected"},
    {ROOT("\"anchors\": [{\"target\": \"a:0\"}]"), "t:8:25: \"a:0\" is no target"},
    {ROOT("\"anchors\": [{\"target\": \"a:65536\"}]"), "t:8:25: \"a:65536\" is no target"},
    {ROOT("\"anchors\": [{\"target\": \"::1:53\"}]"), "t:8:25: \"::1:53\" is no target"},
    {ROOT("\"anchors\": [{\"target\": \"[::1]\"}]"), "t:8:25: \"[::1]\" is no target"},
    {ROOT("\"anchors\": [{\"target\": \"ftp://a/\"}]"), "t:8:25: \"ftp://a/\" is no URL"},
    {ROOT("\"poll\": {\"positions\": 250}"),
     "t:8:24: \"positions\" is a number without a unit, expected a duration such as \"50ms\""},
    {ROOT("\"poll\": {\"positions\": \"49ms\"}"),
     "t:8:24: \"positions\" is \"49ms\", expected 50ms to 10s"},
    {ROOT("\"poll\": {\"positions\": \"2s\"}"),
     "t:8:10: \"status\" is shorter than \"positions\""},
    {ROOT("\"poll\": {\"positions\": \"2s\", \"status\": \"1s\"}"),
     "t:8:40: \"status\" is shorter than \"positions\""},
    {ROOT("\"objectives\": {\"rto\": \"8d\"}"),
     "t:8:24: \"rto\" is \"8d\", expected whole digits"},
    {ROOT("\"alerts\": {\"lag\": \"1s\"}"),
     "t:8:13: unknown key \"lag\", expected \"lag_for\", "
     "\"stale_for\", \"fail_for\""},
    {ROOT("\"screen\": {\"charset\": \"utf8\"}"),
     "t:8:24: \"charset\" is \"utf8\", did you mean \"utf-8\"? Expected \"auto\", \"utf-8\" or "
     "\"ascii\""},
    {ROOT("\"screen\": {\"charset\": true}"),
     "t:8:24: \"charset\" is true or false, expected \"auto\", \"utf-8\" or \"ascii\""},
    {ROOT("\"screen\": {\"wall\": {\"night_from\": \"24:00\"}}"),
     "t:8:36: \"24:00\" is no time of day, expected \"00:00\" to \"23:59\""},
    {ROOT("\"screen\": {\"wall\": {\"night_to\": \"8:00\"}}"),
     "t:8:34: \"8:00\" is no time of day"},
    {ROOT("\"screen\": null"), "t:8:12: \"screen\" is null, expected an object"},
    {PRIMARY("\"app\": {}"), "t:4:9: no \"url\" in \"app\""},
    {PRIMARY("\"app\": {\"url\": \"gitea.example.com\"}"),
     "t:4:17: \"gitea.example.com\" is no URL drtop can ask, expected http://host/..."},
    {PRIMARY("\"app\": {\"url\": \"https:///x\"}"), "t:4:17: \"https:///x\" is no URL"},
    {PRIMARY("\"app\": {\"url\": \"https://u:p@h/\"}"),
     "t:4:17: a URL with a user or password"},
    {PRIMARY("\"app\": {\"url\": \"http://h\", \"expect_status\": \"200\"}"),
     "t:4:46: \"expect_status\" is a string, expected a whole number from 100 to 599"},
    {PRIMARY("\"app\": {\"url\": \"http://h\", \"expect_status\": [200]}"),
     "t:4:46: 1 elements, expected a status such as 200 or a range such as [200, 399]"},
    {PRIMARY("\"app\": {\"url\": \"http://h\", \"expect_status\": [399, 200]}"),
     "t:4:46: the range ends before it begins"},
    {PRIMARY("\"app\": {\"url\": \"http://h\", \"expect_status\": [99, 200]}"),
     "t:4:47: an element of \"expect_status\" is 99, expected a whole number from 100 to 599"},
    {PRIMARY("\"app\": {\"url\": \"http://h\", \"strikes\": 0}"),
     "t:4:40: \"strikes\" is 0, expected a whole number from 1 to 100"},
    {PRIMARY("\"app\": {\"url\": \"http://h\", \"expected\": 1}"),
     "t:4:41: \"expected\" is a number, expected true or false"},
    {DATABASE("\"prot\": 1"), "t:3:2: unknown key \"prot\", did you mean \"port\"?"},
    {DATABASE("\"port\": 65536"),
     "t:3:10: \"port\" is 65536, expected a whole number from 1 to"},
    {DATABASE("\"port\": \"3306\""), "t:3:10: \"port\" is a string, expected a whole number"},
    {DATABASE("\"port\": 33.06"), "t:3:10: \"port\" is 33.06, expected a whole number"},
    {DATABASE("\"timeout\": \"61s\""), "t:3:13: \"timeout\" is \"61s\", expected 100ms to 1m"},
    {DATABASE("\"heartbeat_table\": \"hb\""), "t:3:21: \"hb\" is no table"},
    {DATABASE("\"heartbeat_table\": \"a.b; drop\""), "t:3:21: \"a.b; drop\" is no table"},
    {DATABASE("\"tls\": {\"mode\": \"require\"}"),
     "t:3:18: \"mode\" is \"require\", did you mean \"required\"?"},
    {DATABASE("\"tls\": {\"mode\": \"verify_ca\"}"), "t:3:18: a mode that verifies, expected"},
    {DATABASE("\"tls\": {\"cert\": \"c\"}"), "t:3:18: half of a client certificate"},
    {DATABASE("\"tls\": {\"key\": \"k\"}"), "t:3:17: half of a client certificate"},
    {DATABASE("\"password\": 12345"), "t:3:14: no secret, expected a place such as"},
    {DATABASE("\"password\": \"\""), "t:3:14: a secret of 0 bytes, expected 1 to 1023, or no "
                                     "\"password\" at all to do without"},
    {DATABASE("\"password\": {}"), "t:3:14: 0 places of a secret, expected exactly one"},
    {DATABASE("\"password\": {\"env\": \"A\", \"file\": \"b\"}"),
     "t:3:14: 2 places of a secret"},
    {DATABASE("\"password\": {\"fiel\": \"b\"}"), "t:3:15: unknown key \"fiel\", did you mean "
                                                  "\"file\"?"},
    {DATABASE("\"password\": {\"command\": \"pass\"}"),
     "t:3:26: \"command\" is a string, expected an array"},
    {DATABASE("\"password\": {\"command\": []}"), "t:3:26: 0 words, expected a program"},
    {DATABASE("\"password\": {\"command\": [\"a\", 1]}"),
     "t:3:32: an element of \"command\" is a number, expected a string"},
    {DATABASE("\"password\": {\"credential\": \"../x\"}"), "t:3:29: a path, expected the name"},
    {DATABASE("\"password\": {\"env\": \"A=b\"}"), "t:3:22: holds a =, expected the name"},
    {PAIR("", "", "", "", ",\"port\": 1, \"host\": \"x\""), "t:6:13: duplicate key \"host\""},
    {"{\"group\": \"g\", \"primary\": {\"mysql\": {\"host\": \"h\", \"user\": \"u\"}},\n"
     "\"dr\": {\"mysql\": {\"host\": \"H\", \"user\": \"u\"}}}",
     "t:2:26: the same server as primary.mysql, expected the replica"},
    {"{\"group\": \"g\", \"primary\": {\"mysql\": {\"user\": \"u\", \"host\": \"h:3306\"}}}",
     "t:1:59: a host with a port, expected a name or an address"},
    {"{\"group\": \"g\", \"primary\": {\"mysql\": {\"user\": \"u\", \"host\": \"http://h\"}}}",
     "t:1:59: a host with a port"},
    {"{\"group\": \"g\", \"primary\": {\"mysql\": {\"user\": \"u\", \"host\": \"h/x\"}}}",
     "t:1:59: \"h/x\" is no host"},
};

static void bad_input_is_told_with_its_place(void **state)
{
    (void)state;
    assert_refused(bad, ARRAY_LEN(bad));
}

static void a_comment_may_end_the_file(void **state)
{
    (void)state;
    config_destroy(parse(MINIMAL "// no newline"));
}

static void same_host_with_two_ports_is_a_pair(void **state)
{
    (void)state;
    config_destroy(
        parse("{\"group\": \"g\", \"primary\": {\"mysql\": {\"host\": \"h\", \"user\": "
              "\"u\"}}, \"dr\": {\"mysql\": {\"host\": \"h\", \"user\": \"u\", "
              "\"port\": 3307}}}"));
}

static void what_is_dumped_loads_again(void **state)
{
    (void)state;
    static const char *const texts[] = {
        MINIMAL,
        DATABASE("\"password\": {\"command\": [\"/p\", \"a\"]}, \"tls\": {\"ca\": \"x\"}"),
        PRIMARY("\"app\": {\"url\": \"http://h/\"}"),
        ROOT("\"tunnels\": [{\"type\": \"probe\", \"host\": \"h\"}],"
             "\"anchors\": [{\"target\": \"a:1\"}], \"poll\": {\"status\": \"1500ms\"}"),
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_dump_loads_again(texts[i]);
    }
}

static void a_dump_shows_places_but_no_password(void **state)
{
    (void)state;
    struct config *cfg =
        parse_mode(PAIR("", "", ",\"password\": \"hush\"", "",
                        ",\"password\": {\"option_file\": \"/my.cnf\"}, \"timeout\": \"60s\""),
                   0600);
    char *text = dump(cfg);
    assert_null(strstr(text, "hush"));
    assert_non_null(strstr(text, "\"password\": \"***\""));
    assert_non_null(strstr(text, "\"option_file\": \"/my.cnf\""));
    assert_non_null(strstr(text, "\"timeout\": \"1m\""));
    assert_null(strstr(text, "\"app\""));
    free(text);
    config_destroy(cfg);
}

static void relative_paths_start_from_the_files_folder(void **state)
{
    (void)state;
    static const struct {
        const char *name, *ca; /* ca NULL: the working directory's */
    } table[] = {{"/c.json", "/x.pem"}, {"/a/b/c.json", "/a/b/x.pem"}, {"c.json", NULL}};
    const char *text = DATABASE("\"tls\": {\"ca\": \"x.pem\"}");
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct config *cfg = config_parse(table[i].name, text, strlen(text), 0600, NULL);
        assert_non_null(cfg);
        char here[4096], expected[4200];
        assert_non_null(getcwd(here, sizeof here));
        (void)snprintf(expected, sizeof expected, "%s/x.pem", here);
        assert_string_equal(cfg->primary.db.tls.ca, table[i].ca ? table[i].ca : expected);
        config_destroy(cfg);
    }
}

static void remarks_tell_what_can_be_doubted(void **state)
{
    (void)state;
    static const struct {
        const char *text, *remark;
    } table[] = {
        {MINIMAL, "anchors: none"},
        {MINIMAL, "tunnels: no probe"},
        {MINIMAL, "dr.mysql.tls: preferred"},
        {MINIMAL, "primary.mysql: logs in without a password"},
        {DATABASE("\"tls\": {\"mode\": \"disabled\"}"), "primary.mysql.tls: disabled"},
        {DATABASE("\"tls\": {\"mode\": \"required\", \"ca\": \"x\"}"),
         "primary.mysql.tls: ca is"},
        {DATABASE("\"password\": \"x\""), "primary.mysql.password: stands"},
        {ROOT("\"anchors\": [{\"target\": \"10.0.0.1:80\"}]"),
         "anchors: 10.0.0.1:80 is on a site"},
        {ROOT("\"tunnels\": [{\"type\": \"probe\", \"host\": \"10.0.0.9\", "
              "\"greeting\": false}]"),
         "tunnels: probe connects to port 3306 and says nothing"},
        {ROOT("\"screen\": {\"refresh\": \"100ms\"}"), "screen.refresh: shorter"},
        {PRIMARY("\"app\": {\"url\": \"https://a\", \"verify_tls\": false}"), "app.verify_tls"},
        {PRIMARY("\"app\": {\"url\": \"http://a\", \"ca\": \"x\"}"), "app.ca: not used"},
        {PAIR("", "", "", ",\"app\": {\"url\": \"http://a\", \"expected\": true}", ""),
         "dr.app.expected: true"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        assert_remark(table[i].text, table[i].remark, true);
    }
    assert_remark(ROOT("\"anchors\": [{\"target\": \"10.0.0.11:80\"}]"),
                  "on a site of the pair", false);
}

static void the_example_loads_without_a_doubt(void **state)
{
    (void)state;
    struct error err = {0};
    struct config *cfg = config_load(SOURCE_DIR "/config/drtop.example.json", &err);
    if (!cfg) {
        fail_msg("%s", err.text);
    }
    char notes[REMARKS_MAX] = "";
    config_remarks(cfg, note_remark, notes);
    assert_string_equal(notes, "");
    config_destroy(cfg);
    config_destroy(NULL);
}

static void files_that_cannot_be_read_are_told(void **state)
{
    (void)state;
    struct error err = {0};
    assert_null(config_load("/nonexistent/drtop.json", &err));
    assert_string_equal(err.text,
                        "/nonexistent/drtop.json: No such file or directory, expected "
                        "a readable file");
    assert_null(config_load("/tmp", &err));
    assert_string_equal(err.text, "/tmp: is a directory, expected a regular file");

    char path[] = "/tmp/drtop-test-XXXXXX";
    const char *text = DATABASE("\"password\": \"hush\"");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, 0644), 0);
    assert_null(config_load(path, &err));
    assert_non_null(strstr(err.text, ":3:14: a secret in a file that others may read (mode "
                                     "0644), expected `chmod 600 /tmp/drtop-test-"));
    assert_int_equal(fchmod(fd, 0600), 0);
    struct config *cfg = config_load(path, &err);
    assert_non_null(cfg);
    config_destroy(cfg);
    (void)close(fd);
    (void)unlink(path);
}

static void the_file_is_sought_in_order(void **state)
{
    (void)state;
    char folder[] = "/tmp/drtop-test-XXXXXX", path[128], out[256];
    struct error err = {0};
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/drtop", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)unsetenv("DRTOP_CONFIG");
    assert_int_equal(setenv("XDG_CONFIG_HOME", folder, 1), 0);
    if (access("/etc/drtop/drtop.json", F_OK) != 0) {
        assert_false(config_find(NULL, out, sizeof out, &err));
        assert_non_null(strstr(err.text, folder));
        assert_non_null(strstr(err.text, "$DRTOP_CONFIG"));
        assert_non_null(strstr(err.text, "/etc/drtop/drtop.json"));
    }
    (void)snprintf(path, sizeof path, "%s/drtop/drtop.json", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
    assert_true(config_find(NULL, out, sizeof out, &err));
    assert_string_equal(out, path);
    assert_int_equal(setenv("DRTOP_CONFIG", "/from/env", 1), 0);
    assert_true(config_find(NULL, out, sizeof out, &err));
    assert_string_equal(out, "/from/env");
    assert_true(config_find("explicit", out, sizeof out, &err));
    assert_string_equal(out, "explicit");
    assert_false(config_find("explicit", out, 8, &err));
    assert_string_equal(out, "explicit");
    (void)unsetenv("DRTOP_CONFIG");
    (void)unsetenv("XDG_CONFIG_HOME");
    (void)unlink(path);
    *strrchr(path, '/') = '\0';
    (void)rmdir(path);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_file_has_every_default),
        cmocka_unit_test(every_value_reaches_its_field),
        cmocka_unit_test(passwords_come_from_a_place),
        cmocka_unit_test(a_literal_password_wants_a_private_file),
        cmocka_unit_test(bad_input_is_told_with_its_place),
        cmocka_unit_test(a_comment_may_end_the_file),
        cmocka_unit_test(same_host_with_two_ports_is_a_pair),
        cmocka_unit_test(what_is_dumped_loads_again),
        cmocka_unit_test(a_dump_shows_places_but_no_password),
        cmocka_unit_test(relative_paths_start_from_the_files_folder),
        cmocka_unit_test(remarks_tell_what_can_be_doubted),
        cmocka_unit_test(the_example_loads_without_a_doubt),
        cmocka_unit_test(files_that_cannot_be_read_are_told),
        cmocka_unit_test(the_file_is_sought_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
