#!/bin/bash
# The lab's Jenkins answers as a real one did: each recorded answer is asked for again, and status,
# telling headers, emptiness and the keys of the JSON are compared. Then what no single answer
# shows: restarts, kills, and the faults of the wire. Long, as each answer has its case.
# test-limit: 120
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

readonly RECORDINGS=$SOURCE_DIR/tests/fixtures/jenkins
readonly HOME_DIR=$TMPDIR/jenkins KNOBS=$TMPDIR/knobs LEDGER=$TMPDIR/ledger
readonly JOB=/job/Azure-Gitea-Deployment DRILL=/job/Azure-Gitea-Drill FREE=/job/no-parameters
readonly FOLDED='/job/ops/job/db%20team/job/fail%20over'
URL= # of the controller
SERVER= # its pid
AS=operator:tok # who asks

# --- the controller

server_start() { # ARGUMENT...
    "$BUILD_DIR/lab/lab-jenkins" --port "$PORT" --home "$HOME_DIR" --users "$TMPDIR/users" \
        --knobs "$KNOBS" --ledger "$LEDGER" --script "$SOURCE_DIR/lab/jenkins-pipeline" \
        "$@" >>"$TMPDIR/log" 2>&1 &
    SERVER=$!
    await 10 server_is_up
}

server_is_up() {
    (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}

server_end() { # SIGNAL
    kill -"$1" "$SERVER"
    wait "$SERVER"
}

knob() { # NAME [VALUE]
    printf '%s\n' "${2:-}" >"$KNOBS/jenkins-$1"
}

heal() { # NAME
    rm -f "$KNOBS/jenkins-$1"
}

# --- asking. The answer goes to $HEAD and $BODY.

ask() { # PATH [ARGUMENT of curl...]
    local path=$1
    shift
    HEAD=$TMPDIR/head BODY=$TMPDIR/body
    : >"$BODY"
    curl --silent --globoff --max-time 10 ${AS:+--user "$AS"} --dump-header "$HEAD" \
        --output "$BODY" "$@" "$URL$path" || fail "curl: $? for $path"
}

status() { # of the last answer
    sed -nE '1s/^HTTP[^ ]* ([0-9]+).*/\1/p' "$HEAD"
}

header_of() { # FILE NAME
    sed -nE "s/^$2: *([^\r]*)\r?\$/\1/Ip" "$1" | head -n 1
}

body() {
    cat "$BODY"
}

value() { # JSON PATH, of the last answer
    json "$1" "$BODY"
}

# --- comparing

recorded_head() { # NAME
    sed -n '/^#/d; /^$/q; p' "$RECORDINGS/$1.http"
}

recorded_body() { # NAME
    sed '1,/^$/d' "$RECORDINGS/$1.http"
}

# The tree= that the recorded request asked for.
tree_of() { # NAME
    sed -nE '1s/^# GET [^ ]*[?&]tree=([^ ]*).*/\1/p' "$RECORDINGS/$1.http"
}

# Same status; a header is there in both or in neither, and those that have a meaning are equal.
assert_like() { # NAME
    local header theirs ours
    recorded_head "$1" >"$TMPDIR/theirs"
    assert_equal "$(sed -nE '1s/^HTTP[^ ]* ([0-9]+).*/\1/p' "$TMPDIR/theirs")" "$(status)" "$1: status"
    for header in X-Jenkins X-Jenkins-Session Location X-Text-Size X-More-Data Content-Type \
        WWW-Authenticate Allow X-Required-Permission X-You-Are-Authenticated-As Vary; do
        theirs=$(header_of "$TMPDIR/theirs" "$header") ours=$(header_of "$HEAD" "$header")
        case $header in
        X-Jenkins-Session | Location | X-Text-Size) theirs=${theirs:+there} ours=${ours:+there} ;;
        Vary) [[ $(status) == 200 ]] || continue ;;
        esac
        assert_equal "$theirs" "$ours" "$1: $header"
    done
    if [[ -z $(recorded_body "$1") ]]; then
        assert_equal '' "$(body)" "$1: body"
    fi
}

