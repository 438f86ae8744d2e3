#!/bin/bash
# Until the countdown has ended nothing is sent: Escape leads out of every screen before that, any
# key stops the countdown, and so does whatever ends or freezes the program. The controller and the
# journal are asked.
# test-limit: 240
# shellcheck source=jenkins.bash
. "$(dirname "$0")/jenkins.bash"
# shellcheck source=../screen.bash
. "$(dirname "$0")/../screen.bash"
# shellcheck source=../record.bash
. "$(dirname "$0")/../record.bash"
# shellcheck source=../failover.bash
. "$(dirname "$0")/../failover.bash"

tidy() {
    screens_close
}

# Neither at the controller nor in the journal.
assert_nothing_sent() {
    assert_posts 0 "after $1"
    assert_equal 0 "$(ask 'SELECT COUNT(*) FROM attempt')" "attempts in the journal after $1"
}

# The dashboard is there again, and all of the failover screen is gone.
escapes() { # FROM
    screen_keys noc Escape
    await 15 screen_lacks noc "Evidence picks the action"
    await 15 screen_lacks noc Countdown
    screen_awaits 15 noc "4 Alerts"
    assert_nothing_sent "Escape from $1"
}

# A key stops the countdown and is not taken for anything else.
key_stops() { # KEY
    countdown_begins noc
    screen_keys noc "$1"
    screen_awaits 15 noc "a key stopped the countdown: nothing was sent"
    screen_has noc "│ >              _ " || fail "$1 was typed as well"
    assert_nothing_sent "$1 in the countdown"
    escapes "the review, after $1"
}

check_review() {
    review_opens noc
    escapes review
    review_opens noc
    screen_keys noc Tab Down Down
    escapes "the detail of a row"
    review_opens noc
    screen_type noc "failover q" # q is a letter here
    screen_awaits 15 noc "failover q_"
    escapes "the phrase, half typed"
    review_opens noc
    screen_awaits 15 noc " · 0 block · 0 unknown "
    screen_enters noc "fail over"
    screen_awaits 15 noc "expected \"failover\""
    escapes "a wrong phrase"
}

# What is typed before the screen could be read is dropped, Enter and all.
check_typed_ahead() {
    local phrase
    review_opens noc
    phrase=$(phrase_of noc)
    screen_keys noc Escape
    await 15 screen_lacks noc "Evidence picks the action"
    screen_keys noc F
    screen_type noc "$phrase"
    screen_keys noc Enter
    screen_type noc "INC-1"
    screen_keys noc Enter
    screen_awaits 15 noc "1 Evidence picks the action"
    screen_listens noc "Tab detail of a row"
    screen_has noc "3 Confirm" || fail "it went on"
    screen_has noc "│ >              _ " || fail "typed-ahead keys counted"
    escapes "a review that was typed ahead of"
}

check_reason() {
    review_opens noc
    phrase_is_typed noc
    escapes reason
    review_opens noc
    phrase_is_typed noc
    screen_enters noc "no"
    screen_awaits 15 noc "a reason of at least 3 characters"
    escapes "a reason that is none"
}

check_override() {
    lab break applier-stop
    review_opens noc
    screen_awaits 15 noc "✗ BLOCK   the replica's applier is stopped"
    screen_keys noc o
    screen_awaits 15 noc "3 Override a row that stops the path"
    screen_listens noc "Enter go on"
    screen_type noc "because I"
    screen_awaits 15 noc "because I_"
    escapes override
    lab heal applier-stop
}

check_countdown() {
    countdown_begins noc
    escapes countdown
}

check_keys() {
    local key
    for key in x Space Enter Up F1 Tab BSpace F C-l; do
        key_stops "$key"
    done
}

check_second() {
    local two
    two=$(config_with pair "$SHORT" 's/"countdown":/"two_person": true, "countdown":/') || exit
    screen_open pair --config "$two"
    screen_awaits 20 pair "✗ PRIMARY DOWN"
    review_opens pair
    phrase_is_typed pair
    screen_enters pair INC-1
    screen_awaits 15 pair "5 Second operator"
    screen_keys pair Escape
    await 15 screen_lacks pair "5 Second operator"
    assert_nothing_sent "Escape while a second operator was waited for"
    screen_close pair
    await 15 screen_lacks noc "asks for a second operator" # which F would show
}

check_small() {
    countdown_begins noc
    tmux_do resize-window -t noc -x 50 -y 12
    await 15 screen_lacks noc Countdown
    tmux_do resize-window -t noc -x 120 -y 36
    screen_awaits 15 noc "4 Alerts"
    assert_nothing_sent "a window that became too small"
}

# By the gap, or by what the terminal said when the program came back.
countdown_is_void() { # NAME
    screen_has "$1" "approval void: the countdown stood still" ||
        screen_has "$1" "a key stopped the countdown"
}

# Nobody saw the countdown run.
check_frozen() {
    local pid
    countdown_begins noc
    pid=$(screen_pid noc)
    kill -STOP "$pid"
    sleep 3.5 # longer than a countdown may stand still
    kill -CONT "$pid"
    await 15 countdown_is_void noc
    assert_nothing_sent "a countdown that stood still"
    escapes "a countdown that stood still"
}

screen_is_gone() { # NAME
    ! tmux_do has-session -t "$1" 2>/dev/null
}

check_ends() {
    local signal
    for signal in HUP TERM KILL; do
        countdown_begins noc
        kill "-$signal" "$(screen_pid noc)"
        await 15 screen_is_gone noc
        opens
        assert_nothing_sent "SIG$signal in the countdown"
    done
}

check_drill() {
    lab heal
    screen_awaits 20 noc NORMAL
    review_opens noc D
    escapes "the review of a drill"
    review_opens noc D
    phrase_is_typed noc
    escapes "the reason of a drill"
    review_opens noc D
    phrase_is_typed noc
    screen_enters noc "quarterly drill"
    screen_awaits 15 noc "6 Countdown: any key stops it"
    escapes "the countdown of a drill"
}

opens() {
    screen_open noc --config "$CONFIG"
    screen_awaits 20 noc "✗ PRIMARY DOWN"
}

step() { # NAME
    local began=$SECONDS
    "check_$1"
    printf '%s %s s\n' "$1" "$((SECONDS - began))"
}

# Long enough to do something in it; what was not stopped would be sent before the test's end.
readonly SHORT='s/"countdown": "10s"/"countdown": "6s"/'

# STEPS=... in the environment takes only some, to work on them.
lab_raise --server mariadb
CONFIG=$(config_with failover "$SHORT") || exit
lab break site-down
opens
for name in ${STEPS:-review typed_ahead reason override countdown keys second small frozen ends drill}; do
    step "$name"
done
sleep 7
assert_nothing_sent "the end of every countdown"
