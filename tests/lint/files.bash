# shellcheck shell=bash
# What the lints share. Sourced; leaves the shell at the root of the tree.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

# The files of the tree that match the git pathspecs: tracked ones, and new ones not ignored.
tree_files() {
    local file
    git ls-files --cached --others --exclude-standard -- "$@" | sort -u | while read -r file; do
        [ ! -f "$file" ] || echo "$file"
    done
}

# Exits 1 with a heading if stdin has lines.
refuse_lines() { # WHAT
    local lines
    lines=$(cat)
    [ -n "$lines" ] || return 0
    printf '%s:\n%s\n' "$1" "$lines"
    exit 1
}
