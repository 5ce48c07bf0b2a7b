/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests of JSON and HTML markets: what a market file may say, and what becomes of its templates. */
#include "unit/unit.h"

#include "crawler/market.h"

#include <string.h>

static const char head[] = "title: T\nkind: json\nurl: https://m.example/api\ncategories: none\n";
static const char detail[] =
        "requests:\n  - verb: detail\n    url: \"{base}/app/{package}\"\n    fields: {label: name}\n";

static Market *parse(const char *text, GError **error)
{
        return market_parse("m", text, error);
}

static Market *must_parse(const char *text)
{
        g_autoptr(GError) error = NULL;
        Market *market = parse(text, &error);
        must_succeed(market != NULL, error);
        return market;
}

/* A market whose detail has these lines. */
static Market *with(const char *lines)
{
        g_autofree char *text =
                g_strdup_printf("%srequests:\n  - verb: detail\n    fields: {label: name}\n%s", head, lines);
        return must_parse(text);
}

static MarketRequest ask(const Market *market, const char *verb, MarketVars vars)
{
        MarketRequest request;
        g_autoptr(GError) error = NULL;
        must_succeed(market_request(market, verb, &vars, &request, &error), error);
        return request;
}

static void values_are_escaped_for_where_they_stand(void **state)
{
        g_autoptr(Market) market = with(
                "    url: \"{base}/{package}?id={id}&t={epoch_ms}\"\n"
                "    headers: [\"Referer: https://m.example/{package}\", \"X-Token: {token}_{epoch_ms}\"]\n"
                "    body: '{\"p\":\"{package}\",\"n\":[{epoch_ms}],\"empty\":{},\"u\":\"{uuid}\"}'\n");
        MarketRequest r = ask(market, "detail",
                              (MarketVars){.package = "a/b?c&d#e\"é\\",
                                           .store_id = "%2e %",
                                           .token = "eyJ+/=",
                                           .now_ms = 1234567890123,
                                           .uuid = "u-1"});
        assert_string_equal(
                r.url, "https://m.example/api/a%2Fb%3Fc%26d%23e%22%C3%A9%5C?id=%252e%20%25&t=1234567890123");
        assert_string_equal(r.headers[0], "Referer: https://m.example/a/b?c&d#e\"%C3%A9\\");
        assert_string_equal(r.headers[1], "X-Token: eyJ+/=_1234567890123");
        assert_string_equal(r.headers[2], "Content-Type: application/json");
        assert_null(r.headers[3]);
        assert_string_equal(
                r.body, "{\"p\":\"a/b?c&d#e\\\"é\\\\\",\"n\":[1234567890123],\"empty\":{},\"u\":\"u-1\"}");
        assert_false(r.stay || r.wants_token);
        market_request_clear(&r);
        assert_null(r.url);
}

static void a_form_is_escaped_as_one(void **state)
{
        g_autoptr(Market) market = with("    url: \"{base}/x\"\n    body: \"q={package}&v=1\"\n");
        MarketRequest r = ask(market, "canary", (MarketVars){.package = "a&b=c"});
        assert_string_equal(r.body, "q=a%26b%3Dc&v=1");
        assert_string_equal(r.headers[0], "Content-Type: application/x-www-form-urlencoded");
        market_request_clear(&r);
}

static void pages_are_counted_as_the_market_counts_them(void **state)
{
        g_autofree char *text = g_strconcat(
                head,
                "requests:\n  - verb: list\n    url: "
                "\"{base}/l?c={category}&p={page}&o={offset}&n={page_size}&k={cursor}\"\n"
                "    page_size: 30\n    first_page: 1\n    last_page: 66\n    first_cursor: start\n"
                "    items: data[]\n    fields: {package: pkg}\n",
                NULL);
        g_autoptr(Market) market = must_parse(text);
        assert_int_equal(market->can, MARKET_LIST);
        assert_int_equal(market_last_page(market, "list"), 66);
        assert_int_equal(market_last_page(market, "detail"), 0);
        MarketRequest r = ask(market, "list", (MarketVars){.category = "影音"});
        assert_string_equal(r.url, "https://m.example/api/l?c=%E5%BD%B1%E9%9F%B3&p=1&o=0&n=30&k=start");
        market_request_clear(&r);
        r = ask(market, "list", (MarketVars){.category = "1", .page = 2, .cursor = "60"});
        assert_string_equal(r.url, "https://m.example/api/l?c=1&p=3&o=60&n=30&k=60");
        assert_null(r.body);
        market_request_clear(&r);
}

