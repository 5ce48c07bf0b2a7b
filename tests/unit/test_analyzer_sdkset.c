/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/tables/sdkcheck.h"
#include "analyzer/tables/sdkset.h"
#include "support/sdkset_build.h"

static SdkSet *load(const char *sdks, const char *provenance)
{
        g_autoptr(GError) error = NULL;
        SdkSet *set = sdkset_of(sdks, provenance, &error);
        must_succeed(set != NULL, error);
        return set;
}

static const char sample[] =
        "{\"id\":\"umeng-share\",\"name\":\"U-Share\",\"vendor\":\"Umeng\",\"categories\":[\"social\"],"
        "\"code\":[\"com.umeng.socialize\"],\"metadata\":[\"UMENG_APPKEY\"],\"sources\":[\"own\"]}\n"
        "{\"id\":\"umeng\",\"name\":\"Umeng\",\"vendor\":\"Umeng\",\"categories\":[\"analytics\",\"push\"],"
        "\"code\":[\"com.umeng\",\"j$\"],\"components\":[\"com.umeng.message.UmengService\"],"
        "\"metadata\":[\"UMENG_APPKEY\",\"UMENG_CHANNEL\"],\"actions\":[\"com.umeng.action.PUSH\"],"
        "\"natives\":[\"libumeng.so\"],\"sources\":[\"exodus:119\",\"own\"]}\n"
        "{\"id\":\"cronet\",\"name\":\"Cronet\",\"categories\":[\"network\"],\"natives\":[\"libcronet.*.so\"]"
        ","
        "\"sources\":[\"libchecker\"]}\n"
        "{\"id\":\"sizmek\",\"name\":\"Sizmek\",\"categories\":[\"advertising\"],\"code\":[\"com.sizmek\"],"
        "\"segments\":[\"sizmek\",\"SizmekView\"],\"sources\":[\"exodus:22\"]}\n";
static const char provenance[] =
        "{\"prefix\":\"com.umeng\",\"sdk\":\"umeng\",\"sources\":[\"exodus\",\"own\"],"
        "\"seen\":[\"app:one\",\"app:two\",\"exodus\",\"libchecker\"]}\n"
        "{\"prefix\":\"com.umeng.socialize\",\"sdk\":\"umeng-share\",\"sources\":[\"own\"],\"seen\":[]}\n";

static const char *owner(const SdkSet *set, const char *class_name)
{
        const SdkAnchor *anchor = sdkset_code(set, span_str(class_name));
        return anchor ? anchor->sdk->id : "nobody";
}

static void the_longest_prefix_wins(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set = load(sample, provenance);
        assert_string_equal(owner(set, "Lcom/umeng/analytics/A;"), "umeng");
        assert_string_equal(owner(set, "Lcom/umeng/socialize/A;"), "umeng-share");
        assert_string_equal(owner(set, "Lcom/umeng/socializer/A;"), "umeng");
}

