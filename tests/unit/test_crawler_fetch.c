/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/fetch_world.h"

#include "core/text.h"

static void a_small_answer_comes_to_memory(void **state)
{
        World *w = *state;
        g_auto(Got) got = get(w, "/words");
        expect_end(&got, FETCH_OK);
        assert_int_equal(got.status, 200);
        assert_string_equal(got.body, "all the king's horses");
        assert_string_equal(got.sha256, "60d77df38218055d8d9d77d4caab618cb680c3c60abc5dcfba85f672ea1f7f2c");
        assert_non_null(got.etag);
        assert_non_null(got.last_modified);
        assert_int_equal(got.retry_after_ms, -1);
        assert_true(got.wire_bytes > 21 && got.wire_bytes < 500);
        assert_true(g_str_has_suffix(got.url, "/words"));
}

static void an_empty_answer_is_an_answer(void **state)
{
        World *w = *state;
        g_auto(Got) got = get(w, "/empty");
        expect_end(&got, FETCH_OK);
        assert_int_equal(got.len, 0);
        g_auto(Got) file = run(w, wish_part(w, "/empty"));
        expect_end(&file, FETCH_OK);
        assert_true(file.readable && part_there(w));
}

static void every_request_says_who_asks_and_wants_files_as_they_are(void **state)
{
        World *w = *state;
        g_auto(Got) got = get(w, "/words");
        g_autofree char *head = fault_server_last(w->server);
        assert_non_null(strstr(head, "User-Agent: overreach/test (+https://example.org)\r\n"));
        assert_non_null(strstr(head, "Accept-Encoding: identity\r\n"));
        FetchWish wish = wish_for(w, "/words");
        wish.compressed = true;
        g_auto(Got) packed = run(w, wish);
        g_autofree char *second = fault_server_last(w->server);
        assert_non_null(strstr(second, "gzip"));
        assert_null(strstr(second, "identity"));
}

static void a_file_comes_to_disk_with_its_digest(void **state)
{
        World *w = *state;
        FetchWish wish = wish_part(w, "/x.apk");
        wish.size = APK_SIZE;
        wish.sha256 = w->sha256;
        g_auto(Got) got = run(w, wish);
        expect_end(&got, FETCH_OK);
        assert_true(got.readable && part_there(w));
        assert_int_equal(got.len, APK_SIZE);
        assert_memory_equal(got.body, w->apk, APK_SIZE);
        assert_string_equal(got.sha256, w->sha256);
        assert_false(got.resumed);
        assert_true(got.wire_bytes > APK_SIZE && got.wire_bytes < APK_SIZE + 1000);
        fetch_forget(w->part);
        assert_false(part_there(w) || sidecar_there(w));
}

static void a_copy_we_have_is_not_sent_again(void **state)
{
        World *w = *state;
        g_auto(Got) first = get(w, "/words");
        FetchWish wish = wish_for(w, "/words");
        wish.etag = first.etag;
        g_auto(Got) by_etag = run(w, wish);
        expect_end(&by_etag, FETCH_UNCHANGED);
        assert_int_equal(by_etag.status, 304);
        wish = wish_for(w, "/words");
        wish.last_modified = first.last_modified;
        g_auto(Got) by_date = run(w, wish);
        expect_end(&by_date, FETCH_UNCHANGED);
        wish = wish_for(w, "/words");
        wish.etag = "\"something else\"";
        g_auto(Got) changed = run(w, wish);
        expect_end(&changed, FETCH_OK);
}

