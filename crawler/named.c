/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/named.h"

#include "crawler/taken.h"

enum { ERRANDS_A_BATCH = 500 };

typedef struct {
        Run *run;
        const PackageList *list;
        Arena *arena;
        GPtrArray *errands;
        size_t queued;
} Named;

static bool is_market_of(const Run *run, const char *name)
{
        for (size_t i = 0; i < run->settings->n_markets; i++) {
                if (g_str_equal(run->settings->markets[i]->name, name))
                        return true;
        }
        return false;
}

static bool write_down(Named *named, GError **error)
{
        size_t added = 0;
        if (!store_enqueue(named->run->store, (const Errand *const *)named->errands->pdata,
                           named->errands->len, &added, error))
                return false;
        named->queued += added;
        g_ptr_array_set_size(named->errands, 0);
        return true;
}

static bool look_at(Named *named, const StoreKey *key, Span value, GError **error)
{
        Run *run = named->run;
        const Observation *seen = record_observation(named->arena, value, error);
        if (!seen)
                return false;
        bool part = seen->artifact && g_str_has_prefix(seen->artifact, "part:");
        if (!part || !is_market_of(run, key->market) ||
            !package_list_has(named->list, key->market, key->package))
                return true;
        g_autoptr(GBytes) kept = store_listing(run->store, key->market, key->package, run->sweep->id, error);
        const Listing *listing = kept ? record_listing(named->arena, record_span(kept), error) : NULL;
        if (!listing)
                return false;
        g_ptr_array_add(named->errands, taken_whole_errand(run, run_market(run, key->market), listing,
                                                           seen->draw, named->arena));
        return named->errands->len < ERRANDS_A_BATCH || write_down(named, error);
}

bool named_enqueue(Run *run, size_t *n, GError **error)
{
        g_autofree char *number = g_strdup_printf("%u", run->sweep->id);
        PackageList *list = package_list_of_sweep(run->store, number, error);
        if (!list)
                return false;
        Named named = {.run = run, .list = list, .arena = arena_new(), .errands = g_ptr_array_new()};
        StoreWalk *walk = store_walk(run->store, STORE_OBSERVATIONS, &(StoreKey){.sweep = run->sweep->id});
        StoreKey key;
        bool ok = true;
        for (Span value; ok && store_walk_next(walk, &key, &value);)
                ok = look_at(&named, &key, value, error);
        ok = store_walk_end(walk, ok ? error : NULL) && ok && write_down(&named, error);
        *n = named.queued;
        g_ptr_array_unref(named.errands);
        arena_free(named.arena);
        package_list_free(list);
        return ok;
}

void named_forget_judgements(const Run *run, StoreBatch *batch, const char *market, const char *package)
{
        for (size_t i = 0; i < run->sweep->n_rule_sets; i++) {
                StoreKey key = {.sweep = run->sweep->id,
                                .layer = run->sweep->rule_sets[i],
                                .market = market,
                                .package = package};
                store_delete(batch, STORE_FINDINGS, &key);
                store_delete(batch, STORE_VECTORS, &key);
        }
}
