#!/bin/bash
# kill -9 between the first confirmation and the build's end, with connections lost before, during
# and after the request and a controller that restarts: what was journalled once was sent at most
# once, what was not journalled never, and who resumes ends where the controller does.
# test-limit: 900
# shellcheck source=tests/lib.sh
. "$SOURCE_DIR/tests/lib.sh"

rounds=${ONCE_ROUNDS:-60}     # by the parts of drtop, without its screen: to the microsecond
screens=${ONCE_SCREENS:-300}  # by drtop itself, with keys, through a terminal
workers=${ONCE_WORKERS:-4}    # of the former
painters=${ONCE_PAINTERS:-36} # of the latter
seed=${ONCE_SEED:-$RANDOM}
readonly JOB=/job/Azure-Gitea-Deployment
readonly FAULTS=(none none lost-answer close-after-post close-before-post slow down restart crash)

chance() { # BELOW
    echo $(((RANDOM * 32768 + RANDOM) % $1))
}

nap() { # MILLISECONDS
    sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
}

# --- a worker: a store, a configuration and a controller of its own. $w is its folder ---

ctl_start() { # [ARGUMENT...]
    "$BUILD_DIR/lab/lab-jenkins" --port "$port" --home "$w/home" --users "$LAB_DIR/jenkins.users" \
        --knobs "$w/knobs" --ledger "$w/ledger" --script "$SOURCE_DIR/lab/jenkins-pipeline" \
        --dry --pace 100 --quiet 200 "$@" </dev/null >>"$w/jenkins.log" 2>&1 &
    ctl=$!
    echo "$ctl" >"$w/jenkins.pid"
}

ctl_end() { # SIGNAL
    kill -s "$1" "$ctl" 2>/dev/null
    wait "$ctl" 2>/dev/null
}

ctl_get() { # PATH
    curl --silent --globoff --max-time 5 --config - "http://127.0.0.1:$port$1" \
        <<<"user = \"operator:$(cat "$LAB_DIR/jenkins.token")\""
}

ctl_answers() {
    [[ $(ctl_get /whoAmI/api/json) == *'"name":"operator"'* ]]
}

# How often a request is in what the controller says.
count_id() { # REQUEST PATH
    ctl_get "$2" | grep -o "\"value\":\"$1\"" | wc -l
}

posts_since() { # LINE [REQUEST]
    tail -n "+$(($1 + 1))" "$w/ledger" | grep -c " POST $JOB/buildWithParameters ${2:-}"
}

# What happens to the controller after the confirmation.
strike() { # FAULT
    case $1 in
    down)
        nap "$(chance 2600)"
        ctl_end KILL
        nap $((300 + $(chance 1500)))
        ctl_start
        ;;
    restart | crash)
        nap "$(chance 4500)"
        if [[ $1 == crash ]]; then ctl_end KILL; else ctl_end TERM; fi
        ctl_start --boot "$(chance 800)"
        ;;
    esac
}

# One drtop from the verdict to its violent end.
run_and_kill() { # FAULT
    local event=confirmed us=$(($(chance 5500) * 1000)) pid line
    case $(chance 5) in
    0 | 1) event=dispatch us=$(chance "$window") ;;
    2 | 3) event=dispatch us=$(chance 2500000) ;;
    esac
    # Not ours to wait for in vain: its output ends when it does.
    exec {out}< <(exec "${program[@]}" "$w.json" run "$event" "$us" 2>&1)
    pid=$!
    while read -r -t 150 -u "$out" line; do
        echo "$line" >>"$w/out"
        [[ $line != confirmed ]] || strike "$1"
    done
    exec {out}<&-
    kill -s KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    echo "killed $us us after $event" >>"$w/out"
}

wrong() { # MESSAGE...
    echo "$(basename "$w") round $n, fault $fault: $*"
    sed 's/^/    /' "$w/out"
    echo x >>"$w/wrong"
}

results=(- SUCCESS UNSTABLE FAILURE ABORTED NOT_BUILT)

