#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a running sweep tells from outside: `overreach status` says per market what blocks the next request, Prometheus finds a page, a
# file of samples grows; after kill -9 status says that it is not running, what waits, and until when.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
at_exit() { jobs -p | xargs -r kill 2>/dev/null; }

"$source_dir/scripts/make-corpus" --check 0 "$work/corpus" 60 >"$work/made"
fingerprint=$(sed -n 's/^fingerprint=//p' "$work/made")
serve_faults steady "$work/corpus"
market_file "$work/steady.yaml" "$url/repo" "$fingerprint" "requests_per_second: 2" "connections: 1"
serve_faults resting "$work/corpus"
resting=$url
market_file "$work/resting.yaml" "$url/fault/429/3000/repo" "$fingerprint" "requests_per_second: 2" "connections: 1"

status() { "$overreach" status --store "$work/store" "$@"; }

start() { # [option...]: sets $pid
        "$overreach" sweep --name s --store "$work/store" "$@" "$work/steady.yaml" "$work/resting.yaml" >"$work/out" 2>"$work/err" &
        pid=$!
}

# until_true WHAT COMMAND...: within 30 s
until_true() {
        local what=$1
        shift
        for _ in $(seq 300); do
                ! "$@" >"$work/seen" 2>&1 || return 0
                sleep 0.1
        done
        fail "$what: not within 30 s" "$work/seen" "$work/err"
}

reason_is() { # MARKET REASON
        status --json | jq -e --arg market "$1" --arg reason "$2" \
                '.sweeps[] | .live.blockers // [] | any(.market == $market and .reason == $reason)'
}

# ---- running
start --metrics 127.0.0.1:0 --samples "$work/samples.csv"
until_true "the market that said wait is told as blocked" reason_is resting retry-after
status s >"$work/status.txt"
grep -q "^  running as process $pid: " "$work/status.txt" || fail "status does not say that it is running" "$work/status.txt"
grep -Eq '^  resting +blocked by: back-off until [-0-9T:]*Z \(Retry-After\)' "$work/status.txt" ||
        fail "status does not say until when the market is left alone" "$work/status.txt"
grep -Eq '^  steady +blocked by: ' "$work/status.txt" || fail "status says nothing of the other market" "$work/status.txt"
! status nosuch >"$work/seen" 2>&1 || fail "status of a sweep that is not there" "$work/seen"
ok "status says what blocks each market: $(grep '^  resting .*blocked' "$work/status.txt" | tr -s ' ')"

port=$(sed -n 's/.*event=metrics .*port=\([0-9]*\).*/\1/p' "$work/err")
curl -sS --max-time 20 "http://127.0.0.1:$port/metrics" >"$work/page" || fail "no metrics at port $port" "$work/err"
for line in 'overreach_market_blocked{market="resting",reason="retry-after"} 1' '# TYPE overreach_requests_total counter' \
        '# TYPE overreach_errands gauge' 'overreach_workers '; do
        grep -qF "$line" "$work/page" || fail "the page of metrics has no \"$line\"" "$work/page"
done
expect "status of another path" 404 "$(curl -sS --max-time 20 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/")"
expect "status for a foreign name" 403 \
        "$(curl -sS --max-time 20 -o /dev/null -w '%{http_code}' -H 'Host: rebound.example' "http://127.0.0.1:$port/metrics")"
exit_of "$overreach" sweep --name t --store "$work/other" --metrics 0.0.0.0:9464 "$work/steady.yaml" >"$work/seen" 2>&1
expect "exit code of a sweep that would tell the network" 2 "$code" "$work/seen"
ok "metrics are told to this machine alone"

# ---- killed
until_true "three samples" [ 4 -le "$(wc -l <"$work/samples.csv")" ]
kill -s KILL "$pid"
wait "$pid" 2>/dev/null || true
status >"$work/status.txt"
grep -q '^  not running' "$work/status.txt" || fail "status takes a dead process for a running one" "$work/status.txt"
grep -Eq "^  $resting: 1 waiting, back-off until [-0-9T:]*Z \(Retry-After\)$" "$work/status.txt" ||
        fail "status does not say what waits, and until when" "$work/status.txt"
status --json | jq -e --arg host "$resting" '.sweeps[0] | .running == false and
        (.waiting_hosts | any(.host == $host and .waiting == 1 and .until_ms > 0))' >"$work/seen" ||
        fail "status --json does not say what waits" "$work/seen"
ok "after kill -9 status says what waits and until when"

# ---- again, to its orderly end
start --samples "$work/samples.csv" --quiet
until_true "it runs again" reason_is resting retry-after
kill -s INT "$pid"
wait "$pid" || true
status --json | jq -e '.sweeps[0].running == false' >"$work/seen" || fail "a sweep that ended is told as running" "$work/seen"
"$overreach" verify --store "$work/store" --quiet >"$work/seen" || fail "the database has problems" "$work/seen"
expect "numbers of fields in the samples" 20 "$(awk -F , '{ print NF }' "$work/samples.csv" | sort -u)"
expect "header lines in the samples" 1 "$(grep -c '^time,' "$work/samples.csv")"
ok "two runs made one file of $(($(wc -l <"$work/samples.csv") - 1)) samples"
