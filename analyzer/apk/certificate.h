/* SPDX-License-Identifier: GPL-3.0-or-later */
/* certificate.h - the parts of an X.509 certificate (RFC 5280) that tell whose it is, found by a walk over
 * its DER.
 *
 * Nothing here is trusted or checked against anything: who signed an APK is said by the certificate's digest,
 * the rest is what its holder wrote into it. */
#ifndef ANALYZER_APK_CERTIFICATE_H
#define ANALYZER_APK_CERTIFICATE_H

#include "core/arena.h"

enum { CERTIFICATE_SUBJECT_LIMIT = 1024 }; /* bytes of a name as text */

typedef struct {
        Span issuer, subject; /* Name, with tag and length */
        Span serial;          /* content of the INTEGER */
        Span key;             /* SubjectPublicKeyInfo, with tag and length */
} Certificate;

/* False when it is no certificate; bytes behind it are nobody's business. The parts are views into `der`. */
bool certificate_read(Span der, Certificate *out);

/* A Name as text in the order of RFC 4514, most specific first, commas and spaces between: "CN=Ann, O=Acme,
 * C=CN". NULL when it is empty or cannot be read. */
char *certificate_name(Span name, Arena *arena);

#endif
