/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/jarsign.h"

#include "crawler/markets/manifest.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <zip.h>

#define MANIFEST "META-INF/MANIFEST.MF"

enum { PIECE = 64 * 1024 };

/* ---- the zip
 * ---------------------------------------------------------------------------------------------------- */

static zip_t *open_zip(Span jar, GError **error)
{
        zip_error_t cause;
        zip_error_init(&cause);
        zip_source_t *source = zip_source_buffer_create(jar.data, jar.len, 0, &cause);
        zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &cause) : NULL;
        if (!zip) {
                fault(error, FAULT_MALFORMED, "no zip archive: %s", zip_error_strerror(&cause));
                zip_source_free(source);
        }
        zip_error_fini(&cause);
        return zip;
}

static bool names_are_single(zip_t *zip, GError **error)
{
        zip_int64_t n = zip_get_num_entries(zip, 0);
        if (n > JAR_ENTRIES)
                return fault(error, FAULT_LIMIT, "%lld entries, at most %d are read", (long long)n,
                             JAR_ENTRIES);
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (zip_int64_t i = 0; i < n; i++) {
                const char *name = zip_get_name(zip, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
                if (!name)
                        return fault(error, FAULT_MALFORMED, "entry %lld has no name", (long long)i);
                if (!g_hash_table_add(seen, g_ascii_strdown(name, -1)))
                        return fault(error, FAULT_SIGNATURE, "two entries are named %.100s", name);
        }
        return true;
}

static bool is_signature_block(const char *name)
{
        if (g_ascii_strncasecmp(name, "META-INF/", 9) != 0 || strchr(name + 9, '/'))
                return false;
        const char *dot = strrchr(name + 9, '.');
        return dot && dot > name + 9 &&
               (!g_ascii_strcasecmp(dot, ".RSA") || !g_ascii_strcasecmp(dot, ".DSA") ||
                !g_ascii_strcasecmp(dot, ".EC"));
}

static const char *find_block(zip_t *zip,
                              GError **error) /* borrowed from zip; NULL unless there is exactly one */
{
        const char *found = NULL;
        zip_int64_t n = zip_get_num_entries(zip, 0);
        for (zip_int64_t i = 0; i < n; i++) {
                const char *name = zip_get_name(zip, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
                if (!is_signature_block(name))
                        continue;
                if (found) {
                        fault(error, FAULT_SIGNATURE,
                              "two signature blocks, %.100s and %.100s: exactly one is expected", found,
                              name);
                        return NULL;
                }
                found = name;
        }
        if (!found)
                fault(error, FAULT_SIGNATURE, "not signed: there is no META-INF/*.RSA, *.DSA or *.EC");
        return found;
}

/* Inflates an entry to its end (libzip checks its CRC there), keeping at most `room` bytes; counts all of
 * them. */
static bool inflate(zip_t *zip, zip_uint64_t index, uint8_t *out, size_t room, size_t limit, size_t *len,
                    GError **error)
{
        zip_file_t *file = zip_fopen_index(zip, index, 0);
        if (!file)
                return fault(error, FAULT_MALFORMED, "%s", zip_strerror(zip));
        g_autofree uint8_t *piece = g_malloc(PIECE);
        zip_int64_t got;
        for (*len = 0; (got = zip_fread(file, piece, PIECE)) > 0 && *len <= limit; *len += (size_t)got) {
                if (*len < room)
                        memcpy(out + *len, piece, MIN((size_t)got, room - *len));
        }
        bool ok = true;
        if (got < 0)
                ok = fault(error, FAULT_MALFORMED, "%s", zip_file_strerror(file));
        else if (*len > limit)
                ok = fault(error, FAULT_LIMIT, "more than %zu bytes", limit);
        zip_fclose(file);
        return ok;
}

/* Reads twice: once to learn the true length, which the directory only claims, once into memory of that
 * length. */
static bool read_entry(zip_t *zip, const char *name, zip_flags_t match, size_t limit, Arena *arena, Span *out,
                       GError **error)
{
        zip_int64_t index = zip_name_locate(zip, name, match | ZIP_FL_ENC_RAW);
        if (index < 0)
                return fault(error, FAULT_SIGNATURE, "%.100s is missing", name);
        size_t len = 0, again = 0;
        bool ok = inflate(zip, (zip_uint64_t)index, NULL, 0, limit, &len, error);
        uint8_t *bytes = ok ? arena_alloc(arena, len) : NULL;
        ok = ok && inflate(zip, (zip_uint64_t)index, bytes, len, limit, &again, error);
        if (!ok) {
                g_prefix_error(error, "%.100s: ", name);
                return false;
        }
        *out = span_of(bytes, MIN(len, again));
        return true;
}

/* ---- the signature block
 * ---------------------------------------------------------------------------------------- */

static const char *openssl_story(void)
{
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        return reason ? reason : "refused by OpenSSL";
}

static bool digest_is_strong(CMS_SignerInfo *signer, bool sha1, GError **error)
{
        X509_ALGOR *digest = NULL;
        CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);
        const ASN1_OBJECT *object = NULL;
        X509_ALGOR_get0(&object, NULL, NULL, digest);
        int nid = OBJ_obj2nid(object);
        if (nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512 || (sha1 && nid == NID_sha1))
                return true;
        const char *name = nid == NID_undef ? "an unknown algorithm" : OBJ_nid2sn(nid);
        return fault(error, FAULT_SIGNATURE, "signed over %s, %s is demanded", name,
                     sha1 ? "SHA-1 or better" : "SHA-256 or better");
}

static bool only_certificate(CMS_ContentInfo *cms, Arena *arena, Span *der, GError **error)
{
        STACK_OF(X509) *all = CMS_get1_certs(cms);
        int n = all ? sk_X509_num(all) : 0;
        bool ok = n == 1;
        if (!ok)
                fault(error, FAULT_SIGNATURE, "holds %d certificates, exactly one is expected", n);
        unsigned char *encoded = NULL;
        int len = ok ? i2d_X509(sk_X509_value(all, 0), &encoded) : 0;
        if (ok && len < JAR_CERTIFICATE_LEAST)
                ok = fault(error, FAULT_SIGNATURE, "its certificate has %d bytes, at least %d are expected",
                           len, JAR_CERTIFICATE_LEAST);
        if (ok) {
                uint8_t *copy = arena_alloc(arena, (size_t)len);
                memcpy(copy, encoded, (size_t)len);
                *der = span_of(copy, (size_t)len);
        }
        OPENSSL_free(encoded);
        sk_X509_pop_free(all, X509_free);
        return ok;
}

static bool check_cms(CMS_ContentInfo *cms, Span signed_bytes, bool sha1, Arena *arena, Span *der,
                      GError **error)
{
        STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms); /* NULL: not signed data */
        int n = signers ? sk_CMS_SignerInfo_num(signers) : 0;
        if (n != 1)
                return fault(error, FAULT_SIGNATURE, "holds %d signers, exactly one is expected", n);
        if (CMS_is_detached(cms) != 1)
                return fault(error, FAULT_SIGNATURE, "carries signed content of its own");
        if (!only_certificate(cms, arena, der, error) ||
            !digest_is_strong(sk_CMS_SignerInfo_value(signers, 0), sha1, error))
                return false;
        BIO *content = BIO_new_mem_buf(signed_bytes.len ? (const void *)signed_bytes.data : "",
                                       (int)signed_bytes.len);
        int verified = CMS_verify(cms, NULL, NULL, content, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY);
        BIO_free(content);
        if (verified != 1)
                return fault(error, FAULT_SIGNATURE, "does not sign the .SF file: %s", openssl_story());
        return true;
}

