#!/bin/bash
# What `drtop status --json` prints is what config/status.schema.json promises: of a calm pair, of
# a broken one, with a record and without, and without any server.
# test-limit: 120
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

readonly schema=$SOURCE_DIR/config/status.schema.json
validator=/usr/bin/jsonschema
[[ -x $validator ]] || skip "no $validator (Debian's python3-jsonschema)"

valid() { # FILE
    "$validator" --error-format '{error.json_path}: {error.message:.200}
' -i "$1" "$schema" >"$TMPDIR/errors" 2>&1
}

# Takes a status and holds it to the schema; the file stays, for more questions.
promise() { # NAME
    local file=$TMPDIR/$1.json
    "$DRTOP" --config "$CONFIG" status --json >"$file" 2>/dev/null
    [[ -s $file ]] || fail "no status"
    valid "$file" || fail "$1: $(head -n 5 "$TMPDIR/errors")"
    printf 'ok: %s is %s\n' "$1" "$(json verdict "$file")"
}

# The check itself must be able to fail.
the_validator_sees() { # FILE
    sed 's/"lag_seconds": .*/"lag_seconds": "0",/' "$1" >"$TMPDIR/spoilt.json"
    ! valid "$TMPDIR/spoilt.json" || fail "a lag as text passes"
    sed '0,/"group": .*/s//"group": "g", "gruop": 1,/' "$1" >"$TMPDIR/spoilt.json"
    ! valid "$TMPDIR/spoilt.json" || fail "an unknown key passes"
    sed '0,/"confirmed": .*/s///' "$1" >"$TMPDIR/spoilt.json"
    ! valid "$TMPDIR/spoilt.json" || fail "a missing key passes"
}

no_servers() {
    CONFIG=$TMPDIR/none.json
    printf '{ "group": "g", "primary": { "mysql": { "host": "127.0.0.1", "port": 1, "user": "u" } },
        "dr": { "mysql": { "host": "127.0.0.1", "port": 2, "user": "u" } } }' >"$CONFIG"
    promise no-servers
    assert_equal null "$(json lag_seconds "$TMPDIR/no-servers.json")" lag_seconds
    assert_equal null "$(json incident "$TMPDIR/no-servers.json")" incident
    the_validator_sees "$TMPDIR/no-servers.json"
    # Looking leaves nothing behind.
    [[ ! -e $HOME/.local/state/drtop ]] || fail "status created a store"
}

calm() {
    promise calm
    assert_equal NORMAL "$(json verdict "$TMPDIR/calm.json")" verdict
    assert_equal normal "$(json status "$TMPDIR/calm.json")" status
    assert_equal false "$(json rto.running "$TMPDIR/calm.json")" rto.running
    assert_contains "$("$DRTOP" --config "$CONFIG" status)" "
failing over  not advised: "
}

broken() {
    local text
    lab break primary-kill
    await 20 status_is verdict "DB DOWN"
    promise broken
    assert_equal critical "$(json status "$TMPDIR/broken.json")" status
    assert_equal not_advised "$(json advice "$TMPDIR/broken.json")" advice
    assert_equal true "$(json rto.running "$TMPDIR/broken.json")" rto.running
    text=$("$DRTOP" --config "$CONFIG" status)
    assert_contains "$text" "CRITICAL: "
    assert_contains "$text" "
verdict       DB DOWN, "
    assert_contains "$text" "
outage        for "
    assert_contains "$text" "
decide before 2"
}

# What a recorder has written is what another process tells.
recorded() {
    "$DRTOP" --config "$CONFIG" record 2>"$TMPDIR/record.log" &
    local recorder=$!
    await 20 incident_is_told
    promise recorded
    [[ $(json incident.id "$TMPDIR/recorded.json") == DR-* ]] || fail "no incident"
    assert_equal true "$(json incident.open "$TMPDIR/recorded.json")" incident.open
    assert_equal true "$(json record.maintained "$TMPDIR/recorded.json")" record.maintained
    [[ $(json alerts.0.opened "$TMPDIR/recorded.json") == 2* ]] || fail "no alert"
    kill "$recorder"
    wait "$recorder" || fail "the recorder ended with status $?"
}

incident_is_told() {
    [[ $(status_json incident.id) == DR-* ]]
}

no_servers
lab_raise
await 20 status_is verdict NORMAL
calm
broken
recorded
