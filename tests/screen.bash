# shellcheck shell=bash
# Dashboards in terminals of their own, several at once, for tests in bash. Sourced after lib.sh;
# ends them when screens_close() is called.

SCREENS=$TMPDIR/screens # socket of a tmux of our own

tmux_do() { # COMMAND...
    SHELL=/bin/sh tmux -f /dev/null -S "$SCREENS" "$@"
}

# drtop in a new terminal; what it says when it ends stays in NAME.err.
screen_open() { # NAME ARGUMENT...
    local name=$1
    shift
    tmux_do new-session -d -s "$name" -x 120 -y 36 \
        "exec $(printf '%q ' "$DRTOP" "$@") 2>$(printf '%q' "$TMPDIR/$name.err")" ||
        fail "no terminal for $name"
}

screen_text() { # NAME
    tmux_do capture-pane -p -t "$1"
}

screen_has() { # NAME PART
    [[ $(screen_text "$1") == *"$2"* ]]
}

screen_lacks() { # NAME PART
    local text
    text=$(screen_text "$1") && [[ -n $text && $text != *"$2"* ]]
}

screen_awaits() { # SECONDS NAME PART
    wait_for "$1" screen_has "$2" "$3" && return
    screen_text "$2" >&2
    cat "$TMPDIR/$2.err" >&2
    fail "not within $1 s on the screen of $2: $3"
}

# Keys as tmux names them: a, Enter, Escape.
screen_keys() { # NAME KEY...
    tmux_do send-keys -t "$@"
}

screen_type() { # NAME TEXT
    tmux_do send-keys -t "$1" -l "$2"
}

screen_pid() { # NAME
    tmux_do display-message -p -t "$1" '#{pane_pid}'
}

# Its exit status matters not: the terminal goes away.
screen_close() { # NAME
    tmux_do kill-session -t "$1"
}

screens_close() {
    tmux_do kill-server 2>/dev/null # it may have ended with the last terminal
}
