/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "core/digest.h"
#include "crawler/memfile.h"
#include "crawler/policy.h"
#include "crawler/tasks.h"

#include <string.h>
#include <unistd.h>

/* ---- URLs ------------------------------------------------------------------------------------------------------ */

static void one_page_has_one_url(void **state)
{
        const struct {
                const char *text, *url; /* NULL: none */
        } cases[] = {
                {"https://example.org/privacy", "https://example.org/privacy"},
                {"  HTTPS://Example.ORG:443/Privacy#top \n", "https://example.org/Privacy"},
                {"http://example.org", "http://example.org/"},
                {"http://example.org:80?a=b&c", "http://example.org/?a=b&c"},
                {"http://example.org:8080/x", "http://example.org:8080/x"},
                {"http://example.org./x", "http://example.org/x"},
                {"https://example.org/a%20b?q=%E4%B8%AD", "https://example.org/a%20b?q=%E4%B8%AD"},
                {"https://example.org/\xe9\x9a\x90?\xe7\xa7\x81=1",
                 "https://example.org/%E9%9A%90?%E7%A7%81=1"},
                {"https://\xe4\xbe\x8b\xe5\xad\x90.example/x", "https://xn--fsqu00a.example/x"},
                {"http://[::1]:8000/x", "http://[::1]:8000/x"},
                {"ftp://example.org/x", NULL},
                {"javascript:alert(1)", NULL},
                {"file:///etc/passwd", NULL},
                {"//example.org/x", NULL},
                {"example.org/privacy", NULL},
                {"https://user:pass@example.org/", NULL},
                {"https:///x", NULL},
                {"https://exa mple.org/", NULL},
                {"https://example.org:0/", NULL},
                {"\xff", NULL},
                {"", NULL},
                {NULL, NULL},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *url = policy_url(cases[i].text);
                if (g_strcmp0(url, cases[i].url) != 0)
                        fail_msg("\"%s\" became \"%s\"", cases[i].text, url);
        }
        g_autofree char *long_tail = g_strnfill(2048, 'x'),
                        *text = g_strconcat("https://example.org/", long_tail, NULL);
        assert_null(policy_url(text));
}

static void a_url_that_was_made_stays_as_it_is(void **state)
{
        const char *texts[] = {"http://example.org?x", "https://example.org/\xe9\x9a\x90 a\"b",
                               "http://example.org:81"};
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
                g_autofree char *once = policy_url(texts[i]), *twice = policy_url(once);
                assert_string_equal(once, twice);
        }
}

/* ---- states ---------------------------------------------------------------------------------------------------- */

enum { GAP = 1000 };

/* Checks a page at these times with these outcomes; the state after the last one. */
static const char *state_after(Arena *arena, const char *const *outcomes, const int64_t *at_ms, size_t n,
                               Policy **out)
{
        Policy *policy = NULL;
        for (size_t i = 0; i < n; i++) {
                PolicyCheck *check = record_new(arena, PolicyCheck, policy_check__init);
                check->at_ms = at_ms[i];
                check->outcome = (char *)outcomes[i];
                policy = policy_with(policy, "https://example.org/", check, GAP, arena);
        }
        if (out)
                *out = policy;
        return policy->state;
}

static void dead_takes_two_failures_some_time_apart(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        const char *gone[] = {"unfetched:gone", "unfetched:no-connection", "unfetched:gone"};
        Policy *policy;
        assert_string_equal(state_after(arena, gone, (int64_t[]){5000}, 1, &policy), "unconfirmed");
        assert_int_equal(policy_again_at(policy, GAP), 6000);
        assert_string_equal(state_after(arena, gone, (int64_t[]){5000, 5999}, 2, &policy), "unconfirmed");
        assert_int_equal(policy_again_at(policy, GAP), 6000);
        assert_string_equal(state_after(arena, gone, (int64_t[]){5000, 6000}, 2, NULL), "dead");
        assert_string_equal(state_after(arena, gone, (int64_t[]){5000, 5500, 6001}, 3, NULL), "dead");
}

