#include "cli/init_ask.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "backend/net/secret.h"

#define AGAIN_WORD   "<"
#define NOTHING_WORD "-"

static const char needed[] = "an answer is needed here";

void init_say(const struct init_dialog *d, const char *text)
{
    d->io->say(d->io->ctx, text);
}

void init_title(const struct init_dialog *d, const char *name, const char *const *lines)
{
    init_say(d, "");
    init_say(d, name);
    for (; *lines; lines++) {
        char line[160];
        (void)snprintf(line, sizeof line, "  %s", *lines);
        init_say(d, line);
    }
}

/* What a refused answer is met with. */
static void refuse(const struct init_dialog *d, const char *why)
{
    char line[sizeof((struct error *)NULL)->text + 8];
    (void)snprintf(line, sizeof line, "  ! %s", why);
    init_say(d, line);
}

static bool read_line(const struct init_dialog *d, const char *prompt, bool is_secret,
                      char out[INIT_TEXT])
{
    return d->io->ask(d->io->ctx, prompt, is_secret, out, INIT_TEXT);
}

/* Blanks around an answer come from copying. */
static void trim(char *text)
{
    size_t begin = strspn(text, " \t"), n = strlen(text);
    while (n > begin && (text[n - 1] == ' ' || text[n - 1] == '\t')) {
        n--;
    }
    memmove(text, text + begin, n - begin);
    text[n - begin] = '\0';
}

static void prompt_of(const struct init_question *q, const char *fallback, char *out,
                      size_t size)
{
    if (fallback && fallback[0]) {
        (void)snprintf(out, size, "  %s [%.200s]: ", q->prompt, fallback);
    } else if (q->optional) {
        (void)snprintf(out, size, "  %s (Enter: %s): ", q->prompt,
                       q->without ? q->without : "none");
    } else {
        (void)snprintf(out, size, "  %s: ", q->prompt);
    }
}

/* Puts one answer into the sheet; what the step held before is offered anew. */
enum init_answer init_ask(struct init_dialog *d, unsigned part, const struct init_question *q)
{
    char *held = d->sheet->text[q->field], prompt[320], before[INIT_TEXT], line[INIT_TEXT];
    memcpy(before, held, INIT_TEXT);
    const char *fallback = before[0] ? before : q->fallback;
    prompt_of(q, fallback, prompt, sizeof prompt);
    for (;;) {
        struct error err;
        if (!read_line(d, prompt, false, line)) {
            return INIT_GONE;
        }
        trim(line);
        if (strcmp(line, AGAIN_WORD) == 0) {
            return INIT_AGAIN;
        }
        if (q->optional &&
            (strcmp(line, NOTHING_WORD) == 0 || (!line[0] && !(fallback && fallback[0])))) {
            held[0] = '\0';
            return INIT_GIVEN;
        }
        if (!line[0] && !(fallback && fallback[0])) {
            refuse(d, needed);
            continue;
        }
        (void)snprintf(held, INIT_TEXT, "%s", line[0] ? line : fallback);
        if (init_sheet_check(d->sheet, d->parts | part, d->path, &err)) {
            return INIT_GIVEN;
        }
        refuse(d, err.text);
        memcpy(held, before, INIT_TEXT);
    }
}

enum init_answer init_ask_all(struct init_dialog *d, unsigned part,
                              const struct init_question *q, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum init_answer a = init_ask(d, part, &q[i]);
        if (a != INIT_GIVEN) {
            return a;
        }
    }
    return INIT_GIVEN;
}

bool init_yes(const struct init_io *io, const char *prompt, bool otherwise, bool *out)
{
    char line[INIT_TEXT], full[320];
    (void)snprintf(full, sizeof full, "%s [%s]: ", prompt, otherwise ? "Y/n" : "y/N");
    for (;;) {
        if (!io->ask(io->ctx, full, false, line, sizeof line)) {
            return false;
        }
        trim(line);
        bool yes = strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
        if (yes || !line[0] || strcasecmp(line, "n") == 0 || strcasecmp(line, "no") == 0) {
            *out = yes || (!line[0] && otherwise);
            return true;
        }
        io->say(io->ctx, "  ! expected y or n");
    }
}

