#include "cli/cli.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/mem.h"
#include "backend/net/secret.h"
#include "cli/init_dialog.h"
#include "cli/init_file.h"
#include "cli/init_try.h"
#include "cli/init_tty.h"

#define FILE_MODE   0644 /* it names places of secrets and holds none */
#define SECRET_MODE 0600
#define SECRETS     3

static const char head[] =
    "// Written by `drtop config init`. Every further key is explained in drtop.example.json;\n"
    "// `drtop config check --online` tries what stands here.\n";

struct init {
    struct init_tty tty;
    struct init_try attempt;
    struct init_sheet *sheet;
    char path[PATH_MAX];
    char made[SECRETS][PATH_MAX]; /* files of secrets, written so far */
    size_t n_made;
};

static bool ask(void *ctx, const char *prompt, bool is_secret, char *out, size_t out_size)
{
    struct init *i = ctx;
    return init_tty_ask(&i->tty, prompt, is_secret, out, out_size);
}

static void say(void *ctx, const char *text)
{
    (void)ctx;
    init_tty_say(text);
}

static enum init_tried attempt(void *ctx, const struct init_sheet *s, unsigned part)
{
    struct init *i = ctx;
    return init_try(&i->attempt, s, part);
}

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
    char line[2 * PATH_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    init_tty_say(line);
}

static struct init_io io_of(struct init *i)
{
    return (struct init_io){.ctx = i, .ask = ask, .say = say, .attempt = attempt};
}

/* Another name for what is there already. False when the user gives none. */
static bool ask_path(struct init *i)
{
    char line[INIT_TEXT];
    const char *home = getenv("HOME");
    if (!init_tty_ask(&i->tty, "Another name for the file (Enter leaves): ", false, line,
                      sizeof line) ||
        !line[0]) {
        return false;
    }
    bool at_home = strncmp(line, "~/", 2) == 0 && home && home[0] == '/';
    (void)snprintf(i->path, sizeof i->path, "%s%s", at_home ? home : "",
                   line + (at_home ? 1 : 0));
    return true;
}

static bool ask_free_path(struct init *i)
{
    while (init_file_exists(i->path)) {
        tell("%s is there already, and is never overwritten.", i->path);
        if (!ask_path(i)) {
            return false;
        }
    }
    return true;
}

/* --- writing --- */

static void path_beside(const struct init *i, const char *name, char out[PATH_MAX])
{
    const char *slash = strrchr(i->path, '/');
    int folder = slash ? (int)(slash - i->path) + 1 : 0;
    (void)snprintf(out, PATH_MAX, "%.*s%s", folder, i->path, name);
}

/* A name that is free: "primary.password", "primary-2.password". */
static void name_secret(const struct init *i, struct init_secret *s)
{
    char path[PATH_MAX], name[sizeof s->file];
    const char *dot = strchr(s->file, '.');
    (void)snprintf(name, sizeof name, "%s", s->file);
    for (int n = 2; n < 1000; n++) {
        path_beside(i, name, path);
        if (!init_file_exists(path)) {
            break;
        }
        (void)snprintf(name, sizeof name, "%.*s-%d%s", (int)(dot - s->file), s->file, n, dot);
    }
    (void)snprintf(s->file, sizeof s->file, "%s", name);
}

/* Those that were typed and are used. */
static size_t typed_secrets(struct init_sheet *s, struct init_secret *out[SECRETS])
{
    struct init_secret *const all[SECRETS] = {
        &s->primary, s->same_password ? NULL : &s->replica,
        s->text[INIT_JENKINS_URL][0] ? &s->jenkins : NULL};
    size_t n = 0;
    for (size_t k = 0; k < SECRETS; k++) {
        if (all[k] && all[k]->source == INIT_TYPED && all[k]->text[0]) {
            out[n++] = all[k];
        }
    }
    return n;
}

static bool write_secret(struct init *i, const struct init_secret *s, struct error *err)
{
    char line[INIT_TEXT + 1];
    int n = snprintf(line, sizeof line, "%s\n", s->text);
    char *path = i->made[i->n_made];
    path_beside(i, s->file, path);
    bool ok = init_file_write(path, line, (size_t)n, SECRET_MODE, err) == INIT_FILE_NEW;
    secret_wipe(line, sizeof line);
    i->n_made += ok;
    return ok;
}

static void take_back(struct init *i)
{
    while (i->n_made > 0) {
        (void)unlink(i->made[--i->n_made]);
    }
}