keys() {
    grep -oE '"[A-Za-z_]+":' | sort -u
}

# Every key of the recorded JSON and no other, but for those of EXCEPT.
assert_same_keys() { # NAME [EXCEPT, an extended regular expression]
    diff <(recorded_body "$1" | keys | grep -vE "\"(${2:-none})\"") \
        <(keys <"$BODY" | grep -vE "\"(${2:-none})\"") || fail "$1: other keys"
}

# Asks what was asked for the recording, of another job.
again() { # NAME PATH: with the recorded tree
    local tree
    tree=$(tree_of "$1")
    ask "$2${tree:+?tree=$tree}"
    assert_like "$1"
}

# --- triggering and waiting

trigger() { # JOB REQUEST_ID [ARGUMENT of curl...]
    local job=$1 id=$2
    shift 2
    ask "$job/buildWithParameters" --data-urlencode "DRTOP_REQUEST_ID=$id" "$@"
}

item_id() { # of the last answer's Location
    header_of "$HEAD" Location | sed -nE 's#.*/queue/item/([0-9]+)/$#\1#p'
}

ended() { # JOB NUMBER
    has "$1/$2/api/json?tree=building" '"building":false'
}

has() { # PATH TEXT
    ask "$1"
    [[ $(body) == *"$2"* ]]
}

# --- the tests

check_auth() {
    AS='' ask /api/json
    assert_like auth-anonymous-403
    AS=operator:wrong ask /api/json
    assert_like auth-wrong-token-401
    ask /whoAmI/api/json
    assert_like auth-whoami
    assert_equal "$(recorded_body auth-whoami)" "$(body)" whoAmI
    AS=operator:pw trigger "$JOB" pw
    assert_like auth-password-no-crumb-403
    assert_contains "$(body)" "No valid crumb"
    AS=viewer:vtok trigger "$JOB" viewer
    assert_like auth-no-permission-403
    assert_contains "$(body)" "viewer is missing the Job/Build permission"
    trigger /job/nope nope
    assert_like auth-unknown-or-hidden-job-404
    check_crumb
}

# Crumb and cookie belong together; both, and a password is as good as a token.
check_crumb() {
    local crumb cookie
    AS=operator:pw ask /crumbIssuer/api/json
    assert_like auth-crumb-token
    crumb=$(value crumb) cookie=$(header_of "$HEAD" Set-Cookie)
    AS=operator:pw trigger "$JOB" crumb-alone --header "Jenkins-Crumb: $crumb"
    assert_equal 403 "$(status)"
    AS=operator:pw trigger "$FOLDED" crumbed --header "Jenkins-Crumb: $crumb" --cookie "${cookie%%;*}"
    assert_equal 201 "$(status)"
    trigger "$FOLDED" garbage --header "Jenkins-Crumb: garbage"
    assert_equal 201 "$(status)" "a token needs no crumb"
}

check_jobs() {
    again job-parameterised /job/disabled-job/api/json
    assert_same_keys job-parameterised
    again job-pipeline-never-run /job/never-run/api/json
    assert_contains "$(body)" '"property":[]'
    assert_contains "$(body)" '"lastBuild":null'
    again job-folder-spaces "$FOLDED/api/json"
    assert_contains "$(body)" '"fullName":"ops/db team/fail over"'
    ask '/job/ops/job/db+team/job/fail+over/api/json'
    assert_equal 404 "$(status)" "a plus is no space"
    ask "$JOB/api/json?tree=name[" # makes no sense
    assert_equal 500 "$(status)"
    ask "$JOB"
    assert_equal 302 "$(status)"
    ask "$JOB/lastBuild/api/json"
    assert_equal 404 "$(status)" "there is no build yet"
    knob disabled
    ask "$JOB/api/json?tree=buildable,color"
    assert_contains "$(body)" '"buildable":false'
    trigger "$JOB" disabled
    assert_equal 409 "$(status)"
    heal disabled
}

