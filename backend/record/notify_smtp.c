/* Mail: one message to one recipient in one session. */
#include "backend/record/notify_channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/mem.h"
#include "backend/record/notify_curl.h"
#include "backend/record/notify_text.h"

#define LINE_MAX_BYTES 1024

struct letter {
    const struct config_mail *mail;
    const struct parcel *parcel;
    struct curl_slist *headers, *to;
    curl_mime *mime;
};

static void add_header(struct letter *l, const char *name, const char *value)
{
    char line[LINE_MAX_BYTES];
    (void)snprintf(line, sizeof line, "%s: %s", name, value);
    l->headers = transfer_append(l->headers, line);
}

/* The domain of our own address, so that an id is unique beyond this host. */
static const char *domain(const struct config_mail *mail)
{
    return strrchr(mail->from, '@') + 1;
}

/* RFC 5322; strftime() would speak the language of the locale. */
static void mail_date(int64_t wall_ms, char out[48])
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t t = (time_t)(wall_ms / 1000);
    struct tm tm = {0};
    (void)gmtime_r(&t, &tm);
    (void)snprintf(out, 48, "%s, %d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday % 7],
                   tm.tm_mday, months[tm.tm_mon % 12], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                   tm.tm_sec);
}

/* "on-call engineer" <oncall@example.com>; the name is quoted, or encoded. */
static void named_address(const char *name, const char *address, char *out, size_t size)
{
    char text[256], quoted[512];
    notify_header_text(name ? name : "", text, sizeof text);
    if (text[0] == '\0') {
        (void)snprintf(out, size, "<%s>", address);
        return;
    }
    if (strncmp(text, "=?", 2) == 0) {
        (void)snprintf(out, size, "%s <%s>", text, address);
        return;
    }
    size_t n = 0;
    for (const char *p = text; *p && n + 2 < sizeof quoted; p++) {
        if (*p == '"' || *p == '\\') {
            quoted[n++] = '\\';
        }
        quoted[n++] = *p;
    }
    quoted[n] = '\0';
    (void)snprintf(out, size, "\"%s\" <%s>", quoted, address);
}

static const char *role_of(const struct config_mail *mail, const char *address)
{
    for (size_t i = 0; i < mail->n_recipients; i++) {
        if (strcmp(mail->recipients[i].address, address) == 0) {
            return mail->recipients[i].role;
        }
    }
    return NULL;
}

static void add_headers(struct letter *l)
{
    const struct message *m = l->parcel->message;
    char value[LINE_MAX_BYTES - 32];
    mail_date(m->created_wall_ms, value);
    add_header(l, "Date", value);
    named_address("drtop", l->mail->from, value, sizeof value);
    add_header(l, "From", value);
    named_address(role_of(l->mail, m->recipient), m->recipient, value, sizeof value);
    add_header(l, "To", value);
    notify_header_text(parcel_text(l->parcel, "subject"), value, sizeof value);
    add_header(l, "Subject", value);
    (void)snprintf(value, sizeof value, "<%s@%s>", m->id, domain(l->mail));
    add_header(l, "Message-ID", value);
    if (m->incident[0]) { /* all of one incident make one thread */
        (void)snprintf(value, sizeof value, "<%s@%s>", m->incident, domain(l->mail));
        add_header(l, "References", value);
        add_header(l, "X-Drtop-Incident", m->incident);
    }
    add_header(l, "X-Drtop-Id", m->id);
    add_header(l, "Auto-Submitted", "auto-generated");
    add_header(l, "X-Auto-Response-Suppress", "All");
    add_header(l, "X-Priority", "1");
    add_header(l, "Importance", "high");
    add_header(l, "Priority", "urgent");
}

/* Mail's lines end with CR and LF; any other LF would be encoded as a character of the text. */
static char *with_crlf(const char *text)
{
    char *out = mem_alloc(2 * strlen(text) + 1, 1);
    size_t n = 0;
    for (const char *p = text; *p; p++) {
        if (*p == '\n') {
            out[n++] = '\r';
        }
        out[n++] = *p;
    }
    return out;
}

static bool add_part(curl_mime *mime, const char *text, const char *type)
{
    char *lines = with_crlf(text);
    curl_mimepart *part = curl_mime_addpart(mime);
    bool ok = part && curl_mime_data(part, lines, CURL_ZERO_TERMINATED) == CURLE_OK &&
              curl_mime_type(part, type) == CURLE_OK &&
              curl_mime_encoder(part, "quoted-printable") == CURLE_OK;
    free(lines);
    return ok;
}

