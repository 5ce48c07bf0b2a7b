/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lineage.h - does a key rotation's history hold: has each certificate's key signed for the one after it? */
#ifndef ANALYZER_APK_LINEAGE_H
#define ANALYZER_APK_LINEAGE_H

#include "core/span.h"

enum { LINEAGE_LIMIT = 64 /* certificates that are checked */ };

/* NULL when it holds and ends with `certificate`; else why not, a literal. `length` gets the number of its
 * certificates. */
const char *lineage_check(Span attribute, Span certificate, size_t *length);

/* Whether one history is how the other began: the signers of one APK must not tell two stories. */
bool lineage_begins(Span whole, Span beginning);

#endif
