#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# scripts/check-layers can fail: every wall is broken once in a copy of the tree, and the script must say where.
set -euo pipefail
source_dir=${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
failed=0

fresh_copy() {
        rm -rf "${copy:?}/tree"
        mkdir "$copy/tree"
        for room in core worker store analyzer judge crawler reports cli; do
                [ ! -d "$source_dir/$room" ] || cp -r "$source_dir/$room" "$copy/tree/"
        done
}

expect() { # what it is about, words the script must say; the tree has been broken before
        if "$source_dir/scripts/check-layers" "$copy/tree" >"$copy/said" 2>&1; then
                echo "FAIL: $1: check-layers was content" >&2
                failed=1
        elif ! grep -qF -- "$2" "$copy/said"; then
                echo "FAIL: $1: no word of '$2' in:" >&2
                cat "$copy/said" >&2
                failed=1
        else
                echo "ok: $1"
        fi
}

fresh_copy
printf '#include "store/store.h"\n' >"$copy/tree/core/intruder.c"
expect "core may not include store" 'core/intruder.c:1: "store/store.h": core may include no other room, not store'

fresh_copy
printf '#include "crawler/crawler.h"\n' >"$copy/tree/reports/intruder.c"
expect "reports may not include crawler" 'reports/intruder.c:1: "crawler/crawler.h"'

fresh_copy
printf '#include <glib.h>\n\n#include <rocksdb/c.h>\n' >"$copy/tree/reports/intruder.c"
expect "RocksDB stays in store/db.c" 'reports/intruder.c:3: <rocksdb/c.h> belongs in store/db.*'

fresh_copy
printf '#include <jansson.h>\n' >"$copy/tree/core/intruder.c"
expect "an unknown library needs a home first" '<jansson.h> has no home'

fresh_copy
printf '#include "judge/round_b.h"\n' >"$copy/tree/judge/round_a.h"
printf '#include "judge/round_a.h"\n' >"$copy/tree/judge/round_b.h"
expect "a circle of headers is found" 'judge/round_a.h -> judge/round_b.h -> judge/round_a.h'

fresh_copy
printf 'int intruder(void);\n' >"$copy/tree/core/intruder.h"
printf '#include <glib.h>\n#include "core/intruder.h"\n' >"$copy/tree/core/intruder.c"
expect "a source includes its own header first" 'core/intruder.c:1: its own header "core/intruder.h" must come first'

fresh_copy
printf '/* #include <rocksdb/c.h>\n#include <curl/curl.h> */\n' >"$copy/tree/core/quiet.c"
"$source_dir/scripts/check-layers" "$copy/tree" >"$copy/said" 2>&1 || true
if grep -q 'core/quiet.c' "$copy/said"; then
        echo "FAIL: an include within a comment is none" >&2
        failed=1
fi
exit "$failed"
