#!/bin/bash
# What an operator can get wrong before anything is asked: each gives one clear sentence with its
# place, the right exit status, and nothing on the screen.
# test-limit: 60
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

readonly USAGE=64 UNAVAILABLE=69 BAD_CONFIG=78
CONFIG=$TMPDIR/drtop.json

# A configuration that is right; "@" stands at the place of what is put in.
right_config() {
    cat <<'JSON'
{
    @"group": "g",
    "primary": { "mysql": { "host": "127.0.0.1", "port": 1, "user": "u" } },
    "dr": { "mysql": { "host": "127.0.0.1", "port": 2, "user": "u" } }
}
JSON
}

write_config() { # [PUT-IN]
    rm -f "$CONFIG"
    (umask 077 && right_config | sed "s|@|${1:-}|" >"$CONFIG")
}

# drtop ends with STATUS and says one line, with PART in it.
refuses() { # STATUS PART COMMAND...
    local status=$1 part=$2
    shift 2
    assert_status "$status" "$@"
    assert_contains "$output" "$part"
    assert_equal 1 "$(wc -l <<<"$output")" "lines of: $output"
    printf 'ok: %s\n' "$output"
}

refuses_config() { # PART...: place, then what
    local command
    for command in "config check" "status" "frame --size 80x24" "record" ""; do
        # shellcheck disable=SC2086 # words of a command
        refuses "$BAD_CONFIG" "$1" "$DRTOP" --config "$CONFIG" $command >"$TMPDIR/said"
    done
    tail -n 1 "$TMPDIR/said"
}

bad_configuration() {
    write_config
    assert_status 0 "$DRTOP" --config "$CONFIG" config check
    write_config '"grupp": 1, '
    refuses_config 'drtop.json:2:5: unknown key "grupp", did you mean "group"?'
    write_config '"group": "h", '
    refuses_config 'drtop.json:2:19: duplicate key "group"'
    write_config '"poll": { "positions": 250 }, '
    refuses_config 'drtop.json:2:28: "positions" is a number without a unit, expected'
    write_config '"poll": { "positions": "1h" }, '
    refuses_config 'drtop.json:2:28: "positions" is "1h", expected 50ms to 10s'
    write_config '"poll": { "positions": "5 parsecs" }, '
    refuses_config 'drtop.json:2:28: "positions" is "5 parsecs", expected'
    write_config
    echo 'and more' >>"$CONFIG"
    refuses_config 'drtop.json:6:1: unexpected '
    printf '{ "group": "g"' >"$CONFIG"
    refuses_config 'drtop.json:1:15: the text ends here, expected'
    CONFIG=$TMPDIR/nowhere.json refuses_config 'nowhere.json: No such file'
    CONFIG=$TMPDIR refuses_config 'is a directory, expected a regular file'
    write_config
    sed -i 's/"port": 1/"port": 1, "password": "hush-hush"/' "$CONFIG"
    chmod 0644 "$CONFIG"
    refuses_config 'a secret in a file that others may read (mode 0644), expected `chmod 600'
    assert_lacks "$output" hush
    if [[ $(id -u) != 0 ]]; then # root may read everything
        chmod 0000 "$CONFIG"
        refuses_config 'Permission denied, expected a readable file'
    fi
}

# A secret elsewhere is read when its server is asked: that server fails, and says why.
bad_secret() {
    local part
    write_config
    sed -i 's/"port": 1/"port": 1, "password": { "file": "secret" }/' "$CONFIG"
    printf 'sesame\n' >"$TMPDIR/secret"
    chmod 0644 "$TMPDIR/secret"
    for part in 'secret: mode 0644, expected' 'secret: No such file or directory, expected'; do
        assert_status "$UNAVAILABLE" "$DRTOP" --config "$CONFIG" status --json
        assert_contains "$(json primary.reason <<<"$output")" "$part"
        assert_equal failed "$(json primary.state <<<"$output")" "state of the primary"
        assert_lacks "$output" sesame
        rm -f "$TMPDIR/secret"
    done
}

# Whatever a terminal shows of a program that refuses it.
in_terminal() { # TERM ARGUMENT...
    env TERM="$1" script -qec "$(printf '%q ' "$DRTOP" --config "$CONFIG" "${@:2}")" /dev/null
}

refuses_in_terminal() { # STATUS PART TERM ARGUMENT...
    assert_status "$1" in_terminal "${@:3}"
    assert_contains "$output" "$2"
    assert_lacks "$output" $'\e'
    printf 'ok: %s\n' "$output"
}

bad_screen() {
    local theme=$TMPDIR/bad.theme.json
    write_config
    refuses "$UNAVAILABLE" 'no terminal: ' "$DRTOP" --config "$CONFIG"
    refuses_in_terminal "$UNAVAILABLE" 'TERM=nonesuch is not known' nonesuch
    printf '{ "roles": {\n  "ok": { "fg": "grue" } } }\n' >"$theme"
    refuses_in_terminal "$BAD_CONFIG" 'bad.theme.json:2:' xterm --theme "$theme"
    printf '{ "roles": {' >"$theme"
    refuses_in_terminal "$BAD_CONFIG" 'bad.theme.json:1:13: the text ends here' xterm --theme "$theme"
    refuses_in_terminal "$BAD_CONFIG" 'unknown theme "nonesuch", expected' xterm --theme nonesuch
    write_config '"screen": { "theme": "./none.json" }, '
    refuses_in_terminal "$BAD_CONFIG" 'none.json: ' xterm
    write_config
    assert_status 0 "$DRTOP" --config "$CONFIG" frame --size 1x1
    assert_equal 1 "$(wc -l <<<"$output")" "lines of a frame of one cell"
}

bad_words() {
    local size
    for size in 0x5 80 80x 80x24x1 -3x4 1001x10 x; do
        refuses "$USAGE" '--size takes COLUMNSxROWS' "$DRTOP" --config "$CONFIG" frame --size "$size"
    done
    refuses "$USAGE" 'frame needs --size' "$DRTOP" --config "$CONFIG" frame
    refuses "$USAGE" 'unknown command: fly' "$DRTOP" fly
    refuses "$USAGE" 'unexpected argument: now' "$DRTOP" status now
    refuses "$USAGE" "unrecognized option '--fly'" "$DRTOP" --fly
    refuses "$USAGE" 'requires an argument' "$DRTOP" --config
    refuses "$BAD_CONFIG" 'no configuration, expected --config FILE' env -u DRTOP_CONFIG \
        HOME="$TMPDIR/nobody" XDG_CONFIG_HOME="$TMPDIR/nobody" "$DRTOP" status
}

bad_configuration
bad_secret
bad_screen
bad_words