static bool verify_block(Span block, Span signed_bytes, bool sha1, Arena *arena, Span *der, GError **error)
{
        ERR_clear_error();
        const unsigned char *at = block.data;
        CMS_ContentInfo *cms = block.len ? d2i_CMS_ContentInfo(NULL, &at, (long)block.len) : NULL;
        bool ok = cms ? check_cms(cms, signed_bytes, sha1, arena, der, error)
                      : fault(error, FAULT_SIGNATURE, "no CMS structure: %s", openssl_story());
        CMS_ContentInfo_free(cms);
        ERR_clear_error();
        return ok;
}

/* ---- the digests
 * ------------------------------------------------------------------------------------------------ */

static bool is_sha256(Span bytes, Span base64)
{
        uint8_t digest[SHA256_SIZE];
        digest_sha256(bytes, digest);
        g_autofree char *text = g_base64_encode(digest, sizeof digest);
        return span_eq_str(base64, text);
}

static bool is_sha1(Span bytes, Span base64)
{
        char text[32];
        return digest_sha1_base64(bytes, text) && span_eq_str(base64, text);
}

/* Does the strongest digest that the section states under `suffix` ("-Digest-Manifest") fit the bytes? */
static bool digest_fits(const ManifestSection *section, const char *suffix, Span bytes, bool sha1)
{
        g_autofree char *key256 = g_strconcat("SHA-256", suffix, NULL);
        Span stated = manifest_value(section, key256);
        if (stated.len || !sha1)
                return stated.len && is_sha256(bytes, stated);
        g_autofree char *key1 = g_strconcat("SHA1", suffix, NULL);
        stated = manifest_value(section, key1);
        return stated.len && is_sha1(bytes, stated);
}

