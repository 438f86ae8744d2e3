#include "backend/record/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backend/net/alias_json.h"
#include "backend/net/text.h"
#include "backend/record/report_json.h"

static const char *text(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    return o && json_object_object_get_ex(o, key, &v) && v ? json_object_get_string(v) : "";
}

static struct json_object *part(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    return o && json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static size_t length(struct json_object *list)
{
    return list && json_object_is_type(list, json_type_array) ? json_object_array_length(list)
                                                              : 0;
}

static struct json_object *item(struct json_object *list, size_t i)
{
    return json_object_array_get_idx(list, i);
}

/* A cell of a table: what would end it is escaped, and so is what would be markup. */
static void cell(FILE *out, const char *words)
{
    char clean[4096];
    (void)text_clean_str(clean, sizeof clean, words);
    for (const char *s = clean; *s; s++) {
        if (strchr("|\\`*_<>[]#", *s)) {
            (void)fputc('\\', out);
        }
        (void)fputc(*s, out);
    }
}

static void bullet(FILE *out, const char *name, const char *value)
{
    if (value[0]) {
        (void)fprintf(out, "- %s: ", name);
        cell(out, value);
        (void)fputc('\n', out);
    }
}

static void row(FILE *out, const char *const cells[], size_t n)
{
    (void)fputc('|', out);
    for (size_t i = 0; i < n; i++) {
        (void)fputc(' ', out);
        cell(out, cells[i]);
        (void)fputs(" |", out);
    }
    (void)fputc('\n', out);
}

static void head(FILE *out, const char *const names[], size_t n)
{
    row(out, names, n);
    (void)fputc('|', out);
    for (size_t i = 0; i < n; i++) {
        (void)fputs("---|", out);
    }
    (void)fputc('\n', out);
}

/* "17:32", "1:04:11", "unknown". */
static void duration(struct json_object *o, const char *key, char out[24])
{
    struct json_object *v = part(o, key);
    long long s = v ? (long long)(json_object_get_double(v) + 0.5) : 0;
    if (!v) {
        (void)snprintf(out, 24, "unknown");
    } else if (s >= 3600) {
        (void)snprintf(out, 24, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    } else {
        (void)snprintf(out, 24, "%02lld:%02lld", s / 60, s % 60);
    }
}

static void figures(FILE *out, struct json_object *r)
{
    struct json_object *f = part(r, "figures");
    char promised[24], measured[24], rto[160];
    duration(f, "rto_promised_seconds", promised);
    duration(f, "rto_measured_seconds", measured);
    (void)snprintf(rto, sizeof rto, "%s%s%s", measured,
                   part(f, "rto_measured_seconds") ? ", from " : "",
                   part(f, "rto_measured_seconds") ? text(f, "rto_from") : "");
    (void)fputs("\n## Promised and measured\n\n", out);
    head(out, (const char *const[]){"", "Promised", "Measured"}, 3);
    row(out, (const char *const[]){"Recovery time", promised, rto}, 3);
    row(out,
        (const char *const[]){"Data loss",
                              text(f, "loss_promised")[0] ? text(f, "loss_promised")
                                                          : "nothing was promised",
                              text(f, "loss_measured")},
        3);
    (void)fputc('\n', out);
    bullet(out, "Service was last good", text(f, "last_good"));
    bullet(out, "The DR site serves since", text(f, "dr_serves_since"));
}

static void preflight(FILE *out, struct json_object *p)
{
    struct json_object *rows = part(p, "rows");
    if (length(rows) == 0) {
        return;
    }
    (void)fputc('\n', out);
    bullet(out, "Because", text(p, "because"));
    bullet(out, "Phrase", text(p, "phrase"));
    bullet(out, "Unseen", text(p, "unseen"));
    (void)fputc('\n', out);
    head(out, (const char *const[]){"Preflight", "Row", "Evidence", "Override"}, 4);
    for (size_t i = 0; i < length(rows); i++) {
        struct json_object *o = item(rows, i);
        row(out,
            (const char *const[]){text(o, "class"), text(o, "text"), text(o, "detail"),
                                  text(o, "override_reason")},
            4);
    }
}

static void phases(FILE *out, struct json_object *list)
{
    if (length(list) == 0) {
        return;
    }
    (void)fputc('\n', out);
    head(out, (const char *const[]){"Phase", "Took", "Outcome"}, 3);
    for (size_t i = 0; i < length(list); i++) {
        char took[24];
        struct json_object *o = item(list, i);
        duration(o, "took_seconds", took);
        row(out,
            (const char *const[]){text(o, "phase"), took,
                                  json_object_get_boolean(part(o, "ok")) ? "done" : "failed"},
            3);
    }
}

static void parameters(FILE *out, struct json_object *list)
{
    if (!list || !json_object_is_type(list, json_type_object)) {
        return;
    }
    (void)fputc('\n', out);
    head(out, (const char *const[]){"Parameter", "Value"}, 2);
    json_object_object_foreach(list, key, value)
    {
        row(out, (const char *const[]){key, value ? json_object_get_string(value) : ""}, 2);
    }
}

static void attempt(FILE *out, struct json_object *a)
{
    char took[24];
    duration(a, "took_seconds", took);
    (void)fprintf(out, "\n## %s ",
                  json_object_get_boolean(part(a, "drill")) ? "Drill" : "Decision");
    cell(out, text(a, "request_id"));
    (void)fputs("\n\n", out);
    bullet(out, "Action", text(a, "verb"));
    bullet(out, "Decided", text(a, "decided"));
    bullet(out, "By", text(a, "operator"));
    bullet(out, "Confirmed by", text(a, "second"));
    bullet(out, "Reason", text(a, "reason"));
    bullet(out, "Loss as it stood on the screen", text(a, "promised_loss"));
    bullet(out, "Job", text(a, "job"));
    bullet(out, "Build", text(a, "build"));
    bullet(out, "Requests sent", text(a, "requests"));
    bullet(out, "State", text(a, "state"));
    bullet(out, "Outcome", text(a, "outcome"));
    bullet(out, "Last word", text(a, "said"));
    bullet(out, "Took", took);
    bullet(out, "Acknowledged by", text(a, "acknowledged_by"));
    bullet(out, "Comment", text(a, "comment"));
    phases(out, part(a, "phases"));
    preflight(out, part(a, "preflight"));
    parameters(out, part(a, "parameters"));
}

static void alerts(FILE *out, struct json_object *list)
{
    if (length(list) == 0) {
        return;
    }
    (void)fputs("\n## Alerts\n\n", out);
    head(out, (const char *const[]){"Opened (UTC)", "Closed", "Alert", "What", "Acknowledged"},
         5);
    for (size_t i = 0; i < length(list); i++) {
        struct json_object *o = item(list, i);
        row(out,
            (const char *const[]){text(o, "opened"),
                                  text(o, "closed")[0] ? text(o, "closed") : "open",
                                  text(o, "kind"), text(o, "text"), text(o, "acknowledged_by")},
            5);
    }
}

static bool is_set(struct json_object *o, const char *key)
{
    struct json_object *v = part(o, key);
    return v && json_object_get_boolean(v);
}

/* Of a verdict: "app_serves no: timed out; primary_db no: ...", the rows that decided it and those
 * against it. */
static void evidence(struct json_object *event, char *out, size_t size)
{
    struct json_object *list = part(part(event, "data"), "evidence");
    size_t n = (size_t)snprintf(out, size, "%s", text(event, "who"));
    for (size_t i = 0; i < length(list) && n < size; i++) {
        struct json_object *o = item(list, i);
        const char *detail = text(o, "detail");
        if (!is_set(o, "decided") && !is_set(o, "contradicts")) {
            continue;
        }
        n += (size_t)snprintf(out + n, size - n, "%s%s%s %s%s%s", n ? "; " : "",
                              is_set(o, "contradicts") ? "against it " : "", text(o, "id"),
                              text(o, "answer"), detail[0] ? ": " : "", detail);
    }
}

static void timeline(FILE *out, struct json_object *list)
{
    char proof[2048], what[1280];
    (void)fputs("\n## Timeline\n\n", out);
    head(out, (const char *const[]){"Time (UTC)", "Event", "Evidence"}, 3);
    for (size_t i = 0; i < length(list); i++) {
        struct json_object *o = item(list, i);
        evidence(o, proof, sizeof proof);
        (void)snprintf(what, sizeof what, "%s: %s", text(o, "kind"), text(o, "text"));
        row(out, (const char *const[]){text(o, "at"), what, proof}, 3);
    }
}

static void subject(FILE *out, struct json_object *r)
{
    struct json_object *in = part(r, "incident");
    (void)fprintf(out, "# %s ", in ? "Incident" : "Failover");
    cell(out, text(r, "id"));
    (void)fputs("\n\n", out);
    bullet(out, "Pair", text(r, "group"));
    bullet(out, "Primary", text(r, "primary"));
    bullet(out, "DR", text(r, "dr"));
    if (in) {
        bullet(out, "Opened", text(in, "opened"));
        bullet(out, "Closed", text(in, "closed")[0] ? text(in, "closed") : "still open");
        bullet(out, "Severity", text(in, "severity"));
        bullet(out, "Verdict", text(in, "sentence"));
    }
    bullet(out, "Written by drtop", text(r, "written"));
}

static void markdown(FILE *out, struct json_object *r)
{
    subject(out, r);
    figures(out, r);
    struct json_object *attempts = part(r, "attempts");
    for (size_t i = 0; i < length(attempts); i++) {
        attempt(out, item(attempts, i));
    }
    alerts(out, part(r, "alerts"));
    timeline(out, part(r, "timeline"));
}

static bool written(FILE *out, struct error *err)
{
    if (fflush(out) == 0 && !ferror(out)) {
        return true;
    }
    error_set(err, "the report cannot be written: %s", strerror(errno));
    return false;
}

enum report_end report_print(struct store *st, const struct config *cfg, const char *id,
                             enum report_format format, struct alias_table *aliases,
                             int64_t wall_ms, FILE *out, struct error *err)
{
    struct json_object *r = NULL;
    enum report_end end = report_collect(st, cfg, id, wall_ms, &r, err);
    if (end != REPORT_DONE) {
        return end;
    }
    alias_json(aliases, r);
    if (format == REPORT_JSON) {
        (void)fprintf(out, "%s\n",
                      json_object_to_json_string_ext(r, JSON_C_TO_STRING_PRETTY |
                                                            JSON_C_TO_STRING_NOSLASHESCAPE));
    } else {
        markdown(out, r);
    }
    (void)json_object_put(r);
    return written(out, err) ? REPORT_DONE : REPORT_FAILED;
}

/* --- into a file */

static bool is_plain(const char *id)
{
    return id[0] && id[0] != '.' && !strchr(id, '/');
}

static bool paths(const struct config *cfg, const char *id, char *out, size_t size,
                  struct error *err)
{
    char store[PATH_MAX];
    if (!store_path(cfg, store, sizeof store, err)) {
        return false;
    }
    char *slash = strrchr(store, '/');
    int dir = slash ? (int)(slash - store) : 0;
    int n = snprintf(out, size, "%.*s/report-%s.md", dir, store, id);
    if (!slash || !is_plain(id) || n < 0 || (size_t)n >= size) {
        error_set(err, "there is no place for a report of %.80s", id);
        return false;
    }
    return true;
}

/* A new file, for us alone. */
static FILE *begin_file(const char *path, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!f) {
        error_set(err, "%.200s: %s", path, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    return f;
}

bool report_write(struct store *st, const struct config *cfg, const char *id, int64_t wall_ms,
                  char *out_path, size_t out_size, struct error *err)
{
    char path[PATH_MAX], half[PATH_MAX + 8];
    if (!paths(cfg, id, path, sizeof path, err)) {
        return false;
    }
    (void)snprintf(half, sizeof half, "%s.new", path);
    (void)unlink(half); /* of one that was not finished */
    FILE *f = begin_file(half, err);
    if (!f) {
        return false;
    }
    bool ok = report_print(st, cfg, id, REPORT_MARKDOWN, NULL, wall_ms, f, err) == REPORT_DONE;
    if (ok && fsync(fileno(f)) != 0) {
        error_set(err, "%.200s: %s", half, strerror(errno));
        ok = false;
    }
    bool closed = fclose(f) == 0;
    if (ok && (!closed || rename(half, path) != 0)) {
        error_set(err, "%.200s: %s", path, strerror(errno));
        ok = false;
    }
    if (!ok) {
        (void)unlink(half);
        return false;
    }
    (void)snprintf(out_path, out_size, "%s", path);
    return true;
}

/* --- the timeline alone */

/* "timeline-DR-20261122-140207-at-20261122-141130.md" */
static bool timeline_path(const struct config *cfg, const char *id, int64_t wall_ms, char *out,
                          size_t size, struct error *err)
{
    char store[PATH_MAX], now[32];
    struct tm tm;
    time_t s = (time_t)(wall_ms / 1000);
    if (!store_path(cfg, store, sizeof store, err)) {
        return false;
    }
    char *slash = strrchr(store, '/');
    int dir = slash ? (int)(slash - store) : 0;
    bool dated = gmtime_r(&s, &tm) && strftime(now, sizeof now, "%Y%m%d-%H%M%S", &tm) > 0;
    int n = dated ? snprintf(out, size, "%.*s/timeline-%s-at-%s.md", dir, store, id, now) : -1;
    if (!slash || !is_plain(id) || n < 0 || (size_t)n >= size) {
        error_set(err, "there is no place for a timeline of %.80s", id);
        return false;
    }
    return true;
}

static bool write_timeline(FILE *f, struct json_object *r, const char *path, struct error *err)
{
    subject(f, r);
    timeline(f, part(r, "timeline"));
    bool ok = written(f, err);
    if (ok && fsync(fileno(f)) != 0) {
        error_set(err, "%.200s: %s", path, strerror(errno));
        ok = false;
    }
    return fclose(f) == 0 && ok;
}

bool report_export(struct store *st, const struct config *cfg, struct alias_table *aliases,
                   int64_t wall_ms, char *out_path, size_t out_size, struct error *err)
{
    char path[PATH_MAX];
    struct json_object *r = NULL;
    if (report_collect(st, cfg, NULL, wall_ms, &r, err) != REPORT_DONE) {
        return false;
    }
    bool ok = timeline_path(cfg, text(r, "id"), wall_ms, path, sizeof path, err);
    FILE *f = ok ? begin_file(path, err) : NULL;
    if (f) {
        alias_json(aliases, r);
        ok = write_timeline(f, r, path, err);
        if (!ok) {
            (void)unlink(path);
        }
        (void)snprintf(out_path, out_size, "%s", path);
    }
    (void)json_object_put(r);
    return f && ok;
}
