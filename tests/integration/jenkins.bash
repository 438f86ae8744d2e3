# shellcheck shell=bash
# A failover through the lab's Jenkins, and the promotion that it and the reference pipeline share,
# on a real pair. Sourced:
#
#   . "$(dirname "$0")/jenkins.bash"
#   jenkins_walk --server mariadb

# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

readonly JOB=/job/Azure-Gitea-Deployment DRILL=/job/Azure-Gitea-Drill
PROMOTE=$SOURCE_DIR/config/jenkins/promote-replica.sh

# --- the controller and the replica

jenkins() { # PATH [ARGUMENT of curl...]
    local path=$1
    shift
    curl --silent --globoff --max-time 10 "$@" \
        --config <(printf 'user = "operator:%s"\n' "$(cat "$LAB_DIR/jenkins.token")") \
        "http://127.0.0.1:$(lab_value jenkins_port)$path"
}

lab_value() { # NAME
    sed -n "s/^$1=//p" "$LAB_DIR/lab.env"
}

trigger() { # JOB REQUEST_ID
    jenkins "$1/buildWithParameters" --output /dev/null --write-out '%{http_code}' \
        -d DEPLOYMENT_MODE=failover -d PLAN_TERRAFORM=true -d APPLY_TERRAFORM=true \
        -d DEPLOY_ANSIBLE=true -d DESTROY_TERRAFORM="${DESTROY:-false}" -d "DRTOP_REQUEST_ID=$2" \
        -d DRTOP_OPERATOR=tester -d DRTOP_REASON=INC-1
}

ended() { # JOB NUMBER
    [[ $(jenkins "$1/$2/api/json?tree=building") == *'"building":false'* ]]
}

result() { # JOB NUMBER
    jenkins "$1/$2/api/json?tree=result" | json result
}

console() { # JOB NUMBER
    jenkins "$1/$2/consoleText"
}

replica() { # ARGUMENT of the client...
    "$SOURCE_DIR/lab/jenkins-pipeline" client "$LAB_DIR" "$@"
}

sql() { # STATEMENT
    replica -e "$1"
}

replica_field() { # NAME, with Source and Replica in it
    replica --vertical --column-names -e "SHOW $WORD STATUS" |
        sed -n -e 's/Master/Source/' -e 's/Slave/Replica/' -e "s/^ *$1: //p"
}

is_replica() {
    [[ -n $(replica_field Source_Host) ]]
}

receiver_runs() {
    [[ $(replica_field Replica_IO_Running) == Yes ]]
}

read_only() {
    sql 'SELECT @@GLOBAL.read_only'
}

received() {
    printf '%s %s' "$(replica_field Source_Log_File)" "$(replica_field Read_Source_Log_Pos)"
}

applied() {
    printf '%s %s' "$(replica_field Relay_Source_Log_File)" "$(replica_field Exec_Source_Log_Pos)"
}

behind() {
    [[ $(received) != "$(applied)" ]]
}

promote() { # STATUS [ARGUMENT...]
    local expected=$1
    shift
    assert_status "$expected" "$PROMOTE" "$@" -- "$SOURCE_DIR/lab/jenkins-pipeline" client "$LAB_DIR"
}

# As it was: nothing was changed for good.
assert_untouched() {
    is_replica || fail "there is no channel any more"
    await 10 receiver_runs
    assert_equal 1 "$(read_only)" read_only
}

assert_promoted() {
    ! is_replica || fail "there is still a channel"
    assert_equal 0 "$(read_only)" read_only
    sql "REPLACE INTO app.request VALUES (5000, 1)" || fail "the replica takes no writes"
}

# --- the tests

# What was received and cannot be applied is not thrown away.
check_undrained() {
    lab break applier-stop
    await 20 behind
    promote 2 --timeout 3
    assert_contains "$output" "NOT PROMOTED: the applier does not run"
    assert_contains "$output" "the receiver runs again"
    assert_untouched
    lab heal applier-stop
}

check_dry_run() {
    promote 0 --dry-run --record "$TMPDIR/dry"
    assert_contains "$output" "a dry run"
    grep -q '^before.source=mysql-bin' "$TMPDIR/dry" || fail "no coordinates"
    assert_untouched
}

# Held up for longer than the script would wait for the end of half a transaction: it must not
# take a long transaction for one.
check_slow_drain() {
    local holder at
    replica -e 'LOCK TABLES app.t READ; DO SLEEP(8)' &
    holder=$!
    await 8 behind_and_held
    promote 2 --timeout 4
    assert_contains "$output" "not all applied after 4 s"
    assert_untouched
    wait "$holder"
    replica -e 'LOCK TABLES app.t READ; DO SLEEP(5)' &
    await 8 behind_and_held
    promote 0 --timeout 60 --record "$TMPDIR/slow"
    assert_lacks "$output" "ends inside a transaction"
    at=$(sed -n 's/^before.source=//p' "$TMPDIR/slow")
    assert_contains "$output" "all that was received is applied: $at"
    assert_promoted
    promote 3 # once is enough
    assert_contains "$output" "replicates from nobody"
    printf '%s\n' "$at" >"$LAB_DIR/applied"
    lab heal
    is_replica || fail "healed, and no replica"
}

