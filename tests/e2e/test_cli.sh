#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The verbs as their users meet them: help, exit codes, JSON, scan, and studies that are repeated.
# shellcheck source=tests/e2e/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
e2e=$source_dir/tests/e2e
export OVERREACH_STORE=$work/store
unset OVERREACH_CONTACT

# ends CODE WORDS...: the command ends with that exit code; leaves $work/out and $work/err
ends() {
        local wanted=$1
        shift
        exit_of "$overreach" "$@" >"$work/out" 2>"$work/err"
        expect "exit code of \"overreach $*\"" "$wanted" "$code" "$work/out" "$work/err"
}

says() { # PATTERN: the last command said so on stderr
        grep -qE "$1" "$work/err" || fail "stderr does not say \"$1\"" "$work/err"
}

# ---- help ---------------------------------------------------------------------------------------------------------------

mapfile -t verbs < <("$overreach" help | sed -n 's/^  \([a-z]\+\)  .*/\1/p')
[ ${#verbs[@]} -ge 12 ] || fail "only ${#verbs[@]} verbs are listed"
for verb in "" "${verbs[@]}"; do
        # shellcheck disable=SC2086 # the first one is no word at all
        ends 0 $verb --help
        [ "$(wc -L <"$work/out")" -le 80 ] || fail "help of \"$verb\" is wider than 80 columns" "$work/out"
        most=45
        [ "$verb" != sweep ] || most=75 # which apps, how deep, how gently, what stays: each has its options
        [ "$(wc -l <"$work/out")" -le "$most" ] || fail "help of \"$verb\" is longer than $most lines" "$work/out"
        [ ! -s "$work/err" ] || fail "help of \"$verb\" went to stderr" "$work/err"
        grep -q "^ *\(Start with: *\)\?overreach ${verb:-scan}" "$work/out" || fail "help of \"$verb\" has no example" "$work/out"
        grep -q 'Exit codes: 0 done' "$work/out" || fail "help of \"$verb\" tells no exit codes" "$work/out"
        if [ -n "$verb" ]; then "$overreach" help "$verb" | cmp - "$work/out"; fi
done
ok "the help of all ${#verbs[@]} verbs fits 80 columns and a screen (sweep: two), with an example and the exit codes"
"$source_dir/scripts/make-man" --check --overreach "$overreach" || fail "docs/man is out of date"
if command -v man >/dev/null && [ -f "$source_dir/docs/man/overreach.1" ]; then
        for page in "$source_dir"/docs/man/*.1; do
                if ! LC_ALL=C man --warnings -l "$page" >"$work/page" 2>"$work/warnings" || [ -s "$work/warnings" ]; then
                        grep -q 'No such file\|cannot execute' "$work/warnings" || fail "$page" "$work/warnings"
                fi
        done
fi
ok "docs/man is what the option tables say, without a warning of man"

# ---- what is said to mistakes --------------------------------------------------------------------------------------------

ends 2
ends 2 swep && says 'Did you mean "sweep"'
ends 2 help reprot && says 'Did you mean "report"'
ends 2 sweep --smaple 3 f-droid && says 'Unknown option --smaple. Did you mean --sample\?'
ends 2 sweep --sample much f-droid && says 'Cannot parse'
ends 2 sweep && says 'name at least one market'
ends 2 sweep f-driod && says 'no market "f-driod"; there are: androzoo apple '
ends 2 scan && says 'name at least one'
ends 2 scan "$work/absent.apk" && says 'absent.apk: No such file'
ends 2 diff one && says 'two sweeps'
ends 2 report --format pdf
ends 2 report && says 'there is no overreach database'
ends 2 sweep --name 12 f-droid && says 'not "latest" or a number'
[ ! -e "$work/store" ] || fail "a mistake made a database"
ok "mistakes end with exit code 2, say what was wrong and what was perhaps meant, and make no database"
: >"$work/plain.file"
ends 5 sweep --store "$work/plain.file/store" --contact a@example.org f-droid && says 'plain.file'
ok "a database that cannot be made ends with exit code 5"

# ---- scan ----------------------------------------------------------------------------------------------------------------

"$e2e/make_apks.py" "$work/apks"
mkdir -p "$work/many/below"
for n in 0 1 2 3 4 5; do cp "$work/apks/good$n.apk" "$work/many/below/app$n.apk"; done
cp "$work/apks/text.apk" "$work/many/a.APK"
cp "$work/apks/text.apk" "$work/many/note.txt"
ends 0 scan "$work/apks/good0.apk"
jq -e '
        (keys_unsorted[:14] == ["path", "sha256", "outcome", "package", "version_code", "version_name", "label", "min_sdk", "target_sdk",
                "permissions", "components", "signers", "sdks", "anomalies"]) and
        .outcome == "analysed" and .package == "org.good.app0" and .version_code == 100 and .version_name == "1.0" and
        .label == "Good 0" and .min_sdk == 21 and .target_sdk == 34 and
        (.permissions | map(.name) == ["android.permission.CAMERA", "android.permission.READ_CONTACTS"]) and
        all(.permissions[]; keys_unsorted[:4] == ["name", "max_sdk", "sdk23", "flags"] and (.sdk23 | type) == "boolean" and
                (.flags | type) == "array") and
        all(.components[]; keys_unsorted[:3] == ["kind", "name", "exported"] and (.exported | type) == "boolean") and
        (.components | map([.kind, .name]) == [["activity", "org.good.app0.Main"], ["receiver", "org.good.app0.Upkeep"]]) and
        (.signers | length) == 1 and (.signers[0] | test("^[0-9a-f]{64}$")) and
        all(.sdks[]; keys_unsorted == ["id", "confidence", "evidence"] and all(.evidence[]; keys_unsorted == ["kind", "value"])) and
        (.sdks | map(.id) == ["fcm"]) and (.anomalies | type) == "array"' "$work/out" >/dev/null || fail "scan's object is not as promised" "$work/out"
expect "digest that scan prints" "$(sha256sum <"$work/apks/good0.apk" | cut -d' ' -f1)" "$(jq -r .sha256 "$work/out")"
ok "scan prints the promised keys, in order, with the promised types"
ends 3 scan "$work/apks/text.apk"
expect "outcome of a file that is no APK" unanalysable:not-a-zip "$(jq -r .outcome "$work/out")"
jq -e 'keys_unsorted[:14] | index("permissions")' "$work/out" >/dev/null && ok "a file that is no APK has the same keys, its reason, and exit code 3"
ends 3 scan -j 3 "$work/many"
expect "files below a folder, in order" "a.APK app0.apk app1.apk app2.apk app3.apk app4.apk app5.apk" \
        "$(jq -r '.path | split("/") | last' "$work/out" | paste -sd' ')"
ends 0 scan -j 3 "$work"/apks/good{7,3,5,1}.apk
expect "files in the order of the arguments" "7 3 5 1" "$(jq -r '.package | ltrimstr("org.good.app")' "$work/out" | paste -sd' ')"
ends 3 scan "$work/apks/good1.apk" "$work/absent.apk" "$work/apks/good2.apk" && says 'absent.apk: No such file'
expect "outcomes with one file missing" "analysed unanalysable:no-file analysed" "$(jq -r .outcome "$work/out" | paste -sd' ')"
ok "many files come in the order of the arguments, a folder's sorted, and one that is missing costs only itself"
ends 0 scan --classes "$work/apks/good0.apk"
grep -qx 'Lorg/good/app0/Main;' "$work/out" || fail "the classes do not hold Main" "$work/out"

# ---- a market and its exit codes -----------------------------------------------------------------------------------------

mkdir -p "$work/www/repo"
cp "$work"/apks/*.apk "$work/www/repo"
for n in {0..19}; do echo "good$n.apk"; done >"$work/apps"
fingerprint=$("$e2e/make_market.py" "$work/www/repo" <"$work/apps")
serve_faults main "$work/www" && market_file "$work/m.yaml" "$url/repo" "$fingerprint"
market_file "$work/gone.yaml" "$url/nothing" "$fingerprint"
echo '{"kind": "f' >"$work/broken.yaml"

sed 's/^loopback: true/loopback: false/' "$work/m.yaml" >"$work/public.yaml"
ends 2 sweep "$work/public.yaml" && says 'needs --contact'
ends 2 sweep --contact 'not an address' "$work/public.yaml"
ends 2 sweep --contact $'a@example.org\r\nX-Other: 1' "$work/public.yaml"
[ ! -s "$log" ] || fail "a request was made without a contact" "$log"
ok "a public market without a contact ends with exit code 2 before any request"
ends 2 sweep "$work/broken.yaml" && says 'broken.yaml'
ends 4 sweep "$work/gone.yaml" && says 'neither entry.jar nor index-v1.jar'
ok "a market file with a mistake ends with 2, a sweep without any market with 4"

ends 0 sweep --sample 5 --name five "$work/m.yaml"
ends 0 sweep --sample 5 --name five-again "$work/m.yaml"
ends 0 sweep --sample 5 --name other --seed 1 "$work/m.yaml"
packages() { "$overreach" export "$1" | jq -r 'select(.table == "observations") | .package'; }
expect "apps of --sample 5" 5 "$(packages five | wc -l)"
expect "apps of the same sample again" "$(packages five)" "$(packages five-again)"
[ "$(packages five)" != "$(packages other)" ] || fail "another seed took the same apps"
ok "--sample 5 takes five apps, the same ones each time, others with another seed"
ends 2 sweep --sample 6 --name five "$work/m.yaml" && says 'five.*is done.*"sample" differs'
ends 0 sweep --sample 5 --name five "$work/m.yaml" && grep -q 'was done already' "$work/out" || fail "a sweep that was done is not told so" "$work/out"
ok "a name that is taken by a sweep of other settings is refused"

echo "text.apk" >>"$work/apps"
"$e2e/make_market.py" --timestamp 1700000000005 "$work/www/repo" <"$work/apps" >/dev/null
ends 3 sweep --name all "$work/m.yaml"
grep -q 'lost: not-a-zip 1' "$work/out" || fail "the sweep does not say why one app was lost" "$work/out"
ends 0 report all
ends 1 report --fail-on over all
ends 2 report --fail-on everything all
ok "sweep ends with 3 when an app could not be read and says why; report --fail-on over ends with 1 when an app asks for too much"

# ---- JSON ------------------------------------------------------------------------------------------------------------------

json() { # CODE WORDS...: what comes is JSON and nothing else
        ends "$@"
        jq -e . "$work/out" >/dev/null || fail "\"overreach ${*:2}\" does not print JSON" "$work/out"
}
json 3 sweep --json --name all "$work/m.yaml"
json 0 judge --json all
json 0 report --json all
json 0 diff --json five all
json 0 export all
json 0 export --canonical all
json 0 status --json
json 0 verify --json
json 0 version --json
json 0 markets --json
json 0 markets show f-droid
json 0 markets check --json "$work/m.yaml"
json 2 markets check --json "$work/m.yaml" "$work/broken.yaml"
json 0 backup --json "$work/copy"
json 3 scan --json "$work/many"
ok "every verb that prints data prints JSON with --json"

ends 0 report --format csv --table overview all && head -1 "$work/out" | grep -q '^measure,' || fail "no CSV" "$work/out"
ends 2 report --format csv all && says 'one table'
ends 2 report --table nonsense all && says 'there is no table "nonsense"; there are overview'
ends 0 report --lang zh all && grep -q '不建议\|个人信息\|应用' "$work/out" || fail "no Chinese" "$work/out"
ends 0 markets && grep -q '^izzyondroid ' "$work/out" || fail "markets are not listed" "$work/out"
ends 0 markets list
ends 0 markets check "$work/m.yaml" && grep -q 'm.yaml: ok, market "m"' "$work/out"
ends 2 markets check "$work/broken.yaml" "$work/m.yaml" && says 'broken.yaml' && grep -q 'm.yaml: ok' "$work/out" || fail "the other file was not checked" "$work/out"
ends 2 markets show nowhere
ok "reports in one table, in CSV and in Chinese; markets are listed, shown and checked"

# ---- studies that are repeated ------------------------------------------------------------------------------------------------

"$overreach" export --canonical all >"$work/canonical.jsonl"
if jq -c 'paths | last' "$work/canonical.jsonl" |
        grep -xE '"(seen_at_ms|attempts|wire_bytes|url|started_ms|finished_ms|runs|since_sweep|how)"' >"$work/times"; then
        fail "a canonical export tells of the run" "$work/times"
fi
[ "$("$overreach" export all | jq -c 'paths | last' | grep -cx '"seen_at_ms"')" -gt 0 ] || fail "a plain export leaves out times"
ok "a canonical export has no times, attempts or counts of runs"
"$overreach" report all >"$work/report.txt"
"$overreach" report --store "$work/copy" all | cmp - "$work/report.txt" || fail "the backup's report differs"
ends 2 backup "$work/copy"
ok "the report made from a backup equals the original's; an existing folder is not overwritten"

kill "${faulty[0]}" # no server from here on
exit_of wait "${faulty[0]}" 2>/dev/null
cp -r "$source_dir/data" "$work/data"
first=$("$overreach" judge --json all | jq -r .rule_set)
table=$work/data/categories/store_categories.tsv
sed -i 's/^\(f_droid\tNavigation\t\)map_navigation/\1utility/' "$table"
! cmp -s "$source_dir/data/categories/store_categories.tsv" "$table" || fail "the row of the category table was not found"
second=$(OVERREACH_DATA=$work/data "$overreach" judge --json all | jq -r .rule_set)
[ "$first" != "$second" ] || fail "another table gave the same rule set $first"
expect "rule sets whose findings are kept" "$(printf '%s\n' "$first" "$second" | sort)" \
        "$("$overreach" export all | jq -r 'select(.table == "findings") | .layer' | sort -u)"
types() { "$overreach" report --json --rules "$1" all | jq -r '[.. | .app_type? // empty | strings] | unique | join(" ")'; }
[ "$(types "$first")" != "$(types "$second")" ] || fail "the report does not tell the two rule sets apart: $(types "$first")"
ends 0 verify
ok "judging again without a server by another table gives another rule set, and both are kept"
