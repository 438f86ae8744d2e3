/* The shared screen: how it looks, and that no name of a corpus comes out of it anywhere, whatever
 * field of whatever source it is in. UPDATE_GOLDEN=1 rewrites the frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/config_alias.h"
#include "backend/mem.h"
#include "backend/net/text.h"
#include "cli/cli.h"
#include "tests/golden/golden.h"
#include "tests/golden/scenario.h"
#include "tests/golden/stuff.h"
#include "tests/unit/canvas_text.h"
#include "tui/attention.h"
#include "tui/glyph.h"
#include "tui/view.h"

struct scene {
    struct scenario *story;
    struct snapshot *snap;
    struct config *cfg; /* in place of the story's, or NULL */
    struct alias_table *aliases;
    struct ui ui;
    struct failover screen;
    struct failover_view run;
    struct view view;
};

static void enter(struct scene *s, enum story story, const char *config)
{
    struct error err;
    *s = (struct scene){.story = scenario_play(story), .aliases = alias_create()};
    s->snap = scenario_snapshot(s->story);
    if (config) {
        s->cfg = config_parse("share", config, strlen(config), 0600, &err);
        if (!s->cfg) {
            fail_msg("%s", err.text);
        }
        s->snap->config = s->cfg;
    }
    config_alias(s->snap->config, s->aliases);
    ui_init(&s->ui);
    s->view = (struct view){.snap = s->snap,
                            .record = scenario_record(s->story),
                            .share = s->aliases,
                            .ui = &s->ui,
                            .graph = GRAPH_BRAILLE};
    view_clock(&s->view, scenario_now_ms(s->story), scenario_wall_ms(s->story));
    glyph_use(GLYPHS_UTF8);
}

static void leave(struct scene *s)
{
    ui_finish(&s->ui);
    scenario_destroy(s->story);
    config_destroy(s->cfg);
    alias_destroy(s->aliases);
}

static char *painted(struct scene *s, int w, int h)
{
    struct canvas c;
    canvas_init(&c, w, h);
    view_paint(&c, &s->view);
    char *text = canvas_as_text(&c);
    canvas_finish(&c);
    return text;
}

/* --- how it looks */

static const struct {
    int w, h;
} sizes[] = {{200, 60}, {120, 36}, {80, 24}};

static void frames_of(struct scene *s, const char *name)
{
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int ascii = 0; ascii < 2; ascii++) {
            char file[64];
            alias_destroy(s->aliases); /* each frame has numbers of its own */
            s->view.share = s->aliases = alias_create();
            config_alias(s->snap->config, s->aliases);
            glyph_use(ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
            s->view.graph = ascii ? GRAPH_ASCII : GRAPH_BRAILLE;
            (void)snprintf(file, sizeof file, "share-%s-%dx%d%s", name, sizes[i].w, sizes[i].h,
                           ascii ? "-ascii" : "");
            char *text = painted(s, sizes[i].w, sizes[i].h);
            golden_check(file, text);
            free(text);
        }
    }
}

static void test_frames_calm(void **state)
{
    (void)state;
    struct scene s;
    enter(&s, STORY_CALM, NULL);
    frames_of(&s, "calm");
    leave(&s);
}

static void test_frames_views(void **state)
{
    (void)state;
    struct scene s;
    enter(&s, STORY_VIEWS, NULL);
    frames_of(&s, "views");
    leave(&s);
}

static void test_frames_primary_down(void **state)
{
    (void)state;
    struct scene s;
    enter(&s, STORY_PRIMARY_DOWN, NULL);
    frames_of(&s, "primary-down");
    s.ui.overlay = OVERLAY_TIMELINE;
    s.ui.over_end = true;
    frames_of(&s, "timeline");
    leave(&s);
}

/* --- what it must not tell */

