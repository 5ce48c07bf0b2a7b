/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jars made by tests/support/make-jars, each breaking one rule of JAR signing; good ones too, by our own hand
 * and by the tools that F-Droid signs with. */
#include "unit/unit.h"

#include "core/digest.h"
#include "crawler/markets/fdroid.h"
#include "crawler/markets/jarsign.h"
#include "crawler/markets/manifest.h"

#include <glib/gstdio.h>

static char *folder;

static Span file_bytes(Arena *arena, const char *name, bool *there)
{
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *bytes = NULL;
        gsize len = 0;
        *there = g_file_get_contents(path, &bytes, &len, NULL);
        char *copy = arena_alloc(arena, len + 1);
        if (len)
                memcpy(copy, bytes, len);
        return span_of(copy, len);
}

static Span jar_bytes(Arena *arena, const char *name)
{
        bool there;
        g_autofree char *file = g_strconcat(name, ".jar", NULL);
        Span jar = file_bytes(arena, file, &there);
        if (!there)
                skip(); /* a tool is missing on this machine */
        return jar;
}

static const char *fingerprint_of(Arena *arena, const char *key)
{
        bool there;
        g_autofree char *file = g_strconcat(key, ".fingerprint", NULL);
        const char *hex = (const char *)file_bytes(arena, file, &there).data;
        assert_true(there);
        return hex;
}

typedef struct {
        const char *sentence, *jar;
        bool v1;
        const char *key;  /* fingerprint that is pinned; NULL: one */
        const char *says; /* part of the error; NULL: it is good */
        Fault code;
} Case;

static void verdict_is_right(void **state)
{
        const Case *c = *state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        const char *fingerprint = fingerprint_of(arena, c->key ? c->key : "one");
        Span document;
        IndexEntry *entry = fdroid_jar(c->v1 ? FDROID_INDEX_V1 : FDROID_ENTRY_V2, jar_bytes(arena, c->jar),
                                       fingerprint, (Span){NULL, 0}, arena, &document, &error);
        if (!c->says) {
                must_succeed(entry != NULL, error);
                assert_true(entry->timestamp_ms > 0);
                char hex[SHA256_HEX_SIZE];
                digest_sha256_hex(span_of(entry->certificate.data, entry->certificate.len), hex);
                assert_string_equal(hex, fingerprint);
                assert_int_equal(c->v1, document.len > 0);
                return;
        }
        assert_null(entry);
        assert_non_null(error);
        if (!strstr(error->message, c->says))
                fail_msg("\"%s\" does not say \"%s\"", error->message, c->says);
        if (!g_str_has_prefix(error->message, c->v1 ? "index-v1.jar: " : "entry.jar: "))
                fail_msg("\"%s\" does not name its jar", error->message);
        if (!fault_is(error, c->code))
                fail_msg("\"%s\" has the code %d, not %d", error->message, error->code, c->code);
}

