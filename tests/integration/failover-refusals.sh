#!/bin/bash
# What must stop a failover stops it, each by the real state of a real pair and its Jenkins: the
# screen names the row, the phrase leads nowhere, and the controller sees no request.
# test-limit: 300
# shellcheck source=jenkins.bash
. "$(dirname "$0")/jenkins.bash"
# shellcheck source=../screen.bash
. "$(dirname "$0")/../screen.bash"
# shellcheck source=../failover.bash
. "$(dirname "$0")/../failover.bash"

tidy() {
    screens_close
}

# A dashboard with a configuration of its own, which has seen that much.
opens() { # NAME TEXT [EXPRESSION]...
    CONFIG=$(config_with "$1" "${@:3}") || exit
    screen_open "$1" --config "$CONFIG"
    screen_awaits 20 "$1" "$2"
}

closes() { # NAME
    screen_close "$1"
}

# The row stands there, and the way on from the review is closed: what is typed meanwhile, the
# phrase, is answered by the row that stops it.
stopped_by() { # NAME CLASS KEY TEXT
    screen_awaits 20 "$1" " $(printf %-7s "$2") $4"
    screen_keys "$1" Enter
    screen_awaits 15 "$1" "│ $3 $2: $4"
    stays_in_review "$1"
}

stays_in_review() { # NAME
    if ! screen_has "$1" "1 Evidence picks the action" || screen_has "$1" "4 Reason" ||
        screen_has "$1" "6 Countdown"; then
        fail "it went on"
    fi
    assert_posts "${EXPECTED_POSTS:-0}"
}

# The phrase is in the line, as it is shown, and waits for Enter.
phrase_waits() { # NAME
    local phrase
    phrase=$(phrase_of "$1")
    [[ -n $phrase ]] || fail "no phrase"
    screen_type "$1" "$phrase"
    screen_awaits 15 "$1" "${phrase}_"
}

# Nothing stops it any more, so what stopped it before was that one thing alone.
free_again() { # NAME
    wait_for 20 nothing_stops "$1" || {
        screen_text "$1" >&2
        fail "something else stops it"
    }
}

# --- a pair that is well

check_read_only() {
    screen_open looker --config "$CONFIG" --read-only
    screen_awaits 20 looker NORMAL
    screen_keys looker F
    screen_awaits 15 looker "read-only: this dashboard only looks"
    screen_lacks looker "Evidence picks the action" || fail "a review opened"
    screen_close looker
}

# No key does anything there, so a review cannot open: what is sent after F is waited for.
check_wall() {
    screen_open wall --config "$CONFIG" --wall
    screen_awaits 20 wall "primary serving"
    screen_keys wall F
    screen_keys wall "?"
    screen_type wall "failover azure-eastus lose 0"
    screen_keys wall C-l
    screen_awaits 15 wall "primary serving"
    screen_lacks wall "Evidence picks the action" || fail "a review opened on the wall"
    screen_lacks wall "this help" || fail "the wall takes keys"
    screen_lacks wall "F failover" || fail "the wall offers a failover"
    assert_posts 0
    screen_close wall
}

# The receiver advances: the primary lives, so it is handed over, and that only while it rests.
check_well() {
    opens well NORMAL
    check_read_only
    check_wall
    review_opens well
    screen_awaits 15 well "→  SWITCHOVER (planned)"
    phrase_waits well
    stopped_by well BLOCK primary "the primary takes writes: make it read-only first"
    closes well
}

# This observer sees nothing of the primary, and the replica still hears it.
check_receiver_advances() {
    local port
    port=$("$BUILD_DIR/lab/lab-ports" 1) || fail "no port"
    opens blind "aws us-east-1" "s/\"port\": $(lab_value primary_port),/\"port\": $port,/" \
        "s|127.0.0.1:$(lab_value app_port)/|127.0.0.1:$port/|"
    review_opens blind
    screen_awaits 15 blind "BLOCK   the replica still hears the primary"
    screen_has blind "FAILOVER (unplanned)" && fail "a failover is offered on that"
    screen_keys blind Enter
    stays_in_review blind
    closes blind
}

check_tunnel() {
    lab break tunnel-drop
    opens tunnel "✗ TUNNEL DOWN"
    review_opens tunnel
    screen_awaits 15 tunnel "→  FORCED FAILOVER (against the evidence)"
    phrase_waits tunnel
    assert_contains "$(phrase_of tunnel)" "split-brain-risk"
    stopped_by tunnel BLOCK verdict "TUNNEL DOWN"
    screen_awaits 15 tunnel "fence it first"
    closes tunnel
    lab heal
}

# --- an outage with a replica that lags behind what it has received

behind_by() { # BYTES
    local n
    n=$(status_json exposure.not_applied_bytes)
    [[ $n =~ ^[0-9]+$ ]] && ((n > $1))
}

check_undrained() {
    lab break applier-stop
    await 20 behind_by 1000
    lab break site-down
    opens undrained "✗ PRIMARY DOWN"
    review_opens undrained
    screen_awaits 15 undrained "✗ BLOCK   relay log not drained: "
    screen_has undrained "wait and the applier does not run" || fail "it does not say why"
    phrase_waits undrained
    stopped_by undrained BLOCK drained "relay log not drained: "
    lab heal applier-stop
    free_again undrained
    closes undrained
}

# Still down; the site comes back while the countdown runs.
check_countdown_void() {
    opens void "✗ PRIMARY DOWN" 's/"countdown": "10s"/"countdown": "60s"/'
    countdown_begins void
    lab heal site-down
    screen_awaits 15 void "approval void: "
    stays_in_review void
    closes void
    lab heal
}

# --- an outage in which everything is ready but one thing

