/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress.h - one status line on a terminal (rate, bytes, failures by kind, time to go), a plain line every ten seconds
 * elsewhere, nothing when quiet. On stderr. */
#ifndef CRAWLER_PROGRESS_H
#define CRAWLER_PROGRESS_H

#include "store/store.h"

typedef struct uv_loop_s uv_loop_t;
typedef struct Progress Progress;

/* `look` is asked before each line for what the sweep knows: errands done and all, wire bytes so far. */
typedef struct {
        uint64_t done, all;
        uint64_t wire_bytes;
        size_t in_flight;
        const char *what; /* "listing", "fetching", "draining" */
} ProgressView;

Progress *progress_new(uv_loop_t *loop, const char *sweep, void (*look)(ProgressView *, void *),
                       void *context);
void progress_free(Progress *progress);                      /* clears the line; NULL is fine */
void progress_failure(Progress *progress, const char *kind); /* counts one */

#endif
