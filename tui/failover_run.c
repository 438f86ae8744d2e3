/* Keys of the failover screen once the request is out, and of the second operator. */
#include "tui/failover_keys.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

static const struct {
    uint32_t key;
    const char *word, *name;
    unsigned effect;
} typings[FAILOVER_TYPINGS] = {
    [FAILOVER_TYPES_STOP] = {'s', "stop", "stop the run", FAILOVER_STOP_RUN},
    [FAILOVER_TYPES_PROCEED] = {'p', "proceed", "let it proceed", FAILOVER_ANSWER},
    [FAILOVER_TYPES_ABORT] = {'x', "abort", "abort it there", FAILOVER_ANSWER},
    [FAILOVER_TYPES_RESEND] = {'r', "send again", "send again, same id", FAILOVER_RESEND},
    [FAILOVER_TYPES_GIVE_UP] = {'g', "not accepted", "it was not accepted", FAILOVER_GIVE_UP},
    [FAILOVER_TYPES_ACKNOWLEDGEMENT] = {'a', NULL, "acknowledge", FAILOVER_ACKNOWLEDGE},
};

__attribute__((format(printf, 2, 3))) static void say(struct failover *f, const char *format,
                                                      ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)text_copy(f->said, sizeof f->said, text);
}

bool failover_offers(const struct failover *f, const struct failover_view *fv,
                     enum failover_typing what)
{
    enum failover_page page = failover_page(f, fv);
    if (!fv || f->terms.read_only) {
        return false;
    }
    switch (what) {
    case FAILOVER_TYPES_STOP:
        return fv->drives && !fv->phases.past_return &&
               (page == PAGE_TRACK || page == PAGE_ACCEPTED || page == PAGE_JOINED);
    case FAILOVER_TYPES_PROCEED:
    case FAILOVER_TYPES_ABORT:
        return fv->drives && page == PAGE_TRACK && fv->input.pending && fv->input.n_inputs == 0;
    case FAILOVER_TYPES_RESEND:
    case FAILOVER_TYPES_GIVE_UP:
        return fv->drives && page == PAGE_UNKNOWN && fv->may_resend;
    case FAILOVER_TYPES_ACKNOWLEDGEMENT:
        return page == PAGE_OVER || page == PAGE_REFUSED || page == PAGE_NOT_SENT;
    case FAILOVER_TYPES_NOTHING:
    case FAILOVER_TYPINGS:
        break;
    }
    return false;
}

uint32_t failover_typing_key(enum failover_typing what)
{
    return typings[what].key;
}

const char *failover_typing_name(enum failover_typing what)
{
    return typings[what].name;
}

const char *failover_typing_word(enum failover_typing what)
{
    return typings[what].word;
}

/* What the sanitiser would replace is not taken. */
static void add_character(struct failover *f, uint32_t code)
{
    char in[4], clean[8];
    size_t n = strlen(f->text);
    if (code < 0x20 || code >= KEYCODE_SPECIAL || n + sizeof in >= sizeof f->text) {
        return;
    }
    size_t len = text_encode(code, in);
    if (text_clean(clean, sizeof clean, in, len) == len && memcmp(in, clean, len) == 0) {
        memcpy(f->text + n, in, len);
        f->text[n + len] = '\0';
    }
}

static void drop_character(struct failover *f)
{
    size_t n = strlen(f->text);
    while (n > 0 && ((unsigned char)f->text[--n] & 0xc0) == 0x80) {
    }
    f->text[n] = '\0';
}

/* True when the key was one that edits the line. */
static void edit(struct failover *f, uint32_t code)
{
    f->said[0] = '\0';
    if (code == KEYCODE_PASTE) {
        say(f, "pasted text is not taken: type it");
    } else if (code == KEYCODE_BACKSPACE) {
        drop_character(f);
    } else {
        add_character(f, code);
    }
}

