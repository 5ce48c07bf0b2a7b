/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is left of a broken transfer is gone on from exactly when that is safe (crawler/part.h says when). */
#include "unit/fetch_world.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { HALF_MIB = 524288 };

static FetchWish wish_apk(World *w, const char *target)
{
        FetchWish wish = wish_part(w, target);
        wish.size = APK_SIZE;
        wish.sha256 = w->sha256;
        return wish;
}

static void expect_apk(World *w, const Got *got)
{
        expect_end(got, FETCH_OK);
        assert_true(got->readable);
        assert_int_equal(got->len, APK_SIZE);
        assert_memory_equal(got->body, w->apk, APK_SIZE);
        assert_string_equal(got->sha256, w->sha256);
}

/* Cuts the first answer after n bytes, then goes on with the same wish. */
static Got cut_then_go_on(World *w, const char *behaviour, int n, bool with_digest)
{
        g_autofree char *target = g_strdup_printf("/fault/%s/%d/x.apk", behaviour, n);
        FetchWish wish = with_digest ? wish_apk(w, target) : wish_part(w, target);
        g_auto(Got) first = run(w, wish);
        expect_end(&first, FETCH_TRUNCATED);
        return run(w, wish);
}

static void a_cut_anywhere_costs_only_what_is_missing(void **state)
{
        World *w = *state;
        g_autoptr(GRand) dice = g_rand_new_with_seed(14);
        for (int i = 0; i < 60; i++) {
                int n = i < 4 ? (int[]){1, 16384, 262144, APK_SIZE - 1}[i]
                              : g_rand_int_range(dice, 1, APK_SIZE);
                world_reset(state);
                g_auto(Got) got = cut_then_go_on(w, "cut-once", n, i % 2);
                expect_apk(w, &got);
                assert_true(got.resumed);
                assert_int_equal(got.status, 206);
                assert_int_equal(fault_server_sent(w->server), APK_SIZE); /* nothing came twice */
        }
}

static void many_cuts_in_a_row_end_in_the_right_file(void **state)
{
        World *w = *state;
        g_auto(Got) got = {0};
        int tries = 0;
        do {
                got_clear(&got);
                got = run(w, wish_apk(w, "/fault/cut/50000/x.apk"));
                tries++;
        } while (got.end == FETCH_TRUNCATED && tries < 50);
        expect_apk(w, &got);
        assert_int_equal(tries, 15);
        assert_int_equal(fault_server_sent(w->server), APK_SIZE);
}

static void a_stalled_or_cancelled_transfer_is_gone_on_from(void **state)
{
        World *w = *state;
        g_auto(Got) stalled = run(w, wish_apk(w, "/fault/stall/300000/x.apk"));
        expect_end(&stalled, FETCH_STALLED);
        Got cancelled = {0};
        FetchWish wish = wish_apk(w, "/fault/stall/100000/x.apk"); /* another address of the same bytes */
        fetch_start(w->fetcher, &wish, keep_reply, &cancelled);
        while (fault_server_requests(w->server, NULL) < 2)
                uv_run(&w->loop, UV_RUN_NOWAIT);
        for (int i = 0; i < 20; i++) {
                uv_run(&w->loop, UV_RUN_NOWAIT);
                g_usleep(5000);
        }
        fetch_cancel_all(w->fetcher);
        while (cancelled.times == 0)
                uv_run(&w->loop, UV_RUN_ONCE);
        expect_end(&cancelled, FETCH_CANCELLED);
        got_clear(&cancelled);
        g_auto(Got) got = run(w, wish_apk(w, "/x.apk"));
        expect_apk(w, &got);
        assert_true(got.resumed);
        g_autofree char *head = fault_server_last(w->server);
        assert_non_null(strstr(head, "Range: bytes=400000-\r\n"));
        assert_null(strstr(head, "If-Range")); /* the digest vouches across addresses */
}

static void if_range_carries_the_validator(void **state)
{
        World *w = *state;
        g_auto(Got) got = cut_then_go_on(w, "cut-once", 5000, false);
        expect_apk(w, &got);
        g_autofree char *head = fault_server_last(w->server);
        g_autofree char *wanted = g_strdup_printf("If-Range: %s\r\n", got.etag);
        assert_non_null(strstr(head, wanted));
}

static void a_file_that_changed_is_started_over(void **state)
{
        World *w = *state;
        g_auto(Got) got = cut_then_go_on(w, "etag-changes", 300000, false);
        expect_apk(w, &got);
        assert_false(got.resumed);
        assert_int_equal(got.status, 200);
}

