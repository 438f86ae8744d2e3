#include "cli/init_tty.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "backend/net/secret.h"
#include "backend/net/text.h"

#define ESCAPE_MS      200 /* what follows an Escape sooner belongs to it: an arrow key */
#define LINE_MAX_BYTES 4096

enum { CTRL_C = 3, CTRL_D = 4, CTRL_U = 21, CTRL_Z = 26, ESCAPE = 27, DELETE = 127 };

static const int ends[] = {SIGINT, SIGTERM, SIGHUP};

/* A line as it stands on the screen. */
struct line {
    const char *prompt;
    bool secret;
    char *text;
    size_t n, size;
};

/* Bytes as they come, unseen; output stays as it is. */
static void take(struct init_tty *t)
{
    struct termios raw = t->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(IXON | INLCR | IGNCR | ISTRIP);
    raw.c_iflag |= ICRNL;
    raw.c_oflag |= OPOST | ONLCR;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

bool init_tty_open(struct init_tty *t)
{
    sigset_t set;
    *t = (struct init_tty){.signal_fd = -1};
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
        tcgetattr(STDIN_FILENO, &t->before) != 0) {
        return false;
    }
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        (void)sigaddset(&set, ends[i]);
    }
    t->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    take(t);
    return true;
}

void init_tty_close(struct init_tty *t)
{
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &t->before);
    (void)close(t->signal_fd);
    secret_wipe(t->ahead, sizeof t->ahead);
}

/* Reads what has been typed behind what is there already. False when the terminal is gone. */
static bool read_ahead(struct init_tty *t)
{
    ssize_t n;
    do {
        n = read(STDIN_FILENO, t->ahead + t->n_ahead, sizeof t->ahead - t->n_ahead);
    } while (n < 0 && errno == EINTR);
    t->n_ahead += n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* The next byte within timeout_ms (-1: for ever). -1: none; -2: the user or the terminal is gone. */
static int next_byte(struct init_tty *t, int timeout_ms)
{
    if (t->n_ahead == 0) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = t->signal_fd, .events = POLLIN}};
        int ready = poll(fds, 2, timeout_ms);
        if (ready < 0 && errno == EINTR) {
            return -1;
        }
        if (ready < 0 || fds[1].revents) {
            return -2;
        }
        if (ready == 0) {
            return -1;
        }
        if (!read_ahead(t)) {
            return -2;
        }
    }
    unsigned char byte = (unsigned char)t->ahead[0];
    t->n_ahead--;
    memmove(t->ahead, t->ahead + 1, t->n_ahead);
    t->ahead[t->n_ahead] = '\0';
    return byte;
}

static void print(const char *text)
{
    (void)fputs(text, stdout);
    (void)fflush(stdout);
}

/* Where the last character begins, with the marks that combine with it. */
static size_t last_begin(const struct line *l)
{
    size_t at = l->n;
    uint32_t cp = 0;
    do {
        at--;
        while (at > 0 && ((unsigned char)l->text[at] & 0xc0) == 0x80) {
            at--;
        }
        (void)text_decode(l->text + at, l->text + l->n, &cp);
    } while (at > 0 && text_width(cp) == 0);
    return at;
}

static void erase(struct line *l)
{
    size_t at = last_begin(l);
    int cells = text_width_str(l->text + at);
    for (int i = 0; i < cells && !l->secret; i++) {
        print("\b \b");
    }
    secret_wipe(l->text + at, l->n - at);
    l->n = at;
}

/* Adds a character, if any screen can show the line with it; else the bell. */
static void add(struct line *l, const char *bytes, size_t n)
{
    char clean[LINE_MAX_BYTES];
    if (l->n + n >= l->size || l->size > sizeof clean) {
        print("\a");
        return;
    }
    memcpy(l->text + l->n, bytes, n);
    l->text[l->n + n] = '\0';
    (void)text_clean_str(clean, sizeof clean, l->text);
    if (strcmp(clean, l->text) != 0) {
        l->text[l->n] = '\0';
        print("\a");
    } else {
        print(l->secret ? "" : l->text + l->n);
        l->n += n;
    }
    secret_wipe(clean, sizeof clean);
}

/* A character of several bytes; half a one is dropped. */
static void add_wide(struct init_tty *t, struct line *l, int first)
{
    char bytes[4] = {(char)first};
    size_t want = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    for (size_t n = 1; n < want; n++) {
        int byte = next_byte(t, ESCAPE_MS);
        if (byte < 0x80 || byte > 0xbf) {
            return;
        }
        bytes[n] = (char)byte;
    }
    if (first >= 0xc2 && first <= 0xf4) {
        add(l, bytes, want);
    }
}

