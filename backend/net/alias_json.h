/* Aliases in a document. Keys stay. */
#ifndef DRTOP_NET_ALIAS_JSON_H
#define DRTOP_NET_ALIAS_JSON_H

#include "backend/net/alias.h"

#include <json-c/json.h>

/* Rewrites every text in o, however deep it lies. With t NULL nothing happens. */
void alias_json(struct alias_table *t, struct json_object *o);

/* The text with aliases; heap. */
char *alias_copy(struct alias_table *t, const char *text);

#endif