behind_and_held() {
    behind && [[ $(sql "SELECT COUNT(*) FROM information_schema.PROCESSLIST
        WHERE STATE LIKE 'Waiting for table%'") != 0 ]]
}

# The path breaks inside a transaction: its end is nowhere but at the primary.
check_half_transaction() {
    local at data
    data=$(lab_value data)
    RELAYED=$(relayed)
    big_transaction &
    await 20 half_received
    "$BUILD_DIR/lab/lab-relay" ctl "$data/relay.sock" drop 1 >/dev/null # at once
    lab break site-down
    wait $!
    behind || fail "nothing is half received"
    promote 0 --timeout 30 --record "$TMPDIR/half"
    assert_contains "$output" "ends inside a transaction that was not received whole"
    assert_promoted
    assert_equal 0 "$(sql 'SELECT COUNT(*) FROM lab.big')" "rows of half a transaction"
    at=$(sed -n 's/^before.source=//p' "$TMPDIR/half")
    printf '%s\n' "$at" >"$LAB_DIR/applied"
    lab heal
}

big_transaction() {
    primary "CREATE TABLE IF NOT EXISTS lab.big (id INT AUTO_INCREMENT PRIMARY KEY, pad VARBINARY(4000));
        INSERT INTO lab.big (pad) SELECT REPEAT('x', 4000)
        FROM information_schema.COLUMNS a, information_schema.COLUMNS b LIMIT 20000" 2>/dev/null
}

# Through the lab's own client, at the primary.
primary() { # STATEMENT
    LAB_SERVER=primary "$SOURCE_DIR/lab/jenkins-pipeline" client "$LAB_DIR" -e "$1"
}

# Bytes that the receiver has written.
relayed() {
    find "$data/replica" -name 'relay-bin.[0-9]*' -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }'
}

half_received() { # of 80 MB
    (($(relayed) > RELAYED + 3000000))
}

check_drill() {
    assert_equal 201 "$(trigger "$DRILL" drill-1)"
    await 30 ended "$DRILL" 1
    assert_equal SUCCESS "$(result "$DRILL" 1)"
    assert_untouched
    assert_contains "$(console "$DRILL" 1)" "nothing is promoted"
    assert_contains "$(console "$DRILL" 1)" "application configured"
    (exec 3<>"/dev/tcp/127.0.0.1/$(lab_value dr_app_port)") 2>/dev/null &&
        fail "the drill left an application behind"
    return 0
}

check_refusals() {
    lab break jenkins-phase-fail 3
    trigger "$JOB" fails >/dev/null
    await 30 ended "$JOB" 1
    assert_equal FAILURE "$(result "$JOB" 1)"
    assert_untouched
    lab heal jenkins-phase-fail
    DESTROY=true trigger "$JOB" destroys >/dev/null
    await 30 ended "$JOB" 2
    assert_equal FAILURE "$(result "$JOB" 2)"
    assert_contains "$(console "$JOB" 2)" "DESTROY_TERRAFORM is true: refused"
}

check_failover() {
    local log port
    lab break site-down
    assert_equal 201 "$(trigger "$JOB" whole-1)"
    await 60 ended "$JOB" 3
    log=$(console "$JOB" 3)
    [[ $(result "$JOB" 3) == SUCCESS ]] || fail "$log"
    assert_promoted
    port=$(lab_value dr_app_port)
    assert_equal 200 "$(curl --silent --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:$port/")"
    assert_contains "$log" "before.source = "
    assert_contains "$log" "after.binlog = "
    assert_contains "$log" "wrote and read back"
    trigger "$JOB" whole-1 >/dev/null # again, by somebody who does not know
    await 30 ended "$JOB" 4
    assert_contains "$(console "$JOB" 4)" "request whole-1 already ran as build 3"
    assert_equal 2 "$(grep -c 'POST .* whole-1 ' "$LAB_DIR/jenkins.ledger")" POSTs
    lab heal
    is_replica || fail "healed, and no replica"
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && fail "the DR application still runs"
    return 0
}

# STEPS=... in the environment takes only some, to work on them.
jenkins_walk() { # ARGUMENTS of lab/up
    local name began
    WORD=REPLICA
    [[ " $* " == *" mysql "* ]] || WORD=SLAVE
    lab_raise "$@"
    for name in ${STEPS:-dry_run drill refusals undrained slow_drain failover half_transaction}; do
        began=$SECONDS
        "check_$name"
        printf '%s %s s\n' "$name" "$((SECONDS - began))"
    done
}
