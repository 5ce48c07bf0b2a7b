/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/sweepplan.h"

#include <stdio.h>
#include <string.h>

static struct {
        char *name, *contact, *optout, *metadata, *by, *shard, *list, *follow, *tier, *record, *replay, *keep,
                *metrics, *samples, *bandwidth, *keep_budget, *min_free, *secrets;
        int sample, workers, attempts, stall_time, policy_gap;
        gint64 seed;
        gboolean fresh, no_judge, policies, verify_named;
} opt;

const GOptionEntry sweepplan_options[] = {
        {"name", 'n', 0, G_OPTION_ARG_STRING, &opt.name, "Name of the sweep (default: the date)", "NAME"},
        {"contact", 'c', 0, G_OPTION_ARG_STRING, &opt.contact,
         "Mail address or page sent with every request (default: $OVERREACH_CONTACT)", "ADDRESS"},
        {"sample", 0, 0, G_OPTION_ARG_INT, &opt.sample,
         "Take only N apps of each stratum (see --by), the same ones each time", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &opt.seed, "Seed of the sample (default 0)", "S"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &opt.by,
         "Draw N apps of each market, category or downloads band (default market)", "WHAT"},
        {"shard", 0, 0, G_OPTION_ARG_STRING, &opt.shard,
         "Only this part of the sample, for several machines: 2/5", "I/N"},
        {"list", 0, 0, G_OPTION_ARG_FILENAME, &opt.list,
         "Only these apps: \"package\" or \"market/package\" a line", "FILE"},
        {"follow", 0, 0, G_OPTION_ARG_STRING, &opt.follow,
         "Only the apps that the judgement of an earlier sweep named: were they mended, are they gone?",
         "SWEEP"},
        {"tier", 't', 0, G_OPTION_ARG_STRING, &opt.tier,
         "How much of each app: listing, manifest, dex or whole (default whole)", "TIER"},
        {"verify-named", 0, 0, G_OPTION_ARG_NONE, &opt.verify_named,
         "Fetch whole, and judge again, what a sweep of parts would name", NULL},
        {"policies", 0, 0, G_OPTION_ARG_NONE, &opt.policies,
         "Fetch the privacy policies that listings name, too", NULL},
        {"policy-gap", 0, 0, G_OPTION_ARG_INT, &opt.policy_gap,
         "Between two checks before a policy is called dead (default 600)", "SECONDS"},
        {"opt-out", 0, 0, G_OPTION_ARG_FILENAME, &opt.optout,
         "Apps to leave alone: \"package\" or \"market/package\" a line", "FILE"},
        {"workers", 'j', 0, G_OPTION_ARG_INT, &opt.workers, "Analysis processes (default: one per core)",
         "N"},
        {"bandwidth", 0, 0, G_OPTION_ARG_STRING, &opt.bandwidth,
         "Bytes per second of everything together, 500K or 2M (default: any)", "RATE"},
        {"min-free", 0, 0, G_OPTION_ARG_STRING, &opt.min_free,
         "Pause while the disk has less free (default 1G or a twentieth of it)", "SIZE"},
        {"keep", 0, 0, G_OPTION_ARG_STRING, &opt.keep,
         "Which APKs stay after their analysis: none, named (by the judgement) or all (default none)",
         "WHICH"},
        {"keep-budget", 0, 0, G_OPTION_ARG_STRING, &opt.keep_budget, "Disk space for kept APKs (default 10G)",
         "SIZE"},
        {"record", 0, 0, G_OPTION_ARG_FILENAME, &opt.record, "Keep every reply in this folder", "DIR"},
        {"replay", 0, 0, G_OPTION_ARG_FILENAME, &opt.replay,
         "Sweep again from such a folder, without a network", "DIR"},
        {"secrets", 0, 0, G_OPTION_ARG_FILENAME, &opt.secrets,
         "Folder of the keys that markets give (default ~/.config/overreach/secrets)", "DIR"},
        {"metrics", 0, 0, G_OPTION_ARG_STRING, &opt.metrics, "Prometheus metrics at this loopback address",
         "HOST:PORT"},
        {"samples", 0, 0, G_OPTION_ARG_FILENAME, &opt.samples, "Write a line of figures every second (CSV)",
         "FILE"},
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

void plan_clear(Plan *plan)
{
        if (plan->markets)
                g_ptr_array_unref(plan->markets);
        if (plan->digests)
                g_array_unref(plan->digests);
        ruleset_free(plan->rules);
        analyzer_free(plan->analyzer);
}

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

/* "500K", "2M", "1.5G": bytes, by powers of 1024. */
static bool read_size(const char *option, const char *text, uint64_t *out, GError **error)
{
        if (!text)
                return true;
        char *end = NULL;
        double n = g_ascii_strtod(text, &end);
        static const char units[] = "KMGT";
        const char *unit = *end ? strchr(units, g_ascii_toupper(*end)) : NULL;
        for (const char *u = units; unit && u <= unit; u++)
                n *= 1024;
        if (end == text || (*end && (!unit || end[1])) || !(n >= 1 && n < 1e18))
                return fault(error, FAULT_USAGE,
                             "%s %s: a size is a number, or one with K, M, G or T behind it", option, text);
        *out = (uint64_t)n;
        return true;
}

static bool read_sizes(CrawlSettings *s, GError **error)
{
        uint64_t bandwidth = 0;
        bool ok = read_size("--bandwidth", opt.bandwidth, &bandwidth, error) &&
                  read_size("--min-free", opt.min_free, &s->min_free, error) &&
                  read_size("--keep-budget", opt.keep_budget, &s->keep_bytes, error);
        s->bandwidth = (int64_t)bandwidth;
        return ok;
}

static bool read_shard(CrawlSettings *s, GError **error)
{
        char more = 0;
        if (opt.shard && (sscanf(opt.shard, "%u/%u%c", &s->shard, &s->shards, &more) != 2 || s->shard < 1 ||
                          s->shard > s->shards || s->shards > 10000))
                return fault(error, FAULT_USAGE, "--shard %s: I/N is wanted, with I from 1 to N", opt.shard);
        return true;
}

static bool is_one_of(const char *option, const char *value, const char *const *known, GError **error)
{
        if (!value || g_strv_contains(known, value))
                return true;
        g_autofree char *all = g_strjoinv(", ", (char **)known);
        return fault(error, FAULT_USAGE, "%s %s: one of %s is wanted", option, value, all);
}

/* Options that exclude each other, or whose words are few. */
static bool check_options(GError **error)
{
        static const char *const tiers[] = {"listing", "manifest", "dex", "whole", NULL};
        static const char *const strata[] = {"market", "category", "downloads", NULL};
        static const char *const keeps[] = {"none", "named", "all", NULL};
        if (opt.list && opt.follow)
                return fault(error, FAULT_USAGE, "--list and --follow both say which apps: give one of them");
        if (opt.record && opt.replay)
                return fault(error, FAULT_USAGE,
                             "--record needs a network and --replay has none: give one of them");
        if (opt.sample < 0 || opt.workers < 0 || opt.attempts < 0 || opt.seed < 0 || opt.stall_time < 0 ||
            opt.policy_gap < 0)
                return fault(error, FAULT_USAGE,
                             "--sample, --seed, --workers, --attempts, --stall-time and --policy-gap take no "
                             "negative number");
        return is_one_of("--tier", opt.tier, tiers, error) && is_one_of("--by", opt.by, strata, error) &&
               is_one_of("--keep", opt.keep, keeps, error);
}

bool sweepplan_make(Plan *plan, int argc, char **argv, GError **error)
{
        g_autofree char *home = datafile_home(error);
        if (!home || !load_markets(plan, home, argc, argv, error))
                return false;
        if (!check_options(error))
                return false;
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
                                         .tier = opt.tier,
                                         .by = opt.by,
                                         .list_path = opt.list,
                                         .follow = opt.follow,
                                         .policies = opt.policies,
                                         .policy_gap_ms = (int64_t)opt.policy_gap * 1000,
                                         .secrets = opt.secrets,
                                         .record_dir = opt.record,
                                         .replay_dir = opt.replay,
                                         .keep = opt.keep,
                                         .metrics = opt.metrics,
                                         .samples = opt.samples,
                                         .sweep_name = opt.name,
                                         .fresh = opt.fresh};
        plan->judge = !opt.no_judge;
        plan->verify_named = opt.verify_named;
        plan->keep_named = g_strcmp0(opt.keep, "named") == 0;
        plan->metadata = opt.metadata;
        return read_sizes(&plan->settings, error) && read_shard(&plan->settings, error);
}
