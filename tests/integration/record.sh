#!/bin/bash
# `drtop record` as a service: what systemd hears of it, what it logs, what it tells Prometheus, and
# that a wrong configuration, hung servers and signals do to it what they should.
# test-limit: 240
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

readonly LOG=$TMPDIR/record.log HEARD=$TMPDIR/heard METRICS_FILE=$TMPDIR/drtop.prom
recorder=
sink=

tidy() { # before the lab goes
    [[ -z $recorder ]] || kill "$recorder" 2>/dev/null
    [[ -z $sink ]] || kill "$sink" 2>/dev/null
}

# The lab's configuration with a record of this test's own.
write_config() { # GROUP
    local record="\"directory\": \"$TMPDIR/state\", \"metrics\": \"127.0.0.1:$port\""
    record+=", \"metrics_file\": \"$METRICS_FILE\""
    sed -e '/^ *"record":/d' -e "s|^ *\"group\":.*|\"group\": \"$1\", \"record\": { $record },|" \
        "$LAB_DIR/drtop.json" >"$LAB_DIR/record.json"
    CONFIG=$LAB_DIR/record.json
}

# stderr is a file here, and passes for the journal's stream.
start() {
    local stream
    mkfifo "$TMPDIR/hold"
    "$BUILD_DIR/tests/notify-sink" "$TMPDIR/notify" <>"$TMPDIR/hold" >"$HEARD" &
    sink=$!
    await 5 test -S "$TMPDIR/notify"
    : >"$LOG"
    stream=$(stat -c %d:%i "$LOG")
    NOTIFY_SOCKET=$TMPDIR/notify WATCHDOG_USEC=1000000 JOURNAL_STREAM=$stream \
        "$DRTOP" --config "$CONFIG" record 2>>"$LOG" &
    recorder=$!
}

heard() { # PART [TIMES]
    (($(grep -cF -- " $1" "$HEARD") >= ${2:-1}))
}

logged() { # PART
    grep -qF -- "$1" "$LOG"
}

scrape() {
    curl --silent --fail --max-time 5 "http://127.0.0.1:$port/metrics"
}

code_of() { # PATH [OPTION]...
    curl --silent --output /dev/null --write-out '%{http_code}' --max-time 5 "${@:2}" \
        "http://127.0.0.1:$port$1"
}

metric() { # SAMPLE
    grep -qxF "$1" <<<"$(scrape)" # a pipe would break under curl once grep has seen enough
}