/* True for the key Escape itself; what another key sends behind it is dropped. */
static bool is_escape(struct init_tty *t)
{
    int byte = next_byte(t, ESCAPE_MS);
    if (byte < 0) {
        return true;
    }
    if (byte == '[' || byte == 'O') {
        do {
            byte = next_byte(t, ESCAPE_MS);
        } while (byte >= 0x20 && byte < 0x40);
    }
    return false;
}

/* The terminal is the shell's until we are continued. */
static void stop_here(struct init_tty *t, const struct line *l)
{
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &t->before);
    print("\n");
    (void)kill(getpid(), SIGSTOP);
    take(t);
    print(l->prompt);
    print(l->secret ? "" : l->text);
}

enum progress { GOES_ON, DONE, LEFT };

static enum progress handle(struct init_tty *t, struct line *l, int byte)
{
    switch (byte) {
    case '\n':
    case '\r':
        return DONE;
    case CTRL_C:
        return LEFT;
    case CTRL_D:
        return l->n == 0 ? LEFT : GOES_ON;
    case ESCAPE:
        return is_escape(t) ? LEFT : GOES_ON;
    case CTRL_Z:
        stop_here(t, l);
        return GOES_ON;
    case '\b':
    case DELETE:
        if (l->n > 0) {
            erase(l);
        }
        return GOES_ON;
    case CTRL_U:
        while (l->n > 0) {
            erase(l);
        }
        return GOES_ON;
    default:
        if (byte >= 0x80) {
            add_wide(t, l, byte);
        } else if (byte >= ' ') {
            add(l, &(char){(char)byte}, 1);
        }
        return GOES_ON;
    }
}

bool init_tty_ask(struct init_tty *t, const char *prompt, bool secret, char *out,
                  size_t out_size)
{
    char clean[1024];
    (void)text_clean_str(clean, sizeof clean, prompt);
    struct line l = {.prompt = clean, .secret = secret, .text = out, .size = out_size};
    enum progress p = GOES_ON;
    out[0] = '\0';
    print(clean);
    while (p == GOES_ON) {
        int byte = next_byte(t, -1);
        p = byte == -2 ? LEFT : byte < 0 ? GOES_ON : handle(t, &l, byte);
    }
    print("\n");
    if (p == LEFT) {
        secret_wipe(out, out_size);
    } else {
        out[l.n] = '\0';
    }
    return p == DONE;
}

static size_t columns(void)
{
    struct winsize size;
    bool told = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20;
    return told ? size.ws_col : 80;
}

/* Bytes up to the last blank that fits into so many cells; all of them where the rest fits. */
static size_t fitting(const char *text, size_t cells)
{
    size_t blank = 0, at = 0, used = 0, n = strlen(text);
    while (at < n) {
        uint32_t cp;
        size_t bytes = text_decode(text + at, text + n, &cp);
        used += (size_t)text_width(cp);
        if (used > cells) {
            return blank ? blank : n;
        }
        blank = cp == ' ' ? at : blank;
        at += bytes;
    }
    return n;
}

/* Wrapped at blanks, the rest indented as its beginning is and a little more. */
void init_tty_say(const char *text)
{
    char clean[LINE_MAX_BYTES];
    (void)text_clean_str(clean, sizeof clean, text);
    size_t indent = strspn(clean, " "), room = columns() - 1;
    const char *rest = clean + indent;
    for (bool first = true; first || *rest; first = false) {
        size_t before = first || indent + 2 > room / 2 ? indent : indent + 2;
        size_t n = fitting(rest, room > before ? room - before : 1);
        (void)printf("%*s%.*s\n", *rest ? (int)before : 0, "", (int)n, rest);
        rest += n;
        rest += strspn(rest, " ");
    }
    (void)fflush(stdout);
}

bool init_tty_wait(struct init_tty *t, int fd, int64_t timeout_ms)
{
    bool room = t->n_ahead < sizeof t->ahead;
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
                           {.fd = t->signal_fd, .events = POLLIN},
                           {.fd = room ? STDIN_FILENO : -1, .events = POLLIN}};
    (void)poll(fds, 3, (int)timeout_ms);
    if (fds[1].revents || (fds[2].revents && !read_ahead(t))) {
        return false;
    }
    return !memchr(t->ahead, CTRL_C, t->n_ahead);
}
