/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool.h - packed records on their way from a worker to the store, in a file without a name: they count only when
 * the worker has ended well, and there may be more of them than memory should hold. */
#ifndef CRAWLER_SPOOL_H
#define CRAWLER_SPOOL_H

#include "core/error.h"
#include "core/span.h"

typedef struct Spool Spool;

/* The file lies in `folder` (made), gone with the process. */
Spool *spool_new(const char *folder, GError **error);
void spool_free(Spool *spool); /* NULL is fine */

void spool_add(Spool *spool, Span record); /* what goes wrong is told by spool_rewind */
uint64_t spool_count(const Spool *spool);
/* Ends adding and goes back to the first record. FAULT_DISK, FAULT_IO: not all of them could be written. */
bool spool_rewind(Spool *spool, GError **error);
/* The next record, borrowed until the next call. False: the end, or an error. */
bool spool_next(Spool *spool, Span *record, GError **error);

#endif
