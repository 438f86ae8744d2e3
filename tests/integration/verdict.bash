# shellcheck shell=bash
# Every verdict from real breakage, and back to NORMAL by healing. Sourced:
#
#   . "$(dirname "$0")/verdict.bash"
#   verdict_walk --server mariadb
#
# drtop-watch looks all the time; what must never be said is looked up in its log.

# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source=../watch.bash
. "$(dirname "${BASH_SOURCE[0]}")/../watch.bash"

EXPECTED= # the verdicts that may be confirmed since the mark, as keys

# --- what is expected

lab_break() { # WHAT [VALUE]
    lab break "$@" >/dev/null
}

confirmed_as() { # VERDICT
    seen_is verdict "$1" && seen_is confirmed true
}

# A verdict of the screen as the log spells it: "PRIMARY DOWN" is primary_down.
key_of() { # VERDICT
    tr ' A-Z' '_a-z' <<<"$1"
}

# Marks the log, breaks the lab, and waits until the verdict stands.
breaks_to() { # VERDICT WHAT [VALUE]
    mark
    EXPECTED="$(key_of "$1")"
    lab_break "${@:2}"
    becomes "$1"
}

becomes() { # VERDICT
    wait_for 12 confirmed_as "$1" ||
        fail "not $1 but $(seen verdict) (confirmed: $(seen confirmed)): $(seen sentence)"
    assert_equal "$1" "$(seen verdict)" verdict
    assert_contains "$EXPECTED" "$(key_of "$1")"
}

# Nothing else was called a fact since the mark but what was expected and what comes before and
# after it: NORMAL, and objectives that are missed meanwhile.
assert_nothing_else() { # [VERDICT KEY...]: that may be confirmed as well
    local verdict
    for verdict in $(confirmed_verdicts); do
        [[ " normal degraded $EXPECTED $* " == *" $verdict "* ]] ||
            fail "confirmed meanwhile: $verdict (expected: $EXPECTED)"
    done
}

assert_never_suspected() { # VERDICT
    [[ " $(suspected_verdicts) " != *" $(key_of "$1") "* ]] || fail "$1 was suspected"
}

assert_never_confirmed() { # VERDICT
    [[ " $(confirmed_verdicts) " != *" $(key_of "$1") "* ]] || fail "$1 was confirmed"
}

# What comes back piece by piece may be seen piece by piece.
heals() {
    assert_nothing_else
    lab heal >/dev/null
    wait_for 30 confirmed_as NORMAL ||
        fail "healed, and not NORMAL but $(seen verdict): $(seen sentence)"
    assert_nothing_else app_down db_down replication_broken
    assert_covers 2
}

is() { # PATH VALUE
    assert_equal "$2" "$(seen "$1")" "$1"
}

# The field of a row of the evidence.
evidence() { # KEY FIELD
    local i
    for ((i = 0; i < $(seen evidence.length); i++)); do
        if [[ $(seen "evidence.$i.id") == "$1" ]]; then
            seen "evidence.$i.$2"
            return
        fi
    done
    fail "no evidence $1"
}

evidence_is() { # KEY FIELD VALUE
    assert_equal "$3" "$(evidence "$1" "$2")" "$2 of $1"
}

# --- verdict by verdict

check_normal() {
    EXPECTED=
    MARK=0
    wait_for 20 confirmed_as NORMAL || fail "not NORMAL but $(seen verdict): $(seen sentence)"
    is status normal
    is advice not_advised
    is rto.running false
    is rto.decide_before null
    is scope null
    evidence_is primary_db answer yes
    evidence_is primary_db route direct
    evidence_is control_plane answer yes
    evidence_is control_plane route control-plane
}

unobserved_grows() { # MORE THAN
    awk -v low="$1" -v now="$(seen exposure.unobserved.seconds)" \
        'BEGIN { exit !(now != "null" && now > low) }'
}

# What the two that say PRIMARY DOWN have in common.
check_outage() { # SCOPE
    is scope "$1"
    is status critical
    is advice advised
    is rto.running true
    assert_contains "$(seen rto.decide_before)" T
    assert_contains "$(seen rto.last_good)" T
    assert_between 0 30 "$(seen rto.elapsed_min_seconds)" "elapsed, at least"
    assert_between "$(seen rto.elapsed_min_seconds)" 30 "$(seen rto.elapsed_max_seconds)" \
        "elapsed, at most"
    evidence_is primary_app_answers decided true
    evidence_is primary_db answer no
    evidence_is replica_hears_primary answer no
    assert_between 3 100 "$(evidence primary_db strikes)" "strikes of the database"
    await 3 unobserved_grows "$(seen exposure.unobserved.seconds)"
    await 5 incident_is_open
}