#define S FAULT_SIGNATURE
static const Case cases[] = {
        {"a jar signed by hand is good", "plain", .says = NULL},
        {"a jar signed by apksigner is good", "apksigner"},
        {"an index-v1.jar signed by jarsigner with SHA-1 is good", "jarsigner", true},
        {"lines may end in line feeds alone", "line-feeds"},
        {"header lines may be folded anywhere", "folded"},
        {"signed attributes are verified too", "signed-attributes"},
        {"folders and deeper files in META-INF are no signature blocks", "folders"},
        {"an elliptic-curve key is as good", "elliptic", .key = "ec"},
        {"META-INF is found in any case of letters", "lower-case"},
        {"a section digest stands in for a missing main digest", "section-instead"},
        {"a section digest stands in where the manifest has grown", "section-after-growth"},
        {"SHA-1 is good enough in v1", "v1-sha1", true},
        {"SHA-256 is good in v1", "v1-sha256", true},
        {"a block over SHA-1 is good enough in v1", "v1-sha1-block", true},
        {"an age limit may be absent", "document-no-age"},

        {"a changed entry is refused", "tampered-entry", false, NULL,
         "SHA-256-Digest does not match entry.json", S},
        {"a changed manifest is refused", "tampered-manifest", false, NULL,
         "META-INF/X.SF: SHA-256-Digest-Manifest does not match MANIFEST.MF", S},
        {"a changed section is refused even with a section digest", "tampered-manifest-section", false, NULL,
         "META-INF/X.SF: SHA-256-Digest-Manifest does not match MANIFEST.MF", S},
        {"a changed signature file is refused", "tampered-sf", false, NULL,
         "META-INF/X.RSA: does not sign the .SF file", S},
        {"a changed signature is refused", "tampered-block", false, NULL,
         "META-INF/X.RSA: does not sign the .SF file", S},
        {"half a signature block is refused", "cut-block", false, NULL, "META-INF/X.RSA: no CMS structure",
         S},
        {"an empty signature block is refused", "no-block-bytes", false, NULL,
         "META-INF/X.RSA: no CMS structure", S},
        {"a signed digest of other bytes is refused", "section-wrong", false, NULL, "does not match", S},
        {"an entry that the manifest does not name is refused", "entry-unsigned", false, NULL,
         "no section is named entry.json", S},
        {"a manifest that names the entry twice is refused", "entry-named-twice", false, NULL,
         "two sections are named entry.json", FAULT_MALFORMED},
        {"a section without a digest is refused", "no-digest", false, NULL, "states no SHA-256-Digest", S},
        {"a manifest line without a colon is refused", "broken-manifest-line", false, NULL,
         "no \"Key: value\"", FAULT_MALFORMED},

        {"SHA-1 throughout is refused in v2", "sha1-in-v2", false, NULL,
         "SHA-256-Digest-Manifest does not match", S},
        {"a SHA-1 digest of the entry is refused in v2", "sha1-entry-in-v2", false, NULL,
         "SHA1-Digest of entry.json is refused", S},
        {"SHA-1 is refused in v2 even beside SHA-256", "sha1-beside-sha256", false, NULL,
         "SHA1-Digest of entry.json is refused", S},
        {"MD5 is refused in v2", "md5", false, NULL, "MD5-Digest of entry.json is refused", S},
        {"MD5 is refused in v1", "v1-md5", true, NULL, "MD5-Digest of index-v1.json is refused", S},
        {"what is neither SHA-1 nor SHA-256 is refused in v1", "v1-sha512", true, NULL,
         "SHA-512-Digest of index-v1.json is refused", S},
        {"a block over SHA-1 is refused in v2", "sha1-block-in-v2", false, NULL, "signed over SHA1", S},
        {"a block over MD5 is refused", "md5-block", false, NULL, "signed over MD5", S},

        {"an unsigned jar is refused", "unsigned", false, NULL, "not signed", S},
        {"another key is refused and both fingerprints printed", "other-key", false, NULL,
         "the market file states the fingerprint", S},
        {"two signature blocks are refused", "two-blocks", false, NULL,
         "two signature blocks, META-INF/X.RSA and META-INF/Y.RSA", S},
        {"two signers in one block are refused", "two-signers", false, NULL, "holds 2 signers", S},
        {"a second certificate is refused", "two-certificates", false, NULL, "holds 2 certificates", S},
        {"a block without a certificate is refused", "no-certificate", false, NULL, "holds 0 certificates",
         S},
        {"a block that carries its own content is refused", "attached", false, NULL,
         "carries signed content of its own", S},
        {"a certificate of less than 256 bytes is refused", "tiny-certificate", false, "t",
         "bytes, at least 256 are expected", S},

        {"two entries of one name are refused", "two-entries", false, NULL,
         "two entries are named entry.json", S},
        {"two manifests in other cases of letters are refused", "two-manifests", false, NULL,
         "two entries are named META-INF/", S},
        {"a block without its signature file is refused", "no-sf", false, NULL, "META-INF/X.SF is missing",
         S},
        {"a jar without a manifest is refused", "no-manifest", false, NULL, "MANIFEST.MF is missing", S},
        {"a jar without its entry is refused", "no-entry", false, NULL, "entry.json is missing", S},
        {"an entry over its limit is cut off", "bomb", false, NULL, "entry.json: more than 1048576 bytes",
         FAULT_LIMIT},
        {"a small declared size does not open the limit", "liar", false, NULL, "entry.json: ", FAULT_LIMIT},
        {"a crowd of entries is refused", "crowd", false, NULL, "1500 entries", FAULT_LIMIT},
        {"a jar over its limit is refused unread", "long", false, NULL, "at most 1048576 are read",
         FAULT_LIMIT},
        {"a page of HTML is no jar", "no-zip", false, NULL, "no zip archive", FAULT_MALFORMED},
        {"a jar cut short is no jar", "cut", false, NULL, "no zip archive", FAULT_MALFORMED},
        {"a damaged stream is malformed", "broken-deflate", false, NULL, "entry.json: ", FAULT_MALFORMED},
        {"an entry.jar is no index-v1.jar", "plain", true, NULL, "index-v1.json is missing", S},

        {"signed text that is no JSON is malformed", "document-not-json", false, NULL, "entry.json: JSON",
         FAULT_MALFORMED},
        {"a document without a timestamp is malformed", "document-no-timestamp", false, NULL,
         "states no timestamp", FAULT_MALFORMED},
        {"a document without an index is malformed", "document-no-index", false, NULL, "index states no name",
         FAULT_MALFORMED},
        {"an index without a digest is malformed", "document-bad-digest", false, NULL,
         "index states no name, SHA-256", FAULT_MALFORMED},
        {"an index without a size is malformed", "document-no-size", false, NULL,
         "index states no name, SHA-256", FAULT_MALFORMED},
        {"an index larger than we read is a limit", "document-huge-index", false, NULL,
         "of 99999999999 bytes", FAULT_LIMIT},
        {"deep nesting is a limit", "document-deep", false, NULL, "entry.json: JSON", FAULT_LIMIT},
};
#undef S

