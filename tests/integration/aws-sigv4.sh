#!/bin/bash
# What drtop sends to AWS, signed anew by botocore, which knows nothing of libcurl: other keys,
# regions, partitions, hosts, ports, tokens and bodies. And that the pre-shared keys in the answer
# stay nowhere in the memory of the process, over http and over https.
# test-limit: 60
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

CALL=$BUILD_DIR/tests/drtop-aws-call
PYTHON=/usr/bin/python3 # Debian's, which has Debian's botocore
KROW=1lennuTyeKlaeRAtoN # of the recording's keys
WORK=$(mktemp -d)
SERVERS=()

"$PYTHON" -c 'import botocore' 2>/dev/null || skip "no botocore (Debian's python3-botocore)"

tidy() {
    local pid
    for pid in "${SERVERS[@]}"; do
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    rm -rf "$WORK"
}
trap tidy EXIT

serve() { # NAME [CERTIFICATE KEY]: its port is in NAME, its log in NAME.log
    "$PYTHON" "$SOURCE_DIR/tests/tools/aws-server" "$WORK/$1" "$WORK/answer" "${@:2}" \
        >"$WORK/$1.log" 2>&1 &
    SERVERS+=($!)
}

# A key id and its secret and token, as the server knows them.
as() { # KEY COMMAND...
    local secret token=
    case $1 in
    AKPLAIN) secret=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY ;;
    AKCOLON) secret=a:b@c/+=%x ;;
    ASIATOKEN)
        secret="secret+with/token"
        token="AQoDYXdzEPT//////////wEXAMPLE+token==$(printf 'x%.0s' {1..1200})"
        ;;
    AKWRONG) secret=another ;;
    esac
    env -i PATH="$PATH" HOME="$WORK" AWS_EC2_METADATA_DISABLED=true \
        AWS_ACCESS_KEY_ID="${1/AKWRONG/AKPLAIN}" AWS_SECRET_ACCESS_KEY="$secret" \
        AWS_SESSION_TOKEN="$token" "${@:2}"
}

# call KEY SERVICE REGION ENDPOINT TARGET CA BODY: signed well, answered, and no key kept.
call() {
    assert_status 0 as "$1" "$CALL" "${@:2:5}" "$KROW" "$7"
    assert_equal "200 xml found 0" "$output" "$*"
}

cat >"$WORK/answer" <<'XML'
<?xml version="1.0" encoding="utf-8"?>
<DescribeVpnConnectionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
<vpnConnectionSet><item><vpnConnectionId>vpn-1</vpnConnectionId><customerGatewayConfiguration>
&lt;pre_shared_key&gt;NotARealKeyTunnel1&lt;/pre_shared_key&gt;</customerGatewayConfiguration>
<options><tunnelOptionSet><item><outsideIpAddress>198.51.100.11</outsideIpAddress>
<preSharedKey>NotARealKeyTunnel1</preSharedKey></item></tunnelOptionSet></options>
</item></vpnConnectionSet></DescribeVpnConnectionsResponse>
XML
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$WORK/key" -out "$WORK/ca" \
    2>/dev/null || fail "no certificate"
serve plain
serve tls "$WORK/ca" "$WORK/key"
await 20 test -s "$WORK/plain"
await 20 test -s "$WORK/tls"
plain=http://127.0.0.1:$(<"$WORK/plain")
tls=https://localhost:$(<"$WORK/tls")
head -n 1 "$WORK/plain.log"

echo "--- forms and JSON, keys and tokens, regions and partitions"
form='Action=DescribeVpnConnections&Version=2016-11-15&VpnConnectionId.1=vpn-1'
json='{"AlarmNames": ["a b", "é", "%&=+"]}'
target=GraniteServiceVersion20100801.DescribeAlarms
call AKPLAIN ec2 us-east-1 "$plain" - - "$form"
call AKPLAIN ec2 us-east-1 "$plain/" - - ""
call AKCOLON ec2 eu-central-1 "${plain/127.0.0.1/localhost}" - - "$form"
call ASIATOKEN ec2 us-gov-west-1 "$plain" - - "$form"
call ASIATOKEN monitoring cn-north-1 "$plain" "$target" - "$json"
call AKCOLON monitoring cn-northwest-1 "$plain" "$target" - "{}"
call AKPLAIN monitoring us-east-1 "$plain" "$target" - "$(printf '%%%.0s' {1..5000})"

echo "--- over TLS"
call AKPLAIN ec2 us-east-1 "$tls" - "$WORK/ca" "$form"
call ASIATOKEN monitoring cn-north-1 "${tls/localhost/127.0.0.1}" "$target" "$WORK/ca" "$json"
assert_status 1 as AKPLAIN "$CALL" ec2 us-east-1 "$tls" - - "$KROW" "$form"
assert_contains "$output" "none: TLS: "

echo "--- and the other way: the server refuses what is signed wrongly, the search finds a key"
assert_status 0 as AKWRONG "$CALL" ec2 us-east-1 "$plain" - - "$KROW" "$form"
assert_contains "$output" "403 xml found 0"
assert_status 0 as AKPLAIN "$CALL" ec2 us-east-1 "$plain" - - "${form:0:6}" "noitcA"
assert_contains "$output" "200 xml found "
assert_lacks "$output" "found 0"
assert_equal 8 "$(grep -c ' good$' "$WORK/plain.log")" "signatures that agree"
assert_equal 2 "$(grep -c ' good$' "$WORK/tls.log")" "signatures that agree over TLS"
