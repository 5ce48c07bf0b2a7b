/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pkcs7.h - the signature of a JAR (META-INF/X.RSA, .DSA or .EC): PKCS#7 SignedData, RFC 5652 section 5,
 * found by a walk over its DER. What it signs stands in a file of its own, META-INF/X.SF. */
#ifndef ANALYZER_APK_PKCS7_H
#define ANALYZER_APK_PKCS7_H

#include "core/error.h"
#include "core/span.h"

enum {
        PKCS7_LIMIT = 4 * 1024 * 1024, /* bytes of one signature */
        PKCS7_CERTIFICATES = 256,      /* that are looked at for a signer's */
        PKCS7_SIGNERS = 16             /* that are looked at */
};

typedef struct {
        Span content_type;          /* OID of what is signed */
        Span certificates, signers; /* bodies of the two sets */
} Pkcs7;

/* One SignerInfo. All are views. */
typedef struct {
        Span issuer, serial;    /* of its certificate; empty when it is named by a key identifier */
        Span digest, algorithm; /* OIDs */
        Span attributes; /* signed ones, with tag [0] and length; empty when the content itself is signed */
        Span signature;
} Pkcs7Signer;

/* FAULT_MALFORMED when it is no SignedData, FAULT_LIMIT when it is too long. */
bool pkcs7_read(Span der, Pkcs7 *out, GError **error);

/* The n-th signer, from 0: false when there is none, or more than PKCS7_SIGNERS, or it cannot be read. */
bool pkcs7_signer(const Pkcs7 *pkcs7, size_t n, Pkcs7Signer *out);

/* The signer's certificate among those that come with it, with tag and length; the empty span when it is not
 * there. */
Span pkcs7_certificate(const Pkcs7 *pkcs7, const Pkcs7Signer *signer);

/* The certificate of the first signer that comes with one: FAULT_MALFORMED when there is none. */
bool pkcs7_first_certificate(Span der, Span *certificate, GError **error);

#endif
