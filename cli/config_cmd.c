#include "cli/config_cmd.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "cli/cli.h"

static void print_note(void *ctx, const char *text)
{
    char clean[1024];
    (void)text_clean_str(clean, sizeof clean, text);
    (void)printf("%s: note: %s\n", (const char *)ctx, clean);
}

static int check(const struct config *cfg, bool online)
{
    char path[2 * PATH_MAX];
    (void)text_clean_str(path, sizeof path, cfg->path);
    (void)printf("%s: ok\n", path);
    config_remarks(cfg, print_note, path);
    return online ? config_check_online(cfg, stdout) : 0;
}

int cmd_config(const struct cli_options *o)
{
    struct error err;
    if (strcmp(o->verb, "init") == 0) {
        return cmd_config_init(o, NULL);
    }
    struct config *cfg = cli_load(o->config, &err);
    if (!cfg) {
        cli_complain("%s", err.text);
        return CLI_CONFIG;
    }
    int code = CLI_OK;
    if (strcmp(o->verb, "check") == 0) {
        code = check(cfg, o->online);
    } else {
        config_dump(cfg, stdout);
    }
    config_destroy(cfg);
    return code;
}
