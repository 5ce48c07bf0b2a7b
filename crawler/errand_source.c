/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source that is no market's page: a hash list (fetched once a sweep, read in a worker, which takes the sample)
 * or a corpus on this machine (its list of files read in a worker). Listings come aside first (spool.h) and become
 * rows a few hundred at a time. */
#include "crawler/source.h"

#include "core/clock.h"
#include "core/log.h"
#include "crawler/kept.h"
#include "crawler/listed.h"
#include "crawler/markets/corpus.h"
#include "crawler/tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void job_free(void *data)
{
        SourceJob *job = data;
        timer_free(job->turn);
        spool_free(job->spool);
        arena_free(job->arena);
        g_free(job);
}

void source_end(SourceJob *job)
{
        run_job_ended(job->run, job);
}

void source_break(SourceJob *job, GError *take_error)
{
        run_break(job->run, take_error);
        source_end(job);
}

void source_failed(SourceJob *job, const char *reason, const char *detail)
{
        listed_failed(job->run, job->errand, reason, detail);
        source_end(job);
}

static void failed_by(SourceJob *job, const GError *error)
{
        const char *reason = fault_is(error, FAULT_LIMIT)       ? "limit"
                             : fault_is(error, FAULT_NOT_FOUND) ? "gone"
                             : fault_is(error, FAULT_MALFORMED) ? "malformed"
                                                                : "unreadable";
        source_failed(job, reason, error->message);
}

/* ---- rows, a batch each turn of the loop ----------------------------------------------------------------------- */

static void note_result(SourceJob *job)
{
        Run *run = job->run;
        MarketResult *result = listed_result(run, job->market->name);
        result->detail = skipped_text(run->arena, job->summary);
        result->how = arena_str(run->arena, job->how);
        if (job->market->protocol == MARKET_CORPUS) /* how many, the draw says that follows */
                return;
        result->outcome = (char *)"listed";
        result->has_listed = result->has_selected = true;
        result->listed = job->summary->packages;
        result->selected = (uint32_t)MIN(spool_count(job->spool), UINT32_MAX);
}

/* All rows are written: the errand ends, and a corpus is drawn from. */
static void all_listed(SourceJob *job)
{
        Run *run = job->run;
        g_autoptr(GError) error = NULL;
        note_result(job);
        StoreBatch *batch = store_batch_new(run->store);
        run_put_sweep(run, batch);
        bool draws = job->market->protocol == MARKET_CORPUS;
        const Errand *draw =
                draws ? listed_draw_errand(run, job->market, job->errand->again, job->arena) : NULL;
        if (!store_complete(run->store, job->errand, batch, &draw, draws ? 1 : 0, &error) ||
            !store_flush(run->store, &error)) {
                source_break(job, g_steal_pointer(&error));
                return;
        }
        listed_more(run, job->market->name, -1);
        log_event(LOG_INFO, "market_listed", "market", job->market->name, "how", job->how, NULL);
        source_end(job);
}

/* Some listings into one batch; *more says whether others are left. */
static bool put_some(SourceJob *job, bool *more, GError **error)
{
        Run *run = job->run;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GPtrArray) next = g_ptr_array_new();
        StoreBatch *batch = store_batch_new(run->store);
        GError *cause = NULL;
        Span record;
        for (int i = 0; i < SOURCE_A_BATCH && !cause && (*more = spool_next(job->spool, &record, &cause));
             i++) {
                Listing *listing = record_listing(arena, record, &cause);
                if (listing)
                        listing->market = job->market->name; /* whatever the worker says */
                if (listing && job->market->protocol == MARKET_CORPUS)
                        listed_put(run, batch, listing, NULL, NULL, &cause);
                else if (listing)
                        source_put_drawn(job, batch, listing, arena, next, &cause);
        }
        if (cause) {
                store_batch_free(batch);
                g_propagate_error(error, cause);
                return false;
        }
        return store_commit(run->store, batch, error) &&
               store_enqueue(run->store, (const Errand *const *)next->pdata, next->len, NULL, error);
}

static void put_next(void *context)
{
        SourceJob *job = context;
        g_autoptr(GError) error = NULL;
        bool more = false;
        if (job->run->state != RUN_GOING)
                source_end(
                        job); /* its lease is returned when the sweep is resumed, and the same rows are written */
        else if (!put_some(job, &more, &error))
                source_break(job, g_steal_pointer(&error));
        else if (more)
                timer_start(job->turn, 0);
        else
                all_listed(job);
}

/* ---- reading in a worker --------------------------------------------------------------------------------------- */

static void source_frame(uint8_t type, Span frame, void *context)
{
        SourceJob *job = context;
        if (type == CRAWLER_FRAME_RECORD)
                spool_add(job->spool, frame);
        else if (type == CRAWLER_FRAME_SUMMARY)
                job->summary = record_summary(job->arena, frame, NULL);
}

static void source_read(WorkerEnd end, Fault code, const char *detail, void *context)
{
        SourceJob *job = context;
        g_autoptr(GError) error = NULL;
        if (end != WORKER_OK || !job->summary) {
                if (end == WORKER_OK)
                        end = WORKER_CRASH, detail = "the answer is not whole";
                const char *reason = end != WORKER_FAILED  ? worker_end_name(end)
                                     : code == FAULT_LIMIT ? "limit"
                                                           : "malformed";
                source_unread(job, reason, detail);
        } else if (!spool_rewind(job->spool, &error)) {
                source_break(job, g_steal_pointer(&error));
        } else {
                job->turn = timer_new(job->run->loop, put_next, job);
                timer_start(job->turn, 0);
        }
}

void source_parse(SourceJob *job, const int *fds, int n_fds)
{
        Run *run = job->run;
        g_autoptr(GError) error = NULL;
        g_autofree char *folder = run_file(run, "parts", "");
        spool_free(job->spool);
        job->spool = spool_new(folder, &error);
        if (!job->spool) {
                source_break(job, g_steal_pointer(&error));
                return;
        }
        SourceTask task = SOURCE_TASK__INIT;
        task.market = job->market->name;
        task.file = job->market->text;
        task.has_sample = task.has_seed = task.has_shard = task.has_shards = true;
        task.sample = run->draw.n;
        task.seed = run->draw.seed;
        task.shard = run->draw.shard;
        task.shards = run->draw.shards;
        g_autoptr(GBytes) argument = record_pack(&task);
        job->summary = NULL;
        worker_submit(run->pool, "source", record_span(argument), fds, n_fds,
                      (WorkerCalls){source_frame, source_read, job});
}

/* ---- a corpus -------------------------------------------------------------------------------------------------- */

static void list_corpus(SourceJob *job)
{
        g_autoptr(GError) error = NULL;
        uint64_t links;
        int fd = corpus_manifest(job->market, &links, &error);
        if (fd < 0) {
                failed_by(job, error);
                return;
        }
        if (links) {
                g_autofree char *count = g_strdup_printf("%" G_GUINT64_FORMAT, links);
                log_event(LOG_WARN, "links_not_followed", "market", job->market->name, "count", count, NULL);
        }
        job->how = "files";
        source_parse(job, &fd, 1);
        close(fd);
}

void errand_source_start(Run *run, Arena *take_arena, Errand *errand)
{
        SourceJob *job = g_new0(SourceJob, 1);
        *job = (SourceJob){.run = run, .arena = take_arena, .errand = errand};
        job->market = run_market(run, errand->market);
        run_job_began(run, job, job_free);
        if (job->market->protocol == MARKET_CORPUS)
                list_corpus(job);
        else
                source_list_hashes(job);
}
