/* The part "failover" of the configuration: what follows from it, and what must not be in it. Pure;
 * of the loader. */
#ifndef DRTOP_CONFIG_FAILOVER_H
#define DRTOP_CONFIG_FAILOVER_H

#include "backend/config.h"
#include "backend/config_json.h"

/* Defaults that come from other values, and whether there is such a part at all. */
void config_failover_derive(struct config *cfg);

/* Refuses what no single value can show to be wrong; above all a configuration that would have the
 * pipeline destroy the infrastructure. node is the part, or NULL where there is none. Returns
 * false with err set. */
bool config_failover_check(const struct config_failover *f, const struct config_node *node,
                           struct error *err);

#endif
