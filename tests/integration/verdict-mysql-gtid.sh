#!/bin/bash
# Every verdict, from a real MySQL pair that replicates by GTID.
# test-limit: 300
# shellcheck source=verdict.bash
. "$(dirname "$0")/verdict.bash"

verdict_walk --server mysql --gtid
