/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "crawler/gzip.h"
#include "crawler/markets/hashlist.h"
#include "crawler/memfile.h"
#include "crawler/sample.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER                                                                                               \
        "sha256,sha1,md5,dex_date,apk_size,pkg_name,vercode,vt_detection,vt_scan_date,dex_size,markets\n"

/* A row as AndroZoo writes it; NULL and 0 stand for the usual. */
typedef struct {
        const char *package, *vercode, *scanned, *markets;
        unsigned digest; /* its number */
        int size;
} Row;

static void append_row(GString *csv, Row row)
{
        g_string_append_printf(csv, "%064X,%040X,%032X,1980-01-01 00:00:00,%d,\"%s\",%s,0,%s,4211104,%s\n",
                               row.digest, 7, row.digest, row.size ? row.size : 4300370, row.package,
                               row.vercode ? row.vercode : "1",
                               row.scanned ? row.scanned : "2017-12-03 06:50:28",
                               row.markets ? row.markets : "play.google.com");
}

static char *list_of(const Row *rows, size_t n)
{
        GString *csv = g_string_new(HEADER);
        for (size_t i = 0; i < n; i++)
                append_row(csv, rows[i]);
        return g_string_free(csv, FALSE);
}

/* "package#version.digest/versions" of each listing. */
static bool note(const Listing *listing, void *context)
{
        assert_string_equal(listing->market, "zoo");
        g_string_append_printf(context, "%s", listing->package);
        if (listing->apk->has_version_code)
                g_string_append_printf(context, "#%d", (int)listing->apk->version_code);
        g_string_append_printf(context, ".%s/%u ", listing->apk->sha256 + 62, listing->versions_total);
        return true;
}

static IndexSummary *read_list(Span file, HashlistRule rule, HashlistListing each, void *context,
                               Arena *arena, GError **error)
{
        rule.market = "zoo";
        int fd = memfile_new("list", file, NULL);
        IndexSummary *summary = hashlist_read(fd, &rule, each, context, arena, error);
        close(fd);
        return summary;
}

static void must_list(const char *csv, HashlistRule rule, unsigned frame, const char *expected)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) seen = g_string_new(NULL);
        IndexSummary *summary = read_list(span_str(csv), rule, note, seen, arena, &error);
        must_succeed(summary != NULL, error);
        assert_string_equal(seen->str, expected);
        assert_int_equal(summary->packages, frame);
        g_string_truncate(seen, 0);
        summary = read_list(gzip_pack(span_str(csv), arena), rule, note, seen, arena, &error);
        must_succeed(summary != NULL, error);
        assert_string_equal(seen->str, expected);
}

static void of_each_package_the_newest_row_is_taken_sorted(void **state)
{
        const Row rows[] = {{.package = "org.b", .digest = 1, .vercode = "9"},
                            {.package = "org.a", .digest = 2, .vercode = "10"},
                            {.package = "org.b", .digest = 3, .vercode = "10"},
                            {.package = "org.b", .digest = 4, .vercode = ""},
                            {.package = "org.c", .digest = 5, .scanned = "2016-01-01 00:00:00"},
                            {.package = "org.c", .digest = 6, .scanned = "2017-01-01 00:00:00"},
                            {.package = "org.d", .digest = 8},
                            {.package = "org.d", .digest = 7}};
        g_autofree char *csv = list_of(rows, G_N_ELEMENTS(rows));
        must_list(csv, (HashlistRule){0}, 4, "org.a#10.02/1 org.b#10.03/3 org.c#1.06/2 org.d#1.07/2 ");
}

static bool look_at_one(const Listing *listing, void *context)
{
        ++*(int *)context;
        const ListedApk *apk = listing->apk;
        assert_string_equal(listing->package, "com.example.app");
        assert_string_equal(apk->sha256, "00000000000000000000000000000000000000000000000000000000000000af");
        assert_string_equal(apk->md5, "000000000000000000000000000000af");
        assert_int_equal(apk->size, 123);
        assert_true(apk->has_added_ms);
        assert_int_equal(apk->added_ms, INT64_C(1672617600000));
        assert_int_equal(listing->n_categories, 2);
        assert_string_equal(listing->categories[0], "anzhi");
        assert_string_equal(listing->categories[1], "play.google.com");
        return true;
}

