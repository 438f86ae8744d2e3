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

#include "backend/config_json.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

static struct config_json *parse(const char *text)
{
    struct error err = {0};
    struct config_json *doc = config_json_parse("t.json", text, strlen(text), &err);
    if (!doc) {
        print_error("%s\n%s\n", text, err.text);
    }
    assert_non_null(doc);
    return doc;
}

struct bad {
    const char *text;
    const char *message; /* what it begins with */
};

static void assert_begins(const char *text, const char *beginning)
{
    if (strncmp(text, beginning, strlen(beginning)) != 0) {
        fail_msg("got      %s\nexpected %s", text, beginning);
    }
}

static void refuses_what_is_not_json(void **state)
{
    (void)state;
    static const struct bad table[] = {
        {"", "t.json:1:1: the text ends here, expected a value"},
        {" // only this", "t.json:1:14: the text ends here"},
        {"\xEF\xBB\xBF{}", "t.json:1:1: a byte order mark"},
        {"{\"a\": NaN}", "t.json:1:7: the word NaN"},
        {"{\"a\": Infinity}", "t.json:1:7: the word Infinity"},
        {"{\"a\": -Infinity}", "t.json:1:8: unexpected I, expected a digit"},
        {"{\"a\": TRUE}", "t.json:1:7: the word TRUE"},
        {"{\"a\": 'x'}", "t.json:1:7: unexpected ', expected a value (strings stand in double"},
        {"{'a': 1}", "t.json:1:2: unexpected ', expected a key in double quotes"},
        {"{a: 1}", "t.json:1:2: unexpected a, expected a key in double quotes"},
        {"{\"a\": 25s}", "t.json:1:7: a number that runs into a word"},
        {"{\"a\": 0x10}", "t.json:1:7: a number that runs into a word"},
        {"{\"a\": 007}", "t.json:1:7: a number with a leading zero"},
        {"{\"a\": .5}", "t.json:1:7: unexpected ., expected a value"},
        {"{\"a\": +1}", "t.json:1:7: unexpected +, expected a value"},
        {"{\"a\": 1.}", "t.json:1:9: unexpected }, expected a digit"},
        {"{} x", "t.json:1:4: unexpected x, expected nothing after the document"},
        {"{}\n{}", "t.json:2:1: unexpected {, expected nothing after the document"},
        {"{\"a\" 1}", "t.json:1:6: unexpected 1, expected a colon after the key"},
        {"{\"a\": 1 \"b\": 2}", "t.json:1:9: unexpected \", expected a comma or }"},
        {"[1 2]", "t.json:1:4: unexpected 2, expected a comma or ]"},
        {"[,]", "t.json:1:2: unexpected ,, expected a value"},
        {"[1,,]", "t.json:1:4: unexpected ,, expected a value"},
        {"{\"a\": 1", "t.json:1:8: the text ends here, expected a comma or }"},
        {"{\"a\": \"x\n\"}", "t.json:1:7: the string does not end on its line"},
        {"{\"a\": \"x", "t.json:1:7: the string does not end on its line"},
        {"{\"a\": \"x\\", "t.json:1:9: unknown escape"},
        {"{\"a\": \"\\x\"}", "t.json:1:8: unknown escape"},
        {"{\"a\": \"\\u12g4\"}", "t.json:1:8: bad escape"},
        {"{\"a\": \"\\u0000\"}", "t.json:1:8: a NUL in a string"},
        {"{\"a\": \"\t\"}", "t.json:1:8: control character 0x09 in a string"},
        {"{\"\\u0061\": 1}", "t.json:1:2: an escape in a key"},
        {"{\"a\": 1,\n \"b\": 2,\n \"a\": 3}",
         "t.json:3:2: duplicate key \"a\", expected once (it "
         "is on line 1 already)"},
        {"# x\n{}", "t.json:1:1: unexpected #, expected a value (a comment starts with //)"},
        {"{} /* x", "t.json:1:4: the comment does not end, expected */"},
        {"{} /*/", "t.json:1:4: the comment does not end, expected */"},
        {"{} /", "t.json:1:4: unexpected /, expected a comment"},
        {"{\"a\": \"\xFF\"}", "t.json:1:8: byte 0xff is not UTF-8"},
        {"{} // \xC3", "t.json:1:7: byte 0xc3 is not UTF-8"},
        {"\x1B[2J", "t.json:1:1: unexpected \xC2\xB7, expected a value"},
        /* A column is a character: e acute takes two bytes before the mistake. */
        {"{\"\xC3\xA9\": x}", "t.json:1:7: the word x"},
        {"{\r\n  \"a\": x}", "t.json:2:8: the word x"},
        {"/* \xC3\xA9 */ x", "t.json:1:9: the word x"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct error err = {0};
        struct config_json *doc =
            config_json_parse("t.json", table[i].text, strlen(table[i].text), &err);
        if (doc) {
            fail_msg("accepted: %s", table[i].text);
        }
        assert_begins(err.text, table[i].message);
        /* A caller may be indifferent to the reason. */
        assert_null(config_json_parse("t", table[i].text, strlen(table[i].text), NULL));
    }
}

static void refuses_a_nul_byte(void **state)
{
    (void)state;
    struct error err = {0};
    assert_null(config_json_parse("t.json", "{}\n\0", 4, &err));
    assert_begins(err.text, "t.json:2:1: a NUL byte");
}

static void accepts_comments_and_a_last_comma(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}// end",
        "{}//",
        "{}\n// a \" b\n",
        "/* a */ {} /**/",
        "{\"a\":/* b */1,}",
        "[1,2,]",
        "[ 1 /* { */ , // x\n]",
        "null",
        "0",
        "-0.5e+3",
        "\"a // b /* c\"",
        "{\"a\"/**/:/**/1/**/,/**/}",
        "[]",
        "[ [ ] , ]",
        "true",
        "/* \xC3\xA9 */ [\"\xC3\xA9\"]",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        config_json_destroy(parse(texts[i]));
    }
}

