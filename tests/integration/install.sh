#!/bin/bash
# `cmake --install` puts everything where the FHS expects it, and the installed program finds
# its themes there.
# test-limit: 180
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

build=$TMPDIR/build
prefix=$TMPDIR/usr

quietly() { # COMMAND...
    "$@" >"$TMPDIR/log" 2>&1 || {
        tail -n 20 "$TMPDIR/log" >&2
        fail "$*"
    }
}

# As a packager does it, without tests and lab.
install_all() {
    local args=(-DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" -DDRTOP_TESTS=OFF
        -DDRTOP_LAB=OFF)
    ! command -v ninja >/dev/null || args+=(-G Ninja)
    ! command -v ccache >/dev/null || args+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
    quietly cmake -S "$SOURCE_DIR" -B "$build" "${args[@]}"
    # The compiler's cache is of whoever runs this, not of the home that tests/run gives a test.
    quietly env HOME="$(getent passwd "$(id -u)" | cut -d: -f6)" \
        nice cmake --build "$build" --parallel 2
    quietly cmake --install "$build"
}

check_files() {
    local file
    for file in bin/drtop share/drtop/drtop.schema.json share/drtop/themes/default.json \
        share/drtop/themes/mono.json share/doc/drtop/drtop.example.json \
        share/doc/drtop/README.md share/doc/drtop/CHANGELOG.md \
        share/doc/drtop/mysql/monitor-mysql.sql share/drtop/status.schema.json \
        share/drtop/tunnel.schema.json \
        share/doc/drtop/systemd/drtop-record.service share/doc/drtop/systemd/drtop-wall@.service \
        share/doc/drtop/jenkins/Jenkinsfile.failover \
        share/doc/drtop/aws/drtop-ec2-policy.json share/doc/drtop/azure/drtop-role.json \
        share/doc/drtop/strongswan/swanctl.conf share/doc/drtop/terraform/aws.tf \
        share/man/man1/drtop.1 share/man/man5/drtop.json.5 \
        share/bash-completion/completions/drtop share/zsh/site-functions/_drtop \
        share/fish/vendor_completions.d/drtop.fish \
        share/doc/drtop/jenkins/WIRING.md share/doc/drtop/jenkins/promote-replica.sh; do
        [[ -f $prefix/$file ]] || fail "not installed: $file"
    done
    [[ -x $prefix/bin/drtop ]] || fail "bin/drtop is not executable"
    ! find "$prefix" -type f -perm /022 | grep . || fail "others may write what is installed"
}

# The theme that only the installed folder has is found by its name.
check_themes() {
    local drtop=$prefix/bin/drtop
    printf '{ "group": "g", "primary": { "mysql": { "host": "127.0.0.1", "port": 1, "user": "u" } },
        "dr": { "mysql": { "host": "127.0.0.1", "port": 2, "user": "u" } } }' >"$TMPDIR/c.json"
    assert_status 0 "$drtop" --version
    assert_status 78 script -qec "$drtop --config $TMPDIR/c.json --theme nonesuch" /dev/null
    assert_contains "$output" high-contrast
    printf '{ "roles": {' >"$prefix/share/drtop/themes/broken.json"
    assert_status 78 script -qec "$drtop --config $TMPDIR/c.json --theme broken" /dev/null
    assert_contains "$output" "$prefix/share/drtop/themes/broken.json:1:13:"
    assert_status 78 "$drtop" --config "$prefix/share/doc/drtop/nothing.json" config check
    assert_status 0 "$drtop" --config "$prefix/share/doc/drtop/drtop.example.json" config check
}

install_all
check_files
check_themes
