#include "tui/term_input.h"

#include <curses.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "tui/keys.h"
#include "tui/term.h"
#include "tui/xterm.h"

/* Bracketed paste, as our own keys. A paste whose end never comes is over when nothing has come
 * for so long. */
#define KEY_PASTING   0x7e0
#define KEY_PASTED    0x7e1
#define PASTE_IDLE_MS 2000

/* Answers: to the question behind a frame (tui/pace.h), and to whether the terminal knows
 * synchronized output (mode 2026): 1 and 2 mean that it does. */
#define KEY_ALIVE      0x7e2
#define ASK_SYNC       "\033[?2026$p"
#define KEY_SYNC       0x7e3
#define LAST_ANSWER_MS 200 /* at the end; what comes later is typed to the shell */

static struct {
    bool pasting;
    int64_t pasted_ms; /* the newest character of it */
    struct pace pace;
    bool sync;
} input;

int64_t term_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void term_input_begin(bool rich, bool ask_sync)
{
    input.pasting = false;
    input.pace = (struct pace){.off = !rich};
    input.sync = false;
    (void)define_key("\033[200~", KEY_PASTING);
    (void)define_key("\033[201~", KEY_PASTED);
    (void)define_key("\033[0n", KEY_ALIVE);
    (void)define_key("\033[?2026;1$y", KEY_SYNC);
    (void)define_key("\033[?2026;2$y", KEY_SYNC);
    (void)define_key("\033[?2026;0$y", KEY_ALIVE);
    (void)define_key("\033[?2026;3$y", KEY_ALIVE);
    (void)define_key("\033[?2026;4$y", KEY_ALIVE);
    xterm_say(rich && ask_sync ? ASK_SYNC : "");
}

struct pace *term_input_pace(void)
{
    return &input.pace;
}

bool term_input_sync(void)
{
    return input.sync;
}

void term_input_no_paste(void)
{
    input.pasting = false;
}

static uint32_t special(wint_t key)
{
    switch (key) {
    case KEY_UP:
        return KEYCODE_UP;
    case KEY_DOWN:
        return KEYCODE_DOWN;
    case KEY_LEFT:
        return KEYCODE_LEFT;
    case KEY_RIGHT:
        return KEYCODE_RIGHT;
    case KEY_PPAGE:
        return KEYCODE_PGUP;
    case KEY_NPAGE:
        return KEYCODE_PGDN;
    case KEY_HOME:
        return KEYCODE_HOME;
    case KEY_END:
        return KEYCODE_END;
    case KEY_BTAB:
        return KEYCODE_BACKTAB;
    case KEY_F(1):
        return KEYCODE_F1;
    case KEY_ENTER:
        return KEYCODE_ENTER;
    case KEY_BACKSPACE:
        return KEYCODE_BACKSPACE;
    case KEY_MOUSE:
        return KEYCODE_MOUSE;
    default:
        return KEYCODE_OTHER;
    }
}

static uint32_t plain(wint_t key)
{
    switch (key) {
    case '\r':
    case '\n':
        return KEYCODE_ENTER;
    case 0x1b:
        return KEYCODE_ESCAPE;
    case 0x7f:
    case '\b':
        return KEYCODE_BACKSPACE;
    case 0:
        return KEYCODE_OTHER;
    default:
        return (uint32_t)key;
    }
}

static bool still_pasting(int kind, wint_t key)
{
    int64_t now = term_now_ms();
    if (!input.pasting || (kind == KEY_CODE_YES && key == KEY_PASTED) ||
        now - input.pasted_ms >= PASTE_IDLE_MS || (kind != KEY_CODE_YES && key == 0x1b)) {
        return false; /* Escape always comes through */
    }
    input.pasted_ms = now;
    return true;
}

static bool is_answer(wint_t key)
{
    if (key == KEY_ALIVE) {
        pace_answered(&input.pace);
    } else if (key == KEY_SYNC) {
        input.sync = true;
    }
    return key == KEY_ALIVE || key == KEY_SYNC;
}

uint32_t term_key(void)
{
    wint_t key;
    int kind;
    while ((kind = get_wch(&key)) != ERR) {
        if (still_pasting(kind, key)) {
            continue;
        }
        input.pasting = kind == KEY_CODE_YES && key == KEY_PASTING;
        if (input.pasting) {
            input.pasted_ms = term_now_ms();
            return KEYCODE_PASTE;
        }
        if (kind == KEY_CODE_YES && is_answer(key)) {
            continue;
        }
        if (kind != KEY_CODE_YES || key != KEY_PASTED) {
            return kind == KEY_CODE_YES ? special(key) : plain(key);
        }
    }
    return KEYCODE_NONE;
}

void term_drop_typed(void)
{
    wint_t key;
    (void)flushinp();
    while (get_wch(&key) != ERR) {
    }
    input.pasting = false;
}

void term_input_end(void)
{
    int64_t end_ms = term_now_ms() + LAST_ANSWER_MS;
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    while (input.pace.waits && !input.pace.off && term_now_ms() < end_ms) {
        if (poll(&fd, 1, (int)(end_ms - term_now_ms())) != 1 ||
            fd.revents & (POLLHUP | POLLERR)) {
            break;
        }
        (void)term_key();
    }
}

void term_take_mouse(bool on)
{
    (void)mousemask(on ? BUTTON1_CLICKED | BUTTON1_PRESSED | BUTTON1_DOUBLE_CLICKED |
                             BUTTON4_PRESSED | BUTTON5_PRESSED
                       : 0,
                    NULL);
}

bool term_mouse(struct mouse *out)
{
    MEVENT e;
    if (getmouse(&e) != OK) {
        return false;
    }
    *out = (struct mouse){.x = e.x,
                          .y = e.y,
                          .wheel = e.bstate & BUTTON4_PRESSED   ? -1
                                   : e.bstate & BUTTON5_PRESSED ? 1
                                                                : 0,
                          .twice = e.bstate & BUTTON1_DOUBLE_CLICKED};
    return true;
}
