/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/sigcrypt.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

static const EVP_MD *algorithm(HashKind hash)
{
        switch (hash) {
        case HASH_MD5: return EVP_md5();
        case HASH_SHA1: return EVP_sha1();
        case HASH_SHA224: return EVP_sha224();
        case HASH_SHA256: return EVP_sha256();
        case HASH_SHA384: return EVP_sha384();
        case HASH_SHA512: return EVP_sha512();
        }
        return NULL;
}

size_t sigcrypt_digest(HashKind hash, const Span *pieces, size_t n, uint8_t out[HASH_LIMIT])
{
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        unsigned len = 0;
        bool good = context && EVP_DigestInit_ex(context, algorithm(hash), NULL) == 1;
        for (size_t i = 0; good && i < n; i++)
                good = EVP_DigestUpdate(context, pieces[i].data, pieces[i].len) == 1;
        good = good && EVP_DigestFinal_ex(context, out, &len) == 1;
        EVP_MD_CTX_free(context);
        ERR_clear_error();
        return good ? len : 0;
}

static EVP_PKEY *read_key(Span der, KeyKind kind)
{
        static const int types[] = {[KEY_RSA] = EVP_PKEY_RSA,
                                    [KEY_RSA_PSS] = EVP_PKEY_RSA,
                                    [KEY_EC] = EVP_PKEY_EC,
                                    [KEY_DSA] = EVP_PKEY_DSA};
        const unsigned char *at = der.data;
        EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)der.len);
        if (key && EVP_PKEY_base_id(key) == types[kind])
                return key;
        EVP_PKEY_free(key);
        return NULL;
}

static bool holds(EVP_MD_CTX *context, EVP_PKEY *key, KeyKind kind, HashKind hash, const Span *pieces,
                  size_t n, Span signature)
{
        EVP_PKEY_CTX *parameters = NULL; /* belongs to the context */
        bool good = EVP_DigestVerifyInit(context, &parameters, algorithm(hash), NULL, key) == 1;
        if (good && kind == KEY_RSA_PSS)
                good = EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
                       EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
        for (size_t i = 0; good && i < n; i++)
                good = EVP_DigestVerifyUpdate(context, pieces[i].data, pieces[i].len) == 1;
        return good && EVP_DigestVerifyFinal(context, signature.data, signature.len) == 1;
}

SigcryptResult sigcrypt_check(Span key, KeyKind kind, HashKind hash, const Span *pieces, size_t n,
                              Span signature)
{
        EVP_PKEY *public_key = read_key(key, kind);
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        SigcryptResult result = !public_key ? SIGCRYPT_NO_KEY
                                : context && holds(context, public_key, kind, hash, pieces, n, signature)
                                        ? SIGCRYPT_HOLDS
                                        : SIGCRYPT_BROKEN;
        EVP_MD_CTX_free(context);
        EVP_PKEY_free(public_key);
        ERR_clear_error();
        return result;
}

static bool has_unknown_critical(const X509 *certificate)
{
        for (int i = 0; i < X509_get_ext_count(certificate); i++) {
                X509_EXTENSION *extension = X509_get_ext(certificate, i);
                if (X509_EXTENSION_get_critical(extension) && !X509_supported_extension(extension))
                        return true;
        }
        return false;
}

static bool usage_allows(const X509 *certificate)
{
        int found = -1;
        ASN1_BIT_STRING *usage = X509_get_ext_d2i(certificate, NID_key_usage, &found, NULL);
        bool allows =
                usage ? ASN1_BIT_STRING_get_bit(usage, 0) || ASN1_BIT_STRING_get_bit(usage, 1) : found == -1;
        ASN1_BIT_STRING_free(usage);
        return allows; /* bits 0 and 1: digitalSignature, nonRepudiation */
}

CertificateUse sigcrypt_certificate(Span der)
{
        const unsigned char *at = der.data;
        X509 *parsed = d2i_X509(NULL, &at, (long)der.len);
        CertificateUse use = CERTIFICATE_BROKEN;
        struct tm when;
        if (parsed && ASN1_TIME_to_tm(X509_get0_notBefore(parsed), &when) == 1 &&
            ASN1_TIME_to_tm(X509_get0_notAfter(parsed), &when) == 1)
                use = has_unknown_critical(parsed) || !usage_allows(parsed) ? CERTIFICATE_READS
                                                                            : CERTIFICATE_FOR_SIGNATURES;
        X509_free(parsed);
        ERR_clear_error();
        return use;
}