static void what_answers_between_makes_it_start_anew(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        const char *between[] = {"fetched", "no-text", "unfetched:robots", "unfetched:refused",
                                 "unfetched:throttled"};
        for (size_t i = 0; i < G_N_ELEMENTS(between); i++) {
                const char *outcomes[] = {"unfetched:gone", between[i], "unfetched:gone"};
                assert_string_equal(state_after(arena, outcomes, (int64_t[]){0, 2000, 4000}, 3, NULL),
                                    "unconfirmed");
        }
}

static void a_dead_page_that_comes_back_is_alive(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        const char *outcomes[] = {"unfetched:gone", "unfetched:gone", "fetched"};
        assert_string_equal(state_after(arena, outcomes, (int64_t[]){0, 2000, 4000}, 3, NULL), "fetched");
}

static void a_host_that_refuses_us_is_never_dead(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        const struct {
                const char *outcome, *state;
        } cases[] = {{"fetched", "fetched"},
                     {"not-text", "not-text"},
                     {"no-text", "no-text"},
                     {"blocked", "blocked"},
                     {"unfetched:robots", "robots"},
                     {"unfetched:robots-unreachable", "robots"},
                     {"unreadable:memory-limit", "unreadable"}};
        const struct {
                FetchEnd end;
                const char *state;
        } ends[] = {
                {FETCH_REFUSED, "blocked"},     {FETCH_THROTTLED, "blocked"}, {FETCH_FORBIDDEN, "forbidden"},
                {FETCH_TOO_LARGE, "too-large"}, {FETCH_GONE, "dead"},         {FETCH_SERVER, "dead"},
                {FETCH_CONNECT, "dead"},        {FETCH_STALLED, "dead"},      {FETCH_REDIRECTS, "dead"}};
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const char *twice[] = {cases[i].outcome, cases[i].outcome};
                assert_string_equal(state_after(arena, twice, (int64_t[]){0, GAP}, 2, NULL), cases[i].state);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
                g_autofree char *outcome = g_strconcat("unfetched:", fetch_end_name(ends[i].end), NULL);
                const char *twice[] = {outcome, outcome};
                assert_string_equal(state_after(arena, twice, (int64_t[]){0, GAP}, 2, NULL), ends[i].state);
        }
}

static void the_newest_checks_are_kept(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        const char *outcomes[40];
        int64_t at[40];
        for (int i = 0; i < 40; i++)
                outcomes[i] = "fetched", at[i] = i;
        Policy *policy;
        state_after(arena, outcomes, at, 40, &policy);
        assert_int_equal(policy->n_checks, POLICY_CHECKS);
        assert_int_equal(policy->checks[0]->at_ms, 40 - POLICY_CHECKS);
        assert_int_equal(policy->checks[POLICY_CHECKS - 1]->at_ms, 39);
}

/* ---- who names a page ------------------------------------------------------------------------------------------ */

static void keys_of_one_page_stand_together(void **state)
{
        g_autofree char *key = policy_key("https://example.org/");
        assert_true(hex_is_sha256(key));
        g_autofree char *named = policy_named_key(key, 7, "zoo", "org.a");
        assert_true(g_str_has_prefix(named, key));
        assert_string_equal(named + strlen(key), "/7/zoo/org.a");
}

static void manners_are_those_of_a_guest(void **state)
{
        const Market *web = policy_manners(false);
        assert_true(web->robots);
        assert_false(web->loopback);
        assert_int_equal(web->connections, 1);
        assert_true(web->requests_per_second <= 0.5);
        assert_true(policy_manners(true)->loopback);
}

