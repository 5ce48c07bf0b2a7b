/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/apk/pkcs7.h"
#include "analyzer/apk/signblock.h"
#include "analyzer/apk/signer.h"
#include "core/digest.h"

/* SHA-256 of the certificates of the keys the seeds were signed with, as apksigner prints them. */
#define KEY_A   "f416c7feba51a9db688d67174d82f3fe62074f213fbcca5b5f565171f0a7bad7"
#define KEY_B   "714fdec779b225e4751786606114d03ce85ed9b9a5f84e1b3e871627141766c6"
#define KEY_RSA "06b5d4c93e95900d60b707bbe5d4b609ddfa0896c2daf39aedd43bd0d34703e4"

enum { V2 = 0x7109871a, ROTATION = 0x3ba06f8c, WALLE = 0x71777777, PADDING = 0x42726577, NEWER = 0x559f8b02 };
#define V3       0xf05368c0u
#define V31      0x1b93ad61u
#define SCHEME   0xbeeff00du
#define VASDOLLY 0x881155ffu

static GBytes *seed(const char *name)
{
        g_autofree char *path =
                g_build_filename(TEST_SOURCE_DIR, "fuzz", "seeds", "analyzer_signer", name, NULL);
        g_autoptr(GError) error = NULL;
        char *bytes = NULL;
        gsize size = 0;
        must_succeed(g_file_get_contents(path, &bytes, &size, &error), error);
        return g_bytes_new_take(bytes, size);
}

/* What the facts say, one item a line: "v3 <digest>" and "! code: detail". */
static char *told(const Facts *facts)
{
        GString *text = g_string_new(NULL);
        for (size_t i = 0; i < facts->n_signers; i++)
                g_string_append_printf(text, "%s %s\n", facts->signers[i]->scheme, facts->signers[i]->sha256);
        for (size_t i = 0; i < facts->n_anomalies; i++) {
                const Anomaly *anomaly = facts->anomalies[i];
                g_string_append_printf(text, "! %s%s%s\n", anomaly->code, anomaly->detail ? ": " : "",
                                       anomaly->detail ? anomaly->detail : "");
        }
        return g_string_free(text, FALSE);
}

static char *told_of_apk(Span bytes)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(Zip) zip = zip_over(bytes, arena, &error);
        must_succeed(zip != NULL, error);
        Facts *facts = record_new(arena, Facts, facts__init);
        signer_read(zip, arena, facts);
        return told(facts);
}

static void says_of_apk(const char *name, const char *wanted)
{
        g_autoptr(GBytes) bytes = seed(name);
        gsize size = 0;
        const void *data = g_bytes_get_data(bytes, &size);
        g_autofree char *text = told_of_apk(span_of(data, size));
        assert_string_equal(text, wanted);
}

static void says_of_block(const GString *block, const char *wanted)
{
        g_autoptr(Arena) arena = arena_new();
        Facts *facts = record_new(arena, Facts, facts__init);
        g_autofree uint8_t *exact = g_memdup2(block->str, block->len); /* so that a sanitizer sees the end */
        signer_block(span_of(exact, block->len), arena, facts);
        g_autofree char *text = told(facts);
        assert_string_equal(text, wanted);
}

/* ---- signing blocks in words; strings made here are used up by whoever they are given to */

static void put_u32(GString *to, uint32_t value)
{
        for (unsigned i = 0; i < 4; i++)
                g_string_append_c(to, (char)(value >> (8 * i)));
}

static void put_u64(GString *to, uint64_t value)
{
        put_u32(to, (uint32_t)value);
        put_u32(to, (uint32_t)(value >> 32));
}

static GString *raw(const char *text)
{
        return g_string_new(text);
}

static GString *sized(GString *take) /* with its length in front */
{
        GString *out = g_string_new(NULL);
        put_u32(out, (uint32_t)take->len);
        g_string_append_len(out, take->str, (gssize)take->len);
        g_string_free(take, TRUE);
        return out;
}

