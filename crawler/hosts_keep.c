/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/hosts_inside.h"

HostState *kept_state(Hosts *hosts, const char *name, Arena *arena)
{
        g_autoptr(GBytes) kept =
                store_get(hosts->options.store, STORE_HOSTS, &(StoreKey){.name = name}, NULL);
        return kept ? record_host(arena, record_span(kept), NULL) : NULL;
}

Conduct *kept_conduct(Hosts *hosts, const char *name, Arena *arena)
{
        StoreKey key = {.sweep = hosts->options.sweep, .name = name};
        g_autoptr(GBytes) kept =
                key.sweep ? store_get(hosts->options.store, STORE_CONDUCT, &key, NULL) : NULL;
        return kept ? record_conduct(arena, record_span(kept), NULL) : NULL;
}

static void put_state(StoreBatch *batch, const HostState *state)
{
        g_autoptr(GBytes) bytes = record_pack(state);
        store_put(batch, STORE_HOSTS, &(StoreKey){.name = state->host}, record_span(bytes));
}

static void put_manners(Manners *manners, StoreBatch *batch)
{
        if (!manners->changed)
                return;
        HostState state = HOST_STATE__INIT;
        state.host = manners->row;
        breaker_state(manners->breaker, &state);
        put_state(batch, &state);
        manners->changed = false;
}

static void put_host(Host *host, StoreBatch *batch)
{
        Hosts *hosts = host->hosts;
        g_autoptr(Arena) arena = arena_new();
        int64_t now = hosts_now(hosts);
        put_manners(host->manners, batch);
        if (host->changed || now - host->kept_ms >= STATE_EVERY_MS) {
                HostState *state = pace_state(host->pace, arena);
                state->robots = host->robots;
                state->address = host->address;
                put_state(batch, state);
                host->kept = true;
                host->changed = false;
                host->kept_ms = now;
        }
        if (hosts->options.sweep && conduct_changed(host->conduct)) {
                g_autoptr(GBytes) bytes = conduct_pack(host->conduct);
                StoreKey key = {.sweep = hosts->options.sweep, .name = host->name};
                store_put(batch, STORE_CONDUCT, &key, record_span(bytes));
        }
        host->listed = false;
}

void hosts_put_conduct(Hosts *hosts, StoreBatch *batch)
{
        for (guint i = 0; i < hosts->changed->len; i++)
                put_host(g_ptr_array_index(hosts->changed, i), batch);
        g_ptr_array_set_size(hosts->changed, 0);
}

void keep_later(Host *host)
{
        if (host->listed || host->hosts->options.offline)
                return;
        host->listed = true;
        g_ptr_array_add(host->hosts->changed, host);
}

void keep_now(Host *host)
{
        Hosts *hosts = host->hosts;
        g_autoptr(GError) error = NULL;
        if (hosts->options.offline)
                return;
        keep_later(host);
        host->changed = true;
        StoreBatch *batch = store_batch_new(hosts->options.store);
        hosts_put_conduct(hosts, batch);
        if (!store_commit(hosts->options.store, batch, &error))
                hosts->options.broken(g_steal_pointer(&error), hosts->options.context);
}
