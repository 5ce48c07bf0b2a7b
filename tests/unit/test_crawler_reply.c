/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each shipped market's replies say: its real shapes with invented values. */
#include "unit/reply_words.h"

static void aptoide_lists_with_versions_and_addresses(void **state)
{
        g_autoptr(Answer) a = answer_to(&(Asked){"aptoide", "list", "aptoide/list.json"});
        assert_string_equal(a->reply->outcome, "ok");
        assert_int_equal(a->n, 2);
        assert_string_equal(a->reply->next, "25");
        assert_int_equal(a->reply->total, 9000);
        assert_int_equal(a->reply->n_skipped, 1);
        assert_string_equal(a->reply->skipped[0]->reason, "package-name");
        assert_string_equal(a->reply->skipped[0]->samples[0], "Odd one");
        const Listing *l = a->listings[0];
        assert_string_equal(l->market, "aptoide");
        assert_string_equal(l->package, "com.example.chat");
        assert_string_equal(l->store_id, "101");
        assert_int_equal(l->apk->version_code, 123);
        assert_int_equal(l->apk->size, 5000123);
        assert_string_equal(l->apk->url, "https://pool.example/chat.apk");
        assert_string_equal(l->apk->md5, "0123456789abcdef0123456789abcdef");
        assert_int_equal(l->downloads, 5000);
        assert_int_equal(l->n_anti_features, 0);
        assert_false(l->apk->has_splits);
        assert_true(a->listings[1]->apk->splits);
}

static void aptoide_tells_permissions_policy_and_groups_of_an_app(void **state)
{
        g_autoptr(Answer) a = answer_to(
                &(Asked){"aptoide", "detail", "aptoide/detail.json", .package = "com.example.chat"});
        assert_string_equal(a->reply->outcome, "ok");
        assert_int_equal(a->n, 1);
        const Listing *l = a->listings[0];
        assert_string_equal(l->privacy_url, "https://dev.example/privacy");
        assert_string_equal(l->categories[0], "Communication");
        assert_string_equal(l->developer_mail, "hello@dev.example");
        assert_int_equal(l->apk->n_permissions, 2);
        assert_string_equal(l->apk->permissions[1], "android.permission.CAMERA");
        assert_string_equal(l->apk->signers[0], "aabbccddeeff00112233445566778899aabbccdd");
        assert_int_equal(l->apk->min_sdk, 21);
}

static void aptoide_warns_where_its_scanner_does(void **state)
{
        g_autoptr(Answer) a = answer_to(
                &(Asked){"aptoide", "list", "aptoide/list.json", .find = "TRUSTED", .put = "CRITICAL"});
        assert_string_equal(a->listings[0]->anti_features[0], "CRITICAL");
}

static void xiaomi_names_its_categories(void **state)
{
        g_autoptr(Answer) a = answer_to(&(Asked){"xiaomi", "categories", "xiaomi/categories.html"});
        assert_string_equal(a->reply->outcome, "ok");
        assert_int_equal(a->reply->n_categories, 3);
        assert_string_equal(a->reply->categories[1]->key, "27");
        assert_string_equal(a->reply->categories[1]->title, "影音视听");
}

static void xiaomi_lists_and_tells_of_an_app(void **state)
{
        g_autoptr(Answer) list = answer_to(&(Asked){"xiaomi", "list", "xiaomi/list.json", .category = "27"});
        assert_string_equal(list->reply->outcome, "ok");
        assert_int_equal(list->n, 2);
        assert_string_equal(list->reply->next, "1");
        assert_string_equal(list->listings[0]->categories[0], "影音视听");
        assert_string_equal(list->listings[0]->store_id, "431355");
        g_autoptr(Answer) last = answer_to(&(Asked){"xiaomi", "list", "xiaomi/list.json", .page = 66});
        assert_null(last->reply->next);
        g_autoptr(Answer) app = answer_to(
                &(Asked){"xiaomi", "detail", "xiaomi/detail.html", .package = "com.example.player"});
        assert_string_equal(app->reply->outcome, "ok");
        const Listing *l = app->listings[0];
        assert_string_equal(l->developer, "北京示例科技有限公司");
        assert_string_equal(l->apk->version_name, "3.4.5");
        assert_string_equal(l->privacy_url, "http://privacy.example/policy.html?a=1&b=2");
        assert_true(l->rating == 4.5 && l->ratings == 1234);
        assert_int_equal(l->updated_ms, 1769817600000);
}