static const char config_text[] =
    "{ \"group\": \"gitea-prod\",\n"
    "  \"primary\": { \"site\": \"aws us-east-1\",\n"
    "    \"mysql\": { \"host\": \"kraken-db.zulu-corp.example\", \"user\": \"wutchman\" },\n"
    "    \"app\": { \"url\": \"https://xenon-git.zulu-corp.example/login\" },\n"
    "    \"control_plane\": { \"name\": \"ec2 us-east-1\","
    "      \"target\": \"https://yonder-ec2.zulu-corp.example/\" } },\n"
    "  \"dr\": { \"site\": \"azure eastus\",\n"
    "    \"mysql\": { \"host\": \"narwhalio\", \"user\": \"mk\" },\n"
    "    \"app\": { \"url\": \"http://10.77.66.56:3000/\", \"expected\": false } },\n"
    "  \"tunnels\": [\n"
    "    { \"type\": \"aws\", \"vpn_connection\": \"vpn-0badc0ffee0ddf00d\","
    " \"tunnels\": [\"198.51.100.231\", \"198.51.100.232\"], \"expected_up\": 1 },\n"
    "    { \"type\": \"azure\", \"subscription\": \"5f1c0de5-1234-4abc-9def-0123456789ab\","
    " \"resource_group\": \"ziggurat-rg\", \"connection\": \"quokka-to-aws\" },\n"
    "    { \"type\": \"probe\", \"host\": \"10.77.66.55\", \"port\": 3306 },\n"
    "    { \"type\": \"strongswan\", \"name\": \"gw\" } ],\n"
    "  \"anchors\": [ { \"name\": \"dns-a\", \"target\": \"203.0.113.253:53\" } ],\n"
    "  \"notify\": { \"mail\": { \"host\": \"juniper-mx.zulu-corp.example\", \"from\":"
    " \"drtop@zulu-corp.example\", \"recipients\": [ { \"role\": \"on-call\","
    " \"address\": \"vuvuzela@zulu-corp.example\" } ] } },\n"
    "  \"failover\": {\n"
    "    \"jenkins\": { \"url\": \"https://jumbo-ci.zulu-corp.example/jk\","
    " \"user\": \"pipelineer\", \"token\": \"t\" },\n"
    "    \"job\": { \"path\": \"herd/Move-Wildebeest\", \"parameters\": ["
    " { \"name\": \"DEPLOYMENT_MODE\", \"value\": \"failover\" } ] },\n"
    "    \"target\": \"azure-eastus\",\n"
    "    \"phases\": [ { \"name\": \"Infrastructure\", \"stages\": [\"tf\"] } ] } }\n";

/* None of them, and no five letters of their beginning or six of their end where these tell. */
static const struct {
    const char *name;
    bool tells; /* a part of it too */
} corpus[] = {
    {"kraken-db.zulu-corp.example", true},
    {"narwhalio", true},
    {"wutchman", true},
    {"xenon-git.zulu-corp.example", true},
    {"yonder-ec2.zulu-corp.example", true},
    {"juniper-mx.zulu-corp.example", true},
    {"jumbo-ci.zulu-corp.example", true},
    {"vuvuzela@zulu-corp.example", true},
    {"ziggurat-rg", true},
    {"quokka-to-aws", false},
    {"herd/Move-Wildebeest", false},
    {"pipelineer", false},
    {"10.77.66.55", false},
    {"10.77.66.56", false},
    {"198.51.100.231", false},
    {"203.0.113.253", false},
    {"2001:db8:77::42", false},
    {"vpn-0badc0ffee0ddf00d", false},
    {"i-0feedface12345678", false},
    {"5f1c0de5-1234-4abc-9def-0123456789ab", false},
    {"c0ffee11-71ca-11e1-9e33-c80aa9429562", false},
    {"/subscriptions/5f1c0de5-1234/resourceGroups/ziggurat-rg/x", false},
    {"https://jumbo-ci.zulu-corp.example/jk/job/herd/412/", false},
    {"unknown-host.sable-corp.example", false},
    {"operose@yaktown", false},
    {"'mole'@'10.77.66.99'", false},
    {"/srv/kestrel/state/drtop.db", false},
};
#define CORPUS (sizeof corpus / sizeof corpus[0])

/* What they are made of. */
static const char *const parts[] = {"wildebeest", "badc0ffee", "zulu-corp", "sable-corp",
                                    "yaktown",    "kestrel",   "ziggurat",  "quokka"};

static void lower(char *text)
{
    for (; *text; text++) {
        *text = (char)(*text >= 'A' && *text <= 'Z' ? *text | 0x20 : *text);
    }
}

/* low is text in lower case. */
static void lacks(const char *where, const char *text, const char *low, const char *part,
                  size_t len)
{
    char word[128];
    (void)snprintf(word, sizeof word, "%.*s", (int)len, part);
    lower(word);
    const char *at = strstr(low, word);
    if (at) {
        size_t from = at - low > 80 ? (size_t)(at - low) - 80 : 0;
        fail_msg("%s tells of %s: ...%.200s", where, word, text + from);
    }
}

