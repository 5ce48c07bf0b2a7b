/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/blockverify.h"

#include "analyzer/apk/certificate.h"
#include "analyzer/apk/lineage.h"
#include "analyzer/apk/sigalgorithm.h"

#include "core/digest.h"

enum { ALGORITHMS = 32 /* signatures of one signer that are looked at */ };

/* One scheme while it is checked. */
typedef struct {
        const BlockInput *in;
        const SignScheme *scheme;
        SigCheck *check;
        unsigned wanted;    /* bits of ContentKind: the digests that good signatures stand for */
        unsigned number;    /* of the signer, from 1 */
        int64_t newer_from; /* v3: the API level from which on v3.1 speaks, behind all levels without one */
        struct {
                int32_t min, max; /* API levels */
                Span history;     /* attribute, empty when there is none */
                size_t length;    /* of the history, in certificates */
        } signers[SIGCHECK_SIGNERS];
} Walk;

/* ---- signatures */

typedef struct {
        uint32_t ids[ALGORITHMS];
        size_t n;
        const SigAlgorithm *plain,
                *verity; /* the strongest of both families, which Android versions look at */
        Span plain_bytes, verity_bytes;
} Signatures;

static bool is_stronger(const SigAlgorithm *one, const SigAlgorithm *other)
{
        return !other || (one->contents == CONTENT_SHA512 && other->contents == CONTENT_SHA256);
}

static bool read_signatures(Walk *walk, Span list, Signatures *out)
{
        *out = (Signatures){0};
        Cursor c = cursor_over(list);
        SignPair item;
        while (out->n < ALGORITHMS && signblock_numbered(&c, &item)) {
                Cursor value = cursor_over(item.value);
                Span bytes = signblock_item(&value);
                if (!value.ok)
                        return sigcheck_fails(walk->check, "mismatch:structure",
                                              "signer %u: a signature is cut off", walk->number);
                out->ids[out->n++] = item.id;
                const SigAlgorithm *algorithm = sigalgorithm(item.id);
                if (algorithm && algorithm->contents == CONTENT_VERITY && !out->verity) {
                        out->verity = algorithm;
                        out->verity_bytes = bytes;
                } else if (algorithm && algorithm->contents != CONTENT_VERITY &&
                           is_stronger(algorithm, out->plain)) {
                        out->plain = algorithm;
                        out->plain_bytes = bytes;
                }
        }
        if (cursor_left(&c) > 0)
                return sigcheck_fails(walk->check, "unsupported:size",
                                      "signer %u has more than %d signatures", walk->number, ALGORITHMS);
        if (!c.ok || out->n == 0)
                return sigcheck_fails(walk->check, "mismatch:structure",
                                      "signer %u has no list of signatures", walk->number);
        return true;
}

static bool check_signature(Walk *walk, const SignSigner *signer, const SigAlgorithm *algorithm, Span bytes)
{
        switch (sigalgorithm_check(algorithm, signer->key, signer->signed_data, bytes)) {
        case SIGCRYPT_NO_KEY:
                return sigcheck_fails(walk->check, "mismatch:key", "signer %u: its public key is none for %s",
                                      walk->number, algorithm->name);
        case SIGCRYPT_BROKEN:
                return sigcheck_fails(walk->check, "mismatch:signature",
                                      "signer %u: its %s signature does not fit what it signed", walk->number,
                                      algorithm->name);
        case SIGCRYPT_HOLDS: break;
        }
        walk->wanted |= 1u << algorithm->contents;
        return true;
}