static void a_prefix_ends_at_a_boundary_only(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set = load(sample, provenance);
        static const struct {
                const char *name, *owner;
        } cases[] = {
                {"Lcom/umeng;", "umeng"},
                {"Lcom/umeng$1;", "umeng"},
                {"com.umeng", "umeng"},
                {"com.umeng.A", "umeng"},
                {"Lcom/umengx/A;", "nobody"},
                {"Lcom/ume/A;", "nobody"},
                {"Lorg/com/umeng/A;", "nobody"},
                {"[Lcom/umeng/A;", "nobody"},
                {"Lj$/util/List;", "umeng"},
                {"Lj/util/List;", "nobody"},
                {"", "nobody"},
                {"L;", "nobody"},
                {";", "nobody"},
                {"I", "nobody"},
                {"....", "nobody"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                assert_string_equal(owner(set, cases[i].name), cases[i].owner);
}

static void a_lone_segment_counts_where_no_prefix_does(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set = load(sample, provenance);
        assert_string_equal(owner(set, "La/b/sizmek/C;"), "sizmek");
        assert_string_equal(owner(set, "La/b/SizmekView;"), "sizmek");
        assert_string_equal(owner(set, "La/b/SizmekView$Inner;"), "sizmek");
        assert_string_equal(owner(set, "La/b/sizmeks/C;"), "nobody");
        assert_string_equal(owner(set, "Lcom/umeng/sizmek/C;"), "umeng");
        assert_true(sdkset_code(set, span_str("La/sizmek/C;"))->segment);
        assert_false(sdkset_code(set, span_str("Lcom/sizmek/C;"))->segment);
}

static void prefixes_know_how_many_others_confirm_them(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set = load(sample, provenance);
        /* exodus, app (two apps are one kind) and libchecker, not our own list */
        assert_int_equal(sdkset_code(set, span_str("com.umeng"))->confirmed, 3);
        assert_int_equal(sdkset_code(set, span_str("com.umeng.socialize"))->confirmed, 0);
        assert_int_equal(sdkset_code(set, span_str("com.sizmek"))->confirmed, 0);
}

static void names_are_found_exactly_or_by_pattern(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set = load(sample, provenance);
        const SdkAnchor *service = sdkset_name(set, SDK_COMPONENT, "com.umeng.message.UmengService");
        assert_string_equal(service->sdk->id, "umeng");
        assert_null(sdkset_name(set, SDK_COMPONENT, "com.umeng.message.UmengService2"));
        assert_null(sdkset_name(set, SDK_METADATA, "com.umeng.message.UmengService"));
        assert_string_equal(sdkset_name(set, SDK_ACTION, "com.umeng.action.PUSH")->sdk->id, "umeng");
        assert_string_equal(sdkset_name(set, SDK_NATIVE, "libumeng.so")->sdk->id, "umeng");
        assert_string_equal(sdkset_name(set, SDK_NATIVE, "libcronet.119.0.so")->text, "libcronet.*.so");
        assert_null(sdkset_name(set, SDK_NATIVE, "libcronet.so"));
        assert_null(sdkset_name(set, SDK_NATIVE, "libcronetx119.so"));
}

static void a_key_that_sisters_share_names_them_all(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set = load(sample, provenance);
        const SdkAnchor *key = sdkset_name(set, SDK_METADATA, "UMENG_APPKEY");
        assert_string_equal(key->sdk->id, "umeng-share");
        assert_string_equal(key->next->sdk->id, "umeng");
        assert_null(key->next->next);
        assert_null(sdkset_name(set, SDK_METADATA, "UMENG_CHANNEL")->next);
}

static void sdks_stand_sorted_by_id_with_what_the_data_say(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set = load(sample, provenance);
        static const char *const ids[] = {"cronet", "sizmek", "umeng", "umeng-share"};
        assert_int_equal(sdkset_len(set), 4);
        for (unsigned i = 0; i < 4; i++) {
                assert_string_equal(sdkset_at(set, i)->id, ids[i]);
                assert_int_equal(sdkset_at(set, i)->index, i);
        }
        const Sdk *umeng = sdkset_at(set, 2);
        assert_string_equal(umeng->company, "Umeng");
        assert_string_equal(umeng->categories[1], "push");
        assert_null(umeng->categories[2]);
        assert_true(sdk_has_source(umeng, "exodus:119"));
        assert_false(sdk_has_source(umeng, "exodus"));
        assert_null(sdkset_at(set, 0)->company);
}

static bool is_own(const SdkSet *set, const char *sdk, const char *application_id)
{
        bool own[8] = {false};
        sdkset_mark_own(set, application_id, own);
        return own[sdkset_find(set, sdk)->index];
}

static void an_app_under_the_prefix_is_the_vendors_own(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set = load(sample, provenance);
        assert_true(is_own(set, "umeng", "com.umeng"));
        assert_true(is_own(set, "umeng", "com.umeng.demo"));
        assert_true(is_own(set, "umeng", "com.umeng.socialize.demo")); /* the shorter prefix covers it too */
        assert_true(is_own(set, "umeng-share", "com.umeng.socialize.demo"));
        assert_false(is_own(set, "umeng-share", "com.umeng.demo"));
        assert_false(is_own(set, "umeng", "com.umengdemo"));
        assert_true(is_own(set, "sizmek", "net.sizmek.player"));
        assert_false(is_own(set, "umeng", ""));
        assert_false(is_own(set, "umeng", NULL));
}

static SdkSet *load_texts(const SdkTexts *texts)
{
        g_autoptr(GError) error = NULL;
        SdkSet *set = sdkset_of_texts(texts, &error);
        must_succeed(set != NULL, error);
        return set;
}

static void of_two_patterns_the_one_with_more_before_its_star_wins(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set =
                load("{\"id\":\"a\",\"name\":\"A\",\"natives\":[\"libx*.so\",\"lib*y*.so\"]}\n"
                     "{\"id\":\"b\",\"name\":\"B\",\"natives\":[\"libxy*.so\",\"libxyz.so\"]}\n",
                     "");
        static const struct {
                const char *name, *pattern;
        } cases[] = {{"libx1.so", "libx*.so"},
                     {"libxy1.so", "libxy*.so"},
                     {"libxyz.so", "libxyz.so"},
                     {"libx.so", "libx*.so"},
                     {"libay.so", "lib*y*.so"},
                     {"lib1y2y3.so", "lib*y*.so"},
                     {"libxy.sob", NULL},
                     {"lib", NULL},
                     {"", NULL}};
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const SdkAnchor *anchor = sdkset_name(set, SDK_NATIVE, cases[i].name);
                if (g_strcmp0(anchor ? anchor->text : NULL, cases[i].pattern) != 0)
                        fail_msg("%s fits %s", cases[i].name, anchor ? anchor->text : "none");
        }
}

static void a_host_is_found_by_its_longest_known_end(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set =
                load("{\"id\":\"a\",\"name\":\"A\",\"hosts\":[\"x.example\"]}\n"
                     "{\"id\":\"b\",\"name\":\"B\",\"hosts\":[\"in.x.example\",\"both.example\"]}\n"
                     "{\"id\":\"c\",\"name\":\"C\",\"hosts\":[\"both.example\"]}\n",
                     "");
        assert_string_equal(sdkset_host(set, "x.example")->sdk->id, "a");
        assert_string_equal(sdkset_host(set, "y.x.example")->sdk->id, "a");
        assert_string_equal(sdkset_host(set, "y.in.x.example")->sdk->id, "b");
        assert_null(sdkset_host(set, "xx.example"));
        assert_null(sdkset_host(set, "example"));
        assert_null(sdkset_host(set, ""));
        assert_null(sdkset_host(set, "..."));
        assert_string_equal(sdkset_host(set, "both.example")->next->sdk->id, "c");
}

static void files_constants_and_switches_are_found(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set = load_texts(&(SdkTexts){
                .sdks = "{\"id\":\"a\",\"name\":\"A\"}\n{\"id\":\"b\",\"name\":\"B\"}\n",
                .files = "pattern\tsdk\tversion\tsource\nassets/a/*\ta\t-\town\n"
                         "assets/a/b.*\tb\tkey:v.n\tapp:x\nroot.version\ta\tline\town\n",
                .strings = "prefix\tsdk\tsource\na/\ta\town\n",
                .settings = "key\tsdk\tmeaning\tsource\nKEY\ta\tchannel\town\nKEY\tb\tdebug\town\n"
                            "more_*\tb\tcollection\town\n",
                .namespaces = "host\twhy\tsource\nwww.names.example\tnames\town\n"});
        const SdkFile *file = sdkset_file(set, span_str("assets/a/b.js"));
        assert_string_equal(file->sdk->id, "b");
        assert_string_equal(file->property, "v.n");
        assert_true(file->confirmed);
        assert_int_equal(sdkset_file(set, span_str("assets/a/c"))->version, SDK_FILE_SILENT);
        assert_int_equal(sdkset_file(set, span_str("root.version"))->version, SDK_FILE_LINE);
        assert_null(sdkset_file(set, span_str("root.versions")));
        const SdkConstant *const *constants;
        assert_int_equal(sdkset_constants(set, &constants), 1);
        assert_string_equal(constants[0]->prefix, "a/");
        const SdkSwitch *key = sdkset_switch(set, "KEY");
        assert_string_equal(key->meaning, "channel");
        assert_string_equal(key->next->sdk->id, "b");
        assert_string_equal(sdkset_switch(set, "more_of_it")->meaning, "collection");
        assert_null(sdkset_switch(set, "KEYS"));
        assert_true(sdkset_is_identifier(set, "www.names.example"));
        assert_false(sdkset_is_identifier(set, "names.example"));
}

static const char mine[] =
        "{\"id\":\"umeng\",\"code\":[\"com.umeng.socialize\",\"u.aly\"],\"hosts\":[\"u.example\"],"
        "\"metadata\":[\"UMENG_APPKEY\",\"UMENG_MORE\"],\"sources\":[\"exodus:119\",\"list\"]}\n"
        "{\"id\":\"another\",\"name\":\"Another\",\"code\":[\"com.another\"],\"sources\":[\"list\"]}\n";

static void a_users_rows_add_to_what_is_shipped_and_yield_to_it(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set =
                load_texts(&(SdkTexts){.sdks = sample, .provenance = provenance, .user = mine});
        assert_int_equal(sdkset_len(set), 5);
        assert_string_equal(sdkset_at(set, 0)->id, "another");
        assert_string_equal(owner(set, "Lcom/another/A;"), "another");
        assert_string_equal(owner(set, "Lu/aly/A;"), "umeng");
        assert_string_equal(owner(set, "Lcom/umeng/socialize/A;"), "umeng-share");
        assert_int_equal(sdkset_code(set, span_str("u.aly"))->confirmed, 1);
        assert_string_equal(sdkset_host(set, "u.example")->sdk->id, "umeng");
        const SdkAnchor *key = sdkset_name(set, SDK_METADATA, "UMENG_APPKEY");
        assert_null(key->next->next); /* as shipped */
        assert_string_equal(sdkset_name(set, SDK_METADATA, "UMENG_MORE")->sdk->id, "umeng");
        assert_true(sdk_has_source(sdkset_find(set, "umeng"), "list"));
        assert_int_equal(g_strv_length((char **)sdkset_find(set, "umeng")->sources), 3);
}

static void a_users_rows_change_the_digest(void **state)
{
        (void)state;
        g_autoptr(SdkSet) with =
                load_texts(&(SdkTexts){.sdks = sample, .provenance = provenance, .user = mine}),
                          without = load(sample, provenance);
        assert_string_not_equal(sdkset_digest(with), sdkset_digest(without));
}

static void what_is_refused_is_told_and_changes_no_digest(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set =
                load_texts(&(SdkTexts){.sdks = sample,
                                       .provenance = provenance,
                                       .refused = "kind\ttext\twhy\tsource\ncode\tcom.x\tbroad\town\n"});
        g_autoptr(SdkSet) without = load(sample, provenance);
        assert_string_equal(sdkset_refused(set, "code", "com.x"), "broad");
        assert_null(sdkset_refused(set, "host", "com.x"));
        assert_string_equal(sdkset_digest(set), sdkset_digest(without));
}

static void what_lies_under_a_prefix_stands_behind_it(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set = load(sample, provenance);
        const SdkAnchor *const *list;
        assert_int_equal(sdkset_prefixes(set, &list), 4);
        static const char *const texts[] = {"com.sizmek", "com.umeng", "com.umeng.socialize", "j$"};
        for (size_t i = 0; i < 4; i++)
                assert_string_equal(list[i]->text, texts[i]);
}

static void fails(const char *sdks, const char *seen, const char *words)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(SdkSet) set = sdkset_of(sdks, seen, &error);
        if (set)
                fail_msg("loaded, wanted: %s", words);
        if (!strstr(error->message, words))
                fail_msg("\"%s\" does not say \"%s\"", error->message, words);
}

