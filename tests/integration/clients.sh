#!/bin/bash
# drtop on MySQL's own client library, which the other scripts do not use: against a MySQL pair,
# against peers that are no database, and against MariaDB, which it cannot log in to.
# test-limit: 300
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

build=$SOURCE_DIR/build-mysqlclient # kept: the next run builds only what changed

build_it() {
    local prefix args=(-DCMAKE_BUILD_TYPE=Debug -DDRTOP_WERROR=ON -DDRTOP_TESTS=OFF -DDRTOP_LAB=OFF
        -DDRTOP_MYSQL_CLIENT=mysqlclient)
    prefix=$("$SOURCE_DIR/lab/mysql-prefix") || skip "MySQL cannot be fetched"
    ! command -v ninja >/dev/null || args+=(-G Ninja)
    ! command -v ccache >/dev/null || args+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
    {
        [[ -e $build/CMakeCache.txt ]] ||
            PKG_CONFIG_PATH=$prefix/pkgconfig cmake -S "$SOURCE_DIR" -B "$build" "${args[@]}"
        nice cmake --build "$build" --parallel 2 --target drtop
    } >"$TMPDIR/build.log" 2>&1 || {
        grep -E 'error:|CMake Error' "$TMPDIR/build.log" >&2
        fail "it does not build against libmysqlclient"
    }
}

# MariaDB's accounts log in with a plugin that this library no longer brings.
check_mariadb() {
    local lab=$SOURCE_DIR/lab began
    CONFIG=$TMPDIR/other/drtop.json
    trap '"$SOURCE_DIR/lab/down" --dir "$TMPDIR/other" >/dev/null' EXIT
    "$lab/up" --dir "$TMPDIR/other" --build "$BUILD_DIR" >/dev/null || fail "no MariaDB pair"
    began=$EPOCHREALTIME
    assert_status 69 "$DRTOP" --config "$CONFIG" status --json
    ((${EPOCHREALTIME/./} - ${began/./} < 7000000)) || fail "it takes too long to give up"
    assert_contains "$(json primary.reason <<<"$output")" mysql_native_password
    assert_equal failed "$(json primary.state <<<"$output")" "state of the primary"
    assert_equal null "$(json lag_seconds <<<"$output")" lag_seconds
    "$lab/down" --dir "$TMPDIR/other" >/dev/null || fail "lab/down"
}

check_mysql() {
    lab_raise --server mysql
    await 15 status_is status normal
    [[ $(status_json primary.tls_cipher) == TLS* ]] || fail "not encrypted"
    assert_between 0 200000 "$(status_json not_received_bytes)" not_received_bytes
    lab break receiver-stop
    await 3 status_is replica.receiver.state stopped
    assert_between 1 1e9 "$(status_json not_received_bytes)" not_received_bytes
    assert_between 0.001 60 "$(status_json lag_seconds)" lag_seconds
    lab break primary-hang
    assert_contains "$(status_json primary.reason)" "no answer within"
    assert_equal null "$(status_json lag_seconds)" lag_seconds
}

build_it
DRTOP=$build/drtop
export DRTOP
assert_contains "$("$DRTOP" --version)" "libmysqlclient 9"
"$SOURCE_DIR/tests/fault/peers.sh" || fail "it says something else about peers"
check_mariadb
check_mysql