static void nests_up_to_a_limit(void **state)
{
    (void)state;
    char text[2 * CONFIG_JSON_DEPTH_MAX + 4] = "";
    memset(text, '[', CONFIG_JSON_DEPTH_MAX);
    memset(text + CONFIG_JSON_DEPTH_MAX, ']', CONFIG_JSON_DEPTH_MAX);
    config_json_destroy(parse(text));

    memset(text, '[', CONFIG_JSON_DEPTH_MAX + 1);
    memset(text + CONFIG_JSON_DEPTH_MAX + 1, ']', CONFIG_JSON_DEPTH_MAX + 1);
    struct error err = {0};
    assert_null(config_json_parse("t.json", text, strlen(text), &err));
    assert_begins(err.text, "t.json:1:33: nesting too deep, expected at most 32 levels");
}

static void limits_the_members_of_an_object(void **state)
{
    (void)state;
    size_t size = 3 * (size_t)CONFIG_JSON_MEMBERS_MAX + 8;
    char *text = calloc(1, size);
    assert_non_null(text);
    text[0] = '[';
    for (size_t i = 0; i <= CONFIG_JSON_MEMBERS_MAX; i++) {
        text[1 + 2 * i] = '1';
        text[2 + 2 * i] = ',';
    }
    text[strlen(text)] = ']';
    struct error err = {0};
    assert_null(config_json_parse("t.json", text, strlen(text), &err));
    assert_begins(err.text, "t.json:1:2050: too many values");
    free(text);
}

static void knows_the_place_of_every_value(void **state)
{
    (void)state;
    struct config_json *doc = parse("// first\n"
                                    "{\n"
                                    "  \"\xC3\xA9\": [1, /* \xC3\xA9 */ {\"deep\": true}],\n"
                                    "\t\"b\" : \"x\"\n"
                                    "}");
    const struct config_node *root = config_json_root(doc);
    assert_int_equal(config_node_line(root), 2);
    assert_int_equal(config_node_column(root), 1);
    const struct config_node *list = config_node_first(root);
    assert_string_equal(config_node_key(list), "\xC3\xA9");
    assert_int_equal(config_node_count(list), 2);
    const struct config_node *object = config_node_next(config_node_first(list));
    assert_null(config_node_next(object));
    assert_null(config_node_key(object));
    const struct config_node *deep = config_node_get(object, "deep");
    assert_int_equal(config_node_line(deep), 3);
    assert_int_equal(config_node_column(deep), 29);
    const struct config_node *b = config_node_next(list);
    assert_ptr_equal(config_node_get(root, "b"), b);
    assert_int_equal(config_node_line(b), 4);
    assert_int_equal(config_node_column(b), 8);
    struct error err = {0};
    assert_false(config_node_fail_key(b, &err, "%s", "no"));
    assert_string_equal(err.text, "t.json:4:2: no");
    config_json_destroy(doc);
}

static void finds_the_nearest_node(void **state)
{
    (void)state;
    struct config_json *doc = parse("{\"a\": {\"b\": {\"c\": 1}}}");
    const struct config_node *root = config_json_root(doc);
    assert_string_equal(config_node_key(config_node_at(root, "/a/b/c")), "c");
    assert_string_equal(config_node_key(config_node_at(root, "/a/b/x/y")), "b");
    assert_string_equal(config_node_key(config_node_at(root, "/a/b/c/d")), "c");
    assert_ptr_equal(config_node_at(root, "/x"), root);
    assert_null(config_node_get(NULL, "a"));
    assert_null(config_node_get(config_node_at(root, "/a/b/c"), "a"));
    config_json_destroy(doc);
}

