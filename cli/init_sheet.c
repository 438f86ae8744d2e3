#include "cli/init_sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/secret.h"

/* Where nobody listens: stands for a database that has not been asked for. */
#define NOBODY "127.0.0.127"

#define FILE_MODE 0644

/* Writes JSON as a person would: a member a line. */
struct writer {
    FILE *out;
    int depth;
    bool begun; /* the innermost bracket holds something */
};

static void next(struct writer *w)
{
    (void)fprintf(w->out, "%s\n%*s", w->begun ? "," : "", w->depth * 4, "");
    w->begun = true;
}

static void string(struct writer *w, const char *text)
{
    (void)fputc('"', w->out);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < ' ' || *p == 0x7f) {
            (void)fprintf(w->out, "\\u%04x", *p);
        } else {
            (void)fprintf(w->out, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
        }
    }
    (void)fputc('"', w->out);
}

static void member(struct writer *w, const char *key)
{
    next(w);
    if (key) {
        string(w, key);
        (void)fputs(": ", w->out);
    }
}

static void begin(struct writer *w, const char *key, char bracket)
{
    member(w, key);
    (void)fputc(bracket, w->out);
    w->depth++;
    w->begun = false;
}

static void end(struct writer *w, char bracket)
{
    w->depth--;
    (void)fprintf(w->out, "\n%*s%c", w->depth * 4, "", bracket);
    w->begun = true;
}

static void text(struct writer *w, const char *key, const char *value)
{
    member(w, key);
    string(w, value);
}

static void given(struct writer *w, const char *key, const char *value)
{
    if (value[0]) {
        text(w, key, value);
    }
}

/* As a number where it is one; anything else is the loader's to refuse. */
static void port(struct writer *w, const char *value, const char *otherwise)
{
    const char *p = value[0] ? value : otherwise;
    size_t digits = strspn(p, "0123456789");
    member(w, "port");
    if (p[digits] == '\0' && digits > 0 && digits < 16 && (p[0] != '0' || digits == 1)) {
        (void)fputs(p, w->out);
    } else {
        string(w, p);
    }
}

/* ["pass", "show", "db/drtop"] of words apart by blanks. */
static void words(struct writer *w, const char *key, const char *line)
{
    (void)fputc('"', w->out);
    (void)fprintf(w->out, "%s\": [", key);
    for (bool first = true; *line; first = false) {
        char word[INIT_TEXT];
        line += strspn(line, " ");
        size_t n = strcspn(line, " ");
        if (n == 0) {
            break;
        }
        (void)snprintf(word, sizeof word, "%.*s", (int)n, line);
        (void)fputs(first ? "" : ", ", w->out);
        string(w, word);
        secret_wipe(word, sizeof word);
        line += n;
    }
    (void)fputc(']', w->out);
}

static void secret(struct writer *w, const char *key, const struct init_secret *s)
{
    static const char *const places[] = {
        [INIT_TYPED] = "file", [INIT_ENV] = "env", [INIT_OPTION_FILE] = "option_file"};
    if (s->source == INIT_NOTHING || !s->text[0]) {
        return;
    }
    member(w, key);
    (void)fputs("{ ", w->out);
    if (s->source == INIT_COMMAND) {
        words(w, "command", s->text);
    } else {
        string(w, places[s->source]);
        (void)fputs(": ", w->out);
        string(w, s->source == INIT_TYPED ? s->file : s->text);
    }
    (void)fputs(" }", w->out);
}

static void database(struct writer *w, const struct init_sheet *s, bool asked, bool primary)
{
    const char(*field)[INIT_TEXT] = &s->text[primary ? INIT_PRIMARY_HOST : INIT_REPLICA_HOST];
    const char *nowhere =
        primary ? "1" : "2"; /* also: not the other's port, until it is told */
    begin(w, "mysql", '{');
    text(w, "host", asked && field[0][0] ? field[0] : NOBODY);
    port(w, asked ? field[1] : "", nowhere);
    text(w, "user", asked && field[2][0] ? field[2] : "nobody");
    if (asked) {
        secret(w, "password", primary ? &s->primary : init_sheet_replica_secret(s));
    }
    if (asked && primary) {
        given(w, "route", s->text[INIT_PRIMARY_ROUTE]);
    }
    end(w, '}');
}

