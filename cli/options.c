#include "cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mysql/db_source.h"
#include "cli/cli.h"

enum {
    ALL = (1 << COMMAND_COUNT) - 1,
#define COMMAND(id, word, verbs, rest, help) id = 1 << COMMAND_##id,
#define OPTION(...)
#include "cli/options.def"
#undef COMMAND
#undef OPTION
};

enum option_id {
#define COMMAND(...)
#define OPTION(id, letter, name, value, commands, help) OPTION_##id,
#include "cli/options.def"
#undef COMMAND
#undef OPTION
    OPTION_COUNT,
};

const struct cli_command_word cli_command_words[COMMAND_COUNT] = {
#define COMMAND(id, word, verbs, rest, help) {word, verbs, rest, help},
#define OPTION(...)
#include "cli/options.def"
#undef COMMAND
#undef OPTION
};

const struct cli_option_word cli_option_words[] = {
#define COMMAND(...)
#define OPTION(id, letter, name, value, commands, help) {letter, name, value, commands, help},
#include "cli/options.def"
#undef COMMAND
#undef OPTION
};
const size_t cli_option_words_n = OPTION_COUNT;

#define HELP_AT 22 /* column of the help texts */

/* Text in columns HELP_AT to 79, wrapped at blanks. */
static void print_help_text(const char *text)
{
    const size_t room = 79 - HELP_AT;
    while (strlen(text) > room) {
        size_t n = room;
        while (n > 1 && text[n] != ' ') {
            n--;
        }
        (void)printf("%.*s\n%*s", (int)n, text, HELP_AT, "");
        text += n + 1;
    }
    (void)printf("%s\n", text);
}

static void print_command(enum cli_command id)
{
    const struct cli_command_word *c = &cli_command_words[id];
    char line[80];
    int n = snprintf(line, sizeof line, "%s drtop%s%s%s%s%s%s", id == 0 ? "usage:" : "      ",
                     c->word[0] ? " " : " [options]", c->word, c->verbs[0] ? " " : "", c->verbs,
                     c->rest[0] ? " " : "", c->rest);
    if (n >= 40) {
        (void)printf("%s\n%*s", line, 41, "");
    } else {
        (void)printf("%-41s", line);
    }
    (void)printf("%s\n", c->help);
}

/* " (frame, themes)", or nothing of one that all take. */
static void add_commands(char *out, size_t out_size, unsigned commands)
{
    size_t n = strlen(out), begun = n;
    for (int i = 0; i < COMMAND_COUNT && commands != ALL; i++) {
        const char *word = i == COMMAND_DASHBOARD ? "dashboard" : cli_command_words[i].word;
        if (commands & 1U << i && n < out_size) {
            (void)snprintf(out + n, out_size - n, "%s%s", n > begun ? ", " : " (", word);
            n = strlen(out);
        }
    }
    if (commands != ALL && n < out_size) {
        (void)snprintf(out + n, out_size - n, ")");
    }
}

static void print_option(const struct cli_option_word *o)
{
    char line[48], help[256], letter[8] = "    ";
    if (o->letter) {
        (void)snprintf(letter, sizeof letter, "-%c, ", o->letter);
    }
    int n = snprintf(line, sizeof line, "  %s--%s%s%s", letter, o->name, o->value ? " " : "",
                     o->value ? o->value : "");
    (void)printf("%-*s", HELP_AT, line);
    if (n >= HELP_AT) {
        (void)printf("\n%*s", HELP_AT, "");
    }
    (void)snprintf(help, sizeof help, "%s", o->help);
    add_commands(help, sizeof help, o->commands);
    print_help_text(help);
}

