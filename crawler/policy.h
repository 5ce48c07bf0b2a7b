/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy.h - privacy policies that listings name: which page that is, how gently its host is asked, and what a
 * check makes of what is known of it. A page is one row of STORE_POLICIES under the SHA-256 of its URL; beside it
 * stand rows that say who names it. */
#ifndef CRAWLER_POLICY_H
#define CRAWLER_POLICY_H

#include "crawler/run.h"

enum { POLICY_CHECKS = 16, POLICY_PACKAGES = 16 }; /* kept of one page */

/* The URL as it is fetched and counted: http or https, host in lower case and ASCII, no default port, fragment,
 * user or password, blanks and other bytes that no URL holds percent-encoded, at most 2,048 bytes. NULL: nothing
 * that could be fetched. g_free. */
char *policy_url(const char *text);

/* The listing's policy, when it names one that can be fetched: its errand (in `arena`) goes to `next`, and a row
 * that says who names it into the batch. An errand per page and sweep: the store drops the second of the same id.
 * A market on this machine (Market.loopback) has only pages on this machine fetched. False: nothing is to be
 * fetched. */
bool policy_wanted(Run *run, StoreBatch *batch, const Listing *listing, Arena *arena, GPtrArray *next);

/* Manners for a host that is no market's: one request every two seconds, one at a time, robots.txt honoured.
 * `loopback`: for hosts of this machine, quicker, since tests are all they are for. Stands for ever. */
const Market *policy_manners(bool loopback);

/* ---- what a check makes of a page ------------------------------------------------------------------------------ */

/* The state a check leads to:
 *   fetched       its text is kept            not-text      it came, and is no text (PDF, image)
 *   no-text       a page without words in it  robots        robots.txt does not allow it, or cannot be had
 *   blocked       the host refuses us         forbidden     its address is not public
 *   too-large     over 16 MiB                 unreadable    it came, and no reader could take it
 *   unconfirmed   it was not there, once      dead          it was not there, at two checks at least gap_ms apart
 * Of these only `unconfirmed` wants another check; any other answer between two failures makes them begin anew. */
const char *policy_state_of(const Policy *before, const PolicyCheck *check, int64_t gap_ms);
/* When the next check of an unconfirmed page is due: gap_ms after the first one that failed. */
int64_t policy_again_at(const Policy *policy, int64_t gap_ms);
/* `before` (NULL: nothing is known) with a check added, the oldest beyond POLICY_CHECKS dropped, and its new
 * state; in `arena`. */
Policy *policy_with(const Policy *before, const char *url, const PolicyCheck *check, int64_t gap_ms,
                    Arena *arena);

/* Key of a page's row, and of the row that says that an app of a market names it in a sweep
 * ("<key>/<sweep>/<market>/<package>"; its Policy has url, state "named" and one package). g_free. */
char *policy_key(const char *url);
char *policy_named_key(const char *key, uint32_t sweep, const char *market, const char *package);

#endif