static void each_misbehaviour_has_its_own_end(void **state)
{
        World *w = *state;
        static const struct {
                const char *target;
                FetchEnd end;
                const char *detail; /* part of it */
        } cases[] = {
                {"/none.apk", FETCH_GONE, "HTTP 404 from http://127.0.0.1:"},
                {"/fault/status/410/x", FETCH_GONE, "HTTP 410"},
                {"/fault/status/451/x", FETCH_GONE, "HTTP 451"},
                {"/fault/status/401/x", FETCH_REFUSED, "HTTP 401"},
                {"/fault/status/403/x", FETCH_REFUSED, "HTTP 403"},
                {"/fault/status/418/x", FETCH_REFUSED, "HTTP 418"},
                {"/fault/status/416/x", FETCH_REFUSED, "HTTP 416"},
                {"/fault/status/408/x", FETCH_SERVER, "HTTP 408"},
                {"/fault/status/429/x", FETCH_THROTTLED, "HTTP 429"},
                {"/fault/status/500/x", FETCH_SERVER, "HTTP 500"},
                {"/fault/status/503/x", FETCH_SERVER, "HTTP 503"},
                {"/fault/status/204/x", FETCH_PROTOCOL, "HTTP 204"},
                {"/fault/status/304/x", FETCH_PROTOCOL, "HTTP 304"},
                {"/fault/status/999/x", FETCH_PROTOCOL, "HTTP 999"},
                {"/fault/page/404/100", FETCH_GONE, "HTTP 404"},
                {"/fault/page/404/9000000", FETCH_GONE, "HTTP 404"},
                {"/fault/503-date/60/x", FETCH_THROTTLED, "HTTP 503"},
                {"/fault/stall/10/words", FETCH_STALLED, "10 bytes"},
                {"/fault/stall-head", FETCH_STALLED, "too slow"},
                {"/fault/slow/50/x.apk", FETCH_STALLED, "too slow"},
                {"/fault/cut/1024/x.apk", FETCH_TRUNCATED, "body ended after 1,024 of 700,001 bytes"},
                {"/fault/reset/1024/x.apk", FETCH_TRUNCATED, "of 700,001 bytes"},
                {"/fault/long-length/7/words", FETCH_TRUNCATED, "body ended after 21 of 28 bytes"},
                {"/fault/chunk-error/words", FETCH_TRUNCATED, "body broke off after"},
                {"/fault/endless", FETCH_TOO_LARGE, "more than 16,777,216 bytes"},
                {"/fault/redirect-loop", FETCH_REDIRECTS, "redirect"},
                {"/fault/redirect-nowhere", FETCH_REDIRECTS, "HTTP 302"},
                {"/fault/redirect-endless", FETCH_TOO_LARGE, "over the wire"},
                {"/fault/redirect-chain/11/words", FETCH_REDIRECTS, "redirect"},
                {"/fault/redirect-to?u=file:%2F%2F%2Fetc%2Fpasswd", FETCH_REDIRECTS, "file"},
                {"/fault/redirect-to?u=ftp:%2F%2F127.0.0.1%2Fx", FETCH_REDIRECTS, "ftp"},
                {"/fault/redirect-to?u=http:%2F%2F%5Bbroken", FETCH_REDIRECTS, ""},
                {"/fault/endless-headers", FETCH_PROTOCOL, "headers are over 256 KiB"},
                {"/fault/endless-1xx", FETCH_PROTOCOL, "headers are over 256 KiB"},
                {"/fault/big-header", FETCH_PROTOCOL, ""},
                {"/fault/garbage", FETCH_PROTOCOL, "HTTP/0.9"},
                {"/fault/drop", FETCH_CONNECT, ""},
                {"/fault/unasked-206/words", FETCH_PROTOCOL, "HTTP 206 though no range was asked for"},
                {"/fault/gzip-forced/words", FETCH_PROTOCOL, "came compressed"},
                {"/fault/negative-length/words", FETCH_PROTOCOL, ""},
                {"http://127.0.0.1:1/", FETCH_CONNECT, ""},
                {"http://no-such-host.invalid/", FETCH_CONNECT, "no-such-host.invalid"},
                {"ftp://127.0.0.1/x", FETCH_PROTOCOL, ""},
                {"http://[nonsense/", FETCH_PROTOCOL, ""},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_auto(Got) got = get(w, cases[i].target);
                if (got.end != cases[i].end || !strstr(got.detail, cases[i].detail))
                        fail_msg("%s ended %s (%s)", cases[i].target, fetch_end_name(got.end), got.detail);
                assert_int_equal(got.times, 1);
                assert_int_equal(got.len, 0);
                assert_null(got.sha256);
        }
}

