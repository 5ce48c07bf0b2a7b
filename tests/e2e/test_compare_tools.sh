#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Over every APK that the demo and the tests use (APKS=all: over the whole table of tests/data/npm-apks.tsv): package, versions,
# SDK levels, label and permissions as aapt reads them, signers as apksigner, class names and instruction totals as dexdump,
# manifests and calls as androguard.
set -euo pipefail
source_dir=${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
overreach=${OVERREACH:-$source_dir/build/release/overreach}
explained=$source_dir/tests/data/explained-differences.tsv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compare() { "$source_dir/tests/e2e/compare_tools.py" --program "$1" --explained "$explained" "${@:2}"; }

"$source_dir/scripts/get-apks" "${APKS:-test}" >"$work/apks"
mapfile -t apks <"$work/apks"
compare "$overreach" "${apks[@]}"
"$source_dir/tests/e2e/compare_androguard.py" --program "$overreach" --data "$source_dir/data" --explained "$explained" "${apks[@]}"

# Generated APKs too: both encodings of string pools, maxSdkVersion, sdk-23 elements, flags. aapt prints no label of an APK without
# resources.arsc, which these are.
"$source_dir/scripts/make-corpus" --check 1 "$work/corpus" 12 >/dev/null
compare "$overreach" --without label "$work"/corpus/repo/*.apk

# The comparison can fail: a program that forgets a permission and a class is found out.
cat >"$work/forgetful" <<END
#!/usr/bin/env bash
if [ "\$2" = --classes ]; then
        "$overreach" "\$@" | sed '\$d'
else
        "$overreach" "\$@" | sed 's/android.permission.INTERNET/android.permission.INTERNAT/'
fi
END
chmod +x "$work/forgetful"
victim=$(grep -m1 'io.appium.settings_1_' "$work/apks")
if compare "$work/forgetful" "$victim" >"$work/said"; then
        echo "FAIL: the comparison did not see a forgotten permission" >&2
        exit 1
fi
grep -q ': permissions: ' "$work/said" && grep -q ': classes: ' "$work/said"
echo "ok: a changed permission and a missing class are found out"
