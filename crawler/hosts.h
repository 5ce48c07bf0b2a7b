/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hosts.h - every request goes through here, each hop of a redirect too: a host is asked only when its robots.txt is known and
 * allows it, its own pace and that of its address say so, its market's breaker is closed, and there is bandwidth.
 *
 * What a host told us is kept in the store (STORE_HOSTS, a market's breaker under "market/<name>"), so that a restart forgets none of
 * it. That a host is known is written with a sync before its first request ever; a wait that was asked for, and an opened breaker,
 * before anything else is done: one sync each, and then there is nothing to do at that host anyway. All else (back-off, slowed-down
 * rates, failures in a row, conduct) rides along with the next flush by hosts_put_conduct: a kill can lose 50 ms of it. The token
 * bucket needs no sync, as a bucket that was used before a restart begins empty. */
#ifndef CRAWLER_HOSTS_H
#define CRAWLER_HOSTS_H

#include "crawler/fetch.h"
#include "crawler/market.h"
#include "store/store.h"
#include "worker/worker.h"

typedef struct Hosts Hosts;

typedef struct {
        uv_loop_t *loop;
        Store *store;
        Fetcher *fetcher;
        WorkerPool *pool;
        uint64_t seed; /* of the back-off jitter */
        int64_t base_backoff_ms; /* 0: pace's default; a market's rests are 30 times as long, doubling up to 15 minutes */
        uint32_t sweep;         /* whose conduct is written down (STORE_CONDUCT); 0: nobody's */
        int64_t bandwidth;      /* bytes per second over all hosts; 0: any */
        const char *user_agent; /* written into the conduct: how operators could reach us; NULL: not known */
        bool offline; /* replies come from a recording: nobody is asked, so nobody is waited for, and robots.txt is not needed */
        void (*room)(void *context); /* a host may take more work: the frontier looks again */
        void (*broken)(GError *take_error, void *context); /* the store refused to write */
        void *context;
} HostsOptions;

Hosts *hosts_new(const HostsOptions *options);
void hosts_free(Hosts *hosts); /* after the fetcher; drops what waits without calling back; NULL is fine */

/* Why a request was not made; ASK_GIVEN_UP: nothing answers there, it failed ten times in a row while others of its market did not,
 * or its market's breaker ran out of patience. ASK_DONE: it was, and reply says how it ended. */
typedef enum { ASK_DONE, ASK_ROBOTS, ASK_ROBOTS_UNREACHABLE, ASK_GIVEN_UP, ASK_CANCELLED } AskEnd;

/* again_at_ms: after a failure, when the host may be asked again; 0 otherwise. Unless ASK_DONE, reply holds but `detail`. */
typedef void (*AskDone)(AskEnd end, const FetchReply *reply, int64_t again_at_ms, void *context);

/* Queues one request to the host of wish->url under `market`'s manners. Everything is copied. `done` is called exactly once, never
 * from inside hosts_ask. Redirects are followed (10 at most, http and https) as requests of their own, unless wish->stay; to another
 * host neither the secret nor Authorization and Cookie lines go along. reply->wire_bytes is of all hops. */
void hosts_ask(Hosts *hosts, const Market *market, const FetchWish *wish, AskDone done, void *context);

/* The market whose manners a host has; NULL: the host is not known yet. */
const Market *hosts_market(const Hosts *hosts, const char *name);

/* How many more requests this host could take now or as soon as its pace allows: what the frontier may lease for it. 0 while
 * it, or its market, was told to wait or rests; *at_ms then says until when (INT64_MAX: until something in flight ends). */
int hosts_room(Hosts *hosts, const Market *market, const char *name, int64_t now_ms, int64_t *at_ms);

/* What each host known in this run is doing. */
typedef struct {
        const char *name;
        const Market *market;
        int in_flight, limit; /* requests at once */
        size_t waiting;       /* asked for and not started */
        const char *
                reason; /* what the next request waits for: retry-after back-off breaker rate connections bandwidth robots; NULL: nothing */
        int64_t until_ms; /* when that ends; 0: not known */
} HostView;
void hosts_each(Hosts *hosts, void (*each)(const HostView *view, void *context), void *context);

/* Writes down what changed of each host's state and conduct in this run (STORE_HOSTS, STORE_CONDUCT) in `batch`. Cheap when nothing
 * did. */
void hosts_put_conduct(Hosts *hosts, StoreBatch *batch);

void hosts_cancel_waiting(Hosts *hosts); /* queued requests end with ASK_CANCELLED; those in flight go on */
uint64_t hosts_requests(const Hosts *hosts); /* started so far, robots.txt and redirects among them */

#endif