static void tells_nothing(const char *where, const char *text)
{
    char *low = mem_strdup(text);
    lower(low);
    for (size_t i = 0; i < CORPUS; i++) {
        const char *name = corpus[i].name;
        size_t len = strlen(name);
        lacks(where, text, low, name, corpus[i].tells ? 5 : len);
        if (corpus[i].tells) {
            lacks(where, text, low, name + len - 6, 6);
        }
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        lacks(where, text, low, parts[i], strlen(parts[i]));
    }
    free(low);
}

/* What sources say, with the next names of the corpus in it, cut where the field ends. */
static void say_names(struct stuffing *s, char *field, size_t size)
{
    char text[1024];
    size_t i = s->n * 7;
    const char *a = corpus[i % CORPUS].name, *b = corpus[(i + 1) % CORPUS].name;
    const char *c = corpus[(i + 2) % CORPUS].name;
    switch (s->kind == STUFF_NAME ? 4 : s->kind == STUFF_WHO ? 5 : s->n % 4) {
    case 0:
        (void)snprintf(text, sizeof text, "%s: no route to %s, as %s says", a, b, c);
        break;
    case 1:
        (void)snprintf(text, sizeof text, "cannot reach %s:3306 (%s) from %s", a, b, c);
        break;
    case 2:
    case 4:
        (void)snprintf(text, sizeof text, "%s", a);
        break;
    case 5:
        (void)snprintf(text, sizeof text, "%s on pts/3 from %s", s->n % 2 ? "mk" : "wutchman",
                       a);
        break;
    default:
        (void)snprintf(text, sizeof text, "wrong,%s;%s=\"%s\"", a, b, c);
    }
    (void)text_clean_str(field, size, text);
    if (size > 600) { /* a log, line by line */
        size_t n = strlen(field);
        for (size_t k = 0; k < CORPUS && n + 128 < size; k++) {
            n += (size_t)snprintf(field + n, size - n, "\n+ ssh %s && curl %s", corpus[k].name,
                                  corpus[(k + 5) % CORPUS].name);
        }
    }
}

static void paint_at(struct scene *s, int w, int h, const char *what)
{
    char *text = painted(s, w, h);
    tells_nothing(what, text);
    free(text);
}

static void paint_all(struct scene *s, const char *what)
{
    static const struct {
        int w, h;
    } all[] = {{40, 8}, {60, 16}, {80, 24}, {120, 36}, {200, 60}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        paint_at(s, all[i].w, all[i].h, what);
    }
}

static void paint_overlays(struct scene *s)
{
    for (int overlay = OVERLAY_NONE; overlay <= OVERLAY_TIMELINE; overlay++) {
        for (int page = 0; page < 3; page++) {
            s->ui.overlay = (enum ui_overlay)overlay;
            s->ui.over_scroll = 15 * page;
            s->ui.over_end = false;
            if (s->ui.n_listed > 0) {
                s->ui.target = s->ui.listed[(size_t)page % s->ui.n_listed];
            }
            paint_all(s, "an overlay");
        }
    }
    s->ui.overlay = OVERLAY_NONE;
}

static void paint_panes(struct scene *s)
{
    for (int zoomed = -1; zoomed < PANE_COUNT; zoomed++) {
        for (int preset = 0; preset < PRESET_COUNT; preset++) {
            s->ui.zoomed = zoomed;
            s->ui.preset = (enum layout_preset)preset;
            s->ui.focus = zoomed < 0 ? PANE_LAG : (enum pane_id)zoomed;
            for (int i = 0; i < PANE_COUNT; i++) {
                s->ui.scroll[i] = 5 * preset;
            }
            paint_all(s, "a pane");
        }
    }
    s->ui.zoomed = -1;
}

static void paint_typed(struct scene *s)
{
    for (size_t i = 0; i < CORPUS; i += 2) {
        s->ui.typing = i % 2 ? TYPING_NOTE : TYPING_ACKNOWLEDGEMENT;
        (void)snprintf(s->ui.text, sizeof s->ui.text,
                       "so many words that the beginning is out of sight, of %s and %s again",
                       corpus[i].name, corpus[(i + 1) % CORPUS].name);
        paint_at(s, 80, 24, "what is typed");
        s->ui.typing = TYPING_NOTHING;
        ui_toast(&s->ui, s->view.now_ms, "noted: %.100s", s->ui.text);
        paint_at(s, 80, 24, "a toast");
        s->ui.toast[0] = '\0';
    }
}

