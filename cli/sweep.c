/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "analyzer/analyzer.h"
#include "core/clock.h"
#include "core/text.h"
#include "crawler/crawler.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static struct {
        char *name, *contact, *optout, *metadata;
        int sample, workers, attempts, stall_time;
        gint64 seed;
        gboolean fresh, no_judge;
} opt;

static const GOptionEntry entries[] = {
        {"name", 'n', 0, G_OPTION_ARG_STRING, &opt.name, "Name of the sweep (default: the date)", "NAME"},
        {"contact", 'c', 0, G_OPTION_ARG_STRING, &opt.contact,
         "Mail address or page sent with every request (default: $OVERREACH_CONTACT)", "ADDRESS"},
        {"sample", 0, 0, G_OPTION_ARG_INT, &opt.sample,
         "Take only N apps per market, the same ones each time", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &opt.seed, "Seed of the sample (default 0)", "S"},
        {"opt-out", 0, 0, G_OPTION_ARG_FILENAME, &opt.optout,
         "Apps to leave alone: \"package\" or \"market/package\" a line", "FILE"},
        {"workers", 'j', 0, G_OPTION_ARG_INT, &opt.workers, "Analysis processes (default: one per core)",
         "N"},
        {"attempts", 0, 0, G_OPTION_ARG_INT, &opt.attempts,
         "Tries per request before it counts as lost (default 5)", "N"},
        {"stall-time", 0, 0, G_OPTION_ARG_INT, &opt.stall_time,
         "Give up a transfer slower than 1 KB/s for so long (default 30)", "SECONDS"},
        {"fresh", 0, 0, G_OPTION_ARG_NONE, &opt.fresh, "Start a new sweep even when an equal one was cut off",
         NULL},
        {"no-judge", 0, 0, G_OPTION_ARG_NONE, &opt.no_judge,
         "Only collect; judge later with `overreach judge`", NULL},
        {"metadata", 'm', 0, G_OPTION_ARG_FILENAME, &opt.metadata,
         "Write the run's closing JSON there too (always in the database folder, runs/)", "FILE"},
        {NULL}};

typedef struct {
        GPtrArray *markets;
        RuleSet *rules;
        Analyzer *analyzer;
        GArray *digests; /* CrawlDigest */
        CrawlSettings settings;
} Plan;

static void plan_clear(Plan *plan)
{
        if (plan->markets)
                g_ptr_array_unref(plan->markets);
        if (plan->digests)
                g_array_unref(plan->digests);
        ruleset_free(plan->rules);
        analyzer_free(plan->analyzer);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Plan, plan_clear)

static bool load_markets(Plan *plan, const char *home, int argc, char **argv, GError **error)
{
        plan->markets = g_ptr_array_new_with_free_func((GDestroyNotify)market_free);
        if (argc == 0)
                return fault(error, FAULT_USAGE, "name at least one market; `overreach markets` lists them");
        for (int i = 0; i < argc; i++) {
                Market *market = cli_market(home, argv[i], error);
                if (!market)
                        return false;
                for (guint k = 0; k < plan->markets->len; k++) {
                        const Market *other = g_ptr_array_index(plan->markets, k);
                        if (g_str_equal(other->name, market->name)) {
                                fault(error, FAULT_USAGE, "market \"%s\" was named twice", market->name);
                                market_free(market);
                                return false;
                        }
                }
                g_ptr_array_add(plan->markets, market);
        }
        return true;
}

static bool is_sweep_name(const char *name)
{
        size_t n = strlen(name);
        return n > 0 && n <= 100 && strspn(name, "0123456789") < n && !g_str_equal(name, "latest") &&
               g_utf8_validate(name, -1, NULL);
}

