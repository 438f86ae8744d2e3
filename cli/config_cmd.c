#include "cli/config_cmd.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sysexits.h>

#include "backend/net/text.h"
#include "cli/cli.h"

static int usage(const char *why)
{
    cli_complain("drtop config: %s", why);
    (void)fputs("usage: drtop [--config FILE] config check [--online]\n"
                "       drtop [--config FILE] config dump\n",
                stderr);
    return EX_USAGE;
}

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

static struct config *load(const char *config_path)
{
    char path[PATH_MAX];
    struct error err = {0};
    struct config *cfg = NULL;
    if (config_find(config_path, path, sizeof path, &err)) {
        cfg = config_load(path, &err);
    }
    if (!cfg) {
        cli_complain("%s", err.text);
    }
    return cfg;
}

int cmd_config(int argc, char **argv, const char *config_path)
{
    if (argc < 2) {
        return usage("no verb, expected check or dump");
    }
    bool is_check = strcmp(argv[1], "check") == 0;
    bool online = is_check && argc == 3 && strcmp(argv[2], "--online") == 0;
    if (!is_check && strcmp(argv[1], "dump") != 0) {
        char why[128];
        (void)snprintf(why, sizeof why, "unknown verb %.60s, expected check or dump", argv[1]);
        return usage(why);
    }
    if (argc > 2 && !online) {
        char why[128];
        (void)snprintf(why, sizeof why, "unexpected %.60s", argv[argc - 1]);
        return usage(why);
    }
    struct config *cfg = load(config_path);
    if (!cfg) {
        return EX_CONFIG;
    }
    int code = 0;
    if (is_check) {
        code = check(cfg, online);
    } else {
        config_dump(cfg, stdout);
    }
    config_destroy(cfg);
    return code;
}
