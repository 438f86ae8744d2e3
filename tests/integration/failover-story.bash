# shellcheck shell=bash
# The whole story by keys alone: an outage, the verdict, the review, the decision, the run in
# Jenkins, and a DR site that serves. Sourced:
#
#   . "$(dirname "$0")/failover-story.bash"
#   failover_story --server mariadb --gtid

# shellcheck source=jenkins.bash
. "$(dirname "${BASH_SOURCE[0]}")/jenkins.bash"
# shellcheck source=../screen.bash
. "$(dirname "${BASH_SOURCE[0]}")/../screen.bash"
# shellcheck source=../failover.bash
. "$(dirname "${BASH_SOURCE[0]}")/../failover.bash"

readonly WHY="INC-4711: use1-az4 has no power"
ID= # of the request

tidy() {
    screens_close
}

# --- chapter by chapter

tell_calm() {
    screen_open noc --config "$CONFIG"
    screen_awaits 20 noc NORMAL
    assert_posts 0 "while all is well"
}

tell_outage() {
    lab break site-down
    screen_awaits 20 noc "✗ PRIMARY DOWN"
    screen_awaits 15 noc "failing over is advised"
    screen_awaits 15 noc "confirmed "
}

tell_review() {
    local row
    review_opens noc
    screen_awaits 15 noc "→  FAILOVER (unplanned)"
    for row in "PASS    PRIMARY DOWN is confirmed" "PASS    the facts on the screen are fresh" \
        "PASS    the replica's receiver stopped advancing" "PASS    relay log drained" \
        "the replica is read-only" "WARN    old primary not fenced" \
        "PASS    Jenkins reachable, as operator" "the job Azure-Gitea-Deployment is buildable" \
        "parameters declared and valid" "PASS    no run of the job in progress or queued" \
        "PASS    nobody else holds the failover" "PASS    no earlier attempt"; do
        screen_awaits 15 noc "$row"
    done
}

# What is not the phrase, to the letter, leads nowhere.
tell_decision() {
    local wrong
    wrong=$(phrase_of noc)
    screen_enters noc "${wrong/azure-eastus/azure-westus}"
    screen_awaits 15 noc 'word 2 is "azure-westus", expected "azure-eastus"'
    erase noc
    phrase_is_typed noc
    [[ $PHRASE =~ ^failover\ azure-eastus\ lose\ [^\ ]+$ ]] || fail "not a phrase: $PHRASE"
    screen_enters noc "$WHY"
    screen_awaits 15 noc "6 Countdown: any key stops it"
    assert_posts 0 "before the countdown's end"
    screen_awaits 15 noc "until the FAILOVER to azure-eastus is sent as Azure-Gitea-Deployment"
}

# More than there is.
erase() { # NAME
    tmux_do send-keys -N "$((${#wrong} + 5))" -t "$1" BSpace
    screen_awaits 15 "$1" "│ >              _ "
}

# It is held in the queue until it was seen there.
tell_request() {
    screen_awaits 15 noc "Jenkins has taken the request and put it into its queue."
    screen_awaits 15 noc "Reason      $WHY"
    ID=$(screen_text noc | sed -n 's/^│ Request  *\(drtop-[^ ]*\) .*/\1/p')
    assert_equal "$ID" "$(awk '/ POST .*build/ { print $4 }' "$LAB_DIR/jenkins.ledger")" "request"
    lab heal jenkins-queue
}

tell_run() {
    screen_awaits 20 noc "Azure-Gitea-Deployment #1"
    screen_awaits 30 noc "→ running   Infrastructure"
    screen_awaits 30 noc "→ running   Configuration"
    screen_awaits 30 noc "point of no return"
    screen_awaits 30 noc "→ running   DB promotion"
    screen_awaits 30 noc "→ running   Final validation"
}

