# shellcheck shell=bash
# How a pair of MySQL servers is made, started and spoken to. Sourced when flavour=mysql;
# mariadb.sh defines the same functions.

db_require() {
    prefix=$("$lab_dir/mysql-prefix")
}

# The prefix brings its own C library, so its own loader starts its programs.
mysql_run() { # PROGRAM, in the prefix; the command goes to the array `command`
    local libs=$prefix/usr/lib/x86_64-linux-gnu
    command=("$prefix/usr/lib64/ld-linux-x86-64.so.2" --library-path "$libs"
        --argv0 "$prefix/$1" "$prefix/$1")
}

db_create() {
    cp -r "$prefix/seed/." "$data/primary"
    cp -r "$prefix/seed/." "$data/replica"
    [[ -z $owner ]] || chown -R "$owner:" "$data"
}

# The time-outs are short so that faults show quickly; durability is that of a process that may
# be killed, not of a machine that may lose power.
db_command() { # SERVER PORT ID
    local share=$prefix/usr/share/mysql mode=OFF
    [[ $gtid != yes ]] || mode=ON
    mysql_run usr/sbin/mysqld
    command+=(--no-defaults --basedir="$prefix/usr" --plugin-dir="$prefix/usr/lib/mysql/plugin"
        --lc-messages-dir="$share" --character-sets-dir="$share/charsets"
        --datadir="$data/$1" --socket="$data/$1.sock" --pid-file="$data/$1.pid"
        --tmpdir="$data/tmp" --secure-file-priv=NULL --mysqlx=OFF
        --bind-address="$(address_of "$1")" --port="$2" --server-id="$3" --skip-name-resolve
        --report-host="$(address_of "$1")" --report-port="$2"
        --gtid-mode="$mode" --enforce-gtid-consistency="$mode"
        --log-bin="$data/$1/mysql-bin" --binlog-row-image=MINIMAL
        --max-binlog-size=16M --binlog-expire-logs-seconds=10800
        --sync-binlog=0 --innodb-flush-log-at-trx-commit=2 --innodb-doublewrite=OFF
        --innodb-redo-log-capacity=8M --innodb-buffer-pool-size=16M
        --replica-net-timeout=4 --max-connections=100 --table-open-cache=200)
    [[ $1 != replica ]] || command+=(--read-only=ON --relay-log="$data/replica/relay-bin"
        --relay-log-recovery=ON --skip-replica-start)
}

db_client() { # SERVER ARGUMENT...
    local server=$1
    local -a command
    shift
    mysql_run usr/bin/mysql
    "${command[@]}" --no-defaults --protocol=socket --socket="$data/$server.sock" \
        --user=root --connect-timeout=2 --batch --skip-column-names "$@"
}

# Least privilege: the monitor may read the state of replication and the heartbeat, no more.
db_account_sql() {
    local from
    from=$(client_address)
    cat <<SQL
CREATE USER repl@'$from' IDENTIFIED WITH caching_sha2_password BY '$(secret repl)' REQUIRE SSL;
CREATE USER mon@'$from' IDENTIFIED WITH caching_sha2_password BY '$(secret mon)';
CREATE USER nopriv@'$from' IDENTIFIED WITH caching_sha2_password BY '$(secret nopriv)';
CREATE USER drtop_probe@'$from';
CREATE USER writer@localhost IDENTIFIED WITH caching_sha2_password BY '$(secret writer)';
CREATE USER heartbeat@localhost IDENTIFIED WITH caching_sha2_password BY '$(secret heartbeat)';
GRANT REPLICATION SLAVE ON *.* TO repl@'$from';
GRANT REPLICATION CLIENT ON *.* TO mon@'$from';
GRANT SELECT ON performance_schema.* TO mon@'$from';
SQL
}

db_first_file() {
    db_client primary -e 'SHOW BINARY LOGS' | awk 'NR == 1 { print $1 }'
}

# From the very first event, so that accounts and schema travel like everything else; or from
# where the replica was. With GTIDs it knows that itself. A retry count of its own: MySQL 9.7
# gives up after ten tries by default.
db_connect_sql() { # [FILE POSITION]
    local where="SOURCE_AUTO_POSITION = 1"
    [[ $gtid == yes ]] || where="SOURCE_AUTO_POSITION = 0, SOURCE_LOG_POS = ${2:-4},
        SOURCE_LOG_FILE = '${1:-$(db_first_file)}'"
    cat <<SQL
CHANGE REPLICATION SOURCE TO SOURCE_HOST = '$(address_of primary)', SOURCE_PORT = $(source_port),
    SOURCE_USER = 'repl', SOURCE_PASSWORD = '$(secret repl)', SOURCE_SSL = 1,
    SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 86400, SOURCE_HEARTBEAT_PERIOD = 1,
    $where;
START REPLICA;
SQL
}

# What a promotion by hand does, but for the writing.
db_promote_sql() {
    printf 'STOP REPLICA; RESET REPLICA ALL; SET GLOBAL read_only = OFF'
}

# Prints where the applier stands in the primary's binary log: file, position. Nothing when the
# replica replicates from nobody.
db_applied() {
    db_client replica --vertical --column-names -e 'SHOW REPLICA STATUS' | awk '
        $1 == "Relay_Source_Log_File:" { file = $2 }
        $1 == "Exec_Source_Log_Pos:" { print file, $2 }'
}

db_thread_sql() { # START|STOP RECEIVER|APPLIER
    case $2 in
    RECEIVER) printf '%s REPLICA IO_THREAD' "$1" ;;
    APPLIER) printf '%s REPLICA SQL_THREAD' "$1" ;;
    esac
}

# Prints the threads' states and last errors: IO, its errno, SQL, its errno.
db_replication() {
    db_client replica --vertical --column-names -e 'SHOW REPLICA STATUS' | awk -F': ' '
        { gsub(/^ +/, "", $1) }
        { value[$1] = $2 }
        END { print value["Replica_IO_Running"], value["Last_IO_Errno"],
                    value["Replica_SQL_Running"], value["Last_SQL_Errno"] }'
}

# Positions are kept in the transactions themselves: nothing comes twice.
db_lenient() {
    :
}

db_strict() {
    :
}
