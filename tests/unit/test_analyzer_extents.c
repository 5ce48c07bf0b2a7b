/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "support/apk_tricks.h"
#include "support/arsc_build.h"
#include "support/tier_read.h"

#include "analyzer/apk/arsc.h"
#include "core/blind.h"

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

/* ---- an app in words */

/* Bytes of no meaning, other ones for each place. */
static GByteArray *junk(size_t size)
{
        GByteArray *bytes = g_byte_array_new();
        uint32_t x = (uint32_t)size;
        g_byte_array_set_size(bytes, (guint)size);
        for (size_t i = 0; i < size; i++)
                bytes->data[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
        return bytes;
}

typedef struct {
        bool bool_reference; /* the activity is exported as a resource says */
        size_t table;        /* bytes of a text in the resource table, that nothing refers to; 0: no table */
        size_t dex;          /* bytes behind each of two dex files */
        size_t media;        /* bytes of the file in front, and of the one behind */
        unsigned names;      /* further small files, which make the directory longer */
        Span local_extra;    /* of the manifest */
        ZipPart manifest;    /* tricks */
        ZipTricks zip;
} Words;

static GByteArray *manifest_of(const Words *w)
{
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "manifest");
        axml_number(x, ATTR_VERSION_CODE, 7);
        axml_text(x, ATTR_VERSION_NAME, "1.7");
        axml_plain(x, "package", "com.example.tiers");
        axml_open_tag(x, "uses-permission");
        axml_text(x, ATTR_NAME, "android.permission.CAMERA");
        axml_close_tags(x, 1);
        axml_open_tag(x, "application");
        axml_reference(x, ATTR_LABEL, 0x7f010000);
        axml_open_tag(x, "meta-data");
        axml_text(x, ATTR_NAME, "com.google.android.geo.API_KEY");
        axml_reference(x, ATTR_VALUE, 0x7f010000);
        axml_close_tags(x, 1);
        axml_open_tag(x, "activity");
        axml_text(x, ATTR_NAME, ".Main");
        if (w->bool_reference)
                axml_reference(x, ATTR_EXPORTED, 0x7f010001);
        axml_close_tags(x, 3);
        return axml_end(x, (AxmlTricks){0});
}

static GByteArray *table_of(const Words *w)
{
        g_autofree char *filler = g_strnfill(w->table, 'x');
        ArscTable tables[] = {
                {.values = {{RES_STRING, "Torch"}, {RES_INT_BOOLEAN, NULL, 1}, {RES_STRING, filler}}, .n = 3},
                {.language = "zh", .values = {{RES_STRING, "手电"}}, .n = 1}};
        return arsc_build(tables, G_N_ELEMENTS(tables));
}

static GByteArray *dex_of(const char *descriptor, size_t more)
{
        const char *types[] = {descriptor, "Landroid/app/Activity;", NULL};
        GByteArray *bytes = dex_build(35, types);
        g_autoptr(GByteArray) rest = junk(more);
        g_byte_array_append(bytes, rest->data, rest->len);
        dex_poke(bytes, 0x20, bytes->len); /* file_size */
        dex_seal(bytes, 0);
        return bytes;
}

