#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# "overreach sdks": what is known of SDKs, other people's lists taken over, and analyses that use them afterwards.
# shellcheck source=tests/e2e/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
e2e=$source_dir/tests/e2e
export OVERREACH_USER_DATA=$work/user

# ends CODE WORDS...: the command ends with that exit code; leaves $work/out and $work/err
ends() {
        local wanted=$1
        shift
        exit_of "$overreach" "$@" >"$work/out" 2>"$work/err"
        expect "exit code of \"overreach $*\"" "$wanted" "$code" "$work/out" "$work/err"
}
says() { # PATTERN: the last command's output holds it
        grep -qE -- "$1" "$work/out" || fail "the output does not say \"$1\"" "$work/out"
}

# ---- list and show ---------------------------------------------------------------------------------------------------------

ends 0 sdks list
[ "$(wc -l <"$work/out")" -ge 1680 ] || fail "fewer SDKs than are shipped" "$work/out"
says '^jpush .* JPush'
ends 2 sdks list --category no-such-category
ends 0 sdks list --category crash --json
jq -e 'length > 20 and all(.categories | index("crash")) and (map(.id) | sort == .)' "$work/out" >/dev/null || fail "list --json" "$work/out"
ends 0 sdks show umeng-analytics
says 'exodus:119 +https://reports.exodus-privacy.eu.org/trackers/119/'
says 'owned by +alibaba'
says 'code +com.mobclick.android'
says 'settings +UMENG_CHANNEL'
says 'collects'
ends 0 sdks show okhttp --json
jq -e '.[0].id == "okhttp" and any(.[]; .strings == "okhttp/")' "$work/out" >/dev/null || fail "show --json" "$work/out"
ends 2 sdks show no-such-sdk
ends 2 sdks do-it
ok "SDKs are listed and shown, with anchors, company, sources and their number at Exodus"

ends 0 sdks check
says '[0-9]+ SDKs, [0-9]+ code prefixes'
ok "the shipped tables have no fault"

# ---- import ----------------------------------------------------------------------------------------------------------------

mkdir "$work/lists"
cat >"$work/lists/trackers.json" <<'EOF'
{"trackers": {
 "119": {"id": 119, "name": "Umeng Analytics", "description": "Prose that must not be copied", "creation_date": "2017-09-24",
         "code_signature": "com.umeng.analytics.|org.good.added.", "network_signature": "alog\\.umeng\\.com",
         "website": "https://www.umeng.com", "categories": ["Analytics"], "documentation": []},
 "363": {"id": 363, "name": "Pangle", "description": "", "creation_date": "2020-01-01", "code_signature": "com.bytedance.",
         "network_signature": "", "website": "", "categories": [], "documentation": []},
 "900": {"id": 900, "name": "Brand\u001b[31mNew", "description": "", "creation_date": "2030-01-01",
         "code_signature": "org.good.app0.|.brandnewsegment.|ab", "network_signature": "t\\.brandnew\\.example",
         "website": "https://brandnew.example", "categories": ["Advertisement", "Location"], "documentation": []}}}
EOF
ends 0 sdks import exodus "$work/lists/trackers.json"
says '^taken: code 2, segments 1, hosts 1; in 2 SDKs, 1 of them new'
says '^there already: 2'
says 'exodus:363 Pangle: com.bytedance: everything of ByteDance'
says 'exodus:900 .*: ab: too short'
[ "$(tr -d '\n\r[:print:]' <"$work/out" | LC_ALL=C tr -d '\200-\377' | wc -c)" = 0 ] || fail "a control character reached the terminal" "$work/out"
[ -s "$work/user/sdks/exodus.jsonl" ] || fail "no rows were written"
grep -q 'Open Database License' "$work/user/sdks/exodus.NOTICE" || fail "the licence does not stand beside the rows"
grep -q 'Prose' "$work/user/sdks/exodus.jsonl" && fail "prose was copied"
ends 0 sdks show brand-31mnew
says 'code +org.good.app0'
ends 0 sdks show umeng-analytics
says 'org.good.added'
cp "$work/user/sdks/exodus.jsonl" "$work/first"
ends 0 sdks import exodus "$work/lists/trackers.json"
cmp "$work/first" "$work/user/sdks/exodus.jsonl" || fail "the same list gives other rows"
ends 0 sdks check
says 'exodus.jsonl:'
ok "Exodus's list: new pieces become rows with their licence, the rest is told"

