#include "backend/record/notify_curl.h"

#include <stdlib.h>
#include <string.h>

#include "backend/net/text.h"

static size_t drop_body(char *data, size_t size, size_t n, void *arg)
{
    (void)data;
    (void)arg;
    return size * n;
}

static bool is_refusal(const char *line)
{
    return line[0] == '4' || line[0] == '5';
}

/* Of SMTP these are all answers. The farewell that follows a refusal is not what we want to know. */
static size_t keep_line(char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    size_t len = size * n;
    while (len && (data[len - 1] == '\n' || data[len - 1] == '\r')) {
        len--;
    }
    if (len && is_refusal(data)) {
        (void)text_clean(t->refusal, sizeof t->refusal, data, len);
    }
    return size * n;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct transfer *t = arg;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return t->stop && atomic_load(t->stop);
}

bool transfer_begin(struct transfer *t, int64_t timeout_ms, const char *ca, bool verify_tls,
                    const atomic_bool *stop, struct error *err)
{
    *t = (struct transfer){.easy = curl_easy_init(), .stop = stop};
    if (!t->easy) {
        error_set(err, "libcurl gives no handle");
        return false;
    }
    (void)curl_easy_setopt(t->easy, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1L); /* a lookup that hangs */
    (void)curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    (void)curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
    (void)curl_easy_setopt(t->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                           (long)((timeout_ms + 999) / 1000));
    (void)curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYPEER, verify_tls ? 1L : 0L);
    (void)curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYHOST, verify_tls ? 2L : 0L);
    if (ca) {
        (void)curl_easy_setopt(t->easy, CURLOPT_CAINFO, ca);
        (void)curl_easy_setopt(t->easy, CURLOPT_CAPATH, NULL); /* it would add to ca */
    }
    (void)curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, drop_body);
    (void)curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, keep_line);
    (void)curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    (void)curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->curl_says);
    (void)curl_easy_setopt(t->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(t->easy, CURLOPT_XFERINFODATA, t);
    (void)curl_easy_setopt(t->easy, CURLOPT_NOPROGRESS, 0L);
    return true;
}

/* Of libcurl's sentence only what the certificate lacks: "certificate has expired". */
static void explain_certificate(const struct transfer *t, struct error *err)
{
    static const char frame[] = "certificate problem: ";
    const char *problem = strstr(t->curl_says, frame);
    if (strstr(t->curl_says, "subject name")) {
        problem = "it is for another host";
    } else {
        problem = problem ? problem + sizeof frame - 1 : "no reason is given";
    }
    error_set(err, "TLS: the certificate is not trusted: %s", problem);
}

/* libcurl's own sentences may quote what it was given; its names for codes quote nothing. */
bool transfer_run(struct transfer *t, int64_t timeout_ms, struct error *err)
{
    CURLcode code = curl_easy_perform(t->easy);
    switch (code) {
    case CURLE_OK:
        return true;
    case CURLE_ABORTED_BY_CALLBACK:
        error_set(err, "interrupted");
        return false;
    case CURLE_OPERATION_TIMEDOUT:
        error_set(err, "timed out after %.1f s", (double)timeout_ms / 1000);
        return false;
    case CURLE_USE_SSL_FAILED:
        error_set(err, "the server offers no STARTTLS");
        return false;
    case CURLE_PEER_FAILED_VERIFICATION:
        explain_certificate(t, err);
        return false;
    default:
        error_set(err, "%s", curl_easy_strerror(code));
        return false;
    }
}

void transfer_end(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
}

struct curl_slist *transfer_append(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(list, line);
    if (!longer) {
        abort(); /* as all want of memory does here */
    }
    return longer;
}
