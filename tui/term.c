#include "tui/term.h"

#include <curses.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "tui/term_input.h"
#include "tui/term_out.h"
#include "tui/xterm.h"

#define PASTE_ON  "\033[?2004h" /* bracketed paste */
#define PASTE_OFF "\033[?2004l"

#define ASK_ALIVE  "\033[5n" /* the question behind a frame: tui/pace.h */
#define ASK_SYNC   "\033[?2026$p"
#define SYNC_BEGIN "\033[?2026h"
#define SYNC_END   "\033[?2026l"

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};
#define FATAL_N (sizeof fatal_signals / sizeof fatal_signals[0])

static struct {
    bool open;
    bool mono;
    SCREEN *screen;
    struct theme theme;
    attr_t attrs[ROLE_COUNT];
    struct canvas shown; /* what the screen holds */
    FILE *noise;         /* stderr while curses is on */
    int stderr_fd;       /* the real one */
    int tty_fd;          /* whatever standard output is just now */
    struct termios before;
    char restore[256]; /* what a fatal signal writes: all terminfo strings, padding removed */
    size_t restore_len;
    struct sigaction fatal_before[FATAL_N], stop_before;
    bool rich;       /* xterm_is_rich() */
    bool spare;      /* the last column: what happens behind it is not what TERM=ansi says, in
                        most that call themselves that */
    bool title_kept; /* the window's own, for when we go */
    char title[256];
} term;

int term_fd(void)
{
    return STDIN_FILENO;
}

static void add_restore(const char *capability)
{
    const char *s = tigetstr(capability);
    if (!s || s == (const char *)-1) {
        return;
    }
    while (*s && term.restore_len < sizeof term.restore) {
        const char *end = s[0] == '$' && s[1] == '<' ? strchr(s, '>') : NULL;
        if (end) {
            s = end + 1;
            continue;
        }
        term.restore[term.restore_len++] = *s++;
    }
}

static void add_restore_text(const char *text)
{
    size_t n = strlen(text);
    if (term.restore_len + n <= sizeof term.restore) {
        memcpy(term.restore + term.restore_len, text, n);
        term.restore_len += n;
    }
}

static void bracket_pastes(bool on)
{
    term_out_gather();
    xterm_say(on ? PASTE_ON : PASTE_OFF);
    term_out_gathered("", "");
    term_input_no_paste();
}

/* Async-signal-safe: write, tcsetattr, dup2, sigaction, raise. Puts the old handler back and
 * returns, so that a fault happens again under it; a signal that was sent does not by itself. */
static void fatal(int sig, siginfo_t *info, void *context)
{
    (void)context;
    (void)tcflush(term.tty_fd, TCOFLUSH);
    ssize_t written = write(term.tty_fd, term.restore, term.restore_len);
    (void)written;
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &term.before);
    (void)dup2(term.stderr_fd, STDERR_FILENO);
    for (size_t i = 0; i < FATAL_N; i++) {
        if (fatal_signals[i] == sig) {
            (void)sigaction(sig, &term.fatal_before[i], NULL);
        }
    }
    bool sent = info->si_code <= 0 || info->si_code == SI_KERNEL;
    if (sent) {
        (void)raise(sig);
    }
}

static void catch_fatal(void)
{
    struct sigaction sa = {.sa_sigaction = fatal, .sa_flags = SA_SIGINFO};
    (void)sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < FATAL_N; i++) {
        (void)sigaction(fatal_signals[i], &sa, &term.fatal_before[i]);
    }
}

static void on_stop(int sig)
{
    (void)sig;
}

/* A stop is blocked and read from a descriptor by who paints. Where it has no handler, curses takes
 * it over and ignores it during each update, which throws away one that waits. */
static void keep_stops(void)
{
    struct sigaction sa = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    (void)sigemptyset(&sa.sa_mask);
    (void)sigaction(SIGTSTP, &sa, &term.stop_before);
}

static void release_signals(void)
{
    (void)sigaction(SIGTSTP, &term.stop_before, NULL);
    for (size_t i = 0; i < FATAL_N; i++) {
        (void)sigaction(fatal_signals[i], &term.fatal_before[i], NULL);
    }
}

static attr_t curses_attrs(uint8_t attrs)
{
    return (attrs & THEME_BOLD ? A_BOLD : A_NORMAL) | (attrs & THEME_DIM ? A_DIM : A_NORMAL) |
           (attrs & THEME_UNDERLINE ? A_UNDERLINE : A_NORMAL) |
           (attrs & THEME_REVERSE ? A_REVERSE : A_NORMAL);
}

static int nearest(int32_t rgb)
{
    return COLORS >= 256  ? theme_to_256(rgb)
           : COLORS >= 16 ? theme_to_16(rgb)
                          : theme_to_8(rgb);
}

static bool colours(void)
{
    return !term.mono && has_colors() && COLORS >= 8 && COLOR_PAIRS > ROLE_COUNT;
}

