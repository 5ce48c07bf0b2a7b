/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frontier.h - which errands next: leased where hosts have room, fairly between hosts, as long as workers and disk keep up; and
 * whether the sweep has come to its end. */
#ifndef CRAWLER_FRONTIER_H
#define CRAWLER_FRONTIER_H

#include "crawler/run.h"

enum { FRONTIER_LEASE_LOOK_MS = 60 * 1000 };

/* Both are callbacks of timers, with the Run as context. */
void frontier_look(void *context); /* leases and starts what may start; stops the loop when nothing is left */
/* Renews leases of jobs that live; those that ended are given out again, and counted. */
void frontier_leases(void *context);

/* Bytes that the disk must keep: --min-free, else 1 GiB or a twentieth of the disk, whichever is less. */
uint64_t frontier_min_free(const Run *run);

/* Nothing more is leased for now: the workers have enough to do, or as much is under way as may be at once. */
bool frontier_is_full(const Run *run);

/* Is nobody but this machine asked? */
bool frontier_is_loopback(const CrawlSettings *settings);

#endif
