# shellcheck shell=bash
# For the tests written in bash: assertions, a lab of one's own, waiting. Sourced:
#
#   . "$(dirname "$0")/../lib.sh"
#
# tests/run sets SOURCE_DIR, BUILD_DIR, DRTOP and TMPDIR; by hand they have these defaults.
set -u -o pipefail

SOURCE_DIR=${SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
BUILD_DIR=${BUILD_DIR:-$SOURCE_DIR/build}
DRTOP=${DRTOP:-$BUILD_DIR/drtop}
LAB_DIR= # where lab_raise put it
CONFIG=  # the lab's configuration for drtop
REASON=  # why the test failed

# --- saying how it went ---

fail() { # MESSAGE...
    REASON=$*
    printf 'failed: %s\n' "$REASON" >&2
    local i
    for ((i = 1; i < ${#FUNCNAME[@]}; i++)); do
        printf '    %s:%s\n' "${BASH_SOURCE[i]##*/}" "${BASH_LINENO[i - 1]}" >&2
    done
    exit 1
}

skip() { # REASON...
    printf '%s\n' "$*"
    exit 77
}

assert_equal() { # EXPECTED ACTUAL [WHAT]
    [[ $1 == "$2" ]] || fail "${3:-value}: expected \"$1\", got \"$2\""
}

assert_contains() { # TEXT PART
    [[ $1 == *"$2"* ]] || fail "\"$2\" is not in: $1"
}

assert_lacks() { # TEXT PART
    [[ $1 != *"$2"* ]] || fail "\"$2\" is in: $1"
}

# assert_between LOW HIGH NUMBER [WHAT]: decimal fractions allowed.
assert_between() {
    awk -v low="$1" -v high="$2" -v n="$3" \
        'BEGIN { exit !(n ~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/ && n + 0 >= low + 0 && n + 0 <= high + 0) }' ||
        fail "${4:-number}: $3 is not between $1 and $2"
}

# assert_status N COMMAND...: runs it; its output stays in $output.
assert_status() {
    local expected=$1 status=0
    shift
    output=$("$@" 2>&1) || status=$?
    [[ $status == "$expected" ]] || fail "$*: expected status $expected, got $status: $output"
}

# --- waiting ---

# wait_for SECONDS COMMAND...: until it succeeds, looked at every 50 ms. False after SECONDS.
wait_for() {
    local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@"; do
        ((${EPOCHREALTIME/./} < deadline)) || return 1
        sleep 0.05
    done
}

await() { # SECONDS COMMAND...: as wait_for, and its failure is the test's
    wait_for "$@" || fail "not within $1 s: ${*:2}"
}

# --- values ---

# json PATH [FILE]: the value at a path such as sources.0.state, out of a file or stdin.
json() {
    "$BUILD_DIR/tests/json_get" "${2:--}" "$1"
}

# The value at a path of `drtop status --json`, which ends with a status of its own.
status_json() { # PATH
    "$DRTOP" status --config "$CONFIG" --json 2>/dev/null | json "$1"
}

# For wait_for: status_is PATH VALUE.
status_is() {
    [[ $(status_json "$1") == "$2" ]]
}

# --- the lab ---

# Raises a lab that goes away with the test; the arguments are those of lab/up. A function tidy()
# of the test is called before.
lab_raise() {
    [[ -x $SOURCE_DIR/lab/up ]] || skip "there is no lab in this tree"
    [[ -z $LAB_DIR ]] || fail "one lab at a time"
    LAB_DIR=${TMPDIR:-/tmp}/lab
    CONFIG=$LAB_DIR/drtop.json
    trap lab_drop EXIT
    trap 'exit 143' TERM
    trap 'exit 130' INT
    "$SOURCE_DIR/lab/up" --dir "$LAB_DIR" --build "$BUILD_DIR" "$@" || fail "no lab"
}

lab_drop() {
    local status=$?
    trap - EXIT
    ! declare -F tidy >/dev/null || tidy
    if [[ -n $LAB_DIR ]]; then
        if [[ $status != 0 && $status != 77 ]]; then # what the servers said may tell why
            tail -n 3 "$LAB_DIR"/log/*.log 2>/dev/null
            echo "failed: ${REASON:-status $status}"
        fi
        "$SOURCE_DIR/lab/down" --dir "$LAB_DIR" >/dev/null 2>&1
        LAB_DIR=
    fi
    exit "$status"
}

# lab COMMAND ARGS...: break, heal, run or status of this test's lab.
lab() {
    "$SOURCE_DIR/lab/$1" --dir "$LAB_DIR" "${@:2}" || fail "lab $*"
}
