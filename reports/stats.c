/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/stats.h"

#include <math.h>

static const double Z95 = 1.959963984540054; /* 97.5 % point of the normal distribution */

Interval stats_wilson95_of(double share, double of)
{
        if (!(of > 0) || !(share >= 0) || share > 1)
                return (Interval){0, 1};
        double p = share, z2 = Z95 * Z95;
        double middle = p + z2 / (2 * of);
        double reach = Z95 * sqrt(p * (1 - p) / of + z2 / (4 * of * of));
        double scale = 1 + z2 / of;
        return (Interval){p <= 0 ? 0 : (middle - reach) / scale, p >= 1 ? 1 : (middle + reach) / scale};
}

Interval stats_wilson95(int64_t n, int64_t of)
{
        if (of <= 0 || n < 0 || n > of)
                return (Interval){0, 1};
        return stats_wilson95_of((double)n / (double)of, (double)of);
}
