# shellcheck shell=bash
# Where the processes of the lab stand. Sourced. In a relay lab all are on loopback. In an ipsec
# lab each is at a place, which is a network namespace: aws, azure, or the router between them,
# which is the Internet and everything that stands in it.

place_of() { # PROCESS
    case $1 in
    primary | app | probe | writer | charon-aws) printf aws ;;
    replica | dr-app | charon-azure) printf azure ;;
    *) printf router ;;
    esac
}

address_of() { # PROCESS: where it listens
    if [[ $tunnel == relay ]]; then
        printf 127.0.0.1
        return
    fi
    case $1 in
    primary) printf '%s' "$primary_address" ;;
    replica | dr-app) printf '%s' "$replica_address" ;;
    probe) printf '%s' "$probe_address" ;;
    app) printf '%s' "$app_address" ;;
    control-plane | ec2) printf '%s' "$router_aws" ;;
    *) printf '%s' "$router_azure" ;;
    esac
}

port_of() { # PROCESS
    local name=${1//-/_}_port
    [[ $1 != control-plane ]] || name=control_port
    printf '%s' "${!name}"
}

# From where drtop and the replica come, as the servers see them.
client_address() {
    address_of replica
}

# What the replica connects to.
source_port() {
    if [[ $tunnel == relay ]]; then printf '%s' "$relay_port"; else printf '%s' "$primary_port"; fi
}

namespace() { # PLACE
    printf '%s-%s' "$net" "$1"
}

# at PLACE COMMAND...: runs it there.
at() {
    local -a enter=()
    enter_command "$1"
    shift
    "${enter[@]}" "$@"
}

enter_command() { # PLACE; the words that lead there go to the array `enter`
    enter=()
    [[ $tunnel == relay ]] || enter=(nsenter "--net=/run/netns/$(namespace "$1")")
}

# shellcheck disable=SC2016 # the inner shell expands
connects() { # PLACE SECONDS ADDRESS PORT
    at "$1" timeout "$2" bash -c 'exec 3<>"$0"' "/dev/tcp/$3/$4" 2>/dev/null
}

port_open() { # PROCESS
    connects "$(place_of "$1")" 2 "$(address_of "$1")" "$(port_of "$1")"
}

# --- the networks of an ipsec lab

# Labs do not meet: the names come from the folder.
net_name() {
    printf 'drtop-%s' "$(printf '%s' "$run" | sha256sum | cut -c 1-8)"
}

# Says why there cannot be an ipsec lab here; fails when there can.
net_obstacle() {
    if ! as_root; then
        printf 'this is not root'
    elif [[ ! -c /dev/net/tun ]]; then
        printf 'there is no /dev/net/tun'
    elif ! unshare --net --mount true 2>/dev/null; then
        printf 'this root may not make namespaces'
    else
        return 1
    fi
}

# Without IPv6, so that nothing but what was asked for is on the wires. No filter by way back:
# what arrives through the tunnel was sent into another device.
# shellcheck disable=SC2016 # the inner shell expands
net_settings() { # PLACE FORWARD
    at "$1" sh -c 'cd /proc/sys/net && echo 1 >ipv6/conf/all/disable_ipv6 &&
        echo 0 >ipv4/conf/all/rp_filter && echo 0 >ipv4/conf/default/rp_filter &&
        echo "$0" >ipv4/ip_forward' "$2"
}

net_ip() { # PLACE ARGUMENT... of ip
    ip -n "$(namespace "$1")" "${@:2}"
}

# What belongs into the tunnel goes by no other way: while the tunnel is away, it vanishes, as
# behind a gateway.
net_guard() { # PLACE NETWORK HERE ROUTER
    net_ip "$1" route add "$2" via "$4" src "$3"
    at "$1" nft -f - <<NFT
table inet guard {
    chain output {
        type filter hook output priority 0
        oifname wan ip daddr $2 drop
    }
}
NFT
}

net_create() {
    local place address
    net_remove # what a lab left that was in this folder and is gone
    for place in aws router azure; do
        ip netns add "$(namespace "$place")"
        net_settings "$place" "$([[ $place == router ]] && printf 1 || printf 0)"
        net_ip "$place" link set lo up
    done
    for place in aws azure; do
        ip link add wan netns "$(namespace "$place")" type veth \
            peer name "$place" netns "$(namespace router)"
        net_ip "$place" link set wan up
        net_ip router link set "$place" up
    done
    net_ip router addr add "$router_aws/24" dev aws
    net_ip router addr add "$router_azure/24" dev azure
    for address in "${aws_outside[@]}" "$app_address"; do
        net_ip aws addr add "$address/24" dev wan
    done
    net_ip aws addr add "$primary_address/32" dev lo
    net_ip aws addr add "$probe_address/32" dev lo
    net_ip azure addr add "$azure_outside/24" dev wan
    net_ip azure addr add "$replica_address/32" dev lo
    net_ip aws route add default via "$router_aws"
    net_ip azure route add default via "$router_azure"
    net_guard aws "$azure_network" "$primary_address" "$router_aws"
    net_guard azure "$aws_network" "$replica_address" "$router_azure"
}

net_remove() {
    local place
    [[ -n $net ]] || return 0
    for place in aws azure router; do
        [[ ! -e /run/netns/$(namespace "$place") ]] || ip netns del "$(namespace "$place")"
    done
}
