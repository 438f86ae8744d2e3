/* From a node of the file to a field of struct config, by the type of its key. While loading
 * only, on the thread that loads. */
#ifndef DRTOP_CONFIG_VALUES_H
#define DRTOP_CONFIG_VALUES_H

#include "backend/config_json.h"
#include "backend/config_keys.h"

/* What a value's meaning depends on beside its text. */
struct config_reader {
    const char *path;   /* the configuration file, for messages */
    const char *folder; /* that relative paths start from */
    unsigned mode;      /* the file's permission bits */
};

/* Stores the value of any type but OBJECT and LIST in the struct at base. Returns false with
 * err set and the field as it was. */
bool config_value_load(const struct config_reader *reader, const struct config_key *key,
                       const struct config_node *node, void *base, struct error *err);

/* Stores the key's default, if it has one. */
void config_value_default(const struct config_key *key, void *base);

/* Frees what a field of such a type owns. */
void config_value_finish(const struct config_key *key, void *base);

/* True for the types that are a char * of their own. */
bool config_value_is_text(enum config_key_type type);

#endif