static void broken_data_are_refused_with_file_and_line(void **state)
{
        (void)state;
        const char *good = "{\"id\":\"a\",\"name\":\"A\",\"code\":[\"com.a\"]}\n";
        fails("{\"id\":\"a\"}\n", "", "sdks.jsonl:1: an SDK needs \"id\" and \"name\"");
        fails("{\"id\":\"a\",\"name\":\"A\",\"code\":[\"com.a\"]}\n{\"id\":\"b\",\"name\":\"B\",\"code\":["
              "\"com.a\"]}\n",
              "", "sdks.jsonl:2: \"com.a\" belongs to a and to b");
        fails("{\"id\":\"a\",\"name\":\"A\"}\n{\"id\":\"a\",\"name\":\"B\"}\n", "", "two SDKs named a");
        fails("{\"id\":\"a\",\"name\":\"A\",\"code\":[\"com/a\"]}\n", "", "\"com/a\" of a is no code prefix");
        fails("{\"id\":\"a\",\"name\":\"A\",\"code\":[\"\"]}\n", "", "empty entry in code of a");
        fails("{\"id\":\"a\",\"name\":\"A\",\"segments\":[\"x.y\"]}\n", "", "\"x.y\" of a is no code prefix");
        fails("{\"id\":\"a\",\"name\":\"A\",\"natives\":[7]}\n", "", "empty entry in natives of a");
        fails("{\"id\":\n", "", "sdks.jsonl:1");
        fails("", "", "no SDK in it");
        fails(good, "{\"prefix\":\"com.b\"}\n",
              "provenance.jsonl:1: prefix \"com.b\" is in no row of sdks.jsonl");
        fails(good, "{}\n", "provenance.jsonl:1");
}

