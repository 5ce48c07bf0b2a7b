/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/sweeps.h"

#include "core/clock.h"
#include "core/digest.h"
#include "core/log.h"
#include "crawler/listed.h"
#include "crawler/named.h"

static void put_setting(Arena *arena, size_t *n, Setting ***list, const char *key, const char *value)
{
        Setting *s = record_new(arena, Setting, setting__init);
        s->key = arena_str(arena, key);
        s->value = arena_str(arena, value);
        arena_push(arena, n, list, s);
}

static void put_number(Arena *arena, Sweep *sweep, const char *key, uint64_t value)
{
        g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);
        put_setting(arena, &sweep->n_settings, &sweep->settings, key, text);
}

/* Which apps; the follow list by what it names now, since a later judgement may name others. */
static bool describe_draw(Run *run, Sweep *sweep, GError **error)
{
        const CrawlSettings *s = run->settings;
        Arena *arena = run->arena;
        char hex[SHA256_HEX_SIZE] = "none";
        put_number(arena, sweep, "sample", s->sample);
        put_number(arena, sweep, "seed", s->seed);
        put_setting(arena, &sweep->n_settings, &sweep->settings, "by", s->by ? s->by : "market");
        put_setting(arena, &sweep->n_settings, &sweep->settings, "tier", run->tier);
        g_autofree char *shard = g_strdup_printf("%u/%u", s->shard, s->shards);
        put_setting(arena, &sweep->n_settings, &sweep->settings, "shard", shard);
        if (s->list_path && !digest_file_hex(s->list_path, hex, error))
                return false;
        put_setting(arena, &sweep->n_settings, &sweep->settings, "list", hex);
        put_setting(arena, &sweep->n_settings, &sweep->settings, "follow", s->follow ? s->follow : "none");
        put_setting(arena, &sweep->n_settings, &sweep->settings, "policies", s->policies ? "yes" : "no");
        return true;
}

/* What decides which apps a sweep takes and what it reads in them. */
static bool describe(Run *run, Sweep *sweep, GError **error)
{
        const CrawlSettings *s = run->settings;
        Arena *arena = run->arena;
        for (size_t i = 0; i < s->n_markets; i++) {
                char hex[SHA256_HEX_SIZE];
                if (!digest_file_hex(s->markets[i]->path, hex, error))
                        return false;
                void *name = arena_str(arena, s->markets[i]->name);
                arena_push(arena, &sweep->n_markets, &sweep->markets, name);
                g_autofree char *key = g_strconcat("market.", s->markets[i]->name, NULL);
                put_setting(arena, &sweep->n_settings, &sweep->settings, key, hex);
                g_autofree char *scheme = g_strconcat("categories.", s->markets[i]->name, NULL);
                put_setting(arena, &sweep->n_settings, &sweep->settings, scheme, s->markets[i]->categories);
        }
        if (!describe_draw(run, sweep, error))
                return false;
        put_setting(arena, &sweep->n_settings, &sweep->settings, "passes", s->passes);
        char hex[SHA256_HEX_SIZE] = "none";
        if (s->optout_path && !digest_file_hex(s->optout_path, hex, error))
                return false;
        put_setting(arena, &sweep->n_settings, &sweep->settings, "optout", hex);
        for (size_t i = 0; i < s->n_data_digests; i++)
                put_setting(arena, &sweep->n_data_digests, &sweep->data_digests, s->data_digests[i].key,
                            s->data_digests[i].value);
        sweep->passes = arena_str(arena, s->passes);
        sweep->program = (char *)"overreach " OVERREACH_VERSION;
        sweep->state = (char *)"open";
        return true;
}

