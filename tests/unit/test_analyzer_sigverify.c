/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/apk/certificate.h"
#include "analyzer/apk/contentdigest.h"
#include "analyzer/apk/jardigest.h"
#include "analyzer/apk/signblock.h"
#include "analyzer/apk/sigverify.h"
#include "core/digest.h"

/* The seeds were signed by apksigner, tests/e2e/test_signers.sh compares many more with it. */
static GString *seed(const char *name)
{
        g_autofree char *path =
                g_build_filename(TEST_SOURCE_DIR, "fuzz", "seeds", "analyzer_signer", name, NULL);
        g_autoptr(GError) error = NULL;
        char *bytes = NULL;
        gsize size = 0;
        must_succeed(g_file_get_contents(path, &bytes, &size, &error), error);
        GString *out = g_string_new_len(bytes, (gssize)size);
        g_free(bytes);
        return out;
}

/* "scheme result; ..." of an APK whose manifest states these levels. */
static char *verdict(const GString *apk, int min_sdk, int target_sdk)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autofree uint8_t *exact = g_memdup2(apk->str, apk->len); /* so that a sanitizer sees the end */
        g_autoptr(Zip) zip = zip_over(span_of(exact, apk->len), arena, &error);
        if (!zip)
                return g_strdup("no archive");
        Facts *facts = record_new(arena, Facts, facts__init);
        facts->has_min_sdk = facts->has_target_sdk = true;
        facts->min_sdk = min_sdk;
        facts->target_sdk = target_sdk;
        bool good = sigverify(zip, arena, facts);
        assert_int_equal(good, g_str_has_prefix(facts->verification[0]->result, "verified:"));
        GString *text = g_string_new(NULL);
        for (size_t i = 0; i < facts->n_verification; i++)
                g_string_append_printf(text, "%s%s %s", i ? "; " : "", facts->verification[i]->scheme,
                                       facts->verification[i]->result);
        return g_string_free(text, FALSE);
}

static void says(const GString *apk, int min_sdk, const char *wanted)
{
        g_autofree char *text = verdict(apk, min_sdk, 28);
        assert_string_equal(text, wanted);
}

static gsize find(const GString *apk, const char *bytes)
{
        for (gsize i = 0; i + strlen(bytes) <= apk->len; i++)
                if (memcmp(apk->str + i, bytes, strlen(bytes)) == 0)
                        return i;
        fail_msg("the seed does not hold \"%s\"", bytes);
        return 0;
}

static void good_signatures_verify_whatever_android_looks_at_them(void **state)
{
        (void)state;
        g_autoptr(GString) all = seed("v1-v2-v3.apk");
        says(all, 21, "apk verified:v3; v3 verified; v2 verified; v1 verified");
        says(all, 24, "apk verified:v3; v3 verified; v2 verified; v1 verified");
        says(all, 28, "apk verified:v3; v3 verified; v2 verified; v1 verified");
        g_autoptr(GString) two = seed("two-signers.apk");
        says(two, 21, "apk verified:v2; v2 verified; v1 verified");
        g_autoptr(GString) old = seed("v1-rsa.apk");
        says(old, 21, "apk verified:v1; v1 verified");
}

static void a_rotated_key_verifies_with_the_old_one_in_older_schemes(void **state)
{
        (void)state;
        g_autoptr(GString) rotated = seed("rotated.apk");
        says(rotated, 21, "apk verified:v3; v3 verified; v2 verified; v1 verified");
}

static void a_changed_file_is_a_mismatch_of_contents(void **state)
{
        (void)state;
        g_autoptr(GString) apk = seed("v1-v2-v3.apk");
        apk->str[0x40] ^= 1;
        g_autofree char *text = verdict(apk, 24, 28);
        assert_true(g_str_has_prefix(
                text, "apk mismatch:contents; v3 mismatch:contents; v2 mismatch:contents; v1 "));
}

static void a_changed_directory_is_a_mismatch_of_contents(void **state)
{
        (void)state;
        g_autoptr(GString) apk = seed("v1-v2-v3.apk");
        apk->str[find(apk, "PK\1\2") + 12] ^= 1; /* a time */
        says(apk, 24, "apk mismatch:contents; v3 mismatch:contents; v2 mismatch:contents; v1 verified");
}

