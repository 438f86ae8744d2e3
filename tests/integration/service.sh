#!/bin/bash
# The units for systemd: systemd itself finds nothing wrong with them, and little to attack.
# test-limit: 60
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

command -v systemd-analyze >/dev/null || skip "no systemd-analyze"

# wrong UNIT: what systemd says of that one alone; it names others that this machine may lack.
wrong() {
    grep -F "$(basename "$1" .service)" <<<"$(systemd-analyze verify --man=no "$1" 2>&1)"
}

# A template is looked at as the instance that it is for.
check() { # FILE NAME
    local unit=$TMPDIR/$2.service
    sed "s|^ExecStart=[^ ]*|ExecStart=$DRTOP|" "$SOURCE_DIR/config/systemd/$1.service" >"$unit"
    [[ -z $(wrong "$unit") ]] || fail "systemd-analyze verify $2: $(wrong "$unit")"

    # The scale goes from 0, safe, to 100; what is left is the network, which it is for.
    systemd-analyze security --offline=true --threshold=20 "$unit" >"$TMPDIR/security" 2>&1 ||
        fail "systemd-analyze security $2: $(tail -n 1 "$TMPDIR/security")"
    tail -n 1 "$TMPDIR/security"

    # The check can fail.
    sed -i 's/^NoNewPrivileges=yes/NoNewPrivileges=perhaps/' "$unit"
    [[ -n $(wrong "$unit") ]] || fail "$2: a wrong value passes"
}

check drtop-record drtop-record
check drtop-wall@ drtop-wall@tty1

# A wall owns its console, and comes back whatever ends it.
for line in TTYPath=/dev/%I StandardInput=tty StandardOutput=tty Restart=always \
    Conflicts=getty@%i.service; do
    grep -qxF "$line" "$SOURCE_DIR/config/systemd/drtop-wall@.service" || fail "no $line"
done
