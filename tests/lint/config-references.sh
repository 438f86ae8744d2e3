#!/bin/bash
# What config/ offers for the clouds and the gateway is valid: policies that allow what drtop asks
# for and nothing else, Terraform that holds together, and strongSwan settings that a real charon
# takes. Where charon or root is missing, that part is left out and says so.
#
# Terraform is not in Debian: terraform.py stands in for it. Where there is one, its formatter,
# which is also its parser, has to agree.
set -eu -o pipefail
. "$(dirname "$0")/files.bash"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() {
    echo "$*"
    exit 1
}

# --- policies

actions() { # FILE [KEY]
    python3 - "$@" <<'PY'
import json, sys
policy = json.load(open(sys.argv[1]))
if "Statement" in policy:
    assert policy["Version"] == "2012-10-17"
    for s in policy["Statement"]:
        assert set(s) == {"Sid", "Effect", "Action", "Resource"} and s["Effect"] == "Allow"
        assert s["Sid"].isalnum()
    lists = [s["Action"] for s in policy["Statement"]]
else:
    assert policy["IsCustom"] is True and policy["Name"] and policy["Description"]
    assert not policy["NotActions"] + policy["DataActions"] + policy["NotDataActions"]
    assert all(scope.startswith("/subscriptions/") for scope in policy["AssignableScopes"])
    lists = [policy["Actions"]]
print(*sorted(a for l in lists for a in ([l] if isinstance(l, str) else l)))
PY
}

allows() { # FILE ACTION...
    local file=config/$1 found
    shift
    found=$(actions "$file") || fail "$file: not a policy"
    [ "$found" = "$*" ] || fail "$file: allows $found"
}

cloudwatch="cloudwatch:DescribeAlarmHistory cloudwatch:DescribeAlarms cloudwatch:GetMetricData"
allows aws/drtop-cloudwatch-policy.json "$cloudwatch"
allows aws/drtop-ec2-policy.json "$cloudwatch ec2:DescribeVpnConnections"
allows azure/drtop-role.json Microsoft.Network/connections/read

# --- Terraform

python3 tests/lint/terraform.py config/terraform || fail "config/terraform is not valid"
if command -v terraform >/dev/null; then
    TF_CLI_CONFIG_FILE='' CHECKPOINT_DISABLE=1 terraform fmt -check -diff config/terraform ||
        fail "terraform fmt would write it otherwise"
fi

# The stand-in sees what it is there for. Each of these makes one mistake.
spoiled() { # WORDS FILE SCRIPT
    rm -rf "$tmp/tf"
    cp -r config/terraform "$tmp/tf"
    sed -i "$3" "$tmp/tf/$2"
    ! cmp -s "config/terraform/$2" "$tmp/tf/$2" || fail "nothing spoiled: $3"
    local said
    ! said=$(python3 tests/lint/terraform.py "$tmp/tf") || fail "overlooked: $3"
    [[ $said == *"$1"* ]] || fail "for $3 it said: $said"
}

spoiled "var.nowhere is not declared" aws.tf 's/var\.aws_vpc_id/var.nowhere/'
spoiled "var.aws_vpc_id is never used" aws.tf 's/var\.aws_vpc_id/var.name/'
spoiled "aws_vpn_gateway.that.id is not declared" aws.tf 's/aws_vpn_gateway\.this\.id/aws_vpn_gateway.that.id/'
spoiled "aws_vpn_connection has no tunnel3_address" azure.tf 's/tunnel2_address/tunnel3_address/'
spoiled "aws_vpn_connection knows no tunnel1_dpd_seconds" aws.tf 's/tunnel1_dpd_timeout_seconds/tunnel1_dpd_seconds/'
spoiled "ipsec_policy needs pfs_group" azure.tf '/pfs_group/d'
spoiled "dh_group cannot be DHGroup15" azure.tf 's/DHGroup14/DHGroup15/'
spoiled "is a secret and has a default" variables.tf 's/sensitive   = true/&\n  default = {}/'
spoiled "preshared_keys is not sensitive" variables.tf '/sensitive/d'
spoiled "each.key leads nowhere" azure.tf '/for_each = var.azure_tunnels/d'
spoiled "a string without an end" versions.tf 's|"hashicorp/aws"|"hashicorp/aws|'
spoiled "expected" azure.tf "\$d"
spoiled "azurerm is not both required and set up" versions.tf 's/azurerm = {/other = {/'

# --- strongSwan

if [ ! -x /usr/lib/ipsec/charon ] || ! command -v swanctl >/dev/null ||
    ! unshare --mount --net true 2>/dev/null; then
    echo "left out: no charon, no swanctl, or not root"
    exit 0
fi

group=$(id -gn nobody)
mkdir -p "$tmp/sw/conf.d" "$tmp/strongswan.d"
cp config/strongswan/swanctl.conf "$tmp/sw/swanctl.conf"
cat >"$tmp/sw/conf.d/keys.conf" <<'EOF'
secrets {
    ike-tunnel1 {
        id-1 = 203.0.113.20
        id-2 = 198.51.100.11
        secret = "not-a-secret"
    }
}
EOF
echo 'include conf.d/*.conf' >>"$tmp/sw/swanctl.conf"
sed "s/group = drtop/group = $group/" config/strongswan/drtop.conf >"$tmp/strongswan.d/drtop.conf"
cat >"$tmp/strongswan.conf" <<EOF
charon {
    load = random nonce aes sha1 sha2 hmac kdf gmp openssl kernel-netlink socket-default vici updown
    filelog {
        stderr {
            default = 1
        }
    }
}
swanctl {
    load = random openssl
}
include $tmp/strongswan.d/*.conf
EOF

# In a network without a way out, where /run is its own.
cat >"$tmp/try" <<'EOF'
set -eu
tmp=$1
mount -t tmpfs none /run
ip link set lo up
export STRONGSWAN_CONF=$tmp/strongswan.conf SWANCTL_DIR=$tmp/sw
/usr/lib/ipsec/charon 2>"$tmp/charon.log" &
charon=$!
trap 'kill $charon; wait $charon || true' EXIT
for _ in $(seq 200); do
    [ ! -S /run/charon.vici ] || break
    sleep 0.02
done
stat -c '%G %a' /run/charon.vici
swanctl --load-all >"$tmp/load.log" 2>&1
swanctl --list-conns
EOF

said=$(unshare --mount --net bash "$tmp/try" "$tmp" 2>"$tmp/try.log") || {
    cat "$tmp/try.log" "$tmp/load.log" "$tmp/charon.log" 2>/dev/null || true
    fail "charon does not take config/strongswan"
}
for words in "$group 770" "tunnel1: IKEv2" "tunnel2: IKEv2" "dpd delay 30s" \
    "203.0.113.20" "198.51.100.12" "tunnel1-net: TUNNEL" "10.1.0.0/16" "10.0.0.0/16"; do
    [[ $said == *"$words"* ]] || fail "charon says nothing of $words:"$'\n'"$said"
done