/* Android before 9 knows no verity digests. */
static bool check_signatures(Walk *walk, const SignSigner *signer, const Signatures *s)
{
        bool old = !walk->scheme->has_levels && walk->in->min_sdk < 28;
        if (!s->plain && !s->verity) {
                g_autofree char *result = g_strdup_printf("unsupported:0x%04x", s->ids[0]);
                return sigcheck_fails(walk->check, result, "signer %u: no signature of a known kind",
                                      walk->number);
        }
        if (old && !s->plain)
                return sigcheck_fails(walk->check, "unsupported:verity",
                                      "signer %u signs in a way that Android before 9 does not know",
                                      walk->number);
        return (!s->plain || check_signature(walk, signer, s->plain, s->plain_bytes)) &&
               (!s->verity || check_signature(walk, signer, s->verity, s->verity_bytes));
}

/* ---- what was signed */

static bool check_certificates(Walk *walk, const SignSigner *signer, Span list, Span *first)
{
        Cursor c = cursor_over(list);
        *first = (Span){NULL, 0};
        for (unsigned n = 1; cursor_left(&c) > 0; n++) {
                Span der = signblock_item(&c);
                Certificate certificate;
                if (!c.ok || !certificate_read(der, &certificate) ||
                    sigcrypt_certificate(der) == CERTIFICATE_BROKEN)
                        return sigcheck_fails(walk->check, "mismatch:certificate",
                                              "signer %u: certificate %u cannot be read", walk->number, n);
                if (n == 1 && !span_eq(certificate.key, signer->key))
                        return sigcheck_fails(walk->check, "mismatch:key",
                                              "signer %u: its public key is not its certificate's",
                                              walk->number);
                if (n == 1)
                        *first = der;
        }
        return first->len > 0 || sigcheck_fails(walk->check, "mismatch:certificate",
                                                "signer %u has no certificate", walk->number);
}

/* The digests stand for the same algorithms as the signatures, in the same order. */
static bool check_digest_list(Walk *walk, Span list, const Signatures *signatures)
{
        Cursor c = cursor_over(list);
        SignPair item;
        size_t n = 0;
        while (signblock_numbered(&c, &item)) {
                Cursor value = cursor_over(item.value);
                signblock_item(&value);
                if (!value.ok)
                        c.ok = false;
                else if (n >= signatures->n || signatures->ids[n++] != item.id)
                        n = SIZE_MAX / 2;
        }
        if (!c.ok)
                return sigcheck_fails(walk->check, "mismatch:structure", "signer %u: a digest is cut off",
                                      walk->number);
        return n == signatures->n ||
               sigcheck_fails(walk->check, "mismatch:algorithms",
                              "signer %u: its digests and signatures name other algorithms", walk->number);
}

/* What says that a newer signature stands beside this one. */
static bool check_promise(Walk *walk, const SignPair *attribute)
{
        Cursor c = cursor_over(attribute->value);
        uint32_t number = cursor_u32(&c);
        bool v2 = !walk->scheme->has_levels && attribute->id == SIGN_ATTRIBUTE_SCHEME;
        bool v3 = walk->scheme == &sign_schemes[SIGN_V3] && attribute->id == SIGN_ATTRIBUTE_NEWER;
        if ((v2 || v3) && !c.ok)
                return sigcheck_fails(walk->check, "mismatch:structure", "signer %u: an attribute is cut off",
                                      walk->number);
        if (v2 && number == 3 && !walk->in->values[SIGN_V3].data)
                return sigcheck_fails(walk->check, "mismatch:stripped",
                                      "signer %u says that a v3 signature was there", walk->number);
        if (v3 && !walk->in->values[SIGN_V31].data)
                return sigcheck_fails(walk->check, "mismatch:stripped",
                                      "signer %u says that a v3.1 signature was there", walk->number);
        if (v3 && number != walk->newer_from)
                return sigcheck_fails(
                        walk->check, "mismatch:levels",
                        "signer %u says that v3.1 counts from API level %u on, which v3.1 does not",
                        walk->number, number);
        return true;
}

