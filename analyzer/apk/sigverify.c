/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/sigverify.h"

#include "analyzer/apk/blockverify.h"
#include "analyzer/apk/jarfile.h"
#include "analyzer/apk/jarverify.h"
#include "analyzer/apk/signer.h"

enum {
        CHECK_V1 = SIGN_SCHEMES, /* the schemes of the block first, then this one */
        CHECKS,
        V2_FROM = 24, /* the API levels from which on Android looks at a scheme before older ones */
        V3_FROM = 28,
        V2_WANTED_FROM = 30 /* an app with this target, R, needs v2 or newer */
};

typedef struct {
        Zip *zip;
        Arena *arena;
        Facts *facts;
        int min_sdk, target_sdk;
        Span values[SIGN_SCHEMES];
        SigCheck checks[CHECKS];
} Verify;

/* A codename stands for the API level before the release it became. */
static int level_of_codename(const char *codename)
{
        char letter = g_ascii_toupper(*codename);
        return letter < 'N' ? 1 : letter < 'O' ? 23 : letter < 'P' ? 25 : letter < 'Q' ? 27 : V3_FROM;
}

static void read_levels(Verify *v)
{
        const Facts *facts = v->facts;
        v->min_sdk = facts->has_min_sdk ? facts->min_sdk : 1;
        if (facts->min_sdk_codename)
                v->min_sdk = level_of_codename(facts->min_sdk_codename);
        v->target_sdk = facts->has_target_sdk ? facts->target_sdk : v->min_sdk;
        if (facts->target_sdk_codename)
                v->target_sdk = g_ascii_toupper(*facts->target_sdk_codename) >= 'R'
                                        ? V2_WANTED_FROM
                                        : level_of_codename(facts->target_sdk_codename);
}

/* ---- each scheme by itself */

static void check_block(Verify *v)
{
        Span file = zip_bytes(v->zip), block;
        const char *why;
        Contents contents;
        if (!signer_find_block(v->zip, &block, &why) || block.len == 0 ||
            !contents_cut(file, block, zip_directory_offset(v->zip), zip_end_offset(v->zip), &contents))
                return;
        Cursor pairs = signblock_pairs(block);
        SignPair pair;
        while (signblock_pair(&pairs, &pair))
                for (size_t i = 0; i < SIGN_SCHEMES; i++)
                        if (sign_schemes[i].id == pair.id && !v->values[i].data)
                                v->values[i] = pair.value;
        BlockInput in = {.values = v->values, .contents = &contents, .min_sdk = v->min_sdk};
        for (size_t i = 0; i < SIGN_SCHEMES; i++) {
                v->checks[i].present = v->values[i].data != NULL;
                if (v->checks[i].present)
                        blockverify(&in, i, &v->checks[i]);
        }
}

/* ---- all of them together, as every API level from min_sdk on takes them */

static bool names(const SigCheck *check, const char *sha256)
{
        for (size_t i = 0; i < check->n_signers; i++)
                if (strcmp(check->signers[i], sha256) == 0)
                        return true;
        return false;
}

static bool name_the_same(const SigCheck *one, const SigCheck *other)
{
        bool same = one->n_signers == other->n_signers;
        for (size_t i = 0; same && i < one->n_signers; i++)
                same = names(other, one->signers[i]) && names(one, other->signers[i]);
        return same;
}

/* v3 knows one signer; what an older scheme names is that one, or the first of its history. */
static bool agree_with_v3(const Verify *v, const SigCheck *older, SigCheck *sum)
{
        const SigCheck *v3 = &v->checks[SIGN_V3];
        bool rotated = v3->oldest[0] != '\0';
        if (older->n_signers != 1 || (!rotated && v3->n_signers != 1))
                return sigcheck_fails(sum, "mismatch:signers", "%s or v3 has more than one signer",
                                      older->scheme);
        if (strcmp(older->signers[0], rotated ? v3->oldest : v3->signers[0]) != 0)
                return sigcheck_fails(sum, "mismatch:signers", "%s and v3 name different certificates",
                                      older->scheme);
        return true;
}

