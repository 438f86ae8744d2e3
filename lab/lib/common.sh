# shellcheck shell=bash
# What every command of the lab shares: where things are, messages, waiting. Sourced.

lab_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
top_dir=$(dirname "$lab_dir")
PATH=$PATH:/usr/sbin:/sbin # where Debian keeps servers, and an ordinary user does not look

# The run folder of this lab, and everything about it that later commands need to know again.
# `up` writes the latter to $run/lab.env.
run=${DRTOP_LAB_DIR:-$lab_dir/run}
env_names=(flavour gtid tunnel dpd net build data owner prefix
    primary_port replica_port relay_port probe_port app_port dr_app_port anchor_port
    control_port jenkins_port ec2_port arm_port)
flavour=mariadb gtid=no tunnel=relay dpd=fast net='' build=${DRTOP_BUILD:-$top_dir/build}
data='' owner='' prefix=''
primary_port='' replica_port='' relay_port='' probe_port='' app_port='' dr_app_port=''
anchor_port='' control_port='' jenkins_port='' ec2_port='' arm_port=''

say() {
    printf '%s\n' "$*"
}

warn() {
    printf 'lab: %s\n' "$*" >&2
}

die() {
    warn "$*"
    exit 1
}

# Prints the comment at the head of the calling script, which is its manual.
usage() {
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
}

usage_error() {
    usage >&2
    exit 64
}

# Takes --dir DIR and --help out of the arguments; the rest is left in the array `rest`.
common_args() {
    rest=()
    while (($#)); do
        case $1 in
        --dir)
            (($# > 1)) || usage_error
            run=$2
            shift
            ;;
        --help | -h)
            usage
            exit 0
            ;;
        *) rest+=("$1") ;;
        esac
        shift
    done
    run=$(realpath -m -- "$run")
}

# wait_for SECONDS COMMAND...: until the command succeeds; fails when it does not in time.
wait_for() {
    local deadline=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
    shift
    until "$@"; do
        ((${EPOCHREALTIME/[.,]/} < deadline)) || return 1
        sleep 0.05
    done
}

save_env() {
    local name
    for name in "${env_names[@]}"; do
        printf '%s=%q\n' "$name" "${!name}"
    done >"$run/lab.env"
}

# What `up` began. It may have given up half way, or the machine may have been restarted since.
exists() {
    [[ -f $run/lab.env ]]
}

load_env() {
    exists || die "no lab in $run: raise one with lab/up"
    # shellcheck source=/dev/null
    . "$run/lab.env"
    load_flavour
}

load_flavour() {
    # shellcheck source=lib/mariadb.sh
    . "$lab_dir/lib/$flavour.sh"
}

# One command at a time changes a lab; the lock goes with the process.
lock() {
    exec {lock_fd}>"$run/lock"
    flock -w 120 "$lock_fd" || die "another lab command is at work in $run"
    [[ $run/lock -ef /dev/fd/$lock_fd ]] || die "the lab in $run went away meanwhile"
}

unlock() {
    exec {lock_fd}>&-
}

as_root() {
    [[ $(id -u) == 0 ]]
}

new_secret() {
    od -An -N12 -tx1 /dev/urandom | tr -d ' \n'
}

secret() {
    cat "$run/$1.password"
}

# What survives a lab, to spare the next one the network. Root's home is closed to the servers'
# owner, so root keeps it where system caches are.
cache_folder() {
    if as_root && [[ -z ${XDG_CACHE_HOME:-} ]]; then
        printf '/var/cache/drtop-lab'
    else
        printf '%s/drtop-lab' "${XDG_CACHE_HOME:-$HOME/.cache}"
    fi
}
