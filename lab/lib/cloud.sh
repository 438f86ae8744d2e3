# shellcheck shell=bash
# Both clouds' APIs in an ipsec lab. Sourced. Their answers come from the charon of their side.
# $run/ec2.mode and $run/arm.mode are read at each request: see lab/cloud.h.

readonly vpn_connection=vpn-0d12707e57a11ab00
readonly subscription=00000000-0000-4000-8000-00000000d1ab
readonly tenant=00000000-0000-4000-8000-00000000a2e0
readonly client_id=00000000-0000-4000-8000-0000000d2709

clouds_folder() {
    printf 'ok\n' >"$run/ec2.mode"
    printf 'ok\n' >"$run/arm.mode"
    new_secret >"$run/azure.secret"
    new_secret >"$run/identity.token" # of a workload that both clouds believe
    cat >"$run/aws.credentials" <<INI
[lab]
aws_access_key_id = AKIALAB$(new_secret | tr 'a-f' 'A-F' | cut -c 1-13)
aws_secret_access_key = $(new_secret)/$(new_secret)
INI
}

clouds_start() {
    [[ $tunnel == ipsec ]] || return 0
    proc_alive ec2 || proc_spawn ec2 "$build/lab/lab-ec2" --port "$ec2_port" \
        --address "$(address_of ec2)" --vici "$(vici aws)" --run "$run" \
        --connection "$vpn_connection" --region us-east-1 </dev/null
    proc_alive arm || proc_spawn arm "$build/lab/lab-arm" --port "$arm_port" \
        --address "$(address_of arm)" --vici "$(vici azure)" --run "$run" \
        --subscription "$subscription" --tenant "$tenant" --client "$client_id" </dev/null
    wait_for 10 port_open ec2 || die "no EC2: see $run/log/ec2.log"
    wait_for 10 port_open arm || die "no ARM: see $run/log/arm.log"
}