static void a_comment_behind_the_archive_is_a_mismatch_of_contents(void **state)
{
        (void)state;
        g_autoptr(GString) apk = seed("v1-v2-v3.apk");
        apk->str[apk->len - 2] = 1;
        g_string_append_c(apk, '!');
        says(apk, 24, "apk mismatch:contents; v3 mismatch:contents; v2 mismatch:contents; v1 verified");
}

/* Where the value of a scheme starts. */
static gsize value_of(const GString *apk, size_t scheme)
{
        char number[5] = {(char)sign_schemes[scheme].id, (char)(sign_schemes[scheme].id >> 8),
                          (char)(sign_schemes[scheme].id >> 16), (char)(sign_schemes[scheme].id >> 24)};
        return find(apk, number) + 4;
}

static void what_was_signed_cannot_be_changed(void **state)
{
        (void)state;
        g_autoptr(GString) apk = seed("v1-v2-v3.apk");
        gsize at = value_of(apk, SIGN_V3) + 4 + 4 + 4 + 4 + 4 + 4 +
                   4; /* lists, signer, data, digests, digest, number, size */
        apk->str[at] ^= 1;
        says(apk, 24, "apk mismatch:signature; v3 mismatch:signature; v2 verified; v1 verified");
}

static void an_old_scheme_counts_only_where_an_old_android_looks(void **state)
{
        (void)state;
        g_autoptr(GString) apk = seed("v1-v2-v3.apk");
        apk->str[value_of(apk, SIGN_V2) + 28] ^= 1; /* the digest that v2 signed */
        says(apk, 24, "apk mismatch:signature; v3 verified; v2 mismatch:signature; v1 verified");
        says(apk, 28, "apk verified:v3; v3 verified; v2 mismatch:signature; v1 verified");
}

static void a_scheme_that_was_taken_out_is_missed(void **state)
{
        (void)state;
        g_autoptr(GString) apk = seed("v1-v2-v3.apk");
        apk->str[value_of(apk, SIGN_V3) - 4] ^= 1; /* nobody knows that pair any more */
        says(apk, 24, "apk mismatch:stripped; v2 mismatch:stripped; v1 mismatch:stripped");
        apk->str[value_of(apk, SIGN_V2) - 4] ^= 1;
        says(apk, 24, "apk mismatch:stripped; v1 mismatch:stripped");
}

static void a_v1_signature_alone_is_not_enough_for_a_new_target(void **state)
{
        (void)state;
        g_autoptr(GString) apk = seed("v1-rsa.apk");
        g_autofree char *text = verdict(apk, 21, 30);
        assert_string_equal(text, "apk mismatch:scheme; v1 verified");
}

static void a_v1_signature_that_old_androids_want_and_do_not_find(void **state)
{
        (void)state;
        g_autoptr(GString) apk = seed("v1-v2-v3.apk");
        for (gsize i = 0; i + 3 < apk->len; i++)
                if (memcmp(apk->str + i, ".SF", 3) == 0)
                        apk->str[i + 1] = 's';
        g_autofree char *text = verdict(apk, 21, 28);
        assert_string_equal(text, "apk mismatch:contents; v3 mismatch:contents; v2 mismatch:contents");
}

static void an_algorithm_is_not_supported_before_android_knew_it(void **state)
{
        (void)state;
        g_autoptr(GString) two = seed("two-signers.apk"); /* keys on curves, unknown before Android 4.3 */
        g_autofree char *text = verdict(two, 16, 28);
        assert_true(g_str_has_prefix(text, "apk unsupported:ECDSA with SHA-"));
        assert_non_null(strstr(text, "v2 verified; v1 unsupported:ECDSA with SHA-"));
}

static void an_apk_without_a_signature_is_unsigned(void **state)
{
        (void)state;
        g_autoptr(GString) apk = seed("v1-rsa.apk");
        for (gsize i = 0; i + 5 < apk->len; i++)
                if (memcmp(apk->str + i, "K.RSA", 5) == 0)
                        memcpy(apk->str + i, "K.TXT", 5);
        says(apk, 21, "apk unsigned");
}