static GString *joined(GString *take_first, GString *take_second)
{
        g_string_append_len(take_first, take_second->str, (gssize)take_second->len);
        g_string_free(take_second, TRUE);
        return take_first;
}

static GString *number(uint32_t value)
{
        GString *out = g_string_new(NULL);
        put_u32(out, value);
        return out;
}

/* API levels 28 and up, or 33 and up for v3.1. */
static GString *levels(uint32_t scheme)
{
        return scheme == V2 ? raw("") : joined(number(scheme == V31 ? 33 : 28), number(0x7fffffff));
}

static GString *signer_of(uint32_t scheme, const char *certificate, GString *take_attributes)
{
        GString *data = joined(sized(raw("digests")), sized(sized(raw(certificate))));
        data = sized(joined(joined(data, levels(scheme)), sized(take_attributes)));
        return sized(
                joined(joined(data, levels(scheme)), joined(sized(raw("signatures")), sized(raw("key")))));
}

static GString *pair(uint32_t id, GString *take_value)
{
        GString *out = g_string_new(NULL);
        put_u64(out, take_value->len + 4);
        put_u32(out, id);
        return joined(out, take_value);
}

static GString *scheme(uint32_t id, const char *certificate) /* one signer without attributes */
{
        return pair(id, sized(signer_of(id, certificate, raw(""))));
}

static GString *block_of(GString *take_pairs)
{
        GString *out = g_string_new(NULL);
        uint64_t size = take_pairs->len + 24;
        put_u64(out, size);
        out = joined(out, take_pairs);
        put_u64(out, size);
        return g_string_append(out, "APK Sig Block 42");
}

static GString *attribute(uint32_t id, GString *take_value)
{
        return sized(joined(number(id), take_value));
}

/* A certificate of a rotation history: what it may still do, its algorithm, the word of the one before. */
static GString *ancestor(const char *certificate, uint32_t flags)
{
        GString *node = joined(sized(joined(sized(raw(certificate)), number(0x0201))), number(flags));
        return sized(joined(node, joined(number(0x0201), sized(raw("signature")))));
}

static GString *rotation_from(const char *certificate)
{
        return attribute(ROTATION, joined(number(1), ancestor(certificate, 0)));
}

static char *line(const char *name, const char *certificate)
{
        char sha256[SHA256_HEX_SIZE];
        digest_sha256_hex(span_str(certificate), sha256);
        return g_strdup_printf("%s %s\n", name, sha256);
}

#define UNREADABLE(name)                                                                                     \
        "! signer-certificate-unreadable: " name "\n" /* the certificates here are words, not DER */

static void names_the_certificates_apksigner_names(void **state)
{
        (void)state;
        says_of_apk("v1-v2-v3.apk", "v3 " KEY_A "\nv2 " KEY_A "\nv1 " KEY_A "\n");
        says_of_apk("v1-rsa.apk", "v1 " KEY_RSA "\n");
}

static void keeps_the_order_of_two_signers(void **state)
{
        (void)state;
        says_of_apk("two-signers.apk", "v2 " KEY_A "\nv2 " KEY_B "\nv1 " KEY_A "\nv1 " KEY_B "\n");
}

static void a_rotated_key_explains_the_older_certificates(void **state)
{
        (void)state;
        says_of_apk("rotated.apk", "v3 " KEY_B "\nv2 " KEY_A "\nv1 " KEY_A "\n! signer-rotated\n");
}