static void odd_but_sound_answers_are_taken(void **state)
{
        World *w = *state;
        static const char *const targets[] = {
                "/fault/no-length/words",         "/fault/chunked/words",
                "/fault/redirect-chain/10/words", "/fault/duplicate-length/words",
                "/fault/redirect-to?u=/words",    "/words?query=1#fragment",
        };
        for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
                g_auto(Got) got = get(w, targets[i]);
                expect_end(&got, FETCH_OK);
                assert_string_equal(got.body, "all the king's horses");
        }
        g_auto(Got) first = get(w, "/fault/once/500/words");
        expect_end(&first, FETCH_SERVER);
        g_auto(Got) second = get(w, "/fault/once/500/words");
        expect_end(&second, FETCH_OK);
}

static void retry_after_is_read_and_never_longer_than_a_day(void **state)
{
        World *w = *state;
        static const struct {
                const char *target;
                int64_t least, most;
        } cases[] = {
                {"/fault/429/0/x", 0, 0},
                {"/fault/429/7/x", 7000, 7000},
                {"/fault/429/-5/x", 0, 0},
                {"/fault/429/86401/x", 86400000, 86400000},
                {"/fault/429/9223372036854775808/x", 86400000, 86400000},
                {"/fault/429/soon/x", -1, -1},
                {"/fault/429/1.5/x", -1, -1},
                {"/fault/429/Sun,%2006%20Nov%201994%2008:49:37%20GMT/x", 0, 0},
                {"/fault/429/Sun,%2006%20Nov%202994%2008:49:37%20GMT/x", 86400000, 86400000},
                {"/fault/503-date/600/x", 590000, 601000},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_auto(Got) got = get(w, cases[i].target);
                expect_end(&got, FETCH_THROTTLED);
                if (got.retry_after_ms < cases[i].least || got.retry_after_ms > cases[i].most)
                        fail_msg("%s gave %" G_GINT64_FORMAT, cases[i].target, got.retry_after_ms);
        }
}

static void a_body_over_its_cap_is_stopped_early(void **state)
{
        World *w = *state;
        FetchWish wish = wish_for(w, "/x.apk");
        wish.max_bytes = APK_SIZE - 1;
        g_auto(Got) announced = run(w, wish);
        expect_end(&announced, FETCH_TOO_LARGE);
        assert_non_null(strstr(announced.detail, "announces 700,001 bytes, the limit is 700,000"));
        wish = wish_part(w, "/fault/chunked/x.apk");
        wish.max_bytes = APK_SIZE - 1;
        g_auto(Got) silent = run(w, wish);
        expect_end(&silent, FETCH_TOO_LARGE);
        assert_false(part_there(w) || sidecar_there(w));
        wish = wish_for(w, "/fault/no-length/x.apk");
        wish.max_bytes = APK_SIZE;
        g_auto(Got) exact = run(w, wish);
        expect_end(&exact, FETCH_OK);
}

static void a_demanded_size_is_exact(void **state)
{
        World *w = *state;
        static const struct {
                const char *target;
                int64_t size;
                FetchEnd end;
        } cases[] = {
                {"/words", 21, FETCH_OK},
                {"/words", 20, FETCH_SIZE},
                {"/words", 22, FETCH_SIZE},
                {"/fault/chunked/words", 20, FETCH_SIZE},
                {"/fault/chunked/words", 22, FETCH_SIZE},
                {"/fault/no-length/words", 21, FETCH_OK},
                {"/fault/no-length/words", 22, FETCH_SIZE},
                {"/fault/no-length/words", 20, FETCH_SIZE},
                {"/fault/short-length/1/words", 21, FETCH_SIZE},
                {"/fault/cut/5/words", 21, FETCH_TRUNCATED},
                {"/empty", 0, FETCH_OK},
                {"/words", 0, FETCH_SIZE},
        };
        for (int to_disk = 0; to_disk < 2; to_disk++) {
                for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                        FetchWish wish =
                                to_disk ? wish_part(w, cases[i].target) : wish_for(w, cases[i].target);
                        wish.size = cases[i].size;
                        g_auto(Got) got = run(w, wish);
                        if (got.end != cases[i].end)
                                fail_msg("%s of %d bytes ended %s: %s", cases[i].target, (int)cases[i].size,
                                         fetch_end_name(got.end), got.detail);
                        if (got.end == FETCH_SIZE)
                                assert_false(part_there(w));
                        fetch_forget(w->part);
                }
        }
}

