#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tiers on real APKs: a part of a file says at its depth what the whole file says, and a sweep fetches no more than that, by single
# absolute ranges; where the server knows no ranges, or a part would not do, the whole file comes.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

"$source_dir/scripts/get-apks" test >"$work/list"
tier_facts=${BUILD_DIR:-$source_dir/build/release}/tests/tier_facts
mapfile -t apks <"$work/list"

# ---- the same facts; how many bytes that takes is for bench/tiers to judge, on more files
"$source_dir/bench/tiers" --plan --max-dex 200 --max-manifest 200 --max-requests 64 --tier-facts "$tier_facts" "${apks[@]}" >"$work/table" ||
        fail "facts of a part differ from those of the whole file" "$work/table"
ok "$(grep -c '\.apk' "$work/table") real APKs say the same at tiers manifest and dex, as far as these go"

# ---- sweeps
some=()
for apk in "${apks[@]}"; do
        case $apk in
        */io.appium.android.apis_25_* | */jp.co.cyberagent.stf_15_* | */io.appium.settings_1_*) some+=("$apk") ;;
        esac
done
expect "APKs of the market" 3 "${#some[@]}"
"$source_dir/scripts/make-repo-index" --no-diff --no-v1 "$work/market" "${some[@]}" >"$work/made"
fingerprint=$(sed -n 's/^fingerprint=//p' "$work/made")
serve_folder market "$work/market"
market_file "$work/market.yaml" "$url/repo" "$fingerprint"

# sweep STORE TIER FILE [option...]
sweep() {
        local store=$1 tier=$2 file=$3
        shift 3
        exit_of "$overreach" sweep --quiet --store "$work/$store" --name s --tier "$tier" "$@" "$file" >"$work/$store.out" 2>&1
        expect "the sweep of tier $tier" 0 "$code" "$work/$store.out"
        "$overreach" export --store "$work/$store" s >"$work/$store.jsonl"
}
row() { # STORE PACKAGE FILTER: of its observation
        jq -r "select(.table == \"observations\" and .package == \"$2\") | .record | $3" "$work/$1.jsonl"
}
apis=io.appium.android.apis stf=jp.co.cyberagent.stf settings=io.appium.settings

: >"$state/access.log"
sweep part manifest "$work/market.yaml"
expect "apis" "analysed manifest true" "$(row part $apis '[.outcome, .tier, (.artifact | startswith("part:"))] | join(" ")')" "$work/part.out"
expect "stf" "analysed manifest true" "$(row part $stf '[.outcome, .tier, (.artifact | startswith("part:"))] | join(" ")')"
expect "a file too small for ranges" "analysed whole 64" "$(row part $settings '[.outcome, .tier, (.artifact | length)] | join(" ")')"
awk -F'\t' '/\.apk/ && !/settings/ && ($2 != 206 || $6 !~ /^bytes=[0-9]+-[0-9]+$/)' "$state/access.log" >"$work/odd"
[ ! -s "$work/odd" ] || fail "a part came by something else than one absolute range" "$work/odd"
moved=$(awk -F'\t' '/apis.*\.apk/ { n += $3 } END { print n + 0 }' "$state/access.log")
[ "$moved" -lt 1000000 ] || fail "the manifest tier of apis moved $moved bytes"
ok "the manifest tier moves $moved of 6,419,064 bytes by single ranges; a small file comes whole"

: >"$state/access.log"
sweep code dex "$work/market.yaml"
expect "apis" "analysed dex" "$(row code $apis '[.outcome, .tier] | join(" ")')" "$work/code.out"
expect "an app that is mostly code" "analysed whole" "$(row code $stf '[.outcome, .tier] | join(" ")')"
ok "an app that is mostly code is fetched whole at tier dex"

# ---- a server that knows no ranges
serve_faults plain "$work/market"
market_file "$work/plain.yaml" "$url/fault/range-ignored/999999999/repo" "$fingerprint"
sweep plain manifest "$work/plain.yaml"
expect "apis without ranges" "analysed whole" "$(row plain $apis '[.outcome, .tier] | join(" ")')" "$work/plain.out" "$log"
ok "a server that ignores ranges gives the whole file"
