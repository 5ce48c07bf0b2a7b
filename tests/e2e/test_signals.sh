#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Ctrl-C, SIGTERM, and what is written to stderr on a terminal and elsewhere, by sweeps of some 12 s with large and small apps. However
# they were stopped, the same command goes on, and what they export in the end is what an undisturbed sweep exports.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
escape=$'\033'
apps=60
at_exit() { jobs -p | xargs -r kill 2>/dev/null; }

"$source_dir/scripts/make-corpus" --check 0 --bulk 300 "$work/corpus" "$apps" >"$work/made"
serve_folder corpus "$work/corpus" --limit-rate 150k
market_file "$work/corpus.yaml" "$url/repo" "$(sed -n 's/^fingerprint=//p' "$work/made")" "requests_per_second: 5" "connections: 3"

# Each store has its own User-Agent, which tells its requests apart in the log.
start() { # STORE [option...]: sets $pid
        OVERREACH_CONTACT=$1@signals.invalid "$overreach" sweep --name s --store "$work/$1" "${@:2}" "$work/corpus.yaml" \
                >"$work/$1.out" 2>"$work/$1.err" &
        pid=$!
}

ended() { # PID: sets $code
        code=0
        wait "$1" || code=$?
}

recorded() { "$overreach" export --store "$work/$1" s 2>/dev/null | grep -c '"table":"observations"' || true; }

until_recorded() { # STORE N
        for _ in $(seq 200); do
                [ "$(recorded "$1")" -lt "$2" ] || return 0
                sleep 0.1
        done
        fail "$1: $2 apps were not recorded within 20 s" "$work/$1.err"
}

asked() { grep -F "$1@" "$state/access.log" | cut -f 5 | grep '\.apk$' || true; } # STORE: APKs it asked for, in order

milliseconds() { date +%s%3N; }

resume() { # STORE: goes on in the background
        start "$1" --quiet
        resumed[$1]=$pid
}
declare -A resumed

start whole
whole=$pid

# ---- once
for signal in INT TERM; do
        start "$signal"
        until_recorded "$signal" 8
        kill -s "$signal" "$pid"
        ended "$pid"
        expect "exit code after SIG$signal" 6 "$code" "$work/$signal.err"
        grep -q '^sweep s (number 1): interrupted, the same command resumes it' "$work/$signal.out" ||
                fail "SIG$signal: the result does not say what to do" "$work/$signal.out"
        grep -q 'event=interrupted hint="finishing what is in flight' "$work/$signal.err" ||
                fail "SIG$signal: no word that it is finishing" "$work/$signal.err"
        "$overreach" verify --store "$work/$signal" --quiet >"$work/verify" || fail "SIG$signal: the database has problems" "$work/verify"
        before=$(asked "$signal" | wc -l)
        expect "apps recorded after draining, of $before asked for" "$before" "$(recorded "$signal")"
        expect "parts left after draining" "" "$(ls "$work/$signal/parts")"
        "$overreach" status --store "$work/$signal" | grep -q 'sweep s (number 1): open' || fail "SIG$signal: status does not call it open"
        ok "SIG$signal lets the $before transfers that were begun end, records them, and ends with 6"
        resume "$signal"
done

# ---- twice
start twice
until_recorded twice 8
kill -s INT "$pid"
sleep 0.1
begin=$(milliseconds)
kill -s INT "$pid"
ended "$pid"
took=$(($(milliseconds) - begin))
expect "exit code after two Ctrl-C" 6 "$code" "$work/twice.err"
[ "$took" -lt 2000 ] || fail "two Ctrl-C: expected an end at once, saw $took ms"
grep -q 'stopped at once' "$work/twice.err" || fail "two Ctrl-C: no word of what happened" "$work/twice.err"
"$overreach" verify --store "$work/twice" --quiet >"$work/verify" || fail "two Ctrl-C: the database has problems" "$work/verify"
ok "a second Ctrl-C stops at once ($took ms) and ends with 6"
resume twice

# ---- on a terminal: Ctrl-C typed, so that the whole foreground group gets it
mkfifo "$work/keys"
exec 9<>"$work/keys"
command="exec '$overreach' sweep --name s --store '$work/terminal' '$work/corpus.yaml'"
OVERREACH_CONTACT=terminal@signals.invalid TERM=xterm NO_COLOR=1 script -qec "$command" "$work/screen" <"$work/keys" >/dev/null 2>&1 &
pid=$!
until_recorded terminal 8
printf '\003' >&9
ended "$pid"
exec 9>&-
expect "exit code after Ctrl-C on a terminal" 6 "$code" "$work/screen"
clear="${escape}\\[K"
drawn=$(grep -o "$clear" "$work/screen" | wc -l)
[ "$drawn" -ge 4 ] || fail "a terminal: expected a line that is drawn again and again, saw it $drawn times" "$work/screen"
expect "escape sequences besides \"clear the line\"" 0 "$(sed "s/$clear//g" "$work/screen" | grep -c "$escape" || true)"
tr '\r' '\n' <"$work/screen" | grep -q "^${clear}sweep s: at [0-9]*/60 apps" ||
        fail "a terminal: no status line with counts" "$work/screen"
tr '\r' '\n' <"$work/screen" | grep -q "^${clear}sweep s: draining" || fail "a terminal: no word of draining" "$work/screen"
tr '\r' '\n' <"$work/screen" | grep -q "^${clear}sweep s (number 1): interrupted" ||
        fail "a terminal: the status line was not cleared before the result" "$work/screen"
expect "apps recorded after draining" "$(asked terminal | wc -l)" "$(recorded terminal)"
ok "on a terminal one line is drawn again ($drawn times), cleared at the end, without colours; Ctrl-C drains there too"
resume terminal

# ---- undisturbed, not on a terminal
ended "$whole"
expect "exit code of the undisturbed sweep" 0 "$code" "$work/whole.err"
expect "lines with escape sequences" 0 "$(grep -c "$escape\|"$'\r' "$work/whole.err" || true)"
grep -q '^sweep s: at [0-9]*/60 apps' "$work/whole.err" || fail "not a terminal: no plain line of progress" "$work/whole.err"
ok "elsewhere progress comes in plain lines: $(grep -m 1 '^sweep s: at' "$work/whole.err")"
"$overreach" export --canonical --store "$work/whole" --output "$work/whole.jsonl" s

# ---- all went on
for store in "${!resumed[@]}"; do
        ended "${resumed[$store]}"
        expect "exit code of $store, resumed" 0 "$code" "$work/$store.err" "$work/$store.out"
        expect "what --quiet leaves on stderr" "" "$(cat "$work/$store.err")"
        "$overreach" export --canonical --store "$work/$store" s | cmp - "$work/whole.jsonl" || fail "$store: exports something else"
        [ "$store" = twice ] || expect "APKs that $store asked for more than once" "" "$(asked "$store" | sort | uniq -d)"
done
ok "each goes on by the same command, silently with --quiet, and exports what the undisturbed sweep does"
expect "exit code of the same command on a finished sweep" 0 "$(start whole && ended "$pid" && echo "$code")"
expect "APKs asked for again" "" "$(asked whole | sort | uniq -d)"
ok "the same command on a finished sweep fetches nothing and says how it ended"
