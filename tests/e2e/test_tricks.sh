#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A real APK in 48 copies, each with one irregularity (40 of them known to defeat readers of APKs): what aapt2 opens is read the same,
# what Android refuses is told, no answer differs silently, and the unit tests' invented APKs (apk_tricks.h) get the same answers.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

check() { "$source_dir/tests/e2e/check_tricks.py" --program "$1" --rows "$source_dir/tests/support/apk_tricks.h" "$base" "$work/tricks"; }

# A small one that is signed the old way, with a manifest of ten permissions in UTF-16. Without a network a generated one does.
base=$("$source_dir/scripts/get-apks" test | grep '/io.appium.settings_1_') || {
        echo "note: no real APK to be had, a generated one takes its place" >&2
        "$source_dir/scripts/make-corpus" "$work/corpus" 12 >/dev/null
        for base in "$work"/corpus/repo/*.apk; do
                [ "$(aapt2 dump permissions "$base" | grep -c '^uses-permission:')" -lt 2 ] || break
        done
}
mkdir "$work/tricks"
"$source_dir/tests/e2e/make_tricks.py" "$base" "$work/tricks"
check "$overreach"
ok "every copy of $(basename "$base") is read as Android reads it"

# The comparison can fail: programs that forget a permission, or what Android refuses, are found out.
permission=$(aapt2 dump permissions "$base" | sed -n "0,/^uses-permission: name='/s/^uses-permission: name='\([^']*\)'.*/\1/p")
for lie in "s/$permission/$permission.NOT/" 's/"android-would-reject"/"android-would-object"/'; do
        printf '#!/usr/bin/env bash\n"%s" "$@" | sed '\''%s'\''\n' "$overreach" "$lie" >"$work/liar"
        chmod +x "$work/liar"
        exit_of check "$work/liar" >"$work/said"
        expect "a program that lies" 1 "$code" "$work/said"
        grep -q WRONG "$work/said" || fail "no row is called wrong" "$work/said"
done
ok "wrong answers are found out"