incident_is_open() {
    [[ $(seen incident.id) =~ ^DR-[0-9]{8}-[0-9]{6}$ && $(seen incident.open) == true ]]
}

check_site_down() {
    breaks_to "PRIMARY DOWN" site-down
    check_outage site
    evidence_is control_plane answer yes
    heals
    is rto.running false
}

check_region_down() {
    breaks_to "PRIMARY DOWN" region-down
    # The control plane is asked once a second: its strikes may come later than the verdict.
    await 6 seen_is scope region
    check_outage region
    evidence_is control_plane answer no
    heals
}

# Long enough for every time-out of the replica to pass: it is the tunnel and stays the tunnel.
check_tunnel_drop() {
    breaks_to "TUNNEL DOWN" tunnel-drop
    is advice not_advised
    evidence_is primary_app_serves answer yes
    await 20 covers 12
    confirmed_as "TUNNEL DOWN" || fail "no longer TUNNEL DOWN but $(seen verdict)"
    assert_covers 12
    assert_never_suspected "PRIMARY DOWN"
    heals
    assert_never_suspected "PRIMARY DOWN"
}

check_app_down() {
    breaks_to "APP DOWN" app-down
    is advice not_advised
    is status critical
    heals
}

# It answers, so its site lives.
check_app_503() {
    breaks_to "APP DOWN" app-503
    evidence_is primary_app_answers answer yes
    evidence_is primary_app_serves answer no
    assert_never_suspected "PRIMARY DOWN"
    heals
}

# The receiver is silent as well, and the app answers 503: the site lives.
check_primary_kill() {
    breaks_to "DB DOWN" primary-kill
    is advice not_advised
    evidence_is primary_db answer no
    evidence_is primary_app_answers answer yes
    await 12 covers 8
    confirmed_as "DB DOWN" || fail "no longer DB DOWN but $(seen verdict)"
    assert_never_suspected "PRIMARY DOWN"
    heals
}

check_applier_error() {
    breaks_to "REPLICATION BROKEN" applier-error
    is advice not_advised
    assert_contains "$(seen sentence)" 1062
    evidence_is receiver_runs answer yes
    evidence_is applier_runs answer no
    heals
}

check_receiver_stop() {
    breaks_to "REPLICATION BROKEN" receiver-stop
    evidence_is receiver_runs answer no
    evidence_is applier_runs answer yes
    heals
}

check_replica_kill() {
    breaks_to "DR NOT READY" replica-kill
    is advice impossible
    evidence_is replica_db answer no
    heals
}

check_lag() {
    breaks_to DEGRADED lag 5
    is advice not_advised
    evidence_is objectives answer no
    heals
}

# The anchors fall last: what is seen first is a site that is gone.
check_isolated() {
    mark
    EXPECTED="observer_isolated"
    lab_break site-down
    lab_break anchors-down
    becomes "OBSERVER ISOLATED"
    is advice impossible
    await 12 covers 8
    confirmed_as "OBSERVER ISOLATED" || fail "no longer isolated but $(seen verdict)"
    assert_never_confirmed "PRIMARY DOWN"
    assert_covers 8
    heals
    assert_never_confirmed "PRIMARY DOWN"
}

# The replica promoted by hand: two primaries; and when the old one is gone, one again.
check_promote() {
    breaks_to "SPLIT BRAIN" promote
    is advice impossible
    is status critical
    evidence_is primary_writable answer yes
    evidence_is replica_writable answer yes
    EXPECTED+=" failed_over"
    lab_break site-down
    becomes "FAILED OVER"
    is advice impossible
    heals
}

# --- the walk

since() { # EPOCHREALTIME
    local us=$((${EPOCHREALTIME/./} - ${1/./}))
    printf '%d.%03d' $((us / 1000000)) $((us / 1000 % 1000))
}

step() { # NAME
    local began=$EPOCHREALTIME
    "check_$1"
    printf '%s %s s\n' "$1" "$(since "$began")"
}

# STEPS=... in the environment takes only some, to work on them.
verdict_walk() { # ARGUMENTS of lab/up
    local name
    lab_raise "$@"
    # Alerts close soon after their cause, so that the next break has an incident of its own; the
    # same faults come again and again, and none of them is flapping.
    sed -i -e 's/"greeting": true/"greeting": true, "window": 5/' \
        -e 's/"group"/"alerts": { "fail_for": "1s", "clear_for": "1s", "flap_count": 1000 }, "group"/' \
        "$CONFIG"
    watch_start "$CONFIG"
    for name in ${STEPS:-normal site_down region_down tunnel_drop app_down app_503 primary_kill \
        applier_error receiver_stop replica_kill lag isolated promote}; do
        step "$name"
    done
}
