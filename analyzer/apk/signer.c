/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/signer.h"

#include "core/cursor.h"
#include "core/digest.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#define BLOCK_MAGIC "APK Sig Block 42"

enum {
        BLOCK_TAIL = 24,      /* u64 size, magic */
        CHANNEL_SHOWN = 200,  /* bytes of a channel's text */
        HISTORY_LIMIT = 64,   /* certificates of a rotation history */
        ROTATION = 0x3ba06f8c /* attribute of a v3 signer */
};

/* One APK's signers while they are gathered. */
typedef struct {
        Arena *arena;
        Facts *facts;
        char history[HISTORY_LIMIT][SHA256_HEX_SIZE]; /* earlier certificates that a rotation vouches for */
        size_t n_history;
} Reader;

typedef struct {
        const char *name;
        uint32_t id;
        bool has_sdk_range; /* v3 and later */
} Scheme;

static const Scheme schemes[] = {
        {"v3.1", 0x1b93ad61, true}, {"v3", 0xf05368c0, true}, {"v2", 0x7109871a, false}}; /* best first */

static const struct {
        const char *builder;
        uint32_t id;
} channels[] = {{"walle", 0x71777777}, {"vasdolly", 0x881155ff}, {"packer-ng", 0x7a786b21}};

static void note(Reader *reader, const char *code, const char *detail)
{
        Facts *facts = reader->facts;
        for (size_t i = 0; i < facts->n_anomalies; i++)
                if (strcmp(facts->anomalies[i]->code, code) == 0)
                        return;
        Anomaly *anomaly = record_new(reader->arena, Anomaly, anomaly__init);
        anomaly->code = arena_str(reader->arena, code);
        anomaly->detail = arena_str(reader->arena, detail);
        arena_push(reader->arena, &facts->n_anomalies, &facts->anomalies, anomaly);
}

static void add_signer(Reader *reader, const char *scheme, const char *sha256)
{
        Facts *facts = reader->facts;
        size_t same = 0;
        for (size_t i = 0; i < facts->n_signers; i++)
                same += strcmp(facts->signers[i]->scheme, scheme) == 0;
        if (same >= SIGNER_LIMIT) {
                note(reader, "signer-limit", scheme);
                return;
        }
        Signer *signer = record_new(reader->arena, Signer, signer__init);
        signer->scheme = arena_str(reader->arena, scheme);
        signer->sha256 = arena_str(reader->arena, sha256);
        arena_push(reader->arena, &facts->n_signers, &facts->signers, signer);
}

/* ---- APK Signing Block */

bool signer_find_block(Span file, size_t directory_offset, Span *block)
{
        *block = (Span){NULL, 0};
        if (directory_offset > file.len || directory_offset < BLOCK_TAIL + 8)
                return true;
        Cursor c = cursor_at(file, directory_offset - BLOCK_TAIL);
        uint64_t size = cursor_u64(&c);
        if (!span_eq_str(cursor_take(&c, strlen(BLOCK_MAGIC)), BLOCK_MAGIC))
                return true;
        if (size < BLOCK_TAIL || size > directory_offset - 8)
                return false;
        size_t start = directory_offset - (size_t)size - 8;
        c = cursor_at(file, start);
        if (cursor_u64(&c) != size)
                return false;
        *block = span_part(file, start, (size_t)size + 8);
        return true;
}

static Span take_sized(Cursor *c) /* u32 length, then as many bytes */
{
        return cursor_take(c, cursor_u32(c));
}

static bool certificate_is_readable(Span der)
{
        const unsigned char *at = der.data;
        X509 *certificate = d2i_X509(NULL, &at, (long)der.len);
        ERR_clear_error();
        X509_free(certificate);
        return certificate != NULL;
}

/* The value of a proof-of-rotation attribute: u32 version, then nodes, oldest first; each holds signed data
 * that begin with a certificate. */
static bool read_history(Reader *reader, Span value)
{
        Cursor c = cursor_over(value);
        cursor_u32(&c);
        while (c.ok && cursor_left(&c) > 0 && reader->n_history < HISTORY_LIMIT) {
                Cursor node = cursor_over(take_sized(&c));
                Cursor signed_data = cursor_over(take_sized(&node));
                Span certificate = take_sized(&signed_data);
                if (!signed_data.ok || !node.ok)
                        return false;
                digest_sha256_hex(certificate, reader->history[reader->n_history++]);
        }
        return c.ok;
}

static bool read_attributes(Reader *reader, Span attributes)
{
        Cursor c = cursor_over(attributes);
        while (c.ok && cursor_left(&c) > 0) {
                Cursor attribute = cursor_over(take_sized(&c));
                uint32_t id = cursor_u32(&attribute);
                if (id != ROTATION)
                        continue;
                note(reader, "signer-rotated", NULL);
                if (!attribute.ok || !read_history(reader, span_from(attribute.over, attribute.at)))
                        return false;
        }
        return c.ok;
}

