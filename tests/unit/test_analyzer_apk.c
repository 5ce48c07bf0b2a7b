/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/analyzer.h"
#include "support/apk_tricks.h"

#include <sys/mman.h>
#include <unistd.h>

static Analyzer *analyzer;

static int load_tables(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        analyzer = analyzer_new(TEST_DATA_DIR, NULL, &error);
        must_succeed(analyzer != NULL, error);
        return 0;
}

static int drop_tables(void **state)
{
        (void)state;
        analyzer_free(analyzer);
        return 0;
}

static int file_of(Span bytes)
{
        int fd = memfd_create("apk", MFD_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, bytes.data, bytes.len), (ssize_t)bytes.len);
        return fd;
}

static Facts *facts_of(Span bytes, Arena *arena)
{
        int fd = file_of(bytes);
        Facts *facts = analyzer_apk(analyzer, fd, NULL, arena);
        close(fd);
        return facts;
}

static const Anomaly *anomaly(const Facts *facts, const char *code)
{
        for (size_t i = 0; i < facts->n_anomalies; i++) {
                if (g_str_equal(facts->anomalies[i]->code, code))
                        return facts->anomalies[i];
        }
        return NULL;
}

/* Why Android would refuse it besides the missing signature, which none of these archives has. */
static const char *refusal(const Facts *facts)
{
        const Anomaly *a = anomaly(facts, "android-would-reject");
        if (!a || g_str_equal(a->detail, "unsigned"))
                return NULL;
        return g_str_has_prefix(a->detail, "unsigned, ") ? a->detail + strlen("unsigned, ") : a->detail;
}

static void every_trick_gives_what_android_sees_or_says_that_android_refuses(void **state)
{
        (void)state;
        size_t n;
        g_autofree TrickRow *rows = trick_rows(&n);
        for (size_t i = 0; i < n; i++) {
                const TrickRow *row = &rows[i];
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GByteArray) apk = trick_build(row);
                const Facts *facts = facts_of(span_of_bytes(apk), arena);
                const char *why = refusal(facts);
                if (!g_str_equal(facts->outcome, "analysed"))
                        fail_msg("%s: %s: %s", row->row, facts->outcome, facts->detail);
                if ((int)facts->n_permissions != row->permissions)
                        fail_msg("%s: %zu permissions, not %d", row->row, facts->n_permissions,
                                 row->permissions);
                for (size_t k = 0; k < facts->n_permissions; k++)
                        assert_true(g_str_has_prefix(facts->permissions[k]->name, "android.permission.P"));
                if (g_strcmp0(why, row->rejects) != 0)
                        fail_msg("%s: refused for %s, not for %s", row->row, why, row->rejects);
                if (row->code && !anomaly(facts, row->code))
                        fail_msg("%s: %s is not told", row->row, row->code);
                for (size_t k = 0; !row->code && !row->rejects && k < facts->n_anomalies; k++) {
                        if (!strstr("unsigned android-would-reject", facts->anomalies[k]->code))
                                fail_msg("%s is regular, not %s", row->row, facts->anomalies[k]->code);
                }
                assert_string_equal(facts->package, "com.example.tricks");
                assert_int_equal(facts->n_components, 1);
        }
}

static void a_regular_apk_gives_its_facts(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) manifest = trick_manifest(WORDS_PLAIN, (AxmlTricks){0});
        g_autoptr(GByteArray) dex = trick_dex();
        g_autoptr(GByteArray) second = dex_build(38, DEX_TYPES("+Lcom/example/tricks/More;"));
        ZipPart parts[] = {{"AndroidManifest.xml", span_of_bytes(manifest), .deflated = true},
                           {"classes.dex", span_of_bytes(dex), .deflated = true},
                           {"classes2.dex", span_of_bytes(second)},
                           {"classes4.dex", span_str("never loaded")},
                           {"lib/arm64-v8a/libone.so", span_str("x")},
                           {"lib/arm64-v8a/deeper/libno.so", span_str("x")},
                           {"lib/x86/libone.so", span_str("x")},
                           {"lib/readme.so", span_str("x")}};
        g_autoptr(GByteArray) apk = zip_build(parts, G_N_ELEMENTS(parts), (ZipTricks){0});
        const Facts *facts = facts_of(span_of_bytes(apk), arena);
        assert_string_equal(facts->outcome, "analysed");
        assert_null(facts->detail);
        assert_string_equal(facts->version_name, "1.7");
        assert_int_equal(facts->version_code, 7);
        assert_string_equal(facts->label, "Tricks");
        assert_int_equal(facts->min_sdk, 21);
        assert_int_equal(facts->target_sdk, 30);
        assert_int_equal(facts->size, apk->len);
        assert_string_equal(facts->components[0]->name, "com.example.tricks.Main");
        assert_int_equal(facts->n_natives, 2);
        assert_string_equal(facts->natives[1]->abi, "x86");
        assert_string_equal(facts->natives[1]->name, "libone.so");
        assert_int_equal(facts->n_dex, 2);
        assert_string_equal(facts->dex[1]->name, "classes2.dex");
        assert_int_equal(facts->dex[1]->version, 38);
        assert_null(refusal(facts));
        assert_string_equal(facts->passes, analyzer_passes(analyzer));
        assert_true(g_str_has_prefix(analyzer_passes(analyzer), "readers.2 sdks."));
}

