/* The kinds of tunnel views in the configuration: keys, defaults, what is refused and where, what is
 * remarked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/tunnel/provider.h"
#include "tests/unit/config_tool.h"

/* The list begins at the start of line 4. */
#define TUNNELS(text)                                                                          \
    "{\"group\": \"g\",\n"                                                                     \
    "\"primary\": {\"mysql\": {\"host\": \"10.0.0.1\", \"user\": \"u\"}},\n"                   \
    "\"tunnels\": [\n" text "],\n"                                                             \
    "\"dr\": {\"mysql\": {\"host\": \"10.0.0.2\", \"user\": \"u\"}}}"
#define PROBE(more) "{\"type\": \"probe\", \"host\": \"h\"" more "}"
#define AWS(more)   "{\"type\": \"aws\", \"vpn_connection\": \"vpn-1\"" more "}"
#define AZURE(more)                                                                            \
    "{\"type\": \"azure\", \"subscription\": \"s\", \"resource_group\": \"r\","                \
    " \"connection\": \"c\"" more "}"
#define STRONGSWAN(more) "{\"type\": \"strongswan\"" more "}"
#define EXEC(more)       "{\"type\": \"exec\", \"command\": [\"./p\", \"-x\"]" more "}"

static void each_kind_has_its_defaults(void **state)
{
    (void)state;
    struct config *cfg =
        parse(TUNNELS(PROBE("") "," AWS("") "," AZURE("") "," STRONGSWAN("") "," EXEC("")));
    static const struct {
        enum config_tunnel_kind kind;
        const char *name;
        int64_t period_ms, timeout_ms;
    } table[] = {{TUNNEL_PROBE, "probe", 1000, 2000},
                 {TUNNEL_AWS, "aws", 20000, 10000},
                 {TUNNEL_AZURE, "azure", 30000, 10000},
                 {TUNNEL_STRONGSWAN, "strongswan", 1000, 2000},
                 {TUNNEL_EXEC, "exec", 5000, 10000}};
    assert_int_equal(cfg->n_tunnels, ARRAY_LEN(table));
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct config_tunnel *t = &cfg->tunnels[i];
        assert_int_equal(t->kind, table[i].kind);
        assert_string_equal(t->name, table[i].name);
        assert_int_equal(t->period_ms, table[i].period_ms);
        assert_int_equal(t->timeout_ms, table[i].timeout_ms);
        assert_int_equal(t->expected_up, 1);
        assert_null(t->tunnels);
    }
    assert_true(cfg->tunnels[0].probe.large && cfg->tunnels[0].probe.greeting);
    assert_int_equal(cfg->tunnels[1].aws.source, AWS_EC2);
    assert_null(cfg->tunnels[1].aws.region);
    assert_int_equal(cfg->tunnels[2].azure.cloud, AZURE_PUBLIC);
    assert_int_equal(cfg->tunnels[2].azure.login, AZURE_LOGIN_AUTO);
    assert_int_equal(cfg->tunnels[2].azure.client_secret.kind, SECRET_NONE);
    assert_string_equal(cfg->tunnels[3].socket, "/run/charon.vici");
    assert_null(cfg->tunnels[4].socket);
    config_destroy(cfg);
}

