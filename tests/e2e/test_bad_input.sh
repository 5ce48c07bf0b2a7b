#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What servers, markets and APKs can do wrong: each case ends in a named outcome with a message that says what was seen, everything else
# goes on, nothing recorded is lost.
# shellcheck source=tests/e2e/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
e2e=$source_dir/tests/e2e
export OVERREACH_STORE=$work/store

# ---- words ---------------------------------------------------------------------------------------------------------

"$e2e/make_apks.py" "$work/apks"

# repository NAME [option of make_market.py...] < apps: makes or changes $work/www/NAME; sets $fingerprint
repository() {
        local name=$1
        shift
        if [ ! -d "$work/www/$name" ]; then
                mkdir -p "$work/www/$name"
                cp "$work"/apks/*.apk "$work/www/$name"
        fi
        fingerprint=$("$e2e/make_market.py" "$@" "$work/www/$name")
}

# market NAME BASE [line...]: its market file, with $fingerprint
market() {
        market_file "$work/$1.yaml" "$2" "$fingerprint" "${@:3}"
}

# sweep NAME WANTED-EXIT-CODE MARKET [option...]: MARKET... are names; sets nothing, leaves $work/NAME.json and NAME.err
sweep() {
        local name=$1 wanted=$2 operand words=()
        shift 2
        for operand; do
                case $operand in
                -* | [0-9]* | *@* | /*) words+=("$operand") ;;
                *) words+=("$work/$operand.yaml") ;;
                esac
        done
        exit_of "$overreach" sweep --json --name "$name" "${words[@]}" >"$work/$name.json" 2>"$work/$name.err"
        expect "exit code of sweep $name" "$wanted" "$code" "$work/$name.json" "$work/$name.err"
        whole "after sweep $name"
}

whole() { # WHEN
        "$overreach" verify >"$work/verify.txt" 2>&1 || fail "verify found problems $1" "$work/verify.txt"
        grep -q ' 0 problems' "$work/verify.txt" || fail "verify did not count 0 problems $1" "$work/verify.txt"
}

# market_ends SWEEP MARKET OUTCOME [PATTERN]: how the market ended, and that its message matches
market_ends() {
        local row
        row=$(jq -r --arg m "$2" '.sweep_record.results[] | select(.market == $m) | "\(.outcome) \(.detail // "")"' "$work/$1.json")
        [[ $row == "$3 "* ]] || fail "market $2 of sweep $1: expected $3, saw \"$row\"" "$work/$1.err"
        [[ $row =~ ${4:-.*} ]] || fail "market $2 of sweep $1: the message \"$row\" does not match \"$4\""
}

# app_ends SWEEP MARKET PACKAGE OUTCOME [PATTERN]
app_ends() {
        local row
        row=$("$overreach" export "$1" | jq -r --arg m "$2" --arg p "$3" \
                'select(.table == "observations" and .market == $m and .package == $p) | .record | "\(.outcome) \(.detail // "")"')
        [[ $row == "$4 "* ]] || fail "app $3 of $2 in sweep $1: expected $4, saw \"$row\"" "$work/$1.err"
        [[ $row =~ ${5:-.*} ]] || fail "app $3 of $2 in sweep $1: the message \"$row\" does not match \"$5\""
}

free_port() {
        /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}


# ---- markets that cannot be listed ------------------------------------------------------------------------------------

mkdir "$work/www"
serve_faults main "$work/www"
main=$url
good=$'good0.apk\ngood1.apk\ngood2.apk'
older=1600000000000 newer=1700000000001
no_digest=$(printf "8%.0s" {1..64})

repository healthy <<<"$good" && market healthy "$main/healthy"
repository tampered --tamper <<<"$good" && market tampered "$main/tampered"
repository wrongprint <<<"$good" && fingerprint=$no_digest && market wrongprint "$main/wrongprint"
repository newkey --key first <<<"$good" && market newkey "$main/newkey"
repository newprint --key first <<<"$good" && market newprint "$main/newprint"
repository rollback <<<"$good" && market rollback "$main/rollback"
repository size --set index.size=77 <<<"$good" && market size "$main/size"
repository digest --set "index.sha256=\"$no_digest\"" <<<"$good" && market digest "$main/digest"
repository nojson --document '{"repo": {"timestamp": 1700000000000}, "packages": [[[' <<<"$good" && market nojson "$main/nojson"
repository leaving --set 'index.name="/../../etc/passwd"' <<<"$good" && market leaving "$main/leaving"
repository baddiff <<<"$good" && market baddiff "$main/baddiff"
repository onlyv1 --only-v1 <<<"$good" && market onlyv1 "$main/onlyv1"
market nothing "$main/nothing"
# Servers of their own: what a host says in robots.txt holds for all of it.
mkdir "$work/disallow" && cp -r "$work/www/healthy" "$work/disallow/repo"
printf 'User-agent: *\nDisallow: /repo/\n' >"$work/disallow/robots.txt"
serve_faults disallow "$work/disallow" && market disallow "$url/repo" && disallow_log=$log
printf 'location = /robots.txt { return 500; }\n' >"$work/robots.conf"
serve_folder robots500 "$work/disallow" --conf "$work/robots.conf" && market robots500 "$url/repo" && robots_state=$state
# Mirrors: the first base refuses connections.
down=http://127.0.0.1:$(free_port)
serve_faults mirror "$work/www" && market mirrors "$down/healthy" "mirrors: [\"$url/healthy\"]" && mirror_log=$log
# A market file that does not say loopback must not lead to this machine.
serve_faults inward "$work/www" && market inward "$url/healthy" && inward_log=$log
sed -i 's/^loopback: true/loopback: false/' "$work/inward.yaml"

sweep first 3 healthy tampered wrongprint newkey newprint rollback size digest nojson leaving baddiff onlyv1 nothing disallow robots500 \
        mirrors inward --contact test@example.org --attempts 3

market_ends first healthy listed
app_ends first healthy org.good.app2 analysed
ok "a healthy market is swept whole beside twelve that are not"
market_ends first tampered failed:signature 'does not match entry.json'
ok "a tampered entry.jar ends as failed:signature"
market_ends first wrongprint failed:signature 'the market file states the fingerprint 8'
ok "a wrong fingerprint in the market file ends as failed:signature and both fingerprints are told"
market_ends first size failed:size-mismatch '77'
ok "an index of the wrong size ends as failed:size-mismatch"
market_ends first digest failed:digest-mismatch 'is demanded'
ok "an index of the wrong digest ends as failed:digest-mismatch"
market_ends first nojson failed:malformed 'index-v2.json'
ok "an index that is not JSON ends as failed:malformed"
market_ends first leaving failed:malformed 'climbs'
! grep -q passwd "$work/main.log" || fail "a path that leaves the repository was asked for" "$work/main.log"
ok "an entry.jar that names a path leaving the repository ends as failed:malformed and the path is not asked for"
market_ends first nothing failed:gone 'neither entry.jar nor index-v1.jar'
ok "an address without a repository ends as failed:gone and says what was looked for"
market_ends first onlyv1 listed
app_ends first onlyv1 org.good.app1 analysed
ok "a repository with index-v1.jar alone is swept by it"
market_ends first disallow failed:robots 'robots.txt does not allow'
[ "$(cut -f2 "$disallow_log")" = /robots.txt ] || fail "more than robots.txt was asked of a host that disallows it" "$disallow_log"
ok "a robots.txt that disallows the repository ends as failed:robots and nothing else is asked for"
market_ends first robots500 failed:robots-unreachable 'HTTP 500'
! grep -v robots.txt "$robots_state/access.log" || fail "a host without readable robots.txt was asked for more" "$robots_state/access.log"
ok "a robots.txt that answers 500 ends as failed:robots-unreachable and nothing else is asked for"
market_ends first mirrors listed
app_ends first mirrors org.good.app0 analysed
app_ends first mirrors org.good.app1 analysed
app_ends first mirrors org.good.app2 analysed
grep -q entry.jar "$mirror_log" || fail "the mirror was not asked" "$mirror_log"
ok "where the first base is down its mirror serves index and apps"
market_ends first inward failed:forbidden-address '127.0.0.1 is not a public address'
[ ! -s "$inward_log" ] || fail "a private address was asked" "$inward_log"
ok "a market file without loopback that leads to this machine ends as failed:forbidden-address"

# ---- later sweeps of markets that change for the worse -------------------------------------------------------------------

more=$'good0.apk\ngood1.apk\ngood2.apk\ngood3.apk'
repository newkey --key second --timestamp $newer <<<"$more" # its market file stays as it was
repository newprint --key second --timestamp $newer <<<"$more" && market newprint "$main/newprint"
repository rollback --timestamp $older <<<"$more"
repository baddiff --timestamp $newer --bad-diff '{"packages": [' <<<"$more"

sweep second 3 healthy newkey newprint rollback baddiff

market_ends second healthy listed
app_ends second healthy org.good.app2 analysed
market_ends second newkey failed:signature 'pinned at first contact'
market_ends second newprint failed:signature 'pinned at first contact.*market file of another name'
ok "a certificate that changed after the first sweep ends as failed:signature, whatever the market file says now"
market_ends second rollback failed:rollback '2020-09-13.*older than.*2023-11-14'
ok "an index older than the one accepted before ends as failed:rollback with both dates"
market_ends second baddiff listed
app_ends second baddiff org.good.app3 analysed
grep -q 'diff_refused.*market=baddiff' "$work/second.err" || fail "no word of the diff that did not fit" "$work/second.err"
grep -q "GET./baddiff/diff/" "$work/main.log" || fail "the diff was not asked for"
ok "a diff that does not fit costs one more request, not the market"
app_ends first rollback org.good.app2 analysed
ok "what the first sweep recorded of these markets is still there"

# ---- a named sweep that could list nothing is no result: the same command tries again --------------------------------------

late_port=$(free_port)
repository late <<END
good0.apk
END
market late "http://127.0.0.1:$late_port/late"
sweep again 4 late --attempts 1
market_ends again late failed:host-unreachable
expect "state of a sweep that listed nothing" failed "$(jq -r .sweep_record.state "$work/again.json")"
serve_faults late "$work/www" "$late_port"
sweep again 0 late --attempts 1
market_ends again late listed
expect "state of the sweep that was tried again" "done" "$(jq -r .sweep_record.state "$work/again.json")"
ok "a named sweep that could list nothing is tried again by the same command"

# ---- apps that cannot be had or read, hosts that ask for patience ----------------------------------------------------------

# own_host NAME [line...] < apps: a market with a server of its own, at its root, so that an app's path may name a fault of it
own_host() {
        repository "$1"
        serve_faults "$1" "$work/www/$1"
        market "$1" "$url" "${@:2}"
}

# Every case has bytes of its own: what is known by its digest is not fetched again. The database is a new one for the same reason.
export OVERREACH_STORE=$work/store-apps
own_host apps <<END
good3.apk
good4.apk package=org.bad.digest sha256=$no_digest
good5.apk package=org.bad.size size=4000
good6.apk package=org.bad.path path=/../good6.apk
good7.apk package=org.good.app7 path=/fault/cut-once/3000/good7.apk
good8.apk package=org.bad.truncated path=/fault/cut/0/good8.apk
good9.apk package=org.bad.closed path=/fault/drop/x.apk
good10.apk package=org.good.optedout
gone.apk sha256=$no_digest
text.apk
empty.apk
bomb.apk
dexbomb.apk
tables.apk
nest.apk
hostile.apk label=HOSTILE version=HOSTILE category=HOSTILE developer=HOSTILE
END
apps_log=$log
own_host late "requests_per_second: 1000" "connections: 1" <<'END'
good11.apk
good12.apk path=/fault/later/3/good12.apk
good13.apk
good14.apk
END
late_log=$log
own_host latedate "requests_per_second: 1000" "connections: 1" <<'END'
good15.apk
good16.apk path=/fault/later-date/4/good16.apk
good17.apk
END
latedate_log=$log
own_host stall <<'END'
good18.apk
good19.apk path=/fault/stall/3000/good19.apk
good20.apk package=org.bad.stalled path=/fault/stall/0/good20.apk
END
stall_log=$log
serve_faults stallhead "$work/www" && market stallhead "$url/fault/stall-head"
printf '# not these\norg.good.optedout # asked on 2026-01-01\nlate/org.good.app11\n' >"$work/opt-out"

sweep third 3 healthy apps late latedate stall stallhead --attempts 3 --stall-time 1 --opt-out "$work/opt-out"

for app in 0 1 2; do app_ends third healthy org.good.app$app analysed; done
app_ends third apps org.good.app3 analysed
ok "healthy apps are read beside fourteen that are not"
app_ends third apps org.bad.digest unfetched:digest-mismatch "SHA-256 is [0-9a-f]+ where $no_digest is demanded"
ok "an APK of another digest than the index states ends as unfetched:digest-mismatch with both"
app_ends third apps org.bad.size unfetched:size-mismatch 'announces 8,527 bytes where 4,000 are demanded'
ok "an APK of another size than the index states ends as unfetched:size-mismatch with both"
app_ends third apps org.good.app7 analysed
[ "$(grep -c 'cut-once.*206.bytes=3000-' "$apps_log")" = 1 ] || fail "the cut APK was not resumed at byte 3000" "$apps_log"
ok "an APK whose body is cut short once is resumed where it broke off"
app_ends third apps org.bad.truncated unfetched:truncated 'body ended after 0 of 8,527 bytes'
ok "an APK whose body is cut short every time ends as unfetched:truncated"
app_ends third apps org.bad.closed unfetched:no-connection 'connection ended before a whole answer'
ok "a server that closes without an answer ends as unfetched:no-connection"
app_ends third apps org.bad.gone unfetched:gone 'HTTP 404'
[ "$(grep -c /gone.apk "$apps_log")" = 1 ] || fail "a 404 was asked for again" "$apps_log"
ok "an APK that is not there ends as unfetched:gone after one request"
app_ends third apps org.bad.text unanalysable:not-a-zip
ok "bytes that are no APK, with the right digest, end as unanalysable:not-a-zip"
app_ends third apps org.bad.bomb unanalysable:manifest-limit 'inflate to more than'
app_ends third apps org.bad.dexbomb unanalysable:dex-limit 'inflate to more than'
ok "zip bombs end as unanalysable:manifest-limit and unanalysable:dex-limit"
app_ends third apps org.bad.tables unanalysable:dex-malformed '4294967295 strings'
ok "a dex file that claims four billion strings ends as unanalysable:dex-malformed"
app_ends third apps org.bad.nest unanalysable:no-manifest
ok "an archive without a manifest ends as unanalysable:no-manifest"
market_ends third apps listed 'apps left out: 2 for no-version \(org.bad.empty, org.bad.path\); versions.*file-name \(org.bad.path\).*file-size \(org.bad.empty\)'
! grep -q 'empty.apk\|\.\./' "$apps_log" || fail "an app that was left out was asked for" "$apps_log"
ok "an empty APK and one outside the repository are left out of the listing, and the market's line says so"
app_ends third apps org.good.optedout unfetched:opted-out
app_ends third late org.good.app11 unfetched:opted-out
! grep -q good10.apk "$apps_log" || fail "an app that is opted out was fetched" "$apps_log"
ok "an app on the opt-out list ends as unfetched:opted-out and is not fetched, in one market or in all"

# quiet LOG STATUS MILLISECONDS: nothing was asked in that time behind the answer STATUS, and something afterwards
quiet() {
        awk -F '\t' -v status="$2" -v rest="$3" '
                told && $8 < told + rest { early = 1 }
                told { later = 1 }
                $3 == status { told = $8 }
                END { exit !told || early || !later }' "$1" || fail "a host that answered $2 was not left alone for $3 ms" "$1"
}
quiet "$late_log" 429 3000
app_ends third late org.good.app12 analysed
app_ends third late org.good.app14 analysed
ok "429 with Retry-After: 3 keeps every request from that host for three seconds, then the app is had"
quiet "$latedate_log" 503 3000 # a date has whole seconds: four less at most one
app_ends third latedate org.good.app16 analysed
ok "503 with Retry-After as a date is obeyed, then the app is had"
app_ends third stall org.good.app19 analysed
grep -q 'GET./fault/stall/3000/good19.apk.206' "$stall_log" || fail "the stalled APK was not resumed" "$stall_log"
app_ends third stall org.bad.stalled unfetched:stalled 'too slow'
app_ends third stall org.good.app18 analysed
market_ends third stallhead failed:stalled 'too slow'
ok "a server that stalls is given up after --stall-time, resumed where something came, and ends as stalled where nothing did"

# ---- hostile words ---------------------------------------------------------------------------------------------------------

# shown_safely WHAT FILE: no control byte but tab and newline, no C1 control, no change of text direction, no odd line end
shown_safely() {
        /usr/bin/python3 - "$2" <<'END' || fail "$1 shows hostile text as it is" "$2"
import re, sys
text = open(sys.argv[1], encoding="utf-8", newline="").read()
bad = re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)
sys.exit(f"{bad[0]!r} at {bad.start()}: {text[max(0, bad.start() - 60):bad.start() + 20]!r}" if bad else 0)
END
}

app_ends third apps org.hostile.app analysed
"$overreach" sweep -v --name third "$work"/{healthy,apps,late,latedate,stall,stallhead}.yaml --opt-out "$work/opt-out" \
        >"$work/sweep.txt" 2>"$work/sweep.log" || [ $? = 3 ]
"$overreach" report --out "$work/report" third
"$overreach" status >"$work/status.txt"
"$overreach" scan "$work/apks/hostile.apk" >"$work/scan.json"
"$overreach" export third >"$work/export.jsonl"
for file in sweep.txt sweep.log report/report.en.txt report/report.zh.txt report/report.en.html report/report.json status.txt scan.json \
        export.jsonl third.json third.err; do
        shown_safely "$file" "$work/$file"
done
for file in "$work"/report/tables/*.csv; do
        shown_safely "$(basename "$file")" <(sed 's/\r$//' "$file")
done
ok "escape codes and changes of text direction in labels reach no terminal, table or page"
grep -q '&lt;script&gt;alert(1)' "$work/report/report.en.html" || fail "the hostile label is not in the page"
! grep -qi '<script>alert' "$work"/report/*.html || fail "a label became a script"
ok "markup in a label is text on the page"
/usr/bin/python3 - "$work"/report/tables/*.csv <<'END' || fail "a CSV field is a formula"
import csv, sys
seen = 0
for path in sys.argv[1:]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(file):
            for cell in row:
                seen += "cmd|" in cell
                if cell.lstrip()[:1] in ("=", "+", "@") or (cell.lstrip()[:1] == "-" and len(cell) > 1):
                    sys.exit(f"{path}: {cell!r}")
sys.exit(0 if seen else "the hostile label is in no table")
END
ok "a formula in a label is text in every CSV table"
jq -e '.label | startswith("=cmd|")' "$work/scan.json" >/dev/null || fail "scan changed the label" "$work/scan.json"
jq -e . "$work/report/report.json" >/dev/null && jq -e . "$work/third.json" >/dev/null
ok "JSON keeps the label, escaped"

# ---- the database ------------------------------------------------------------------------------------------------------------

repository disk <<<"$good"$'\nbig.apk\nbomb.apk'
serve_faults disk "$work/www/disk" && market disk "$url"
export work overreach
"$overreach" sweep --quiet --store "$work/undisturbed" --name disk "$work/disk.yaml" >/dev/null || [ $? = 3 ]
"$overreach" export --store "$work/undisturbed" --canonical disk >"$work/undisturbed.jsonl"
cat >"$work/full.sh" <<'END'
# fills a disk of so many KiB, makes room, and repeats the command
mkdir -p "$work/disk"
for kib in 16 32 150 2000; do
        mount -t tmpfs -o size="${kib}k" none "$work/disk"
        code=0
        "$overreach" sweep --quiet --store "$work/disk/store" --name disk "$work/disk.yaml" >"$work/full.out" 2>"$work/full.err" || code=$?
        mount -o remount,size=64m "$work/disk"
        [ "$code" = 5 ] || { echo "a disk of $kib KiB: expected exit code 5, saw $code" >&2 && cat "$work/full.err" >&2 && exit 1; }
        grep -qi 'no space left on device.*make room and run the same command again\|make room and run the same command again.*no space left' \
                "$work/full.err" || { echo "a disk of $kib KiB: what to do is not said:" >&2 && cat "$work/full.err" >&2 && exit 1; }
        "$overreach" sweep --quiet --store "$work/disk/store" --name disk "$work/disk.yaml" >/dev/null 2>"$work/full.err" || [ $? = 3 ] ||
                { cat "$work/full.err" >&2 && exit 1; }
        "$overreach" verify --store "$work/disk/store" >/dev/null || exit 1
        "$overreach" export --store "$work/disk/store" --canonical disk | cmp - "$work/undisturbed.jsonl" || exit 1
        [ -z "$(ls "$work/disk/store/parts")" ] || { echo "parts stay behind" >&2 && exit 1; }
        umount "$work/disk"
done
END
if unshare -rm true 2>/dev/null; then
        unshare -rm bash -e "$work/full.sh" || fail "a full disk"
        ok "a full data directory ends with exit code 5 and says what to do; with room the same command finishes and nothing is missing"
else
        echo "skip: no user and mount namespaces on this machine, so a full disk was not tried"
fi

OVERREACH_STORE=$work/undisturbed
"$overreach" backup --quiet "$work/newer"
"${BUILD_DIR:-$source_dir/build/release}/tests/store_schema" "$work/newer" 7
for verb in report "sweep $work/disk.yaml" verify; do
        # shellcheck disable=SC2086 # a verb with its operand
        exit_of "$overreach" $verb --store "$work/newer" 2>"$work/newer.err"
        expect "exit code of $verb with a newer database" 5 "$code" "$work/newer.err"
        grep -q 'written by a newer overreach (schema 7; this program reads up to 2)' "$work/newer.err" || fail "the schema is not told" "$work/newer.err"
done
ok "a database that a newer program wrote ends with exit code 5 and both schema numbers"

"$overreach" backup --quiet "$work/torn"
"$overreach" judge --store "$work/torn" >/dev/null # a writer's opening turns the log into a table file
sst=$(ls -S "$work/torn"/db/*.sst | head -1)
cp "$sst" "$work/table" && mv "$work/table" "$sst" # a copy shares its table files with the original by hard links
/usr/bin/python3 -c 'import sys; f = open(sys.argv[1], "r+b"); f.seek(200); f.write(b"\xff" * 64)' "$sst"
exit_of "$overreach" verify --store "$work/torn" >"$work/torn.out" 2>"$work/torn.err"
expect "exit code of verify over a damaged table" 5 "$code" "$work/torn.err"
grep -q "$(basename "$sst")" "$work/torn.err" || fail "the damaged file is not named" "$work/torn.err"
ok "a damaged table file ends verify with exit code 5 and the file's name"
whole "of the copy's original"

repository slow <<'END'
good21.apk
good22.apk path=/fault/stall/3000/good22.apk
END
serve_faults slow "$work/www/slow" && market slow "$url"
"$overreach" sweep --quiet --name slow "$work/slow.yaml" >"$work/slow.out" 2>&1 &
first=$!
for _ in $(seq 250); do
        "$overreach" export slow >"$work/slow.jsonl" 2>/dev/null || true
        if grep -q 'observations.*org.good.app21' "$work/slow.jsonl"; then break; fi
        sleep 0.04
done
exit_of "$overreach" sweep --quiet --name other "$work/disk.yaml" >"$work/other.out" 2>"$work/other.err"
expect "exit code of a second sweep on one database" 5 "$code" "$work/other.err"
grep -q "another overreach is writing .*process $first" "$work/other.err" || fail "the other process is not named" "$work/other.err"
ok "a second sweep on one database ends with exit code 5 and names the process that has it"
kill -INT "$first"
exit_of wait "$first"
expect "exit code of an interrupted sweep" 6 "$code" "$work/slow.out"
sweep slow 0 slow --stall-time 1
app_ends slow slow org.good.app22 analysed
[ "$(grep -c /good21.apk "$work/slow.log")" = 1 ] || fail "what was recorded was fetched again" "$work/slow.log"
ok "an interrupted sweep ends with exit code 6, and the same command resumes it without asking again for what it has"
