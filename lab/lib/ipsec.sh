# shellcheck shell=bash
# The VPN of an ipsec lab. Sourced. A charon at each end, with ESP in userland over a TUN device,
# in UDP on the wire: no module of the kernel is needed. Two tunnels of the customer's kind; the
# first carries as long as it is up, as its networks are narrower.

readonly aws_outside=(198.51.100.11 198.51.100.12) azure_outside=203.0.113.20
readonly router_aws=198.51.100.1 router_azure=203.0.113.1
readonly app_address=198.51.100.50 # public, not through the tunnel
readonly primary_address=10.0.2.50 probe_address=10.0.2.20 replica_address=10.1.2.50
readonly aws_network=10.0.0.0/16 azure_network=10.1.0.0/16
readonly aws_networks=(10.0.2.0/24 "$aws_network")     # of tunnel 1, tunnel 2
readonly azure_networks=(10.1.2.0/24 "$azure_network") # of tunnel 1, tunnel 2
readonly tunnels=(tunnel1 tunnel2)

ipsec_require() {
    local program
    for program in /usr/lib/ipsec/charon swanctl nft ip nsenter; do
        type -P "$program" >/dev/null || die "$program is missing: lab/install lab"
    done
}

vici() { # SIDE: its socket
    printf '%s/charon-%s.vici' "$data" "$1"
}

# The detection of dead peers: seconds between two looks; the first retransmission, its growth,
# and how often. Fast notices within 3 s; the other is about what AWS does, and needs 33 s.
dpd_profile() {
    case $dpd in
    fast) say 1 0.3 1.5 2 ;;
    aws) say 10 2.0 1.8 3 ;;
    esac
}

charon_conf() { # SIDE
    local delay timeout base tries
    read -r delay timeout base tries < <(dpd_profile)
    cat <<CONF
charon {
    load = random nonce aes sha1 sha2 hmac kdf pem pkcs1 x509 pubkey gmp openssl kernel-libipsec kernel-netlink socket-default vici updown
    port = 500
    port_nat_t = 4500
    install_routes = yes
    delete_rekeyed = yes
    retransmit_timeout = $timeout
    retransmit_base = $base
    retransmit_tries = $tries
    plugins {
        kernel-libipsec {
            load = yes
            allow_peer_ts = yes
        }
        vici {
            socket = unix://$(vici "$1")
        }
    }
    filelog {
        log {
            path = $run/log/ike-$1.log
            time_format = %Y-%m-%dT%H:%M:%S
            time_add_ms = yes
            default = 1
            ike = 2
            flush_line = yes
        }
    }
}
swanctl {
    load = random openssl pem pkcs1 x509 pubkey
}
CONF
}

# A tunnel as SIDE sees it. AWS waits and clears; Azure begins, and begins again.
connection_conf() { # SIDE INDEX
    local here=${aws_outside[$2]} there=$azure_outside
    local local_ts=${aws_networks[$2]} remote_ts=${azure_networks[$2]}
    local start=none dead=clear closed=none delay rest
    read -r delay rest < <(dpd_profile)
    if [[ $1 == azure ]]; then
        here=$azure_outside there=${aws_outside[$2]}
        local_ts=${azure_networks[$2]} remote_ts=${aws_networks[$2]}
        start=start dead=restart closed=start
    fi
    cat <<CONF
    ${tunnels[$2]} {
        version = 2
        local_addrs = $here
        remote_addrs = $there
        proposals = aes256-sha256-modp2048
        encap = yes
        mobike = no
        keyingtries = 0
        dpd_delay = ${delay}s
        rekey_time = 28800s
        local {
            auth = psk
            id = $here
        }
        remote {
            auth = psk
            id = $there
        }
        children {
            ${tunnels[$2]}-net {
                local_ts = $local_ts
                remote_ts = $remote_ts
                esp_proposals = aes256-sha256-modp2048
                rekey_time = 3600s
                mode = tunnel
                start_action = $start
                dpd_action = $dead
                close_action = $closed
            }
        }
    }
CONF
}