/* --- where a secret comes from --- */

static const struct {
    const char *key, *prompt;
} sources[] = {
    [INIT_TYPED] = {"1", "    it (nothing is shown): "},
    [INIT_ENV] = {"2", "    name of the variable: "},
    [INIT_COMMAND] = {"3", "    command and its arguments: "},
    [INIT_OPTION_FILE] = {"4", "    path of the option file: "},
    [INIT_NOTHING] = {"5", ""},
};

static bool take_source(const char *line, enum init_source *out)
{
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (strcmp(line, sources[i].key) == 0) {
            *out = (enum init_source)i;
            return true;
        }
    }
    return false;
}

/* Where it comes from: one of the first n sources. */
static enum init_answer ask_source(struct init_dialog *d, const char *what, size_t n,
                                   struct init_secret *s)
{
    char line[INIT_TEXT], prompt[64];
    (void)snprintf(prompt, sizeof prompt, "  %s, 1 to %zu [%s]: ", what, n,
                   sources[s->source].key);
    for (;;) {
        enum init_source source = s->source;
        if (!read_line(d, prompt, false, line)) {
            return INIT_GONE;
        }
        trim(line);
        if (strcmp(line, AGAIN_WORD) == 0) {
            return INIT_AGAIN;
        }
        if (!line[0] || (take_source(line, &source) && (size_t)source < n)) {
            if (source != s->source) {
                secret_wipe(s->text, sizeof s->text);
                s->text[0] = '\0';
            }
            s->source = source;
            return INIT_GIVEN;
        }
        char why[64];
        (void)snprintf(why, sizeof why, "expected a number from 1 to %zu", n);
        refuse(d, why);
    }
}

/* The secret, or its place. Enter keeps what was given before. */
static enum init_answer ask_place(struct init_dialog *d, unsigned part, struct init_secret *s)
{
    char line[INIT_TEXT], before[INIT_TEXT];
    struct error err;
    enum init_answer a = INIT_GIVEN;
    memcpy(before, s->text, INIT_TEXT);
    for (;;) {
        if (!read_line(d, sources[s->source].prompt, s->source == INIT_TYPED, line)) {
            a = INIT_GONE;
            break;
        }
        if (s->source != INIT_TYPED) {
            trim(line);
        }
        if (line[0]) {
            (void)snprintf(s->text, INIT_TEXT, "%s", line);
        }
        if (!s->text[0]) {
            refuse(d, needed);
            continue;
        }
        if (strlen(s->text) >= SECRET_MAX) {
            error_set(&err, "a secret of %zu bytes, expected 1 to %d", strlen(s->text),
                      SECRET_MAX - 1);
        } else if (init_sheet_check(d->sheet, d->parts | part, d->path, &err)) {
            break;
        }
        refuse(d, err.text);
        memcpy(s->text, before, INIT_TEXT);
    }
    secret_wipe(line, sizeof line);
    secret_wipe(before, sizeof before);
    return a;
}

enum init_answer init_ask_secret(struct init_dialog *d, unsigned part, const char *what,
                                 const char *file, bool token, struct init_secret *s)
{
    static const char *const menu[] = {
        "    1 typed here, and kept in a file of its own that only you can read",
        "    2 an environment variable    3 what a command prints",
        "    4 a MySQL option file        5 none", NULL};
    for (size_t i = 0; i < (token ? 2 : 3); i++) {
        init_say(d, menu[i]);
    }
    enum init_answer a = ask_source(d, what, token ? 3 : 5, s);
    if (a != INIT_GIVEN || s->source == INIT_NOTHING) {
        return a;
    }
    (void)snprintf(s->file, sizeof s->file, "%s", file);
    return ask_place(d, part, s);
}
