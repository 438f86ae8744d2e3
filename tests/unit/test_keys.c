/* The table of keys, and what they do to the state of the dashboard. Long, as each has its
 * case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tui/glyph.h"
#include "tui/palette.h"
#include "tui/ui.h"

static void test_no_code_is_bound_twice(void **state)
{
    (void)state;
    for (int i = 0; i < keys_n; i++) {
        assert_int_equal(key_action(keys[i].code), keys[i].action);
        if (keys[i].code2) {
            assert_int_equal(key_action(keys[i].code2), keys[i].action);
        }
    }
}

/* ^M ^I ^H ^J ^[ are other keys on the wire; ^S ^Q ^Z belong to the line. Tab is Tab. */
static void test_no_control_alias_is_bound(void **state)
{
    (void)state;
    static const uint32_t banned[] = {'M' & 31, 'H' & 31, 'J' & 31, '[' & 31,
                                      'S' & 31, 'Q' & 31, 'Z' & 31};
    for (size_t i = 0; i < sizeof banned / sizeof banned[0]; i++) {
        assert_int_equal(key_action(banned[i]), ACTION_NONE);
    }
}

static void test_every_key_is_documented_or_belongs_to_one_that_is(void **state)
{
    (void)state;
    assert_non_null(keys[0].help);
    for (int i = 0; i < keys_n; i++) {
        assert_int_equal(keys[i].label != NULL, keys[i].help != NULL);
        assert_int_equal(keys[i].word != NULL, keys[i].rank > 0);
    }
}

/* Stores the first two cells of a row of a table in Markdown, "| `label` | does |". */
static bool table_row(char *line, const char **out_label, const char **out_does)
{
    char *label = line + strlen("| `");
    char *does = strstr(line, "` | ");
    char *end = does ? strstr(does + strlen("` | "), " |\n") : NULL;
    if (strncmp(line, "| `", strlen("| `")) != 0 || !end) {
        return false;
    }
    *does = *end = '\0';
    *out_label = label;
    *out_does = does + strlen("` | ");
    return true;
}

static const struct key *next_documented(const struct key *k)
{
    while (k < keys + keys_n && !k->help) {
        k++;
    }
    return k;
}

/* Row by row; behind the words of the table in here README.md may say more. */
static void test_readme_has_the_same_keys(void **state)
{
    (void)state;
    char line[512];
    const char *label, *does;
    const struct key *k = keys;
    bool here = false;
    FILE *readme = fopen(SOURCE_DIR "/README.md", "r");
    assert_non_null(readme);
    glyph_use(GLYPHS_UTF8);
    while (fgets(line, sizeof line, readme)) {
        if (strncmp(line, "## ", 3) == 0) {
            here = strcmp(line, "## Keys\n") == 0;
        }
        if (here && table_row(line, &label, &does)) {
            k = next_documented(k);
            assert_true(k < keys + keys_n);
            assert_string_equal(label, key_label(k));
            if (strncmp(does, k->help, strlen(k->help)) != 0) {
                fail_msg("README.md says of %s \"%s\", keys.def \"%s\"", label, does, k->help);
            }
            k++;
        }
    }
    (void)fclose(readme);
    assert_ptr_equal(next_documented(k), keys + keys_n);
}

static void test_quit_and_help_work_at_once(void **state)
{
    (void)state;
    struct ui ui;
    ui_init(&ui);
    assert_true(ui_key(&ui, 'q', NULL, 0) & UI_QUIT);
    assert_true(ui_key(&ui, '?', NULL, 0) & UI_PAINT);
    assert_int_equal(ui.overlay, OVERLAY_HELP);
    assert_true(ui_key(&ui, 'q', NULL, 0) & UI_QUIT);
    (void)ui_key(&ui, KEYCODE_ESCAPE, NULL, 0);
    assert_int_equal(ui.overlay, OVERLAY_NONE);
}

