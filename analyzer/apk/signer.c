/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/signer.h"

#include "analyzer/apk/certificate.h"
#include "analyzer/apk/jarfile.h"
#include "analyzer/apk/pkcs7.h"
#include "analyzer/apk/signblock.h"
#include "analyzer/apk/signextra.h"

#include "core/digest.h"

/* One APK's signers while they are gathered. */
typedef struct {
        Arena *arena;
        Facts *facts;
        Span values[SIGN_SCHEMES]; /* of the block's pairs, by scheme */
        size_t n_extras;
} Reader;

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

/* NULL when the scheme has its ten signers. */
static Signer *add_signer(Reader *reader, const char *scheme, Span certificate)
{
        Facts *facts = reader->facts;
        size_t same = 0;
        for (size_t i = 0; i < facts->n_signers; i++)
                same += strcmp(facts->signers[i]->scheme, scheme) == 0;
        if (same >= SIGNER_LIMIT) {
                note(reader, "signer-limit", scheme);
                return NULL;
        }
        Signer *signer = record_new(reader->arena, Signer, signer__init);
        char sha256[SHA256_HEX_SIZE];
        digest_sha256_hex(certificate, sha256);
        signer->scheme = arena_str(reader->arena, scheme);
        signer->sha256 = arena_str(reader->arena, sha256);
        Certificate parts;
        if (certificate_read(certificate, &parts))
                signer->subject = certificate_name(parts.subject, reader->arena);
        else
                note(reader, "signer-certificate-unreadable", scheme);
        arena_push(reader->arena, &facts->n_signers, &facts->signers, signer);
        return signer;
}

/* ---- APK Signing Block */

static void add_right(Reader *reader, PastSigner *past, const char *right)
{
        arena_push(reader->arena, &past->n_may, &past->may, arena_str(reader->arena, right));
}

static void add_rights(Reader *reader, PastSigner *past, uint32_t flags)
{
        static const char *const names[] = {"installed-data", "shared-user-id", "permission", "rollback",
                                            "auth"};
        for (unsigned bit = 0; bit < 32; bit++) {
                if (!(flags >> bit & 1))
                        continue;
                add_right(reader, past,
                          bit < G_N_ELEMENTS(names) ? names[bit]
                                                    : arena_printf(reader->arena, "0x%x", 1u << bit));
        }
}

static bool read_lineage(Reader *reader, Span attribute, Signer *signer)
{
        Cursor nodes = signblock_lineage(attribute);
        SignAncestor node;
        while (signer->n_lineage < SIGNER_LINEAGE_LIMIT && signblock_ancestor(&nodes, &node)) {
                PastSigner *past = record_new(reader->arena, PastSigner, past_signer__init);
                char sha256[SHA256_HEX_SIZE];
                digest_sha256_hex(node.certificate, sha256);
                past->sha256 = arena_str(reader->arena, sha256);
                Certificate parts;
                if (certificate_read(node.certificate, &parts))
                        past->subject = certificate_name(parts.subject, reader->arena);
                add_rights(reader, past, node.flags);
                arena_push(reader->arena, &signer->n_lineage, &signer->lineage, past);
        }
        if (cursor_left(&nodes) > 0)
                note(reader, "signer-limit", "rotation history");
        return nodes.ok;
}

/* What a signature says of newer ones beside it, so that nobody takes them off unseen. */
static void check_promise(Reader *reader, const SignPair *attribute)
{
        Cursor c = cursor_over(attribute->value);
        uint32_t number = cursor_u32(&c);
        if (attribute->id == SIGN_ATTRIBUTE_SCHEME && number == 3 && !reader->values[SIGN_V3].data)
                note(reader, "signature-stripped", "the v2 signature says that a v3 one was there");
        if (attribute->id == SIGN_ATTRIBUTE_NEWER && !reader->values[SIGN_V31].data)
                note(reader, "signature-stripped",
                     arena_printf(reader->arena,
                                  "the v3 signature says that a v3.1 one counts from API level %u on",
                                  number));
}

static bool read_attributes(Reader *reader, Span attributes, Signer *signer)
{
        bool good = true;
        Cursor c = cursor_over(attributes);
        SignPair attribute;
        while (signblock_numbered(&c, &attribute)) {
                check_promise(reader, &attribute);
                if (attribute.id != SIGN_ATTRIBUTE_LINEAGE)
                        continue;
                note(reader, "signer-rotated", NULL);
                good = read_lineage(reader, attribute.value, signer) && good;
        }
        return c.ok && good;
}

static bool read_signer(Reader *reader, const SignScheme *scheme, Span item)
{
        SignSigner parts;
        SignData data;
        bool whole = signblock_signer(item, scheme, &parts);
        whole = signblock_data(parts.signed_data, scheme, &data) && whole;
        Cursor certificates = cursor_over(data.certificates);
        Span certificate = signblock_item(&certificates);
        if (certificate.len == 0 || certificate.len > SIGNER_CERTIFICATE_LIMIT)
                return false;
        Signer *signer = add_signer(reader, scheme->name, certificate);
        if (!signer || !whole)
                return whole;
        signer->has_min_sdk = scheme->has_levels;
        signer->min_sdk = data.min_sdk;
        signer->has_max_sdk = scheme->has_levels && data.max_sdk != SIGN_ANY_LEVEL;
        signer->max_sdk = data.max_sdk;
        return read_attributes(reader, data.attributes, signer);
}

