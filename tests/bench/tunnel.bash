# shellcheck shell=bash
# What each view says of a real IPsec tunnel that is broken, and how soon. Sourced by run, whose
# functions and variables it uses.

# Time from the break to the first state of a view (of its first tunnel) that is not "up", and that
# state; "up" when it never says anything else.
said_of() { # VIEW ID FROM BEGAN_MS
    # shellcheck disable=SC2154 # of verdicts.bash
    awk -v view="$1" -v id="$2" -v from="$3" -v began="$4" '
        NR > from && $2 == "tunnel" && $3 == view && $4 == id && $5 != "up" && $5 != "degraded" {
            printf "%s %.1f", $5, ($1 - began) / 1000; found = 1; exit }
        END { if (!found) printf "up" }' "$events"
}

verdict_said() { # FROM BEGAN_MS: the worst that was confirmed, and when
    awk -v from="$1" -v began="$2" '
        NR > from && $2 == "verdict" && $4 == "confirmed" && $3 != "normal" && !found {
            printf "%s %.1f", $3, ($1 - began) / 1000; found = 1 }
        END { if (!found) printf "none" }' "$events"
}

tunnel_one() { # FAULT
    local from began_ms
    watch_begin || return 1
    from=$(wc -l <"$events")
    began_ms=$((${EPOCHREALTIME/./} / 1000))
    # shellcheck disable=SC2154 # of run and verdicts.bash
    "$lab_break" --dir "$lab" "$1" >"$work/err" 2>&1 || return 1
    sleep 20 # what has said nothing by then says nothing
    printf '%-18s %-12s %-18s %-18s %-18s %s\n' "$1" "$(said_of vpn vpn "$from" "$began_ms")" \
        "$(said_of gw tunnel1 "$from" "$began_ms")" \
        "$(said_of aws 198.51.100.11 "$from" "$began_ms")" \
        "$(said_of azure 198.51.100.11 "$from" "$began_ms")" \
        "$(verdict_said "$from" "$began_ms")" | tee -a "$work/rows"
    grep -q 'verdict primary_down' "$events" && echo "    primary_down was said" | tee -a "$work/rows"
    watch_end
    # shellcheck disable=SC2154 # of verdicts.bash
    "$lab_heal" --dir "$lab" >"$work/err" 2>&1
}

tunnel_rows() {
    local fault
    title "a real IPsec tunnel that is broken: state and seconds after lab/break began, fast DPD, clouds asked every 5 s"
    if ! lab_up --tunnel ipsec || [ "${tunnel:-}" != ipsec ]; then
        not_measured "tunnel: needs root and /dev/net/tun"
        lab_down
        return
    fi
    # shellcheck disable=SC2034 # for watch_begin
    watch_in=("$root/lab/run-in" --dir "$lab")
    printf '%-18s %-12s %-18s %-18s %-18s %s\n' break probe gateway aws azure verdict |
        tee -a "$work/rows"
    for fault in blackhole esp-only one-way route peer-kill wrong-psk tunnel1; do
        tunnel_one "ipsec-$fault" || not_measured "tunnel: ipsec-$fault"
    done
    # shellcheck disable=SC2034
    watch_in=()
    lab_down
}