static unsigned finish_typing(struct failover *f, const struct failover_view *fv)
{
    enum failover_typing what = f->typing;
    const char *word = typings[what].word;
    if (!failover_offers(f, fv, what) ||
        (typings[what].effect == FAILOVER_ANSWER && strcmp(f->input_id, fv->input.id) != 0)) {
        f->typing = FAILOVER_TYPES_NOTHING;
        say(f, "%s: that is no longer possible", typings[what].name);
        return FAILOVER_PAINT;
    }
    if (word && strcmp(f->text, word) != 0) {
        say(f, "type \"%s\", or Esc", word);
        return FAILOVER_PAINT;
    }
    if (!word && strlen(f->text + strspn(f->text, " ")) < GUARD_REASON_MIN) {
        say(f, "say what became of it, in at least %d characters", GUARD_REASON_MIN);
        return FAILOVER_PAINT;
    }
    f->typing = FAILOVER_TYPES_NOTHING;
    f->proceed = what == FAILOVER_TYPES_PROCEED;
    say(f, "%s: asked for", typings[what].name);
    return typings[what].effect | FAILOVER_PAINT;
}

static unsigned typing_key(struct failover *f, uint32_t code, const struct failover_view *fv)
{
    if (code == KEYCODE_ENTER) {
        return finish_typing(f, fv);
    }
    if (code == KEYCODE_ESCAPE) {
        f->typing = FAILOVER_TYPES_NOTHING;
        f->text[0] = f->said[0] = '\0';
    } else {
        edit(f, code);
    }
    return FAILOVER_PAINT;
}

static unsigned begin_typing(struct failover *f, enum failover_typing what,
                             const struct failover_view *fv)
{
    f->typing = what;
    f->text[0] = f->said[0] = '\0';
    (void)text_copy(f->input_id, sizeof f->input_id, fv->input.id);
    return FAILOVER_PAINT;
}

static void scroll_log(struct failover *f, int lines)
{
    int last = f->log_rows > f->log_page ? f->log_rows - f->log_page : 0;
    f->log_back += lines;
    f->log_back = f->log_back > last ? last : f->log_back;
    f->log_back = f->log_back < 0 ? 0 : f->log_back;
}

unsigned failover_run_key(struct failover *f, uint32_t code, const struct failover_view *fv,
                          int64_t now_ms)
{
    int page = f->log_page > 1 ? f->log_page - 1 : 1;
    if (f->typing != FAILOVER_TYPES_NOTHING) {
        return typing_key(f, code, fv);
    }
    for (int i = FAILOVER_TYPES_NOTHING + 1; i < FAILOVER_TYPINGS; i++) {
        enum failover_typing what = (enum failover_typing)i;
        if (typings[i].key == code && failover_offers(f, fv, what)) {
            return begin_typing(f, what, fv);
        }
    }
    switch (code) {
    case KEYCODE_ESCAPE:
        return failover_leave(f, now_ms);
    case 'q':
        return FAILOVER_QUIT;
    case KEYCODE_UP:
    case 'k':
        scroll_log(f, 1);
        break;
    case KEYCODE_DOWN:
    case 'j':
        scroll_log(f, -1);
        break;
    case KEYCODE_PGUP:
        scroll_log(f, page);
        break;
    case KEYCODE_PGDN:
        scroll_log(f, -page);
        break;
    case KEYCODE_HOME:
        scroll_log(f, 100000);
        break;
    case KEYCODE_END:
        scroll_log(f, -100000);
        break;
    default:
        return FAILOVER_NOTHING;
    }
    return FAILOVER_PAINT;
}

/* The second operator retypes what their own screen shows. */
unsigned failover_vouch_key(struct failover *f, uint32_t code, const struct failover_view *fv,
                            int64_t now_ms)
{
    if (code == KEYCODE_ESCAPE) {
        return failover_leave(f, now_ms);
    }
    if (code != KEYCODE_ENTER) {
        if (code == KEYCODE_PASTE || now_ms - f->opened_ms >= GUARD_DEAF_MS) {
            edit(f, code);
        }
        return FAILOVER_PAINT;
    }
    if (strcmp(f->text, fv->challenge) != 0) {
        say(f, "that is not %s", fv->challenge);
        return FAILOVER_PAINT;
    }
    say(f, "confirmed; the other screen goes on");
    return FAILOVER_ANSWER_SECOND | FAILOVER_PAINT;
}
