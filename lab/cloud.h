/* What both clouds' stand-ins have in common: they look at the charon of their side four times a
 * second, remember what changed, and answer HTTP, well or as badly as $run/NAME.mode says. One
 * word there, which is read at each request:
 *
 *   ok            as the cloud does
 *   frozen        well, but of what was so when the word was first read
 *   old           as an older version of the interface did
 *   empty         that there is no such thing
 *   throttle [S]  too many requests; ARM says to come back after S seconds (1)
 *   unauthorized  credentials are refused
 *   forbidden     they are known, and allow nothing
 *   error         500
 *   hang          accepts and says nothing
 *   slow          one byte a second
 *   huge          50 MiB more than usual
 *   truncated     the connection ends in the middle
 *   malformed     the middle is followed by what cannot follow */
#ifndef DRTOP_LAB_CLOUD_H
#define DRTOP_LAB_CLOUD_H

#include "lab/jenkins_buf.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

struct sockaddr_in;
struct json_object;

enum cloud_mode {
    MODE_OK,
    MODE_FROZEN,
    MODE_OLD,
    MODE_EMPTY,
    MODE_THROTTLE,
    MODE_UNAUTHORIZED,
    MODE_FORBIDDEN,
    MODE_ERROR,
    MODE_HANG,
    MODE_SLOW,
    MODE_HUGE,
    MODE_TRUNCATED,
    MODE_MALFORMED
};

enum { CLOUD_LEGS = 2, CLOUD_CHANGES_MAX = 256 };

struct cloud_leg {
    bool up, connecting;
    int64_t changed_ms;     /* wall clock: when up last changed, or when we began to look */
    int64_t established_ms; /* wall clock: when it last came up; 0: never */
    int64_t in_b, out_b;    /* as the side sees it, over all renewals */
};

struct cloud_change {
    int64_t at_ms; /* wall clock */
    int leg;
    bool up;
};

/* A copy of what is known now. */
struct cloud_view {
    struct cloud_leg legs[CLOUD_LEGS];
    struct cloud_change changes[CLOUD_CHANGES_MAX]; /* oldest first */
    size_t n_changes;
    int64_t began_ms; /* wall clock */
};

struct cloud_request {
    const char *method, *path;
    struct MHD_Connection *connection;
    struct buf body;
    enum cloud_mode mode;
    int mode_value; /* the number behind the word, or 0 */
};

struct cloud_reply {
    unsigned status;
    const char *type; /* Content-Type */
    struct buf body;
    struct {
        const char *name;
        char value[200];
    } headers[4];
    size_t n_headers;
};

/* Command line of both; name is "ec2" or "arm". */
struct cloud_options {
    uint16_t port;
    const char *address, *vici, *run;
    const char *connection, *region;            /* ec2 */
    const char *subscription, *tenant, *client; /* arm */
};

/* Parses the command line, lets begin() look at it, serves until a signal asks to end, and
 * returns main's status. answer() is called by several threads. */
int cloud_main(int argc, char **argv, const char *name, bool (*begin)(struct cloud_options *),
               void (*answer)(const struct cloud_request *q, struct cloud_reply *r));

/* The two halves of it. */
bool cloud_watch_begin(const char *socket_path);
void cloud_watch_end(void);
struct MHD_Daemon *cloud_open(const struct sockaddr_in *at, const char *mode_path,
                              void (*answer)(const struct cloud_request *q,
                                             struct cloud_reply *r));

void cloud_look(struct cloud_view *out);
/* From now on, until it thaws, cloud_look() tells what is so now. */
void cloud_freeze(bool frozen);
int64_t cloud_wall_ms(void);
void cloud_header(struct cloud_reply *r, const char *name, const char *value);
/* Puts the JSON text of o into the answer, and o away. */
void cloud_json(struct cloud_reply *r, unsigned status, struct json_object *o);

/* A header, "" when there is none. */
const char *cloud_request_header(const struct cloud_request *q, const char *name);
/* A field of a form in the body or the query, decoded; "" when there is none. The caller frees
 * it. */
char *cloud_form(const struct cloud_request *q, const char *name);

/* The first line of $run/NAME; "" when there is none. The caller frees it. */
char *cloud_secret(const char *run, const char *name);
/* bytes random ones in hex; 32 at most. */
void cloud_random_hex(char *out, size_t size);

/* ISO 8601 in UTC with milliseconds. */
void cloud_iso(int64_t wall_ms, char *out, size_t size);

#endif