static GByteArray *app_of(const Words *w)
{
        g_autoptr(GByteArray) manifest = manifest_of(w);
        g_autoptr(GByteArray) table = table_of(w);
        g_autoptr(GByteArray) one = dex_of("+Lcom/example/tiers/Main;", w->dex);
        g_autoptr(GByteArray) two = dex_of("+Lcom/umeng/analytics/MobclickAgent;", w->dex);
        g_autoptr(GByteArray) media = junk(w->media);
        g_autoptr(GArray) parts = g_array_new(FALSE, TRUE, sizeof(ZipPart));
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        ZipPart first = w->manifest;
        first.name = "AndroidManifest.xml";
        first.content = span_of_bytes(manifest);
        first.local_extra = w->local_extra;
        ZipPart some[] = {{"assets/a.mp4", span_of_bytes(media)},
                          first,
                          {"META-INF/androidx.core_core.version", span_str("1.9.0\n")},
                          {"assets/b.mp4", span_of_bytes(media)},
                          {"classes.dex", span_of_bytes(one), .deflated = true},
                          {"assets/c.mp4", span_of_bytes(media)},
                          {"classes2.dex", span_of_bytes(two), .deflated = true},
                          {"lib/arm64-v8a/libumeng-spy.so", span_str("\177ELF")},
                          {"assets/d.mp4", span_of_bytes(media)},
                          {"resources.arsc", span_of_bytes(table)}};
        g_array_append_vals(parts, some, G_N_ELEMENTS(some) - !w->table);
        for (unsigned i = 0; i < w->names; i++) {
                g_ptr_array_add(names, g_strdup_printf("res/drawable/a_picture_of_the_number_%u.png", i));
                ZipPart part = {g_ptr_array_index(names, i), span_str("png")};
                g_array_append_val(parts, part);
        }
        return zip_build((const ZipPart *)(const void *)parts->data, parts->len, w->zip);
}

static const Words usual = {.table = 1000, .dex = 3000, .media = 300000};

/* ---- reading it */

static void read_as(TierRead *f, const char *tier, const GByteArray *file, Arena *arena)
{
        *f = (TierRead){.arena = arena, .tier = tier, .size = file->len};
        f->from = memfd_create("file", MFD_CLOEXEC);
        f->to = memfd_create("part", MFD_CLOEXEC);
        assert_int_equal(write(f->from, file->data, file->len), (ssize_t)file->len);
        assert_int_equal(ftruncate(f->to, (off_t)file->len), 0);
        if (!g_str_equal(tier, "whole"))
                tier_fetch(f);
}

static void read_end(TierRead *f)
{
        close(f->from);
        close(f->to);
}

static Facts *facts_as(const char *tier, const GByteArray *file, Arena *arena)
{
        TierRead f;
        read_as(&f, tier, file, arena);
        if (f.whole)
                fail_msg("taken whole: %s", f.whole);
        Facts *facts = tier_facts(analyzer, &f);
        read_end(&f);
        return facts;
}

static const char *why_whole(const char *tier, const GByteArray *file, Arena *arena)
{
        TierRead f;
        read_as(&f, tier, file, arena);
        read_end(&f);
        return f.whole ? f.whole : "(not taken whole)";
}

/* ---- the same facts. What a tier cannot know stands here and in docs/analysis.md, and nowhere else. */

static bool is_unknowable(const char *code, bool dex)
{
        static const char *const never[] = {"zip-foreign-start", "zip-second-opinion", "dex-elsewhere",
                                            "arsc-unreadable", NULL};
        static const char *const names[] = {"dex-missing", "dex-after-gap", NULL};
        return g_strv_contains(never, code) ||
               (!dex && g_str_has_prefix(code, "dex-") && !g_strv_contains(names, code));
}

static void forget_anomalies(Facts *facts, bool dex)
{
        size_t n = 0;
        for (size_t i = 0; i < facts->n_anomalies; i++) {
                char *start = facts->anomalies[i]->detail;
                if (start && g_str_has_suffix(start, ", zip-foreign-start")) /* in android-would-reject */
                        start[strlen(start) - strlen(", zip-foreign-start")] = 0;
                if (!is_unknowable(facts->anomalies[i]->code, dex))
                        facts->anomalies[n++] = facts->anomalies[i];
        }
        facts->n_anomalies = n;
}

static void forget_blind(Facts *facts, bool all)
{
        size_t n = 0;
        for (size_t i = 0; i < facts->n_blind; i++) {
                if (!all && !g_str_equal(facts->blind[i]->code, "not-fetched"))
                        facts->blind[n++] = facts->blind[i];
        }
        facts->n_blind = n;
}

/* What only the dex files tell: as facts that have none of it. */
static void forget_code(Facts *facts)
{
        facts->n_dex = facts->n_hosts = facts->n_startup = facts->n_permission_use = facts->n_sdks =
                facts->n_calls = facts->n_posture = 0;
        facts->startup_reach = NULL;
        facts->has_instructions = false;
        facts->instructions = 0;
}

