/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signer.h - who signed an APK: the SHA-256 of each signer's certificate, by signature scheme.
 *
 * It says whose certificate the file carries, as `apksigner verify --print-certs` prints it, and does not
 * prove that the signature holds: that costs a second reading of the whole file, and Android did it where the
 * app is installed. The certificate of a v2, v3 or v3.1 signer is the first of its list; of a v1 signer the
 * one its PKCS#7 signer names by issuer and serial number. Layouts:
 * source.android.com/docs/security/features/apksigning, RFC 5652. */
#ifndef ANALYZER_APK_SIGNER_H
#define ANALYZER_APK_SIGNER_H

#include "analyzer/apk/zip.h"
#include "core/record.h"

enum {
        SIGNER_LIMIT = 10, /* signers of one scheme that are listed; Android refuses more (v2, v3) */
        SIGNER_CERTIFICATE_LIMIT = 64 * 1024, /* bytes of one certificate */
        SIGNER_PKCS7_LIMIT = 4 * 1024 * 1024, /* bytes of one META-INF/X.RSA */
        SIGNER_PKCS7_FILES = 32               /* such files that are read */
};

/* Adds facts->signers, newest scheme first (v3.1, v3, v2, v1) and in file order within a scheme. What is odd
 * becomes an anomaly, once per code: signing-block-malformed, signer-malformed, signer-v1-malformed,
 * signer-certificate-unreadable, signer-limit, signers-differ (a scheme names other certificates than the
 * best one and no key rotation explains it), signer-rotated (the best one carries a rotation history),
 * channel-block (a store's or builder's channel outside the signature, with its text), unsigned (nothing was
 * found). Never fails. */
void signer_read(Zip *zip, Arena *arena, Facts *facts);

/* The APK Signing Block that ends where the central directory starts, from its first size field to its magic;
 * the empty span when there is none. False when the magic stands there but the block does not fit. */
bool signer_find_block(Span file, size_t directory_offset, Span *block);

/* The two halves of signer_read, for tests and fuzzing. signer_block adds what the block holds. signer_pkcs7
 * digests the certificate of the first signer that comes with one: FAULT_MALFORMED when there is none. */
void signer_block(Span block, Arena *arena, Facts *facts);
bool signer_pkcs7(Span der, char sha256[65], GError **error);

#endif
