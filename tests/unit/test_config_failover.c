/* The configuration of the failover; above all what must not be in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config_tool.h"

#define PAIR(root)                                                                             \
    "{\"group\": \"g\",\n"                                                                     \
    "\"primary\": {\"mysql\": {\"host\": \"10.0.0.1\", \"user\": \"u\"}},\n"                   \
    "\"dr\": {\"site\": \"azure east us\", \"mysql\": {\"host\": \"10.0.0.2\", \"user\": "     \
    "\"u\"}}\n" root "}"
#define JENKINS            "\"jenkins\": {\"url\": \"https://ci\", \"user\": \"u\", \"token\": \"t\"}"
#define FAIL(text)         PAIR(",\"failover\": {" JENKINS ",\n" text "}")
#define JOB(params)        FAIL("\"job\": {\"path\": \"j\", \"parameters\": [\n" params "]}")
#define PARAM(name, value) "{\"name\": \"" name "\", \"value\": \"" value "\"}"
#define MORE(text)         FAIL("\"job\": {\"path\": \"j\"},\n" text) /* text is line 6 */
#define DRILL(params)                                                                          \
    MORE("\"drill\": {\"path\": \"d\", \"parameters\": [\n" params "]}") /* line 7 */
#define URL(url)                                                                               \
    PAIR(",\"failover\": {\"jenkins\": {\"url\": \"" url "\", \"user\": \"u\", \"token\": "    \
         "{\"env\": \"T\"}}, \"job\": {\"path\": \"j\"}}")

static void without_the_part_there_is_no_failover(void **state)
{
    (void)state;
    struct config *cfg = parse(PAIR(""));
    assert_false(cfg->failover.present);
    assert_null(cfg->failover.target);
    config_destroy(cfg);
}

static void the_smallest_part_has_every_default(void **state)
{
    (void)state;
    struct config *cfg = parse(MORE("\"phases\": []"));
    const struct config_failover *f = &cfg->failover;
    assert_true(f->present);
    assert_string_equal(f->jenkins.url, "https://ci");
    assert_int_equal(f->jenkins.token.kind, SECRET_LITERAL);
    assert_true(f->jenkins.verify_tls);
    assert_int_equal(f->jenkins.timeout_ms, 5000);
    assert_string_equal(f->job.path, "j");
    assert_int_equal(f->job.n_parameters, 0);
    assert_null(f->drill.path);
    assert_string_equal(f->request_id_parameter, "DRTOP_REQUEST_ID");
    assert_string_equal(f->operator_parameter, "DRTOP_OPERATOR");
    assert_string_equal(f->reason_parameter, "DRTOP_REASON");
    assert_string_equal(f->target, "azure-east-us");
    assert_int_equal(f->n_phases, 0);
    assert_int_equal(f->countdown_ms, 10000);
    assert_int_equal(f->cooldown_ms, 3600000);
    assert_false(f->two_person);
    assert_null(f->verify_name);
    config_destroy(cfg);
}

#define MODE  PARAM("DEPLOYMENT_MODE", "failover")
#define EMPTY PARAM("NOTE", "")
#define KEEP  PARAM("DESTROY_TERRAFORM", "false")
#define LOWER PARAM("destroy_terraform", "false")
#define EVERYTHING                                                                             \
    FAIL("\"job\": {\"path\": \"ops/db team/fail over\","                                      \
         " \"parameters\": [" MODE "," EMPTY "," KEEP "]},"                                    \
         "\"drill\": {\"path\": \"d\", \"parameters\": [" LOWER "]},"                          \
         "\"request_id_parameter\": \"R\", \"operator_parameter\": \"O\","                     \
         "\"reason_parameter\": \"W\", \"target\": \"there\","                                 \
         "\"phases\": [{\"name\": \"A\", \"stages\": [\"./plan\", \"apply it\"]},"             \
         "{\"name\": \"B\", \"stages\": [\"promote\"], \"no_return\": true}],"                 \
         "\"countdown\": \"3s\", \"cooldown\": \"0s\", \"two_person\": true,"                  \
         "\"verify_name\": \"a.example\", \"verify_address\": \"2001:db8::7\"")