check_trigger() {
    local item
    knob queue
    trigger "$JOB" 'r 1&x=ü%+' -d DEPLOYMENT_MODE=failover -d NOBODY=knows -d APPLY_TERRAFORM=maybe
    assert_like trigger-201
    item=$(item_id)
    ask "/queue/item/$item/api/json"
    assert_contains "$(body)" '"value":"r 1&x=ü%+"'
    assert_lacks "$(body)" NOBODY
    assert_contains "$(body)" '"name":"APPLY_TERRAFORM","value":false'
    trigger "$JOB" 'r 1&x=ü%+' -d DEPLOYMENT_MODE=failover
    assert_like trigger-303-coalesced
    assert_equal "$item" "$(item_id)" "the item joined"
    curl --silent --user "$AS" --location --output /dev/null --write-out '%{http_code}' -d '' \
        -H 'X-Forwarded-Proto: http' -X POST "$URL/queue/item/$item/" | grep -q 404 ||
        fail "an item without api/json is there"
    trigger "$JOB" 'other' -d DEPLOYMENT_MODE=failover
    [[ $(item_id) != "$item" ]] || fail "another request joined"
    trigger "$JOB" choice -d DEPLOYMENT_MODE=nonsense
    assert_equal 500 "$(status)" "no such choice"
    ask "$JOB/buildWithParameters" -H 'Content-Type: application/json' -d '{"DEPLOYMENT_MODE":"failover"}'
    assert_equal 201 "$(status)" "a JSON body is ignored"
    ask "/queue/item/$(item_id)/api/json"
    assert_contains "$(body)" '"value":"plan"'
    trigger /job/disabled-job d
    assert_like trigger-disabled-409
    trigger "$FREE" d
    assert_like trigger-not-parameterised-500
    trigger /job/never-run d
    assert_like trigger-not-parameterised-500
    ask "$JOB/buildWithParameters?DRTOP_REQUEST_ID=get"
    assert_like trigger-get-405
    ask "$JOB/build" -d ''
    assert_equal 400 "$(status)" "nothing is submitted"
    trigger "$JOB" ru3 -H 'X-Forwarded-Proto: https' -H 'X-Forwarded-Host: front.example'
    assert_like url-x-forwarded-201
    assert_contains "$(header_of "$HEAD" Location)" https://front.example/queue/item/
}

cancel() { # ID
    ask "/queue/cancelItem?id=$1" -d ''
}

check_queue() {
    local item
    trigger "$JOB" stuck
    item=$(item_id)
    await 5 has "/queue/item/$item/api/json" '"stuck":true'
    assert_like queue-buildable-stuck
    assert_same_keys queue-buildable-stuck
    assert_contains "$(body)" 'have label'
    AS=viewer:vtok cancel "$item"
    assert_like queue-cancel-no-permission-422
    cancel "$item"
    assert_equal 204 "$(status)"
    ask "/queue/item/$item/api/json"
    assert_like queue-left-cancelled
    assert_same_keys queue-left-cancelled
    cancel "$item"
    assert_equal 500 "$(status)" "it left already"
    cancel 999999
    assert_equal 404 "$(status)"
    trigger "$DRILL" waits -d delay=20sec
    item=$(item_id)
    ask "/queue/item/$item/api/json"
    assert_like queue-waiting
    assert_same_keys queue-waiting
    cancel "$item"
    heal queue
    knob quiet
    trigger "$DRILL" quiet
    item=$(item_id)
    await 5 has "/queue/item/$item/api/json" 'Jenkins is about to shut down'
    ask /api/json?tree=quietingDown
    assert_contains "$(body)" '"quietingDown":true'
    heal quiet
    await 5 has "/queue/item/$item/api/json" '"executable"'
    assert_like queue-left-started
    assert_same_keys queue-left-started
    await 30 has /queue/api/json '"items":[]' # what was left stuck ran
    await 30 ended "$JOB" 4
}

wfapi_statuses() { # NAME: "SUCCESS SUCCESS FAILED", of the last answer
    body | grep -oE '"execNode":"","status":"[A-Z_]+"' | sed -E 's/.*:"([A-Z_]+)"$/\1/' | paste -sd ' '
}