static void a_token_is_asked_for_first(void **state)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Market) market = market_load(TEST_DATA_DIR, "huawei", &error);
        must_succeed(market != NULL, error);
        MarketVars vars = {.category = market->category_list[0].key, .now_ms = 5, .uuid = "u"};
        MarketRequest r = ask(market, "list", vars);
        assert_true(r.wants_token && !r.url && !r.headers);
        market_request_clear(&r);
        r = ask(market, "token", vars);
        assert_string_equal(r.body, "{\"params\":{},\"zone\":\"\",\"locale\":\"zh\"}");
        assert_string_equal(r.headers[0], "Identity-Id: u");
        market_request_clear(&r);
        vars.token = "abc";
        r = ask(market, "list", vars);
        assert_string_equal(r.headers[1], "Interface-Code: abc_5");
        assert_non_null(strstr(r.url, "&reqPageNum=1&"));
        market_request_clear(&r);
        assert_string_equal(market->category_list[0].title, "影音娱乐");
        assert_int_equal(market->n_category_list, 22);
}

static void a_canary_brings_its_id(void **state)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Market) market = market_load(TEST_DATA_DIR, "huawei", &error);
        must_succeed(market != NULL, error);
        MarketVars vars = {.package = market->canaries[0], .token = "t", .uuid = "u"};
        MarketRequest r = ask(market, "canary", vars);
        assert_non_null(strstr(r.url, "uri=app%7CC100046879&"));
        assert_false(r.stay);
        market_request_clear(&r);
        vars.store_id = "C7";
        r = ask(market, "resolve", vars);
        assert_string_equal(r.url, "https://appgallery.cloud.huawei.com/appdl/C7");
        assert_true(r.stay);
        market_request_clear(&r);
}

static void what_cannot_be_asked_says_why(void **state)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Market) market = with("    url: \"{base}/{id}\"\n    headers: [\"X-Id: {token}\"]\n");
        MarketRequest r;
        assert_false(market_request(market, "list", &(MarketVars){.package = "a.b"}, &r, &error));
        assert_true(fault_is(error, FAULT_UNSUPPORTED));
        g_clear_error(&error);
        assert_false(
                market_request(market, "detail", &(MarketVars){.package = "a.b", .token = "t"}, &r, &error));
        assert_true(fault_is(error, FAULT_MALFORMED));
        assert_non_null(strstr(error->message, "needs {id}"));
        static const char *const breaking[] = {"t\r\nHost: evil", "t\n", "\x01", "\x7f"};
        for (size_t i = 0; i < G_N_ELEMENTS(breaking); i++) {
                g_clear_error(&error);
                MarketVars vars = {.store_id = "1", .token = breaking[i]};
                assert_false(market_request(market, "detail", &vars, &r, &error));
                assert_true(fault_is(error, FAULT_MALFORMED));
                assert_null(strchr(error->message, '\n'));
                assert_true(r.url == NULL && r.headers == NULL);
        }
        g_clear_error(&error);
        g_autofree char *endless = g_strnfill(9000, 'a');
        assert_false(market_request(market, "detail", &(MarketVars){.store_id = endless, .token = "t"}, &r,
                                    &error));
}

/* No value of a reply can lead a request to another host. */
static void values_do_not_choose_the_host(void **state)
{
        static const char *const values[] = {"@evil.example/",
                                             "//evil.example",
                                             "../../x",
                                             ".evil.example",
                                             ":8080",
                                             "\\\\evil.example",
                                             "?",
                                             "#",
                                             "http://evil.example"};
        g_autoptr(Market) market = with("    url: \"{base}/{package}\"\n");
        for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
                MarketRequest r = ask(market, "detail", (MarketVars){.package = values[i]});
                g_autofree char *host = market_host_of(r.url);
                assert_string_equal(host, "https://m.example");
                assert_true(g_str_has_prefix(r.url, "https://m.example/api/"));
                market_request_clear(&r);
        }
}

