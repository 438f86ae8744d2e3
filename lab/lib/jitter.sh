#!/usr/bin/env bash
# Usage: lab/lib/jitter.sh DIR
#
# The process behind `lab/break jitter`: makes the healthy lab in DIR a rough one until it is
# ended. Five times a second the tunnel's round trip becomes something between 0 and 150 ms
# longer; every seven seconds comes a burst of writes, every twenty a new binary log.

set -euo pipefail
# shellcheck source=all.sh
. "$(dirname "$0")/all.sh"

burst() {
    local i
    for i in {10001..10300}; do
        printf "REPLACE INTO app.t (id, seq, pad) VALUES (%d, 0, REPEAT('j', 3000));\n" "$i"
    done | db_client primary
}

common_args "$@"
run=$(realpath -m -- "${rest[0]}")
load_env
# Whatever else breaks the lab meanwhile is not this one's business.
for ((tick = 1; ; tick++)); do
    relay_ctl slow $((RANDOM % 151)) >/dev/null || true
    ((tick % 35)) || burst || true
    ((tick % 100)) || db_client primary -e 'FLUSH BINARY LOGS' || true
    sleep 0.2
done
