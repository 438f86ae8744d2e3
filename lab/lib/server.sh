# shellcheck shell=bash
# The two database servers, whatever their flavour. Sourced.

# owned RUNNER... -- COMMAND...: servers refuse to be root; then the owner of the data runs them.
owned() {
    local -a runner=()
    while [[ $1 != -- ]]; do
        runner+=("$1")
        shift
    done
    shift
    if [[ -n $owner ]]; then
        runner+=(setpriv --reuid="$owner" --regid="$(id -g "$owner")" --clear-groups)
    fi
    "${runner[@]}" "$@"
}

server_spawn() { # primary|replica
    local -a command
    proc_gone "$1" || return 0
    case $1 in
    primary) db_command primary "$primary_port" 1 ;;
    replica) db_command replica "$replica_port" 2 ;;
    esac
    # A killed MySQL leaves a lock that names its pid, and a zombie still answers to that.
    rm -f "$data/$1.sock" "$data/$1.sock.lock"
    owned proc_spawn "$1" -- "${command[@]}" </dev/null
}

server_answers() {
    db_client "$1" -e 'SELECT 1' >/dev/null 2>&1
}

server_came_up_or_died() {
    proc_gone "$1" || server_answers "$1"
}

server_await() {
    wait_for 60 server_came_up_or_died "$1" && proc_alive "$1" && return
    tail -n 5 "$run/log/$1.log" >&2
    die "the $1 did not start: see $run/log/$1.log"
}

# Whether it was killed or hangs: afterwards it answers.
server_start() {
    server_spawn "$1"
    proc_signal "$1" CONT
    server_await "$1"
}

schema_sql() {
    cat <<'SQL'
CREATE DATABASE app;
CREATE TABLE app.t (id INT UNSIGNED PRIMARY KEY, seq BIGINT UNSIGNED NOT NULL,
    pad VARBINARY(4000) NOT NULL);
CREATE TABLE app.request (id INT UNSIGNED PRIMARY KEY, token INT UNSIGNED NOT NULL);
CREATE DATABASE percona;
CREATE TABLE percona.heartbeat (ts VARCHAR(26) NOT NULL, server_id INT UNSIGNED PRIMARY KEY);
CREATE DATABASE lab;
CREATE TABLE lab.marker (id INT PRIMARY KEY, token BIGINT NOT NULL);
CREATE TABLE lab.conflict (id INT PRIMARY KEY);
SQL
}

grant_sql() {
    cat <<SQL
GRANT SELECT, INSERT, UPDATE, DELETE ON app.* TO writer@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON percona.heartbeat TO heartbeat@localhost;
GRANT SELECT ON percona.heartbeat TO mon@'$(client_address)';
SQL
}

# A row written to the primary that arrives at the replica proves the whole chain.
marker_write() {
    marker=${EPOCHREALTIME/[.,]/}
    db_client primary -e "REPLACE INTO lab.marker VALUES (1, $marker)"
}

marker_arrived() {
    [[ $(db_client replica -e 'SELECT token FROM lab.marker' 2>/dev/null) == "$marker" ]]
}

# The fields of db_replication by name.
replication_is() { # receiver|applier|receiver_errno|applier_errno VALUE
    local receiver receiver_errno applier applier_errno
    read -r receiver receiver_errno applier applier_errno < <(db_replication 2>/dev/null)
    [[ ${!1:-} == "$2" ]]
}

replication_runs() {
    [[ $(db_replication 2>/dev/null) == "Yes 0 Yes 0" ]]
}

# Has the heartbeat that the replica applied last become this old?
heartbeat_behind() { # SECONDS
    local age_s
    age_s=$(db_client replica -e "SELECT TIMESTAMPDIFF(SECOND,
        STR_TO_DATE(ts, '%Y-%m-%dT%H:%i:%s.%f'), UTC_TIMESTAMP(6)) FROM percona.heartbeat") &&
        ((age_s >= $1))
}
