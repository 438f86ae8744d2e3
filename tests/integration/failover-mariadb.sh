#!/bin/bash
# The whole failover by keys, on a MariaDB pair that replicates by file and position.
# test-limit: 200
# shellcheck source=failover-story.bash
. "$(dirname "$0")/failover-story.bash"

failover_story --server mariadb
