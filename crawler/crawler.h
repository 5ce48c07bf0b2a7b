/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crawler.h - the front hall's door: drive one sweep (list, fetch, have analysed, record) until nothing waits. */
#ifndef CRAWLER_CRAWLER_H
#define CRAWLER_CRAWLER_H

#include "crawler/market.h"
#include "store/store.h"
#include "worker/worker.h"

/* Names of the tasks the crawler submits; cli registers them with the worker hosts. The first three are here
 * (crawler_tasks), "apk" is the analyzer's: argument empty, fd 0 the APK, one frame of type 1 with packed Facts. */
extern const Task crawler_task_jar, crawler_task_index, crawler_task_robots, crawler_task_reply,
        crawler_task_source, crawler_task_policy;

typedef struct {
        const char *key, *value; /* file below the data folder, its SHA-256 */
} CrawlDigest;

typedef struct {
        Market **markets;
        size_t n_markets;
        const char
                *contact; /* URL or mail address for the User-Agent; needed unless every market is loopback */
        const char
                *optout_path; /* file of packages, "pkg" or "market/pkg" a line, '#' comments; NULL: none */
        const char *passes;   /* analyzer_passes() of the worker's tables */
        const CrawlDigest *data_digests; /* data files the results depend on, written into the sweep record */
        size_t n_data_digests;
        unsigned sample;         /* 0: all; else this many apps per market */
        uint64_t seed;           /* of the sample: permanent random numbers, SHA-256(seed, package) */
        unsigned max_attempts;   /* per errand; 0: 5 */
        int workers;             /* 0: one per core */
        int64_t base_backoff_ms; /* 0: pace's default */
        long low_speed_s;        /* 0: fetch's default; tests shorten it */
        const char *
                sweep_name; /* NULL: resume the open sweep with equal settings, else a new one named by date */
        bool fresh;         /* do not resume an open sweep: start a new one */
        const char *tier;   /* listing manifest dex whole; NULL: whole */
        const char *by;     /* strata of the sample: market category downloads; NULL: market */
        unsigned shard, shards; /* 1..shards: only this part of the apps; 0: all */
        const char *list_path;  /* only these packages, "pkg" or "market/pkg" a line; NULL: all */
        const char *follow;     /* only the apps that this earlier sweep's judgement named; NULL: all */
        bool verify; /* a second pass over a judged sweep: fetches whole what its judgement named (--verify-named) */
        bool policies;         /* fetch the privacy policies that listings name */
        int64_t policy_gap_ms; /* between two checks before one is called dead; 0: 600,000 */
        const char *secrets;   /* folder of key files; NULL: $XDG_CONFIG_HOME/overreach/secrets */
        int64_t bandwidth;     /* bytes per second of everything; 0: any */
        uint64_t min_free;     /* bytes the disk must keep; 0: 1 GiB or a twentieth of it */
        const char *record_dir,
                *replay_dir; /* keep every reply, or answer from what was kept; NULL: neither */
        const char *keep;    /* none named all: APKs after their analysis; NULL: none */
        uint64_t keep_bytes; /* budget of what is kept; 0: 10 GiB */
        const char *metrics; /* "127.0.0.1:9464": Prometheus text there; NULL: nowhere */
        const char *samples; /* CSV file, a line every second; NULL: none */
        bool judge_follows; /* the sweep ends as "collected", and the same call resumes it until its judge says "done" */
} CrawlSettings;

typedef struct {
        uint32_t sweep;
        bool resumed, finished, interrupted;
        uint64_t listed, selected, analysed, unanalysable, unfetched; /* of this sweep so far, all runs */
        uint64_t failed_markets;                                      /* or paused */
        uint64_t only_listed; /* apps of which the sweep wanted, or could have, no more than the listing */
        uint64_t returned;    /* leases that ended and were given out again */
        uint64_t wire_bytes, requests; /* of this run */
        Json *figures; /* seconds, flushes, memory, outcomes and waits by market, of this run; json_free it; NULL: nothing ran */
        char *name;
} CrawlResult;

/* A market that fails is in the sweep record and never stops the others.
 * Runs until the sweep is finished or the user interrupts (SIGINT, SIGTERM: first drains and writes down, second stops at
 * once). Progress goes to stderr. `store` is open for writing. False: could not go on at all (disk full, bug); what was
 * acknowledged is safe and the same call resumes. */
bool crawl_run(Store *store, const CrawlSettings *settings, CrawlResult *result, GError **error);

#endif