static void a_listing_that_names_a_page_makes_one_errand_for_it(void **state)
{
        g_autofree char *folder = g_dir_make_tmp("policy-XXXXXX", NULL);
        g_autofree char *path = g_build_filename(folder, "store", NULL);
        g_autoptr(GError) error = NULL;
        Store *store = store_open(path, STORE_CREATE, &error);
        must_succeed(store != NULL, error);
        Market zoo = {.name = (char *)"zoo"}, here = {.name = (char *)"here", .loopback = true};
        Market *markets[] = {&zoo, &here};
        CrawlSettings settings = {.markets = markets, .n_markets = 2};
        Sweep sweep = SWEEP__INIT;
        sweep.id = 7;
        Run run = {.store = store, .settings = &settings, .sweep = &sweep};
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GPtrArray) next = g_ptr_array_new();
        StoreBatch *batch = store_batch_new(store);
        const struct {
                const char *market, *package, *url;
                bool wanted;
        } cases[] = {{"zoo", "org.a", "https://example.org/p#1", true},
                     {"zoo", "org.b", "https://example.org/p", true},
                     {"zoo", "org.c", "not a url", false},
                     {"zoo", "org.d", NULL, false},
                     {"here", "org.e", "http://127.0.0.1:1/p", true},
                     {"here", "org.f", "https://example.org/p", false}};
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Listing listing = LISTING__INIT;
                listing.market = (char *)cases[i].market;
                listing.package = (char *)cases[i].package;
                listing.privacy_url = (char *)cases[i].url;
                assert_int_equal(policy_wanted(&run, batch, &listing, arena, next), cases[i].wanted);
        }
        must_succeed(store_commit(store, batch, &error), error);
        assert_int_equal(next->len, 3);
        const Errand *first = next->pdata[0], *second = next->pdata[1];
        assert_string_equal(first->id, second->id);
        assert_string_equal(first->url, "https://example.org/p");
        assert_string_equal(first->host, "https://example.org");
        size_t added = 0;
        must_succeed(store_enqueue(store, (const Errand *const *)next->pdata, next->len, &added, &error),
                     error);
        assert_int_equal(added, 2);
        g_autofree char *key = policy_key("https://example.org/p");
        g_autofree char *named = policy_named_key(key, 7, "zoo", "org.b");
        g_autoptr(GBytes) row = store_get(store, STORE_POLICIES, &(StoreKey){.name = named}, &error);
        const Policy *policy = row ? record_policy(arena, record_span(row), &error) : NULL;
        must_succeed(policy != NULL, error);
        assert_string_equal(policy->packages[0], "zoo/org.b");
        store_close(store);
        g_autofree char *command = g_strdup_printf("rm -r %s", folder);
        assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
}

/* ---- the task -------------------------------------------------------------------------------------------------- */

typedef struct {
        Arena *arena;
        PolicyText *text;
} Answer;

static void take_frame(uint8_t type, Span frame, void *context)
{
        Answer *answer = context;
        assert_int_equal(type, CRAWLER_FRAME_RECORD);
        answer->text = RECORD_UNPACK(answer->arena, PolicyText, &policy_text__descriptor, frame, NULL);
}

static const PolicyText *read_page(Arena *arena, Span page, const char *content_type)
{
        g_autoptr(GError) error = NULL;
        PolicyTask task = POLICY_TASK__INIT;
        task.content_type = (char *)content_type;
        g_autoptr(GBytes) argument = record_pack(&task);
        TaskInput in = {
                .argument = record_span(argument), .fd = {memfile_new("page", page, NULL), -1}, .n_fds = 1};
        in.tables = crawler_task_policy.open(&error);
        must_succeed(in.tables != NULL, error);
        Answer answer = {arena, NULL};
        bool ok = worker_run_here(&crawler_task_policy, &in, take_frame, &answer, &error);
        crawler_task_policy.close((void *)in.tables);
        close(in.fd[0]);
        must_succeed(ok, error);
        return answer.text;
}

static void the_words_of_a_page_are_kept(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        const PolicyText *text =
                read_page(arena,
                          span_str("<!doctype html><html lang=zh-CN><head><title> Our  policy </title>"
                                   "<script>var x = 'no';</script></head><body><h1>Privacy</h1>\n"
                                   "<p>We take   your <b>location</b>.</p></body></html>"),
                          "text/html; charset=utf-8");
        assert_string_equal(text->outcome, "text");
        assert_string_equal(text->language, "zh-CN");
        assert_non_null(strstr(text->title, "policy"));
        assert_non_null(strstr(text->text, "We take your location."));
        assert_null(strstr(text->text, "var x"));
}

