/* The command line, parsed. cli/options.def is its table. Main thread. */
#ifndef DRTOP_CLI_OPTIONS_H
#define DRTOP_CLI_OPTIONS_H

#include "backend/net/alias.h"

#include <stdbool.h>
#include <stddef.h>

enum cli_command {
#define COMMAND(id, word, verbs, rest, help) COMMAND_##id,
#define OPTION(...)
#include "cli/options.def"
#undef COMMAND
#undef OPTION
    COMMAND_COUNT,
};

struct cli_options {
    enum cli_command command;
    const char *verb;   /* "check" of `config check`, or NULL */
    const char *file;   /* replay: the recording, or NULL */
    const char *config; /* --config, or NULL */
    const char *theme;  /* --theme, or NULL */
    bool ascii, utf8, mono, json, online;
    bool read_only; /* --read-only, --wall */
    bool wall, share;
    int frame_w, frame_h;        /* --size, or 0 */
    int timeout_s;               /* --timeout, or 0 */
    int speed;                   /* --speed, or 0 */
    struct alias_table *aliases; /* with --share, of main; else NULL */
    const char *out;             /* --out, or NULL */
    const char *since;           /* --since, or NULL */
    const char *incident;        /* --incident, or NULL: the newest */
    const char *format;          /* --format md, json or recording, or NULL */
};

struct cli_command_word {
    const char *word, *verbs, *rest, *help;
};
struct cli_option_word {
    char letter; /* 0: none */
    const char *name;
    const char *value; /* NULL: takes none */
    unsigned commands; /* bits 1 << enum cli_command */
    const char *help;
};
extern const struct cli_command_word cli_command_words[COMMAND_COUNT];
extern const struct cli_option_word cli_option_words[];
extern const size_t cli_option_words_n;

#define CLI_GO_ON (-1)

/* Reads argv. Returns CLI_GO_ON, or the exit status after printing help, version or what is wrong. */
int cli_parse(int argc, char **argv, struct cli_options *out);

#endif
