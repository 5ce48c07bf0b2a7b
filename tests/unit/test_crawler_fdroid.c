/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "core/digest.h"
#include "crawler/market.h"
#include "crawler/markets/fdroid.h"
#include "crawler/markets/fdroid_read.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B64 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C64 "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

/* ---- reading an index into an arena of its own
 * ------------------------------------------------------------------ */

typedef struct {
        Arena *arena;
        size_t n;
        Listing **listings;
        char *merged;
        size_t stop_after;
        IndexSummary *summary;
        GError *error;
} Read;

static bool keep(const Listing *listing, void *context)
{
        Read *read = context;
        g_autoptr(GBytes) bytes = record_pack(listing);
        gsize len;
        const void *data = g_bytes_get_data(bytes, &len);
        arena_push(read->arena, &read->n, &read->listings,
                   record_listing(read->arena, span_of(data, len), NULL));
        return read->n != read->stop_after;
}

static void keep_merged(Span document, void *context)
{
        Read *read = context;
        assert_int_equal(read->n, 0); /* it comes before the listings */
        assert_null(read->merged);    /* and once */
        read->merged = arena_strn(read->arena, (const char *)document.data, document.len);
}

static void read_index(Read *read, FdroidJar format, const char *document, const char *patch)
{
        FdroidCalls calls = {.merged = keep_merged, .listing = keep, .context = read};
        if (!read->arena)
                read->arena = arena_new();
        read->summary = fdroid_index(format, "here", span_str(document), span_str(patch), &calls, read->arena,
                                     &read->error);
}

static void done(Read *read)
{
        arena_free(read->arena);
        g_clear_error(&read->error);
}

static void must_read(Read *read, FdroidJar format, const char *document)
{
        read_index(read, format, document, NULL);
        must_succeed(read->summary != NULL, read->error);
}

/* A v2 index of the given packages. */
static char *v2(const char *packages)
{
        return g_strdup_printf("{\"repo\": {\"timestamp\": 5, \"mirrors\": []}, \"packages\": {%s}}",
                               packages);
}

/* A v2 version: its digest, file, code, and more members behind the manifest. */
static char *version(const char *sha256, const char *file, const char *code, const char *signer,
                     const char *more)
{
        return g_strdup_printf("\"%s\": {\"file\": {\"name\": \"%s\", \"sha256\": \"%s\", \"size\": 7}, "
                               "\"manifest\": {\"versionName\": "
                               "\"v\", \"versionCode\": %s, \"signer\": {\"sha256\": [\"%s\"]}}%s}",
                               sha256, file, sha256, code, signer, more);
}

static const Skipped *skipped(Skipped *const *list, size_t n, const char *reason)
{
        for (size_t i = 0; i < n; i++) {
                if (g_str_equal(list[i]->reason, reason))
                        return list[i];
        }
        fail_msg("nothing was skipped for \"%s\"", reason);
        return NULL;
}

/* ---- whole records
 * ---------------------------------------------------------------------------------------------- */

