#!/bin/bash
# Calls that the style guide forbids, looked for outside of strings and comment lines.
set -eu -o pipefail
. "$(dirname "$0")/files.bash"

calls='sprintf|vsprintf|strcpy|strcat|strncpy|atoi|atol|atof|gets|alloca|strtok|localtime|gmtime'
calls+='|system|popen|sleep|usleep|signal|pthread_cancel|pthread_detach|asctime|ctime|tmpnam'
pattern="(^|[^[:alnum:]_])($calls)[[:space:]]*\\("

tree_files 'backend/*.[ch]' 'tui/*.[ch]' 'cli/*.[ch]' 'lab/*.[ch]' 'manual/*.[ch]' \
    'tests/*.[ch]' |
    while read -r file; do
        sed -E 's/"([^"\\]|\\.)*"/""/g; s#//.*##; s#/\*.*\*/##; s#^[[:space:]]*(/\*|\* ).*##' "$file" |
            { grep -nE "$pattern" || true; } | sed "s|^|$file:|"
    done | refuse_lines "banned calls"