static char *comparable(Facts *facts, bool code)
{
        facts->sha256 = (char *)"";
        facts->passes = facts->tier = NULL;
        facts->has_fetched = false;
        facts->fetched = 0;
        forget_anomalies(facts, code);
        forget_blind(facts, !code);
        if (!code)
                forget_code(facts);
        g_autoptr(Json) json = record_json(&facts->base, false);
        return json_print(json, true);
}

static const char *first_difference(const char *some, const char *all)
{
        static char text[400];
        size_t at = 0;
        while (some[at] == all[at])
                at++;
        size_t from = at - MIN(at, (size_t)60);
        (void)g_snprintf(text, sizeof text, "\"%.150s\" where the whole has \"%.150s\"", some + from,
                         all + from);
        return text;
}

static void says_the_same(const char *tier, const GByteArray *file)
{
        g_autoptr(Arena) arena = arena_new();
        bool code = g_str_equal(tier, "dex");
        Facts *part = facts_as(tier, file, arena), *whole = facts_as("whole", file, arena);
        assert_string_equal(part->tier, tier);
        g_autofree char *some = comparable(part, code), *all = comparable(whole, code);
        if (!g_str_equal(some, all))
                fail_msg("tier %s: %s", tier, first_difference(some, all));
}

static void both_tiers_say_of_their_depth_what_the_whole_file_says(void **state)
{
        g_autoptr(GByteArray) file = app_of(&usual);
        says_the_same("manifest", file);
        says_the_same("dex", file);
}

static void the_manifest_tier_says_nothing_of_code(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) file = app_of(&usual);
        const Facts *facts = facts_as("manifest", file, arena);
        assert_string_equal(facts->outcome, "analysed");
        assert_string_equal(facts->tier, "manifest");
        assert_string_equal(facts->label, "Torch");
        assert_int_equal(facts->n_labels, 1);
        assert_int_equal(facts->n_permission_use + facts->n_hosts + facts->n_startup + facts->n_dex, 0);
        assert_null(facts->startup_reach);
        assert_true(facts->n_effective > 1);
        assert_true(blind_hides(facts, "code"));
        assert_true(facts->fetched > 0 && facts->fetched < (uint64_t)facts->size / 20);
        assert_int_equal(facts->size, file->len);
}

static void sdks_of_the_manifest_tier_are_those_that_names_show(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GByteArray) file = app_of(&usual);
        const Facts *part = facts_as("manifest", file, arena), *whole = facts_as("whole", file, arena);
        assert_true(part->n_sdks > 0 && part->n_sdks <= whole->n_sdks);
        for (size_t i = 0; i < part->n_sdks; i++) {
                for (size_t k = 0; k < part->sdks[i]->n_evidence; k++)
                        assert_string_not_equal(part->sdks[i]->evidence[k]->kind, "code");
        }
}

/* ---- a read in a hole is never zeros */

static void what_lies_in_the_holes_makes_no_difference(void **state)
{
        static const char *const tiers[] = {"manifest", "dex"};
        g_autoptr(GByteArray) file = app_of(&usual), noise = junk(file->len);
        for (size_t i = 0; i < G_N_ELEMENTS(tiers); i++) {
                g_autoptr(Arena) arena = arena_new();
                TierRead f;
                read_as(&f, tiers[i], file, arena);
                g_autoptr(GBytes) zeros = record_pack(tier_facts(analyzer, &f));
                assert_int_equal(pwrite(f.to, noise->data, noise->len, 0), (ssize_t)noise->len);
                for (size_t k = 0; k < f.held.n; k++) {
                        const Extent *e = f.held.list[k];
                        assert_true(pwrite(f.to, file->data + e->from, e->to - e->from, (off_t)e->from) > 0);
                }
                g_autoptr(GBytes) noisy = record_pack(tier_facts(analyzer, &f));
                assert_true(g_bytes_equal(zeros, noisy));
                read_end(&f);
        }
}

