#include "manual/manual.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "manual/roff.h"
#include "tui/glyph.h"
#include "tui/keys.h"

struct entry {
    const char *name, *text;
};

static const struct entry variables[] = {
    {"DRTOP_CONFIG", "The configuration, where --config is not given."},
    {"XDG_CONFIG_HOME",
     "Instead of ~/.config: where configuration and themes of one's own lie. "
     "An absolute path."},
    {"TMPDIR", "Instead of /tmp: where a recording that was cut off is mended, in a copy."},
    {"XDG_STATE_HOME", "Instead of ~/.local/state: where the history lies. An absolute path."},
    {"HOME", "Where ~ is."},
    {"STATE_DIRECTORY",
     "Where the history of a service lies. systemd sets it (StateDirectory=)."},
    {"CREDENTIALS_DIRECTORY", "Where secrets of the form {\"credential\": \"NAME\"} are found. "
                              "systemd sets it (LoadCredential=)."},
    {"TERM", "The terminal; without one that can move its cursor there is no dashboard."},
    {"NO_COLOR", "Set to anything but nothing: no colour, as --mono."},
    {"LC_ALL, LC_CTYPE, LANG", "The first that is set says whether the terminal takes UTF-8."},
    {"SSH_CONNECTION", "Its first word, the address, is noted with what an operator does."},
    {"SUDO_USER", "Who is behind the account, noted likewise."},
    {"NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, JOURNAL_STREAM",
     "How systemd and a service of its talk; see sd_notify(3)."},
    {"AWS_*", "With a view of type aws: keys, profile, region, files, web identity, container "
              "and instance, as Amazon's own tools read them: AWS_ACCESS_KEY_ID, "
              "AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE, AWS_REGION, "
              "AWS_DEFAULT_REGION, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_ROLE_ARN, "
              "AWS_ROLE_SESSION_NAME, AWS_WEB_IDENTITY_TOKEN_FILE, "
              "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI, "
              "AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, "
              "AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT."},
    {"AZURE_*",
     "With a view of type azure, what the configuration leaves out: AZURE_TENANT_ID, "
     "AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE; of a managed "
     "identity, IDENTITY_ENDPOINT and IDENTITY_HEADER."},
    {NULL, NULL},
};

static const struct entry files[] = {
    {"~/.config/drtop/drtop.json", "The configuration of a user; see drtop.json(5)."},
    {"/etc/drtop/drtop.json", "The configuration of the machine, where the user has none, and "
                              "that of the service."},
    {"~/.config/drtop/themes/NAME.json", "Themes of one's own. They come before those of the "
                                         "same name that drtop brings along."},
    {"~/.local/state/drtop/", "The history of a user: alerts, incidents, notes, attempts."},
    {"/var/lib/drtop/", "The history of the service."},
    {"drtop.schema.json, status.schema.json, tunnel.schema.json",
     "In /usr/share/drtop: JSON schemas of the configuration, of status --json, and of what "
     "the program of a view of type exec prints."},
    {"/usr/share/doc/drtop/",
     "An example that explains every key; statements for the monitoring "
     "account, server settings, policies, and how to wire Jenkins."},
    {NULL, NULL},
};

/* NULL for a number that is no exit status. The compiler misses a new one. */
static const char *exit_text(enum cli_exit status)
{
    switch (status) {
    case CLI_OK:
        return "Well.";
    case CLI_USAGE:
        return "The command line is wrong.";
    case CLI_NO_INPUT:
        return "There is no history or recording, or nothing of that name in it.";
    case CLI_UNAVAILABLE:
        return "There is no terminal, or no database answered.";
    case CLI_NOT_WRITTEN:
        return "No file was written: one is there already, or the dialogue was left.";
    case CLI_CONFIG:
        return "The configuration or the theme is wrong, or there is none.";
    }
    return NULL;
}

static const char *check_text(enum check_exit status)
{
    switch (status) {
    case CHECK_OK:
        return "OK.";
    case CHECK_WARNING:
        return "WARNING.";
    case CHECK_CRITICAL:
        return "CRITICAL.";
    case CHECK_UNKNOWN:
        return "UNKNOWN: also where the command line or the configuration is wrong.";
    }
    return NULL;
}

static void write_synopsis(FILE *out)
{
    roff_section(out, "SYNOPSIS");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const struct cli_command_word *c = &cli_command_words[i];
        (void)fputs(i == 0 ? "\\fBdrtop\\fR" : ".br\n\\fBdrtop\\fR", out);
        if (c->word[0]) {
            (void)fputc(' ', out);
            roff_bold(out, c->word);
        }
        if (c->verbs[0]) {
            (void)fputc(' ', out);
            roff_bold(out, c->verbs);
        }
        (void)fputs(" [\\fIoptions\\fR]", out);
        if (c->rest[0]) {
            (void)fputc(' ', out);
            roff_text(out, c->rest);
        }
        (void)fputc('\n', out);
    }
}

