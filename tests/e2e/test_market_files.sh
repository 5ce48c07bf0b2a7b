#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Market files by the real program: every shipped one is sound, replies are read in real workers (which have no files), and the market
# that CONTRIBUTING.md shows is one.
# shellcheck source=tests/e2e/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

replies=$source_dir/tests/data/markets

# try OUTCOME WORDS...: reads a reply and says how it must be understood; what was printed is in $work/try.
try() {
        exit_of "$overreach" markets try --json "${@:2}" >"$work/try" 2>"$work/err"
        expect "outcome of ${*:2}" "$1" "$(jq -r .reply.outcome "$work/try")" "$work/err" "$work/try"
        case $1 in
        ok | empty) expect "exit code of ${*:2}" 0 "$code" ;;
        *) expect "exit code of ${*:2}" 3 "$code" ;;
        esac
}

read_out() { jq -r "$1" "$work/try"; }

"$overreach" markets check "$source_dir"/data/markets/*.yaml >"$work/check" || fail "a shipped market is not sound" "$work/check"
expect "markets that are sound" "$(find "$source_dir/data/markets" -name '*.yaml' | wc -l)" "$(grep -c ': ok, market' "$work/check")"
ok "every shipped market file passes markets check"

"$overreach" markets list --json >"$work/list"
cannot() { jq -r --arg name "$1" '.[] | select(.name == $name) | .cannot | join(" ")' "$work/list"; }
expect "what F-Droid cannot do" "labels" "$(cannot f-droid)"
expect "what Aptoide cannot do" "categories labels" "$(cannot aptoide)"
expect "what Google Play cannot do" "categories list resolve" "$(cannot google-play)"
"$overreach" markets list >"$work/text"
grep -q 'can detail; cannot categories list resolve labels' "$work/text" || fail "the list does not say what Apple cannot do" "$work/text"
ok "markets list says what each market can and cannot do"

# ---- replies, in real workers ------------------------------------------------------------------------------------------------

try ok aptoide --reply "$replies/aptoide/list.json"
expect "apps of the list" "com.example.chat com.example.map" "$(read_out '[.listings[].package] | join(" ")')"
expect "the next page" 25 "$(read_out .reply.next)"
try ok xiaomi --verb categories --reply "$replies/xiaomi/categories.html"
try ok huawei --reply "$replies/huawei/list.json"
try ok huawei --verb token --reply "$replies/huawei/token.json"
try ok tencent --package com.example.video --reply "$replies/tencent/detail.html"
try ok tencent --verb resolve --package com.example.video --reply "$replies/tencent/resolve.html"
try ok google-play --verb labels --package com.example.notes --reply "$replies/google-play/labels.html"
expect "declared data" 4 "$(read_out '.listings[0].data_labels | length')"
try ok apple --package com.example.notes --reply "$replies/apple/detail.json"
: >"$work/nothing"
try ok xiaomi --verb resolve --id 1 --status 302 --location https://cdn.example/a.apk --reply "$work/nothing"
ok "replies of every market are read by a worker"

for encoding in GBK GB18030 UTF-16LE; do
        { [ $encoding != UTF-16LE ] || printf '\xff\xfe'; sed '/<meta charset/s/utf-8/gbk/' "$replies/xiaomi/detail.html" | iconv -f UTF-8 -t $encoding; } >"$work/page"
        try ok xiaomi --package com.example.player --reply "$work/page"
        expect "a developer in $encoding" "北京示例科技有限公司" "$(read_out '.listings[0].developer')"
done
ok "pages in GBK, GB18030 and UTF-16 are read where no converter can be loaded any more"

echo '<html><body><div id="captcha"></div></body></html>' >"$work/captcha"
try throttled aptoide --reply "$work/captcha"
try shape-changed aptoide --reply "$replies/xiaomi/list.json"
head -c 300 "$replies/aptoide/list.json" >"$work/cut"
try malformed aptoide --reply "$work/cut"
try gone aptoide --package a.b --status 404 --reply "$work/nothing"
try token-stale huawei --status 401 --reply "$work/nothing"
python3 -c 'print("<html><body>" + "<div><table><tr><td>" * 400000)' >"$work/deep"
try shape-changed xiaomi --package a.b --reply "$work/deep"
python3 -c 'print("{\"info\":{\"status\":\"OK\"},\"datalist\":{\"total\":1,\"list\":[" + ",".join("{\"package\":\"a.b%d\",\"name\":\"x\",\"file\":{\"vercode\":1}}" % i for i in range(5000)) + "]}}")' >"$work/many"
try ok aptoide --reply "$work/many"
expect "listings of 5,000 items" 2000 "$(read_out '.listings | length')"
ok "what is no answer is told by its class, and a hostile page costs no more than a page"

exit_of "$overreach" markets try aptoide >/dev/null 2>"$work/err"
expect "exit code without a reply" 2 "$code" "$work/err"
exit_of "$overreach" markets try aptoide --verb labels --reply "$work/nothing" >/dev/null 2>"$work/err"
grep -q 'aptoide has no request "labels"' "$work/err" || fail "it is not told that the market cannot" "$work/err"
exit_of "$overreach" markets try aptoide --reply <(echo '{}') >/dev/null 2>"$work/err"
expect "exit code for a pipe" 2 "$code" "$work/err"
ok "what a market cannot do is said"

# ---- the market of CONTRIBUTING.md -------------------------------------------------------------------------------------------

awk '/^\*\*A JSON interface/ { on = 1 } on && /^```yaml$/ { take = 1; next } take && /^```$/ { exit } take' \
        "$source_dir/CONTRIBUTING.md" >"$work/my-store.yaml"
"$overreach" markets check "$work/my-store.yaml" >"$work/check" 2>&1 || fail "the market of CONTRIBUTING.md is not sound" "$work/check"
cat >"$work/list.json" <<'END'
{"result": {"count": 120, "apps": [
  {"package": "com.my_store.known", "title": "Known", "vendor": {"name": "Vendor"}, "installs": "1.2万", "version": {"code": 7, "name": "0.7"}},
  {"package": "com.my_store.other", "title": "Other", "installs": "5,000,000+", "version": {"code": "8", "name": "0.8"}}]}}
END
cat >"$work/app.json" <<'END'
{"result": {"app": {"package": "com.my_store.known", "title": "Known", "legal": [{"privacyPolicy": "https://my-store.example/privacy"}],
  "permissions": [{"name": "android.permission.CAMERA"}], "version": {"apk": null, "mirror": "https://my-store.example/a.apk", "bytes": "4096"}}}}
END
try ok "$work/my-store.yaml" --reply "$work/list.json"
expect "downloads of both apps" "12000 5000000" "$(read_out '[.listings[].downloads] | join(" ")')"
expect "the developer" Vendor "$(read_out '.listings[0].developer')"
expect "the next page" 1 "$(read_out .reply.next)"
try ok "$work/my-store.yaml" --package com.my_store.known --reply "$work/app.json"
expect "policy, APK, size, permission" "https://my-store.example/privacy https://my-store.example/a.apk 4096 android.permission.CAMERA" \
        "$(read_out '.listings[0] | [.privacy_url, .apk.url, .apk.size, .apk.permissions[0]] | join(" ")')"
echo '{"error": {"code": "NO_SUCH_APP"}}' >"$work/gone.json"
try gone "$work/my-store.yaml" --package com.my_store.nix --reply "$work/gone.json"
sed 's/"privacyPolicy"/"policy"/' "$work/app.json" >"$work/changed.json"
try shape-changed "$work/my-store.yaml" --package com.my_store.known --reply "$work/changed.json"
ok "the market that CONTRIBUTING.md shows reads replies, and sees a changed one"

sed 's/label: title/lable: title/' "$work/my-store.yaml" >"$work/wrong.yaml"
exit_of "$overreach" markets check "$work/wrong.yaml" >/dev/null 2>"$work/err"
expect "exit code of a file with a mistake" 2 "$code" "$work/err"
line=$(grep -n -m1 lable "$work/wrong.yaml" | cut -d: -f1)
grep -q "wrong.yaml:$line: unknown key \"lable\"" "$work/err" || fail "the mistake is not told with its line" "$work/err"
ok "a mistake in a market file is told with its line"
