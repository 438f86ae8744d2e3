# shellcheck shell=bash
# How soon a verdict is there after a kill, and how often there is one without a reason. Sourced
# by run, whose functions and variables it uses.

events='' log='' watched_fd=''
watch_in=() # a command that runs the watcher where it has to stand
# shellcheck disable=SC2154 # of run
readonly lab_break=$root/lab/break lab_heal=$root/lab/heal watcher=$built/tests/drtop-watch

# drtop-watch on the lab; ends with watch_end. The same faults come again and again: none of them
# is to count as flapping, which would keep its alert open.
watch_begin() {
    # shellcheck disable=SC2154 # of run
    events=$work/watch.events log=$work/watch.log
    rm -f "$events" "$log"
    # shellcheck disable=SC2154 # of run
    sed 's/"group"/"alerts": { "flap_count": 1000 }, "group"/' "$lab/drtop.json" >"$lab/watch.json"
    exec {watched_fd}> >(exec "${watch_in[@]}" "$watcher" "$lab/watch.json" "$work/watch" \
        2>"$work/err")
    until_said 30 0 normal confirmed
}

watch_end() {
    exec {watched_fd}>&-
}

# until_said SECONDS FROM KEY HOW: an event after line FROM says that verdict (confirmed: or it is
# the newest). Looked at fifty times a second; the figures come from the events' own times.
until_said() {
    local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
    until said_ms "$2" "$3" "$4" >/dev/null; do
        if ((${EPOCHREALTIME/./} > deadline)); then
            echo "not within $1 s: $3 $4" >>"$work/err"
            return 1
        fi
        sleep 0.02
    done
}

# When the first event after line FROM said it; HOW may be a pattern.
said_ms() { # FROM KEY HOW
    [ -e "$events" ] && awk -v from="$1" -v key="$2" -v how="$3" '
        NR > from && $2 == "verdict" && $3 == key && $4 ~ how { print $1; found = 1; exit }
        END { exit !found }' "$events"
}

is_normal() {
    [ "$(awk '$2 == "verdict" { now = $3 " " $4 } END { print now }' "$events")" = "normal confirmed" ]
}

until_normal() {
    local deadline=$((${EPOCHREALTIME/./} + 60000000))
    until is_normal; do
        ((${EPOCHREALTIME/./} < deadline)) || return 1
        sleep 0.05
    done
}

# The pids of processes of the lab.
pids_of() { # NAME...
    local name pid
    for name in "$@"; do
        read -r pid _ <"$lab/pid/$name" && echo "$pid"
    done
}

# detect_one NUMBER VERDICT PROCESS...: kills them at a random moment between two looks. Adds the
# two times to $work/detected.
detect_one() {
    local number=$1 key=$2 from began_ms suspected_ms confirmed_ms
    local -a pids
    shift 2
    until_normal || return 1
    mapfile -t pids < <(pids_of "$@")
    sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
    from=$(wc -l <"$events")
    began_ms=$((${EPOCHREALTIME/./} / 1000))
    kill -KILL "${pids[@]}" || return 1
    until_said 20 "$from" "$key" '^confirmed' || return 1
    suspected_ms=$(said_ms "$from" "$key" .) confirmed_ms=$(said_ms "$from" "$key" '^confirmed')
    echo "$((suspected_ms - began_ms)) $((confirmed_ms - began_ms))" >>"$work/detected"
    printf '    kill %2d, %-12s  suspected after %4d ms, confirmed after %4d ms\n' "$number" \
        "$key" $((suspected_ms - began_ms)) $((confirmed_ms - began_ms))
    "$lab_heal" --dir "$lab" >"$work/err" 2>&1
}

# Median, 95th percentile (nearest rank) and maximum of a column of $work/detected.
detected() { # COLUMN
    cut -d' ' -f"$1" "$work/detected" | sort -n | awk '
        { v[NR] = $1 }
        function rank(q, i) { i = int(q * NR); i += i < q * NR; return v[i] }
        END { printf "%d / %d / %d", rank(0.5), rank(0.95), v[NR] }'
}

detect_rows() { # KILLS
    local i well=1
    title "verdict after kill -9, MariaDB, every 1 s, 3 strikes"
    : >"$work/detected"
    watch_begin || { not_measured "detect"; return; }
    for ((i = 1; i <= $1 && well; i++)); do
        if ((i % 2)); then
            detect_one "$i" primary_down primary app relay || well=0
        else
            detect_one "$i" db_down primary || well=0
        fi
    done
    watch_end
    ((well)) || not_measured "detect: kill $((i - 1))"
    [ -s "$work/detected" ] || return
    i=$(wc -l <"$work/detected")
    row "detect: $i kills, kill to suspected, median / p95 / max" "$(detected 1)" ms
    row "detect: $i kills, kill to confirmed, median / p95 / max" "$(detected 2)" ms "<= 4000"
}

# count_verdicts FROM HOW: those since line FROM of the events that are neither NORMAL nor DEGRADED.
count_verdicts() {
    awk -v from="$1" -v how="$2" 'NR > from && $2 == "verdict" && $4 == how &&
        $3 != "normal" && $3 != "degraded" { n++ } END { print n + 0 }' "$events"
}

count_alerts() { # FROM SEVERITY
    awk -v from="$1" -v severity="$2" 'NR > from && $2 == "alert" && $4 == severity { n++ }
        END { print n + 0 }' "$events"
}

# Seconds since line FROM of the log in which the verdict was KEY, and the longest gap.
log_seconds() { # FROM KEY
    awk -v from="$1" -v key="$2" '
        NR <= from { next }
        before && $6 == key { n += $1 - before }
        { before = $1 }
        END { printf "%.1f", n / 1000 }' "$log"
}

log_span() { # FROM: seconds / longest gap in ms
    awk -v from="$1" '
        NR <= from { next }
        !before { first = $1 }
        before && $1 - before > gap { gap = $1 - before }
        { before = $1 }
        END { printf "%d s / %d ms", (before - first) / 1000, gap }' "$log"
}

jitter_rows() { # SECONDS
    local from line
    title "false alarms on a healthy pair with jitter, bursts and log rotations, $1 s"
    if ! { watch_begin && until_normal && "$lab_break" --dir "$lab" jitter >"$work/err" 2>&1; }; then
        not_measured "jitter"
        return
    fi
    from=$(wc -l <"$events") line=$(wc -l <"$log")
    sleep "$1"
    kill -0 "$(pids_of jitter)" || { not_measured "jitter, which ended"; return; }
    row "jitter: watched / longest gap in the log" "$(log_span "$line")" ""
    row "jitter: verdicts confirmed besides NORMAL and DEGRADED" \
        "$(count_verdicts "$from" confirmed)" "" 0
    row "jitter: critical alerts opened" "$(count_alerts "$from" critical)" "" 0
    row "jitter:   warnings opened" "$(count_alerts "$from" warning)" ""
    row "jitter:   suspicions besides NORMAL and DEGRADED" \
        "$(count_verdicts "$from" suspected)" ""
    row "jitter:   time in DEGRADED" "$(log_seconds "$line" degraded)" s
    awk -v from="$from" 'NR > from && !($2 == "verdict" && $3 == "normal")' "$events" >&2
    watch_end
    "$lab_heal" --dir "$lab" >/dev/null
}