static void every_value_reaches_its_field(void **state)
{
    (void)state;
    struct config *cfg = parse(
        TUNNELS(AWS(",\"name\": \"n\",\"tunnels\": [\"t1\", \"t2\", "
                    "\"t3\"], \"expected_up\": 2,"
                    "\"source\": \"cloudwatch\", \"region\": "
                    "\"cn-north-1\", \"profile\": \"p\","
                    "\"alarms\": [\"a1\", \"a2\"], \"ec2_endpoint\": "
                    "\"https://e\","
                    "\"cloudwatch_endpoint\": \"https://w\", "
                    "\"sts_endpoint\": \"https://s\","
                    "\"ca\": \"ca.pem\", \"period\": \"1m\", \"timeout\": "
                    "\"9s\"") "," AZURE(",\"tunnels\": [\"x\", \"y\"], "
                                        "\"cloud\": \"china\", \"login\": "
                                        "\"federated\","
                                        "\"tenant\": \"t\", \"client_id\": "
                                        "\"i\", \"client_secret\": "
                                        "{\"env\": \"E\"},"
                                        "\"token_file\": \"token\", "
                                        "\"arm_endpoint\": \"https://a\","
                                        "\"login_endpoint\": "
                                        "\"https://l\", "
                                        "\"identity_endpoint\": "
                                        "\"http://i\"") "," STRONGSWAN(",\""
                                                                       "soc"
                                                                       "ket"
                                                                       "\":"
                                                                       " \""
                                                                       "vic"
                                                                       "i"
                                                                       "\"") "," EXEC("")));
    const struct config_tunnel *t = &cfg->tunnels[0];
    assert_string_equal(t->name, "n");
    assert_string_equal(t->tunnels[2], "t3");
    assert_null(t->tunnels[3]);
    assert_int_equal(t->expected_up, 2);
    assert_int_equal(t->aws.source, AWS_CLOUDWATCH);
    assert_string_equal(t->aws.region, "cn-north-1");
    assert_string_equal(t->aws.profile, "p");
    assert_string_equal(t->aws.vpn_connection, "vpn-1");
    assert_string_equal(t->aws.alarms[1], "a2");
    assert_string_equal(t->aws.ec2_endpoint, "https://e");
    assert_string_equal(t->aws.cloudwatch_endpoint, "https://w");
    assert_string_equal(t->aws.sts_endpoint, "https://s");
    assert_string_equal(t->ca, "/etc/drtop/ca.pem");
    assert_int_equal(t->period_ms, 60000);
    assert_int_equal(t->timeout_ms, 9000);
    t++;
    assert_int_equal(t->expected_up, 2); /* all that are named */
    assert_int_equal(t->azure.cloud, AZURE_CHINA);
    assert_string_equal(t->azure.subscription, "s");
    assert_string_equal(t->azure.resource_group, "r");
    assert_string_equal(t->azure.connection, "c");
    assert_int_equal(t->azure.login, AZURE_LOGIN_FEDERATED);
    assert_string_equal(t->azure.tenant, "t");
    assert_string_equal(t->azure.client_id, "i");
    assert_int_equal(t->azure.client_secret.kind, SECRET_ENV);
    assert_string_equal(t->azure.token_file, "/etc/drtop/token");
    assert_string_equal(t->azure.arm_endpoint, "https://a");
    assert_string_equal(t->azure.login_endpoint, "https://l");
    assert_string_equal(t->azure.identity_endpoint, "http://i");
    assert_string_equal(t[1].socket, "/etc/drtop/vici");
    assert_string_equal(t[2].command[0], "/etc/drtop/p");
    assert_string_equal(t[2].command[1], "-x");
    config_destroy(cfg);
}

#define NAMES_9  "\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\""
#define BYTES_16 "0123456789abcdef"
#define BYTES_64 BYTES_16 BYTES_16 BYTES_16 BYTES_16

