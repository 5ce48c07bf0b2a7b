#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test_corpus.sh [N]      (1000 apps)
# A generated market of known contents in two states. After a sweep of each, every count of the report (JSON and CSV), every app's
# facts, and every change between the two equal the generator's. The second sweep asks conditionally, gets the index as a diff, and
# fetches nothing that has not changed; a third finds the index unchanged and fetches nothing. Prints times, memory and sizes.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
apps=${1:-${CORPUS:-1000}}
check=$source_dir/tests/e2e/check_corpus.py
export OVERREACH_STORE=$work/store

timed() { # WHAT COMMAND...: says how long it took and what the largest of its processes held
        local what=$1 code=0
        shift
        /usr/bin/time -f "$what: %e s, %U s + %S s of CPU, at most %M kB" -o "$work/time" "$@" || code=$?
        tail -n 1 "$work/time" >&2
        return "$code"
}

sweep() { # NAME
        timed "sweep $1" "$overreach" sweep --quiet --name "$1" "$work/corpus.yaml" >"$work/$1.out"
        "$overreach" status --json | jq -r --arg name "$1" '.sweeps[] | select(.name == $name) | "  done \(.errands.done), state \(.state)"'
        echo "  $(grep 'this run' "$work/$1.out")"
        grep -q "sweep $1 .*: done" "$work/$1.out" || fail "the sweep is not done" "$work/$1.out"
}

compare() { # NAME [--second]
        timed "report $1" "$overreach" report --out "$work/report-$1" "$1"
        timed "export $1" "$overreach" export --output "$work/$1.jsonl" "$1"
        "$check" "${@:2}" "$work/corpus" "$work/report-$1" "$work/$1.jsonl"
}

asked() { grep -c "$1" "$state/access.log" || true; } # PATTERN: how many requests since the log was emptied

timed "generation" "$source_dir/scripts/make-corpus" "$work/corpus" "$apps" >"$work/made"
fingerprint=$(sed -n 's/^fingerprint=//p' "$work/made")
serve_folder corpus "$work/corpus"
market_file "$work/corpus.yaml" "$url/repo" "$fingerprint"

sweep first
compare first
expect "requests for APKs" "$apps" "$(asked '\.apk')"

timed "second state" "$source_dir/scripts/make-corpus" "$work/corpus" --second-state >/dev/null
: >"$state/access.log"
sweep second
compare second --second
timed "diff" "$overreach" diff --out "$work/change" first second
"$check" --changes "$work/corpus" "$work/change"
grep -E $'\t(updated|added)\t' "$work/corpus/changes.tsv" | cut -f 1 | sort >"$work/new"
cut -f 5 "$state/access.log" | sed -n 's|^/repo/\(.*\)_[0-9]*\.apk$|\1|p' | sort >"$work/fetched"
cmp "$work/new" "$work/fetched" || fail "not just what had changed was fetched" "$work/new" "$work/fetched"
expect "requests for a diff of the index" 1 "$(asked /repo/diff/)"
expect "requests for the whole index" 0 "$(asked /repo/index-v2.json)"
grep -q $'/repo/entry.jar\t[^\t]*\t[^\t][^\t]*\t' "$state/access.log" || fail "entry.jar was not asked for conditionally" "$state/access.log"
ok "$(wc -l <"$work/fetched") APKs fetched for the second sweep, just those that are new; the index came as a diff"

: >"$state/access.log"
sweep third
expect "requests when nothing has changed" $'304 /repo/entry.jar' "$(cut -f 2,5 --output-delimiter=' ' "$state/access.log" | grep -v robots.txt)"
"$overreach" report --out "$work/report-third" third
"$check" --second "$work/corpus" "$work/report-third"
ok "with an unchanged index one conditional request is all, and the report is the same"
"$overreach" verify --quiet | tail -n 1
echo "database: $(du -sh "$OVERREACH_STORE" | cut -f 1) ($(du -sh "$OVERREACH_STORE/db" | cut -f 1) in RocksDB) after three sweeps of $apps apps"
