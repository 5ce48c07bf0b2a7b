/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/listed.h"

#include "core/log.h"

MarketResult *listed_result(Run *run, const char *market)
{
        for (size_t i = 0; i < run->sweep->n_results; i++) {
                if (g_str_equal(run->sweep->results[i]->market, market))
                        return run->sweep->results[i];
        }
        MarketResult *result = record_new(run->arena, MarketResult, market_result__init);
        result->market = arena_str(run->arena, market);
        result->outcome = (char *)"open";
        arena_push(run->arena, &run->sweep->n_results, &run->sweep->results, result);
        return result;
}

/* The result and the end of the errand in one batch. */
static void end_market(Run *run, const Errand *errand, const char *kind, const char *reason,
                       const char *detail)
{
        g_autoptr(GError) error = NULL;
        MarketResult *result = listed_result(run, errand->market);
        result->outcome = arena_printf(run->arena, "%s:%s", kind, reason);
        result->detail = arena_str(run->arena, detail);
        StoreBatch *batch = store_batch_new(run->store);
        run_put_sweep(run, batch);
        if (!store_fail(run->store, errand, reason, -1, batch, &error))
                run_break(run, g_steal_pointer(&error));
        listed_more(run, errand->market, listed_is_listing(errand) ? -1 : 0);
        run_gathered(run);
        progress_failure(run->progress, "market");
}

void listed_failed(Run *run, const Errand *errand, const char *reason, const char *detail)
{
        log_event(LOG_ERROR, "market_failed", "market", errand->market, "reason", reason, "detail", detail,
                  NULL);
        end_market(run, errand, "failed", reason, detail);
}

void listed_paused(Run *run, const Errand *errand, const char *reason, const char *detail)
{
        if (!listed_is_paused(run, errand->market))
                log_event(LOG_ERROR, "market_paused", "market", errand->market, "reason", reason, "detail",
                          detail, "hint",
                          "nothing more is asked of it in this sweep; the other markets go on", NULL);
        end_market(run, errand, "paused", reason, detail);
}

bool listed_is_paused(Run *run, const char *market)
{
        return g_str_has_prefix(listed_result(run, market)->outcome, "paused:");
}

bool listed_put(Run *run, StoreBatch *batch, const Listing *listing, const char *category,
                GHashTable *unflushed, GError **error)
{
        return store_put_listing(batch, run->sweep->id, listing, error) &&
               draw_listed(run->store, batch, run->sweep->id, listing, category, unflushed, NULL, error);
}

Errand *listed_draw_errand(const Run *run, const Market *market, const char *again, Arena *arena)
{
        Errand *e = record_new(arena, Errand, errand__init);
        g_autofree char *host = market->url ? market_host_of(market->url) : NULL;
        e->sweep = run->sweep->id;
        e->kind = ERRAND__KIND__DRAW;
        e->id = arena_printf(arena, "draw/%s%s%s", market->name, again ? "/" : "", again ? again : "");
        e->market = arena_str(arena, market->name);
        e->host = arena_str(arena, host ? host : market->name);
        e->base_url = arena_str(arena, market->url ? market->url : market->name);
        e->again = arena_str(arena, again);
        e->has_due_ms = true;
        return e;
}

/* ---- what still lists ---------------------------------------------------------------------------------------- */

bool listed_is_listing(const Errand *errand)
{
        if (errand->kind != ERRAND__KIND__PAGE)
                return errand->kind == ERRAND__KIND__INDEX || errand->kind == ERRAND__KIND__SOURCE;
        return g_str_equal(errand->verb, "canary") || g_str_equal(errand->verb, "categories") ||
               g_str_equal(errand->verb, "list");
}

static void count_one(const Errand *errand, void *context)
{
        Run *run = context;
        if (listed_is_listing(errand))
                listed_more(run, errand->market, 1);
}

bool listed_count(Run *run, GError **error)
{
        g_hash_table_remove_all(run->listing);
        return store_each_errand(run->store, run->sweep->id, count_one, run, error);
}

unsigned listed_left(const Run *run, const char *market)
{
        return GPOINTER_TO_UINT(g_hash_table_lookup(run->listing, market));
}

void listed_more(Run *run, const char *market, int by)
{
        int left = (int)listed_left(run, market) + by;
        g_hash_table_insert(run->listing, g_strdup(market), GUINT_TO_POINTER((guint)MAX(left, 0)));
}
