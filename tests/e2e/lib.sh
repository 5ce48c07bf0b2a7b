#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the e2e tests share. Source it first: it sets $source_dir, $overreach and $work (a folder that goes at the end, with every
# server that serve_folder started and whatever the test's own at_exit does).
# shellcheck disable=SC2034 # what is set here is for the tests
set -euo pipefail

source_dir=${SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
overreach=${OVERREACH:-$source_dir/build/release/overreach}
work=$(mktemp -d "${TMPDIR:-/tmp}/overreach-e2e.XXXXXX")
export OVERREACH_USER_DATA= # nothing of whoever runs the tests
servers=() # state folders of nginx
faulty=()  # process ids of fault servers

at_exit() { :; } # a test may define its own

leave() {
        local state
        [ "$BASHPID" = $$ ] || return 0 # a subshell that ends by an error comes here, too
        at_exit || true
        for state in "${servers[@]}"; do
                "$source_dir/scripts/serve" --stop "$state" || true
        done
        for state in "${faulty[@]}"; do
                kill "$state" 2>/dev/null || true
        done
        rm -rf "$work"
}
trap leave EXIT

ok() { echo "ok: $*"; }

# fail MESSAGE [FILE...]: says what was expected and seen, and shows the end of the files that tell why.
fail() {
        echo "FAIL: $1" >&2
        shift
        for file in "$@"; do
                echo "---- $file" >&2
                tail -n 40 "$file" >&2 || true
        done
        exit 1
}

# expect WHAT WANTED SEEN [FILE...]
expect() {
        [ "$2" = "$3" ] || fail "$1: expected \"$2\", saw \"$3\"" "${@:4}"
}

# serve_folder NAME DIR [option of scripts/serve...]: sets $url and $state, the folder of its access.log.
serve_folder() {
        local name=$1 dir=$2 port pid
        shift 2
        eval "$("$source_dir/scripts/serve" --state "$work/nginx-$name" "$@" "$dir" 0)"
        servers+=("$state")
}

# serve_faults NAME DIR [PORT]: serves a folder by the server that can misbehave (tests/support/fault_server.h says how), a host of its
# own; sets $url and $log, which gets a line a request.
serve_faults() {
        log=$work/$1.log url=""
        "${FAULT_SERVER:-${BUILD_DIR:-$source_dir/build/release}/tests/fault_server}" --port "${3:-0}" --log "$log" "$2" >"$work/$1.url" &
        faulty+=($!)
        for _ in $(seq 250); do
                url=$(cat "$work/$1.url" 2>/dev/null || true)
                [ -z "$url" ] || return 0
                sleep 0.02
        done
        fail "the fault server $1 did not start"
}

# market_file PATH URL FINGERPRINT [line...]: a market on this machine that may be asked as fast as it answers.
market_file() {
        local path=$1 url=$2 fingerprint=$3
        shift 3
        [ $# -gt 0 ] || set -- "requests_per_second: 1000" "connections: 16"
        {
                printf 'title: %s\nkind: fdroid\nurl: %s\nfingerprint: %s\n' "$(basename "$path" .yaml)" "$url" "$fingerprint"
                printf 'categories: f_droid\nloopback: true\n'
                printf '%s\n' "$@"
        } >"$path"
}

# exit_of COMMAND...: sets $code to its exit code, whatever it is.
exit_of() {
        code=0
        "$@" || code=$?
}
