#!/bin/bash
# The Debian package: it builds, the same whenever it is made, lintian has nothing against it, the
# program in it is hardened; and on a Debian 12 with nothing else on it, it installs, works, and
# goes away without a trace.
#
# That Debian is made by debootstrap from the mirror that this machine uses itself, and kept, with
# what drtop depends on, for the next time.
# test-limit: 400
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../../lab/lib/common.sh
. "$SOURCE_DIR/lab/lib/common.sh"

readonly suite=bookworm
readonly build=$TMPDIR/build root=$TMPDIR/debian
PATH+=:/usr/sbin:/sbin

quietly() { # COMMAND...
    "$@" >"$TMPDIR/log" 2>&1 || {
        tail -n 20 "$TMPDIR/log" >&2
        fail "$*"
    }
}

# The compiler's cache is of whoever runs this, not of the home that tests/run gives a test.
with_real_home() { # COMMAND...
    HOME=$(getent passwd "$(id -u)" | cut -d: -f6) "$@"
}

build_package() {
    local args=(-G Ninja -DDRTOP_WERROR=ON) # an optimiser warns of more
    ! command -v ccache >/dev/null || args+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
    cd "$SOURCE_DIR" || fail "no $SOURCE_DIR"
    quietly cmake --preset package -B "$build" "${args[@]}"
    quietly with_real_home nice cmake --build "$build" --parallel 2
    quietly cmake --build "$build" --target package
    cd "$TMPDIR" || fail "no $TMPDIR"
    version=$(sed -nE 's/^CMAKE_PROJECT_VERSION:.*=//p' "$build/CMakeCache.txt")
    package=$build/drtop_$version-1_$(dpkg --print-architecture).deb
    [[ -n $version && -f $package ]] || fail "no $package"
}

members() { # PACKAGE
    ar p "$1" control.tar.gz data.tar.gz | sha256sum
}

# Made once more, from newer files, it is the same to the byte; and so are its members with another
# umask, which ar itself notes.
check_reproducible() {
    local before again
    before=$(members "$package")
    cp "$package" "$TMPDIR/first.deb"
    touch "$build/drtop" "$build"/manual/drtop.*
    TZ=Asia/Tokyo quietly cmake --build "$build" --target package
    cmp "$package" "$TMPDIR/first.deb" || fail "the package made again differs"
    rm "$package"
    (umask 0077 && quietly cmake --build "$build" --target package) || exit 1
    again=$(members "$package")
    assert_equal "$before" "$again" "members of the package"
    mv "$TMPDIR/first.deb" "$package"
}

check_lintian() {
    assert_status 0 lintian --allow-root --show-overrides --fail-on none "$package"
    ! grep '^[EW]:' <<<"$output" || fail "lintian"
    # It has looked: what is overridden is told.
    assert_contains "$output" "O: drtop: initial-upload-closes-no-bugs"
    assert_lacks "$output" "unused-override"
}

check_control() {
    local field
    assert_equal "$version-1" "$(dpkg-deb -f "$package" Version)"
    for field in libc6 libcurl4 libjson-c5 libsqlite3-0 libssl3 libncursesw6; do
        assert_contains "$(dpkg-deb -f "$package" Depends)" "$field"
    done
    quietly dpkg-deb -x "$package" "$TMPDIR/files"
    assert_equal "drtop ($version-1) unstable; urgency=medium" \
        "$(zcat "$TMPDIR/files/usr/share/doc/drtop/changelog.Debian.gz" | head -n 1)"
    assert_contains "$(zcat "$TMPDIR/files/usr/share/doc/drtop/changelog.gz")" "## $version,"
}

# What the headers and symbols of a program say of its defences: the ones that are missing.
lacking() { # PROGRAM
    local headers segments dynamic symbols
    headers=$(readelf -hW "$1") segments=$(readelf -lW "$1")
    dynamic=$(readelf -dW "$1") symbols=$(readelf --dyn-syms -W "$1")
    grep -q 'Type: *DYN' <<<"$headers" || echo "position independence"
    grep -q 'FLAGS_1.*PIE' <<<"$dynamic" || echo "PIE"
    grep -q GNU_RELRO <<<"$segments" || echo "RELRO"
    grep -qE 'BIND_NOW|FLAGS_1.*NOW' <<<"$dynamic" || echo "immediate binding"
    grep -qE 'GNU_STACK .* RW +0x' <<<"$segments" || echo "a stack that is no code"
    grep -q ' RWE ' <<<"$segments" && echo "no segment that is written and run"
    grep -q __stack_chk_fail <<<"$symbols" || echo "stack protector"
    grep -qE '__[a-z]+_chk@' <<<"$symbols" || echo "fortified calls"
    grep -qE 'R(UN)?PATH' <<<"$dynamic" && echo "no path of libraries"
    true
}