static const char *const whole_v2 =
        "{\"repo\": {\"name\": {\"en-US\": \"R\"}, \"address\": \"https://r.example/repo\", \"timestamp\": "
        "1787380631088,"
        "  \"mirrors\": [{\"url\": \"https://r.example/repo/\", \"isPrimary\": true}, {\"url\": "
        "\"http://abc.onion/repo\"},"
        "    {\"url\": \"file:///etc\"}, {\"url\": \"https://u:p@m.example/repo\"}, {\"url\": "
        "\"https://m.example/fdroid/repo\", \"countryCode\":"
        "    \"DE\"}, {\"url\": \"https://m.example/fdroid/repo\"}, 7]},"
        " \"unknownKey\": [1, 2],"
        " \"packages\": {"
        "  \"org.zeta\": {\"metadata\": {}, \"versions\": {\"" B64
        "\": {\"file\": {\"name\": \"/z.apk\", \"sha256\": \"" B64 "\", \"size\": 1},"
        "    \"manifest\": {\"versionCode\": 1, \"versionName\": \"1\"}}}},"
        "  \"org.example.app\": {\"metadata\": {\"name\": {\"fr\": \"Exemple\", \"en-US\": \"Example\", "
        "\"de\": \"Beispiel\"}, \"added\": 1405123200000,"
        "    \"lastUpdated\": 1422403200000, \"categories\": [\"Writing\", \"Internet\", \"Writing\"], "
        "\"license\": \"MIT\", \"authorName\": \"Ann\","
        "    \"authorWebSite\": \"https://ann.example\", \"webSite\": \"javascript:alert(1)\", "
        "\"sourceCode\": \"https://s.example/x\","
        "    \"unknownKey\": {}},"
        "   \"versions\": {\"" A64
        "\": {\"added\": 1422403200000, \"file\": {\"name\": \"/Example-1.apk\", \"sha256\": \"" A64
        "\", \"size\": 967083},"
        "    \"manifest\": {\"versionName\": \"0.1.1\", \"versionCode\": 101, \"usesSdk\": "
        "{\"minSdkVersion\": 8, \"targetSdkVersion\": 21},"
        "     \"signer\": {\"sha256\": [\"" C64
        "\"]}, \"usesPermission\": [{\"name\": \"android.permission.INTERNET\"},"
        "     {\"name\": \"android.permission.CAMERA\", \"maxSdkVersion\": 32}, {\"name\": "
        "\"android.permission.INTERNET\"}, {}],"
        "     \"usesPermissionSdk23\": [{\"name\": \"android.permission.READ_SMS\"}]},"
        "    \"antiFeatures\": {\"Tracking\": {\"en-US\": \"why\"}, \"Ads\": {}}}}}}}";

static void a_v2_app_becomes_a_listing(void **state)
{
        (void)state;
        Read read = {0};
        must_read(&read, FDROID_ENTRY_V2, whole_v2);
        assert_int_equal(read.n, 2);
        const Listing *l = read.listings[0];
        assert_string_equal(l->market, "here");
        assert_string_equal(l->package, "org.example.app");
        assert_string_equal(read.listings[1]->package, "org.zeta");
        assert_null(read.listings[1]->label);
        assert_string_equal(l->label, "Example");
        assert_int_equal(l->n_labels, 3);
        assert_string_equal(l->labels[0]->lang, "de");
        assert_string_equal(l->labels[2]->text, "Exemple");
        assert_int_equal(l->n_categories, 2);
        assert_string_equal(l->categories[0], "Internet");
        assert_string_equal(l->categories[1], "Writing");
        assert_int_equal(l->n_anti_features, 2);
        assert_string_equal(l->anti_features[0], "Ads");
        assert_string_equal(l->developer, "Ann");
        assert_string_equal(l->developer_web, "https://ann.example");
        assert_null(l->web); /* no http(s) URL */
        assert_string_equal(l->source_code, "https://s.example/x");
        assert_string_equal(l->license, "MIT");
        assert_int_equal(l->added_ms, 1405123200000);
        assert_int_equal(l->updated_ms, 1422403200000);
        assert_int_equal(l->versions_total, 1);
        done(&read);
}

static void a_v2_version_becomes_an_apk(void **state)
{
        (void)state;
        Read read = {0};
        must_read(&read, FDROID_ENTRY_V2, whole_v2);
        const ListedApk *apk = read.listings[0]->apk;
        assert_string_equal(apk->path, "/Example-1.apk");
        assert_string_equal(apk->sha256, A64);
        assert_int_equal(apk->size, 967083);
        assert_int_equal(apk->version_code, 101);
        assert_string_equal(apk->version_name, "0.1.1");
        assert_int_equal(apk->min_sdk, 8);
        assert_int_equal(apk->target_sdk, 21);
        assert_int_equal(apk->n_permissions, 3);
        assert_string_equal(apk->permissions[1], "android.permission.CAMERA");
        assert_string_equal(apk->permissions[2], "android.permission.READ_SMS");
        assert_int_equal(apk->n_signers, 1);
        assert_string_equal(apk->signers[0], C64);
        assert_int_equal(apk->added_ms, 1422403200000);
        done(&read);
}

