/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/inside.h"

enum { SWEEPS_NAMED = 20 }; /* at most so many in a message */

uint32_t store_next_sweep(Store *store)
{
        static const uint8_t last[] = {0xff, 0xff, 0xff, 0xff};
        GBytes *key = NULL, *value = NULL;
        StoreKey highest = {0};
        GError *why = NULL;
        if (!db_floor(store->db, DB_SWEEPS, (Span){NULL, 0}, span_of(last, sizeof last), store->gathered,
                      &key, &value, &why)) {
                bool unread = why != NULL;
                g_clear_error(&why);
                return unread ? 0 : 1;
        }
        bool read = key_read(STORE_SWEEPS, record_span(key), &highest);
        g_bytes_unref(key);
        g_bytes_unref(value);
        return read ? highest.sweep + 1 : 0;
}

static Sweep *sweep_numbered(Store *store, uint32_t number, Arena *arena, GError **error)
{
        GError *why = NULL;
        g_autoptr(GBytes) row = store_get(store, STORE_SWEEPS, &(StoreKey){.sweep = number}, &why);
        Sweep *sweep = row ? record_sweep(arena, record_span(row), &why) : NULL;
        if (why)
                g_propagate_prefixed_error(error, why, "sweep %u: ", number);
        return sweep;
}

/* The number of the newest sweep of this name, 0 for none; `there` gets a line of all. */
static bool find_named(Store *store, const char *name, uint32_t *number, GString *there, GError **error)
{
        *number = 0;
        guint n = 0;
        bool ok = true;
        StoreWalk *walk = store_walk(store, STORE_SWEEPS, &(StoreKey){0});
        Span value;
        for (StoreKey key; ok && store_walk_next(walk, &key, &value);) {
                g_autoptr(Arena) arena = arena_new();
                const Sweep *sweep = record_sweep(arena, value, error);
                ok = sweep != NULL;
                if (!ok)
                        g_prefix_error(error, "sweep %u: ", key.sweep);
                else if (g_str_equal(sweep->name, name))
                        *number = key.sweep;
                if (ok && n++ < SWEEPS_NAMED)
                        g_string_append_printf(there, "%s%u (%s)", n > 1 ? ", " : "", key.sweep, sweep->name);
        }
        if (n > SWEEPS_NAMED)
                g_string_append_printf(there, " and %u more", n - SWEEPS_NAMED);
        return store_walk_end(walk, ok ? error : NULL) && ok;
}

Sweep *store_sweep_named(Store *store, const char *name, Arena *arena, GError **error)
{
        GError *why = NULL;
        guint64 number;
        uint32_t found = 0;
        if (g_str_equal(name, "latest"))
                found = MAX(store_next_sweep(store), 1) - 1;
        else if (g_ascii_string_to_unsigned(name, 10, 1, G_MAXUINT32, &number, NULL))
                found = (uint32_t)number;
        Sweep *sweep = found ? sweep_numbered(store, found, arena, &why) : NULL;
        g_autoptr(GString) there = g_string_new(NULL);
        if (!sweep && !why && find_named(store, name, &found, there, &why) && found)
                sweep = sweep_numbered(store, found, arena, &why);
        if (why)
                g_propagate_error(error, why);
        else if (!sweep && there->len)
                fault(error, FAULT_NOT_FOUND, "there is no sweep \"%s\" in %s; there are: %s", name,
                      store->directory, there->str);
        else if (!sweep)
                fault(error, FAULT_NOT_FOUND, "there is no sweep in %s yet", store->directory);
        return sweep;
}
