/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics_inside.h - what the files of the metrics share: the numbers of one moment, and the sums of the run. */
#ifndef CRAWLER_METRICS_INSIDE_H
#define CRAWLER_METRICS_INSIDE_H

#include "crawler/metrics.h"
#include "crawler/metrics_serve.h"

enum { METRICS_TICKS = 10 }; /* rates are of so many seconds */

typedef struct {
        int64_t at_ms;
        uint64_t requests, bytes;
} MetricsTick;

struct Metrics {
        Run *run;
        Timer *timer;
        MetricsServe *serve;
        char *samples_path;
        int samples_fd;              /* -1: none */
        int64_t began_ms, last_ms;   /* monotonic; of the start, the last tick */
        int64_t live_ms, written_ms; /* of the last Live record, and when one was last seen to be written */
        int64_t live_at_ms;          /* its wall-clock time */
        MetricsTick ticks[METRICS_TICKS]; /* a ring */
        unsigned n_ticks;
        uint64_t flushes, most_memory;
        GHashTable *outcomes; /* market -> (outcome -> guint64 *) */
        GHashTable *blocked;  /* market -> (reason -> guint64 *, milliseconds) */
};

/* The numbers of this moment. */
typedef struct {
        ErrandCounts errands;
        uint64_t requests, bytes, outcomes, disk_free, memory;
        size_t transfers, jobs, queued; /* queued: tasks submitted and not ended */
        int workers;
        double requests_per_second, bytes_per_second;
} MetricsNow;
void metrics_now(Metrics *metrics, MetricsNow *out);

/* ---- metrics_text.c */
char *metrics_page(Metrics *metrics); /* g_free */

/* ---- metrics_samples.c */
bool metrics_samples_open(Metrics *metrics, const char *path, GError **error);
void metrics_samples_line(Metrics *metrics, const MetricsNow *now); /* a failure is logged once and ends it */

#endif