static void print_usage(void)
{
    (void)printf("drtop %s - a terminal dashboard for a MySQL disaster-recovery pair\n\n",
                 cli_version);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        print_command((enum cli_command)i);
    }
    (void)fputc('\n', stdout);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        print_option(&cli_option_words[i]);
    }
    (void)fputs(
        "\nIn the dashboard `?` shows the keys and `q` leaves.\n"
        "Exit status: 0 well, 64 usage, 66 no such incident or recording, 69 no terminal "
        "or no\nanswer, 73 no file was written, 78 configuration; of check: 0 OK, 1 WARNING,\n"
        "2 CRITICAL, 3 UNKNOWN.\n",
        stdout);
}

static int usage_error(const char *what, const char *value)
{
    cli_complain("drtop: %s%s (try `drtop --help`)", what, value ? value : "");
    return CLI_USAGE;
}

static bool parse_number(const char *text, int min, int max, int *out)
{
    char *end;
    long v = strtol(text, &end, 10);
    if (end == text || *end || v < min || v > max) {
        return false;
    }
    *out = (int)v;
    return true;
}

static bool parse_size(const char *text, int *out_w, int *out_h)
{
    char *end;
    long w = strtol(text, &end, 10);
    if (end == text || (*end != 'x' && *end != 'X')) {
        return false;
    }
    int h;
    if (w < 1 || w > 1000 || !parse_number(end + 1, 1, 1000, &h)) {
        return false;
    }
    *out_w = (int)w;
    *out_h = h;
    return true;
}

static int version(void)
{
    (void)printf("drtop %s\ndatabase client: %s\n", cli_version, db_library_version());
    return CLI_OK;
}

/* Those with a value that may be wrong. */
static int take_checked(enum option_id id, const char *value, struct cli_options *o)
{
    switch (id) {
    case OPTION_SIZE:
        return parse_size(value, &o->frame_w, &o->frame_h)
                   ? CLI_GO_ON
                   : usage_error("--size takes COLUMNSxROWS, 1x1 to 1000x1000, not ", value);
    case OPTION_TIMEOUT:
        return parse_number(value, 1, 600, &o->timeout_s)
                   ? CLI_GO_ON
                   : usage_error("--timeout takes 1 to 600 seconds, not ", value);
    case OPTION_SPEED:
        return parse_number(value, 1, 60, &o->speed)
                   ? CLI_GO_ON
                   : usage_error("--speed takes 1 to 60, not ", value);
    case OPTION_FORMAT:
        o->format = value;
        return strcmp(value, "md") == 0 || strcmp(value, "json") == 0 ||
                       strcmp(value, "recording") == 0
                   ? CLI_GO_ON
                   : usage_error("--format takes md, json or recording, not ", value);
    default:
        return CLI_GO_ON;
    }
}

static void take_text(enum option_id id, const char *value, struct cli_options *o)
{
    const char **texts[OPTION_COUNT] = {[OPTION_CONFIG] = &o->config,
                                        [OPTION_THEME] = &o->theme,
                                        [OPTION_OUT] = &o->out,
                                        [OPTION_SINCE] = &o->since,
                                        [OPTION_INCIDENT] = &o->incident};
    if (texts[id]) {
        *texts[id] = value;
    }
}

static void take_flag(enum option_id id, struct cli_options *o)
{
    bool *flags[OPTION_COUNT] = {[OPTION_ASCII] = &o->ascii, [OPTION_UTF8] = &o->utf8,
                                 [OPTION_MONO] = &o->mono,   [OPTION_WALL] = &o->wall,
                                 [OPTION_SHARE] = &o->share, [OPTION_READ_ONLY] = &o->read_only,
                                 [OPTION_JSON] = &o->json,   [OPTION_ONLINE] = &o->online};
    if (flags[id]) {
        *flags[id] = true;
    }
}

static int take(enum option_id id, const char *value, struct cli_options *o, unsigned *given)
{
    if (id == OPTION_HELP) {
        print_usage();
        return CLI_OK;
    }
    if (id == OPTION_VERSION) {
        return version();
    }
    *given |= 1U << id;
    take_flag(id, o);
    take_text(id, value, o);
    return take_checked(id, value, o);
}