# A build from its begin to its end.
check_build() {
    local size
    printf 400 >"$HOME_DIR/pace"
    trigger "$JOB" whole
    N=5
    await 5 has "$JOB/$N/api/json" '"building":true'
    again build-running "$JOB/$N/api/json"
    assert_same_keys build-running
    assert_contains "$(body)" '"result":null'
    trigger "$JOB" queued
    trigger "$JOB" queued
    await 5 has "/queue/item/$(item_id)/api/json" "Build #$N is already in progress"
    assert_like queue-blocked-many-causes
    assert_same_keys queue-blocked-many-causes
    await 5 has "$JOB/$N/logText/progressiveText?start=0" Ansible
    assert_like log-start0
    size=$(header_of "$HEAD" X-Text-Size)
    (($(wc -c <"$BODY") < size)) || fail "no console notes in the raw log"
    grep -q $'\r$' "$BODY" || fail "lines do not end in CRLF"
    ask "$JOB/$N/logText/progressiveText?start=$size"
    assert_like log-next
    assert_lacks "$(body)" 'Start of Pipeline'
    ask "$JOB/$N/logText/progressiveText?start=abc"
    assert_equal 500 "$(status)"
    await 20 ended "$JOB" "$N"
    again build-done "$JOB/$N/api/json"
    assert_same_keys build-done
    ask "$JOB/$N/logText/progressiveText?start=$size"
    assert_like log-final
    assert_contains "$(body)" "Finished: SUCCESS"
    ask "$JOB/$N/logText/progressiveText?start=99999999"
    assert_contains "$(body)" "Start of Pipeline" # all of it again
    ask "$JOB/$N/wfapi/describe"
    assert_like wfapi-done
    assert_same_keys wfapi-done
    assert_contains "$(body)" '"Declarative: Post Actions"'
    again build-search-by-parameter "$JOB/api/json"
    assert_contains "$(body)" '"value":"whole"'
    ask "$JOB/$N/api/json?tree=$(tree_of build-flowgraph-nodes)"
    assert_same_keys build-flowgraph-nodes
    knob no-wfapi
    ask "$JOB/$N/wfapi/describe"
    assert_like wfapi-absent-404
    heal no-wfapi
    printf 0 >"$HOME_DIR/pace"
    await 20 ended "$JOB" 6
}

# Stages after the one that failed did not run, and say that they failed of the same.
check_failure() {
    knob phase-fail 3
    trigger "$JOB" fails
    await 10 ended "$JOB" 7
    ask "$JOB/7/wfapi/describe"
    assert_like wfapi-failed-with-skipped
    assert_same_keys wfapi-failed-with-skipped
    assert_equal "SUCCESS SUCCESS SUCCESS FAILED FAILED SUCCESS" "$(wfapi_statuses)"
    ask "$JOB/7/consoleText"
    assert_contains "$(body)" 'Stage "Validate" skipped due to earlier failure(s)'
    assert_equal "Finished: FAILURE" "$(tail -n 1 "$BODY")"
    heal phase-fail
    trigger "$JOB" fails
    await 10 ended "$JOB" 8
    ask "$JOB/8/consoleText"
    assert_contains "$(body)" "request fails already ran as build 7"
}

check_input() {
    knob input
    trigger "$JOB" asks
    await 10 has "$JOB/9/wfapi/pendingInputActions" '"id":"Promote"'
    assert_like input-pending
    assert_same_keys input-pending
    ask "$JOB/9/wfapi/describe"
    assert_like wfapi-paused
    assert_same_keys wfapi-paused
    assert_contains "$(body)" '"status":"PAUSED_PENDING_INPUT"'
    AS=viewer:vtok ask "$JOB/9/input/Promote/proceedEmpty" -d ''
    assert_like input-not-allowed-400
    ask "$JOB/9/input/Promote/proceedEmpty"
    assert_equal 405 "$(status)"
    ask "$JOB/9/input/Promote/proceedEmpty" -d ''
    assert_equal 200 "$(status)"
    assert_equal '' "$(body)"
    ask "$JOB/9/input/Promote/proceedEmpty" -d ''
    assert_like input-already-decided-404
    await 10 ended "$JOB" 9
    assert_contains "$(ask "$JOB/9/api/json" && body)" '"result":"SUCCESS"'
    trigger "$JOB" 'asks-again'
    await 10 has "$JOB/10/wfapi/pendingInputActions" '"id":"Promote"'
    ask "$JOB/10/input/Promote/abort" -d ''
    await 10 ended "$JOB" 10
    ask "$JOB/10/wfapi/describe"
    assert_like wfapi-aborted-with-skipped
    assert_same_keys wfapi-aborted-with-skipped
    assert_equal "SUCCESS SUCCESS SUCCESS ABORTED ABORTED SUCCESS" "$(wfapi_statuses)"
    heal input
}

