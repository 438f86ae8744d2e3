#!/bin/bash
# Two dashboards and a recorder on one store tell one story: the same alerts, an acknowledgement
# given in one seen in the other, and a recorder that is lost is replaced.
# test-limit: 180
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../record.bash
. "$(dirname "$0")/../record.bash"
# shellcheck source=../screen.bash
. "$(dirname "$0")/../screen.bash"

tidy() {
    screens_close
    recorder_stop
}

who_records() {
    ask 'SELECT who FROM recorder'
}

recorder_is_another() { # WHO
    local now
    now=$(who_records 2>/dev/null)
    [[ -n $now && $now != "$1" ]] && is_recorded
}

open_alerts() { # KIND
    ask "SELECT count(*) FROM alert WHERE kind = '$1' AND state <> 'closed'"
}

one_open() { # KIND
    [[ $(open_alerts "$1") == 1 ]]
}

none_open() {
    asked_is "SELECT count(*) FROM alert WHERE state <> 'closed'" 0
}

since_ms() { # EPOCHREALTIME
    echo $(((${EPOCHREALTIME/./} - ${1/./}) / 1000))
}

lab_raise
sed -i 's/"group"/"alerts": { "fail_for": "1s", "clear_for": "1s" }, "group"/' "$CONFIG"
recorder_start
await 10 store_is_there
await 10 is_recorded
first=$(who_records)
assert_contains "$first" "$RECORDER"
screen_open left --config "$CONFIG"
screen_open right --config "$CONFIG"
screen_awaits 15 left NORMAL
screen_awaits 15 right NORMAL
await 5 asked_is 'SELECT who FROM recorder' "$first" # the dashboards leave the role alone

echo "--- an alert stands on both, and in the store once"
lab break receiver-stop
await 15 one_open RECEIVER
screen_awaits 2 left RECEIVER
screen_awaits 2 right RECEIVER

echo "--- acknowledged on the left, seen on the right"
screen_lacks right "ack $(id -un)" || fail "acknowledged already"
screen_keys left 4 # the alerts' pane
screen_keys left a
screen_type left "looking into it"
screen_keys left Enter
began=$EPOCHREALTIME
wait_for 2 asked_is "SELECT comment FROM alert WHERE kind = 'RECEIVER' AND state = 'acknowledged'" \
    "looking into it" || { screen_text left >&2; fail "not in the store within 2 s"; }
printf 'in the store after %s ms\n' "$(since_ms "$began")"
screen_awaits 2 right "ack $(id -un)"
printf 'on the other screen after %s ms\n' "$(since_ms "$began")"
assert_between 0 2500 "$(since_ms "$began")" "milliseconds"
assert_equal acked "$(ask "SELECT kind FROM event WHERE kind = 'acked'")" "event"

echo "--- the recorder is killed: another takes over"
recorder_kill "$RECORDER"
RECORDER=
began=$EPOCHREALTIME
wait_for 5 recorder_is_another "$first" || fail "nobody took over within 5 s"
printf 'taken over after %s ms by %s\n' "$(since_ms "$began")" "$(who_records)"
await 5 one_open RECEIVER
assert_equal 1 "$(ask "SELECT count(*) FROM alert WHERE kind = 'RECEIVER'")" "receiver alerts"
assert_equal acknowledged "$(ask "SELECT state FROM alert WHERE kind = 'RECEIVER'")" "its state"

echo "--- what closes, closes once, and nothing was told twice"
lab heal
await 30 none_open
assert_equal '' "$(ask 'SELECT alert, kind FROM event WHERE alert IS NOT NULL
    GROUP BY alert, kind HAVING count(*) > 1')" "transitions that stand twice"
assert_equal 1 "$(ask "SELECT count(*) FROM event WHERE kind = 'closed' AND alert =
    (SELECT id FROM alert WHERE kind = 'RECEIVER')")" "closings of the receiver's alert"
screen_awaits 15 left NORMAL
