/* `drtop replay`: the dashboard over a recording, or over the record of a pair. There is no observer,
 * no driver and no recorder: it can only look. */
#include "cli/cli.h"

#include <stdio.h>
#include <unistd.h>

#include "backend/config_alias.h"
#include "backend/record/replay_reader.h"
#include "tui/app.h"

#define STOP_MS      500
#define LEAD_MS      60000  /* what led to an incident is worth seeing */
#define TAIL_MS      600000 /* without one: the end of the record */
#define SPEED_NORMAL 1

/* From --since; else a recording from its beginning, and the record from the newest incident. */
static bool begin_at(struct replay *r, const struct cli_options *options, int64_t *out_wall_ms,
                     struct error *err)
{
    int64_t first_ms, last_ms, at_ms;
    if (!replay_span(r, &first_ms, &last_ms, err)) {
        return false;
    }
    if (options->since) {
        if (!replay_find(r, options->since, &at_ms, err)) {
            return false;
        }
    } else if (options->file) {
        at_ms = first_ms;
    } else if (replay_find(r, "incident", &at_ms, NULL)) {
        at_ms -= LEAD_MS;
    } else {
        at_ms = last_ms - TAIL_MS;
    }
    *out_wall_ms = at_ms < first_ms ? first_ms : at_ms > last_ms ? last_ms : at_ms;
    return true;
}

static int play(struct replay *r, int64_t from_ms, const struct cli_options *options)
{
    struct error err = {""};
    struct theme theme;
    const struct config *cfg = replay_config(r);
    int status = CLI_OK;
    if (options->aliases) { /* of a recording, which main has not loaded */
        config_alias(cfg, options->aliases);
    }
    if (!theme_load(cli_theme(cfg, options), &theme, &err)) {
        cli_complain("drtop: %s", err.text);
        replay_close(r);
        return CLI_CONFIG;
    }
    struct app_options app = {.theme = &theme,
                              .mono = options->mono,
                              .read_only = true,
                              .wall = options->wall,
                              .share = options->aliases,
                              .charset = cli_charset(options),
                              .replay_from_ms = from_ms,
                              .replay_speed = options->speed ? options->speed : SPEED_NORMAL};
    app.past = replay_reader_start(r, cfg, &err);
    if (!app.past || !app_run(NULL, cfg, &clock_system, &app, &err)) {
        cli_complain("drtop: %s", err.text);
        status = CLI_UNAVAILABLE;
    }
    if (!replay_reader_stop(app.past, STOP_MS)) {
        (void)fflush(NULL);
        _exit(status);
    }
    return status;
}

/* With a file no configuration is needed, and none is read. */
static int replay(const struct config *cfg, const struct cli_options *options)
{
    struct error err = {""};
    int64_t from_ms = 0;
    struct replay *r =
        options->file ? replay_open_file(options->file, &err) : replay_open_store(cfg, &err);
    if (!r || !begin_at(r, options, &from_ms, &err)) {
        cli_complain("drtop: %s", err.text);
        replay_close(r);
        return CLI_NO_INPUT;
    }
    return play(r, from_ms, options);
}

int cmd_replay(const struct cli_options *options)
{
    struct error err;
    if (options->file) {
        return replay(NULL, options);
    }
    struct config *cfg = cli_load(options->config, &err);
    if (!cfg) {
        cli_complain("drtop: %s", err.text);
        return CLI_CONFIG;
    }
    int status = replay(cfg, options);
    config_destroy(cfg);
    return status;
}
