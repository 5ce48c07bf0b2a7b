/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bandwidth.h - a cap on bytes per second over many transfers, as a debt: a transfer takes the bytes it is expected to bring when it
 * starts, the difference is settled when it ends, and nothing starts while more was taken than time has paid for. Together with a
 * speed limit on each transfer (FetchWish.speed) at most one second's bytes and cap * t pass in any t seconds, but for what sizes
 * that nobody stated turn out to be. Pure bookkeeping over times that the caller passes in. */
#ifndef CRAWLER_BANDWIDTH_H
#define CRAWLER_BANDWIDTH_H

#include <stdint.h>

typedef struct {
        int64_t cap;  /* bytes per second; 0: any */
        double level; /* bytes that may be taken; below 0: a debt. At most one second's */
        int64_t at_ms;
} Bandwidth;

/* Begins with nothing saved up: a restart is no licence for a burst. */
void bandwidth_init(Bandwidth *bandwidth, int64_t bytes_per_second, int64_t now_ms);

/* Milliseconds until the debt is paid; 0: a transfer may start. A clock that is set back costs at most the time since the last
 * look. */
int64_t bandwidth_wait(Bandwidth *bandwidth, int64_t now_ms);
void bandwidth_take(Bandwidth *bandwidth, int64_t bytes, int64_t now_ms); /* less than 0: gives back */

/* The lower one of the caps that are set; 0: none is. */
int64_t bandwidth_speed(const Bandwidth *a, const Bandwidth *b);

#endif
