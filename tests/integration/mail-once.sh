#!/bin/bash
# What people get when the primary's site is lost and comes back: one mail each for the beginning
# and one for the end, also when the mail server is down for half a minute meanwhile, and when the
# recorder is killed and another takes over.
# test-limit: 420
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../mail.bash
. "$(dirname "$0")/../mail.bash"

OPENING='^CRITICAL: [A-Z ]+( \(suspected\))? - gitea-lab \[DR-' # "now ..." is an update
CLOSING='^CLOSED: .* - gitea-lab \[DR-'
DOWN_S=30

# The lab's configuration with a section more, or two.
add_notify() {
    sed '$d' "$CONFIG" >"$LAB_DIR/told.json" # without the last brace
    grep -q '^ *"record":' "$CONFIG" ||
        echo ', "record": { "directory": "state" }' >>"$LAB_DIR/told.json"
    cat >>"$LAB_DIR/told.json" <<END
    , "notify": {
        "mail": {
            "host": "127.0.0.1", "port": $MAIL_PORT, "ca": "$MAIL_CA", "user": "$MAIL_USER",
            "password": { "file": "$MAIL_SECRET" }, "from": "drtop@example.test",
            "recipients": [
                { "role": "on-call engineer", "address": "oncall@example.test" },
                { "role": "database administrator", "address": "dba@example.test" },
                { "role": "head of IT", "address": "head@example.test", "after": "1h" }
            ]
        },
        "webhooks": [ {
            "name": "tickets", "url": { "file": "$TMPDIR/url" }, "key": { "file": "$TMPDIR/key" }
        } ]
    }
}
END
    chmod 600 "$LAB_DIR/told.json"
    CONFIG=$LAB_DIR/told.json
}

# A receiver of webhooks that fails twice at first; who knows the token may post.
TOKEN=T0K3N-of-the-hook KEY=K3Y-of-the-hook
hook_start() {
    "$BUILD_DIR/tests/drtop-hook" "$TMPDIR/requests" 2 >"$TMPDIR/hook.port" &
    HOOK_PID=$!
    await 10 test -s "$TMPDIR/hook.port"
    (umask 077 && echo "http://127.0.0.1:$(<"$TMPDIR/hook.port")/$TOKEN" >"$TMPDIR/url" &&
        echo "$KEY" >"$TMPDIR/key")
}

# How many messages of a kind it got, by their ids.
hook_count() { # WHAT
    grep -F "\\\"what\\\":\\\"$1\\\"" "$TMPDIR/requests" |
        grep -o '"x-drtop-id":"[^"]*"' | sort -u | grep -c .
}

hook_has() { # N WHAT
    [[ $(hook_count "$2") == "$1" ]]
}

HOOK_PID=
RECORDERS=()
record() {
    "$DRTOP" record --config "$CONFIG" 2>>"$TMPDIR/record.log" &
    RECORDERS+=($!)
}

kill_recorder() { # the one that was started first
    kill -KILL "${RECORDERS[0]}"
    wait "${RECORDERS[0]}" 2>/dev/null
    RECORDERS=("${RECORDERS[@]:1}")
}

is_recorded() {
    status_is record.maintained true
}

outage_begins() {
    lab break site-down
    await 30 status_is verdict "PRIMARY DOWN"
}

outage_ends() {
    lab heal
    await 60 status_is verdict NORMAL
}

# Are N messages in the store that wait for the mail server?
waiting() { # N
    [[ $(sqlite3 -readonly "$LAB_DIR"/state/*.db \
        "SELECT count(*) FROM message WHERE state = 'queued'") == "$1" ]]
}

# N mails to each of the two who are told at once, and each only once.
all_have() { # N PATTERN
    mail_has "$1" "$2" oncall && mail_has "$1" "$2" dba
}

# Ids rather than copies: a recorder that is killed between the server's yes and writing it down
# leads to a second copy, and the id is how the receiver knows it.
assert_told() { # N
    local who
    for who in oncall dba; do
        assert_equal "$1" "$(mail_count "$OPENING" "$who")" "openings to $who"
        assert_equal "$1" "$(mail_count "$CLOSING" "$who")" "closings to $who"
    done
    assert_equal 0 "$(mail_copies . head)" "mails to whom it is too early"
}

told_once() {
    outage_begins
    await 40 all_have 1 "$OPENING"
    outage_ends
    await 60 all_have 1 "$CLOSING"
    assert_told 1
    assert_equal 2 "$(mail_copies "$OPENING")" "copies"
}

told_after_the_server_was_down() {
    local down_us=${EPOCHREALTIME/./}
    mail_server_stop
    outage_begins
    await 30 waiting 2
    until ((${EPOCHREALTIME/./} - down_us >= DOWN_S * 1000000)); do
        status_is verdict "PRIMARY DOWN" || fail "the outage ended by itself"
    done
    mail_server_start
    await 70 all_have 2 "$OPENING"
    outage_ends
    await 60 all_have 2 "$CLOSING"
    assert_told 2
    assert_equal 4 "$(mail_copies "$OPENING")" "copies"
}

# Both the beginning and the end are queued while nobody listens, by two recorders.
told_by_another_recorder() {
    mail_server_stop
    outage_begins
    await 30 waiting 2
    kill_recorder
    record
    await 15 is_recorded
    outage_ends
    await 60 waiting 4
    kill_recorder
    mail_server_start
    record
    await 90 all_have 3 "$CLOSING"
    assert_told 3
}

# Killed when the mail is about to be sent: at the moment at which the first one arrives.
told_while_it_is_killed() {
    outage_begins
    await 40 more_than_three
    kill_recorder
    record
    await 40 is_told_again
    outage_ends
    await 60 all_told_the_end
    assert_told 4
}

more_than_three() {
    (($(mail_count "$OPENING") > 6)) # 3 to each of two
}

is_told_again() {
    [[ $(mail_count "$OPENING" oncall) == 4 && $(mail_count "$OPENING" dba) == 4 ]]
}

all_told_the_end() {
    [[ $(mail_count "$CLOSING" oncall) == 4 && $(mail_count "$CLOSING" dba) == 4 ]]
}

# The other channel has the same, and in order, whatever the mail server did.
hook_was_told() {
    await 60 hook_has 4 closed
    assert_equal 4 "$(hook_count opened)" "openings to the webhook"
    [[ $(head -n 1 "$TMPDIR/requests") == *'\"what\":\"opened\"'* ]] || fail "the end first"
    (($(wc -l <"$TMPDIR/requests") >= 10)) || fail "what it refused did not come again"
}

no_secret_is_kept() {
    local secret files=("$LAB_DIR"/state/* "$TMPDIR/record.log")
    [[ -e ${files[0]} ]] || fail "no store"
    for secret in "$MAIL_PASSWORD" "$TOKEN" "$KEY"; do
        ! grep -qF -- "$secret" "${files[@]}" || fail "$secret is in the store or a log"
    done
    grep -qF oncall@example.test "${files[@]}" || fail "this looks at the wrong files"
}

finish() {
    local status=$?
    kill -KILL "${RECORDERS[@]}" $HOOK_PID 2>/dev/null
    mail_server_stop
    (exit "$status")
    lab_drop
}

mail_server_make
lab_raise
trap finish EXIT
hook_start
add_notify
mail_server_start
record
await 60 status_is verdict NORMAL
await 15 is_recorded
told_once
told_after_the_server_was_down
told_by_another_recorder
told_while_it_is_killed
hook_was_told
no_secret_is_kept