static void the_summary_states_time_mirrors_and_digest(void **state)
{
        (void)state;
        Read read = {0};
        must_read(&read, FDROID_ENTRY_V2, whole_v2);
        assert_int_equal(read.summary->timestamp_ms, 1787380631088);
        assert_int_equal(read.summary->packages, 2);
        assert_int_equal(read.summary->n_mirrors, 2); /* no onion, file, password, double */
        assert_string_equal(read.summary->mirrors[0], "https://r.example/repo");
        assert_string_equal(read.summary->mirrors[1], "https://m.example/fdroid/repo");
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(span_str(whole_v2), hex);
        assert_string_equal(read.summary->document_sha256, hex);
        assert_int_equal(read.summary->n_skipped, 0);
        done(&read);
}

static const char *const whole_v1 =
        "{\"repo\": {\"timestamp\": 1787380631088, \"version\": 20002, \"mirrors\": "
        "[\"https://m.example/repo\"]}, \"requests\": {},"
        " \"apps\": [{\"packageName\": \"org.example.app\", \"name\": \"Example\", \"categories\": "
        "[\"Writing\", \"Internet\"], \"antiFeatures\": [\"Tracking\"],"
        "   \"license\": \"MIT\", \"authorName\": \"Ann\", \"suggestedVersionCode\": \"101\", \"added\": 1, "
        "\"lastUpdated\": 2,"
        "   \"sourceCode\": \"https://s.example/x\", \"localized\": {\"de\": {\"name\": \"Beispiel\"}, "
        "\"fr\": {\"summary\": \"x\"}}},"
        "  {\"packageName\": \"org.nothing\"}],"
        " \"packages\": {\"org.example.app\": ["
        "   {\"apkName\": \"Example-2.apk\", \"hash\": \"" B64
        "\", \"hashType\": \"sha256\", \"versionCode\": 102, \"versionName\": \"beta\", \"size\": 5,"
        "    \"signer\": \"" C64 "\"},"
        "   {\"apkName\": \"Example-1.apk\", \"hash\": \"" A64
        "\", \"hashType\": \"sha256\", \"versionCode\": 101, \"versionName\": \"0.1.1\", \"size\": 967083,"
        "    \"minSdkVersion\": 8, \"targetSdkVersion\": 21, \"signer\": \"" C64 "\", \"added\": 3,"
        "    \"uses-permission\": [[\"android.permission.INTERNET\", null], [\"android.permission.CAMERA\", "
        "32]],"
        "    \"uses-permission-sdk-23\": [[\"android.permission.READ_SMS\", null]]}],"
        "  \"org.plain\": [{\"apkName\": \"p.apk\", \"hash\": \"" C64
        "\", \"versionCode\": 1, \"size\": 2}]}}";

static void a_v1_app_becomes_the_same_kind_of_listing(void **state)
{
        (void)state;
        Read read = {0};
        must_read(&read, FDROID_INDEX_V1, whole_v1);
        assert_int_equal(read.n, 2);
        const Listing *l = read.listings[0];
        assert_string_equal(l->package, "org.example.app");
        assert_string_equal(l->label, "Example");
        assert_int_equal(l->n_labels, 2);
        assert_string_equal(l->labels[0]->text, "Beispiel");
        assert_string_equal(l->categories[0], "Internet");
        assert_string_equal(l->anti_features[0], "Tracking");
        assert_string_equal(l->developer, "Ann");
        assert_int_equal(l->versions_total, 2);
        assert_string_equal(l->apk->path, "Example-1.apk"); /* 102 is above the suggested one */
        assert_int_equal(l->apk->version_code, 101);
        assert_int_equal(l->apk->n_permissions, 3);
        assert_string_equal(l->apk->permissions[2], "android.permission.READ_SMS");
        assert_string_equal(l->apk->signers[0], C64);
        assert_int_equal(l->apk->min_sdk, 8);
        assert_string_equal(read.listings[1]->package, "org.plain");
        assert_null(read.listings[1]->label);
        assert_string_equal(read.summary->mirrors[0], "https://m.example/repo");
        assert_int_equal(read.summary->timestamp_ms, 1787380631088);
        done(&read);
}

/* ---- the choice of a version
 * ------------------------------------------------------------------------------------ */

