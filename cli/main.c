#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mysql/db_source.h"
#include "cli/cli.h"
#include "cli/config_cmd.h"
#include "tui/app.h"

static const char usage[] =
    "drtop " DRTOP_VERSION " - a terminal dashboard for a MySQL disaster-recovery pair\n"
    "\n"
    "usage: drtop [options]                    the dashboard\n"
    "       drtop status [--json]              one snapshot as text or JSON\n"
    "       drtop check                        one line and exit status of a monitoring "
    "plugin\n"
    "       drtop record                       the observer as a service, without a screen\n"
    "       drtop frame --size 80x24 [--ascii] one painted frame as text\n"
    "       drtop config check [--online]      validate the configuration, and try it\n"
    "       drtop config dump                  print the effective configuration, redacted\n"
    "       drtop report [--incident ID] [--format md|json]\n"
    "                                          the story of an incident or an attempt\n"
    "       drtop notify test                  send a test through every channel\n"
    "\n"
    "  -c, --config FILE   configuration (else $DRTOP_CONFIG, ~/.config/drtop/drtop.json,\n"
    "                      /etc/drtop/drtop.json)\n"
    "  -t, --theme THEME   theme by name or path\n"
    "      --ascii --utf8  glyphs, whatever the locale says\n"
    "      --mono          no colour ($NO_COLOR does the same)\n"
    "      --json          JSON instead of text (status)\n"
    "      --size WxH      columns and rows (frame)\n"
    "      --wall          for a screen in a room: read-only, and no key but q (dashboard)\n"
    "      --read-only     never record, notify, acknowledge or note (dashboard, record)\n"
    "      --incident ID   of an incident, or the request id of an attempt (report; else the\n"
    "                      newest incident)\n"
    "      --format F      md or json (report)\n"
    "      --timeout S     how long to look at the most, 1 to 600 seconds (check; 10)\n"
    "  -h, --help          this text\n"
    "  -V, --version       version and libraries\n"
    "\n"
    "In the dashboard `?` shows the keys and `q` leaves.\n"
    "Exit status: 0 well, 64 usage, 66 no such incident, 69 no terminal or no answer, 78 "
    "configuration; of check:\n"
    "0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n";

enum {
    OPT_ASCII = 256,
    OPT_UTF8,
    OPT_MONO,
    OPT_JSON,
    OPT_SIZE,
    OPT_READ_ONLY,
    OPT_WALL,
    OPT_TIMEOUT,
    OPT_INCIDENT,
    OPT_FORMAT
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"theme", required_argument, NULL, 't'},
    {"ascii", no_argument, NULL, OPT_ASCII},
    {"utf8", no_argument, NULL, OPT_UTF8},
    {"mono", no_argument, NULL, OPT_MONO},
    {"json", no_argument, NULL, OPT_JSON},
    {"size", required_argument, NULL, OPT_SIZE},
    {"help", no_argument, NULL, 'h'},
    {"read-only", no_argument, NULL, OPT_READ_ONLY},
    {"wall", no_argument, NULL, OPT_WALL},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"incident", required_argument, NULL, OPT_INCIDENT},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static int usage_error(const char *what, const char *value)
{
    cli_complain("drtop: %s%s (try `drtop --help`)", what, value ? value : "");
    return CLI_USAGE;
}

static bool parse_size(const char *text, int *out_w, int *out_h)
{
    char *end;
    long w = strtol(text, &end, 10);
    if (end == text || (*end != 'x' && *end != 'X')) {
        return false;
    }
    const char *second = end + 1;
    long h = strtol(second, &end, 10);
    if (end == second || *end || w < 1 || h < 1 || w > 1000 || h > 1000) {
        return false;
    }
    *out_w = (int)w;
    *out_h = (int)h;
    return true;
}

static bool parse_timeout(const char *text, int *out_s)
{
    char *end;
    long s = strtol(text, &end, 10);
    if (end == text || *end || s < 1 || s > 600) {
        return false;
    }
    *out_s = (int)s;
    return true;
}

