# shellcheck shell=bash
# How a pair of MariaDB servers is made, started and spoken to. Sourced when flavour=mariadb;
# mysql.sh defines the same functions.

db_require() {
    local program
    for program in mariadbd mariadb-install-db mariadb; do
        command -v "$program" >/dev/null || die "$program is missing: lab/install lab"
    done
}

# One bootstrap, copied: MariaDB keeps no identity of the server in its data. Root is let in by
# its name on the UNIX socket only, so that no passwordless account listens on loopback. By
# force: otherwise it insists on a host name that resolves.
db_create() {
    owned -- mariadb-install-db --no-defaults --datadir="$data/primary" --skip-test-db --force \
        --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" \
        --innodb-log-file-size=4M >"$run/log/install.log" 2>&1 ||
        die "mariadb-install-db failed: see $run/log/install.log"
    owned -- cp -a "$data/primary" "$data/replica"
}

# The time-outs are short so that faults show quickly; durability is that of a process that may
# be killed, not of a machine that may lose power.
db_command() { # SERVER PORT ID
    command=(mariadbd --no-defaults
        --datadir="$data/$1" --socket="$data/$1.sock" --tmpdir="$data/tmp"
        --bind-address="$(address_of "$1")" --port="$2" --server-id="$3" --skip-name-resolve
        --report-host="$(address_of "$1")" --report-port="$2"
        --log-bin="$data/$1/mysql-bin" --binlog-format=ROW --binlog-row-image=MINIMAL
        --log-slave-updates=ON --max-binlog-size=16M --binlog-expire-logs-seconds=10800
        --sync-binlog=0 --innodb-flush-log-at-trx-commit=2
        --slave-net-timeout=4 --max-connections=100 --table-open-cache=100
        --performance-schema=OFF --innodb-buffer-pool-size=8M --innodb-log-file-size=4M
        --innodb-temp-data-file-path=ibtmp1:1M:autoextend --innodb-autoextend-increment=1
        --key-buffer-size=1M --aria-pagecache-buffer-size=1M)
    [[ $1 != replica ]] || command+=(--read-only=ON --relay-log="$data/replica/relay-bin"
        --relay-log-recovery=ON --skip-slave-start)
}

db_client() { # SERVER ARGUMENT...
    local server=$1
    shift
    mariadb --no-defaults --protocol=socket --socket="$data/$server.sock" \
        --user="$(id -un)" --connect-timeout=2 --batch --skip-column-names "$@"
}

# Least privilege: the monitor may read the state of replication and the heartbeat, no more.
db_account_sql() {
    local from
    from=$(client_address)
    cat <<SQL
CREATE USER repl@'$from' IDENTIFIED BY '$(secret repl)';
CREATE USER mon@'$from' IDENTIFIED BY '$(secret mon)';
CREATE USER nopriv@'$from' IDENTIFIED BY '$(secret nopriv)';
CREATE USER drtop_probe@'$from';
CREATE USER writer@localhost IDENTIFIED BY '$(secret writer)';
CREATE USER heartbeat@localhost IDENTIFIED BY '$(secret heartbeat)';
GRANT REPLICATION SLAVE ON *.* TO repl@'$from';
GRANT BINLOG MONITOR, SLAVE MONITOR ON *.* TO mon@'$from';
SQL
}

db_first_file() {
    db_client primary -e 'SHOW BINARY LOGS' | awk 'NR == 1 { print $1 }'
}

# From the very first event, so that accounts and schema travel like everything else; or from
# where the replica was. With GTIDs it knows that itself.
db_connect_sql() { # [FILE POSITION]
    local where="MASTER_USE_GTID = slave_pos"
    [[ $gtid == yes ]] || where="MASTER_USE_GTID = no, MASTER_LOG_POS = ${2:-4},
        MASTER_LOG_FILE = '${1:-$(db_first_file)}'"
    cat <<SQL
CHANGE MASTER TO MASTER_HOST = '$(address_of primary)', MASTER_PORT = $(source_port), MASTER_USER = 'repl',
    MASTER_PASSWORD = '$(secret repl)', MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 1,
    $where;
START SLAVE;
SQL
}

# What a promotion by hand does, but for the writing.
db_promote_sql() {
    printf 'STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = OFF'
}

# Prints where the applier stands in the primary's binary log: file, position. Nothing when the
# replica replicates from nobody.
db_applied() {
    db_client replica --vertical --column-names -e 'SHOW SLAVE STATUS' | awk '
        $1 == "Relay_Master_Log_File:" { file = $2 }
        $1 == "Exec_Master_Log_Pos:" { print file, $2 }'
}

db_thread_sql() { # START|STOP RECEIVER|APPLIER
    case $2 in
    RECEIVER) printf '%s SLAVE IO_THREAD' "$1" ;;
    APPLIER) printf '%s SLAVE SQL_THREAD' "$1" ;;
    esac
}

# Prints the threads' states and last errors: IO, its errno, SQL, its errno.
db_replication() {
    db_client replica --vertical --column-names -e 'SHOW SLAVE STATUS' | awk -F': ' '
        { gsub(/^ +/, "", $1) }
        { value[$1] = $2 }
        END { print value["Slave_IO_Running"], value["Last_IO_Errno"],
                    value["Slave_SQL_Running"], value["Last_SQL_Errno"] }'
}

# Positions live in a file beside the tables: after a kill the last transaction may come twice.
# Until db_strict(), the applier takes a row that is there already for done.
db_lenient() {
    [[ $gtid == yes ]] || db_client replica -e "SET GLOBAL slave_exec_mode = 'IDEMPOTENT'"
}

db_strict() {
    db_client replica -e "SET GLOBAL slave_exec_mode = 'STRICT'"
}
