/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies that are no answer, or not the one that was asked for: each ends in the class that tells what to do. */
#include "unit/reply_words.h"

#include "crawler/markets/fdroid_read.h"

static const char captcha[] = "<!DOCTYPE html><html><head><title>安全验证</title></head><body><div "
                              "id=\"captcha\">请完成验证</div></body></html>";
static const char denied[] =
        "<html><head><title>403 Forbidden</title></head><body>Access Denied</body></html>";
static const char other_page[] =
        "<html><head><title>Welcome</title></head><body><p>Under construction</p></body></html>";

/* One good reply of each request of each shipped market. */
static const Asked good[] = {
        {"aptoide", "list", "aptoide/list.json"},
        {"aptoide", "detail", "aptoide/detail.json", .package = "com.example.chat"},
        {"xiaomi", "categories", "xiaomi/categories.html"},
        {"xiaomi", "list", "xiaomi/list.json", .category = "27"},
        {"xiaomi", "detail", "xiaomi/detail.html", .package = "com.example.player"},
        {"huawei", "token", "huawei/token.json"},
        {"huawei", "list", "huawei/list.json"},
        {"huawei", "detail", "huawei/detail.json", .package = "com.example.files"},
        {"tencent", "list", "tencent/list.json"},
        {"tencent", "detail", "tencent/detail.html", .package = "com.example.video"},
        {"tencent", "resolve", "tencent/resolve.html", .package = "com.example.video"},
        {"google-play", "detail", "google-play/detail.html", .package = "com.example.notes"},
        {"google-play", "labels", "google-play/labels.html", .package = "com.example.notes"},
        {"apple", "detail", "apple/detail.json", .package = "com.example.notes"},
        {"apple-labels", "token", "apple/page.html"},
        {"apple-labels", "labels", "apple/labels.json", .package = "com.example.notes"},
};

static void must_answer(Asked asked, const char *outcome, const char *says)
{
        g_autoptr(Answer) a = answer_to(&asked);
        must_end(&asked, a, outcome, says);
        if (!g_str_equal(outcome, "ok") && !g_str_equal(outcome, "empty"))
                assert_int_equal(a->n, 0);
}

static Asked instead(Asked asked, const char *body)
{
        asked.file = NULL;
        asked.body = body;
        return asked;
}

static void a_captcha_with_status_200_is_throttling_in_every_market(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
                must_answer(good[i], "ok", NULL);
                must_answer(instead(good[i], captcha), "throttled", "the page says");
        }
}

static void a_page_that_refuses_is_blocking_and_another_page_a_changed_shape(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
                must_answer(instead(good[i], denied), "blocked", NULL);
                must_answer(instead(good[i], other_page), "shape-changed", NULL);
        }
}

static bool is_json(const Asked *asked)
{
        return g_str_has_suffix(asked->file, ".json");
}

static void json_that_is_cut_short_or_none_is_malformed(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
                must_answer(instead(good[i], ""), "malformed", "empty");
                if (!is_json(&good[i]))
                        continue;
                g_autofree char *whole = kept_reply(good[i].file);
                for (size_t part = 1; part < 8; part++) {
                        g_autofree char *cut = g_strndup(whole, strlen(whole) * part / 8);
                        must_answer(instead(good[i], cut), "malformed", "JSON");
                }
                must_answer(instead(good[i], "not json"), "malformed", NULL);
        }
}

/* A page that carries its JSON inside is cut short before that ends, or before it begins. */
static void a_page_that_is_cut_short_is_no_answer(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
                g_autofree char *whole = kept_reply(good[i].file);
                for (size_t part = 1; part < 6; part++) {
                        g_autofree char *cut = g_strndup(whole, strlen(whole) * part / 16);
                        Asked asked = instead(good[i], cut);
                        g_autoptr(Answer) a = answer_to(&asked);
                        if (g_str_equal(a->reply->outcome, "ok") && !g_str_equal(asked.verb, "categories"))
                                fail_msg("%s %s: %zu/16 of the page is an answer", asked.market, asked.verb,
                                         part);
                }
        }
}

