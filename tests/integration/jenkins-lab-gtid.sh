#!/bin/bash
# A failover through Jenkins on a MySQL 9.7 pair that replicates by GTID.
# test-limit: 300
# shellcheck source=jenkins.bash
. "$(dirname "$0")/jenkins.bash"

jenkins_walk --server mysql --gtid
