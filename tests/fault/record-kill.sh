#!/bin/bash
# kill -9 at random moments while alerts open and close: after each, the history opens and is whole,
# and every transition that was shown is in it, once. test-limit: 300
# shellcheck source=tests/lib.sh
. "$SOURCE_DIR/tests/lib.sh"

rounds=${RECORD_KILL_ROUNDS:-200}
seed=${RECORD_KILL_SEED:-$RANDOM}
store=$TMPDIR/flapper.db shown=$TMPDIR/shown.csv
: >"$shown"
RANDOM=$seed

# What is wrong with the store, a line each; what was shown is compared from line $1 on.
check() {
    tail -n "+$1" "$shown" >"$TMPDIR/new.csv"
    sqlite3 "$store" "CREATE TEMP TABLE shown (what, id INTEGER, kind, subject INTEGER, at INTEGER)" \
        ".import --csv '$TMPDIR/new.csv' shown" \
        "SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'" \
        "SELECT 'shown, but lost or changed', s.* FROM shown s WHERE (SELECT count(*) FROM event e
             JOIN alert a ON a.id = e.alert WHERE a.id = s.id AND a.kind = s.kind
             AND a.subject = s.subject AND e.kind = s.what AND e.at_ms = s.at) <> 1" \
        "SELECT 'opened twice', a.id, b.id FROM alert a JOIN alert b ON a.kind = b.kind
             AND a.subject = b.subject AND a.id < b.id
             AND (a.closed_ms = 0 OR b.opened_ms < a.closed_ms)
             AND (b.closed_ms = 0 OR a.opened_ms < b.closed_ms)" \
        "SELECT 'closed without an event', id FROM alert WHERE state = 'closed' AND NOT EXISTS
             (SELECT 1 FROM event WHERE alert = alert.id AND kind = 'closed')" 2>&1
}

start=$SECONDS from=1
for ((round = 1; round <= rounds; round++)); do
    # Each runs 4 s further ahead than the one before: what that left of its lease has run out.
    "$BUILD_DIR/tests/drtop-flapper" "$TMPDIR" $((seed + round)) $((round * 4000)) >>"$shown" &
    pid=$!
    sleep "$(printf '0.%03d' $((50 + RANDOM % 450)))" # a moment that nothing announces
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null
    # Every other time the next flapper itself finds what the kill has left.
    if ((round % 2 == 0)); then
        wrong=$(check "$from")
        [ -z "$wrong" ] || fail "round $round, seed $seed: $wrong"
        from=$(($(wc -l <"$shown") + 1))
    fi
done
wrong=$(check 1)
[ -z "$wrong" ] || fail "in the end, seed $seed: $wrong"

lines=$(wc -l <"$shown")
alerts=$(sqlite3 "$store" "SELECT count(*) FROM alert")
echo "$rounds kills in $((SECONDS - start)) s: $lines lines shown, $alerts alerts"
[ "$alerts" -gt "$rounds" ] || fail "only $alerts alerts in $rounds rounds: nothing was tried"
