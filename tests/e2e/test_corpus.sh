#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A generated market of known contents (CORPUS=1000 apps; any number by hand) in two states: after a sweep of each, every count of the
# report and every change between the two equals the generator's. The second sweep's index comes as a diff.
set -euo pipefail
source_dir=${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
overreach=${OVERREACH:-$source_dir/build/release/overreach}
check=$source_dir/tests/e2e/check_corpus.py
work=$(mktemp -d)
state="" url="" fingerprint=""
cleanup() {
        [ -z "$state" ] || "$source_dir/scripts/serve" --stop "$state"
        rm -rf "$work"
}
trap cleanup EXIT
export OVERREACH_STORE=$work/store

eval "$("$source_dir/scripts/make-corpus" "$work/corpus" "${CORPUS:-1000}")"
eval "$("$source_dir/scripts/serve" --state "$work/nginx" "$work/corpus" 0)"
cat >"$work/corpus.yaml" <<END
title: Generated corpus
kind: fdroid
url: $url/repo
fingerprint: $fingerprint
categories: f_droid
loopback: true
requests_per_second: 1000
connections: 16
END

sweep() { # name
        local begin=$SECONDS
        "$overreach" sweep --quiet --name "$1" "$work/corpus.yaml"
        echo "sweep $1 took $((SECONDS - begin)) s"
}

sweep first
"$overreach" report --json first >"$work/first.json"
"$check" "$work/corpus" "$work/first.json"

"$source_dir/scripts/make-corpus" "$work/corpus" --second-state >/dev/null
: >"$work/nginx/access.log"
sweep second
"$overreach" report --json second >"$work/second.json"
"$check" --second "$work/corpus" "$work/second.json"
"$overreach" diff --json first second >"$work/diff.json"
"$check" --changes "$work/corpus" "$work/diff.json"

# What had not changed was not fetched again, and the index came as a diff.
updated=$(grep -cE $'\t(updated|added)\t' "$work/corpus/changes.tsv")
fetched=$(grep -c '\.apk' "$work/nginx/access.log")
[ "$fetched" -eq "$updated" ] || { echo "FAIL: $updated APKs were new, $fetched were fetched" >&2 && exit 1; }
grep -q '/repo/diff/' "$work/nginx/access.log" || { echo "FAIL: the index did not come as a diff" >&2 && exit 1; }
echo "ok: $fetched APKs fetched for the second sweep, index by diff"