# The text format 0.0.4: every sample under its own HELP and TYPE, each once, no sample twice, and
# for each NAME_known of 0 no NAME.
assert_metrics() { # FILE
    awk '
        function wrong(what) { printf "line %d: %s: %s\n", NR, what, $0; bad = 1 }
        BEGIN {
            label = "[a-z_]+=\"([^\"\\\\]|\\\\[\\\\\"n])*\""
            sample = "^drtop_[a-z_]+([{]" label "(," label ")*[}])? " \
                "-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?$"
        }
        /^# HELP drtop_[a-z_]+ ./ { if ($3 in helped) wrong("HELP again"); helped[$3]; family = $3; next }
        /^# TYPE drtop_[a-z_]+ gauge$/ { if ($3 != family || $3 in typed) wrong("stray TYPE"); typed[$3]; next }
        $0 !~ sample { wrong("not in the grammar") }
        {
            name = $0
            sub(/[{ ].*/, "", name)
            key = $0
            sub(/ [^ ]*$/, "", key)
            if (name != family || !(name in typed)) wrong("away from its family")
            if (key in seen) wrong("twice")
            seen[key]
            if (name ~ /_known$/ && $NF == 0) unknown[key]
        }
        END {
            for (key in unknown) {
                plain = key
                sub(/_known/, "", plain)
                if (plain in seen) { print plain " is told, though unknown"; bad = 1 }
            }
            exit bad || NR < 50
        }' "$1" >"$TMPDIR/grammar" || fail "metrics: $(head -n 5 "$TMPDIR/grammar")"
}

it_starts() {
    port=$("$BUILD_DIR/lab/lab-ports" 1) || fail "no port"
    write_config gitea-lab
    start
    await 10 heard READY=1
    await 20 heard "STATUS=NORMAL"
    await 10 logged "verdict NORMAL"
    await 10 logged "record taken"
    await 10 heard WATCHDOG=1 3
}

it_tells_metrics() {
    await 10 metric "drtop_verdict{verdict=\"normal\"} 1"
    scrape >"$TMPDIR/metrics" || fail "no metrics"
    assert_metrics "$TMPDIR/metrics"
    await 10 metric "drtop_lag_seconds_known 1"
    await 10 metric 'drtop_record_role{role="recorder"} 1'
    await 10 metric "drtop_up 1"
    assert_equal 404 "$(code_of /)"
    assert_equal 405 "$(code_of /metrics --request POST --data x)"
    assert_equal 200 "$(code_of /metrics --head)"
    await 10 test -s "$METRICS_FILE"
    assert_metrics "$METRICS_FILE"
}

# Sources that hang are no reason to restart the observer.
it_lives_while_sources_hang() {
    local before
    lab break primary-hang
    lab break replica-hang
    await 20 metric "drtop_lag_seconds_known 0"
    ! grep -q '^drtop_lag_seconds ' <<<"$(scrape)" || fail "an unknown lag is told"
    before=$(grep -c WATCHDOG=1 "$HEARD")
    await 10 heard WATCHDOG=1 $((before + 4))
    scrape >"$TMPDIR/metrics" || fail "no metrics"
    assert_metrics "$TMPDIR/metrics"
    lab heal
    await 20 metric "drtop_verdict{verdict=\"normal\"} 1"
}

it_logs_a_line_an_event() {
    lab break primary-kill
    await 20 logged "<2>verdict DB DOWN, confirmed: "
    await 20 logged "<2>alert opened, "
    await 20 heard "STATUS=DB DOWN: "
    lab heal
    await 30 logged "<5>alert closed, "
    await 20 metric "drtop_verdict{verdict=\"normal\"} 1"
    ! grep -vE '^<[0-7]>[[:print:]]+$' "$LOG" || fail "not one line an event"
}

it_reloads() {
    local loads
    loads=$(grep -c RELOADING=1 "$HEARD")
    printf '{\n  "group": 1\n}' >"$CONFIG"
    kill -HUP "$recorder"
    await 10 heard RELOADING=1 $((loads + 1))
    await 10 logged "not reloaded, the old configuration stays: $CONFIG:2:12:"
    await 10 heard READY=1 2
    metric 'drtop_group_info{group="gitea-lab"} 1' || fail "the old one is not in force"
    write_config other
    kill -HUP "$recorder"
    await 10 logged "reloaded $CONFIG"
    await 10 heard READY=1 3
    grep -q '^[0-9]* MONOTONIC_USEC=[0-9]*$' "$HEARD" || fail "no MONOTONIC_USEC"
    await 20 metric 'drtop_group_info{group="other"} 1'
    await 20 metric "drtop_verdict{verdict=\"normal\"} 1"
    await 20 metric 'drtop_record_role{role="recorder"} 1'
}


it_ends() { # SIGNAL
    local status=0
    kill "-$1" "$recorder"
    wait "$recorder" || status=$?
    recorder=
    assert_equal 0 "$status" "exit status after $1"
    logged "<5>ended" || fail "no last line"
    heard STOPPING=1 || fail "systemd did not hear it"
    [[ ! -e $METRICS_FILE ]] || fail "old metrics stay behind"
    [[ $(code_of /metrics) == 000 ]] || fail "somebody still answers"
}

# With --read-only it neither writes nor makes a place to write to.
it_only_looks() {
    rm -rf "$TMPDIR/state"
    "$DRTOP" --config "$CONFIG" record --read-only 2>"$TMPDIR/looks.log" &
    recorder=$!
    await 10 metric 'drtop_record_role{role="viewer"} 1'
    await 20 metric 'drtop_verdict{verdict="normal"} 1'
    metric "drtop_record_maintained 0" || fail "maintained"
    kill "$recorder"
    wait "$recorder" || fail "status $?"
    recorder=
    [[ ! -e $TMPDIR/state ]] || fail "--read-only made a store"
    grep -q "record not taken: nobody writes" "$TMPDIR/looks.log" || fail "it does not say so"
}

# A pair that cannot be reached is no reason to end, a port that is taken is.
it_needs_its_port() {
    write_config gitea-lab
    "$DRTOP" --config "$CONFIG" record 2>"$TMPDIR/first.log" &
    recorder=$!
    await 10 scrape >/dev/null
    assert_status 69 "$DRTOP" --config "$CONFIG" record
    assert_contains "$output" "critical: not started: 127.0.0.1:$port: "
    kill -INT "$recorder"
    wait "$recorder" || fail "status $? after SIGINT"
    recorder=
    grep -qE '^2[0-9-]+ [0-9:]+Z notice: ended$' "$TMPDIR/first.log" || fail "no time in its log"
}

lab_raise
it_starts
it_tells_metrics
it_lives_while_sources_hang
it_logs_a_line_an_event
it_reloads
it_ends TERM
it_only_looks
it_needs_its_port
