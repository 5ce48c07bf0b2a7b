/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "crawler/robots.h"

/* RFC 9309 by example: robots.txt, URL, may it be fetched? */
static const struct {
        const char *text, *url;
        bool allow;
} cases[] = {
        /* nothing said */
        {"", "http://m/repo/x.apk", true},
        {"# a comment only\n", "/x", true},
        {"User-agent: *\nDisallow:\n", "/x", true},
        {"User-agent: *\n", "/x", true},
        {"Disallow: /\n", "/x", true}, /* a rule before any group is nobody's */
        {"hello world\n<html>\nUser-agent\n: *\n", "/x", true},
        /* prefixes, longest match, ties */
        {"User-agent: *\nDisallow: /\n", "/x", false},
        {"User-agent: *\nDisallow: /\n", "https://market.example", false},
        {"User-agent: *\nDisallow: /\n", "https://market.example?page=2", false},
        {"User-agent: *\nDisallow: /\n", "/robots.txt", true},
        {"User-agent: *\nDisallow: /repo\n", "http://u:p@m:8080/repository/x", false},
        {"User-agent: *\nDisallow: /repo/\n", "/repository/x", true},
        {"User-agent: *\nDisallow: /Repo\n", "/repo", true}, /* paths have case */
        {"User-agent: *\nDisallow: /a\nAllow: /a/b\n", "/a/b/c", true},
        {"User-agent: *\nAllow: /a/b\nDisallow: /a\n", "/a/c", false},
        {"User-agent: *\nAllow: /a\nDisallow: /a\n", "/a", true},
        {"User-agent: *\nDisallow: /a\nAllow: /a\n", "/a", true},
        {"User-agent: *\nAllow: /p\nDisallow: /\n", "/page", true},
        {"User-agent: *\nAllow: /folder\nDisallow: /folder\n", "/folder/page", true},
        {"User-agent: *\nAllow: /page\nDisallow: /*.htm\n", "/page.htm", false},
        {"User-agent: *\nAllow: /$\nDisallow: /\n", "/", true},
        {"User-agent: *\nAllow: /$\nDisallow: /\n", "/page.htm", false},
        {"User-agent: *\nDisallow: /x?page=\n", "/x?page=3", false},
        {"User-agent: *\nDisallow: /x\n", "/y#/x", true}, /* fragments are not sent */
        {"User-agent: *\nDisallow: x\n", "/x", true},     /* no path */
        /* '*' and '$' */
        {"User-agent: *\nDisallow: /*.apk$\n", "/repo/x.apk", false},
        {"User-agent: *\nDisallow: /*.apk$\n", "/repo/x.apk?v=1", true},
        {"User-agent: *\nDisallow: /*.apk\n", "/repo/x.apk?v=1", false},
        {"User-agent: *\nDisallow: *.php\n", "/a/b.php5", false},
        {"User-agent: *\nDisallow: /a*b*c$\n", "/aXbYbZc", false},
        {"User-agent: *\nDisallow: /a*b*c$\n", "/aXbYbZcd", true},
        {"User-agent: *\nDisallow: /ab*bc$\n", "/abc", true}, /* pieces do not overlap */
        {"User-agent: *\nDisallow: /a**b\n", "/a-b", false},
        {"User-agent: *\nDisallow: /*$\n", "/anything", false},
        {"User-agent: *\nDisallow: /a$b\n", "/a$b/c", false}, /* '$' is special at the end only */
        {"User-agent: *\nDisallow: /a$b\n", "/a", true},
        /* percent-encoding: RFC 9309, 2.2.2 */
        {"User-agent: *\nDisallow: /foo/bar?baz=https://foo.bar\n", "/foo/bar?baz=https://foo.bar", false},
        {"User-agent: *\nDisallow: /foo/bar/\xe3\x83\x84\n", "/foo/bar/%E3%83%84", false},
        {"User-agent: *\nDisallow: /foo/bar/%E3%83%84\n", "/foo/bar/\xe3\x83\x84", false},
        {"User-agent: *\nDisallow: /foo/bar/%e3%83%84\n", "/foo/bar/%E3%83%84", false},
        {"User-agent: *\nDisallow: /foo/bar/%62%61%7A\n", "/foo/bar/baz", false},
        {"User-agent: *\nDisallow: /foo/bar/baz\n", "/foo/bar/%62%61%7A", false},
        {"User-agent: *\nDisallow: /a%2Fb\n", "/a/b", true}, /* an encoded slash is no slash */
        {"User-agent: *\nDisallow: /a%2fb\n", "/a%2Fb", false},
        {"User-agent: *\nDisallow: /file-with-a-%2A.html\n", "/file-with-a-*.html", false},
        {"User-agent: *\nDisallow: /file-with-a-%2A.html\n", "/file-with-a-b.html", true},
        {"User-agent: *\nDisallow: /foo-%24\n", "/foo-$", false},
        {"User-agent: *\nDisallow: /100%\n", "/100%", false},
        {"User-agent: *\nDisallow: /a b\n", "/a%20b", false},
        /* groups */
        {"User-agent: overreach\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "/x", false},
        {"User-agent: *\nDisallow: /\n\nUser-agent: overreach\nDisallow: /private\n", "/x", true},
        {"User-agent: *\nDisallow: /\n\nUser-agent: overreach\n", "/x",
         true}, /* named, and nothing forbidden */
        {"User-agent: OverReach\nDisallow: /\n", "/x", false},
        {"User-agent: overreach/2.0\nDisallow: /\n", "/x", false},
        {"User-agent: overreaching\nDisallow: /\n", "/x", true},
        {"User-agent: over\nDisallow: /\n", "/x", true},
        {"User-agent: a\nUser-agent: overreach\nUser-agent: b\nDisallow: /\n", "/x", false},
        {"User-agent: overreach\nDisallow: /a\nUser-agent: b\nDisallow: /b\n", "/b", true},
        {"User-agent: overreach\nDisallow: /a\n\nUser-agent: b\n\nUser-agent: overreach\nDisallow: /b\n",
         "/b", false},
        {"User-agent: overreach\nDisallow: /a\n\nUser-agent: b\n\nUser-agent: overreach\nDisallow: /b\n",
         "/a", false},
        {"User-agent: *\nDisallow: /a\nUser-agent: *\nDisallow: /b\n", "/a", false},
        {"User-agent: *\n\n\n# still the group\nSitemap: http://m/s.xml\nUnknown: x\nDisallow: /a\n", "/a",
         false},
        {"User-agent: overreach\nSitemap: http://m/s.xml\nUser-agent: b\nDisallow: /a\n", "/a", false},
        {"User-agent: overreach\nCrawl-delay: 3\nUser-agent: b\nDisallow: /a\n", "/a", false},
        {"User-agent: * # everyone\nDisallow: /a # but this\n", "/a", false},
        /* spelling */
        {"\xef\xbb\xbfUser-agent: *\nDisallow: /a\n", "/a", false},
        {"User-agent: *\r\nDisallow: /a\r\n", "/a", false},
        {"User-agent: *\rDisallow: /a\rAllow: /a/b", "/a/b", true},
        {"User-agent: *\r\n\r\nDisallow: /a\n\rDisallow: /b", "/b", false},
        {"USER-AGENT:*\ndisALLOW:/a", "/a", false},
        {"  \tUser-agent \t:\t * \t\n\tDisallow : /a \t\n", "/a", false},
        {"User-agent: *\nDissallow: /a\n", "/a", true}, /* no guessing */
        {"User-agent: *\nDisallow: /a#b\n", "/ax", false},
};

static Robots *parse(const char *text, Arena *arena)
{
        return robots_parse(span_str(text), "overreach", arena);
}

static void each_rule_of_the_rfc_holds(void **state)
{
        (void)state;
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(Arena) arena = arena_new();
                if (robots_allow(parse(cases[i].text, arena), cases[i].url) != cases[i].allow)
                        fail_msg("case %zu: %s should%s be allowed by:\n%s", i, cases[i].url,
                                 cases[i].allow ? "" : " not", cases[i].text);
        }
}

