/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/stats.h"

#include <math.h>

static const double Z95 = 1.959963984540054; /* 97.5 % point of the normal distribution */

Interval stats_wilson95(int64_t n, int64_t of)
{
        if (of <= 0 || n < 0 || n > of)
                return (Interval){0, 1};
        double total = (double)of, p = (double)n / total, z2 = Z95 * Z95;
        double middle = p + z2 / (2 * total);
        double reach = Z95 * sqrt(p * (1 - p) / total + z2 / (4 * total * total));
        double scale = 1 + z2 / total;
        return (Interval){n == 0 ? 0 : (middle - reach) / scale, n == of ? 1 : (middle + reach) / scale};
}