typedef struct {
        const char *sentence;
        const char *preferred; /* signer */
        struct {
                const char *sha256, *file, *code, *signer, *more;
        } versions[3];
        const char *taken; /* sha256; NULL: the app is skipped */
} Choice;

#define BETA ", \"releaseChannels\": [\"Beta\"]"
static const Choice choices[] = {
        {"the highest version code is taken",
         NULL,
         {{A64, "/a.apk", "3", "", ""}, {B64, "/b.apk", "20", "", ""}, {C64, "/c.apk", "9", "", ""}},
         B64},
        {"a version code of more than 32 bits counts in full",
         NULL,
         {{A64, "/a.apk", "4294967297", "", ""}, {B64, "/b.apk", "2", "", ""}},
         A64},
        {"the default channel comes before a beta",
         NULL,
         {{A64, "/a.apk", "3", "", ""}, {B64, "/b.apk", "20", "", BETA}},
         A64},
        {"where there are only betas the highest is taken",
         NULL,
         {{A64, "/a.apk", "3", "", BETA}, {B64, "/b.apk", "20", "", BETA}},
         B64},
        {"the preferred signer comes before a higher code",
         A64,
         {{A64, "/a.apk", "3", A64, ""}, {B64, "/b.apk", "20", B64, ""}},
         A64},
        {"the default channel comes before the preferred signer",
         A64,
         {{A64, "/a.apk", "3", B64, ""}, {B64, "/b.apk", "20", A64, BETA}},
         A64},
        {"a preferred signer that signed nothing changes nothing",
         C64,
         {{A64, "/a.apk", "3", A64, ""}, {B64, "/b.apk", "20", B64, ""}},
         B64},
        {"of equal codes the lowest digest is taken",
         NULL,
         {{B64, "/b.apk", "3", "", ""}, {A64, "/a.apk", "3", "", ""}, {C64, "/c.apk", "3", "", ""}},
         A64},
        {"a best version with a bad path gives way to the next",
         NULL,
         {{A64, "/../a.apk", "30", "", ""}, {B64, "/b.apk", "2", "", ""}},
         B64},
        {"a best version with a bad digest gives way to the next",
         NULL,
         {{"A1", "/a.apk", "30", "", ""}, {B64, "/b.apk", "2", "", ""}},
         B64},
        {"a best version without a code gives way to the next",
         NULL,
         {{A64, "/a.apk", "null", "", ""}, {B64, "/b.apk", "2", "", ""}},
         B64},
        {"a file that is no APK gives way to the next",
         NULL,
         {{A64, "/a.zip", "30", "", ""}, {B64, "/b.APK", "2", "", ""}},
         B64},
        {"an app whose every version is unusable is skipped",
         NULL,
         {{A64, "/a.zip", "30", "", ""}, {"", "/b.apk", "2", "", ""}},
         NULL},
};

static void the_right_version_is_taken(void **state)
{
        const Choice *c = *state;
        g_autoptr(GString) versions = g_string_new(NULL);
        size_t offered = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(c->versions) && c->versions[i].sha256; i++, offered++) {
                g_autofree char *one =
                        version(c->versions[i].sha256, c->versions[i].file, c->versions[i].code,
                                c->versions[i].signer, c->versions[i].more);
                g_string_append_printf(versions, "%s%s", i ? ", " : "", one);
        }
        g_autofree char *app =
                g_strdup_printf("\"a.b\": {\"metadata\": {\"preferredSigner\": \"%s\"}, \"versions\": {%s}}",
                                c->preferred ? c->preferred : "", versions->str);
        g_autofree char *document = v2(app);
        Read read = {0};
        must_read(&read, FDROID_ENTRY_V2, document);
        assert_int_equal(read.n, c->taken ? 1 : 0);
        if (c->taken) {
                assert_string_equal(read.listings[0]->apk->sha256, c->taken);
                assert_int_equal(read.listings[0]->versions_total, offered);
        } else {
                assert_string_equal(
                        skipped(read.summary->skipped, read.summary->n_skipped, "no-version")->samples[0],
                        "a.b");
        }
        done(&read);
}

/* ---- hostile indexes
 * -------------------------------------------------------------------------------------------- */

