/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/frontier.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "crawler/policy.h"

#include <string.h>
#include <sys/statvfs.h>

enum {
        LEASE_MS = 10 * 60 * 1000, /* renewed while its job lives */
        DISK_LOOK_MS = 1000,
        DISK_WAIT_MS = 1000,
        DISK_GIVE_UP_MS = 60 * 1000,
        MIN_FREE = 1 << 30, /* of the disk, or this part of it where that is less */
        MIN_FREE_PART = 20,
        TASKS_A_HOST = 4,
        JOBS_AT_ONCE = 128 /* leased and not ended: bounds memory, whatever the number of hosts */
};

bool frontier_is_loopback(const CrawlSettings *s)
{
        for (size_t i = 0; i < s->n_markets; i++) {
                if (!s->markets[i]->loopback && s->markets[i]->protocol != MARKET_CORPUS)
                        return false;
        }
        return true;
}

static void start_errand(Run *run, const Errand *leased)
{
        g_autoptr(GError) error = NULL;
        Arena *arena = arena_new(); /* each errand lives as long as its own work */
        g_autoptr(GBytes) packed = record_pack(leased);
        Errand *errand = record_errand(arena, record_span(packed), &error);
        if (!errand) {
                arena_free(arena);
                run_break(run, g_steal_pointer(&error));
                return;
        }
        run->starting = errand;
        switch (errand->kind) {
        case ERRAND__KIND__INDEX: errand_index_start(run, arena, errand); break;
        case ERRAND__KIND__PAGE: errand_page_start(run, arena, errand); break;
        case ERRAND__KIND__DRAW: errand_draw_start(run, arena, errand); break;
        case ERRAND__KIND__SOURCE: errand_source_start(run, arena, errand); break;
        case ERRAND__KIND__POLICY: errand_policy_start(run, arena, errand); break;
        default: errand_apk_start(run, arena, errand); break;
        }
}

/* A mirror's host has the manners of the first market of the sweep that uses it. */
static const Market *market_of_host(Run *run, const char *host)
{
        const Market *known = hosts_market(run->hosts, host);
        if (known)
                return known;
        for (size_t i = 0; i < run->settings->n_markets; i++) {
                g_autoptr(GPtrArray) bases = run_bases(run, run->settings->markets[i]);
                for (guint k = 0; k < bases->len; k++) {
                        g_autofree char *its = market_host_of(g_ptr_array_index(bases, k));
                        if (g_strcmp0(its, host) == 0)
                                return run->settings->markets[i];
                }
        }
        return policy_manners(frontier_is_loopback(run->settings)); /* somebody's page, not a market's */
}

/* `share`: what one host may have of the jobs at once, so that no market waits behind another. */
static int64_t lease_from(Run *run, const char *host, int share, int64_t now)
{
        int64_t at = INT64_MAX;
        g_autoptr(GError) error = NULL;
        bool here = !strstr(host, "://"); /* a corpus: nobody to be gentle with */
        int room = here ? share : hosts_room(run->hosts, market_of_host(run, host), host, now, &at);
        room = MIN(room, MIN(share, JOBS_AT_ONCE - run_jobs(run)));
        if (room <= 0)
                return at;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GPtrArray) errands = g_ptr_array_new();
        if (!store_lease(run->store, run->sweep->id, host, run->owner, now, LEASE_MS, (size_t)room, arena,
                         errands, &error)) {
                run_break(run, g_steal_pointer(&error));
                return INT64_MAX;
        }
        for (guint i = 0; i < errands->len && !run->broken; i++)
                start_errand(run, g_ptr_array_index(errands, i));
        return at;
}

/* Ends the run when it is drained, or when the sweep has nothing left. */
static bool ended(Run *run)
{
        g_autoptr(GError) error = NULL;
        if (run->state != RUN_GOING && run_jobs(run) == 0) {
                timer_loop_stop(run->loop);
                return true;
        }
        if (run_jobs(run) > 0 || store_gathered(run->store) > 0)
                return false;
        ErrandCounts counts;
        if (!store_errand_counts(run->store, run->sweep->id, &counts, &error)) {
                run_break(run, g_steal_pointer(&error));
                return true;
        }
        if (counts.waiting + counts.leased > 0)
                return false;
        run->result->finished = true;
        timer_loop_stop(run->loop);
        return true;
}

