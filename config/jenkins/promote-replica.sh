#!/usr/bin/env bash
# Usage: promote-replica.sh [--timeout SECONDS] [--record FILE] [--dry-run] -- CLIENT [ARG...]
#
# Makes a replica the primary, in the order that loses nothing of what it has received:
#
#   1. stop the receiver                       (nothing more arrives)
#   2. wait until all that arrived is applied, and check it
#   3. record where it stands
#   4. stop the applier, forget the source     (it cannot go on replicating)
#   5. switch read_only and super_read_only off
#   6. record its own coordinates, and check that it is writable and has no channel
#
# CLIENT is a mysql or mariadb client that reaches the replica as an administrator, for example
#     promote-replica.sh -- mysql --defaults-extra-file=promote.cnf
# MySQL 8.0.22 and newer, and MariaDB 10.5 and newer; by file and position or by GTID; one channel.
#
# Refuses, and starts the receiver again, when what arrived cannot be applied within SECONDS (60):
# then promoting would throw it away. Nothing is changed for good before step 4. --dry-run ends
# after step 3 and starts the receiver again.
#
# Status: 0 promoted; 2 not all that was received could be applied; 3 not a replica (a second
# promotion, for example); 4 something failed after step 4 had begun; 1 anything else; 64 usage.
# FILE gets lines NAME=VALUE: before.source (FILE POSITION in the source's binary log),
# before.executed and after.executed (GTIDs), after.binlog (FILE POSITION of its own), taken_utc.

set -uo pipefail

timeout_s=60 record='' dry_run=no
client=()
receiver_stopped=no # by us: to be undone when we give up
past_return=no
declare -A status=() # the fields of SHOW REPLICA STATUS, in MySQL's words

say() {
    printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*"
}

die() { # STATUS MESSAGE...
    say "NOT PROMOTED: ${*:2}"
    if [[ $receiver_stopped == yes && $past_return == no ]]; then
        if sql "START $replica_word $receiver_word"; then
            say "the receiver runs again"
        else
            say "the receiver is stopped and does not start again: START $replica_word $receiver_word"
        fi
    fi
    exit "$1"
}

usage_error() {
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2
    exit 64
}

