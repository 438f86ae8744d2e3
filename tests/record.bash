# shellcheck shell=bash
# `drtop record` and what stands in its store, for tests in bash. Sourced after lib.sh.

RECORDER= # pid of the newest that was started

# $CONFIG's store.
store() {
    printf '%s' "$LAB_DIR"/state/*.db
}

store_is_there() {
    [[ -f $(store) ]]
}

# A statement on the store, read only; rows a line, columns apart by |. Other processes write, so
# it may have to wait.
ask() { # SQL
    sqlite3 -readonly -cmd '.timeout 2000' "$(store)" "$1"
}

asked_is() { # SQL VALUE
    [[ $(ask "$1" 2>/dev/null) == "$2" ]]
}

recorder_start() { # ARGUMENT...
    "$DRTOP" record --config "$CONFIG" "$@" >>"$TMPDIR/record.log" 2>&1 </dev/null &
    RECORDER=$!
}

recorder_ended() {
    ! kill -0 "$RECORDER" 2>/dev/null
}

# Asks it to end, and waits.
recorder_stop() {
    [[ -n $RECORDER ]] || return 0
    kill "$RECORDER" 2>/dev/null
    await 10 recorder_ended
    RECORDER=
}

recorder_kill() { # PID
    kill -KILL "$1" 2>/dev/null
    wait "$1" 2>/dev/null
}

# Somebody records, and renews the lease.
is_recorded() {
    local beat_ms
    beat_ms=$(ask 'SELECT beat_ms FROM recorder' 2>/dev/null)
    [[ -n $beat_ms ]] && ((${EPOCHREALTIME/./} / 1000 - beat_ms < 2000))
}