static void read_scheme(Reader *reader, const SignScheme *scheme, Span value)
{
        Cursor c = signblock_list(value);
        unsigned n = 0;
        bool good = c.ok;
        while (good && cursor_left(&c) > 0 && n <= SIGNER_LIMIT) {
                n++;
                Span item = signblock_item(&c);
                good = c.ok && read_signer(reader, scheme, item);
        }
        if (!good)
                note(reader, "signer-malformed",
                     arena_printf(reader->arena, "%s signer %u cannot be read", scheme->name, n));
        else if (n == 0)
                note(reader, "signer-malformed",
                     arena_printf(reader->arena, "%s block without a signer", scheme->name));
}

static void add_extra(Reader *reader, SigningExtra *extra)
{
        if (reader->facts->n_signing_extras >= SIGNER_EXTRA_LIMIT) {
                note(reader, "signer-limit", "pairs of the signing block");
                return;
        }
        arena_push(reader->arena, &reader->facts->n_signing_extras, &reader->facts->signing_extras, extra);
        if (extra->text)
                note(reader, "channel-block",
                     arena_printf(reader->arena, "%s: %.200s", extra->name, extra->text));
}

/* Of several pairs with one id the first counts. */
static void read_block(Reader *reader, Span block)
{
        Cursor pairs = signblock_pairs(block);
        SignPair pair;
        while (signblock_pair(&pairs, &pair)) {
                size_t scheme = 0;
                while (scheme < SIGN_SCHEMES && sign_schemes[scheme].id != pair.id)
                        scheme++;
                if (scheme == SIGN_SCHEMES)
                        add_extra(reader, signextra_of_pair(pair.id, pair.value, reader->arena));
                else if (!reader->values[scheme].data)
                        reader->values[scheme] = pair.value;
        }
        if (!pairs.ok)
                note(reader, "signing-block-malformed", "a pair ends past the block");
        for (size_t i = 0; i < SIGN_SCHEMES; i++)
                if (reader->values[i].data)
                        read_scheme(reader, &sign_schemes[i], reader->values[i]);
}

void signer_block_range(const Zip *zip, uint64_t *from, uint64_t *to)
{
        uint64_t directory = *to = zip_directory_offset(zip);
        uint64_t tail = directory - MIN(directory, (uint64_t)SIGNBLOCK_TAIL);
        uint64_t size = SIGNER_BLOCK_USUAL;
        if (held_has(zip_held(zip), tail, directory))
                size = signblock_size(span_part(zip_bytes(zip), tail, directory - tail));
        *from = directory - MIN(directory, size);
}

static bool block_is_here(const Zip *zip)
{
        uint64_t from, to, tail = zip_directory_offset(zip) - MIN(zip_directory_offset(zip), SIGNBLOCK_TAIL);
        signer_block_range(zip, &from, &to);
        return held_has(zip_held(zip), MIN(from, tail), to);
}

bool signer_find_block(const Zip *zip, Span *block, const char **why)
{
        Span file = zip_bytes(zip);
        size_t directory = zip_directory_offset(zip), end = zip_end_offset(zip);
        *why = "signing-block-not-fetched";
        *block = (Span){NULL, 0};
        if (!block_is_here(zip))
                return false;
        *why = "signing-block-malformed";
        if (!signblock_find(file, directory, block))
                return false;
        Cursor c = cursor_at(file, end);
        cursor_skip(&c, 12);
        uint32_t size = cursor_u32(&c), offset = cursor_u32(&c);
        if (block->len == 0 || (c.ok && offset == directory && size == end - directory))
                return true;
        *why = "signing-block-unseen";
        *block = (Span){NULL, 0};
        return false;
}

/* ---- v1: META-INF/X.RSA beside META-INF/X.SF */

static bool name_is(Span name, Span wanted) /* either case, as Android compares names under META-INF/ */
{
        return name.len == wanted.len &&
               g_ascii_strncasecmp((const char *)name.data, (const char *)wanted.data, name.len) == 0;
}

/* "META-INF/CERT" when `name` is that of a signature straight under META-INF/, else the empty span. */
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

static const ZipEntry *signed_list(const Zip *zip, Span stem)
{
        for (size_t i = 0; i < zip_count(zip); i++) {
                Span name = zip_at(zip, i)->name;
                if (name.len == stem.len + 3 && name_is(span_part(name, 0, stem.len), stem) &&
                    name_is(span_from(name, stem.len), span_str(".SF")))
                        return zip_at(zip, i);
        }
        return NULL;
}

