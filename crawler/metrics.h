/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics.h - what a running sweep tells the outside: Prometheus text on a loopback address that was asked for, a CSV line every
 * second, and the Live record (STORE_META "live/<sweep>") that `overreach status` reads.
 * Formats: Prometheus text exposition format 0.0.4; CSV by RFC 4180. */
#ifndef CRAWLER_METRICS_H
#define CRAWLER_METRICS_H

#include "crawler/run.h"

typedef struct Metrics Metrics;

/* `address` "127.0.0.1:9464" or "[::1]:0" (port 0: any, logged): loopback only, FAULT_USAGE else. `samples`: CSV file, appended to; one
 * that begins with other columns is FAULT_USAGE. Both may be NULL; the Live record is kept in any case: every 2 seconds it goes along
 * with what the store writes anyway, and when nothing is written for 5 seconds, by itself. */
Metrics *metrics_new(Run *run, const char *address, const char *samples, GError **error);
/* Writes the last line and drops the Live record; before the run's parts; NULL is fine. */
void metrics_free(Metrics *metrics);

/* An app or a request came to its end: an Observation's or MarketResult's outcome. NULL metrics is fine. */
void metrics_outcome(Metrics *metrics, const char *market, const char *outcome);
void metrics_flushed(Metrics *metrics); /* the store was flushed; NULL metrics is fine */

/* What blocks the next request of each market of the run right now, in `arena`, in their order; behind them, while there is something
 * to tell, what is no market's: "web", pages of policies. A market is paused, has nothing that waits, waits for the disk, for the
 * workers, or for that host of those its errands wait for which may be asked soonest. Linear in hosts. */
void metrics_blockers(Run *run, Arena *arena, size_t *n, Blocker ***out);

/* For the closing record of a run: {"seconds", "store_flushes", "leases_returned", "most_memory_bytes", "outcomes": {market: {outcome:
 * n}}, "blocked_seconds": {market: {reason: seconds}}}. Free with json_free. */
Json *metrics_closing(const Metrics *metrics);

#endif
