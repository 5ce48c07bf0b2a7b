/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run of a sweep: its parts, its flushes, its end. Which errands come next, frontier.c says. */
#include "crawler/crawler.h"

#include "core/clock.h"
#include "core/digest.h"
#include "core/log.h"
#include "crawler/asking.h"
#include "crawler/frontier.h"
#include "crawler/listed.h"
#include "crawler/metrics.h"
#include "crawler/replay.h"
#include "crawler/run.h"
#include "crawler/secret.h"
#include "crawler/sweeps.h"
#include "crawler/tiers.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { FLUSH_MS = 50, FLUSH_COUNT = 100, DRAIN_MS = 5000 };

/* ---- flushing ------------------------------------------------------------------------------------------------------ */

static void done_part_free(void *data)
{
        DonePart *part = data;
        g_free(part->path);
        g_free(part->sha256);
        g_free(part);
}

/* What was analysed and written down: kept where that is wanted, else removed. */
static void settle_parts(Run *run)
{
        for (guint i = 0; i < run->done_parts->len; i++) {
                const DonePart *part = g_ptr_array_index(run->done_parts, i);
                g_autoptr(GError) error = NULL;
                if (part->sha256 && !blobs_keep(run->blobs, part->path, part->sha256, &error))
                        log_event(LOG_WARN, "not_kept", "sha256", part->sha256, "error", error->message,
                                  NULL);
                fetch_forget(part->path);
        }
        g_ptr_array_set_size(run->done_parts, 0);
}

/* How hosts were treated, with whatever else is written next. */
static void put_conduct(Run *run)
{
        StoreBatch *batch = store_batch_new(run->store);
        hosts_put_conduct(run->hosts, batch);
        g_autoptr(GError) error = NULL;
        if (!store_gather_rows(run->store, batch, &error))
                run_break(run, g_steal_pointer(&error));
}

static void flush(Run *run)
{
        g_autoptr(GError) error = NULL;
        if (run->broken || store_gathered(run->store) == 0)
                return;
        if (run->hosts)
                put_conduct(run);
        if (!store_flush(run->store, &error)) {
                run_break(run, g_steal_pointer(&error));
                return;
        }
        metrics_flushed(run->metrics);
        g_hash_table_remove_all(run->unflushed);
        g_hash_table_remove_all(run->fresh);
        settle_parts(run);
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
        LiveJob *live = g_new0(LiveJob, 1);
        live->free_job = free_job;
        live->errand = g_strdup(run->starting->id);
        g_hash_table_insert(run->live, job, live);
}

static void live_free(void *data)
{
        LiveJob *live = data;
        g_free(live->errand);
        g_free(live);
}

void run_job_ended(Run *run, void *job)
{
        const LiveJob *live = g_hash_table_lookup(run->live, job);
        GDestroyNotify free_job = live->free_job;
        g_hash_table_remove(run->live, job);
        free_job(job);
        timer_start(run->look_timer, 0);
}

static void free_live(Run *run)
{
        GHashTableIter each;
        g_hash_table_iter_init(&each, run->live);
        for (void *job, *live; g_hash_table_iter_next(&each, &job, &live);)
                ((LiveJob *)live)->free_job(job);
        g_hash_table_unref(run->live);
}

int run_jobs(const Run *run)
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

/* ---- what hosts and store tell us ----------------------------------------------------------------------------------- */

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
        uint64_t taken = 0;
        for (size_t i = 0; i < run->sweep->n_results; i++)
                taken += run->sweep->results[i]->selected;
        uint64_t pages = counts.done + counts.dead; /* while nothing is drawn yet: errands that list */
        v->done = taken ? run->apps_done : pages;
        v->all = taken ? MAX(taken, run->apps_done) : pages + counts.waiting + counts.leased;
        v->in_flight = run_jobs(run);
        v->wire_bytes = fetch_bytes(run->fetcher);
        v->what = run->state == RUN_GOING ? "at" : "draining at";
}

/* ---- one run ----------------------------------------------------------------------------------------------------------- */

