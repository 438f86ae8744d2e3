#!/bin/bash
# `drtop notify test` through every kind of channel, to real receivers: a mail server that insists
# on STARTTLS and a login, an HTTP server, and programs. How outages are told is in mail-once.sh.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../mail.bash
. "$(dirname "$0")/../mail.bash"

CONFIG=$TMPDIR/drtop.json
KEY='sign "me"'
TOKEN=T0K3N-of-the-hook

configure() { # NOTIFY: the section's content
    (umask 077 && cat >"$CONFIG") <<END
{
    "group": "pärchen",
    "primary": { "site": "here", "mysql": { "host": "127.0.0.1", "user": "x" } },
    "dr": { "site": "there", "mysql": { "host": "127.0.0.2", "user": "x" } },
    "notify": { $1 }
}
END
}

mail_section() { # RECIPIENTS SETTING...
    cat <<END
"mail": {
    "host": "${HOST:-127.0.0.1}", "user": "$MAIL_USER", "from": "drtop@example.test", "timeout": "10s",
    $(printf '%s,' "${@:2}")
    "recipients": [ $1 ]
}
END
}

output= # of assert_status
FIRST='{ "role": "on-call \"night\" engineer", "address": "oncall@example.test" }'
SECOND='{ "role": "Zuständige", "address": "dba@example.test" }'
usual() {
    printf '%s\n' "\"port\": $MAIL_PORT" "\"ca\": \"$MAIL_CA\"" \
        "\"password\": { \"file\": \"$MAIL_SECRET\" }"
}

told() { # STATUS: runs it; what it prints stays in $output, and holds no secret
    assert_status "$1" "$DRTOP" notify test --config "$CONFIG"
    assert_lacks "$output" "$MAIL_PASSWORD"
    assert_lacks "$output" "$KEY"
    assert_lacks "$output" "$TOKEN"
}

mail_arrives() {
    local file header
    mapfile -t settings < <(usual)
    configure "$(mail_section "$FIRST, $SECOND" "${settings[@]}")"
    told 0
    assert_contains "$output" "mail to oncall@example.test"
    assert_contains "$output" "mail to dba@example.test"
    await 10 mail_has 1 . oncall
    await 10 mail_has 1 . dba
    assert_equal 2 "$(mail_count .)" "ids of two mails"
    file=$(mail_files . oncall)
    for header in "X-Priority=1" "Importance=high" "Priority=urgent" \
        "Auto-Submitted=auto-generated" "From=\"drtop\" <drtop@example.test>" \
        "To=\"on-call \\\"night\\\" engineer\" <oncall@example.test>"; do
        assert_equal "${header#*=}" "$(mail_header "${header%%=*}" "$file")" "${header%%=*}"
    done
    # The subject holds the pair's name, which is not ASCII.
    [[ $(mail_header Subject "$file") =~ ^=\?UTF-8\?B\?([^?]*)\?=$ ]] || fail "no encoded word"
    assert_contains "$(base64 -d <<<"${BASH_REMATCH[1]}")" "TEST: drtop can reach you - pärchen"
    assert_contains "$(mail_header To "$(mail_files . dba)")" "=?UTF-8?B?"
    [[ $(mail_header Message-ID "$file") =~ ^\<TEST-[0-9]+-0@example\.test\>$ ]] || fail "id"
    date -d "$(mail_header Date "$file")" >/dev/null || fail "no date"
    for header in multipart/alternative text/plain text/html quoted-printable; do
        grep -q "$header" "$file" || fail "no $header in the mail"
    done
    assert_equal 1 "$(grep -c '^Subject:' "$file")" "subjects"
    grep -q '^TEST: drtop can reach you' "$file" || fail "the text has no lines"
}

# Its log tells how a mail came in.
over_tls_and_logged_in() {
    [[ $(grep -c ' <= drtop@example.test .* P=esmtpsa X=TLS.* A=\(plain\|login\):drtop' \
        "$MAIL_DIR/log/mainlog") == 2 ]] || fail "not by TLS and login: $(cat "$MAIL_DIR/log/mainlog")"
}

implicit_tls() {
    configure "$(mail_section "$FIRST" "\"port\": $MAIL_TLS_PORT" '"tls": "tls"' \
        "\"ca\": \"$MAIL_CA\"" "\"password\": { \"file\": \"$MAIL_SECRET\" }")"
    told 0
    await 10 mail_has 2 . oncall
}

refused() { # WHY SETTING...
    configure "$(mail_section "$FIRST" "${@:2}")"
    told 69
    assert_contains "$output" "failed: "
    assert_contains "$output" "$1"
}