tell_end() {
    local row
    screen_awaits 60 noc "azure eastus has taken over, seen by us"
    for row in "YES       the replica is promoted" "YES       it takes writes" \
        "YES       its own binary log moves on" "YES       the DR application serves" \
        "YES       the old primary takes no writes" "#1: SUCCESS" "of 20:00, kept" "$WHY"; do
        screen_awaits 15 noc "$row"
    done
    for row in Infrastructure Configuration "DB promotion" "Final validation"; do
        screen_awaits 15 noc "done      $row"
    done
    assert_equal SUCCESS "$(result "$JOB" 1)" result
    assert_posts 1 "in the whole story"
}

# Not by drtop's word.
tell_truth() {
    assert_promoted
    assert_equal 200 "$(curl --silent --output /dev/null --write-out '%{http_code}' \
        "http://127.0.0.1:$(lab_value dr_app_port)/")" "answer of the DR application"
    assert_equal "FAILED OVER" "$(status_json verdict)" verdict
    assert_equal false "$(status_json rto.running)" "RTO clock runs"
    assert_posts 1 "for one intent"
}

tell_epilogue() {
    screen_keys noc a
    screen_awaits 15 noc "acknowledge"
    screen_type noc "seen to serve"
    screen_keys noc Enter
    screen_keys noc Escape
    screen_awaits 15 noc "FAILED OVER"
    screen_keys noc q
    await 15 screen_is_gone noc
    assert_equal "" "$(<"$TMPDIR/noc.err")" "what it said at its end"
}

screen_is_gone() { # NAME
    ! tmux_do has-session -t "$1" 2>/dev/null
}

report_is_written() {
    compgen -G "$LAB_DIR/state/report-DR-*.md" >/dev/null
}

# In Markdown for people, in JSON for programs: the decision, the phases, promise and measure. One
# lies beside the store, without anybody having asked.
tell_report() {
    local text part
    await 15 report_is_written
    assert_contains "$(cat "$LAB_DIR"/state/report-DR-*.md)" "$ID"
    assert_equal 600 "$(stat -c %a "$LAB_DIR"/state/report-DR-*.md)" "mode of the report"
    text=$("$DRTOP" report --config "$CONFIG" --format md) || fail "no report"
    printf '%s\n' "$text" >"$TMPDIR/report.md"
    for part in "## Decision $ID" "- Action: FAILOVER" "- By: $(id -un) on " "- Reason: $WHY" \
        "- Phrase: $PHRASE" "- Requests sent: 1" "- Comment: seen to serve" "PRIMARY DOWN" \
        "| Infrastructure | 00:" "| Configuration | 00:" "| DB promotion | 00:" \
        "| Final validation | 00:" "| DESTROY\\_TERRAFORM | false |" \
        "| Recovery time | 20:00 | 00:" "| Data loss | "; do
        assert_contains "$text" "$part"
    done
    "$DRTOP" report --config "$CONFIG" --format json >"$TMPDIR/report.json" || fail "no report"
    assert_equal "$ID" "$(json attempts.0.request_id "$TMPDIR/report.json")" "attempt"
    assert_equal 1 "$(json attempts.length "$TMPDIR/report.json")" attempts
    assert_equal 1 "$(json attempts.0.requests "$TMPDIR/report.json")" requests
    assert_equal failed_over "$(json attempts.0.outcome "$TMPDIR/report.json")" outcome
    assert_contains "$(json figures.last_good "$TMPDIR/report.json")" T
    assert_between 1 150 "$(json figures.rto_measured_seconds "$TMPDIR/report.json")" "RTO measured"
}

# STEPS=... in the environment takes only some, to work on them.
failover_story() { # ARGUMENTS of lab/up
    local name began
    WORD=REPLICA
    [[ " $* " == *" mysql "* ]] || WORD=SLAVE
    lab_raise "$@"
    CONFIG=$(config_with failover 's/"countdown": "10s"/"countdown": "5s"/') || exit
    printf '1500\n' >"$LAB_DIR/jenkins/pace" # so that each phase is seen
    lab break jenkins-queue
    for name in ${STEPS:-calm outage review decision request run end truth epilogue report}; do
        began=$SECONDS
        "tell_$name"
        printf '%s %s s\n' "$name" "$((SECONDS - began))"
    done
}