static bool check_attributes(Walk *walk, Span list, Span certificate)
{
        Cursor c = cursor_over(list);
        SignPair attribute;
        while (signblock_numbered(&c, &attribute)) {
                if (!check_promise(walk, &attribute))
                        return false;
                if (!walk->scheme->has_levels || attribute.id != SIGN_ATTRIBUTE_LINEAGE)
                        continue;
                walk->signers[walk->number - 1].history = attribute.value;
                const char *why =
                        lineage_check(attribute.value, certificate, &walk->signers[walk->number - 1].length);
                if (why)
                        return sigcheck_fails(walk->check, "mismatch:lineage", "signer %u: %s", walk->number,
                                              why);
        }
        return c.ok || sigcheck_fails(walk->check, "mismatch:structure", "signer %u: an attribute is cut off",
                                      walk->number);
}

/* ---- one signer, and all of them */

static bool check_levels(Walk *walk, const SignSigner *signer, const SignData *data)
{
        if (signer->min_sdk != data->min_sdk || signer->max_sdk != data->max_sdk)
                return sigcheck_fails(walk->check, "mismatch:levels",
                                      "signer %u states other API levels than it signed", walk->number);
        if (signer->min_sdk < 0 || signer->min_sdk > signer->max_sdk)
                return sigcheck_fails(walk->check, "mismatch:levels", "signer %u is for API levels %d to %d",
                                      walk->number, signer->min_sdk, signer->max_sdk);
        walk->signers[walk->number - 1].min = signer->min_sdk;
        walk->signers[walk->number - 1].max = signer->max_sdk;
        return true;
}

static bool check_signer(Walk *walk, Span item)
{
        SignSigner signer;
        SignData data;
        Signatures signatures;
        Span certificate;
        if (!signblock_signer(item, walk->scheme, &signer) ||
            !signblock_data(signer.signed_data, walk->scheme, &data))
                return sigcheck_fails(walk->check, "mismatch:structure", "signer %u is cut off",
                                      walk->number);
        if (!read_signatures(walk, signer.signatures, &signatures) ||
            !check_signatures(walk, &signer, &signatures) || !check_levels(walk, &signer, &data) ||
            !check_certificates(walk, &signer, data.certificates, &certificate) ||
            !check_digest_list(walk, data.digests, &signatures) ||
            !check_attributes(walk, data.attributes, certificate))
                return false;
        digest_sha256_hex(certificate, walk->check->signers[walk->check->n_signers++]);
        return true;
}

static bool check_signers(Walk *walk, Span value)
{
        Cursor c = signblock_list(value);
        if (cursor_left(&c) == 0)
                return sigcheck_fails(walk->check, "mismatch:structure", "there is no list of signers");
        while (cursor_left(&c) > 0) {
                Span item = signblock_item(&c);
                if (walk->number++ == SIGCHECK_SIGNERS)
                        return sigcheck_fails(walk->check, "mismatch:structure", "more than %d signers",
                                              SIGCHECK_SIGNERS);
                if (!c.ok)
                        return sigcheck_fails(walk->check, "mismatch:structure", "signer %u is cut off",
                                              walk->number);
                if (!check_signer(walk, item))
                        return false;
        }
        return true;
}

static bool check_contents(Walk *walk, unsigned number, Span digests)
{
        Cursor c = cursor_over(digests);
        SignPair item;
        while (signblock_numbered(&c, &item)) {
                const SigAlgorithm *algorithm = sigalgorithm(item.id);
                Cursor value = cursor_over(item.value);
                Span wanted = signblock_item(&value);
                if (!algorithm || !(walk->wanted >> algorithm->contents & 1))
                        continue;
                if (algorithm->contents == CONTENT_VERITY && !contents_are_paged(walk->in->contents))
                        return sigcheck_fails(walk->check, "mismatch:structure",
                                              "the block does not fill whole pages");
                if (!span_eq(wanted, contents_digest(walk->in->contents, algorithm->contents)))
                        return sigcheck_fails(walk->check, "mismatch:contents",
                                              "signer %u signed other contents than these (%s)", number,
                                              algorithm->name);
        }
        return true;
}

