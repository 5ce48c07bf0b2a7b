/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics.h - what a running sweep tells the outside: Prometheus text on a loopback address that was asked for, a CSV line every
 * second, and the Live record (STORE_META "live/<sweep>") that `overreach status` reads.
 * Formats: Prometheus text exposition format 0.0.4. */
#ifndef CRAWLER_METRICS_H
#define CRAWLER_METRICS_H

#include "crawler/run.h"

typedef struct Metrics Metrics;

/* `address` "127.0.0.1:9464" or "[::1]:0" (port 0: any, logged): loopback only, FAULT_USAGE else. `samples`: CSV file, appended to. Both
 * may be NULL; the Live record is kept in any case. */
Metrics *metrics_new(Run *run, const char *address, const char *samples, GError **error);
void metrics_free(
        Metrics *
                metrics); /* writes the last line and drops the Live record; before the run's parts; NULL is fine */

/* Blockers of every market of the run right now, in `arena`; what the Live record and the progress line show. */
void metrics_blockers(Run *run, Arena *arena, size_t *n, Blocker ***out);

#endif
