#include "backend/record/notify_text.h"

#include <assert.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/record/notify_sheet.h"

/* --- plain text, HTML, chat --- */

#define LABEL_WIDTH 28
#define SHORT_WIDTH 15

static FILE *begin(char **out, size_t *out_size)
{
    FILE *f = open_memstream(out, out_size);
    if (!f) {
        abort(); /* only for want of memory */
    }
    return f;
}

static char *plain(const struct sheet *s)
{
    char *out = NULL;
    size_t size = 0;
    FILE *f = begin(&out, &size);
    (void)fprintf(f, "%s\n%s\n", s->title, s->sentence);
    for (size_t i = 0; i < SHEET_PARTS; i++) {
        const struct sheet_part *part = &s->parts[i];
        if (part->n) {
            (void)fprintf(f, "\n%s%s", part->heading, part->heading[0] ? "\n" : "");
        }
        for (size_t j = 0; j < part->n; j++) {
            const struct sheet_row *row = &part->rows[j];
            (void)fprintf(f, "%-*s %s\n", i == SHEET_FACTS ? SHORT_WIDTH : LABEL_WIDTH,
                          row->label, row->value);
        }
    }
    (void)fprintf(f, "\n%s\n", s->footer);
    (void)fclose(f);
    return out;
}

static void escape(FILE *f, const char *text)
{
    assert(text);
    for (const char *p = text; *p; p++) {
        switch (*p) {
        case '&':
            (void)fputs("&amp;", f);
            break;
        case '<':
            (void)fputs("&lt;", f);
            break;
        case '>':
            (void)fputs("&gt;", f);
            break;
        case '"':
            (void)fputs("&quot;", f);
            break;
        default:
            (void)fputc(*p, f);
        }
    }
}

static void element(FILE *f, const char *open, const char *text, const char *close)
{
    (void)fputs(open, f);
    escape(f, text);
    (void)fputs(close, f);
}

static char *html(const struct notice *n, const struct sheet *s)
{
    char *out = NULL;
    size_t size = 0;
    FILE *f = begin(&out, &size);
    bool calm = n->what == NOTICE_CLOSED || n->what == NOTICE_TEST;
    const char *colour = calm                                 ? "#1b6e3c"
                         : n->incident.severity == ALERT_CRIT ? "#a31515"
                                                              : "#8a5a00";
    (void)fputs("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\n"
                "<body style=\"font-family:sans-serif\">\n",
                f);
    (void)fprintf(f, "<h2 style=\"color:%s\">", colour);
    element(f, "", s->title, "</h2>\n");
    element(f, "<p><b>", s->sentence, "</b></p>\n");
    for (size_t i = 0; i < SHEET_PARTS; i++) {
        const struct sheet_part *part = &s->parts[i];
        if (part->n && part->heading[0]) {
            element(f, "<h3>", part->heading, "</h3>\n");
        }
        (void)fputs(part->n ? "<table cellpadding=\"3\">\n" : "", f);
        for (size_t j = 0; j < part->n; j++) {
            element(f, "<tr><td style=\"color:#555\" valign=\"top\">", part->rows[j].label,
                    "</td>");
            element(f, "<td>", part->rows[j].value, "</td></tr>\n");
        }
        (void)fputs(part->n ? "</table>\n" : "", f);
    }
    element(f, "<p style=\"color:#555\">", s->footer, "</p>\n</body></html>\n");
    (void)fclose(f);
    return out;
}

/* A few lines: what is read on a telephone. */
static char *chat(const struct notice *n, const struct sheet *s)
{
    char *out = NULL;
    size_t size = 0;
    FILE *f = begin(&out, &size);
    const struct sheet_part *facts = &s->parts[SHEET_FACTS];
    (void)fprintf(f, "%s\n%s\n", s->subject, s->sentence);
    for (size_t i = 0; n->what != NOTICE_CLOSED && i < facts->n; i++) {
        if (strcmp(facts->rows[i].label, "Incident") != 0) {
            (void)fprintf(f, "%s: %s\n", facts->rows[i].label, facts->rows[i].value);
        }
    }
    (void)fclose(f);
    return out;
}

/* --- JSON --- */

static void add(json_object *o, const char *key, json_object *v)
{
    (void)json_object_object_add(o, key, v);
}

static json_object *text(const char *s)
{
    return s && s[0] ? json_object_new_string(s) : NULL;
}

static json_object *integer(struct opt_i64 v)
{
    return v.known ? json_object_new_int64(v.v) : NULL;
}

