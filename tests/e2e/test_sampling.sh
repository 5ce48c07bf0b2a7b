#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a report says of a sample (frames, strata, estimates, coverage by category) and of apps that stand in two markets: the same
# file, and the same name under another signer.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export OVERREACH_STORE=$work/store

# market NAME < apps: serves the folder of that name, writes $work/NAME.yaml
market() {
        local fingerprint
        fingerprint=$("$source_dir/tests/e2e/make_market.py" --key "$1" "$work/$1/repo")
        serve_folder "$1" "$work/$1"
        market_file "$work/$1.yaml" "$url/repo" "$fingerprint"
}
sweep() { # NAME option... MARKET...
        local name=$1
        shift
        "$overreach" sweep --quiet --name "$name" "$@" >"$work/$name.out" 2>&1 || fail "sweep $name ended with $?" "$work/$name.out"
}
rows() { # SWEEP TABLE FILTER: of the rows as a list
        "$overreach" report --json --table "$2" "$1" | jq -r "[.tables[0].rows[]] | $3"
}

"$source_dir/tests/e2e/make_apks.py" "$work/apks"
mkdir -p "$work/a/repo" "$work/b/repo"
cp "$work"/apks/good{0..14}.apk "$work/a/repo"
cp "$work"/apks/good{0..4}.apk "$work/b/repo"
keytool -genkeypair -keystore "$work/other.jks" -storepass secret -alias other -keyalg EC -dname CN=other -validity 9999 2>/dev/null
apksigner sign --ks "$work/other.jks" --ks-pass pass:secret "$work/b/repo/good4.apk" 2>"$work/signed" || fail "apksigner" "$work/signed"
rm -f "$work"/b/repo/*.idsig
for n in {0..14}; do echo "good$n.apk category=$([ "$n" -lt 11 ] && echo Games || echo Maps)"; done | market a
for n in {0..4}; do echo "good$n.apk category=Games"; done | market b

# ---- a sample by category
sweep sampled --sample 4 --seed 3 --by category "$work/a.yaml"
expect "what was drawn of which stratum" "category:Games 11 4 0.363636,category:Maps 4 4 1" \
        "$(rows sampled strata 'map("\(.stratum) \(.frame) \(.taken) \(.probability)") | join(",")')"
expect "coverage by category" "Games 11 7 4 4,Maps 4 0 4 4" \
        "$(rows sampled coverage_categories 'map("\(.category) \(.listed) \(.left_sample) \(.selected) \(.analysed.n)") | join(",")')"
expect "rows of which the cells do not add up to what was listed" 0 "$(rows sampled coverage_categories '
        map(select(.left_sample + .left_shard + .left_list + .analysed.n + .listing_only + .unanalysable + .unfetched + .pending
                != .listed)) | length')"
expect "coverage of the market" "listed 15,left 7,selected 8,fetched 8,analysed 8" \
        "$(rows sampled coverage 'map(select(.number != null) | "\(.step) \(.number)") | join(",")')"
expect "the estimate for all listed apps" "8/8 1" \
        "$(rows sampled permissions 'map(select(.permission == "android.permission.CAMERA"))[0] | "\(.apps_with.n)/\(.apps_with.of) \(.estimate.share)"')"
"$overreach" report sampled | tr '\n' ' ' | sed 's/  */ /g' | grep -q 'Figures are of a sample: 8 of 15 listed apps were drawn' ||
        fail "the report does not say that it is of a sample"
expect "frames of the export, taken and not" "7 false,8 true" "$("$overreach" export sampled |
        jq -r 'select(.table == "frames") | .record.taken' | sort | uniq -c | awk '{ print $1, $2 }' | paste -sd,)"
ok "a sample by category: strata with probabilities, cells that add up, estimates beside shares"

# ---- a list, and apps that are on it alone
printf 'org.good.app2\n# not this one\na/org.good.app3\nb/org.good.app1\n' >"$work/list"
sweep listed --list "$work/list" "$work/a.yaml"
expect "coverage of a list" "Games 9 2,Maps 4 0" \
        "$(rows listed coverage_categories 'map("\(.category) \(.left_list) \(.selected)") | join(",")')"
ok "a list leaves all others, and says so"

# ---- two markets
sweep both "$work/a.yaml" "$work/b.yaml"
expect "apps, names with several signers, files, of these in both markets" "16 1 16 4" "$(rows both overview '
        map({key: .measure, value: .number}) | from_entries | "\(.apps) \(.lookalikes) \(.artifacts) \(.artifacts_shared)"')"
expect "requests for APKs in all three sweeps" 16 "$(cat "$work"/nginx-*/access.log | grep -c '\.apk')"
expect "the look-alikes" "org.good.app4 a,org.good.app4 b" \
        "$(rows both lookalikes 'map("\(.package) \(.markets | join("+"))") | sort | join(",")')"
expect "signers of the look-alikes" 2 "$(rows both lookalikes 'map(.signers[]) | unique | length')"
"$overreach" verify --quiet | grep -q ': 0 problems' || fail "the database has problems"
ok "the same file in two markets is one app, the same name under another signer another one"

# ---- a rotated key
mkdir -p "$work/c/repo"
keytool -genkeypair -keystore "$work/next.jks" -storepass secret -alias next -keyalg EC -dname CN=next -validity 9999 2>/dev/null
apksigner rotate --out "$work/lineage" --old-signer --ks "$work/other.jks" --ks-pass pass:secret \
        --new-signer --ks "$work/next.jks" --ks-pass pass:secret 2>"$work/signed" || fail "apksigner rotate" "$work/signed"
signed() { # FILE OUT option...: signed anew
        apksigner sign "${@:3}" --out "$work/c/repo/$2" "$work/apks/$1" 2>"$work/signed" || fail "apksigner sign $1" "$work/signed"
        rm -f "$work/c/repo/$2.idsig"
}
old=(--ks "$work/other.jks" --ks-pass pass:secret) new=(--ks "$work/next.jks" --ks-pass pass:secret)
signed good0.apk good0.apk "${old[@]}"
signed good1.apk good1.apk "${old[@]}"
printf 'good%s.apk\n' 0 1 | market c
sweep before "$work/c.yaml"
signed good0.apk good0.apk "${old[@]}" --next-signer "${new[@]}" --lineage "$work/lineage"
signed good1.apk good1.apk "${new[@]}"
printf 'good%s.apk\n' 0 1 | "$source_dir/tests/e2e/make_market.py" --key c --timestamp 1700000000005 "$work/c/repo" >/dev/null
sweep after "$work/c.yaml"
expect "what became of the signers" "org.good.app0 rotated,org.good.app1 yes" "$("$overreach" diff --json --table diff_apps before after |
        jq -r '[.tables[0].rows[] | "\(.package) \(.signer_changed)"] | join(",")')"
ok "a key that was rotated is told apart from another signer"