static void sites(struct writer *w, const struct init_sheet *s, unsigned parts)
{
    begin(w, "primary", '{');
    database(w, s, parts & INIT_PRIMARY, true);
    if (parts & INIT_APP && s->text[INIT_APP_URL][0]) {
        begin(w, "app", '{');
        text(w, "url", s->text[INIT_APP_URL]);
        end(w, '}');
    }
    end(w, '}');
    begin(w, "dr", '{');
    database(w, s, parts & INIT_REPLICA, false);
    end(w, '}');
}

static void probe(struct writer *w, const struct init_sheet *s)
{
    char host[INIT_TEXT], at[INIT_TEXT];
    init_split(s->text[INIT_PROBE], host, at);
    begin(w, NULL, '{');
    text(w, "type", "probe");
    text(w, "host", host);
    port(w, at, "3306");
    member(w, "greeting");
    (void)fputs(s->greeting ? "true" : "false", w->out);
    end(w, '}');
}

static void aws(struct writer *w, const struct init_sheet *s)
{
    begin(w, NULL, '{');
    text(w, "type", "aws");
    given(w, "region", s->text[INIT_AWS_REGION]);
    text(w, "vpn_connection", s->text[INIT_AWS_VPN]);
    end(w, '}');
}

static void azure(struct writer *w, const struct init_sheet *s)
{
    static const struct {
        const char *key;
        enum init_field field;
    } keys[] = {{"subscription", INIT_AZURE_SUBSCRIPTION},
                {"resource_group", INIT_AZURE_GROUP},
                {"connection", INIT_AZURE_CONNECTION}};
    begin(w, NULL, '{');
    text(w, "type", "azure");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        text(w, keys[i].key, s->text[keys[i].field][0] ? s->text[keys[i].field] : "unknown");
    }
    end(w, '}');
}

static void tunnels(struct writer *w, const struct init_sheet *s, unsigned parts)
{
    bool has_probe = parts & INIT_TUNNEL_PROBE && s->text[INIT_PROBE][0];
    bool has_aws = parts & INIT_AWS && s->text[INIT_AWS_VPN][0];
    bool has_azure = parts & INIT_AZURE && s->text[INIT_AZURE_SUBSCRIPTION][0];
    bool has_gateway = parts & INIT_STRONGSWAN && s->text[INIT_GATEWAY][0];
    if (!has_probe && !has_aws && !has_azure && !has_gateway) {
        return;
    }
    begin(w, "tunnels", '[');
    if (has_probe) {
        probe(w, s);
    }
    if (has_aws) {
        aws(w, s);
    }
    if (has_azure) {
        azure(w, s);
    }
    if (has_gateway) {
        begin(w, NULL, '{');
        text(w, "type", "strongswan");
        text(w, "socket", s->text[INIT_GATEWAY]);
        end(w, '}');
    }
    end(w, ']');
}

static void failover(struct writer *w, const struct init_sheet *s)
{
    static const struct init_secret none = {.source = INIT_TYPED, .text = "?", .file = "?"};
    begin(w, "failover", '{');
    begin(w, "jenkins", '{');
    text(w, "url", s->text[INIT_JENKINS_URL]);
    text(w, "user", s->text[INIT_JENKINS_USER][0] ? s->text[INIT_JENKINS_USER] : "nobody");
    secret(w, "token", s->jenkins.text[0] ? &s->jenkins : &none);
    end(w, '}');
    begin(w, "job", '{');
    text(w, "path", s->text[INIT_JENKINS_JOB][0] ? s->text[INIT_JENKINS_JOB] : "unknown");
    end(w, '}');
    end(w, '}');
}