static bool must_have_contact(const CrawlSettings *s, GError **error)
{
        if (frontier_is_loopback(s) || s->replay_dir)
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

static bool open_recording(Run *run, const char *agent, GError **error)
{
        const CrawlSettings *s = run->settings;
        if (!s->record_dir && !s->replay_dir)
                return true;
        run->replay = s->replay_dir ? replay_open(s->replay_dir, REPLAY_ANSWER, error)
                                    : replay_open(s->record_dir, REPLAY_KEEP, error);
        return run->replay && replay_describe(run->replay, run->sweep->name, agent, error);
}

/* Apps that earlier runs of the sweep have brought to their end. */
static bool count_done(Run *run, GError **error)
{
        StoreWalk *walk = store_walk(run->store, STORE_OBSERVATIONS, &(StoreKey){.sweep = run->sweep->id});
        StoreKey key;
        for (Span value; store_walk_next(walk, &key, &value);)
                run->apps_done++;
        return store_walk_end(walk, error);
}

static bool open_parts(Run *run, GError **error)
{
        const CrawlSettings *s = run->settings;
        g_autofree char *agent =
                s->contact ? g_strdup_printf("overreach/%s (+%s)", OVERREACH_VERSION, s->contact)
                           : g_strdup_printf("overreach/%s (loopback)", OVERREACH_VERSION);
        run->loop = timer_loop_new();
        if (!open_recording(run, agent, error))
                return false;
        run->fetcher = fetcher_new(
                run->loop,
                &(FetchOptions){.user_agent = agent, .low_speed_s = s->low_speed_s, .replay = run->replay},
                error);
        if (!run->fetcher)
                return false;
        if (s->keep && !g_str_equal(s->keep, "none")) {
                run->blobs =
                        blobs_open(run->store, s->keep_bytes ? s->keep_bytes : (uint64_t)10 << 30, error);
                if (!run->blobs)
                        return false;
        }
        run->pool = worker_pool_new(run->loop, &(WorkerOptions){.hosts = s->workers}, error);
        if (!run->pool)
                return false;
        run->flush_timer = timer_new(run->loop, flush_due, run);
        run->look_timer = timer_new(run->loop, frontier_look, run);
        run->end_timer = timer_new(run->loop, out_of_time, run);
        run->hosts = hosts_new(&(HostsOptions){.loop = run->loop,
                                               .store = run->store,
                                               .fetcher = run->fetcher,
                                               .pool = run->pool,
                                               .seed = (uint64_t)clock_now_ms(),
                                               .base_backoff_ms = s->base_backoff_ms,
                                               .sweep = run->sweep->id,
                                               .bandwidth = s->bandwidth,
                                               .user_agent = agent,
                                               .offline = s->replay_dir != NULL,
                                               .room = room_again,
                                               .broken = store_broke,
                                               .context = run});
        run->tiers = tiers_new(run->hosts, run->pool);
        run->lease_timer = timer_new(run->loop, frontier_leases, run);
        run->metrics = metrics_new(run, s->metrics, s->samples, error);
        return run->metrics && listed_count(run, error) && count_done(run, error);
}

static void close_parts(Run *run)
{
        g_autoptr(GError) error = NULL;
        metrics_free(run->metrics);
        progress_free(run->progress);
        fetcher_free(run->fetcher); /* before the pool, whose end turns the loop once more */
        tiers_free(run->tiers);
        worker_pool_free(run->pool);
        hosts_free(run->hosts);
        if (!replay_close(run->replay, &error))
                log_event(LOG_ERROR, "recording", "error", error->message, "hint",
                          "what was recorded is not the whole sweep", NULL);
        blobs_close(run->blobs);
        g_hash_table_remove_all(run->askings);
        timer_free(run->lease_timer);
        timer_free(run->flush_timer);
        timer_free(run->look_timer);
        timer_free(run->end_timer);
        timer_loop_free(run->loop);
}

static bool nothing_listed(const Sweep *sweep)
{
        for (size_t i = 0; i < sweep->n_results; i++) {
                const char *outcome = sweep->results[i]->outcome;
                if (!g_str_has_prefix(outcome, "failed:") && !g_str_has_prefix(outcome, "paused:"))
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
                r->failed_markets +=
                        g_str_has_prefix(m->outcome, "failed:") || g_str_has_prefix(m->outcome, "paused:");
        }
        StoreWalk *walk = store_walk(run->store, STORE_OBSERVATIONS, &(StoreKey){.sweep = run->sweep->id});
        StoreKey key;
        for (Span value; store_walk_next(walk, &key, &value);) {
                g_autoptr(Arena) arena = arena_new();
                const Observation *seen = record_observation(arena, value, NULL);
                const char *outcome = seen ? seen->outcome : "unfetched:";
                r->analysed += g_str_equal(outcome, "analysed");
                r->only_listed += g_str_equal(outcome, "listed");
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
        timer_start(run->lease_timer, FRONTIER_LEASE_LOOK_MS);
        timer_loop_run(run->loop);
        flush(run);
        signal_free(on_int);
        signal_free(on_term);
}

static bool plan_draw(Run *run, GError **error)
{
        const CrawlSettings *s = run->settings;
        run->tier = s->tier ? s->tier : "whole";
        run->draw = (DrawRule){.seed = s->seed, .n = s->sample, .shard = s->shard, .shards = s->shards};
        if (s->by && !draw_by_named(s->by, &run->draw.by))
                return fault(error, FAULT_USAGE, "--by %s: market, category and downloads are known", s->by);
        if (s->list_path || s->follow) {
                run->list = s->follow ? package_list_of_sweep(run->store, s->follow, error)
                                      : package_list_load(s->list_path, error);
                run->draw.list = run->list;
                return run->list != NULL;
        }
        return true;
}

/* The same for every run of a sweep, so that its requests are equal in a recording. */
static char *uuid_of_seed(uint64_t seed)
{
        g_autofree char *text = g_strdup_printf("overreach %" G_GUINT64_FORMAT, seed);
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(span_str(text), hex);
        return g_strdup_printf("%.8s-%.4s-4%.3s-a%.3s-%.12s", hex, hex + 8, hex + 12, hex + 15, hex + 18);
}

static bool run_sweep(Run *run, GError **error)
{
        if (!must_have_contact(run->settings, error))
                return false;
        run->optout = optout_load(run->settings->optout_path, error);
        if (!run->optout || !plan_draw(run, error) || !sweep_begin(run, error))
                return false;
        if (run->result->finished)
                return count_outcomes(run, error);
        if (!open_parts(run, error))
                return false;
        run_loop(run);
        run->result->returned = run->returned;
        run->result->figures = metrics_closing(run->metrics);
        run->result->wire_bytes = fetch_bytes(run->fetcher);
        run->result->requests = hosts_requests(run->hosts);
        run->result->interrupted = run->result->interrupted && !run->result->finished;
        if (run->broken) {
                g_propagate_error(error, g_steal_pointer(&run->broken));
                return false;
        }
        return (!run->result->finished || finish_sweep(run, error)) && count_outcomes(run, error);
}

static GHashTable *by_name(GDestroyNotify free_value)
{
        return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_value);
}

static void make_tables(Run *run)
{
        run->fetching = by_name((GDestroyNotify)g_ptr_array_unref);
        run->listing = by_name(NULL);
        run->odd = by_name(NULL);
        run->tokens = by_name(g_free);
        run->part_of = by_name(g_free);
        run->secrets = by_name((GDestroyNotify)secret_free);
        run->unflushed = draw_unflushed_new();
        run->fresh = by_name((GDestroyNotify)g_bytes_unref);
        run->askings = g_hash_table_new_full(NULL, NULL, asking_free, NULL);
        run->live = g_hash_table_new_full(NULL, NULL, NULL, live_free);
        run->done_parts = g_ptr_array_new_with_free_func(done_part_free);
        run->uuid = uuid_of_seed(run->settings->seed);
}

static void free_tables(Run *run)
{
        GHashTable *const tables[] = {run->fetching, run->listing,   run->odd,     run->tokens, run->part_of,
                                      run->secrets,  run->unflushed, run->askings, run->fresh};
        free_live(run);
        for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
                g_hash_table_unref(tables[i]);
        g_ptr_array_unref(run->done_parts);
        g_free(run->uuid);
}

bool crawl_run(Store *store, const CrawlSettings *settings, CrawlResult *result, GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *owner = g_uuid_string_random();
        Run run = {.store = store, .settings = settings, .result = result, .arena = arena, .owner = owner};
        make_tables(&run);
        memset(result, 0, sizeof *result);
        bool ok = run_sweep(&run, error);
        if (run.loop)
                close_parts(&run);
        optout_free(run.optout);
        package_list_free(run.list);
        free_tables(&run);
        g_clear_error(&run.broken);
        return ok;
}
