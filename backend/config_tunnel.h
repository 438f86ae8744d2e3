/* The elements of "tunnels" in the configuration: which keys each kind of view has, what follows
 * from them, and what must not be in them. Pure; of the loader. */
#ifndef DRTOP_CONFIG_TUNNEL_H
#define DRTOP_CONFIG_TUNNEL_H

#include "backend/config.h"
#include "backend/config_json.h"

/* Is a key of that name one of this element's kind? element is a struct config_tunnel. */
bool config_tunnel_has(const void *element, const char *key);

/* Can an element of that kind not do without the key? */
bool config_tunnel_needs(enum config_tunnel_kind kind, const char *key);

/* Defaults that depend on the kind or on other values. */
void config_tunnel_derive(struct config_tunnel *t);

/* Refuses keys of another kind and misses those that the kind needs. node is the element. Returns
 * false with err set. */
bool config_tunnel_check(const struct config_tunnel *t, const struct config_node *node,
                         struct error *err);

#endif