static void nothing_else_of_the_facts_is_touched(void **state)
{
        (void)state;
        g_autoptr(GString) apk = seed("v1-rsa.apk");
        apk->str[0x40] ^= 1; /* a checksum that v1 finds wrong */
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(Zip) zip = zip_over(span_of(apk->str, apk->len), arena, &error);
        must_succeed(zip != NULL, error);
        Facts *facts = record_new(arena, Facts, facts__init);
        g_autoptr(GBytes) before = record_pack(facts);
        size_t odd = zip_oddities(zip)->n;
        assert_false(sigverify(zip, arena, facts));
        facts->n_verification = 0;
        g_autoptr(GBytes) after = record_pack(facts);
        assert_true(g_bytes_equal(before, after));
        assert_int_equal(zip_oddities(zip)->n, odd);
}

/* Every bit of the file that Android 9 looks at is covered: what may change is the padding of the signing
 * block, whose bytes nobody reads, and v2 and v1, which it passes over. */
static void no_byte_outside_the_signing_block_can_change(void **state)
{
        (void)state;
        g_autoptr(GString) apk = seed("v1-v2-v3.apk");
        gsize directory = find(apk, "PK\1\2");
        uint64_t block = 0;
        for (unsigned i = 0; i < 8; i++)
                block |= (uint64_t)(uint8_t)apk->str[directory - 24 + i] << (8 * i);
        gsize start = directory - (gsize)block - 8;
        for (gsize i = 0; i < apk->len; i = i + 1 == start ? directory : i + 1) {
                apk->str[i] ^= 4;
                g_autofree char *text = verdict(apk, 28, 28);
                if (g_str_has_prefix(text, "apk verified"))
                        fail_msg("byte %zu can be changed: %s", i, text);
                apk->str[i] ^= 4;
        }
}

/* ---- digests of contents */

static void put_u32(GString *to, uint32_t value)
{
        for (unsigned i = 0; i < 4; i++)
                g_string_append_c(to, (char)(value >> (8 * i)));
}

static void add_digest(GString *to, const GString *bytes)
{
        uint8_t sha256[SHA256_SIZE];
        digest_sha256(span_of(bytes->str, bytes->len), sha256);
        g_string_append_len(to, (const char *)sha256, sizeof sha256);
}

/* Entries of one byte, a directory of one, an end record, by the words of the specification. */
static void contents_are_digested_in_chunks_of_each_part(void **state)
{
        (void)state;
        g_autoptr(GString) file = g_string_new("eBLOCKd");
        g_string_append_len(file, "PK\5\6............\0\0\0\0\2\0??", 24);
        Contents contents;
        assert_true(contents_cut(span_of(file->str, file->len), span_of(file->str + 1, 5), 6, 7, &contents));
        g_autoptr(GString) all = g_string_new("\x5a");
        put_u32(all, 3);
        static const char end[] = "PK\5\6............\1\0\0\0\2\0??"; /* the block starts at 1 */
        const Span parts[] = {span_str("e"), span_str("d"), span_of(end, 24)};
        for (size_t i = 0; i < 3; i++) {
                g_autoptr(GString) chunk = g_string_new("\xa5");
                put_u32(chunk, (uint32_t)parts[i].len);
                g_string_append_len(chunk, (const char *)parts[i].data, (gssize)parts[i].len);
                add_digest(all, chunk);
        }
        g_autoptr(GString) wanted = g_string_new(NULL);
        add_digest(wanted, all);
        assert_true(span_eq(contents_digest(&contents, CONTENT_SHA256), span_of(wanted->str, wanted->len)));
        assert_int_equal(contents_digest(&contents, CONTENT_SHA512).len, 64);
        assert_false(contents_are_paged(&contents));
}

/* Two pages: their digests fill one page, whose digest is the root. */
static void verity_is_a_tree_of_pages(void **state)
{
        (void)state;
        g_autoptr(GString) file = g_string_new(NULL);
        g_string_set_size(file, 4096);
        memset(file->str, 'e', 4096);
        g_string_append_len(file, "dPK\5\6............\0\0\0\0\0", 23);
        Contents contents;
        assert_true(contents_cut(span_of(file->str, file->len), (Span){NULL, 0}, 4096, 4097, &contents));
        g_autoptr(GString) top = g_string_new(NULL);
        g_string_append_len(top, "\0\0\0\0\0\0\0", 8); /* salt */
        for (unsigned i = 0; i < 2; i++) {
                g_autoptr(GString) page = g_string_new(NULL);
                g_string_append_len(page, "\0\0\0\0\0\0\0", 8);
                if (i == 0)
                        g_string_append_len(page, file->str, 4096);
                else
                        g_string_append_len(page, "dPK\5\6............\0\x10\0\0\0", 23);
                while (page->len < 4096 + 8)
                        g_string_append_c(page, '\0');
                add_digest(top, page);
        }
        while (top->len < 4096 + 8)
                g_string_append_c(top, '\0');
        g_autoptr(GString) wanted = g_string_new(NULL);
        add_digest(wanted, top);
        put_u32(wanted, 4096 + 23);
        put_u32(wanted, 0);
        assert_true(span_eq(contents_digest(&contents, CONTENT_VERITY), span_of(wanted->str, wanted->len)));
        assert_true(contents_are_paged(&contents));
}