/* The secrets first: a configuration that is there names files that are. */
static enum init_written write_all(struct init *i, const char *text, struct error *err)
{
    struct init_secret *secrets[SECRETS];
    size_t n = typed_secrets(i->sheet, secrets);
    enum init_written written = INIT_FILE_NEW;
    for (size_t k = 0; k < n && written == INIT_FILE_NEW; k++) {
        written = write_secret(i, secrets[k], err) ? INIT_FILE_NEW : INIT_FILE_FAILED;
    }
    if (written == INIT_FILE_NEW) {
        written = init_file_write(i->path, text, strlen(text), FILE_MODE, err);
    }
    if (written != INIT_FILE_NEW) {
        take_back(i);
    }
    return written;
}

static char *whole_text(struct init *i)
{
    struct init_secret *secrets[SECRETS];
    size_t n = typed_secrets(i->sheet, secrets);
    for (size_t k = 0; k < n; k++) {
        name_secret(i, secrets[k]);
    }
    char *json = init_sheet_json(i->sheet, INIT_ALL);
    size_t size = sizeof head + strlen(json);
    char *text = mem_alloc(size, 1);
    (void)snprintf(text, size, "%s%s", head, json);
    free(json);
    return text;
}

static void show(const struct init *i, const char *text)
{
    struct init_secret *secrets[SECRETS];
    size_t n = typed_secrets(i->sheet, secrets);
    tell("%s", "");
    tell("%s will be:", i->path);
    tell("%s", "");
    while (*text) {
        int len = (int)strcspn(text, "\n");
        tell("%.*s", len, text);
        text += len + 1;
    }
    for (size_t k = 0; k < n; k++) {
        tell("%s holds what was typed, mode %04o.", secrets[k]->file, SECRET_MODE);
    }
}

/* Until it is written or the user leaves. */
static int keep(struct init *i)
{
    struct init_io io = io_of(i);
    for (;;) {
        bool yes = false;
        struct error err;
        char *text = whole_text(i);
        show(i, text);
        if (!init_yes(&io, "Write it?", true, &yes)) {
            free(text);
            return CLI_NOT_WRITTEN;
        }
        enum init_written written = yes ? write_all(i, text, &err) : INIT_FILE_FAILED;
        free(text);
        if (written == INIT_FILE_NEW) {
            return CLI_OK;
        }
        if (yes) {
            tell("! %s", err.text);
        }
        if (!ask_path(i) || !ask_free_path(i)) {
            return CLI_NOT_WRITTEN;
        }
    }
}

static void print_remark(void *ctx, const char *text)
{
    (void)ctx;
    tell("  note: %s", text);
}

/* What `config check` says of it. */
static int conclude(const struct init *i)
{
    struct error err;
    struct config *cfg = config_load(i->path, &err);
    if (!cfg) {
        tell("! %s", err.text);
        return CLI_CONFIG;
    }
    tell("%s is written.", i->path);
    config_remarks(cfg, print_remark, NULL);
    config_destroy(cfg);
    return CLI_OK;
}

static int ask_and_keep(struct init *i)
{
    struct init_io io = io_of(i);
    int status = CLI_NOT_WRITTEN;
    struct error err;
    if (!ask_free_path(i)) {
        return CLI_NOT_WRITTEN;
    }
    tell("A new configuration: %s", i->path);
    if (!observer_library_begin(&err)) {
        tell("! %s", err.text);
        return CLI_UNAVAILABLE;
    }
    i->attempt = (struct init_try){.tty = &i->tty, .path = i->path};
    if (init_dialog(i->sheet, i->path, &io)) {
        status = keep(i);
    }
    if (!i->attempt.stuck) {
        observer_library_end();
    }
    return status == CLI_OK ? conclude(i) : status;
}

int cmd_config_init(const struct cli_options *o, char *out_path)
{
    struct error err;
    struct init i = {.n_made = 0};
    if (!config_place(o->config, i.path, sizeof i.path, &err)) {
        cli_complain("drtop: %s", err.text);
        return CLI_CONFIG;
    }
    if (!init_tty_open(&i.tty)) {
        cli_complain("drtop: config init asks questions, expected a terminal");
        return CLI_UNAVAILABLE;
    }
    i.sheet = mem_alloc(1, sizeof *i.sheet);
    int status = ask_and_keep(&i);
    if (status == CLI_NOT_WRITTEN) {
        tell("Nothing has been written.");
    }
    init_sheet_wipe(i.sheet);
    free(i.sheet);
    init_tty_close(&i.tty);
    if (out_path) {
        (void)snprintf(out_path, PATH_MAX, "%s", i.path);
    } else if (i.attempt.stuck) {
        (void)fflush(NULL);
        _exit(status);
    }
    return status;
}
