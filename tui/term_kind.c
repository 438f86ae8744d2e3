/* What is known of a terminal that is not open. */
#include "tui/term.h"

#include <curses.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

bool term_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int term_colours(void)
{
    const char *no_color = getenv("NO_COLOR"), *name = getenv("TERM");
    int error = 0;
    if (no_color && no_color[0]) {
        return 0;
    }
    if (!name || setupterm(name, STDOUT_FILENO, &error) != OK) {
        return 256;
    }
    int n = tigetnum("colors");
    (void)del_curterm(cur_term);
    return n >= 256 ? 256 : n >= 16 ? 16 : n >= 8 ? 8 : 0;
}
