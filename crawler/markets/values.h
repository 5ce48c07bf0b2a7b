/* SPDX-License-Identifier: GPL-3.0-or-later */
/* values.h - what market pages write for numbers, sizes and times, as numbers. All are strict about what they do not
 * understand: false, and the market's own words stay the only answer. */
#ifndef CRAWLER_MARKETS_VALUES_H
#define CRAWLER_MARKETS_VALUES_H

#include <stdbool.h>
#include <stdint.h>

/* The first number of a text and the unit behind it: "5,000,000+", "1.2万", "1 亿次安装", "12.3K", "( 345次评分 )".
 * Units: 千 万 百万 千万 亿, k, M, B. False above 10^12, or below zero. */
bool value_count(const char *text, uint64_t *count);

/* "4.5", "4,5", "9.1 分": the first number of a text. False outside -10^9..10^9. */
bool value_real(const char *text, double *value);

/* "12345" or "12345 B" is exact; "12.3 MB", "12.3M", "1.1 GB", "900 KB" (1 KB is 1,024 bytes) are rounded: *exact false.
 * False: no size, or not from 1 byte to 1 TB. */
bool value_bytes(const char *text, int64_t *bytes, bool *exact);

/* Milliseconds since 1970 UTC of "2026-01-31", "2026-01-31 12:00:00", "2026-01-31T12:00:00Z" (or +08:00), "2026/1/31",
 * "2026.1.31", "2026年1月31日", "Jan 31, 2026", seconds or milliseconds since 1970. A text without a zone is taken as UTC.
 * False outside 2003 to 2099. */
bool value_time(const char *text, int64_t *ms);

/* true yes 1 and false no 0, in any case */
bool value_flag(const char *text, bool *flag);

#endif