check_hardening() {
    local program=$TMPDIR/files/usr/bin/drtop flags
    assert_equal "" "$(lacking "$program")" "missing in the program"
    # shellcheck disable=SC2016 # not a variable
    assert_lacks "$(strings -a "$program")" "$SOURCE_DIR"
    # The check can fail.
    flags=(-no-pie -fno-stack-protector -U_FORTIFY_SOURCE -z norelro -z lazy -z execstack)
    echo 'int main(void) { return 0; }' >"$TMPDIR/soft.c"
    quietly cc "${flags[@]}" -o "$TMPDIR/soft" "$TMPDIR/soft.c"
    assert_equal 8 "$(lacking "$TMPDIR/soft" | wc -l)" "what a soft program lacks"
}

# Addresses that this machine has its own packages of the suite from.
mirrors() {
    local file
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [[ ! -f $file ]] || awk -v suite=$suite '
            /^deb[ \t]/ { sub(/\[[^]]*\]/, ""); if ($3 == suite) print $2 }' "$file"
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [[ ! -f $file ]] || awk -v suite=$suite -v RS= -F '\n' '
            { uri = ""; found = 0
              for (i = 1; i <= NF; i++) {
                  n = split($i, word, /[ \t]+/)
                  if (word[1] == "URIs:") uri = word[2]
                  for (k = 2; k <= n && word[1] == "Suites:"; k++) found = found || word[k] == suite
              }
              if (found) print uri }' "$file"
    done
}

reachable_mirror() {
    local mirror
    while read -r mirror; do
        if curl -fsLI --max-time 10 -o /dev/null "$mirror/dists/$suite/InRelease"; then
            echo "$mirror"
            return
        fi
    done < <(mirrors)
    return 1
}

# In a mount namespace: what debootstrap mounts goes away with it, however it ends.
apart() { # COMMAND...
    unshare --mount -- "$@"
}

inside() { # COMMAND...
    apart chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive TERM=dumb HOME=/root "$@"
}

apt_get() {
    inside apt-get -q -y --no-install-recommends "$@"
}

may_raise() {
    as_root && grep -qx "VERSION_CODENAME=$suite" /etc/os-release
}

