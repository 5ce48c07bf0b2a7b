/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signblock.h - the APK Signing Block in front of the central directory, taken apart and nothing more.
 *
 *     u64 size, pairs of (u64 size, u32 id, value), u64 size, "APK Sig Block 42"
 *
 * A scheme's value is a list of signers. Lists and their items carry a u32 length each; everything is
 * little-endian. Layouts: source.android.com/docs/security/features/apksigning/v2, v3, v3-1; of the rotation
 * history: the tool apksig of AOSP. All spans are views into the block. */
#ifndef ANALYZER_APK_SIGNBLOCK_H
#define ANALYZER_APK_SIGNBLOCK_H

#include "core/cursor.h"

typedef struct {
        const char *name; /* "v3" */
        uint32_t id;      /* of the pair */
        bool has_levels;  /* v3 and later: the signer says which API levels it is for */
} SignScheme;

enum { SIGN_V31, SIGN_V3, SIGN_V2, SIGN_SCHEMES }; /* best first */
extern const SignScheme sign_schemes[SIGN_SCHEMES];

enum {
        SIGN_ANY_LEVEL = INT32_MAX,          /* max_sdk of a signer without an upper end */
        SIGN_ATTRIBUTE_LINEAGE = 0x3ba06f8c, /* v3: the rotation history */
        SIGN_ATTRIBUTE_NEWER =
                0x559f8b02 /* v3: u32 API level from which on a v3.1 block counts, which must be there */
};
#define SIGN_ATTRIBUTE_SCHEME 0xbeeff00du /* v2: u32 number of a newer scheme that must be there, 3 for v3 */

/* The block that ends where the central directory starts, from its first size field to its magic; the empty
 * span when there is none. False when the magic stands there but the block does not fit. */
bool signblock_find(Span file, size_t directory_offset, Span *block);

/* How many bytes the block has, by the 24 bytes in front of the central directory; 0: none stands there. */
enum { SIGNBLOCK_TAIL = 24 };
uint64_t signblock_size(Span tail);

typedef struct {
        uint32_t id;
        Span value;
} SignPair;

/* The pairs one after the other, in file order: false at the end, and with `pairs` not ok where one does not
 * fit. */
Cursor signblock_pairs(Span block);
bool signblock_pair(Cursor *pairs, SignPair *out);

/* The next item of a list, empty and the cursor not ok when it does not fit; signblock_list enters a list. */
Span signblock_item(Cursor *list);
Cursor signblock_list(Span value); /* of exactly one list, as the value of a scheme is */

/* One signer. False when it does not hold what it must. */
typedef struct {
        Span signed_data, signatures, key;
        int32_t min_sdk, max_sdk; /* v3 and later */
} SignSigner;
bool signblock_signer(Span item, const SignScheme *scheme, SignSigner *out);

/* What a signer signed. False when it does not hold what it must. */
typedef struct {
        Span digests, certificates, attributes;
        int32_t min_sdk, max_sdk;
} SignData;
bool signblock_data(Span signed_data, const SignScheme *scheme, SignData *out);

/* The next pair of (u32 id, value) of a list of attributes, digests or signatures. */
bool signblock_numbered(Cursor *list, SignPair *out);

/* One certificate of a rotation history, and the word of the one before it for it. */
typedef struct {
        Span signed_data; /* certificate and previous_algorithm, as they were signed */
        Span certificate;
        uint32_t previous_algorithm; /* with which the certificate before signed this one, as signed */
        uint32_t flags;              /* what this certificate still may: SIGN_MAY_* */
        uint32_t algorithm;          /* with which it signs the next */
        Span signature;              /* by the one before; empty for the first */
} SignAncestor;
enum {
        SIGN_MAY_INSTALLED_DATA = 1,
        SIGN_MAY_SHARED_USER_ID = 2,
        SIGN_MAY_PERMISSION = 4,
        SIGN_MAY_ROLLBACK = 8,
        SIGN_MAY_AUTH = 16
};

/* The nodes of a history attribute, oldest first; a version other than 1 gives a cursor that is not ok. */
Cursor signblock_lineage(Span attribute);
bool signblock_ancestor(Cursor *nodes,
                        SignAncestor *out); /* false at the end, and not ok when it does not fit */

#endif
