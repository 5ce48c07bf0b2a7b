/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/bandwidth.h"

#include <glib.h>
#include <math.h>

void bandwidth_init(Bandwidth *bandwidth, int64_t bytes_per_second, int64_t now_ms)
{
        *bandwidth = (Bandwidth){.cap = MAX(0, bytes_per_second), .at_ms = now_ms};
}

static void settle(Bandwidth *b, int64_t now_ms)
{
        double gone_ms = (double)MAX(0, now_ms - b->at_ms);
        b->level = MIN((double)b->cap, b->level + gone_ms * (double)b->cap / 1000);
        b->at_ms = now_ms;
}

int64_t bandwidth_wait(Bandwidth *bandwidth, int64_t now_ms)
{
        if (bandwidth->cap == 0)
                return 0;
        settle(bandwidth, now_ms);
        double debt = -bandwidth->level; /* a rounding error is none */
        return debt > 1e-6 ? (int64_t)ceil(debt * 1000 / (double)bandwidth->cap) : 0;
}

void bandwidth_take(Bandwidth *bandwidth, int64_t bytes, int64_t now_ms)
{
        if (bandwidth->cap == 0)
                return;
        settle(bandwidth, now_ms);
        bandwidth->level = MIN((double)bandwidth->cap, bandwidth->level - (double)bytes);
}

int64_t bandwidth_speed(const Bandwidth *a, const Bandwidth *b)
{
        if (a->cap == 0 || b->cap == 0)
                return MAX(a->cap, b->cap);
        return MIN(a->cap, b->cap);
}