static json_object *seconds(struct opt_i64 ms)
{
    char digits[40];
    if (!ms.known) {
        return NULL;
    }
    (void)snprintf(digits, sizeof digits, "%.3f", (double)ms.v / 1000);
    return json_object_new_double_s((double)ms.v / 1000, digits);
}

static json_object *utc(int64_t wall_ms)
{
    char at[40];
    if (wall_ms == 0) {
        return NULL;
    }
    sheet_time(at, sizeof at, wall_ms, false);
    return text(at);
}

static json_object *utc_opt(struct opt_i64 wall_ms)
{
    return wall_ms.known ? utc(wall_ms.v) : NULL;
}

static json_object *incident(const struct incident *i)
{
    if (!i->id[0]) {
        return NULL;
    }
    json_object *o = json_object_new_object();
    add(o, "id", text(i->id));
    add(o, "open", json_object_new_boolean(i->open));
    add(o, "opened", utc(i->opened_wall_ms));
    add(o, "closed", utc(i->closed_wall_ms));
    add(o, "severity", text(alert_severity_key(i->severity)));
    return o;
}

static json_object *verdict(const struct verdict *v)
{
    json_object *o = json_object_new_object();
    add(o, "name", text(verdict_name(v->kind)));
    add(o, "key", text(verdict_key(v->kind)));
    add(o, "confirmed", json_object_new_boolean(v->confirmed));
    add(o, "level", text(level_key(v->level)));
    add(o, "sentence", text(v->sentence));
    add(o, "scope", text(scope_key(v->scope)));
    add(o, "since", utc(v->since_wall_ms));
    return o;
}

static json_object *evidence(const struct snapshot *s)
{
    static const char *const answers[] = {
        [TRI_UNKNOWN] = "unknown", [TRI_NO] = "no", [TRI_YES] = "yes"};
    json_object *list = json_object_new_array();
    for (int i = 0; i < EVIDENCE_COUNT; i++) {
        const struct evidence *e = &s->evidence[i];
        uint32_t bit = UINT32_C(1) << i;
        json_object *o = json_object_new_object();
        add(o, "id", text(evidence_key((enum evidence_id)i)));
        add(o, "watched", json_object_new_boolean(e->watched));
        add(o, "answer", text(answers[e->answer]));
        add(o, "route", text(route_name(e->route)));
        add(o, "age_seconds", seconds(e->age_ms));
        add(o, "detail", text(e->detail));
        add(o, "decided", json_object_new_boolean((s->verdict.decided & bit) != 0));
        add(o, "contradicts", json_object_new_boolean((s->verdict.contradicts & bit) != 0));
        (void)json_object_array_add(list, o);
    }
    return list;
}

static json_object *exposure(const struct exposure *e)
{
    json_object *o = json_object_new_object(), *u = json_object_new_object();
    struct opt_f64 unseen = e->unobserved.seconds;
    add(o, "not_received_bytes", integer(e->not_received.bytes));
    add(o, "not_received_tx", integer(e->not_received.tx));
    add(o, "not_applied_bytes", integer(e->not_applied.bytes));
    add(o, "not_applied_tx", integer(e->not_applied.tx));
    add(u, "seconds", unseen.known ? seconds(opt_i64((int64_t)(unseen.v * 1000))) : NULL);
    add(u, "bytes_min", integer(e->unobserved.bytes_min));
    add(u, "bytes_max", integer(e->unobserved.bytes_max));
    add(o, "unobserved", u);
    return o;
}

static json_object *rto(const struct rto *r, int64_t wall_ms)
{
    json_object *o = json_object_new_object();
    struct opt_i64 left = {0};
    if (r->decide_before_wall_ms.known) {
        left = opt_i64(r->decide_before_wall_ms.v - wall_ms);
    }
    add(o, "running", json_object_new_boolean(r->running));
    add(o, "objective_seconds", seconds(opt_i64(r->objective_ms)));
    add(o, "last_good", utc_opt(r->last_good_wall_ms));
    add(o, "first_bad", utc_opt(r->first_bad_wall_ms));
    add(o, "elapsed_min_seconds", seconds(r->elapsed_min_ms));
    add(o, "elapsed_max_seconds", seconds(r->elapsed_max_ms));
    add(o, "pipeline_seconds", seconds(opt_i64(r->pipeline_ms)));
    add(o, "decide_before", utc_opt(r->decide_before_wall_ms));
    add(o, "left_seconds", seconds(left));
    return o;
}

