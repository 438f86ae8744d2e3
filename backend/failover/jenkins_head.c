/* Status lines and headers: who answered, and what the answer means. */
#include "backend/failover/jenkins_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backend/net/text.h"

/* Digits only, of at most an int64. */
static struct opt_i64 number(const char *text, size_t len)
{
    int64_t v = 0;
    if (len == 0) {
        return (struct opt_i64){0};
    }
    for (size_t i = 0; i < len; i++) {
        int digit = text[i] - '0';
        if (digit < 0 || digit > 9 || v > (INT64_MAX - digit) / 10) {
            return (struct opt_i64){0};
        }
        v = v * 10 + digit;
    }
    return opt_i64(v);
}

/* A cookie that can go into a request as it is: "JSESSIONID.x=y" without the attributes. */
static void keep_cookie(struct jenkins_head *head, const char *value, size_t len)
{
    size_t end = 0;
    while (end < len && value[end] != ';') {
        if (value[end] <= ' ' || value[end] >= 127) {
            return;
        }
        end++;
    }
    if (end > 10 && end < sizeof head->cookie && strncasecmp(value, "JSESSIONID", 10) == 0) {
        memcpy(head->cookie, value, end);
        head->cookie[end] = '\0';
    }
}

static void keep(struct jenkins_head *head, const char *name, size_t name_len,
                 const char *value, size_t len)
{
    const struct {
        const char *name;
        char *to;
        size_t size;
    } texts[] = {
        {"Location", head->location, sizeof head->location},
        {"X-Jenkins", head->version, sizeof head->version},
        {"X-Jenkins-Session", head->boot, sizeof head->boot},
        {"X-Required-Permission", head->permission, sizeof head->permission},
        {"X-Error", head->error, sizeof head->error},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strlen(texts[i].name) == name_len &&
            strncasecmp(name, texts[i].name, name_len) == 0) {
            bool whole = len < texts[i].size || texts[i].to != head->location;
            (void)text_clean(texts[i].to, texts[i].size, value, whole ? len : 0);
            return; /* half a Location could end in half a number */
        }
    }
    if (name_len == 11 && strncasecmp(name, "X-Text-Size", 11) == 0) {
        head->text_size = number(value, len);
    } else if (name_len == 11 && strncasecmp(name, "X-More-Data", 11) == 0) {
        head->more_data = len == 4 && strncasecmp(value, "true", 4) == 0;
    } else if (name_len == 10 && strncasecmp(name, "Set-Cookie", 10) == 0) {
        keep_cookie(head, value, len);
    }
}

/* "HTTP/1.1 201 Created" */
static void keep_status(struct jenkins_head *head, const char *line, size_t len)
{
    const char *space = memchr(line, ' ', len);
    *head = (struct jenkins_head){0};
    if (space && line + len - space >= 4) {
        struct opt_i64 status = number(space + 1, 3);
        head->status = status.known ? (int)status.v : 0;
    }
}

void jenkins_parse_head(struct jenkins_head *head, const char *line, size_t len)
{
    if (len >= 5 && strncmp(line, "HTTP/", 5) == 0) {
        keep_status(head, line, len);
        return;
    }
    const char *colon = memchr(line, ':', len);
    if (!colon) {
        return;
    }
    const char *value = colon + 1;
    const char *end = line + len;
    while (value < end && (*value == ' ' || *value == '\t')) {
        value++;
    }
    while (end > value && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ')) {
        end--;
    }
    keep(head, line, (size_t)(colon - line), value, (size_t)(end - value));
}

struct opt_i64 jenkins_parse_location(const char *location)
{
    static const char mark[] = "/queue/item/";
    const char *at = NULL;
    for (const char *p = strstr(location, mark); p; p = strstr(p + 1, mark)) {
        at = p + sizeof mark - 1;
    }
    if (!at) {
        return (struct opt_i64){0};
    }
    size_t len = strcspn(at, "/");
    bool ends = at[len] == '\0' || at[len + 1] == '\0';
    return ends ? number(at, len) : (struct opt_i64){0};
}

bool jenkins_parse_wants_crumb(const struct jenkins_head *head)
{
    return head->status == 403 && !*head->permission && !*head->version;
}

static void explain_refusal(const struct jenkins_head *head, struct error *err)
{
    switch (head->status) {
    case 302:
        error_set(err, "302: refused by a queue decision, or sent to a login page");
        return;
    case 400:
        error_set(err, "400: %s", *head->error ? head->error : "the job takes no parameters");
        return;
    case 401:
        error_set(err, "401: Jenkins does not accept the user or the token");
        return;
    case 403:
        if (*head->permission) {
            error_set(err, "403: the user lacks the permission %s", head->permission);
        } else if (*head->version) {
            error_set(err, "403: Jenkins refuses, authentication may be missing");
        } else {
            error_set(err, "403: no valid crumb, or the controller is starting");
        }
        return;
    case 404:
        error_set(err, "404: no such job, or hidden from the user");
        return;
    case 405:
        error_set(err, "405: the job takes no POST there");
        return;
    case 409:
        error_set(err, "409: the job is disabled");
        return;
    case 500:
        error_set(err, *head->version ? "500: the job has no parameters or refuses a value"
                                      : "500: Jenkins failed, the controller may be starting");
        return;
    case 503:
        error_set(err, "503: the controller is starting or does not serve");
        return;
    default:
        error_set(err, "%d: not accepted", head->status);
        return;
    }
}

