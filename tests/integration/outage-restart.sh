#!/bin/bash
# drtop is killed in the middle of an outage and started again: the clock of the outage goes on
# from the last good moment that the former one saw, and what is known of the primary with it.
# test-limit: 120
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../watch.bash
. "$(dirname "$0")/../watch.bash"
# shellcheck source=../record.bash
. "$(dirname "$0")/../record.bash"

milliseconds() { # UTC
    date -u -d "$1" +%s%3N
}

down() {
    seen_is verdict "PRIMARY DOWN" && seen_is confirmed true
}

incident_is_stored() {
    asked_is "SELECT count(*) FROM incident WHERE closed_ms = 0 AND id = '$(seen incident.id)'" 1
}

# With the watch as recorder: it is what forgets everything.
start() {
    watch_start --record "$CONFIG"
    await 15 seen_is record.role recorder
}

same_outage() { # WHO: against what was noted before the kill
    assert_between $((good_ms - 1500)) $((good_ms + 1500)) \
        "$(milliseconds "$(seen rto.last_good)")" "last good of $1"
    assert_equal true "$(seen rto.running)" "clock of $1"
    [[ $(seen exposure.not_received_bytes) != null ]] || fail "$1: not received is unknown"
    assert_equal "$not_received" "$(seen exposure.not_received_bytes)" "not received of $1"
    wait_for 8 seen_is incident.id "$incident" || # once it has the role
        fail "another incident of $1: $(seen incident.id)"
    [[ $(seen exposure.unobserved.seconds) != null ]] || fail "$1: nothing is unobserved"
}

lab_raise
start
await 15 seen_is verdict NORMAL
await 10 asked_is 'SELECT count(*) FROM memory WHERE last_good_ms > 0 AND primary_pos > 0' 1

lab break site-down
await 15 down
await 5 incident_is_stored
good_ms=$(milliseconds "$(seen rto.last_good)")
first_bad_ms=$(milliseconds "$(seen rto.first_bad)")
not_received=$(seen exposure.not_received_bytes)
incident=$(seen incident.id)
[[ $not_received != null ]] || fail "not received is unknown before the kill"
elapsed=$(seen rto.elapsed_max_seconds)
watch_kill

# A process that has seen nothing else: a single status.
"$DRTOP" status --config "$CONFIG" --json >"$TMPDIR/status.json"
NOW=$TMPDIR/status.json same_outage status

start
await 15 down
same_outage "the next watch"
assert_between $((first_bad_ms - 1500)) $((first_bad_ms + 1500)) \
    "$(milliseconds "$(seen rto.first_bad)")" "first bad"
assert_between "$elapsed" 60 "$(seen rto.elapsed_max_seconds)" "elapsed goes on"
assert_equal 1 "$(ask 'SELECT count(*) FROM incident')" incidents
assert_equal '' "$(ask "SELECT kind FROM alert WHERE state <> 'closed'
    GROUP BY kind, subject HAVING count(*) > 1")" "alerts that are open twice"

lab heal
await 40 seen_is verdict NORMAL
await 40 asked_is "SELECT count(*) FROM incident WHERE closed_ms > 0" 1
assert_equal false "$(seen rto.running)" "clock, healed"
