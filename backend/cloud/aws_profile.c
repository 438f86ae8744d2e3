#include "backend/cloud/aws_profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backend/cloud/aws_file.h"
#include "backend/cloud/aws_keys.h"
#include "backend/mem.h"
#include "backend/net/secret.h"

#define FILE_MAX ((size_t)256 * 1024)
#define PLACE    4096

static const char *const key_names[AWS_PROFILE_KEYS] = {
    [AWS_PROFILE_ID] = "aws_access_key_id",
    [AWS_PROFILE_SECRET] = "aws_secret_access_key",
    [AWS_PROFILE_TOKEN] = "aws_session_token",
    [AWS_PROFILE_REGION] = "region",
    [AWS_PROFILE_ROLE] = "role_arn",
    [AWS_PROFILE_SOURCE_PROFILE] = "source_profile",
    [AWS_PROFILE_CREDENTIAL_SOURCE] = "credential_source",
    [AWS_PROFILE_EXTERNAL_ID] = "external_id",
    [AWS_PROFILE_SESSION_NAME] = "role_session_name",
    [AWS_PROFILE_DURATION] = "duration_seconds",
    [AWS_PROFILE_MFA] = "mfa_serial",
    [AWS_PROFILE_PROCESS] = "credential_process",
    [AWS_PROFILE_WEB_IDENTITY] = "web_identity_token_file",
    [AWS_PROFILE_SSO_SESSION] = "sso_session",
    [AWS_PROFILE_SSO_START_URL] = "sso_start_url",
};

/* A part of a line. */
struct span {
    const char *at;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct span trim(struct span s)
{
    while (s.len > 0 && is_blank(s.at[0])) {
        s.at++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.at[s.len - 1])) {
        s.len--;
    }
    return s;
}

static bool span_is(struct span s, const char *word)
{
    return strlen(word) == s.len && memcmp(s.at, word, s.len) == 0;
}

/* Where a parse stands. */
struct reading {
    const char *name, *file;
    bool config;
    struct aws_profile *out;
    int line;
    bool in_section; /* any */
    bool ours;       /* the profile's */
    bool key_seen;   /* in this section, indented by key_indent */
    size_t key_indent;
};

static bool malformed(const struct reading *r, const char *what, struct error *err)
{
    error_set(err, "%s:%d: %s", r->file, r->line, what);
    return false;
}

/* The profile's name in a header: "prod", "profile prod", "profile \"my prod\"". */
static bool is_ours(const struct reading *r, struct span header)
{
    static const char word[] = "profile";
    size_t n = sizeof word - 1;
    bool prefixed = header.len > n && memcmp(header.at, word, n) == 0 && is_blank(header.at[n]);
    if (r->config && !prefixed) {
        return span_is(header, "default") && strcmp(r->name, "default") == 0;
    }
    if (r->config) {
        header = trim((struct span){header.at + n, header.len - n});
    }
    if (header.len >= 2 && (header.at[0] == '"' || header.at[0] == '\'') &&
        header.at[header.len - 1] == header.at[0]) {
        header = (struct span){header.at + 1, header.len - 2};
    }
    return span_is(header, r->name);
}

static bool take_header(struct reading *r, struct span line, struct error *err)
{
    const char *close = memchr(line.at, ']', line.len);
    if (!close) {
        return malformed(r, "a section without its ']'", err);
    }
    r->in_section = true;
    r->key_seen = false;
    r->ours = is_ours(r, trim((struct span){line.at + 1, (size_t)(close - line.at) - 1}));
    r->out->found |= r->ours;
    return true;
}

static void keep(char **slot, struct span value)
{
    if (*slot) {
        secret_wipe(*slot, strlen(*slot));
        free(*slot);
    }
    *slot = mem_strndup(value.at, value.len);
}

static bool take_value(struct reading *r, struct span line, struct error *err)
{
    const char *equals = memchr(line.at, '=', line.len);
    if (!equals) {
        return malformed(r, "expected KEY = VALUE", err);
    }
    struct span key = trim((struct span){line.at, (size_t)(equals - line.at)});
    struct span value =
        trim((struct span){equals + 1, line.len - (size_t)(equals + 1 - line.at)});
    for (size_t i = 0; r->ours && i < AWS_PROFILE_KEYS; i++) {
        if (strlen(key_names[i]) != key.len ||
            strncasecmp(key_names[i], key.at, key.len) != 0) {
            continue;
        }
        if (value.len >= AWS_TOKEN_MAX) {
            return malformed(r, "a value that is too long", err);
        }
        if (memchr(value.at, '\0', value.len)) {
            return malformed(r, "a NUL byte, expected text", err);
        }
        keep(&r->out->values[i], value);
    }
    return true;
}

