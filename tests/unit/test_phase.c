/* The pipeline's stages as the customer's phases: running, paused, failed, skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backend/failover/phase.h"

static char infra[] = "Infrastructure", conf[] = "Configuration", promo[] = "DB promotion",
            valid[] = "Final validation", plan[] = "Plan", apply[] = "Apply",
            ansible[] = "Ansible", promote[] = "Promote", check[] = "Check";
static char *infra_stages[] = {plan, apply, NULL}, *conf_stages[] = {ansible, NULL},
            *promo_stages[] = {promote, NULL}, *valid_stages[] = {check, NULL};

static struct config_failover cfg = {
    .present = true,
    .n_phases = 4,
    .phases = {{.name = infra, .stages = infra_stages},
               {.name = conf, .stages = conf_stages},
               {.name = promo, .stages = promo_stages, .no_return = true},
               {.name = valid, .stages = valid_stages}},
};

/* "Plan+ Apply>": + done, > running, = paused, ! failed, x aborted, - skipped, ~ unstable. Stage i
 * starts at 1000 * i and takes 700. */
static struct jenkins_stages stages(const char *text)
{
    static const char marks[] = ">=+~!x-";
    struct jenkins_stages out = {0};
    while (*text) {
        struct jenkins_stage *s = &out.stages[out.n];
        size_t len = strcspn(text, marks);
        (void)snprintf(s->name, sizeof s->name, "%.*s", (int)len, text);
        s->state = (enum stage_state)(strchr(marks, text[len]) - marks);
        s->started_wall_ms = 1000 * (int64_t)out.n;
        if (s->state > STAGE_PAUSED) {
            s->took_ms = opt_i64(s->state == STAGE_SKIPPED ? 3 : 700);
        }
        out.n++;
        text += len + 1;
        text += strspn(text, " ");
    }
    return out;
}

static const struct {
    const char *stages;
    bool building;
    enum jenkins_result result;
    const char
        *phases; /* a letter each: a(head) r(unning) p(aused) d(one) f(ailed) s(kipped) */
    int current;
    bool past_return;
} table[] = {
    {"", true, RESULT_NONE, "aaaa", -1, false},
    {"Plan>", true, RESULT_NONE, "raaa", 0, false},
    {"Plan+", true, RESULT_NONE, "raaa", 0, false}, /* Apply is still to come */
    {"Plan+ Apply+", true, RESULT_NONE, "daaa", 0, false},
    {"Plan+ Apply=", true, RESULT_NONE, "paaa", 0, false},
    {"Plan+ Apply+ Ansible>", true, RESULT_NONE, "draa", 1, false},
    {"Plan+ Ansible>", true, RESULT_NONE, "draa", 1, false},
    {"Checkout SCM> ", true, RESULT_NONE, "raaa", 0, false}, /* before any named one */
    {"Plan+ Apply+ Wait for VMs>", true, RESULT_NONE, "raaa", 0, false},
    {"Plan+ Apply+ Ansible+ Promote>", true, RESULT_NONE, "ddra", 2, true},
    {"Plan+ Apply+ Ansible+ Promote=", true, RESULT_NONE, "ddpa", 2, true},
    {"Plan+ Apply+ Ansible+ Promote+ Check>", true, RESULT_NONE, "dddr", 3, true},
    {"Plan+ Apply+ Ansible+ Promote- Check>", true, RESULT_NONE, "ddsr", 3, true},
    {"Plan+ Apply+ Ansible+ Promote+ Check+ Post Actions>", true, RESULT_SUCCESS, "dddr", 3,
     true},
    {"Plan+ Apply+ Ansible+ Promote+ Check+ Post Actions+", false, RESULT_SUCCESS, "dddd", 3,
     true},
    {"Plan+ Apply+ Ansible~ Promote+ Check+", false, RESULT_UNSTABLE, "dddd", 3, true},
    /* after a failure the rest is skipped, and the closing stage is no phase of its own */
    {"Plan+ Apply! Ansible- Promote- Check- Post Actions+", false, RESULT_FAILURE, "fsss", 0,
     false},
    {"Plan+ Apply+ Ansible! Promote- Check-", true, RESULT_FAILURE, "dfss", 1, false},
    {"Plan+ Apply+ Ansible+ Promote! Check-", false, RESULT_FAILURE, "ddfs", 2, true},
    {"Plan+ Apply+ Ansible+ Promotex Check-", false, RESULT_ABORTED, "ddfs", 2, true},
    {"Plan+ Apply+ Ansible+ Promote+ Check!", false, RESULT_FAILURE, "dddf", 3, true},
    {"Plan+ Apply! Ansible>", true, RESULT_FAILURE, "fraa", 1, false}, /* catchError */
    /* the run stands above the stage */
    {"Plan+ Apply>", false, RESULT_ABORTED, "fsss", 0, false},
    {"Plan+ Apply+ Ansible+ Promote+ Check>", false, RESULT_SUCCESS, "dddd", 3, true},
    {"Plan+ Apply+", false, RESULT_FAILURE, "fsss", 0, false},
    {"Plan+ Apply+ Ansible+", false, RESULT_FAILURE, "dfss", 1, false},
    {"", false, RESULT_FAILURE, "ssss", -1, false}, /* a Jenkinsfile that does not compile */
    {"Plan+ Apply+ Ansible+", false, RESULT_SUCCESS, "ddss", 1, false},
};

