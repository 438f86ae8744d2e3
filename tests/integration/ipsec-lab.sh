#!/bin/bash
# The lab with a real IPsec tunnel, looked at with plain tools: what is on the wire, what each
# fault does to traffic and to both ends, what the clouds' stand-ins say of it, and that nothing
# is left of it.
# test-limit: 120
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

readonly MARKER=plaintext-marker-$$-$RANDOM
readonly GATEWAYS=(198.51.100.11 198.51.100.12)
data='' net='' probe_port='' app_port='' ec2_port='' arm_port='' # what lab.env says

[[ $(id -u) == 0 ]] || skip "not root: no network namespaces"
[[ -c /dev/net/tun ]] || skip "there is no /dev/net/tun"
unshare --net --mount true 2>/dev/null || skip "namespaces are not to be had"
[[ -x /usr/lib/ipsec/charon ]] || skip "there is no strongSwan: lab/install lab"
type -P tcpdump >/dev/null || skip "there is no tcpdump: lab/install test"

# --- looking

there() { # COMMAND...: at the azure side
    "$SOURCE_DIR/lab/run-in" --dir "$LAB_DIR" "$@"
}

enter() { # PLACE COMMAND...
    nsenter "--net=/run/netns/$net-$1" "${@:2}"
}

sql() { # SERVER STATEMENT [OPTION...]
    mariadb --no-defaults --socket="$data/$1.sock" --batch "${@:3}" -e "$2"
}

connects() { # ADDRESS PORT
    # shellcheck disable=SC2016 # the inner shell expands
    there timeout 1 bash -c 'exec 3<>"$0"' "/dev/tcp/$1/$2" 2>/dev/null
}

passes() {
    connects 10.0.2.20 "$probe_port"
}

blocked() {
    ! passes
}

sas() { # SIDE
    swanctl --list-sas --uri "unix://$data/charon-$1.vici" 2>/dev/null
}

# How many tunnels have something installed, as SIDE sees it.
up_is() { # SIDE N
    [[ $(sas "$1" | grep -c ', INSTALLED, ') == "$2" ]]
}

# Bytes over both tunnels, as SIDE counts them.
carried() { # SIDE in|out
    sas "$1" | awk -v way="$2" '$1 == way { for (i = 2; i < NF; i++)
        if ($(i + 1) ~ /^bytes/) n += $i } END { print n + 0 }'
}

both_up() { # as both ends see it
    up_is aws 2 && up_is azure 2
}

receiver_is() { # WORD
    [[ $(sql replica 'SHOW SLAVE STATUS' --vertical) == *"Slave_IO_Running: $1"* ]]
}

arrived() { # TEXT
    [[ $(sql replica "SELECT COUNT(*) FROM app.note WHERE text = '$1'" \
        --skip-column-names 2>/dev/null) == 1 ]]
}

note() { # TEXT: written to the primary
    sql primary "INSERT INTO app.note VALUES ('$1')"
}

# --- what the clouds say

aws() { # SERVICE ARGUMENT... of curl
    local key secret
    key=$(awk '/key_id/ { print $3 }' "$LAB_DIR/aws.credentials")
    secret=$(awk '/secret/ { print $3 }' "$LAB_DIR/aws.credentials")
    there curl --silent --max-time 5 --aws-sigv4 "aws:amz:us-east-1:$1" --config - "${@:2}" \
        "http://198.51.100.1:$ec2_port/" <<<"user = \"$key:$secret\""
}

connections() {
    aws ec2 --data 'Action=DescribeVpnConnections&Version=2016-11-15'
}

watch() { # OPERATION
    aws monitoring --header 'Content-Type: application/x-amz-json-1.0' \
        --header "X-Amz-Target: GraniteServiceVersion20100801.$1" --data '{}'
}

ec2_is() { # STATE OF TUNNEL 1, STATE OF TUNNEL 2
    local answer
    answer=$(connections)
    [[ $answer == *"${GATEWAYS[0]}</outsideIpAddress><status>$1<"* &&
       $answer == *"${GATEWAYS[1]}</outsideIpAddress><status>$2<"* ]]
}