parse_args() {
    while (($#)); do
        case $1 in
        --timeout) timeout_s=${2:-} && shift ;;
        --record) record=${2:-} && shift ;;
        --dry-run) dry_run=yes ;;
        --)
            shift
            client=("$@")
            break
            ;;
        *) usage_error ;;
        esac
        shift || usage_error
    done
    [[ $timeout_s =~ ^[0-9]{1,6}$ ]] || usage_error
    ((${#client[@]} > 0)) || usage_error
}

# --- asking the server

sql() { # STATEMENT
    "${client[@]}" --batch --skip-column-names --execute "$1" </dev/null
}

# MariaDB knows the words of MySQL 8.0.22 only in part.
learn_words() {
    version=$(sql 'SELECT VERSION()') || die 1 "the server does not answer"
    receiver_word=IO_THREAD
    if [[ $version == *MariaDB* ]]; then
        flavour=mariadb replica_word=SLAVE
    else
        flavour=mysql replica_word=REPLICA
    fi
    gtid=no
    if [[ $flavour == mysql && $(sql 'SELECT @@GLOBAL.gtid_mode') == ON* ]]; then
        gtid=yes
    fi
}

# Fails when it cannot be read. Master is Source in the names, and Slave is Replica.
read_status() {
    local text line name value rows=0
    text=$("${client[@]}" --vertical --column-names \
        --execute "SHOW $replica_word STATUS" </dev/null) || return 1
    status=()
    while IFS= read -r line; do
        if [[ $line == \*\*\** ]]; then
            rows=$((rows + 1))
        elif [[ $line =~ ^\ *([A-Za-z_]+):\ ?(.*)$ ]]; then
            name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
            name=${name//Master/Source}
            status[${name//Slave/Replica}]=$value
        elif [[ -n $line && -n ${name:-} ]]; then
            status[${name//Slave/Replica}]+=$line # a set of GTIDs goes over several lines
        fi
    done <<<"$text"
    status[rows]=$rows
}

source_position() {
    printf '%s %s' "${status[Relay_Source_Log_File]:-}" "${status[Exec_Source_Log_Pos]:-}"
}

# What the receiver has written is applied to the last byte.
applied_all() {
    [[ -n ${status[Source_Log_File]:-} &&
        ${status[Relay_Source_Log_File]:-} == "${status[Source_Log_File]}" &&
        ${status[Exec_Source_Log_Pos]:-} == "${status[Read_Source_Log_Pos]:-x}" ]] || return 1
    [[ $gtid == no ]] || gtids_applied
}

# Whole transactions only stand in the retrieved set.
gtids_applied() {
    [[ $(sql "SELECT GTID_SUBSET('${status[Retrieved_Gtid_Set]:-}', @@GLOBAL.gtid_executed)") == 1 ]]
}

busy_workers() {
    if [[ $flavour == mariadb ]]; then
        sql "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND = 'Slave_worker'
            AND STATE NOT LIKE 'Waiting for work from SQL thread%'"
    else
        sql "SELECT COUNT(*) FROM performance_schema.threads
            WHERE NAME IN ('thread/sql/replica_worker', 'thread/sql/slave_worker') AND
            COALESCE(PROCESSLIST_STATE, '') NOT LIKE 'Waiting for an event from Coordinator%'"
    fi
}

# The receiver may have been cut off inside a transaction, whose end will never come: the applier
# has read everything and waits. Whoever committed it at the source has lost it already.
ends_inside_transaction() {
    [[ ${status[Replica_SQL_Running_State]:-} == *'has read all relay log'* ]] || return 1
    [[ $gtid == no ]] || gtids_applied || return 1
    [[ $(busy_workers) == 0 ]]
}

# --- the steps

check_replica() {
    read_status || die 1 "the state of replication cannot be read"
    ((status[rows] > 0)) || die 3 "this server replicates from nobody: it was promoted before, or is another"
    ((status[rows] == 1)) || die 1 "this server has ${status[rows]} channels: promote it by hand"
    say "replicates from ${status[Source_Host]:-?}:${status[Source_Port]:-?}," \
        "received ${status[Source_Log_File]:-?} ${status[Read_Source_Log_Pos]:-?}," \
        "applied $(source_position)"
}

check_applier() {
    local error=${status[Last_SQL_Errno]:-0}
    [[ $error == 0 ]] || die 2 "the applier has stopped with error $error: ${status[Last_SQL_Error]:-}"
    [[ ${status[Replica_SQL_Running]:-} == Yes ]] ||
        die 2 "the applier does not run, and what was received is not all applied"
}

stop_receiver() {
    say "stopping the receiver"
    sql "STOP $replica_word $receiver_word" || die 1 "the receiver does not stop"
    receiver_stopped=yes
    read_status || die 1 "the state of replication cannot be read"
    [[ ${status[Replica_IO_Running]:-} == No ]] || die 1 "the receiver still runs"
}

# Twice in a row and three seconds apart, the end inside a transaction.
drain() {
    local deadline=$((SECONDS + timeout_s)) stuck_at='' stuck_since=0
    say "waiting until all that was received is applied, for $timeout_s s at most"
    until applied_all; do
        check_applier
        if ! ends_inside_transaction || [[ $stuck_at != "$(source_position)" ]]; then
            stuck_at=$(source_position) stuck_since=$SECONDS
        elif ((SECONDS - stuck_since >= 3)); then
            say "the relay log ends inside a transaction that was not received whole: it is left out"
            [[ $flavour == mariadb ]] || say "(MySQL may take a minute to give it up)"
            return
        fi
        ((SECONDS < deadline)) ||
            die 2 "not all applied after $timeout_s s: received ${status[Source_Log_File]:-?}" \
                "${status[Read_Source_Log_Pos]:-?}, applied $(source_position)"
        sleep 0.1
        read_status || die 1 "the state of replication cannot be read"
    done
    say "all that was received is applied: $(source_position)"
}

executed_gtids() {
    if [[ $flavour == mariadb ]]; then
        sql 'SELECT @@GLOBAL.gtid_current_pos'
    else
        sql 'SELECT @@GLOBAL.gtid_executed' | tr -d '\n ' # may go over several lines
    fi
}

note() { # NAME VALUE
    say "$1 = ${2:-none}"
    [[ -z $record ]] || printf '%s=%s\n' "$1" "$2" >>"$record"
}

record_before() {
    [[ -z $record ]] || : >"$record" || die 1 "cannot write $record"
    note before.source "$(source_position)"
    note before.executed "$(executed_gtids)"
}

# The statement's name changed in MySQL 8.2, and the old one is gone since 8.4.
own_binlog() {
    { sql 'SHOW BINARY LOG STATUS' 2>/dev/null || sql 'SHOW MASTER STATUS'; } |
        awk 'NR == 1 { print $1, $2 }'
}

forget_source() {
    local before after
    before=$(source_position)
    past_return=yes
    trap '' INT TERM HUP # half a promotion is worse than either
    say "stopping the applier and forgetting the source"
    sql "STOP $replica_word" || die 4 "replication does not stop"
    read_status || die 4 "the state of replication cannot be read"
    after=$(source_position)
    [[ $after == "$before" ]] || say "the applier went from $before to $after meanwhile"
    sql "RESET $replica_word ALL" || die 4 "the source is not forgotten"
}

open_for_writes() {
    say "switching read_only off"
    if [[ $flavour == mysql ]]; then
        sql 'SET GLOBAL super_read_only = OFF' || die 4 "super_read_only stays on"
    fi
    sql 'SET GLOBAL read_only = OFF' || die 4 "read_only stays on"
}

check_after() {
    read_status || die 4 "the state of replication cannot be read"
    ((status[rows] == 0)) || die 4 "there is still a channel"
    [[ $(sql 'SELECT @@GLOBAL.read_only') == 0 ]] || die 4 "the server is still read-only"
    note after.executed "$(executed_gtids)"
    note after.binlog "$(own_binlog)"
    note taken_utc "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
}

parse_args "$@"
trap 'die 1 "told to stop"' INT TERM HUP
learn_words
say "$version"
check_replica
stop_receiver
drain
record_before
if [[ $dry_run == yes ]]; then
    sql "START $replica_word $receiver_word" || die 1 "the receiver does not start again"
    say "a dry run: nothing was changed, the receiver runs again"
    exit 0
fi
forget_source
open_for_writes
check_after
say "PROMOTED: this server is the primary now"