static void every_run_has_its_phases(void **state)
{
    (void)state;
    size_t n_wrong = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct jenkins_stages s = stages(table[i].stages);
        struct jenkins_build b = {.building = table[i].building, .result = table[i].result};
        struct phases p = phases_of(&cfg, &s, &b);
        char got[CONFIG_PHASES_MAX + 1] = "";
        for (size_t k = 0; k < p.n; k++) {
            got[k] = phase_state_word(p.phases[k].state)[0];
        }
        if (strcmp(got, table[i].phases) != 0 || p.current != table[i].current ||
            p.past_return != table[i].past_return) {
            print_error("%s: %s %d %d, expected %s %d %d\n", table[i].stages, got, p.current,
                        p.past_return, table[i].phases, table[i].current, table[i].past_return);
            n_wrong++;
        }
    }
    assert_int_equal(n_wrong, 0);
}

static void times_are_of_what_ran(void **state)
{
    (void)state;
    struct jenkins_stages s = stages("Plan+ Apply+ Ansible> Promote-");
    struct jenkins_build b = {.building = true};
    struct phases p = phases_of(&cfg, &s, &b);
    assert_string_equal(p.phases[0].name, "Infrastructure");
    assert_int_equal(p.phases[0].started_wall_ms.v, 0);
    assert_int_equal(p.phases[0].took_ms.v, 1700); /* from the first start to the last end */
    assert_int_equal(p.phases[1].started_wall_ms.v, 2000);
    assert_false(p.phases[1].took_ms.known);
    assert_false(p.phases[2].started_wall_ms.known);
    assert_false(p.phases[0].median_ms.known);
    assert_int_equal(p.no_return, 2);
    s.stages[1].took_ms = opt_i64(-7); /* a parallel branch, as it is told while it runs */
    p = phases_of(&cfg, &s, &b);
    assert_false(p.phases[0].took_ms.known);
}

static void without_phases_there_is_nothing_to_tell(void **state)
{
    (void)state;
    struct config_failover none = {.present = true};
    struct jenkins_stages s = stages("Plan+ Apply>");
    struct phases p = phases_of(&none, &s, NULL);
    assert_int_equal(p.n, 0);
    assert_int_equal(p.current, -1);
    assert_int_equal(p.no_return, -1);
    assert_false(p.past_return);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_has_its_phases),
        cmocka_unit_test(times_are_of_what_ran),
        cmocka_unit_test(without_phases_there_is_nothing_to_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