static void write_description(FILE *out)
{
    roff_section(out, "DESCRIPTION");
    roff_line(out,
              "drtop watches a MySQL or MariaDB primary and its replica at a "
              "disaster-recovery site, the path between them, and the applications on top. "
              "It says in one word what the facts mean, what would be lost by failing over "
              "now, and how long there is to decide. What it does not know it calls "
              "unknown.");
    (void)fputs(".PP\n", out);
    roff_line(
        out,
        "Without a command it is a dashboard in the terminal. It changes nothing, with one "
        "exception: a failover that an operator starts and confirms by keys, which is one "
        "request to one Jenkins job, and only where the configuration names that job.");
    (void)fputs(".PP\n", out);
    roff_line(out,
              "One file describes one pair; drtop.json(5) tells its keys. The first of these "
              "is taken: that of --config, that of $DRTOP_CONFIG, "
              "~/.config/drtop/drtop.json, /etc/drtop/drtop.json.");
}

static void write_commands(FILE *out)
{
    roff_section(out, "COMMANDS");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const struct cli_command_word *c = &cli_command_words[i];
        (void)fputs(".TP\n", out);
        roff_bold(out, c->word[0] ? c->word : "drtop");
        if (c->verbs[0]) {
            (void)fputc(' ', out);
            roff_bold(out, c->verbs);
        }
        if (c->rest[0]) {
            (void)fputc(' ', out);
            roff_text(out, c->rest);
        }
        (void)fputc('\n', out);
        roff_line(out, c->help);
    }
}

/* "Of frame, themes.", or nothing of an option that all take. */
static void write_takers(FILE *out, unsigned commands)
{
    const unsigned all = (1U << COMMAND_COUNT) - 1;
    const char *between = " Of ";
    for (int i = 0; i < COMMAND_COUNT && commands != all; i++) {
        if (commands & 1U << i) {
            (void)fputs(between, out);
            roff_text(out, i == 0 ? "the dashboard" : cli_command_words[i].word);
            between = ", ";
        }
    }
    (void)fputs(commands == all ? "\n" : ".\n", out);
}

static void write_options(FILE *out)
{
    roff_section(out, "OPTIONS");
    roff_line(out, "They stand before or behind the command.");
    for (size_t i = 0; i < cli_option_words_n; i++) {
        const struct cli_option_word *o = &cli_option_words[i];
        (void)fputs(".TP\n", out);
        if (o->letter) {
            (void)fprintf(out, "\\fB\\-%c\\fR, ", o->letter);
        }
        (void)fputs("\\fB\\-\\-", out);
        roff_text(out, o->name);
        (void)fputs("\\fR", out);
        if (o->value) {
            (void)fputs(" \\fI", out);
            roff_text(out, o->value);
            (void)fputs("\\fR", out);
        }
        (void)fputc('\n', out);
        roff_text(out, o->help);
        (void)fputc('.', out);
        write_takers(out, o->commands);
    }
}

static void write_keys(FILE *out)
{
    roff_section(out, "KEYS");
    roff_line(out, "In the dashboard. ? shows them there as well.");
    glyph_use(GLYPHS_UTF8);
    for (int i = 0; i < keys_n; i++) {
        if (keys[i].label) {
            (void)fputs(".TP\n", out);
            roff_bold(out, key_label(&keys[i]));
            (void)fputc('\n', out);
            roff_line(out, keys[i].help);
        }
    }
}

static void write_status(FILE *out, int number, const char *text)
{
    if (text) {
        (void)fprintf(out, ".TP\n\\fB%d\\fR\n", number);
        roff_line(out, text);
    }
}

static void write_exits(FILE *out)
{
    roff_section(out, "EXIT STATUS");
    for (int i = 0; i < 128; i++) {
        write_status(out, i, exit_text((enum cli_exit)i));
    }
    (void)fputs(".PP\nOf \\fBcheck\\fR, as monitoring plugins have it:\n", out);
    for (int i = 0; i < 4; i++) {
        write_status(out, i, check_text((enum check_exit)i));
    }
}

static void write_entries(FILE *out, const char *section, const struct entry *entry)
{
    roff_section(out, section);
    for (; entry->name; entry++) {
        (void)fputs(".TP\n", out);
        roff_bold(out, entry->name);
        (void)fputc('\n', out);
        roff_line(out, entry->text);
    }
}

void manual_program(FILE *out)
{
    (void)fputs(
        ".\\\" Made from the tables of drtop by drtop-manual.\n.TH DRTOP 1 \"\" \"drtop ", out);
    roff_text(out, cli_version);
    (void)fputs("\" \"User Commands\"\n.nh\n.ad l\n", out);
    roff_section(out, "NAME");
    (void)fputs("drtop \\- a terminal dashboard for a MySQL disaster\\-recovery pair\n", out);
    write_synopsis(out);
    write_description(out);
    write_commands(out);
    write_options(out);
    write_keys(out);
    write_exits(out);
    write_entries(out, "ENVIRONMENT", variables);
    write_entries(out, "FILES", files);
    roff_section(out, "SEE ALSO");
    (void)fputs("\\fBdrtop.json\\fR(5), /usr/share/doc/drtop/README.md\n", out);
}
