#!/bin/bash
# What happened is seen again: from a recording whose recorder was killed, from the store, and behind
# a live dashboard; and nothing but the screen is touched by that.
# test-limit: 150
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../record.bash
. "$(dirname "$0")/../record.bash"
# shellcheck source=../screen.bash
. "$(dirname "$0")/../screen.bash"

seen=$TMPDIR/seen.drtop

tidy() {
    screens_close
    recorder_stop
}

said() { # VERDICT: the newest that was confirmed
    [[ $(ask "SELECT json_extract(data, '\$.verdict') FROM event WHERE kind = 'verdict' AND
              json_extract(data, '\$.confirmed') ORDER BY id DESC LIMIT 1" 2>/dev/null) == "$1" ]]
}

all_closed() {
    [[ $(ask "SELECT count(*) > 0 AND sum(state <> 'closed') = 0 FROM alert") == 1 ]]
}

files() { # PATH: with what lies beside it
    (cd "${1%/*}" && sha256sum "${1##*/}"*)
}

lab_raise
recorder_start --out "$seen"
await 20 store_is_there
await 20 said normal

echo "--- an outage of the tunnel, and one of the receiver"
lab break tunnel-drop
await 30 said tunnel_down
lab heal
await 40 said normal
await 40 all_closed
tunnel=$(ask 'SELECT id FROM incident ORDER BY opened_ms LIMIT 1')
lab break receiver-stop
await 30 asked_is "SELECT count(*) FROM alert WHERE kind = 'RECEIVER' AND state = 'open'" 1
lab heal
await 40 said normal
await 40 all_closed
recorder_kill "$RECORDER"
RECORDER=

echo "--- what the killed recorder left"
assert_equal 600 "$(stat -c %a "$seen")" "mode of the recording"
assert_status 69 "$DRTOP" record --config "$CONFIG" --out "$seen"
before=$(files "$seen")

echo "--- replay"
screen_open past replay "$seen" --since "$tunnel" --speed 60
screen_awaits 10 past REPLAY
assert_lacks "$(ls -l "/proc/$(screen_pid past)/fd")" "socket:"
screen_awaits 20 past "end of what is recorded"
screen_keys past '{'
screen_awaits 5 past "RECEIVER"
screen_keys past '{'
screen_awaits 5 past "TUNNEL"
screen_keys past ' '
screen_awaits 5 past x60
screen_keys past ' '
screen_keys past '{' '}' '{'
screen_awaits 5 past paused
for key in a m F D r; do
    screen_keys past "$key"
    screen_awaits 5 past "a replay"
done
screen_keys past q
assert_equal "$before" "$(files "$seen")" "the recording, and what lies beside it"

echo "--- at the moment of the alert"
alert=$(sqlite3 -readonly "$seen" "SELECT strftime('%Y-%m-%dT%H:%M:%SZ',
    max(opened_ms) / 1000 + 1, 'unixepoch') FROM alert WHERE incident = '$tunnel'")
screen_open moment replay "$seen" --since "$alert" --speed 1
screen_keys moment ' '
screen_awaits 5 moment "TUNNEL DOWN"
screen_awaits 5 moment "timed out"
screen_awaits 5 moment open
screen_close moment

echo "--- the store, with its configuration"
screen_open store replay --config "$CONFIG" --since "$tunnel"
screen_keys store ' '
screen_awaits 10 store "$tunnel"
screen_close store

echo "--- the incident as a file of its own"
"$DRTOP" report --config "$CONFIG" --incident "$tunnel" --format recording \
    --out "$TMPDIR/incident.drtop" || fail "no export"
assert_equal "$TMPDIR/incident.drtop" "$(ls "$TMPDIR"/incident.drtop*)" files
screen_open sent replay "$TMPDIR/incident.drtop"
screen_awaits 10 sent REPLAY
screen_keys sent ' ' ']'
screen_awaits 5 sent "$tunnel"
screen_close sent

echo "--- and for other people's eyes"
"$DRTOP" report --config "$CONFIG" --incident "$tunnel" --format recording --share \
    --out "$TMPDIR/shared.drtop" || fail "no export with aliases"
shared=$(sqlite3 "$TMPDIR/shared.drtop" .dump)
assert_contains "$shared" "$tunnel"
assert_contains "$(sqlite3 "$TMPDIR/incident.drtop" .dump)" 127.0.0.1
assert_lacks "$shared" 127.0.0.1
assert_lacks "$shared" "$LAB_DIR"
screen_open shared replay "$TMPDIR/shared.drtop" --share
screen_awaits 10 shared REPLAY
assert_lacks "$(screen_text shared)" 127.0.0.1
screen_close shared

echo "--- behind a live dashboard"
screen_open live --config "$CONFIG"
screen_awaits 20 live NORMAL
screen_keys live '{'
screen_awaits 10 live HISTORY
screen_awaits 5 live RECEIVER
screen_keys live '{'
screen_awaits 5 live "$tunnel"
screen_keys live a
screen_awaits 5 live "back to live first"
screen_keys live Escape
wait_for 5 screen_lacks live HISTORY || fail "Escape does not lead back"
screen_awaits 5 live NORMAL
screen_keys live q

echo "--- what is no recording"
echo "Dear diary" >"$TMPDIR/diary"
assert_status 66 "$DRTOP" replay "$TMPDIR/diary"
assert_status 66 "$DRTOP" replay "$TMPDIR/none"
assert_status 66 "$DRTOP" replay "$seen" --since yesterday