# The journal's word against the ledger's and the controller's.
judge() { # LINE final REQUEST STATE POSTS BUILD RESULT...
    local from=$1 word=${2:-nothing} id=${3:-} state=${4:-} posts=${5:-0} build=${6:-0} result=${7:-0}
    local all seen builds queued says
    all=$(posts_since "$from")
    echo "$all" >>"$w/posts"
    if [[ $word == nothing ]]; then
        wrong "who resumed came to no end"
        return
    elif [[ $word == none ]]; then
        [[ $all == 0 ]] || wrong "nothing was journalled, and $all requests came"
        return
    fi
    seen=$(posts_since "$from" "$id ")
    builds=$(count_id "$id" "$JOB/api/json?tree=builds[number,actions[parameters[name,value]]]{0,50}")
    queued=$(count_id "$id" "/queue/api/json?tree=items[id,actions[parameters[name,value]]]")
    [[ $all == "$seen" ]] || wrong "$all requests came, $seen of them of this attempt"
    ((seen <= posts)) || wrong "$posts journalled, $seen came"
    ((builds + queued <= 1)) || wrong "$builds builds and $queued queued of one attempt"
    case $state in
    verified | failed)
        if ((build == 0)); then
            ((builds + queued == 0)) || wrong "given up, and the controller has it"
            return
        fi
        says=$(ctl_get "$JOB/$build/api/json?tree=result,building" | json result)
        [[ $builds == 1 && $seen -ge 1 && $says == "${results[result]}" ]] ||
            wrong "ended ${results[result]}; the controller: $says, $builds builds"
        ;;
    refused | not_sent | lost) ((builds + queued == 0)) || wrong "$state, and the controller has it" ;;
    *) wrong "no end: $state" ;;
    esac
}

round() {
    local from final words=(again give-up)
    from=$(wc -l <"$w/ledger")
    fault=${FAULTS[$(chance ${#FAULTS[@]})]}
    rm -rf "$w.state" "$w/knobs/"*
    : >"$w/out"
    wait_for 20 ctl_answers || { wrong "the controller does not answer"; return; }
    case $fault in
    slow) echo 300 >"$w/knobs/jenkins-slow" ;;
    lost-answer | close-*) touch "$w/knobs/jenkins-$fault" ;;
    esac
    run_and_kill "$fault"
    grep -q '^confirmed' "$w/out" || { wrong "it never came to the confirmation"; return; }
    rm -f "$w/knobs/"*
    final=$("${program[@]}" "$w.json" resume "${words[$(chance 2)]}" 2>&1 | tee -a "$w/out" |
        grep -E '^(final|none)')
    echo "${final:-nothing}" | cut -d' ' -f 1,3,7 >>"$w/ends"
    wait_for 20 ctl_answers
    # shellcheck disable=SC2086 # words are meant
    judge "$from" $final
}

work() { # NUMBER ROUNDS PROGRAM...
    w=$LAB_DIR/once$1
    program=("${@:3}")
    # About what lies between the decision and the answer.
    window=16000
    [[ ${3##*/} == drtop-once ]] || window=300000
    port=$((first_port + $1))
    RANDOM=$((seed + $1))
    mkdir -p "$w/home" "$w/knobs"
    : >"$w/ledger"
    sed -e "s|\"directory\": \"state\"|\"directory\": \"once$1.state\"|" \
        -e "s|\"url\": \"http://127.0.0.1:$(sed -n 's/^jenkins_port=//p' "$LAB_DIR/lab.env")\"|\"url\": \"http://127.0.0.1:$port\", \"timeout\": \"2s\"|" \
        -e 's|"countdown": "10s"|"countdown": "1s"|' "$LAB_DIR/drtop.json" >"$w.json"
    chmod 600 "$w.json"
    trap 'ctl_end KILL' EXIT
    trap 'exit 143' TERM
    ctl_start
    for ((n = 1; n <= $2; n++)); do
        round
        echo x >>"$w/rounds"
    done
}

lines() { # NAME: of all workers
    cat "$LAB_DIR"/once*/"$1" 2>/dev/null
}

end_workers() { # keeps $?
    local status=$?
    ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null
    wait "${pids[@]}" 2>/dev/null
    return "$status"
}

pids=()
lab_raise --server mariadb
trap 'end_workers; lab_drop' EXIT
first_port=$("$BUILD_DIR/lab/lab-ports" $((workers + painters)) | head -n 1)
lab break site-down
start=$SECONDS
for ((i = 0; i < workers; i++)); do
    work "$i" $(((rounds + workers - 1 - i) / workers)) "$BUILD_DIR/tests/drtop-once" \
        >"$TMPDIR/worker$i.log" 2>&1 &
    pids+=($!)
done
for ((i = 0; i < painters; i++)); do
    work $((workers + i)) $(((screens + painters - 1 - i) / painters)) \
        "$BUILD_DIR/tests/drtop-once-screen" "$DRTOP" >"$TMPDIR/painter$i.log" 2>&1 &
    pids+=($!)
done
wait "${pids[@]}"
cat "$TMPDIR"/*er*.log | head -n 100
done=$(lines rounds | wc -l)
posts=$(lines posts | awk '{ n += $1 } END { print n + 0 }')
disagreements=$(lines wrong | wc -l)
lines ends | sort | uniq -c | sort -rn
echo "rounds $done, POSTs $posts, disagreements $disagreements in $((SECONDS - start)) s, seed $seed"
((done >= rounds + screens)) || fail "only $done rounds"
((posts > rounds / 2)) || fail "only $posts requests in $done rounds: little was tried"
((disagreements == 0)) || fail "$disagreements disagreements"