static void names_no_app_can_have_are_skipped_and_counted(void **state)
{
        (void)state;
        static const char *const bad[] = {"../../etc/passwd", "a/b", "a b",  "a\\u0007b", "a\\nb",
                                          "<script>",         "",    ".a",   "a.",        "a\\u202eb",
                                          "a\\\\b",           "a'b", "a%2fb"};
        static const char *const good[] = {"android", "com.example_1.App", "org.ex-ample",
                                           "org.\\u4f8b\\u5b50"};
        g_autoptr(GString) packages = g_string_new(NULL);
        g_autofree char *one = version(A64, "/a.apk", "1", "", "");
        for (size_t i = 0; i < G_N_ELEMENTS(bad) + G_N_ELEMENTS(good); i++)
                g_string_append_printf(packages, "%s\"%s\": {\"versions\": {%s}}", i ? ", " : "",
                                       i < G_N_ELEMENTS(bad) ? bad[i] : good[i - G_N_ELEMENTS(bad)], one);
        g_autofree char *document = v2(packages->str);
        Read read = {0};
        must_read(&read, FDROID_ENTRY_V2, document);
        assert_int_equal(read.n, G_N_ELEMENTS(good));
        const Skipped *s = skipped(read.summary->skipped, read.summary->n_skipped, "package-name");
        assert_int_equal(s->count, G_N_ELEMENTS(bad));
        assert_int_equal(s->n_samples, FDROID_SAMPLES);
        done(&read);
}

static void a_package_name_of_256_bytes_is_too_long(void **state)
{
        (void)state;
        g_autofree char *longest = g_strnfill(FDROID_NAME_BYTES, 'a'),
                        *longer = g_strnfill(FDROID_NAME_BYTES + 1, 'a');
        assert_true(fdroid_is_package(longest));
        assert_false(fdroid_is_package(longer));
}

static void versions_that_cannot_be_fetched_are_counted_by_reason(void **state)
{
        (void)state;
        g_autofree char *path = version(A64, "//evil.example/a.apk", "1", "", "");
        g_autofree char *digest = version("ABC", "/a.apk", "1", "", "");
        g_autofree char *zip = version(B64, "/ota.zip", "1", "", "");
        g_autofree char *good = version(C64, "/c.apk", "1", "", "");
        g_autofree char *app = g_strdup_printf(
                "\"a.b\": {\"versions\": {%s, %s, %s, \"x\": {\"file\": {\"name\": \"/s.apk\", \"sha256\": "
                "\"" A64 "\", \"size\": 0}, \"manifest\": {\"versionCode\": 3}}, \"y\": 7, %s}}",
                path, digest, zip, good);
        g_autofree char *document = v2(app);
        Read read = {0};
        must_read(&read, FDROID_ENTRY_V2, document);
        assert_int_equal(read.n, 1);
        IndexSummary *s = read.summary;
        assert_int_equal(skipped(s->skipped_versions, s->n_skipped_versions, "file-name")->count, 2);
        assert_int_equal(skipped(s->skipped_versions, s->n_skipped_versions, "file-digest")->count, 1);
        assert_int_equal(skipped(s->skipped_versions, s->n_skipped_versions, "not-apk")->count, 1);
        assert_int_equal(skipped(s->skipped_versions, s->n_skipped_versions, "file-size")->count, 1);
        for (size_t i = 1; i < s->n_skipped_versions; i++)
                assert_true(strcmp(s->skipped_versions[i - 1]->reason, s->skipped_versions[i]->reason) < 0);
        done(&read);
}

static void long_strings_are_cut_at_a_character_or_dropped(void **state)
{
        (void)state;
        g_autoptr(GString) wide = g_string_new("x"); /* so that the cut falls inside a character */
        while (wide->len < 3000)
                g_string_append(wide, "\u4f8b");
        g_autofree char *one = version(A64, "/a.apk", "1", "", "");
        g_autofree char *app = g_strdup_printf(
                "\"a.b\": {\"metadata\": {\"name\": {\"en-US\": \"%s\"}, \"license\": \"%s\", "
                "\"categories\": [\"%s\", \"ok\"],"
                " \"webSite\": \"https://%s\", \"sourceCode\": \"https://a/\\u202e\"}, \"versions\": {%s}}",
                wide->str, wide->str, wide->str, wide->str, one);
        g_autofree char *document = v2(app);
        Read read = {0};
        must_read(&read, FDROID_ENTRY_V2, document);
        const Listing *l = read.listings[0];
        assert_true(strlen(l->label) <= FDROID_LABEL_BYTES && strlen(l->label) > FDROID_LABEL_BYTES - 3);
        assert_true(g_utf8_validate(l->label, -1, NULL));
        assert_null(l->license);
        assert_null(l->web);
        assert_null(l->source_code);
        assert_int_equal(l->n_categories, 1);
        done(&read);
}