static bool read_signer(Reader *reader, const Scheme *scheme, Span signer)
{
        Cursor c = cursor_over(signer);
        Cursor signed_data = cursor_over(take_sized(&c));
        take_sized(&signed_data); /* digests of the contents */
        Cursor certificates = cursor_over(take_sized(&signed_data));
        Span certificate = take_sized(&certificates);
        if (!c.ok || !signed_data.ok || certificate.len == 0 || certificate.len > SIGNER_CERTIFICATE_LIMIT)
                return false;
        char sha256[SHA256_HEX_SIZE];
        digest_sha256_hex(certificate, sha256);
        add_signer(reader, scheme->name, sha256);
        if (!certificate_is_readable(certificate))
                note(reader, "signer-certificate-unreadable", scheme->name);
        if (!scheme->has_sdk_range)
                return true;
        cursor_skip(&signed_data, 8); /* the SDK levels this signer speaks for */
        Span attributes = take_sized(&signed_data);
        return signed_data.ok && read_attributes(reader, attributes);
}

static void read_scheme(Reader *reader, const Scheme *scheme, Span value)
{
        Cursor outer = cursor_over(value);
        Cursor c = cursor_over(take_sized(&outer));
        unsigned n = 0;
        bool good = outer.ok;
        while (good && cursor_left(&c) > 0 && n <= SIGNER_LIMIT) {
                n++;
                Span signer = take_sized(&c);
                good = c.ok && read_signer(reader, scheme, signer);
        }
        if (!good)
                note(reader, "signer-malformed",
                     arena_printf(reader->arena, "%s signer %u cannot be read", scheme->name, n));
        else if (n == 0)
                note(reader, "signer-malformed",
                     arena_printf(reader->arena, "%s block without a signer", scheme->name));
}

static void note_channel(Reader *reader, uint32_t id, Span value)
{
        for (size_t i = 0; i < G_N_ELEMENTS(channels); i++)
                if (channels[i].id == id) {
                        char *text =
                                arena_utf8(reader->arena, span_part(value, 0, MIN(value.len, CHANNEL_SHOWN)));
                        note(reader, "channel-block",
                             arena_printf(reader->arena, "%s: %s", channels[i].builder, text));
                }
}

/* Pairs of u64 length, u32 id and value stand between the two size fields; of several with one id the first
 * counts. */
static void read_block(Reader *reader, Span block)
{
        Span values[G_N_ELEMENTS(schemes)] = {0};
        Cursor c = cursor_over(span_part(block, 8, block.len - MIN(block.len, 8 + BLOCK_TAIL)));
        while (c.ok && cursor_left(&c) > 0) {
                uint64_t size = cursor_u64(&c);
                Cursor pair = cursor_over(cursor_take(&c, size <= SIZE_MAX ? (size_t)size : SIZE_MAX));
                uint32_t id = cursor_u32(&pair);
                if (!c.ok || !pair.ok) {
                        note(reader, "signing-block-malformed", "a pair ends past the block");
                        break;
                }
                Span value = span_from(pair.over, pair.at);
                for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
                        if (schemes[i].id == id && !values[i].data)
                                values[i] = value;
                note_channel(reader, id, value);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
                if (values[i].data)
                        read_scheme(reader, &schemes[i], values[i]);
}

/* ---- v1: META-INF/X.RSA beside META-INF/X.SF */

static X509 *signer_certificate(CMS_ContentInfo *cms, STACK_OF(X509) * certificates)
{
        STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
        for (int s = 0; s < sk_CMS_SignerInfo_num(signers); s++)
                for (int i = 0; i < sk_X509_num(certificates); i++) {
                        X509 *certificate = sk_X509_value(certificates, i);
                        if (CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(signers, s), certificate) == 0)
                                return certificate;
                }
        return NULL;
}

static bool digest_certificate(X509 *certificate, char sha256[SHA256_HEX_SIZE])
{
        unsigned char *der = NULL;
        int size = certificate ? i2d_X509(certificate, &der) : 0;
        if (size > 0)
                digest_sha256_hex(span_of(der, (size_t)size), sha256);
        OPENSSL_free(der);
        return size > 0;
}

bool signer_pkcs7(Span der, char sha256[SHA256_HEX_SIZE], GError **error)
{
        if (der.len > SIGNER_PKCS7_LIMIT)
                return fault(error, FAULT_LIMIT, "signature of %zu bytes, at most %d are read", der.len,
                             SIGNER_PKCS7_LIMIT);
        const unsigned char *at = der.data;
        CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.len);
        bool is_signed = cms && OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed;
        STACK_OF(X509) *certificates = is_signed ? CMS_get1_certs(cms) : NULL;
        bool found = certificates && digest_certificate(signer_certificate(cms, certificates), sha256);
        sk_X509_pop_free(certificates, X509_free);
        CMS_ContentInfo_free(cms);
        ERR_clear_error();
        if (found)
                return true;
        return fault(error, FAULT_MALFORMED, "%zu bytes: %s", der.len,
                     is_signed ? "no certificate of the signer among them" : "no PKCS#7 signature");
}

