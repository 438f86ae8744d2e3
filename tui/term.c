#include "tui/term.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
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
#include "tui/xterm.h"

/* How long a lone ESC may turn out to begin a sequence: ncurses waits 1000 ms, tmux 10. */
#define ESC_DELAY_MS 10

#define PASTE_ON  "\033[?2004h" /* bracketed paste */
#define PASTE_OFF "\033[?2004l"

#define ASK_ALIVE  "\033[5n" /* the question behind a frame: tui/pace.h */
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
    struct termios before;
    char restore[256]; /* what a fatal signal writes: all terminfo strings, padding removed */
    size_t restore_len;
    struct sigaction fatal_before[FATAL_N];
    bool rich; /* xterm_is_rich() */
    char title[256];
} term;

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
    (void)fputs(on ? PASTE_ON : PASTE_OFF, stdout);
    (void)fflush(stdout);
    term_input_no_paste();
}

/* Async-signal-safe: write, tcsetattr, dup2, sigaction, raise. Puts the old handler back and
 * returns, so that a fault happens again under it; a signal that was sent does not by itself. */
static void fatal(int sig, siginfo_t *info, void *context)
{
    (void)context;
    ssize_t written = write(STDOUT_FILENO, term.restore, term.restore_len);
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

static void release_fatal(void)
{
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

bool term_open(const struct theme *theme, const struct term_options *options, struct error *err)
{
    const char *no_color = getenv("NO_COLOR");
    if (!check_terminal(err)) {
        return false;
    }
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
    term.mono = options->mono || (no_color && no_color[0]);
    (void)set_escdelay(ESC_DELAY_MS);
    if (has_colors()) {
        (void)start_color();
        (void)use_default_colors();
    }
    modes(options->deaf);
    add_restore("sgr0");
    add_restore("cnorm");
    add_restore("rmkx");
    add_restore("rmcup");
    add_restore_text(PASTE_OFF);
    term.rich = xterm_is_rich(getenv("TERM"));
    term.title[0] = '\0';
    term_input_begin(term.rich, options->sync);
    if (term.rich) {
        xterm_title_keep();
    }
    bracket_pastes(true);
    silence_stderr();
    catch_fatal();
    term.open = true;
    term_set_theme(theme);
    canvas_init(&term.shown, 0, 0);
    return true;
}

void term_close(void)
{
    if (!term.open) {
        return;
    }
    term.open = false;
    term_input_end();
    if (term.title[0]) {
        xterm_title_restore();
    }
    bracket_pastes(false);
    (void)endwin();
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &term.before);
    release_fatal();
    print_noise();
    delscreen(term.screen);
    canvas_finish(&term.shown);
}

void term_size(int *out_w, int *out_h)
{
    *out_w = COLS;
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

void term_suspend(void)
{
    bracket_pastes(false);
    (void)endwin();
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
    xterm_say(sync ? SYNC_BEGIN : "");
    (void)wnoutrefresh(stdscr);
    (void)doupdate();
    xterm_say(sync ? SYNC_END : "");
    xterm_say(pace_sent(term_input_pace(), term_now_ms()) ? ASK_ALIVE : "");
}

bool term_ready(int64_t *out_wait_ms)
{
    int64_t now_ms = term_now_ms();
    *out_wait_ms = pace_wait_ms(term_input_pace(), now_ms);
    return pace_ready(term_input_pace(), now_ms);
}

void term_title(const char *text)
{
    if (term.rich && strcmp(term.title, text) != 0) {
        (void)snprintf(term.title, sizeof term.title, "%s", text);
        xterm_title(text);
    }
}

void term_copy(const char *text)
{
    xterm_copy(text);
}

void term_call(enum xterm_popup popup, const char *text)
{
    (void)beep();
    if (term.rich) {
        xterm_popup(popup, text);
    }
}