/* NULL: equal. Else the first setting that differs. */
static const char *difference(const Sweep *a, const Sweep *b)
{
        if (a->n_settings != b->n_settings)
                return "markets";
        for (size_t i = 0; i < a->n_settings; i++) {
                if (!g_str_equal(a->settings[i]->key, b->settings[i]->key))
                        return "markets";
                if (!g_str_equal(a->settings[i]->value, b->settings[i]->value))
                        return a->settings[i]->key;
        }
        return NULL;
}

typedef struct {
        Sweep *named; /* has the wanted name */
        Sweep *open;  /* newest open one with equal settings */
        Sweep *other; /* newest open one with other settings */
} Found;

static bool look(Run *run, const Sweep *wanted, Found *found, GError **error)
{
        StoreWalk *walk = store_walk(run->store, STORE_SWEEPS, &(StoreKey){0});
        StoreKey key;
        bool ok = true;
        for (Span value; ok && store_walk_next(walk, &key, &value);) {
                Sweep *sweep = record_sweep(run->arena, value, error);
                ok = sweep != NULL;
                if (!ok)
                        break;
                if (run->settings->sweep_name && g_str_equal(sweep->name, run->settings->sweep_name))
                        found->named = sweep;
                if (g_str_equal(sweep->state, "done") || g_str_equal(sweep->state, "failed"))
                        continue;
                if (difference(sweep, wanted))
                        found->other = sweep;
                else
                        found->open = sweep;
        }
        return store_walk_end(walk, ok ? error : NULL) && ok;
}

/* "2026-11-21", "2026-11-21.2" ... */
static char *name_by_date(Run *run)
{
        g_autofree char *now = clock_text(clock_now_ms());
        now[10] = '\0';
        g_autoptr(Arena) arena = arena_new();
        for (int i = 1;; i++) {
                char *name = i == 1 ? arena_str(run->arena, now) : arena_printf(run->arena, "%s.%d", now, i);
                if (!store_sweep_named(run->store, name, arena, NULL))
                        return name;
        }
}

/* Its row, in the order the markets were named, with what it cannot do: that is told as unavailable, never as "no data". */
static void note_abilities(Run *run, const Market *market)
{
        static const MarketCan all[] = {MARKET_CATEGORIES, MARKET_LIST, MARKET_DETAIL, MARKET_RESOLVE,
                                        MARKET_LABELS};
        MarketResult *result = listed_result(run, market->name);
        for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
                if (!(market->can & all[i]))
                        arena_push(run->arena, &result->n_cannot, &result->cannot,
                                   (char *)market_can_name(all[i]));
        }
}

static bool create(Run *run, Sweep *sweep, GError **error)
{
        sweep->id = store_next_sweep(run->store);
        sweep->name = run->settings->sweep_name ? arena_str(run->arena, run->settings->sweep_name)
                                                : name_by_date(run);
        sweep->has_started_ms = sweep->has_runs = true;
        sweep->started_ms = clock_now_ms();
        sweep->runs = 1;
        run->sweep = sweep;
        for (size_t i = 0; i < run->settings->n_markets; i++)
                note_abilities(run, run->settings->markets[i]);
        StoreBatch *batch = store_batch_new(run->store);
        run_put_sweep(run, batch);
        return store_commit(run->store, batch, error);
}

static bool has_failed(const Sweep *sweep, const char *market)
{
        for (size_t i = 0; i < sweep->n_results; i++) {
                if (g_str_equal(sweep->results[i]->market, market))
                        return g_str_has_prefix(sweep->results[i]->outcome, "failed:") ||
                               g_str_has_prefix(sweep->results[i]->outcome, "paused:");
        }
        return false;
}