static void plain_text_is_taken_as_it_stands(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        const char *types[] = {"text/plain", "text/markdown; charset=utf-8"};
        for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
                const PolicyText *text =
                        read_page(arena, span_str("# Privacy\n\nWe take <b>nothing</b>."), types[i]);
                assert_string_equal(text->outcome, "text");
                assert_non_null(strstr(text->text, "<b>nothing</b>"));
        }
}

static void a_chinese_page_in_its_own_encoding_is_read(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        const PolicyText *text = read_page(
                arena, span_str("<html><body><p>\xd2\xfe\xcb\xbd\xd5\xfe\xb2\xdf</p></body></html>"),
                "text/html; charset=gb2312");
        assert_string_equal(text->outcome, "text");
        assert_non_null(strstr(text->text, "\xe9\x9a\x90\xe7\xa7\x81\xe6\x94\xbf\xe7\xad\x96"));
}

static void what_is_no_text_is_told_as_such(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        const struct {
                const char *page;
                size_t len;
                const char *type, *outcome;
        } cases[] = {{"%PDF-1.7\n...", 12, "application/pdf", "not-text"},
                     {"%PDF-1.7\n...", 12, "text/html", "not-text"},
                     {"\x89PNG\r\n", 6, "text/html", "not-text"},
                     {"PK\x03\x04xx", 6, NULL, "not-text"},
                     {"<html>", 6, "image/png", "not-text"},
                     {"ab\0cd", 5, NULL, "not-text"},
                     {"<html><body><script>app()</script></body></html>", 48, "text/html", "no-text"},
                     {"", 0, "text/html", "no-text"}};
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const PolicyText *text =
                        read_page(arena, span_of(cases[i].page, cases[i].len), cases[i].type);
                if (!g_str_equal(text->outcome, cases[i].outcome))
                        fail_msg("case %zu: %s", i, text->outcome);
                assert_string_equal(text->text, "");
        }
}

static void a_captcha_is_no_policy(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        const char *captcha = "<html><body><p>Please solve the captcha to go on.</p></body></html>";
        const PolicyText *text = read_page(arena, span_str(captcha), "text/html");
        assert_string_equal(text->outcome, "blocked");
        g_autoptr(GString) page = g_string_new("<html><body>");
        for (int i = 0; i < 200; i++)
                g_string_append(page, "<p>We take your location, and show a captcha at times.</p>");
        text = read_page(arena, span_str(page->str), "text/html");
        assert_string_equal(text->outcome, "text");
}

static void a_text_has_an_end(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autofree char *words = g_strnfill(3 << 20, 'x');
        const PolicyText *text = read_page(arena, span_str(words), "text/plain");
        assert_string_equal(text->outcome, "text");
        assert_true(strlen(text->text) <= 1 << 20);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_page_has_one_url),
                cmocka_unit_test(a_url_that_was_made_stays_as_it_is),
                cmocka_unit_test(dead_takes_two_failures_some_time_apart),
                cmocka_unit_test(what_answers_between_makes_it_start_anew),
                cmocka_unit_test(a_dead_page_that_comes_back_is_alive),
                cmocka_unit_test(a_host_that_refuses_us_is_never_dead),
                cmocka_unit_test(the_newest_checks_are_kept),
                cmocka_unit_test(keys_of_one_page_stand_together),
                cmocka_unit_test(manners_are_those_of_a_guest),
                cmocka_unit_test(a_listing_that_names_a_page_makes_one_errand_for_it),
                cmocka_unit_test(the_words_of_a_page_are_kept),
                cmocka_unit_test(plain_text_is_taken_as_it_stands),
                cmocka_unit_test(a_chinese_page_in_its_own_encoding_is_read),
                cmocka_unit_test(what_is_no_text_is_told_as_such),
                cmocka_unit_test(a_captcha_is_no_policy),
                cmocka_unit_test(a_text_has_an_end),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