login() {
    there curl --silent --max-time 5 --data grant_type=client_credentials \
        --data client_id=00000000-0000-4000-8000-0000000d2709 \
        --data "client_secret=$(cat "$LAB_DIR/azure.secret")" \
        --data-urlencode scope=https://management.azure.com/.default \
        "http://203.0.113.1:$arm_port/00000000-0000-4000-8000-00000000a2e0/oauth2/v2.0/token" |
        json access_token
}

arm() { # [CONNECTION [ARGUMENT...]]
    there curl --silent --max-time 5 --header "Authorization: Bearer $token" "${@:2}" \
        "http://203.0.113.1:$arm_port/subscriptions/00000000-0000-4000-8000-00000000d1ab/$(
        )resourceGroups/rg-dr/providers/Microsoft.Network/connections/${1:-to-aws}$(
        )?api-version=2024-05-01"
}

arm_value() { # NAME
    arm | json "properties.$1"
}

arm_is() { # PATTERN of connectionStatus
    [[ $(arm_value connectionStatus) =~ ^($1)$ ]]
}

# --- what should be seen

breaks() { # FAULT
    lab break "$1" >/dev/null
}

# Everything is up again, in every view.
heals() {
    lab heal >/dev/null
    passes || fail "healed, and nothing passes"
    both_up || fail "healed, and not both tunnels are up"
    await 3 ec2_is UP UP
    await 3 arm_is Connected
}

everybody_is_content() { # and nothing passes
    blocked || fail "something passes"
    both_up || fail "an end has noticed"
    ec2_is UP UP || fail "EC2 has noticed"
    arm_is Connected || fail "ARM has noticed"
}

walk_calm() {
    passes || fail "nothing passes"
    both_up || fail "not both tunnels are up"
    assert_contains "$(sas azure)" AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048
    assert_contains "$(sas azure)" TUNNEL-in-UDP
    await 3 ec2_is UP UP
    await 3 arm_is Connected
}

start_capture() { # PLACE DEVICE
    rm -f "$TMPDIR/$2".{pcap,log}
    enter "$1" tcpdump -i "$2" -U -w "$TMPDIR/$2.pcap" 2>"$TMPDIR/$2.log" &
    captures+=($!)
    await 10 grep -q 'listening on' "$TMPDIR/$2.log"
}

end_captures() {
    local pid
    for pid in "${captures[@]}"; do
        kill "$pid" 2>/dev/null
        wait "$pid"
    done
    captures=()
}

in_capture() { # DEVICE FILTER
    tcpdump -nn -r "$TMPDIR/$1.pcap" "$2" 2>/dev/null
}

# What the primary writes is to be read at the tunnel's mouth, and not on the carrier.
walk_wire() {
    local other
    start_capture router azure
    start_capture azure ipsec0
    note "$MARKER"
    await 10 arrived "$MARKER"
    await 5 grep -qa "$MARKER" "$TMPDIR/ipsec0.pcap"
    end_captures
    other=$(in_capture azure 'not arp and not udp port 500 and not udp port 4500')
    assert_equal "" "$other" "on the carrier"
    [[ -n $(in_capture azure 'udp port 4500 and udp[8:4] != 0') ]] || fail "no ESP was captured"
    ! grep -qa "$MARKER" "$TMPDIR/azure.pcap" || fail "plaintext is on the carrier"
}

walk_blackhole() {
    breaks ipsec-blackhole
    blocked || fail "something passes"
    connects 198.51.100.50 "$app_port" || fail "the Internet is broken as well"
    await 10 ec2_is DOWN DOWN
    await 10 arm_is 'Connecting|NotConnected'
    await 3 up_is azure 0
    assert_contains "$(watch DescribeAlarms)" '"StateValue": "ALARM"'
    heals
    assert_contains "$(watch DescribeAlarmHistory)" "Alarm updated from OK to ALARM"
    assert_contains "$(watch DescribeAlarmHistory)" "Alarm updated from ALARM to OK"
}

# The receiver gives up after 4 s: by then DPD would have noticed.
walk_esp_only() {
    breaks ipsec-esp-only
    await 10 receiver_is Connecting
    everybody_is_content
    heals
}

