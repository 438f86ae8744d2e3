#!/bin/bash
# A store that a newer drtop has written: this one says so, goes on, and changes nothing in it.
# test-limit: 90
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../record.bash
. "$(dirname "$0")/../record.bash"
# shellcheck source=../screen.bash
. "$(dirname "$0")/../screen.bash"

sum() {
    sha256sum <"$(store)"
}

tidy() {
    screens_close
    recorder_stop
}

lab_raise
recorder_start
await 10 store_is_there
await 10 is_recorded
lab break app-503
await 20 asked_is "SELECT count(*) FROM alert WHERE kind = 'APP' AND state = 'open'" 1
recorder_stop
sqlite3 "$(store)" 'PRAGMA user_version = 1000; PRAGMA wal_checkpoint(TRUNCATE);' >/dev/null
before=$(sum)
events=$(ask 'SELECT count(*) FROM event')

echo "--- status"
assert_equal viewer "$(status_json record.role)" role
assert_contains "$(status_json record.why)" newer
assert_equal "APP DOWN" "$(status_json verdict)" "what it sees itself"

echo "--- the dashboard"
screen_open newer --config "$CONFIG"
screen_awaits 15 newer "APP DOWN"
screen_awaits 5 newer newer
screen_keys newer 4 # the alerts' pane
screen_keys newer a
screen_awaits 5 newer "newer than this drtop"
lab heal # transitions that would be written
screen_awaits 30 newer NORMAL
screen_close newer

echo "--- drtop record"
recorder_start
await 10 grep -q newer "$TMPDIR/record.log"
recorder_stop

assert_equal "$before" "$(sum)" "the store, byte by byte"
assert_equal 1000 "$(ask 'PRAGMA user_version')" version
assert_equal "$events" "$(ask 'SELECT count(*) FROM event')" events