static void test_filter_is_typed_and_left(void **state)
{
    (void)state;
    struct ui ui;
    ui_init(&ui);
    (void)ui_key(&ui, '/', NULL, 0);
    assert_int_equal(ui.focus, PANE_ALERTS);
    assert_int_equal(ui_key(&ui, 'q', NULL, 0) & UI_QUIT, 0);
    (void)ui_key(&ui, 0xE9, NULL, 0);
    assert_string_equal(ui.filter, "q\xC3\xA9");
    (void)ui_key(&ui, KEYCODE_BACKSPACE, NULL, 0);
    assert_string_equal(ui.filter, "q");
    (void)ui_key(&ui, KEYCODE_ENTER, NULL, 0);
    assert_int_equal(ui.typing, TYPING_NOTHING);
    assert_true(ui_matches(&ui, "SEQUENCE"));
    assert_false(ui_matches(&ui, "lag"));
    (void)ui_key(&ui, KEYCODE_ESCAPE, NULL, 0);
    assert_string_equal(ui.filter, "");
    assert_true(ui_matches(&ui, "lag"));
}

static void test_a_long_filter_is_bounded(void **state)
{
    (void)state;
    struct ui ui;
    ui_init(&ui);
    (void)ui_key(&ui, '/', NULL, 0);
    for (int i = 0; i < 500; i++) {
        (void)ui_key(&ui, 0x10FFFF, NULL, 0);
    }
    assert_true(strlen(ui.filter) < sizeof ui.filter);
}

static void test_zoom_follows_the_focus(void **state)
{
    (void)state;
    struct ui ui;
    ui_init(&ui);
    (void)ui_key(&ui, '2', NULL, 0);
    (void)ui_key(&ui, 'z', NULL, 0);
    assert_int_equal(ui.zoomed, PANE_BINLOG);
    (void)ui_key(&ui, KEYCODE_TAB, NULL, 0);
    assert_int_equal(ui.zoomed, PANE_LAG);
    (void)ui_key(&ui, 'z', NULL, 0);
    assert_int_equal(ui.zoomed, -1);
}

static void test_scroll_stays_within_the_rows(void **state)
{
    (void)state;
    struct ui ui;
    ui_init(&ui);
    ui.focus = PANE_BINLOG;
    ui.rows[PANE_BINLOG] = 10;
    ui.page[PANE_BINLOG] = 4;
    (void)ui_key(&ui, KEYCODE_UP, NULL, 0);
    assert_int_equal(ui.scroll[PANE_BINLOG], 0);
    (void)ui_key(&ui, KEYCODE_END, NULL, 0);
    assert_int_equal(ui.scroll[PANE_BINLOG], 6);
    (void)ui_key(&ui, KEYCODE_PGUP, NULL, 0);
    assert_int_equal(ui.scroll[PANE_BINLOG], 3);
    (void)ui_key(&ui, KEYCODE_HOME, NULL, 0);
    assert_int_equal(ui.scroll[PANE_BINLOG], 0);
}

/* Ten alerts, newest first, in a pane of four rows; the third is acknowledged, the last closed. */
static void with_alerts(struct ui *ui, struct ui_alert list[10])
{
    ui_init(ui);
    for (int i = 0; i < 10; i++) {
        list[i] = (struct ui_alert){.kind = ALERT_DB,
                                    .subject = (uint32_t)i,
                                    .opened_wall_ms = 10000 - i,
                                    .state = i == 2   ? ALERT_ACKED
                                             : i == 9 ? ALERT_CLOSED
                                                      : ALERT_OPEN};
    }
    ui->rows[PANE_ALERTS] = 10;
    ui->page[PANE_ALERTS] = 4;
    ui_list(ui, list, 10);
}

static void press(struct ui *ui, const char *keys_pressed)
{
    for (; *keys_pressed; keys_pressed++) {
        (void)ui_key(ui, (uint32_t)(unsigned char)*keys_pressed, NULL, 0);
    }
}