static void a_market_file_of_pages_is_checked_through(void **state)
{
        static const struct {
                const char *lines, *says;
        } wrong[] = {
                {"requests: []\n", "requests: kind json needs from 1"},
                {"requests:\n  - verb: fetch\n    url: \"{base}/\"\n", "verb: \"fetch\" is not known"},
                {"requests:\n  - verb: detail\n    url: \"{base}/{package}\"\n",
                 "needs a page and fields.label"},
                {"requests:\n  - verb: list\n    url: \"{base}/\"\n    fields: {package: p}\n",
                 "needs items"},
                {"requests:\n  - verb: resolve\n    url: \"{base}/{id}\"\n",
                 "needs fields.url or reply: redirect"},
                {"requests:\n  - verb: token\n    url: \"{base}/\"\n", "needs token"},
                {"requests:\n  - verb: labels\n    url: \"{base}/\"\n", "needs labels"},
                {"requests:\n  - verb: categories\n    url: \"{base}/\"\n    items: a[]\n", "fields.key"},
                {"requests:\n  - verb: detail\n    url: \"{base}/{pakage}\"\n    fields: {label: n}\n",
                 "url: {pakage} is no variable"},
                {"requests:\n  - verb: detail\n    url: \"{base}/{cursor}\"\n    fields: {label: n}\n",
                 "{cursor} is not known at this verb"},
                {"requests:\n  - verb: detail\n    url: \"https://{package}.example/\"\n    fields: {label: "
                 "n}\n",
                 "may not choose the host"},
                {"requests:\n  - verb: detail\n    url: \"https://x@m.example/\"\n    fields: {label: n}\n",
                 "without a user name"},
                {"requests:\n  - verb: detail\n    url: \"{base}.evil.example/\"\n    fields: {label: n}\n",
                 "behind {base}"},
                {"requests:\n  - verb: detail\n    url: \"ftp://m.example/\"\n    fields: {label: n}\n",
                 "no http(s) URL"},
                {"requests:\n  - verb: detail\n    url: \"{base}/a b\"\n    fields: {label: n}\n", "a blank"},
                {"requests:\n  - verb: detail\n    url: \"{base}/\"\n    headers: [\"Host: evil\"]\n    "
                 "fields: {label: n}\n",
                 "Host is not a market file's"},
                {"requests:\n  - verb: detail\n    url: \"{base}/\"\n    headers: [\"no colon\"]\n    "
                 "fields: {label: n}\n",
                 "is not \"Name: value\""},
                {"requests:\n  - verb: detail\n    url: \"{base}/\"\n    headers: [\"X: a\\r\\nY: b\"]\n    "
                 "fields: {label: n}\n",
                 "control character"},
                {"requests:\n  - verb: detail\n    url: \"{base}/\"\n    fields: {label: \"a..b\"}\n",
                 "detail: fields.label: path \"a..b\", character 3"},
                {"requests:\n  - verb: detail\n    url: \"{base}/\"\n    fields: {label: a -> upper}\n",
                 "\"-> upper\" is not known"},
                {"requests:\n  - verb: detail\n    url: \"{base}/\"\n    reply: html\n    fields: {label: "
                 "\"//a[\"}\n",
                 "no XPath 1.0"},
                {"requests:\n  - verb: detail\n    url: \"{base}/\"\n    fields: {lable: n}\n",
                 "unknown key \"lable\""},
                {"requests:\n  - verb: detail\n    url: \"{base}/\"\n    must: [rating]\n    fields: {label: "
                 "n}\n",
                 "must: \"rating\" is none of"},
                {"requests:\n  - verb: detail\n    url: \"{base}/\"\n    reply: embedded\n    fields: "
                 "{label: n}\n",
                 "script:"},
                {"requests:\n  - verb: detail\n    url: \"{base}/\"\n    fields: {label: n}\n    signs: "
                 "[{outcome: lost, status: 1}]\n",
                 "\"lost\" is not known"},
                {"requests:\n  - verb: detail\n    url: \"{base}/\"\n    fields: {label: n}\n    signs: "
                 "[{outcome: gone}]\n",
                 "states no status"},
                {"requests:\n  - verb: detail\n    url: \"{base}/\"\n    fields: {label: n}\n    signs: "
                 "[{outcome: gone, status: 1, is: [x]}]\n",
                 "are about a path"},
                {"requests:\n  - verb: detail\n    url: \"{base}/\"\n    fields: {label: n}\n  - verb: "
                 "detail\n    url: \"{base}/\"\n    fields: {label: n}\n",
                 "stands twice"},
                {"requests:\n  - verb: list\n    url: \"{base}/{offset}\"\n    items: a[]\n    fields: "
                 "{package: p}\n",
                 "page_size: {offset}"},
                {"canaries: [a.b]\nrequests:\n  - verb: list\n    url: \"{base}/{page}\"\n    items: a[]\n   "
                 " fields: {package: p}\n",
                 "verb detail"},
                {"canaries: [a.b]\nrequests:\n  - verb: detail\n    url: \"{base}/{id}\"\n    fields: "
                 "{label: n}\n",
                 "write \"a.b=<the market's id>\""},
                {"canaries: [\"../x\"]\nrequests:\n  - verb: detail\n    url: \"{base}/\"\n    fields: "
                 "{label: n}\n",
                 "is no package name"},
                {"category_list: [{key: a}, {key: a}]\nrequests:\n  - verb: detail\n    url: \"{base}/\"\n   "
                 " fields: {label: n}\n",
                 "stands twice"},
                {"loopback: true\nrequests: []\n", "is not on this machine"},
                {"fingerprint: ab\nrequests: []\n", "fingerprint: a key of kind fdroid"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                g_autoptr(GError) error = NULL;
                g_autofree char *text = g_strconcat(head, wrong[i].lines, NULL);
                g_autoptr(Market) market = parse(text, &error);
                if (market || !strstr(error->message, wrong[i].says))
                        fail_msg("%s: \"%s\" does not say \"%s\"", wrong[i].lines,
                                 market ? "accepted" : error->message, wrong[i].says);
        }
}

static void a_market_on_this_machine_asks_this_machine_alone(void **state)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Market) market = parse(
                "title: T\nkind: json\nurl: http://127.0.0.1:8000\ncategories: none\nloopback: true\n"
                "requests:\n  - verb: detail\n    url: https://m.example/{package}\n    fields: {label: n}\n",
                &error);
        assert_null(market);
        assert_non_null(strstr(error->message, "https://m.example is not on this machine"));
}

