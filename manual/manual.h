/* The manual pages and the completions of the shells, written from the tables that the program
 * itself runs on: cli/options.def, tui/keys.def, backend/config_keys.c, and the descriptions of
 * config/drtop.schema.json. The generator (manual/main.c) runs at build time and is not installed.
 * One thread. */
#ifndef DRTOP_MANUAL_MANUAL_H
#define DRTOP_MANUAL_MANUAL_H

#include <stdbool.h>
#include <stdio.h>

struct json_object; /* of json-c */

/* drtop(1). */
void manual_program(FILE *out);

/* drtop.json(5); schema is the whole of config/drtop.schema.json. Returns false when a key has no
 * description in it. */
bool manual_config(struct json_object *schema, FILE *out);

void complete_bash(FILE *out);
void complete_zsh(FILE *out);
void complete_fish(FILE *out);

#endif