check_stop() {
    printf 5000 >"$HOME_DIR/pace"
    trigger "$JOB" stopped
    await 10 has "$JOB/11/wfapi/describe" 'Terraform init'
    AS=viewer:vtok ask "$JOB/11/stop" -d ''
    assert_equal 403 "$(status)"
    ask "$JOB/11/stop"
    assert_equal 405 "$(status)"
    ask "$JOB/11/stop" -d ''
    assert_equal 302 "$(status)"
    assert_equal '' "$(header_of "$HEAD" X-Jenkins)"
    await 10 ended "$JOB" 11
    ask "$JOB/11/api/json?tree=result"
    assert_contains "$(body)" '"result":"ABORTED"'
    ask "$JOB/99/stop" -d ''
    assert_equal 404 "$(status)"
    printf 0 >"$HOME_DIR/pace"
}

check_node() {
    knob node
    trigger "$JOB" no-node
    await 10 has "$JOB/12/wfapi/describe" '"IN_PROGRESS"'
    assert_like wfapi-no-executor
    assert_same_keys wfapi-no-executor
    again queue-pipeline-placeholder /queue/api/json
    assert_same_keys queue-pipeline-placeholder
    assert_contains "$(body)" '"name":"part of Azure-Gitea-Deployment #12"'
    heal node
    await 10 ended "$JOB" 12
}

# An orderly end keeps the queue; whatever ran goes on, under another queue id.
check_restart() {
    local session before item
    printf 700 >"$HOME_DIR/pace"
    ask /api/json
    session=$(header_of "$HEAD" X-Jenkins-Session)
    trigger "$JOB" resumes
    await 10 has "$JOB/13/api/json" '"building":true'
    before=$(value queueId)
    trigger "$JOB" survives
    item=$(item_id)
    server_end TERM
    server_start
    ask /api/json
    [[ $(header_of "$HEAD" X-Jenkins-Session) != "$session" ]] || fail "the same boot id"
    ask "/queue/item/$item/api/json"
    assert_equal 200 "$(status)" "a queued item survives an orderly end"
    ask "/queue/item/$before/api/json"
    assert_equal 404 "$(status)" "an item that left is forgotten"
    again build-queueid-changed "$JOB/13/api/json"
    assert_same_keys build-queueid-changed
    [[ $(value queueId) != "$before" ]] || fail "the queue id did not change"
    await 20 ended "$JOB" 13
    ask "$JOB/13/api/json?tree=result"
    assert_contains "$(body)" SUCCESS
    assert_contains "$(ask "$JOB/13/consoleText" && body)" "after Jenkins restart"
    check_kill
}

# What was queued is gone, numbers begin again, and the build goes on.
check_kill() {
    await 10 has "$JOB/14/api/json" '"building":true'
    trigger "$JOB" lost
    server_end KILL
    server_start
    ask "$JOB/api/json?tree=inQueue,builds[number,actions[parameters[name,value]]]{0,50}"
    assert_lacks "$(body)" '"lost"'
    assert_contains "$(body)" '"inQueue":false'
    trigger "$DRILL" first
    assert_between 1 2 "$(item_id)" "queue id after a kill"
    await 20 ended "$JOB" 14
    ask "$JOB/14/api/json?tree=result"
    assert_contains "$(body)" SUCCESS
    printf 0 >"$HOME_DIR/pace"
    await 10 ended "$DRILL" 2
}