static void test_selection_moves_and_stays_in_sight(void **state)
{
    (void)state;
    struct ui ui;
    struct ui_alert list[10];
    with_alerts(&ui, list);
    press(&ui, "4jjj");
    assert_int_equal(ui.at, 3);
    assert_int_equal(ui.scroll[PANE_ALERTS], 0);
    press(&ui, "j");
    assert_int_equal(ui.at, 4);
    assert_int_equal(ui.scroll[PANE_ALERTS], 1);
    press(&ui, "G");
    assert_int_equal(ui.at, 9);
    assert_int_equal(ui.scroll[PANE_ALERTS], 6);
    press(&ui, "j");
    assert_int_equal(ui.at, 9);
    press(&ui, "g");
    assert_int_equal(ui.at, 0);
    assert_int_equal(ui.scroll[PANE_ALERTS], 0);
    press(&ui, "k");
    assert_int_equal(ui.at, 0);
}

static void test_selection_stays_on_its_alert(void **state)
{
    (void)state;
    struct ui ui;
    struct ui_alert list[10];
    with_alerts(&ui, list);
    press(&ui, "4jj");
    struct ui_alert news[2] = {{.kind = ALERT_APP, .opened_wall_ms = 11000}, list[2]};
    ui_list(&ui, news, 2);
    assert_int_equal(ui.at, 1);
    ui_list(&ui, list, 10);
    assert_int_equal(ui.at, 2);
    ui_list(&ui, list, 1); /* gone: the nearest */
    assert_int_equal(ui.at, 0);
    ui_list(&ui, list, 0);
    assert_int_equal(ui.at, 0);
    press(&ui, "ja"); /* nothing there to fall over */
    assert_int_equal(ui.typing, TYPING_NOTHING);
}

static void test_acknowledging_asks_for_a_comment(void **state)
{
    (void)state;
    struct ui ui;
    struct ui_alert list[10];
    with_alerts(&ui, list);
    press(&ui, "4ja");
    assert_int_equal(ui.typing, TYPING_ACKNOWLEDGEMENT);
    assert_true(ui_same_alert(&ui.target, &list[1]));
    assert_int_equal(ui_key(&ui, KEYCODE_ENTER, NULL, 0), UI_PAINT); /* empty: not accepted */
    press(&ui, "  ");
    assert_int_equal(ui_key(&ui, KEYCODE_ENTER, NULL, 0), UI_PAINT); /* nor are blanks */
    assert_int_equal(ui.typing, TYPING_ACKNOWLEDGEMENT);
    (void)ui_key(&ui, KEYCODE_BACKSPACE, NULL, 0);
    (void)ui_key(&ui, KEYCODE_BACKSPACE, NULL, 0);
    press(&ui, "q");
    /* Another alert comes in between: what was meant stays meant. */
    ui_list(&ui, list + 5, 3);
    assert_int_equal(ui_key(&ui, KEYCODE_ENTER, NULL, 0), UI_PAINT | UI_ACKNOWLEDGE);
    assert_string_equal(ui.text, "q");
    assert_true(ui_same_alert(&ui.target, &list[1]));
    assert_int_equal(ui.typing, TYPING_NOTHING);
    ui_list(&ui, list, 10);
    press(&ui, "gjja"); /* acknowledged already */
    assert_int_equal(ui.typing, TYPING_NOTHING);
    assert_string_equal(ui.toast, "DB is acknowledged already");
    press(&ui, "Ga");
    assert_string_equal(ui.toast, "DB is closed already");
    press(&ui, "gax");
    assert_int_equal(ui_key(&ui, KEYCODE_ESCAPE, NULL, 0), UI_PAINT);
    assert_int_equal(ui.typing, TYPING_NOTHING);
}

static void test_from_elsewhere_the_newest_unseen_one_is_meant(void **state)
{
    (void)state;
    struct ui ui;
    struct ui_alert list[10];
    with_alerts(&ui, list);
    ui_list(&ui, list + 2, 8); /* the first is acknowledged */
    press(&ui, "1a");
    assert_int_equal(ui.typing, TYPING_ACKNOWLEDGEMENT);
    assert_int_equal(ui.focus, PANE_ALERTS);
    assert_true(ui_same_alert(&ui.target, &list[3]));
    (void)ui_key(&ui, KEYCODE_ESCAPE, NULL, 0);
    ui_list(&ui, list + 9, 1); /* none is open */
    press(&ui, "1a");
    assert_int_equal(ui.typing, TYPING_NOTHING);
    assert_int_equal(ui.focus, PANE_TUNNEL);
}

