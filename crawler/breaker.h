/* SPDX-License-Identifier: GPL-3.0-or-later */
/* breaker.h - a circuit breaker for a whole market: after so many failures in a row, over all its hosts, nothing more is asked for a
 * growing time; then one request tries whether the market answers again. Pure bookkeeping over times that the caller passes in. */
#ifndef CRAWLER_BREAKER_H
#define CRAWLER_BREAKER_H

#include "core/record.h"

typedef struct Breaker Breaker;

typedef struct {
        unsigned failures;   /* in a row that open it; 0: 10 */
        int64_t rest_ms;     /* the first rest, doubled each time the trial fails; 0: 30,000 */
        int64_t max_rest_ms; /* 0: 900,000 */
        unsigned
                patience; /* rests in a row before breaker_gave_up; 0: 8, with the defaults three quarters of an hour */
} BreakerRule;

/* `state` NULL or of an earlier process (failures, breaker_until_ms, breaker_trips): a rest goes on; one that gave up has one
 * more trial. */
Breaker *breaker_new(BreakerRule rule, const HostState *state, int64_t now_ms);
void breaker_free(Breaker *breaker); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Breaker, breaker_free)

/* Milliseconds until a request may start (0: now); -1: the one that tries is on its way. */
int64_t breaker_wait(Breaker *breaker, int64_t now_ms);
bool breaker_is_open(const Breaker *breaker); /* resting or trying */
bool breaker_gave_up(const Breaker *breaker);
unsigned breaker_trips(const Breaker *breaker); /* rests in a row */

void breaker_begin(Breaker *breaker,
                   int64_t now_ms); /* a request starts; when open, it is the one that tries */
/* While it rests, ends of requests begun before are no news: they neither open nor close it. */
void breaker_success(Breaker *breaker, int64_t now_ms);
bool breaker_failure(Breaker *breaker, int64_t now_ms); /* true: it opened, or opened again */
void breaker_cancel(Breaker *breaker);                  /* stopped by us: another request may try */

/* The fields of `state` that are its own: failures, breaker_until_ms, breaker_trips, not_before_ms and reason "breaker". */
void breaker_state(const Breaker *breaker, HostState *state);

#endif
