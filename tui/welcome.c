#include "tui/welcome.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "backend/net/text.h"
#include "tui/glyph.h"
#include "tui/pane/welcome.h"
#include "tui/term.h"

struct loop {
    struct welcome welcome;
    struct canvas canvas;
    int signal_fd;
    bool due, anew;
    bool decided;
    enum welcome_choice choice;
};

static void decide(struct loop *l, enum welcome_choice choice)
{
    l->decided = true;
    l->choice = choice;
}

static void turn(struct loop *l)
{
    l->welcome.help = !l->welcome.help;
    l->welcome.scroll = 0;
}

static void press(struct loop *l, uint32_t code)
{
    struct welcome *w = &l->welcome;
    l->due = true;
    switch (code) {
    case 'i':
    case KEYCODE_ENTER:
        decide(l, WELCOME_BEGIN);
        break;
    case 'q':
        decide(l, WELCOME_LEAVE);
        break;
    case KEYCODE_ESCAPE:
        if (w->help) {
            turn(l);
        } else {
            decide(l, WELCOME_LEAVE);
        }
        break;
    case '?':
    case KEYCODE_F1:
        turn(l);
        break;
    case KEYCODE_DOWN:
    case KEYCODE_PGDN:
        w->scroll += code == KEYCODE_DOWN ? 1 : w->page;
        break;
    case KEYCODE_UP:
    case KEYCODE_PGUP:
        w->scroll -= code == KEYCODE_UP ? 1 : w->page;
        w->scroll = w->scroll < 0 ? 0 : w->scroll;
        break;
    case KEYCODE_REDRAW:
        l->anew = true;
        break;
    default:
        break;
    }
}

static void read_signals(struct loop *l)
{
    struct signalfd_siginfo info;
    while (read(l->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGTSTP) {
            term_stop();
        } else if (info.ssi_signo != SIGWINCH && info.ssi_signo != SIGCONT) {
            decide(l, WELCOME_LEAVE);
        }
        term_resized();
        l->due = l->anew = true;
    }
}

static void paint(struct loop *l)
{
    int w, h;
    term_size(&w, &h);
    if (w != l->canvas.w || h != l->canvas.h) {
        canvas_resize(&l->canvas, w, h);
    }
    welcome_paint(&l->canvas, &l->welcome);
    term_present(&l->canvas, l->anew);
    l->due = l->anew = false;
}

static void loop(struct loop *l)
{
    struct pollfd fds[] = {{.fd = term_fd(), .events = POLLIN},
                           {.fd = l->signal_fd, .events = POLLIN},
                           {.fd = -1, .events = POLLOUT}};
    while (!l->decided) {
        int64_t slow_ms;
        uint32_t code;
        bool ready = term_ready(&slow_ms);
        if (l->due && ready) {
            paint(l);
            ready = term_ready(&slow_ms);
        }
        fds[2].fd = term_full_fd(); /* the rest of a frame waits for it, or for an answer */
        (void)poll(fds, 3, ready ? -1 : (int)slow_ms);
        if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) {
            return;
        }
        if (fds[1].revents) {
            read_signals(l);
        }
        while (!l->decided && (code = term_key()) != KEYCODE_NONE) {
            press(l, code);
        }
    }
}

static int open_signals(void)
{
    sigset_t set;
    static const int all[] = {SIGWINCH, SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGCONT};
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        (void)sigaddset(&set, all[i]);
    }
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

bool welcome_run(const struct app_options *o, const char *version, const char *place,
                 enum welcome_choice *out, struct error *err)
{
    char clean[1024];
    const struct term_options term = {.mono = o->mono, .sync = true};
    bool ascii =
        o->charset == APP_CHARSET_ASCII || (o->charset == APP_CHARSET_AUTO && !term_is_utf8());
    (void)text_clean_str(clean, sizeof clean, place);
    glyph_use(ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    if (!term_open(o->theme, &term, err)) {
        return false;
    }
    struct loop l = {.welcome = {.version = version, .place = clean},
                     .signal_fd = open_signals(),
                     .due = true};
    canvas_init(&l.canvas, 0, 0);
    loop(&l);
    term_close();
    canvas_finish(&l.canvas);
    (void)close(l.signal_fd);
    *out = l.choice;
    return true;
}
