#!/bin/bash
# Every verdict, from a real MariaDB pair that replicates by file and position.
# test-limit: 300
# shellcheck source=verdict.bash
. "$(dirname "$0")/verdict.bash"

verdict_walk --server mariadb
