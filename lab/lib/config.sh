# shellcheck shell=bash
# The configuration with which drtop watches this lab. Sourced.

config_json() {
    local tls=preferred
    local replication=direct # how drtop reaches the primary
    [[ $flavour != mysql ]] || tls=required
    [[ $tunnel == relay ]] || replication=vpn
    cat <<JSON
{
    "group": "gitea-lab",
    "primary": {
        "site": "aws us-east-1",
        "mysql": {
            "host": "$(address_of primary)",
            "port": $primary_port,
            "user": "mon",
            "password": { "file": "mon.password" },
            "tls": { "mode": "$tls" },
            "route": "$replication",
            "heartbeat_table": "percona.heartbeat"
        },
        "app": { "url": "http://$(address_of app):$app_port/" },
        "control_plane": {
            "name": "ec2 us-east-1",
            "target": "$(address_of control-plane):$control_port",
            "period": "1s"
        }
    },
    "dr": {
        "site": "azure eastus",
        "mysql": {
            "host": "$(address_of replica)",
            "port": $replica_port,
            "user": "mon",
            "password": { "file": "mon.password" },
            "tls": { "mode": "$tls" },
            "route": "direct",
            "heartbeat_table": "percona.heartbeat"
        },
        // no application here until a failover builds it
        "app": { "url": "http://$(address_of dr-app):$dr_app_port/", "expected": false }
    },
    "tunnels": [
$(tunnels_json)
    ],
    "anchors": [
        { "name": "third party", "target": "$(address_of anchor):$anchor_port", "period": "1s" }
    ],
$(failover_json)
    "record": { "directory": "state" } // beside this file: a lab leaves nothing behind
}
JSON
}

tunnels_json() {
    if [[ $tunnel == relay ]]; then
        cat <<JSON
        {
            "type": "probe",
            "name": "vpn",
            "host": "127.0.0.1",
            "port": $probe_port,
            "greeting": true
        }
JSON
    else
        ipsec_json
    fi
}

# A view of each kind: traffic, the gateway, and what both clouds say.
ipsec_json() {
    local ec2 arm
    ec2=http://$(address_of ec2):$ec2_port
    arm=http://$(address_of arm):$arm_port
    cat <<JSON
        {
            "type": "probe",
            "name": "vpn",
            "host": "$probe_address",
            "port": $probe_port,
            "greeting": false
        },
        {
            "type": "strongswan",
            "name": "gw",
            "socket": "$(vici azure)",
            "tunnels": ["tunnel1", "tunnel2"]
        },
        {
            "type": "aws",
            "name": "aws",
            "region": "us-east-1",
            "profile": "lab",
            "vpn_connection": "$vpn_connection",
            "tunnels": ["${aws_outside[0]}", "${aws_outside[1]}"],
            "alarms": ["vpn-tunnel1-down", "vpn-tunnel2-down"],
            "ec2_endpoint": "$ec2/",
            "cloudwatch_endpoint": "$ec2/",
            "sts_endpoint": "$ec2/",
            "period": "5s"
        },
        {
            "type": "azure",
            "name": "azure",
            "subscription": "$subscription",
            "resource_group": "rg-dr",
            "connection": "to-aws",
            "login": "secret",
            "tenant": "$tenant",
            "client_id": "$client_id",
            "client_secret": { "file": "azure.secret" },
            "arm_endpoint": "$arm/",
            "login_endpoint": "$arm/",
            "period": "5s"
        }
JSON
}

# What a drill or a failover sends, but for what drtop itself fills in.
parameters_json() { # DEPLOYMENT_MODE
    cat <<JSON
            "parameters": [
                { "name": "DEPLOYMENT_MODE", "value": "$1" },
                { "name": "PLAN_TERRAFORM", "value": "true" },
                { "name": "APPLY_TERRAFORM", "value": "true" },
                { "name": "DEPLOY_ANSIBLE", "value": "true" },
                { "name": "DESTROY_TERRAFORM", "value": "false" }
            ]
JSON
}

failover_json() {
    cat <<JSON
    "failover": {
        "jenkins": {
            "url": "http://$(address_of jenkins):$jenkins_port",
            "user": "operator",
            "token": { "file": "jenkins.token" }
        },
        "job": {
            "path": "Azure-Gitea-Deployment",
$(parameters_json failover)
        },
        "drill": {
            "path": "Azure-Gitea-Drill",
$(parameters_json plan)
        },
        "target": "azure-eastus",
        "phases": [
            { "name": "Infrastructure", "stages": ["Terraform init", "Terraform apply"] },
            { "name": "Configuration", "stages": ["Ansible"] },
            { "name": "DB promotion", "stages": ["Promote replica"], "no_return": true },
            { "name": "Final validation", "stages": ["Validate"] }
        ],
        "countdown": "10s"
    },
JSON
}
