/* SPDX-License-Identifier: GPL-3.0-or-later */
/* der.h - a walk over ASN.1 as certificates and PKCS#7 signatures are encoded (ITU-T X.690): DER, and of BER
 * the indefinite length, which some old signers wrote.
 *
 * Like a Cursor: past the end, or where another element stands than the one asked for, everything read is
 * empty and the cursor stays not-ok. Nothing is copied, no value is interpreted. */
#ifndef ANALYZER_APK_DER_H
#define ANALYZER_APK_DER_H

#include "core/cursor.h"

enum {
        DER_INTEGER = 0x02,
        DER_BIT_STRING = 0x03,
        DER_OCTETS = 0x04,
        DER_OID = 0x06,
        DER_SEQUENCE = 0x30,
        DER_SET = 0x31,
        DER_CONTEXT_0 = 0xa0, /* [0] and [1] as they stand in front of constructed content */
        DER_CONTEXT_1 = 0xa1,
        DER_DEPTH = 16 /* indefinite lengths inside each other */
};

typedef struct {
        uint8_t tag; /* class, constructed bit and number in one, as encoded; numbers over 30 are not read */
        Span whole;  /* with tag, length and, of an indefinite length, the mark that ends it */
        Span body;
} Der;

Der der_any(Cursor *c); /* the next element, whatever it is */
Der der_take(Cursor *c, uint8_t tag);
Cursor der_open(Cursor *c,
                uint8_t tag); /* takes it and gives a cursor over its body, not ok when it is another */
bool der_is(const Cursor *c, uint8_t tag); /* the next element is one; takes nothing */

#endif