static void test_nothing_is_written_where_it_cannot_be(void **state)
{
    (void)state;
    struct ui ui;
    struct ui_alert list[10];
    with_alerts(&ui, list);
    ui.refusal = "read-only";
    press(&ui, "4am");
    assert_int_equal(ui.typing, TYPING_NOTHING);
    assert_string_equal(ui.toast, "read-only");
    ui.refusal = NULL;
    ui.note_refusal = "nothing is recorded";
    press(&ui, "m");
    assert_int_equal(ui.typing, TYPING_NOTHING);
    assert_string_equal(ui.toast, "nothing is recorded");
    ui.note_refusal = NULL;
    ui.cursor_ms = 1000; /* in the past */
    press(&ui, "a");
    assert_int_equal(ui.typing, TYPING_NOTHING);
    ui.cursor_ms = 0;
    press(&ui, "a");
    assert_int_equal(ui.typing, TYPING_ACKNOWLEDGEMENT);
}

/* Pasted: a colour, a bell, an overlong line, a right-to-left override. */
static void test_what_is_typed_cannot_hurt(void **state)
{
    (void)state;
    struct ui ui;
    ui_init(&ui);
    press(&ui, "m");
    press(&ui, "a\033[31mb\007c\tz");
    (void)ui_key(&ui, 0x9B, NULL, 0);
    (void)ui_key(&ui, 0x202E, NULL, 0);
    (void)ui_key(&ui, 0x2028, NULL, 0);
    (void)ui_key(&ui, 0xD800, NULL, 0);
    (void)ui_key(&ui, KEYCODE_OTHER, NULL, 0);
    (void)ui_key(&ui, 0x20AC, NULL, 0);
    assert_string_equal(ui.text, "a[31mbcz\xe2\x82\xac");
    for (int i = 0; i < 500; i++) {
        (void)ui_key(&ui, 0x10FFFD, NULL, 0);
    }
    assert_true(strlen(ui.text) < sizeof ui.text);
    assert_int_equal(ui_key(&ui, KEYCODE_ENTER, NULL, 0), UI_PAINT | UI_NOTE);
}

static void test_enter_opens_what_is_meant(void **state)
{
    (void)state;
    struct ui ui;
    struct ui_alert list[10];
    with_alerts(&ui, list);
    (void)ui_key(&ui, KEYCODE_ENTER, NULL, 0);
    assert_int_equal(ui.overlay, OVERLAY_EVIDENCE);
    (void)ui_key(&ui, KEYCODE_ENTER, NULL, 0);
    assert_int_equal(ui.overlay, OVERLAY_NONE);
    press(&ui, "4j");
    (void)ui_key(&ui, KEYCODE_ENTER, NULL, 0);
    assert_int_equal(ui.overlay, OVERLAY_ALERT);
    assert_true(ui_same_alert(&ui.target, &list[1]));
    press(&ui, "jj"); /* scrolls what is open, and selects nothing */
    assert_int_equal(ui.at, 1);
    press(&ui, "a");
    assert_int_equal(ui.typing, TYPING_ACKNOWLEDGEMENT);
    (void)ui_key(&ui, KEYCODE_ESCAPE, NULL, 0);
    (void)ui_key(&ui, KEYCODE_ESCAPE, NULL, 0);
    assert_int_equal(ui.overlay, OVERLAY_NONE);
    press(&ui, "i");
    assert_int_equal(ui.overlay, OVERLAY_TIMELINE);
    assert_true(ui.over_end);
    press(&ui, "k");
    ui.over_rows = 30;
    ui.over_page = 10;
    ui.over_scroll = 20;
    press(&ui, "k");
    assert_false(ui.over_end);
    press(&ui, "G");
    assert_true(ui.over_end);
    press(&ui, "2");
    assert_int_equal(ui.overlay, OVERLAY_NONE);
}