static void without_any_one_of_its_extents_nothing_is_analysed(void **state)
{
        g_autoptr(GByteArray) file = app_of(&usual);
        g_autoptr(Arena) arena = arena_new();
        TierRead f;
        read_as(&f, "dex", file, arena);
        assert_true(f.held.n > 2);
        for (size_t gone = 0; gone < f.held.n; gone++) {
                g_autoptr(GPtrArray) left = g_ptr_array_new();
                for (size_t i = 0; i < f.held.n; i++) {
                        if (i != gone)
                                g_ptr_array_add(left, f.held.list[i]);
                }
                TierRead less = f;
                less.held = (Held){left->len, (Extent *const *)left->pdata};
                const Facts *facts = tier_facts(analyzer, &less);
                assert_string_equal(facts->outcome, "unanalysable:not-fetched");
                assert_true(g_str_has_prefix(facts->sha256, "part:"));
        }
        read_end(&f);
}

static void the_dex_tier_does_not_pass_off_what_the_manifest_tier_fetched(void **state)
{
        g_autoptr(GByteArray) file = app_of(&usual);
        g_autoptr(Arena) arena = arena_new();
        TierRead f;
        read_as(&f, "manifest", file, arena);
        f.tier = "dex";
        const Facts *facts = tier_facts(analyzer, &f);
        assert_string_equal(facts->outcome, "unanalysable:not-fetched");
        assert_string_equal(facts->package, "com.example.tiers");
        read_end(&f);
}

static void extents_out_of_order_are_refused(void **state)
{
        g_autoptr(GByteArray) file = app_of(&usual);
        g_autoptr(Arena) arena = arena_new();
        TierRead f;
        read_as(&f, "manifest", file, arena);
        Extent *swapped[] = {f.held.list[1], f.held.list[0]};
        f.held = (Held){2, swapped};
        assert_string_equal(tier_facts(analyzer, &f)->outcome, "unanalysable:not-fetched");
        assert_non_null(extents_wanted(f.to, "dex", f.size, &f.held, arena)->whole);
        read_end(&f);
}

/* ---- who it is */

static void a_part_is_named_by_what_is_there_and_never_as_a_file(void **state)
{
        g_autoptr(GByteArray) file = app_of(&usual);
        g_autoptr(Arena) arena = arena_new();
        const Facts *manifest = facts_as("manifest", file, arena), *dex = facts_as("dex", file, arena),
                    *again = facts_as("dex", file, arena), *whole = facts_as("whole", file, arena);
        assert_true(g_str_has_prefix(manifest->sha256, "part:"));
        assert_string_equal(dex->sha256, again->sha256);
        assert_string_not_equal(dex->sha256, manifest->sha256);
        assert_null(strstr(dex->sha256, whole->sha256));
        assert_null(whole->tier);
        assert_false(whole->has_fetched);
        file->data[100]++; /* a byte that no tier fetches */
        assert_string_equal(facts_as("dex", file, arena)->sha256, dex->sha256);
}

static void a_part_is_never_verified(void **state)
{
        g_autoptr(GByteArray) file = app_of(&usual);
        g_autoptr(Arena) arena = arena_new();
        TierRead f;
        read_as(&f, "dex", file, arena);
        AnalyzerOptions options = {
                .verify = true, .tier = "dex", .extents = f.held.list, .n_extents = f.held.n};
        const Facts *facts = analyzer_apk(analyzer, f.to, &options, arena);
        assert_true(g_str_has_prefix(facts->outcome, "unanalysable:"));
        assert_int_equal(facts->n_verification, 0);
        read_end(&f);
}

/* ---- requests */

static void a_usual_app_costs_few_requests(void **state)
{
        g_autoptr(GByteArray) file = app_of(&usual);
        g_autoptr(Arena) arena = arena_new();
        TierRead f;
        read_as(&f, "manifest", file, arena);
        assert_int_equal(f.requests, 2); /* tail with directory and table; manifest */
        read_end(&f);
        read_as(&f, "dex", file, arena);
        assert_int_equal(f.requests, 4);
        read_end(&f);
}

