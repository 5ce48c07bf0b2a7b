#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Some thirty markets at once, each with a trouble of its own (tests/fakes): each ends under the name of its trouble, and the
# one that is well does not notice.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

fake_markets=${FAKE_MARKETS:-${BUILD_DIR:-$source_dir/build/release}/tests/fake_markets}
apps=3

# market | its fault | what becomes of it | how many it lists | its detail holds | what becomes of its apps
troubles() {
        cat <<-EOF2
		well||listed|3||unanalysable
		throttled-once|aptoide:list:429,times=1|listed|3||unanalysable
		told-a-date|aptoide:list:503-date=2,times=1|listed|3||unanalysable
		throttled|aptoide:list:429-retry=1|listed|0|throttled|
		captcha|aptoide:list:captcha|listed|0|throttled|
		empty|aptoide:list:empty|listed|0|is empty|
		redesigned|aptoide:list:shape|listed|0|shape-changed|
		canary-redesigned|aptoide:detail:shape|paused:shape-changed|0|canary of|
		canary-gone|aptoide:detail:empty|paused:shape-changed|0|certainly there|
		gzip-bomb|aptoide:list:gzip-bomb|listed|0|too-large|
		br-bomb|aptoide:list:br-bomb|listed|0|too-large|
		zstd-bomb|aptoide:list:zstd-bomb|listed|0|too-large|
		bad-gzip|aptoide:list:bad-gzip|listed|0|protocol|
		endless|aptoide:list:endless|listed|0|too-large|
		endless-headers|aptoide:list:endless-headers|listed|0|protocol|
		garbage|aptoide:list:garbage|listed|0|protocol|
		drop|aptoide:list:drop|listed|0|no-connection|
		redirect-loop|aptoide:list:redirect-loop|listed|0|redirects|
		redirect-file|aptoide:list:redirect=file:///etc/passwd|listed|0|redirects|
		redirect-private|aptoide:list:redirect-private|listed|0|forbidden-address|
		stall|aptoide:list:stall=100|listed|0|stalled|
		slow-loris|aptoide:list:slow-loris|listed|0|stalled|
		chunk-error|aptoide:list:chunk-error|listed|0|truncated|
		cut|aptoide:list:cut=300|listed|0|truncated|
		cut-once|aptoide:list:cut=300,times=1|listed|3||unanalysable
		robots-500|aptoide:robots:status=500|failed:robots-unreachable|0|HTTP 500|
		robots-drop|aptoide:robots:drop|failed:host-unreachable|0|given up|
		apk-html|aptoide:apk:captcha|listed|3||unfetched:size-mismatch
		apk-long|aptoide:apk:long-length=10|listed|3||unfetched:size-mismatch
		apk-digest|aptoide:apk:wrong-digest|listed|3||unfetched:digest-mismatch
		apk-403|aptoide:apk:status=403|listed|3||unfetched:refused
		apk-404|aptoide:apk:status=404|listed|3||unfetched:gone
		apk-private|aptoide:apk:redirect-private|listed|3||unfetched:forbidden-address
		apk-loop|aptoide:apk:redirect-loop|listed|3||unfetched:redirects
	EOF2
}

while IFS='|' read -r name fault _; do
        : >"$work/$name.table"
        "$fake_markets" --apps $apps --only aptoide ${fault:+--fault "$fault"} >"$work/$name.table" &
        faulty+=($!)
done < <(troubles)
while IFS='|' read -r name _; do
        for _ in $(seq 250); do
                ! grep -q ^ready "$work/$name.table" || break
                sleep 0.02
        done
        "$source_dir/tests/fakes/make-market-files" "$work/$name.table" "$work/made" aptoide
        mv "$work/made/aptoide.yaml" "$work/$name.yaml"
done < <(troubles)

exit_of "$overreach" sweep --store "$work/db" --name faults --attempts 2 --stall-time 1 --metadata "$work/closing.json" "$work"/*.yaml \
        >"$work/out" 2>"$work/err"
expect "exit code" 3 "$code" "$work/out" "$work/err"
"$overreach" export --store "$work/db" faults >"$work/export"

count=0
while IFS='|' read -r name _ outcome listed detail apps_end; do
        expect "$name" "$outcome $listed" \
                "$(jq -r --arg m "$name" '.sweep_record.results[] | select(.market == $m) | .outcome + " " + ((.listed // 0) | tostring)' "$work/closing.json")" \
                "$work/out" "$work/err"
        jq -r --arg m "$name" '.sweep_record.results[] | select(.market == $m) | .detail // ""' "$work/closing.json" | grep -qF "$detail" ||
                fail "$name: its detail does not say \"$detail\"" "$work/out"
        seen=$(jq -r --arg m "$name" 'select(.table == "observations" and .market == $m) | .record.outcome' "$work/export")
        if [ -n "$apps_end" ]; then
                expect "apps of $name" $apps "$(grep -c "^$apps_end" <<<"$seen")" "$work/out"
        else
                expect "apps of $name" "" "$seen" "$work/out"
        fi
        count=$((count + 1))
done < <(troubles)
"$overreach" verify --store "$work/db" >"$work/verify" || fail "the database" "$work/verify"
ok "$count markets, each with another trouble, end as they should in one sweep"
