#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: test_containers.sh        (APKS=all: every APK of tests/data/npm-apks.tsv as a bundle)
# Every container an app comes in, laid out from real parts: the facts are those of the parts. And the traps of that kind.
# shellcheck source=tests/e2e/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
e2e=$source_dir/tests/e2e

"$source_dir/scripts/get-apks" "${APKS:-test}" >"$work/apks"
apks=()
while read -r apk; do # the large ones take their time
        if [ "${APKS:-}" = all ] || [ "$(stat -Lc %s "$apk")" -lt 3000000 ]; then apks+=("$apk"); fi
done <"$work/apks"
first=$(printf '%s\n' "${apks[@]}" | grep -m1 io.appium.settings_1_)
second=$(printf '%s\n' "${apks[@]}" | grep -m1 -v io.appium.settings_)
"$e2e/make_containers.py" "$work/made" "$first" "$second" "${apks[@]}"
"$e2e/check_containers.py" --program "$overreach" "$work/made" "${apks[@]}"
ok "every container gives the facts of its parts, every trap ends by name"

# The comparison can fail: a program that forgets a component, or calls a broken set whole, is found out.
cat >"$work/forgetful" <<END
#!/usr/bin/env bash
if [ "\$2" = --classes ]; then exec "$overreach" "\$@"; fi
"$overreach" "\$@" | sed 's/org.example.parts.Camera/org.example.parts.Kamera/; s/unanalysable:part-dex-malformed/analysed/'
END
chmod +x "$work/forgetful"
if "$e2e/check_containers.py" --program "$work/forgetful" "$work/made" "${apks[@]}" >"$work/said"; then
        fail "the comparison saw neither a changed component nor a broken set called whole" "$work/said"
fi
grep -q 'packed-part.apks: outcome' "$work/said" || fail "a broken set called whole was not seen" "$work/said"
ok "a broken set that is called whole is found out"

# ---- options of scan that say what is read

"$overreach" scan --only sdks "$work/made/parts/base.apk" >"$work/only.json"
expect "passes that run with --only sdks" 2 "$(jq -r '.passes | split(" ") | length' "$work/only.json")"
"$overreach" scan --only use "$work/made/parts/base.apk" >"$work/only.json"
expect "passes that --only use brings, blind spots among them" "readers sdks calls blind use" \
        "$(jq -r '[.passes | split(" ")[] | sub("[.].*"; "")] | join(" ")' "$work/only.json")"
exit_of "$overreach" scan --only sdks,nosuch "$work/made/parts/base.apk" 2>"$work/err"
expect "exit code of an unknown pass" 2 "$code" "$work/err"
grep -q 'nosuch: no such pass; there are sdks' "$work/err" || fail "the passes there are are not named" "$work/err"
exit_of "$overreach" scan --api-level -3 "$work/made/parts/base.apk" 2>"$work/err"
expect "exit code of a level that is none" 2 "$code" "$work/err"
ok "--only and --api-level take what there is and name what there is"