static void a_wrong_digest_is_found_and_the_part_removed(void **state)
{
        World *w = *state;
        FetchWish wish = wish_for(w, "/words");
        wish.sha256 = w->sha256;
        g_auto(Got) memory = run(w, wish);
        expect_end(&memory, FETCH_DIGEST);
        assert_non_null(strstr(memory.detail, w->sha256));
        wish.part_path = w->part;
        g_auto(Got) file = run(w, wish);
        expect_end(&file, FETCH_DIGEST);
        assert_false(part_there(w) || sidecar_there(w));
}

static void what_unpacks_too_well_is_stopped(void **state)
{
        World *w = *state;
        static const char *const bombs[] = {"/fault/gzip-bomb", "/fault/zstd-bomb"};
        for (size_t i = 0; i < G_N_ELEMENTS(bombs); i++) {
                FetchWish wish = wish_for(w, bombs[i]);
                wish.compressed = true;
                wish.max_bytes = 1 << 30;
                g_auto(Got) by_ratio = run(w, wish);
                expect_end(&by_ratio, FETCH_TOO_LARGE);
                assert_non_null(strstr(by_ratio.detail, "over 200:1"));
                assert_true(by_ratio.wire_bytes < 1 << 20);
                wish.max_bytes = 500000;
                g_auto(Got) by_size = run(w, wish);
                expect_end(&by_size, FETCH_TOO_LARGE);
                assert_non_null(strstr(by_size.detail, "more than 500,000 bytes"));
        }
}

static void packed_answers_are_unpacked_when_offered(void **state)
{
        World *w = *state;
        FetchWish wish = wish_for(w, "/fault/gzip/x.apk");
        wish.compressed = true;
        wish.size = APK_SIZE;
        wish.sha256 = w->sha256;
        g_auto(Got) packed = run(w, wish);
        expect_end(&packed, FETCH_OK);
        wish.part_path = w->part;
        g_auto(Got) to_disk = run(w, wish);
        expect_end(&to_disk, FETCH_OK);
        assert_memory_equal(to_disk.body, w->apk, APK_SIZE);
        wish = wish_for(w, "/fault/bad-gzip");
        wish.compressed = true;
        g_auto(Got) broken = run(w, wish);
        expect_end(&broken, FETCH_PROTOCOL);
}

static void addresses_that_are_not_public_are_never_connected_to(void **state)
{
        World *w = *state;
        const char *port = strrchr(fault_server_url(w->server), ':') + 1;
        static const char *const hosts[] = {
                "127.0.0.1",
                "2130706433",
                "0x7f.1",
                "0177.0.0.1",
                "127.1",
                "[::ffff:127.0.0.1]",
                "[::1]",
                "localhost",
                "0.0.0.0",
                "[::]",
                "169.254.169.254",
                "10.0.0.1",
                "172.16.0.1",
                "192.168.1.1",
                "100.64.0.1",
                "[fe80::1]",
                "[fd00::1]",
                "[64:ff9b::7f00:1]",
                "[2002:7f00:1::]",
                "user:pass@127.0.0.1",
                "example.org@127.0.0.1",
                "LOCALHOST",
        };
        for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
                g_autofree char *url = g_strdup_printf("http://%s:%s/words", hosts[i], port);
                FetchWish wish = wish_for(w, url);
                wish.loopback = false;
                g_auto(Got) got = run(w, wish);
                if (got.end != FETCH_FORBIDDEN)
                        fail_msg("%s ended %s: %s", url, fetch_end_name(got.end), got.detail);
                assert_non_null(strstr(got.detail, "is not a public address"));
        }
        assert_int_equal(fault_server_connections(w->server), 0);
}

