#!/bin/bash
# Real servers that are not what the configuration says: wrong password, swapped, the same one
# twice, not a replica, without the TLS that is required.
# test-limit: 120
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

SHOT=

# One status on the lab's configuration after sed has changed it; its exit status is the first
# argument.
shoot() { # STATUS SED-ARGUMENT...
    SHOT=$TMPDIR/shot.json
    sed "${@:2}" "$CONFIG" >"$LAB_DIR/bad.json"
    assert_status "$1" "$DRTOP" --config "$LAB_DIR/bad.json" status --json
    printf '%s\n' "$output" >"$SHOT"
}

shot() { # PATH
    json "$1" "$SHOT"
}

says() { # PATH PART
    assert_contains "$(shot "$1")" "$2"
    printf 'ok: %s\n' "$(shot "$1")"
}

# Whatever else is wrong, what is not known is not 0.
knows_no_figures() {
    assert_equal null "$(shot lag_seconds)" lag_seconds
    assert_equal null "$(shot not_received_bytes)" not_received_bytes
}

check_online() { # STATUS PART: of the configuration that was tried last
    assert_status "$1" "$DRTOP" --config "$LAB_DIR/bad.json" config check --online
    assert_contains "$output" "$2"
}

wrong_password() {
    printf 'wrong\n' >"$LAB_DIR/wrong.password"
    chmod 0600 "$LAB_DIR/wrong.password"
    shoot 69 's/mon\.password/wrong.password/'
    says primary.reason "access denied"
    says replica.reason "access denied"
    assert_lacks "$(cat "$SHOT")" "$(cat "$LAB_DIR/mon.password")"
    knows_no_figures
    check_online 78 "FAILED: access denied"
    shoot 0 "/\"dr\"/,\$s/mon\.password/wrong.password/"
    assert_equal live "$(shot primary.state)" "state of the primary"
    assert_equal failed "$(shot replica.state)" "state of the replica"
}

without_tls() {
    shoot 69 's/preferred/required/'
    says primary.reason "TLS is required but the server offers none"
    says replica.reason "TLS is required but the server offers none"
    knows_no_figures
    check_online 78 "TLS is required"
}

port_of() { # primary|replica
    sed -n "s/^$1_port=//p" "$LAB_DIR/lab.env"
}

swapped() {
    local primary replica
    primary=$(port_of primary) replica=$(port_of replica)
    shoot 0 "s/\"port\": $primary/\"port\": X/; s/\"port\": $replica/\"port\": $primary/; s/X/$replica/"
    # To the evidence it is what a failover leaves behind; the row of the channel knows better.
    assert_equal "FAILED OVER" "$(shot verdict)" verdict
    assert_contains "$(grep '"detail"' "$SHOT")" \
        "primary and replica look swapped in the configuration"
    assert_contains "$(grep '"text"' "$SHOT")" "look swapped in the configuration"
    knows_no_figures
    check_online 78 "look swapped"
}

# The replica's address leads to the primary; the configuration alone does not tell.
one_server_twice() {
    shoot 0 "s/\"port\": $(port_of replica)/\"port\": $(port_of primary)/
        /\"dr\"/,\$s/\"127.0.0.1\"/\"localhost\"/"
    assert_contains "$(cat "$SHOT")" "one and the same server"
    assert_equal critical "$(shot status)" status
    knows_no_figures
}

lab_raise
wait_for 10 status_is status normal || fail "the pair is not well to begin with"
wrong_password
without_tls
swapped
one_server_twice