static void test_range_has_ends(void **state)
{
    (void)state;
    struct ui ui;
    ui_init(&ui);
    for (int i = 0; i < 20; i++) {
        (void)ui_key(&ui, '-', NULL, 0);
    }
    assert_int_equal(ui_range_ms(&ui), 86400000);
    for (int i = 0; i < 20; i++) {
        (void)ui_key(&ui, '+', NULL, 0);
    }
    assert_int_equal(ui_range_ms(&ui), 60000);
}

static void test_history_is_left_at_the_newest_second(void **state)
{
    (void)state;
    struct ui ui;
    ui_init(&ui);
    struct history *h = history_create();
    struct snapshot *s = snapshot_create(NULL, 0);
    s->history = h;
    for (int64_t ms = 1000000; ms <= 1060000; ms += 1000) {
        history_push(h, HISTORY_VERDICT, ms, VERDICT_NORMAL);
    }
    (void)ui_key(&ui, KEYCODE_LEFT, s, 1060500);
    assert_int_equal(ui.cursor_ms, 1055500);
    for (int i = 0; i < 100; i++) {
        (void)ui_key(&ui, KEYCODE_LEFT, s, 1060500);
    }
    assert_int_equal(ui.cursor_ms, 1000000);
    for (int i = 0; i < 13; i++) {
        (void)ui_key(&ui, KEYCODE_RIGHT, s, 1060500);
    }
    assert_int_equal(ui.cursor_ms, 0);
    snapshot_unref(s);
    history_destroy(h);
    ui_finish(&ui);
}

static void test_pause_holds_one_snapshot(void **state)
{
    (void)state;
    struct ui ui;
    ui_init(&ui);
    struct snapshot *s = snapshot_create(NULL, 0);
    (void)ui_key(&ui, ' ', s, 1000);
    assert_ptr_equal(ui.paused, s);
    snapshot_unref(s);
    (void)ui_key(&ui, ' ', NULL, 2000);
    assert_null(ui.paused);
    ui_finish(&ui);
}

/* Types a text, key by key. */
static unsigned type_text(struct ui *ui, const char *text)
{
    unsigned effects = 0;
    for (; *text; text++) {
        effects |= ui_key(ui, (uint32_t)(unsigned char)*text, NULL, 0);
    }
    return effects;
}

static void test_the_palette_finds_an_action_by_its_words(void **state)
{
    (void)state;
    struct ui ui;
    enum action list[ACTION_COUNT];
    ui_init(&ui);
    (void)type_text(&ui, ":");
    size_t all = palette_list(&ui, list);
    assert_true(all > 20);
    (void)type_text(&ui, "INCIDENT timel");
    assert_int_equal(palette_list(&ui, list), 1);
    assert_int_equal(list[0], ACTION_TIMELINE);
    (void)ui_key(&ui, KEYCODE_ENTER, NULL, 0);
    assert_int_equal(ui.overlay, OVERLAY_TIMELINE);
    assert_int_equal(ui.typing, TYPING_NOTHING);
    ui_finish(&ui);
}

static void test_the_palette_moves_and_is_left(void **state)
{
    (void)state;
    struct ui ui;
    enum action list[ACTION_COUNT];
    ui_init(&ui);
    (void)type_text(&ui, ":history");
    size_t n = palette_list(&ui, list);
    assert_true(n >= 1);
    (void)ui_key(&ui, KEYCODE_UP, NULL, 0);
    assert_int_equal(ui.choice, n - 1);
    (void)ui_key(&ui, KEYCODE_DOWN, NULL, 0);
    assert_int_equal(ui.choice, 0);
    assert_int_equal(type_text(&ui, "qqq") & UI_QUIT, 0); /* letters are text there */
    assert_int_equal(palette_list(&ui, list), 0);
    (void)ui_key(&ui, KEYCODE_ENTER, NULL, 0); /* nothing of that name: it stays */
    assert_int_equal(ui.typing, TYPING_COMMAND);
    (void)ui_key(&ui, KEYCODE_ESCAPE, NULL, 0);
    assert_int_equal(ui.typing, TYPING_NOTHING);
    assert_int_equal(ui_key(&ui, 'q', NULL, 0), UI_QUIT);
    ui_finish(&ui);
}