typedef struct {
        const char *sentence, *document, *patch;
        bool v1;
        const char *says;
        Fault code;
} Broken;

static const Broken broken[] = {
        {"text that is no JSON is refused", "<html>", NULL, false, "JSON", FAULT_MALFORMED},
        {"an empty document is refused", "", NULL, false, "JSON", FAULT_MALFORMED},
        {"a list is no index", "[1]", NULL, false, "no JSON object", FAULT_MALFORMED},
        {"an index without a timestamp is refused", "{\"repo\": {}, \"packages\": {}}", NULL, false,
         "no repo.timestamp", FAULT_MALFORMED},
        {"a negative timestamp is refused", "{\"repo\": {\"timestamp\": -4}}", NULL, true,
         "no repo.timestamp", FAULT_MALFORMED},
        {"packages that are a list are refused", "{\"repo\": {\"timestamp\": 4}, \"packages\": []}", NULL,
         false, "packages is no", FAULT_MALFORMED},
        {"a patch that is no object is refused", "{\"repo\": {\"timestamp\": 4}}", "[]", false,
         "diff: is no JSON object", FAULT_MALFORMED},
        {"a patch that is no JSON is refused", "{\"repo\": {\"timestamp\": 4}}", "{", false, "diff: JSON",
         FAULT_MALFORMED},
        {"v1 has no patches", "{\"repo\": {\"timestamp\": 4}}", "{}", true, "no diffs", FAULT_UNSUPPORTED},
        {"a patch may not rename an app", "{\"repo\": {\"timestamp\": 4}}",
         "{\"packages\": {\"a.b\": {\"metadata\": {\"packageName\": \"c.d\"}}}}", false,
         "primary key packageName", FAULT_MALFORMED},
        {"a patch may not rename a version", "{\"repo\": {\"timestamp\": 4}}",
         "{\"packages\": {\"a.b\": {\"versions\": {\"x\": {\"versionId\": \"y\"}}}}}", false,
         "primary key versionId", FAULT_MALFORMED},
        {"a patch may not move a repository", "{\"repo\": {\"timestamp\": 4}}", "{\"repo\": {\"repoId\": 3}}",
         false, "primary key repoId", FAULT_MALFORMED},
        {"a patch may not take the timestamp away", "{\"repo\": {\"timestamp\": 4}}",
         "{\"repo\": {\"timestamp\": null}}", false, "no repo.timestamp", FAULT_MALFORMED},
};

static void a_broken_index_is_refused(void **state)
{
        const Broken *b = *state;
        Read read = {0};
        read_index(&read, b->v1 ? FDROID_INDEX_V1 : FDROID_ENTRY_V2, b->document, b->patch);
        assert_null(read.summary);
        assert_int_equal(read.n, 0);
        assert_non_null(read.error);
        if (!strstr(read.error->message, b->says))
                fail_msg("\"%s\" does not say \"%s\"", read.error->message, b->says);
        assert_true(fault_is(read.error, b->code));
        done(&read);
}