void term_set_theme(const struct theme *theme)
{
    term.theme = *theme;
    bool colour = colours();
    for (int i = 0; i < ROLE_COUNT; i++) {
        const struct theme_style *s = &theme->style[i];
        if (!colour) {
            term.attrs[i] = curses_attrs(s->mono_attrs);
            continue;
        }
        (void)init_pair((short)(i + 1), (short)nearest(s->fg), (short)nearest(s->bg));
        term.attrs[i] = curses_attrs(s->attrs);
    }
}

static void silence_stderr(void)
{
    (void)fflush(stderr);
    term.stderr_fd = dup(STDERR_FILENO);
    term.noise = tmpfile();
    if (term.noise) {
        (void)dup2(fileno(term.noise), STDERR_FILENO);
    }
}

static void print_noise(void)
{
    char buf[4096];
    size_t n;
    (void)fflush(stderr);
    (void)dup2(term.stderr_fd, STDERR_FILENO);
    (void)close(term.stderr_fd);
    if (!term.noise) {
        return;
    }
    rewind(term.noise);
    while ((n = fread(buf, 1, sizeof buf, term.noise)) > 0) {
        (void)fwrite(buf, 1, n, stderr);
    }
    (void)fclose(term.noise);
    term.noise = NULL;
}

/* Ctrl-S must not freeze the screen at 03:00; curses is told, for when it comes back. */
static void no_flow_control(void)
{
    struct termios t;
    if (tcgetattr(STDIN_FILENO, &t) == 0) {
        t.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &t);
        (void)def_prog_mode();
    }
}

static void modes(bool deaf)
{
    (void)(deaf ? raw() : cbreak());
    (void)noecho();
    (void)nonl();
    (void)intrflush(stdscr, FALSE);
    (void)keypad(stdscr, TRUE);
    (void)nodelay(stdscr, TRUE);
    (void)leaveok(stdscr, TRUE);
    (void)curs_set(0);
    no_flow_control();
}

static bool check_terminal(struct error *err)
{
    const char *name = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        error_set(err, "no terminal: standard input and output must be one "
                       "(use `drtop status` for text)");
        return false;
    }
    if (!name || !name[0]) {
        error_set(err, "TERM is not set (use `drtop status` for text)");
        return false;
    }
    return tcgetattr(STDIN_FILENO, &term.before) == 0;
}

/* Lets go of as much as the terminal is ready for, with a question behind each piece. */
static void hand_over(void)
{
    struct pace *p = term_input_pace();
    int64_t now_ms = term_now_ms();
    while (term_out_flush() && term_out_left() > 0 && pace_ready(p, now_ms)) {
        size_t left = term_out_left(), window = pace_window(p);
        bool asks = pace_sent(p, left < window ? left : window, now_ms);
        (void)term_out_release(window, asks ? ASK_ALIVE : "");
    }
}

/* A terminal that is not rich would show a question that it does not know. */
static void ask_first(bool sync)
{
    term_out_gather();
    xterm_say(term.rich && sync ? ASK_SYNC : "");
    term_out_gathered("", "");
    (void)term_out_release(SIZE_MAX, "");
    if (pace_sent(term_input_pace(), 0, term_now_ms())) {
        (void)term_out_release(0, ASK_ALIVE);
    }
}

bool term_open(const struct theme *theme, const struct term_options *options, struct error *err)
{
    const char *no_color = getenv("NO_COLOR");
    if (!check_terminal(err)) {
        return false;
    }
    keep_stops();
    term.screen = newterm(NULL, stdout, stdin);
    if (!term.screen) {
        error_set(err,
                  "TERM=%.60s is not known here (try TERM=xterm-256color, or "
                  "`drtop status` for text)",
                  getenv("TERM"));
        return false;
    }
    const char *cup = tigetstr("cup");
    if (!cup || cup == (const char *)-1) {
        (void)endwin();
        error_set(err, "TERM=%.60s cannot place the cursor (use `drtop status` for text)",
                  getenv("TERM"));
        return false;
    }
    term.spare = auto_right_margin && !eat_newline_glitch;
    term.mono = options->mono || (no_color && no_color[0]);
    if (has_colors()) {
        (void)start_color();
        (void)use_default_colors();
    }
    modes(options->deaf);
    add_restore_text(TERM_OUT_SOUND);
    add_restore("sgr0");
    add_restore("cnorm");
    add_restore("rmkx");
    add_restore("rmcup");
    add_restore_text(PASTE_OFF);
    add_restore_text(xterm_is_rich(getenv("TERM")) ? XTERM_LEAVE : "");
    term.rich = xterm_is_rich(getenv("TERM"));
    term.title[0] = '\0';
    term_input_begin(term.rich);
    term.tty_fd = term_out_open();
    if (term.tty_fd < 0) {
        term.tty_fd = STDOUT_FILENO;
        term_input_pace()->never = true;
    }
    bracket_pastes(true);
    ask_first(options->sync);
    silence_stderr();
    catch_fatal();
    term.open = true;
    term_set_theme(theme);
    canvas_init(&term.shown, 0, 0);
    return true;
}