static void everything_reaches_its_field(void **state)
{
    (void)state;
    struct config *cfg = parse(EVERYTHING);
    const struct config_failover *f = &cfg->failover;
    assert_string_equal(f->job.path, "ops/db team/fail over");
    assert_int_equal(f->job.n_parameters, 3);
    assert_string_equal(f->job.parameters[1].value, "");
    assert_string_equal(f->job.parameters[0].name, "DEPLOYMENT_MODE");
    assert_string_equal(f->job.parameters[0].value, "failover");
    assert_string_equal(f->drill.path, "d");
    assert_int_equal(f->drill.n_parameters, 1);
    assert_string_equal(f->request_id_parameter, "R");
    assert_string_equal(f->operator_parameter, "O");
    assert_string_equal(f->reason_parameter, "W");
    assert_string_equal(f->target, "there");
    assert_int_equal(f->n_phases, 2);
    assert_string_equal(f->phases[0].name, "A");
    assert_string_equal(f->phases[0].stages[0], "./plan"); /* a name, not a path */
    assert_string_equal(f->phases[0].stages[1], "apply it");
    assert_null(f->phases[0].stages[2]);
    assert_false(f->phases[0].no_return);
    assert_true(f->phases[1].no_return);
    assert_int_equal(f->countdown_ms, 3000);
    assert_int_equal(f->cooldown_ms, 0);
    assert_true(f->two_person);
    assert_string_equal(f->verify_name, "a.example");
    assert_string_equal(f->verify_address, "2001:db8::7");
    config_destroy(cfg);
}

#define STAGE(name, stage, more) "{\"name\": \"" name "\", \"stages\": [\"" stage "\"]" more "}"
#define PHASES(list)             MORE("\"phases\": [\n" list "]")

static const struct bad_config bad[] = {
    {JOB(PARAM("DESTROY_TERRAFORM", "true")),
     "t:6:40: \"true\": this run would be asked to destroy the infrastructure that a failover "
     "relies on, expected \"false\" for DESTROY_TERRAFORM"},
    {JOB(PARAM("destroy_Terraform", "true")), "t:6:40: \"true\": this run would be asked to"},
    {JOB(PARAM("DESTROY_TERRAFORM", "TRUE")), "t:6:40: \"TRUE\": this run would be asked to"},
    {JOB(PARAM("DESTROY_TERRAFORM", "False")), "t:6:40: \"False\": this run would be asked to"},
    {JOB(PARAM("DESTROY_TERRAFORM", "0")), "t:6:40: \"0\": this run would be asked to"},
    {JOB(PARAM("DESTROY_TERRAFORM", "")), "t:6:40: \"\": this run would be asked to"},
    {JOB("{\"name\": \"A\", \"value\": false}"),
     "t:6:24: \"value\" is true or false, expected a string"},
    {JOB(PARAM("A", "a\\u0007")), "t:6:24: holds control or invisible characters"},
    {JOB(PARAM("DESTROY_TERRAFORM", "false ")), "t:6:40: \"false \": this run would be asked"},
    {JOB(PARAM("A", "x") ",\n" PARAM("DESTROY_TERRAFORM", "yes")),
     "t:7:40: \"yes\": this run would be asked to"},
    {DRILL(PARAM("DESTROY_TERRAFORM", "true")), "t:7:40: \"true\": this run would be asked to"},
    {MORE("\"reason_parameter\": \"Destroy_Terraform\""),
     "t:6:21: no name for a parameter of drtop's, expected one such as \"DRTOP_REASON\""},
    {JOB(PARAM("DRTOP_REASON", "x")), "t:6:10: drtop fills in \"DRTOP_REASON\" itself"},
    {JOB(PARAM("drtop_operator", "x")), "t:6:10: drtop fills in \"drtop_operator\" itself"},
    {DRILL(PARAM("DRTOP_REQUEST_ID", "x")), "t:7:10: drtop fills in \"DRTOP_REQUEST_ID\""},
    {JOB(PARAM("A", "x") ",\n" PARAM("A", "y")),
     "t:7:10: the parameter \"A\" is there already, expected each once"},
    {JOB("{\"name\": \"A\"}"), "t:6:1: no \"value\" in this object"},
    {MORE("\"operator_parameter\": \"DRTOP_REQUEST_ID\""),
     "t:6:23: the same name as \"request_id_parameter\", expected a parameter of its own"},
    {MORE("\"operator_parameter\": \"A\", \"reason_parameter\": \"a\""),
     "t:6:48: the same name as \"operator_parameter\""},
    {MORE("\"drill\": {\"path\": \"j\"}"),
     "t:6:10: the same job and parameters as \"job\", so a drill would fail over"},
    {FAIL("\"job\": {\"path\": \"/j\"}"),
     "t:5:17: no path of a job, expected names with one /"},
    {FAIL("\"job\": {\"path\": \"a//j\"}"), "t:5:17: no path of a job"},
    {FAIL("\"job\": {\"path\": \"a/\"}"), "t:5:17: no path of a job"},
    {FAIL("\"job\": {\"path\": \"a/../j\"}"), "t:5:17: no path of a job"},
    {FAIL("\"job\": {}"), "t:5:8: no \"path\" in \"job\""},
    {PAIR(",\"failover\": {" JENKINS "}"), "t:4:14: no \"job\" in \"failover\""},
    {PAIR(",\"failover\": {}"), "t:4:14: no \"jenkins\" in \"failover\""},
    {MORE("\"target\": \"a b\""), "t:6:11: holds a blank, expected one word"},
    {PHASES(STAGE("A", "x", ", \"no_return\": true") ",\n" STAGE("B", "y",
                                                                 ", \"no_return\": true")),
     "t:8:45: a second point of no return, expected one at most"},
    {PHASES(STAGE("A", "x", "") ",\n" STAGE("A", "y", "")), "t:8:10: the name \"A\" is taken"},
    {PHASES(STAGE("A", "x", "") ",\n" STAGE("B", "x", "")),
     "t:8:26: the stage \"x\" belongs to a phase already"},
    {PHASES("{\"name\": \"A\", \"stages\": [\"x\",\n\"x\"]}"),
     "t:8:1: the stage \"x\" belongs to a phase already"},
    {PHASES("{\"name\": \"A\", \"stages\": []}"), "t:7:25: 0 words, expected one or more"},
    {MORE("\"verify_name\": \"a\""), "t:6:16: half of a check, expected both"},
    {MORE("\"verify_address\": \"10.0.0.1\""), "t:6:19: half of a check, expected both"},
    {MORE("\"verify_name\": \"a\", \"verify_address\": \"b\""), "t:6:39: no address, expected"},
    {MORE("\"countdown\": \"0s\""), "t:6:14: \"countdown\" is \"0s\", expected 1s to 5m"},
};

