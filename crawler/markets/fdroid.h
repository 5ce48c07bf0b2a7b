/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fdroid.h - F-Droid repositories (signed index, v2 with diffs, v1 as fallback): pure functions from bytes to records,
 * run inside workers. Protocol: fdroidserver's index.py/signindex.py and the client's JarIndexVerifier, IndexV2Updater. */
#ifndef CRAWLER_MARKETS_FDROID_H
#define CRAWLER_MARKETS_FDROID_H

#include "core/record.h"

/* Verifies a jar of `kind` and reads its document. `fingerprint` (64 hex) is compared on first contact, `certificate` (DER) when one was
 * pinned before: then the whole certificate must be equal. FAULT_SIGNATURE says which step failed. */
typedef enum { FDROID_ENTRY_V2, FDROID_INDEX_V1 } FdroidJar;
IndexEntry *fdroid_jar(FdroidJar kind, Span jar, const char *fingerprint, Span certificate, Arena *arena, GError **error);

/* Listings out of an index. `document` is index-v2.json or index-v1.json; `patch` (empty: none) is an RFC 7386 merge patch to
 * apply first, and then `merged` is called once with the resulting document before any listing. Listings come sorted by
 * package. The version taken of each app is the highest version code in the default release channel signed by the preferred
 * signer where one is stated. */
typedef struct {
        void (*merged)(Span document, void *context); /* may be NULL when there is no patch */
        bool (*listing)(const Listing *listing, void *context); /* false stops */
        void *context;
} FdroidCalls;
IndexSummary *fdroid_index(FdroidJar format, const char *market, Span document, Span patch, const FdroidCalls *calls,
                           Arena *arena, GError **error);

#endif
