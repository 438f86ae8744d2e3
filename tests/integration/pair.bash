# shellcheck shell=bash
# What a real pair goes through, break by break, and what drtop has to say about it. Long, as
# each break has its case. Sourced:
#
#   . "$(dirname "$0")/pair.bash"
#   pair_walk --server mariadb --gtid
#
# Two observers look: `drtop status --json`, which sees one moment, and drtop-watch, which goes
# on looking as the dashboard does.

# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source=../watch.bash
. "$(dirname "${BASH_SOURCE[0]}")/../watch.bash"

SHOT=      # what the newest one-shot status saw
FLAVOUR=   # mariadb or mysql
GTID=no    # yes: the pair replicates by GTID

readonly LAG=2 NOT_RECEIVED=3 NOT_APPLIED=4 NOT_RECEIVED_TX=5 # columns of the watch's log

# --- looking

# One `drtop status --json`, which comes to an end whatever hangs.
shoot() { # [CONFIG]
    local began=$EPOCHREALTIME
    SHOT=$TMPDIR/shot.json
    "$DRTOP" status --config "${1:-$CONFIG}" --json >"$SHOT"
    STATUS=$?
    assert_between 0 7.5 "$(since "$began")" "seconds that status took"
}

since() { # EPOCHREALTIME
    local us=$((${EPOCHREALTIME/./} - ${1/./}))
    printf '%d.%03d' $((us / 1000000)) $((us / 1000 % 1000))
}

shot() { # PATH
    json "$1" "$SHOT"
}

shot_is() { # PATH VALUE
    assert_equal "$2" "$(shot "$1")" "$1"
}

frame() { # SIZE [CONFIG]
    "$DRTOP" frame --config "${2:-$CONFIG}" --size "$1" || fail "frame $1"
}

# --- figures over time

# From two polls after the mark on, and for a second, the figure is known, larger than 0 and never
# smaller than before. A lag may breathe by the time between two polls.
grew() { # COLUMN
    local slack=0
    [[ $1 != "$LAG" ]] || slack=0.3
    marked_lines | awk -v c="$1" -v slack="$slack" '
        NR == 1 { from = $1 + 500 }
        $1 < from { next }
        $c == "-" || $c <= 0 || $c < before - slack { bad = 1; exit }
        !begun { begun = $1; first = $c }
        { before = $c; at = $1 }
        END { exit bad || !(begun && at - begun >= 1000 && before > first) }'
}

assert_grows() { # COLUMN...
    local column
    for column in "$@"; do
        wait_for 4 grew "$column" && continue
        marked_lines >&2
        fail "column $column of the log does not grow"
    done
}

# Over the newest two seconds of the log every lag is near SECONDS.
lag_is_steady() { # SECONDS
    tail -n 8 "$NOW.log" | awk -v want="$1" '
        $2 == "-" || $2 < want - 0.3 || $2 > want + 0.3 { bad = 1 }
        END { exit bad || NR < 8 }'
}

lag_below() { # SECONDS
    awk -v limit="$1" 'END { exit !($2 != "-" && $2 < limit) }' "$NOW.log"
}

# Whether the lag has not been known for a second: it never was 0 meanwhile.
lag_unknown() {
    tail -n 4 "$NOW.log" | awk '$2 != "-" { known = 1 } END { exit known || NR < 4 }'
}

# --- the servers themselves

db() { # primary|replica SQL [OPTION...]: as root
    (
        export DRTOP_LAB_DIR=$LAB_DIR
        # shellcheck source=../../lab/lib/all.sh
        . "$SOURCE_DIR/lab/lib/all.sh"
        load_env
        db_client "$1" "${@:3}" -e "$2"
    )
}

# The old words or the new ones of a statement about replication.
say() { # STATEMENT in MySQL's words
    case $FLAVOUR in
    mysql) printf '%s' "$1" ;;
    mariadb) sed 's/REPLICATION SOURCE/MASTER/g; s/REPLICA/SLAVE/g; s/SOURCE_/MASTER_/g' <<<"$1" ;;
    esac
}

newest_file() {
    db primary 'SHOW BINARY LOGS' | awk 'END { print $1 }'
}

oldest_file() {
    db primary 'SHOW BINARY LOGS' | awk 'NR == 1 { print $1 }'
}