static void an_end_record_that_does_not_end_the_file_has_no_contents(void **state)
{
        (void)state;
        g_autoptr(GString) file = g_string_new("ed");
        g_string_append_len(file, "PK\5\6............\0\0\0\0\1", 22);
        Contents contents;
        assert_false(contents_cut(span_of(file->str, file->len), (Span){NULL, 0}, 1, 2, &contents));
        assert_false(contents_cut(span_of(file->str, file->len), (Span){NULL, 0}, 1, 200, &contents));
}

/* ---- lists of v1 */

static JarSection section(const char *text, Arena *arena)
{
        Cursor c = cursor_over(span_str(text));
        JarSection out;
        assert_true(jarfile_next(&c, arena, &out));
        return out;
}

static void lines_go_on_and_sections_end(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        Cursor c = cursor_over(span_str(
                "\n\nManifest-Version: 1.0\r\n\r\nName: a very\r\n  long\n  name\rDigest: x: y\n\nname: \n"));
        JarSection out;
        Span value;
        assert_true(jarfile_next(&c, arena, &out));
        assert_null(out.name.data);
        assert_true(span_eq_str(out.whole, "Manifest-Version: 1.0\r\n\r\n"));
        assert_true(jarfile_next(&c, arena, &out));
        assert_true(span_eq_str(out.name, "a very long name"));
        assert_true(span_eq_str(out.whole, "Name: a very\r\n  long\n  name\rDigest: x: y\n\n"));
        assert_true(jarfile_value(&out, "digest", arena, &value));
        assert_true(span_eq_str(value, "x: y"));
        value = span_str("untouched");
        assert_false(jarfile_value(&out, "Other", arena, &value));
        assert_true(span_eq_str(value, "untouched"));
        assert_true(jarfile_next(&c, arena, &out));
        assert_non_null(out.name.data);
        assert_int_equal(out.name.len, 0);
        assert_false(jarfile_next(&c, arena, &out));
}

static void the_strongest_digest_counts_and_before_android_4_3_the_first_listed(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        /* of the three bytes "abc": SHA-1 and SHA-256 as FIPS 180 prints them */
        static const char sha1[] = "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
                          sha256[] = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        Span abc = span_str("abc");
        size_t n;
        g_autofree char *both = g_strdup_printf("Name: f\nSHA1-Digest: wrong\nSHA-256-Digest: %s\n", sha256);
        JarSection s = section(both, arena);
        assert_true(jardigest_fits(&s, "-Digest", abc, 18, arena, &n));
        assert_int_equal(n, 1);
        assert_false(jardigest_fits(&s, "-Digest", abc, 17, arena, &n));
        g_autofree char *old =
                g_strdup_printf("Name: f\nSHA1-Digest: %s\nSHA-256-Digest: %s\n", sha1, sha256);
        s = section(old, arena);
        assert_true(jardigest_fits(&s, "-Digest", abc, 9, arena, &n));
        assert_int_equal(n, 2);
        g_autofree char *listed =
                g_strdup_printf("Name: f\nDigest-Algorithms: MD4 SHA-256\nSHA-256-Digest: %s\n", sha256);
        s = section(listed, arena);
        assert_true(jardigest_fits(&s, "-Digest", abc, 9, arena, &n));
        g_autofree char *unlisted = g_strdup_printf("Name: f\nSHA-256-Digest: %s\n", sha256);
        s = section(unlisted, arena);
        assert_true(jardigest_fits(&s, "-Digest", abc, 9, arena, &n));
        assert_int_equal(n, 0); /* an old Android finds none */
        g_autofree char *bare = g_strndup(sha256, strlen(sha256) - 1);
        g_autofree char *unpadded = g_strdup_printf("Name: f\nSHA-256-Digest: %s\n", bare);
        s = section(unpadded, arena);
        assert_true(jardigest_fits(&s, "-Digest", abc, 21, arena, &n));
        assert_int_equal(n, 1);
}

