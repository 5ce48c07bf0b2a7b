/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a wish may ask for beside a whole file: one range, a POST, further headers, a key, a redirect that stays. */
#include "unit/fetch_world.h"

enum { TAIL = 1000 };

static FetchWish wish_range(World *w, const char *target, uint64_t from, uint64_t to)
{
        FetchWish wish = wish_for(w, target);
        wish.range_from = from;
        wish.range_to = to;
        return wish;
}

static void a_range_is_exactly_the_bytes_that_were_asked_for(void **state)
{
        World *w = *state;
        g_auto(Got) got = run(w, wish_range(w, "/x.apk", 100, 300));
        expect_end(&got, FETCH_OK);
        assert_int_equal(got.status, 206);
        assert_int_equal(got.len, 200);
        assert_memory_equal(got.body, w->apk + 100, 200);
        assert_int_equal(got.total, APK_SIZE);
        g_autofree char *head = fault_server_last(w->server);
        assert_non_null(strstr(head, "Range: bytes=100-299\r\n"));
        assert_non_null(strstr(head, "Accept-Encoding: identity\r\n"));
}

static void a_range_over_the_end_is_what_is_there(void **state)
{
        World *w = *state;
        g_auto(Got) got = run(w, wish_range(w, "/x.apk", APK_SIZE - 10, APK_SIZE + TAIL));
        expect_end(&got, FETCH_OK);
        assert_int_equal(got.len, 10);
        assert_memory_equal(got.body, w->apk + APK_SIZE - 10, 10);
}

static void another_range_or_the_whole_file_is_not_taken(void **state)
{
        World *w = *state;
        static const char *const targets[] = {"/fault/range-ignored/-1/x.apk", "/fault/range-wrong/-1/x.apk",
                                              "/fault/range-416/-1/x.apk"};
        for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
                g_auto(Got) got = run(w, wish_range(w, targets[i], 100, 300));
                expect_end(&got, FETCH_RANGE);
                assert_int_equal(got.len, 0);
        }
        g_auto(Got) behind = run(w, wish_range(w, "/x.apk", APK_SIZE + 1, APK_SIZE + 2));
        expect_end(&behind, FETCH_RANGE);
}

static void a_file_that_changed_between_two_ranges_is_found(void **state)
{
        World *w = *state;
        FetchWish wish = wish_range(w, "/x.apk", 100, 300);
        wish.if_range = "\"of another day\"";
        g_auto(Got) got = run(w, wish);
        expect_end(&got, FETCH_RANGE);
        assert_int_equal(got.total, APK_SIZE); /* what the whole file announces */
}

static void a_body_makes_it_a_post(void **state)
{
        World *w = *state;
        static const char *const lines[] = {"Content-Type: application/json", "X-One: 1",
                                            "X-Bad: a\r\nX-Smuggled: yes", NULL};
        FetchWish wish = wish_for(w, "/words");
        wish.body = "{\"page\":1}";
        wish.headers = lines;
        g_auto(Got) got = run(w, wish);
        g_autofree char *head = fault_server_last(w->server);
        assert_true(g_str_has_prefix(head, "POST /words HTTP/1.1\r\n"));
        assert_non_null(strstr(head, "Content-Type: application/json\r\n"));
        assert_non_null(strstr(head, "Content-Length: 10\r\n"));
        assert_non_null(strstr(head, "X-One: 1\r\n"));
        assert_null(strstr(head, "Smuggled"));
        assert_null(strstr(head, "Expect:"));
}

static void a_redirect_that_stays_is_the_answer(void **state)
{
        World *w = *state;
        FetchWish wish = wish_for(w, "/fault/redirect-to?u=/words");
        wish.stay = true;
        g_auto(Got) got = run(w, wish);
        expect_end(&got, FETCH_OK);
        assert_int_equal(got.status, 302);
        assert_int_equal(got.len, 0);
        assert_true(got.location && g_str_has_suffix(got.location, "/words") &&
                    g_str_has_prefix(got.location, "http://"));
        assert_int_equal(fault_server_requests(w->server, "/words"), 0);
}

static void a_key_is_on_the_wire_and_nowhere_else(void **state)
{
        World *w = *state;
        FetchWish wish = wish_for(w, "/none?apikey={key}&x=1");
        wish.secret = "s3cr3t";
        g_auto(Got) got = run(w, wish);
        expect_end(&got, FETCH_GONE);
        g_autofree char *head = fault_server_last(w->server);
        assert_non_null(strstr(head, "GET /none?apikey=s3cr3t&x=1 HTTP/1.1\r\n"));
        assert_null(strstr(got.url, "s3cr3t"));
        assert_null(strstr(got.detail, "s3cr3t"));
        assert_non_null(strstr(got.detail, "apikey={key}"));
        FetchWish again = wish_for(w, "/fault/redirect-to?u=/none%3Fk%3D{key}");
        again.secret = "s3cr3t";
        g_auto(Got) redirected = run(w, again);
        assert_null(strstr(redirected.url, "s3cr3t"));
        assert_null(strstr(redirected.detail, "s3cr3t"));
}

static void who_answered_is_told(void **state)
{
        World *w = *state;
        g_auto(Got) got = get(w, "/words");
        assert_string_equal(got.address, "127.0.0.1");
        assert_int_equal(got.total, 21);
}

#define T(test) cmocka_unit_test_setup(test, world_reset)

int main(void)
{
        const struct CMUnitTest tests[] = {
                T(a_range_is_exactly_the_bytes_that_were_asked_for),
                T(a_range_over_the_end_is_what_is_there),
                T(another_range_or_the_whole_file_is_not_taken),
                T(a_file_that_changed_between_two_ranges_is_found),
                T(a_body_makes_it_a_post),
                T(a_redirect_that_stays_is_the_answer),
                T(a_key_is_on_the_wire_and_nowhere_else),
                T(who_answered_is_told),
        };
        return cmocka_run_group_tests(tests, world_open, world_close);
}
