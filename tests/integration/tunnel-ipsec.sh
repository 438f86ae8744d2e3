#!/bin/bash
# What drtop says of a real IPsec tunnel, by its probe, the gateway and both clouds, while it is
# broken in every way that the lab knows; that it never calls that a lost primary; and that the
# pre-shared keys, which are in the answers of both clouds, are nowhere afterwards.
# test-limit: 200
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../watch.bash
. "$SOURCE_DIR/tests/watch.bash"
# shellcheck source=../screen.bash
. "$SOURCE_DIR/tests/screen.bash"

walk() { # NAME ARGUMENT...
    local began=$EPOCHREALTIME
    "walk_$1" "${@:2}"
    printf '%s: %d s\n' "$*" $(((${EPOCHREALTIME/./} - ${began/./}) / 1000000))
}

[[ $(id -u) == 0 ]] || skip "not root: no network namespaces"
[[ -c /dev/net/tun ]] || skip "there is no /dev/net/tun"

# state_is VIEW ID STATE...: the newest that drtop-watch said of it is one of these.
state_is() {
    local said
    said=$(awk -v view="$1" -v id="$2" '$2 == "tunnel" && $3 == view && $4 == id { now = $5 }
        END { print now }' "$NOW.events")
    [[ " ${*:3} " == *" $said "* ]]
}

both_are() { # VIEW STATE...
    case $1 in
    gw) state_is gw tunnel1 "${@:2}" && state_is gw tunnel2 "${@:2}" ;;
    *) state_is "$1" 198.51.100.11 "${@:2}" && state_is "$1" 198.51.100.12 "${@:2}" ;;
    esac
}

verdict_is() { # KEY
    [[ $(awk '$2 == "verdict" { now = $3 " " $4 } END { print now }' "$NOW.events") == "$1 confirmed" ]]
}

# By an observer that has seen no fault before: one after the other they would count as flapping.
breaks() { # FAULT
    watch_start "$CONFIG"
    await 20 is_well
    mark
    lab break "$1" >/dev/null || fail "lab/break $1"
}

# A lost primary is not even suspected. That the database may be down is, for a moment, when a probe
# passes again before the database has been asked.
never_lost() {
    assert_lacks " $(suspected_verdicts) " " primary_down "
    assert_lacks " $(confirmed_verdicts) " " db_down "
}

is_well() {
    verdict_is normal && state_is vpn vpn up && both_are gw up && both_are aws up &&
        both_are azure up
}

passes_again() {
    state_is vpn vpn up degraded && both_are gw up && both_are aws up && both_are azure up
}

heals() {
    never_lost
    lab heal >/dev/null || fail "lab/heal"
    await 40 passes_again
    never_lost
    watch_stop
}

path_is_down() {
    await 15 state_is vpn vpn down
    await 20 verdict_is tunnel_down
}

# --- the faults

walk_blackhole() {
    breaks ipsec-blackhole
    path_is_down
    await 20 both_are gw down connecting
    await 20 both_are aws down
    await 20 both_are azure connecting down
    heals
}

# Every opinion is "up", and nothing passes.
walk_contented() { # FAULT
    breaks "$1"
    path_is_down
    await 20 both_are gw black-holed
    await 20 both_are aws black-holed
    await 20 both_are azure black-holed
    await 5 seen_has sentence "the VPN is black-holed: "
    heals
}

lag_was_seen() { # SECONDS: since the mark
    marked_lines | awk -v want="$1" '$2 != "-" && $2 + 0 >= want { found = 1 } END { exit !found }'
}

lag_is_small() {
    local lag_s
    lag_s=$(seen lag_seconds) && awk -v s="$lag_s" 'BEGIN { exit !(s ~ /^[0-9.]+$/ && s + 0 < 1) }'
}

# Traffic moves to tunnel 2: less than expected is up, the lag rises and recovers.
walk_tunnel1() {
    breaks ipsec-tunnel1
    await 20 state_is gw tunnel1 down connecting
    await 20 state_is aws 198.51.100.11 down
    await 20 state_is vpn vpn up degraded
    state_is gw tunnel2 up || fail "tunnel 2 is not up"
    await 20 verdict_is degraded
    await 20 lag_is_small
    lag_was_seen 1 || fail "no lag was seen while traffic moved"
    heals
}