static bool name_is(Span name, Span wanted) /* either case, as Android compares names under META-INF/ */
{
        return name.len == wanted.len &&
               g_ascii_strncasecmp((const char *)name.data, (const char *)wanted.data, name.len) == 0;
}

/* "META-INF/CERT" when `name` is that of a signature file straight under META-INF/, else the empty span. */
static Span signature_stem(Span name)
{
        static const char *const endings[] = {".RSA", ".DSA", ".EC"};
        const size_t folder = strlen("META-INF/");
        if (name.len <= folder || !name_is(span_part(name, 0, folder), span_str("META-INF/")) ||
            memchr(name.data + folder, '/', name.len - folder))
                return (Span){NULL, 0};
        for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
                size_t n = strlen(endings[i]);
                if (name.len > folder + n && name_is(span_from(name, name.len - n), span_str(endings[i])))
                        return span_part(name, 0, name.len - n);
        }
        return (Span){NULL, 0};
}

static bool has_signed_list(const Zip *zip, Span stem)
{
        for (size_t i = 0; i < zip_count(zip); i++) {
                Span name = zip_at(zip, i)->name;
                if (name.len == stem.len + 3 && name_is(span_part(name, 0, stem.len), stem) &&
                    name_is(span_from(name, stem.len), span_str(".SF")))
                        return true;
        }
        return false;
}

static void read_signature_file(Reader *reader, Zip *zip, const ZipEntry *entry)
{
        g_autoptr(GError) error = NULL;
        Span der;
        char sha256[SHA256_HEX_SIZE];
        if (zip_read(zip, entry, SIGNER_PKCS7_LIMIT, reader->arena, &der, &error) &&
            signer_pkcs7(der, sha256, &error))
                add_signer(reader, "v1", sha256);
        else
                note(reader, "signer-v1-malformed",
                     arena_printf(reader->arena, "%s: %s", arena_utf8(reader->arena, entry->name),
                                  error->message));
}

static void read_v1(Reader *reader, Zip *zip)
{
        unsigned n = 0;
        for (size_t i = 0; i < zip_count(zip); i++) {
                const ZipEntry *entry = zip_at(zip, i);
                Span stem = signature_stem(entry->name);
                if (stem.len == 0 || !has_signed_list(zip, stem))
                        continue;
                if (++n > SIGNER_PKCS7_FILES) {
                        note(reader, "signer-limit", "v1");
                        break;
                }
                read_signature_file(reader, zip, entry);
        }
}

/* ---- do the schemes agree? */

static bool scheme_names(const Facts *facts, const char *scheme, const char *sha256)
{
        for (size_t i = 0; i < facts->n_signers; i++)
                if (strcmp(facts->signers[i]->scheme, scheme) == 0 &&
                    strcmp(facts->signers[i]->sha256, sha256) == 0)
                        return true;
        return false;
}

static bool history_names(const Reader *reader, const char *sha256)
{
        for (size_t i = 0; i < reader->n_history; i++)
                if (strcmp(reader->history[i], sha256) == 0)
                        return true;
        return false;
}

/* Every other scheme names the certificates of the best one, no more and no fewer, or earlier ones of its
 * history. */
static void compare_schemes(Reader *reader)
{
        const Facts *facts = reader->facts;
        const char *best = facts->n_signers ? facts->signers[0]->scheme : "";
        for (size_t i = 0; i < facts->n_signers; i++) {
                const Signer *signer = facts->signers[i];
                bool known =
                        scheme_names(facts, best, signer->sha256) || history_names(reader, signer->sha256);
                for (size_t j = 0; known && reader->n_history == 0 && j < facts->n_signers; j++)
                        if (strcmp(facts->signers[j]->scheme, best) == 0)
                                known = scheme_names(facts, signer->scheme, facts->signers[j]->sha256);
                if (!known)
                        note(reader, "signers-differ",
                             arena_printf(reader->arena, "%s and %s name different certificates", best,
                                          signer->scheme));
        }
}

void signer_block(Span block, Arena *arena, Facts *facts)
{
        Reader reader = {.arena = arena, .facts = facts};
        read_block(&reader, block);
        compare_schemes(&reader);
}

void signer_read(Zip *zip, Arena *arena, Facts *facts)
{
        Reader reader = {.arena = arena, .facts = facts};
        Span block;
        if (signer_find_block(zip_bytes(zip), zip_directory_offset(zip), &block))
                read_block(&reader, block);
        else
                note(&reader, "signing-block-malformed", "its sizes do not fit the file");
        read_v1(&reader, zip);
        compare_schemes(&reader);
        if (facts->n_signers == 0)
                note(&reader, "unsigned", NULL);
}
