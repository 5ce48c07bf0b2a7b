/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reply.h - what one reply of a JSON or HTML market says: its listings, and of what class the answer is. Pure; runs inside
 * workers. The market's file says where everything stands. */
#ifndef CRAWLER_MARKETS_REPLY_H
#define CRAWLER_MARKETS_REPLY_H

#include "core/record.h"
#include "crawler/market.h"

enum { REPLY_BODY_BYTES = 16 << 20, REPLY_ITEMS = 2000 };

/* Outcomes (core/record.proto, Reply.outcome):
 *   ok             an answer; a list's page may be empty when it is not the first
 *   empty          the list is there and holds nothing, on the first page; the labels of an app that declares none (its
 *                  listing comes all the same)
 *   gone           the app is not there: 404, 410, a sign of the file, other apps only
 *   region paid throttled blocked token-stale refused
 *                  451; 402; 429, 503 and pages with a captcha (whatever their status); 403 and pages that refuse; 401 where
 *                  a token was sent; other statuses from 400 on. A sign of the file comes first.
 *   shape-changed  what every such reply holds is not there or not plausible: a key the file expects, a list where there
 *                  should be one, a package name in any item, a field of `must` in all items, another app than asked for,
 *                  a page where JSON should be
 *   malformed      cut short, or no JSON at all
 * Listings are given with "ok" and "empty" only. `detail` says what was seen, with "ok" what is worth knowing (fields that
 * no item has).
 *
 * verb: one of market_request(). Listings come in the page's order, a package once. NULL: FAULT_UNSUPPORTED, the market has
 * no such request. Everything lives in the arena. */
Reply *reply_read(const Market *market, const ReplyTask *task, Span body, Arena *arena, Listing ***listings,
                  size_t *n_listings, GError **error);

#endif