static void fails_texts(const SdkTexts *texts, const char *words)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(SdkSet) set = sdkset_of_texts(texts, &error);
        if (set)
                fail_msg("loaded, wanted: %s", words);
        if (!strstr(error->message, words))
                fail_msg("\"%s\" does not say \"%s\"", error->message, words);
}

static void broken_tables_beside_the_sdks_are_refused_too(void **state)
{
        (void)state;
        const char *good = "{\"id\":\"a\",\"name\":\"A\",\"code\":[\"com.a\"]}\n";
        fails_texts(&(SdkTexts){.sdks = good, .files = "pattern\tsdk\tversion\tsource\nx\tb\t-\town\n"},
                    "files.tsv:2: no SDK has the id b");
        fails_texts(&(SdkTexts){.sdks = good, .files = "pattern\tsdk\tversion\tsource\nx\ta\tyes\town\n"},
                    "version is line, key:NAME or -, not \"yes\"");
        fails_texts(&(SdkTexts){.sdks = good, .settings = "key\tsdk\tmeaning\tsource\nx\tb\tm\town\n"},
                    "settings.tsv:2: no SDK has the id b");
        fails_texts(&(SdkTexts){.sdks = good, .strings = "prefix\tsdk\tsource\nx\tb\town\n"},
                    "strings.tsv:2: no SDK has the id b");
        fails_texts(&(SdkTexts){.sdks = "{\"id\":\"a\",\"name\":\"A\",\"vendor_id\":\"nobody\"}\n"},
                    "a: no company has the id nobody");
        fails_texts(&(SdkTexts){.sdks = good, .companies = "{\"id\":\"x\"}\n"},
                    "a company needs \"id\" and \"root\"");
        fails_texts(
                &(SdkTexts){.sdks = good,
                            .companies = "{\"id\":\"x\",\"root\":\"x\"}\n{\"id\":\"x\",\"root\":\"x\"}\n"},
                "two companies named x");
        fails_texts(&(SdkTexts){.sdks = good,
                                .companies = "{\"id\":\"x\",\"root\":\"x\",\"packages\":[\"com.x.\"]}\n"
                                             "{\"id\":\"y\",\"root\":\"y\",\"packages\":[\"com.x\"]}\n"},
                    "\"com.x\" belongs to x and to y");
        fails_texts(&(SdkTexts){.sdks = good, .user = "{\"id\":\"new\",\"code\":[\"com.n\"]}\n"},
                    "user.jsonl:1: an SDK needs \"id\" and \"name\"");
        fails_texts(&(SdkTexts){.sdks = good, .user = "{\"id\":"}, "user.jsonl:1");
}

