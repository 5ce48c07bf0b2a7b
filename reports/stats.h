/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stats.h - intervals of shares. */
#ifndef REPORTS_STATS_H
#define REPORTS_STATS_H

#include <stdint.h>

typedef struct {
        double low, high; /* 0 <= low <= n/of <= high <= 1 */
} Interval;

/* 95 % Wilson score interval of n out of `of` (E. B. Wilson, 1927, J. Am. Stat. Assoc. 22:209). No share of nothing: of <= 0,
 * or an n outside 0..of, gives [0, 1], which claims nothing. The low end is exactly 0 at n = 0 and the high end exactly 1 at
 * n = of, where rounding would leave a trace of 1e-17. */
Interval stats_wilson95(int64_t n, int64_t of);

/* The same for a share that was estimated as if from `of` apps, which need not be whole. */
Interval stats_wilson95_of(double share, double of);

#endif
