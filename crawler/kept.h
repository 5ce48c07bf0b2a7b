/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kept.h - the copy of a market's last accepted index, which diffs are applied to, and the words for what an index holds
 * that no listing was made of. */
#ifndef CRAWLER_KEPT_H
#define CRAWLER_KEPT_H

#include "core/digest.h"
#include "crawler/run.h"

/* NULL: sha256 is NULL, the file is not there, or its bytes are not those. */
GByteArray *kept_load(Run *run, const char *market, const char *sha256);
/* Durable on return; `hex` gets the document's digest. FAULT_DISK: no room. */
bool kept_save(Run *run, const char *market, const GByteArray *document, char hex[SHA256_HEX_SIZE],
               GError **error);
void kept_drop(Run *run, const char *market, const char *sha256); /* sha256 NULL is fine */

/* "apps left out: 1 for no-version (org.a); versions left out: 1 for file-size (org.a)"; NULL: everything is listed. */
char *skipped_text(Arena *arena, const IndexSummary *summary);

#endif
