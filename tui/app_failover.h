/* Between the failover screen and its driver: what the loop does with the screen's effects. One
 * thread, the loop's; nothing here blocks. */
#ifndef DRTOP_TUI_APP_FAILOVER_H
#define DRTOP_TUI_APP_FAILOVER_H

#include "tui/failover.h"
#include "tui/ui.h"

struct app_failover {
    struct driver *driver; /* borrowed; NULL: no failover is configured, or why says more */
    const struct config *cfg;
    const char *why; /* there is none although one is configured, or NULL */
    bool read_only;
    char who[ALERT_WHO_MAX];
    struct failover screen;
    struct failover_view *view; /* the newest, or NULL */
};

void app_failover_init(struct app_failover *g, struct driver *driver, const struct config *cfg,
                       const char *why, bool read_only);
void app_failover_finish(struct app_failover *g, int64_t now_ms);

/* -1 without a driver. */
int app_failover_fd(const struct app_failover *g);

/* After its fd has fired. Returns enum ui_effect. */
unsigned app_failover_read(struct app_failover *g);

/* Why F (or D) opens nothing, or NULL. */
const char *app_failover_refusal(const struct app_failover *g, bool drill,
                                 const struct snapshot *live, int w, int h);

/* All of these return enum ui_effect. */
unsigned app_failover_open(struct app_failover *g, bool drill, int64_t now_ms);
unsigned app_failover_shut(struct app_failover *g, int64_t now_ms);
unsigned app_failover_key(struct app_failover *g, uint32_t code, int64_t now_ms);
/* shown is the snapshot that is painted next: the guard decides on what was displayed. */
unsigned app_failover_feed(struct app_failover *g, const struct snapshot *shown, int64_t now_ms,
                           int64_t wall_ms);

#endif
