/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/lane.h"

void lane_open(Lane *lane, Store *store, StoreTable table, const StoreKey *prefix)
{
        lane->package = g_string_new(NULL);
        lane->walk = store_walk(store, table, prefix);
}

static bool lane_end(Lane *lane, GError **error)
{
        StoreWalk *walk = g_steal_pointer(&lane->walk);
        lane->standing = false;
        return !walk || store_walk_end(walk, error);
}

bool lane_step(Lane *lane, const char *market, GError **error)
{
        if (!lane->walk)
                return true;
        StoreKey key;
        if (!store_walk_next(lane->walk, &key, &lane->value)) {
                if (lane_end(lane, error))
                        return true;
                g_prefix_error(error, "market %s, after package \"%s\": ", market, lane->package->str);
                return false;
        }
        bool ordered = !lane->standing || strcmp(lane->package->str, key.package) < 0;
        g_string_assign(lane->package, key.package);
        lane->standing = true;
        return ordered || fault(error, FAULT_BUG, "market %s: package \"%s\" is out of order in the store",
                                market, key.package);
}

bool lane_reach(Lane *lane, const char *market, const char *package, Span *value, GError **error)
{
        *value = (Span){NULL, 0};
        while (lane->standing && strcmp(lane->package->str, package) < 0) {
                if (!lane_step(lane, market, error))
                        return false;
        }
        if (lane->standing && g_str_equal(lane->package->str, package))
                *value = lane->value;
        return true;
}

void lane_close(Lane *lane)
{
        lane_end(lane, NULL);
        if (lane->package)
                g_string_free(lane->package, TRUE);
}