static bool take_line(struct reading *r, struct span whole, struct error *err)
{
    struct span line = trim(whole);
    size_t indent = (size_t)(line.at - whole.at);
    if (line.len == 0 || line.at[0] == '#' || line.at[0] == ';') {
        return true;
    }
    if (line.at[0] == '[' && indent == 0) {
        return take_header(r, line, err);
    }
    if (!r->in_section) {
        return malformed(r, "a setting before the first [section]", err);
    }
    if (r->key_seen && indent > r->key_indent) {
        return true; /* of a nested setting, such as s3 = */
    }
    r->key_seen = true;
    r->key_indent = indent;
    return take_value(r, line, err);
}

bool aws_profile_parse(const char *name, bool config, const char *file, const char *text,
                       size_t len, struct aws_profile *out, struct error *err)
{
    struct reading r = {.name = name, .file = file, .config = config, .out = out};
    const char *at = text, *end = text + len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        r.line++;
        if (!take_line(&r, (struct span){at, (size_t)(stop - at)}, err)) {
            return false;
        }
        at = newline ? newline + 1 : end;
    }
    return true;
}

/* --- files --- */

static bool read_file(const char *name, bool config, const char *file, struct aws_profile *out,
                      struct error *err)
{
    size_t len = 0;
    bool absent = false;
    char *text = mem_alloc(FILE_MAX, 1);
    bool ok = aws_file_read(file, text, FILE_MAX, &len, &absent, err) &&
              aws_profile_parse(name, config, file, text, len, out, err);
    secret_wipe(text, FILE_MAX);
    free(text);
    return ok || absent;
}

/* "" when there is no home to look in. */
static void place(char out[PLACE], const char *variable, const char *in_home)
{
    const char *named = getenv(variable);
    const char *home = getenv("HOME");
    bool set = named && named[0];
    int n = 0;
    out[0] = '\0';
    if (set && strncmp(named, "~/", 2) != 0) {
        n = snprintf(out, PLACE, "%s", named);
    } else if (home && home[0]) {
        n = snprintf(out, PLACE, "%s/%s", home, set ? named + 2 : in_home);
    }
    if (n < 0 || n >= PLACE) {
        out[0] = '\0';
    }
}

static void places(char credentials[PLACE], char config[PLACE])
{
    place(credentials, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
    place(config, "AWS_CONFIG_FILE", ".aws/config");
}

bool aws_profile_read(const char *name, struct aws_profile *out, struct error *err)
{
    char credentials[PLACE], config[PLACE];
    *out = (struct aws_profile){0};
    places(credentials, config);
    /* What stands in the file of credentials goes before. */
    return (config[0] == '\0' || read_file(name, true, config, out, err)) &&
           (credentials[0] == '\0' || read_file(name, false, credentials, out, err));
}

void aws_profile_finish(struct aws_profile *profile)
{
    for (size_t i = 0; i < AWS_PROFILE_KEYS; i++) {
        char *value = profile->values[i];
        if (value) {
            secret_wipe(value, strlen(value));
            free(value);
        }
    }
    *profile = (struct aws_profile){0};
}

void aws_profile_places(char *out, size_t size)
{
    char credentials[PLACE], config[PLACE];
    places(credentials, config);
    if (credentials[0] == '\0' && config[0] == '\0') {
        (void)snprintf(out, size, "a file: $HOME is not set");
    } else {
        (void)snprintf(out, size, "%s%s%s", credentials, config[0] ? " and " : "", config);
    }
}

const char *aws_profile_default(void)
{
    const char *name = getenv("AWS_PROFILE");
    return name && name[0] ? name : "default";
}

/* --- credential_process --- */

/* One word: moves *at behind it and writes it to *to. False: a quote that is open. */
static bool take_word(const char **at, char **to)
{
    char quote = '\0';
    for (; **at && (quote || !strchr(" \t\r\n", **at)); (*at)++) {
        char c = **at;
        if (quote ? c == quote : c == '"' || c == '\'') {
            quote = quote ? '\0' : c;
        } else if (c == '\\' && quote != '\'' && (*at)[1] &&
                   (!quote || strchr("\"\\", (*at)[1]))) {
            *(*to)++ = *++*at;
        } else {
            *(*to)++ = c;
        }
    }
    *(*to)++ = '\0';
    return !quote;
}

char **aws_profile_argv(const char *command, struct error *err)
{
    size_t len = strlen(command), n = 0;
    size_t room = len / 2 + 2; /* words, and the NULL behind them */
    char **argv = mem_alloc(room * sizeof *argv + 2 * len + 2, 1);
    char *to = (char *)(argv + room);
    const char *at = command + strspn(command, " \t\r\n");
    while (*at) {
        argv[n++] = to;
        if (!take_word(&at, &to)) {
            error_set(err, "credential_process: a quote that is not closed");
            free(argv);
            return NULL;
        }
        at += strspn(at, " \t\r\n");
    }
    if (n == 0 || argv[0][0] == '\0') {
        error_set(err, "credential_process: expected a command");
        free(argv);
        return NULL;
    }
    return argv;
}
