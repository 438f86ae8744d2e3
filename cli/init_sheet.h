/* What `drtop config init` has been told so far, and the configuration that it makes of it. Pure.
 *
 * Whoever holds a sheet wipes it at the end with init_sheet_wipe(): typed passwords are in it. */
#ifndef DRTOP_CLI_INIT_SHEET_H
#define DRTOP_CLI_INIT_SHEET_H

#include "backend/config.h"

#include <stdbool.h>
#include <stddef.h>

#define INIT_TEXT 1100 /* of an answer, with its NUL; the loader takes 1024 bytes */

enum init_field {
    INIT_GROUP,
    INIT_PRIMARY_HOST,
    INIT_PRIMARY_PORT,
    INIT_PRIMARY_USER,
    INIT_PRIMARY_ROUTE,
    INIT_REPLICA_HOST,
    INIT_REPLICA_PORT,
    INIT_REPLICA_USER,
    INIT_APP_URL,
    INIT_PROBE, /* host:port */
    INIT_AWS_VPN,
    INIT_AWS_REGION,
    INIT_AZURE_SUBSCRIPTION,
    INIT_AZURE_GROUP,
    INIT_AZURE_CONNECTION,
    INIT_GATEWAY, /* charon's socket */
    INIT_ANCHOR,
    INIT_JENKINS_URL,
    INIT_JENKINS_USER,
    INIT_JENKINS_JOB,
    INIT_FIELDS,
};

/* Parts of the configuration, each tried by itself. What belongs to a part that was left out is
 * empty. */
enum init_part {
    INIT_PRIMARY = 1,
    INIT_REPLICA = 2,
    INIT_APP = 4,
    INIT_TUNNEL_PROBE = 8,
    INIT_AWS = 16,
    INIT_AZURE = 32,
    INIT_STRONGSWAN = 64,
    INIT_NEUTRAL = 128, /* the anchor */
    INIT_JENKINS = 256,
    INIT_ALL = 511,
};

enum init_source {
    INIT_TYPED, /* kept in a file of its own, beside the configuration */
    INIT_ENV,
    INIT_COMMAND, /* words apart by blanks */
    INIT_OPTION_FILE,
    INIT_NOTHING,
};

struct init_secret {
    enum init_source source;
    char text[INIT_TEXT]; /* the secret itself where it was typed, else its place */
    char file[64];        /* of a typed one: its name, beside the configuration */
};

struct init_sheet {
    char text[INIT_FIELDS][INIT_TEXT];
    struct init_secret primary, replica, jenkins;
    bool same_password; /* the replica's comes from where the primary's does */
    bool greeting;      /* a MySQL server answers the probe */
};

/* The secret that the replica's login takes. */
const struct init_secret *init_sheet_replica_secret(const struct init_sheet *s);

/* The configuration as JSON, NUL-terminated, the caller's to free. It holds no typed secret, but the
 * names of their files. Parts that are not asked for, and databases that have no host yet, are left
 * out, or stand for nothing where the loader wants them. */
char *init_sheet_json(const struct init_sheet *s, unsigned parts);

/* The same, loaded, with the typed secrets themselves in the place of files that are not there yet:
 * for a live try. path is the configuration to be, for relative paths. NULL with err = what is wrong
 * and what was expected, in the loader's words without the place. */
struct config *init_sheet_config(const struct init_sheet *s, unsigned parts, const char *path,
                                 struct error *err);

/* Would the loader take these parts? False with err as above. */
bool init_sheet_check(const struct init_sheet *s, unsigned parts, const char *path,
                      struct error *err);

/* Takes "host:port", "[address]:port", "host" or "address" apart; port stays empty without one. */
void init_split(const char *target, char host[INIT_TEXT], char port[INIT_TEXT]);

void init_sheet_wipe(struct init_sheet *s);

#endif
