#include "manual/complete.h"
#include "manual/manual.h"

#include <string.h>

/* bash breaks words at "=" as well: "--format=md" arrives as three. */
static const char HEAD[] =
    "# bash completion of drtop, made by drtop-manual.\n"
    "_drtop() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before='' command='' verb='' skip='' i\n"
    "    [[ $word != = ]] || word=''\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        [[ ${COMP_WORDS[i]} != = ]] || continue\n"
    "        before=${COMP_WORDS[i]}\n"
    "        if [[ $skip ]]; then\n"
    "            skip=''\n"
    "            before=''\n"
    "            continue\n"
    "        fi\n"
    "        case $before in\n";

static const char AFTER_SKIP[] =
    "        -*) ;;\n"
    "        *) if [[ $command ]]; then verb=$before; else command=$before; fi ;;\n"
    "        esac\n"
    "    done\n"
    "    COMPREPLY=()\n"
    "    [[ $skip ]] || before=''\n"
    "    case $before in\n";

/* bash completes files itself, and better, where nothing else is offered. */
static const char FILES[] = "compopt -o default";

static void write_pattern(FILE *out, const struct cli_option_word *o)
{
    if (o->letter) {
        (void)fprintf(out, "-%c | ", o->letter);
    }
    (void)fprintf(out, "--%s)", o->name);
}

static void write_skips(FILE *out)
{
    for (size_t i = 0; i < cli_option_words_n; i++) {
        if (cli_option_words[i].value) {
            (void)fputs("        ", out);
            write_pattern(out, &cli_option_words[i]);
            (void)fputs(" skip=1 ;;\n", out);
        }
    }
}

static void write_values(FILE *out)
{
    for (size_t i = 0; i < cli_option_words_n; i++) {
        const struct cli_option_word *o = &cli_option_words[i];
        if (!o->value) {
            continue;
        }
        (void)fputs("    ", out);
        write_pattern(out, o);
        if (complete_has_values(o)) {
            (void)fputs(" _drtop_words \"$word\" '", out);
            complete_values(out, o);
            (void)fputs("';", out);
        }
        (void)fprintf(out, " %s ;;\n", complete_takes_file(o->value) ? FILES : ":");
    }
}

static void write_options(FILE *out, int command)
{
    const char *between = "";
    for (size_t i = 0; i < cli_option_words_n; i++) {
        const struct cli_option_word *o = &cli_option_words[i];
        if (o->commands & 1U << command) {
            if (o->letter) {
                (void)fprintf(out, "%s-%c", between, o->letter);
                between = " ";
            }
            (void)fprintf(out, "%s--%s", between, o->name);
            between = " ";
        }
    }
}

static void write_command(FILE *out, int i)
{
    const struct cli_command_word *c = &cli_command_words[i];
    (void)fprintf(out, "    '%s:-'*) _drtop_words \"$word\" '", c->word);
    write_options(out, i);
    (void)fputs("' ;;\n", out);
    if (i == 0) {
        (void)fputs("    ':'*) _drtop_words \"$word\" '", out);
        for (int k = 1; k < COMMAND_COUNT; k++) {
            (void)fprintf(out, "%s%s", k == 1 ? "" : " ", cli_command_words[k].word);
        }
        (void)fputs("' ;;\n", out);
    } else if (c->verbs[0]) {
        (void)fprintf(out, "    '%s:'*) [[ $verb ]] || _drtop_words \"$word\" '", c->word);
        complete_verbs(out, c);
        (void)fputs("' ;;\n", out);
    } else if (complete_takes_file(c->rest)) {
        (void)fprintf(out, "    '%s:'*) %s ;;\n", c->word, FILES);
    }
}

void complete_bash(FILE *out)
{
    (void)fputs(HEAD, out);
    write_skips(out);
    (void)fputs(AFTER_SKIP, out);
    write_values(out);
    (void)fputs("    esac\n"
                "    [[ -z $before ]] || return 0\n"
                "    case $command:$word in\n",
                out);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        write_command(out, i);
    }
    (void)fputs("    esac\n"
                "    return 0\n"
                "}\n"
                "_drtop_words() { # WORD LIST\n"
                "    mapfile -t COMPREPLY < <(compgen -W \"$2\" -- \"$1\")\n"
                "}\n"
                "_drtop_files() { # WORD\n"
                "    compopt -o filenames 2>/dev/null\n"
                "    mapfile -t COMPREPLY < <(compgen -f -- \"$1\")\n"
                "}\n"
                "complete -F _drtop drtop\n",
                out);
}
