/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run.h - one run of one sweep: what crawl.c (the loop), errand_index.c and errand_apk.c (the two kinds of errand) share. */
#ifndef CRAWLER_RUN_H
#define CRAWLER_RUN_H

#include "crawler/crawler.h"
#include "crawler/hosts.h"
#include "crawler/optout.h"
#include "crawler/progress.h"
#include "crawler/timer.h"

typedef enum { RUN_GOING, RUN_DRAINING, RUN_STOPPING } RunState;

typedef struct {
        Store *store;
        const CrawlSettings *settings;
        CrawlResult *result;
        Arena *arena; /* lives as long as the run */
        Sweep *sweep; /* the record, kept up to date */
        char *owner;  /* this run's lease name */
        uv_loop_t *loop;
        Fetcher *fetcher;
        WorkerPool *pool;
        Hosts *hosts;
        OptOut *optout;
        Progress *progress;
        Timer *flush_timer, *look_timer, *end_timer;
        GHashTable *fetching;  /* claimed SHA-256 -> GPtrArray of jobs that wait for the same bytes */
        GPtrArray *done_parts; /* char *: parts to remove after the next flush */
        GHashTable *live;      /* jobs of errands leased and not ended -> how to free them */
        RunState state;
        GError *broken; /* why the run cannot go on */
} Run;

const Market *run_market(const Run *run, const char *name);

/* The bases a market's files may come from: its URL, its mirrors from the file, the signed index's mirrors. */
GPtrArray *run_bases(Run *run, const Market *market); /* char *, free with g_ptr_array_unref */

/* A job was made for a leased errand; it is freed by free_job when it ends, or with the run when that breaks off. */
void run_job_began(Run *run, void *job, GDestroyNotify free_job);
/* The errand is done for this run: frees its job, lets the frontier lease more, and ends the run when nothing is left. */
void run_job_ended(Run *run, void *job);
/* Something was gathered in the store: flush it soon. */
void run_gathered(Run *run);
/* Stops the run; takes the error. */
void run_break(Run *run, GError *take_error);

unsigned run_max_attempts(const Run *run);
/* below the store's directory, folder made; g_free */
char *run_file(Run *run, const char *folder, const char *name);

/* The two kinds of errand. Take the errand (in an arena of its own, taken too) and end by run_job_ended(). */
void errand_index_start(Run *run, Arena *take_arena, Errand *errand);
void errand_apk_start(Run *run, Arena *take_arena, Errand *errand);
/* looks again at jobs that waited for these bytes */
void errand_apk_same_bytes(Run *run, const char *sha256);

/* The errand waits again: at once at the next mirror where that is another host, else from at_ms on. `why` is kept. */
void run_retry(Run *run, const Market *market, Arena *arena, Errand *errand, const char *why, int64_t at_ms);

/* Ends an errand without an artifact: its observation says why. */
void run_unfetched(Run *run, const Errand *errand, const char *reason, const char *detail);

/* Puts an observation with its vector of fact ids into a batch. facts NULL: only the outcome is known. */
void run_put_observation(Run *run, StoreBatch *batch, const Errand *errand, const Observation *seen,
                         const Facts *facts);

/* The sweep record into a batch (after a market's result was noted in it). */
void run_put_sweep(Run *run, StoreBatch *batch);

#endif