static void servers_that_cannot_go_on_are_asked_from_the_start(void **state)
{
        World *w = *state;
        static const char *const behaviours[] = {"range-ignored", "range-wrong", "range-416"};
        for (size_t i = 0; i < G_N_ELEMENTS(behaviours); i++) {
                world_reset(state);
                g_auto(Got) got = cut_then_go_on(w, behaviours[i], 300000, false);
                expect_apk(w, &got);
                assert_false(got.resumed);
                assert_int_equal(got.times, 1);
                assert_int_equal(fault_server_requests(w->server, NULL), i == 0 ? 2 : 3);
        }
}

static void without_a_strong_validator_only_a_digest_vouches(void **state)
{
        World *w = *state;
        static const char *const behaviours[] = {"weak", "no-validator"};
        for (size_t i = 0; i < G_N_ELEMENTS(behaviours); i++) {
                world_reset(state);
                g_auto(Got) bare = cut_then_go_on(w, behaviours[i], 300000, false);
                expect_apk(w, &bare);
                assert_false(bare.resumed);
                world_reset(state);
                g_auto(Got) pinned = cut_then_go_on(w, behaviours[i], 300000, true);
                expect_apk(w, &pinned);
                assert_true(pinned.resumed);
        }
}

static void bytes_of_another_url_are_not_gone_on_from(void **state)
{
        World *w = *state;
        g_auto(Got) cut = run(w, wish_part(w, "/fault/cut/300000/x.apk"));
        expect_end(&cut, FETCH_TRUNCATED);
        g_auto(Got) got = run(w, wish_part(w, "/words"));
        expect_end(&got, FETCH_OK);
        assert_false(got.resumed);
        assert_string_equal(got.body, "all the king's horses");
}

static void a_part_without_a_sidecar_is_started_over(void **state)
{
        World *w = *state;
        write_file(w->folder, "part", w->apk, 400000);
        g_auto(Got) got = run(w, wish_apk(w, "/x.apk"));
        expect_apk(w, &got);
        assert_false(got.resumed);
}

static void a_damaged_part_is_found_out_and_then_fetched_anew(void **state)
{
        World *w = *state;
        g_auto(Got) cut = run(w, wish_apk(w, "/fault/cut-once/300000/x.apk"));
        expect_end(&cut, FETCH_TRUNCATED);
        g_autofree char *spoiled = g_memdup2(w->apk, 300000);
        spoiled[150000] ^= 1;
        FILE *part = fopen(w->part, "r+");
        assert_int_equal(fwrite(spoiled, 1, 300000, part), 300000);
        (void)fclose(part);
        g_auto(Got) found = run(w, wish_apk(w, "/fault/cut-once/300000/x.apk"));
        expect_end(&found, FETCH_DIGEST);
        assert_false(part_there(w) || sidecar_there(w));
        g_auto(Got) got = run(w, wish_apk(w, "/fault/cut-once/300000/x.apk"));
        expect_apk(w, &got);
}

static void replace_in_sidecar(World *w, const char *key, const char *value)
{
        g_autofree char *path = g_strconcat(w->part, ".meta", NULL), *text = NULL;
        g_autoptr(GError) error = NULL;
        must_succeed(g_file_get_contents(path, &text, NULL, &error), error);
        g_autofree char *pattern = g_strdup_printf("\"%s\":\\s*\"[^\"]*\"", key);
        g_autofree char *with = g_strdup_printf("\"%s\":\"%s\"", key, value);
        g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, &error);
        g_autofree char *changed = g_regex_replace_literal(regex, text, -1, 0, with, 0, &error);
        assert_string_not_equal(text, changed);
        must_succeed(g_file_set_contents(path, changed, -1, &error), error);
}

static void after_a_reboot_only_a_digest_vouches(void **state)
{
        World *w = *state;
        for (int pinned = 0; pinned < 2; pinned++) {
                world_reset(state);
                FetchWish wish = pinned ? wish_apk(w, "/fault/cut-once/300000/x.apk")
                                        : wish_part(w, "/fault/cut-once/300000/x.apk");
                g_auto(Got) cut = run(w, wish);
                expect_end(&cut, FETCH_TRUNCATED);
                replace_in_sidecar(w, "boot", "another");
                g_auto(Got) got = run(w, wish);
                expect_apk(w, &got);
                assert_int_equal(got.resumed, pinned);
        }
}