static int with_config(const struct cli_options *o,
                       int (*command)(const struct config *, const struct cli_options *))
{
    struct error err;
    struct config *cfg = cli_load(o->config, &err);
    if (!cfg) {
        cli_complain("drtop: %s", err.text);
        return CLI_CONFIG;
    }
    int status = CLI_UNAVAILABLE;
    if (observer_library_begin(&err)) {
        status = command(cfg, o);
        observer_library_end();
    } else {
        cli_complain("drtop: %s", err.text);
    }
    config_destroy(cfg);
    return status;
}

static int version(void)
{
    (void)printf("drtop %s\ndatabase client: %s\n", DRTOP_VERSION, db_library_version());
    return CLI_OK;
}

#define GO_ON (-1)

/* Reads options up to the first word that is none. Returns GO_ON, or the exit status. */
static int parse(int argc, char **argv, struct cli_options *o)
{
    int c;
    while ((c = getopt_long(argc, argv, "+c:t:hV", long_options, NULL)) != -1) {
        switch (c) {
        case 'c':
            o->config = optarg;
            break;
        case 't':
            o->theme = optarg;
            break;
        case OPT_ASCII:
            o->ascii = true;
            break;
        case OPT_UTF8:
            o->utf8 = true;
            break;
        case OPT_MONO:
            o->mono = true;
            break;
        case OPT_JSON:
            o->json = true;
            break;
        case OPT_SIZE:
            if (!parse_size(optarg, &o->frame_w, &o->frame_h)) {
                return usage_error("--size takes COLUMNSxROWS, 1x1 to 1000x1000, not ", optarg);
            }
            break;
        case OPT_WALL:
            o->wall = true;
            o->read_only = true;
            break;
        case OPT_READ_ONLY:
            o->read_only = true;
            break;
        case OPT_TIMEOUT:
            if (!parse_timeout(optarg, &o->timeout_s)) {
                return usage_error("--timeout takes 1 to 600 seconds, not ", optarg);
            }
            break;
        case OPT_INCIDENT:
            o->incident = optarg;
            break;
        case OPT_FORMAT:
            if (strcmp(optarg, "md") != 0 && strcmp(optarg, "json") != 0) {
                return usage_error("--format takes md or json, not ", optarg);
            }
            o->format = optarg;
            break;
        case 'h':
            (void)fputs(usage, stdout);
            return CLI_OK;
        case 'V':
            return version();
        default:
            return CLI_USAGE;
        }
    }
    return GO_ON;
}

static int run(const char *command, const struct cli_options *o)
{
    if (!command) {
        return with_config(o, cmd_dashboard);
    }
    if (strcmp(command, "status") == 0) {
        return with_config(o, cmd_status);
    }
    if (strcmp(command, "check") == 0) {
        return cmd_check(o);
    }
    if (strcmp(command, "record") == 0) {
        return with_config(o, cmd_record);
    }
    if (strcmp(command, "report") == 0) {
        return with_config(o, cmd_report);
    }
    if (strcmp(command, "frame") == 0) {
        return o->frame_w ? with_config(o, cmd_frame)
                          : usage_error("frame needs --size, as in --size 80x24", NULL);
    }
    if (strcmp(command, "notify") == 0) {
        return with_config(o, cmd_notify);
    }
    return usage_error("unknown command: ", command);
}

/* The word that follows a command, where one has to; argv[optind] is the command. */
static bool take_verb(char **argv)
{
    if (strcmp(argv[optind++], "notify") != 0) {
        return true;
    }
    if (!argv[optind] || strcmp(argv[optind], "test") != 0) {
        return false;
    }
    optind++;
    return true;
}

int main(int argc, char **argv)
{
    struct cli_options o = {0};
    (void)setlocale(LC_CTYPE, "");
    app_block_signals();
    int status = parse(argc, argv, &o);
    if (status != GO_ON) {
        return status;
    }
    const char *command = argv[optind];
    if (command && strcmp(command, "config") == 0) {
        return cmd_config(argc - optind, argv + optind, o.config);
    }
    if (command) {
        status = take_verb(argv) ? parse(argc, argv, &o)
                                 : usage_error("notify needs a verb, as in notify test", NULL);
    }
    if (status != GO_ON) {
        return status;
    }
    if (optind < argc) {
        return usage_error("unexpected argument: ", argv[optind]);
    }
    return run(command, &o);
}
