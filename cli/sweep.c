/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/sweepplan.h"

#include "core/text.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

/* ---- the closing record of a run ------------------------------------------------------------------------------------ */

static Json *closing(const Sweep *sweep, CrawlResult *r, GHashTable *outcomes, const JudgeTotals *judged)
{
        Json *json = json_map();
        json_set_str(json, "program", "overreach " OVERREACH_VERSION);
        json_set_str(json, "sweep", r->name);
        json_set_int(json, "sweep_number", r->sweep);
        json_set_str(json, "state", r->interrupted ? "interrupted" : r->finished ? "done" : "open");
        json_set_bool(json, "resumed", r->resumed);
        Json *counts = json_set(json, "counts", json_map());
        json_set_int(counts, "listed", (int64_t)r->listed);
        json_set_int(counts, "selected", (int64_t)r->selected);
        json_set_int(counts, "analysed", (int64_t)r->analysed);
        json_set_int(counts, "unanalysable", (int64_t)r->unanalysable);
        json_set_int(counts, "unfetched", (int64_t)r->unfetched);
        json_set_int(counts, "only_listed", (int64_t)r->only_listed);
        json_set_int(counts, "failed_markets", (int64_t)r->failed_markets);
        json_set(json, "outcomes", cli_outcomes_json(outcomes));
        Json *run = json_set(json, "run", json_map());
        json_set_int(run, "wire_bytes", (int64_t)r->wire_bytes);
        json_set_int(run, "requests", (int64_t)r->requests);
        json_set_int(run, "leases_returned", (int64_t)r->returned);
        if (r->figures)
                json_set(run, "figures", g_steal_pointer(&r->figures));
        if (judged) {
                json_set_str(json, "rule_set", judged->rule_set);
                json_set_int(counts, "judged", (int64_t)judged->apps);
                json_set_int(counts, "over_collecting", (int64_t)judged->over);
        }
        if (sweep)
                json_set(json, "sweep_record", record_json(&sweep->base, false));
        return json;
}

static bool write_closing(Store *store, const Json *json, const CrawlResult *r, const char *also,
                          GError **error)
{
        g_autofree char *text = json_print(json, true);
        g_autofree char *folder = g_build_filename(store_directory(store), "runs", NULL);
        g_autofree char *safe = text_file_name(r->name);
        g_autofree char *name = g_strconcat(safe, ".json", NULL);
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autoptr(GError) cause = NULL;
        if (g_mkdir_with_parents(folder, 0755) != 0)
                return fault_errno(error, FAULT_IO, errno, "%s", folder);
        if (!g_file_set_contents(path, text, -1, &cause) ||
            (also && !g_file_set_contents(also, text, -1, &cause)))
                return fault(error, FAULT_IO, "closing record: %s", cause->message);
        return true;
}

static void print_markets(const Sweep *sweep)
{
        for (size_t i = 0; i < sweep->n_results; i++) {
                const MarketResult *m = sweep->results[i];
                g_autofree char *detail = text_terminal(m->detail);
                printf("  %-18s %s", m->market, m->outcome);
                if (m->has_listed)
                        printf(" %u apps, %u taken", m->listed, m->selected);
                if (m->how)
                        printf(" (index: %s)", m->how);
                printf("%s%s\n", m->detail ? " - " : "", m->detail ? detail : "");
        }
}

static void print_result(const Sweep *sweep, const CrawlResult *r, GHashTable *outcomes,
                         const JudgeTotals *judged)
{
        g_autofree char *name = text_terminal(r->name);
        g_autofree char *bytes = text_bytes(r->wire_bytes);
        printf("sweep %s (number %u): %s\n", name, r->sweep,
               r->interrupted ? "interrupted, the same command resumes it"
               : sweep && g_str_equal(sweep->state, "failed")
                       ? "no market could be listed; with --name the same command tries again"
               : r->resumed && !r->requests ? "was done already; another --name sweeps again"
                                            : "done");
        if (sweep)
                print_markets(sweep);
        printf("  apps: %" G_GUINT64_FORMAT " analysed, %" G_GUINT64_FORMAT
               " could not be read, %" G_GUINT64_FORMAT " not fetched",
               r->analysed, r->unanalysable, r->unfetched);
        if (r->only_listed)
                printf(", %" G_GUINT64_FORMAT " listed only", r->only_listed);
        putchar('\n');
        cli_print_losses(outcomes);
        printf("  this run: %" G_GUINT64_FORMAT " request%s, %s received\n", r->requests,
               r->requests == 1 ? "" : "s", bytes);
        if (judged && judged->apps)
                printf("  judged by %s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                       " apps judged ask for a permission not advised for their type\n",
                       judged->rule_set, judged->over, judged->apps);
        if (judged && g_hash_table_size(outcomes))
                printf("next: overreach report %s\n", name);
}

