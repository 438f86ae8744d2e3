#!/bin/bash
# `drtop check` as a monitoring system calls it: one line on stdout, what it means as its status.
# test-limit: 120
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

readonly OK=0 WARNING=1 CRITICAL=2 UNKNOWN=3

# One line, no newline or second pipe in it, perfdata of the plugins' grammar.
well_formed() { # LINE
    local part data word
    assert_equal 1 "$(wc -l <<<"$1")" "lines of: $1"
    part=${1%%|*}
    data=${1#"$part"}
    [[ $part =~ ^DRTOP\ (OK|WARNING|CRITICAL|UNKNOWN)\ -\ . ]] || fail "not a plugin's line: $1"
    for word in ${data#|}; do
        [[ $word =~ ^[a-z_]+=[0-9]+(\.[0-9]+)?(s|ms|B)\;[0-9.]*\;[0-9.]*\;0$ ]] ||
            fail "not perfdata: $word"
    done
}

# Sets line to what the plugin says; what it complains of goes elsewhere.
check() { # STATUS [OPTION]...
    local expected=$1 status=0
    shift
    line=$("$DRTOP" --config "$CONFIG" check "$@" 2>"$TMPDIR/complaints") || status=$?
    [[ $status == "$expected" ]] || fail "status $status, expected $expected: $line"
    [[ ! -s $TMPDIR/complaints ]] || fail "on stderr: $(<"$TMPDIR/complaints")"
    well_formed "$line"
    printf 'ok: %s\n' "$line"
}

without_a_pair() {
    CONFIG=$TMPDIR/wrong.json
    check "$UNKNOWN"
    assert_contains "$line" "$CONFIG: No such file"
    printf '{ "group": "a|b\\u0041", "gruop": 1 }' >"$CONFIG"
    check "$UNKNOWN"
    assert_contains "$line" "$CONFIG:1:"
    printf '{ "group": "g", "primary": { "mysql": { "host": "127.0.0.1", "port": 1, "user": "u" } },
        "dr": { "mysql": { "host": "127.0.0.1", "port": 2, "user": "u" } } }' >"$CONFIG"
    check "$CRITICAL"
    assert_contains "$line" "DR NOT READY: "
    assert_lacks "$line" lag=
    assert_lacks "$line" not_received=
    assert_status 64 "$DRTOP" --config "$CONFIG" check --timeout 0
    assert_status 64 "$DRTOP" --config "$CONFIG" check --timeout 601
    assert_status 64 "$DRTOP" --config "$CONFIG" check again
}

is_ok() {
    "$DRTOP" --config "$CONFIG" check >/dev/null
}

with_a_pair() {
    lab_raise
    await 20 is_ok
    check "$OK"
    assert_contains "$line" "DRTOP OK - NORMAL: "
    assert_contains "$line" " lag=0."
    assert_contains "$line" " not_received="
    assert_contains "$line" " not_applied="
    assert_contains "$line" " rtt="
    assert_lacks "$line" rto_elapsed
    # Too short for a suspicion to be confirmed: a warning, which wakes nobody.
    lab break primary-kill
    check "$WARNING" --timeout 1
    assert_contains "$line" suspected
    check "$CRITICAL"
    assert_contains "$line" "DRTOP CRITICAL - DB DOWN: "
    assert_lacks "$line" lag=
    lab heal
    await 20 is_ok
}

without_a_pair
with_a_pair
