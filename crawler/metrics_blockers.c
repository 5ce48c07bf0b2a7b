/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What blocks each market: of what hosts, workers, disk and store say, the one thing that the next request waits for. */
#include "crawler/metrics.h"

#include "core/clock.h"

#include <string.h>

typedef struct {
        const Market *market;
        Blocker *blocker;
        bool wanted;      /* an errand waits for one of its hosts */
        int64_t until_ms; /* of the host in `blocker`: INT64_MIN: it may be asked */
} Look;

typedef struct {
        Run *run;
        Arena *arena;
        Look *looks; /* a market of the run each */
} Looking;

static Look *look_of(const Looking *l, const Market *market)
{
        for (size_t i = 0; market && i < l->run->settings->n_markets; i++) {
                if (g_str_equal(l->looks[i].market->name, market->name))
                        return &l->looks[i];
        }
        return NULL;
}

/* A host that errands wait for: the one that may be asked soonest speaks for its market. */
static void take_host(const Looking *l, Look *look, const char *host, const char *reason, int64_t until_ms,
                      int limit)
{
        int64_t soon = !reason ? INT64_MIN : until_ms > 0 ? until_ms : 0;
        if (look->wanted && soon >= look->until_ms)
                return;
        look->wanted = true;
        look->until_ms = soon;
        Blocker *b = look->blocker;
        b->host = arena_str(l->arena, host);
        b->reason = arena_str(l->arena, reason ? reason : "free");
        b->has_until_ms = reason && until_ms > 0;
        b->until_ms = until_ms;
        b->has_limit = limit > 0;
        b->limit = limit > 0 ? (uint32_t)limit : 0;
}

static void see_host(const HostView *view, void *context)
{
        const Looking *l = context;
        Look *look = look_of(l, view->market);
        if (!look)
                return;
        uint64_t waiting = view->waiting + store_host_waiting(l->run->store, l->run->sweep->id, view->name);
        look->blocker->waiting += waiting;
        look->blocker->in_flight += (uint32_t)MAX(view->in_flight, 0);
        if (waiting)
                take_host(l, look, view->name, view->reason, view->until_ms, view->limit);
}

/* A host that was not asked yet: the market that has it among its bases, or the only one there is. */
static Look *look_of_new_host(const Looking *l, const char *host)
{
        if (l->run->settings->n_markets == 1)
                return &l->looks[0];
        for (size_t i = 0; i < l->run->settings->n_markets; i++) {
                g_autoptr(GPtrArray) bases = run_bases(l->run, l->looks[i].market);
                for (guint k = 0; k < bases->len; k++) {
                        g_autofree char *its = market_host_of(g_ptr_array_index(bases, k));
                        if (g_strcmp0(its, host) == 0)
                                return &l->looks[i];
                }
                if (g_str_equal(l->looks[i].market->name,
                                host)) /* a corpus: its errands have its name for a host */
                        return &l->looks[i];
        }
        return NULL;
}

static void see_new_hosts(const Looking *l)
{
        g_autoptr(GPtrArray) hosts = g_ptr_array_new_with_free_func(g_free);
        int64_t next_ms;
        if (!store_waiting_hosts(l->run->store, l->run->sweep->id, hosts, &next_ms, NULL))
                return;
        for (guint i = 0; i < hosts->len; i++) {
                const char *host = g_ptr_array_index(hosts, i);
                Look *look = hosts_market(l->run->hosts, host) ? NULL : look_of_new_host(l, host);
                if (!look)
                        continue;
                look->blocker->waiting += store_host_waiting(l->run->store, l->run->sweep->id, host);
                take_host(l, look, host, NULL, 0, 0);
        }
}

static const char *paused_by(const Looking *l, const Market *market)
{
        g_autofree char *name = g_strconcat("market/", market->name, NULL);
        g_autoptr(GBytes) row = store_get(l->run->store, STORE_META, &(StoreKey){.name = name}, NULL);
        const MarketState *state = row ? record_market(l->arena, record_span(row), NULL) : NULL;
        return state && state->paused && state->paused[0] ? state->paused : NULL;
}

/* The same limit as the frontier's: crawl.c leases nothing while the workers have so much to do. */
static bool workers_are_full(const Run *run)
{
        return worker_queued(run->pool) >= (size_t)worker_hosts(run->pool) * 4;
}

static void settle(const Looking *l, Look *look)
{
        Blocker *b = look->blocker;
        const char *paused = paused_by(l, look->market);
        const char *reason = NULL; /* b->reason, of its host, stands */
        if (paused) {
                reason = "paused";
                b->detail = arena_str(l->arena, paused);
        } else if (!look->wanted) {
                reason = "nothing";
        } else if (l->run->state != RUN_GOING) {
                reason = "stopping";
        } else if (l->run->disk_low) {
                reason = "disk";
        } else if (workers_are_full(l->run)) {
                reason = "workers";
        }
        if (reason) {
                b->reason = arena_str(l->arena, reason);
                b->has_until_ms = false;
                b->until_ms = 0;
                b->host = NULL;
        }
        b->has_in_flight = b->has_waiting = true;
}

void metrics_blockers(Run *run, Arena *arena, size_t *n, Blocker ***out)
{
        size_t markets = run->settings->n_markets;
        Looking l = {.run = run, .arena = arena, .looks = arena_array(arena, Look, markets)};
        *n = markets;
        *out = arena_array(arena, Blocker *, markets);
        for (size_t i = 0; i < markets; i++) {
                Blocker *blocker = record_new(arena, Blocker, blocker__init);
                blocker->market = arena_str(arena, run->settings->markets[i]->name);
                l.looks[i] = (Look){.market = run->settings->markets[i], .blocker = blocker};
                (*out)[i] = blocker;
        }
        hosts_each(run->hosts, see_host, &l);
        see_new_hosts(&l);
        for (size_t i = 0; i < markets; i++)
                settle(&l, &l.looks[i]);
}
