#include "lab/cloud.h"

#include "backend/mem.h"
#include "lab/util.h"

#include <getopt.h>
#include <json-c/json.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static const struct option long_options[] = {
    {"port", required_argument, NULL, 'p'},         {"address", required_argument, NULL, 'a'},
    {"vici", required_argument, NULL, 'v'},         {"run", required_argument, NULL, 'r'},
    {"connection", required_argument, NULL, 'c'},   {"region", required_argument, NULL, 'R'},
    {"subscription", required_argument, NULL, 's'}, {"tenant", required_argument, NULL, 't'},
    {"client", required_argument, NULL, 'C'},       {NULL, 0, NULL, 0}};

static const char **text_option(struct cloud_options *o, int letter)
{
    switch (letter) {
    case 'a':
        return &o->address;
    case 'v':
        return &o->vici;
    case 'r':
        return &o->run;
    case 'c':
        return &o->connection;
    case 'R':
        return &o->region;
    case 's':
        return &o->subscription;
    case 't':
        return &o->tenant;
    case 'C':
        return &o->client;
    default:
        return NULL;
    }
}

static bool parse_options(int argc, char **argv, struct cloud_options *o)
{
    for (int letter; (letter = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        int64_t port = 0;
        const char **text = text_option(o, letter);
        if (text) {
            *text = optarg;
        } else if (letter != 'p' || !util_parse(optarg, 1, UINT16_MAX, &port)) {
            return false;
        } else {
            o->port = (uint16_t)port;
        }
    }
    return optind == argc && o->port > 0 && o->vici && o->run;
}

int cloud_main(int argc, char **argv, const char *name, bool (*begin)(struct cloud_options *),
               void (*answer)(const struct cloud_request *q, struct cloud_reply *r))
{
    static struct cloud_options options;
    struct sockaddr_in at;
    struct buf mode_path = {0};
    if (!parse_options(argc, argv, &options) ||
        !util_address(options.address, options.port, &at) || !begin(&options)) {
        (void)fprintf(stderr, "lab-%s: wrong arguments: see lab/lib/cloud.sh\n", name);
        return 64;
    }
    util_catch_signals();
    buf_printf(&mode_path, "%s/%s.mode", options.run, name);
    if (!cloud_watch_begin(options.vici)) {
        return 1;
    }
    struct MHD_Daemon *daemon = cloud_open(&at, mode_path.data, answer);
    if (!daemon) {
        (void)fprintf(stderr, "lab-%s: cannot listen on port %d\n", name, (int)options.port);
        return 1;
    }
    while (!util_stopping()) {
        util_wait_until(util_now_ms() + 1000);
    }
    MHD_stop_daemon(daemon);
    cloud_watch_end();
    buf_free(&mode_path);
    return 0;
}

int64_t cloud_wall_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void cloud_iso(int64_t wall_ms, char *out, size_t size)
{
    char seconds[32];
    struct tm tm;
    time_t t = (time_t)(wall_ms / 1000);
    (void)gmtime_r(&t, &tm);
    (void)strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(out, size, "%s.%03dZ", seconds, (int)(wall_ms % 1000));
}

void cloud_header(struct cloud_reply *r, const char *name, const char *value)
{
    if (r->n_headers < sizeof r->headers / sizeof r->headers[0]) {
        r->headers[r->n_headers].name = name;
        (void)snprintf(r->headers[r->n_headers].value, sizeof r->headers[0].value, "%s", value);
        r->n_headers++;
    }
}

void cloud_json(struct cloud_reply *r, unsigned status, struct json_object *o)
{
    r->status = status;
    buf_clear(&r->body);
    buf_text(&r->body, json_object_to_json_string_ext(o, JSON_C_TO_STRING_SPACED |
                                                             JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(o);
}

char *cloud_secret(const char *run, const char *name)
{
    char line[256] = "";
    struct buf path = {0};
    buf_printf(&path, "%s/%s", run, name);
    FILE *f = fopen(path.data, "re");
    if (f) {
        if (!fgets(line, sizeof line, f)) {
            line[0] = '\0';
        }
        (void)fclose(f);
    }
    buf_free(&path);
    line[strcspn(line, "\n")] = '\0';
    return mem_strdup(line);
}

void cloud_random_hex(char *out, size_t size)
{
    unsigned char dice[32];
    size_t n = (size - 1) / 2 < sizeof dice ? (size - 1) / 2 : sizeof dice;
    if (getrandom(dice, n, 0) != (ssize_t)n) {
        abort();
    }
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(out + 2 * i, size - 2 * i, "%02x", dice[i]);
    }
}
