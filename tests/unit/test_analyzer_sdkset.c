/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

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

static void an_app_under_the_prefix_is_the_vendors_own(void **state)
{
        (void)state;
        g_autoptr(SdkSet) set = load(sample, provenance);
        const Sdk *umeng = sdkset_at(set, 2), *share = sdkset_at(set, 3), *sizmek = sdkset_at(set, 1);
        assert_true(sdkset_is_own(set, umeng, "com.umeng"));
        assert_true(sdkset_is_own(set, umeng, "com.umeng.demo"));
        assert_true(
                sdkset_is_own(set, umeng, "com.umeng.socialize.demo")); /* the shorter prefix covers it too */
        assert_true(sdkset_is_own(set, share, "com.umeng.socialize.demo"));
        assert_false(sdkset_is_own(set, share, "com.umeng.demo"));
        assert_false(sdkset_is_own(set, umeng, "com.umengdemo"));
        assert_true(sdkset_is_own(set, sizmek, "net.sizmek.player"));
        assert_false(sdkset_is_own(set, umeng, ""));
        assert_false(sdkset_is_own(set, umeng, NULL));
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
        fails("{\"id\":\"a\",\"name\":\"A\",\"code\":[\"\"]}\n", "", "\"\" of a is no code prefix");
        fails("{\"id\":\"a\",\"name\":\"A\",\"segments\":[\"x.y\"]}\n", "", "\"x.y\" of a is no code prefix");
        fails("{\"id\":\"a\",\"name\":\"A\",\"natives\":[7]}\n", "", "empty entry in natives of a");
        fails("{\"id\":\n", "", "sdks.jsonl:1");
        fails("", "", "no SDK in it");
        fails(good, "{\"prefix\":\"com.b\"}\n",
              "provenance.jsonl:1: prefix \"com.b\" is in no row of sdks.jsonl");
        fails(good, "{}\n", "provenance.jsonl:1");
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

static void the_shipped_data_load_and_know_the_big_ones(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autoptr(SdkSet) set = sdkset_load(TEST_DATA_DIR, &error);
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
                cmocka_unit_test(broken_data_are_refused_with_file_and_line),
                cmocka_unit_test(the_digest_follows_every_byte_of_both_files),
                cmocka_unit_test(the_shipped_data_load_and_know_the_big_ones),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