static void a_whole_part_needs_no_request(void **state)
{
        World *w = *state;
        g_auto(Got) first = run(w, wish_apk(w, "/x.apk"));
        expect_apk(w, &first);
        assert_true(sidecar_there(w));
        g_auto(Got) again = run(w, wish_apk(w, "/x.apk"));
        expect_apk(w, &again);
        assert_true(again.resumed);
        assert_int_equal(again.status, 0);
        assert_int_equal(fault_server_requests(w->server, NULL), 1);
}

static void a_refusal_leaves_the_part_for_a_better_day(void **state)
{
        World *w = *state;
        g_auto(Got) cut = run(w, wish_apk(w, "/fault/cut-once/300000/x.apk"));
        expect_end(&cut, FETCH_TRUNCATED);
        g_auto(Got) busy = run(w, wish_apk(w, "/fault/429/1/x.apk"));
        expect_end(&busy, FETCH_THROTTLED);
        g_auto(Got) got = run(w, wish_apk(w, "/x.apk"));
        expect_apk(w, &got);
        assert_true(got.resumed);
}

static void packed_bodies_are_not_gone_on_from(void **state)
{
        World *w = *state;
        FetchWish wish = wish_apk(w, "/fault/cut-once/300000/x.apk");
        wish.compressed = true;
        g_auto(Got) cut = run(w, wish);
        expect_end(&cut, FETCH_TRUNCATED);
        assert_false(part_there(w) || sidecar_there(w));
}

/* A process of its own fetches and is killed in the middle: what it had written is gone on from. */
static void a_killed_process_loses_no_more_than_its_last_piece(void **state)
{
        World *w = *state;
        FetchWish wish = wish_apk(w, "/fault/stall/600000/x.apk");
        pid_t child = fork();
        if (child == 0) {
                uv_loop_t loop;
                FetchOptions options = {.user_agent = "overreach/test"};
                Got got = {0};
                uv_loop_init(&loop);
                fetch_start(fetcher_new(&loop, &options, NULL), &wish, keep_reply, &got);
                uv_run(&loop, UV_RUN_DEFAULT);
                _exit(0);
        }
        struct stat info = {0};
        for (int i = 0; i < 500 && info.st_size < HALF_MIB; i++) {
                g_usleep(10000);
                (void)stat(w->part, &info);
        }
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_true(info.st_size >= HALF_MIB);
        assert_true(sidecar_there(w));
        g_auto(Got) got = run(w, wish_apk(w, "/x.apk"));
        expect_apk(w, &got);
        assert_true(got.resumed);
        assert_true(got.wire_bytes < APK_SIZE - HALF_MIB + 1000);
}

static void a_full_disk_keeps_what_fits(void **state)
{
        World *w = *state;
        struct rlimit before, tight;
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        tight = before;
        tight.rlim_cur = 300000;
        (void)signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
        g_auto(Got) full = run(w, wish_apk(w, "/x.apk"));
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        (void)signal(SIGXFSZ, SIG_DFL);
        expect_end(&full, FETCH_DISK);
        assert_true(part_there(w));
        g_auto(Got) got = run(w, wish_apk(w, "/x.apk"));
        expect_apk(w, &got);
        assert_true(got.resumed);
}

#define TEST(f) cmocka_unit_test_setup(f, world_reset)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_cut_anywhere_costs_only_what_is_missing),
                TEST(many_cuts_in_a_row_end_in_the_right_file),
                TEST(a_stalled_or_cancelled_transfer_is_gone_on_from),
                TEST(if_range_carries_the_validator),
                TEST(a_file_that_changed_is_started_over),
                TEST(servers_that_cannot_go_on_are_asked_from_the_start),
                TEST(without_a_strong_validator_only_a_digest_vouches),
                TEST(bytes_of_another_url_are_not_gone_on_from),
                TEST(a_part_without_a_sidecar_is_started_over),
                TEST(a_damaged_part_is_found_out_and_then_fetched_anew),
                TEST(after_a_reboot_only_a_digest_vouches),
                TEST(a_whole_part_needs_no_request),
                TEST(a_refusal_leaves_the_part_for_a_better_day),
                TEST(packed_bodies_are_not_gone_on_from),
                TEST(a_killed_process_loses_no_more_than_its_last_piece),
                TEST(a_full_disk_keeps_what_fits),
        };
        return cmocka_run_group_tests(tests, world_open, world_close);
}