static void a_long_directory_costs_one_more(void **state)
{
        Words many = usual;
        many.names = 1500;
        g_autoptr(GByteArray) file = app_of(&many);
        g_autoptr(Arena) arena = arena_new();
        TierRead f;
        read_as(&f, "manifest", file, arena);
        assert_int_equal(f.requests, 4); /* tail, directory, manifest, table */
        assert_null(f.whole);
        read_end(&f);
        says_the_same("manifest", file);
}

static void a_long_comment_is_looked_behind(void **state)
{
        Words long_comment = usual;
        long_comment.zip.comment = trick_bytes(50000);
        g_autoptr(GByteArray) file = app_of(&long_comment);
        says_the_same("manifest", file);
        says_the_same("dex", file);
}

static void a_long_local_extra_field_is_fetched_as_well(void **state)
{
        Words padded = usual;
        padded.local_extra = trick_bytes(30000);
        g_autoptr(GByteArray) file = app_of(&padded);
        says_the_same("manifest", file);
}

static void small_versions_of_sdks_come_along(void **state)
{
        g_autoptr(GByteArray) file = app_of(&usual);
        g_autoptr(Arena) arena = arena_new();
        const Facts *facts = facts_as("manifest", file, arena);
        bool told = false;
        for (size_t i = 0; i < facts->n_sdks; i++)
                told = told || facts->sdks[i]->version_from;
        const Facts *whole = facts_as("whole", file, arena);
        bool there = false;
        for (size_t i = 0; i < whole->n_sdks; i++)
                there = there || whole->sdks[i]->version_from;
        assert_int_equal(told, there);
}

/* ---- the resource table */

static bool has_evidence(const Facts *facts, const char *value)
{
        for (size_t i = 0; i < facts->n_blind; i++) {
                for (size_t k = 0; k < facts->blind[i]->n_evidence; k++) {
                        if (g_str_equal(facts->blind[i]->evidence[k]->value, value))
                                return true;
                }
        }
        return false;
}

static void a_large_table_is_not_fetched_for_a_label_and_that_is_told(void **state)
{
        Words large = usual;
        large.table = 400000;
        g_autoptr(GByteArray) file = app_of(&large);
        g_autoptr(Arena) arena = arena_new();
        const Facts *facts = facts_as("manifest", file, arena);
        assert_string_equal(facts->outcome, "analysed");
        assert_null(facts->label);
        assert_true(has_evidence(facts, "resources.arsc"));
        for (size_t i = 0; i < facts->n_anomalies; i++)
                assert_string_not_equal(facts->anomalies[i]->code, "manifest-unresolved-reference");
        assert_string_equal(facts_as("dex", file, arena)->label, "Torch");
}

static void a_large_table_is_fetched_when_more_than_texts_hangs_on_it(void **state)
{
        Words large = usual;
        large.table = 400000;
        large.bool_reference = true;
        g_autoptr(GByteArray) file = app_of(&large);
        says_the_same("manifest", file);
}

static void the_front_of_a_table_tells_what_the_rest_cannot_change(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        ArscTable tables[] = {
                {.values = {{RES_STRING, "Torch"}, {RES_NULL}}, .n = 2},
                {.density = 240, .values = {{RES_STRING, "Dense"}, {RES_STRING, "Only"}}, .n = 2},
                {.language = "zh", .values = {{RES_STRING, "手电"}}, .n = 1}};
        g_autoptr(GByteArray) bytes = arsc_build(tables, G_N_ELEMENTS(tables));
        Span whole = span_of_bytes(bytes);
        for (size_t len = 0; len < whole.len; len++) {
                const Arsc *arsc = arsc_open_front(span_part(whole, 0, len), whole.len, arena, NULL);
                assert_non_null(arsc);
                const ArscValue *one = arsc_default(arsc, 0x7f010000), *values;
                assert_true(!one || g_str_equal(one->text, "Torch"));
                assert_null(arsc_default(arsc, 0x7f010001)); /* a default may still come */
                assert_int_equal(arsc_values(arsc, 0x7f010000, &values), 0);
        }
        const Arsc *most = arsc_open_front(span_part(whole, 0, whole.len - 1), whole.len, arena, NULL);
        assert_string_equal(arsc_default(most, 0x7f010000)->text, "Torch");
}