static void a_page_in_gbk_is_read_as_one(void **state)
{
        g_autofree char *page = kept_reply("xiaomi/detail.html");
        gsize len;
        g_autofree char *bytes = g_convert(page, -1, "GBK", "UTF-8", NULL, &len, NULL);
        assert_non_null(bytes);
        Asked asked = {"xiaomi", "detail", .package = "com.example.player",
                       .content_type = "text/html; charset=GBK"};
        g_autoptr(Answer) a = answer_to_bytes(&asked, span_of(bytes, len));
        must_end(&asked, a, "ok", NULL);
        assert_string_equal(a->listings[0]->label, "示例播放器");
}

static void a_redirect_tells_where_the_apk_is(void **state)
{
        g_autoptr(Answer) a = answer_to(&(Asked){"xiaomi", "resolve", .id = "1", .status = 302,
                                                 .location = "https://f3.example/a.apk"});
        assert_string_equal(a->reply->outcome, "ok");
        assert_string_equal(a->reply->apk_url, "https://f3.example/a.apk");
        g_autoptr(Answer) near = answer_to(
                &(Asked){"huawei", "resolve", .id = "1", .status = 302, .location = "/dl/a.apk?x=1"});
        assert_string_equal(near->reply->apk_url, "https://m.example/dl/a.apk?x=1");
}

static void huawei_gives_a_token_and_lists(void **state)
{
        g_autoptr(Answer) token = answer_to(&(Asked){"huawei", "token", "huawei/token.json"});
        assert_string_equal(token->reply->outcome, "ok");
        assert_string_equal(token->reply->token, "eyJhbGciOiJub25lIn0.c29tZXRoaW5n+/==");
        g_autoptr(Answer) list = answer_to(&(Asked){"huawei", "list", "huawei/list.json"});
        assert_int_equal(list->n, 2);
        assert_string_equal(list->reply->next, "1");
        assert_int_equal(list->listings[0]->downloads, 100000000);
        assert_string_equal(list->listings[0]->downloads_text, "1 亿次安装");
        assert_int_equal(list->listings[1]->downloads, 34000);
        g_autoptr(Answer) last = answer_to(&(Asked){"huawei", "list", "huawei/list.json",
                                                    .find = "\"hasNextPage\":1", .put = "\"hasNextPage\":0"});
        assert_string_equal(last->reply->outcome, "ok");
        assert_null(last->reply->next);
}

/* An item without a category is of the one it was listed under, by the title in the market file. */
static void huawei_categories_have_titles(void **state)
{
        g_autoptr(Answer) a = answer_to(&(Asked){"huawei", "list", "huawei/list.json",
                                                 .category = "33ef450cbac34770a477cfa78db4cf8c",
                                                 .find = "\"kindName\":\"实用工具\",", .put = ""});
        assert_string_equal(a->listings[0]->categories[0], "影音娱乐");
        assert_string_equal(a->listings[1]->categories[0], "实用工具");
}

static void huawei_details_are_found_wherever_they_stand(void **state)
{
        static const char swapped[] =
                "{\"rtnCode\":0,\"layoutData\":[{\"dataList\":[{\"conceal\":{\"text\":\"https://"
                "privacy.example/huawei\"}}]},"
                "{\"x\":{\"dataList\":[]}},{\"dataList\":[{\"deeper\":{\"developer\":\"示例科技\","
                "\"releaseDate\":\"2026/2/3\"}}]},"
                "{\"dataList\":[{\"package\":\"com.example.files\",\"versionName\":\"1.2\"}]},"
                "{\"dataList\":[{\"name\":\"示例文件\",\"starDesc\":\"4.6\"}]}]}";
        const Asked cases[] = {{"huawei", "detail", "huawei/detail.json", .package = "com.example.files"},
                               {"huawei", "detail", .body = swapped, .package = "com.example.files"}};
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(Answer) a = answer_to(&cases[i]);
                must_end(&cases[i], a, "ok", NULL);
                assert_string_equal(a->listings[0]->privacy_url, "https://privacy.example/huawei");
                assert_string_equal(a->listings[0]->developer, "示例科技");
                assert_true(a->listings[0]->rating == 4.6);
                assert_int_equal(a->listings[0]->updated_ms, 1770076800000);
        }
}

static void a_rounded_size_is_no_limit(void **state)
{
        g_autoptr(Answer) a =
                answer_to(&(Asked){"huawei", "detail", "huawei/detail.json", .package = "com.example.files"});
        assert_false(a->listings[0]->apk->has_size);
        assert_int_equal(a->listings[0]->apk->size_about, 12897485);
}

