/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listed.h - what all ways of listing a market share: its result in the sweep record, its failure, the frame, and the draw that
 * follows once nothing lists it any more. */
#ifndef CRAWLER_LISTED_H
#define CRAWLER_LISTED_H

#include "crawler/run.h"

/* The market's row in the sweep record, made when it is not there ("open"). Lives as long as the run. */
MarketResult *listed_result(Run *run, const char *market);

/* The market cannot be listed in this sweep; the others go on. Ends the errand (the caller ends its job). */
void listed_failed(Run *run, const Errand *errand, const char *reason, const char *detail);

/* Nothing more is asked of the market in this sweep: its replies are not what its file says. Ends the errand. */
void listed_paused(Run *run, const Errand *errand, const char *reason, const char *detail);
bool listed_is_paused(Run *run, const char *market);

/* One listing into the batch: the row and its frame. `unflushed`: run->unflushed where the batch is one with the end of the errand,
 * NULL where a source lists each app once and commits piece by piece (draw.h). */
bool listed_put(Run *run, StoreBatch *batch, const Listing *listing, const char *category,
                GHashTable *unflushed, GError **error);

/* The errand that draws the market's sample; lives in `arena`. */
Errand *listed_draw_errand(const Run *run, const Market *market, const char *again, Arena *arena);

/* How many errands of the market still list it: kept here, counted from the store at the start of a run. */
bool listed_count(Run *run, GError **error);
void listed_more(Run *run, const char *market, int by);
unsigned listed_left(const Run *run, const char *market);
/* Is the errand one of those? */
bool listed_is_listing(const Errand *errand);

#endif
