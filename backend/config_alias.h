/* The names of a configuration, as aliases: who shares a screen shows none of them. */
#ifndef DRTOP_CONFIG_ALIAS_H
#define DRTOP_CONFIG_ALIAS_H

#include "backend/config.h"
#include "backend/net/alias.h"

/* Tells t every host, user, URL, id and path of cfg, in an order that only cfg decides, so that each
 * process has the same aliases for them. The names of the pair, of its sites and of the views stay:
 * people have to speak of them. */
void config_alias(const struct config *cfg, struct alias_table *t);

#endif
