/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/rulesets.h"

#include "reports/reports.h"
#include "reports/sweepwalk.h"

static bool holds(const GPtrArray *ids, const char *id)
{
        for (guint i = 0; i < ids->len; i++) {
                if (g_str_equal(ids->pdata[i], id))
                        return true;
        }
        return false;
}

static bool find_layers(Store *store, const Sweep *sweep, GPtrArray *ids, GError **error)
{
        StoreWalk *walk = store_walk(store, STORE_VECTORS, &(StoreKey){.sweep = sweep->id});
        StoreKey key;
        for (Span value; store_walk_next(walk, &key, &value);) {
                bool known = ids->len && g_str_equal(ids->pdata[ids->len - 1],
                                                     key.layer); /* a layer's rows stand together */
                if (!known && !g_str_equal(key.layer, "facts"))
                        g_ptr_array_add(ids, g_strdup(key.layer));
        }
        return store_walk_end(walk, error);
}

GPtrArray *rulesets_of(Store *store, const Sweep *sweep, GError **error)
{
        GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
        for (size_t i = 0; i < sweep->n_rule_sets; i++)
                g_ptr_array_add(ids, g_strdup(sweep->rule_sets[i]));
        if (ids->len || find_layers(store, sweep, ids, error))
                return ids;
        g_prefix_error(error, "sweep %s: ", sweep->name);
        g_ptr_array_unref(ids);
        return NULL;
}

bool rulesets_newest(Store *store, const Sweep *sweep, char **id, GError **error)
{
        g_autoptr(GPtrArray) ids = rulesets_of(store, sweep, error);
        *id = ids && ids->len ? g_strdup(ids->pdata[ids->len - 1]) : NULL;
        return ids != NULL;
}

bool rulesets_common(Store *store, const Sweep *before, const Sweep *after, char **id, GError **error)
{
        *id = NULL;
        g_autoptr(GPtrArray) old = rulesets_of(store, before, error);
        g_autoptr(GPtrArray) new = old ? rulesets_of(store, after, error) : NULL;
        for (guint i = new ? new->len : 0; i > 0 && !*id; i--) {
                if (holds(old, new->pdata[i - 1]))
                        *id = g_strdup(new->pdata[i - 1]);
        }
        return old && new;
}

char *report_rule_set(Store *store, uint32_t sweep, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        const Sweep *record = sweep_read(store, sweep, arena, error);
        char *id = NULL;
        return record && rulesets_newest(store, record, &id, error) ? id : NULL;
}
