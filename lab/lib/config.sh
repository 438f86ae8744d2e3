# shellcheck shell=bash
# The configuration with which drtop watches this lab. Sourced.

config_json() {
    local tls=preferred
    [[ $flavour != mysql ]] || tls=required
    cat <<JSON
{
    "group": "gitea-lab",
    "primary": {
        "site": "aws us-east-1",
        "mysql": {
            "host": "127.0.0.1",
            "port": $primary_port,
            "user": "mon",
            "password": { "file": "mon.password" },
            "tls": { "mode": "$tls" },
            "route": "direct",
            "heartbeat_table": "percona.heartbeat"
        },
        "app": { "url": "http://127.0.0.1:$app_port/" },
        "control_plane": {
            "name": "ec2 us-east-1",
            "target": "127.0.0.1:$control_port",
            "period": "1s"
        }
    },
    "dr": {
        "site": "azure eastus",
        "mysql": {
            "host": "127.0.0.1",
            "port": $replica_port,
            "user": "mon",
            "password": { "file": "mon.password" },
            "tls": { "mode": "$tls" },
            "route": "direct",
            "heartbeat_table": "percona.heartbeat"
        },
        // no application here until a failover builds it
        "app": { "url": "http://127.0.0.1:$dr_app_port/", "expected": false }
    },
    "tunnels": [
        {
            "type": "probe",
            "name": "vpn",
            "host": "127.0.0.1",
            "port": $probe_port,
            "greeting": true
        }
    ],
    "anchors": [
        { "name": "third party", "target": "127.0.0.1:$anchor_port", "period": "1s" }
    ],
$(failover_json)
    "record": { "directory": "state" } // beside this file: a lab leaves nothing behind
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
            "url": "http://127.0.0.1:$jenkins_port",
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
