/* What mail and webhooks ask of libcurl: one transfer with an end, that another thread can stop. */
#ifndef DRTOP_RECORD_NOTIFY_CURL_H
#define DRTOP_RECORD_NOTIFY_CURL_H

#include "backend/error.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct transfer {
    CURL *easy;
    char refusal[160]; /* of SMTP: the last answer that was none of success, sanitised, or "" */
    char curl_says[CURL_ERROR_SIZE];
    const atomic_bool *stop;
};

/* With deadline, verification (ca NULL: the system's store) and without proxies. False when libcurl
 * gives no handle. t must stay where it is until transfer_end(). */
bool transfer_begin(struct transfer *t, int64_t timeout_ms, const char *ca, bool verify_tls,
                    const atomic_bool *stop, struct error *err);
/* Runs it; false with err set, which never holds the URL or a password. */
bool transfer_run(struct transfer *t, int64_t timeout_ms, struct error *err);
void transfer_end(struct transfer *t);

/* curl_slist_append(); aborts for want of memory. */
struct curl_slist *transfer_append(struct curl_slist *list, const char *line);

#endif
