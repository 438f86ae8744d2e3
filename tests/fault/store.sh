#!/bin/bash
# The history cannot be written: the disk is full, the folder read-only, the database locked or
# damaged. The dashboard goes on, says why, and records again afterwards; nothing is lost of what
# was recorded before.
# test-limit: 240
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../record.bash
. "$(dirname "$0")/../record.bash"
# shellcheck source=../watch.bash
. "$(dirname "$0")/../watch.bash"
# shellcheck source=../screen.bash
. "$(dirname "$0")/../screen.bash"

MOUNTED= # a small file system over the state's folder

tidy() {
    screens_close
    lock_release
    [[ -z $MOUNTED ]] || umount --lazy "$LAB_DIR/state" # what was in it ends soon
}

# A folder of a size of its own, where root may make one.
mount_state() {
    mkdir -m 0700 "$LAB_DIR/state"
    [[ $(id -u) == 0 ]] && mount -t tmpfs -o size=2m,mode=0700 drtop-test "$LAB_DIR/state" 2>/dev/null &&
        MOUNTED=1
}

# Two that may record: a dashboard, and one that says in JSON what it knows.
observers_begin() {
    screen_open board --config "$CONFIG"
    screen_awaits 15 board NORMAL
    watch_start --record "$CONFIG"
}

observers_end() {
    local board
    board=$(screen_pid board)
    screen_close board
    watch_kill
    await 10 ended "$board"
    await 10 ended "$watch"
}

ended() { # PID
    ! kill -0 "$1" 2>/dev/null
}

# --- what is recorded

kept() {
    ask 'SELECT id, kind, subject, opened_ms FROM alert ORDER BY id'
    ask 'SELECT id, at_ms, kind, text FROM event ORDER BY id'
    ask 'SELECT at_s, verdict FROM sample ORDER BY at_s'
}

remember() {
    kept >"$TMPDIR/kept.before"
    [[ $(wc -l <"$TMPDIR/kept.before") -gt 3 ]] || fail "there is nothing to lose"
}

# Alerts go on, so rows may have been added.
nothing_is_lost() {
    kept >"$TMPDIR/kept.now"
    local lost
    lost=$(grep -Fxvf "$TMPDIR/kept.now" "$TMPDIR/kept.before")
    [[ -z $lost ]] || fail "lost: $lost"
    assert_equal ok "$(ask 'PRAGMA integrity_check')" integrity
}

sampled_since() { # UNIX SECONDS
    [[ $(ask "SELECT count(*) FROM sample WHERE at_s > $1" 2>/dev/null) -gt 1 ]]
}

# --- what is said

# An alert of its own on the screen; the verdict and the clocks go on.
troubled() { # WHY
    local clock
    screen_awaits 20 board "open  RECORD"
    wait_for 10 screen_has board "$1" || { screen_text board >&2; fail "the screen does not say: $1"; }
    screen_has board NORMAL || screen_has board DEGRADED || fail "the verdict is gone"
    clock=$(clock_on_screen)
    await 5 clock_moves "$clock"
}

clock_on_screen() {
    screen_text board | grep -o '[0-9][0-9]:[0-9][0-9]:[0-9][0-9]' | head -n 1
}

clock_moves() { # FROM
    local now
    now=$(clock_on_screen)
    [[ -n $now && $now != "$1" ]]
}

# The JSON says the same.
status_says() { # WHY
    wait_for 10 seen_has record.why "$1" || fail "record.why is \"$(seen record.why)\""
    seen_is record.maintained false || fail "it is recorded"
}

recovers() {
    local from
    from=$(date +%s)
    await 20 sampled_since "$from"
    wait_for 20 screen_lacks board "open  RECORD" || fail "the alert stays open"
    wait_for 10 seen_is record.maintained true || fail "not recorded: $(seen record.why)"
    wait_for 10 seen_is record.why null || fail "recorded, but $(seen record.why)"
    nothing_is_lost
}

# --- the faults

full_disk() {
    remember
    dd if=/dev/zero of="$LAB_DIR/state/ballast" bs=4096 2>/dev/null
    troubled "full"
    status_says "full"
    rm "$LAB_DIR/state/ballast"
    recovers
}

# Read-only from the start, since a file system with a writer cannot be made so. By the mount, or
# by the mode, which binds all but root.
read_only_mount() {
    mount -o remount,ro "$LAB_DIR/state" || fail "cannot be made read-only"
}

writable_mount() {
    mount -o remount,rw "$LAB_DIR/state" || fail "cannot be made writable"
}

read_only_mode() {
    chmod 0400 "$LAB_DIR"/state/*
    chmod 0500 "$LAB_DIR/state"
}

writable_mode() {
    chmod 0700 "$LAB_DIR/state"
    chmod 0600 "$LAB_DIR"/state/*
}

read_only() {
    local how=mode why="permission denied"
    [[ -z $MOUNTED ]] || how=mount why="read-only"
    remember
    observers_end
    read_only_$how
    observers_begin
    troubled "$why"
    status_says "$why"
    writable_$how
    recovers
}

lock_take() {
    exec {locked}> >(exec sqlite3 -cmd '.timeout 5000' "$(store)" >"$TMPDIR/lock")
    printf "BEGIN EXCLUSIVE;\nSELECT 'locked';\n" >&"$locked"
    await 10 grep -qs locked "$TMPDIR/lock"
}

lock_release() {
    [[ -z ${locked:-} ]] || exec {locked}>&-
    locked=
}

locked_database() {
    remember
    lock_take
    troubled "locked"
    status_says "locked"
    lock_release
    recovers
}

scribble() { # FILE
    [[ ! -f $1 ]] || head -c "$(stat -c %s "$1")" /dev/urandom | dd of="$1" conv=notrunc 2>/dev/null
}

# Found damaged at the start: whoever has it open already works on with what it has read. What was
# saved is put back under their feet.
damaged() {
    local file
    file=$(store)
    remember
    observers_end
    cp "$file" "$TMPDIR/saved.db"
    [[ ! -f $file-wal ]] || cp "$file-wal" "$TMPDIR/saved.db-wal"
    scribble "$file"
    scribble "$file-wal"
    observers_begin
    troubled "damaged"
    status_says "damaged"
    rm -f "$file" "$file-wal" "$file-shm"
    [[ ! -f $TMPDIR/saved.db-wal ]] || cp "$TMPDIR/saved.db-wal" "$file-wal"
    cp "$TMPDIR/saved.db" "$file"
    recovers
}

# --- the walk

lab_raise
sed -i 's/"group"/"alerts": { "fail_for": "1s", "clear_for": "1s" }, "group"/' "$CONFIG"
mount_state || echo "no file system of its own: full and read-only are not tried"
observers_begin
await 10 is_recorded
lab break app-503
await 20 asked_is "SELECT count(*) FROM alert WHERE kind = 'APP'" 1
lab heal
screen_awaits 30 board NORMAL
if [[ -n $MOUNTED ]]; then
    faults=(full_disk read_only locked_database damaged)
elif [[ $(id -u) != 0 ]]; then
    faults=(read_only locked_database damaged)
else
    faults=(locked_database damaged)
fi
for fault in ${STEPS:-"${faults[@]}"}; do
    echo "--- $fault"
    $fault
done
