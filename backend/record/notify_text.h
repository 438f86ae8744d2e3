/* What a notification says. Pure. A notice is one thing to be told; notify_body() turns it into a
 * JSON text that holds everything, so that it can be kept in the store and sent in any form, also
 * by a later drtop:
 *
 *   what, at, group, subject, text, html, chat, next_step, incident, verdict, advice, advice_why,
 *   evidence[], exposure, rto, alerts[]
 *
 * The last ones are null when the store alone remembers the incident. What is unknown is null, and
 * said as unknown in the texts. */
#ifndef DRTOP_RECORD_NOTIFY_TEXT_H
#define DRTOP_RECORD_NOTIFY_TEXT_H

#include "backend/snapshot.h"

enum notice_what {
    NOTICE_OPENED,
    NOTICE_UPDATE,     /* the verdict has become a graver one */
    NOTICE_ESCALATION, /* nobody has acknowledged for after_ms */
    NOTICE_CLOSED,
    NOTICE_TEST,
};

struct notice {
    enum notice_what what;
    const struct config *config;
    const struct snapshot *s; /* NULL: no facts, for a test and for an incident of the past */
    struct incident incident; /* not of a test */
    char was[32];             /* closed: the verdict that was told last, or "" */
    char sentence[200];       /* closed, without s: of the incident */
    int64_t after_ms;         /* escalation */
    int64_t wall_ms;          /* now */
};

const char *notice_key(enum notice_what what); /* "opened" */

/* The JSON, on the heap. */
char *notify_body(const struct notice *n);

/* What to do now, one line for every kind. */
const char *notify_next_step(enum verdict_kind kind, enum verdict_advice advice);

/* Which of two verdicts is the graver: what becomes graver is told again. */
int notify_gravity(enum verdict_kind kind);

/* A header's value out of text: no control characters; when it is not ASCII, encoded words (RFC
 * 2047), folded. */
void notify_header_text(const char *text, char *out, size_t out_size);

/* Is this fit to stand between < and > in a header and in SMTP? */
bool notify_address_valid(const char *address);

#endif
