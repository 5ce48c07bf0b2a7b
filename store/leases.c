/* SPDX-License-Identifier: GPL-3.0-or-later */
/* leases.c - who works on which errand, and until when. */
#include "store/inside.h"

bool store_waiting_hosts(Store *store, uint32_t sweep, GPtrArray *hosts, int64_t *next_due_ms, GError **error)
{
        *next_due_ms = INT64_MAX;
        Tally *tally = tally_of(store, sweep, error);
        KeyBytes prefix;
        if (!tally || !key_spell_errand(&(ErrandKey){.row = ERRAND_WAITING, .sweep = sweep}, &prefix, error))
                return false;
        guint before = hosts->len;
        tally_hosts(tally, hosts);
        DbIter *iter = db_iter(store->db, DB_ERRANDS, key_span(&prefix), store->gathered, 0);
        for (guint i = before; i < hosts->len; i++) {
                Span key, value;
                ErrandKey row;
                db_iter_seek(iter, tally_first(tally, hosts->pdata[i]));
                if (db_iter_next(iter, &key, &value) && key_read_errand(key, &row))
                        *next_due_ms = MIN(*next_due_ms, row.at_ms);
        }
        return db_iter_end(iter, error);
}

uint64_t store_host_waiting(Store *store, uint32_t sweep, const char *host)
{
        const Tally *tally = tally_of(store, sweep, NULL);
        return tally ? tally_waiting(tally, host) : 0;
}

void store_each_waiting_host(Store *store, uint32_t sweep,
                             void (*each)(const char *host, uint64_t waiting, void *context), void *context)
{
        const Tally *tally = tally_of(store, sweep, NULL);
        if (tally)
                tally_each(tally, each, context);
}

/* Ids of the host's waiting errands that are due, oldest first; `passed`: the first key behind them. */
static bool due_ids(Store *store, Tally *tally, uint32_t sweep, const char *host, int64_t now_ms, size_t max,
                    GPtrArray *ids, KeyBytes *passed, GError **error)
{
        KeyBytes prefix;
        if (!key_spell_errand(&(ErrandKey){.row = ERRAND_WAITING, .sweep = sweep, .host = host}, &prefix,
                              error))
                return false;
        Span first = tally_first(tally, host);
        if (!first.len)
                return true;
        DbIter *iter = db_iter(store->db, DB_ERRANDS, key_span(&prefix), store->gathered, 0);
        db_iter_seek(iter, first);
        bool ok = true;
        for (Span key, value; ok && ids->len < max && db_iter_next(iter, &key, &value);) {
                ErrandKey row;
                ok = key_read_errand(key, &row) ||
                     fault(error, FAULT_DISK,
                           "%s: the database is damaged: a waiting row has a key that is none",
                           store->directory);
                if (!ok || row.at_ms > now_ms)
                        break;
                g_ptr_array_add(ids, g_strdup(row.id));
                memcpy(passed->bytes, key.data, key.len);
                passed->bytes[key.len] = 0;
                passed->len = key.len + 1;
        }
        return db_iter_end(iter, ok ? error : NULL) && ok;
}

/* Moves one waiting errand to its owner; the new state is what the batch will write. */
static Errand *lease_one(Store *store, StoreBatch *batch, uint32_t sweep, const char *id, const char *owner,
                         int64_t until_ms, Arena *arena, GError **error)
{
        GError *why = NULL;
        Errand *errand = errand_get(store, sweep, id, arena, &why);
        if (!errand) {
                if (why)
                        g_propagate_error(error, why);
                else
                        errand_at_odds(store, sweep, id, error);
                return NULL;
        }
        if (!errand_hide(batch, errand, error))
                return NULL;
        errand->owner = arena_str(arena, owner);
        errand->has_lease_until_ms = true;
        errand->lease_until_ms = until_ms;
        return errand_put(batch, errand, error) ? errand : NULL;
}

