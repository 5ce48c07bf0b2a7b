/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pace.h - when a host may be asked again: connections at once, a token bucket, Retry-After, back-off that grows with
 * failures in a row, and a rate that is halved by answers that say "too much" without saying how long to wait. Pure bookkeeping
 * over times that the caller passes in; the state is a record, so it outlives the process. One Pace per host, and one per
 * address that hosts share. */
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

/* `state` NULL or of an earlier process: rest, failures, slowed-down rate, crawl-delay and debt are taken over. A bucket that was used before
 * begins empty, since what was begun between the last writing of its state and the end of that process is not known. `seed`
 * makes jitter repeatable. */
Pace *pace_new(const char *host, PaceRule rule, const HostState *state, int64_t now_ms, uint64_t seed);
void pace_free(Pace *pace); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pace, pace_free)

/* Milliseconds until a request may start (0: now); -1: all connections are in use. Wall-clock milliseconds throughout; when the
 * clock is set back, what was to be waited for is still waited for, and no longer. */
int64_t pace_wait(Pace *pace, int64_t now_ms);
void pace_begin(Pace *pace, int64_t now_ms); /* a request starts: takes a token and a connection */
void pace_charge(
        Pace *pace,
        int64_t now_ms); /* a request turned out to have come here, too: takes a token, may be a debt */
/* What began last left only now, since this process was held up: nothing fills up for the time between. */
void pace_left_late(Pace *pace, int64_t now_ms);
void pace_success(Pace *pace, int64_t now_ms); /* it ended well (404 counts: the host answered) */
/* It failed; retry_after_ms >= 0 is obeyed even when longer than max_backoff. Returns the time the host may be asked
 * again. A failure that arrives while the host rests already belongs to the same trouble: it does not count again. After a rest
 * there is one token. */
int64_t pace_failure(Pace *pace, int64_t now_ms, int64_t retry_after_ms);
/* The same of a 429 or 503. Without Retry-After the rate is halved, too, but not below one request in a minute (or the rule's, if
 * that is less); each success then gives back a fiftieth of the rule's rate. */
int64_t pace_throttled(Pace *pace, int64_t now_ms, int64_t retry_after_ms);
void pace_cancel(Pace *pace); /* it was stopped by us: no verdict on the host */

int pace_in_flight(const Pace *pace);
int pace_connections(const Pace *pace);
double pace_rate(const Pace *pace);  /* requests per second now */
double pace_limit(const Pace *pace); /* the rule's, or what pace_slow_down made of it */
int pace_burst(const Pace *pace);    /* requests that may start at once when the host was left alone before */

/* What the next request waits for: "connections", "retry-after", "back-off", "rate", or NULL: nothing. until_ms: when that ends,
 * 0: not known. */
const char *pace_reason(Pace *pace, int64_t now_ms, int64_t *until_ms);

/* Robots' crawl-delay: never faster than the rule. A host that is slowed down gets no bursts, and the delay counts from the last
 * request. */
void pace_slow_down(Pace *pace, double requests_per_second, int64_t now_ms);
/* Another host of the same address has a rule of its own: the stricter of each number holds. */
void pace_tighten(Pace *pace, PaceRule rule, int64_t now_ms);

/* What to keep: all but `robots`, `address` and the breaker's. `reason` is a constant. */
HostState *pace_state(const Pace *pace, Arena *arena);

#endif
