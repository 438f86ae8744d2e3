#!/bin/bash
# The unit for systemd: systemd itself finds nothing wrong with it, and little to attack.
# test-limit: 60
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
unit=$TMPDIR/drtop-record.service
sed "s|^ExecStart=[^ ]*|ExecStart=$DRTOP|" "$SOURCE_DIR/config/systemd/drtop-record.service" >"$unit"

output=$(systemd-analyze verify --man=no "$unit" 2>&1)
# Of this unit alone: it names others that this machine may lack.
wrong=$(grep -F drtop-record <<<"$output")
[[ -z $wrong ]] || fail "systemd-analyze verify: $wrong"

# The scale goes from 0, safe, to 100; what is left is the network, which it is for.
systemd-analyze security --offline=true --threshold=20 "$unit" >"$TMPDIR/security" 2>&1 ||
    fail "systemd-analyze security: $(tail -n 1 "$TMPDIR/security")"
tail -n 1 "$TMPDIR/security"

# The check can fail.
sed -i 's/^NoNewPrivileges=yes/NoNewPrivileges=perhaps/' "$unit"
grep -qF drtop-record <<<"$(systemd-analyze verify --man=no "$unit" 2>&1)" || fail "a wrong value passes"
