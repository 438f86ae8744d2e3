/* What the parts of the user interface's state share: ui.c does actions, ui_past.c those that move
 * through time, ui_typing.c takes what is typed in the footer. Private to them. */
#ifndef DRTOP_TUI_UI_ACT_H
#define DRTOP_TUI_UI_ACT_H

#include "tui/ui.h"

unsigned ui_act(struct ui *ui, enum action action, struct snapshot *live, int64_t now_ms);
unsigned ui_type(struct ui *ui, uint32_t code, struct snapshot *live, int64_t now_ms);
/* Actions that move through time; PAUSE is one in a replay. */
unsigned ui_travel(struct ui *ui, enum action action, const struct snapshot *live,
                   int64_t now_ms);

#endif
