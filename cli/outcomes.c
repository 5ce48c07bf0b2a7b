/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the apps of a sweep ended, counted. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

GHashTable *cli_count_outcomes(Store *store, uint32_t sweep, GError **error)
{
        g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        StoreWalk *walk = store_walk(store, STORE_OBSERVATIONS, &(StoreKey){.sweep = sweep});
        StoreKey key;
        bool ok = true;
        for (Span value; ok && store_walk_next(walk, &key, &value);) {
                g_autoptr(Arena) arena = arena_new();
                const Observation *seen = record_observation(arena, value, error);
                ok = seen != NULL;
                if (!ok)
                        break;
                guint n = GPOINTER_TO_UINT(g_hash_table_lookup(counts, seen->outcome));
                g_hash_table_insert(counts, g_strdup(seen->outcome), GUINT_TO_POINTER(n + 1));
        }
        return store_walk_end(walk, ok ? error : NULL) && ok ? g_steal_pointer(&counts) : NULL;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

Json *cli_outcomes_json(GHashTable *counts)
{
        guint n;
        g_autofree const char **names = (const char **)g_hash_table_get_keys_as_array(counts, &n);
        qsort(names, n, sizeof *names, by_name);
        Json *json = json_map();
        for (guint i = 0; i < n; i++)
                json_set_int(json, names[i], GPOINTER_TO_UINT(g_hash_table_lookup(counts, names[i])));
        return json;
}

void cli_print_losses(GHashTable *counts)
{
        guint n;
        g_autofree const char **names = (const char **)g_hash_table_get_keys_as_array(counts, &n);
        qsort(names, n, sizeof *names, by_name);
        const char *before = "  lost: ";
        for (guint i = 0; i < n; i++) {
                if (g_str_equal(names[i], "analysed") || g_str_equal(names[i], "listed"))
                        continue;
                const char *reason = strchr(names[i], ':');
                printf("%s%s %u", before, reason ? reason + 1 : names[i],
                       GPOINTER_TO_UINT(g_hash_table_lookup(counts, names[i])));
                before = ", ";
        }
        if (*before == ',')
                putchar('\n');
}
