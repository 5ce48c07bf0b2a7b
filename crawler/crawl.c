/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop of one run: leases errands where hosts have room, starts them, flushes what they bring, stops when nothing waits. */
#include "crawler/crawler.h"

#include "core/clock.h"
#include "core/log.h"
#include "crawler/run.h"
#include "crawler/sweeps.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
        LEASE_MS = 30 * 60 * 1000, /* a transfer may take its whole-transfer time */
        FLUSH_MS = 50,
        FLUSH_COUNT = 100,
        JOBS_AT_ONCE = 128, /* leased and not ended: bounds memory, whatever the number of hosts */
        DRAIN_MS = 5000
};

/* ---- flushing ------------------------------------------------------------------------------------------------------ */

static void flush(Run *run)
{
        g_autoptr(GError) error = NULL;
        if (run->broken || store_gathered(run->store) == 0)
                return;
        if (!store_flush(run->store, &error)) {
                run_break(run, g_steal_pointer(&error));
                return;
        }
        for (guint i = 0; i < run->done_parts->len; i++)
                fetch_forget(g_ptr_array_index(run->done_parts, i));
        g_ptr_array_set_size(run->done_parts, 0);
        timer_start(run->look_timer, 0);
}

static void flush_due(void *context)
{
        flush(context);
}

void run_gathered(Run *run)
{
        timer_start_sooner(run->flush_timer, store_gathered(run->store) >= FLUSH_COUNT ? 0 : FLUSH_MS);
}

/* ---- ending -------------------------------------------------------------------------------------------------------- */

static void stop_loop(void *context)
{
        Run *run = context;
        timer_loop_stop(run->loop);
}

void run_break(Run *run, GError *take_error)
{
        if (run->broken)
                g_error_free(take_error);
        else
                run->broken = take_error;
        run->state = RUN_STOPPING;
        timer_start(run->end_timer, 0);
}

void run_job_began(Run *run, void *job, GDestroyNotify free_job)
{
        g_hash_table_insert(run->live, job, (void *)free_job);
}

void run_job_ended(Run *run, void *job)
{
        GDestroyNotify free_job = (GDestroyNotify)g_hash_table_lookup(run->live, job);
        g_hash_table_remove(run->live, job);
        free_job(job);
        timer_start(run->look_timer, 0);
}

static void free_live(Run *run)
{
        GHashTableIter each;
        g_hash_table_iter_init(&each, run->live);
        for (void *job, *free_job; g_hash_table_iter_next(&each, &job, &free_job);)
                ((GDestroyNotify)free_job)(job);
        g_hash_table_unref(run->live);
}

static int jobs(const Run *run)
{
        return (int)g_hash_table_size(run->live);
}

static void out_of_time(void *context)
{
        Run *run = context;
        run->state = RUN_STOPPING;
        timer_loop_stop(run->loop);
}

static void interrupted(void *context)
{
        Run *run = context;
        if (run->state != RUN_GOING) {        /* the second one: at once, crash-only */
                progress_free(run->progress); /* clears its line */
                log_event(LOG_WARN, "interrupted", "hint", "stopped at once; the same command resumes", NULL);
                _exit(6);
        }
        run->state = RUN_DRAINING;
        run->result->interrupted = true;
        log_event(LOG_WARN, "interrupted", "hint", "finishing what is in flight; once more stops at once",
                  NULL);
        hosts_cancel_waiting(run->hosts);
        timer_start(run->end_timer, DRAIN_MS);
        timer_start(run->look_timer, 0);
}

/* ---- the frontier: which errands next --------------------------------------------------------------------------------- */

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
        if (errand->kind == ERRAND__KIND__INDEX)
                errand_index_start(run, arena, errand);
        else
                errand_apk_start(run, arena, errand);
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
                        if (g_str_equal(its, host))
                                return run->settings->markets[i];
                }
        }
        return run->settings->markets[0];
}