/* An archive of these parts, and the outcome it must have. */
static const Facts *outcome_of(Arena *arena, const ZipPart *parts, size_t n, const char *outcome)
{
        g_autoptr(GByteArray) apk = zip_build(parts, n, (ZipTricks){0});
        const Facts *facts = facts_of(span_of_bytes(apk), arena);
        assert_string_equal(facts->outcome, outcome);
        return facts;
}

static void what_is_no_apk_is_called_what_it_is(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        assert_string_equal(facts_of(span_str("<html><body>404 Not Found</body></html>"), arena)->outcome,
                            "unanalysable:not-a-zip");
        assert_string_equal(facts_of(span_str(""), arena)->outcome, "unanalysable:not-a-zip");
        const Facts *facts;
        const ZipPart text[] = {{"AndroidManifest.xml", span_str("<?xml version=\"1.0\"?><manifest/>")}};
        facts = outcome_of(arena, text, 1, "unanalysable:manifest-malformed");
        assert_non_null(strstr(facts->detail, "plain text XML"));
        const ZipPart slashed[] = {{"AndroidManifest.xml/", span_str("x")}};
        outcome_of(arena, slashed, 1, "unanalysable:no-manifest");
}

static void a_cut_download_is_never_analysed(void **state)
{
        (void)state;
        g_autoptr(GByteArray) apk =
                trick_apk(WORDS_PLAIN, (AxmlTricks){0}, (ZipPart){.deflated = true}, (ZipTricks){0});
        for (size_t len = 0; len < apk->len; len++) {
                g_autoptr(Arena) arena = arena_new();
                const Facts *facts = facts_of(span_of(apk->data, len), arena);
                assert_true(g_str_has_prefix(facts->outcome, "unanalysable:"));
                assert_non_null(facts->detail);
        }
}

static void a_directory_that_breaks_off_is_not_analysed_and_its_manifest_is_told(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) apk = trick_apk(WORDS_PLAIN, (AxmlTricks){0}, (ZipPart){0}, (ZipTricks){0});
        for (guint at = apk->len; at-- > 0;) {
                if (memcmp(apk->data + at, "PK\x01\x02", 4) != 0)
                        continue;
                apk->data[at] = 'X'; /* the last record: assets/a.txt */
                break;
        }
        const Facts *facts = facts_of(span_of_bytes(apk), arena);
        assert_string_equal(facts->outcome, "unanalysable:zip-rejected");
        assert_string_equal(facts->detail, "the central directory breaks off after 2 entries");
        assert_int_equal(facts->n_permissions, TRICK_PERMISSIONS);
}

static void a_cut_manifest_is_never_analysed(void **state)
{
        (void)state;
        enum { END_NAMESPACE = 24 }; /* the one node that nobody needs */
        g_autoptr(GByteArray) whole = trick_manifest(WORDS_PLAIN, (AxmlTricks){0});
        for (guint cut = 1; cut < whole->len; cut++) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GByteArray) manifest = trick_manifest(WORDS_PLAIN, (AxmlTricks){.cut = cut});
                const ZipPart parts[] = {{"AndroidManifest.xml", span_of_bytes(manifest)}};
                const Facts *facts =
                        outcome_of(arena, parts, 1,
                                   cut <= END_NAMESPACE ? "analysed" : "unanalysable:manifest-malformed");
                assert_int_equal(facts->n_permissions, cut <= END_NAMESPACE ? TRICK_PERMISSIONS : 0);
                if (cut <= END_NAMESPACE)
                        assert_non_null(strstr(refusal(facts), "manifest-malformed"));
        }
}