static void the_digest_follows_every_byte_of_both_files(void **state)
{
        (void)state;
        const char *one = "{\"id\":\"a\",\"name\":\"A\",\"code\":[\"com.a\"]}\n";
        const char *seen = "{\"prefix\":\"com.a\",\"sources\":[\"own\"]}\n";
        g_autoptr(SdkSet) a = load(one, seen), again = load(one, seen), blank = load(one, "");
        g_autoptr(SdkSet) b = load("{\"id\":\"a\",\"name\":\"B\",\"code\":[\"com.a\"]}\n", seen);
        assert_int_equal(strlen(sdkset_digest(a)), 64);
        assert_string_equal(sdkset_digest(a), sdkset_digest(again));
        assert_string_not_equal(sdkset_digest(a), sdkset_digest(blank));
        assert_string_not_equal(sdkset_digest(a), sdkset_digest(b));
}

static void a_check_tells_what_is_wrong_and_what_is_doubtful(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set = load_texts(&(SdkTexts){
                .sdks = "{\"id\":\"a\",\"name\":\"A\",\"code\":[\"com.github\",\"com.bad\",\"com.shop\","
                        "\"rx\"],"
                        "\"hosts\":[\"bad.example\",\"both.example\"]}\n"
                        "{\"id\":\"b\",\"name\":\"B\",\"hosts\":[\"both.example\"]}\n{\"id\":\"mute\","
                        "\"name\":\"M\"}\n",
                .companies = "{\"id\":\"x\",\"root\":\"x\",\"packages\":[\"com.shop.app\"]}\n",
                .places = "place\twhy\ncom.github\tcode host\n",
                .refused =
                        "kind\ttext\twhy\tsource\ncode\tcom.bad\tbroad\town\nhost\tbad.example\tall\town\n"});
        g_autoptr(SdkReport) report = sdkcheck(set);
        static const struct {
                bool fault;
                const char *about, *text;
        } wanted[] = {{true, "a", "com.bad is in refused.tsv: broad"},
                      {true, "a", "host bad.example is in refused.tsv: all"},
                      {true, "mute", "nothing would show this SDK"},
                      {false, "a", "com.github is a place that strangers share"},
                      {false, "a",
                       "com.shop covers the apps com.shop.app of another company, which would count as the "
                       "vendor's own"},
                      {false, "a", "rx is very short"}};
        assert_int_equal(report->notes->len, G_N_ELEMENTS(wanted));
        for (guint i = 0; i < report->notes->len; i++) {
                const SdkNote *note = g_ptr_array_index(report->notes, i);
                assert_int_equal(note->fault, wanted[i].fault);
                assert_string_equal(note->about, wanted[i].about);
                assert_string_equal(note->text, wanted[i].text);
        }
        assert_int_equal(report->unconfirmed, 4);
        assert_int_equal(report->shared_hosts, 1);
}

