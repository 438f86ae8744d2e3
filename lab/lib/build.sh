# shellcheck shell=bash
# Installing and building what a fresh machine and a fresh clone lack. Sourced.

build_all() {
    [[ -f $build/CMakeCache.txt ]] || cmake -S "$top_dir" -B "$build" -G Ninja
    cmake --build "$build" --target drtop stand-ins
}

# Shows the output of a long step only when it fails.
quietly() { # WHAT COMMAND...
    local log
    log=$(mktemp)
    say "$1 ..."
    shift
    if ! "$@" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        rm -f "$log"
        die "failed: $*"
    fi
    rm -f "$log"
}

# Installs what is missing and builds drtop and the stand-ins.
build_here() {
    quietly "Looking for what is missing" "$lab_dir/install" build lab
    quietly "Building" build_all
}