static void bad_input_is_told_with_its_place(void **state)
{
    (void)state;
    assert_refused(bad, ARRAY_LEN(bad));
}

static void one_job_may_serve_both_with_other_parameters(void **state)
{
    (void)state;
    config_destroy(parse(
        MORE("\"drill\": {\"path\": \"j\", \"parameters\": [" PARAM("MODE", "drill") "]}")));
}

static void what_is_dumped_loads_again_without_the_token(void **state)
{
    (void)state;
    static const char *const texts[] = {EVERYTHING, PAIR(""), MORE("\"phases\": []")};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct config *cfg = parse(texts[i]);
        char *once = dump(cfg);
        assert_null(strstr(once, "\"token\": \"t\""));
        free(once);
        config_destroy(cfg);
        assert_dump_loads_again(texts[i]);
    }
}

static void doubts_are_remarked(void **state)
{
    (void)state;
    const char *clear = "failover.jenkins.url: http://";
    assert_remark(URL("http://ci.example.com/"), clear, true);
    assert_remark(URL("http://127.0.0.1.example.com/"), clear, true);
    assert_remark(URL("https://ci.example.com/"), clear, false);
    assert_remark(URL("http://127.0.0.1:8080/ci"), clear, false);
    assert_remark(URL("http://localhost/ci"), clear, false);
    assert_remark(URL("http://[::1]:80/ci"), clear, false);
    assert_remark(MORE("\"phases\": []"), "failover.jenkins.token: stands in", true);
    assert_remark(URL("https://ci"), "failover.jenkins.token: stands in", false);
    assert_remark(URL("https://ci"), "failover.phases: none is marked", true);
    assert_remark(EVERYTHING, "failover.phases: none is marked", false);
    assert_remark(URL("https://ci"), "failover.drill: none", true);
    assert_remark(EVERYTHING, "failover.drill: none", false);
    assert_remark(PAIR(""), "failover", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_part_there_is_no_failover),
        cmocka_unit_test(the_smallest_part_has_every_default),
        cmocka_unit_test(everything_reaches_its_field),
        cmocka_unit_test(bad_input_is_told_with_its_place),
        cmocka_unit_test(one_job_may_serve_both_with_other_parameters),
        cmocka_unit_test(what_is_dumped_loads_again_without_the_token),
        cmocka_unit_test(doubts_are_remarked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
