#!/bin/bash
# The contract of a tunnel's program: what config/tunnel.schema.json allows, drtop understands, and
# what it refuses says nothing of the tunnel.
# test-limit: 60
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

readonly schema=$SOURCE_DIR/config/tunnel.schema.json
validator=/usr/bin/jsonschema
[[ -x $validator ]] || skip "no $validator (Debian's python3-jsonschema)"

CONFIG=$TMPDIR/drtop.json
answers=()

# One tunnel a case: its program prints the case's file.
configure() {
    local file comma=
    {
        printf '{ "group": "g", "record": { "enabled": false },
            "primary": { "mysql": { "host": "127.0.0.1", "port": 1, "user": "u" } },
            "dr": { "mysql": { "host": "127.0.0.1", "port": 2, "user": "u" } }, "tunnels": ['
        for file in "${answers[@]}"; do
            printf '%s { "type": "exec", "name": "%s", "command": ["/bin/cat", "%s"] }' \
                "$comma" "$(basename "$file" .json)" "$file"
            comma=,
        done
        printf '] }'
    } >"$CONFIG"
}

answer() { # NAME TEXT
    answers+=("$TMPDIR/$1.json")
    printf '%s' "$2" >"$TMPDIR/$1.json"
}

valid() { # FILE
    "$validator" -i "$1" "$schema" >"$TMPDIR/errors" 2>&1
}

now=$(date +%s)
head="{ \"version\": 1, \"observed_at\": $now, \"tunnels\": ["
answer up "$head { \"id\": \"a\", \"state\": \"up\", \"since\": null, \"bytes_in\": 1, \"new\": {} } ] }"
answer down "$head { \"id\": \"a\", \"state\": \"down\", \"bgp\": { \"state\": \"Idle\" } } ] }"
answer no-version "${head/\"version\": 1,/} ] }"
answer other-version "${head/: 1,/: 2,} ] }"
answer shouted "$head { \"id\": \"a\", \"state\": \"DOWN\" } ] }"
answer nameless "$head { \"id\": \"\", \"state\": \"down\" } ] }"
answer negative "$head { \"id\": \"a\", \"state\": \"down\", \"bytes_in\": -1 } ] }"
# The schema's own example, as of now.
answer example "$(json examples.0 "$schema" | sed "s/\"observed_at\":[^,]*/\"observed_at\": $now/")"

configure
"$DRTOP" --config "$CONFIG" status --json >"$TMPDIR/status.json" 2>"$TMPDIR/log"
[[ -s $TMPDIR/status.json ]] || fail "no status: $(cat "$TMPDIR/log")"

said() { # NAME
    local i
    for i in "${!answers[@]}"; do
        if [[ ${answers[i]} == "$TMPDIR/$1.json" ]]; then
            json "tunnels.$i.state" "$TMPDIR/status.json"
        fi
    done
}

for file in "${answers[@]}"; do
    name=$(basename "$file" .json)
    case $name in
    up | down | example)
        valid "$file" || fail "$name: $(head -n 5 "$TMPDIR/errors")"
        assert_equal "${name/example/up}" "$(said "$name")" "$name"
        ;;
    *)
        ! valid "$file" || fail "$name passes the schema"
        assert_equal unknown "$(said "$name")" "$name"
        ;;
    esac
    printf 'ok: %s\n' "$name"
done
