#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The demo on real APKs from the npm registry, and what it must have found.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$SOURCE_DIR/scripts/demo" --dir "$work" >"$work.log" 2>&1 || { cat "$work.log" && exit 1; }
rm -f "$work.log"

# What happened to io.appium.settings: permissions before and after, markets, signer.
change=$(jq -r '.tables[] | select(.key == "diff_apps") | .rows[] | select(.package == "io.appium.settings")
        | "\(.permissions_before) \(.permissions_after) \(.market) \(.signer_changed)"' "$work/change/report.json")
expected="10 27 demo-a → demo-b yes"
[ "$change" = "$expected" ] || { echo "io.appium.settings: expected \"$expected\", seen \"$change\"" && exit 1; }
echo "ok: io.appium.settings goes from 10 to 27 permissions and changes its signer"

how=$("$OVERREACH" status --json --store "$work/store" | jq -r '[.sweeps[] | .results[].how] | join(" ")')
[ "$how" = "full full diff diff" ] || { echo "indexes came by: expected \"full full diff diff\", seen \"$how\"" && exit 1; }
echo "ok: both indexes of the second sweep came as diffs (one written by fdroidserver, one by our script)"

outcomes=$("$OVERREACH" export latest --store "$work/store" | jq -r 'select(.table == "observations") | .record.outcome' | sort -u)
[ "$outcomes" = analysed ] || { echo "outcomes: expected only \"analysed\", seen: $outcomes" && exit 1; }
echo "ok: every app of the second sweep was analysed"

for page in report/report.en.html report/report.zh.html change/report.en.html; do
        grep -q "ODbL" "$work/$page" || { echo "$page lacks the ODbL notice" && exit 1; }
        if grep -qE '<script|src=|href="http' "$work/$page"; then echo "$page is not self-contained" && exit 1; fi
done
echo "ok: the pages are self-contained and carry the notice"
