/* Keys of the failover screen, a group of pages a file. Private to tui/failover*.c. */
#ifndef DRTOP_TUI_FAILOVER_KEYS_H
#define DRTOP_TUI_FAILOVER_KEYS_H

#include "tui/failover.h"

/* As Escape: to LOCKED where nothing is sent yet, and the screen closes. */
unsigned failover_leave(struct failover *f, int64_t now_ms);

/* After the dispatch; and of PAGE_VOUCH. fv is not NULL where the page comes from it. */
unsigned failover_run_key(struct failover *f, uint32_t code, const struct failover_view *fv,
                          int64_t now_ms);
unsigned failover_vouch_key(struct failover *f, uint32_t code, const struct failover_view *fv,
                            int64_t now_ms);

#endif