/* Gives the screen to the shell. A frame that is under way would come first: what of it has not
 * been read yet is not worth waiting for. */
static void leave(void)
{
    struct pace *pace = term_input_pace();
    if (term_out_fd() >= 0 || term_out_left() > 0 || (pace->owed > 0 && pace->answered)) {
        term_out_drop();
    }
    xterm_say(PASTE_OFF);
    if (term.title_kept) {
        xterm_title_restore();
    }
    (void)fflush(stdout);
    term.title_kept = false;
    term.title[0] = '\0';
    (void)endwin();
    term_input_end();
}

void term_close(void)
{
    if (!term.open) {
        return;
    }
    term.open = false;
    leave();
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &term.before);
    release_signals();
    print_noise();
    delscreen(term.screen);
    term_out_close();
    canvas_finish(&term.shown);
}

void term_size(int *out_w, int *out_h)
{
    *out_w = COLS - (term.spare && COLS > 1);
    *out_h = LINES;
}

void term_resized(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col) {
        (void)resizeterm(size.ws_row, size.ws_col);
    }
    bracket_pastes(true); /* after a stop */
}

void term_resumed(void)
{
    pace_restart(term_input_pace());
    (void)reset_prog_mode(); /* shells set modes of their own */
    (void)doupdate(); /* and takes the screen: only here is standard output the terminal */
    term_resized();
}

void term_stop(void)
{
    leave();
    (void)kill(getpid(), SIGSTOP);
    term_resumed();
}

static void put(int x, int y, const struct cell *cell)
{
    wchar_t text[CELL_CPS + 1] = {0};
    for (int i = 0; i < CELL_CPS && cell->cp[i]; i++) {
        text[i] = (wchar_t)cell->cp[i];
    }
    if (!text[0]) {
        return; /* right half of a wide character: curses put it there */
    }
    cchar_t ch;
    attr_t attrs = term.attrs[cell->role];
    if (cell->flags & CELL_SOLID && termattrs() & A_REVERSE) {
        text[0] = L' ';
        attrs = (attrs & ~A_UNDERLINE) ^ A_REVERSE;
    }
    short pair = colours() ? (short)(cell->role + 1) : 0;
    if (setcchar(&ch, text, attrs, pair, NULL) == OK) {
        (void)mvadd_wch(y, x, &ch);
    }
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
    return memcmp(a->cp, b->cp, sizeof a->cp) == 0 && a->role == b->role &&
           a->flags == b->flags;
}

void term_present(const struct canvas *c, bool anew)
{
    bool all = anew || term.shown.w != c->w || term.shown.h != c->h;
    if (all) {
        canvas_resize(&term.shown, c->w, c->h);
        (void)clearok(curscr, TRUE);
    }
    for (int y = 0; y < c->h; y++) {
        for (int x = 0; x < c->w; x++) {
            size_t i = (size_t)y * (size_t)c->w + (size_t)x;
            if (all || !same_cell(&c->cells[i], &term.shown.cells[i])) {
                put(x, y, &c->cells[i]);
                term.shown.cells[i] = c->cells[i];
            }
        }
    }
    bool sync = term_input_sync();
    term_out_gather();
    (void)wnoutrefresh(stdscr);
    (void)doupdate();
    term_out_gathered(sync ? SYNC_BEGIN : "", sync ? SYNC_END : "");
    hand_over();
}

bool term_ready(int64_t *out_wait_ms)
{
    struct pace *p = term_input_pace();
    int64_t now_ms = term_now_ms();
    hand_over();
    bool full = !term_out_flush();
    if (!full && pace_asks_again(p, now_ms)) {
        (void)term_out_release(0, ASK_ALIVE);
    }
    *out_wait_ms = full ? -1 : pace_wait_ms(p, now_ms); /* term_full_fd() says when */
    return !full && term_out_left() == 0 && pace_ready(p, now_ms);
}

int term_full_fd(void)
{
    return term_out_fd();
}

void term_title(const char *text)
{
    char sent[sizeof term.title];
    if (!term.rich || strcmp(term.title, text) == 0) {
        return;
    }
    term_out_gather();
    if (!term.title_kept) {
        xterm_title_keep();
    }
    xterm_title(xterm_plain(text, term_is_utf8(), sent, sizeof sent));
    term_out_gathered("", "");
    hand_over();
    term.title_kept = true;
    (void)snprintf(term.title, sizeof term.title, "%s", text);
}

bool term_copy(const char *text)
{
    if (term.rich) {
        term_out_gather();
        xterm_copy(text);
        term_out_gathered("", "");
        hand_over();
    }
    return term.rich;
}

void term_call(bool ring, enum popup popup, const char *text)
{
    char sent[256];
    term_out_gather();
    if (ring) {
        (void)beep();
    }
    if (term.rich) {
        xterm_popup(popup, xterm_plain(text, term_is_utf8(), sent, sizeof sent));
    }
    term_out_gathered("", "");
    hand_over();
}