static void a_listing_holds_what_the_row_says(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        int seen = 0;
        const char *csv =
                "added,markets,pkg_name,md5,apk_size,sha256\r\n"
                "2023-01-02 "
                "00:00:00,play.google.com|anzhi|anzhi,com.example.app,000000000000000000000000000000AF,123,"
                "00000000000000000000000000000000000000000000000000000000000000AF\r\n";
        IndexSummary *summary =
                read_list(span_str(csv), (HashlistRule){0}, look_at_one, &seen, arena, &error);
        must_succeed(summary != NULL, error);
        assert_int_equal(seen, 1);
}

static void filters_keep_what_they_say(void **state)
{
        const Row rows[] = {{.package = "org.a", .digest = 1, .markets = "anzhi|play.google.com"},
                            {.package = "org.b", .digest = 2, .markets = "anzhi2"},
                            {.package = "org.c", .digest = 3, .scanned = "2019-12-31 23:59:59"},
                            {.package = "org.d", .digest = 4, .scanned = "2020-01-01 00:00:00"},
                            {.package = "org.e", .digest = 5, .scanned = ""},
                            {.package = "org.f", .digest = 6, .size = 10}};
        g_autofree char *csv = list_of(rows, G_N_ELEMENTS(rows));
        static const char *const markets[] = {"anzhi", "fdroid", NULL};
        must_list(csv, (HashlistRule){.only_markets = markets}, 1, "org.a#1.01/1 ");
        must_list(csv, (HashlistRule){.from = "2018-01-01", .to = "2019-12-31"}, 1, "org.c#1.03/1 ");
        must_list(csv, (HashlistRule){.from = "2019-12-31"}, 2, "org.c#1.03/1 org.d#1.04/1 ");
        must_list(csv, (HashlistRule){.to = "1980-01-01", .date = "dex_date", .size_max = 10}, 1,
                  "org.f#1.06/1 ");
        must_list(csv, (HashlistRule){.size_min = 11, .only_markets = markets}, 1, "org.a#1.01/1 ");
        g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
        must_list(csv, (HashlistRule){.packages = names}, 0, "");
        g_hash_table_add(names, (char *)"org.d");
        g_hash_table_add(names, (char *)"org.none");
        must_list(csv, (HashlistRule){.packages = names}, 1, "org.d#1.04/1 ");
}

static void rows_left_out_are_counted_by_reason(void **state)
{
        g_autoptr(GString) csv = g_string_new(HEADER);
        append_row(csv, (Row){.package = "org.good", .digest = 1});
        append_row(csv, (Row){.package = "not a name", .digest = 2});
        append_row(csv, (Row){.package = "com.evil,name", .digest = 2});
        append_row(csv, (Row){.package = "../up", .digest = 3});
        append_row(csv, (Row){.package = "org.size", .digest = 4, .size = -1});
        append_row(csv, (Row){.package = "org.date", .digest = 5, .scanned = ""});
        append_row(csv, (Row){.package = "org.late", .digest = 5, .scanned = "2030-01-01"});
        g_string_append(csv, "12,,,,5,org.digest,1,,2017-12-03,5,anzhi\n,,\n\"1\"2\n");
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) seen = g_string_new(NULL);
        IndexSummary *summary =
                read_list(span_str(csv->str), (HashlistRule){.to = "2029-12-31"}, note, seen, arena, &error);
        must_succeed(summary != NULL, error);
        assert_string_equal(seen->str, "org.good#1.01/1 ");
        g_string_truncate(seen, 0);
        for (size_t i = 0; i < summary->n_skipped_versions; i++)
                g_string_append_printf(seen, "%s %u %s; ", summary->skipped_versions[i]->reason,
                                       summary->skipped_versions[i]->count,
                                       summary->skipped_versions[i]->samples[0]);
        assert_string_equal(
                seen->str, "file-digest 1 org.digest; file-size 1 org.size; no-date 1 org.date; other-date 1 "
                           "org.late; package-name 3 not a name; row-shape 2 line 10; ");
}