/* What lists a market, by its kind. */
static Errand *first_errand(Run *run, const Market *market)
{
        const char *again = has_failed(run->sweep, market->name)
                                    ? arena_printf(run->arena, "%u", run->sweep->runs)
                                    : NULL;
        g_autofree char *host = market->url ? market_host_of(market->url) : NULL;
        Errand *e = record_new(run->arena, Errand, errand__init);
        if (again)
                listed_result(run, market->name)->outcome = (char *)"open";
        const char *what = "index";
        e->kind = ERRAND__KIND__INDEX;
        if (market->protocol == MARKET_WEB) {
                bool canaries = market->canaries && market->canaries[0] && (market->can & MARKET_DETAIL);
                e->kind = ERRAND__KIND__PAGE;
                what = canaries ? "canary" : market->can & MARKET_CATEGORIES ? "categories" : "list";
                e->verb = (char *)what;
        } else if (market->protocol != MARKET_FDROID) {
                e->kind = ERRAND__KIND__SOURCE;
                what = "source";
        }
        e->sweep = run->sweep->id;
        e->id = arena_printf(run->arena, "%s/%s%s%s", what, market->name, again ? "/" : "",
                             again ? again : "");
        e->again = (char *)again;
        e->market = arena_str(run->arena, market->name);
        e->host = arena_str(run->arena, host ? host : market->name);
        e->base_url = arena_str(run->arena, market->url ? market->url : market->name);
        e->has_due_ms = true;
        return e;
}

/* One errand per market; known ones are left as they are, so this may be done twice. A market that failed in an earlier run of
 * this sweep is tried anew. */
static bool enqueue_markets(Run *run, GError **error)
{
        g_autoptr(GPtrArray) errands = g_ptr_array_new();
        for (size_t i = 0; i < run->settings->n_markets; i++)
                g_ptr_array_add(errands, first_errand(run, run->settings->markets[i]));
        return store_enqueue(run->store, (const Errand *const *)errands->pdata, errands->len, NULL, error);
}

static bool resume(Run *run, Sweep *sweep, GError **error)
{
        size_t returned = 0;
        run->sweep = sweep;
        run->result->resumed = true;
        sweep->has_runs = true;
        sweep->runs++;
        if (g_str_equal(sweep->state, "failed") || run->settings->verify)
                sweep->state = (char *)"open";
        StoreBatch *batch = store_batch_new(run->store);
        run_put_sweep(run, batch);
        if (!store_commit(run->store, batch, error) ||
            !store_reclaim(run->store, sweep->id, run->owner, clock_now_ms(), &returned, error))
                return false;
        run->returned += returned;
        return true;
}

bool sweep_begin(Run *run, GError **error)
{
        Sweep *wanted = record_new(run->arena, Sweep, sweep__init);
        Found found = {0};
        if (!describe(run, wanted, error) || !look(run, wanted, &found, error))
                return false;
        const char *differs = found.named ? difference(found.named, wanted) : NULL;
        bool done = found.named && g_str_equal(found.named->state, "done");
        if (differs)
                return fault(
                        error, FAULT_USAGE,
                        "sweep \"%s\" is %s and was started with other settings (\"%s\" differs): %schoose "
                        "another --name",
                        found.named->name, found.named->state, differs,
                        done ? "" : "repeat its command, or ");
        Sweep *again = found.named                                         ? found.named
                       : run->settings->sweep_name || run->settings->fresh ? NULL
                                                                           : found.open;
        if (done && run->settings->verify) {
                size_t n = 0;
                run->sweep = found.named;
                if (!named_enqueue(run, &n, error) || (n > 0 && !resume(run, found.named, error)))
                        return false;
                done = n == 0;
                run->result->finished = done;
        } else if (done) {
                run->sweep = found.named;
                run->result->finished = run->result->resumed = true;
        } else if (again) {
                if (!resume(run, again, error))
                        return false;
        } else {
                if (found.other && !run->settings->sweep_name)
                        log_event(LOG_WARN, "open_sweep", "sweep", found.other->name, "hint",
                                  "it was started with other settings; this call starts a new one", NULL);
                if (!create(run, wanted, error))
                        return false;
        }
        run->result->sweep = run->sweep->id;
        run->result->name = g_strdup(run->sweep->name);
        return done || enqueue_markets(run, error);
}