static int64_t lease_from(Run *run, const char *host, int64_t now)
{
        int64_t at = INT64_MAX;
        g_autoptr(GError) error = NULL;
        int room = hosts_room(run->hosts, market_of_host(run, host), host, now, &at);
        room = MIN(room, JOBS_AT_ONCE - jobs(run));
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
        if (run->state != RUN_GOING && jobs(run) == 0) {
                stop_loop(run);
                return true;
        }
        if (jobs(run) > 0 || store_gathered(run->store) > 0)
                return false;
        ErrandCounts counts;
        if (!store_errand_counts(run->store, run->sweep->id, &counts, &error)) {
                run_break(run, g_steal_pointer(&error));
                return true;
        }
        if (counts.waiting + counts.leased > 0)
                return false;
        run->result->finished = true;
        stop_loop(run);
        return true;
}

static void look_for_work(void *context)
{
        Run *run = context;
        if (run->broken || ended(run) || run->state != RUN_GOING)
                return;
        /* Back-pressure: the workers have enough to do; each errand that ends looks again. */
        if (worker_queued(run->pool) >= (size_t)worker_hosts(run->pool) * 4 || jobs(run) >= JOBS_AT_ONCE)
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
        for (guint i = 0; i < hosts->len && !run->broken; i++)
                next = MIN(next, lease_from(run, g_ptr_array_index(hosts, i), now));
        if (next != INT64_MAX)
                timer_start_sooner(run->look_timer, CLAMP(next - now, 1, 60000));
}

static void room_again(void *context)
{
        Run *run = context;
        timer_start_sooner(run->look_timer, 0);
}

static void store_broke(GError *take_error, void *context)
{
        run_break(context, take_error);
}

static void view(ProgressView *v, void *context)
{
        Run *run = context;
        ErrandCounts counts = {0};
        store_errand_counts(run->store, run->sweep->id, &counts, NULL);
        uint64_t done = counts.done + counts.dead, listed = 0; /* errands; those of indexes are no apps */
        for (size_t i = 0; i < run->sweep->n_results; i++)
                listed += !g_str_equal(run->sweep->results[i]->outcome, "open");
        uint64_t all = done + counts.waiting + counts.leased;
        v->done = done - MIN(listed, done);
        v->all = all - MIN(run->settings->n_markets, all);
        v->in_flight = jobs(run);
        v->wire_bytes = fetch_bytes(run->fetcher);
        v->what = run->state == RUN_GOING ? "at" : "draining at";
}

/* ---- one run ----------------------------------------------------------------------------------------------------------- */

static bool must_have_contact(const CrawlSettings *s, GError **error)
{
        bool loopback = true;
        for (size_t i = 0; i < s->n_markets; i++)
                loopback = loopback && s->markets[i]->loopback;
        if (loopback)
                return true;
        const char *c = s->contact;
        bool address =
                c && (strchr(c, '@') || g_str_has_prefix(c, "https://") || g_str_has_prefix(c, "http://"));
        if (address && g_str_is_ascii(c) && !strpbrk(c, "\r\n()"))
                return true;
        return fault(error, FAULT_USAGE,
                     "a sweep of a public market needs --contact: a mail address or a page where its "
                     "operator can reach "
                     "you; it is sent with every request");
}

static bool open_parts(Run *run, GError **error)
{
        const CrawlSettings *s = run->settings;
        g_autofree char *agent =
                s->contact ? g_strdup_printf("overreach/%s (+%s)", OVERREACH_VERSION, s->contact)
                           : g_strdup_printf("overreach/%s (loopback)", OVERREACH_VERSION);
        run->loop = timer_loop_new();
        run->fetcher = fetcher_new(
                run->loop, &(FetchOptions){.user_agent = agent, .low_speed_s = s->low_speed_s}, error);
        if (!run->fetcher)
                return false;
        run->pool = worker_pool_new(run->loop, &(WorkerOptions){.hosts = s->workers}, error);
        if (!run->pool)
                return false;
        run->flush_timer = timer_new(run->loop, flush_due, run);
        run->look_timer = timer_new(run->loop, look_for_work, run);
        run->end_timer = timer_new(run->loop, out_of_time, run);
        run->hosts = hosts_new(&(HostsOptions){.loop = run->loop,
                                               .store = run->store,
                                               .fetcher = run->fetcher,
                                               .pool = run->pool,
                                               .seed = (uint64_t)clock_now_ms(),
                                               .base_backoff_ms = s->base_backoff_ms,
                                               .room = room_again,
                                               .broken = store_broke,
                                               .context = run});
        return true;
}

