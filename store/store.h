/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store.h - the door of the cellar: the durable frontier (errands with leases), the tables, and the way to walk them.
 *
 * One narrow interface with one backend today (RocksDB, "rocksdb:DIR" or a plain DIR); a server backend can join
 * under the same contract tests. One process opens for writing; any number may open for reading meanwhile and see
 * the state at their opening.
 *
 * ACKNOWLEDGED means: store_flush() (or a call that says "durable on return") has returned true; the batch was synced.
 * store_complete() and store_fail() gather in memory until then, so that many apps share one sync. What was not
 * acknowledged may be lost by a kill and is then done again. Tables are read as flushed; errands are read with what is
 * gathered, so that nothing is leased or queued twice. A call that is durable on return flushes what was gathered
 * before it, too. After a write failed, every later one is refused with the same error until the store is opened anew.
 *
 * One thread at a time. Files beside the database (market indexes) live in store_directory()/files and are part of a
 * backup; partial downloads live in store_directory()/parts and are not. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "core/record.h"

typedef struct Store Store;

typedef enum {
        STORE_READ,  /* must exist */
        STORE_WRITE, /* must exist */
        STORE_CREATE /* made when it is not there */
} StoreMode;

/* FAULT_NOT_FOUND: nothing there; FAULT_BUSY: another writer; FAULT_SCHEMA: written by a newer program (says both
 * numbers); FAULT_DISK: unreadable or full. */
Store *store_open(const char *uri, StoreMode mode, GError **error);
void store_close(Store *store); /* flushes nothing: call store_flush first. NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_close)

const char *store_directory(const Store *store); /* of the local files (market indexes, partial downloads) */

/* ---- tables -------------------------------------------------------------------------------------------------- */
typedef enum {
        STORE_LISTINGS,     /* market, package, sweep: Listing, written only when it changed */
        STORE_ARTIFACTS,    /* artifact, passes: Facts */
        STORE_OBSERVATIONS, /* sweep, market, package: Observation */
        STORE_VECTORS, /* sweep, layer, market, package: packed fact ids (core/factid.h); layer "facts" or a rule set */
        STORE_FINDINGS, /* sweep, layer (rule set), market, package: Findings */
        STORE_HOSTS,    /* name (scheme://host:port): HostState */
        STORE_SWEEPS,   /* sweep: Sweep */
        STORE_META,     /* name: small records, e.g. "market/<name>": MarketState */
        STORE_COUNTERS, /* sweep, name: a number (store_number), added up by store_count */
        STORE_FRAMES,   /* sweep, market, package: Frame, of every app a market listed */
        STORE_CONDUCT,  /* sweep, name (host): Conduct */
        STORE_POLICIES, /* name (SHA-256 of the URL): Policy */
        STORE_TABLES
} StoreTable;

/* The parts a table's key is made of (see above); others are ignored. In a walk a prefix may leave trailing parts NULL
 * or 0. Strings hold no NUL and are at most 4,096 bytes; longer ones are refused with FAULT_LIMIT. */
typedef struct {
        uint32_t sweep;
        const char *layer;
        const char *market;
        const char *package;
        const char *artifact;
        const char *passes;
        const char *name;
} StoreKey;

/* NULL without error: not there. Free with g_bytes_unref. */
GBytes *store_get(Store *store, StoreTable table, const StoreKey *key, GError **error);
bool store_has(Store *store, StoreTable table, const StoreKey *key);
uint64_t store_number(Span counter); /* the value of a STORE_COUNTERS row */

/* The listing of a package as of a sweep: the newest one written in it or before. NULL without error: none. */
GBytes *store_listing(Store *store, const char *market, const char *package, uint32_t sweep, GError **error);

/* Walks in key order; key and value are borrowed until the next call. A walk sees the state at its opening.
 *     StoreWalk *w = store_walk(store, STORE_OBSERVATIONS, &(StoreKey){.sweep = 7});
 *     for (StoreKey key; store_walk_next(w, &key, &value);) ...
 *     if (!store_walk_end(w, error)) return false;                                                           */
typedef struct StoreWalk StoreWalk;
StoreWalk *store_walk(Store *store, StoreTable table, const StoreKey *prefix);
bool store_walk_next(StoreWalk *walk, StoreKey *key, Span *value);
/* frees it; false: the walk stopped on a damaged block */
bool store_walk_end(StoreWalk *walk, GError **error);

/* ---- batches: what one errand brings home ---------------------------------------------------------------------- */
typedef struct StoreBatch StoreBatch;
StoreBatch *store_batch_new(Store *store);
void store_batch_free(StoreBatch *batch); /* for a batch that was never handed over; NULL is fine */
/* A key that cannot be spelled (FAULT_LIMIT, FAULT_BUG) makes the call that takes the batch fail, nothing of it written. */
void store_put(StoreBatch *batch, StoreTable table, const StoreKey *key, Span value);
void store_delete(StoreBatch *batch, StoreTable table, const StoreKey *key);
void store_count(StoreBatch *batch, uint32_t sweep, const char *name, uint64_t add);
/* Only if it differs from what store_listing would give for that sweep; once per package in a batch. On false the batch
 * is as it was. What a later sweep saw stays what it was. */
bool store_put_listing(StoreBatch *batch, uint32_t sweep, const Listing *listing, GError **error);
/* A vector of fact ids given as text: interned, sorted, packed. `ids` holds char *. */
void store_put_vector(StoreBatch *batch, const StoreKey *key, const GPtrArray *ids);

