/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/sigalgorithm.h"

#include <glib.h>

static const SigAlgorithm algorithms[] = {
        {0x0101, "RSA-PSS with SHA-256", KEY_RSA_PSS, HASH_SHA256, CONTENT_SHA256},
        {0x0102, "RSA-PSS with SHA-512", KEY_RSA_PSS, HASH_SHA512, CONTENT_SHA512},
        {0x0103, "RSA with SHA-256", KEY_RSA, HASH_SHA256, CONTENT_SHA256},
        {0x0104, "RSA with SHA-512", KEY_RSA, HASH_SHA512, CONTENT_SHA512},
        {0x0201, "ECDSA with SHA-256", KEY_EC, HASH_SHA256, CONTENT_SHA256},
        {0x0202, "ECDSA with SHA-512", KEY_EC, HASH_SHA512, CONTENT_SHA512},
        {0x0301, "DSA with SHA-256", KEY_DSA, HASH_SHA256, CONTENT_SHA256},
        {0x0421, "RSA with SHA-256, verity", KEY_RSA, HASH_SHA256, CONTENT_VERITY},
        {0x0423, "ECDSA with SHA-256, verity", KEY_EC, HASH_SHA256, CONTENT_VERITY},
        {0x0425, "DSA with SHA-256, verity", KEY_DSA, HASH_SHA256, CONTENT_VERITY}};

const SigAlgorithm *sigalgorithm(uint32_t id)
{
        for (size_t i = 0; i < G_N_ELEMENTS(algorithms); i++)
                if (algorithms[i].id == id)
                        return &algorithms[i];
        return NULL;
}

SigcryptResult sigalgorithm_check(const SigAlgorithm *algorithm, Span key, Span signed_data, Span signature)
{
        return sigcrypt_check(key, algorithm->key, algorithm->hash, &signed_data, 1, signature);
}