static void a_connection_opened_for_a_loopback_market_serves_no_other(void **state)
{
        World *w = *state;
        g_auto(Got) ours = get(w, "/words");
        expect_end(&ours, FETCH_OK);
        FetchWish wish = wish_for(w, "/words");
        wish.loopback = false;
        g_auto(Got) theirs = run(w, wish);
        expect_end(&theirs, FETCH_FORBIDDEN);
        assert_int_equal(fault_server_requests(w->server, NULL), 1);
}

static void a_proxy_of_the_environment_is_not_used(void **state)
{
        World *w = *state;
        g_setenv("http_proxy", fault_server_url(w->server), TRUE);
        g_setenv("ALL_PROXY", fault_server_url(w->server), TRUE);
        FetchWish wish = wish_for(w, "http://192.0.2.1/words");
        wish.loopback = false;
        g_auto(Got) got = run(w, wish);
        g_unsetenv("http_proxy");
        g_unsetenv("ALL_PROXY");
        expect_end(&got, FETCH_FORBIDDEN);
        assert_int_equal(fault_server_requests(w->server, NULL), 0);
}

static void passwords_of_a_url_are_never_told(void **state)
{
        World *w = *state;
        const char *port = strrchr(fault_server_url(w->server), ':') + 1;
        static const char *const paths[] = {"words", "none", "fault/cut/3/words", "fault/stall-head",
                                            "fault/garbage"};
        for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
                g_autofree char *url = g_strdup_printf("http://anna:s3cret@127.0.0.1:%s/%s", port, paths[i]);
                g_auto(Got) got = run(w, wish_for(w, url));
                assert_null(strstr(got.detail, "s3cret"));
                assert_null(strstr(got.url, "s3cret"));
                assert_null(strstr(got.url, "anna"));
        }
}

static void a_part_that_cannot_be_written_is_a_disk_matter(void **state)
{
        World *w = *state;
        FetchWish wish = wish_for(w, "/x.apk");
        wish.part_path = "/nonexistent/folder/part";
        g_auto(Got) nowhere = run(w, wish);
        expect_end(&nowhere, FETCH_DISK);
        assert_int_equal(mkfifo(w->part, 0600), 0);
        wish.part_path = w->part;
        g_auto(Got) pipe = run(w, wish);
        expect_end(&pipe, FETCH_DISK);
        assert_non_null(strstr(pipe.detail, "is no plain file"));
        assert_true(part_there(w)); /* what is not ours is not removed either */
        assert_int_equal(fault_server_requests(w->server, NULL), 0);
}

typedef struct {
        World *world;
        int left, failed;
} Chain;

static void next_in_chain(const FetchReply *reply, void *context)
{
        Chain *chain = context;
        chain->failed += reply->end != FETCH_OK;
        if (--chain->left > 0) {
                FetchWish wish = wish_for(chain->world, "/words");
                fetch_start(chain->world->fetcher, &wish, next_in_chain, chain);
        }
}

static void a_fetch_may_be_started_from_the_end_of_another(void **state)
{
        World *w = *state;
        Chain chain = {w, 50, 0};
        FetchWish wish = wish_for(w, "/words");
        fetch_start(w->fetcher, &wish, next_in_chain, &chain);
        while (chain.left > 0)
                uv_run(&w->loop, UV_RUN_ONCE);
        assert_int_equal(chain.failed, 0);
        assert_in_range(fault_server_connections(w->server), 0, 1); /* kept alive */
}

static void count_end(const FetchReply *reply, void *context)
{
        int *ends = context;
        ends[reply->end]++;
}

static void many_at_once_share_few_connections(void **state)
{
        World *w = *state;
        int ends[FETCH_CANCELLED + 1] = {0};
        uint64_t before = fetch_bytes(w->fetcher);
        for (int i = 0; i < 300; i++) {
                FetchWish wish = wish_for(w, i % 3 ? "/words" : "/none");
                fetch_start(w->fetcher, &wish, count_end, ends);
        }
        assert_int_equal(fetch_running(w->fetcher), 300);
        while (fetch_running(w->fetcher) > 0)
                uv_run(&w->loop, UV_RUN_ONCE);
        assert_int_equal(ends[FETCH_OK], 200);
        assert_int_equal(ends[FETCH_GONE], 100);
        /* 0: the connection an earlier test opened may still be alive and serve them all */
        assert_in_range(fault_server_connections(w->server), 0, 8);
        assert_true(fetch_bytes(w->fetcher) - before > fault_server_sent(w->server));
}

