/* The command palette: every action of the key table by its words. Pure. */
#ifndef DRTOP_TUI_PALETTE_H
#define DRTOP_TUI_PALETTE_H

#include "tui/ui.h"

/* The actions whose words hold every word of ui->text, in the order of the key table; returns how
 * many. What cannot be done from here (a failover on a screen that only looks) is not among them. */
size_t palette_list(const struct ui *ui, enum action out[ACTION_COUNT]);

/* The key of an action in the table. */
const struct key *palette_key(enum action action);

#endif