static void an_entry_keeps_names_and_sorts_diffs(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        IndexEntry *entry = fdroid_jar(FDROID_ENTRY_V2, jar_bytes(arena, "plain"),
                                       fingerprint_of(arena, "one"), (Span){NULL, 0}, arena, NULL, &error);
        must_succeed(entry != NULL, error);
        assert_int_equal(entry->timestamp_ms, 1787380631088);
        assert_int_equal(entry->max_age_days, 14);
        assert_string_equal(entry->index->name, "/index-v2.json");
        assert_int_equal(entry->index->size, 687615);
        assert_int_equal(entry->n_diffs, 2); /* no key that is no time, no diff without a digest */
        assert_int_equal(entry->diffs[0]->from_timestamp_ms, 1700000000000);
        assert_string_equal(entry->diffs[0]->name, "../diff/elsewhere.json");
        assert_int_equal(entry->diffs[1]->from_timestamp_ms, 1786517879068);
}

static void a_v1_jar_hands_out_its_document(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        Span document;
        IndexEntry *entry =
                fdroid_jar(FDROID_INDEX_V1, jar_bytes(arena, "v1-sha1"), fingerprint_of(arena, "one"),
                           (Span){NULL, 0}, arena, &document, &error);
        must_succeed(entry != NULL, error);
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(document, hex);
        assert_string_equal(entry->index->sha256, hex);
        assert_int_equal(entry->index->size, document.len);
        assert_true(span_starts(document, span_str("{\"repo\"")));
}

static void a_wrong_fingerprint_is_answered_with_both(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        const char *one = fingerprint_of(arena, "one"), *two = fingerprint_of(arena, "two");
        assert_null(fdroid_jar(FDROID_ENTRY_V2, jar_bytes(arena, "plain"), two, (Span){NULL, 0}, arena, NULL,
                               &error));
        assert_non_null(strstr(error->message, one));
        assert_non_null(strstr(error->message, two));
}

static void the_fingerprint_may_be_in_capitals(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autofree char *loud = g_ascii_strup(fingerprint_of(arena, "one"), -1);
        must_succeed(fdroid_jar(FDROID_ENTRY_V2, jar_bytes(arena, "plain"), loud, (Span){NULL, 0}, arena,
                                NULL, &error) != NULL,
                     error);
}

static void the_pinned_certificate_is_compared_whole(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        bool there;
        Span one = file_bytes(arena, "one.der", &there), two = file_bytes(arena, "two.der", &there);
        const char *fingerprint = fingerprint_of(arena, "one");
        Span jar = jar_bytes(arena, "plain");
        must_succeed(fdroid_jar(FDROID_ENTRY_V2, jar, fingerprint, one, arena, NULL, &error) != NULL, error);
        assert_null(fdroid_jar(FDROID_ENTRY_V2, jar, fingerprint, two, arena, NULL, &error));
        assert_true(fault_is(error, FAULT_SIGNATURE));
        assert_non_null(strstr(error->message, "was pinned at first contact"));
        assert_non_null(strstr(error->message, fingerprint));
        assert_non_null(strstr(error->message, fingerprint_of(arena, "two")));
}

