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
                -* | [0-9]* | *@*) words+=("$operand") ;;
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
