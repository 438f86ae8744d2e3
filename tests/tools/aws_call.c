/* drtop-aws-call SERVICE REGION ENDPOINT TARGET CA KROW BODY
 *     One call of the AWS client, with the credentials of the environment; "-" for a TARGET or CA
 * that is none. The answer is read as XML, without its keys. Prints the status, or why there was
 * none, and then how often KROW, read backwards, stands in the memory of the process while the
 * client is still there: written forwards it would find itself. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backend/cloud/aws_client.h"
#include "backend/net/http.h"
#include "backend/net/xml.h"

#define REGION_MAX (UINT64_C(256) << 20) /* larger ones are a sanitizer's own */

static bool wants(void *ctx, const char *path)
{
    const char *leaf = xml_leaf(path);
    (void)ctx;
    return strcmp(leaf, "preSharedKey") != 0 &&
           strcmp(leaf, "customerGatewayConfiguration") != 0;
}

static void count(void *ctx, const char *path, const char *text, size_t len)
{
    size_t *bytes = ctx;
    (void)path;
    (void)text;
    *bytes += len;
}

struct reading {
    struct xml_reader *xml;
    bool readable;
};

static bool take(void *ctx, int status, const char *piece, size_t len)
{
    struct reading *r = ctx;
    struct error err;
    (void)status;
    r->readable = r->readable && xml_reader_feed(r->xml, piece, len, false, &err);
    return true;
}

/* Reads where it stands; a copy would be one more. */
__attribute__((no_sanitize("address", "undefined"))) static size_t
find(uintptr_t from, uintptr_t to, const char *krow)
{
    size_t n = strlen(krow), found = 0;
    for (uintptr_t at = from; at + n <= to; at++) {
        const volatile char *p = (const volatile char *)at;
        size_t same = 0;
        while (same < n && p[same] == krow[n - 1 - same]) {
            same++;
        }
        found += same == n;
    }
    return found;
}

/* Pages that were never touched are passed over: a sanitizer reserves many. */
static size_t find_in_touched(uintptr_t from, uintptr_t to, const char *krow)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), found = 0;
    unsigned char there[1024];
    uintptr_t begin = from;
    for (uintptr_t at = from; at < to; at += page * sizeof there) {
        size_t n = (to - at) / page < sizeof there ? (to - at) / page : sizeof there;
        if (mincore((void *)at, n * page, there) != 0) {
            return found;
        }
        for (size_t i = 0; i < n; i++) {
            if (!(there[i] & 1)) {
                found += find(begin, at + i * page, krow);
                begin = at + (i + 1) * page;
            }
        }
    }
    return found + find(begin, to, krow);
}

static size_t find_everywhere(const char *krow)
{
    char line[512];
    size_t found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        uint64_t from = 0, to = 0;
        char mode[8] = "";
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &from, &to, mode) == 3 &&
            strncmp(mode, "rw", 2) == 0 && to - from <= REGION_MAX) {
            found += find_in_touched((uintptr_t)from, (uintptr_t)to, krow);
        }
    }
    if (maps) {
        (void)fclose(maps);
    }
    return found;
}

static const char *or_null(const char *text)
{
    return strcmp(text, "-") == 0 ? NULL : text;
}

int main(int argc, char **argv)
{
    static const struct xml_handler handler = {.wants = wants, .text = count};
    size_t bytes = 0;
    struct error err = {0};
    struct aws_answer answer;
    if (argc != 8 || !http_global_begin()) {
        return 2;
    }
    const struct aws_client_options options = {
        .region = argv[2], .ca = or_null(argv[5]), .timeout_ms = 20000};
    struct aws_client *client = aws_client_create(&options);
    struct reading reading = {xml_reader_create(&handler, &bytes), true};
    const struct aws_call call = {.service = argv[1],
                                  .endpoint = argv[3],
                                  .target = or_null(argv[4]),
                                  .body = argv[7],
                                  .max = (size_t)4 << 20,
                                  .take = take,
                                  .ctx = &reading};
    bool whole = client && aws_client_call(client, &call, &answer, &err);
    reading.readable =
        whole && reading.readable && xml_reader_feed(reading.xml, "", 0, true, &err);
    xml_reader_destroy(reading.xml);
    if (whole) {
        (void)printf("%d %s %s %zu\n", answer.status, reading.readable ? "xml" : "other",
                     bytes > 0 ? "found" : "lost", find_everywhere(argv[6]));
    } else {
        (void)printf("none: %s\n", err.text);
    }
    aws_client_destroy(client);
    http_global_end();
    return whole ? 0 : 1;
}