static void say_all(struct scene *s)
{
    char text[512];
    struct attention a = {.began_wall_ms = 1}; /* it has looked before any of this */
    free(painted(s, 120, 36));
    view_status_line(&s->view, text, sizeof text);
    tells_nothing("the status line", text);
    assert_non_null(strstr(text, "gitea-prod"));
    attention_title(&s->view, text, sizeof text);
    tells_nothing("the title", text);
    if (attention_wanted(&a, &s->view, text, sizeof text)) {
        tells_nothing("the pop-up", text);
    }
}

static void write_json(struct scene *s)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    status_write_json(s->snap, s->view.record, s->view.now_ms, s->aliases, out);
    (void)fclose(out);
    tells_nothing("JSON", text);
    assert_non_null(strstr(text, "\"gitea-prod\""));
    free(text);
}

/* A shared screen does not open it; should it, it tells no more. */
static void paint_failover(struct scene *s)
{
    static const enum attempt_state states[] = {
        ATTEMPT_INTENT,  ATTEMPT_UNKNOWN, ATTEMPT_REFUSED,  ATTEMPT_QUEUED,
        ATTEMPT_RUNNING, ATTEMPT_ENDED,   ATTEMPT_VERIFIED, ATTEMPT_FAILED};
    s->view.run = &s->run;
    s->view.failover = &s->screen;
    failover_init(&s->screen, s->snap->config, false);
    struct preflight facts = preflight_of(s->snap, &s->run.job, &s->run.past, NULL, 0, false,
                                          s->view.now_ms, s->view.wall_ms);
    for (size_t i = 0; i <= sizeof states / sizeof states[0]; i++) {
        bool asks = i == sizeof states / sizeof states[0];
        s->run.attempt.id = asks ? 0 : 7;
        s->run.attempt.state = asks ? ATTEMPT_INTENT : states[i];
        (void)failover_open(&s->screen, false, &s->run, s->view.now_ms);
        (void)failover_feed(&s->screen, &facts, &s->run, s->view.now_ms);
        for (int row = 0; row < (asks ? PREFLIGHT_ROWS : 1); row++) {
            s->screen.chosen = s->screen.detail = true;
            s->screen.at = (enum preflight_row_id)row;
            paint_at(s, 80, 24, "the failover");
            paint_at(s, 200, 60, "the failover");
        }
        (void)failover_shut(&s->screen, s->view.now_ms);
        s->screen.open = false;
        paint_at(s, 80, 24, "the footer of a run");
    }
    s->view.failover = NULL;
}

static void test_no_name_comes_out(void **state)
{
    const enum story *story = *state;
    struct scene s;
    struct stuffing names = {.fill = say_names};
    enter(&s, *story, config_text);
    for (int round = 0; round < 2; round++) { /* each field has other names in each */
        names.n += 11;
        stuff_snapshot(&names, s.snap);
        stuff_record(&names, (struct record_view *)(uintptr_t)s.view.record);
        stuff_run(&names, &s.run);
        paint_panes(&s);
        paint_overlays(&s);
        say_all(&s);
        write_json(&s);
        paint_failover(&s);
    }
    paint_typed(&s);
    (void)snprintf(s.ui.filter, sizeof s.ui.filter, "narwhalio");
    paint_all(&s, "the filter");
    s.ui.filter[0] = '\0';
    s.ui.cursor_ms = s.view.now_ms - 60000;
    paint_panes(&s);
    assert_true(names.n > 200);
    leave(&s);
}

int main(void)
{
    static const enum story stories[] = {STORY_PRIMARY_DOWN, STORY_VIEWS, STORY_BLACK_HOLED};
    struct CMUnitTest tests[6] = {
        cmocka_unit_test(test_frames_calm),
        cmocka_unit_test(test_frames_views),
        cmocka_unit_test(test_frames_primary_down),
    };
    for (size_t i = 0; i < 3; i++) {
        tests[3 + i] = (struct CMUnitTest){.name = story_name(stories[i]),
                                           .test_func = test_no_name_comes_out,
                                           .initial_state = (void *)(uintptr_t)&stories[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
