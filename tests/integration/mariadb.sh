#!/bin/bash
# A real MariaDB pair that replicates by file and position, through every break of the lab.
# test-limit: 300
# shellcheck source=pair.bash
. "$(dirname "$0")/pair.bash"

pair_walk --server mariadb
