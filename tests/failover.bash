# shellcheck shell=bash
# The failover by keys alone, in a terminal, and what the lab's Jenkins saw of it; for tests in
# bash. Sourced after lib.sh and screen.bash.

# --- the configuration

# Writes a configuration beside the lab's, the same but for what sed makes of it; prints its path.
# The countdown is 2 s unless EXPRESSION says otherwise.
config_with() { # NAME [EXPRESSION]...
    local made=$LAB_DIR/$1.json expression
    local -a script=()
    shift
    for expression; do
        script+=(-e "$expression")
    done
    sed "${script[@]}" -e 's/"countdown": "10s"/"countdown": "2s"/' "$LAB_DIR/drtop.json" >"$made"
    assert_status 0 "$DRTOP" config check --config "$made"
    printf '%s' "$made"
}

# --- what the controller saw

# Triggers that drtop has sent, whatever became of them.
posts() {
    grep -c '^[0-9]* POST [^ ]*/build[^ ]* drtop-' "$LAB_DIR/jenkins.ledger"
}

assert_posts() { # N [WHEN]
    assert_equal "$1" "$(posts)" "POSTs that the controller saw${2:+ $2}"
}

# --- the screen

# F or D, and until what is typed counts.
review_opens() { # NAME [KEY]
    screen_keys "$1" "${2:-F}"
    screen_awaits 15 "$1" "1 Evidence picks the action"
    screen_listens "$1" "Tab detail of a row"
}

# Until keys count. The frame has to be whole: the footer, of which PART is, comes last.
screen_listens() { # NAME PART
    await 15 listens "$1" "$2"
}

listens() { # NAME PART
    local text
    text=$(screen_text "$1") && [[ $text == *"$2"* && $text != *"what is typed counts in"* ]]
}

# What has to be typed, as the screen has it. A drill's watermark may follow.
phrase_of() { # NAME
    screen_text "$1" | sed -n 's/^│ Type exactly  *\([^│]*[^│ ]\) *│$/\1/p' | sed 's/  .*//'
}

# A line, which has to be on the screen before Enter is pressed.
screen_enters() { # NAME TEXT
    screen_type "$1" "$2"
    screen_awaits 15 "$1" "$2_"
    screen_keys "$1" Enter
}

nothing_stops() { # NAME
    screen_has "$1" " · 0 block · 0 unknown "
}

# The phrase that the screen shows, for which nothing may stop the path.
phrase_is_typed() { # NAME
    wait_for 15 nothing_stops "$1" || {
        screen_text "$1" >&2
        fail "something stops the path"
    }
    PHRASE=$(phrase_of "$1")
    [[ -n $PHRASE ]] || fail "the screen shows no phrase"
    screen_enters "$1" "$PHRASE"
    screen_awaits 15 "$1" "4 Reason"
    screen_listens "$1" "Enter go on"
}

# From the dashboard to the countdown.
countdown_begins() { # NAME [REASON]
    review_opens "$1"
    phrase_is_typed "$1"
    screen_enters "$1" "${2:-INC-4711: the site has no power}"
    screen_awaits 15 "$1" "6 Countdown: any key stops it"
}