mkdir -p "$work/lists/rules/native-libs" "$work/lists/rules/services-libs/com/fresh"
echo '{"label":"Fresh","team":"T"}' >"$work/lists/rules/native-libs/libfreshone.so.json"
echo '{"data":[{"locale":"en","data":{"label":"Fresh"}}],"uuid":"U"}' >"$work/lists/rules/services-libs/com/fresh/Push.json"
ends 0 sdks import libchecker "$work/lists/rules" --out "$work/elsewhere"
says '^taken: components 1, natives 1; in 1 SDKs, 1 of them new'
[ -s "$work/elsewhere/sdks/libchecker.jsonl" ] || fail "--out was not obeyed"
[ ! -e "$work/user/sdks/libchecker.jsonl" ] || fail "--out left something at home"

/usr/bin/python3 - "$work/lists" <<'EOF'
import random, sqlite3, sys
folder = sys.argv[1]
rules = [("libfreshtwo.so", "Fresh", 0, 0), (r"libfresh-\d+\.so", "Fresh", 0, 1), ("lib(a|b)fresh.so", "Fresh", 0, 1),
         ("com.fresh.Receiver", "Fresh", 3, 0), ("com.fresh.sdk", "Fresh", 5, 0), ("FRESH_KEY", "Fresh", 8, 0),
         ("com.fresh.ACTION", "Fresh", 9, 0), ("com.fresh.PERMISSION", "Fresh", 7, 0), ("libjiagu.so", "Known", 0, 0)]

def table(name, statements):
    db = sqlite3.connect(f"{folder}/{name}")
    for statement in statements:
        db.execute(statement)
    return db

CREATE = "CREATE TABLE rules_table(_id INTEGER PRIMARY KEY, name TEXT, label TEXT, type INTEGER, iconIndex INTEGER, isRegexRule INTEGER, regexName TEXT)"
db = table("rules.db", [CREATE])
db.executemany("INSERT INTO rules_table(name, label, type, isRegexRule) VALUES(?, ?, ?, ?)", rules)
db.commit()
whole = open(f"{folder}/rules.db", "rb").read()
# a look at it must not run what its maker wants
db = table("view.db", [CREATE.replace("rules_table", "hidden"),
                       "CREATE VIEW rules_table AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
                       "SELECT 'n' AS name, 'l' AS label, 0 AS type, 0 AS isRegexRule FROM c"])
db.commit()
table("empty.db", ["CREATE TABLE other(x)"]).commit()
open(f"{folder}/cut.db", "wb").write(whole[:5000])
random.seed(7)
for n in range(20):
    broken = bytearray(whole)
    for _ in range(40):
        broken[random.randrange(100, len(broken))] = random.randrange(256)
    open(f"{folder}/broken{n}.db", "wb").write(bytes(broken))
EOF
ends 0 sdks import libchecker "$work/lists/rules.db"
says '^taken: code 1, components 1, metadata 1, actions 1, natives 2; in 1 SDKs, 1 of them new'
says 'Fresh: lib\(a\|b\)fresh.so: a pattern that'
says 'Fresh: com.fresh.PERMISSION: permissions are no anchors here'
jq -e '.natives == ["libfresh-*.so", "libfreshtwo.so"] and .sources == ["libchecker"]' "$work/user/sdks/libchecker.jsonl" >/dev/null ||
        fail "rows of rules.db" "$work/user/sdks/libchecker.jsonl"
for name in view empty; do
        ends 3 sdks import libchecker "$work/lists/$name.db" --out "$work/elsewhere"
        grep -q 'no table of rules can be read' "$work/err" || fail "$name.db" "$work/err"
