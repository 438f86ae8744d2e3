/* The manual pages and the completions tell all that the tables hold, and one version is told
 * everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "backend/config_keys.h"
#include "cli/cli.h"
#include "manual/manual.h"
#include "manual/roff.h"
#include "tui/glyph.h"
#include "tui/keys.h"

static char *text_of(void (*write)(FILE *))
{
    static char *text; /* static, since the stream knows where it is */
    static size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    write(out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static const char *escaping; /* for text_of() */

static void write_escaping(FILE *out)
{
    roff_text(out, escaping);
}

static char *escaped(const char *text)
{
    escaping = text;
    return text_of(write_escaping);
}

/* text holds plain, escaped, somewhere before end (NULL: the text's). */
static void tells(const char *text, const char *end, const char *plain)
{
    char *wanted = escaped(plain);
    const char *at = strstr(text, wanted);
    if (!at || (end && at >= end)) {
        fail_msg("not in the manual: %s", plain);
    }
    free(wanted);
}

static void test_page_has_every_command_option_and_key(void **state)
{
    (void)state;
    char *page = text_of(manual_program);
    const char *synopsis = strstr(page, ".SH \"SYNOPSIS\"");
    const char *commands = strstr(page, ".SH \"COMMANDS\""),
               *list = strstr(page, ".SH \"OPTIONS\"");
    const char *key_list = strstr(page, ".SH \"KEYS\""), *exits = strstr(page, ".SH \"EXIT");
    assert_true(synopsis && commands && list && key_list && exits);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        tells(synopsis, commands, cli_command_words[i].word);
        tells(commands, list, cli_command_words[i].help);
    }
    for (size_t i = 0; i < cli_option_words_n; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "--%s", cli_option_words[i].name);
        tells(list, key_list, name);
        tells(list, key_list, cli_option_words[i].help);
    }
    glyph_use(GLYPHS_UTF8);
    for (int i = 0; i < keys_n; i++) {
        if (keys[i].label) {
            tells(key_list, exits, key_label(&keys[i]));
            tells(key_list, exits, keys[i].help);
        }
    }
    free(page);
}

static struct json_object *schema;

static void write_config(FILE *out)
{
    assert_true(manual_config(schema, out));
}

static const struct config_key *walked[64];
static size_t n_walked;

static bool is_new(const struct config_key *table)
{
    for (size_t i = 0; i < n_walked; i++) {
        if (walked[i] == table) {
            return false;
        }
    }
    assert_true(n_walked < sizeof walked / sizeof walked[0]);
    walked[n_walked++] = table;
    return true;
}

/* The part of that path holds each key of the object. */
static void check_object(const char *page, const char *path, const struct config_key *table)
{
    char heading[160];
    (void)snprintf(heading, sizeof heading, ".SS \"%s\"\n", path[0] ? path : "The file");
    const char *part = strstr(page, heading);
    if (!part) {
        fail_msg("no part %s", path);
        return;
    }
    const char *end = strstr(part + 1, "\n.S");
    for (const struct config_key *key = table; key->name; key++) {
        char tag[80];
        (void)snprintf(tag, sizeof tag, ".TP\n\\fB%s\\fR (", key->name);
        const char *at = strstr(part, tag);
        if (!at || at > end) {
            fail_msg("%s: no key %s", path, key->name);
            return;
        }
        if (key->fallback) {
            tells(at, strstr(at, ")\n"), key->fallback);
        }
    }
    for (const struct config_key *key = table; key->name; key++) {
        bool list = key->type == KEY_LIST;
        if ((list || key->type == KEY_OBJECT) && is_new(key->keys)) {
            char below[128];
            (void)snprintf(below, sizeof below, "%s%s%s%s", path, path[0] ? "." : "", key->name,
                           list ? "[]" : "");
            check_object(page, below, key->keys);
        }
    }
}

static int n_descriptions;

/* The description of every key, wherever in the schema its object is, is on the page. */
static void check_descriptions(const char *page, struct json_object *node)
{
    json_object_object_foreach(node, name, inner)
    {
        if (strcmp(name, "properties") == 0) {
            json_object_object_foreach(inner, key, property)
            {
                struct json_object *told = json_object_object_get(property, "description");
                (void)key;
                if (told) {
                    tells(page, NULL, json_object_get_string(told));
                    n_descriptions++;
                }
            }
        }
        if (json_object_is_type(inner, json_type_object)) {
            check_descriptions(page, inner);
        }
    }
}