static void test_the_palette_offers_no_failover_where_there_is_none(void **state)
{
    (void)state;
    struct ui ui;
    enum action list[ACTION_COUNT];
    ui_init(&ui);
    (void)type_text(&ui, ":fail over");
    assert_int_equal(palette_list(&ui, list), 1);
    ui.failover_refusal = "read-only";
    assert_int_equal(palette_list(&ui, list), 0);
    ui_finish(&ui);
}

static void test_the_mouse_focuses_zooms_and_scrolls(void **state)
{
    (void)state;
    struct ui ui;
    ui_init(&ui);
    struct layout l = layout_compute(80, 24, PRESET_BALANCED, -1);
    struct rect pane = l.pane[PANE_BINLOG];
    struct mouse m = {.x = pane.x + 1, .y = pane.y + 1};
    ui.rows[PANE_BINLOG] = 50;
    ui.page[PANE_BINLOG] = 5;
    assert_int_equal(ui_mouse(&ui, &l, &m, 0), UI_PAINT);
    assert_int_equal(ui.focus, PANE_BINLOG);
    m.wheel = 1;
    (void)ui_mouse(&ui, &l, &m, 0);
    assert_true(ui.scroll[PANE_BINLOG] > 0);
    m = (struct mouse){.x = pane.x, .y = pane.y, .twice = true};
    (void)ui_mouse(&ui, &l, &m, 0);
    assert_int_equal(ui.zoomed, PANE_BINLOG);
    m = (struct mouse){.x = 5, .y = 0};
    assert_int_equal(ui_mouse(&ui, &l, &m, 0), UI_NOTHING);
    (void)type_text(&ui, ":");
    m = (struct mouse){.x = pane.x, .y = pane.y};
    assert_int_equal(ui_mouse(&ui, &l, &m, 0), UI_NOTHING);
    ui_finish(&ui);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_code_is_bound_twice),
        cmocka_unit_test(test_no_control_alias_is_bound),
        cmocka_unit_test(test_every_key_is_documented_or_belongs_to_one_that_is),
        cmocka_unit_test(test_readme_has_the_same_keys),
        cmocka_unit_test(test_quit_and_help_work_at_once),
        cmocka_unit_test(test_filter_is_typed_and_left),
        cmocka_unit_test(test_a_long_filter_is_bounded),
        cmocka_unit_test(test_zoom_follows_the_focus),
        cmocka_unit_test(test_scroll_stays_within_the_rows),
        cmocka_unit_test(test_selection_moves_and_stays_in_sight),
        cmocka_unit_test(test_selection_stays_on_its_alert),
        cmocka_unit_test(test_acknowledging_asks_for_a_comment),
        cmocka_unit_test(test_from_elsewhere_the_newest_unseen_one_is_meant),
        cmocka_unit_test(test_nothing_is_written_where_it_cannot_be),
        cmocka_unit_test(test_what_is_typed_cannot_hurt),
        cmocka_unit_test(test_enter_opens_what_is_meant),
        cmocka_unit_test(test_range_has_ends),
        cmocka_unit_test(test_history_is_left_at_the_newest_second),
        cmocka_unit_test(test_pause_holds_one_snapshot),
        cmocka_unit_test(test_the_palette_finds_an_action_by_its_words),
        cmocka_unit_test(test_the_palette_moves_and_is_left),
        cmocka_unit_test(test_the_palette_offers_no_failover_where_there_is_none),
        cmocka_unit_test(test_the_mouse_focuses_zooms_and_scrolls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