static void an_unreadable_dex_file_is_an_outcome_and_the_manifest_is_kept(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) manifest = trick_manifest(WORDS_PLAIN, (AxmlTricks){0});
        ZipPart parts[] = {{"AndroidManifest.xml", span_of_bytes(manifest)},
                           {"classes.dex", span_str("encrypted by a packer")}};
        const Facts *facts = outcome_of(arena, parts, 2, "unanalysable:dex-malformed");
        assert_string_equal(facts->package, "com.example.tricks");
        assert_true(g_str_has_prefix(facts->detail, "classes.dex: "));
        parts[1].method = 8;
        facts = outcome_of(arena, parts, 2, "unanalysable:dex-unreadable");
        assert_true(g_str_has_prefix(facts->detail, "classes.dex: "));
}

static void missing_code_is_told_unless_the_manifest_announces_none(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) manifest = trick_manifest(WORDS_PLAIN, (AxmlTricks){0});
        const ZipPart parts[] = {{"AndroidManifest.xml", span_of_bytes(manifest)}};
        const Facts *facts = outcome_of(arena, parts, 1, "analysed");
        assert_string_equal(refusal(facts), "dex-missing");

        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "manifest");
        axml_plain(x, "package", "com.example.theme");
        axml_open_tag(x, "application");
        axml_truth(x, ATTR_HAS_CODE, false);
        axml_close_tags(x, 2);
        g_autoptr(GByteArray) theme = axml_end(x, (AxmlTricks){0});
        const ZipPart codeless[] = {{"AndroidManifest.xml", span_of_bytes(theme)}};
        facts = outcome_of(arena, codeless, 1, "analysed");
        assert_null(refusal(facts));
}

/* Where code lies that Android does not load by itself. */
static void code_in_other_places_is_told(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) manifest = trick_manifest(WORDS_PLAIN, (AxmlTricks){0});
        g_autoptr(GByteArray) dex = trick_dex();
        const ZipPart inner[] = {{"classes.dex", span_of_bytes(dex)}}, text[] = {{"readme", span_str("x")}};
        g_autoptr(GByteArray) jar = zip_build(inner, 1, (ZipTricks){0});
        g_autoptr(GByteArray) plain = zip_build(text, 1, (ZipTricks){0});
        const ZipPart parts[] = {{"AndroidManifest.xml", span_of_bytes(manifest)},
                                 {"classes.dex", span_of_bytes(dex)},
                                 {"classes3.dex", span_of_bytes(dex)},
                                 {"classes4.dex", span_str("x")},
                                 {"classes02.dex", span_str("x")},
                                 {"assets/plain.bin", span_of_bytes(dex), .deflated = true},
                                 {"assets/jar.bin", span_of_bytes(jar)},
                                 {"assets/nothing.bin", span_of_bytes(plain)},
                                 {"assets/Named.APK", span_str("x")},
                                 {"lib/x86/libdex.so", span_of_bytes(dex)},
                                 {"lib/x86/libtrue.so", span_str("\x7f"
                                                                 "ELF")},
                                 {"elsewhere.bin", span_of_bytes(dex)}};
        const Facts *facts = outcome_of(arena, parts, G_N_ELEMENTS(parts), "analysed");
        assert_int_equal(facts->n_dex, 1);
        assert_string_equal(anomaly(facts, "dex-after-gap")->detail, "classes3.dex, classes4.dex");
        assert_string_equal(
                anomaly(facts, "dex-elsewhere")->detail,
                "classes02.dex, assets/plain.bin, assets/jar.bin, assets/Named.APK, lib/x86/libdex.so");
        facts = outcome_of(arena, parts, 2, "analysed");
        assert_null(anomaly(facts, "dex-after-gap"));
        assert_null(anomaly(facts, "dex-elsewhere"));
}