static void a_list_promises_the_schemes_it_names(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        static const struct {
                const char *list;
                unsigned schemes;
        } cases[] = {{"Signature-Version: 1.0\nX-Android-APK-Signed: 2, 3\n", JARFILE_V2 | JARFILE_V3},
                     {"Signature-Version: 1.0\nx-android-apk-signed:  2 ,77\n", JARFILE_V2},
                     {"X-Android-APK-Signed: 23\n", 0},
                     {"Signature-Version: 1.0\n\nX-Android-APK-Signed: 2\n", 0},
                     {"", 0}};
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                assert_int_equal(jarfile_promised(span_str(cases[i].list), arena), cases[i].schemes);
}

/* ---- names */

static void a_name_is_told_most_specific_part_first_and_escaped(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        static const uint8_t name[] = {
                0x30, 0x46, 0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x06,
                0x13, 0x02, 'C',  'N', /* C=CN */
                0x31, 0x10, 0x30, 0x0e, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x07,
                ' ',  'A',  ',',  'B',  '+',  '"',  ' ',  0x31, 0x0c, 0x30, 0x0a,
                0x06, 0x03, 0x55, 0x04, 0x03, 0x1e, 0x03, 0x5c, 0x0f, 'x', /* odd UTF-16 */
                0x31, 0x17, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x04, 0x0b, 0x1e, 0x04,
                0x5c, 0x0f, 0x7c, /* UTF-16: two */
                0x73, 0x30, 0x08, 0x06, 0x03, 0x2a, 0x03, 0x04, 0x04, 0x01, '?'};
        g_autofree uint8_t *exact = g_memdup2(name, sizeof name);
        const char *text = certificate_name(span_of(exact, sizeof name), arena);
        assert_non_null(text);
        assert_non_null(strstr(text, "C=CN"));
        assert_true(g_str_has_prefix(text, "OU=\u5c0f\u7c73+1.2.3.4=?, CN="));
        assert_true(g_str_has_suffix(text, "O=\\ A\\,B\\+\\\"\\ , C=CN"));
        for (size_t len = 0; len < sizeof name; len++) {
                g_autofree uint8_t *cut = g_memdup2(name, len);
                assert_null(certificate_name(span_of(cut, len), arena));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(good_signatures_verify_whatever_android_looks_at_them),
                cmocka_unit_test(a_rotated_key_verifies_with_the_old_one_in_older_schemes),
                cmocka_unit_test(a_changed_file_is_a_mismatch_of_contents),
                cmocka_unit_test(a_changed_directory_is_a_mismatch_of_contents),
                cmocka_unit_test(a_comment_behind_the_archive_is_a_mismatch_of_contents),
                cmocka_unit_test(what_was_signed_cannot_be_changed),
                cmocka_unit_test(an_old_scheme_counts_only_where_an_old_android_looks),
                cmocka_unit_test(a_scheme_that_was_taken_out_is_missed),
                cmocka_unit_test(a_v1_signature_alone_is_not_enough_for_a_new_target),
                cmocka_unit_test(a_v1_signature_that_old_androids_want_and_do_not_find),
                cmocka_unit_test(an_algorithm_is_not_supported_before_android_knew_it),
                cmocka_unit_test(an_apk_without_a_signature_is_unsigned),
                cmocka_unit_test(nothing_else_of_the_facts_is_touched),
                cmocka_unit_test(no_byte_outside_the_signing_block_can_change),
                cmocka_unit_test(contents_are_digested_in_chunks_of_each_part),
                cmocka_unit_test(verity_is_a_tree_of_pages),
                cmocka_unit_test(an_end_record_that_does_not_end_the_file_has_no_contents),
                cmocka_unit_test(lines_go_on_and_sections_end),
                cmocka_unit_test(the_strongest_digest_counts_and_before_android_4_3_the_first_listed),
                cmocka_unit_test(a_list_promises_the_schemes_it_names),
                cmocka_unit_test(a_name_is_told_most_specific_part_first_and_escaped),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