static void an_apk_whose_signature_was_cut_away_is_unsigned(void **state)
{
        (void)state;
        g_autoptr(GBytes) bytes = seed("v1-rsa.apk");
        g_autofree char *copy = g_memdup2(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        for (gsize i = 0; i + 5 < g_bytes_get_size(bytes); i++)
                if (memcmp(copy + i, "K.RSA", 5) == 0)
                        memcpy(copy + i, "K.TXT", 5);
        g_autofree char *text = told_of_apk(span_of(copy, g_bytes_get_size(bytes)));
        assert_string_equal(text, "! unsigned\n");
}

static void a_signature_without_its_list_is_none(void **state)
{
        (void)state;
        g_autoptr(GBytes) bytes = seed("v1-rsa.apk");
        g_autofree char *copy = g_memdup2(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        for (gsize i = 0; i + 4 < g_bytes_get_size(bytes); i++)
                if (memcmp(copy + i, "K.SF", 4) == 0)
                        copy[i] = 'J';
        g_autofree char *text = told_of_apk(span_of(copy, g_bytes_get_size(bytes)));
        assert_string_equal(text, "! unsigned\n");
}

static void a_broken_v1_signature_is_an_anomaly(void **state)
{
        (void)state;
        g_autoptr(GBytes) whole = seed("rsa.pkcs7");
        Span der = span_of(g_bytes_get_data(whole, NULL), g_bytes_get_size(whole));
        Span certificate;
        g_autoptr(GError) error = NULL;
        must_succeed(pkcs7_first_certificate(der, &certificate, &error), error);
        char sha256[SHA256_HEX_SIZE];
        digest_sha256_hex(certificate, sha256);
        assert_string_equal(sha256, KEY_RSA);
        for (size_t size = 0; size < der.len; size++) {
                g_autoptr(GError) cut = NULL;
                g_autofree uint8_t *exact = g_memdup2(der.data, size);
                assert_false(pkcs7_first_certificate(span_of(exact, size), &certificate, &cut));
                assert_true(fault_is(cut, FAULT_MALFORMED));
        }
}

static void the_best_scheme_stands_first_wherever_it_stood(void **state)
{
        (void)state;
        g_autoptr(GString) block =
                block_of(joined(scheme(V2, "cert"), joined(pair(PADDING, raw("0000")),
                                                           joined(scheme(V31, "cert"), scheme(V3, "cert")))));
        g_autofree char *v31 = line("v3.1", "cert"), *v3 = line("v3", "cert"), *v2 = line("v2", "cert");
        g_autofree char *wanted = g_strconcat(v31, v3, v2, UNREADABLE("v3.1"), NULL);
        says_of_block(block, wanted);
}

static void schemes_that_disagree_are_an_anomaly(void **state)
{
        (void)state;
        g_autoptr(GString) block = block_of(joined(scheme(V2, "one"), scheme(V3, "other")));
        g_autofree char *v3 = line("v3", "other"), *v2 = line("v2", "one");
        g_autofree char *wanted = g_strconcat(
                v3, v2, UNREADABLE("v3"), "! signers-differ: v3 and v2 name different certificates\n", NULL);
        says_of_block(block, wanted);
}

static void a_signer_that_one_scheme_leaves_out_is_a_disagreement(void **state)
{
        (void)state;
        GString *two = joined(signer_of(V3, "one", raw("")), signer_of(V3, "other", raw("")));
        g_autoptr(GString) block = block_of(joined(scheme(V2, "one"), pair(V3, sized(two))));
        g_autofree char *first = line("v3", "one"), *second = line("v3", "other"), *v2 = line("v2", "one");
        g_autofree char *wanted =
                g_strconcat(first, second, v2, UNREADABLE("v3"),
                            "! signers-differ: v3 and v2 name different certificates\n", NULL);
        says_of_block(block, wanted);
}

static void a_rotation_explains_only_the_certificates_it_lists(void **state)
{
        (void)state;
        g_autofree char *v3 = line("v3", "new"), *old = line("v2", "old"), *odd = line("v2", "odd");
        g_autoptr(GString) good = block_of(
                joined(scheme(V2, "old"), pair(V3, sized(signer_of(V3, "new", rotation_from("old"))))));
        g_autofree char *explained = g_strconcat(v3, old, UNREADABLE("v3") "! signer-rotated\n", NULL);
        says_of_block(good, explained);
        g_autoptr(GString) bad = block_of(
                joined(scheme(V2, "odd"), pair(V3, sized(signer_of(V3, "new", rotation_from("old"))))));
        g_autofree char *unexplained =
                g_strconcat(v3, odd, UNREADABLE("v3") "! signer-rotated\n",
                            "! signers-differ: v3 and v2 name different certificates\n", NULL);
        says_of_block(bad, unexplained);
}

static void the_first_block_of_a_scheme_counts(void **state)
{
        (void)state;
        g_autoptr(GString) block = block_of(joined(scheme(V2, "first"), scheme(V2, "second")));
        g_autofree char *v2 = line("v2", "first");
        g_autofree char *wanted = g_strconcat(v2, UNREADABLE("v2"), NULL);
        says_of_block(block, wanted);
}

static void a_channel_outside_the_signature_is_told_with_its_text(void **state)
{
        (void)state;
        g_autoptr(GString) block = block_of(pair(WALLE, raw("{\"channel\":\"huawei\"}")));
        says_of_block(block, "! channel-block: walle: {\"channel\":\"huawei\"}\n");
}

static void malformed_blocks_are_anomalies(void **state)
{
        (void)state;
        g_autoptr(GString) empty = block_of(pair(V2, raw("")));
        says_of_block(empty, "! signer-malformed: v2 signer 0 cannot be read\n");
        g_autoptr(GString) nobody = block_of(pair(V3, sized(raw(""))));
        says_of_block(nobody, "! signer-malformed: v3 block without a signer\n");
        g_autoptr(GString) no_certificate = block_of(scheme(V2, ""));
        says_of_block(no_certificate, "! signer-malformed: v2 signer 1 cannot be read\n");
        g_autoptr(GString) cut = block_of(joined(number(1000), number(0)));
        says_of_block(cut, "! signing-block-malformed: a pair ends past the block\n");
        g_autoptr(GString) nothing = g_string_new("short");
        says_of_block(nothing, "");
}

static void no_more_than_ten_signers_are_listed(void **state)
{
        (void)state;
        GString *signers = g_string_new(NULL);
        for (int i = 0; i < 12; i++)
                signers = joined(signers, signer_of(V2, "cert", raw("")));
        g_autoptr(GString) block = block_of(pair(V2, sized(signers)));
        g_autoptr(Arena) arena = arena_new();
        Facts *facts = record_new(arena, Facts, facts__init);
        signer_block(span_of(block->str, block->len), arena, facts);
        assert_int_equal(facts->n_signers, SIGNER_LIMIT);
        g_autofree char *text = told(facts);
        assert_non_null(strstr(text, "! signer-limit: v2\n"));
}

static Facts *facts_of(GString *take_pairs, Arena *arena)
{
        g_autoptr(GString) block = block_of(take_pairs);
        Facts *facts = record_new(arena, Facts, facts__init);
        signer_block(span_of(block->str, block->len), arena, facts);
        return facts;
}

static void a_v3_signer_says_which_api_levels_it_is_for(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        Facts *facts =
                facts_of(joined(scheme(V31, "new"), joined(scheme(V3, "old"), scheme(V2, "old"))), arena);
        assert_int_equal(facts->n_signers, 3);
        assert_true(facts->signers[0]->has_min_sdk);
        assert_int_equal(facts->signers[0]->min_sdk, 33);
        assert_false(facts->signers[0]->has_max_sdk); /* no upper end */
        assert_int_equal(facts->signers[1]->min_sdk, 28);
        assert_false(facts->signers[2]->has_min_sdk);
}

static void a_history_is_told_oldest_first_with_what_each_key_still_may(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        GString *nodes = joined(ancestor("first", 1 | 2 | 4 | 16),
                                joined(ancestor("second", 0x40), ancestor("third", 31)));
        GString *history = attribute(ROTATION, joined(number(1), nodes));
        Facts *facts = facts_of(pair(V3, sized(signer_of(V3, "third", history))), arena);
        Signer *signer = facts->signers[0];
        assert_int_equal(signer->n_lineage, 3);
        static const char *const order[] = {"first", "second", "third"};
        for (size_t i = 0; i < 3; i++) {
                char sha256[SHA256_HEX_SIZE];
                digest_sha256_hex(span_str(order[i]), sha256);
                assert_string_equal(signer->lineage[i]->sha256, sha256);
        }
        g_autofree char *first =
                g_strjoinv(" ", (char *[]){signer->lineage[0]->may[0], signer->lineage[0]->may[1],
                                           signer->lineage[0]->may[2], signer->lineage[0]->may[3], NULL});
        assert_int_equal(signer->lineage[0]->n_may, 4);
        assert_string_equal(first, "installed-data shared-user-id permission auth");
        assert_int_equal(signer->lineage[1]->n_may, 1);
        assert_string_equal(signer->lineage[1]->may[0], "0x40");
        assert_string_equal(signer->lineage[2]->may[3], "rollback");
}

static void the_holder_of_a_certificate_is_told_as_written(void **state)
{
        (void)state;
        g_autoptr(GBytes) bytes = seed("rotated.apk");
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(Zip) zip =
                zip_over(span_of(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)), arena, &error);
        must_succeed(zip != NULL, error);
        Facts *facts = record_new(arena, Facts, facts__init);
        signer_read(zip, arena, facts);
        assert_string_equal(facts->signers[0]->subject, "CN=Test b");
        assert_int_equal(facts->signers[0]->n_lineage, 2);
        assert_string_equal(facts->signers[0]->lineage[0]->sha256, KEY_A);
        assert_string_equal(facts->signers[0]->lineage[0]->subject, "CN=Test a");
        assert_string_equal(facts->signers[0]->lineage[1]->sha256, KEY_B);
}

static void a_signature_that_misses_its_newer_neighbour_is_stripped(void **state)
{
        (void)state;
        g_autoptr(GString) v3_gone =
                block_of(pair(V2, sized(signer_of(V2, "cert", attribute(SCHEME, number(3))))));
        g_autofree char *v2 = line("v2", "cert"), *v3 = line("v3", "cert");
        g_autofree char *without_v3 =
                g_strconcat(v2, UNREADABLE("v2"),
                            "! signature-stripped: the v2 signature says that a v3 one was there\n", NULL);
        says_of_block(v3_gone, without_v3);
        g_autoptr(GString) v31_gone =
                block_of(pair(V3, sized(signer_of(V3, "cert", attribute(NEWER, number(33))))));
        g_autofree char *without_v31 = g_strconcat(
                v3, UNREADABLE("v3"),
                "! signature-stripped: the v3 signature says that a v3.1 one counts from API level 33 on\n",
                NULL);
        says_of_block(v31_gone, without_v31);
        g_autoptr(GString) whole = block_of(joined(
                scheme(V3, "cert"), pair(V2, sized(signer_of(V2, "cert", attribute(SCHEME, number(3)))))));
        g_autofree char *both = g_strconcat(v3, v2, UNREADABLE("v3"), NULL);
        says_of_block(whole, both);
}

static void an_apk_whose_block_was_cut_out_is_stripped(void **state)
{
        (void)state;
        g_autoptr(GBytes) bytes = seed("v1-v2-v3.apk");
        g_autofree char *copy = g_memdup2(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        for (gsize i = 0; i + 16 < g_bytes_get_size(bytes); i++)
                if (memcmp(copy + i, "APK Sig Block 42", 16) == 0)
                        copy[i] = 'a';
        g_autofree char *text = told_of_apk(span_of(copy, g_bytes_get_size(bytes)));
        assert_string_equal(text, "v1 " KEY_A
                                  "\n! signature-stripped: the v1 signature says that a v3 one was there\n");
}

static void a_block_where_android_does_not_look_is_not_read(void **state)
{
        (void)state;
        g_autoptr(GBytes) bytes = seed("v1-v2-v3.apk");
        const char *data = g_bytes_get_data(bytes, NULL);
        gsize size = g_bytes_get_size(bytes), end = size - 22;
        assert_memory_equal(data + end, "PK\5\6", 4);
        g_autoptr(GString) gap = g_string_new_len(data, (gssize)size);
        g_string_insert_len(gap, (gssize)end, "gap", 3);
        g_autofree char *text = told_of_apk(span_of(gap->str, gap->len));
        assert_non_null(strstr(text, "! signing-block-unseen: "));
        assert_null(strstr(text, "v3 " KEY_A));
        assert_non_null(strstr(text, "v1 " KEY_A "\n"));
}

/* "name id size text", a line each. */
static char *extras_told(const Facts *facts)
{
        GString *text = g_string_new(NULL);
        for (size_t i = 0; i < facts->n_signing_extras; i++) {
                const SigningExtra *extra = facts->signing_extras[i];
                g_string_append_printf(text, "%s %s %u %s\n", extra->name, extra->id ? extra->id : "-",
                                       extra->size, extra->text ? extra->text : "-");
        }
        return g_string_free(text, FALSE);
}

static void what_stands_beside_the_signature_is_told_by_name_or_number(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        GString *wrapped =
                joined(raw("Packer Ng Sig V2"), joined(sized(raw("CHANNEL\u2218oppo\u2219")), number(17)));
        GString *pairs = joined(pair(VASDOLLY, raw("xiaomi")), pair(0x7a786b21, wrapped));
        pairs = joined(pairs, joined(pair(0x504b4453, raw("12345")), pair(0x2146444e, raw("google"))));
        pairs = joined(pairs, joined(pair(0x2b09189e, raw("")), pair(0x6dff800d, raw("stamp"))));
        pairs = joined(pairs, joined(pair(PADDING, raw("0000")), pair(0x12345678, raw("?"))));
        g_autofree char *text = extras_told(facts_of(pairs, arena));
        assert_string_equal(text, "vasdolly 0x881155ff 6 xiaomi\n"
                                  "packer-ng 0x7a786b21 41 CHANNEL\u2218oppo\u2219\n"
                                  "dependency-info 0x504b4453 5 -\n"
                                  "frosting 0x2146444e 6 -\n"
                                  "source-stamp-v1 0x2b09189e 0 -\n"
                                  "source-stamp-v2 0x6dff800d 5 -\n"
                                  "verity-padding 0x42726577 4 -\n"
                                  "unknown 0x12345678 1 -\n");
}

static void a_channel_is_cut_where_it_gets_long_and_made_valid(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        GString *bulk = raw("\xff");
        for (int i = 0; i < 3000; i++)
                g_string_append_c(bulk, 'x');
        Facts *facts = facts_of(pair(WALLE, bulk), arena);
        assert_int_equal(facts->signing_extras[0]->size, 3001);
        assert_int_equal(strlen(facts->signing_extras[0]->text), SIGNER_CHANNEL_LIMIT + 2);
        assert_true(g_utf8_validate(facts->signing_extras[0]->text, -1, NULL));
}

static void no_more_than_32_other_pairs_are_listed(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        GString *pairs = raw("");
        for (uint32_t i = 1; i <= 40; i++)
                pairs = joined(pairs, pair(i, raw("")));
        Facts *facts = facts_of(pairs, arena);
        assert_int_equal(facts->n_signing_extras, SIGNER_EXTRA_LIMIT);
        g_autofree char *text = told(facts);
        assert_string_equal(text, "! signer-limit: pairs of the signing block\n");
}

static void a_channel_in_the_archives_comment_is_told(void **state)
{
        (void)state;
        g_autoptr(GBytes) bytes = seed("v1-rsa.apk");
        g_autoptr(GString) apk =
                g_string_new_len(g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes));
        g_string_append_len(apk, "huawei\6\0ltlovezh", 16);
        apk->str[g_bytes_get_size(bytes) - 2] = 16; /* length of the comment */
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(Zip) zip = zip_over(span_of(apk->str, apk->len), arena, &error);
        must_succeed(zip != NULL, error);
        Facts *facts = record_new(arena, Facts, facts__init);
        signer_read(zip, arena, facts);
        g_autofree char *text = extras_told(facts);
        assert_string_equal(text, "vasdolly - 6 huawei\n");
}

static void finds_the_block_before_the_directory_only_where_it_fits(void **state)
{
        (void)state;
        g_autoptr(GString) block = block_of(scheme(V2, "cert"));
        g_autoptr(GString) file = g_string_new("entries");
        g_string_append_len(file, block->str, (gssize)block->len);
        size_t directory = file->len;
        g_string_append(file, "directory");
        Span bytes = span_of(file->str, file->len), found;
        assert_true(signblock_find(bytes, directory, &found));
        assert_true(span_eq(found, span_of(block->str, block->len)));
        assert_true(signblock_find(bytes, directory - 1, &found)); /* no magic there: no block */
        assert_int_equal(found.len, 0);
        assert_true(signblock_find(bytes, file->len + 1, &found));
        assert_int_equal(found.len, 0);
        file->str[7]++; /* the first size no longer equals the last */
        assert_false(signblock_find(bytes, directory, &found));
        file->str[7]--;
        file->str[directory - 17] = 0x7f; /* a size of 2^62 and more */
        assert_false(signblock_find(bytes, directory, &found));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_the_certificates_apksigner_names),
                cmocka_unit_test(keeps_the_order_of_two_signers),
                cmocka_unit_test(a_rotated_key_explains_the_older_certificates),
                cmocka_unit_test(an_apk_whose_signature_was_cut_away_is_unsigned),
                cmocka_unit_test(a_signature_without_its_list_is_none),
                cmocka_unit_test(a_broken_v1_signature_is_an_anomaly),
                cmocka_unit_test(the_best_scheme_stands_first_wherever_it_stood),
                cmocka_unit_test(schemes_that_disagree_are_an_anomaly),
                cmocka_unit_test(a_signer_that_one_scheme_leaves_out_is_a_disagreement),
                cmocka_unit_test(a_rotation_explains_only_the_certificates_it_lists),
                cmocka_unit_test(the_first_block_of_a_scheme_counts),
                cmocka_unit_test(a_channel_outside_the_signature_is_told_with_its_text),
                cmocka_unit_test(malformed_blocks_are_anomalies),
                cmocka_unit_test(no_more_than_ten_signers_are_listed),
                cmocka_unit_test(a_v3_signer_says_which_api_levels_it_is_for),
                cmocka_unit_test(a_history_is_told_oldest_first_with_what_each_key_still_may),
                cmocka_unit_test(the_holder_of_a_certificate_is_told_as_written),
                cmocka_unit_test(a_signature_that_misses_its_newer_neighbour_is_stripped),
                cmocka_unit_test(an_apk_whose_block_was_cut_out_is_stripped),
                cmocka_unit_test(a_block_where_android_does_not_look_is_not_read),
                cmocka_unit_test(what_stands_beside_the_signature_is_told_by_name_or_number),
                cmocka_unit_test(a_channel_is_cut_where_it_gets_long_and_made_valid),
                cmocka_unit_test(no_more_than_32_other_pairs_are_listed),
                cmocka_unit_test(a_channel_in_the_archives_comment_is_told),
                cmocka_unit_test(finds_the_block_before_the_directory_only_where_it_fits),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
