/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listing.h - what two pages of a market say of one app, put together. */
#ifndef CRAWLER_LISTING_H
#define CRAWLER_LISTING_H

#include "core/record.h"

/* `before` (packed) and what `now` adds to it: a field that `now` states wins, a list that it states replaces the one before, but
 * categories, which are joined and sorted. In `arena`. FAULT_MALFORMED: `before` is no listing. */
Listing *listing_merge(Span before, const Listing *now, Arena *arena, GError **error);

#endif