static void odd_shapes_are_read_as_absent(void **state)
{
        (void)state;
        Read read = {0};
        must_read(&read, FDROID_ENTRY_V2,
                  "{\"repo\": {\"timestamp\": 4, \"mirrors\": {\"url\": 1}}, \"apps\": 3, \"packages\": "
                  "{\"a.b\": 7, \"c.d\": {\"metadata\": [], \"versions\": []},"
                  " \"e.f\": {\"metadata\": {\"name\": {\"en-US\": {}}, \"categories\": {\"a\": 1}, "
                  "\"added\": \"soon\"}, \"versions\": {\"x\": {\"file\": {\"name\":"
                  " \"/e.apk\", \"sha256\": \"" A64 "\", \"size\": 3}, \"manifest\": {\"versionCode\": 4, "
                  "\"versionName\": 3, \"usesSdk\": {\"minSdkVersion\":"
                  " 99999999999}, \"signer\": [], \"usesPermission\": [7, [], {\"name\": 3}]}, "
                  "\"antiFeatures\": []}}}}}");
        assert_int_equal(read.n, 1);
        const Listing *l = read.listings[0];
        assert_null(l->label);
        assert_false(l->has_added_ms);
        assert_false(l->apk->has_min_sdk);
        assert_int_equal(l->apk->n_permissions, 0);
        assert_int_equal(skipped(read.summary->skipped, read.summary->n_skipped, "app-shape")->count, 1);
        assert_int_equal(skipped(read.summary->skipped, read.summary->n_skipped, "no-version")->count, 1);
        done(&read);
}

static void an_index_without_packages_lists_nothing(void **state)
{
        (void)state;
        Read read = {0};
        must_read(&read, FDROID_ENTRY_V2, "{\"repo\": {\"timestamp\": 4}}");
        assert_int_equal(read.summary->packages, 0);
        done(&read);
}

static void a_reader_may_stop(void **state)
{
        (void)state;
        Read read = {.stop_after = 1};
        read_index(&read, FDROID_ENTRY_V2, whole_v2, NULL);
        assert_null(read.summary);
        assert_int_equal(read.n, 1);
        assert_true(fault_is(read.error, FAULT_INTERRUPTED));
        done(&read);
}

/* ---- diffs
 * ------------------------------------------------------------------------------------------------------ */

static bool same(const Json *a, const Json *b)
{
        if (json_is_map(a)) {
                if (!json_is_map(b) || json_size(a) != json_size(b))
                        return false;
                for (JsonEach e = json_each(a); json_next(&e);) {
                        if (!same(e.value, json_get(b, e.key)))
                                return false;
                }
                return true;
        }
        if (json_is_list(a)) {
                bool equal = json_is_list(b) && json_len(a) == json_len(b);
                for (size_t i = 0; equal && i < json_len(a); i++)
                        equal = same(json_at(a, i), json_at(b, i));
                return equal;
        }
        g_autofree char *x = json_print(a, false), *y = json_print(b, false);
        return g_str_equal(x, y);
}

static void a_diff_gives_the_full_index(void **state)
{
        (void)state;
        g_autofree char *a1 = version(A64, "/a1.apk", "1", A64, ""),
                        *a2 = version(B64, "/a2.apk", "2", A64, ""),
                        *c1 = version(C64, "/c1.apk", "1", A64, "");
        g_autofree char *old =
                g_strdup_printf("{\"repo\": {\"timestamp\": 5, \"name\": {\"en-US\": \"Old\", \"de\": "
                                "\"Alt\"}}, \"packages\": {"
                                "\"a.a\": {\"metadata\": {\"name\": {\"en-US\": \"A\"}, \"license\": "
                                "\"MIT\", \"authorName\": \"x\"}, \"versions\": {%s}},"
                                "\"b.b\": {\"metadata\": {\"categories\": [\"X\"]}, \"versions\": {%s}},"
                                "\"c.c\": {\"metadata\": {\"added\": 4}, \"versions\": {%s}}}}",
                                a1, a1, c1);
        g_autofree char *new = g_strdup_printf(
                "{\"repo\": {\"timestamp\": 6, \"name\": {\"en-US\": \"New\"}}, \"packages\": {"
                "\"a.a\": {\"metadata\": {\"name\": {\"en-US\": \"A\", \"fr\": \"\u00c0 <\\u202e>\"}, "
                "\"license\": \"GPL\"}, \"versions\": {%s}},"
                "\"c.c\": {\"versions\": {%s}},"
                "\"d.d\": {\"metadata\": {\"categories\": [\"Y\", \"Z\"]}, \"versions\": {%s}}}}",
                a2, c1, c1);
        g_autofree char *patch = g_strdup_printf(
                "{\"repo\": {\"timestamp\": 6, \"name\": {\"en-US\": \"New\", \"de\": null}}, \"packages\": {"
                "\"a.a\": {\"metadata\": {\"name\": {\"fr\": \"\u00c0 <\\u202e>\"}, \"license\": \"GPL\", "
                "\"authorName\": null},"
                " \"versions\": {\"" A64 "\": null, %s}},"
                "\"b.b\": null, \"c.c\": {\"metadata\": null},"
                "\"d.d\": {\"metadata\": {\"categories\": [\"Y\", \"Z\"]}, \"versions\": {%s}}}}",
                a2, c1);
        Read full = {0}, read = {0};
        must_read(&full, FDROID_ENTRY_V2, new);
        read_index(&read, FDROID_ENTRY_V2, old, patch);
        must_succeed(read.summary != NULL, read.error);
        g_autoptr(Json) mine = json_parse(span_str(read.merged), NULL),
                        theirs = json_parse(span_str(new), NULL);
        assert_true(same(mine, theirs));
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(span_str(read.merged), hex);
        assert_string_equal(read.summary->document_sha256, hex);
        assert_int_equal(read.n, full.n);
        for (size_t i = 0; i < read.n; i++) {
                g_autoptr(GBytes) x = record_pack(read.listings[i]), y = record_pack(full.listings[i]);
                assert_true(g_bytes_equal(x, y));
        }
        done(&read);
        done(&full);
}

