#!/bin/bash
# Whatever answers in a database's place, and whatever does not: one clear sentence, the right
# exit status, and an end within the patience that the time-outs promise.
# test-limit: 120
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# 500 ms each for the name and for all addresses, a moment for the lag, and to stop.
readonly PATIENCE_S=4
PORT=

# Starts a peer in place of the one before, and stores its port. It ends with this shell, which
# holds its standard input.
peer() { # HOW
    rm -f "$TMPDIR/port.$1"
    exec 9> >(exec "$BUILD_DIR/tests/drtop-peer" "$1" >"$TMPDIR/port.$1")
    await 5 test -s "$TMPDIR/port.$1"
    PORT=$(cat "$TMPDIR/port.$1")
}

# A configuration in which both databases are at the same place under two names.
config_for() { # PRIMARY-HOST DR-HOST PORT [TLS-MODE]
    cat >"$TMPDIR/drtop.json" <<JSON
{
    "group": "nobody",
    "primary": { "mysql": { "host": "$1", "port": $3, "user": "u", "timeout": "500ms",
        "tls": { "mode": "${4:-preferred}" } } },
    "dr": { "mysql": { "host": "$2", "port": $3, "user": "u", "timeout": "500ms",
        "tls": { "mode": "${4:-preferred}" } } },
    "tunnels": [ { "type": "probe", "host": "$1", "port": $3, "greeting": true,
        "timeout": "500ms" } ]
}
JSON
}

# status says SENTENCE of the primary, ends in time, and leaves with 69.
expect_reason() { # SENTENCE [COMMAND...]: what drtop is run by
    local reason=$1 began=$EPOCHREALTIME took
    shift
    assert_status 69 "$@" "$DRTOP" status --config "$TMPDIR/drtop.json" --json
    took=$((${EPOCHREALTIME/./} - ${began/./}))
    ((took < PATIENCE_S * 1000000)) || fail "status took $took us"
    printf '%s\n' "$output" >"$TMPDIR/status.json"
    assert_contains "$(json primary.reason "$TMPDIR/status.json")" "$reason"
    assert_equal failed "$(json primary.state "$TMPDIR/status.json")" "state of the primary"
    assert_equal failed "$(json replica.state "$TMPDIR/status.json")" "state of the replica"
    assert_equal null "$(json not_received_bytes "$TMPDIR/status.json")" not_received_bytes
    assert_equal null "$(json lag_seconds "$TMPDIR/status.json")" lag_seconds
    printf 'ok: %s (%d ms)\n' "$reason" $((took / 1000))
}

expect_peer() { # HOW SENTENCE [TLS-MODE]
    peer "$1"
    config_for 127.0.0.1 127.0.0.2 "$PORT" "${3:-}"
    sed -i 's/127\.0\.0\.2/localhost/' "$TMPDIR/drtop.json"
    expect_reason "$2"
}

# Two names of our own, each with two addresses, in a file that only the command sees.
with_hosts() { # COMMAND...
    local own=(unshare -m)
    [[ $(id -u) == 0 ]] || own=(unshare -rm)
    printf '127.0.0.1 localhost two-dead\n127.0.0.2 two-dead other-dead\n127.0.0.3 other-dead\n' \
        >"$TMPDIR/hosts"
    # shellcheck disable=SC2016 # for the inner shell
    "${own[@]}" sh -c 'mount --bind "$1" /etc/hosts && shift && exec "$@"' sh "$TMPDIR/hosts" "$@"
}

garbage="not a MySQL server"
[[ $("$DRTOP" --version) != *libmysqlclient* ]] || garbage=MySQL # it may take the bytes first
expect_peer text "$garbage"
expect_peer noise "$garbage"
expect_peer close "no MySQL greeting"
expect_peer silent "no answer within 0.5 s"
expect_peer stall "no answer within 0.5 s"
expect_peer drip "no answer within 0.5 s"
expect_peer tls "no answer within 0.5 s" required

# Nobody there at all; localhost may have two addresses.
config_for localhost 127.0.0.1 1
expect_reason "connection refused"

config_for nothing.invalid nowhere.invalid 3306
expect_reason "name "
assert_contains "$(json primary.reason "$TMPDIR/status.json")" nothing.invalid

peer deaf
config_for 127.0.0.2 127.0.0.3 "$PORT"
expect_reason "no answer within 0.5 s"
if with_hosts true 2>/dev/null; then
    config_for two-dead other-dead "$PORT"
    expect_reason "no answer within 0.5 s" with_hosts
    config_for two-dead other-dead 1
    expect_reason "connection refused" with_hosts
else
    echo "no names of our own here: two dead addresses are left to others"
fi

# The dashboard lives with all of it, and so does a frame.
assert_status 0 "$DRTOP" frame --config "$TMPDIR/drtop.json" --size 80x24
assert_contains "$output" "primary DB"
