# shellcheck shell=bash
# The programs around the servers: the path between the sites, the load, the application, the
# cloud's control plane, and a third party. Sourced.

standins_built() {
    local name
    for name in ports relay writer app anchor jenkins; do
        [[ -x $build/lab/lab-$name ]] || return 1
    done
}

# A fresh clone is built on the way; a build folder that was named must be there.
standins_require() {
    standins_built && return
    [[ $build == "$top_dir/build" ]] || die "the lab's programs are not built in $build"
    build_here
}

relay_ctl() {
    "$build/lab/lab-relay" ctl "$data/relay.sock" "$@"
}

relay_obeys() {
    relay_ctl "$@" >/dev/null || die "the relay did not obey: $*"
}

# relay_value NAME: one figure of the relay's status.
relay_value() {
    relay_ctl status | tr ' ' '\n' | sed -n "s/^$1=//p"
}

relay_start() {
    proc_alive relay || proc_spawn relay "$build/lab/lab-relay" run "$data/relay.sock" \
        "$primary_port" "$relay_port" "$probe_port" </dev/null
    wait_for 5 relay_answers || die "the relay did not start: see $run/log/relay.log"
}

relay_answers() {
    relay_ctl status >/dev/null 2>&1
}

writer_start() {
    proc_alive writer || proc_spawn writer "$build/lab/lab-writer" "$data/primary.sock" \
        < <(cat "$run/writer.password" "$run/heartbeat.password")
}

app_start() {
    proc_alive app || proc_spawn app "$build/lab/lab-app" "$app_port" primary \
        "$data/primary.sock" "$run/app.mode" <"$run/writer.password"
}

anchor_start() {
    proc_alive anchor || proc_spawn anchor "$build/lab/lab-anchor" "$anchor_port" </dev/null
}

# The cloud's own interface in the primary's region: to an observer, something that accepts.
control_plane_start() {
    proc_alive control-plane ||
        proc_spawn control-plane "$build/lab/lab-anchor" "$control_port" </dev/null
}

port_open() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

port_closed() {
    ! port_open "$1"
}
