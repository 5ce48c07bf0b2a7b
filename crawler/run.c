/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/run.h"

#include "core/clock.h"
#include "core/factid.h"
#include "core/log.h"
#include "crawler/metrics.h"
#include "crawler/named.h"
#include "crawler/secret.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

enum { ATTEMPTS = 5 };

void run_part_done(Run *run, char *take_path, const char *sha256)
{
        DonePart *part = g_new0(DonePart, 1);
        part->path = take_path;
        part->sha256 = run->blobs ? g_strdup(sha256) : NULL;
        g_ptr_array_add(run->done_parts, part);
}

const char *run_secret(Run *run, const Market *market, GError **error)
{
        if (!market->key_file)
                return "";
        char *secret = g_hash_table_lookup(run->secrets, market->name);
        if (secret)
                return secret;
        secret = secret_load(run->settings->secrets, market, error);
        if (secret)
                g_hash_table_insert(run->secrets, g_strdup(market->name), secret);
        return secret;
}

const Market *run_market(const Run *run, const char *name)
{
        for (size_t i = 0; i < run->settings->n_markets; i++) {
                if (g_str_equal(run->settings->markets[i]->name, name))
                        return run->settings->markets[i];
        }
        g_assert_not_reached(); /* errands are made for the sweep's markets, and a resume demands the same ones */
}

static void add_base(GPtrArray *bases, const char *base)
{
        g_autofree char *host = market_host_of(base);
        g_autofree char *plain = g_strdup(base);
        while (g_str_has_suffix(plain, "/"))
                plain[strlen(plain) - 1] = '\0';
        if (!host || strstr(host, ".onion") ||
            g_ptr_array_find_with_equal_func(bases, plain, g_str_equal, NULL))
                return;
        g_ptr_array_add(bases, g_steal_pointer(&plain));
}

GPtrArray *run_bases(Run *run, const Market *market)
{
        GPtrArray *bases = g_ptr_array_new_with_free_func(g_free);
        if (!market->url) { /* nothing of it is asked for over a network */
                g_ptr_array_add(bases, g_strdup(market->name));
                return bases;
        }
        add_base(bases, market->url);
        for (char **mirror = market->mirrors; mirror && *mirror; mirror++)
                add_base(bases, *mirror);
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *name = g_strconcat("market/", market->name, NULL);
        g_autoptr(GBytes) kept = store_get(run->store, STORE_META, &(StoreKey){.name = name}, NULL);
        MarketState *state = kept ? record_market(arena, record_span(kept), NULL) : NULL;
        for (size_t i = 0; state && i < state->n_mirrors; i++)
                add_base(bases, state->mirrors[i]);
        return bases;
}

/* The base behind `now`, round again. */
static const char *next_base(const GPtrArray *bases, const char *now)
{
        guint at = 0;
        bool found = g_ptr_array_find_with_equal_func((GPtrArray *)bases, now, g_str_equal, &at);
        return g_ptr_array_index(bases, found ? (at + 1) % bases->len : 0);
}

void run_retry(Run *run, const Market *market, Arena *arena, Errand *errand, const char *why, int64_t at_ms)
{
        g_autoptr(GPtrArray) bases = run_bases(run, market);
        const char *next = next_base(bases, errand->base_url);
        g_autofree char *host = market_host_of(next);
        bool elsewhere = host && !g_str_equal(host, errand->host);
        errand->base_url = arena_str(arena, next);
        if (host)
                errand->host = arena_str(arena, host);
        log_event(LOG_INFO, "retry", "errand", errand->id, "why", why, "base", next, NULL);
        g_autoptr(GError) error = NULL;
        if (!store_fail(run->store, errand, why, elsewhere ? clock_now_ms() : at_ms, NULL, &error))
                run_break(run, g_steal_pointer(&error));
        run_gathered(run);
}

unsigned run_max_attempts(const Run *run)
{
        return run->settings->max_attempts ? run->settings->max_attempts : ATTEMPTS;
}

char *run_file(Run *run, const char *folder, const char *name)
{
        g_autofree char *where = g_build_filename(store_directory(run->store), folder, NULL);
        if (g_mkdir_with_parents(where, 0755) != 0)
                log_event(LOG_ERROR, "folder", "path", where, "error", g_strerror(errno), NULL);
        return g_build_filename(where, name, NULL);
}

void run_put_sweep(Run *run, StoreBatch *batch)
{
        g_autoptr(GBytes) packed = record_pack(run->sweep);
        store_put(batch, STORE_SWEEPS, &(StoreKey){.sweep = run->sweep->id}, record_span(packed));
}

static void add_id(const char *id, void *context)
{
        g_ptr_array_add(context, g_strdup(id));
}

void run_put_observation(Run *run, StoreBatch *batch, const Errand *errand, const Observation *seen,
                         const Facts *facts)
{
        Observation full = *seen;
        if (errand->apk) {
                full.has_version_code = errand->apk->has_version_code;
                full.version_code = errand->apk->version_code;
                full.version_name = errand->apk->version_name;
        }
        full.label = errand->label;
        full.draw = errand->draw;
        full.has_seen_at_ms = full.has_attempts = true;
        full.seen_at_ms = clock_now_ms();
        full.attempts = errand->attempts + 1;
        full.url = errand->base_url;
        metrics_outcome(run->metrics, errand->market, full.outcome);
        run->apps_done += errand->tier == NULL; /* else it was counted when it was seen in part */
        g_autoptr(GBytes) packed = record_pack(&full);
        StoreKey key = {.sweep = run->sweep->id,
                        .layer = "facts",
                        .market = errand->market,
                        .package = errand->package};
        store_put(batch, STORE_OBSERVATIONS, &key, record_span(packed));
        if (errand->tier) /* it was seen in part before, and judged */
                named_forget_judgements(run, batch, errand->market, errand->package);
        g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
        if (facts)
                factid_of_facts(facts, add_id, ids);
        else
                factid_of_outcome(full.outcome, add_id, ids);
        store_put_vector(batch, &key, ids);
}

void run_unfetched(Run *run, const Errand *errand, const char *reason, const char *detail)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *outcome = g_strconcat("unfetched:", reason, NULL);
        StoreBatch *batch = store_batch_new(run->store);
        Observation seen = OBSERVATION__INIT;
        seen.outcome = outcome;
        seen.detail = (char *)detail;
        run_put_observation(run, batch, errand, &seen, NULL);
        log_event(LOG_INFO, "unfetched", "app", errand->package, "market", errand->market, "reason", reason,
                  "detail", detail, NULL);
        if (!store_fail(run->store, errand, reason, -1, batch, &error))
                run_break(run, g_steal_pointer(&error));
        run_gathered(run);
}
