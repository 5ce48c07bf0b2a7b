/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/jarsigner.h"

#include "analyzer/apk/certificate.h"
#include "analyzer/apk/der.h"
#include "analyzer/apk/pkcs7.h"
#include "analyzer/apk/sigcrypt.h"

#include <glib.h>

#define CONTENT_TYPE   "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"
#define MESSAGE_DIGEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"

enum {
        HASHES = HASH_SHA512 + 1,
        NEVER = 255,
        ALL_SIGNERS_FROM = 24, /* before, only the first signer of a file is looked at */
        ATTRIBUTES_FROM = 19   /* before, signed attributes do not protect what they describe */
};

static const struct {
        const char *oid, *name;
} hashes[HASHES] = {[HASH_MD5] = {"\x2a\x86\x48\x86\xf7\x0d\x02\x05", "MD5"},
                    [HASH_SHA1] = {"\x2b\x0e\x03\x02\x1a", "SHA-1"},
                    [HASH_SHA224] = {"\x60\x86\x48\x01\x65\x03\x04\x02\x04", "SHA-224"},
                    [HASH_SHA256] = {"\x60\x86\x48\x01\x65\x03\x04\x02\x01", "SHA-256"},
                    [HASH_SHA384] = {"\x60\x86\x48\x01\x65\x03\x04\x02\x02", "SHA-384"},
                    [HASH_SHA512] = {"\x60\x86\x48\x01\x65\x03\x04\x02\x03", "SHA-512"}};

/* From which API level on Android checks this algorithm with a digest by MD5, SHA-1, SHA-224, SHA-256,
 * SHA-384, SHA-512, so that every later one does, too (apksig's OidConstants; its gaps between 9 and 17 end
 * where the number says). */
static const struct {
        const char *oid, *name;
        KeyKind key;
        uint8_t from[HASHES];
} algorithms[] = {
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "RSA", KEY_RSA, {0, 0, 21, 18, 18, 18}},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "RSA", KEY_RSA, {21, NEVER, NEVER, NEVER, NEVER, NEVER}},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "RSA", KEY_RSA, {NEVER, 0, NEVER, NEVER, NEVER, NEVER}},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e", "RSA", KEY_RSA, {NEVER, NEVER, 21, NEVER, NEVER, NEVER}},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", "RSA", KEY_RSA, {NEVER, NEVER, NEVER, 18, NEVER, NEVER}},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", "RSA", KEY_RSA, {NEVER, NEVER, NEVER, NEVER, 21, NEVER}},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", "RSA", KEY_RSA, {NEVER, NEVER, NEVER, NEVER, NEVER, 21}},
        {"\x2a\x86\x48\xce\x38\x04\x01", "DSA", KEY_DSA, {NEVER, 0, 22, 22, NEVER, NEVER}},
        {"\x2a\x86\x48\xce\x38\x04\x03", "DSA", KEY_DSA, {NEVER, 9, NEVER, NEVER, NEVER, NEVER}},
        {"\x60\x86\x48\x01\x65\x03\x04\x03\x01", "DSA", KEY_DSA, {NEVER, NEVER, 21, NEVER, NEVER, NEVER}},
        {"\x60\x86\x48\x01\x65\x03\x04\x03\x02", "DSA", KEY_DSA, {NEVER, NEVER, NEVER, 21, NEVER, NEVER}},
        {"\x2a\x86\x48\xce\x3d\x02\x01", "ECDSA", KEY_EC, {NEVER, 18, 21, 18, 18, 18}},
        {"\x2a\x86\x48\xce\x3d\x04\x01", "ECDSA", KEY_EC, {NEVER, 18, NEVER, NEVER, NEVER, NEVER}},
        {"\x2a\x86\x48\xce\x3d\x04\x03\x01", "ECDSA", KEY_EC, {NEVER, NEVER, 21, NEVER, NEVER, NEVER}},
        {"\x2a\x86\x48\xce\x3d\x04\x03\x02", "ECDSA", KEY_EC, {NEVER, NEVER, NEVER, 21, NEVER, NEVER}},
        {"\x2a\x86\x48\xce\x3d\x04\x03\x03", "ECDSA", KEY_EC, {NEVER, NEVER, NEVER, NEVER, 21, NEVER}},
        {"\x2a\x86\x48\xce\x3d\x04\x03\x04", "ECDSA", KEY_EC, {NEVER, NEVER, NEVER, NEVER, NEVER, 21}}};

/* One signer of one file. */
typedef struct {
        const Pkcs7 *pkcs7;
        Pkcs7Signer signer;
        Span list;
        int min_sdk;
        const char *name;
        SigCheck *check;
        KeyKind key;
        HashKind hash;
} Try;