static void a_corpus_and_a_hash_list_need_no_requests(void **state)
{
        g_autoptr(Market) corpus = must_parse("title: T\nkind: corpus\nfolder: /apps\ncategories: none\n");
        assert_int_equal(corpus->protocol, MARKET_CORPUS);
        assert_string_equal(corpus->folder, "/apps");
        assert_string_equal(corpus->url, "");
        assert_int_equal(corpus->can, MARKET_LIST | MARKET_RESOLVE);
        g_autoptr(Market) hashes = must_parse(
                "title: T\nkind: hashes\nurl: https://h.example\nlist_url: https://h.example/l.csv.gz\n"
                "apk_url: \"https://h.example/get?sha256={sha256}&key={key}\"\n"
                "key_file: h.key\ncategories: none\n");
        assert_int_equal(hashes->protocol, MARKET_HASHES);
        assert_string_equal(hashes->key_file, "h.key");
        static const char *const wrong[] = {
                "title: T\nkind: corpus\ncategories: none\n",
                "title: T\nkind: corpus\ncategories: none\nfolder: x\nurl: https://a.example\n",
                "title: T\nkind: hashes\nurl: https://h.example\ncategories: none\n",
                "title: T\nkind: hashes\nurl: https://h.example\nlist_url: file:///x\ncategories: none\n",
                "title: T\nkind: hashes\nurl: https://h.example\nlist_url: https://a.example/x\n"
                "key_file: ../x\ncategories: none\n",
                "title: T\nkind: json\nurl: https://h.example\ncategories: none\n"};
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                g_autoptr(Market) market = parse(wrong[i], NULL);
                assert_null(market);
        }
        g_autofree char *good = g_strconcat(head, detail, NULL);
        g_autoptr(Market) pages = must_parse(good);
        assert_int_equal(pages->can, MARKET_DETAIL);
        assert_string_equal(market_can_name(MARKET_LABELS), "labels");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_are_escaped_for_where_they_stand),
                cmocka_unit_test(a_form_is_escaped_as_one),
                cmocka_unit_test(pages_are_counted_as_the_market_counts_them),
                cmocka_unit_test(a_token_is_asked_for_first),
                cmocka_unit_test(a_canary_brings_its_id),
                cmocka_unit_test(what_cannot_be_asked_says_why),
                cmocka_unit_test(values_do_not_choose_the_host),
                cmocka_unit_test(a_market_file_of_pages_is_checked_through),
                cmocka_unit_test(a_market_on_this_machine_asks_this_machine_alone),
                cmocka_unit_test(a_corpus_and_a_hash_list_need_no_requests),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
