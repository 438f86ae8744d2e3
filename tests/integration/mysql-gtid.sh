#!/bin/bash
# A real MySQL pair that replicates by GTID, through every break of the lab.
# test-limit: 300
# shellcheck source=pair.bash
. "$(dirname "$0")/pair.bash"

pair_walk --server mysql --gtid
