/* SPDX-License-Identifier: GPL-3.0-or-later */
/* contentdigest.h - the digests of an APK's contents that v2 and later signatures sign: everything but the
 * APK Signing Block itself, the end record taken with its directory offset pointing at the block's start.
 *
 * Chunked: pieces of 1 MiB of the three parts (entries, directory, end record), each digested as 0xa5, u32
 * length, bytes; then 0x5a, u32 number of pieces, their digests. Verity: the root of a SHA-256 tree over
 * pages of 4 KiB of the three parts behind each other, eight zero bytes as salt, then u64 length. Source:
 * source.android.com/docs/security/features/apksigning/v2 and AOSP's apksig. */
#ifndef ANALYZER_APK_CONTENTDIGEST_H
#define ANALYZER_APK_CONTENTDIGEST_H

#include "core/span.h"

typedef enum { CONTENT_SHA256, CONTENT_SHA512, CONTENT_VERITY, CONTENT_KINDS } ContentKind;
enum { CONTENT_DIGEST_LIMIT = 64 };

typedef struct {
        Span entries, directory, end; /* of the file; `entries` ends where the block starts */
        struct {
                size_t len; /* 0: not computed yet */
                uint8_t bytes[CONTENT_DIGEST_LIMIT];
        } digests[CONTENT_KINDS];
} Contents;

/* Cuts a file around its block. False when the parts do not fit. */
bool contents_cut(Span file, Span block, size_t directory_offset, size_t end_offset, Contents *out);

/* The digest, computed when it is first asked for; the empty span when it cannot be. */
Span contents_digest(Contents *contents, ContentKind kind);

/* Android's kernel can check a verity digest only where the block starts and ends at a page. */
bool contents_are_paged(const Contents *contents);

#endif
