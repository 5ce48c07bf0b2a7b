#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# kill -9 at ten random moments of a sweep, each followed by the same command (scripts/torture-kill N does more of them).
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

"$source_dir/scripts/torture-kill" --overreach "$overreach" --dir "$work" --apps 150 --seconds 5 10
ok "ten kills leave no trace in what a sweep finds, and cost nothing that was recorded"
