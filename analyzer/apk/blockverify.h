/* SPDX-License-Identifier: GPL-3.0-or-later */
/* blockverify.h - does a v2, v3 or v3.1 signature hold? Its signatures over what each signer signed, the key
 * against the certificate, the rotation history link by link, and the contents against the digests that were
 * signed. */
#ifndef ANALYZER_APK_BLOCKVERIFY_H
#define ANALYZER_APK_BLOCKVERIFY_H

#include "analyzer/apk/contentdigest.h"
#include "analyzer/apk/sigcheck.h"
#include "analyzer/apk/signblock.h"

typedef struct {
        const Span
                *values; /* of the block's pairs by scheme, SIGN_SCHEMES of them, empty where there is none */
        Contents *contents;
        int min_sdk; /* the lowest API level that matters */
} BlockInput;

/* Checks values[scheme], which is there; check->result stays NULL when everything holds. */
void blockverify(const BlockInput *in, size_t scheme, SigCheck *check);

#endif