static void getters_check_type_and_range(void **state)
{
    (void)state;
    struct config_json *doc =
        parse("{\"n\": 7, \"half\": 2.9, \"huge\": 99999999999999999999, \"s\": \"caf\\u00e9\","
              " \"t\": true, \"none\": null, \"list\": [\"x\"]}");
    const struct config_node *root = config_json_root(doc);
    struct error err = {0};
    int64_t n = -5;
    bool t = false;
    const char *s = "untouched";
    assert_true(config_node_int(config_node_get(root, "n"), 1, 7, &n, &err));
    assert_int_equal(n, 7);
    assert_true(config_node_bool(config_node_get(root, "t"), &t, &err));
    assert_true(t);
    assert_true(config_node_string(config_node_get(root, "s"), &s, &err));
    assert_string_equal(s, "caf\xC3\xA9");

    assert_false(config_node_int(config_node_get(root, "n"), 8, 9, &n, &err));
    assert_string_equal(err.text,
                        "t.json:1:7: \"n\" is 7, expected a whole number from 8 to 9");
    assert_false(config_node_int(config_node_get(root, "half"), 0, 9, &n, &err));
    assert_begins(err.text, "t.json:1:18: \"half\" is 2.9, expected a whole number");
    assert_false(config_node_int(config_node_get(root, "huge"), 0, 9, &n, &err));
    assert_begins(err.text, "t.json:1:31: \"huge\" is 99999999999999999999, expected");
    assert_false(config_node_int(config_node_get(root, "s"), 0, 9, &n, &err));
    assert_begins(err.text, "t.json:1:58: \"s\" is a string, expected a whole number");
    assert_int_equal(n, 7);
    assert_false(config_node_string(config_node_get(root, "none"), &s, &err));
    assert_begins(err.text, "t.json:1:90: \"none\" is null, expected a string");
    assert_false(config_node_bool(config_node_first(config_node_get(root, "list")), &t, &err));
    assert_string_equal(err.text, "t.json:1:105: an element of \"list\" is a string, expected "
                                  "true or false");
    assert_false(config_node_expect(root, CONFIG_NODE_ARRAY, &err));
    assert_string_equal(err.text, "t.json:1:1: the value is an object, expected an array");
    config_json_destroy(doc);
}

static void durations_have_a_unit_and_a_range(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int64_t ms;
    } good[] = {
        {"\"250ms\"", 250}, {"\"2s\"", 2000}, {"\"20m\"", 1200000}, {"\"1h\"", 3600000}};
    static const struct bad bad[] = {
        {"2", "t:1:1: the value is a number without a unit, expected a duration such as "
              "\"100ms\" (units: ms, s, m, h)"},
        {"\"2\"", "t:1:1: the value is \"2\", expected whole digits and a unit"},
        {"\"s\"", "t:1:1: the value is \"s\", expected whole digits and a unit"},
        {"\"1.5s\"", "t:1:1: the value is \"1.5s\", expected whole digits and a unit"},
        {"\"-1s\"", "t:1:1: the value is \"-1s\", expected whole digits and a unit"},
        {"\" 1s\"", "t:1:1: the value is \" 1s\", expected whole digits and a unit"},
        {"\"1 s\"", "t:1:1: the value is \"1 s\", expected whole digits and a unit"},
        {"\"1d\"", "t:1:1: the value is \"1d\", expected whole digits and a unit"},
        {"\"99999999999999999999s\"",
         "t:1:1: the value is \"99999999999999999999s\", expected"},
        {"\"99ms\"", "t:1:1: the value is \"99ms\", expected 100ms to 1h"},
        {"\"61m\"", "t:1:1: the value is \"61m\", expected 100ms to 1h"},
        {"[]", "t:1:1: the value is an array, expected a duration"},
    };
    int64_t ms = 0;
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct config_json *doc = parse(good[i].json);
        assert_true(config_node_duration(config_json_root(doc), 100, 3600000, &ms, &err));
        assert_int_equal(ms, good[i].ms);
        char text[24];
        config_json_duration_text(ms, text);
        assert_memory_equal(text, good[i].json + 1, strlen(text));
        config_json_destroy(doc);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct config_json *doc =
            config_json_parse("t", bad[i].text, strlen(bad[i].text), &err);
        assert_non_null(doc);
        assert_false(config_node_duration(config_json_root(doc), 100, 3600000, &ms, &err));
        assert_begins(err.text, bad[i].message);
        assert_int_equal(ms, 3600000);
        config_json_destroy(doc);
    }
    char text[24];
    config_json_duration_text(0, text);
    assert_string_equal(text, "0s");
    config_json_duration_text(1500, text);
    assert_string_equal(text, "1500ms");
}

