#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Who signed an APK, and does it hold: apksigner and we say the same of hundreds of APKs that were signed, changed, cut and put
# together again, and of every real one. Channels beside the signature, and one package under several signers, are told.
# shellcheck source=tests/e2e/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
e2e=$source_dir/tests/e2e
unset OVERREACH_CONTACT

scan() { exit_of "$overreach" scan "$@" 2>"$work/err"; } # APKs that cannot be read whole have signatures, too

compare() { "$e2e/compare_signers.py" "$@" || fail "apksigner and we do not say the same"; }

# ---- every way to sign, and what is done to signatures ---------------------------------------------------------------------

cases=$work/cases
"$e2e/sign_cases.py" "$cases"
scan --verify "$cases" >"$work/cases.jsonl"
compare --facts "$work/cases.jsonl" --cases "$cases/cases.tsv" "$cases"/*.apk

"$source_dir/scripts/get-apks" "${APKS:-test}" >"$work/list"
mapfile -t real <"$work/list"
scan --verify "${real[@]}" >"$work/real.jsonl"
compare --facts "$work/real.jsonl" "${real[@]}"

# The comparison can fail.
jq -c 'if .path | endswith("/v1-v2-v3.apk") then .verification[0].result = "mismatch:contents" else . end' \
        "$work/cases.jsonl" >"$work/wrong.jsonl"
if "$e2e/compare_signers.py" --facts "$work/wrong.jsonl" --cases "$cases/cases.tsv" "$cases/v1-v2-v3.apk" >"$work/said"; then
        fail "a wrong verdict was not found out" "$work/said"
fi
jq -c '(.signing[]?.sha256) |= sub("^.."; "00")' "$work/cases.jsonl" >"$work/wrong.jsonl"
if "$e2e/compare_signers.py" --facts "$work/wrong.jsonl" --cases "$cases/cases.tsv" "$cases/v2-rsa.apk" >"$work/said"; then
        fail "a wrong certificate was not found out" "$work/said"
fi
ok "a wrong verdict and a wrong certificate are found out"

# ---- what is asked for is added, nothing else changes --------------------------------------------------------------------------

scan "$cases" >"$work/plain.jsonl"
jq -e -s 'all(.[]; has("verification") | not)' "$work/plain.jsonl" >/dev/null || fail "signatures are verified without --verify"
for file in plain cases; do jq -c 'del(.verification, .passes)' "$work/$file.jsonl" >"$work/$file.rest"; done
cmp "$work/plain.rest" "$work/cases.rest" || fail "--verify changes other facts"
ok "--verify adds verification to the facts of $(wc -l <"$work/plain.rest") APKs and changes nothing else"

# ---- channels --------------------------------------------------------------------------------------------------------------------

facts() { jq -c "select(.path | endswith(\"/$1.apk\")) | $2" "$work/cases.jsonl"; }

for source in v1-v2-v3 v2-v3 rotated v2-rsa; do
        for expected in 'walle 0x71777777 {"channel":"huawei"}' 'vasdolly 0x881155ff 小米' 'packer 0x7a786b21 CHANNEL∘oppo∙'; do
                read -r name id text <<<"$expected"
                expect "channel of $source-with-$name" "$id $text" \
                        "$(facts "$source-with-$name" '.signing_extras[0] | .id + " " + .text' | jq -r .)"
        done
        expect "unknown pair of $source-with-unknown" '{"name":"unknown","id":"0x12345678","size":8}' \
                "$(facts "$source-with-unknown" '.signing_extras[0]')"
done
expect "channel in the comment of v1-rsa" '{"name":"vasdolly","size":6,"text":"huawei"}' "$(facts v1-rsa-with-comment '.signing_extras[0]')"
expect "anomalies of an APK with a channel" '["channel-block"]' "$(facts v2-rsa-with-walle '[.anomalies[].code]')"
ok "channels of Walle, VasDolly and packer-ng are told with their text, other pairs by name or number; signatures hold over them"

# ---- anomalies of signatures, which cost no verification ------------------------------------------------------------------------------

has_anomaly() { # NAME CODE
        facts "$1" '[.anomalies[].code]' | jq -e --arg code "$2" 'index($code)' >/dev/null ||
                fail "$1.apk has no anomaly $2: $(facts "$1" '[.anomalies[].code]')"
}
has_anomaly v1-v2-v3-without-v3 signature-stripped
has_anomaly v1-v2-v3-without-block signature-stripped
has_anomaly v1-v2-v3-without-block android-would-reject
has_anomaly v31-stripped signature-stripped
has_anomaly v1-list-and-block-gone unsigned
has_anomaly block-v3-of-another signers-differ
has_anomaly rotated signer-rotated
expect "anomalies of an APK signed by three schemes" '[]' "$(facts v1-v2-v3 '[.anomalies[].code]')"
ok "stripped, missing and differing signatures are anomalies without --verify, good ones are not"

# ---- one package, several signers ---------------------------------------------------------------------------------------------------

told() { scan "$@" >/dev/null && cat "$work/err"; }

cd "$cases"
digits() { awk -F'\t' -v key="$1" '$1 == key { print substr($2, 1, 12) }' keys.tsv; }
expect "files of one signer" "" "$(told v1-rsa.apk v1-rsa-with-comment.apk v2-rsa.apk)"
expect "files of two signers" "overreach scan: org.signed.level21t28: 2 different signers among the files: \
v1-ec.apk ($(digits ec)...), v1-rsa-with-comment.apk and 1 more ($(digits rsa)...)" \
        "$(told v1-rsa.apk v1-rsa-with-comment.apk v1-ec.apk v2-rsa.apk)"
expect "files before, at and after a rotation" "" "$(told v1-v2-v3.apk rotated.apk v1-v2.apk)"
expect "files of a history of three keys" "" "$(told v3-rsa.apk rotated-v3.apk rotated-twice.apk v3-ec.apk)"
expect "a key that is no part of the history" "overreach scan: org.signed.level28t34: 2 different signers among the files: \
rotated-twice.apk ($(digits rsa2)...), v3-dsa.apk ($(digits dsa)...)" "$(told rotated-twice.apk v3-dsa.apk)"
expect "several signers with --quiet" "" "$(told --quiet rotated-twice.apk v3-dsa.apk)"
ok "one package under several signers is told once, and rotated keys are one signer"