/* Writes and syncs the batch: durable on return. Takes the batch in any case. */
bool store_commit(Store *store, StoreBatch *take, GError **error);
/* Rides along with the next flush; does not count as gathered. Takes the batch in any case. */
bool store_gather_rows(Store *store, StoreBatch *take, GError **error);

/* ---- fact ids -------------------------------------------------------------------------------------------------- */
/* NULL: unknown number; borrowed while the store is open */
const char *store_fact(Store *store, uint32_t number);
uint32_t store_fact_count(Store *store); /* numbers are 1..count */

/* ---- errands: the durable frontier ------------------------------------------------------------------------------ */
/* Idempotent on (sweep, id): an errand that is known, done or dead is not added again. Durable on return. */
bool store_enqueue(Store *store, const Errand *const *errands, size_t n, size_t *added, GError **error);

/* Hosts of a sweep that have an errand waiting, `hosts` gets char * to g_free; next_due_ms: when the earliest errand of
 * all falls due (INT64_MAX: nothing waits). */
bool store_waiting_hosts(Store *store, uint32_t sweep, GPtrArray *hosts, int64_t *next_due_ms,
                         GError **error);

/* How many errands of this host wait, due or not; and the same of every host that has some, in no order. */
uint64_t store_host_waiting(Store *store, uint32_t sweep, const char *host);
void store_each_waiting_host(Store *store, uint32_t sweep,
                             void (*each)(const char *host, uint64_t waiting, void *context), void *context);

/* Up to max errands of one host that are due, oldest first, leased to `owner` until now + ttl. Appends unpacked Errands that
 * live in `arena`. Gathered, so that leasing costs no sync: a kill before the next flush leaves the errand waiting. */
bool store_lease(Store *store, uint32_t sweep, const char *host, const char *owner, int64_t now_ms,
                 int64_t ttl_ms, size_t max, Arena *arena, GPtrArray *out, GError **error);
/* Gathered: a heartbeat that a kill takes along only lets the lease end sooner. */
bool store_extend(Store *store, const Errand *errand, int64_t until_ms, GError **error);

/* ONE atomic unit: the errand ends, its results are stored, the errands it found are queued. Gathered until the flush.
 * Takes `results` (NULL: none) in any case. `next` is copied. FAULT_NOT_FOUND: it has ended already (nothing is stored
 * twice); FAULT_BUSY: it is leased to another owner. The same holds for store_fail and store_extend. */
bool store_complete(Store *store, const Errand *errand, StoreBatch *take_results, const Errand *const *next,
                    size_t n, GError **error);

/* Not done this time. retry_at_ms >= 0: it waits again from then on, attempts + 1, `why` kept as last_error, for the host and
 * base_url that `errand` names now (another mirror).
 * retry_at_ms < 0: dead, and results (its Observation with the reason) are stored in the same unit. Gathered. */
bool store_fail(Store *store, const Errand *errand, const char *why, int64_t retry_at_ms,
                StoreBatch *take_results, GError **error);

/* The leases of these errands (by id) go on until then. Gathered. One that has ended or has another owner is left alone. */
bool store_renew(Store *store, uint32_t sweep, const char *owner, const GPtrArray *ids, int64_t until_ms,
                 GError **error);

/* Returns errands to waiting whose lease ended before now_ms or whose owner is not `owner` (a process that had the
 * database open for writing before us is gone). Durable on return. */
bool store_reclaim(Store *store, uint32_t sweep, const char *owner, int64_t now_ms, size_t *returned,
                   GError **error);

typedef struct {
        uint64_t waiting, leased, done, dead;
} ErrandCounts;
bool store_errand_counts(Store *store, uint32_t sweep, ErrandCounts *counts, GError **error);

/* All errands of a sweep that wait or are leased, by id; for status and tests. */
bool store_each_errand(Store *store, uint32_t sweep, void (*each)(const Errand *, void *), void *context,
                       GError **error);

/* Writes everything gathered in one synced batch. FAULT_DISK: nothing of it was acknowledged; the store stays usable for
 * reading, and a later opening finds everything acknowledged before. */
bool store_flush(Store *store, GError **error);
size_t store_gathered(const Store *store); /* completions and failures since the last flush */

/* ---- sweeps ---------------------------------------------------------------------------------------------------- */
uint32_t store_next_sweep(Store *store); /* 1 + the highest number; 0: the sweeps cannot be read */
/* By number or by name, the newest of that name ("latest" names the highest). NULL with FAULT_NOT_FOUND that lists what is there. */
Sweep *store_sweep_named(Store *store, const char *name, Arena *arena, GError **error);

/* ---- care ------------------------------------------------------------------------------------------------------ */
typedef struct {
        uint64_t rows[STORE_TABLES];
        uint64_t errands;
        uint64_t problems;
} StoreCheck;
/* Re-reads every block with checksums, unpacks every record, follows every reference (observation -> artifact and listing,
 * vector -> fact ids and observation, findings -> observation, errand indexes). `tell` (or NULL) gets one line a problem,
 * safe for a terminal. A block that cannot be read is a problem, told with its file; the rest of that table stays unread and
 * the other tables are read. False only when what is gathered could not be flushed first. */
bool store_verify(Store *store, StoreCheck *check, void (*tell)(const char *line, void *context),
                  void *context, GError **error);
/* A consistent copy of what is flushed, that opens by itself; `directory` must not exist (FAULT_USAGE) and appears only
 * when it is whole. From a store open for reading, too: beside a running sweep. */
bool store_backup(Store *store, const char *directory, GError **error);

#endif