# A Debian below $root from a mirror: in the background, for it mostly waits for the network.
bootstrap() { # MIRROR
    apart debootstrap --foreign --variant=minbase --include=systemd $suite "$root" "$1" &&
        mkdir -p "$root/etc/dpkg/dpkg.cfg.d" &&
        echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/fast" &&
        apart chroot "$root" /debootstrap/debootstrap --second-stage &&
        echo "deb $1 $suite main" >"$root/etc/apt/sources.list" &&
        printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" &&
        chmod 0755 "$root/usr/sbin/policy-rc.d" &&
        rm -f "$root"/var/cache/apt/archives/*.deb &&
        apt_get update
}

begin_debian() {
    local mirror
    mkdir -p "$root"
    if may_raise && [[ ! -f $tarball ]] && mirror=$(reachable_mirror); then
        trap 'jobs -rp | xargs -r kill 2>/dev/null; wait' EXIT
        bootstrap "$mirror" >"$TMPDIR/bootstrap.log" 2>&1 &
        bootstrapping=$!
    fi
}

# With what drtop depends on, not installed yet, it is kept.
keep_debian() {
    wait "$bootstrapping" || {
        tail -n 20 "$TMPDIR/bootstrap.log"
        fail "debootstrap"
    }
    cp "$package" "$root/drtop.deb"
    quietly apt_get install --download-only /drtop.deb
    rm "$root/drtop.deb"
    mkdir -p "${tarball%/*}"
    quietly tar -C "$root" -cf "$tarball.$$" .
    mv "$tarball.$$" "$tarball"
}

raise_debian() {
    as_root || skip "built and checked, but installed nowhere: not root"
    may_raise || skip "built and checked, but installed nowhere: this is not Debian 12"
    if [[ -n $bootstrapping ]]; then
        keep_debian
    elif [[ -f $tarball ]]; then
        quietly tar -C "$root" -xf "$tarball"
    else
        skip "built and checked, but installed nowhere: no mirror of Debian"
    fi
}

# Whatever bears our name there, but the package itself.
traces() {
    find "$root" -name '*drtop*' ! -path "$root/drtop.deb" ! -path "$root/proc/*" -printf '/%P\n' |
        sort
}

check_install() {
    local file
    assert_equal "" "$(traces)" "there before"
    cp "$package" "$root/drtop.deb"
    # What was kept may be outdated on the mirror.
    apt_get install /drtop.deb >"$TMPDIR/log" 2>&1 ||
        { quietly apt_get update && quietly apt_get install /drtop.deb; }
    assert_status 0 inside dpkg --verify drtop
    assert_equal "" "$output" "dpkg --verify"
    for file in /lib/systemd/system/drtop-record.service /usr/share/man/man1/drtop.1.gz \
        /usr/share/man/man5/drtop.json.5.gz /usr/share/doc/drtop/copyright \
        /usr/share/drtop/themes/default.json /usr/share/drtop/drtop.schema.json \
        /usr/share/bash-completion/completions/drtop /usr/share/zsh/vendor-completions/_drtop \
        /usr/share/fish/vendor_completions.d/drtop.fish /usr/share/doc/drtop/mysql/heartbeat.sql; do
        [[ -f $root$file ]] || fail "not installed: $file"
    done
    [[ -d $root/etc/drtop ]] || fail "no /etc/drtop"
    ! find "$root/etc/systemd" -name '*drtop*' | grep . || fail "enabled by itself"
}

check_program() {
    assert_status 0 inside drtop --version
    assert_equal "drtop $version" "$(head -n 1 <<<"$output")"
    assert_status 78 inside drtop config check
    cp "$root/usr/share/doc/drtop/drtop.example.json" "$root/etc/drtop/drtop.json"
    assert_status 0 inside drtop config check
    assert_contains "$output" "/etc/drtop/drtop.json: ok"
    assert_status 0 inside drtop themes --theme light --ascii --mono
    assert_contains "$(MANWIDTH=80 man -l "$root/usr/share/man/man1/drtop.1.gz" 2>&1)" "drtop $version"
}

# With nothing but what is installed there.
check_unit() {
    assert_status 0 systemd-analyze verify --root="$root" --man=no drtop-record.service
    assert_equal "" "$output" "systemd-analyze verify"
    # The check can fail.
    mv "$root/usr/bin/drtop" "$root/usr/bin/gone"
    assert_status 1 systemd-analyze verify --root="$root" --man=no drtop-record.service
    assert_contains "$output" "drtop is not executable"
    mv "$root/usr/bin/gone" "$root/usr/bin/drtop"
}

# A file of the operator's stays, and the history; all else goes.
check_purge() {
    local wants=$root/etc/systemd/system/multi-user.target.wants
    quietly inside dpkg -i /drtop.deb # an upgrade to itself
    mkdir -p "$wants" "$root/var/lib/private/drtop"
    ln -s /lib/systemd/system/drtop-record.service "$wants/drtop-record.service"
    assert_status 0 apt_get purge drtop
    assert_contains "$output" "the history stays in /var/lib/private/drtop"
    assert_equal "/etc/drtop /etc/drtop/drtop.json /var/lib/private/drtop" "$(traces | xargs)"
    assert_status 1 inside dpkg -L drtop
    rm -r "$root/etc/drtop" "$root/var/lib/private/drtop"
    quietly inside dpkg -i /drtop.deb
    quietly inside dpkg --purge drtop
    assert_equal "" "$(traces)" "left behind"
}

version='' package='' bootstrapping=''
tarball=$(unset XDG_CACHE_HOME && cache_folder)/debian-12.tar
begin_debian
build_package
check_reproducible
check_lintian
check_control
check_hardening
raise_debian
check_install
check_program
check_unit
check_purge