check_paste() {
    phrase=$(phrase_of outage)
    tmux_do set-buffer "$phrase"
    tmux_do paste-buffer -p -t outage # as a terminal pastes
    screen_awaits 15 outage "pasted text is not taken: type it"
    screen_has outage "│ >              _ " || fail "the paste is in the line"
    screen_keys outage Enter
    screen_awaits 15 outage 'word 1 is missing: "failover"'
    stays_in_review outage
}

# A plan, by somebody else: it changes nothing.
somebody_builds() {
    assert_equal 201 "$(jenkins "$JOB/buildWithParameters" --output /dev/null \
        --write-out '%{http_code}' -d DEPLOYMENT_MODE=plan)"
}

newest_ended() {
    ended "$JOB" lastBuild
}

check_jenkins() {
    local what
    while read -r what class key text; do
        lab break "$what"
        stopped_by outage "$class" "$key" "$text"
        lab heal "$what"
        free_again outage
    done <<'ROWS'
jenkins-disabled BLOCK job the job cannot be built
jenkins-boot BLOCK jenkins Jenkins is starting
jenkins-quiet BLOCK jenkins Jenkins prepares to shut down
jenkins-down BLOCK jenkins Jenkins cannot be reached
ROWS
}

check_runs() {
    lab break jenkins-queue
    somebody_builds
    stopped_by outage BLOCK run "a run of the job is queued"
    lab break jenkins-node # it has an executor then, and its pipeline has none
    lab heal jenkins-queue
    stopped_by outage BLOCK run "a run of the job is in progress"
    lab heal jenkins-node
    await 30 newest_ended
    free_again outage
}

check_stale() {
    lab break replica-hang
    screen_awaits 20 outage "✗ BLOCK   stale facts: nothing of the replica for "
    screen_keys outage Enter # the verdict may have noticed by now, and is told first
    screen_awaits 15 outage " BLOCK: "
    stays_in_review outage
    lab heal replica-hang
    free_again outage
}

check_isolated() {
    lab break anchors-down
    screen_awaits 20 outage "✗ BLOCK   OBSERVER ISOLATED"
    screen_awaits 15 outage "→  no action is offered"
    screen_keys outage Enter
    screen_awaits 15 outage "nothing to confirm: OBSERVER ISOLATED"
    stays_in_review outage
    lab heal anchors-down
    free_again outage
}

check_outage() {
    local name
    lab break site-down
    opens outage "✗ PRIMARY DOWN"
    review_opens outage
    free_again outage
    check_paste
    phrase_waits outage
    for name in jenkins runs stale isolated; do
        step "$name"
    done
    closes outage
}

# --- a configuration that does not fit the job

mistaken() { # NAME CLASS KEY TEXT EXPRESSION
    opens "$1" "✗ PRIMARY DOWN" "$5"
    review_opens "$1"
    screen_awaits 15 "$1" "→  FAILOVER (unplanned)"
    phrase_waits "$1"
    stopped_by "$1" "$2" "$3" "$4"
    closes "$1"
}

check_mistakes() {
    printf 'no-such-token\n' >"$LAB_DIR/wrong.token"
    chmod 0600 "$LAB_DIR/wrong.token"
    mistaken parameter BLOCK parameters "PLAN_TERAFORM is not declared by the job" \
        's/PLAN_TERRAFORM/PLAN_TERAFORM/'
    mistaken boolean BLOCK parameters 'PLAN_TERRAFORM is "True", expected "true" or "false"' \
        's/"PLAN_TERRAFORM", "value": "true"/"PLAN_TERRAFORM", "value": "True"/'
    mistaken never BLOCK job "the job has never run, so it declares no parameters" \
        's/"Azure-Gitea-Deployment"/"never-run"/'
    mistaken absent BLOCK job "no such job, or hidden from our user" \
        's/"Azure-Gitea-Deployment"/"Azure-Gitea-Deploiment"/'
    mistaken denied BLOCK jenkins "Jenkins refuses our user" 's/jenkins\.token/wrong.token/'
}

# --- an attempt that Jenkins refuses, and the next one

# Only the answer to the request tells: one that may look may read all the rest.
check_forbidden() {
    sed -n 's/^viewer token //p' "$LAB_DIR/jenkins.users" >"$LAB_DIR/viewer.token"
    chmod 0600 "$LAB_DIR/viewer.token"
    opens viewer "✗ PRIMARY DOWN" 's/"user": "operator"/"user": "viewer"/' \
        's/jenkins\.token/viewer.token/'
    countdown_begins viewer
    screen_awaits 15 viewer "Jenkins has not taken the request."
    assert_posts 1 "of one who may not"
    sleep 2 # long enough for a second one, if there were any
    assert_posts 1 "of one who may not"
    closes viewer
    EXPECTED_POSTS=1
}

check_cooldown() {
    opens second "✗ PRIMARY DOWN"
    screen_keys second F # what became of the first one
    screen_awaits 15 second "Jenkins has not taken the request."
    screen_keys second a
    screen_type second "the token is a viewer's"
    screen_keys second Enter
    screen_keys second Escape
    await 15 screen_lacks second "Jenkins has not taken the request."
    review_opens second
    phrase_waits second
    stopped_by second BLOCK cooldown "an attempt has ended lately: "
    closes second
}

step() { # NAME
    local began=$SECONDS
    "check_$1"
    printf '%s %s s\n' "$1" "$((SECONDS - began))"
}

# STEPS=... in the environment takes only some, to work on them; the last four want an outage.
WORD=SLAVE
lab_raise --server mariadb
CONFIG=$LAB_DIR/drtop.json
for name in ${STEPS:-well receiver_advances tunnel undrained countdown_void outage mistakes forbidden \
    cooldown}; do
    step "$name"
done
