/* Servers that lie: escape sequences, bidi marks, zero-width characters, endless lines and
 * invalid bytes in what they answer. None of it reaches a terminal or a file as it came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/mem.h"
#include "tests/e2e/stage.h"
#include "tests/unit/fake_server.h"
#include "tests/unit/harmless.h"

enum { TEXT_MAX = 10000 };

/* What may not come through, each with a name of its own. */
#define TITLE      "\033]0;pwned\007"
#define CLIPBOARD  "\033]52;c;cHduZWQ=\033\\"
#define CLEAR      "\033[2J\033[1;1H"
#define C1_CSI     "\302\2331;31m"
#define RLO        "\342\200\256"
#define ISOLATE    "\342\201\246"
#define ZERO_WIDTH "\342\200\213"
#define INVALID    "\377\376\355\240\200\300\200"

static const char mixture[] = "evil" TITLE CLIPBOARD CLEAR C1_CSI RLO "gnp" ISOLATE ZERO_WIDTH
                              "zw" INVALID "\r\n\t\b\177end";

struct hostile {
    struct fake_server *db[2], *probe, *app, *anchor;
    char packet[TEXT_MAX + 16], reply[TEXT_MAX + 1024];
    char config[STAGE_PATH];
};

/* An error packet in place of the greeting, as "Host ... is not allowed to connect" is: length
 * and number, 0xff, the error's number (MySQL's internals manual, ERR_Packet). The zero at its
 * end is one more bad byte. */
static size_t error_packet(char *out, const char *text)
{
    size_t n = strlen(text) + 1, len = n + 3;
    const char head[] = {(char)(len & 255),  (char)(len >> 8),        0, 0, (char)0xff,
                         (char)(1130 & 255), (char)(1130 >> 8 & 0xff)};
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, text, n);
    return sizeof head + n;
}

static struct fake_server *serve(bool wait_request, const char *reply, size_t len)
{
    struct fake_server *s = fake_start(wait_request);
    fake_set(s, FAKE_CLOSE, reply, len);
    return s;
}

/* Bad bytes in every place of an HTTP answer. */
static size_t http_reply(char *out, size_t size, const char *text)
{
    int n = snprintf(out, size,
                     "HTTP/1.1 503 %.200s\r\nServer: %.200s\r\nX-Evil: %s\r\n"
                     "Connection: close\r\n\r\n",
                     "evil\033]0;pwned\007", "evil\033[2J", text);
    return (size_t)n;
}

static void write_config(struct hostile *h)
{
    char text[4096];
    (void)snprintf(
        text, sizeof text,
        "{\"group\": \"grp\","
        " \"primary\": {"
        "  \"mysql\": {\"host\": \"127.0.0.1\", \"port\": %u, \"user\": \"mon\"},"
        "  \"app\": {\"url\": \"http://127.0.0.1:%u/\"}},"
        " \"dr\": {"
        "  \"mysql\": {\"host\": \"127.0.0.1\", \"port\": %u, \"user\": \"mon\"}},"
        " \"tunnels\": [{\"type\": \"probe\", \"name\": \"vpn\", \"host\": \"127.0.0.1\","
        "                \"port\": %u, \"greeting\": true}],"
        " \"anchors\": [{\"name\": \"third\", \"target\": \"http://127.0.0.1:%u/\"}]}\n",
        h->db[0]->port, h->app->port, h->db[1]->port, h->probe->port, h->anchor->port);
    stage_write("hostile.json", text, h->config);
}

static struct hostile *begin(const char *text)
{
    struct hostile *h = mem_alloc(1, sizeof *h);
    size_t packet_len = error_packet(h->packet, text);
    size_t reply_len = http_reply(h->reply, sizeof h->reply, text);
    h->db[0] = serve(false, h->packet, packet_len);
    h->db[1] = serve(false, h->packet, packet_len);
    h->probe = serve(false, h->packet, packet_len);
    h->app = serve(true, h->reply, reply_len);
    h->anchor = serve(true, h->reply, reply_len);
    write_config(h);
    return h;
}

static void end(struct hostile *h)
{
    fake_stop(h->db[0]);
    fake_stop(h->db[1]);
    fake_stop(h->probe);
    fake_stop(h->app);
    fake_stop(h->anchor);
    free(h);
}

/* Of text that assert_clean() has found to hold no NUL. */
static bool holds(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* --- the dashboard --- */

/* The stream is full of sequences of curses' own; none of the hostile ones is among them. */
static void assert_stream_clean(const struct eye *e)
{
    size_t len;
    const char *bytes = eye_bytes(e, &len);
    assert_clean("screen", bytes, len, "\033\r\n\b\017\016\007");
    assert_false(holds(bytes, "\033]0;"));
    assert_false(holds(bytes, "\033]52;c;cHduZWQ"));
    const char *title = eye_title(e); /* drtop's own */
    assert_clean("title", title, strlen(title), "");
    assert_true(holds(title, " - drtop"));
}

static void look_everywhere(struct eye *e)
{
    static const char *const keys[] = {"1", "z", "2", "3", "4", "z", "p", "p", "p"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_true(eye_key(e, keys[i]));
        stage_whole(e);
    }
}

static void shows_it_harmless(const char *text, const char *seen)
{
    static const int sizes[][2] = {{200, 60}, {80, 24}, {40, 8}, {20, 3}};
    struct hostile *h = begin(text);
    struct eye *e =
        stage_open(&(struct stage_options){.config = h->config, .w = 160, .h = 40}, seen);
    assert_true(eye_wait_text(e, "4 Alerts", STAGE_LIMIT_MS));
    assert_true(eye_wait_text(e, "open  DB", STAGE_LIMIT_MS)); /* the alert has it too */
    look_everywhere(e);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        eye_resize(e, sizes[i][0], sizes[i][1]);
        stage_whole(e);
    }
    assert_stream_clean(e);
    assert_true(eye_key(e, "y"));
    eye_resize(e, 160, 40);
    assert_true(eye_wait_text(e, "1 Tunnel", STAGE_LIMIT_MS));
    const char *line = eye_clipboard(e);
    assert_non_null(strstr(line, " grp "));
    assert_clean("clipboard", line, strlen(line), "");
    stage_quit(e);
    end(h);
}

