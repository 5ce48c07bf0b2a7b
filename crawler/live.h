/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live.h - what another process can tell of a running sweep: its Live record (STORE_META "live/<sweep>") and words for what blocks a
 * market. */
#ifndef CRAWLER_LIVE_H
#define CRAWLER_LIVE_H

#include "store/store.h"

enum { LIVE_FRESH_MS = 15000 };

char *live_name(uint32_t sweep); /* of the record; g_free */

/* The sweep's record when it is at most LIVE_FRESH_MS old and its process lives; NULL without error: it is not running (or in another
 * process namespace). */
Live *live_read(Store *store, uint32_t sweep, int64_t now_ms, Arena *arena, GError **error);

/* "back-off until 12:03:11Z (Retry-After), 34 waiting": one line without the market's name, fit for a terminal; g_free it. */
char *live_blocker_text(const Blocker *blocker, const Live *live, int64_t now_ms);

/* "12:03:11Z" on the day of now_ms, else "2026-11-23T12:03:11Z"; g_free it. */
char *live_time_text(int64_t at_ms, int64_t now_ms);

/* "back-off until ... (Retry-After)" of a host that is left alone, NULL: it may be asked; g_free it. */
char *live_host_text(const HostState *host, int64_t now_ms);

#endif