# Bytes from a coordinate to the end of the primary's newest file.
bytes_since() { # FILE POSITION
    db primary 'SHOW BINARY LOGS' | awk -v file="$1" -v pos="$2" '
        $1 == file { n = $2 - pos }
        $1 > file { n += $2 }
        END { print n }'
}

# --- breaks

lab_break() { # WHAT [VALUE]
    lab break "$@" >/dev/null
    mark
}

calm() {
    seen_is status normal && seen_is replica.receiver.state running &&
        seen_is replica.applier.state running && seen_is tunnels.0.state up &&
        seen_is primary.app.ok true && lag_below 1
}

heal() {
    lab heal >/dev/null
    await 30 calm
}

# A server counts logins that come to no end, and blocks their host after 100.
unfinished() {
    db primary "SHOW GLOBAL STATUS LIKE 'Aborted_connects'"
}

check_calm() {
    local before
    await 30 calm
    before=$(unfinished)
    shoot # its probe's first try is one with a large packet
    assert_equal "$before" "$(unfinished)" "logins that came to no end"
    ! grep -H drtop_probe "$LAB_DIR/log/primary.log" || fail "the probe is in the server's log"
    assert_equal 0 "$STATUS" "exit status"
    shot_is status normal
    shot_is sentence "primary serving, replica in step"
    assert_between 0 200000 "$(shot not_received_bytes)" not_received_bytes
    assert_between 0 200000 "$(shot not_applied_bytes)" not_applied_bytes
    assert_between 0 0.9 "$(shot lag_seconds)" lag_seconds
    assert_between 0 1 "$(shot primary.age_seconds)" "age of the primary"
    assert_between 0 1 "$(shot replica.age_seconds)" "age of the replica"
    shot_is primary.read_only false
    shot_is replica.read_only true
    shot_is replica.channels 1
    [[ $GTID == no ]] || assert_between 0 500 "$(shot not_received_tx)" not_received_tx
    [[ $FLAVOUR == mariadb ]] || assert_contains "$(shot replica.tls_cipher)" TLS
    local picture part
    picture=$(frame 80x24)
    for part in gitea-lab NORMAL Tunnel Binlog Lag Alerts "not received" "not applied" \
        primary received applied quit; do
        assert_contains "$picture" "$part"
    done
}

check_primary_kill() {
    lab_break primary-kill
    await 5 seen_has primary.reason refused
    await 8 seen_is status critical
    await 8 seen_is primary.app.http_status 503
    await 10 seen_is replica.receiver.state connecting
    await 5 lag_unknown
    shoot
    shot_is lag_seconds null
    shot_is not_received_bytes null
    shot_is replica.state live
    heal
}

check_primary_hang() {
    lab_break primary-hang
    await 5 seen_has primary.reason "no answer"
    await 5 lag_unknown
    await 8 seen_is status critical
    shoot
    shot_is primary.state failed
    shot_is lag_seconds null
    shot_is not_received_bytes null
    heal
}

check_primary_restart() {
    local before
    before=$(seen primary.written.file)
    lab_break primary-restart
    await 15 new_file_after "$before"
    await 20 calm
    assert_between 0 200000 "$(seen not_received_bytes)" "not received after the rotation"
}

new_file_after() { # FILE
    [[ $(seen primary.written.file) > $1 && $(seen replica.received.file) > $1 ]]
}

replica_is_lost() { # REASON
    await 5 seen_has replica.reason "$1"
    await 5 lag_unknown
    await 8 seen_is status critical
    seen_is verdict "DR NOT READY" || fail "the verdict is $(seen verdict)"
    seen_is primary.state live || fail "the primary suffers with the replica"
    mark
    assert_grows $NOT_RECEIVED
    shoot
    shot_is lag_seconds null
    shot_is not_received_bytes null
    shot_is primary.state live
}

check_replica_kill() {
    lab_break replica-kill
    replica_is_lost refused
    heal
}

check_replica_hang() {
    lab_break replica-hang
    replica_is_lost "no answer"
    heal
}