static bool manifest_names_entry(Span manifest, const char *entry, Arena *arena, ManifestSection *out,
                                 GError **error)
{
        g_autoptr(GError) cause = NULL;
        if (manifest_section(manifest, entry, arena, out, &cause))
                return true;
        if (fault_is(cause, FAULT_NOT_FOUND))
                return fault(error, FAULT_SIGNATURE, MANIFEST ": %s is not signed: %s", entry,
                             cause->message);
        g_propagate_prefixed_error(error, g_steal_pointer(&cause), MANIFEST ": ");
        return false;
}

/* Step 3: the .SF vouches for the whole manifest, or else for the entry's section of it. */
static bool signature_file_fits(Span sf, Span manifest, const ManifestSection *section, const JarRule *rule,
                                Arena *arena, GError **error)
{
        ManifestSection main_section, own;
        if (!manifest_section(sf, NULL, arena, &main_section, error))
                return false;
        if (digest_fits(&main_section, "-Digest-Manifest", manifest, rule->sha1))
                return true;
        g_autoptr(GError) cause = NULL;
        if (manifest_section(sf, rule->entry, arena, &own, &cause)) {
                if (digest_fits(&own, "-Digest", section->raw, rule->sha1))
                        return true;
        } else if (!fault_is(cause, FAULT_NOT_FOUND)) {
                g_propagate_error(error, g_steal_pointer(&cause));
                return false;
        }
        const char *kind = rule->sha1 && !manifest_value(&main_section, "SHA-256-Digest-Manifest").len
                                   ? "SHA1"
                                   : "SHA-256";
        return fault(
                error, FAULT_SIGNATURE,
                "%s-Digest-Manifest does not match MANIFEST.MF, and no %s-Digest matches its section of %s",
                kind, kind, rule->entry);
}

static bool ends_with(Span text, const char *tail)
{
        size_t n = strlen(tail);
        return text.len >= n && g_ascii_strncasecmp((const char *)text.data + text.len - n, tail, n) == 0;
}

static bool key_is(Span key, const char *name)
{
        return key.len == strlen(name) && ends_with(key, name);
}

/* MD5 is refused always; SHA-1 too unless the rule admits it, which then admits SHA-1 and SHA-256 and nothing
 * else. */
static bool digests_are_admitted(const ManifestSection *section, const JarRule *rule, GError **error)
{
        static const char *const weak[] = {"MD2-Digest", "MD5-Digest", "SHA-Digest", "SHA1-Digest",
                                           "SHA-1-Digest"};
        for (size_t i = 0; i < section->n; i++) {
                Span key = section->keys[i];
                bool refused = rule->sha1 && ends_with(key, "-Digest") && !key_is(key, "SHA1-Digest") &&
                               !key_is(key, "SHA-256-Digest");
                for (size_t j = 0; j < G_N_ELEMENTS(weak) && !rule->sha1; j++)
                        refused |= key_is(key, weak[j]);
                if (refused)
                        return fault(error, FAULT_SIGNATURE,
                                     MANIFEST ": %.*s of %s is refused, SHA-256%s is demanded",
                                     (int)MIN(key.len, 64), (const char *)key.data, rule->entry,
                                     rule->sha1 ? " or SHA-1" : "");
        }
        return true;
}

/* Step 4: the manifest's section vouches for the entry, by every digest it states of those that are admitted.
 */
static bool entry_fits(const ManifestSection *section, Span entry, const JarRule *rule, GError **error)
{
        if (!digests_are_admitted(section, rule, error))
                return false;
        Span sha256 = manifest_value(section, "SHA-256-Digest");
        Span sha1 = rule->sha1 ? manifest_value(section, "SHA1-Digest") : (Span){NULL, 0};
        if (!sha256.len && !sha1.len)
                return fault(error, FAULT_SIGNATURE, MANIFEST ": states no SHA-256-Digest of %s",
                             rule->entry);
        if ((sha256.len && !is_sha256(entry, sha256)) || (sha1.len && !is_sha1(entry, sha1)))
                return fault(error, FAULT_SIGNATURE, MANIFEST ": %s-Digest does not match %s",
                             sha256.len ? "SHA-256" : "SHA1", rule->entry);
        return true;
}