static void the_rules_survive_packing(void **state)
{
        (void)state;
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GError) error = NULL;
                g_autoptr(GBytes) packed = record_pack(parse(cases[i].text, arena));
                gsize len = 0;
                const void *data = g_bytes_get_data(packed, &len);
                Robots *again = record_robots(arena, span_of(data, len), &error);
                must_succeed(again != NULL, error);
                assert_int_equal(robots_allow(again, cases[i].url), cases[i].allow);
        }
}

static void no_robots_allow_all_and_unreachable_ones_nothing(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        Robots *down = record_new(arena, Robots, robots__init);
        down->has_disallow_all = down->disallow_all = true;
        assert_true(robots_allow(NULL, "http://m/x"));
        assert_false(robots_allow(down, "http://m/x"));
        assert_true(robots_allow(down, "http://m/robots.txt"));
}

static void crawl_delay_is_ours_or_everyones(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                int64_t delay_ms; /* -1: none */
        } delays[] = {
                {"User-agent: *\nCrawl-delay: 10\n", 10000},
                {"User-agent: *\nCrawl-delay: 0.5\nDisallow: /a\n", 500},
                {"User-agent: *\nCrawl-delay: 10\nUser-agent: overreach\nCrawl-delay: 2\n", 2000},
                {"User-agent: *\nCrawl-delay: 10\nDisallow:\nUser-agent: overreach\nCrawl-delay: 2\n", 2000},
                {"User-agent: *\nCrawl-delay: 10\nDisallow:\nUser-agent: overreach\nDisallow:\n", -1},
                {"User-agent: *\nCrawl-delay: 1\nCrawl-delay: 4\n", 4000},
                {"User-agent: *\nCrawl-delay: 1e300\n", 86400000},
                {"User-agent: *\nCrawl-delay: -3\n", -1},
                {"User-agent: *\nCrawl-delay: nan\n", -1},
                {"User-agent: *\nCrawl-delay: inf\n", -1},
                {"User-agent: *\nCrawl-delay: soon\n", -1},
                {"User-agent: *\nCrawl-delay:\n", -1},
                {"Crawl-delay: 5\n", -1},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(delays); i++) {
                g_autoptr(Arena) arena = arena_new();
                Robots *robots = parse(delays[i].text, arena);
                int64_t delay_ms = robots->has_crawl_delay_ms ? (int64_t)robots->crawl_delay_ms : -1;
                if (delay_ms != delays[i].delay_ms)
                        fail_msg("%s gave %d ms", delays[i].text, (int)delay_ms);
        }
}

