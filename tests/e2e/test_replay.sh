#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A sweep that keeps every reply, and the same sweep again from what was kept, with no server there: what they export is equal, to the
# byte, also of ranges, and when the recording was cut off by kill -9 and went on. A body that was damaged meanwhile costs its app and
# nothing else.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

"$source_dir/scripts/make-corpus" --check 0 --bulk 2000 "$work/corpus" 24 >"$work/made"
rm "$(find "$work/corpus/repo" -name '*.apk' | sort | sed -n 7p)" # one app is gone
serve_faults market "$work/corpus"
market_file "$work/corpus.yaml" "$url/repo" "$(sed -n 's/^fingerprint=//p' "$work/made")"
market_file "$work/slow.yaml" "$url/repo" "$(sed -n 's/^fingerprint=//p' "$work/made")" "requests_per_second: 30" "connections: 2"

sweep() { # STORE MARKET [option...]: sets $code
        exit_of "$overreach" sweep --name s --store "$work/$1" "${@:3}" "$work/$2.yaml" >"$work/$1.out" 2>"$work/$1.err"
}

export_of() { "$overreach" export --canonical --store "$work/$1" s >"$work/$1.jsonl"; }

requests() { wc -l <"$log"; }

# ---- recorded whole
sweep first corpus --record "$work/recording"
expect "exit code of the recorded sweep" 3 "$code" "$work/first.err" "$work/first.out"
export_of first
jq -e '.format == 1 and .sweep == "s" and (.user_agent | startswith("overreach/"))' "$work/recording/recording.json" >"$work/seen" ||
        fail "recording.json does not say what it is" "$work/recording/recording.json"
jq -es 'map(.end) | (map(select(. == "gone")) | length >= 1) and (map(select(. == "ok")) | length >= 24)' \
        "$work/recording/replies.jsonl" >"$work/seen" || fail "not every reply was kept" "$work/recording/replies.jsonl"
sweep other corpus --record "$work/recording" --name another
expect "exit code of another sweep into that folder" 2 "$code" "$work/other.err"
ok "a sweep keeps its $(wc -l <"$work/recording/replies.jsonl") replies, the refusals too, and mixes in no other sweep's"

# ---- cut off and gone on with
"$overreach" sweep --name s --store "$work/cut" --tier manifest --record "$work/recording-cut" "$work/slow.yaml" >"$work/cut.out" 2>"$work/cut.err" &
pid=$!
for _ in $(seq 300); do
        [ "$(cat "$work/recording-cut/replies.jsonl" 2>/dev/null | wc -l)" -lt 12 ] || break
        sleep 0.05
done
kill -s KILL "$pid"
wait "$pid" 2>/dev/null || true
printf '{"method":"GET","url":"http://127.0.0.1/to' >>"$work/recording-cut/replies.jsonl" # as a kill may leave it
sweep cut slow --tier manifest --record "$work/recording-cut"
expect "exit code of the sweep that went on" 3 "$code" "$work/cut.err" "$work/cut.out"
grep -q 'event=recording_torn' "$work/cut.err" || fail "no word of the torn line" "$work/cut.err"
jq -es 'any(.to)' "$work/recording-cut/replies.jsonl" >"$work/seen" || fail "no range was recorded" "$work/recording-cut/replies.jsonl"
ok "after kill -9 the same command goes on recording and takes the torn last line away"

# ---- again, without a server
kill "${faulty[@]}"
before=$(requests)
for recording in recording recording-cut; do
        market=corpus tier=whole
        [ "$recording" = recording ] || { market=slow && tier=manifest; }
        sweep "again-$recording" "$market" --tier "$tier" --replay "$work/$recording"
        expect "exit code of the sweep from $recording" 3 "$code" "$work/again-$recording.err" "$work/again-$recording.out"
        export_of "again-$recording"
done
cmp "$work/first.jsonl" "$work/again-recording.jsonl" || fail "the replayed sweep exports something else"
export_of cut
cmp "$work/cut.jsonl" "$work/again-recording-cut.jsonl" || fail "the sweep replayed from a recording that was cut off exports something else"
expect "requests made meanwhile" "$before" "$(requests)"
ok "from the recordings the sweeps run again without a network and export the same bytes"

# ---- damaged
sha256=$(jq -rs 'map(select(.url | endswith(".apk")) | select(.end == "ok"))[3].sha256' "$work/recording/replies.jsonl")
package=$(jq -r --arg sha256 "$sha256" 'select(.table == "observations" and .record.artifact == $sha256) | .package' "$work/first.jsonl")
printf 'PK damaged' >"$work/recording/bodies/${sha256:0:2}/$sha256"
sweep damaged corpus --replay "$work/recording"
expect "exit code of the sweep from a damaged recording" 3 "$code" "$work/damaged.err"
export_of damaged
expect "apps that were lost by it" "$package" \
        "$(diff "$work/first.jsonl" "$work/damaged.jsonl" | grep '"observations"' | sed -n 's/^> //p' | jq -r .package)"
jq -r --arg package "$package" 'select(.table == "observations" and .package == $package) | .record.detail' "$work/damaged.jsonl" |
        grep -q "$sha256" || fail "the observation of $package does not name the damaged body" "$work/damaged.jsonl"
ok "a damaged body costs its app, by name, and nothing else"
