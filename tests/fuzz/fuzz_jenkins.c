/* Answers of a controller from raw bytes. The first byte chooses who reads the rest: headers, a
 * log, the marks in one, or one of the JSON answers. Whatever comes in, texts that go out are
 * terminated and hold nothing that moves a terminal. */
#include "backend/failover/jenkins_parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct jenkins_job job;
static struct jenkins_stages stages;

static void check(const char *text, size_t room, char allowed)
{
    if (!memchr(text, '\0', room)) {
        abort();
    }
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if ((c < ' ' && *p != allowed) || c == 127) {
            abort();
        }
    }
}

static void check_stages(void)
{
    if (stages.n > JENKINS_STAGES_MAX) {
        abort();
    }
    for (size_t i = 0; i < stages.n; i++) {
        const struct jenkins_stage *s = &stages.stages[i];
        check(s->name, sizeof s->name, ' ');
        if (s->state > STAGE_SKIPPED || (s->took_ms.known && s->took_ms.v < 0)) {
            abort();
        }
    }
}

static void head(const char *body, size_t len)
{
    struct jenkins_head h = {0};
    struct error err = {0};
    for (size_t i = 0; i < len;) {
        const char *newline = memchr(body + i, '\n', len - i);
        size_t line = newline ? (size_t)(newline - body) + 1 - i : len - i;
        jenkins_parse_head(&h, body + i, line);
        i += line;
    }
    check(h.location, sizeof h.location, ' ');
    check(h.error, sizeof h.error, ' ');
    check(h.cookie, sizeof h.cookie, ' ');
    struct jenkins_triggered t = jenkins_parse_trigger(&h, &err);
    if ((t.what == TRIGGER_ACCEPTED) != (h.status == 201) ||
        (t.queue_id.known && t.queue_id.v < 0)) {
        abort();
    }
    (void)jenkins_parse_reach((enum jenkins_kind)(len % 4), &h, body, len, &err);
    check(err.text, sizeof err.text, ' ');
}

static void jobs(const char *body, size_t len)
{
    char line[288], user[64];
    enum tri quieting;
    if (jenkins_parse_job(body, len, &job)) {
        if (job.n_params > JENKINS_PARAMS_MAX) {
            abort();
        }
        for (size_t i = 0; i < job.n_params; i++) {
            check(job.params[i].name, sizeof job.params[i].name, ' ');
        }
    }
    (void)jenkins_parse_quieting(body, len, &quieting);
    if (jenkins_parse_user(body, len, user, sizeof user)) {
        check(user, sizeof user, ' ');
    }
    if (jenkins_parse_crumb(body, len, line, sizeof line)) {
        check(line, sizeof line, ' ');
    }
}

static void runs(const char *body, size_t len)
{
    struct jenkins_item item;
    struct jenkins_build build;
    struct jenkins_input input;
    struct jenkins_found found = {0};
    char waits[200];
    bool flag;
    char *raw = NULL;
    if (jenkins_parse_item(body, len, "x", "R", &item, &flag)) {
        check(item.why, sizeof item.why, ' ');
        check(item.request_id, sizeof item.request_id, ' ');
    }
    (void)jenkins_parse_queue_search(body, len, "ops/x", "R", "r1", &found);
    (void)jenkins_parse_build_search(body, len, "R", "r1", &found);
    if (jenkins_parse_build(body, len, &build, &flag)) {
        check(build.result_word, sizeof build.result_word, ' ');
    }
    (void)jenkins_parse_waits(body, len, "ops/x", 1, waits, sizeof waits);
    check(waits, sizeof waits, ' ');
    if (jenkins_parse_input(body, len, &input, &raw)) {
        check(input.message, sizeof input.message, ' ');
        free(raw);
    }
}

static void graphs(const char *body, size_t len, const char *log_text)
{
    if (jenkins_parse_wfapi(body, len, log_text, &stages)) {
        check_stages();
    }
    if (jenkins_parse_flowgraph(body, len, log_text, &stages)) {
        check_stages();
    }
}

static void log_lines(const char *body, size_t len, size_t room)
{
    char out[256];
    jenkins_parse_log(body, len, out, room);
    check(out, room, '\n');
    jenkins_parse_markers(out, &stages);
    check_stages();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    char *body = malloc(size); /* as long as it is, for the sanitiser, and terminated */
    if (!body) {
        abort();
    }
    memcpy(body, data + 1, size - 1);
    body[size - 1] = '\0';
    size_t len = size - 1;
    switch (data[0] % 5) {
    case 0:
        head(body, len);
        break;
    case 1:
        jobs(body, len);
        break;
    case 2:
        runs(body, len);
        break;
    case 3:
        graphs(body, len, "Stage \"Verify\" skipped due to earlier failure(s)\n");
        break;
    default:
        log_lines(body, len, 1 + data[0]);
        jenkins_parse_markers(body, &stages);
        check_stages();
        break;
    }
    free(body);
    return 0;
}
