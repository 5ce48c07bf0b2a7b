/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sigalgorithm.h - the numbered signature algorithms of APK Signature Scheme v2 and later, after
 * source.android.com/docs/security/features/apksigning/v2 and AOSP's apksig (the verity kinds). */
#ifndef ANALYZER_APK_SIGALGORITHM_H
#define ANALYZER_APK_SIGALGORITHM_H

#include "analyzer/apk/contentdigest.h"
#include "analyzer/apk/sigcrypt.h"

typedef struct {
        uint32_t id;
        const char *name;
        KeyKind key;
        HashKind hash;
        ContentKind contents; /* the kind of content digest it stands for */
} SigAlgorithm;

const SigAlgorithm *sigalgorithm(uint32_t id); /* NULL when nobody knows it */
SigcryptResult sigalgorithm_check(const SigAlgorithm *algorithm, Span key, Span signed_data, Span signature);

#endif
