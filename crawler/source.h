/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source.h - one SOURCE errand while it runs: what errand_source.c (reading and rows) and source_hashes.c (the
 * hash list's own part) share. */
#ifndef CRAWLER_SOURCE_H
#define CRAWLER_SOURCE_H

#include "crawler/run.h"
#include "crawler/spool.h"

enum { SOURCE_A_BATCH = 500 }; /* listings written at once */

typedef struct {
        Run *run;
        Arena *arena; /* holds the errand too */
        Errand *errand;
        const Market *market;
        const char *how;    /* it came: files, full, unchanged, kept */
        MarketState *state; /* hashes: of the kept list, updated before it is read */
        bool asked_anew;    /* hashes: the kept list could not be read, so it was asked for unconditionally */
        Spool *spool;       /* packed Listings */
        IndexSummary *summary; /* NULL: not come yet */
        Timer *turn;
} SourceJob;

void source_end(SourceJob *job);
void source_break(SourceJob *job, GError *take_error);
void source_failed(SourceJob *job, const char *reason,
                   const char *detail); /* the market is not listed in this sweep */
/* Has the worker read the list in fds; they stay the caller's. */
void source_parse(SourceJob *job, const int *fds, int n_fds);

/* ---- hash lists (source_hashes.c) ------------------------------------------------------------------------------ */
void source_list_hashes(SourceJob *job);
/* An app that the worker drew: its listing, its frame row with the draw, and its first errand. */
bool source_put_drawn(SourceJob *job, StoreBatch *batch, const Listing *listing, Arena *arena,
                      GPtrArray *next, GError **error);
/* The worker could not read the list: a kept copy is dropped and asked for anew, else the market has failed. */
void source_unread(SourceJob *job, const char *reason, const char *detail);

#endif