static int exit_code(const CrawlResult *r, const CrawlSettings *s)
{
        if (r->interrupted)
                return EXIT_INTERRUPTED;
        if (r->failed_markets == s->n_markets)
                return EXIT_NETWORK;
        return r->failed_markets || r->unanalysable || r->unfetched ? EXIT_PARTIAL : EXIT_OK;
}

/* --verify-named: what the judgement of parts names is fetched whole and judged again. --keep named: what it does not name goes. */
static bool look_again(Store *store, Plan *plan, const char *number, CrawlResult *result, JudgeTotals *judged,
                       GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        if (plan->verify_named && judged->over > 0) {
                CrawlResult again = {0};
                plan->settings.verify = true;
                plan->settings.sweep_name = result->name;
                bool ok = crawl_run(store, &plan->settings, &again, error);
                g_free(again.name);
                if (!ok) {
                        json_free(again.figures);
                        return false;
                }
                uint64_t wire_bytes = result->wire_bytes + again.wire_bytes,
                         requests = result->requests + again.requests;
                char *name = result->name;
                json_free(result->figures);
                *result = again;
                result->name = name;
                result->wire_bytes = wire_bytes;
                result->requests = requests;
                const Sweep *sweep = store_sweep_named(store, number, arena, error);
                if (!sweep || (again.finished && !cli_judge_sweep(store, sweep, judged, error)))
                        return false;
        }
        return !plan->keep_named || !result->finished || cli_keep_named(store, number, error);
}

static int run(int argc, char **argv, GError **error)
{
        g_auto(Plan) plan = {0};
        g_autoptr(Arena) arena = arena_new();
        CrawlResult result = {0};
        JudgeTotals judged = {0};
        if (!sweepplan_make(&plan, argc, argv, error))
                return -1;
        g_autoptr(Store) store = cli_open_store(STORE_CREATE, error);
        if (!store)
                return -1;
        if (!crawl_run(store, &plan.settings, &result, error)) {
                g_free(result.name);
                return -1;
        }
        g_autofree char *name = result.name;
        g_autofree char *number = g_strdup_printf("%u", result.sweep);
        Sweep *sweep = store_sweep_named(store, number, arena, error);
        bool judge = result.finished && plan.judge && sweep && !g_str_equal(sweep->state, "failed");
        if (!sweep || (judge && !cli_judge_sweep(store, sweep, &judged, error)))
                return -1;
        if (judge && !look_again(store, &plan, number, &result, &judged, error))
                return -1;
        sweep = store_sweep_named(store, number, arena, error); /* as its judge left it */
        if (!sweep)
                return -1;
        g_autoptr(GHashTable) outcomes = cli_count_outcomes(store, result.sweep, error);
        if (!outcomes)
                return -1;
        g_autoptr(Json) json = closing(sweep, &result, outcomes, judge ? &judged : NULL);
        if (!write_closing(store, json, &result, plan.metadata, error))
                return -1;
        if (cli_common.json)
                cli_print_json(json);
        else
                print_result(sweep, &result, outcomes, judge ? &judged : NULL);
        return exit_code(&result, &plan.settings);
}

const Verb verb_sweep = {
        .name = "sweep",
        .summary = "List, fetch, analyse and judge the apps of one or more markets",
        .operands = "MARKET...",
        .description = "A MARKET is a name that `overreach markets` lists, or the path of a market file. The "
                       "same command\n"
                       "resumes a sweep that was cut off (Ctrl-C once: finishes what is in flight; twice: "
                       "stops at once).\n"
                       "Sweeping a public market needs --contact, so that its operator can reach you.",
        .example = "  overreach sweep f-droid --sample 50 --contact you@example.org",
        .options = sweepplan_options,
        .workers = true,
        .run = run};
