/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/inside.h"

struct StoreWalk {
        DbIter *iter; /* NULL: the prefix was refused */
        StoreTable table;
        const Store *store;
        GError *error;
};

StoreWalk *store_walk(Store *store, StoreTable table, const StoreKey *prefix)
{
        StoreWalk *walk = g_new0(StoreWalk, 1);
        walk->table = table;
        walk->store = store;
        KeyBytes bytes;
        /* In `meta`, even the empty prefix is spelled with the first byte of its named rows. */
        if (key_spell_prefix(table, prefix, &bytes, &walk->error))
                walk->iter = db_iter(store->db, (DbFamily)table, key_span(&bytes), NULL, DB_SCAN);
        return walk;
}

bool store_walk_next(StoreWalk *walk, StoreKey *key, Span *value)
{
        Span bytes;
        if (walk->error || !db_iter_next(walk->iter, &bytes, value))
                return false;
        return key_read(walk->table, bytes, key) ||
               fault(&walk->error, FAULT_DISK,
                     "%s: the database is damaged: %s holds a key that is none; run overreach verify",
                     walk->store->directory, key_table_name(walk->table));
}

bool store_walk_end(StoreWalk *walk, GError **error)
{
        bool ok = !walk->error;
        if (walk->iter && !db_iter_end(walk->iter, ok ? error : NULL))
                ok = false;
        if (walk->error)
                g_propagate_error(error, walk->error);
        g_free(walk);
        return ok;
}
