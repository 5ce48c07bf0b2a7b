/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as something whose signature is checked: those that start like a ZIP as an APK, like DER as the
 * PKCS#7 of a v1 signature, with a letter as a list of signed files or (L) a rotation history, everything
 * else as an APK Signing Block. */
#include "analyzer/apk/blockverify.h"
#include "analyzer/apk/certificate.h"
#include "analyzer/apk/jardigest.h"
#include "analyzer/apk/jarsigner.h"
#include "analyzer/apk/lineage.h"
#include "analyzer/apk/signer.h"
#include "analyzer/apk/sigverify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_apk(Span bytes, Arena *arena)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Zip) zip = zip_over(bytes, arena, &error);
        if (!zip)
                return;
        Facts *facts = record_new(arena, Facts, facts__init);
        facts->has_min_sdk = facts->has_target_sdk = true;
        facts->min_sdk = bytes.data[bytes.len / 2] % 40; /* levels that differ in what they look at */
        facts->target_sdk = facts->min_sdk + 4;
        signer_read(zip, arena, facts);
        bool good = sigverify(zip, arena, facts);
        if (facts->n_verification == 0 ||
            good != g_str_has_prefix(facts->verification[0]->result, "verified:"))
                g_error("the rows do not say what the answer says");
        sigverify_bundle(zip, arena, facts);
        g_autoptr(GBytes) packed = record_pack(facts);
        if (g_bytes_get_size(packed) == 0)
                g_error("no facts");
}

static void check_pkcs7(Span bytes, Arena *arena)
{
        SigCheck check = {.arena = arena, .scheme = "v1"};
        Span certificate;
        if (jarsigner_check(bytes, span_str("Signature-Version: 1.0\n"), 24, "X.RSA", &check, &certificate) ==
            (check.result != NULL))
                g_error("neither a certificate nor a reason");
}

static void check_list(Span bytes, Arena *arena)
{
        Cursor c = cursor_over(bytes);
        JarSection section;
        size_t n, before = 0;
        while (jarfile_next(&c, arena, &section)) {
                if (c.at <= before)
                        g_error("a section without bytes");
                before = c.at;
                jardigest_fits(&section, "-Digest", section.name, 9 + (int)(c.at % 12), arena, &n);
        }
        jarfile_promised(bytes, arena);
}

static void check_block(Span bytes, Arena *arena)
{
        Span values[SIGN_SCHEMES] = {0};
        Contents contents = {.entries = bytes, .directory = span_from(bytes, bytes.len), .end = bytes};
        if (bytes.len < 22)
                return;
        Cursor pairs = signblock_pairs(bytes);
        SignPair pair;
        while (signblock_pair(&pairs, &pair))
                for (size_t i = 0; i < SIGN_SCHEMES; i++)
                        if (sign_schemes[i].id == pair.id)
                                values[i] = pair.value;
        BlockInput in = {.values = values, .contents = &contents, .min_sdk = 24};
        for (size_t i = 0; i < SIGN_SCHEMES; i++) {
                SigCheck check = {.arena = arena, .scheme = sign_schemes[i].name};
                if (values[i].data)
                        blockverify(&in, i, &check);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Span bytes = span_of(data, size);
        size_t length = 0;
        g_autoptr(Arena) arena = arena_new();
        if (size > 0 && data[0] == 0x30)
                check_pkcs7(bytes, arena);
        else if (size > 0 && data[0] == 'P')
                check_apk(bytes, arena);
        else if (size > 0 && data[0] == 'L')
                lineage_check(span_from(bytes, 1), span_from(bytes, size / 2), &length);
        else if (size > 0 && g_ascii_isupper(data[0]))
                check_list(bytes, arena);
        else
                check_block(bytes, arena);
        return 0;
}