/* Reads options up to the first word that is none. Returns CLI_GO_ON, or the exit status. */
static int parse_options(int argc, char **argv, struct cli_options *o, unsigned *given)
{
    struct option list[OPTION_COUNT + 1] = {0};
    char letters[2 * OPTION_COUNT + 2] = "+";
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct cli_option_word *w = &cli_option_words[i];
        list[i] = (struct option){w->name, w->value ? required_argument : no_argument, NULL,
                                  w->letter ? w->letter : 256 + i};
        if (w->letter) {
            size_t n = strlen(letters);
            (void)snprintf(letters + n, sizeof letters - n, "%c%s", w->letter,
                           w->value ? ":" : "");
        }
    }
    int c, index;
    while ((c = getopt_long(argc, argv, letters, list, NULL)) != -1) {
        if (c == '?') {
            return CLI_USAGE;
        }
        index = c - 256;
        for (int i = 0; i < OPTION_COUNT && c < 256; i++) {
            index = cli_option_words[i].letter == c ? i : index;
        }
        int status = take((enum option_id)index, optarg, o, given);
        if (status != CLI_GO_ON) {
            return status;
        }
    }
    return CLI_GO_ON;
}

/* Is word one of "init|check|dump"? */
static bool is_verb(const char *verbs, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = verbs; len > 0 && *at; at += strcspn(at, "|"), at += *at == '|') {
        if (strcspn(at, "|") == len && strncmp(at, word, len) == 0) {
            return true;
        }
    }
    return false;
}

/* The command, and the verb that some need; argv[optind] is the first of them. */
static int parse_command(char **argv, struct cli_options *o)
{
    const char *word = argv[optind++];
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const struct cli_command_word *c = &cli_command_words[i];
        if (!c->word[0] || strcmp(c->word, word) != 0) {
            continue;
        }
        o->command = (enum cli_command)i;
        if (!c->verbs[0]) {
            return CLI_GO_ON;
        }
        o->verb = argv[optind] ? argv[optind++] : "";
        if (is_verb(c->verbs, o->verb)) {
            return CLI_GO_ON;
        }
        char why[96];
        (void)snprintf(why, sizeof why, "%s needs a verb, %s, not ", c->word, c->verbs);
        return usage_error(why, o->verb[0] ? o->verb : "nothing");
    }
    return usage_error("unknown command: ", word);
}

static int check_together(struct cli_options *o, unsigned given)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        bool takes = cli_option_words[i].commands & 1U << o->command;
        if (given & 1U << i && !takes) {
            char why[96];
            (void)snprintf(why, sizeof why, "%s%s takes no --",
                           o->command == COMMAND_DASHBOARD ? "the dashboard" : "",
                           cli_command_words[o->command].word);
            return usage_error(why, cli_option_words[i].name);
        }
    }
    if (o->command == COMMAND_FRAME && !o->frame_w) {
        return usage_error("frame needs --size, as in --size 80x24", NULL);
    }
    bool recording = o->format && strcmp(o->format, "recording") == 0;
    if (o->command == COMMAND_REPORT && recording != (o->out != NULL)) {
        return usage_error("report writes to --out FILE with --format recording alone", NULL);
    }
    o->read_only = o->read_only || o->wall;
    return CLI_GO_ON;
}

int cli_parse(int argc, char **argv, struct cli_options *out)
{
    unsigned given = 0;
    *out = (struct cli_options){.command = COMMAND_DASHBOARD};
    int status = parse_options(argc, argv, out, &given);
    if (status == CLI_GO_ON && optind < argc) {
        status = parse_command(argv, out);
        status = status == CLI_GO_ON ? parse_options(argc, argv, out, &given) : status;
    }
    if (status == CLI_GO_ON && optind < argc && out->command == COMMAND_REPLAY) {
        out->file = argv[optind++];
        status = parse_options(argc, argv, out, &given);
    }
    if (status == CLI_GO_ON && optind < argc) {
        status = usage_error("unexpected argument: ", argv[optind]);
    }
    return status == CLI_GO_ON ? check_together(out, given) : status;
}
