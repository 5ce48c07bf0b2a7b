/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <stdio.h>

static int run(int argc, char **argv, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(Store) store = cli_open_store(STORE_WRITE, error);
        Sweep *sweep = store ? cli_sweep(store, argc, argv, arena, error) : NULL;
        JudgeTotals totals;
        if (!sweep || !cli_judge_sweep(store, sweep, &totals, error))
                return -1;
        if (cli_common.json) {
                g_autoptr(Json) json = json_map();
                json_set_str(json, "sweep", sweep->name);
                json_set_str(json, "rule_set", totals.rule_set);
                json_set_int(json, "apps", (int64_t)totals.apps);
                json_set_int(json, "over_collecting", (int64_t)totals.over);
                cli_print_json(json);
        } else {
                printf("sweep %s judged by %s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                       " apps judged ask for a permission not advised for their type\n",
                       sweep->name, totals.rule_set, totals.over, totals.apps);
        }
        return EXIT_OK;
}

const Verb verb_judge = {
        .name = "judge",
        .summary = "Judge a sweep again, by the rules installed now, without a download",
        .operands = "[SWEEP]",
        .description =
                "Facts stay as they are; findings are stored under the rule set's id, beside those of other\n"
                "rule sets. SWEEP is a name, a number, or \"latest\" (the default).",
        .example = "  overreach judge 2026-11-21",
        .run = run};
