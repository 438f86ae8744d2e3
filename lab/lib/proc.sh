# shellcheck shell=bash
# Processes that outlive the command that started them. Sourced. $run/pid/NAME holds the pid and
# the time at which the kernel started it (proc(5), field 22 of stat): together they name one
# process for ever, so that a pid which was given away again is never signalled.

proc_stat() { # PID FIELD, counted from the state as 1 (the name before it may hold blanks)
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    local -a field
    read -ra field <<<"${stat##*) }"
    printf '%s' "${field[$2 - 1]}"
}

# Prints the pid of NAME if it runs. A zombie does not: nobody may be there to reap it.
proc_pid() {
    local pid started
    read -r pid started 2>/dev/null <"$run/pid/$1" || return 1
    [[ $(proc_stat "$pid" 20) == "$started" && $(proc_stat "$pid" 1) != Z ]] || return 1
    printf '%s' "$pid"
}

proc_alive() {
    proc_pid "$1" >/dev/null
}

proc_gone() {
    ! proc_alive "$1"
}

# proc_spawn NAME COMMAND...: in a session of its own, at its place, without our files; standard
# input stays.
proc_spawn() {
    local name=$1 fd pid
    local -a enter
    shift
    enter_command "$(place_of "$name")"
    (
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            ((fd <= 2)) || exec {fd}>&-
        done
        exec setsid -- "${enter[@]}" "$@"
    ) <&0 >>"$run/log/$name.log" 2>&1 &
    pid=$!
    printf '%s %s\n' "$pid" "$(proc_stat "$pid" 20)" >"$run/pid/$name"
}

proc_signal() { # NAME SIGNAL
    local pid
    pid=$(proc_pid "$1") || return 0
    kill "-$2" "$pid" 2>/dev/null || true
}

proc_kill() {
    proc_signal "$1" KILL
    wait_for 10 proc_gone "$1" || die "$1 does not die"
}

proc_ask() {
    proc_signal "$1" CONT
    proc_signal "$1" TERM
}

# Asks first, and kills what has not ended in time. MySQL takes up to 12 s to end cleanly while
# somebody is connected.
proc_stop() { # NAME SECONDS
    proc_ask "$1"
    wait_for "$2" proc_gone "$1" || proc_kill "$1"
}

proc_stopped() {
    local pid
    pid=$(proc_pid "$1") && [[ $(proc_stat "$pid" 1) == T ]]
}

proc_names() {
    [[ -d $run/pid ]] || return 0
    find "$run/pid" -type f -printf '%f\n' | sort
}