static bool make_plan(Plan *plan, int argc, char **argv, GError **error)
{
        g_autofree char *home = datafile_home(error);
        if (!home || !load_markets(plan, home, argc, argv, error))
                return false;
        if (opt.sample < 0 || opt.workers < 0 || opt.attempts < 0 || opt.seed < 0 || opt.stall_time < 0)
                return fault(
                        error, FAULT_USAGE,
                        "--sample, --seed, --workers, --attempts and --stall-time take no negative number");
        if (opt.name && !is_sweep_name(opt.name))
                return fault(error, FAULT_USAGE,
                             "--name %s: a sweep is called by up to 100 bytes that are not \"latest\" or a "
                             "number, so "
                             "that it can be told from them",
                             opt.name);
        g_autofree char *user = datafile_user_home();
        plan->analyzer = analyzer_new(home, user, error);
        plan->rules = plan->analyzer ? ruleset_load(home, error) : NULL;
        if (!plan->rules)
                return false;
        const Setting *const *files;
        size_t n = ruleset_files(plan->rules, &files);
        plan->digests = g_array_new(FALSE, FALSE, sizeof(CrawlDigest));
        for (size_t i = 0; i < n; i++) {
                CrawlDigest digest = {files[i]->key, files[i]->value};
                g_array_append_val(plan->digests, digest);
        }
        const char *contact = g_getenv("OVERREACH_CONTACT");
        plan->settings = (CrawlSettings){.markets = (Market **)plan->markets->pdata,
                                         .n_markets = plan->markets->len,
                                         .contact = opt.contact           ? opt.contact
                                                    : contact && *contact ? contact
                                                                          : NULL,
                                         .optout_path = opt.optout,
                                         .passes = analyzer_passes(plan->analyzer),
                                         .data_digests = (const CrawlDigest *)(void *)plan->digests->data,
                                         .n_data_digests = plan->digests->len,
                                         .sample = (unsigned)opt.sample,
                                         .seed = (uint64_t)opt.seed,
                                         .max_attempts = (unsigned)opt.attempts,
                                         .workers = opt.workers,
                                         .low_speed_s = opt.stall_time,
                                         .judge_follows = !opt.no_judge,
                                         .sweep_name = opt.name,
                                         .fresh = opt.fresh};
        return true;
}

/* ---- the closing record of a run ------------------------------------------------------------------------------------ */

static Json *closing(const Sweep *sweep, const CrawlResult *r, GHashTable *outcomes,
                     const JudgeTotals *judged)
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
        json_set_int(counts, "failed_markets", (int64_t)r->failed_markets);
        json_set(json, "outcomes", cli_outcomes_json(outcomes));
        Json *run = json_set(json, "run", json_map());
        json_set_int(run, "wire_bytes", (int64_t)r->wire_bytes);
        json_set_int(run, "requests", (int64_t)r->requests);
        if (judged) {
                json_set_str(json, "rule_set", judged->rule_set);
                json_set_int(counts, "judged", (int64_t)judged->apps);
                json_set_int(counts, "over_collecting", (int64_t)judged->over);
        }
        if (sweep)
                json_set(json, "sweep_record", record_json(&sweep->base, false));
        return json;
}

static bool write_closing(Store *store, const Json *json, const CrawlResult *r, GError **error)
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
            (opt.metadata && !g_file_set_contents(opt.metadata, text, -1, &cause)))
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
                        printf(" %u apps, %u taken (index: %s)", m->listed, m->selected,
                               m->how ? m->how : "?");
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
               " could not be read, %" G_GUINT64_FORMAT " not fetched\n",
               r->analysed, r->unanalysable, r->unfetched);
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

static int run(int argc, char **argv, GError **error)
{
        g_auto(Plan) plan = {0};
        g_autoptr(Arena) arena = arena_new();
        CrawlResult result = {0};
        JudgeTotals judged = {0};
        if (!make_plan(&plan, argc, argv, error))
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
        bool judge = result.finished && !opt.no_judge && sweep && !g_str_equal(sweep->state, "failed");
        if (!sweep || (judge && !cli_judge_sweep(store, sweep, &judged, error)))
                return -1;
        sweep = store_sweep_named(store, number, arena, error); /* as its judge left it */
        if (!sweep)
                return -1;
        g_autoptr(GHashTable) outcomes = cli_count_outcomes(store, result.sweep, error);
        if (!outcomes)
                return -1;
        g_autoptr(Json) json = closing(sweep, &result, outcomes, judge ? &judged : NULL);
        if (!write_closing(store, json, &result, error))
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
        .options = entries,
        .workers = true,
        .run = run};
