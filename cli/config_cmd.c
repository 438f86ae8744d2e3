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
    (void)fputs("usage: drtop config check [--online] [--config FILE]\n"
                "       drtop config dump [--config FILE]\n",
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

/* What follows the verb. Returns the first word that is not understood, or NULL. */
static const char *parse_rest(int argc, char **argv, bool is_check, bool *online,
                              const char **config_path)
{
    for (int i = 2; i < argc; i++) {
        bool names_file = strcmp(argv[i], "--config") == 0 || strcmp(argv[i], "-c") == 0;
        if (is_check && strcmp(argv[i], "--online") == 0) {
            *online = true;
        } else if (names_file && i + 1 < argc) {
            *config_path = argv[++i];
        } else {
            return argv[i];
        }
    }
    return NULL;
}

int cmd_config(int argc, char **argv, const char *config_path)
{
    char why[128];
    bool online = false;
    if (argc < 2) {
        return usage("no verb, expected check or dump");
    }
    bool is_check = strcmp(argv[1], "check") == 0;
    if (!is_check && strcmp(argv[1], "dump") != 0) {
        (void)snprintf(why, sizeof why, "unknown verb %.60s, expected check or dump", argv[1]);
        return usage(why);
    }
    const char *odd = parse_rest(argc, argv, is_check, &online, &config_path);
    if (odd) {
        (void)snprintf(why, sizeof why, "unexpected %.60s", odd);
        return usage(why);
    }
    struct error err;
    struct config *cfg = cli_load(config_path, &err);
    if (!cfg) {
        cli_complain("%s", err.text);
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