static void read_signature_file(Reader *reader, Zip *zip, const ZipEntry *entry)
{
        g_autoptr(GError) error = NULL;
        Span der, certificate;
        if (zip_read(zip, entry, PKCS7_LIMIT, reader->arena, &der, &error) &&
            pkcs7_first_certificate(der, &certificate, &error))
                add_signer(reader, "v1", certificate);
        else if (!fault_is(error, FAULT_NOT_FOUND))
                note(reader, "signer-v1-malformed",
                     arena_printf(reader->arena, "%s: %s", arena_utf8(reader->arena, entry->name),
                                  error->message));
}

/* A v1 signature names the newer ones that were made with it. Where one is there, its own attributes tell of
 * the others, and this list, which may be long, need not be unpacked. */
static void check_list(Reader *reader, Zip *zip, const ZipEntry *entry)
{
        g_autoptr(GError) error = NULL;
        Span list;
        if (reader->values[SIGN_V2].data || reader->values[SIGN_V3].data || reader->values[SIGN_V31].data)
                return;
        if (!zip_read(zip, entry, SIGNER_LIST_LIMIT, reader->arena, &list, &error)) {
                if (!fault_is(error, FAULT_NOT_FOUND))
                        note(reader, "signer-v1-malformed", error->message);
                return;
        }
        unsigned schemes = jarfile_promised(list, reader->arena);
        if (schemes)
                note(reader, "signature-stripped",
                     arena_printf(reader->arena, "the v1 signature says that a %s one was there",
                                  schemes & JARFILE_V3 ? "v3" : "v2"));
}

void signer_v1_entries(const Zip *zip, bool lists, Arena *arena, size_t *n, const ZipEntry ***entries)
{
        unsigned pairs = 0, names = 0;
        for (size_t i = 0; i < zip_count(zip) && pairs < SIGNER_PKCS7_FILES; i++) {
                const ZipEntry *entry = zip_at(zip, i);
                Span stem = signature_stem(entry->name);
                const ZipEntry *list =
                        stem.len && names++ < SIGNER_PKCS7_NAMES ? signed_list(zip, stem) : NULL;
                if (!list)
                        continue;
                pairs++;
                arena_push(arena, n, entries, entry);
                if (lists)
                        arena_push(arena, n, entries, list);
        }
}

bool signer_has_newer(const Zip *zip)
{
        Span block;
        const char *why;
        SignPair pair;
        if (!signer_find_block(zip, &block, &why))
                return false;
        for (Cursor pairs = signblock_pairs(block); signblock_pair(&pairs, &pair);) {
                for (size_t i = 0; i < SIGN_SCHEMES; i++) {
                        if (sign_schemes[i].id == pair.id && pair.value.data)
                                return true;
                }
        }
        return false;
}

static void read_v1(Reader *reader, Zip *zip)
{
        unsigned n = 0, names = 0;
        for (size_t i = 0; i < zip_count(zip); i++) {
                const ZipEntry *entry = zip_at(zip, i);
                Span stem = signature_stem(entry->name);
                const ZipEntry *list =
                        stem.len && names++ < SIGNER_PKCS7_NAMES ? signed_list(zip, stem) : NULL;
                n += list != NULL;
                if (n > SIGNER_PKCS7_FILES || names > SIGNER_PKCS7_NAMES) {
                        note(reader, "signer-limit", "v1");
                        break;
                }
                if (!list)
                        continue;
                read_signature_file(reader, zip, entry);
                check_list(reader, zip, list);
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

static bool history_names(const Facts *facts, const char *sha256)
{
        for (size_t i = 0; i < facts->n_signers; i++)
                for (size_t k = 0; k < facts->signers[i]->n_lineage; k++)
                        if (strcmp(facts->signers[i]->lineage[k]->sha256, sha256) == 0)
                                return true;
        return false;
}

static bool has_history(const Facts *facts)
{
        for (size_t i = 0; i < facts->n_signers; i++)
                if (facts->signers[i]->n_lineage)
                        return true;
        return false;
}

/* Every other scheme names the certificates of the best one, no more and no fewer, or earlier ones of its
 * history. */
static void compare_schemes(Reader *reader)
{
        const Facts *facts = reader->facts;
        const char *best = facts->n_signers ? facts->signers[0]->scheme : "";
        bool rotated = has_history(facts);
        for (size_t i = 0; i < facts->n_signers; i++) {
                const Signer *signer = facts->signers[i];
                bool known =
                        scheme_names(facts, best, signer->sha256) || history_names(facts, signer->sha256);
                for (size_t j = 0; known && !rotated && j < facts->n_signers; j++)
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
        const char *why;
        if (signer_find_block(zip, &block, &why))
                read_block(&reader, block);
        else if (g_str_equal(why, "signing-block-not-fetched"))
                zip_miss(zip);
        else
                note(&reader, why, "its sizes or its place do not fit the archive");
        read_v1(&reader, zip);
        SigningExtra *comment = signextra_of_comment(zip_bytes(zip), zip_end_offset(zip), arena);
        if (comment)
                add_extra(&reader, comment);
        compare_schemes(&reader);
        if (facts->n_signers == 0 && !zip_missed(zip))
                note(&reader, "unsigned", NULL);
}
