#include "manual/complete.h"
#include "manual/manual.h"

#include <string.h>

#define SPECIAL "\\"
#define QUOTE   "\\'"

/* fish's own __fish_use_subcommand takes the value of an option for the command. */
static void write_functions(FILE *out)
{
    (void)fputs("# fish completion of drtop, made by drtop-manual.\n"
                "function __drtop_words --description 'command and verb on the line'\n"
                "    set -l skip\n"
                "    set -l line (commandline -opc)\n"
                "    for word in $line[2..-1]\n"
                "        if test -n \"$skip\"\n"
                "            set skip\n"
                "            continue\n"
                "        end\n"
                "        switch $word\n"
                "            case",
                out);
    for (size_t i = 0; i < cli_option_words_n; i++) {
        const struct cli_option_word *o = &cli_option_words[i];
        if (o->value) {
            if (o->letter) {
                (void)fprintf(out, " -%c", o->letter);
            }
            (void)fprintf(out, " --%s", o->name);
        }
    }
    (void)fputs("\n                set skip 1\n"
                "            case '-*'\n"
                "            case '*'\n"
                "                echo $word\n"
                "        end\n"
                "    end\n"
                "end\n"
                "function __drtop_is --description 'are these the words on the line?'\n"
                "    set -l words (__drtop_words)\n"
                "    test \"$words\" = \"$argv\"\n"
                "end\n"
                "function __drtop_of --description 'is the command one of these?'\n"
                "    set -l words (__drtop_words)\n"
                "    set -q words[1]; or set words dashboard\n"
                "    contains -- $words[1] $argv\n"
                "end\n"
                "complete -c drtop -f\n",
                out);
}

static void write_command(FILE *out, int i)
{
    const struct cli_command_word *c = &cli_command_words[i];
    (void)fprintf(out, "complete -c drtop -n __drtop_is -a %s -d '", c->word);
    complete_escaped(out, c->help, QUOTE, SPECIAL);
    (void)fputs("'\n", out);
    if (c->verbs[0]) {
        (void)fprintf(out, "complete -c drtop -n '__drtop_is %s' -a '", c->word);
        complete_verbs(out, c);
        (void)fputs("'\n", out);
    } else if (complete_takes_file(c->rest)) {
        (void)fprintf(out, "complete -c drtop -n '__drtop_is %s' -F\n", c->word);
    }
}

static void write_option(FILE *out, const struct cli_option_word *o)
{
    (void)fputs("complete -c drtop -n '__drtop_of", out);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (o->commands & 1U << i) {
            (void)fprintf(out, " %s", i == 0 ? "dashboard" : cli_command_words[i].word);
        }
    }
    (void)fputc('\'', out);
    if (o->letter) {
        (void)fprintf(out, " -s %c", o->letter);
    }
    (void)fprintf(out, " -l %s", o->name);
    if (o->value) {
        (void)fputs(complete_takes_file(o->value) ? " -r -F" : " -x", out);
    }
    if (complete_has_values(o)) {
        (void)fputs(" -a '", out);
        complete_values(out, o);
        (void)fputc('\'', out);
    }
    (void)fputs(" -d '", out);
    complete_escaped(out, o->help, QUOTE, SPECIAL);
    (void)fputs("'\n", out);
}

void complete_fish(FILE *out)
{
    write_functions(out);
    for (int i = 1; i < COMMAND_COUNT; i++) {
        write_command(out, i);
    }
    for (size_t i = 0; i < cli_option_words_n; i++) {
        write_option(out, &cli_option_words[i]);
    }
}