/* ---- whole files */

static void small_files_containers_and_savings_that_are_none_are_taken_whole(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        Words small = {.table = 100, .dex = 100, .media = 1000};
        g_autoptr(GByteArray) tiny = app_of(&small);
        assert_non_null(strstr(why_whole("manifest", tiny, arena), "ranges pay from"));
        Words code = {.table = 100, .dex = 900000, .media = 1000};
        g_autoptr(GByteArray) mostly_code = app_of(&code);
        assert_non_null(strstr(why_whole("dex", mostly_code, arena), "would be needed"));
        says_the_same("manifest", mostly_code);
        g_autoptr(GByteArray) content = junk(700000);
        ZipPart parts[] = {{"base.apk", span_of_bytes(content)}, {"manifest.json", span_str("{}")}};
        g_autoptr(GByteArray) container = zip_build(parts, G_N_ELEMENTS(parts), (ZipTricks){0});
        assert_non_null(strstr(why_whole("dex", container, arena), "no AndroidManifest.xml"));
        assert_non_null(strstr(why_whole("dex", content, arena), "no end record"));
}

/* Every irregularity that was met in the wild, at every tier: either the whole file is taken, or the same is said. */
static void odd_archives_are_taken_whole_or_read_alike(void **state)
{
        static const char *const tiers[] = {"manifest", "dex"};
        size_t n, alike = 0;
        g_autofree TrickRow *rows = trick_rows(&n);
        for (size_t i = 0; i < n; i++) {
                Words odd = usual;
                odd.manifest = rows[i].part;
                odd.zip = rows[i].zip;
                g_autoptr(GByteArray) file = app_of(&odd);
                for (size_t k = 0; k < G_N_ELEMENTS(tiers); k++) {
                        g_autoptr(Arena) arena = arena_new();
                        TierRead f;
                        read_as(&f, tiers[k], file, arena);
                        if (!f.whole)
                                says_the_same(tiers[k], file);
                        alike += !f.whole;
                        read_end(&f);
                }
        }
        assert_true(alike > n / 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(both_tiers_say_of_their_depth_what_the_whole_file_says),
                cmocka_unit_test(the_manifest_tier_says_nothing_of_code),
                cmocka_unit_test(sdks_of_the_manifest_tier_are_those_that_names_show),
                cmocka_unit_test(what_lies_in_the_holes_makes_no_difference),
                cmocka_unit_test(without_any_one_of_its_extents_nothing_is_analysed),
                cmocka_unit_test(the_dex_tier_does_not_pass_off_what_the_manifest_tier_fetched),
                cmocka_unit_test(extents_out_of_order_are_refused),
                cmocka_unit_test(a_part_is_named_by_what_is_there_and_never_as_a_file),
                cmocka_unit_test(a_part_is_never_verified),
                cmocka_unit_test(a_usual_app_costs_few_requests),
                cmocka_unit_test(a_long_directory_costs_one_more),
                cmocka_unit_test(a_long_comment_is_looked_behind),
                cmocka_unit_test(a_long_local_extra_field_is_fetched_as_well),
                cmocka_unit_test(small_versions_of_sdks_come_along),
                cmocka_unit_test(a_large_table_is_not_fetched_for_a_label_and_that_is_told),
                cmocka_unit_test(a_large_table_is_fetched_when_more_than_texts_hangs_on_it),
                cmocka_unit_test(the_front_of_a_table_tells_what_the_rest_cannot_change),
                cmocka_unit_test(small_files_containers_and_savings_that_are_none_are_taken_whole),
                cmocka_unit_test(odd_archives_are_taken_whole_or_read_alike),
        };
        return cmocka_run_group_tests(tests, load_tables, drop_tables);
}
