#include "tui/term_input.h"

#include <curses.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "tui/keys.h"
#include "tui/term.h"
#include "tui/term_out.h"

/* Bracketed paste, as our own keys. A paste whose end never comes is over when nothing has come
 * for so long. */
#define KEY_PASTING   0x7e0
#define KEY_PASTED    0x7e1
#define PASTE_IDLE_MS 2000

/* Answers: to the question behind a frame (tui/pace.h), and to whether the terminal knows
 * synchronized output (mode 2026): 1 and 2 mean that it does. */
#define KEY_ALIVE      0x7e2
#define KEY_SYNC       0x7e3
#define KEY_NO_SYNC    0x7e4
#define ALIVE          "\033[0n"
#define LAST_ANSWER_MS 400 /* at the end; what comes later is typed to the shell */

/* How long a lone ESC may turn out to begin a sequence: ncurses waits 1000 ms, tmux 10. While an
 * answer is under way on a slow line, it is more likely the beginning of that. */
#define ESC_DELAY_MS      10
#define ESC_DELAY_OWED_MS 50

#define DOUBLE_CLICK_MS 400

static struct {
    bool pasting;
    int64_t pasted_ms; /* the newest character of it */
    struct pace pace;
    bool sync;
    struct {
        int x, y;
        int64_t at_ms; /* 0: never, or the second of two */
    } press;           /* the newest of the left button */
} input;

int64_t term_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void term_input_begin(bool rich)
{
    input.pasting = false;
    input.pace = (struct pace){.never = !rich};
    input.sync = false;
    input.press.at_ms = 0;
    (void)set_escdelay(ESC_DELAY_MS);
    (void)define_key("\033[200~", KEY_PASTING);
    (void)define_key("\033[201~", KEY_PASTED);
    (void)define_key(ALIVE, KEY_ALIVE);
    (void)define_key("\033[?2026;1$y", KEY_SYNC);
    (void)define_key("\033[?2026;2$y", KEY_SYNC);
    (void)define_key("\033[?2026;0$y", KEY_NO_SYNC);
    (void)define_key("\033[?2026;3$y", KEY_NO_SYNC);
    (void)define_key("\033[?2026;4$y", KEY_NO_SYNC);
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

static bool is_answer(int kind, wint_t key)
{
    if (kind != KEY_CODE_YES || key < KEY_ALIVE || key > KEY_NO_SYNC) {
        return false;
    }
    if (key == KEY_ALIVE) {
        pace_answered(&input.pace, term_now_ms());
    }
    input.sync = input.sync || key == KEY_SYNC;
    return true;
}

uint32_t term_key(void)
{
    wint_t key;
    int kind;
    (void)set_escdelay(input.pace.owed > 0 ? ESC_DELAY_OWED_MS : ESC_DELAY_MS);
    while ((kind = get_wch(&key)) != ERR) {
        if (is_answer(kind, key) || still_pasting(kind, key)) {
            continue;
        }
        input.pasting = kind == KEY_CODE_YES && key == KEY_PASTING;
        if (input.pasting) {
            input.pasted_ms = term_now_ms();
            return KEYCODE_PASTE;
        }
        if (kind != KEY_CODE_YES || key != KEY_PASTED) {
            return kind == KEY_CODE_YES ? special(key) : plain(key);
        }
    }
    return KEYCODE_NONE;
}

/* Not by flushinp(): an answer among it would be waited for. */
void term_drop_typed(void)
{
    wint_t key;
    int kind;
    while ((kind = get_wch(&key)) != ERR) {
        (void)is_answer(kind, key);
    }
    input.pasting = false;
}

/* Takes answers out of what is read, whatever pieces they arrive in. */
static void read_answers(const char *bytes, size_t n, size_t *matched)
{
    for (size_t i = 0; i < n && input.pace.owed > 0; i++) {
        *matched = bytes[i] == ALIVE[*matched] ? *matched + 1 : bytes[i] == ALIVE[0];
        if (*matched == strlen(ALIVE)) {
            *matched = 0;
            pace_answered(&input.pace, 0);
        }
    }
}

void term_input_end(void)
{
    char bytes[256];
    struct termios before, quiet;
    size_t matched = 0;
    int64_t left_ms = LAST_ANSWER_MS, end_ms = term_now_ms() + left_ms;
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    if (input.pace.owed == 0 || input.pace.never || input.pace.mute ||
        tcgetattr(STDIN_FILENO, &before) != 0) {
        return;
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
    while (input.pace.owed > 0 && left_ms > 0 && poll(&fd, 1, (int)left_ms) == 1) {
        ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
        if (n <= 0) {
            break;
        }
        read_answers(bytes, (size_t)n, &matched);
        left_ms = end_ms - term_now_ms();
    }
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
    pace_restart(&input.pace);
}

/* Presses alone, as they come: to find out whether one becomes a click, curses would stop for a
 * sixth of a second. */
void term_take_mouse(bool on)
{
    term_out_gather();
    (void)mouseinterval(0);
    (void)mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
    term_out_gathered("", "");
}

static bool is_second(const MEVENT *e)
{
    int64_t now_ms = term_now_ms();
    bool twice = input.press.at_ms && now_ms - input.press.at_ms < DOUBLE_CLICK_MS &&
                 input.press.x == e->x && input.press.y == e->y;
    input.press.x = e->x;
    input.press.y = e->y;
    input.press.at_ms = twice ? 0 : now_ms;
    return twice;
}

bool term_mouse(struct mouse *out)
{
    MEVENT e;
    if (getmouse(&e) != OK ||
        !(e.bstate & (BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED))) {
        return false;
    }
    *out = (struct mouse){.x = e.x,
                          .y = e.y,
                          .wheel = e.bstate & BUTTON4_PRESSED   ? -1
                                   : e.bstate & BUTTON5_PRESSED ? 1
                                                                : 0};
    out->twice = out->wheel == 0 && is_second(&e);
    return true;
}