static void the_shipped_data_load_and_know_the_big_ones(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autoptr(SdkSet) set = sdkset_load(TEST_DATA_DIR, NULL, &error);
        must_succeed(set != NULL, error);
        assert_true(sdkset_len(set) >= 1680);
        assert_string_equal(owner(set, "Lcom/umeng/analytics/MobclickAgent;"), "umeng-analytics");
        assert_string_equal(owner(set, "Lcn/jpush/android/api/JPushInterface;"), "jpush");
        assert_string_equal(owner(set, "Lokhttp3/OkHttpClient;"), "okhttp");
        assert_string_equal(owner(set, "Landroid/app/Activity;"), "nobody");
        assert_string_equal(owner(set, "Ljava/lang/Object;"), "nobody");
        assert_string_equal(owner(set, "Landroid/net/http/HttpEngine;"), "nobody");
        assert_non_null(sdkset_name(set, SDK_METADATA, "JPUSH_APPKEY"));
        assert_string_equal(sdkset_name(set, SDK_METADATA, "com.google.firebase.components:com.x.Y")->sdk->id,
                            "firebase");
        assert_string_equal(owner(set, "Lorg/apache/commons/io/IOUtils;"), "apache-commons");
        assert_string_equal(owner(set, "Lorg/apache/xerces/dom/A;"), "apache-xml");
        assert_null(sdkset_name(set, SDK_METADATA, "CHANNEL"));
        assert_string_equal(sdkset_switch(set, "CHANNEL")->sdk->id, "appsflyer");
        assert_string_equal(sdkset_find(set, "umeng-analytics")->root, "alibaba");
        g_autoptr(SdkReport) report = sdkcheck(set);
        for (guint i = 0; i < report->notes->len; i++) {
                const SdkNote *note = g_ptr_array_index(report->notes, i);
                if (note->fault)
                        fail_msg("%s: %s", note->about, note->text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_longest_prefix_wins),
                cmocka_unit_test(a_prefix_ends_at_a_boundary_only),
                cmocka_unit_test(a_lone_segment_counts_where_no_prefix_does),
                cmocka_unit_test(prefixes_know_how_many_others_confirm_them),
                cmocka_unit_test(names_are_found_exactly_or_by_pattern),
                cmocka_unit_test(a_key_that_sisters_share_names_them_all),
                cmocka_unit_test(sdks_stand_sorted_by_id_with_what_the_data_say),
                cmocka_unit_test(an_app_under_the_prefix_is_the_vendors_own),
                cmocka_unit_test(of_two_patterns_the_one_with_more_before_its_star_wins),
                cmocka_unit_test(a_host_is_found_by_its_longest_known_end),
                cmocka_unit_test(files_constants_and_switches_are_found),
                cmocka_unit_test(a_users_rows_add_to_what_is_shipped_and_yield_to_it),
                cmocka_unit_test(a_users_rows_change_the_digest),
                cmocka_unit_test(what_is_refused_is_told_and_changes_no_digest),
                cmocka_unit_test(what_lies_under_a_prefix_stands_behind_it),
                cmocka_unit_test(broken_tables_beside_the_sdks_are_refused_too),
                cmocka_unit_test(a_check_tells_what_is_wrong_and_what_is_doubtful),
                cmocka_unit_test(broken_data_are_refused_with_file_and_line),
                cmocka_unit_test(the_digest_follows_every_byte_of_both_files),
                cmocka_unit_test(the_shipped_data_load_and_know_the_big_ones),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