static void screen_shows_a_mixture_harmless(void **state)
{
    (void)state;
    shows_it_harmless(mixture, "evil");
}

static char *long_line(void)
{
    char *text = mem_alloc(TEXT_MAX + 1, 1);
    (void)snprintf(text, TEXT_MAX + 1, "evil%*s" TITLE, TEXT_MAX - 14, "");
    for (char *p = text; (p = strchr(p, ' ')); p++) {
        *p = 'W';
    }
    return text;
}

static void screen_shows_a_long_line_harmless(void **state)
{
    (void)state;
    char *text = long_line();
    shows_it_harmless(text, "evilWWWW");
    free(text);
}

/* --- without a terminal --- */

static void prints_it_harmless(const char *text)
{
    struct hostile *h = begin(text);
    const char *const commands[][8] = {
        {DRTOP_BIN, "--config", h->config, "status", NULL},
        {DRTOP_BIN, "--config", h->config, "status", "--json", NULL},
        {DRTOP_BIN, "--config", h->config, "frame", "--size", "160x40", NULL},
        {DRTOP_BIN, "--config", h->config, "frame", "--size", "100x24", "--ascii", NULL},
        {DRTOP_BIN, "--config", h->config, "config", "check", "--online", NULL},
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char *out, what[128];
        size_t len;
        int status = stage_run(commands[i], &out, &len);
        (void)snprintf(what, sizeof what, "%s %s", commands[i][3], commands[i][4]);
        assert_true(status >= 0 && status < 126);
        assert_clean(what, out, len, "\n");
        if (!holds(out, "evil")) {
            fail_msg("%s: nothing of the text: %s", what, out);
        }
        free(out);
    }
    end(h);
}

static void text_and_json_hold_a_mixture_harmless(void **state)
{
    (void)state;
    prints_it_harmless(mixture);
}

static void text_and_json_hold_a_long_line_harmless(void **state)
{
    (void)state;
    char *text = long_line();
    prints_it_harmless(text);
    free(text);
}

/* What drtop refuses, it quotes. */
static void complaints_are_harmless(void **state)
{
    (void)state;
    static const char not_a_command[] = "evil" TITLE CLEAR, not_a_size[] = "evil" TITLE,
                      not_a_verb[] = "evil" TITLE RLO;
    char config[STAGE_PATH], missing[STAGE_PATH + 32];
    stage_write("evil.json", "{\"group\": \"g\", \"evil\\u001b]0;pwned\\u0007\\u202e\": 1}\n",
                config);
    (void)snprintf(missing, sizeof missing, "%s/evil" TITLE RLO ".json", stage_dir());
    const char *const commands[][6] = {
        {DRTOP_BIN, "--config", config, "status", NULL},
        {DRTOP_BIN, "--config", config, NULL},
        {DRTOP_BIN, "--config", config, "config", "check", NULL},
        {DRTOP_BIN, "--config", missing, "status", NULL},
        {DRTOP_BIN, "--config", missing, "config", "dump", NULL},
        {DRTOP_BIN, not_a_command, NULL},
        {DRTOP_BIN, "frame", "--size", not_a_size, NULL},
        {DRTOP_BIN, "config", not_a_verb, NULL},
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char *out, what[32];
        size_t len;
        int status = stage_run(commands[i], &out, &len);
        (void)snprintf(what, sizeof what, "complaint %zu", i);
        assert_true(status == 64 || status == 78);
        assert_clean(what, out, len, "\n");
        assert_true(holds(out, "evil"));
        free(out);
    }
}

/* Environment and arguments name terminals and themes. */
static void screen_complaints_are_harmless(void **state)
{
    (void)state;
    static const struct stage_options ways[] = {
        {.env = {"TERM=evil" TITLE CLEAR}},
        {.args = {"--theme", "evil" TITLE RLO}},
        {.args = {"--theme", "/evil" TITLE ".json"}},
    };
    char config[STAGE_PATH];
    stage_silent_config("1s", config);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct stage_options options = ways[i];
        int status = -1;
        size_t len;
        options.config = config;
        struct eye *e = stage_start(&options);
        assert_true(eye_wait_exit(e, STAGE_LIMIT_MS, &status));
        const char *bytes = eye_bytes(e, &len);
        assert_clean("complaint", bytes, len, "\r\n");
        assert_true(holds(bytes, "evil"));
        eye_destroy(e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(screen_shows_a_mixture_harmless),
        cmocka_unit_test(screen_shows_a_long_line_harmless),
        cmocka_unit_test(text_and_json_hold_a_mixture_harmless),
        cmocka_unit_test(text_and_json_hold_a_long_line_harmless),
        cmocka_unit_test(complaints_are_harmless),
        cmocka_unit_test(screen_complaints_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