static void tencent_lists_and_finds_the_app_beside_its_own(void **state)
{
        g_autoptr(Answer) list = answer_to(&(Asked){"tencent", "list", "tencent/list.json"});
        assert_string_equal(list->reply->outcome, "ok");
        assert_int_equal(list->n, 2);
        assert_string_equal(list->listings[0]->operator_, "深圳示例有限公司");
        assert_string_equal(list->listings[0]->apk->md5, "0123456789abcdef0123456789abcdef");
        g_autoptr(Answer) app = answer_to(
                &(Asked){"tencent", "detail", "tencent/detail.html", .package = "com.example.video"});
        assert_string_equal(app->reply->outcome, "ok");
        assert_string_equal(app->listings[0]->label, "示例视频");
        assert_int_equal(app->listings[0]->apk->size, 98765432);
        g_autoptr(Answer) where = answer_to(&(Asked){"tencent", "resolve", "tencent/resolve.html"});
        assert_true(g_str_has_prefix(where->reply->apk_url, "https://cdn.example/16891/apk/"));
}

static void google_play_tells_policy_and_data_safety(void **state)
{
        g_autoptr(Answer) app = answer_to(
                &(Asked){"google-play", "detail", "google-play/detail.html", .package = "com.example.notes"});
        assert_string_equal(app->reply->outcome, "ok");
        const Listing *l = app->listings[0];
        assert_string_equal(l->privacy_url, "https://notes.example/privacy");
        assert_string_equal(l->categories[0], "PRODUCTIVITY");
        assert_int_equal(l->downloads, 6543210);
        assert_false(l->paid);
        assert_null(l->apk->url);
        g_autoptr(Answer) labels = answer_to(
                &(Asked){"google-play", "labels", "google-play/labels.html", .package = "com.example.notes"});
        assert_string_equal(labels->reply->outcome, "ok");
        assert_int_equal(labels->listings[0]->n_data_labels, 4);
        const DataLabel *shared = labels->listings[0]->data_labels[0];
        assert_string_equal(shared->kind, "shared");
        assert_string_equal(shared->category, "Location");
        assert_string_equal(shared->data, "Approximate location");
        assert_true(shared->is_optional);
        assert_int_equal(shared->n_purposes, 2);
        assert_string_equal(shared->purposes[1], "Advertising or marketing");
}

static void apple_tells_of_an_app_and_its_labels(void **state)
{
        g_autoptr(Answer) app =
                answer_to(&(Asked){"apple", "detail", "apple/detail.json", .package = "com.example.notes"});
        assert_string_equal(app->reply->outcome, "ok");
        assert_string_equal(app->listings[0]->store_id, "123456");
        assert_true(app->listings[0]->paid);
        g_autoptr(Answer) token = answer_to(&(Asked){"apple-labels", "token", "apple/page.html"});
        assert_string_equal(token->reply->token, "eyJhbGciOiJFUzI1NiJ9.e30.c2ln");
        g_autoptr(Answer) labels = answer_to(&(Asked){"apple-labels", "labels", "apple/labels.json",
                                                      .package = "com.example.notes", .id = "123456"});
        assert_string_equal(labels->reply->outcome, "ok");
        assert_int_equal(labels->listings[0]->n_data_labels, 4);
        const DataLabel *linked = labels->listings[0]->data_labels[1];
        assert_string_equal(linked->kind, "linked");
        assert_string_equal(linked->data, "Product Interaction");
        assert_string_equal(linked->purposes[0], "Analytics");
}

/* The developer declares nothing, or the page shows nothing any more: told, and the app is there all the same. */
static void labels_that_are_empty_are_said_to_be(void **state)
{
        g_autoptr(Answer) a = answer_to(&(Asked){"google-play", "labels", "google-play/labels-none.html",
                                                 .package = "com.example.notes"});
        assert_string_equal(a->reply->outcome, "empty");
        assert_int_equal(a->n, 1);
        assert_int_equal(a->listings[0]->n_data_labels, 0);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(aptoide_lists_with_versions_and_addresses),
                cmocka_unit_test(aptoide_tells_permissions_policy_and_groups_of_an_app),
                cmocka_unit_test(aptoide_warns_where_its_scanner_does),
                cmocka_unit_test(xiaomi_names_its_categories),
                cmocka_unit_test(xiaomi_lists_and_tells_of_an_app),
                cmocka_unit_test(a_page_in_gbk_is_read_as_one),
                cmocka_unit_test(a_redirect_tells_where_the_apk_is),
                cmocka_unit_test(huawei_gives_a_token_and_lists),
                cmocka_unit_test(huawei_categories_have_titles),
                cmocka_unit_test(huawei_details_are_found_wherever_they_stand),
                cmocka_unit_test(a_rounded_size_is_no_limit),
                cmocka_unit_test(tencent_lists_and_finds_the_app_beside_its_own),
                cmocka_unit_test(google_play_tells_policy_and_data_safety),
                cmocka_unit_test(apple_tells_of_an_app_and_its_labels),
                cmocka_unit_test(labels_that_are_empty_are_said_to_be),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
