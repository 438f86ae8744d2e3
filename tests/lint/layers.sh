#!/bin/bash
# Includes run one way, cli -> tui -> backend; curses belongs to tui/term.c,
# tui/term_input.c and tui/term_kind.c alone, the databases and libcurl to the backend; and the backend never prints.
set -eu -o pipefail
. "$(dirname "$0")/files.bash"

# Prints each include in the files that match a pattern.
includes() { # PATTERN FILE...
    local pattern=$1
    shift
    [ $# -gt 0 ] || return 0
    grep -HnE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($pattern)" "$@" || true
}

mapfile -t backend < <(tree_files 'backend/*.[ch]')
mapfile -t tui < <(tree_files 'tui/*.[ch]')
mapfile -t cli < <(tree_files 'cli/*.[ch]')
mapfile -t no_term < <(tree_files 'tui/*.[ch]' 'cli/*.[ch]' 'backend/*.[ch]' | grep -vxE 'tui/term(_input|_kind)?\.c')
curses='n?cursesw?/|n?curses\.h|term\.h|panel\.h|menu\.h|form\.h'
clients='mysql|mariadb|curl/|sqlite3|expat'

{
    includes '(tui|cli|lab|manual|tests)/' "${backend[@]}"
    includes "(cli|lab|manual|tests)/|$clients" "${tui[@]}"
    includes "(lab|manual|tests)/|$clients" "${cli[@]}"
    includes "$curses" "${no_term[@]}"
    grep -HnE '(^|[^[:alnum:]_])(printf|puts|perror|putchar)[[:space:]]*\(|\bstd(err|out)\b' \
        "${backend[@]}" | grep -v 'format(printf' || true
} | refuse_lines "against the direction of the house"