static void hints_at_what_was_meant(void **state)
{
    (void)state;
    static const char *const names[] = {"host", "port", "password", "heartbeat_table"};
    static const struct {
        const char *word, *nearest;
    } table[] = {
        {"prot", "port"},
        {"Host", "host"},
        {"hosts", "host"},
        {"passwd", "password"},
        {"pasword", "password"},
        {"heartbeat-table", "heartbeat_table"},
        {"colour", NULL},
        {"", NULL},
        {"x", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const char *got = config_json_nearest(table[i].word, names, ARRAY_LEN(names));
        if (!table[i].nearest) {
            assert_null(got);
        } else {
            assert_non_null(got);
            assert_string_equal(got, table[i].nearest);
        }
    }
    char word[4096];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_null(config_json_nearest(word, names, ARRAY_LEN(names)));
}

static void unknown_keys_and_choices_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"red", "green"};
    struct config_json *doc = parse("{\"red\": 1,\n \"gren\": \"rd\"}");
    const struct config_node *root = config_json_root(doc);
    struct error err = {0};
    assert_false(config_node_known(root, names, 2, &err));
    assert_string_equal(err.text, "t.json:2:2: unknown key \"gren\", did you mean \"green\"? "
                                  "Expected \"red\" or \"green\"");
    size_t index = 9;
    assert_false(config_node_choice(config_node_get(root, "gren"), names, 2, &index, &err));
    assert_string_equal(err.text, "t.json:2:10: \"gren\" is \"rd\", did you mean \"red\"? "
                                  "Expected \"red\" or \"green\"");
    assert_int_equal(index, 9);
    config_json_destroy(doc);

    doc = parse("\"green\"");
    assert_true(config_node_choice(config_json_root(doc), names, 2, &index, &err));
    assert_int_equal(index, 1);
    config_json_destroy(doc);
}

static void quotes_are_clean_and_short(void **state)
{
    (void)state;
    char text[400] = "\"\x7F\xE2\x80\xAE";
    memset(text + 5, 'a', 300);
    text[305] = '"';
    struct config_json *doc = parse(text);
    char out[CONFIG_QUOTE_SIZE];
    const char *quote = config_node_quote(config_json_root(doc), out);
    assert_begins(quote, "\"\xC2\xB7\xC2\xB7"
                         "aaaa");
    assert_true(strlen(quote) < CONFIG_QUOTE_SIZE);
    assert_string_equal(quote + strlen(quote) - 4, "a...");
    config_json_destroy(doc);
}

static void reads_regular_files_of_bounded_size(void **state)
{
    (void)state;
    struct error err = {0};
    size_t len;
    unsigned mode;
    assert_null(config_json_read("/nonexistent/x.json", &len, &mode, &err));
    assert_begins(err.text, "/nonexistent/x.json: No such file or directory, expected");
    assert_null(config_json_read("/", &len, &mode, &err));
    assert_string_equal(err.text, "/: is a directory, expected a regular file");
    assert_null(config_json_read("/dev/null", &len, &mode, &err));
    assert_begins(err.text, "/dev/null: is not a file");

    char path[] = "/tmp/drtop-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "{}\n", 3), 3);
    assert_int_equal(fchmod(fd, 0640), 0);
    char *text = config_json_read(path, &len, &mode, &err);
    assert_non_null(text);
    assert_int_equal(len, 3);
    assert_int_equal(mode, 0640);
    assert_string_equal(text, "{}\n");
    config_json_release(text, len);

    assert_int_equal(ftruncate(fd, CONFIG_JSON_BYTES_MAX + 1), 0);
    assert_null(config_json_read(path, &len, &mode, &err));
    assert_non_null(strstr(err.text, ": holds 1048577 bytes, expected at most 1048576"));
    (void)close(fd);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_not_json),
        cmocka_unit_test(refuses_a_nul_byte),
        cmocka_unit_test(accepts_comments_and_a_last_comma),
        cmocka_unit_test(nests_up_to_a_limit),
        cmocka_unit_test(limits_the_members_of_an_object),
        cmocka_unit_test(knows_the_place_of_every_value),
        cmocka_unit_test(finds_the_nearest_node),
        cmocka_unit_test(getters_check_type_and_range),
        cmocka_unit_test(durations_have_a_unit_and_a_range),
        cmocka_unit_test(hints_at_what_was_meant),
        cmocka_unit_test(unknown_keys_and_choices_are_refused),
        cmocka_unit_test(quotes_are_clean_and_short),
        cmocka_unit_test(reads_regular_files_of_bounded_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
