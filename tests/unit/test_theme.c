/* Themes: what the compiled-in ones promise (complete, legible, apart in every tier), how files
 * are found, how bad ones are refused. Long by the table of bad files. */
#include "tui/theme.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/config_json.h"
#include "tui/theme_builtin.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

static const char *const ROLE_NAMES[ROLE_COUNT] = {
#define X(id, name, what) name,
    THEME_ROLES(X)
#undef X
};

static struct theme parse_builtin(const struct theme_builtin *b)
{
    struct theme theme;
    struct error err = {""};
    if (!theme_parse(b->name, (const char *)b->json, b->len, &theme, &err)) {
        fail_msg("%s", err.text);
    }
    return theme;
}

static void test_builtins_parse_and_are_named_as_their_files(void **state)
{
    static const char *const NAMES[] = {"colour-blind", "default", "high-contrast",
                                        "light",        "mono",    "night"};
    (void)state;
    size_t n = 0;
    for (const struct theme_builtin *b = theme_builtins; b->name; b++, n++) {
        assert_true(n < ARRAY_LEN(NAMES));
        assert_string_equal(b->name, NAMES[n]);
        struct theme theme = parse_builtin(b);
        assert_string_equal(theme.name, b->name);
        assert_string_equal(theme.path, "");
    }
    assert_int_equal(n, ARRAY_LEN(NAMES));
}

static void test_builtins_set_every_role(void **state)
{
    (void)state;
    for (const struct theme_builtin *b = theme_builtins; b->name; b++) {
        struct error err = {""};
        struct config_json *doc =
            config_json_parse(b->name, (const char *)b->json, b->len, &err);
        assert_non_null(doc);
        const struct config_node *roles = config_node_get(config_json_root(doc), "roles");
        for (int i = 0; i < ROLE_COUNT; i++) {
            if (!config_node_get(roles, ROLE_NAMES[i])) {
                fail_msg("%s lacks the role %s", b->name, ROLE_NAMES[i]);
            }
        }
        config_json_destroy(doc);
    }
}

