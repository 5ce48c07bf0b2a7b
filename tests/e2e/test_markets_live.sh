#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# One sweep over markets of five protocols at once (tests/fakes): one of them was redesigned, one throttles, one gives tokens that
# soon are stale, one sends other files than it says, one wants a key. Each keeps its trouble to itself. Then the small ones: pages in GBK, markets without a list.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

fake_markets=${FAKE_MARKETS:-${BUILD_DIR:-$source_dir/build/release}/tests/fake_markets}
key=k3y-of-this-test-alone
apps=24
db=$work/db
log=$work/requests

# start_markets NAME [option...]: serves the markets, writes their files into $work/NAME.
start_markets() {
        local name=$1
        shift
        : >"$log"
        : >"$work/$name.table"
        "$fake_markets" --apps $apps --apks "$work/apks" --key "$key" --log "$log" "$@" >"$work/$name.table" &
        faulty+=($!)
        for _ in $(seq 250); do
                ! grep -q ^ready "$work/$name.table" || break
                sleep 0.02
        done
        "$source_dir/tests/fakes/make-market-files" "$work/$name.table" "$work/$name"
}

# sweep NAME FOLDER MARKET... [-- option...]: sets $code; the closing JSON is $work/NAME.json.
sweep() {
        local name=$1 folder=$2 files=()
        shift 2
        while [ $# -gt 0 ] && [ "$1" != -- ]; do
                files+=("$work/$folder/$1.yaml")
                shift
        done
        shift || true
        exit_of "$overreach" sweep --store "$db" --name "$name" --secrets "$work/secrets" --metadata "$work/$name.json" "$@" "${files[@]}" \
                >"$work/$name.out" 2>"$work/$name.err"
}

# requests MARKET VERB [STATUS]: how many came.
requests() {
        awk -F '\t' -v m="$1" -v v="$2" -v s="${3:-}" '$2 == m && $6 == v && (s == "" || $7 == s)' "$log" | wc -l
}

outcome() { # NAME MARKET
        jq -r --arg m "$2" '.sweep_record.results[] | select(.market == $m) | .outcome + " " + ((.listed // 0) | tostring)' "$work/$1.json"
}

mkdir -p "$work/apks" "$work/secrets"
python3 "$source_dir/tests/e2e/make_apks.py" "$work/all-apks" >/dev/null
for i in $(seq 0 $((apps - 1))); do
        cp "$work/all-apks/good$i.apk" "$work/apks"
        printf 'good%d.apk\torg.good.app%d\t%d\t1.0\n' "$i" "$i" $((100 + i)) >>"$work/apks/packages.tsv"
done
(umask 077 && echo "$key" >"$work/secrets/androzoo")

# ---- five at once ----------------------------------------------------------------------------------------------------

start_markets live --hidden 12 --token-requests 20 --fault tencent:list:429-retry=2,times=1 --fault xiaomi:detail:shape \
        --fault 'aptoide:detail:503@30%,times=1' --fault 'aptoide:apk:wrong-digest@20%' --fault '*:apk:cut=3000@20%,times=1'
sweep live live aptoide xiaomi huawei tencent androzoo -- --policies --policy-gap 1
expect "exit code of a sweep with a market that was redesigned" 3 "$code" "$work/live.out" "$work/live.err"

expect "Aptoide, which hides two" "listed $((apps - 2))" "$(outcome live aptoide)" "$work/live.out"
for market in huawei tencent androzoo; do
        expect "$market" "listed $apps" "$(outcome live $market)" "$work/live.out" "$work/live.err"
done
wrong=$(awk -F '\t' '$8 == "wrong-digest" { seen[$5] } END { print length(seen) }' "$log") # files that never come right
[ "$wrong" -gt 0 ] || fail "no file came wrong" "$log"
expect "analysed in the four that are well" $((apps * 4 - 2 - wrong)) "$(jq .counts.analysed "$work/live.json")" "$work/live.out" "$work/live.err"
expect "not fetched" "$wrong" "$(jq '.outcomes["unfetched:digest-mismatch"]' "$work/live.json")" "$work/live.out"
expect "apps, whatever market they are in" $apps "$(jq .counts.judged "$work/live.json")" "$work/live.out"
ok "four markets of four protocols are swept, and an app that is in all of them is one app"

expect "Xiaomi's outcome" "paused:shape-changed 0" "$(outcome live xiaomi)" "$work/live.out"
expect "requests to Xiaomi but for its canary, twice" 0 "$(($(requests xiaomi list) + $(requests xiaomi resolve) + $(requests xiaomi apk)))" "$log"
expect "canaries asked for at Xiaomi" 2 "$(requests xiaomi detail)" "$log"
grep -q "canary of org.good.app0" "$work/live.out" || fail "the sweep does not say what was odd" "$work/live.out"
ok "a market whose pages changed is paused by its canary and says why; the others go on"

awk -F '\t' '$2 == "tencent" && told && $1 < told + 2000 { print "asked", $1 - told, "ms after"; bad = 1 }
        $2 == "tencent" && $7 == 429 { told = $1 } END { exit bad || !told }' "$log" || fail "a host that said wait was asked" "$log"
ok "a market that says Retry-After: 2 is left alone for two seconds"

[ "$(requests huawei token)" -ge 3 ] || fail "the token was not asked for again" "$log"
ok "a token that went stale is asked for again, and nothing is lost"

# of those that another market's file had settled before, by their digests, none is asked for
expect "files that AndroZoo was asked for twice" 0 \
        "$(awk -F '\t' '$2 == "androzoo" && $6 == "apk" && $7 == 200 && seen[$5]++ { n++ } END { print n + 0 }' "$log")" "$log"
expect "privacy policies asked for, each once" $apps "$(requests policy policy)" "$log"
if grep -rqaF "$key" "$db" "$work/live.out" "$work/live.err" "$work/live.json"; then
        fail "the key stands somewhere"
fi
ok "the key is sent and written down nowhere"
"$overreach" verify --store "$db" >"$work/verify" || fail "the database" "$work/verify"

# ---- pages in GBK, and markets that have pages but no list --------------------------------------------------------------

kill "${faulty[-1]}"
start_markets gbk --gbk
sweep gbk gbk xiaomi -- --tier listing
expect "exit code" 0 "$code" "$work/gbk.out" "$work/gbk.err"
expect "Xiaomi in GBK" "listed $apps" "$(outcome gbk xiaomi)" "$work/gbk.out"
"$overreach" export --store "$db" gbk >"$work/gbk.jsonl"
grep -q '实用工具' "$work/gbk.jsonl" || fail "no Chinese words came out of GBK" "$work/gbk.jsonl"
ok "pages in GBK are read"

for i in 0 1 2 3; do echo "org.good.app$i"; done >"$work/list"
sweep labels gbk google-play apple -- --tier listing --list "$work/list"
expect "exit code" 0 "$code" "$work/labels.out" "$work/labels.err"
expect "Google Play's pages and Data Safety sections asked for, beside canaries" "4 4" \
        "$(awk -F '\t' '$2 == "google-play" && $6 == "detail" { seen[$5] } $2 == "google-play" && $6 == "labels" { n++ }
        END { print length(seen), n }' "$log")" "$log"
"$overreach" export --store "$db" labels >"$work/labels.jsonl"
grep -q 'Account management' "$work/labels.jsonl" || fail "what developers declare is not in the export" "$work/labels.out"
ok "markets that only know apps by name tell what their developers declare"
