#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# APKs that want all of a machine (make_hostile.py): each ends inside the limits with an outcome that has a name, while the apps beside it
# are read; and what is said where the sandbox is not whole.
# shellcheck source=tests/e2e/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
e2e=$source_dir/tests/e2e

# RLIMIT_AS is 768 MiB beyond what is mapped at first; the time limits are 20 s of CPU, 30 s by the clock.
peak_limit_mib=1000
wall_limit_s=60

# measured NAME COMMAND...: leaves $work/NAME.out and NAME.err, sets $code, $wall_s (seconds) and $peak_mib (of the largest process)
measured() {
        local name=$1 figures
        shift
        figures=$(/usr/bin/python3 -c '
import resource, subprocess, sys, time
start = time.monotonic()
with open(sys.argv[1], "wb") as out, open(sys.argv[2], "wb") as err:
    code = subprocess.run(sys.argv[3:], stdout=out, stderr=err).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print(code, f"{time.monotonic() - start:.1f}", peak)' "$work/$name.out" "$work/$name.err" "$@")
        read -r code wall_s peak_mib <<<"$figures"
}

"$e2e/make_apks.py" "$work/apks"
mkdir "$work/all"
cp "$work"/apks/good?.apk "$work/all"

# ---- where a layer is missing ------------------------------------------------------------------------------------------------

exit_of "$overreach" status --sandbox >"$work/layers" 2>&1
expect "exit code of status --sandbox without a database" 0 "$code" "$work/layers"
grep -q '^seccomp: ' "$work/layers" && grep -q '^landlock: ' "$work/layers" || fail "status --sandbox does not name the layers" "$work/layers"
"$overreach" status --sandbox --json | jq -e '.sandbox | .landlock and .seccomp and .resource_limits' >/dev/null || fail "no layers as JSON"
cat "$work/layers"
ok "status --sandbox tells the layers and needs no database"

exit_of "$overreach" report --require-sandbox >"$work/out" 2>&1
expect "exit code of a verb without workers" 2 "$code" "$work/out"

# lacks WORD COMMAND...: refused with --require-sandbox, naming it, and done without
lacks() {
        local word=$1
        shift
        exit_of "$@" scan --require-sandbox "$work/apks/good0.apk" >"$work/out" 2>"$work/err"
        expect "exit code of --require-sandbox without $word" 2 "$code" "$work/err"
        grep -q "^overreach scan: --require-sandbox: the sandbox lacks .*$word" "$work/err" || fail "the message does not name $word" "$work/err"
        [ ! -s "$work/out" ] || fail "something was read without $word" "$work/out"
        exit_of "$@" scan "$work/apks/good0.apk" >"$work/out" 2>"$work/err"
        expect "exit code without $word" 0 "$code" "$work/err"
        expect "outcome without $word" analysed "$(jq -r .outcome "$work/out")" "$work/err"
        ok "without $word --require-sandbox refuses to run and names it; without that option the app is read"
}

if grep -q sanitizer "$work/layers"; then
        lacks "sanitizer build" "$overreach"
        echo "skipped: a sanitizer build has no memory limit to try"
        exit 0
fi
for layer in Landlock seccomp; do
        if grep -qi "^$layer: on" "$work/layers"; then
                lacks "$layer" "$e2e/without_call.py" "${layer,,}" "$overreach"
        else
                lacks "$layer" "$overreach"
        fi
done
if ! grep -q 'not in this kernel' "$work/layers"; then
        exit_of "$overreach" scan --require-sandbox "$work/apks/good0.apk" >"$work/out" 2>"$work/err"
        expect "exit code with --require-sandbox where it is whole" 0 "$code" "$work/err"
        ok "where the sandbox is whole --require-sandbox changes nothing"
fi

# ---- one by one --------------------------------------------------------------------------------------------------------------

"$e2e/make_hostile.py" "$work/apks/good0.apk" "$work/hostile"
printf '%-20s %-40s %8s %8s\n' case outcome seconds MiB
for apk in "$work"/hostile/*.apk; do
        name=$(basename "$apk" .apk)
        measured "$name" "$overreach" scan -j 1 "$apk"
        outcome=$(jq -r .outcome "$work/$name.out")
        printf '%-20s %-40s %8s %8s\n' "$name" "$outcome" "$wall_s" "$peak_mib"
        [[ $outcome == analysed || $outcome =~ ^unanalysable:[a-z0-9-]+$ ]] || fail "$name ended without a named outcome" "$work/$name.err"
        expect "exit code of scan with $name" "$([ "$outcome" = analysed ] && echo 0 || echo 3)" "$code" "$work/$name.err"
        [ "$outcome" = analysed ] || [ "$(jq -r '.detail | length' "$work/$name.out")" -gt 0 ] || fail "$name: no word of why" "$work/$name.out"
        [[ $outcome != *worker-lost && $outcome != *worker-crash ]] || fail "$name: $(jq -r .detail "$work/$name.out")"
        [ "$peak_mib" -le "$peak_limit_mib" ] || fail "$name took $peak_mib MiB, over $peak_limit_mib"
        [ "${wall_s%.*}" -lt "$wall_limit_s" ] || fail "$name took $wall_s s, over $wall_limit_s"
done
ok "each hostile APK ends inside the limits with a named outcome"
expect "outcome of 65,535 classes" analysed "$(jq -r .outcome "$work/classes-65535.out")"
for name in bomb-lie bomb-dexes; do
        [ "$(jq -r .outcome "$work/$name.out")" != analysed ] || fail "$name counts as read"
done
ok "an honest APK of 65,535 classes is read, what unpacks to more than the limits is not"

# ---- all at once, among healthy ones -------------------------------------------------------------------------------------------

cp "$work"/hostile/*.apk "$work/all"
measured all "$overreach" scan "$work/all"
expect "exit code of scan over the folder" 3 "$code" "$work/all.err"
expect "objects printed" "$(find "$work/all" -name '*.apk' | wc -l)" "$(wc -l <"$work/all.out")"
jq -r 'select(.path | test("/good[0-9].apk$")) | "\(.path) \(.outcome)"' "$work/all.out" >"$work/healthy"
expect "healthy apps that were read" 10 "$(grep -c ' analysed$' "$work/healthy")" "$work/healthy"
jq -r 'select(.path | test("/good[0-9].apk$") | not) | "\(.path | split("/") | last) \(.outcome)"' "$work/all.out" >"$work/ended"
for apk in "$work"/hostile/*.apk; do
        name=$(basename "$apk" .apk)
        ended=$(sed -n "s/^$name.apk //p" "$work/ended")
        alone=$(jq -r .outcome "$work/$name.out")
        # which of the two time limits comes first is a matter of what else the machine does
        [[ $ended == "$alone" || ($ended == *worker-*-limit && $alone == *worker-*-limit) ]] || fail "$name: alone $alone, among others $ended"
done
[ "$peak_mib" -le "$peak_limit_mib" ] || fail "the folder took $peak_mib MiB in one process"
echo "all of them and 10 healthy apps: $wall_s s, largest process $peak_mib MiB"
ok "among them every healthy app is read"