static bool find_algorithm(Try *try)
{
        size_t hash = 0, algorithm = 0;
        while (hash < HASHES && !span_eq_str(try->signer.digest, hashes[hash].oid))
                hash++;
        while (algorithm < G_N_ELEMENTS(algorithms) &&
               !span_eq_str(try->signer.algorithm, algorithms[algorithm].oid))
                algorithm++;
        bool known = hash < HASHES && algorithm < G_N_ELEMENTS(algorithms);
        unsigned from = known ? algorithms[algorithm].from[hash] : NEVER;
        if (from == NEVER)
                return sigcheck_fails(try->check, "unsupported:algorithm",
                                      "%s is signed in a way Android does not know", try->name);
        if (try->min_sdk < (int)from) {
                g_autofree char *result = g_strdup_printf("unsupported:%s with %s",
                                                          algorithms[algorithm].name, hashes[hash].name);
                return sigcheck_fails(try->check, result,
                                      "%s: Android checks that from API level %u on, min_sdk is %d",
                                      try->name, from, try->min_sdk);
        }
        try->hash = (HashKind)hash;
        try->key = algorithms[algorithm].key;
        return true;
}

/* The only value of a signed attribute; empty when it is not there. */
static Span attribute(Span attributes, const char *wanted, uint8_t tag)
{
        Cursor outer = cursor_over(attributes);
        Cursor c = der_open(&outer, DER_CONTEXT_0);
        while (cursor_left(&c) > 0) {
                Cursor pair = der_open(&c, DER_SEQUENCE);
                Span oid = der_take(&pair, DER_OID).body;
                Cursor values = der_open(&pair, DER_SET);
                if (span_eq_str(oid, wanted))
                        return der_take(&values, tag).body;
        }
        return (Span){NULL, 0};
}

/* With signed attributes, what is signed are they, and one of them is the digest of the list. */
static bool attributes_fit(const Try *try)
{
        uint8_t digest[HASH_LIMIT];
        size_t len = sigcrypt_digest(try->hash, &try->list, 1, digest);
        Span attributes = try->signer.attributes;
        return span_eq(attribute(attributes, CONTENT_TYPE, DER_OID), try->pkcs7->content_type) &&
               span_eq(attribute(attributes, MESSAGE_DIGEST, DER_OCTETS), span_of(digest, len));
}

static bool signature_holds(const Try *try, Span key)
{
        static const uint8_t set = DER_SET; /* the attributes' own tag, not the one they stand under */
        const Span attributes[] = {span_of(&set, 1), span_from(try->signer.attributes, 1)};
        if (try->signer.attributes.len == 0)
                return sigcrypt_check(key, try->key, try->hash, &try->list, 1, try->signer.signature) ==
                       SIGCRYPT_HOLDS;
        return attributes_fit(try) && sigcrypt_check(key, try->key, try->hash, attributes, 2,
                                                     try->signer.signature) == SIGCRYPT_HOLDS;
}

/* False with a result that ends the check; true with an empty certificate when another signer may be
 * tried. */
static bool try_signer(Try *try, Span *certificate)
{
        Certificate parts;
        *certificate = (Span){NULL, 0};
        if (!find_algorithm(try))
                return false;
        Span found = pkcs7_certificate(try->pkcs7, &try->signer);
        if (found.len == 0 || !certificate_read(found, &parts))
                return sigcheck_fails(try->check, "mismatch:certificate",
                                      "%s does not hold its signer's certificate", try->name);
        if (sigcrypt_certificate(found) != CERTIFICATE_FOR_SIGNATURES)
                return sigcheck_fails(try->check, "mismatch:certificate",
                                      "%s: its certificate is broken or not for signatures", try->name);
        if (try->signer.attributes.len > 0 && try->min_sdk < ATTRIBUTES_FROM)
                return sigcheck_fails(try->check, "mismatch:signature",
                                      "%s signs attributes, which is no protection before Android 4.4",
                                      try->name);
        if (signature_holds(try, parts.key))
                *certificate = found;
        return true;
}

bool jarsigner_check(Span pkcs7, Span list, int min_sdk, const char *name, SigCheck *check, Span *certificate)
{
        g_autoptr(GError) error = NULL;
        Pkcs7 parsed;
        if (!pkcs7_read(pkcs7, &parsed, &error))
                return sigcheck_fails(check, "mismatch:structure", "%s: %s", name, error->message);
        Try try = {.pkcs7 = &parsed, .list = list, .min_sdk = min_sdk, .name = name, .check = check};
        Span first = {NULL, 0};
        size_t n = 0;
        while ((n == 0 || min_sdk >= ALL_SIGNERS_FROM) && pkcs7_signer(&parsed, n, &try.signer)) {
                if (!try_signer(&try, certificate))
                        return false;
                if (first.len == 0)
                        first = *certificate;
                n++;
        }
        *certificate = first;
        if (n == 0)
                return sigcheck_fails(check, "mismatch:structure", "%s holds no signer", name);
        return first.len > 0 || sigcheck_fails(check, "mismatch:signature",
                                               "%s was not made over its list of signed files", name);
}
