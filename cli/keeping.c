/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kept APKs stay once a sweep is judged. */
#include "cli/cli.h"

#include "crawler/draw.h"
#include "store/blobs.h"

/* Artifacts of apps that are named, and those that only others have. */
static bool sort(Store *store, uint32_t sweep, const PackageList *named, GHashTable *keep, GHashTable *others,
                 GError **error)
{
        StoreWalk *walk = store_walk(store, STORE_OBSERVATIONS, &(StoreKey){.sweep = sweep});
        StoreKey key;
        bool ok = true;
        for (Span value; ok && store_walk_next(walk, &key, &value);) {
                g_autoptr(Arena) arena = arena_new();
                const Observation *seen = record_observation(arena, value, error);
                ok = seen != NULL;
                if (ok && seen->artifact)
                        g_hash_table_add(package_list_has(named, key.market, key.package) ? keep : others,
                                         g_strdup(seen->artifact));
        }
        return store_walk_end(walk, ok ? error : NULL) && ok;
}

bool cli_keep_named(Store *store, const char *sweep, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        const Sweep *record = store_sweep_named(store, sweep, arena, error);
        PackageList *named = record ? package_list_of_sweep(store, sweep, error) : NULL;
        if (!named)
                return false;
        g_autoptr(GHashTable) keep = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autoptr(GHashTable) others = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Blobs *blobs = blobs_open(store, UINT64_MAX, error);
        bool ok = blobs && sort(store, record->id, named, keep, others, error);
        GHashTableIter each;
        g_hash_table_iter_init(&each, others);
        for (void *sha256; ok && g_hash_table_iter_next(&each, &sha256, NULL);) {
                if (!g_hash_table_contains(keep, sha256))
                        ok = blobs_drop(blobs, sha256, error);
        }
        blobs_close(blobs);
        package_list_free(named);
        return ok;
}
