#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test_truth.sh [--verbose]
# More than a hundred small apps, each assembled by aapt2, smali and apksig around one planted behaviour (tests/truth/README.md).
# Prints precision and recall of every pass over all of them; both must be 0.95 or more.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
truth=${BUILD_DIR:-$source_dir/build}/truth

"$source_dir/scripts/make-truth" "$truth"
exit_of "$overreach" scan "$truth/apps" >"$work/scan.jsonl" 2>"$work/scan.err"
expect "exit code of the scan" 0 "$code" "$work/scan.err"
"$overreach" scan --jobs 1 "$truth/apps" >"$work/again.jsonl"
cmp "$work/scan.jsonl" "$work/again.jsonl" || fail "a second scan of the same apps says something else"
# The corpus itself, by the tools that made it: one app signed as Android wants it.
apksigner verify "$truth/apps/calls-01-direct.apk" || fail "apksigner does not verify what was made"
"$source_dir/tests/e2e/check_truth.py" "$@" "$source_dir/tests/truth/cases" "$work/scan.jsonl"
