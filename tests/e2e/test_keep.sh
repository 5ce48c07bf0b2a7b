#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What stays of the APKs after their analysis: nothing by default, all of them, as many as the budget takes, or those that the judgement
# names.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

"$source_dir/scripts/make-corpus" --check 0 --bulk 300 "$work/corpus" 16 >"$work/made"
serve_faults market "$work/corpus"
market_file "$work/corpus.yaml" "$url/repo" "$(sed -n 's/^fingerprint=//p' "$work/made")"

sweep() { # STORE [option...]
        "$overreach" sweep --name s --store "$work/$1" --quiet "${@:2}" "$work/corpus.yaml" >"$work/$1.out" 2>"$work/$1.err" ||
                fail "the sweep $1 failed" "$work/$1.err"
        expect "parts that $1 left" "" "$(ls "$work/$1/parts" 2>/dev/null || true)"
}

kept() { find "$work/$1/blobs" -type f -printf '%f\n' 2>/dev/null | sed 's/\.apk$//' | sort; } # digests

artifacts() { "$overreach" export --store "$work/$1" s | jq -r 'select(.table == "observations") | .record.artifact' | sort -u; }

sweep none
expect "APKs kept by default" "" "$(kept none)"
ok "by default nothing stays"

sweep all --keep all
expect "APKs kept by --keep all" "$(artifacts all)" "$(kept all)"
while read -r sha256; do
        expect "digest of a kept file" "$sha256" "$(sha256sum "$work/all/blobs/${sha256:0:2}/$sha256.apk" | cut -d ' ' -f 1)"
done < <(kept all)
ok "--keep all keeps all $(kept all | wc -l), under the digests of their bytes"

sweep budget --keep all --keep-budget 100K
bytes=$(find "$work/budget/blobs" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }')
[ "$bytes" -gt 0 ] && [ "$bytes" -le 102400 ] || fail "a budget of 100 KB keeps $bytes bytes"
ok "a budget of 100 KB keeps $(kept budget | wc -l) APKs of $bytes bytes"

sweep named --keep named
named=$("$overreach" export --store "$work/named" s | jq -rs '
        (map(select(.table == "findings" and any(.record.findings[]?; .verdict == "not-advised")) | .package)) as $named |
        map(select(.table == "observations") | select(.package | IN($named[])) | .record.artifact)[]' | sort -u)
expect "APKs kept by --keep named" "$named" "$(kept named)"
[ "$(kept named | wc -l)" -lt "$(kept all | wc -l)" ] || fail "the judgement names every app: nothing was shown"
ok "--keep named keeps the $(kept named | wc -l) that the judgement names"
