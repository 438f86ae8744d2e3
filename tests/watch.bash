# shellcheck shell=bash
# drtop-watch for tests in bash, and what its log tells about a stretch of time. Sourced after
# lib.sh.

NOW=   # what drtop-watch sees now, as JSON; beside it .log and .events
MARK=0 # line of the log at which the stretch that is looked at begins

# Columns of the log.
readonly VERDICT=6 CONFIRMED=7

WATCH_IN=() # a command that runs drtop-watch where it has to stand

# drtop-watch on a configuration; ends with this shell, which holds its standard input.
watch_start() { # [--record] CONFIG
    NOW=$TMPDIR/now.json
    rm -f "$NOW" "$NOW.log" "$NOW.events"
    exec {hold}> >(exec "${WATCH_IN[@]}" "$BUILD_DIR/tests/drtop-watch" "$@" "$NOW")
    watch=$!
    await 10 test -s "$NOW"
}

watch_kill() {
    kill -KILL "$watch"
    exec {hold}>&-
}

watch_stop() {
    exec {hold}>&-
}

seen() { # PATH
    json "$1" "$NOW"
}

seen_is() { # PATH VALUE
    [[ $(seen "$1") == "$2" ]]
}

seen_has() { # PATH PART
    [[ $(seen "$1") == *"$2"* ]]
}

# --- a stretch of the log

mark() {
    MARK=$(wc -l <"$NOW.log")
}

marked_lines() {
    tail -n +$((MARK + 1)) "$NOW.log"
}

# Does the log really tell about that long since the mark, without a gap?
assert_covers() { # SECONDS
    marked_lines | awk -v want_ms="${1}000" '
        NR == 1 { first = $1; before = $1 }
        $1 - before > 2000 { gap = 1; exit }
        { before = $1 }
        END { exit gap || !(NR > 1 && before - first >= want_ms) }' ||
        fail "the log does not cover $1 s without a gap"
}

covers() { # SECONDS: for await
    marked_lines | awk -v want_ms="${1}000" '
        NR == 1 { first = $1 }
        END { exit !(NR > 1 && $1 - first >= want_ms) }'
}

# Every verdict that was confirmed since the mark, in order of appearance.
confirmed_verdicts() {
    marked_lines | awk -v v="$VERDICT" -v c="$CONFIRMED" \
        '$c == 1 && !($v in had) { had[$v] = 1; print $v }' | paste -sd ' '
}

# Every verdict since the mark, suspected ones too.
suspected_verdicts() {
    marked_lines | awk -v v="$VERDICT" '!($v in had) { had[$v] = 1; print $v }' | paste -sd ' '
}
