/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/pkcs7.h"

#include "analyzer/apk/certificate.h"
#include "analyzer/apk/der.h"

#define SIGNED_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" /* 1.2.840.113549.1.7.2 */

bool pkcs7_read(Span der, Pkcs7 *out, GError **error)
{
        if (der.len > PKCS7_LIMIT)
                return fault(error, FAULT_LIMIT, "signature of %zu bytes, at most %d are read", der.len,
                             PKCS7_LIMIT);
        *out = (Pkcs7){0};
        Cursor outer = cursor_over(der);
        Cursor info = der_open(&outer, DER_SEQUENCE);
        bool is_signed = span_eq_str(der_take(&info, DER_OID).body, SIGNED_DATA);
        Cursor content = der_open(&info, DER_CONTEXT_0);
        Cursor c = der_open(&content, DER_SEQUENCE);
        der_take(&c, DER_INTEGER); /* version */
        der_take(&c, DER_SET);     /* digest algorithms */
        Cursor signed_content = der_open(&c, DER_SEQUENCE);
        out->content_type = der_take(&signed_content, DER_OID).body;
        if (der_is(&c, DER_CONTEXT_0))
                out->certificates = der_any(&c).body;
        if (der_is(&c, DER_CONTEXT_1))
                der_any(&c); /* revocations */
        out->signers = der_take(&c, DER_SET).body;
        if (is_signed && c.ok && signed_content.ok)
                return true;
        return fault(error, FAULT_MALFORMED, "%zu bytes: no PKCS#7 signature", der.len);
}

static Span algorithm_oid(Cursor *c)
{
        Cursor algorithm = der_open(c, DER_SEQUENCE);
        Span oid = der_take(&algorithm, DER_OID).body;
        c->ok = c->ok && algorithm.ok;
        return oid;
}

static bool read_signer(Span body, Pkcs7Signer *out)
{
        *out = (Pkcs7Signer){0};
        Cursor c = cursor_over(body);
        der_take(&c, DER_INTEGER); /* version */
        if (der_is(&c, DER_SEQUENCE)) {
                Cursor id = der_open(&c, DER_SEQUENCE);
                out->issuer = der_take(&id, DER_SEQUENCE).whole;
                out->serial = der_take(&id, DER_INTEGER).body;
                c.ok = c.ok && id.ok;
        } else {
                der_any(&c); /* a key identifier */
        }
        out->digest = algorithm_oid(&c);
        if (der_is(&c, DER_CONTEXT_0))
                out->attributes = der_any(&c).whole;
        out->algorithm = algorithm_oid(&c);
        out->signature = der_take(&c, DER_OCTETS).body;
        return c.ok;
}

bool pkcs7_signer(const Pkcs7 *pkcs7, size_t n, Pkcs7Signer *out)
{
        Cursor c = cursor_over(pkcs7->signers);
        for (size_t i = 0; i < n && i < PKCS7_SIGNERS; i++)
                der_take(&c, DER_SEQUENCE);
        Span body = der_take(&c, DER_SEQUENCE).body;
        return c.ok && n < PKCS7_SIGNERS && read_signer(body, out);
}

/* By issuer and serial number. Some tools spell the same issuer in another string type: a certificate that is
 * alone and has the serial number is meant, and so is one that is alone and named by its key. */
Span pkcs7_certificate(const Pkcs7 *pkcs7, const Pkcs7Signer *signer)
{
        Cursor c = cursor_over(pkcs7->certificates);
        Span alone = {NULL, 0};
        for (size_t n = 0; cursor_left(&c) > 0 && n < PKCS7_CERTIFICATES; n++) {
                Span whole = der_any(&c).whole;
                Certificate certificate;
                if (!c.ok || !certificate_read(whole, &certificate))
                        continue;
                bool serial = span_eq(certificate.serial, signer->serial);
                if (serial && span_eq(certificate.issuer, signer->issuer))
                        return whole;
                if (n == 0 && cursor_left(&c) == 0 && (serial || signer->issuer.len == 0))
                        alone = whole;
        }
        return alone;
}

bool pkcs7_first_certificate(Span der, Span *certificate, GError **error)
{
        Pkcs7 pkcs7;
        if (!pkcs7_read(der, &pkcs7, error))
                return false;
        Pkcs7Signer signer;
        for (size_t n = 0; pkcs7_signer(&pkcs7, n, &signer); n++) {
                *certificate = pkcs7_certificate(&pkcs7, &signer);
                if (certificate->len > 0)
                        return true;
        }
        return fault(error, FAULT_MALFORMED, "%zu bytes: no certificate of the signer among them", der.len);
}