uint64_t frontier_min_free(const Run *run)
{
        struct statvfs disk;
        if (run->settings->min_free || statvfs(store_directory(run->store), &disk) != 0)
                return run->settings->min_free;
        return MIN((uint64_t)MIN_FREE, (uint64_t)disk.f_blocks * disk.f_frsize / MIN_FREE_PART);
}

/* Leaves what the disk must keep; looked at once a second. While nothing at all is under way and no room comes, the run ends: its
 * user is told what to do, and the same command goes on. */
static bool disk_is_low(Run *run)
{
        int64_t now = clock_now_ms();
        struct statvfs disk;
        if (now - run->disk_looked_ms < DISK_LOOK_MS && now >= run->disk_looked_ms)
                return run->disk_low;
        run->disk_looked_ms = now;
        uint64_t keep = frontier_min_free(run);
        bool low = statvfs(store_directory(run->store), &disk) == 0 &&
                   (uint64_t)disk.f_bavail * disk.f_frsize < keep;
        if (low && !run->disk_low) {
                run->disk_low_since_ms = now;
                log_event(LOG_WARN, "disk_low", "hint",
                          "nothing more is fetched until there is room (--min-free)", NULL);
        }
        run->disk_low = low;
        if (low && run_jobs(run) == 0 && now - run->disk_low_since_ms >= DISK_GIVE_UP_MS) {
                g_autofree char *least = text_bytes(keep);
                GError *full = NULL;
                fault(&full, FAULT_DISK,
                      "%s: no space left on device but the %s that are to stay free (--min-free). Make room "
                      "and run the same "
                      "command again; what is recorded is kept",
                      store_directory(run->store), least);
                run_break(run, full);
        }
        return low;
}

/* Jobs that live keep their leases; a lease that ended all the same is given out again, and counted. */
void frontier_leases(void *context)
{
        Run *run = context;
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) ids = g_ptr_array_new();
        GHashTableIter each;
        size_t returned = 0;
        g_hash_table_iter_init(&each, run->live);
        for (void *live; g_hash_table_iter_next(&each, NULL, &live);)
                g_ptr_array_add(ids, ((LiveJob *)live)->errand);
        int64_t now = clock_now_ms();
        if (run->broken)
                return;
        if (!store_renew(run->store, run->sweep->id, run->owner, ids, now + LEASE_MS, &error) ||
            !store_reclaim(run->store, run->sweep->id, run->owner, now, &returned, &error)) {
                run_break(run, g_steal_pointer(&error));
                return;
        }
        run->returned += returned;
        timer_start(run->lease_timer, FRONTIER_LEASE_LOOK_MS);
}

bool frontier_is_full(const Run *run)
{
        return worker_queued(run->pool) >= (size_t)worker_hosts(run->pool) * TASKS_A_HOST ||
               run_jobs(run) >= JOBS_AT_ONCE;
}

void frontier_look(void *context)
{
        Run *run = context;
        if (run->broken || ended(run) || run->state != RUN_GOING)
                return;
        if (disk_is_low(run)) {
                timer_start_sooner(run->look_timer, DISK_WAIT_MS);
                return;
        }
        /* Back-pressure: the workers have enough to do; each errand that ends looks again. */
        if (frontier_is_full(run))
                return;
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) hosts = g_ptr_array_new_with_free_func(g_free);
        int64_t now = clock_now_ms(), next = INT64_MAX;
        if (!store_waiting_hosts(run->store, run->sweep->id, hosts, &next, &error)) {
                run_break(run, g_steal_pointer(&error));
                return;
        }
        if (next <= now)
                next = INT64_MAX; /* due already: it is the host that must have room */
        int share = MAX(JOBS_AT_ONCE / (int)MAX(hosts->len, 1), 4);
        run->turn++;
        for (guint i = 0; i < hosts->len && !run->broken; i++)
                next = MIN(next, lease_from(run, g_ptr_array_index(hosts, (i + run->turn) % hosts->len),
                                            share, now));
        if (next != INT64_MAX)
                timer_start_sooner(run->look_timer, CLAMP(next - now, 1, 60000));
}