static void test_page_has_every_key_of_the_configuration(void **state)
{
    (void)state;
    schema = json_object_from_file(SOURCE_DIR "/config/drtop.schema.json");
    assert_non_null(schema);
    char *page = text_of(write_config);
    assert_true(is_new(config_keys));
    check_object(page, "", config_keys);
    assert_true(n_walked > 20);
    const char *secrets = strstr(page, ".SH \"SECRETS\"");
    assert_non_null(secrets);
    for (const struct config_key *key = config_secret_keys; key->name; key++) {
        tells(secrets, NULL, key->name);
    }
    check_descriptions(page, schema);
    assert_true(n_descriptions > 150);
    (void)json_object_put(schema);
    free(page);
}

static void test_schema_without_a_description_is_refused(void **state)
{
    (void)state;
    schema = json_object_from_file(SOURCE_DIR "/config/drtop.schema.json");
    struct json_object *properties = json_object_object_get(schema, "properties");
    json_object_object_del(json_object_object_get(properties, "group"), "description");
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_false(manual_config(schema, out));
    (void)fclose(out);
    free(text);
    (void)json_object_put(schema);
}

static void test_completions_have_every_word(void **state)
{
    (void)state;
    void (*const writers[])(FILE *) = {complete_bash, complete_zsh, complete_fish};
    const char *const shells[] = {"bash", "zsh", "fish"};
    for (int shell = 0; shell < 3; shell++) {
        char *text = text_of(writers[shell]), wanted[64];
        for (int i = 1; i < COMMAND_COUNT; i++) {
            (void)snprintf(wanted, sizeof wanted, shell == 2 ? "-a %s " : "%s",
                           cli_command_words[i].word);
            assert_non_null(strstr(text, wanted));
        }
        for (size_t i = 0; i < cli_option_words_n; i++) {
            (void)snprintf(wanted, sizeof wanted, shell == 2 ? "-l %s" : "--%s",
                           cli_option_words[i].name);
            if (!strstr(text, wanted)) {
                fail_msg("%s is not in %s", wanted, shells[shell]);
            }
        }
        free(text);
    }
}

static void test_nothing_is_taken_for_a_request(void **state)
{
    (void)state;
    const struct {
        const char *plain, *roff;
    } cases[] = {
        {".TH", "\\&.TH"},
        {"'br", "\\(aqbr"},
        {"a \\fB", "a \\(rsfB"},
        {"--size", "\\-\\-size"},
        {"\"x\"", "\\(dqx\\(dq"},
        {"~/x^`", "\\(ti/x\\(ha\\(ga"},
        {"\xE2\x86\x90", "\\[u2190]"},
        {"\xC3\xA9", "\\[u00E9]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *roff = escaped(cases[i].plain);
        assert_string_equal(roff, cases[i].roff);
        free(roff);
    }
}

/* The newest heading of the change log, "## 1.2.3, ...", and both pages. */
static void test_one_version_everywhere(void **state)
{
    (void)state;
    char line[256] = "", wanted[64];
    FILE *log = fopen(SOURCE_DIR "/CHANGELOG.md", "r");
    assert_non_null(log);
    while (strncmp(line, "## ", 3) != 0 && fgets(line, sizeof line, log)) {
    }
    (void)fclose(log);
    (void)snprintf(wanted, sizeof wanted, "## %s,", cli_version);
    if (strncmp(line, wanted, strlen(wanted)) != 0) {
        fail_msg("CHANGELOG.md begins with \"%s\", the version is %s", line, cli_version);
    }
    char *page = text_of(manual_program);
    (void)snprintf(wanted, sizeof wanted, "\"drtop %s\"", cli_version);
    assert_non_null(strstr(page, wanted));
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_has_every_command_option_and_key),
        cmocka_unit_test(test_page_has_every_key_of_the_configuration),
        cmocka_unit_test(test_schema_without_a_description_is_refused),
        cmocka_unit_test(test_completions_have_every_word),
        cmocka_unit_test(test_nothing_is_taken_for_a_request),
        cmocka_unit_test(test_one_version_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
