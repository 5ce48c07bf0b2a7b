#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Which apps a sweep takes (--sample --by, --shard, --list, --follow), how much of them (--tier, --verify-named), what stays of them
# (--keep), and a sweep run again from its recording with no server there.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
apps=40

"$source_dir/scripts/make-corpus" --bulk 600 "$work/corpus" "$apps" >"$work/made"
fingerprint=$(sed -n 's/^fingerprint=//p' "$work/made")
serve_folder corpus "$work/corpus"
market_file "$work/corpus.yaml" "$url/repo" "$fingerprint"

# sweep STORE NAME [option...]: exit code in $code, what it said in $work/NAME.out
sweep() {
        local store=$1 name=$2
        shift 2
        exit_of "$overreach" sweep --quiet --store "$work/$store" --name "$name" "$@" "$work/corpus.yaml" >"$work/$name.out" 2>&1
}
observed() { # STORE NAME: the packages it has an observation of
        "$overreach" export --store "$work/$1" "$2" | jq -r 'select(.table == "observations") | .package' | sort
}
asked() { grep -c "$1" "$state/access.log" || true; }

# ---- recording
sweep recorded r --record "$work/recording" --keep all
expect "the sweep" 0 "$code" "$work/r.out"
kept=$(find "$work/recorded/blobs" -name '*.apk' | wc -l)
expect "kept APKs" "$apps" "$kept"
"$source_dir/scripts/serve" --stop "$state"
sweep replayed r --replay "$work/recording"
expect "the sweep from the recording, with no server there" 0 "$code" "$work/r.out"
for store in recorded replayed; do
        "$overreach" export --store "$work/$store" --canonical r >"$work/$store.jsonl"
        "$overreach" verify --store "$work/$store" >/dev/null
done
cmp "$work/recorded.jsonl" "$work/replayed.jsonl" || fail "the sweep from the recording is another one"
ok "a sweep run again from its recording, without a server, gives the same $(wc -l <"$work/replayed.jsonl") rows"
sweep elsewhere e --replay "$work/nowhere"
expect "a recording that is not there" 2 "$code" "$work/e.out"

servers=() # the one that was stopped
serve_folder corpus "$work/corpus"
market_file "$work/corpus.yaml" "$url/repo" "$fingerprint"

# ---- samples
: >"$state/access.log"
sweep s whole --sample 12 --seed 7 --tier listing
sweep s first --sample 12 --seed 7 --tier listing --shard 1/2
sweep s second --sample 12 --seed 7 --tier listing --shard 2/2
expect "the sample" 12 "$(observed s whole | wc -l)" "$work/whole.out"
sort -m <(observed s first) <(observed s second) | cmp - <(observed s whole) || fail "the shards are not the sample"
sweep s larger --sample 20 --seed 7 --tier listing
comm -23 <(observed s whole) <(observed s larger) | grep -q . && fail "a larger sample of the same seed lacks apps of the smaller one"
expect "requests for APKs at tier listing" 0 "$(asked '\.apk')" "$state/access.log"
ok "shards together are the sample; a larger sample holds the smaller one; tier listing asks for no APK"
sweep s strata --sample 1 --by category --tier listing
strata=$("$overreach" export --store "$work/s" strata | jq -r 'select(.table == "observations") | .record.draw.stratum' | sort | uniq -c | awk '$1 != 1' | wc -l)
expect "strata with more than one app" 0 "$strata"
"$overreach" export --store "$work/s" strata |
        jq -r 'select(.table == "observations") | .record.draw | select(((.taken / .listed) - .probability) * 1e6 | floor != 0)' >"$work/wrong"
[ ! -s "$work/wrong" ] || fail "a probability is not taken / listed" "$work/wrong"
ok "one app of each category, with its probability of being drawn"
observed s whole | head -3 >"$work/list"
sweep s listed --list "$work/list" --tier listing
observed s listed | cmp - "$work/list" || fail "--list takes other apps" "$work/listed.out"

# ---- depth
: >"$state/access.log"
sweep d parts --tier manifest
expect "the sweep of manifests" 0 "$code" "$work/parts.out"
large=$(find "$work/corpus/repo" -name '*.apk' -size +512k | wc -l)
[ "$large" -gt 2 ] || fail "no large APKs in the corpus"
expect "answers of parts alone for the $large large APKs" "$large" "$(awk -F '\t' '/\.apk/ && $2 == 206 {print $5}' "$state/access.log" | sort -u | wc -l)" "$state/access.log"
"$overreach" export --store "$work/d" parts | jq -r 'select(.table == "observations") | .record | "\(.tier) \(.artifact | startswith("part:"))"' | sort | uniq -c | sed 's/^ *//' >"$work/tiers"
expect "tiers and artifacts" "$large manifest true $((apps - large)) whole false" "$(tr '\n' ' ' <"$work/tiers" | sed 's/ $//')" "$work/tiers"
over=$(sed -n 's/.*: \([0-9]*\) of [0-9]* apps judged.*/\1/p' "$work/parts.out")
sweep v verified --tier manifest --verify-named
"$overreach" verify --store "$work/v" >/dev/null
"$overreach" export --store "$work/v" verified >"$work/verified.jsonl"
jq -r 'select(.table == "findings") | select([.record.findings[]? | .verdict] | index("not-advised")) | .package' "$work/verified.jsonl" | sort >"$work/named"
jq -r 'select(.table == "observations") | select(.record.artifact | startswith("part:")) | .package' "$work/verified.jsonl" | sort >"$work/in-part"
expect "apps that the judgement names" "$over" "$(wc -l <"$work/named")" "$work/verified.out"
comm -12 "$work/named" "$work/in-part" | grep -q . && fail "an app is named by a part of its file" "$work/named" "$work/in-part"
[ -s "$work/in-part" ] || fail "nothing was left as a part: nothing is shown" "$work/verified.out"
ok "tier manifest moves parts of the large APKs alone; --verify-named fetches whole what it would name ($over apps)"

# ---- what an earlier sweep named
sweep d followed --follow parts
observed d followed >"$work/followed"
expect "apps followed" "$over" "$(wc -l <"$work/followed")" "$work/followed.out"
sweep k keep --keep named
kept=$(find "$work/k/blobs" -name '*.apk' | wc -l)
expect "kept APKs of named apps" "$over" "$kept" "$work/keep.out"
ok "--follow takes the $over apps that were named, --keep named keeps their files"

# ---- words that are none
for wrong in "--tier half" "--by luck" "--keep some" "--shard 3/2" "--bandwidth fast" "--list x --follow y" "--record a --replay b"; do
        # shellcheck disable=SC2086 # each is an option and its value
        sweep w wrong $wrong
        expect "$wrong" 2 "$code" "$work/wrong.out"
done
ok "what is misspelt ends with exit code 2"