done
for file in "$work/lists/cut.db" "$work"/lists/broken*.db; do
        exit_of timeout 60 "$overreach" sdks import libchecker "$file" --out "$work/elsewhere" >"$work/out" 2>"$work/err"
        case $code in 0 | 3) ;; *) fail "$file: exit code $code" "$work/err" ;; esac
done
ok "LibChecker's rules come from the tree and from rules.db; a broken or tricky database does no harm"

printf '%s\n' '{"id":"/com/fresh","path":"/com/fresh/ui","name":"Fresh","type":"UI Component","perms":[],"url":"https://f.example"}' \
        '{"id":"/okio","path":"/okio","name":"Okio","type":"Utility"}' >"$work/lists/libsmali.jsonl"
ends 0 sdks import izzyondroid "$work/lists/libsmali.jsonl" --json
jq -e '.taken.code == 1 and .known == 1 and .rows[0].code == ["com.fresh.ui"]' "$work/out" >/dev/null || fail "izzyondroid" "$work/out"
ends 2 sdks import somebody "$work/lists/libsmali.jsonl"
ends 3 sdks import exodus "$work/lists/libsmali.jsonl"
for list in exodus libchecker izzyondroid; do ends 2 sdks import "$list" "$work/absent"; done
OVERREACH_USER_DATA='' ends 2 sdks import exodus "$work/lists/trackers.json"
ok "IzzyOnDroid's lines are taken; what is no list is refused"

# ---- analyses use what was added ---------------------------------------------------------------------------------------------

"$e2e/make_apks.py" "$work/apks"
mkdir -p "$work/more/META-INF" "$work/more/assets/flutter_assets"
printf '1.9.0\n' >"$work/more/META-INF/androidx.core_core.version"
printf 'version=18.4.0\nclient=play-services-basement\n' >"$work/more/play-services-basement.properties"
: >"$work/more/assets/flutter_assets/NOTICES"
cp "$work/apks/good0.apk" "$work/filed.apk"
(cd "$work/more" && zip -q -r "$work/filed.apk" .)
"$overreach" scan --only sdks "$work/filed.apk" >"$work/out"
jq -e '[.sdks[] | select(.evidence | any(.kind == "file"))] | map([.id, .confidence, .version, .version_from]) == [
        ["androidx", "medium", "1.9.0", "META-INF/androidx.core_core.version"], ["flutter", "medium", null, null],
        ["google-play-services", "medium", "18.4.0", "play-services-basement.properties"]]' "$work/out" >/dev/null ||
        fail "files in the archive are no evidence" "$work/out"
ok "files that outlive renaming name their SDK and its version"

"$overreach" scan "$work/apks/good1.apk" >"$work/with"
OVERREACH_USER_DATA='' "$overreach" scan "$work/apks/good1.apk" >"$work/without"
[ "$(jq -r .passes "$work/with")" != "$(jq -r .passes "$work/without")" ] || fail "the pass digest does not tell the user's rows"
printf '%s\n' '{"id":"mine","name":"My own","code":["org.good"],"sources":["own"]}' >"$work/user/sdks/mine.jsonl"
ends 0 sdks check "$work/user/sdks/mine.jsonl"
printf '%s\n' '{"id":"mine","code":["okhttp3"]}' '{"id":"mine","name":"My","code":["okhttp3"]}' >"$work/lists/mine.jsonl"
ends 2 sdks check "$work/lists/mine.jsonl"
says 'okhttp3: belongs to okhttp here'
echo '{"id":' >"$work/user/sdks/mine.jsonl"
exit_of "$overreach" scan "$work/apks/good1.apk" >"$work/out" 2>"$work/err"
[ "$code" != 0 ] || fail "broken rows of the user's own are passed over in silence" "$work/out"
grep -q 'mine.jsonl:1' "$work/out" "$work/err" || fail "nobody says where the user's rows are broken" "$work/err" "$work/out"
ok "analyses read the user's rows, say so in their digest, and do not pass over broken ones"
