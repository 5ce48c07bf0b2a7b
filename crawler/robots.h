/* SPDX-License-Identifier: GPL-3.0-or-later */
/* robots.h - robots.txt as RFC 9309 has it. The file is parsed inside a worker; only its rules come back. */
#ifndef CRAWLER_ROBOTS_H
#define CRAWLER_ROBOTS_H

#include "core/record.h"

enum { ROBOTS_LIMIT = 500 * 1024, ROBOTS_AGE_MS = 24 * 3600 * 1000 }; /* RFC 9309, 2.5 and 2.4 */

/* The rules for `product` ("overreach"; RFC 9309, 2.2.1: the groups that name it, merged, else the "*" groups). Patterns come
 * normalised: percent-encoded as 2.2.2 compares them. Bytes past ROBOTS_LIMIT are ignored. Never fails: what is no rule is
 * skipped. crawl_delay_ms is the largest one stated for us, at most a day. */
Robots *robots_parse(Span text, const char *product, Arena *arena);

/* May `url` (absolute, or a path with query) be fetched? Longest matching pattern wins, Allow wins a tie; '*' and a final '$'
 * are special; /robots.txt itself always may. robots NULL: everything may. Linear in the sizes of URL and rules, whatever
 * the patterns. */
bool robots_allow(const Robots *robots, const char *url);

#endif
