#!/bin/bash
# No function has more than 70 lines, no C file of the product more than 500. As the formatter lays
# code out, a function ends with a brace in the first column and begins after a blank line, a
# comment or another one's end.
set -eu -o pipefail
. "$(dirname "$0")/files.bash"

lengths() { # FILE
    awk -v file="$1" '
        FNR == 1 { start = 1 }
        /^}$/ {
            if (body && FNR - start + 1 > 70)
                print file ":" start ": a function of " FNR - start + 1 " lines"
            start = FNR + 1
            body = 0
            next
        }
        body { next }
        /^\{/ || /^[a-z].*\) *\{$/ { body = 1; next }
        /^$/ || /^#/ || /;$/ || /\*\/$/ || /^\/\// { start = FNR + 1 }
        END { if (file !~ /^tests\// && FNR > 500) print file ": " FNR " lines" }' "$1"
}

tree_files 'backend/*.[ch]' 'tui/*.[ch]' 'cli/*.[ch]' 'lab/*.[ch]' 'manual/*.[ch]' \
    'tests/*.[ch]' |
    while read -r file; do lengths "$file"; done | refuse_lines "too long"
