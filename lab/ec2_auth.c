/* Signature version 4, from the other side. Written after its description, not after any client
 * of it: what passes here, AWS understands as well. */
#define _GNU_SOURCE /* strptime, timegm */
#include "lab/ec2.h"

#include "backend/mem.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SESSIONS_MAX = 64, SKEW_MAX_S = 300, HASH = 32 };

static struct ec2_key permanent;

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
/* guarded by mu: a ring */
static struct ec2_key sessions[SESSIONS_MAX];
static size_t n_sessions;

bool ec2_auth_begin(void)
{
    char key[64], value[160], line[256];
    struct buf path = {0};
    buf_printf(&path, "%s/aws.credentials", ec2_options->run);
    FILE *f = fopen(path.data, "re");
    buf_free(&path);
    if (!f) {
        return false;
    }
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "%63s = %159s", key, value) != 2) {
            continue;
        }
        if (strcmp(key, "aws_access_key_id") == 0) {
            (void)snprintf(permanent.id, sizeof permanent.id, "%.63s", value);
        } else if (strcmp(key, "aws_secret_access_key") == 0) {
            (void)snprintf(permanent.secret, sizeof permanent.secret, "%s", value);
        }
    }
    (void)fclose(f);
    return permanent.id[0] != '\0' && permanent.secret[0] != '\0';
}

void ec2_auth_session(struct ec2_key *out)
{
    char dice[17], *lifetime = cloud_secret(ec2_options->run, "ec2.lifetime");
    long seconds = lifetime[0] ? strtol(lifetime, NULL, 10) : 3600;
    struct ec2_key key = {.expires_ms = cloud_wall_ms() + seconds * 1000};
    free(lifetime);
    cloud_random_hex(dice, sizeof dice);
    (void)snprintf(key.id, sizeof key.id, "ASIALAB%s", dice);
    cloud_random_hex(key.secret, 41);
    cloud_random_hex(key.token, 65);
    (void)pthread_mutex_lock(&mu);
    sessions[n_sessions++ % SESSIONS_MAX] = key;
    (void)pthread_mutex_unlock(&mu);
    *out = key;
}

static bool find_key(const char *id, size_t len, struct ec2_key *out)
{
    bool found = strlen(permanent.id) == len && strncmp(permanent.id, id, len) == 0;
    if (found) {
        *out = permanent;
        return true;
    }
    (void)pthread_mutex_lock(&mu);
    for (size_t i = 0; i < SESSIONS_MAX && !found; i++) {
        found = strlen(sessions[i].id) == len && strncmp(sessions[i].id, id, len) == 0;
        if (found) {
            *out = sessions[i];
        }
    }
    (void)pthread_mutex_unlock(&mu);
    return found && len > 0;
}

/* --- the signature */

static void add_hash(struct buf *b, const char *data, size_t len)
{
    unsigned char hash[HASH];
    (void)EVP_Digest(data ? data : "", data ? len : 0, hash, NULL, EVP_sha256(), NULL);
    for (int i = 0; i < HASH; i++) {
        buf_printf(b, "%02x", hash[i]);
    }
}

/* Lower case name, colon, value without blanks around it or twice within. */
static void add_signed_header(struct buf *b, const struct cloud_request *q, const char *name,
                              size_t len)
{
    char *key = mem_strndup(name, len);
    const char *value = cloud_request_header(q, key);
    value += strspn(value, " ");
    size_t end = strlen(value);
    buf_printf(b, "%s:", key);
    while (end > 0 && value[end - 1] == ' ') {
        end--;
    }
    for (size_t i = 0; i < end; i++) {
        if (value[i] != ' ' || value[i - 1] != ' ') {
            buf_add(b, value + i, 1);
        }
    }
    buf_text(b, "\n");
    free(key);
}

static void canonical_request(struct buf *b, const struct cloud_request *q,
                              const char *signed_headers, size_t len)
{
    buf_printf(b, "%s\n%s\n\n", q->method, q->path);
    for (const char *p = signed_headers, *end = p + len; p < end;) {
        size_t n = strcspn(p, ";");
        n = n < (size_t)(end - p) ? n : (size_t)(end - p);
        add_signed_header(b, q, p, n);
        p += n + 1;
    }
    buf_printf(b, "\n%.*s\n", (int)len, signed_headers);
    add_hash(b, q->body.data, q->body.len);
}