/* Statuses after which nothing was started; of all others that cannot be said. 408 and 499 are
 * given up on, not refused. */
static bool refuses(int status)
{
    return (status >= 400 && status < 500 && status != 408 && status != 499) || status == 301 ||
           status == 302 || status == 307 || status == 308 || status == 500 || status == 501 ||
           status == 503;
}

struct jenkins_triggered jenkins_parse_trigger(const struct jenkins_head *head,
                                               struct error *err)
{
    struct jenkins_triggered t = {.what = TRIGGER_UNKNOWN, .http_status = head->status};
    if (head->status == 201 || head->status == 303) {
        t.queue_id = jenkins_parse_location(head->location);
    }
    if (head->status == 201) {
        t.what = TRIGGER_ACCEPTED;
    } else if (head->status == 303 && t.queue_id.known) {
        t.what = TRIGGER_JOINED;
    } else if (refuses(head->status)) {
        t.what = TRIGGER_REFUSED;
        explain_refusal(head, err);
    } else {
        error_set(err, "%d: does not tell whether a run was started", head->status);
    }
    return t;
}

static enum jenkins_reach denied_or_starting(const struct jenkins_head *head, struct error *err)
{
    if (*head->permission) {
        error_set(err, "403: the user lacks the permission %s", head->permission);
        return JENKINS_DENIED;
    }
    if (*head->version) {
        error_set(err, "403: Jenkins refuses, authentication may be missing");
        return JENKINS_DENIED;
    }
    error_set(err, "403: not by Jenkins itself: it is starting, or something in front refuses");
    return JENKINS_STARTING;
}

static enum jenkins_reach absent(enum jenkins_kind kind, const struct jenkins_head *head,
                                 struct error *err)
{
    if (kind == KIND_PLUGIN && !*head->version) {
        error_set(err, "404: the controller has no such plugin");
        return JENKINS_ABSENT;
    }
    if (!*head->version) {
        error_set(err, "404, and not by Jenkins: is the context path right?");
        return JENKINS_UNREACHED;
    }
    error_set(err, "404: not there, or hidden from the user");
    return JENKINS_ABSENT;
}

static enum jenkins_reach odd(const struct jenkins_head *head, const char *body, size_t len,
                              struct error *err)
{
    char title[120];
    jenkins_parse_title(body, len, title, sizeof title);
    error_set(err, "%d%s%s", head->status, *title ? ": " : " from Jenkins", title);
    return JENKINS_ODD;
}

enum jenkins_reach jenkins_parse_reach(enum jenkins_kind kind, const struct jenkins_head *head,
                                       const char *body, size_t len, struct error *err)
{
    int status = head->status;
    if (kind == KIND_ACTION &&
        (status == 200 || status == 201 || status == 204 || status == 302 || status == 303)) {
        return JENKINS_OK;
    }
    switch (status) {
    case 200:
        if (kind == KIND_API && !*head->version) {
            error_set(err, "200, but not by Jenkins: a proxy or a login page");
            return JENKINS_UNREACHED;
        }
        return JENKINS_OK;
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        error_set(err, "%d: sent elsewhere, perhaps to a login page", status);
        return JENKINS_UNREACHED;
    case 400:
        if (kind == KIND_ACTION && *head->error) {
            error_set(err, "400: %s", head->error);
            return JENKINS_DENIED;
        }
        return odd(head, body, len, err);
    case 401:
        error_set(err, "401: Jenkins does not accept the user or the token");
        return JENKINS_DENIED;
    case 403:
        return denied_or_starting(head, err);
    case 404:
        return absent(kind, head, err);
    case 422:
        error_set(err, "422: the user may not do that");
        return JENKINS_DENIED;
    case 500:
        if (!*head->version) {
            error_set(err, "500: Jenkins failed, the controller may be starting");
            return JENKINS_STARTING;
        }
        return odd(head, body, len, err);
    case 502:
    case 504:
        error_set(err, "%d: a proxy does not reach the controller", status);
        return JENKINS_UNREACHED;
    case 503:
        error_set(err, "503: the controller is starting or does not serve");
        return JENKINS_STARTING;
    default:
        return odd(head, body, len, err);
    }
}

/* strcasestr() that stays within len. */
static const char *find(const char *body, size_t len, const char *what)
{
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= len; i++) {
        if (strncasecmp(body + i, what, n) == 0) {
            return body + i;
        }
    }
    return NULL;
}

void jenkins_parse_title(const char *body, size_t len, char *out, size_t out_size)
{
    *out = '\0';
    const char *start = body ? find(body, len, "<title>") : NULL;
    if (!start) {
        return;
    }
    start += strlen("<title>");
    const char *end = find(start, (size_t)(body + len - start), "</title>");
    if (!end) {
        return;
    }
    if (end - start > 6 && strncasecmp(start, "Error ", 6) == 0) {
        const char *space = memchr(start + 6, ' ', (size_t)(end - start - 6));
        start = space ? space + 1 : start;
    }
    (void)text_clean(out, out_size, start, (size_t)(end - start));
}
