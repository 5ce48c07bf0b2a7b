#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A sweep of several hosts with limits of their own, killed in the middle and resumed, against the servers' own logs (bench/polite runs
# it for ten minutes), and what the audit of it says.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# A slow machine may hold one request up for longer than the next: the slack is for that.
OVERREACH=$overreach "$source_dir/bench/polite" --minutes 0.25 --servers plain,shared,robots,busy --slack-ms 500 --dir "$work" \
        >"$work/report" || fail "a host was asked faster than its limit" "$work/report" "$work/sweep.err"
ok "no host was asked faster than its limit, before a wait was over, or where robots.txt forbids, by a sweep that was killed and resumed"

export OVERREACH_STORE=$work/store
"$overreach" audit polite >"$work/audit" || fail "the audit ended with $?" "$work/audit"
expect "hosts in the audit" 5 "$(grep -c '^http://.* (market ' "$work/audit")"
expect "limits not kept" 0 "$(grep -c 'NOT' "$work/audit" || true)"
grep -A 4 'market robots' "$work/audit" | grep -q 'limit *0.5 a second, bursts of 1, 4 connections: kept' ||
        fail "the crawl-delay is not told as the limit" "$work/audit"
grep -A 8 'market robots' "$work/audit" | grep -q 'robots.txt *obeyed' || fail "robots.txt is not told as obeyed" "$work/audit"
grep -A 20 'market plain' "$work/audit" | grep -q '128 ms *#' || fail "no histogram of gaps" "$work/audit"
ok "audit tells limits, robots.txt and gaps of each host"

"$overreach" audit --json >"$work/audit.json" || fail "the audit as JSON ended with $?" "$work/audit.json"
expect "kept, as JSON" true "$(jq .kept "$work/audit.json")"
expect "gaps counted at each host, one less than requests" true \
        "$(jq '[.hosts[] | ([.gap_histogram[].count] | add) == .requests - 1] | all' "$work/audit.json")"
expect "the most that was begun over the limit" true "$(jq '[.hosts[] | .burst <= .burst_limit + 0.001] | all' "$work/audit.json")"
for words in 'for the sweep "polite" of busy, plain, robots, shared-a, shared-b' 'no host was asked faster' 'obeyed at 1 host' \
        'which was kept each time' 'overreach/.* (+polite@bench.invalid)", by which operators could reach us'; do
        jq -r .statement "$work/audit.json" | grep -q "$words" || fail "the statement lacks: $words" "$work/audit.json"
done
ok "the paragraph for an ethics form says who was asked, how fast, what stopped us and how we could be reached"
