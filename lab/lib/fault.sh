# shellcheck shell=bash
# The faults, and how each is healed. Sourced. Every break_X makes its fault and waits until it
# is there; every heal_X may be called whether X is broken or not. $run/broken/X is there while
# X is, and holds its value. `told` is what the operator reads.

# In the order in which they are healed: what others depend on comes first.
faults=(region-down site-down primary-kill primary-hang primary-restart replica-kill replica-hang
    jitter tunnel-drop tunnel-reset tunnel-slow lag app-down app-slow app-503 control-plane-down
    anchors-down promote applier-error receiver-stop applier-stop
    jenkins-boot jenkins-lost-answer jenkins-close-after-post jenkins-close-before-post
    jenkins-slow jenkins-phase-fail jenkins-input jenkins-queue jenkins-node jenkins-quiet
    jenkins-disabled jenkins-no-wfapi jenkins-lie jenkins-restart jenkins-down)

# What the path between the sites is made of decides how it breaks.
relay_faults=(jitter tunnel-drop tunnel-reset tunnel-slow lag)
ipsec_faults=(ipsec-peer-kill ipsec-wrong-psk ipsec-route ipsec-blackhole ipsec-esp-only
    ipsec-one-way ipsec-tunnel1)
faults+=("${ipsec_faults[@]}")

possible() { # FAULT: in this lab
    case $tunnel in
    relay) [[ " ${ipsec_faults[*]} " != *" $1 "* ]] ;;
    ipsec) [[ " ${relay_faults[*]} " != *" $1 "* ]] ;;
    esac
}

mark() { # FAULT [VALUE]
    printf '%s\n' "${2:-}" >"$run/broken/$1"
}

unmark() {
    rm -f "$run/broken/$1"
}

marked() {
    [[ -f $run/broken/$1 ]]
}

# The value of a fault, or a default where it is not there.
mark_value() { # FAULT DEFAULT
    if marked "$1"; then cat "$run/broken/$1"; else printf '%s' "$2"; fi
}

broken() {
    find "$run/broken" -type f -printf '%f\n' | sort
}

# For a break whose fault cannot be made now.
refuse() {
    unmark "$what"
    die "$*: lab/heal first"
}

need_running() { # NAME
    proc_alive "$1" || refuse "the $1 is not running"
    ! proc_stopped "$1" || refuse "the $1 hangs"
}

# --- servers

hang() { # SERVER
    proc_alive "$1" || refuse "the $1 is not running"
    proc_signal "$1" STOP
    wait_for 5 proc_stopped "$1" || die "the $1 does not stop"
}

break_primary_kill() {
    proc_kill primary
    told="primary killed: its database refuses, its app answers 503, the replica reconnects"
}

heal_primary_kill() {
    server_start primary
}

break_primary_hang() {
    hang primary
    told="primary hangs: it accepts and says nothing; replication notices after 4 s"
}

heal_primary_hang() {
    server_start primary
}

# Over when it returns: there is nothing to heal.
break_primary_restart() {
    need_running primary
    proc_stop primary 60
    server_start primary
    unmark primary-restart
    told="primary restarted cleanly: a short gap, a new binary log, the replica follows"
}

heal_primary_restart() {
    :
}

break_replica_kill() {
    proc_kill replica
    told="replica killed: DR is not ready; what the primary writes now is not received"
}

heal_replica_kill() {
    server_start replica
    db_lenient
}

break_replica_hang() {
    hang replica
    told="replica hangs: it accepts and says nothing"
}

heal_replica_hang() {
    heal_replica_kill
}

# --- replication

thread() { # START|STOP RECEIVER|APPLIER
    db_client replica -e "$(db_thread_sql "$1" "$2")"
}

break_receiver_stop() {
    need_running replica
    thread STOP RECEIVER
    wait_for 10 replication_is receiver No || die "the receiver does not stop"
    told="receiver stopped: 'not received' grows, which a failover would lose"
}

heal_receiver_stop() {
    thread START RECEIVER 2>/dev/null
}

break_applier_stop() {
    need_running replica
    thread STOP APPLIER
    wait_for 10 replication_is applier No || die "the applier does not stop"
    told="applier stopped: 'not applied' and the lag grow; nothing is lost yet"
}

heal_applier_stop() {
    thread START APPLIER 2>/dev/null
}

# 3030: MySQL may report the worker that stopped because another had met the duplicate.
duplicate_met() {
    replication_is applier_errno 1062 || replication_is applier_errno 3030
}

# A row that only the replica has meets the primary's row of the same key: error 1062.
break_applier_error() {
    local id
    need_running primary
    need_running replica
    if ! duplicate_met; then
        id=$(db_client primary -e 'SELECT COALESCE(MAX(id), 0) + 1 FROM lab.conflict')
        db_client replica -e "SET sql_log_bin = 0; REPLACE INTO lab.conflict VALUES ($id)"
        db_client primary -e "INSERT INTO lab.conflict VALUES ($id)"
        wait_for 30 duplicate_met || die "the applier meets no error"
    fi
    told="applier broken by a duplicate key (1062): the lag grows until the row is repaired"
}