# --- clouds that misbehave

mode() { # NAME WORD
    printf '%s\n' "$2" >"$LAB_DIR/$1.mode"
}

failed_with() { # VIEW PART of the reason
    local i
    for i in 0 1 2 3 4 5 6; do
        [[ $(seen "tunnels.$i.view") != "$1" || $(seen "tunnels.$i.detail") != *"$2"* ]] || return 0
    done
    return 1
}

peak_kib() { # PID
    awk '$1 == "VmHWM:" { print $2 }' "/proc/$1/status"
}

# misbehave MODE WORDS OF AWS WORDS OF AZURE: unknown with the reason, and nobody else suffers.
misbehave() {
    mode ec2 "$1"
    mode arm "$1"
    watch_start "$CONFIG"
    await 30 failed_with aws "$2"
    await 30 failed_with azure "$3"
    await 5 verdict_is normal
    state_is vpn vpn up || fail "$1: the probe suffered"
    both_are gw up || fail "$1: the gateway's view suffered"
    peak=$(peak_kib "${watch:?}")
    watch_stop
}

walk_answers() {
    local peak usual
    misbehave malformed "no XML" "not JSON"
    usual=$peak
    misbehave huge "more than 4194304 bytes" "more than 256 KiB"
    ((peak - usual < 16384)) || fail "$((peak - usual)) KiB more for an answer of 50 MiB"
    misbehave slow "timed out" "timed out"
    misbehave truncated "cut short" "cut short"
    misbehave unauthorized AuthFailure AADSTS7000215
    misbehave throttle RequestLimitExceeded throttles
    mode ec2 ok
    mode arm ok
}

# --- the keys

holds_key() { # FILE...
    grep -qaF -e "$psk1" -e "$psk2" -- "$@"
}

walk_keys() {
    local pid
    watch_start "$CONFIG"
    await 20 is_well
    printf '#!/bin/sh\nexec "%s/lab/run-in" --dir "%s" "%s" "$@"\n' \
        "$SOURCE_DIR" "$LAB_DIR" "$DRTOP" >"$TMPDIR/drtop-there"
    chmod +x "$TMPDIR/drtop-there"
    DRTOP=$TMPDIR/drtop-there screen_open keys --config "$CONFIG"
    await 30 screen_has keys azure
    await 30 screen_has keys aws
    pid=$(tmux_do display-message -p -t keys '#{pane_pid}')
    "$BUILD_DIR/tests/drtop-dump" "$(cut -d ' ' -f 1 "$LAB_DIR/pid/charon-aws")" "$TMPDIR/dump"
    holds_key "$TMPDIR/dump" || fail "even the gateway's memory shows no key: the search is blind"
    for pid in "$pid" "$watch"; do # that they have asked both clouds is on the screen
        "$BUILD_DIR/tests/drtop-dump" "$pid" "$TMPDIR/dump" || fail "no dump of $pid"
        grep -qaF gitea-lab "$TMPDIR/dump" || fail "the dump is empty"
        ! holds_key "$TMPDIR/dump" || fail "a pre-shared key is in the memory of $pid"
    done
    rm "$TMPDIR/dump"
    ! holds_key "$NOW" "$NOW.log" "$NOW.events" "$LAB_DIR"/state/* "$TMPDIR"/*.err ||
        fail "a pre-shared key is in a log or in the store"
    ! screen_text keys | holds_key - || fail "a pre-shared key is on the screen"
}

tidy() {
    [[ -z $REASON ]] || { tail -n 25 "$NOW.events" && grep -E "view|detail" "$NOW"; }
    screens_close
    watch_stop 2>/dev/null
}

lab_raise --tunnel ipsec >/dev/null
# shellcheck source=/dev/null
. "$LAB_DIR/lab.env"
[[ ${tunnel:?} == ipsec ]] || skip "the lab could raise no tunnel"
psk1=$(cat "$LAB_DIR/psk1.password") psk2=$(cat "$LAB_DIR/psk2.password")
WATCH_IN=("$SOURCE_DIR/lab/run-in" --dir "$LAB_DIR")
# The other faults are in ipsec-lab.sh, and with their times in tests/bench.
walk blackhole
walk contented ipsec-esp-only
walk contented ipsec-one-way
walk tunnel1
walk answers
walk keys
