/* Maintenance windows of the configuration: times in which nobody is told. All in UTC. Pure. */
#ifndef DRTOP_VERDICT_MAINTENANCE_H
#define DRTOP_VERDICT_MAINTENANCE_H

#include "backend/config.h"

#include <stdbool.h>
#include <stdint.h>

/* Is text one of "daily 02:00", "sun 02:00" (mon tue wed thu fri sat sun) or "2026-12-01 02:00"? */
bool maintenance_valid(const char *text);

/* The window that is open at wall_ms, or NULL. */
const struct config_maintenance *maintenance_open(const struct config *cfg, int64_t wall_ms);

#endif