secret_conf() { # INDEX KEY
    cat <<CONF
    ike-$1 {
        id-a = ${aws_outside[$1]}
        id-b = $azure_outside
        secret = "$2"
    }
CONF
}

swanctl_conf() { # SIDE KEY1 KEY2
    printf 'connections {\n%s\n%s\n}\n' "$(connection_conf "$1" 0)" "$(connection_conf "$1" 1)"
    printf 'secrets {\n%s\n%s\n}\n' "$(secret_conf 0 "$2")" "$(secret_conf 1 "$3")"
}

# Of the programs there are copies: where Debian's AppArmor is at work, it would keep the real
# ones out of the lab's folder.
ipsec_folder() {
    local side
    for side in aws azure; do
        mkdir -p "$run/ipsec/$side/conf.d"
        charon_conf "$side" >"$run/ipsec/$side/strongswan.conf"
        swanctl_conf "$side" "$(secret psk1)" "$(secret psk2)" >"$run/ipsec/$side/swanctl.conf"
    done
    cp "$(type -P swanctl)" /usr/lib/ipsec/charon "$run/ipsec/"
}

# Both would write /run/charon.pid: each has a /run of its own.
# shellcheck disable=SC2016 # the inner shell expands
charon_start() { # SIDE
    local conf=$run/ipsec/$1/strongswan.conf
    if ! proc_alive "charon-$1"; then
        rm -f "$(vici "$1")"
        STRONGSWAN_CONF=$conf proc_spawn "charon-$1" unshare --mount --propagation private \
            sh -c 'mount -t tmpfs tmpfs /run && exec "$0"' "$run/ipsec/charon" </dev/null
        wait_for 10 charon_answers "$1" || die "charon did not start: see $run/log/ike-$1.log"
        swanctl "$1" --load-all >>"$run/log/swanctl.log" 2>&1 ||
            die "charon took no configuration: see $run/log/swanctl.log"
    fi
}

swanctl() { # SIDE ARGUMENT...
    SWANCTL_DIR=$run/ipsec/$1 STRONGSWAN_CONF=$run/ipsec/$1/strongswan.conf \
        "$run/ipsec/swanctl" "${@:2}" --uri "unix://$(vici "$1")"
}

charon_answers() { # SIDE
    swanctl "$1" --version --daemon >/dev/null 2>&1
}

# --- how it is

ike_state() { # SIDE TUNNEL: of the SA, or nothing
    swanctl "$1" --list-sas --ike "$2" 2>/dev/null | awk -F', ' 'NR == 1 { print $2 }'
}

tunnel_up() { # SIDE TUNNEL: something is installed that can carry
    [[ $(swanctl "$1" --list-sas --ike "$2" 2>/dev/null) == *", INSTALLED, "* ]]
}

ike_gone() { # SIDE TUNNEL
    [[ -z $(ike_state "$1" "$2") ]]
}

ipsec_passes() {
    connects azure 1 "$probe_address" "$probe_port"
}

ipsec_blocked() {
    ! ipsec_passes
}

# Whether both tunnels are up at both ends and carry. One that nobody is raising any more (Azure
# does not try again after a refusal) is raised.
ipsec_mended() {
    local name
    for name in "${tunnels[@]}"; do
        if ike_gone azure "$name"; then
            swanctl azure --initiate --child "$name-net" --timeout 2 >/dev/null 2>&1 || true
        fi
        tunnel_up azure "$name" && tunnel_up aws "$name" || return 1
    done
    ipsec_passes
}

ipsec_settle() {
    [[ $tunnel == ipsec ]] || return 0
    wait_for 90 ipsec_mended || die "the tunnels do not come up: see $run/log/ike-azure.log"
}

ipsec_raise() {
    net_create
    path_start
    ipsec_settle
}

# --- faults; in the router each is a table of its own