/* Step 5: who signed. */
static bool signer_is_pinned(Span der, const JarRule *rule, char fingerprint[SHA256_HEX_SIZE], GError **error)
{
        digest_sha256_hex(der, fingerprint);
        if (rule->certificate.len && !span_eq(der, rule->certificate)) {
                char pinned[SHA256_HEX_SIZE];
                digest_sha256_hex(rule->certificate, pinned);
                return fault(
                        error, FAULT_SIGNATURE,
                        "signed by the certificate %s, but %s was pinned at first contact: the "
                        "repository changed its key, or this is not the repository. Ask its operator; if the "
                        "key is genuine, a market file of another name starts anew with it",
                        fingerprint, pinned);
        }
        if (g_ascii_strcasecmp(fingerprint, rule->fingerprint) != 0)
                return fault(error, FAULT_SIGNATURE,
                             "signed by the certificate %s, but the market file states the fingerprint %s",
                             fingerprint, rule->fingerprint);
        return true;
}

/* ---- all steps in order
 * ----------------------------------------------------------------------------------------- */

typedef struct {
        Span block, sf, manifest, entry;
        const char *block_name;
        char *sf_name; /* in the arena */
} JarParts;

static bool read_parts(zip_t *zip, const JarRule *rule, Arena *arena, JarParts *parts, GError **error)
{
        if (!names_are_single(zip, error) || !(parts->block_name = find_block(zip, error)))
                return false;
        parts->block_name = arena_str(arena, parts->block_name);
        int base = (int)(strrchr(parts->block_name, '.') - parts->block_name);
        parts->sf_name = arena_printf(arena, "%.*s.SF", base, parts->block_name);
        return read_entry(zip, parts->block_name, 0, JAR_META_BYTES, arena, &parts->block, error) &&
               read_entry(zip, parts->sf_name, ZIP_FL_NOCASE, JAR_META_BYTES, arena, &parts->sf, error) &&
               read_entry(zip, MANIFEST, ZIP_FL_NOCASE, JAR_META_BYTES, arena, &parts->manifest, error) &&
               read_entry(zip, rule->entry, 0, rule->entry_bytes, arena, &parts->entry, error);
}

static bool check_parts(const JarParts *parts, const JarRule *rule, Arena *arena, JarContent *out,
                        GError **error)
{
        ManifestSection section;
        if (!verify_block(parts->block, parts->sf, rule->sha1, arena, &out->certificate, error)) {
                g_prefix_error(error, "%.100s: ", parts->block_name);
                return false;
        }
        if (!manifest_names_entry(parts->manifest, rule->entry, arena, &section, error))
                return false;
        if (!signature_file_fits(parts->sf, parts->manifest, &section, rule, arena, error)) {
                g_prefix_error(error, "%.100s: ", parts->sf_name);
                return false;
        }
        out->entry = parts->entry;
        return entry_fits(&section, parts->entry, rule, error) &&
               signer_is_pinned(out->certificate, rule, out->fingerprint, error);
}

bool jarsign_read(Span jar, const JarRule *rule, Arena *arena, JarContent *out, GError **error)
{
        zip_t *zip = NULL;
        bool ok = jar.len <= rule->jar_bytes ? (zip = open_zip(jar, error)) != NULL
                                             : fault(error, FAULT_LIMIT, "%zu bytes, at most %zu are read",
                                                     jar.len, rule->jar_bytes);
        JarParts parts = {0};
        ok = ok && read_parts(zip, rule, arena, &parts, error);
        if (zip)
                zip_discard(zip);
        ok = ok && check_parts(&parts, rule, arena, out, error);
        if (!ok)
                g_prefix_error(error, "%s: ", rule->jar);
        return ok;
}

void jarsign_warm_up(void)
{
        static const char *const digests[] = {"SHA1", "SHA256", "SHA384", "SHA512"};
        static const char *const keys[] = {"RSA", "EC", "DSA"};
        OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(digests); i++)
                EVP_MD_free(EVP_MD_fetch(NULL, digests[i], NULL));
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
                EVP_KEYMGMT_free(EVP_KEYMGMT_fetch(NULL, keys[i], NULL));
                EVP_SIGNATURE_free(EVP_SIGNATURE_fetch(NULL, keys[i], NULL));
        }
}
