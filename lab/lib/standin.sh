# shellcheck shell=bash
# The programs around the servers: the path between the sites, the load, the application, the
# cloud's control plane, and a third party. Sourced.

standins_built() {
    local name
    for name in ports relay writer app anchor jenkins ec2 arm; do
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

# What carries between the sites.
path_start() {
    if [[ $tunnel == relay ]]; then
        relay_start
    else
        charon_start aws
        charon_start azure
        probe_start
    fi
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
        "$data/primary.sock" "$run/app.mode" "$(address_of app)" <"$run/writer.password"
}

anchor_start() {
    proc_alive anchor || proc_spawn anchor "$build/lab/lab-anchor" "$anchor_port" \
        "$(address_of anchor)" </dev/null
}

# The cloud's own interface in the primary's region: to an observer, something that accepts.
control_plane_start() {
    proc_alive control-plane ||
        proc_spawn control-plane "$build/lab/lab-anchor" "$control_port" \
            "$(address_of control-plane)" </dev/null
}

# A host of the primary's network that is not its database. The relay has a door for it.
probe_start() {
    proc_alive probe || proc_spawn probe "$build/lab/lab-anchor" "$probe_port" \
        "$(address_of probe)" </dev/null
}
