# shellcheck shell=bash
# The controller that the failover goes through, and the application that it starts at the DR
# site. Sourced. $run/jenkins is the controller's home; $run/jenkins.ledger has a line a request;
# files `pace` (ms a stage lasts at least) and `dry` (yes: do nothing) in the home steer its jobs.

jenkins_make_users() {
    local token
    token=$(new_secret)
    printf '%s\n' "$token" >"$run/jenkins.token"
    printf '%s token %s\n' operator "$token" viewer "$(new_secret)" >"$run/jenkins.users"
    printf 'operator password %s\n' "$(new_secret)" >>"$run/jenkins.users"
}

# A killed controller leaves its builds running; they go on.
jenkins_start() { # [ARGUMENT...] of lab-jenkins
    proc_alive jenkins || proc_spawn jenkins "$build/lab/lab-jenkins" --port "$jenkins_port" --address "$(address_of jenkins)" \
        --home "$run/jenkins" --users "$run/jenkins.users" --knobs "$run/broken" \
        --ledger "$run/jenkins.ledger" --script "$lab_dir/jenkins-pipeline" --lab "$run" \
        --pace 400 --quiet 300 "$@" </dev/null
}

jenkins_curl() { # PATH [ARGUMENT...]
    local path=$1
    shift
    at router curl --silent --globoff --max-time 10 "$@" --config - \
        "http://$(address_of jenkins):$jenkins_port$path" \
        <<<"user = \"operator:$(cat "$run/jenkins.token")\""
}

jenkins_answers() {
    [[ $(jenkins_curl /whoAmI/api/json) == *'"name":"operator"'* ]]
}

jenkins_open() {
    port_open jenkins
}

dr_app_start() {
    proc_alive dr-app || proc_spawn dr-app "$build/lab/lab-app" "$dr_app_port" azure \
        "$data/replica.sock" "$run/dr-app.mode" "$(address_of dr-app)" <"$run/writer.password"
}

# --- faults; most are only marks, at which the controller looks (see lab/jenkins.c)

break_jenkins_down() {
    proc_kill jenkins
    told="Jenkins killed: connections are refused; its queue is lost, its builds go on"
}

heal_jenkins_down() {
    jenkins_start
    # One that boots for as long as it is told to does not answer yet.
    marked jenkins-boot || wait_for 15 jenkins_answers ||
        die "no Jenkins: see $run/log/jenkins.log"
}

# Over when it answers again.
break_jenkins_restart() {
    need_running jenkins
    proc_stop jenkins 20
    jenkins_start --boot 1500
    wait_for 20 jenkins_answers || die "no Jenkins: see $run/log/jenkins.log"
    unmark jenkins-restart
    told="Jenkins restarted: the queue is kept, left items are gone, builds resumed"
}

heal_jenkins_restart() {
    :
}

break_jenkins_boot() {
    need_running jenkins
    told="Jenkins starts and does not finish: 503, and 500 or 403 to a POST"
}

break_jenkins_lost_answer() {
    need_running jenkins
    told="Jenkins takes a trigger and never answers it"
}

break_jenkins_close_after_post() {
    need_running jenkins
    told="Jenkins takes a trigger and closes the connection without a byte"
}

break_jenkins_close_before_post() {
    need_running jenkins
    told="Jenkins closes the connection of a trigger without having read it"
}

break_jenkins_slow() { # MS
    need_running jenkins
    told="Jenkins answers $1 ms later"
}

break_jenkins_phase_fail() { # N
    told="phase $1 of the next build fails: 1 Infrastructure, 2 Configuration, 3 DB promotion, 4 Final validation"
}

break_jenkins_input() {
    told="the next build asks before it promotes"
}

break_jenkins_queue() {
    told="no executor: what is triggered stays in the queue"
}

break_jenkins_node() {
    told="no executor for a pipeline's node: a build runs and does nothing"
}

break_jenkins_quiet() {
    told="Jenkins prepares to shut down: what is triggered stays in the queue"
}

break_jenkins_disabled() {
    told="the job is disabled: a trigger is refused"
}

break_jenkins_no_wfapi() {
    told="the plugin for stages is not there: they are read from the flow graph"
}

break_jenkins_lie() {
    told="the next failover promotes nothing and says SUCCESS"
}

# What only is a mark is healed by its going away.
heal_jenkins_mark() {
    :
}

heal_jenkins_boot() {
    unmark jenkins-boot
    proc_gone jenkins || wait_for 15 jenkins_answers || die "no Jenkins: see $run/log/jenkins.log"
}

heal_jenkins_lost_answer() { heal_jenkins_mark; }
heal_jenkins_close_after_post() { heal_jenkins_mark; }
heal_jenkins_close_before_post() { heal_jenkins_mark; }
heal_jenkins_slow() { heal_jenkins_mark; }
heal_jenkins_phase_fail() { heal_jenkins_mark; }
heal_jenkins_input() { heal_jenkins_mark; }
heal_jenkins_queue() { heal_jenkins_mark; }
heal_jenkins_node() { heal_jenkins_mark; }
heal_jenkins_quiet() { heal_jenkins_mark; }
heal_jenkins_disabled() { heal_jenkins_mark; }
heal_jenkins_no_wfapi() { heal_jenkins_mark; }
heal_jenkins_lie() { heal_jenkins_mark; }

# The DR site has no application until a failover builds one.
dr_app_stop() {
    proc_stop dr-app 5
    rm -f "$run/dr-app.mode"
}