/* WCAG 2: relative luminance and contrast ratio; 4.5 is its level AA for text, 7 its AAA. */
static double luminance(int32_t rgb)
{
    static const double WEIGHT[] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double v = (double)((uint32_t)rgb >> (16 - 8 * i) & 0xff) / 255;
        sum += WEIGHT[i] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double contrast(int32_t a, int32_t b)
{
    double high = fmax(luminance(a), luminance(b));
    double low = fmin(luminance(a), luminance(b));
    return (high + 0.05) / (low + 0.05);
}

static void test_text_is_legible(void **state)
{
    (void)state;
    for (const struct theme_builtin *b = theme_builtins; b->name; b++) {
        struct theme theme = parse_builtin(b);
        bool is_high = strcmp(b->name, "high-contrast") == 0;
        for (int i = 0; i < ROLE_COUNT; i++) {
            const struct theme_style *style = &theme.style[i];
            if (style->fg == THEME_DEFAULT_COLOUR && style->bg == THEME_DEFAULT_COLOUR) {
                continue;
            }
            double wanted = is_high ? 7 : 4.5;
            if (contrast(style->fg, style->bg) < wanted) {
                fail_msg("%s: %s is %.2f, expected %.1f", b->name, ROLE_NAMES[i],
                         contrast(style->fg, style->bg), wanted);
            }
        }
    }
}

static int to_same(int32_t rgb)
{
    return (int)rgb;
}

static int (*const TIERS[])(int32_t) = {to_same, theme_to_256, theme_to_16, theme_to_8};

static void test_no_tier_hides_text(void **state)
{
    (void)state;
    for (const struct theme_builtin *b = theme_builtins; b->name; b++) {
        struct theme theme = parse_builtin(b);
        for (int i = 0; i < ROLE_COUNT * (int)ARRAY_LEN(TIERS); i++) {
            const struct theme_style *style = &theme.style[i % ROLE_COUNT];
            int (*tier)(int32_t) = TIERS[i / ROLE_COUNT];
            if (style->fg != style->bg && tier(style->fg) == tier(style->bg)) {
                fail_msg("%s: %s is %d on itself in tier %d", b->name,
                         ROLE_NAMES[i % ROLE_COUNT], tier(style->fg), i / ROLE_COUNT);
            }
        }
    }
}

/* What the eye gets: the two colours after reverse. */
static bool look_alike(const struct theme *t, int a, int b, int (*tier)(int32_t))
{
    const struct theme_style *p = &t->style[a];
    const struct theme_style *q = &t->style[b];
    return tier(p->fg) == tier(q->fg) && tier(p->bg) == tier(q->bg) && p->attrs == q->attrs;
}

static void test_what_must_stand_out_does(void **state)
{
    static const int PAIRS[][2] = {
        {ROLE_TEXT, ROLE_BAND_CRIT},
        {ROLE_TEXT, ROLE_BAND_WARN},
        {ROLE_TEXT, ROLE_BAND_FACTS},
        {ROLE_BAND_FACTS, ROLE_BAND_FIGURE},
        {ROLE_TEXT, ROLE_BAND_UNKNOWN},
        {ROLE_TEXT, ROLE_MODE},
        {ROLE_TEXT, ROLE_SELECTED},
        {ROLE_TEXT, ROLE_MATCH},
        {ROLE_TEXT, ROLE_CRIT},
        {ROLE_OK, ROLE_CRIT},
        {ROLE_OK, ROLE_WARN},
        {ROLE_FRAME, ROLE_FRAME_FOCUS},
        {ROLE_GRAPH, ROLE_GRAPH_WARN},
        {ROLE_UNKNOWN, ROLE_OK},
        {ROLE_BAND_WARN, ROLE_BAND_CRIT},
        {ROLE_TEXT, ROLE_UNKNOWN},
    };
    (void)state;
    for (const struct theme_builtin *b = theme_builtins; b->name; b++) {
        struct theme theme = parse_builtin(b);
        for (size_t i = 0; i < ARRAY_LEN(PAIRS) * ARRAY_LEN(TIERS); i++) {
            const int *pair = PAIRS[i % ARRAY_LEN(PAIRS)];
            if (look_alike(&theme, pair[0], pair[1], TIERS[i / ARRAY_LEN(PAIRS)])) {
                fail_msg("%s: %s looks like %s in tier %zu", b->name, ROLE_NAMES[pair[0]],
                         ROLE_NAMES[pair[1]], i / ARRAY_LEN(PAIRS));
            }
        }
    }
}

static void check_mono(const struct theme *t)
{
    /* Not the frame of the focused pane: in reverse it would outshout the status band. */
    static const int LOUD[] = {ROLE_BAND_WARN,   ROLE_BAND_CRIT,    ROLE_BAND_FACTS,
                               ROLE_BAND_FIGURE, ROLE_BAND_UNKNOWN, ROLE_MODE,
                               ROLE_SELECTED,    ROLE_TITLE_FOCUS};
    for (size_t i = 0; i < ARRAY_LEN(LOUD); i++) {
        assert_true(t->style[LOUD[i]].mono_attrs & THEME_REVERSE);
    }
    assert_false(t->style[ROLE_FRAME_FOCUS].mono_attrs & THEME_REVERSE);
    assert_true(t->style[ROLE_MATCH].mono_attrs & THEME_UNDERLINE);
    assert_int_equal(t->style[ROLE_TEXT].mono_attrs, 0);
}

static struct theme parse_good(const char *json)
{
    struct theme theme;
    struct error err = {""};
    if (!theme_parse("my.json", json, strlen(json), &theme, &err)) {
        fail_msg("%s", err.text);
    }
    return theme;
}

static void test_mono_is_complete(void **state)
{
    (void)state;
    for (const struct theme_builtin *b = theme_builtins; b->name; b++) {
        struct theme theme = parse_builtin(b);
        check_mono(&theme);
    }
    struct theme empty = parse_good("{\"roles\": {}}");
    check_mono(&empty);
}

static void test_missing_roles_fall_back(void **state)
{
    (void)state;
    struct theme t =
        parse_good("{\n"
                   "  // mine\n"
                   "  \"palette\": {\"night\": \"#000010\", \"blood\": \"#AA0000\"},\n"
                   "  \"roles\": {\n"
                   "    \"text\": {\"fg\": \"#d0d0d0\", \"bg\": \"night\"},\n"
                   "    \"warn\": {\"fg\": \"#ff8800\", \"attrs\": [\"bold\"]},\n"
                   "    \"crit\": {\"fg\": \"blood\"},\n"
                   "    \"bar\": {\"bg\": \"default\"},\n"
                   "  }\n"
                   "} // the end");
    assert_string_equal(t.name, "my");
    assert_int_equal(t.style[ROLE_LABEL].fg, 0xd0d0d0);
    assert_int_equal(t.style[ROLE_LABEL].bg, 0x000010);
    assert_int_equal(t.style[ROLE_CRIT].fg, 0xaa0000);
    assert_int_equal(t.style[ROLE_CRIT].bg, 0x000010);
    assert_int_equal(t.style[ROLE_CRIT].attrs, 0);
    assert_int_equal(t.style[ROLE_LIMIT].fg, 0xff8800);
    assert_int_equal(t.style[ROLE_BAR_STRONG].bg, THEME_DEFAULT_COLOUR);
    /* A band that is left out is its state in reverse. */
    assert_int_equal(t.style[ROLE_BAND_CRIT].fg, 0xaa0000);
    assert_true(t.style[ROLE_BAND_CRIT].attrs & THEME_REVERSE);
    assert_true(t.style[ROLE_SELECTED].attrs & THEME_REVERSE);
}

static void test_bad_files_are_refused_with_a_place(void **state)
{
    static const struct {
        const char *json, *place, *words;
    } ROWS[] = {
        {"", "bad.json:1:1: ", ""},
        {"[]", "bad.json:1:1: ", "expected an object"},
        {"{\"name\": \"x\"}", "bad.json:1:1: ", "\"roles\" is missing"},
        {"{\"role\": {}}", "bad.json:1:2: ", "did you mean \"roles\"?"},
        {"{\"name\": 7, \"roles\": {}}", "bad.json:1:10: ", "expected a string"},
        {"{\"description\": [], \"roles\": {}}", "bad.json:1:17: ", "expected a string"},
        {"{\"roles\": []}", "bad.json:1:11: ", "expected an object"},
        {"{\"roles\": {\n  \"txet\": {}}}", "bad.json:2:3: ", "did you mean \"text\"?"},
        {"{\"roles\": {\n  \"text\": 1}}", "bad.json:2:11: ", "expected an object"},
        {"{\"roles\": {\"text\": {\"gf\": \"default\"}}}", "bad.json:1:21: ", "unknown key"},
        {"{\"roles\": {\"text\": {\"fg\": 3}}}", "bad.json:1:27: ", "expected a string"},
        {"{\"roles\": {\"text\": {\"fg\": \"#12345\"}}}", "bad.json:1:27: ", "#rrggbb"},
        {"{\"roles\": {\"text\": {\"fg\": \"#12345g\"}}}", "bad.json:1:27: ", "#rrggbb"},
        {"{\"roles\": {\"text\": {\"fg\": \"blak\"}}, \"palette\": {\"black\": \"#000000\"}}",
         "bad.json:1:27: ", "did you mean \"black\"?"},
        {"{\"roles\": {\"text\": {\"fg\": \"defualt\"}}}",
         "bad.json:1:27: ", "did you mean \"default\"?"},
        {"{\"roles\": {}, \"palette\": []}", "bad.json:1:26: ", "expected an object"},
        {"{\"roles\": {}, \"palette\": {\"a\": \"red\"}}", "bad.json:1:32: ", "\"#rrggbb\""},
        {"{\"roles\": {}, \"palette\": {\"a\": 1}}", "bad.json:1:32: ", "expected a string"},
        {"{\"roles\": {}, \"palette\": {\"default\": \"#000000\"}}",
         "bad.json:1:27: ", "palette name"},
        {"{\"roles\": {\"text\": {\"attrs\": \"bold\"}}}", "bad.json:1:30: ", "array"},
        {"{\"roles\": {\"text\": {\"attrs\": [\"blod\"]}}}",
         "bad.json:1:31: ", "did you mean \"bold\"?"},
        {"{\"roles\": {\"text\": {\"mono\": [\"blink\"]}}}", "bad.json:1:30: ", "expected"},
        {"{\"roles\": {\"text\": {}, \"text\": {}}}", "bad.json:1:24: ", ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct theme theme;
        struct theme before;
        struct error err = {""};
        memset(&theme, 0x5a, sizeof theme);
        before = theme;
        assert_false(theme_parse("bad.json", ROWS[i].json, strlen(ROWS[i].json), &theme, &err));
        assert_memory_equal(&theme, &before, sizeof theme);
        if (strncmp(err.text, ROWS[i].place, strlen(ROWS[i].place)) != 0 ||
            !strstr(err.text, ROWS[i].words)) {
            fail_msg("%s\ngives: %s\nexpected: %s...%s", ROWS[i].json, err.text, ROWS[i].place,
                     ROWS[i].words);
        }
    }
}

static void test_256_colours(void **state)
{
    static const int32_t CUBE[] = {0, 95, 135, 175, 215, 255};
    (void)state;
    assert_int_equal(theme_to_256(THEME_DEFAULT_COLOUR), -1);
    assert_int_equal(theme_to_256(0x000000), 16);
    assert_int_equal(theme_to_256(0xffffff), 231);
    assert_int_equal(theme_to_256(0xff0000), 196);
    assert_int_equal(theme_to_256(0x101418), 233);
    assert_int_equal(theme_to_256(0x808080), 244);
    assert_int_equal(theme_to_256(0x35c5cf), 80);
    for (int i = 0; i < 216; i++) {
        int32_t rgb = CUBE[i / 36] << 16 | CUBE[i / 6 % 6] << 8 | CUBE[i % 6];
        assert_int_equal(theme_to_256(rgb), 16 + i);
    }
    for (int i = 0; i < 24; i++) {
        assert_int_equal(theme_to_256((8 + 10 * i) * 0x010101), 232 + i);
    }
}

static int distance_to_256(int32_t rgb, int index)
{
    static const int CUBE[] = {0, 95, 135, 175, 215, 255};
    int grey = 8 + 10 * (index - 232);
    int entry[3] = {grey, grey, grey};
    if (index < 232) {
        entry[0] = CUBE[(index - 16) / 36];
        entry[1] = CUBE[(index - 16) / 6 % 6];
        entry[2] = CUBE[(index - 16) % 6];
    }
    int sum = 0;
    for (int i = 0; i < 3; i++) {
        int d = (int)((uint32_t)rgb >> (16 - 8 * i) & 0xff) - entry[i];
        sum += d * d;
    }
    return sum;
}

static void test_256_is_the_nearest(void **state)
{
    (void)state;
    for (int32_t rgb = 0; rgb < 0x1000000; rgb += 9973) {
        int best = distance_to_256(rgb, 16);
        for (int i = 17; i < 256; i++) {
            int d = distance_to_256(rgb, i);
            best = d < best ? d : best;
        }
        assert_int_equal(distance_to_256(rgb, theme_to_256(rgb)), best);
    }
}

static void test_few_colours(void **state)
{
    static const struct {
        int32_t rgb;
        int in_16, in_8;
    } ROWS[] = {
        {THEME_DEFAULT_COLOUR, -1, -1},
        {0x000000, 0, 0},
        {0xffffff, 15, 7},
        {0xc8cdd1, 7, 7},
        {0x868e95, 8, 7}, /* a grey is never a cyan */
        {0x101418, 0, 0},
        {0xcd0000, 1, 1},
        {0xff0000, 9, 1},
        {0x3ecf6b, 2, 2}, /* in RGB the nearest would be cyan */
        {0xff9d3c, 3, 3}, /* orange is the terminals' brown, not red */
        {0x0000ee, 4, 4},
        {0x35c5cf, 6, 6},
        {0xff8cff, 13, 5},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        assert_int_equal(theme_to_16(ROWS[i].rgb), ROWS[i].in_16);
        assert_int_equal(theme_to_8(ROWS[i].rgb), ROWS[i].in_8);
    }
}

/* A home directory with a themes folder in it, removed afterwards. */
static char home[] = "/tmp/drtop-theme-XXXXXX";
static char themes_dir[128];
static char file[192];

static void write_theme(const char *name, const char *json)
{
    (void)snprintf(file, sizeof file, "%s/%s", themes_dir, name);
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    (void)fputs(json, out);
    (void)fclose(out);
}

static int make_home(void **state)
{
    static const char *const PARTS[] = {"", "/drtop", "/drtop/themes"};
    (void)state;
    if (!mkdtemp(home)) {
        return -1;
    }
    for (size_t i = 0; i < ARRAY_LEN(PARTS); i++) {
        (void)snprintf(themes_dir, sizeof themes_dir, "%s%s", home, PARTS[i]);
        (void)mkdir(themes_dir, 0700);
    }
    return setenv("XDG_CONFIG_HOME", home, 1);
}

static int remove_home(void **state)
{
    static const char *const PARTS[] = {"/drtop/mine.json",
                                        "/drtop/themes/mine.json",
                                        "/drtop/themes/light.json",
                                        "/drtop/themes/two words.json",
                                        "/drtop/themes/.json",
                                        "/drtop/themes/notes.txt",
                                        "/drtop/themes",
                                        "/drtop",
                                        ""};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(PARTS); i++) {
        (void)snprintf(file, sizeof file, "%s%s", home, PARTS[i]);
        (void)remove(file);
    }
    (void)snprintf(home, sizeof home, "/tmp/drtop-theme-XXXXXX");
    return unsetenv("XDG_CONFIG_HOME");
}

static void test_the_users_file_comes_first(void **state)
{
    (void)state;
    struct theme theme;
    struct error err = {""};
    write_theme("light.json",
                "{\"name\": \"Paper\", \"roles\": {\"text\": {\"fg\": \"#123456\"}}}");
    assert_true(theme_load("light", &theme, &err));
    assert_int_equal(theme.style[ROLE_TEXT].fg, 0x123456);
    assert_string_equal(theme.name, "light");
    assert_string_equal(theme.path, file);
    assert_true(theme_load("default", &theme, &err));
    assert_int_equal(theme.style[ROLE_TEXT].bg, 0x101418);
    assert_false(theme_changed(&theme));
}

static void test_a_path_is_taken_as_it_is(void **state)
{
    (void)state;
    struct theme theme;
    struct error err = {""};
    write_theme("../mine.json", "{\"name\": \"My Own\", \"roles\": {}}");
    assert_true(theme_load(file, &theme, &err));
    assert_string_equal(theme.name, "My Own");
    assert_string_equal(theme.path, file);
    assert_false(theme_load("/nowhere/at/all.json", &theme, &err));
    assert_non_null(strstr(err.text, "/nowhere/at/all.json"));
    assert_false(theme_load("light.json", &theme, &err));
}

static void test_a_path_in_the_search_has_its_listed_name(void **state)
{
    (void)state;
    struct theme theme;
    struct error err = {""};
    write_theme("mine.json", "{\"name\": \"My Own\", \"roles\": {}}");
    assert_true(theme_load(file, &theme, &err));
    assert_string_equal(theme.name, "mine");
}

static void test_a_broken_file_is_no_reason_to_take_another(void **state)
{
    (void)state;
    struct theme theme = {.name = "before"};
    struct error err = {""};
    write_theme("light.json", "{\"roles\": {\n \"tekst\": {}}}");
    assert_false(theme_load("light", &theme, &err));
    assert_non_null(strstr(err.text, "light.json:2:2: "));
    assert_string_equal(theme.name, "before");
}

static void test_unknown_names_get_a_hint(void **state)
{
    static const char *const NAMES[] = {"defualt", "", "../default", "de fault"};
    (void)state;
    struct theme theme;
    struct error err = {""};
    assert_false(theme_load(NAMES[0], &theme, &err));
    assert_non_null(strstr(err.text, "did you mean \"default\"?"));
    assert_non_null(strstr(err.text, "high-contrast"));
    for (size_t i = 1; i < ARRAY_LEN(NAMES); i++) {
        assert_false(theme_load(NAMES[i], &theme, &err));
    }
}

static void test_changes_are_noticed(void **state)
{
    (void)state;
    struct theme theme;
    struct error err = {""};
    write_theme("mine.json", "{\"roles\": {}}");
    assert_true(theme_load("mine", &theme, &err));
    assert_false(theme_changed(&theme));
    const struct timespec times[] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
    assert_true(theme_changed(&theme));
    (void)remove(file);
    assert_false(theme_changed(&theme));
}

static void test_list_is_sorted_with_default_first(void **state)
{
    static const char *const NAMES[] = {"default", "colour-blind", "high-contrast", "light",
                                        "mine",    "mono",         "night"};
    (void)state;
    char names[32][48];
    write_theme("mine.json", "{}");
    write_theme("light.json", "{}");
    write_theme("two words.json", "{}");
    write_theme(".json", "{}");
    write_theme("notes.txt", "");
    size_t n = theme_list(names, ARRAY_LEN(names));
    assert_int_equal(n, ARRAY_LEN(NAMES));
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(names[i], NAMES[i]);
    }
    assert_int_equal(theme_list(names, 1), 1);
    assert_string_equal(names[0], "default");
    assert_int_equal(theme_list(names, 0), 0);
}

#define HOME_TEST(name) cmocka_unit_test_setup_teardown(name, make_home, remove_home)

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(test_builtins_parse_and_are_named_as_their_files),
        cmocka_unit_test(test_builtins_set_every_role),
        cmocka_unit_test(test_text_is_legible),
        cmocka_unit_test(test_no_tier_hides_text),
        cmocka_unit_test(test_what_must_stand_out_does),
        cmocka_unit_test(test_mono_is_complete),
        cmocka_unit_test(test_missing_roles_fall_back),
        cmocka_unit_test(test_bad_files_are_refused_with_a_place),
        cmocka_unit_test(test_256_colours),
        cmocka_unit_test(test_256_is_the_nearest),
        cmocka_unit_test(test_few_colours),
        HOME_TEST(test_the_users_file_comes_first),
        HOME_TEST(test_a_path_is_taken_as_it_is),
        HOME_TEST(test_a_path_in_the_search_has_its_listed_name),
        HOME_TEST(test_a_broken_file_is_no_reason_to_take_another),
        HOME_TEST(test_unknown_names_get_a_hint),
        HOME_TEST(test_changes_are_noticed),
        HOME_TEST(test_list_is_sorted_with_default_first),
    };
    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
