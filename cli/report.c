#include "backend/record/export.h"

#include "backend/fact/clock.h"
#include "cli/cli.h"

#include <string.h>

static int exit_of(enum report_end end)
{
    return end == REPORT_DONE ? CLI_OK : end == REPORT_ABSENT ? CLI_NO_INPUT : CLI_UNAVAILABLE;
}

static void say_alias(void *self, char *out, size_t out_size, const char *text)
{
    (void)alias_text(self, out, out_size, text);
}

/* A recording is a file, not a text. */
static enum report_end export_recording(struct store *st, const struct config *cfg,
                                        const struct cli_options *options, struct error *err)
{
    const struct export_share share = {.say = say_alias, .self = options->aliases};
    return export_write(st, cfg, options->incident, options->aliases ? &share : NULL,
                        options->out, err);
}

int cmd_report(const struct config *cfg, const struct cli_options *options)
{
    char path[1024];
    struct error err = {""};
    enum report_format format =
        options->format && strcmp(options->format, "json") == 0 ? REPORT_JSON : REPORT_MARKDOWN;
    struct store *st =
        store_path(cfg, path, sizeof path, &err) ? store_open(path, STORE_READ, &err) : NULL;
    if (!st) {
        cli_complain("drtop: %s", err.text);
        return CLI_NO_INPUT;
    }
    enum report_end end =
        options->out ? export_recording(st, cfg, options, &err)
                     : report_print(st, cfg, options->incident, format, options->aliases,
                                    clock_wall_ms(&clock_system), stdout, &err);
    if (end != REPORT_DONE) {
        cli_complain("drtop: %s", err.text);
    }
    store_close(st);
    return exit_of(end);
}