static void what_is_cancelled_says_so_once(void **state)
{
        World *w = *state;
        int ends[FETCH_CANCELLED + 1] = {0};
        for (int i = 0; i < 4; i++) {
                FetchWish wish = wish_for(w, "/fault/stall-head");
                fetch_start(w->fetcher, &wish, count_end, ends);
        }
        while (fault_server_requests(w->server, NULL) < 4)
                uv_run(&w->loop, UV_RUN_NOWAIT);
        fetch_cancel_all(w->fetcher);
        assert_int_equal(ends[FETCH_CANCELLED], 0); /* later, on the loop */
        fetch_cancel_all(w->fetcher);
        while (fetch_running(w->fetcher) > 0)
                uv_run(&w->loop, UV_RUN_ONCE);
        assert_int_equal(ends[FETCH_CANCELLED], 4);
}

static void a_freed_fetcher_calls_nobody_back(void **state)
{
        World *w = *state;
        uv_loop_t loop;
        g_autoptr(GError) error = NULL;
        FetchOptions options = {.user_agent = "overreach/test"};
        int ends[FETCH_CANCELLED + 1] = {0};
        uv_loop_init(&loop);
        Fetcher *fetcher = fetcher_new(&loop, &options, &error);
        FetchWish wish = wish_for(w, "/fault/stall-head");
        fetch_start(fetcher, &wish, count_end, ends);
        wish.part_path = "/nonexistent/part";
        fetch_start(fetcher, &wish, count_end, ends);
        while (fault_server_requests(w->server, NULL) < 1)
                uv_run(&loop, UV_RUN_NOWAIT);
        fetcher_free(fetcher);
        uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&loop), 0);
        assert_int_equal(ends[FETCH_CANCELLED], 0);
}

static void every_end_has_a_name_of_its_own(void **state)
{
        (void)state;
        for (int a = FETCH_OK; a <= FETCH_CANCELLED; a++)
                for (int b = FETCH_OK; b < a; b++)
                        assert_string_not_equal(fetch_end_name((FetchEnd)a), fetch_end_name((FetchEnd)b));
        assert_string_equal(fetch_end_name(FETCH_THROTTLED), "throttled");
        assert_string_equal(fetch_end_name(FETCH_DIGEST), "digest-mismatch");
        assert_true(fetch_end_retryable(FETCH_TRUNCATED) && !fetch_end_retryable(FETCH_GONE));
}

#define TEST(f) cmocka_unit_test_setup(f, world_reset)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_small_answer_comes_to_memory),
                TEST(an_empty_answer_is_an_answer),
                TEST(every_request_says_who_asks_and_wants_files_as_they_are),
                TEST(a_file_comes_to_disk_with_its_digest),
                TEST(a_copy_we_have_is_not_sent_again),
                TEST(each_misbehaviour_has_its_own_end),
                TEST(odd_but_sound_answers_are_taken),
                TEST(retry_after_is_read_and_never_longer_than_a_day),
                TEST(a_body_over_its_cap_is_stopped_early),
                TEST(a_demanded_size_is_exact),
                TEST(a_wrong_digest_is_found_and_the_part_removed),
                TEST(what_unpacks_too_well_is_stopped),
                TEST(packed_answers_are_unpacked_when_offered),
                TEST(addresses_that_are_not_public_are_never_connected_to),
                TEST(a_connection_opened_for_a_loopback_market_serves_no_other),
                TEST(a_proxy_of_the_environment_is_not_used),
                TEST(passwords_of_a_url_are_never_told),
                TEST(a_part_that_cannot_be_written_is_a_disk_matter),
                TEST(a_fetch_may_be_started_from_the_end_of_another),
                TEST(many_at_once_share_few_connections),
                TEST(what_is_cancelled_says_so_once),
                TEST(a_freed_fetcher_calls_nobody_back),
                TEST(every_end_has_a_name_of_its_own),
        };
        return cmocka_run_group_tests(tests, world_open, world_close);
}
