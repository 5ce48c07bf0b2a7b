/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pace.h - when a host may be asked again: connections at once, a token bucket, Retry-After, and back-off that grows with
 * failures in a row. Pure bookkeeping over times that the caller passes in; the state is a record, so it outlives the
 * process. One Pace per host. */
#ifndef CRAWLER_PACE_H
#define CRAWLER_PACE_H

#include "core/record.h"

typedef struct Pace Pace;

enum { PACE_REST_MAX_MS = 24 * 3600 * 1000 }; /* no state and no Retry-After rests a host for longer */

typedef struct {
        double requests_per_second; /* > 0 */
        int connections; /* at once, > 0; also the bucket's depth: in any t seconds at most connections + rate*t
                                       requests start */
        int64_t base_backoff_ms; /* 0: 1,000; doubles per failure in a row up to max, with full jitter */
        int64_t max_backoff_ms;  /* 0: 600,000 */
} PaceRule;

/* `state` NULL or of an earlier process: its not_before and failures are taken over. `seed` makes jitter repeatable. */
Pace *pace_new(const char *host, PaceRule rule, const HostState *state, uint64_t seed);
void pace_free(Pace *pace); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pace, pace_free)

/* Milliseconds until a request may start (0: now); -1: all connections are in use. Wall-clock milliseconds throughout. */
int64_t pace_wait(const Pace *pace, int64_t now_ms);
void pace_begin(Pace *pace, int64_t now_ms);   /* a request starts: takes a token and a connection */
void pace_success(Pace *pace, int64_t now_ms); /* it ended well (404 counts: the host answered) */
/* It failed; retry_after_ms >= 0 is obeyed even when longer than max_backoff. Returns the time the host may be asked
 * again. A failure that arrives while the host rests already belongs to the same trouble: it does not count again. */
int64_t pace_failure(Pace *pace, int64_t now_ms, int64_t retry_after_ms);
void pace_cancel(Pace *pace); /* it was stopped by us: no verdict on the host */

int pace_in_flight(const Pace *pace);
void pace_slow_down(Pace *pace,
                    double requests_per_second); /* robots' crawl-delay: never faster than the rule; a host
                                                                that is slowed down gets no bursts */
/* What to keep: host, not_before_ms, failures, requests. `robots` is the caller's to add. */
HostState *pace_state(const Pace *pace, Arena *arena);

#endif
