#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sources that are no market's page: a folder and a CSV file on this machine, a hash list behind a key; and the privacy policies that
# listings name.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export OVERREACH_STORE=$work/store

sweep() { # NAME option... MARKET...: ends with 0, or with 3 where apps could not be had
        local name=$1
        shift
        exit_of "$overreach" sweep --name "$name" "$@" >"$work/$name.out" 2>&1
        [ "$code" = 0 ] || [ "$code" = 3 ] || fail "sweep $name ended with $code" "$work/$name.out"
}
outcomes() { # SWEEP: "org.good.app0 analysed,..."
        "$overreach" export "$1" | jq -r 'select(.table == "observations") | "\(.package) \(.record.outcome)"' | paste -sd,
}
result() { # SWEEP .field
        "$overreach" export "$1" | jq -r "select(.table == \"sweeps\") | .record.results[0]$2"
}
requests() { awk -F'\t' -v status="$1" -v path="$2" '$2 ~ status && index($5, path) == 1' "$state/access.log" | wc -l; } # STATUS PATH

"$source_dir/tests/e2e/make_apks.py" "$work/apks" >/dev/null

# ---- a folder
mkdir -p "$work/shelf/more" "$work/outside"
cp "$work/apks/good0.apk" "$work/shelf/first app.apk"
cp "$work/apks/good1.apk" "$work/shelf/more/second.APK"
cp "$work/apks/good2.apk" "$work/outside/third.apk"
echo "no app" >"$work/shelf/notes.txt"
ln -s ../outside/third.apk "$work/shelf/third.apk"
ln -s ../outside "$work/shelf/door"
printf 'title: Shelf\nkind: corpus\nfolder: shelf\ncategories: none\n' >"$work/shelf.yaml"
sweep folder "$work/shelf.yaml"
expect "apps of the folder" "first_app analysed,second analysed" "$(outcomes folder)" "$work/folder.out"
grep -q 'links_not_followed.*count=2' "$work/folder.out" ||
        fail "links that were not followed are not told" "$work/folder.out"
ok "a folder is swept without its links"

# ---- a CSV file
{
        echo "path,package,category,sha256"
        echo "shelf/first app.apk,org.good.app0,tools,$(sha256sum "$work/shelf/first app.apk" | cut -c-64)"
        echo "shelf/more/second.APK,org.good.app1,games,$(printf '0%.0s' {1..64})"
        echo "shelf/third.apk,org.good.app2,games,"
        echo "../etc/passwd.apk,org.evil,games,"
        echo "shelf/gone.apk,org.gone,tools,"
} >"$work/list.csv"
printf 'title: List\nkind: corpus\nfolder: list.csv\ncategories: none\n' >"$work/list.yaml"
sweep csv "$work/list.yaml"
outcomes csv >"$work/csv.outcomes"
grep -q 'org.good.app0 analysed' "$work/csv.outcomes" || fail "the app of the CSV file was not analysed" "$work/csv.outcomes" "$work/csv.out"
grep -q 'org.good.app1 unfetched:digest-mismatch' "$work/csv.outcomes" || fail "a wrong digest is not told" "$work/csv.outcomes"
expect "apps that lie nowhere below the folder" 2 "$(tr , '\n' <"$work/csv.outcomes" | grep -c 'app2 unfetched:\|gone unfetched:')" "$work/csv.outcomes"
expect "what the CSV file's rows were" 4 "$(result csv .listed)"
result csv .detail | grep -q 'file-name (../etc/passwd.apk)' || fail "the path that leaves the folder is not told" "$work/csv.out"
ok "a CSV file names apps, categories and digests; what leaves the folder is left out"

# ---- a hash list
mkdir -p "$work/zoo/apks" "$work/secrets"
echo "sha256,sha1,md5,dex_date,apk_size,pkg_name,vercode,vt_detection,vt_scan_date,dex_size,markets" >"$work/zoo/list.csv"
for n in {0..9}; do
        digest=$(sha256sum "$work/apks/good$n.apk" | cut -c-64)
        cp "$work/apks/good$n.apk" "$work/zoo/apks/$digest"
        echo "${digest^^},,,,$(stat -c %s "$work/apks/good$n.apk"),\"org.good.app$n\",1,0,2020-01-0$((n % 9 + 1)) 00:00:00,1,$([ $((n % 2)) = 0 ] && echo 'play.google.com|anzhi' || echo fdroid)" >>"$work/zoo/list.csv"
