/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a signature: those that start like DER as the PKCS#7 of META-INF/X.RSA, like a ZIP as an APK,
 * everything else as an APK Signing Block. */
#include "analyzer/apk/certificate.h"
#include "analyzer/apk/pkcs7.h"
#include "analyzer/apk/signer.h"
#include "core/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_pkcs7(Span bytes, Arena *arena)
{
        g_autoptr(GError) error = NULL;
        Span der;
        Certificate certificate;
        if (pkcs7_first_certificate(bytes, &der, &error) != (error == NULL))
                g_error("neither a certificate nor a reason");
        if (error)
                return;
        if (der.data < bytes.data || der.len > bytes.len || !certificate_read(der, &certificate))
                g_error("a certificate that is none");
        const char *name = certificate_name(certificate.subject, arena);
        if (name && !g_utf8_validate(name, -1, NULL))
                g_error("a name that is no text");
}

static void read_apk(Span bytes, Arena *arena, Facts *facts)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Zip) zip = zip_over(bytes, arena, &error);
        if (zip)
                signer_read(zip, arena, facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Span bytes = span_of(data, size);
        g_autoptr(Arena) arena = arena_new();
        Facts *facts = record_new(arena, Facts, facts__init);
        if (size > 0 && data[0] == 0x30)
                read_pkcs7(bytes, arena);
        else if (size > 0 && data[0] == 'P')
                read_apk(bytes, arena, facts);
        else
                signer_block(bytes, arena, facts);
        for (size_t i = 0; i < facts->n_signers; i++)
                if (!hex_is_sha256(facts->signers[i]->sha256))
                        g_error("signer %zu is no digest", i);
        g_autoptr(GBytes) packed = record_pack(facts);
        return g_bytes_get_size(packed) > 0 ? 0 : -1;
}