check_boot() {
    knob boot
    ask /api/json
    assert_like boot-503
    trigger "$JOB" booting
    assert_like boot-503
    trigger "$JOB" booting
    assert_like boot-500
    trigger "$JOB" booting
    assert_like boot-403
    heal boot
    ask "$JOB/api/json?tree=builds[actions[parameters[value]]]"
    assert_lacks "$(body)" booting
}

posts() { # REQUEST_ID: POSTs in the ledger
    awk -v id="$1" '$2 == "POST" && $4 == id' "$LEDGER" | wc -l
}

curl_fails() { # STATUS REQUEST_ID [ARGUMENT...]
    local expected=$1 id=$2 status=0
    shift 2
    curl --silent --user "$AS" --output /dev/null -d "DRTOP_REQUEST_ID=$id" "$@" \
        "$URL$JOB/buildWithParameters" || status=$?
    [[ " $expected " == *" $status "* ]] || fail "curl ended with $status, not $expected"
}

accepted() { # REQUEST_ID
    has "$JOB/api/json?tree=builds[actions[parameters[name,value]]]{0,50}" "\"value\":\"$1\""
}

# Three ways to lose the answer to a trigger, and what the controller did meanwhile.
check_wire() {
    knob lost-answer
    curl_fails 28 lost-answer --max-time 1
    assert_equal 1 "$(posts lost-answer)"
    heal lost-answer
    await 5 accepted lost-answer
    knob close-after-post
    curl_fails '52 56' closed-after --max-time 5
    assert_equal 1 "$(posts closed-after)"
    heal close-after-post
    await 5 accepted closed-after
    knob close-before-post
    curl_fails '52 55 56' closed-before --max-time 5
    assert_equal 0 "$(posts closed-before)"
    heal close-before-post
    ! accepted closed-before || fail "queued, although never read"
    knob slow 700
    local began=$EPOCHREALTIME
    ask /whoAmI/api/json
    assert_between 0.7 10 "$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')" seconds
    heal slow
    check_resend
}

# A client that uses a connection again, and is closed on, sends again without a word.
check_resend() {
    local status=0
    knob close-after-post
    curl --silent --user "$AS" --output /dev/null "$URL/whoAmI/api/json" \
        --next --silent --user "$AS" --output /dev/null -d DRTOP_REQUEST_ID=resent \
        "$URL$JOB/buildWithParameters" || status=$?
    assert_equal 2 "$(posts resent)" "POSTs (curl ended with $status)"
    heal close-after-post
    assert_equal 5 "$(awk '{ print NF }' "$LEDGER" | sort -u)" "fields of a line"
}

check_context() {
    server_end TERM
    server_start --context /ci --root-url https://ci.example.org/jenkins --left 300
    ask "$JOB/api/json"
    assert_equal 404 "$(status)"
    assert_equal '' "$(header_of "$HEAD" X-Jenkins)"
    ask /ci
    assert_equal 302 "$(status)"
    trigger "/ci$JOB" context
    assert_contains "$(header_of "$HEAD" Location)" "/ci/queue/item/"
    local item
    item=$(item_id)
    await 5 has "/ci/queue/item/$item/api/json?$(tree_of url-queue-relative)" '"executable"'
    assert_contains "$(body)" '"url":"queue/item/'
    assert_contains "$(body)" 'https://ci.example.org/jenkins/job/Azure-Gitea-Deployment/'
    ask "/ci$JOB/lastBuild/wfapi/describe"
    assert_contains "$(body)" "\"href\":\"/ci$JOB/"
    await 5 gone "/ci/queue/item/$item/api/json"
}

gone() { # PATH
    ask "$1"
    [[ $(status) == 404 ]]
}

[[ -d $RECORDINGS ]] || skip "no recordings in this tree"
mkdir -p "$KNOBS"
printf '%s\n' 'operator token tok' 'operator password pw' 'viewer token vtok' >"$TMPDIR/users"
PORT=$("$BUILD_DIR/lab/lab-ports" 1)
URL=http://127.0.0.1:$PORT
trap 'kill "$SERVER" 2>/dev/null' EXIT
trap 'exit 143' TERM
server_start
for part in auth jobs trigger queue build failure input stop node restart boot wire context; do
    "check_$part"
    echo "$part"
done
