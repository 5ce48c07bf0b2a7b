/* SPDX-License-Identifier: GPL-3.0-or-later */
/* errands.c - how errands come in and how they end. Who works on one meanwhile: leases.c. */
#include "store/inside.h"

enum {
        ENQUEUE_AT_ONCE = 4096, /* errands in one synced batch */
        WHY_BYTES = 500         /* kept of a reason */
};

static const uint8_t done_mark[] = {'d'};

/* ---- rows ---------------------------------------------------------------------------------------------- */

static bool is_leased(const Errand *errand)
{
        return errand->owner != NULL;
}

bool errand_index(const Errand *errand, KeyBytes *out, GError **error)
{
        ErrandKey key = {.row = is_leased(errand) ? ERRAND_LEASED : ERRAND_WAITING,
                         .sweep = errand->sweep,
                         .host = errand->host,
                         .at_ms = is_leased(errand) ? errand->lease_until_ms : errand->due_ms,
                         .id = errand->id};
        return key_spell_errand(&key, out, error);
}

bool errand_put(StoreBatch *batch, const Errand *errand, GError **error)
{
        KeyBytes open, index;
        ErrandKey key = {.row = ERRAND_OPEN, .sweep = errand->sweep, .id = errand->id};
        if (!key_spell_errand(&key, &open, error) || !errand_index(errand, &index, error))
                return false;
        g_autoptr(GBytes) packed = record_pack(errand);
        batch_put(batch, DB_ERRANDS, key_span(&open), record_span(packed));
        batch_put(batch, DB_ERRANDS, key_span(&index), (Span){NULL, 0});
        return true;
}

bool errand_hide(StoreBatch *batch, const Errand *errand, GError **error)
{
        KeyBytes index;
        if (!errand_index(errand, &index, error))
                return false;
        batch_delete(batch, DB_ERRANDS, key_span(&index));
        return true;
}

static GBytes *read_row(Store *store, ErrandRow row, uint32_t sweep, const char *id, GError **error)
{
        KeyBytes key;
        if (!key_spell_errand(&(ErrandKey){.row = row, .sweep = sweep, .id = id}, &key, error))
                return NULL;
        return db_get(store->db, DB_ERRANDS, key_span(&key), store->gathered, error);
}

Errand *errand_get(Store *store, uint32_t sweep, const char *id, Arena *arena, GError **error)
{
        g_autoptr(GBytes) bytes = read_row(store, ERRAND_OPEN, sweep, id, error);
        if (!bytes)
                return NULL;
        Errand *errand = record_errand(arena, record_span(bytes), error);
        if (!errand)
                g_prefix_error(error, "%s: errand %s of sweep %u: ", store->directory, id, sweep);
        return errand;
}

bool errand_at_odds(const Store *store, uint32_t sweep, const char *id, GError **error)
{
        return fault(
                error, FAULT_DISK,
                "%s: the database is damaged: an index names errand %s of sweep %u, which is not there; run "
                "overreach verify",
                store->directory, id, sweep);
}

/* ---- in ------------------------------------------------------------------------------------------------ */

/* Waiting, leased, done and dead errands are all known. */
static bool is_known(Store *store, const Errand *errand, bool *known, GError **error)
{
        static const ErrandRow rows[] = {ERRAND_OPEN, ERRAND_ENDED};
        *known = false;
        for (size_t i = 0; i < G_N_ELEMENTS(rows) && !*known; i++) {
                GError *why = NULL;
                g_autoptr(GBytes) row = read_row(store, rows[i], errand->sweep, errand->id, &why);
                if (why) {
                        g_propagate_error(error, why);
                        return false;
                }
                *known = row != NULL;
        }
        return true;
}

/* Adds those errands to the batch that nobody knows yet, each once. */
static bool add_new(Store *store, StoreBatch *batch, const Errand *const *errands, size_t n, size_t *added,
                    GError **error)
{
        g_autoptr(GHashTable) here = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (size_t i = 0; i < n; i++) {
                Errand errand = *errands[i];
                if (!errand.sweep || !errand.id[0] || !errand.host[0])
                        return fault(error, FAULT_BUG, "an errand needs a sweep, an id and a host");
                errand.owner = NULL;
                errand.has_lease_until_ms = false;
                bool known;
                if (!is_known(store, &errand, &known, error))
                        return false;
                if (known || !g_hash_table_add(here, g_strdup_printf("%u %s", errand.sweep, errand.id)))
                        continue;
                if (!errand_put(batch, &errand, error))
                        return false;
                ++*added;
        }
        return true;
}

bool store_enqueue(Store *store, const Errand *const *errands, size_t n, size_t *added, GError **error)
{
        size_t all = 0;
        bool ok = store_writable(store, error);
        for (size_t at = 0; ok && at < n; at += ENQUEUE_AT_ONCE) {
                StoreBatch *batch = store_batch_new(store);
                size_t some = 0;
                ok = add_new(store, batch, errands + at, MIN(n - at, ENQUEUE_AT_ONCE), &some, error);
                if (!ok)
                        store_batch_free(batch);
                else if ((ok = store_commit(store, batch, error)))
                        all += some;
        }
        if (added)
                *added = all;
        return ok;
}