mail_is_refused() {
    local port="\"port\": $MAIL_PORT" ca="\"ca\": \"$MAIL_CA\""
    local password="\"password\": { \"file\": \"$MAIL_SECRET\" }"
    refused "unable to get local issuer certificate" "$port" "$password"
    HOST=127.0.0.2 refused "for another host" "$port" "$password" "$ca"
    refused "STARTTLS first" "$port" "$password" '"tls": "none"'
    (umask 077 && echo "wrong" >"$TMPDIR/wrong")
    refused "535 Incorrect authentication data" "$port" "$ca" "\"password\": { \"file\": \"$TMPDIR/wrong\" }"
    configure "$(mail_section '{ "address": "nobody-here@example.test" }' "$port" "$ca" \
        "$password")"
    told 69
    assert_contains "$output" "no such user"
    mail_server_stop
    refused "connect" "$port" "$ca" "$password"
    assert_equal 3 "$(mail_copies .)" "mails after what was refused"
}

# --- webhooks ---

HOOK_PID=''
hook_start() { # [N [STATUS]]
    local port
    : >"$TMPDIR/hook.out"
    rm -f "$TMPDIR/requests"
    "$BUILD_DIR/tests/drtop-hook" "$TMPDIR/requests" "$@" >"$TMPDIR/hook.out" &
    HOOK_PID=$!
    await 10 test -s "$TMPDIR/hook.out"
    port=$(<"$TMPDIR/hook.out")
    (umask 077 && echo "http://127.0.0.1:$port/$TOKEN?x=1" >"$TMPDIR/url" && echo "$KEY" >"$TMPDIR/key")
}

hook_stop() {
    kill "$HOOK_PID"
    wait "$HOOK_PID"
}

webhook() { # TYPE
    printf '"webhooks": [ { "type": "%s", "url": { "file": "%s" }%s, "timeout": "10s" } ]' "$1" \
        "$TMPDIR/url" "${2:+, \"key\": { \"file\": \"$TMPDIR/key\" \}}"
}

request() { # PATH: of the only one
    assert_equal 1 "$(wc -l <"$TMPDIR/requests")" "requests"
    json "$1" "$TMPDIR/requests"
}

generic_is_signed() {
    hook_start
    configure "$(webhook generic key)"
    told 0
    assert_equal POST "$(request method)"
    assert_equal "/$TOKEN" "$(request url)"
    assert_equal application/json "$(request headers.content-type)"
    request body | tr -d '\n' >"$TMPDIR/body"
    assert_equal test "$(json what "$TMPDIR/body")"
    assert_equal pärchen "$(json group "$TMPDIR/body")"
    assert_equal "$(json id "$TMPDIR/body")" "$(request headers.x-drtop-id)"
    assert_equal "sha256=$(openssl dgst -sha256 -hmac "$KEY" -r "$TMPDIR/body" | cut -d' ' -f1)" \
        "$(request headers.x-drtop-signature)"
    hook_stop
}

chats() {
    hook_start
    configure "$(webhook slack)"
    told 0
    request body >"$TMPDIR/body"
    assert_contains "$(json text "$TMPDIR/body")" "TEST: drtop can reach you - pärchen"
    hook_stop
    hook_start
    configure "$(webhook discord)"
    told 0
    request body >"$TMPDIR/body"
    assert_contains "$(json content "$TMPDIR/body")" "TEST: drtop can reach you - pärchen"
    hook_stop
}

hook_refuses() {
    hook_start 1
    configure "$(webhook generic)"
    told 69
    assert_contains "$output" "answered 500"
    assert_status 1 json headers.x-drtop-signature "$TMPDIR/requests"
    told 0 # it refuses only once
    hook_stop
    hook_start 9 302
    told 69
    assert_contains "$output" "answered 302"
    assert_equal 1 "$(wc -l <"$TMPDIR/requests")" "requests, as no redirect is followed"
    hook_stop
    told 69 # nobody listens
}

# --- programs ---

is_gone() { # PID: nobody may be there to reap it
    [[ ! -e /proc/$1 || $(ps -o stat= "$1") == Z* ]]
}

programs() {
    local child
    configure '"execs": [
        { "name": "keeps", "command": ["sh", "-c", "cat >'"$TMPDIR"'/input"] },
        { "name": "fails", "command": ["sh", "-c", "exit 7"] },
        { "name": "is-not", "command": ["'"$TMPDIR"'/no-such-program"] },
        { "name": "hangs", "timeout": "1s",
          "command": ["sh", "-c", "sleep 1000 & echo $! >'"$TMPDIR"'/child; wait"] } ]'
    told 69
    assert_contains "$output" "exec keeps"
    assert_contains "$output" "exited with 7"
    assert_contains "$output" "no-such-program: No such file or directory"
    assert_contains "$output" "did not end in time"
    assert_equal 1 "$(grep -c 'ok$' <<<"$output")" "rows that are well"
    assert_equal test "$(json what "$TMPDIR/input")"
    child=$(<"$TMPDIR/child")
    await 10 is_gone "$child"
}

nobody() {
    configure ''
    told 69
    assert_contains "$output" "nobody is to be notified"
}

trap mail_server_stop EXIT
mail_server_make
mail_server_start
mail_arrives
over_tls_and_logged_in
implicit_tls
mail_is_refused
generic_is_signed
chats
hook_refuses
programs
nobody