static void sign(unsigned char key[HASH], size_t key_len, const char *text, size_t len)
{
    unsigned char out[HASH];
    (void)HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, len, out, NULL);
    memcpy(key, out, HASH);
}

struct scope {
    const char *id, *day, *region, *service;
    size_t id_len, day_len, region_len, service_len, whole_len; /* from day to aws4_request */
};

/* The signature over a request, in hex. */
static void expected(const struct cloud_request *q, const struct ec2_key *key,
                     const struct scope *s, const char *signed_headers, size_t signed_len,
                     char out[2 * HASH + 1])
{
    unsigned char k[256];
    struct buf request = {0}, text = {0};
    canonical_request(&request, q, signed_headers, signed_len);
    buf_printf(&text, "AWS4-HMAC-SHA256\n%s\n%.*s\n", cloud_request_header(q, "X-Amz-Date"),
               (int)s->whole_len, s->day);
    add_hash(&text, request.data, request.len);
    int len = snprintf((char *)k, sizeof k, "AWS4%s", key->secret);
    sign(k, (size_t)len, s->day, s->day_len);
    sign(k, HASH, s->region, s->region_len);
    sign(k, HASH, s->service, s->service_len);
    sign(k, HASH, "aws4_request", 12);
    sign(k, HASH, text.data, text.len);
    for (size_t i = 0; i < HASH; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", k[i]);
    }
    buf_free(&request);
    buf_free(&text);
}

/* --- the header Authorization */

/* Credential=ID/DAY/REGION/SERVICE/aws4_request */
static bool parse_scope(const char *at, struct scope *s)
{
    const char **starts[] = {&s->id, &s->day, &s->region, &s->service};
    size_t *lengths[] = {&s->id_len, &s->day_len, &s->region_len, &s->service_len};
    for (int i = 0; i < 4; i++) {
        *starts[i] = at;
        *lengths[i] = strcspn(at, "/,");
        if (at[*lengths[i]] != '/') {
            return false;
        }
        at += *lengths[i] + 1;
    }
    s->whole_len = (size_t)(at - s->day) + strlen("aws4_request");
    return strncmp(at, "aws4_request", 12) == 0;
}

static bool is(const char *word, const char *at, size_t len)
{
    return strlen(word) == len && strncmp(word, at, len) == 0;
}

static bool skewed(const char *date)
{
    struct tm tm = {0};
    if (!strptime(date, "%Y%m%dT%H%M%SZ", &tm)) {
        return true;
    }
    return llabs((long long)timegm(&tm) - cloud_wall_ms() / 1000) > SKEW_MAX_S;
}

enum auth ec2_auth(const struct cloud_request *q, const char *service)
{
    const char *header = cloud_request_header(q, "Authorization");
    const char *credential = strstr(header, "Credential=");
    const char *headers = strstr(header, "SignedHeaders=");
    const char *signature = strstr(header, "Signature=");
    struct scope scope;
    struct ec2_key key;
    char ours[2 * HASH + 1];
    if (strncmp(header, "AWS4-HMAC-SHA256 ", 17) != 0 || !credential || !headers ||
        !signature || !parse_scope(credential + 11, &scope)) {
        return AUTH_MISSING;
    }
    if (!find_key(scope.id, scope.id_len, &key) ||
        strcmp(cloud_request_header(q, "X-Amz-Security-Token"), key.token) != 0) {
        return AUTH_UNKNOWN;
    }
    if (skewed(cloud_request_header(q, "X-Amz-Date"))) {
        return AUTH_SKEWED;
    }
    if (!is(ec2_options->region, scope.region, scope.region_len) ||
        !is(service, scope.service, scope.service_len)) {
        return AUTH_SCOPE;
    }
    headers += 14;
    signature += 10;
    expected(q, &key, &scope, headers, strcspn(headers, ", "), ours);
    if (strlen(signature) < 2 * (size_t)HASH ||
        CRYPTO_memcmp(ours, signature, 2 * (size_t)HASH) != 0) {
        return AUTH_WRONG;
    }
    return key.expires_ms > 0 && key.expires_ms < cloud_wall_ms() ? AUTH_EXPIRED : AUTH_OK;
}
