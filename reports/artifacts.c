/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/artifacts.h"

GBytes *artifact_facts(Store *store, const char *artifact, const char *passes, char **found, GError **error)
{
        StoreWalk *walk = store_walk(store, STORE_ARTIFACTS, &(StoreKey){.artifact = artifact});
        g_autoptr(GBytes) chosen = NULL;
        g_autofree char *under = NULL;
        bool exact = false;
        StoreKey key;
        for (Span value; !exact && store_walk_next(walk, &key, &value);) {
                exact = g_strcmp0(passes, key.passes) == 0;
                g_free(under);
                under = g_strdup(key.passes);
                g_clear_pointer(&chosen, g_bytes_unref);
                chosen = g_bytes_new(value.data, value.len);
        }
        if (!store_walk_end(walk, error))
                return NULL;
        if (!chosen)
                fault(error, FAULT_NOT_FOUND,
                      "artifact %s is named by an observation, but its facts are not there; run "
                      "`overreach verify`",
                      artifact);
        else if (found)
                *found = g_steal_pointer(&under);
        return g_steal_pointer(&chosen);
}