# What azure sends leaves, and does not arrive.
walk_one_way() {
    local in out
    breaks ipsec-one-way
    in=$(carried aws in) out=$(carried azure out)
    ((in > 0)) || fail "aws counts nothing"
    await 10 receiver_is Connecting
    everybody_is_content
    (($(carried azure out) > out)) || fail "azure sends nothing"
    assert_equal "$in" "$(carried aws in)" "bytes that aws received"
    heals
}

walk_peer_kill() {
    breaks ipsec-peer-kill
    blocked || fail "something passes"
    ! sas azure || fail "azure's charon answers"
    await 3 arm_is NotConnected
    await 10 ec2_is DOWN DOWN
    heals
}

walk_wrong_psk() {
    breaks ipsec-wrong-psk
    blocked || fail "something passes"
    up_is azure 0 || fail "azure has a tunnel"
    assert_contains "$(cat "$LAB_DIR/log/ike-azure.log")" AUTHENTICATION_FAILED
    await 3 ec2_is DOWN DOWN
    await 3 arm_is NotConnected
    heals
}

walk_route() {
    breaks ipsec-route
    everybody_is_content
    heals
}

walk_tunnel1() {
    breaks ipsec-tunnel1
    await 10 ec2_is DOWN UP
    await 10 passes
    await 3 arm_is Connected
    note "by tunnel 2"
    await 15 arrived "by tunnel 2"
    receiver_is Yes || fail "the receiver does not run"
    heals
}

mode() { # NAME WORD
    printf '%s\n' "$2" >"$LAB_DIR/$1.mode"
}

# The keys are in the answers, and what clients have to bear.
walk_clouds() {
    local answer
    answer=$(connections)
    assert_contains "$answer" "<preSharedKey>$(cat "$LAB_DIR/psk1.password")<"
    assert_contains "$answer" "pre_shared_key&gt;$(cat "$LAB_DIR/psk2.password")&lt;"
    assert_equal "$(cat "$LAB_DIR/psk1.password")" "$(arm_value sharedKey)"
    assert_equal ResourceNotFound "$(arm other | json error.code)"
    assert_equal InvalidAuthenticationToken "$(token=wrong && arm | json error.code)"
    mode ec2 throttle && mode arm 'throttle 7'
    assert_contains "$(connections)" '<Code>RequestLimitExceeded<'
    assert_contains "$(arm to-aws --include)" 'Retry-After: 7'
    mode ec2 unauthorized && mode arm unauthorized
    assert_contains "$(connections)" '<Code>AuthFailure<'
    assert_equal InvalidAuthenticationToken "$(arm | json error.code)"
    mode ec2 truncated && mode arm huge
    assert_lacks "$(connections)" '</DescribeVpnConnectionsResponse>'
    (($(arm | wc -c) > 50 * 1024 * 1024)) || fail "not huge"
    mode ec2 ok && mode arm ok
}

walk_end() {
    local pids entry
    pids=$(cut -d ' ' -f 1 "$LAB_DIR"/pid/*)
    "$SOURCE_DIR/lab/down" --dir "$LAB_DIR" >/dev/null || fail "lab/down"
    for entry in aws azure router; do
        [[ ! -e /run/netns/$net-$entry ]] || fail "the namespace $entry is left"
    done
    for entry in $pids; do
        [[ ! -d /proc/$entry || $(tr -d '\0' <"/proc/$entry/cmdline") == "" ]] ||
            fail "process $entry is left: $(tr '\0' ' ' <"/proc/$entry/cmdline")"
    done
    [[ ! -e $LAB_DIR && ! -e $data ]] || fail "files are left"
}

tidy() {
    end_captures
}

captures=()
lab_raise --tunnel ipsec >/dev/null
# shellcheck source=/dev/null
. "$LAB_DIR/lab.env"
[[ ${tunnel:?} == ipsec ]] || skip "the lab could raise no tunnel"
sql primary 'CREATE TABLE app.note (text VARCHAR(100) PRIMARY KEY)'
token=$(login)
walk_calm
walk_wire
walk_blackhole
walk_esp_only
walk_one_way
walk_peer_kill
walk_wrong_psk
walk_route
walk_tunnel1
walk_clouds
walk_end
