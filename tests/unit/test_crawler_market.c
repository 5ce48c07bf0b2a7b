/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "core/digest.h"
#include "crawler/market.h"

#include <glib/gstdio.h>

static const char *const good_fingerprint =
        "43238d512c1e5eb2d6569f4a3afbf5523418b82e0a3ed1552770abb9a9c9ccab";

/* Writes `text` as <folder>/<name> and loads it from there. */
static Market *load_text(const char *name, const char *text, GError **error)
{
        g_autofree char *folder = g_dir_make_tmp("overreach-market-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(folder, name, NULL);
        assert_true(g_file_set_contents(path, text, -1, NULL));
        Market *market = market_load(TEST_DATA_DIR, path, error);
        g_unlink(path);
        g_rmdir(folder);
        return market;
}

/* A good file with one line put in its place (or added). */
static char *file_with(const char *line)
{
        static const char *const lines[] = {"title: T", "kind: fdroid", "url: https://r.example/repo",
                                            "categories: f_droid", NULL};
        g_autofree char *key = g_strndup(line, strcspn(line, ":") + 1);
        GString *text = g_string_new(NULL);
        for (size_t i = 0; lines[i]; i++) {
                if (!g_str_has_prefix(lines[i], key))
                        g_string_append_printf(text, "%s\n", lines[i]);
        }
        if (!g_str_equal(key, "fingerprint:"))
                g_string_append_printf(text, "fingerprint: %s\n", good_fingerprint);
        g_string_append_printf(text, "%s\n", line);
        return g_string_free(text, FALSE);
}

static void check_signed_index(const Market *market)
{
        assert_true(hex_is_sha256(market->fingerprint));
        assert_string_equal(market->categories, "f_droid");
        assert_true(market->requests_per_second <= 2 && market->connections <= 2);
}

static void check_pages(const Market *market)
{
        assert_non_null(market->canaries);
        assert_true(market->requests_per_second <= 0.5 && market->connections == 1);
        assert_true(market->can & MARKET_DETAIL);
        assert_non_null(strstr(market->note, "onfidence "));
        assert_non_null(strstr(market->note, "202"));
}

static void every_shipped_market_loads(void **state)
{
        (void)state;
        static const char *const expected[] = {
                "apple",           "apple-labels", "aptoide",     "f-droid", "f-droid-archive", "google-play",
                "guardianproject", "huawei",       "izzyondroid", "microg",  "tencent",         "xiaomi"};
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) names = market_names(TEST_DATA_DIR, &error);
        must_succeed(names != NULL, error);
        for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
                assert_true(g_strv_contains((const char *const *)names, expected[i]));
        for (char **name = names; *name; name++) {
                if (name > names)
                        assert_true(strcmp(name[-1], *name) < 0);
                g_autoptr(Market) market = market_load(TEST_DATA_DIR, *name, &error);
                must_succeed(market != NULL, error);
                assert_string_equal(market->name, *name);
                assert_true(g_str_has_prefix(market->url, "https://") && !g_str_has_suffix(market->url, "/"));
                assert_true(market->robots && !market->loopback);
                assert_non_null(market->note);
                if (market->protocol == MARKET_FDROID)
                        check_signed_index(market);
                if (market->protocol == MARKET_WEB)
                        check_pages(market);
                g_autoptr(Market) again = market_parse(*name, market->text, &error);
                must_succeed(again != NULL, error);
                assert_int_equal(again->can, market->can);
                assert_null(again->path);
        }
}

static void defaults_fill_what_a_file_leaves_out(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autofree char *text = file_with("url: https://r.example:8443/repo///");
        g_autoptr(Market) market = load_text("mine-2.yaml", text, &error);
        must_succeed(market != NULL, error);
        assert_string_equal(market->name, "mine-2");
        assert_string_equal(market->url, "https://r.example:8443/repo");
        assert_true(market->robots);
        assert_false(market->loopback);
        assert_null(market->mirrors);
        assert_null(market->note);
        assert_int_equal(market->connections, 2);
        assert_true(market->requests_per_second == 2);
}

