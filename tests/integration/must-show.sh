#!/bin/bash
# The promises of the dashboard, with the very commands that an operator types.
# test-limit: 180
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# As lab/run and build/, but of this test.
export DRTOP_LAB_DIR=$TMPDIR/lab DRTOP_BUILD=$BUILD_DIR
lab=$SOURCE_DIR/lab
CONFIG=$DRTOP_LAB_DIR/drtop.json

trap 'status=$?; "$lab/down" >/dev/null 2>&1; exit "$status"' EXIT

status() { # PATH
    "$DRTOP" --config "$CONFIG" status --json | json "$1"
}

# The dashboard in a terminal, on the steps of eye-shoot.
screen() { # STEP...
    "$BUILD_DIR/tests/eye-shoot" --size 120x36 --limit 20 "$@" \
        -- "$DRTOP" --config "$CONFIG" || fail "the screen does not show it"
}

# A step that notes the time, and the milliseconds between two notes.
note() { # NAME
    printf 'date +%%s%%3N >%q' "$TMPDIR/note.$1"
}

between() { # NAME NAME
    echo $(($(cat "$TMPDIR/note.$2") - $(cat "$TMPDIR/note.$1")))
}

up() {
    "$lab/up" || fail "lab/up"
    "$lab/up" >/dev/null || fail "lab/up, a second time"
}

status_prints_all() {
    local path
    "$DRTOP" --config "$CONFIG" status --json >"$TMPDIR/status.json" || fail "status"
    for path in primary replica not_received_bytes not_applied_bytes lag_seconds age_seconds \
        primary.age_seconds replica.age_seconds primary.written.position \
        replica.received.position replica.applied.position status sentence; do
        json "$path" "$TMPDIR/status.json" >/dev/null || fail "no $path in status --json"
    done
    assert_between 0 1e9 "$(json not_received_bytes "$TMPDIR/status.json")" not_received_bytes
    assert_between 0 1 "$(json lag_seconds "$TMPDIR/status.json")" lag_seconds
}

frame_shows_all() {
    local picture part
    picture=$("$DRTOP" --config "$CONFIG" frame --size 80x24)
    assert_equal 24 "$(wc -l <<<"$picture")" "lines of the frame"
    for part in gitea-lab "NORMAL" "1 Tunnel" "2 Binlog" "3 Lag" "4 Alerts" "RPO" "RTO" \
        "primary" "received" "applied" "not received" "not applied" "? help" "q quit"; do
        assert_contains "$picture" "$part"
    done
    assert_lacks "$picture" "unknown"
}

# On the screen and in the JSON within three seconds, and growing.
receiver_stop() {
    local first
    screen --wait NORMAL --run "$lab/break receiver-stop; $(note broken)" \
        --wait "receiver stopped" --run "$(note seen)"
    assert_between 0 3000 "$(between broken seen)" "milliseconds until it was seen"
    first=$(status not_received_bytes)
    assert_between 1 1e9 "$first" not_received_bytes
    assert_between 0.001 60 "$(status lag_seconds)" lag_seconds
    await 3 more_than "$first" not_received_bytes
    "$lab/heal" || fail "lab/heal"
}

more_than() { # NUMBER PATH
    awk -v low="$1" -v now="$(status "$2")" 'BEGIN { exit !(now != "null" && now > low) }'
}

# The Binlog pane is stale, and the keys answer all the same.
primary_hang() {
    screen --wait NORMAL --run "$lab/break primary-hang" --wait "primary STALE" \
        --run "$(note stale)" \
        --key "?" --wait "this help" --key Escape --gone "this help" \
        --key 2 --key z --gone "1 Tunnel" --key z --wait "1 Tunnel" \
        --key T --wait "theme: " --key Space --wait "PAUSED" --key Escape --gone "PAUSED" \
        --run "$(note answered)" --wait "primary STALE"
    assert_between 0 2000 "$(between stale answered)" "milliseconds for nine keys"
    "$lab/heal" || fail "lab/heal"
}

# It rises to 5 s within 0.3 s, as the screen shows it, and falls again.
lag_5() {
    screen --wait NORMAL --run "$lab/break lag 5" --wait " 5.0 s " \
        --run "$lab/heal" --wait " 0.00 s " --wait NORMAL
}

down() {
    "$lab/down" || fail "lab/down"
    "$lab/down" >/dev/null || fail "lab/down, a second time"
    [[ ! -e $DRTOP_LAB_DIR ]] || fail "lab/down leaves files"
    ! pgrep -f -- "$DRTOP_LAB_DIR" >/dev/null || fail "lab/down leaves processes"
}

for step in up status_prints_all frame_shows_all receiver_stop primary_hang lag_5 down; do
    began=$EPOCHREALTIME
    $step
    printf '%s %d ms\n' "$step" $(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
done