static bool check_all_contents(Walk *walk, Span value)
{
        Cursor c = signblock_list(value);
        for (unsigned number = 1; cursor_left(&c) > 0; number++) {
                SignSigner signer;
                SignData data;
                if (signblock_signer(signblock_item(&c), walk->scheme, &signer) &&
                    signblock_data(signer.signed_data, walk->scheme, &data) &&
                    !check_contents(walk, number, data.digests))
                        return false;
        }
        return true;
}

/* ---- the API levels of all signers together */

/* The signer whose levels come next, of those not taken yet. */
static size_t next_by_level(const Walk *walk, unsigned *taken)
{
        size_t next = SIZE_MAX;
        for (size_t i = 0; i < walk->check->n_signers; i++)
                if (!(*taken >> i & 1) &&
                    (next == SIZE_MAX || walk->signers[i].max < walk->signers[next].max))
                        next = i;
        *taken |= 1u << next;
        return next;
}

/* Histories only grow with the API level, and each begins as the one before. */
static bool check_histories(Walk *walk, Span *longest, size_t at)
{
        Span history = walk->signers[at].history;
        if (history.len == 0)
                return true;
        if (longest->len > 0 && !lineage_begins(history, *longest))
                return sigcheck_fails(walk->check, "mismatch:lineage",
                                      "its signers tell different histories");
        *longest = history;
        Cursor nodes = signblock_lineage(history);
        SignAncestor first;
        if (signblock_ancestor(&nodes, &first))
                digest_sha256_hex(first.certificate, walk->check->oldest);
        return true;
}

/* No holes, no overlap, and every level that this scheme must speak for. */
static bool check_coverage(Walk *walk)
{
        int64_t first = 0, last = 0;
        unsigned taken = 0;
        Span longest = {NULL, 0};
        for (size_t i = 0; i < walk->check->n_signers; i++) {
                size_t at = next_by_level(walk, &taken);
                if (i > 0 && walk->signers[at].min != last + 1)
                        return sigcheck_fails(walk->check, "mismatch:levels",
                                              "the API levels of its signers leave holes or overlap");
                if (!check_histories(walk, &longest, at))
                        return false;
                first = i == 0 ? walk->signers[at].min : first;
                last = walk->signers[at].max;
        }
        bool newest = walk->scheme == &sign_schemes[SIGN_V31];
        int64_t from = newest ? SIGN_ANY_LEVEL : MAX(walk->in->min_sdk, 28);
        int64_t to = newest ? SIGN_ANY_LEVEL : walk->newer_from - 1;
        return (first <= from && last >= to) ||
               sigcheck_fails(walk->check, "mismatch:levels",
                              "its signers speak for API levels %d to %d only", (int)first, (int)last);
}

static int64_t lowest_level(Span newer)
{
        int64_t lowest = (int64_t)SIGN_ANY_LEVEL + 1;
        Cursor c = signblock_list(newer);
        while (cursor_left(&c) > 0) {
                SignSigner signer;
                if (signblock_signer(signblock_item(&c), &sign_schemes[SIGN_V31], &signer))
                        lowest = MIN(lowest, signer.min_sdk);
        }
        return lowest;
}

void blockverify(const BlockInput *in, size_t scheme, SigCheck *check)
{
        Walk walk = {.in = in,
                     .scheme = &sign_schemes[scheme],
                     .check = check,
                     .newer_from = lowest_level(in->values[SIGN_V31])};
        Span value = in->values[scheme];
        if (scheme == SIGN_V31 && !in->values[SIGN_V3].data) {
                sigcheck_fails(check, "mismatch:structure", "a v3.1 signature stands beside a v3 one only");
                return;
        }
        if (check_signers(&walk, value) && check_all_contents(&walk, value) && walk.scheme->has_levels)
                check_coverage(&walk);
}