static void diffs_apply_one_after_the_other(void **state)
{
        (void)state;
        Read first = {0}, second = {0};
        read_index(&first, FDROID_ENTRY_V2, "{\"repo\": {\"timestamp\": 1}, \"packages\": {}}",
                   "{\"repo\": {\"timestamp\": 2}, \"x\": {\"y\": [1]}}");
        must_succeed(first.summary != NULL, first.error);
        read_index(&second, FDROID_ENTRY_V2, first.merged,
                   "{\"repo\": {\"timestamp\": 3}, \"x\": {\"y\": null}}");
        must_succeed(second.summary != NULL, second.error);
        assert_int_equal(second.summary->timestamp_ms, 3);
        assert_string_equal(second.merged, "{\"repo\":{\"timestamp\":3},\"packages\":{},\"x\":{}}");
        done(&first);
        done(&second);
}

int main(void)
{
        static const struct CMUnitTest more[] = {
                cmocka_unit_test(a_v2_app_becomes_a_listing),
                cmocka_unit_test(a_v2_version_becomes_an_apk),
                cmocka_unit_test(the_summary_states_time_mirrors_and_digest),
                cmocka_unit_test(a_v1_app_becomes_the_same_kind_of_listing),
                cmocka_unit_test(names_no_app_can_have_are_skipped_and_counted),
                cmocka_unit_test(a_package_name_of_256_bytes_is_too_long),
                cmocka_unit_test(versions_that_cannot_be_fetched_are_counted_by_reason),
                cmocka_unit_test(long_strings_are_cut_at_a_character_or_dropped),
                cmocka_unit_test(odd_shapes_are_read_as_absent),
                cmocka_unit_test(an_index_without_packages_lists_nothing),
                cmocka_unit_test(a_reader_may_stop),
                cmocka_unit_test(a_diff_gives_the_full_index),
                cmocka_unit_test(diffs_apply_one_after_the_other),
        };
        enum { CHOICES = G_N_ELEMENTS(choices), BROKEN = G_N_ELEMENTS(broken), MORE = G_N_ELEMENTS(more) };
        struct CMUnitTest tests[CHOICES + BROKEN + MORE];
        for (size_t i = 0; i < CHOICES; i++)
                tests[i] = (struct CMUnitTest){choices[i].sentence, the_right_version_is_taken, NULL, NULL,
                                               (void *)&choices[i]};
        for (size_t i = 0; i < BROKEN; i++)
                tests[CHOICES + i] = (struct CMUnitTest){broken[i].sentence, a_broken_index_is_refused, NULL,
                                                         NULL, (void *)&broken[i]};
        memcpy(tests + CHOICES + BROKEN, more, sizeof more);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
