/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signer.h - who signed an APK: each signer's certificate by signature scheme, with the history of its keys,
 * and what else was written beside the signatures.
 *
 * It says whose certificate the file carries, as `apksigner verify --print-certs` prints it, and does not
 * prove that the signature holds: that costs a second reading of the whole file (sigverify.h), and Android
 * did it where the app is installed. The certificate of a v2, v3 or v3.1 signer is the first of its list; of
 * a v1 signer the one its PKCS#7 signer names by issuer and serial number. No crypto beyond SHA-256 is needed
 * here: this runs for every APK. */
#ifndef ANALYZER_APK_SIGNER_H
#define ANALYZER_APK_SIGNER_H

#include "analyzer/apk/zip.h"
#include "core/record.h"

enum {
        SIGNER_LIMIT = 10, /* signers of one scheme that are listed; Android refuses more */
        SIGNER_CERTIFICATE_LIMIT = 64 * 1024, /* bytes of one certificate */
        SIGNER_PKCS7_FILES = 32,              /* META-INF/X.RSA and the like that are read */
        SIGNER_PKCS7_NAMES = 1024,            /* of such names, whether a list stands beside them or not */
        SIGNER_LINEAGE_LIMIT = 64,            /* certificates of a rotation history */
        SIGNER_EXTRA_LIMIT = 32,              /* other pairs of the block that are listed */
        SIGNER_CHANNEL_LIMIT = 1024,          /* bytes of a channel's text */
        SIGNER_BLOCK_USUAL = 8192,            /* bytes that most blocks fit in: tools pad them to 4,096 */
        SIGNER_LIST_LIMIT =
                16 * 1024 * 1024 /* bytes of a META-INF/X.SF, read where no newer scheme is found */
};

/* Adds facts->signers, newest scheme first (v3.1, v3, v2, v1) and in file order within a scheme, and
 * facts->signing_extras: channels that stores and builders write, and every other pair of the block by name
 * or number. What is odd becomes an anomaly, once per code: signing-block-malformed, signing-block-unseen (it
 * stands where Android does not look for it, and is not read here either), signer-malformed,
 * signer-v1-malformed, signer-certificate-unreadable, signer-limit, signers-differ (a scheme names other
 * certificates than the best one and no key rotation explains it), signer-rotated (a signer carries a
 * rotation history), signature-stripped (a signature says that a newer one stood beside it; Android refuses
 * that), channel-block (with the channel's text), unsigned (nothing was found). Never fails. Of a partial file, what is not
 * here is left out, and zip_missed() says so. */
void signer_read(Zip *zip, Arena *arena, Facts *facts);

/* The APK Signing Block as Android finds it, or the empty span: the central directory starts where the end
 * record says and ends where the end record starts. False when there is one that Android does not see, or
 * whose sizes do not fit: `why` is the anomaly's code. */
bool signer_find_block(const Zip *zip, Span *block, const char **why);

/* Where the block is to be looked for, [*from, *to) up to the central directory: all of it when its size is here to be read
 * (then it is exact; *from == *to: there is none), else as much as most blocks have. */
void signer_block_range(const Zip *zip, uint64_t *from, uint64_t *to);

/* The entries that v1 signers are read from, as indices of the directory, in its order: certificates, and the signed lists where
 * `lists` says so. At most SIGNER_PKCS7_FILES of each. */
void signer_v1_entries(const Zip *zip, bool lists, Arena *arena, size_t *n, const ZipEntry ***entries);

/* Whether the block names a signer of a scheme newer than v1; false when it is not here. */
bool signer_has_newer(const Zip *zip);

/* What the block alone tells, as signer_read does: for tests and fuzzing. */
void signer_block(Span block, Arena *arena, Facts *facts);

#endif
