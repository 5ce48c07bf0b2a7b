/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conduct.h - how one host was treated in one sweep, counted as it happens and kept as a record (STORE_CONDUCT), so that an audit
 * needs no trust in what was meant to happen. It knows nothing of pace.h: whether a limit was kept is measured from the starts of
 * requests alone, by a leaky meter. Each start adds 1, time drains it at the limit's rate, and its highest level is the least b
 * for which no time of t seconds saw more than b + limit * t starts. */
#ifndef CRAWLER_CONDUCT_H
#define CRAWLER_CONDUCT_H

#include "core/record.h"

typedef struct HostConduct HostConduct;

enum { CONDUCT_GAPS = 32, CONDUCT_ADDRESSES = 16 };

/* `before` NULL, or what an earlier run of the same sweep kept: counting goes on. user_agent NULL: not known. */
HostConduct *conduct_new(const char *host, const char *market, const char *user_agent, const Conduct *before);
void conduct_free(HostConduct *conduct); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HostConduct, conduct_free)

/* What was promised: requests per second, as many at once after a pause, connections. The newest counts. */
void conduct_limit(HostConduct *conduct, double requests_per_second, int burst, int connections);
/* A request begins; in_flight with this one. */
void conduct_begin(HostConduct *conduct, int64_t now_ms, int in_flight);
void conduct_redirected(HostConduct *conduct); /* the one that began last was led here by a redirect */

typedef struct {
        int64_t now_ms;
        uint64_t wire_bytes;
        bool throttled, failed;
        bool unmade; /* nothing was asked after all: the guard let nobody connect, or the file was there already */
        int64_t wait_ms;     /* that was asked for by Retry-After; -1: none */
        const char *address; /* that answered; NULL: not known */
} ConductEnd;
void conduct_end(HostConduct *conduct, const ConductEnd *end);

void conduct_rest(HostConduct *conduct, int64_t until_ms); /* a wait that was asked for before this sweep */
void conduct_robots(HostConduct *conduct,
                    const char *how);       /* obeyed, none, unreachable, "overridden: <reason>" */
void conduct_refused(HostConduct *conduct); /* robots.txt kept us from a request */
void conduct_tripped(HostConduct *conduct); /* its failure opened the market's breaker */

/* Has something changed since the last conduct_pack? */
bool conduct_changed(const HostConduct *conduct);
GBytes *conduct_pack(HostConduct *conduct); /* the record; g_bytes_unref */

#endif