/* ---- samples --------------------------------------------------------------------------------------------------- */

enum { APPS = 500 };

static char *many_apps(unsigned versions, bool backwards)
{
        GString *csv = g_string_new(HEADER);
        for (unsigned i = 0; i < APPS * versions; i++) {
                unsigned at = backwards ? APPS * versions - 1 - i : i;
                g_autofree char *package = g_strdup_printf("org.app%u", at % APPS);
                g_autofree char *code = g_strdup_printf("%u", at / APPS + 1);
                append_row(csv, (Row){.package = package, .digest = at, .vercode = code});
        }
        return g_string_free(csv, FALSE);
}

static int by_number(const void *a, const void *b)
{
        uint64_t x = sample_number(42, *(char *const *)a), y = sample_number(42, *(char *const *)b);
        return (x > y) - (x < y);
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What a sample of n is by definition, as `note` writes it. */
static char *sample_by_hand(unsigned n, unsigned versions)
{
        char *names[APPS];
        GString *text = g_string_new(NULL);
        for (unsigned i = 0; i < APPS; i++)
                names[i] = g_strdup_printf("org.app%u", i);
        qsort(names, APPS, sizeof *names, by_number);
        qsort(names, n, sizeof *names, by_text);
        for (unsigned i = 0; i < n; i++) {
                unsigned digest = (unsigned)atoi(names[i] + 7) + APPS * (versions - 1);
                g_string_append_printf(text, "%s#%u.%02x/%u ", names[i], versions, digest & 0xff, versions);
        }
        for (unsigned i = 0; i < APPS; i++)
                g_free(names[i]);
        return g_string_free(text, FALSE);
}

static void a_sample_is_the_smallest_numbers_whatever_the_order_of_rows(void **state)
{
        g_autofree char *forwards = many_apps(3, false), *backwards = many_apps(3, true);
        const unsigned sizes[] = {1, 2, 50, APPS - 1, APPS};
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
                g_autofree char *expected = sample_by_hand(sizes[i], 3);
                must_list(forwards, (HashlistRule){.sample = sizes[i], .seed = 42}, APPS, expected);
                must_list(backwards, (HashlistRule){.sample = sizes[i], .seed = 42}, APPS, expected);
        }
        g_autofree char *all = sample_by_hand(APPS, 3);
        must_list(forwards, (HashlistRule){.sample = APPS + 1, .seed = 42}, APPS, all);
        must_list(forwards, (HashlistRule){0}, APPS, all);
}

static void shards_are_parts_of_one_sample(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autofree char *csv = many_apps(1, false);
        unsigned parts = 0;
        for (unsigned shard = 1; shard <= 3; shard++) {
                g_autoptr(GString) seen = g_string_new(NULL);
                HashlistRule rule = {.sample = 90, .seed = 42, .shard = shard, .shards = 3};
                IndexSummary *summary = read_list(span_str(csv), rule, note, seen, arena, &error);
                must_succeed(summary != NULL, error);
                assert_int_equal(summary->packages, APPS);
                g_auto(GStrv) apps = g_strsplit(g_strchomp(seen->str), " ", -1);
                parts += g_strv_length(apps);
                for (char **app = apps; *app; app++) {
                        *strchr(*app, '#') = '\0';
                        assert_int_equal(sample_shard(*app, 3), shard);
                }
        }
        assert_int_equal(parts, 90);
}

/* ---- damage ---------------------------------------------------------------------------------------------------- */

static void must_refuse(Span file, HashlistRule rule, Fault code, const char *says)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) seen = g_string_new(NULL);
        assert_null(read_list(file, rule, note, seen, arena, &error));
        if (!fault_is(error, code) || !strstr(error->message, says))
                fail_msg("\"%s\" where \"%s\" is expected", error->message, says);
        assert_string_equal(seen->str, "");
}