static void what_lies_past_500_kib_is_not_read(void **state)
{
        (void)state;
        for (int over = 0; over < 2; over++) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GString) text = g_string_new("User-agent: *\n");
                const char *rule = "Disallow: /a\n";
                while (text->len < ROBOTS_LIMIT - strlen(rule) + (over ? 5 : 0))
                        g_string_append_c(text, '\n');
                g_string_append(text, rule);
                Robots *robots = robots_parse(span_of(text->str, text->len), "overreach", arena);
                assert_int_equal(robots_allow(robots, "/a"), over);
        }
}

static void zero_bytes_and_bad_utf8_are_only_bytes(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        static const char text[] = "User-agent: *\nDisallow: /a\0b\nDisallow: /\xff\xfe\n";
        Robots *robots = robots_parse(span_of(text, sizeof text - 1), "overreach", arena);
        assert_int_equal(robots->n_rules, 2);
        assert_string_equal(robots->rules[0]->pattern, "/a%00b");
        assert_string_equal(robots->rules[1]->pattern, "/%FF%FE");
        assert_true(robots_allow(robots, "/a"));
}

/* Patterns that make a backtracking matcher try 2^n ways. */
static void no_pattern_takes_long(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GString) text = g_string_new("User-agent: *\n");
        while (text->len < ROBOTS_LIMIT - 200) {
                g_string_append(text, "Disallow: /");
                for (int i = 0; i < 60; i++)
                        g_string_append(text, "*a");
                g_string_append(text, "b$\n");
        }
        Robots *robots = robots_parse(span_of(text->str, text->len), "overreach", arena);
        g_autofree char *as = g_strnfill(8000, 'a');
        g_autofree char *url = g_strconcat("http://m/", as, NULL);
        gint64 start = g_get_monotonic_time();
        assert_true(robots_allow(robots, url));
        assert_true(g_get_monotonic_time() - start < 5000000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_rule_of_the_rfc_holds),
                cmocka_unit_test(the_rules_survive_packing),
                cmocka_unit_test(no_robots_allow_all_and_unreachable_ones_nothing),
                cmocka_unit_test(crawl_delay_is_ours_or_everyones),
                cmocka_unit_test(what_lies_past_500_kib_is_not_read),
                cmocka_unit_test(zero_bytes_and_bad_utf8_are_only_bytes),
                cmocka_unit_test(no_pattern_takes_long),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