# router_drops FAULT RULE...: what matches RULE vanishes. Comes back when something did.
router_drops() {
    local fault=$1 rule
    shift
    at router nft delete table inet "$fault" 2>/dev/null || true
    {
        printf 'table inet %s {\nchain forward {\ntype filter hook forward priority 0\n' "$fault"
        for rule in "$@"; do
            printf '%s counter drop\n' "$rule"
        done
        printf '}\n}\n'
    } | at router nft -f -
    wait_for 30 router_dropped "$fault" || die "nothing passes the router that could be dropped"
}

router_dropped() { # FAULT
    [[ $(at router nft list table inet "$1") =~ counter\ packets\ [1-9] ]]
}

router_passes() { # FAULT
    at router nft delete table inet "$1" 2>/dev/null || true
}

need_tunnel() {
    need_running charon-aws
    need_running charon-azure
}

# Only the VPN: the Internet between the sites works.
break_ipsec_blackhole() {
    need_tunnel
    router_drops ipsec-blackhole "ip saddr { ${aws_outside[0]}, ${aws_outside[1]} }" \
        "ip daddr { ${aws_outside[0]}, ${aws_outside[1]} }"
    told="every packet of both tunnels vanishes: probes time out at once, the ends notice by DPD"
}

heal_ipsec_blackhole() {
    router_passes ipsec-blackhole
}

# An IKE packet on port 4500 begins with four zero bytes, an ESP packet with its SPI.
readonly is_esp='udp dport 4500 @th,64,32 != 0'

break_ipsec_esp_only() {
    need_tunnel
    router_drops ipsec-esp-only "$is_esp"
    told="ESP vanishes, IKE passes: nothing gets through, and both ends say ESTABLISHED"
}

heal_ipsec_esp_only() {
    router_passes ipsec-esp-only
}

break_ipsec_one_way() {
    need_tunnel
    router_drops ipsec-one-way "ip saddr $azure_outside $is_esp"
    told="ESP from azure to aws vanishes: one side sends, the other hears nothing"
}

heal_ipsec_one_way() {
    router_passes ipsec-one-way
}

break_ipsec_tunnel1() {
    need_tunnel
    router_drops ipsec-tunnel1 "ip saddr ${aws_outside[0]}" "ip daddr ${aws_outside[0]}"
    told="tunnel 1 is dead: until DPD notices nothing passes, then tunnel 2 carries"
}

heal_ipsec_tunnel1() {
    router_passes ipsec-tunnel1
}

break_ipsec_peer_kill() {
    proc_kill charon-azure
    told="azure's gateway is killed: nothing passes, aws notices by DPD"
}

heal_ipsec_peer_kill() {
    charon_start azure
}

both_gone() { # SIDE
    ike_gone "$1" "${tunnels[0]}" && ike_gone "$1" "${tunnels[1]}"
}

break_ipsec_wrong_psk() {
    local name
    need_tunnel
    swanctl_conf azure "$(new_secret)" "$(new_secret)" >"$run/ipsec/azure/swanctl.conf"
    swanctl azure --load-creds --clear >/dev/null 2>&1 || die "charon took no keys"
    for name in "${tunnels[@]}"; do
        swanctl aws --terminate --ike "$name" --force --timeout 1 >/dev/null 2>&1 || true
    done
    wait_for 30 both_gone azure || die "the ends still agree"
    told="azure has other keys: AUTHENTICATION_FAILED, and nobody tries again"
}

heal_ipsec_wrong_psk() {
    swanctl_conf azure "$(secret psk1)" "$(secret psk2)" >"$run/ipsec/azure/swanctl.conf"
    proc_gone charon-azure || swanctl azure --load-creds --clear >/dev/null 2>&1 ||
        die "charon took no keys"
}

# Before the rule that leads to strongSwan's table (220).
readonly route_rule=(pref 100 to "$azure_network")

break_ipsec_route() {
    need_tunnel
    heal_ipsec_route
    net_ip aws rule add "${route_rule[@]}" type blackhole
    wait_for 10 ipsec_blocked || die "it still passes"
    told="aws has lost its route to azure: nothing comes back, and every gateway is content"
}

heal_ipsec_route() {
    net_ip aws rule del "${route_rule[@]}" 2>/dev/null || true
}