static json_object *alerts(const struct notice *n)
{
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < n->s->n_alerts; i++) {
        const struct alert *a = &n->s->alerts[i];
        if (strcmp(a->incident, n->incident.id) != 0) {
            continue;
        }
        json_object *o = json_object_new_object();
        add(o, "kind", text(alert_kind_name(a->kind)));
        add(o, "severity", text(alert_severity_key(a->severity)));
        add(o, "state", text(alert_state_key(a->state)));
        add(o, "opened", utc(a->opened_wall_ms));
        add(o, "closed", utc(a->closed_wall_ms));
        add(o, "text", text(a->text));
        add(o, "acknowledged_by", text(a->acked_by));
        (void)json_object_array_add(list, o);
    }
    return list;
}

static void add_state(json_object *o, const struct notice *n)
{
    const struct snapshot *s = n->s;
    bool told = s && n->what != NOTICE_CLOSED;
    add(o, "next_step",
        told ? text(notify_next_step(s->verdict.kind, s->verdict.advice)) : NULL);
    add(o, "incident", incident(&n->incident));
    add(o, "verdict", s ? verdict(&s->verdict) : NULL);
    add(o, "advice", s ? text(advice_key(s->verdict.advice)) : NULL);
    add(o, "advice_why", s ? text(s->verdict.advice_why) : NULL);
    add(o, "evidence", s ? evidence(s) : NULL);
    add(o, "exposure", s ? exposure(&s->exposure) : NULL);
    add(o, "rto", s ? rto(&s->rto, n->wall_ms) : NULL);
    add(o, "alerts", s ? alerts(n) : NULL);
}

char *notify_body(const struct notice *n)
{
    struct sheet *sheet = mem_alloc(1, sizeof *sheet);
    sheet_of(n, sheet);
    json_object *o = json_object_new_object();
    add(o, "what", text(notice_key(n->what)));
    add(o, "at", utc(n->wall_ms));
    add(o, "group", text(n->config->group));
    add(o, "subject", text(sheet->subject));
    char *forms[] = {plain(sheet), html(n, sheet), chat(n, sheet)};
    static const char *const keys[] = {"text", "html", "chat"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        add(o, keys[i], text(forms[i]));
        free(forms[i]);
    }
    add_state(o, n);
    free(sheet);
    char *body = mem_strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
    (void)json_object_put(o);
    return body;
}

/* --- what mail headers take --- */

#define WORD_BYTES 45 /* of UTF-8 in an encoded word: 60 in base64, 72 with its frame */

static bool is_ascii(const char *s)
{
    while (*s && (unsigned char)*s < 0x80) {
        s++;
    }
    return !*s;
}

static size_t base64(const char *in, size_t len, char *out)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = 0;
        for (size_t j = 0; j < 3; j++) {
            v = v << 8 | (i + j < len ? (unsigned char)in[i + j] : 0);
        }
        out[n++] = digits[v >> 18];
        out[n++] = digits[v >> 12 & 63];
        out[n++] = i + 1 < len ? digits[v >> 6 & 63] : '=';
        out[n++] = i + 2 < len ? digits[v & 63] : '=';
    }
    return n;
}

/* How many bytes of s make whole characters in one encoded word. */
static size_t word_length(const char *s)
{
    const char *end = s + strlen(s);
    size_t len = 0;
    while (s[len]) {
        uint32_t cp;
        size_t n = text_decode(s + len, end, &cp);
        if (len + n > WORD_BYTES) {
            break;
        }
        len += n;
    }
    return len;
}

void notify_header_text(const char *in, char *out, size_t out_size)
{
    char clean[512], word[WORD_BYTES / 3 * 4 + 1];
    (void)text_clean_str(clean, sizeof clean, in);
    if (is_ascii(clean)) {
        (void)text_copy(out, out_size, clean);
        return;
    }
    size_t used = 0;
    out[0] = '\0';
    for (const char *p = clean; *p;) {
        size_t len = word_length(p);
        word[base64(p, len, word)] = '\0';
        int n = snprintf(out + used, out_size - used, "%s=?UTF-8?B?%s?=", used ? "\r\n " : "",
                         word);
        if (n < 0 || used + (size_t)n >= out_size) {
            out[used] = '\0'; /* whole words only */
            return;
        }
        used += (size_t)n;
        p += len;
    }
}

bool notify_address_valid(const char *address)
{
    const char *at = strrchr(address, '@');
    if (!at || at == address || !at[1] || strlen(address) > 254) {
        return false;
    }
    for (const char *p = address; *p; p++) {
        if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f ||
            strchr("<>\"(),:;\\", *p)) {
            return false;
        }
    }
    return true;
}