static void an_object_without_any_expected_key_is_a_changed_shape(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
                if (is_json(&good[i]))
                        must_answer(instead(good[i], "{\"status\":\"fine\",\"result\":{}}"), "shape-changed",
                                    NULL);
        }
}

static void statuses_have_their_meaning_in_every_market(void **state)
{
        static const struct {
                unsigned status;
                const char *list, *app;
        } rows[] = {{404, "shape-changed", "gone"},  {410, "shape-changed", "gone"},
                    {429, "throttled", "throttled"}, {503, "throttled", "throttled"},
                    {403, "blocked", "blocked"},     {402, "paid", "paid"},
                    {451, "region", "region"},       {500, "refused", "refused"},
                    {418, "refused", "refused"}};
        for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
                bool app = g_str_equal(good[i].verb, "detail") || g_str_equal(good[i].verb, "labels") ||
                           g_str_equal(good[i].verb, "resolve");
                for (size_t s = 0; s < G_N_ELEMENTS(rows); s++) {
                        Asked asked = instead(good[i], "{}");
                        asked.status = rows[s].status;
                        bool region =
                                g_str_equal(asked.market, "huawei") && g_str_equal(asked.verb, "detail");
                        if (!region)
                                must_answer(asked, app ? rows[s].app : rows[s].list, NULL);
                }
        }
        must_answer((Asked){"huawei", "list", .body = "{}", .status = 401}, "token-stale", "401");
        must_answer((Asked){"aptoide", "list", .body = "{}", .status = 401}, "refused", "401");
        must_answer((Asked){"aptoide", "list", .body = captcha, .status = 403}, "throttled", "captcha");
}