static void everything_in_a_file_is_read(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autofree char *text = g_strdup_printf(
                "title: Mine\nkind: fdroid\nurl: http://127.0.0.1:8080/repo\nfingerprint: %s\nmirrors:\n"
                "  - http://localhost:1/a/\n  - http://[::1]:2/b\ncategories: f_droid\nnote: here\nloopback: "
                "true\n"
                "robots: false\nrobots_reason: order 7 of 2026\nrequests_per_second: 0.5\nconnections: 16\n"
                "bandwidth: 100000\n",
                "43238D512C1E5EB2D6569F4A3AFBF5523418B82E0A3ED1552770ABB9A9C9CCAB");
        g_autoptr(Market) market = load_text("mine.yaml", text, &error);
        must_succeed(market != NULL, error);
        assert_string_equal(market->fingerprint, good_fingerprint);
        assert_string_equal(market->mirrors[0], "http://localhost:1/a");
        assert_string_equal(market->mirrors[1], "http://[::1]:2/b");
        assert_null(market->mirrors[2]);
        assert_true(market->loopback);
        assert_false(market->robots);
        assert_string_equal(market->robots_reason, "order 7 of 2026");
        assert_int_equal(market->bandwidth, 100000);
        assert_int_equal(market->protocol, MARKET_FDROID);
        assert_int_equal(market->can, MARKET_CATEGORIES | MARKET_LIST | MARKET_DETAIL | MARKET_RESOLVE);
        assert_non_null(strstr(market->text, "note: here"));
        assert_true(market->requests_per_second == 0.5);
        assert_int_equal(market->connections, 16);
        assert_string_equal(market->note, "here");
}

static void a_wrong_file_is_refused_by_the_key_that_is_wrong(void **state)
{
        (void)state;
        static const struct {
                const char *line, *says;
        } wrong[] = {
                {"fingerprint: 43238d51", "fingerprint: \"43238d51\" is not the SHA-256"},
                {"fingerprint: 43:23:8d:51", "is not the SHA-256"},
                {"fingerprint: zz238d512c1e5eb2d6569f4a3afbf5523418b82e0a3ed1552770abb9a9c9ccab",
                 "is not the SHA-256"},
                {"kind: aptoide", "kind: \"aptoide\" is not known here"},
                {"url: ftp://r.example/repo", "url: \"ftp://r.example/repo\" is no plain http"},
                {"url: r.example/repo", "is no plain http"},
                {"url: https://user@r.example/repo", "is no plain http"},
                {"url: https://r.example/repo?fingerprint=1", "is no plain http"},
                {"url: \"https://r.example/repo#x\"", "is no plain http"},
                {"url: \"https://r.example/a b\"", "is no plain http"},
                {"mirrors: [https://m.example/repo, mailto:x]", "mirrors: \"mailto:x\" is no plain http"},
                {"loopback: true", "is not on this machine"},
                {"loopback: maybe", "loopback"},
                {"requests_per_second: 0", "requests_per_second: 0 is not above 0"},
                {"requests_per_second: -1", "requests_per_second: -1"},
                {"requests_per_second: nan", "requests_per_second"},
                {"requests_per_second: fast", "requests_per_second"},
                {"connections: 0", "connections: 0 is not from 1 to 16"},
                {"connections: 17", "connections: 17 is not from 1 to 16"},
                {"title: \"\"", "may not be empty"},
                {"robots: false", "robots_reason: robots: false needs the mandate"},
                {"robots_reason: because", "robots_reason: only where robots: false"},
                {"bandwidth: -1", "bandwidth"},
                {"folder: apps", "folder: a key of kind corpus, and this market is of kind fdroid"},
                {"canaries: [a.b]", "canaries: a key of kind json and html"},
                {"list_url: https://r.example/a.csv", "list_url: a key of kind hashes"},
                {"key_file: x", "key_file: a key of kind hashes"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                g_autoptr(GError) error = NULL;
                g_autofree char *text = file_with(wrong[i].line);
                g_autoptr(Market) market = load_text("wrong.yaml", text, &error);
                if (market || !strstr(error->message, wrong[i].says) ||
                    !strstr(error->message, "wrong.yaml: "))
                        fail_msg("%s: \"%s\" does not say \"%s\"", wrong[i].line,
                                 market ? "accepted" : error->message, wrong[i].says);
        }
}

static void an_unknown_key_is_named_with_its_line(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autofree char *text = file_with("fingerprints: x");
        g_autoptr(Market) market = load_text("wrong.yaml", text, &error);
        assert_null(market);
        assert_true(fault_is(error, FAULT_MALFORMED));
        assert_non_null(strstr(error->message, "wrong.yaml:6: unknown key \"fingerprints\""));
}

static void a_missing_key_is_named(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autoptr(Market) market = load_text(
                "wrong.yaml", "title: T\nkind: fdroid\nurl: https://r.example/repo\ncategories: f_droid\n",
                &error);
        assert_null(market);
        assert_non_null(strstr(error->message, "fingerprint"));
}

static void an_unknown_name_lists_those_there_are(void **state)
{
        (void)state;
        static const char *const names[] = {"f-droyd", "F-Droid", "", "a b"};
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(Market) market = market_load(TEST_DATA_DIR, names[i], &error);
                assert_null(market);
                assert_true(fault_is(error, FAULT_NOT_FOUND));
                assert_non_null(strstr(error->message, " f-droid f-droid-archive "));
        }
}

