/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draw.h - which of the apps that a market listed a sweep takes: permanent random numbers (the same apps again in the next
 * sweep), strata, shards and lists; and with which probability, which is what statistics weigh by.
 *
 * Every listed app has a row in STORE_FRAMES, written as pages come (draw_listed). When the market is listed, draw_market walks
 * them twice, in memory that does not grow with the number of apps: once for the threshold of each stratum, once to draw.
 * Method: bottom-k of permanent random numbers (Ohlsson 1995, "Coordination of Samples Using Permanent Random Numbers"). */
#ifndef CRAWLER_DRAW_H
#define CRAWLER_DRAW_H

#include "store/store.h"

typedef enum { DRAW_BY_MARKET, DRAW_BY_CATEGORY, DRAW_BY_DOWNLOADS } DrawBy;

typedef struct PackageList PackageList; /* "package" and "market/package" lines */
PackageList *package_list_load(const char *path,
                               GError **error); /* '#' comments; FAULT_MALFORMED with path:line */
/* The apps that the judgement of an earlier sweep named: those with a finding "not-advised" by its newest rule set. */
PackageList *package_list_of_sweep(Store *store, const char *sweep, GError **error);
void package_list_free(PackageList *list); /* NULL is fine */
bool package_list_has(const PackageList *list, const char *market, const char *package);
size_t package_list_size(const PackageList *list);
/* Each package once that the list names for this market or for any; for markets that cannot list. */
void package_list_each(const PackageList *list, const char *market,
                       void (*each)(const char *package, void *context), void *context);

typedef struct {
        uint64_t seed;
        unsigned n; /* per stratum; 0: all */
        DrawBy by;
        unsigned shard, shards;  /* 1..shards; shards 0: all */
        const PackageList *list; /* NULL: all */
} DrawRule;

/* The order of the three: a list makes the frame (who is not on it is in no stratum), the sample is drawn from the whole frame,
 * and a shard takes its part of the sample, so that the shards together are the sample and no app is in two of them. */

/* The market said of this app: into its frame row (made, or merged: another category, listed once more). The row's categories
 * are `category` (NULL: none) and those of the listing. `known` (or NULL) gets whether the row was there already, a duplicate.
 *
 * `unflushed` (draw_unflushed_new) holds the rows that were put and not flushed yet, so that two pages of which neither is
 * flushed are merged; empty it (g_hash_table_remove_all) after a flush, and drop it when a batch was not taken. NULL: a source
 * that lists every app once and commits piece by piece (a signed index): a row that is there is what a kill left of an earlier
 * attempt, neither a duplicate nor counted again. */
bool draw_listed(Store *store, StoreBatch *batch, uint32_t sweep, const Listing *listing,
                 const char *category, GHashTable *unflushed, bool *known, GError **error);
GHashTable *draw_unflushed_new(void); /* free with g_hash_table_unref */

typedef struct {
        uint64_t listed, taken,
                duplicates; /* apps with a row; of these taken; listings beyond an app's first */
} DrawCount;

enum { DRAW_STRATA = 10000 }; /* strata of one market; apps of any further category share "category:other" */

/* Draws. Frame rows get `taken`, `left` (sample shard list; absent where taken) and, where the app is in a stratum, `draw`,
 * whose `taken` counts what this sweep takes of the stratum (a shard: its part) and whose probability is taken / listed. They
 * are committed in batches of 2,000; after each, `take` is called for the apps of it that are taken, all in all in order of
 * package name. `take` says with false that it wants no more, and keeps the reason itself: then draw_market returns false and
 * leaves *error alone. May be done twice, and after a kill half-way: the same rows give the same draw, the same calls of `take`,
 * and nothing is written anew that was there. Memory: n numbers a stratum. */
typedef bool (*DrawTake)(const char *package, const Frame *frame, void *context);
bool draw_market(Store *store, uint32_t sweep, const char *market, const DrawRule *rule, DrawTake take,
                 void *context, DrawCount *count, GError **error);

/* The stratum of an app: "market", "category:<first of its categories>" or "downloads:<band>" (0, 1-999, 1000-9999 ... by powers
 * of ten, "unknown"). In `arena`. */
char *draw_stratum(DrawBy by, const Frame *frame, Arena *arena);
bool draw_by_named(const char *text, DrawBy *by); /* market category downloads */

#endif
