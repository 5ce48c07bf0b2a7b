/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What blocks each market: of what hosts, workers, disk and store say, the one thing that the next request waits for. */
#include "crawler/metrics.h"

#include "crawler/frontier.h"
#include "crawler/policy.h"

#include <string.h>

typedef struct {
        const Market *market; /* NULL: none */
        Blocker *blocker;
        bool wanted;      /* an errand waits for one of its hosts */
        int64_t until_ms; /* of the host in `blocker`: INT64_MIN: it may be asked */
} Look;

typedef struct {
        Run *run;
        Arena *arena;
        size_t n_looks;
        Look *looks; /* a market of the run each, and behind them what is no market's: pages of policies */
        GHashTable *bases; /* host -> Look that has it among its bases */
} Looking;

/* What is no market's. Without policies and with one market alone that is its own: where its files lie. */
static Look *look_elsewhere(const Looking *l)
{
        bool alone = l->n_looks == 2 && !l->run->settings->policies;
        return &l->looks[alone ? 0 : l->n_looks - 1];
}

static Look *look_of(const Looking *l, const char *market)
{
        for (size_t i = 0; i < l->n_looks; i++) {
                if (g_strcmp0(l->looks[i].blocker->market, market) == 0 && i + 1 < l->n_looks)
                        return &l->looks[i];
        }
        return look_elsewhere(l);
}

/* A host that errands wait for: the one that may be asked soonest speaks for its market. */
static void take_host(const Looking *l, Look *look, const char *host, const char *reason, int64_t until_ms)
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
}

static void see_host(const HostView *view, void *context)
{
        const Looking *l = context;
        Look *look = look_of(l, view->market ? view->market->name : NULL);
        uint64_t waiting = view->waiting + store_host_waiting(l->run->store, l->run->sweep->id, view->name);
        look->blocker->waiting += waiting;
        look->blocker->in_flight += (uint32_t)MAX(view->in_flight, 0);
        if (waiting || view->in_flight > 0) {
                look->blocker->has_limit = true;
                look->blocker->limit += (uint32_t)MAX(view->limit, 0);
        }
        if (waiting)
                take_host(l, look, view->name, view->reason, view->until_ms);
}

/* A host that was not asked yet. A corpus stands for its own host. */
static void see_waiting(const char *host, uint64_t waiting, void *context)
{
        const Looking *l = context;
        if (hosts_market(l->run->hosts, host))
                return;
        Look *look = g_hash_table_lookup(l->bases, host);
        if (!look)
                look = look_of(l, host);
        look->blocker->waiting += waiting;
        take_host(l, look, host, NULL, 0);
}

static void note_bases(const Looking *l, Look *look)
{
        g_autoptr(GPtrArray) bases = run_bases(l->run, look->market);
        for (guint i = 0; i < bases->len; i++) {
                char *host = market_host_of(g_ptr_array_index(bases, i));
                if (host && !g_hash_table_contains(l->bases, host))
                        g_hash_table_insert(l->bases, host, look);
                else
                        g_free(host);
        }
}

static const char *paused_by(const Looking *l, const Market *market)
{
        const Sweep *sweep = l->run->sweep;
        for (size_t i = 0; market && i < sweep->n_results; i++) {
                const MarketResult *result = sweep->results[i];
                if (g_str_equal(result->market, market->name) && g_str_has_prefix(result->outcome, "paused:"))
                        return result->detail ? result->detail : result->outcome + strlen("paused:");
        }
        return NULL;
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
        } else if (frontier_is_full(l->run)) {
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
        g_autoptr(GHashTable) bases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Looking l = {run, arena, markets + 1, arena_array(arena, Look, markets + 1), bases};
        *out = arena_array(arena, Blocker *, markets + 1);
        for (size_t i = 0; i <= markets; i++) {
                const Market *market = i < markets ? run->settings->markets[i] : NULL;
                Blocker *blocker = record_new(arena, Blocker, blocker__init);
                blocker->market = arena_str(arena, market ? market->name : policy_manners(false)->name);
                l.looks[i] = (Look){.market = market, .blocker = blocker};
                (*out)[i] = blocker;
                if (market)
                        note_bases(&l, &l.looks[i]);
        }
        hosts_each(run->hosts, see_host, &l);
        store_each_waiting_host(run->store, run->sweep->id, see_waiting, &l);
        for (size_t i = 0; i <= markets; i++)
                settle(&l, &l.looks[i]);
        bool elsewhere = l.looks[markets].wanted || l.looks[markets].blocker->in_flight > 0;
        *n = markets + elsewhere;
}