static void a_file_names_its_market(void **state)
{
        (void)state;
        g_autofree char *text = file_with("note: x");
        static const char *const names[] = {
                "Mine.yaml", "my market.yaml", ".yaml", "m_1.yaml",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.yaml"};
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(Market) market = load_text(names[i], text, &error);
                assert_null(market);
                assert_true(fault_is(error, FAULT_USAGE));
        }
        g_autoptr(GError) error = NULL;
        g_autoptr(Market) market = market_load(TEST_DATA_DIR, "./no-such.yaml", &error);
        assert_null(market);
        assert_true(fault_is(error, FAULT_NOT_FOUND));
}

static void paths_that_leave_the_base_are_refused(void **state)
{
        (void)state;
        static const char *const bad[] = {
                "",
                "/",
                "//evil.example/a.apk",
                "///a",
                "..",
                "../a.apk",
                "/../a.apk",
                "a/../../b.apk",
                "a/..",
                "./a.apk",
                "a/./b.apk",
                "a//b.apk",
                "a/",
                "\\\\evil\\a.apk",
                "a\\b.apk",
                "https://evil.example/a.apk",
                "/https://evil.example/a.apk",
                "javascript:alert(1)",
                "C:/a.apk",
                "a.apk?x=1",
                "?x",
                "a.apk#f",
                "#",
                "%2e%2e/a.apk",
                "a/%2E%2e/b.apk",
                "a%2fb.apk",
                "a%5Cb.apk",
                "a%00.apk",
                "a%0d%0aHost: x",
                "a%252e.apk",
                "a%.apk",
                "a%4",
                "a%zz.apk",
                "a\nb.apk",
                "a\rb",
                "a\tb.apk",
                "a\x7f.apk",
                "\x01",
                "..;/a.apk",
                "a/..;x=1/b.apk",
                "a\xff.apk",
                "a%3fb",
                "a%23b",
                "a%7fb",
        };
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(GError) error = NULL;
                g_autofree char *url = market_join("https://r.example/repo", bad[i], &error);
                if (url)
                        fail_msg("\"%s\" became %s", bad[i], url);
                assert_true(fault_is(error, FAULT_MALFORMED));
                assert_true(g_utf8_validate(error->message, -1, NULL));
        }
        assert_null(market_join("https://r.example/repo", NULL, NULL));
        g_autofree char *endless = g_strnfill(5000, 'a');
        assert_null(market_join("https://r.example/repo", endless, NULL));
}