const struct init_secret *init_sheet_replica_secret(const struct init_sheet *s)
{
    return s->same_password ? &s->primary : &s->replica;
}

char *init_sheet_json(const struct init_sheet *s, unsigned parts)
{
    char *out = NULL;
    size_t len;
    struct writer w = {.out = open_memstream(&out, &len), .depth = 1};
    if (!w.out) {
        abort();
    }
    (void)fputc('{', w.out);
    text(&w, "group", s->text[INIT_GROUP][0] ? s->text[INIT_GROUP] : "pair");
    sites(&w, s, parts);
    tunnels(&w, s, parts);
    if (parts & INIT_NEUTRAL && s->text[INIT_ANCHOR][0]) {
        begin(&w, "anchors", '[');
        begin(&w, NULL, '{');
        text(&w, "target", s->text[INIT_ANCHOR]);
        end(&w, '}');
        end(&w, ']');
    }
    if (parts & INIT_JENKINS && s->text[INIT_JENKINS_URL][0]) {
        failover(&w, s);
    }
    end(&w, '}');
    (void)fputc('\n', w.out);
    if (fclose(w.out) != 0) {
        abort(); /* no memory: what was written would be half a configuration */
    }
    return out;
}

/* The place is of a file that is not there yet. */
static void drop_place(const char *path, struct error *err)
{
    size_t n = strlen(path);
    const char *p = err->text;
    if (strncmp(p, path, n) == 0 && p[n] == ':') {
        p += n + 1;
        p += strspn(p, "0123456789");
        p += *p == ':';
        p += strspn(p, "0123456789");
        p += *p == ':';
        p += *p == ' ';
    }
    memmove(err->text, p, strlen(p) + 1);
}

static void put_typed(struct secret *out, const struct init_secret *s)
{
    if (s->source == INIT_TYPED && s->text[0]) {
        secret_finish(out);
        *out = (struct secret){.kind = SECRET_LITERAL, .name = mem_strdup(s->text)};
    }
}

struct config *init_sheet_config(const struct init_sheet *s, unsigned parts, const char *path,
                                 struct error *err)
{
    char *json = init_sheet_json(s, parts);
    struct config *cfg = config_parse(path, json, strlen(json), FILE_MODE, err);
    free(json);
    if (!cfg) {
        drop_place(path, err);
        return NULL;
    }
    if (parts & INIT_PRIMARY) {
        put_typed(&cfg->primary.db.password, &s->primary);
    }
    if (parts & INIT_REPLICA) {
        put_typed(&cfg->dr.db.password, init_sheet_replica_secret(s));
    }
    if (cfg->failover.present) {
        put_typed(&cfg->failover.jenkins.token, &s->jenkins);
    }
    return cfg;
}

bool init_sheet_check(const struct init_sheet *s, unsigned parts, const char *path,
                      struct error *err)
{
    struct config *cfg = init_sheet_config(s, parts, path, err);
    config_destroy(cfg);
    return cfg != NULL;
}

void init_split(const char *target, char host[INIT_TEXT], char out_port[INIT_TEXT])
{
    const char *colon = strrchr(target, ':');
    bool bracketed = target[0] == '[' && strchr(target, ']');
    /* Several colons without brackets are an address alone. */
    if (colon && (bracketed ? colon[-1] != ']' : strchr(target, ':') != colon)) {
        colon = NULL;
    }
    size_t n = colon ? (size_t)(colon - target) : strlen(target);
    if (bracketed && n >= 2 && target[n - 1] == ']') {
        target++;
        n -= 2;
    }
    (void)snprintf(host, INIT_TEXT, "%.*s", (int)n, target);
    (void)snprintf(out_port, INIT_TEXT, "%s", colon ? colon + 1 : "");
}

void init_sheet_wipe(struct init_sheet *s)
{
    secret_wipe((char *)s, sizeof *s);
}