bool store_lease(Store *store, uint32_t sweep, const char *host, const char *owner, int64_t now_ms,
                 int64_t ttl_ms, size_t max, Arena *arena, GPtrArray *out, GError **error)
{
        Tally *tally = store_writable(store, error) ? tally_of(store, sweep, error) : NULL;
        g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
        KeyBytes passed = {.len = 0};
        if (!tally || !due_ids(store, tally, sweep, host, now_ms, max, ids, &passed, error))
                return false;
        if (ids->len == 0)
                return true;
        StoreBatch *batch = store_batch_new(store);
        guint before = out->len;
        for (guint i = 0; i < ids->len; i++) {
                Errand *errand =
                        lease_one(store, batch, sweep, ids->pdata[i], owner, now_ms + ttl_ms, arena, error);
                if (!errand) {
                        store_batch_free(batch);
                        g_ptr_array_set_size(out, (gint)before);
                        return false;
                }
                g_ptr_array_add(out, errand);
        }
        if (store_gather(store, batch, error)) {
                tally_passed(tally, host, key_span(&passed));
                return true;
        }
        g_ptr_array_set_size(out, (gint)before);
        return false;
}

static bool leased_ids(Store *store, uint32_t sweep, GPtrArray *ids, GError **error)
{
        KeyBytes prefix;
        if (!key_spell_errand(&(ErrandKey){.row = ERRAND_LEASED, .sweep = sweep}, &prefix, error))
                return false;
        DbIter *iter = db_iter(store->db, DB_ERRANDS, key_span(&prefix), store->gathered, 0);
        for (Span key, value; db_iter_next(iter, &key, &value);) {
                ErrandKey row;
                if (key_read_errand(key, &row))
                        g_ptr_array_add(ids, g_strdup(row.id));
        }
        return db_iter_end(iter, error);
}

/* Returns one leased errand to the waiting ones when its lease ended or belongs to a process that is gone. */
static bool return_one(Store *store, StoreBatch *batch, uint32_t sweep, const char *id, const char *owner,
                       int64_t now_ms, size_t *returned, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        GError *why = NULL;
        Errand *errand = errand_get(store, sweep, id, arena, &why);
        if (why) {
                g_propagate_error(error, why);
                return false;
        }
        if (!errand)
                return errand_at_odds(store, sweep, id, error);
        if (g_strcmp0(errand->owner, owner) == 0 && errand->lease_until_ms >= now_ms)
                return true;
        if (!errand_hide(batch, errand, error))
                return false;
        errand->owner = NULL;
        errand->has_lease_until_ms = false;
        ++*returned;
        return errand_put(batch, errand, error);
}

bool store_renew(Store *store, uint32_t sweep, const char *owner, const GPtrArray *ids, int64_t until_ms,
                 GError **error)
{
        if (!store_writable(store, error))
                return false;
        for (guint i = 0; i < ids->len; i++) {
                g_autoptr(Arena) arena = arena_new();
                GError *why = NULL;
                const Errand *errand = errand_get(store, sweep, ids->pdata[i], arena, &why);
                if (why) {
                        g_propagate_error(error, why);
                        return false;
                }
                if (errand && g_strcmp0(errand->owner, owner) == 0 &&
                    !store_extend(store, errand, until_ms, error))
                        return false;
        }
        return true;
}

bool store_reclaim(Store *store, uint32_t sweep, const char *owner, int64_t now_ms, size_t *returned,
                   GError **error)
{
        g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
        size_t n = 0;
        if (!store_writable(store, error) || !leased_ids(store, sweep, ids, error))
                return false;
        StoreBatch *batch = store_batch_new(store);
        for (guint i = 0; i < ids->len; i++) {
                if (!return_one(store, batch, sweep, ids->pdata[i], owner, now_ms, &n, error)) {
                        store_batch_free(batch);
                        return false;
                }
        }
        if (!store_commit(store, batch, error))
                return false;
        if (returned)
                *returned = n;
        return true;
}

bool store_errand_counts(Store *store, uint32_t sweep, ErrandCounts *counts, GError **error)
{
        const Tally *tally = tally_of(store, sweep, error);
        if (!tally)
                return false;
        *counts = tally_counts(tally);
        return true;
}

bool store_each_errand(Store *store, uint32_t sweep, void (*each)(const Errand *, void *), void *context,
                       GError **error)
{
        KeyBytes prefix;
        if (!key_spell_errand(&(ErrandKey){.row = ERRAND_OPEN, .sweep = sweep}, &prefix, error))
                return false;
        DbIter *iter = db_iter(store->db, DB_ERRANDS, key_span(&prefix), store->gathered, DB_SCAN);
        bool ok = true;
        for (Span key, value; ok && db_iter_next(iter, &key, &value);) {
                g_autoptr(Arena) arena = arena_new();
                const Errand *errand = record_errand(arena, value, error);
                ok = errand != NULL;
                if (ok)
                        each(errand, context);
        }
        return db_iter_end(iter, ok ? error : NULL) && ok;
}