static void what_is_wrong_is_refused_where_it_stands(void **state)
{
    (void)state;
    static const struct bad_config bad[] = {
        {TUNNELS("{\"host\": \"h\"}"), "t:4:1: no \"type\""},
        {TUNNELS("{\"type\": \"gcp\"}"), "t:4:10: "},
        {TUNNELS("{\"type\": \"probe\"}"),
         "t:4:1: no \"host\", expected one with the type \"probe\""},
        {TUNNELS("{\"type\": \"aws\"}"), "t:4:1: no \"vpn_connection\", expected one with the "
                                         "type \"aws\""},
        {TUNNELS("{\"type\": \"azure\"}"), "t:4:1: no \"subscription\""},
        {TUNNELS("{\"type\": \"azure\", \"subscription\": \"s\"}"),
         "t:4:1: no \"resource_group\""},
        {TUNNELS("{\"type\": \"azure\", \"subscription\": \"s\", \"resource_group\": \"r\"}"),
         "t:4:1: no \"connection\""},
        {TUNNELS("{\"type\": \"exec\"}"), "t:4:1: no \"command\""},
        /* The second of two. */
        {TUNNELS(PROBE("") ",\n{\"type\": \"exec\"}"), "t:5:1: no \"command\""},
        {TUNNELS(PROBE(",\n\"region\": \"r\"")),
         "t:5:11: \"region\" is no key of the type \"probe\", expected it with \"aws\""},
        {TUNNELS(AWS(",\n\"host\": \"h\"")),
         "t:5:9: \"host\" is no key of the type \"aws\", expected it with \"probe\""},
        {TUNNELS(EXEC(",\n\"ca\": \"x\"")),
         "t:5:7: \"ca\" is no key of the type \"exec\", expected it with \"aws\", \"azure\""},
        {TUNNELS(PROBE(",\n\"expected_up\": 1")),
         "t:5:16: \"expected_up\" is no key of the type \"probe\", expected it with \"aws\", "
         "\"azure\", \"strongswan\", \"exec\""},
        {TUNNELS(STRONGSWAN(",\n\"sockte\": \"x\"")), "t:5:1: unknown key \"sockte\""},
        {TUNNELS(AWS(",\"tunnels\":\n[" NAMES_9 "]")), "t:5:1: 9 names, expected at most 8"},
        {TUNNELS(AWS(",\"alarms\":\n[" NAMES_9 ",\"10\",\"11\",\"12\",\"13\",\"14\","
                     "\"15\",\"16\",\"17\"]")),
         "t:5:1: 17 names, expected at most 16"},
        {TUNNELS(AWS(",\"tunnels\": [\"a\",\n\"" BYTES_64 "\"]")),
         "t:5:1: 64 bytes, expected at most 63"},
        {TUNNELS(AWS(",\"alarms\": [\n\"" BYTES_64 BYTES_16 BYTES_16 "\"]")),
         "t:5:1: 96 bytes, expected at most 95"},
        {TUNNELS(AWS(",\"tunnels\": [\"a\", \"b\",\n\"a\"]")),
         "t:5:1: \"a\" stands there twice"},
        {TUNNELS(AWS(",\"tunnels\": [\"a\", \"b\"],\n\"expected_up\": 3")),
         "t:5:16: 3 of 2 tunnels, expected at most as many as are named"},
        {TUNNELS(AWS(",\n\"expected_up\": 0")), "t:5:16: "},
        {TUNNELS(AWS(",\n\"expected_up\": 9")), "t:5:16: "},
        {TUNNELS(AWS(",\"tunnels\":\n[]")), "t:5:1: "},
        {TUNNELS(AWS(",\n\"source\": \"cloudwatch\"")),
         "t:5:11: CloudWatch does not tell which tunnels there are, expected \"tunnels\""},
        {TUNNELS(AWS(",\n\"source\": \"s3\"")), "t:5:11: "},
        {TUNNELS(AWS(",\n\"period\": \"4s\"")), "t:5:11: shorter than 5s, expected"},
        {TUNNELS(AZURE(",\n\"period\": \"1s\"")), "t:5:11: shorter than 5s, expected"},
        {TUNNELS(AZURE(",\n\"login\": \"password\"")), "t:5:10: "},
        /* Names, given or not, are unique over all kinds. */
        {TUNNELS(AWS("") ",\n" AWS("")), "t:5:1: the name \"aws\" is taken"},
        {TUNNELS(PROBE(",\"name\": \"azure\"") ",\n" AZURE("")),
         "t:5:1: the name \"azure\" is taken"},
    };
    assert_refused(bad, ARRAY_LEN(bad));
}

static void what_is_dumped_can_be_loaded(void **state)
{
    (void)state;
    struct config *first = parse(TUNNELS(PROBE(",\"large\": false") "," AWS(
        ",\"tunnels\": [\"a\", \"b\"], \"expected_up\": 1,"
        "\"alarms\": [\"x\"]") "," AZURE(",\"client_secret\": {\"env\": "
                                         "\"E\"}") "," STRONGSWAN("") "," EXEC("")));
    char *once = dump(first);
    assert_null(strstr(once, "\"command\": null"));
    struct config *second = parse(once);
    char *twice = dump(second);
    assert_string_equal(once, twice);
    assert_int_equal(second->n_tunnels, 5);
    assert_false(second->tunnels[0].probe.large);
    assert_int_equal(second->tunnels[1].expected_up, 1);
    assert_string_equal(second->tunnels[1].tunnels[1], "b");
    assert_string_equal(second->tunnels[4].command[1], "-x");
    free(once);
    free(twice);
    config_destroy(first);
    config_destroy(second);
}