/* Whether the schemes that count name the same signers. */
static bool signers_agree(const Verify *v, const bool counts[CHECKS], SigCheck *sum)
{
        const SigCheck *v1 = &v->checks[CHECK_V1], *v2 = &v->checks[SIGN_V2];
        if (counts[CHECK_V1] && counts[SIGN_V2] && !name_the_same(v1, v2))
                return sigcheck_fails(sum, "mismatch:signers", "v1 and v2 name different certificates");
        if (!counts[SIGN_V3])
                return true;
        return (!counts[CHECK_V1] || agree_with_v3(v, v1, sum)) &&
               (!counts[SIGN_V2] || agree_with_v3(v, v2, sum));
}

/* Which schemes some of those API levels look at, whether or not they are there. */
static void which_count(const Verify *v, bool counts[CHECKS])
{
        counts[SIGN_V31] = v->checks[SIGN_V31].present;
        counts[SIGN_V3] = v->checks[SIGN_V3].present;
        bool newer = counts[SIGN_V31] || counts[SIGN_V3];
        counts[SIGN_V2] = v->checks[SIGN_V2].present && (v->min_sdk < V3_FROM || !newer);
        counts[CHECK_V1] = v->min_sdk < V2_FROM || !(newer || counts[SIGN_V2]);
}

static bool sum_up(const Verify *v, SigCheck *sum)
{
        bool counts[CHECKS];
        const char *best = NULL;
        which_count(v, counts);
        for (size_t i = 0; i < CHECKS; i++) {
                const SigCheck *check = &v->checks[i];
                if (!counts[i])
                        continue;
                if (check->result)
                        return sigcheck_fails(sum, check->result, "%s: %s", check->scheme, check->detail);
                if (!check->present && !best)
                        return sigcheck_fails(sum, "unsigned", "there is no signature");
                if (!check->present)
                        return sigcheck_fails(sum, "mismatch:scheme",
                                              "Android before 7 looks for a v1 signature, and min_sdk is %d",
                                              v->min_sdk);
                best = best ? best : check->scheme;
        }
        if (!signers_agree(v, counts, sum))
                return false;
        if (strcmp(best, "v1") == 0 && v->target_sdk >= V2_WANTED_FROM)
                return sigcheck_fails(
                        sum, "mismatch:scheme",
                        "Android 11 wants a v2 signature or newer from apps with a target of 30");
        sum->result = arena_printf(v->arena, "verified:%s", best);
        if (strcmp(best, "v1") == 0)
                sum->detail =
                        "the oldest signature only, which leaves META-INF and the archive's structure open";
        return true;
}

static void add_row(Verify *v, const SigCheck *check)
{
        Verification *row = record_new(v->arena, Verification, verification__init);
        row->scheme = arena_str(v->arena, check->scheme);
        row->result = arena_str(v->arena, check->result ? check->result : "verified");
        row->detail = arena_str(v->arena, check->detail);
        arena_push(v->arena, &v->facts->n_verification, &v->facts->verification, row);
}

static void begin(Verify *v, SigCheck *sum, Zip *zip, Arena *arena, Facts *facts)
{
        *v = (Verify){.zip = zip, .arena = arena, .facts = facts};
        *sum = (SigCheck){.arena = arena, .scheme = "apk"};
        for (size_t i = 0; i < CHECKS; i++)
                v->checks[i] =
                        (SigCheck){.arena = arena, .scheme = i < SIGN_SCHEMES ? sign_schemes[i].name : "v1"};
}

static bool end(Verify *v, SigCheck *sum)
{
        bool good = sum_up(v, sum);
        add_row(v, sum);
        for (size_t i = 0; i < CHECKS; i++)
                if (v->checks[i].present)
                        add_row(v, &v->checks[i]);
        return good;
}

bool sigverify(Zip *zip, Arena *arena, Facts *facts)
{
        Verify v;
        SigCheck sum;
        begin(&v, &sum, zip, arena, facts);
        read_levels(&v);
        check_block(&v);
        unsigned found =
                (v.checks[SIGN_V2].present ? JARFILE_V2 : 0) | (v.checks[SIGN_V3].present ? JARFILE_V3 : 0);
        jarverify(zip, v.min_sdk, found, &v.checks[CHECK_V1]);
        return end(&v, &sum);
}

bool sigverify_bundle(Zip *zip, Arena *arena, Facts *facts)
{
        Verify v;
        SigCheck sum;
        begin(&v, &sum, zip, arena, facts);
        v.min_sdk = v.target_sdk = V2_FROM;
        jarverify(zip, v.min_sdk, JARFILE_V2 | JARFILE_V3, &v.checks[CHECK_V1]);
        return end(&v, &sum);
}