done
gzip -n <"$work/zoo/list.csv" >"$work/zoo/list.csv.gz"
serve_folder zoo "$work/zoo"
zoo() { # [line...]
        {
                printf 'title: Zoo\nkind: hashes\nurl: %s\nlist_url: %s/list.csv.gz\n' "$url" "$url"
                printf 'apk_url: "%s/apks/{sha256}?apikey={key}"\nkey_file: zoo\ncategories: none\nloopback: true\n' "$url"
                printf 'requests_per_second: 1000\nconnections: 8\n'
                printf '%s\n' "$@"
        } >"$work/zoo.yaml"
}
printf '  KEY-5ecret-KEY\n' >"$work/secrets/zoo"
zoo "only_markets: [anzhi]"
chmod 644 "$work/secrets/zoo"
exit_of "$overreach" sweep --secrets "$work/secrets" --name open "$work/zoo.yaml" >"$work/open.out" 2>&1
grep -q 'chmod 600' "$work/open.out" || fail "a key that others may read is taken" "$work/open.out"
expect "requests before the key was looked at" 0 "$(requests . /)"
chmod 600 "$work/secrets/zoo"
sweep hashes -v --secrets "$work/secrets" --sample 3 --seed 7 "$work/zoo.yaml"
expect "the frame of the hash list and its sample" "5 3" "$(result hashes .listed) $(result hashes .selected)" "$work/hashes.out"
expect "apps of the sample" 3 "$(outcomes hashes | tr , '\n' | grep -c ' analysed$')" "$work/hashes.out"
expect "probability of being drawn" 0.6 "$("$overreach" export hashes | jq -r 'select(.table == "observations") | .record.draw.probability' | sort -u)"
expect "apps that were fetched" 3 "$(requests 200 /apks/)" "$state/access.log"
if grep -rq '5ecret' "$work/store" "$work/hashes.out"; then fail "the key stands in the store or in what was printed" "$work/hashes.out"; fi
ok "a hash list: filter, sample and frame; the key is not in what is kept or printed"

sweep again --secrets "$work/secrets" --sample 3 --seed 7 "$work/zoo.yaml"
expect "the same apps" "$(outcomes hashes)" "$(outcomes again)"
expect "the list, unchanged" 1 "$(requests 304 /list)" "$state/access.log"
expect "apps that are known by their digests" 3 "$(requests . /apks/)" "$state/access.log"
ok "the list is asked for conditionally, and known digests are not fetched again"

printf '\377' | dd of="$work/store/parts/zoo.list" bs=1 seek=100 conv=notrunc 2>/dev/null
sweep mended --secrets "$work/secrets" --sample 3 --seed 7 "$work/zoo.yaml"
expect "apps after the kept list was damaged" "$(outcomes hashes)" "$(outcomes mended)" "$work/mended.out"
expect "the list, fetched anew" 2 "$(requests 200 /list)" "$state/access.log"
ok "a kept list that is damaged is fetched anew"

# ---- privacy policies
mkdir -p "$work/web/secret"
printf '<html lang="en"><head><title>Policy</title></head><body><p>We take your location.</p></body></html>' >"$work/web/good.html"
printf '%%PDF-1.4' >"$work/web/paper.pdf"
cp "$work/web/good.html" "$work/web/secret/page.html"
printf 'User-agent: *\nDisallow: /secret\n' >"$work/web/robots.txt"
serve_folder web "$work/web"
number=0
for page in good.html good.html#again paper.pdf nothing.html secret/page.html; do
        jq -nc --arg p "org.app$((++number))" --arg u "$url/$page" '{package: $p, privacy: $u}'
done | jq -sc '{apps: .}' >"$work/web/apps.json"
{
        printf 'title: Pages\nkind: json\nurl: %s\ncategories: none\nloopback: true\nrequests_per_second: 1000\nconnections: 8\n' "$url"
        printf 'requests:\n  - verb: list\n    url: "{base}/apps.json"\n    items: apps[]\n'
        printf '    fields:\n      package: package\n      privacy_url: privacy\n'
} >"$work/pages.yaml"
sweep pages --policies --policy-gap 1 "$work/pages.yaml"
expect "states of the policies" "dead 1 404,fetched 2 200,not-text 1 200,robots 1 null" "$("$overreach" policies --json pages |
        jq -r '.policies | sort_by(.state)[] | "\(.state) \(.apps) \(.checks[-1].status)"' | paste -sd,)" "$work/pages.out"
expect "requests for the page that is not there" 2 "$(requests 404 /nothing.html)" "$state/access.log"
expect "requests for what robots.txt keeps from us" 0 "$(requests . /secret)" "$state/access.log"
expect "words of a policy" "We take your location." "$("$overreach" policies --text "$url/good.html")"
"$overreach" policies pages --state dead | grep -q "1 privacy policy named in sweep pages: dead 1" || fail "the table does not count"
"$overreach" verify >"$work/verify.out" || fail "verify" "$work/verify.out"
ok "policies: each page once a sweep, dead after two checks, robots.txt honoured"