/* libcurl makes the outermost one a multipart/mixed; the alternatives are its only part. */
static bool add_body(struct letter *l, CURL *easy)
{
    l->mime = curl_mime_init(easy);
    curl_mime *both = l->mime ? curl_mime_init(easy) : NULL;
    if (!both || !add_part(both, parcel_text(l->parcel, "text"), "text/plain; charset=utf-8") ||
        !add_part(both, parcel_text(l->parcel, "html"), "text/html; charset=utf-8")) {
        curl_mime_free(both);
        return false;
    }
    curl_mimepart *part = curl_mime_addpart(l->mime);
    if (!part || curl_mime_subparts(part, both) != CURLE_OK) {
        curl_mime_free(both);
        return false;
    }
    struct curl_slist *inline_part = transfer_append(NULL, "Content-Disposition: inline");
    return curl_mime_type(part, "multipart/alternative") == CURLE_OK &&
           curl_mime_headers(part, inline_part, 1) == CURLE_OK;
}

static void set_server(CURL *easy, const struct config_mail *mail)
{
    char url[512];
    bool ipv6 = strchr(mail->host, ':') != NULL;
    (void)snprintf(url, sizeof url, "%s://%s%.255s%s:%u",
                   mail->tls == SMTP_TLS_IMPLICIT ? "smtps" : "smtp", ipv6 ? "[" : "",
                   mail->host, ipv6 ? "]" : "", (unsigned)mail->port);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(
        easy, CURLOPT_USE_SSL,
        (long)(mail->tls == SMTP_TLS_NONE ? CURLUSESSL_NONE : CURLUSESSL_ALL));
}

static bool set_login(CURL *easy, const struct config_mail *mail, struct error *err)
{
    char password[SECRET_MAX];
    if (!mail->user) {
        return true;
    }
    if (!secret_fetch(&mail->password, mail->timeout_ms, password, err)) {
        return false;
    }
    bool ok = curl_easy_setopt(easy, CURLOPT_USERNAME, mail->user) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_PASSWORD, password) == CURLE_OK;
    secret_wipe(password, sizeof password);
    if (!ok) {
        error_set(err, "libcurl refuses the login");
    }
    return ok;
}

/* What the server said tells more than libcurl's name for it. */
static bool explain(const struct transfer *t, const struct error *why, struct error *err)
{
    if (t->refusal[0]) {
        error_set(err, "refused: %s", t->refusal);
    } else {
        error_set(err, "%s", why->text);
    }
    return false;
}

static bool post(struct letter *l, struct transfer *t, struct error *err)
{
    char from[300], to[MESSAGE_ADDRESS_MAX + 2];
    struct error why = {0};
    (void)snprintf(from, sizeof from, "<%s>", l->mail->from);
    (void)snprintf(to, sizeof to, "<%s>", l->parcel->message->recipient);
    l->to = transfer_append(NULL, to);
    add_headers(l);
    set_server(t->easy, l->mail);
    if (!set_login(t->easy, l->mail, err)) {
        return false;
    }
    if (!add_body(l, t->easy)) {
        error_set(err, "libcurl refuses the text");
        return false;
    }
    (void)curl_easy_setopt(t->easy, CURLOPT_MAIL_FROM, from);
    (void)curl_easy_setopt(t->easy, CURLOPT_MAIL_RCPT, l->to);
    (void)curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, l->headers);
    (void)curl_easy_setopt(t->easy, CURLOPT_MIMEPOST, l->mime);
    return transfer_run(t, l->mail->timeout_ms, &why) || explain(t, &why, err);
}

bool send_mail(const struct config_mail *mail, const struct parcel *p, struct error *err)
{
    struct letter l = {.mail = mail, .parcel = p};
    struct transfer t;
    if (!notify_address_valid(mail->from) || !notify_address_valid(p->message->recipient)) {
        error_set(err, "not an address that mail can be sent to or from");
        return false;
    }
    if (!transfer_begin(&t, mail->timeout_ms, mail->ca, mail->verify_tls, p->stop, err)) {
        return false;
    }
    bool ok = post(&l, &t, err);
    transfer_end(&t);
    curl_mime_free(l.mime);
    curl_slist_free_all(l.headers);
    curl_slist_free_all(l.to);
    return ok;
}
