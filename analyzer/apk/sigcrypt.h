/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sigcrypt.h - the arithmetic of checking signatures, and the only place of the analyzer that calls OpenSSL
 * for it. */
#ifndef ANALYZER_APK_SIGCRYPT_H
#define ANALYZER_APK_SIGCRYPT_H

#include "core/span.h"

typedef enum { HASH_MD5, HASH_SHA1, HASH_SHA224, HASH_SHA256, HASH_SHA384, HASH_SHA512 } HashKind;
enum { HASH_LIMIT = 64 /* bytes of the longest digest */ };

typedef enum { KEY_RSA, KEY_RSA_PSS, KEY_EC, KEY_DSA } KeyKind; /* RSA: with PKCS#1 v1.5 padding */

/* A digest of a few pieces, as if they stood behind each other. Gives its length, 0 when this machine's
 * OpenSSL does not offer the algorithm. */
size_t sigcrypt_digest(HashKind hash, const Span *pieces, size_t n, uint8_t out[HASH_LIMIT]);

typedef enum {
        SIGCRYPT_HOLDS,
        SIGCRYPT_BROKEN, /* not made by this key over these bytes */
        SIGCRYPT_NO_KEY  /* the key cannot be read or is of another kind */
} SigcryptResult;

/* Whether `signature` was made with the private half of `key` (a SubjectPublicKeyInfo) over the pieces.
 * RSA-PSS: MGF1 with the same hash, a salt as long as its digest. ECDSA and DSA: the DER form. */
SigcryptResult sigcrypt_check(Span key, KeyKind kind, HashKind hash, const Span *pieces, size_t n,
                              Span signature);

/* What Java's and Android's reader of certificates would say: FOR_SIGNATURES is what v1 asks for on top (no
 * critical extension that nobody knows, a key usage that does not forbid it). */
typedef enum { CERTIFICATE_BROKEN, CERTIFICATE_READS, CERTIFICATE_FOR_SIGNATURES } CertificateUse;
CertificateUse sigcrypt_certificate(Span der);

#endif