static void what_is_no_list_is_refused(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        const HashlistRule none = {0};
        static const char *const markets[] = {"anzhi", NULL};
        must_refuse(span_str(""), none, FAULT_MALFORMED, "empty");
        must_refuse(span_str("<html><body>busy</body></html>\n"), none, FAULT_MALFORMED, "<html><body>busy");
        must_refuse(span_str("sha256,pkg_name\n"), none, FAULT_MALFORMED, "no column \"apk_size\"");
        must_refuse(span_str("sha256,pkg_name,apk_size\n"), (HashlistRule){.from = "2020-01-01"},
                    FAULT_MALFORMED, "no column \"vt_scan_date\"");
        must_refuse(span_str("sha256,pkg_name,apk_size\n"), (HashlistRule){.only_markets = markets},
                    FAULT_MALFORMED, "no column \"markets\"");
        must_refuse(span_str(HEADER), (HashlistRule){.sample = HASHLIST_HELD + 1}, FAULT_LIMIT,
                    "a sample of");
        g_autofree char *csv = many_apps(1, false);
        Span packed = gzip_pack(span_str(csv), arena);
        must_refuse(span_part(packed, 0, packed.len - 9), none, FAULT_MALFORMED, "cut off");
}

static bool stop_at_five(const Listing *listing, void *context)
{
        return ++*(int *)context < 5;
}

static void whoever_reads_may_stop(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autofree char *csv = many_apps(1, false);
        int seen = 0;
        assert_non_null(read_list(span_str(csv), (HashlistRule){0}, stop_at_five, &seen, arena, &error));
        assert_int_equal(seen, 5);
}

/* ---- market files ---------------------------------------------------------------------------------------------- */

static void an_app_has_its_url_by_digest(void **state)
{
        Market market = {.name = (char *)"zoo",
                         .apk_url = (char *)"https://zoo.example/api?apikey={key}&sha256={SHA256}"};
        ListedApk apk = LISTED_APK__INIT;
        apk.sha256 = (char *)"00000000000000000000000000000000000000000000000000000000000000af";
        g_autofree char *url = hashlist_url(&market, &apk, NULL);
        assert_string_equal(url, "https://zoo.example/api?apikey={key}&sha256="
                                 "00000000000000000000000000000000000000000000000000000000000000AF");
        g_autoptr(GError) error = NULL;
        apk.sha256 = (char *)"af";
        assert_null(hashlist_url(&market, &apk, &error));
        assert_true(fault_is(error, FAULT_MALFORMED));
}

static void a_market_file_is_checked(void **state)
{
        const Market good = {.name = (char *)"zoo",
                             .url = (char *)"https://zoo.example",
                             .apk_url = (char *)"https://zoo.example/api?apikey={key}&sha256={sha256}",
                             .key_file = (char *)"zoo",
                             .from = (char *)"2020-02-29",
                             .to = (char *)"2020-12-31",
                             .date = (char *)"added",
                             .size_min = 1};
        assert_true(hashlist_check(&good, NULL));
        Market bad[8];
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
                bad[i] = good;
        bad[0].from = (char *)"2021-02-29";
        bad[1].to = (char *)"2019-12-31";
        bad[2].date = (char *)"vercode";
        bad[3].size_max = -1;
        bad[4].apk_url = (char *)"https://other.example/api?apikey={key}&sha256={sha256}";
        bad[5].apk_url = (char *)"https://zoo.example/api?apikey={key}";
        bad[6].key_file = NULL;
        bad[7].apk_url = NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(GError) error = NULL;
                assert_false(hashlist_check(&bad[i], &error));
                assert_true(fault_is(error, FAULT_MALFORMED));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(of_each_package_the_newest_row_is_taken_sorted),
                cmocka_unit_test(a_listing_holds_what_the_row_says),
                cmocka_unit_test(filters_keep_what_they_say),
                cmocka_unit_test(rows_left_out_are_counted_by_reason),
                cmocka_unit_test(a_sample_is_the_smallest_numbers_whatever_the_order_of_rows),
                cmocka_unit_test(shards_are_parts_of_one_sample),
                cmocka_unit_test(what_is_no_list_is_refused),
                cmocka_unit_test(whoever_reads_may_stop),
                cmocka_unit_test(an_app_has_its_url_by_digest),
                cmocka_unit_test(a_market_file_is_checked),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
