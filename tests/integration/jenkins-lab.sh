#!/bin/bash
# A failover through Jenkins on a MariaDB pair that replicates by file and position.
# test-limit: 300
# shellcheck source=jenkins.bash
. "$(dirname "$0")/jenkins.bash"

jenkins_walk --server mariadb