static void close_parts(Run *run)
{
        progress_free(run->progress);
        worker_pool_free(run->pool);
        fetcher_free(run->fetcher);
        hosts_free(run->hosts);
        timer_free(run->flush_timer);
        timer_free(run->look_timer);
        timer_free(run->end_timer);
        timer_loop_free(run->loop);
}

static bool nothing_listed(const Sweep *sweep)
{
        for (size_t i = 0; i < sweep->n_results; i++) {
                if (!g_str_has_prefix(sweep->results[i]->outcome, "failed:"))
                        return false;
        }
        return true;
}

static bool finish_sweep(Run *run, GError **error)
{
        const char *state = nothing_listed(run->sweep)     ? "failed"
                            : run->settings->judge_follows ? "collected"
                                                           : "done";
        run->sweep->state = (char *)state;
        run->sweep->has_finished_ms = true;
        run->sweep->finished_ms = clock_now_ms();
        StoreBatch *batch = store_batch_new(run->store);
        run_put_sweep(run, batch);
        return store_commit(run->store, batch, error);
}

static bool count_outcomes(Run *run, GError **error)
{
        CrawlResult *r = run->result;
        for (size_t i = 0; i < run->sweep->n_results; i++) {
                const MarketResult *m = run->sweep->results[i];
                r->listed += m->listed;
                r->selected += m->selected;
                r->failed_markets += g_str_has_prefix(m->outcome, "failed:");
        }
        g_autoptr(Arena) arena = arena_new();
        StoreWalk *walk = store_walk(run->store, STORE_OBSERVATIONS, &(StoreKey){.sweep = run->sweep->id});
        StoreKey key;
        for (Span value; store_walk_next(walk, &key, &value);) {
                const Observation *seen = record_observation(arena, value, NULL);
                const char *outcome = seen ? seen->outcome : "unfetched:";
                r->analysed += g_str_equal(outcome, "analysed");
                r->unanalysable += g_str_has_prefix(outcome, "unanalysable:");
                r->unfetched += g_str_has_prefix(outcome, "unfetched:");
        }
        return store_walk_end(walk, error);
}

static void run_loop(Run *run)
{
        signal(SIGPIPE, SIG_IGN);
        Signal *on_int = signal_new(run->loop, SIGINT, interrupted, run);
        Signal *on_term = signal_new(run->loop, SIGTERM, interrupted, run);
        run->progress = progress_new(run->loop, run->sweep->name, view, run);
        timer_start(run->look_timer, 0);
        timer_loop_run(run->loop);
        flush(run);
        signal_free(on_int);
        signal_free(on_term);
}

static bool run_sweep(Run *run, GError **error)
{
        if (!must_have_contact(run->settings, error))
                return false;
        run->optout = optout_load(run->settings->optout_path, error);
        if (!run->optout || !sweep_begin(run, error))
                return false;
        if (run->result->finished)
                return count_outcomes(run, error);
        if (!open_parts(run, error))
                return false;
        run_loop(run);
        run->result->wire_bytes = fetch_bytes(run->fetcher);
        run->result->requests = hosts_requests(run->hosts);
        run->result->interrupted = run->result->interrupted && !run->result->finished;
        if (run->broken) {
                g_propagate_error(error, g_steal_pointer(&run->broken));
                return false;
        }
        return (!run->result->finished || finish_sweep(run, error)) && count_outcomes(run, error);
}

bool crawl_run(Store *store, const CrawlSettings *settings, CrawlResult *result, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *owner = g_uuid_string_random();
        Run run = {.store = store, .settings = settings, .result = result, .arena = arena, .owner = owner};
        run.fetching =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
        run.live = g_hash_table_new(NULL, NULL);
        run.done_parts = g_ptr_array_new_with_free_func(g_free);
        memset(result, 0, sizeof *result);
        bool ok = run_sweep(&run, error);
        if (run.loop)
                close_parts(&run);
        optout_free(run.optout);
        free_live(&run);
        g_hash_table_unref(run.fetching);
        g_ptr_array_unref(run.done_parts);
        g_clear_error(&run.broken);
        return ok;
}
