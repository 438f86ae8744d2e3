/* The failover screen: what it shows of the guard and of the run, and what a key does to them. No
 * terminal, no driver and no clock in here: facts and keys go in, effects come out, and the loop
 * hands those to the driver. While the screen is open every key is its. One thread. */
#ifndef DRTOP_TUI_FAILOVER_H
#define DRTOP_TUI_FAILOVER_H

#include "backend/failover/driver.h"
#include "tui/keys.h"

/* The smallest window for it: below, it closes. */
#define FAILOVER_MIN_W 60
#define FAILOVER_MIN_H 16

/* What the loop has to do. */
enum failover_effect {
    FAILOVER_NOTHING = 0,
    FAILOVER_PAINT = 1,
    FAILOVER_QUIT = 2,
    FAILOVER_REDRAW = 4,
    FAILOVER_WATCH = 8,           /* driver_watch(), with guard.drill */
    FAILOVER_UNWATCH = 16,        /* driver_unwatch() */
    FAILOVER_DISPATCH = 32,       /* driver_dispatch(), with the guard */
    FAILOVER_ASK_SECOND = 64,     /* driver_ask_second(), with guard.challenge */
    FAILOVER_WITHDRAW = 128,      /* driver_ask_second(""): nothing is asked any more */
    FAILOVER_ANSWER_SECOND = 256, /* driver_answer_second(), with text */
    FAILOVER_RESEND = 512,        /* driver_resend() */
    FAILOVER_GIVE_UP = 1024,      /* driver_give_up() */
    FAILOVER_STOP_RUN = 2048,     /* driver_stop_run() */
    FAILOVER_ANSWER = 4096,       /* driver_answer_input(), with input_id and proceed */
    FAILOVER_ACKNOWLEDGE = 8192,  /* driver_acknowledge(), with text */
};

enum failover_page {
    PAGE_NONE, /* nothing to show: the screen closes */
    /* nothing is sent yet; q is a letter, Escape leaves */
    PAGE_REVIEW,
    PAGE_OVERRIDE,
    PAGE_REASON,
    PAGE_SECOND,
    PAGE_COUNTDOWN,
    PAGE_VOUCH, /* somebody else's drtop asks for a second operator */
    /* out of our hands; q quits, Escape goes back to the dashboard, the run goes on */
    PAGE_SENDING,
    PAGE_ACCEPTED,
    PAGE_JOINED,
    PAGE_REFUSED,
    PAGE_NOT_SENT,
    PAGE_UNKNOWN,
    PAGE_TRACK,
    PAGE_VERIFY,
    PAGE_OVER,
    PAGE_COUNT,
};

/* What a word or a comment is typed for once the request is out. */
enum failover_typing {
    FAILOVER_TYPES_NOTHING,
    FAILOVER_TYPES_STOP,
    FAILOVER_TYPES_PROCEED,
    FAILOVER_TYPES_ABORT,
    FAILOVER_TYPES_RESEND,
    FAILOVER_TYPES_GIVE_UP,
    FAILOVER_TYPES_ACKNOWLEDGEMENT,
    FAILOVER_TYPINGS,
};

struct failover {
    bool open;
    struct guard guard;
    struct guard_terms terms;
    enum preflight_row_id at; /* the selected row */
    bool chosen;              /* by the user; else it is the first that stops the path */
    bool detail;              /* of the selected row */
    int scroll, page, rows;   /* of the rows; the painter writes page and rows */
    int log_back;             /* lines of the log that are scrolled back from its end */
    int log_page, log_rows;   /* the painter writes them */
    enum failover_typing typing;
    char text[GUARD_LINE_MAX];       /* what is typed after the dispatch, and by PAGE_VOUCH */
    char said[160];                  /* a word to the operator about it, or "" */
    char input_id[JENKINS_NAME_MAX]; /* the question that is being answered */
    bool proceed;
    int64_t opened_ms, sent_ms; /* monotonic */
    int64_t attempt_before;     /* the newest when our own was sent */
};

void failover_init(struct failover *f, const struct config *cfg, bool read_only);

/* Why it cannot be opened, or NULL. cfg may have no failover. */
const char *failover_refusal(const struct config *cfg, bool read_only, bool drill);

/* F or D. A run that is under way, or over and not acknowledged, is shown, whichever key it was;
 * so is the question for a second operator. fv may be NULL: the driver has said nothing yet. */
unsigned failover_open(struct failover *f, bool drill, const struct failover_view *fv,
                       int64_t now_ms);

/* It no longer fits, or the program ends: as Escape, wherever it stands. */
unsigned failover_shut(struct failover *f, int64_t now_ms);

/* A key while it is open. */
unsigned failover_key(struct failover *f, uint32_t code, const struct failover_view *fv,
                      int64_t now_ms);

/* The facts that are painted next, and the passage of time: after every pending key, before every
 * frame, and each 250 ms at least while it is open. */
unsigned failover_feed(struct failover *f, const struct preflight *facts,
                       const struct failover_view *fv, int64_t now_ms);

enum failover_page failover_page(const struct failover *f, const struct failover_view *fv);

/* Does a key lead to that typing now? */
bool failover_offers(const struct failover *f, const struct failover_view *fv,
                     enum failover_typing what);
uint32_t failover_typing_key(enum failover_typing what);
const char *failover_typing_name(enum failover_typing what); /* "stop the run" */
/* The word that has to be typed; NULL: a comment. */
const char *failover_typing_word(enum failover_typing what);

/* Would `o` begin an override now, instead of being a letter? */
bool failover_may_override(const struct failover *f);

/* Is an attempt under way, or over and not acknowledged? */
bool failover_has_run(const struct failover_view *fv);

#endif