/* A key renamed, a list of another type, an empty list: by hand for each market, since each has its own keys. */
static void changed_shapes_are_seen_by_the_key_that_is_gone(void **state)
{
        static const struct {
                Asked asked;
                const char *outcome, *says;
        } rows[] = {
                {{"aptoide", "list", "aptoide/list.json", .find = "\"datalist\"", .put = "\"data_list\""},
                 "shape-changed",
                 "datalist.total"},
                {{"aptoide", "list", "aptoide/list.json", .find = "\"list\":[", .put = "\"items\":["},
                 "shape-changed",
                 "no list at"},
                {{"aptoide", "list",
                  .body = "{\"info\":{\"status\":\"OK\"},\"datalist\":{\"total\":0,\"list\":[]}}"},
                 "empty",
                 "is empty"},
                {{"aptoide", "list",
                  .body = "{\"info\":{\"status\":\"OK\"},\"datalist\":{\"total\":1,\"list\":\"x\"}}"},
                 "shape-changed",
                 "no list at"},
                {{"aptoide", "list",
                  .body = "{\"info\":{\"status\":\"OK\"},\"datalist\":{\"total\":1,\"list\":[1,2,3]}}"},
                 "shape-changed",
                 "package name"},
                {{"aptoide", "list",
                  .body = "{\"info\":{\"status\":\"OK\"},\"datalist\":{\"total\":1,\"list\":[{\"package\":"
                          "\"a.b\",\"name\":\"x\"}]}}"},
                 "shape-changed",
                 "version_code"},
                {{"aptoide", "list",
                  .body = "{\"info\":{\"status\":\"OK\"},\"datalist\":{\"total\":1,\"list\":[{\"package\":"
                          "\"a.b\",\"name\":\"x\",\"file\":{\"vercode\":\"new\"}}]}}"},
                 "shape-changed",
                 "no plausible version_code"},
                {{"aptoide", "list",
                  .body = "{\"info\":{\"status\":\"FAIL\"},\"errors\":[{\"code\":\"X\"}]}"},
                 "refused",
                 "FAIL"},
                {{"aptoide", "list", .body = "{\"info\":{\"status\":\"QUEUED\"}}"}, "throttled", "QUEUED"},
                {{"aptoide", "detail", "aptoide/detail.json", .find = "\"name\":\"Example Chat\"",
                  .put = "\"title\":\"Example Chat\"", .package = "com.example.chat"},
                 "shape-changed",
                 "label"},
                {{"aptoide", "detail", "aptoide/detail.json", .package = "com.example.other"},
                 "shape-changed",
                 "about com.example.chat"},
                {{"xiaomi", "categories", "xiaomi/categories.html", .find = "category-list",
                  .put = "cat-list"},
                 "shape-changed",
                 "category-list"},
                {{"xiaomi", "categories",
                  .body = "<html><body><ul class=\"category-list\"></ul></body></html>"},
                 "empty",
                 NULL},
                {{"xiaomi", "list", "xiaomi/list.json", .find = "\"data\"", .put = "\"apps\""},
                 "shape-changed",
                 "\"data\""},
                {{"xiaomi", "list", .body = "{\"count\":0,\"data\":[]}"}, "empty", NULL},
                {{"xiaomi", "list", .body = "{\"count\":0,\"data\":[]}", .page = 3}, "ok", NULL},
                {{"xiaomi", "list", .body = "{\"count\":0,\"data\":{}}"}, "empty", NULL},
                {{"xiaomi", "list", .body = "{\"count\":0,\"data\":7}"}, "shape-changed", "no list"},
                {{"xiaomi", "list", .body = "{\"code\":-101,\"msg\":\"接口刷量\"}"}, "throttled", "sign 1"},
                {{"xiaomi", "list",
                  .body = "{\"count\":1,\"data\":[{\"pkg\":\"a.b\",\"displayName\":\"x\",\"appId\":1}]}"},
                 "shape-changed",
                 "packageName"},
                {{"xiaomi", "detail", "xiaomi/gone.html", .package = "a.b"}, "gone", NULL},
                {{"xiaomi", "detail", "xiaomi/detail.html", .find = "intro-titles", .put = "title-intro",
                  .package = "a.b"},
                 "shape-changed",
                 "intro-titles"},
                {{"xiaomi", "detail", "xiaomi/detail.html", .find = "版本号", .put = "Version",
                  .package = "a.b"},
                 "shape-changed",
                 "version_name"},
                {{"xiaomi", "resolve", .body = "x", .status = 200}, "shape-changed", "no redirect"},
                {{"xiaomi", "resolve", .status = 302, .location = "javascript:void(0)"},
                 "shape-changed",
                 "no URL of a file"},
                {{"huawei", "list", "huawei/list.json", .find = "\"rtnCode\":0", .put = "\"rtnCode\":1002"},
                 "token-stale",
                 "1002"},
                {{"huawei", "list", "huawei/list.json", .find = "layoutData", .put = "layouts"},
                 "shape-changed",
                 "layoutData"},
                {{"huawei", "list", "huawei/list.json", .find = "hasNextPage", .put = "hasMore"},
                 "shape-changed",
                 "hasNextPage"},
                {{"huawei", "list",
                  .body = "{\"rtnCode\":0,\"hasNextPage\":0,\"layoutData\":[{\"dataList\":[]}]}"},
                 "empty",
                 NULL},
                {{"huawei", "list", .body = "{\"rtnCode\":0,\"hasNextPage\":0,\"layoutData\":[]}"},
                 "empty",
                 NULL},
                {{"huawei", "list",
                  .body = "{\"rtnCode\":0,\"hasNextPage\":0,\"layoutData\":[{\"list\":[]}]}"},
                 "shape-changed",
                 "no list"},
                {{"huawei", "list",
                  .body = "{\"rtnCode\":0,\"hasNextPage\":0,\"layoutData\":[{\"dataList\":[{\"pkg\":\"a.b\"}]"
                          "}]}"},
                 "shape-changed",
                 "no list"},
                {{"huawei", "detail", .body = "{\"rtnCode\":0,\"layoutData\":[]}", .package = "a.b"},
                 "region",
                 NULL},
                {{"huawei", "detail", "huawei/detail.json", .find = "\"package\"", .put = "\"pkg\"",
                  .package = "com.example.files"},
                 "shape-changed",
                 "about com.example.other"},
                {{"huawei", "token", .body = "{\"code\":1}"}, "shape-changed", "no token"},
                {{"huawei", "token", .body = "\"a b\\r\\nX: y\""}, "shape-changed", "is none"},
                {{"tencent", "list", "tencent/list.json", .find = "components", .put = "cards"},
                 "shape-changed",
                 "components"},
                {{"tencent", "list",
                  .body = "{\"ret\":0,\"data\":{\"components\":[{\"data\":{\"itemData\":[]}}]}}"},
                 "empty",
                 NULL},
                {{"tencent", "list", .body = "{\"ret\":-1,\"msg\":\"bad\"}"}, "refused", "-1"},
                {{"tencent", "list", "tencent/list.json", .find = "itemData", .put = "items"},
                 "shape-changed",
                 "no list"},
                {{"tencent", "detail", "tencent/detail.html", .package = "com.example.none"}, "gone", NULL},
                {{"tencent", "detail", "tencent/detail.html", .package = "com.tencent.android.qqdownloader"},
                 "gone",
                 NULL},
                {{"tencent", "detail", "tencent/detail.html", .find = "dynamicCardResponse", .put = "cards",
                  .package = "com.example.video"},
                 "shape-changed",
                 "dynamicCardResponse"},
                {{"tencent", "detail", "tencent/detail.html", .find = "<script id=\"__NEXT_DATA__\"",
                  .put = "<script id=\"__DATA__\"", .package = "com.example.video"},
                 "shape-changed",
                 "__NEXT_DATA__"},
                {{"tencent", "resolve", "tencent/resolve.html",
                  .find = "\"apkUrl64\":\"https:", .put = "\"apkUrl64\":\"data:", .package = "a.b"},
                 "shape-changed",
                 "no URL of a file"},
                {{"tencent", "resolve", "tencent/resolve.html",
                  .find = "systemData=", .put = "sysData=", .package = "a.b"},
                 "shape-changed",
                 "systemData"},
                {{"google-play", "detail", "google-play/detail.html", .find = "'ds:5'", .put = "'ds:6'",
                  .package = "com.example.notes"},
                 "shape-changed",
                 "ds:5"},
                {{"google-play", "detail", "google-play/detail.html", .find = "1769900000",
                  .put = "\"Example\"", .package = "com.example.notes"},
                 "shape-changed",
                 "no plausible updated"},
                {{"google-play", "detail", "google-play/detail.html", .find = "\"Example Inc.\"",
                  .put = "null", .package = "com.example.notes"},
                 "shape-changed",
                 "developer"},
                {{"google-play", "detail", .body = "<html>We're sorry, unusual traffic</html>",
                  .package = "a.b", .status = 200},
                 "throttled",
                 "unusual traffic"},
                {{"google-play", "labels", "google-play/labels.html", .find = "'ds:3'", .put = "'ds:4'",
                  .package = "a.b"},
                 "shape-changed",
                 "ds:3"},
                {{"apple", "detail", "apple/none.json", .package = "com.example.notes"}, "gone", NULL},
                {{"apple", "detail", "apple/detail.json", .find = "\"results\"", .put = "\"apps\"",
                  .package = "com.example.notes"},
                 "shape-changed",
                 "results"},
                {{"apple", "detail", "apple/detail.json", .find = "\"bundleId\"", .put = "\"bundle\"",
                  .package = "com.example.notes"},
                 "shape-changed",
                 "package name"},
                {{"apple", "detail", .body = "{\"resultCount\":1,\"results\":[]}",
                  .package = "com.example.notes"},
                 "empty",
                 NULL},
                {{"apple-labels", "token", "apple/page.html", .find = "token%22", .put = "key%22"},
                 "shape-changed",
                 "no token"},
                {{"apple-labels", "labels", "apple/labels.json", .find = "attributes", .put = "attrs",
                  .package = "a.b"},
                 "shape-changed",
                 "attributes"},
                {{"apple-labels", "labels", "apple/labels.json", .find = "privacyTypes", .put = "types",
                  .package = "a.b"},
                 "empty",
                 "no longer shows"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                must_answer(rows[i].asked, rows[i].outcome, rows[i].says);
}

/* ---- a market of our own
 * ----------------------------------------------------------------------------------------- */

static const char mine[] = "title: T\nkind: json\nurl: https://m.example\ncategories: none\nrequests:\n"
                           "  - verb: list\n    url: \"{base}/list?at={cursor}\"\n    items: apps[]\n    "
                           "next: next\n    total: total\n"
                           "    fields: {package: pkg, label: name, web: web, downloads: n, updated: t, "
                           "rating: r, permissions: perms, sha256: sum, size: s, categories: c -> split}\n"
                           "  - verb: detail\n    url: \"{base}/find?q={package}\"\n    items: found[]\n    "
                           "fields: {package: pkg, label: name}\n";

static void a_search_is_an_answer_when_it_holds_the_very_app(void **state)
{
        static const char body[] =
                "{\"found\":[{\"pkg\":\"a.b.c\",\"name\":\"no\"},{\"pkg\":\"a.b\",\"name\":\"yes\"}]}";
        g_autoptr(Answer) a = answer_to(&(Asked){mine, "detail", .body = body, .package = "a.b"});
        assert_string_equal(a->listings[0]->label, "yes");
        must_answer((Asked){mine, "detail", .body = body, .package = "a.b.c.d"}, "gone", "none of 2 apps");
}

static void a_cursor_leads_on_or_nowhere(void **state)
{
        static const struct {
                const char *next, *total, *cursor, *leads;
        } rows[] = {{"25", "100", NULL, "25"}, {"25", "100", "25", NULL},  {"0", "100", NULL, NULL},
                    {"20", "100", "25", NULL}, {"100", "100", "75", NULL}, {"\"abc\"", "100", "\"x\"", "abc"},
                    {"null", "9", "1", NULL},  {"{}", "9", "1", NULL}};
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *body =
                        g_strdup_printf("{\"apps\":[{\"pkg\":\"a.b\"}],\"next\":%s,\"total\":%s}",
                                        rows[i].next, rows[i].total);
                g_autoptr(Answer) a =
                        answer_to(&(Asked){mine, "list", .body = body, .cursor = rows[i].cursor});
                assert_string_equal(a->reply->outcome, "ok");
                if (g_strcmp0(a->reply->next, rows[i].leads) != 0)
                        fail_msg("next %s of %s from %s leads to %s", rows[i].next, rows[i].total,
                                 rows[i].cursor, a->reply->next);
        }
}

static void fields_that_no_item_has_are_told(void **state)
{
        g_autoptr(GString) body = g_string_new("{\"apps\":[");
        for (int i = 0; i < 6; i++)
                g_string_append_printf(body, "%s{\"pkg\":\"a.b%d\",\"name\":\"x\",\"r\":\"99\"}",
                                       i ? "," : "", i);
        g_string_append(body, "]}");
        g_autoptr(Answer) a = answer_to(&(Asked){mine, "list", .body = body->str});
        assert_string_equal(a->reply->outcome, "ok");
        assert_string_equal(a->reply->detail,
                            "no item has: categories web updated downloads rating size sha256 permissions");
}

static void implausible_values_are_left_out(void **state)
{
        static const char body[] = "{\"apps\":[{\"pkg\":\"a.b\",\"name\":\"\\u202e<b>&\\u0000\",\"web\":"
                                   "\"javascript:alert(1)\",\"n\":\"-4\",\"t\":\"2999-01-01\",\"r\":1e9,"
                                   "\"perms\":[\"\",\"p\",\"p\",7],\"sum\":\"AB\",\"s\":"
                                   "\"9999999999999999999\",\"c\":\"x、y,, z\"}]}";
        g_autoptr(Answer) a = answer_to(&(Asked){mine, "list", .body = body});
        assert_string_equal(a->reply->outcome, "ok");
        const Listing *l = a->listings[0];
        assert_null(l->web);
        assert_false(l->has_downloads || l->has_updated_ms || l->has_rating);
        assert_string_equal(l->downloads_text, "-4");
        assert_int_equal(l->apk->n_permissions, 2);
        assert_null(l->apk->sha256);
        assert_false(l->apk->has_size);
        assert_int_equal(l->n_categories, 3);
        assert_string_equal(l->categories[2], "z");
}

/* ---- hostile replies
 * --------------------------------------------------------------------------------------------- */

static void a_page_has_two_thousand_items_at_most(void **state)
{
        g_autoptr(GString) body = g_string_new("{\"apps\":[");
        for (int i = 0; i < 2500; i++)
                g_string_append_printf(body, "%s{\"pkg\":\"a.b%d\",\"name\":\"x\"}", i ? "," : "", i % 2400);
        g_string_append(body, "]}");
        g_autoptr(Answer) a = answer_to(&(Asked){mine, "list", .body = body->str});
        assert_string_equal(a->reply->outcome, "ok");
        assert_int_equal(a->n, REPLY_ITEMS);
        assert_string_equal(a->reply->skipped[0]->reason, "over-limit");
        assert_int_equal(a->reply->skipped[0]->count, 500);
}

static void an_app_is_listed_once_a_page(void **state)
{
        g_autoptr(Answer) a = answer_to(&(Asked){
                mine, "list", .body = "{\"apps\":[{\"pkg\":\"a.b\"},{\"pkg\":\"a.b\"},{\"pkg\":\"a.b\"}]}"});
        assert_string_equal(a->reply->outcome, "ok");
        assert_int_equal(a->n, 1);
        assert_string_equal(a->reply->skipped[0]->reason, "twice");
}

static void long_texts_are_cut_and_names_checked(void **state)
{
        g_autofree char *endless = g_strnfill(200000, 'x');
        g_autofree char *body = g_strdup_printf("{\"apps\":[{\"pkg\":\"a.b\",\"name\":\"%s\",\"web\":\"https:"
                                                "//w.example/%s\",\"c\":\"%s\"}]}",
                                                endless, endless, endless);
        g_autoptr(Answer) a = answer_to(&(Asked){mine, "list", .body = body});
        assert_int_equal(strlen(a->listings[0]->label), FDROID_LABEL_BYTES);
        assert_null(a->listings[0]->web);
        assert_int_equal(a->listings[0]->n_categories, 0);
        static const char *const names[] = {"", ".", "../x", "a b", "a/b", "a\\u202eb", ".a", "a.", "<a>"};
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *one =
                        g_strdup_printf("{\"apps\":[{\"pkg\":\"%s\",\"name\":\"n\"}]}", names[i]);
                must_answer((Asked){mine, "list", .body = one}, "shape-changed", "0 of 1 items");
        }
}