static void every_damaged_byte_is_noticed_or_harmless(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const char *fingerprint = fingerprint_of(arena, "one");
        Span jar = jar_bytes(arena, "plain");
        uint8_t *copy = arena_alloc(arena, jar.len);
        for (size_t i = 0; i < jar.len; i += 3) {
                g_autoptr(Arena) turn = arena_new();
                memcpy(copy, jar.data, jar.len);
                copy[i] ^= 0x41;
                IndexEntry *entry = fdroid_jar(FDROID_ENTRY_V2, span_of(copy, jar.len), fingerprint,
                                               (Span){NULL, 0}, turn, NULL, NULL);
                if (entry) /* a byte nobody reads, such as a date in the directory: the answer stays what was
                              signed */
                        assert_int_equal(entry->timestamp_ms, 1787380631088);
        }
}

static void a_manifest_section_is_digested_with_its_blank_line(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        Span file = span_str(
                "Manifest-Version: 1.0\r\n\r\nName: a\r\nKey: 1\r\n 2\r\n  3\r\n\r\nName: b\r\nkey: 4\r\n");
        ManifestSection section;
        must_succeed(manifest_section(file, "a", arena, &section, &error), error);
        assert_true(span_eq_str(section.raw, "Name: a\r\nKey: 1\r\n 2\r\n  3\r\n\r\n"));
        assert_true(span_eq_str(manifest_value(&section, "KEY"), "12 3"));
        must_succeed(manifest_section(file, "b", arena, &section, &error), error);
        assert_true(span_eq_str(section.raw, "Name: b\r\nkey: 4\r\n"));
        must_succeed(manifest_section(file, NULL, arena, &section, &error), error);
        assert_true(span_eq_str(manifest_value(&section, "Manifest-Version"), "1.0"));
        assert_false(manifest_section(file, "c", arena, &section, &error));
        assert_true(fault_is(error, FAULT_NOT_FOUND));
}

static int make_jars(void **state)
{
        (void)state;
        jarsign_warm_up();
        folder = g_dir_make_tmp("overreach-jars-XXXXXX", NULL);
        char *argv[] = {TEST_SOURCE_DIR "/support/make-jars", folder, NULL};
        int status = -1;
        g_autoptr(GError) error = NULL;
        g_autofree char *story = NULL;
        bool ran = g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &story,
                                &status, &error);
        if (!ran || status != 0)
                print_error("make-jars: %s\n", error ? error->message : story);
        return ran && status == 0 ? 0 : -1;
}

static int remove_jars(void **state)
{
        (void)state;
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        for (const char *name; dir && (name = g_dir_read_name(dir));) {
                g_autofree char *path = g_build_filename(folder, name, NULL);
                g_unlink(path);
        }
        g_rmdir(folder);
        g_free(folder);
        return 0;
}

int main(void)
{
        static const struct CMUnitTest more[] = {
                cmocka_unit_test(an_entry_keeps_names_and_sorts_diffs),
                cmocka_unit_test(a_v1_jar_hands_out_its_document),
                cmocka_unit_test(a_wrong_fingerprint_is_answered_with_both),
                cmocka_unit_test(the_fingerprint_may_be_in_capitals),
                cmocka_unit_test(the_pinned_certificate_is_compared_whole),
                cmocka_unit_test(every_damaged_byte_is_noticed_or_harmless),
                cmocka_unit_test(a_manifest_section_is_digested_with_its_blank_line),
        };
        struct CMUnitTest tests[G_N_ELEMENTS(cases) + G_N_ELEMENTS(more)];
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                tests[i] = (struct CMUnitTest){cases[i].sentence, verdict_is_right, NULL, NULL,
                                               (void *)&cases[i]};
        memcpy(tests + G_N_ELEMENTS(cases), more, sizeof more);
        return cmocka_run_group_tests(tests, make_jars, remove_jars);
}
