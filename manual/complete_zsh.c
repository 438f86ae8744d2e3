#include "manual/complete.h"
#include "manual/manual.h"

#include <string.h>

/* Of _arguments: a bracket or a colon in a description would end it. */
#define SPECIAL ":[]\\"
#define QUOTE   "'\\''"

static void write_action(FILE *out, const struct cli_option_word *o)
{
    if (!o->value) {
        return;
    }
    (void)fprintf(out, ":%s:", o->value);
    if (complete_takes_file(o->value) && !complete_has_values(o)) {
        (void)fputs("_files", out);
        return;
    }
    (void)fputc('(', out);
    complete_values(out, o);
    (void)fputc(')', out);
}

/* '(-c --config)'{-c+,--config=}'[help]:FILE:_files' */
static void write_option(FILE *out, const struct cli_option_word *o)
{
    const char *value = o->value ? "=" : "";
    (void)fputs("      ", out);
    if (o->letter) {
        (void)fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}", o->letter, o->name, o->letter,
                      o->value ? "+" : "", o->name, value);
    } else {
        (void)fprintf(out, "--%s%s", o->name, value);
    }
    (void)fputs("'[", out);
    complete_escaped(out, o->help, QUOTE, SPECIAL);
    (void)fputc(']', out);
    write_action(out, o);
    (void)fputs("' \\\n", out);
}

static void write_options(FILE *out, int command)
{
    for (size_t i = 0; i < cli_option_words_n; i++) {
        if (cli_option_words[i].commands & 1U << command) {
            write_option(out, &cli_option_words[i]);
        }
    }
}

static void write_command(FILE *out, int i)
{
    const struct cli_command_word *c = &cli_command_words[i];
    (void)fprintf(out, "  %s)\n    _arguments -s \\\n", c->word);
    write_options(out, i);
    if (c->verbs[0]) {
        (void)fputs("      '1:verb:(", out);
        complete_verbs(out, c);
        (void)fputs(")'\n", out);
    } else if (complete_takes_file(c->rest)) {
        (void)fputs("      '1:file:_files'\n", out);
    } else {
        (void)fputs("      '*: :()'\n", out);
    }
    (void)fputs("    ;;\n", out);
}

void complete_zsh(FILE *out)
{
    (void)fputs("#compdef drtop\n"
                "# zsh completion of drtop, made by drtop-manual.\n"
                "local context state state_descr line curcontext=$curcontext\n"
                "local -A opt_args\n"
                "local -i found=1\n"
                "local -a commands=(\n",
                out);
    for (int i = 1; i < COMMAND_COUNT; i++) {
        (void)fprintf(out, "  '%s:", cli_command_words[i].word);
        complete_escaped(out, cli_command_words[i].help, QUOTE, SPECIAL);
        (void)fputs("'\n", out);
    }
    (void)fputs(")\n_arguments -C -s \\\n", out);
    write_options(out, COMMAND_DASHBOARD);
    (void)fputs("      '1: :->command' '*:: :->rest' && found=0\n"
                "case $state in\n"
                "command)\n"
                "  _describe command commands && found=0\n"
                "  return found\n"
                "  ;;\n"
                "rest) curcontext=${curcontext%:*}-$words[1]: ;;\n"
                "*) return found ;;\n"
                "esac\n"
                "case $words[1] in\n",
                out);
    for (int i = 1; i < COMMAND_COUNT; i++) {
        write_command(out, i);
    }
    (void)fputs("esac\n", out);
}
