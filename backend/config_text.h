/* What the text of a value may look like, by the type of its key. Pure. */
#ifndef DRTOP_CONFIG_TEXT_H
#define DRTOP_CONFIG_TEXT_H

#include "backend/config_json.h"
#include "backend/config_keys.h"

#define CONFIG_TEXT_MAX 1024

/* A string of 1 to max bytes that any screen can show as it is: what text_clean() would change is
 * refused here, so nobody needs to clean a configured text again. *out is the document's. Returns
 * false with err set. */
bool config_text_plain(const struct config_node *node, size_t max, const char **out,
                       struct error *err);

/* Does text, the value of node, fit the type? True for a type without a form of its own. Returns
 * false with err set. */
bool config_text_check(enum config_key_type type, const struct config_node *node,
                       const char *text, struct error *err);

/* Minutes since midnight of "20:00", or -1 where text is no time of day. */
int config_text_clock(const char *text);

#endif
