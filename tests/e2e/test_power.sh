#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fifty states that a power failure may leave, each opened and gone on from (scripts/torture-power N rebuilds more of them).
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

build=${BUILD_DIR:-$source_dir/build/release}
if [ ! -e "$build/tests/power_record.so" ]; then # a sanitizer's build: the recorder and the sanitizer both want to be loaded first
        ok "power failures: not tested in a build with sanitizers"
        exit 0
fi
"$source_dir/scripts/torture-power" --build "$build" --overreach "$overreach" 50
ok "fifty power failures lose nothing acknowledged and leave nothing by half"