static void paths_that_stay_inside_are_joined(void **state)
{
        (void)state;
        static const struct {
                const char *base, *path, *url;
        } good[] = {
                {"https://r.example/repo", "/a.apk", "https://r.example/repo/a.apk"},
                {"https://r.example/repo", "a.apk", "https://r.example/repo/a.apk"},
                {"https://r.example/repo/", "/diff/1786517879068.json",
                 "https://r.example/repo/diff/1786517879068.json"},
                {"http://127.0.0.1:80", "entry.jar", "http://127.0.0.1:80/entry.jar"},
                {"https://r.example", "a..b...apk", "https://r.example/a..b...apk"},
                {"https://r.example", "...", "https://r.example/..."},
                {"https://r.example", "a b.apk", "https://r.example/a%20b.apk"},
                {"https://r.example", "a%20b.apk", "https://r.example/a%20b.apk"},
                {"https://r.example", "\u4f8b.apk", "https://r.example/%E4%BE%8B.apk"},
                {"https://r.example", "a/b:c@2+1,x=(y)!.apk", "https://r.example/a/b:c@2+1,x=(y)!.apk"},
                {"https://r.example", "a<\">.apk", "https://r.example/a%3C%22%3E.apk"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
                g_autoptr(GError) error = NULL;
                g_autofree char *url = market_join(good[i].base, good[i].path, &error);
                must_succeed(url != NULL, error);
                assert_string_equal(url, good[i].url);
        }
}

static void hosts_are_keyed_by_scheme_name_and_port(void **state)
{
        (void)state;
        static const struct {
                const char *url, *host;
        } hosts[] = {
                {"https://F-Droid.org/repo", "https://f-droid.org"},
                {"HTTPS://f-droid.org:443/x", "https://f-droid.org"},
                {"http://f-droid.org:80", "http://f-droid.org"},
                {"https://f-droid.org:80/", "https://f-droid.org:80"},
                {"http://f-droid.org.:8080/a?b#c", "http://f-droid.org:8080"},
                {"http://127.0.0.1:5/repo", "http://127.0.0.1:5"},
                {"http://[::1]:5/repo", "http://[::1]:5"},
                {"http://[FE80::1]/", "http://[fe80::1]"},
                {"https://good.example@evil.example/", "https://evil.example"},
                {"https://u:p@evil.example:7/", "https://evil.example:7"},
                {"ftp://f-droid.org/", NULL},
                {"file:///etc/passwd", NULL},
                {"//f-droid.org/", NULL},
                {"f-droid.org", NULL},
                {"", NULL},
                {"https://", NULL},
                {"https:///x", NULL},
                {"http://a:99999/", NULL},
                {NULL, NULL},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
                g_autofree char *host = market_host_of(hosts[i].url);
                if (g_strcmp0(host, hosts[i].host) != 0)
                        fail_msg("%s gave %s, not %s", hosts[i].url, host, hosts[i].host);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_shipped_market_loads),
                cmocka_unit_test(defaults_fill_what_a_file_leaves_out),
                cmocka_unit_test(everything_in_a_file_is_read),
                cmocka_unit_test(a_wrong_file_is_refused_by_the_key_that_is_wrong),
                cmocka_unit_test(an_unknown_key_is_named_with_its_line),
                cmocka_unit_test(a_missing_key_is_named),
                cmocka_unit_test(an_unknown_name_lists_those_there_are),
                cmocka_unit_test(a_file_names_its_market),
                cmocka_unit_test(paths_that_leave_the_base_are_refused),
                cmocka_unit_test(paths_that_stay_inside_are_joined),
                cmocka_unit_test(hosts_are_keyed_by_scheme_name_and_port),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