static void deep_nesting_is_refused(void **state)
{
        g_autofree char *open = g_strnfill(100000, '['), *close = g_strnfill(100000, ']');
        g_autofree char *body = g_strconcat("{\"apps\":", open, close, "}", NULL);
        must_answer((Asked){mine, "list", .body = body}, "malformed", "nesting");
        static const uint8_t bytes[] = {'{', '"', 0xff, 0xfe, '"', ':', '1', '}'};
        Asked asked = {mine, "list"};
        g_autoptr(Answer) a = answer_to_bytes(&asked, span_of(bytes, sizeof bytes));
        must_end(&asked, a, "malformed", NULL);
        assert_true(g_utf8_validate(a->reply->detail, -1, NULL));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_captcha_with_status_200_is_throttling_in_every_market),
                cmocka_unit_test(a_page_that_refuses_is_blocking_and_another_page_a_changed_shape),
                cmocka_unit_test(json_that_is_cut_short_or_none_is_malformed),
                cmocka_unit_test(a_page_that_is_cut_short_is_no_answer),
                cmocka_unit_test(an_object_without_any_expected_key_is_a_changed_shape),
                cmocka_unit_test(statuses_have_their_meaning_in_every_market),
                cmocka_unit_test(changed_shapes_are_seen_by_the_key_that_is_gone),
                cmocka_unit_test(a_search_is_an_answer_when_it_holds_the_very_app),
                cmocka_unit_test(a_cursor_leads_on_or_nowhere),
                cmocka_unit_test(fields_that_no_item_has_are_told),
                cmocka_unit_test(implausible_values_are_left_out),
                cmocka_unit_test(a_page_has_two_thousand_items_at_most),
                cmocka_unit_test(an_app_is_listed_once_a_page),
                cmocka_unit_test(long_texts_are_cut_and_names_checked),
                cmocka_unit_test(deep_nesting_is_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