check_receiver_stop() {
    lab_break receiver-stop
    assert_grows $NOT_RECEIVED $LAG
    [[ $GTID == no ]] || assert_grows $NOT_RECEIVED_TX
    shoot
    shot_is status critical
    assert_contains "$(shot sentence)" "receiver stopped"
    shot_is replica.receiver.state stopped
    assert_between 1 1e9 "$(shot not_received_bytes)" not_received_bytes
    assert_between 0.3 60 "$(shot lag_seconds)" lag_seconds
    [[ $GTID == no ]] || assert_between 1 1e6 "$(shot not_received_tx)" not_received_tx
    assert_contains "$(frame 120x36)" "receiver stopped"
    distance_spans_files
    heal
}

# The receiver is stopped and the primary begins new files: the distance is what the files hold.
distance_spans_files() {
    local file pos low high
    file=$(shot replica.received.file) pos=$(shot replica.received.position)
    db primary 'FLUSH BINARY LOGS; FLUSH BINARY LOGS; FLUSH BINARY LOGS'
    assert_between 3 100 "$(files_after "$file")" "new files"
    low=$(bytes_since "$file" "$pos")
    shoot
    high=$(bytes_since "$file" "$pos")
    assert_between "$low" "$high" "$(shot not_received_bytes)" "distance over several files"
}

files_after() { # FILE
    db primary 'SHOW BINARY LOGS' | awk -v file="$1" '$1 > file { n++ } END { print n + 0 }'
}

check_applier_stop() {
    lab_break applier-stop
    assert_grows $NOT_APPLIED $LAG
    shoot
    shot_is status critical
    assert_contains "$(shot sentence)" "applier stopped"
    shot_is replica.applier.state stopped
    shot_is replica.receiver.state running
    assert_between 1 1e9 "$(shot not_applied_bytes)" not_applied_bytes
    assert_contains "$(frame 120x36)" "applier stopped"
    heal
}

check_applier_error() {
    lab_break applier-error
    await 3 seen_is replica.applier.errno 1062
    await 3 seen_is status critical
    assert_grows $NOT_APPLIED $LAG
    shoot
    assert_contains "$(shot sentence)" "applier stopped with error 1062: "
    assert_contains "$("$DRTOP" status --config "$CONFIG")" "error 1062: "
    heal
}

check_lag() {
    lab_break lag 5
    await 6 lag_is_steady 5
    [[ $(seen not_received_bytes) -gt 0 ]] || fail "late, and nothing is on its way"
    await 5 seen_has sentence "lag above the RPO"
    heal
    assert_contains "$(cat "$NOW")" '"kind": "LAG"'
}

check_tunnel_drop() {
    lab_break tunnel-drop
    await 6 seen_is tunnels.0.state down
    assert_grows $NOT_RECEIVED $LAG
    await 8 seen_is status critical
    await 10 seen_is replica.receiver.state connecting
    seen_is primary.state live || fail "the primary is reached by another way"
    heal
}

check_tunnel_reset() {
    lab_break tunnel-reset
    await 5 seen_is tunnels.0.state down
    assert_contains "refused reset" "$(seen tunnels.0.detail | awk '{ print $NF }')"
    await 6 seen_is replica.receiver.state connecting
    assert_grows $NOT_RECEIVED $LAG
    heal
}

# The relay delays bytes; the handshake of TCP is the kernel's.
greeting_takes_about() { # MS
    seen tunnels.0.greeting_ms | awk -v ms="$1" '{ exit !($1 >= ms && $1 <= ms + 60) }'
}

check_tunnel_slow() {
    lab_break tunnel-slow 200
    await 6 greeting_takes_about 200
    seen_is tunnels.0.state up || fail "slow is not down"
    heal
}

app_fails() { # HOW
    await 12 seen_has sentence "$1"
    seen_is status critical || fail "an app that is down is critical"
    seen_is replica.receiver.state running || fail "replication suffers with the app"
    lag_below 1 || fail "the lag suffers with the app"
}

check_app() {
    lab_break app-503
    await 3 seen_is primary.app.ok false
    shoot
    [[ $(shot status) != normal ]] || fail "normal, with an app that answers 503"
    app_fails "the app answers 503"
    lab_break app-slow
    app_fails "timed out"
    lab_break app-down
    app_fails "connection refused"
    heal
}

check_anchors_down() {
    lab_break anchors-down
    await 8 seen_has sentence "no neutral anchor answers"
    seen_is anchors.0.state failed || fail "the anchor answers"
    heal
}

