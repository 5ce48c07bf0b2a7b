/* SPDX-License-Identifier: GPL-3.0-or-later */
/* coverage.h - what became of every app that a market listed: one walk over the sweep's frames and observations side by side.
 * Every listed app is in exactly one of the cells that listed_sum() adds up, of its market and of its category (the first by
 * name of those it was listed under, which is also its stratum). Apps that have no row of their own, since a list of digests
 * keeps rows of those taken alone, are counted by what the sweep's record states, in no category. */
#ifndef REPORTS_COVERAGE_H
#define REPORTS_COVERAGE_H

#include "store/store.h"

typedef struct {
        char *name;
        int64_t apps;
} NameCount;

enum { LEFT_SAMPLE, LEFT_SHARD, LEFT_LIST, LEFTS };
extern const char *const left_names[LEFTS]; /* sample shard list, as in Frame.left */

typedef struct {
        int64_t listed;
        int64_t duplicates;   /* listed again: no further apps */
        int64_t left[LEFTS];  /* not taken, and why */
        int64_t listing_only; /* taken, and no APK was wanted or to be had: the listing is all */
        int64_t unfetched, unanalysable, analysed;
        int64_t pending;   /* taken and without an outcome, or not drawn yet */
        GPtrArray *losses; /* NameCount by outcome of the unfetched and unanalysable, sorted by name */
} Listed;

int64_t listed_taken(const Listed *listed); /* listed without those left */
int64_t listed_sum(const Listed *listed);   /* of the cells; equals `listed` */

typedef struct {
        char *category; /* "" for apps without one */
        Listed count;
} CategoryCount;

typedef struct {
        char *stratum;
        int64_t listed, taken, analysed;
} StratumCount;

typedef struct {
        char *market, *outcome, *detail;     /* how its listing went; outcome NULL: no word of it */
        char **cannot;                       /* capabilities it does not have, NULL-terminated */
        int64_t stated_listed, stated_taken; /* in the sweep's record; -1: unknown */
        Listed count;
        GPtrArray *categories; /* CategoryCount, sorted; the first COVERAGE_GROUPS, all others as "other" */
        GPtrArray *strata;     /* StratumCount, sorted */
} MarketCount;

enum { COVERAGE_GROUPS = 10001 }; /* categories or strata of one market; a draw makes no more strata either */

MarketCount *market_count_new(const char *market);
void market_count_free(void *market); /* a GDestroyNotify */
CategoryCount *market_add_category(MarketCount *market, const char *category);
StratumCount *market_add_stratum(MarketCount *market, const char *stratum);
void listed_add_loss(Listed *listed, const char *outcome); /* one more in `losses` */

/* Fills a market's counts from the sweep's frames and observations. */
bool coverage_count(MarketCount *market, Store *store, const Sweep *sweep, GError **error);

#endif
