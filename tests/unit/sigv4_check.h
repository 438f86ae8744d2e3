/* Signature version 4, computed anew from a request as it came over the wire: what AWS does. For
 * requests to "/" without a query. Header only: each test is one executable; needs libcrypto. */
#ifndef DRTOP_TESTS_SIGV4_CHECK_H
#define DRTOP_TESTS_SIGV4_CHECK_H

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

struct sigv4_claim { /* what the Authorization header says */
    char id[128], date[16], region[64], service[64], headers[256], signature[80];
};

static inline void sigv4_hex(const unsigned char *in, char out[65])
{
    for (size_t i = 0; i < 32; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", in[i]);
    }
}

static inline void sigv4_hash(const char *text, size_t len, char out[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (EVP_Digest(text, len, digest, NULL, EVP_sha256(), NULL) != 1) {
        abort();
    }
    sigv4_hex(digest, out);
}

static inline void sigv4_mac(unsigned char key[32], size_t key_len, const void *secret,
                             const char *text)
{
    unsigned char out[EVP_MAX_MD_SIZE];
    if (!HMAC(EVP_sha256(), secret ? secret : key, (int)key_len, (const unsigned char *)text,
              strlen(text), out, NULL)) {
        abort();
    }
    memcpy(key, out, 32);
}

/* The trimmed value of a header; false when it is not there, or twice. */
static inline bool sigv4_header(const char *request, const char *name, char *out, size_t size)
{
    size_t n = strlen(name), found = 0;
    const char *end = strstr(request, "\r\n\r\n");
    for (const char *line = strstr(request, "\r\n"); line && line < end;
         line = strstr(line + 2, "\r\n")) {
        const char *at = line + 2;
        if (strncasecmp(at, name, n) != 0 || at[n] != ':') {
            continue;
        }
        at += n + 1;
        at += strspn(at, " ");
        size_t len = strcspn(at, "\r");
        while (len > 0 && at[len - 1] == ' ') {
            len--;
        }
        if (len >= size) {
            return false;
        }
        memcpy(out, at, len);
        out[len] = '\0';
        found++;
    }
    return found == 1;
}

static inline bool sigv4_claim(const char *request, struct sigv4_claim *out)
{
    char line[1024];
    return sigv4_header(request, "Authorization", line, sizeof line) &&
           sscanf(line,
                  "AWS4-HMAC-SHA256 Credential=%127[^/]/%15[^/]/%63[^/]/%63[^/]/aws4_request, "
                  "SignedHeaders=%255[^,], Signature=%79s",
                  out->id, out->date, out->region, out->service, out->headers,
                  out->signature) == 6;
}

/* Whether the request carries the signature that the secret gives. */
static inline bool sigv4_holds(const char *request, const char *secret,
                               struct sigv4_claim *claim)
{
    static char canonical[32768], text[512], value[16384];
    char hash[65], date[32], list[256], key_text[300], *save = NULL;
    unsigned char key[32];
    const char *body = strstr(request, "\r\n\r\n");
    if (!body || !sigv4_claim(request, claim) ||
        !sigv4_header(request, "X-Amz-Date", date, sizeof date) ||
        strncmp(date, claim->date, 8) != 0 || strlen(claim->date) != 8) {
        return false;
    }
    int len = snprintf(canonical, sizeof canonical, "%.*s\n/\n\n", (int)strcspn(request, " "),
                       request);
    (void)snprintf(list, sizeof list, "%s", claim->headers);
    const char *before = "";
    for (char *name = strtok_r(list, ";", &save); name; name = strtok_r(NULL, ";", &save)) {
        if (!sigv4_header(request, name, value, sizeof value) || strcmp(before, name) >= 0) {
            return false;
        }
        before = name;
        len +=
            snprintf(canonical + len, sizeof canonical - (size_t)len, "%s:%s\n", name, value);
    }
    sigv4_hash(body + 4, strlen(body + 4), hash);
    (void)snprintf(canonical + len, sizeof canonical - (size_t)len, "\n%s\n%s", claim->headers,
                   hash);
    sigv4_hash(canonical, strlen(canonical), hash);
    (void)snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n%s", date,
                   claim->date, claim->region, claim->service, hash);
    (void)snprintf(key_text, sizeof key_text, "AWS4%s", secret);
    sigv4_mac(key, strlen(key_text), key_text, claim->date);
    sigv4_mac(key, 32, NULL, claim->region);
    sigv4_mac(key, 32, NULL, claim->service);
    sigv4_mac(key, 32, NULL, "aws4_request");
    sigv4_mac(key, 32, NULL, text);
    sigv4_hex(key, hash);
    return strcmp(hash, claim->signature) == 0;
}

#endif
