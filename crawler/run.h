/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run.h - one run of one sweep: what crawl.c (the loop) and the kinds of errand (errand_*.c) share. */
#ifndef CRAWLER_RUN_H
#define CRAWLER_RUN_H

#include "crawler/crawler.h"
#include "crawler/draw.h"
#include "crawler/hosts.h"
#include "crawler/optout.h"
#include "crawler/progress.h"
#include "crawler/timer.h"
#include "store/blobs.h"

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
        PackageList *list; /* only these apps; NULL: all */
        DrawRule draw;
        const char *tier;      /* listing manifest dex whole */
        struct Tiers *tiers;   /* tiers.h */
        Blobs *blobs;          /* NULL: nothing is kept */
        struct Replay *replay; /* replay.h; NULL: neither kept nor answered from */
        struct Metrics *metrics;
        char *uuid; /* one for the sweep, made of its seed: equal requests in a recording */
        GHashTable *
                fresh; /* "market/package" -> GBytes: listings put since the last flush, which the store gives as before */
        GHashTable *unflushed; /* frames put since the last flush (draw_unflushed_new) */
        GHashTable *listing;   /* market -> how many errands still list it; none: it is listed */
        GHashTable *askings;   /* requests of JSON and HTML markets under way (asking.h) */
        GHashTable *odd;       /* market -> odd replies in a row */
        GHashTable *tokens;    /* market -> the token its requests need */
        GHashTable *secrets;   /* market -> key out of its key file */
        GHashTable *part_of; /* SHA-256 that a market states -> artifact of the part of it that was fetched */
        bool disk_low;       /* nothing more is leased until there is room */
        uint64_t apps_done;  /* observations of the sweep, for progress */
        int64_t disk_looked_ms, disk_low_since_ms;
        uint64_t returned;      /* leases that had ended and were given out again */
        guint turn;             /* which host is served first, round again */
        const Errand *starting; /* being given to its errand_*_start */
        Timer *flush_timer, *look_timer, *end_timer;
        GHashTable *fetching;  /* claimed SHA-256 -> GPtrArray of jobs that wait for the same bytes */
        GPtrArray *done_parts; /* DonePart: parts to keep or to remove after the next flush */
        GHashTable *live;      /* jobs of errands leased and not ended -> LiveJob */
        Timer *lease_timer;
        RunState state;
        GError *broken; /* why the run cannot go on */
} Run;

typedef struct {
        GDestroyNotify free_job;
        char *errand; /* its id, whose lease is kept while the job lives */
} LiveJob;
typedef struct {
        char *path, *sha256; /* sha256 NULL: not worth keeping */
} DonePart;

const Market *run_market(const Run *run, const char *name);

/* The bases a market's files may come from: its URL, its mirrors from the file, the signed index's mirrors. */
GPtrArray *run_bases(Run *run, const Market *market); /* char *, free with g_ptr_array_unref */

/* A job was made for a leased errand; it is freed by free_job when it ends, or with the run when that breaks off. */
void run_job_began(Run *run, void *job, GDestroyNotify free_job);
/* The errand is done for this run: frees its job, lets the frontier lease more, and ends the run when nothing is left. */
void run_job_ended(Run *run, void *job);
int run_jobs(const Run *run); /* leased and not ended */
/* Something was gathered in the store: flush it soon. */
void run_gathered(Run *run);
/* Stops the run; takes the error. */
void run_break(Run *run, GError *take_error);

unsigned run_max_attempts(const Run *run);
/* below the store's directory, folder made; g_free */
char *run_file(Run *run, const char *folder, const char *name);

/* The kinds of errand. Take the errand (in an arena of its own, taken too) and end by run_job_ended(). */
void errand_index_start(Run *run, Arena *take_arena, Errand *errand);
void errand_apk_start(Run *run, Arena *take_arena, Errand *errand);
void errand_page_start(Run *run, Arena *take_arena, Errand *errand);
void errand_draw_start(Run *run, Arena *take_arena, Errand *errand);
void errand_source_start(Run *run, Arena *take_arena, Errand *errand);
void errand_policy_start(Run *run, Arena *take_arena, Errand *errand);
/* looks again at jobs that waited for these bytes */
void errand_apk_same_bytes(Run *run, const char *sha256);

/* The errand waits again: at once at the next mirror where that is another host, else from at_ms on. `why` is kept. */
void run_retry(Run *run, const Market *market, Arena *arena, Errand *errand, const char *why, int64_t at_ms);

/* Ends an errand without an artifact: its observation says why. */
void run_unfetched(Run *run, const Errand *errand, const char *reason, const char *detail);

/* The part of an ended errand: kept (with --keep) or removed once its result is written. Takes `path`. sha256 NULL: removed. */
void run_part_done(Run *run, char *take_path, const char *sha256);

/* Key of a market that needs one, read once; NULL with an error. "" where it needs none. */
const char *run_secret(Run *run, const Market *market, GError **error);

/* Puts an observation with its vector of fact ids into a batch. facts NULL: only the outcome is known. */
void run_put_observation(Run *run, StoreBatch *batch, const Errand *errand, const Observation *seen,
                         const Facts *facts);

/* The sweep record into a batch (after a market's result was noted in it). */
void run_put_sweep(Run *run, StoreBatch *batch);

#endif