check_site_down() {
    lab_break site-down
    await 5 seen_is primary.state failed
    await 5 seen_is primary.app.ok false
    await 5 seen_is tunnels.0.state down
    await 8 seen_is status critical
    await 5 lag_unknown
    seen_is anchors.0.state live || fail "the neutral third party is gone as well"
    seen_is replica.state live || fail "the DR site is gone as well"
    heal
}

# --- what an operator or a mistake does to the replica

check_no_privilege() {
    sed 's/"mon"/"nopriv"/; s/mon\.password/nopriv.password/' "$CONFIG" >"$LAB_DIR/nopriv.json"
    shoot "$LAB_DIR/nopriv.json"
    assert_equal 0 "$STATUS" "exit status"
    shot_is primary.state live
    shot_is replica.state live
    shot_is lag_seconds null
    shot_is not_received_bytes null
    [[ $(shot status) != normal ]] || fail "normal, and nothing could be read"
    assert_contains "$(shot replica.missing_privileges.0.grant)" "GRANT "
    assert_contains "$(shot replica.missing_privileges.0.grant)" nopriv
    assert_contains "$("$DRTOP" status --config "$LAB_DIR/nopriv.json")" "needs: GRANT "
    assert_contains "$(frame 120x36 "$LAB_DIR/nopriv.json")" "missing privilege"
    assert_status 78 "$DRTOP" --config "$LAB_DIR/nopriv.json" config check --online
    assert_contains "$output" "cannot be read: GRANT "
}

check_writable() {
    db replica 'SET GLOBAL read_only = OFF'
    await 5 seen_is verdict "SPLIT BRAIN"
    seen_is status critical || fail "two that take writes are critical"
    assert_contains "$(cat "$NOW")" "the replica accepts writes"
    db replica 'SET GLOBAL read_only = ON'
    await 5 calm
}

replica_status() { # COLUMN in MySQL's words
    db replica "$(say 'SHOW REPLICA STATUS')" --vertical --column-names | awk -F': ' -v name="$(say_column "$1")" '
        { gsub(/^ +/, "", $1) }
        $1 == name { print $2; exit }'
}

say_column() {
    if [[ $FLAVOUR == mysql ]]; then
        printf '%s' "$1"
    else
        sed 's/Source/Master/g; s/Replica/Slave/g' <<<"$1"
    fi
}

drained() {
    [[ $(replica_status Relay_Source_Log_File) == "$(replica_status Source_Log_File)" &&
        $(replica_status Exec_Source_Log_Pos) == "$(replica_status Read_Source_Log_Pos)" ]]
}

# Stops the pair in step, and makes the replica forget that it is one.
check_reset() {
    db replica "$(say 'STOP REPLICA IO_THREAD')"
    await 20 drained
    db replica "$(say 'STOP REPLICA')"
    FILE=$(replica_status Relay_Source_Log_File) POSITION=$(replica_status Exec_Source_Log_Pos)
    db replica "$(say 'RESET REPLICA ALL')"
    await 5 seen_has sentence "does not replicate"
    seen_is status critical || fail "not a replica is critical"
    seen_is replica.channels 0 || fail "channels: $(seen replica.channels)"
    shoot
    shot_is lag_seconds null
    shot_is not_received_bytes null
    shot_is not_applied_bytes null
    assert_contains "$(frame 120x36)" "not a replica"
}

channel_of() { # NAME: how a statement names it
    if [[ $FLAVOUR == mysql ]]; then
        printf "FOR CHANNEL '%s'" "$1"
    fi
}

connection_of() { # NAME
    if [[ $FLAVOUR == mariadb ]]; then
        printf "'%s'" "$1"
    fi
}

connect() { # NAME PORT WHERE
    local tls=''
    [[ $FLAVOUR == mariadb ]] || tls=', SOURCE_SSL = 1'
    db replica "$(say "CHANGE REPLICATION SOURCE $(connection_of "$1") TO SOURCE_HOST = '127.0.0.1',
        SOURCE_PORT = $2, SOURCE_USER = 'repl', SOURCE_PASSWORD = '$(cat "$LAB_DIR/repl.password")',
        SOURCE_CONNECT_RETRY = 1, SOURCE_HEARTBEAT_PERIOD = 1$tls, $3 $(channel_of "$1")")"
}