heal_applier_error() {
    if duplicate_met; then
        db_client replica -e "SET sql_log_bin = 0;
            DELETE FROM lab.conflict ORDER BY id DESC LIMIT 1"
    fi
    heal_applier_stop
}

# The replica becomes a primary and the primary knows nothing of it. Nobody writes to the replica
# (the load knows the primary's socket only), so that it can go on where it stood.
break_promote() {
    need_running replica
    thread STOP APPLIER 2>/dev/null || true # there may be none any more
    db_applied >"$run/applied.new"
    if [[ -s $run/applied.new ]]; then # else it was promoted before
        mv "$run/applied.new" "$run/applied"
    fi
    db_promote_sql | db_client replica
    told="replica promoted: it accepts writes, has no channel, and the primary does not know"
}

heal_promote() {
    local -a applied
    dr_app_stop # which a failover by Jenkins has started
    [[ -f $run/applied ]] || return 0
    read -ra applied <"$run/applied"
    {
        printf 'SET GLOBAL read_only = ON;'
        [[ -n $(db_applied) ]] || db_connect_sql "${applied[@]}"
    } | db_client replica
    rm "$run/applied"
}

# --- the path between the sites

# Makes the relay do what the marks say; a new relay has forgotten it.
weather() {
    [[ $tunnel == relay ]] || return 0
    relay_obeys reset "$(mark_flag tunnel-reset)"
    relay_obeys drop "$(mark_flag tunnel-drop)"
    relay_obeys slow "$(mark_value tunnel-slow 0)"
    relay_obeys lag $(($(mark_value lag 0) * 1000))
}

mark_flag() {
    if marked "$1"; then printf 1; else printf 0; fi
}

break_tunnel_drop() {
    need_running relay
    weather
    told="tunnel drops every packet: probes time out; replication notices after 4 s"
}

heal_tunnel_drop() {
    unmark tunnel-drop
    weather
}

break_tunnel_reset() {
    need_running relay
    weather
    told="tunnel resets every connection: probes are refused, the replica reconnects"
}

heal_tunnel_reset() {
    unmark tunnel-reset
    weather
}

break_tunnel_slow() { # MS
    need_running relay
    weather
    told="tunnel slow: a round trip takes $1 ms longer"
}

heal_tunnel_slow() {
    unmark tunnel-slow
    weather
}

# Everything is well, and nothing is smooth: see jitter.sh.
break_jitter() {
    need_running relay
    need_running primary
    proc_alive jitter || proc_spawn jitter "$lib/jitter.sh" "$run" </dev/null
    told="jitter: the tunnel's delay changes five times a second, writes come in bursts, logs rotate"
}

heal_jitter() {
    proc_stop jitter 5
    weather
}

lag_reached() { # SECONDS
    (($(relay_value lag_ms) >= $1 * 1000))
}

# The delay grows by half a second a second (lab/delay.h), so this takes its time. Others may
# work on the lab meanwhile.
break_lag() { # SECONDS
    need_running relay
    need_running replica
    weather
    unlock
    wait_for $(($1 * 2 + 20)) lag_reached "$1" || die "the lag does not reach $1 s"
    told="replication is $1 s late: both 'not received' and the lag say so"
}

heal_lag() {
    unmark lag
    weather
}

# --- the application, the control plane and the third party

break_app_down() {
    proc_kill app
    told="application down: connections are refused, database and replication are well"
}

heal_app_down() {
    app_start
    wait_for 10 port_open app || die "no application: $(tail -n 1 "$run/log/app.log")"
}

app_mode() {
    printf '%s\n' "$1" >"$run/app.mode.new"
    mv "$run/app.mode.new" "$run/app.mode"
}

break_app_slow() { # MS
    app_mode "slow $1"
    told="application slow: it answers after $1 ms"
}

heal_app_slow() {
    app_mode ok
}

break_app_503() {
    app_mode 503
    told="application answers 503: it lives, and does not serve"
}

heal_app_503() {
    app_mode ok
}

break_control_plane_down() {
    proc_kill control-plane
    proc_kill ec2
    told="the cloud's control plane is gone: with the site, that is the region"
}

heal_control_plane_down() {
    control_plane_start
    clouds_start
    wait_for 10 port_open control-plane || die "no control plane: see $run/log/control-plane.log"
}

break_anchors_down() {
    proc_kill anchor
    told="the neutral third party is gone: this observer may be the one that is cut off"
}

heal_anchors_down() {
    anchor_start
    wait_for 10 port_open anchor || die "no anchor: see $run/log/anchor.log"
}

# --- a whole site, a whole region

readonly site=(primary app relay probe charon-aws) # each as far as the lab has it

break_site_down() {
    local name
    for name in "${site[@]}"; do
        proc_signal "$name" KILL
    done
    for name in "${site[@]}"; do
        wait_for 10 proc_gone "$name" || die "$name does not die"
    done
    told="site down: database, application and tunnel at once; only the third party answers"
}

heal_site_down() {
    path_start
    weather
    server_start primary
    heal_app_down
}

break_region_down() {
    break_site_down
    break_control_plane_down
    told="region down: the site, and the cloud's control plane there; the third party answers"
}

heal_region_down() {
    heal_site_down
    heal_control_plane_down
}
