/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listings.c - what a market said of an app over time: one row for each sweep in which it changed. */
#include "store/inside.h"

/* The newest row of the package in the sweep or before. NULL without error: none. */
static GBytes *as_of(Store *store, const StoreKey *at, const DbBatch *over, GError **error)
{
        KeyBytes prefix, upto;
        StoreKey package = {.market = at->market, .package = at->package};
        if (!key_spell_prefix(STORE_LISTINGS, &package, &prefix, error) ||
            !key_spell(STORE_LISTINGS, at, &upto, error))
                return NULL;
        GBytes *key = NULL, *value = NULL;
        if (!db_floor(store->db, DB_LISTINGS, key_span(&prefix), key_span(&upto), over, &key, &value, error))
                return NULL;
        g_bytes_unref(key);
        return value;
}

GBytes *store_listing(Store *store, const char *market, const char *package, uint32_t sweep, GError **error)
{
        return as_of(store, &(StoreKey){.market = market, .package = package, .sweep = sweep}, NULL, error);
}

/* The next sweep the store knows after this one; 0: none. */
static bool later_sweep(Store *store, uint32_t sweep, uint32_t *later, GError **error)
{
        KeyBytes from;
        *later = 0;
        if (sweep == G_MAXUINT32)
                return true;
        if (!key_spell(STORE_SWEEPS, &(StoreKey){.sweep = sweep + 1}, &from, error))
                return false;
        DbIter *iter = db_iter(store->db, DB_SWEEPS, (Span){NULL, 0}, store->gathered, 0);
        db_iter_seek(iter, key_span(&from));
        Span key, value;
        StoreKey found;
        if (db_iter_next(iter, &key, &value) && key_read(STORE_SWEEPS, key, &found))
                *later = found.sweep;
        return db_iter_end(iter, error);
}

/* An older sweep that is resumed after a newer one began must not change what the newer one saw: where that
 * leans on the row before, it gets a row of its own. */
static bool keep_later_view(Store *store, StoreBatch *batch, const StoreKey *at, GBytes *before,
                            GError **error)
{
        StoreKey later = *at;
        KeyBytes key;
        if (!later_sweep(store, at->sweep, &later.sweep, error))
                return false;
        if (!later.sweep)
                return true;
        GError *why = NULL;
        g_autoptr(GBytes) seen = as_of(store, &later, store->gathered, &why);
        if (why) {
                g_propagate_error(error, why);
                return false;
        }
        if (seen && g_bytes_equal(seen, before) && key_spell(STORE_LISTINGS, &later, &key, error))
                batch_put(batch, DB_LISTINGS, key_span(&key), record_span(before));
        return true;
}

bool store_put_listing(StoreBatch *batch, uint32_t sweep, const Listing *listing, GError **error)
{
        Store *store = batch->store;
        StoreKey at = {.market = listing->market, .package = listing->package, .sweep = sweep};
        KeyBytes key;
        if (!key_spell(STORE_LISTINGS, &at, &key, error))
                return false;
        GError *why = NULL;
        g_autoptr(GBytes) before = as_of(store, &at, store->gathered, &why);
        if (why) {
                g_propagate_error(error, why);
                return false;
        }
        g_autoptr(GBytes) now = record_pack(listing);
        if (before && g_bytes_equal(before, now))
                return true;
        if (before && !keep_later_view(store, batch, &at, before, error))
                return false;
        batch_put(batch, DB_LISTINGS, key_span(&key), record_span(now));
        return true;
}