/* ---- out ----------------------------------------------------------------------------------------------- */

/* The stored errand behind the caller's copy, when the caller may still speak for it. */
static Errand *held_errand(Store *store, const Errand *errand, Arena *arena, GError **error)
{
        GError *why = NULL;
        Errand *stored = errand_get(store, errand->sweep, errand->id, arena, &why);
        if (why) {
                g_propagate_error(error, why);
                return NULL;
        }
        if (!stored) {
                fault(error, FAULT_NOT_FOUND, "errand %s of sweep %u has ended already or never was",
                      errand->id, errand->sweep);
                return NULL;
        }
        if (stored->owner && errand->owner && !g_str_equal(stored->owner, errand->owner)) {
                fault(error, FAULT_BUSY, "errand %s of sweep %u is leased to %s, not to %s", errand->id,
                      errand->sweep, stored->owner, errand->owner);
                return NULL;
        }
        return stored;
}

static bool end_errand(Store *store, StoreBatch *batch, const Errand *errand, Span mark, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        const Errand *stored = held_errand(store, errand, arena, error);
        KeyBytes open, ended;
        ErrandKey key = {.row = ERRAND_OPEN, .sweep = errand->sweep, .id = errand->id};
        if (!stored || !key_spell_errand(&key, &open, error))
                return false;
        key.row = ERRAND_ENDED;
        if (!key_spell_errand(&key, &ended, error) || !errand_hide(batch, stored, error))
                return false;
        batch_delete(batch, DB_ERRANDS, key_span(&open));
        batch_put(batch, DB_ERRANDS, key_span(&ended), mark);
        return true;
}

static bool wait_again(Store *store, StoreBatch *batch, const Errand *errand, const char *why,
                       int64_t retry_at_ms, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        Errand *stored = held_errand(store, errand, arena, error);
        if (!stored || !errand_hide(batch, stored, error))
                return false;
        stored->owner = NULL;
        stored->has_lease_until_ms = false;
        stored->has_due_ms = true;
        stored->due_ms = retry_at_ms;
        stored->has_attempts = true;
        stored->attempts++;
        stored->last_error = arena_str(arena, why);
        stored->host = errand->host;
        if (errand->base_url)
                stored->base_url = errand->base_url;
        return errand_put(batch, stored, error);
}

/* Gathers what one errand brought; takes the batch in any case. */
static bool gather_one(Store *store, StoreBatch *take, bool ok, GError **error)
{
        if (!ok) {
                store_batch_free(take);
                return false;
        }
        if (!store_gather(store, take, error))
                return false;
        store->n_gathered++;
        return true;
}

bool store_complete(Store *store, const Errand *errand, StoreBatch *take_results, const Errand *const *next,
                    size_t n, GError **error)
{
        StoreBatch *batch = take_results ? take_results : store_batch_new(store);
        size_t added = 0;
        bool ok = store_writable(store, error) &&
                  end_errand(store, batch, errand, span_of(done_mark, sizeof done_mark), error) &&
                  add_new(store, batch, next, n, &added, error);
        return gather_one(store, batch, ok, error);
}

bool store_fail(Store *store, const Errand *errand, const char *why, int64_t retry_at_ms,
                StoreBatch *take_results, GError **error)
{
        StoreBatch *batch = take_results ? take_results : store_batch_new(store);
        g_autofree char *cut = g_strndup(why ? why : "", WHY_BYTES);
        g_autofree char *kept = g_utf8_make_valid(cut, -1);
        g_autofree char *dead_mark = g_strconcat("x", kept, NULL);
        bool ok = store_writable(store, error);
        if (ok && retry_at_ms >= 0)
                ok = wait_again(store, batch, errand, kept, retry_at_ms, error);
        else if (ok)
                ok = end_errand(store, batch, errand, span_str(dead_mark), error);
        return gather_one(store, batch, ok, error);
}

static bool lease_longer(Store *store, StoreBatch *batch, const Errand *errand, int64_t until_ms,
                         GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        Errand *stored = held_errand(store, errand, arena, error);
        if (!stored)
                return false;
        if (!is_leased(stored))
                return fault(error, FAULT_NOT_FOUND, "errand %s of sweep %u is leased to nobody", errand->id,
                             errand->sweep);
        if (!errand_hide(batch, stored, error))
                return false;
        stored->has_lease_until_ms = true;
        stored->lease_until_ms = until_ms;
        return errand_put(batch, stored, error);
}

bool store_extend(Store *store, const Errand *errand, int64_t until_ms, GError **error)
{
        StoreBatch *batch = store_batch_new(store);
        if (store_writable(store, error) && lease_longer(store, batch, errand, until_ms, error))
                return store_gather(store, batch, error);
        store_batch_free(batch);
        return false;
}
