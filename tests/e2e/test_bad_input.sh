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
                'select(.type == "observation" and .market == $m and .package == $p) | "\(.outcome) \(.detail // "")"')
        [[ $row == "$4 "* ]] || fail "app $3 of $2 in sweep $1: expected $4, saw \"$row\"" "$work/$1.err"
        [[ $row =~ ${5:-.*} ]] || fail "app $3 of $2 in sweep $1: the message \"$row\" does not match \"$5\""
}

free_port() {
        /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# ---- markets that cannot be listed ------------------------------------------------------------------------------------

serve_faults main "$work/www" 2>/dev/null || { mkdir -p "$work/www" && serve_faults main "$work/www"; }
