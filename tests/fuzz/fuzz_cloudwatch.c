/* Answers of CloudWatch from raw bytes, each read as every kind of answer. Texts that come out are
 * terminated and hold nothing that moves a terminal; what did not parse left its place alone. */
#include "backend/tunnel/aws_error.h"
#include "backend/tunnel/cloudwatch.h"

#include <stdlib.h>
#include <string.h>

#define NOW_MS INT64_C(1795389000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char alarm_a[] = "a", alarm_b[] = "vpn-tunnel1-down";
static char *const names[] = {alarm_a, alarm_b, NULL};
static char tunnel_a[] = "198.51.100.11", tunnel_b[] = "198.51.100.12";
static char *const tunnels[] = {tunnel_a, tunnel_b, NULL};

static void check(const char *text, size_t room)
{
    if (!memchr(text, '\0', room)) {
        abort();
    }
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < ' ' || c == 127) {
            abort();
        }
    }
}

static void alarms(const char *body, size_t len)
{
    static struct tunnel_alarm out[TUNNEL_ALARMS_MAX];
    size_t n = 99;
    if (!cloudwatch_parse_alarms(body, len, names, out, &n)) {
        if (n != 99) {
            abort();
        }
        return;
    }
    if (n != 2) {
        abort();
    }
    for (size_t i = 0; i < n; i++) {
        check(out[i].name, sizeof out[i].name);
        check(out[i].reason, sizeof out[i].reason);
        if (out[i].state > ALARM_RAISED || (out[i].dated && !out[i].changed_ms.known)) {
            abort();
        }
    }
}

static void history(const char *body, size_t len)
{
    static struct tunnel_transition out[3];
    size_t n = 0;
    if (!cloudwatch_parse_history(body, len, out, 3, &n)) {
        return;
    }
    if (n > 3) {
        abort();
    }
    for (size_t i = 0; i < n; i++) {
        check(out[i].alarm, sizeof out[i].alarm);
        check(out[i].reason, sizeof out[i].reason);
        if (out[i].from == out[i].to || out[i].at_ms <= 0) {
            abort();
        }
    }
}

static void states(const char *body, size_t len)
{
    static struct tunnel_leg out[TUNNEL_LEGS_MAX];
    size_t n = 0;
    if (!cloudwatch_parse_states(body, len, tunnels, NOW_MS, out, &n)) {
        return;
    }
    if (n != 2) {
        abort();
    }
    for (size_t i = 0; i < n; i++) {
        check(out[i].detail, sizeof out[i].detail);
        if (out[i].state > TUNNEL_DOWN || strcmp(out[i].id, tunnels[i]) != 0) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *body = malloc(size ? size : 1); /* as long as it is, for the sanitiser */
    struct aws_error e = {0};
    if (!body) {
        abort();
    }
    if (size > 0) {
        memcpy(body, data, size);
    }
    alarms(body, size);
    history(body, size);
    states(body, size);
    (void)cloudwatch_parse_error(body, size, &e);
    check(e.code, sizeof e.code);
    check(e.message, sizeof e.message);
    free(body);
    return 0;
}
