/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/taken.h"

#include "crawler/policy.h"
#include "crawler/sample.h"

#include <string.h>

static Errand *app_errand(const Run *run, const Market *market, const Listing *listing, const char *kind,
                          const Draw *draw, Arena *arena)
{
        Errand *e = record_new(arena, Errand, errand__init);
        e->sweep = run->sweep->id;
        e->id = arena_printf(arena, "%s/%s/%s", kind, market->name, listing->package);
        e->market = arena_str(arena, market->name);
        e->package = arena_str(arena, listing->package);
        e->label = arena_str(arena, listing->label);
        e->store_id = arena_str(arena, listing->store_id);
        e->draw = (Draw *)draw;
        e->has_due_ms = true;
        e->due_ms = 1; /* behind what lists a market of the same host */
        return e;
}

/* Spreads apps over mirrors, always the same way. */
static void set_base(Run *run, const Market *market, Errand *errand, Arena *arena)
{
        if (market->protocol == MARKET_CORPUS) {
                errand->base_url = arena_str(arena, market->folder);
                errand->host = arena_str(arena, market->name);
                return;
        }
        g_autoptr(GPtrArray) bases = run_bases(run, market);
        const char *base = g_ptr_array_index(bases, sample_number(0, errand->package) % bases->len);
        g_autofree char *host = market_host_of(base);
        errand->base_url = arena_str(arena, base);
        errand->host = arena_str(arena, host);
}

static Errand *apk_errand(Run *run, const Market *market, const Listing *listing, const char *kind,
                          const Draw *draw, Arena *arena)
{
        Errand *e = app_errand(run, market, listing, kind, draw, arena);
        e->kind = ERRAND__KIND__APK;
        e->apk = listing->apk;
        set_base(run, market, e, arena);
        return e;
}

Errand *taken_page_errand(const Run *run, const Market *market, const Listing *listing, const char *verb,
                          const Draw *draw, Arena *arena)
{
        Errand *e = app_errand(run, market, listing, verb, draw, arena);
        g_autofree char *host = market_host_of(market->url);
        e->kind = ERRAND__KIND__PAGE;
        e->verb = arena_str(arena, verb);
        e->base_url = arena_str(arena, market->url);
        e->host = arena_str(arena, host);
        return e;
}

Errand *taken_whole_errand(Run *run, const Market *market, const Listing *listing, const Draw *draw,
                           Arena *arena)
{
        Errand *e = apk_errand(run, market, listing, "whole", draw, arena);
        e->tier = (char *)"whole";
        return e;
}

/* An app that ends here. */
static void observe(Run *run, StoreBatch *batch, const Errand *about, const char *outcome, const char *detail)
{
        Observation seen = OBSERVATION__INIT;
        seen.outcome = (char *)outcome;
        seen.detail = (char *)detail;
        seen.tier = (char *)(g_str_equal(outcome, "listed") ? "listing" : NULL);
        run_put_observation(run, batch, about, &seen, NULL);
}

/* NULL: its APK can be asked for. */
static const char *why_no_apk(const Run *run, const Market *market, const Listing *listing,
                              const char **detail)
{
        bool can_resolve = (market->can & MARKET_RESOLVE) != 0;
        *detail = NULL;
        if (g_str_equal(run->tier, "listing"))
                return "listed";
        if (listing->has_paid && listing->paid) {
                *detail = "the market sells it";
                return "unfetched:paid";
        }
        if (listing->apk && (listing->apk->path || listing->apk->url || listing->apk->sha256))
                return NULL;
        if (market->protocol != MARKET_WEB) {
                *detail = "no version of it could be taken";
                return "unfetched:no-version";
        }
        if (can_resolve)
                return NULL;
        *detail = "the market gives no APKs: unavailable, not absent";
        return "listed";
}

void taken_listed(Run *run, StoreBatch *batch, const Market *market, const Listing *listing, const Draw *draw,
                  Arena *arena, GPtrArray *next)
{
        const char *detail, *end = why_no_apk(run, market, listing, &detail);
        if (end) {
                Errand *about = app_errand(run, market, listing, "apk", draw, arena);
                about->apk = listing->apk;
                observe(run, batch, about, end, detail);
        } else {
                g_ptr_array_add(next, apk_errand(run, market, listing, "apk", draw, arena));
        }
        if (market->can & MARKET_LABELS)
                g_ptr_array_add(next, taken_page_errand(run, market, listing, "labels", draw, arena));
        if (run->settings->policies && listing->privacy_url)
                policy_wanted(run, batch, listing, arena, next);
}

void taken_drawn(Run *run, StoreBatch *batch, const Market *market, const Listing *listing, const Draw *draw,
                 Arena *arena, GPtrArray *next)
{
        if (optout_has(run->optout, market->name, listing->package))
                observe(run, batch, app_errand(run, market, listing, "apk", draw, arena),
                        "unfetched:opted-out", NULL);
        else if (market->protocol == MARKET_WEB && (market->can & MARKET_DETAIL))
                g_ptr_array_add(next, taken_page_errand(run, market, listing, "detail", draw, arena));
        else
                taken_listed(run, batch, market, listing, draw, arena, next);
}
