/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fdroid.h - F-Droid repositories (signed index, v2 with diffs, v1 as fallback): pure functions from bytes to
 * records, run inside workers. Protocol: fdroidserver's index.py/signindex.py and the client's
 * JarIndexVerifier, IndexV2Updater. */
#ifndef CRAWLER_MARKETS_FDROID_H
#define CRAWLER_MARKETS_FDROID_H

#include "core/record.h"

#define FDROID_ENTRY_JAR_BYTES ((size_t)1 << 20)
#define FDROID_INDEX_JAR_BYTES ((size_t)256 << 20) /* index-v1.jar, compressed */
#define FDROID_DOCUMENT_BYTES  ((size_t)1 << 30)   /* index-v1.json, index-v2.json, a diff */
enum { FDROID_DIFFS = 1000, FDROID_MIRRORS = 100, FDROID_SAMPLES = 3 };

typedef enum { FDROID_ENTRY_V2, FDROID_INDEX_V1 } FdroidJar;

/* Verifies a jar of `kind` and reads what it vouches for. `fingerprint` (64 hex) must be its certificate's,
 * and the whole `certificate` (DER, empty: first contact) too when one was pinned before. Unknown version
 * numbers are accepted; file names are kept as written (market_join refuses those that leave the base). A
 * diff that states no name, digest or size is left out. For FDROID_INDEX_V1 *document, when not NULL, is set
 * to the index itself, in the arena, and entry->index describes it. FAULT_SIGNATURE says which step failed;
 * FAULT_MALFORMED and FAULT_LIMIT say what was read. */
IndexEntry *fdroid_jar(FdroidJar kind, Span jar, const char *fingerprint, Span certificate, Arena *arena,
                       Span *document, GError **error);

/* Listings out of an index. `document` is index-v2.json or index-v1.json; `patch` (empty: none; v2 only) is
 * an RFC 7386 merge patch to apply first, and then `merged` is called once with the resulting document before
 * any listing; a patch that touches a key the client keeps its rows by (packageName, repoId, versionId) is
 * refused. Listings come sorted by package, and each has an apk.
 *
 * Of each app one version is taken. A version needs a plausible path that ends in .apk and stays inside the
 * base, a SHA-256, a size above 0 and a version code. Among these: the default release channel before others,
 * within it the preferred signer before others where one is stated, then the highest version code, then the
 * lowest SHA-256. In v1, as in the client, a version above suggestedVersionCode is outside the default
 * channel, and the preferred signer is that of the first version listed. What is left out is counted in the
 * summary with its reason: packages without a usable version or with a name no Android app can have, and
 * single versions. */
typedef struct {
        void (*merged)(Span document, void *context);           /* may be NULL when there is no patch */
        bool (*listing)(const Listing *listing, void *context); /* borrowed for the call; false stops */
        void *context;
} FdroidCalls;
IndexSummary *fdroid_index(FdroidJar format, const char *market, Span document, Span patch,
                           const FdroidCalls *calls, Arena *arena, GError **error);

#endif
