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

/* The market said of this app: into its frame row (made, or merged: another category, listed once more). `known` gets whether
 * the row was there already (a duplicate). Reads flushed rows and those of earlier calls with the same batch. */
bool draw_listed(Store *store, StoreBatch *batch, uint32_t sweep, const Listing *listing,
                 const char *category, GHashTable *in_batch, bool *known, GError **error);

typedef struct {
        uint64_t listed, taken, duplicates;
} DrawCount;
/* Draws. Frame rows get `taken`, `left` and `draw` (committed in batches of its own); then `take` is called for each app taken,
 * in order of package name, and says with false that it wants no more (an error of its own). May be done twice: the same rows
 * give the same draw. */
typedef bool (*DrawTake)(const char *package, const Frame *frame, void *context);
bool draw_market(Store *store, uint32_t sweep, const char *market, const DrawRule *rule, DrawTake take,
                 void *context, DrawCount *count, GError **error);

/* The stratum of an app: "market", "category:<first of its categories>" or "downloads:<band>" (0, 1-999, 1000-9999 ... by powers
 * of ten, "unknown"). In `arena`. */
char *draw_stratum(DrawBy by, const Frame *frame, Arena *arena);
bool draw_by_named(const char *text, DrawBy *by); /* market category downloads */

#endif