channel_thread() { # START|STOP NAME [THREAD]
    if [[ $FLAVOUR == mysql ]]; then
        db replica "$1 REPLICA ${3:-} FOR CHANNEL '$2'"
    else
        db replica "$1 SLAVE '$2' ${3:-}"
    fi
}

lab_value() { # NAME
    sed -n "s/^$1=//p" "$LAB_DIR/lab.env"
}

# A second channel: which one is meant has to be said.
check_channels() {
    local where="SOURCE_LOG_FILE = '$FILE', SOURCE_LOG_POS = $POSITION"
    if [[ $GTID == yes ]]; then
        where='SOURCE_AUTO_POSITION = 1'
        [[ $FLAVOUR == mysql ]] || where='MASTER_USE_GTID = slave_pos'
    fi
    connect dr "$(lab_value relay_port)" "$where"
    connect spare "$(lab_value dr_app_port)" "$where"
    channel_thread START dr
    shoot
    assert_contains "$(shot sentence)" "the channels dr, spare: name one with \"channel\""
    shot_is status warning
    shot_is replica.channels 2
    shot_is lag_seconds null
    shot_is not_received_bytes null
    assert_contains "$(frame 120x36)" "choose a channel"
    sed '/"dr": {/,/"user"/s/"user"/"channel": "dr", "user"/' "$CONFIG" >"$LAB_DIR/channel.json"
    watch_stop
    watch_start "$LAB_DIR/channel.json"
    await 20 calm
    seen_is replica.channel dr || fail "another channel: $(seen replica.channel)"
    sed 's/"channel": "dr"/"channel": "nobody"/' "$LAB_DIR/channel.json" >"$LAB_DIR/nobody.json"
    shoot "$LAB_DIR/nobody.json"
    assert_contains "$(shot sentence)" dr
    shot_is lag_seconds null
}

# The primary no longer has what the replica needs next: no distance is known, least of all 0.
check_purge() {
    local file
    channel_thread STOP dr IO_THREAD
    await 5 seen_is replica.receiver.state stopped
    file=$(seen replica.received.file)
    db primary 'FLUSH BINARY LOGS; FLUSH BINARY LOGS'
    await 30 purged "$file"
    db primary 'FLUSH BINARY LOGS' # else an observer with a past reads the list within a minute
    await 5 seen_is not_received_bytes null
    shoot "$LAB_DIR/channel.json"
    shot_is not_received_bytes null
    assert_contains "$(frame 120x36 "$LAB_DIR/channel.json")" purged
    channel_thread START dr
    await 10 seen_is replica.receiver.state stopped
    await 10 seen_has sentence "receiver stopped with error "
    assert_between 1236 13114 "$(seen replica.receiver.errno)" "error of the receiver"
}

purged() { # FILE
    db primary "PURGE BINARY LOGS TO '$(newest_file)'"
    [[ $(oldest_file) > $1 ]]
}

# --- the walk

step() { # NAME
    local began=$EPOCHREALTIME
    "check_$1"
    printf '%s %s s\n' "$1" "$(since "$began")"
}

# STEPS=... in the environment takes only some, to work on them.
pair_walk() { # ARGUMENTS of lab/up
    local name
    [[ " $* " != *" mysql "* ]] && FLAVOUR=mariadb || FLAVOUR=mysql
    [[ " $* " != *" --gtid "* ]] || GTID=yes
    lab_raise "$@"
    # Short memories and limits: what is broken is said sooner, what is healed is well sooner.
    sed -i -e 's/"greeting": true/"greeting": true, "period": "400ms", "window": 5/' \
        -e 's/"user": "mon",/"user": "mon", "timeout": "1500ms",/' \
        -e 's/"group"/"alerts": { "fail_for": "1s", "flap_count": 1000 }, "group"/' "$CONFIG"
    watch_start "$CONFIG"
    for name in ${STEPS:-calm primary_kill primary_hang primary_restart replica_kill \
        replica_hang receiver_stop applier_stop applier_error lag tunnel_drop tunnel_reset \
        tunnel_slow app anchors_down site_down no_privilege writable reset channels purge}; do
        step "$name"
    done
}