static void a_client_secret_is_not_dumped(void **state)
{
    (void)state;
    struct config *cfg = parse(TUNNELS(AZURE(",\"client_secret\": \"hush\"")));
    char *text = dump(cfg);
    assert_null(strstr(text, "hush"));
    assert_non_null(strstr(text, "\"client_secret\": \"***\""));
    free(text);
    config_destroy(cfg);
    struct error err = {0};
    const char *text_0644 = TUNNELS(AZURE(",\"client_secret\": \"hush\""));
    assert_null(config_parse("t", text_0644, strlen(text_0644), 0644, &err));
}

static void what_can_be_doubted_is_remarked(void **state)
{
    (void)state;
    const char *no_evidence = "tunnels: no probe, and what a cloud or a gateway calls UP is no "
                              "evidence, so a lost tunnel looks like a lost database";
    assert_remark(TUNNELS(""), no_evidence, false);
    assert_remark(TUNNELS(""), "tunnels: no probe, so a lost tunnel", true);
    assert_remark(TUNNELS(AZURE("") "," STRONGSWAN("")), no_evidence, true);
    assert_remark(TUNNELS(AZURE("") "," PROBE("")), "no probe", false);

    const char *keys = "tunnels: aws.source: ec2 needs a grant that tells the pre-shared keys";
    assert_remark(TUNNELS(AWS("")), keys, true);
    assert_remark(TUNNELS(AWS(",\"tunnels\": [\"a\"], \"source\": \"cloudwatch\"")), keys,
                  false);
    assert_remark(TUNNELS(AZURE("")), keys, false);

    /* One of two is how many run theirs. */
    assert_remark(TUNNELS(PROBE(",\"port\": 22, \"greeting\": false") "," STRONGSWAN(
                      ",\"tunnels\": [\"a\", \"b\"], \"expected_up\": 1")),
                  "tunnels: ", false);

    assert_remark(TUNNELS(AZURE(",\"client_secret\": \"hush\"")),
                  "tunnels: azure.client_secret: stands in the configuration", true);
    assert_remark(TUNNELS(AZURE(",\"client_secret\": {\"env\": \"E\"}")), "client_secret",
                  false);

    static const char *const endpoints[] = {"ec2", "cloudwatch", "sts"};
    for (size_t i = 0; i < ARRAY_LEN(endpoints); i++) {
        char text[512], said[80];
        (void)snprintf(text, sizeof text, TUNNELS(AWS(",\"%s_endpoint\": \"%s\"")),
                       endpoints[i], "http://vpce.example");
        (void)snprintf(said, sizeof said, "tunnels: aws.%s_endpoint: http://", endpoints[i]);
        assert_remark(text, said, true);
        (void)snprintf(text, sizeof text, TUNNELS(AWS(",\"%s_endpoint\": \"%s\"")),
                       endpoints[i], "http://127.0.0.1:9");
        assert_remark(text, said, false);
    }
    assert_remark(TUNNELS(AZURE(",\"arm_endpoint\": \"http://a\"")), "azure.arm_endpoint",
                  true);
    assert_remark(TUNNELS(AZURE(",\"login_endpoint\": \"http://a\"")), "azure.login_endpoint",
                  true);
    assert_remark(TUNNELS(AZURE(",\"identity_endpoint\": \"http://169.254.169.254\"")),
                  "endpoint", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_its_defaults),
        cmocka_unit_test(every_value_reaches_its_field),
        cmocka_unit_test(what_is_wrong_is_refused_where_it_stands),
        cmocka_unit_test(what_is_dumped_can_be_loaded),
        cmocka_unit_test(a_client_secret_is_not_dumped),
        cmocka_unit_test(what_can_be_doubted_is_remarked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
