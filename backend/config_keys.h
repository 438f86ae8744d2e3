/* Every key of the configuration file, as one table: the loader, `drtop config dump`, the
 * clean-up and the test that holds config/drtop.schema.json to the loader all walk it.
 * Constant; any thread. */
#ifndef DRTOP_CONFIG_KEYS_H
#define DRTOP_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_KEYS_MAX 36 /* of one object */

enum config_key_type {
    KEY_IGNORED,  /* accepted, for editors: "$schema" */
    KEY_OBJECT,   /* keys describe the struct at offset */
    KEY_LIST,     /* array of such objects; their number is a size_t at count_offset */
    KEY_BOOL,     /* bool */
    KEY_INT,      /* int */
    KEY_PORT,     /* uint16_t */
    KEY_DURATION, /* int64_t, milliseconds */
    KEY_CHOICE,   /* an enum; choices are in its order */
    KEY_STATUS,   /* config_app.expect_status_min and _max: 200 or [200, 399] */
    KEY_SECRET,   /* struct secret */
    KEY_WORDS,    /* char **: plain texts, NULL-terminated */
    KEY_COMMAND,  /* char **: a program and its arguments, NULL-terminated */
    /* below: char *, owned by the configuration */
    KEY_NAME, /* short, for the screen */
    KEY_TEXT,
    KEY_VALUE,    /* as KEY_TEXT, and may be empty */
    KEY_HOST,     /* name or address, without a port */
    KEY_URL,      /* http or https */
    KEY_TARGET,   /* KEY_URL or host:port */
    KEY_TABLE,    /* schema.table */
    KEY_LOOPBACK, /* host:port, numeric and on this machine only */
    KEY_ADDRESS,  /* of mail, as in RFC 5321: local@domain */
    KEY_WINDOW,   /* when a maintenance window begins; backend/verdict/maintenance.h */
    KEY_CLOCK,    /* a time of day, 00:00 to 23:59 */
    KEY_PATH,     /* made absolute, from the configuration file's folder */
    KEY_THEME,    /* a name, or a KEY_PATH when it holds a slash */
};

struct config_key {
    const char *name;
    enum config_key_type type;
    bool required; /* where the object around it is given */
    size_t offset;
    int64_t min, max;              /* INT, DURATION; LIST: max is its room */
    const char *fallback;          /* the default, as JSON; NULL: stays unset */
    const char *const *choices;    /* CHOICE; ends with NULL */
    const struct config_key *keys; /* OBJECT, LIST, SECRET; ends with a NULL name */
    size_t count_offset, size;     /* LIST: of one element */
    bool (*has)(const void *element, const char *key); /* LIST: NULL when all have all keys */
};

/* Of struct config. */
extern const struct config_key config_keys[];

/* The places a secret may come from, in the order of enum secret_kind from SECRET_FILE on;
 * an object holds exactly one of them. */
extern const struct config_key config_secret_keys[];

#endif