static void many_such_places_are_counted(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        ZipPart parts[12];
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++) {
                g_ptr_array_add(names, g_strdup_printf("a/%u.jar", i));
                parts[i] = (ZipPart){names->pdata[i], span_str("x")};
        }
        const Facts *facts = outcome_of(arena, parts, G_N_ELEMENTS(parts), "unanalysable:no-manifest");
        assert_true(g_str_has_suffix(anomaly(facts, "dex-elsewhere")->detail, "a/7.jar and 4 more"));
}

static void a_dex_file_of_an_unknown_method_is_read_and_android_would_not_run_it(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) manifest = trick_manifest(WORDS_PLAIN, (AxmlTricks){0});
        g_autoptr(GByteArray) dex = trick_dex();
        for (int deflated = 0; deflated < 2; deflated++) {
                const ZipPart parts[] = {
                        {"AndroidManifest.xml", span_of_bytes(manifest)},
                        {"classes.dex", span_of_bytes(dex), .method = 0x2222, .deflated = deflated}};
                const Facts *facts = outcome_of(arena, parts, G_N_ELEMENTS(parts), "analysed");
                assert_int_equal(facts->n_dex, 1);
                assert_string_equal(refusal(facts), "dex-unknown-method");
        }
}

static void what_is_asked_for_decides_which_passes_run_and_is_told(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) apk = trick_apk(WORDS_PLAIN, (AxmlTricks){0}, (ZipPart){0}, (ZipTricks){0});
        int fd = file_of(span_of_bytes(apk));
        const char *const only[] = {"sdks", NULL};
        const Facts *facts = analyzer_apk(analyzer, fd, &(AnalyzerOptions){.only = only}, arena);
        g_auto(GStrv) words = g_strsplit(facts->passes, " ", -1);
        assert_int_equal(g_strv_length(words), 2);
        assert_string_equal(words[0], "readers.2");
        assert_true(g_str_has_prefix(words[1], "sdks."));
        facts = analyzer_apk(analyzer, fd, &(AnalyzerOptions){0}, arena);
        assert_string_equal(facts->passes, analyzer_passes(analyzer));
        const char *const *names = analyzer_pass_names();
        for (size_t i = 0; names[i]; i++)
                assert_non_null(strstr(analyzer_passes(analyzer), names[i]));
        close(fd);
}

static void add_name(Span descriptor, void *names)
{
        g_string_append_len(names, (const char *)descriptor.data, (gssize)descriptor.len);
}

static void class_names_come_out_in_file_order(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autoptr(GByteArray) first = trick_dex();
        g_autoptr(GByteArray) second = dex_build(38, DEX_TYPES("+La/A;", "Lnot/Defined;", "+La/B;"));
        const ZipPart parts[] = {{"classes2.dex", span_of_bytes(second)},
                                 {"classes.dex", span_of_bytes(first), .deflated = true}};
        g_autoptr(GByteArray) apk = zip_build(parts, 2, (ZipTricks){0});
        int fd = file_of(span_of_bytes(apk));
        GString *names = g_string_new(NULL);
        must_succeed(analyzer_classes(fd, add_name, names, &error), error);
        assert_string_equal(names->str, "Lcom/example/tricks/Main;La/A;La/B;");
        g_string_free(names, TRUE);
        close(fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_trick_gives_what_android_sees_or_says_that_android_refuses),
                cmocka_unit_test(a_regular_apk_gives_its_facts),
                cmocka_unit_test(what_is_no_apk_is_called_what_it_is),
                cmocka_unit_test(a_cut_download_is_never_analysed),
                cmocka_unit_test(a_directory_that_breaks_off_is_not_analysed_and_its_manifest_is_told),
                cmocka_unit_test(a_cut_manifest_is_never_analysed),
                cmocka_unit_test(an_unreadable_dex_file_is_an_outcome_and_the_manifest_is_kept),
                cmocka_unit_test(missing_code_is_told_unless_the_manifest_announces_none),
                cmocka_unit_test(code_in_other_places_is_told),
                cmocka_unit_test(many_such_places_are_counted),
                cmocka_unit_test(a_dex_file_of_an_unknown_method_is_read_and_android_would_not_run_it),
                cmocka_unit_test(what_is_asked_for_decides_which_passes_run_and_is_told),
                cmocka_unit_test(class_names_come_out_in_file_order),
        };
        return cmocka_run_group_tests(tests, load_tables, drop_tables);
}
