#!/bin/bash
# The manual pages and completions that the build made: man and the shells find nothing wrong with
# them, what the program reads from the environment is in the page, and words are completed.
# test-limit: 60
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

manual=$BUILD_DIR/manual

# What man finds wrong with a page.
warnings_of() { # FILE
    { MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$1" >/dev/null; } 2>&1
}

check_pages() {
    local page
    for page in drtop.1 drtop.json.5; do
        [[ -s $manual/$page ]] || fail "no $page"
        assert_equal "" "$(warnings_of "$manual/$page")" "warnings of $page"
    done
    # The check can fail.
    sed 's/^\.TP$/.TQP/' "$manual/drtop.1" >"$TMPDIR/wrong.1"
    [[ -n $(warnings_of "$TMPDIR/wrong.1") ]] || fail "a wrong macro passes"
}

# Every variable that the program asks for is in drtop(1).
check_environment() {
    local page variable asked
    page=$(MANWIDTH=80 man -l "$manual/drtop.1" 2>/dev/null)
    asked=$(cd "$SOURCE_DIR" && grep -rhoE \
        'getenv\("[A-Z_]+"|"(AWS|AZURE|IDENTITY)_[A-Z0-9_]+"' backend tui cli |
        sed -E 's/^getenv\("?//; s/"//g' | sort -u)
    (($(wc -l <<<"$asked") > 20)) || fail "too few variables found: $asked"
    for variable in $asked; do
        assert_contains "$page" "$variable"
    done
}

# complete WORD...: what bash offers for the last word; "FILES" where it is left to bash itself.
complete_in_bash() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    bash --norc -c '
        . "$1"
        shift
        compopt() { offered=FILES; }
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) offered=
        _drtop
        printf "%s\n" "${COMPREPLY[@]}" $offered' bash "$manual/drtop.bash" "$@" | sort | xargs
}

check_bash() {
    local word words
    assert_equal "" "$(shellcheck -s bash "$manual/drtop.bash")" "shellcheck of drtop.bash"
    assert_equal "complete -F _drtop drtop" \
        "$(bash --norc -c '. "$1"; complete -p drtop' bash "$manual/drtop.bash")"
    assert_equal status "$(complete_in_bash drtop st)"
    assert_equal "--json" "$(complete_in_bash drtop status --js)"
    assert_equal "" "$(complete_in_bash drtop status --ascii-no)"
    assert_equal "" "$(complete_in_bash drtop check --js)"
    assert_equal "json md" "$(complete_in_bash drtop report --format '')"
    assert_equal json "$(complete_in_bash drtop report --format = j)"
    assert_equal "FILES night" "$(complete_in_bash drtop --theme nig)"
    assert_equal FILES "$(complete_in_bash drtop --config '')"
    assert_equal "" "$(complete_in_bash drtop frame --size '')"
    assert_contains " $(complete_in_bash drtop -c status config '') " " dump "
    assert_equal "" "$(complete_in_bash drtop config check '')"
    # Each command of the help text, with each of its options.
    words=$("$DRTOP" --help | sed -nE 's/^ +drtop ([a-z]+).*/\1/p' | sort -u)
    (($(wc -l <<<"$words") > 5)) || fail "no commands in the help text"
    for word in $words; do
        assert_equal "$word" "$(complete_in_bash drtop "$word")"
        assert_contains " $(complete_in_bash drtop "$word" -) " " --config "
    done
}

check_zsh() {
    assert_status 0 zsh -f -n "$manual/_drtop"
    assert_equal "#compdef drtop" "$(head -n 1 "$manual/_drtop")"
}

complete_in_fish() { # LINE
    fish --no-config -c "source '$manual/drtop.fish'; complete -C '$1'" | cut -f 1 | sort | xargs
}

check_fish() {
    assert_status 0 fish --no-config -n "$manual/drtop.fish"
    assert_equal status "$(complete_in_fish 'drtop st')"
    assert_equal --json "$(complete_in_fish 'drtop status --js')"
    assert_equal "" "$(complete_in_fish 'drtop check --js')"
    assert_equal "json md" "$(complete_in_fish 'drtop report --format ')"
    assert_contains " $(complete_in_fish 'drtop -c status config ') " " dump "
}

check_pages
check_environment
check_bash
check_zsh
check_fish
