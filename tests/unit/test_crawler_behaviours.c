/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Servers that misbehave in every way we know: each ends as it should, all at the same time, and while they do a decent host is
 * served as if they were not there. tests/support/fault_server.h says what each target does; bench/behaviours measures what they cost. */
#include "unit/fetch_world.h"

#include "core/text.h"

typedef enum { TO_MEMORY, TO_DISK, UNPACKED } How;

static const struct {
        const char *target;
        FetchEnd end;
        How how;
        const char *detail; /* part of it; NULL: anything */
} behaviours[] = {
        /* what a status says */
        {"/none.apk", FETCH_GONE, TO_DISK, "HTTP 404"},
        {"/fault/status/410/x", FETCH_GONE, TO_MEMORY, "HTTP 410"},
        {"/fault/status/451/x", FETCH_GONE, TO_MEMORY, "HTTP 451"},
        {"/fault/status/403/x", FETCH_REFUSED, TO_MEMORY, "HTTP 403"},
        {"/fault/auth", FETCH_REFUSED, TO_MEMORY, "HTTP 401"},
        {"/fault/status/500/x", FETCH_SERVER, TO_DISK, "HTTP 500"},
        {"/fault/status/503/x", FETCH_SERVER, TO_MEMORY, "HTTP 503"},
        {"/fault/status/204/x", FETCH_PROTOCOL, TO_MEMORY, "HTTP 204"},
        {"/fault/status/304/x", FETCH_PROTOCOL, TO_MEMORY, "HTTP 304"},
        {"/fault/status/999/x", FETCH_PROTOCOL, TO_MEMORY, "HTTP 999"},
        {"/fault/unasked-206/words", FETCH_PROTOCOL, TO_MEMORY, "no range was asked for"},
        {"/fault/page/404/9000000", FETCH_GONE, TO_MEMORY, "HTTP 404"},
        {"/fault/upgrade", FETCH_PROTOCOL, TO_MEMORY, "HTTP 101"},
        /* told to wait */
        {"/fault/status/429/x", FETCH_THROTTLED, TO_MEMORY, "HTTP 429"},
        {"/fault/429/7/x", FETCH_THROTTLED, TO_DISK, "HTTP 429"},
        {"/fault/429/9223372036854775808/x", FETCH_THROTTLED, TO_MEMORY, "HTTP 429"},
        {"/fault/429/Sun,%2006%20Nov%202994%2008:49:37%20GMT/x", FETCH_THROTTLED, TO_MEMORY, "HTTP 429"},
        {"/fault/429/soon/x", FETCH_THROTTLED, TO_MEMORY, "HTTP 429"},
        {"/fault/503-date/60/x", FETCH_THROTTLED, TO_MEMORY, "HTTP 503"},
        /* time */
        {"/fault/stall-head", FETCH_STALLED, TO_MEMORY, "too slow"},
        {"/fault/stall/10/words", FETCH_STALLED, TO_MEMORY, "too slow"},
        {"/fault/stall/1024/x.apk", FETCH_STALLED, TO_DISK, "too slow"},
        {"/fault/slow/50/x.apk", FETCH_STALLED, TO_DISK, "too slow"},
        {"/fault/slow-head/100", FETCH_STALLED, TO_MEMORY, "too slow"},
        /* length */
        {"/fault/cut/1024/x.apk", FETCH_TRUNCATED, TO_DISK, "ended after 1,024 of 700,001 bytes"},
        {"/fault/reset/1024/x.apk", FETCH_TRUNCATED, TO_DISK, "of 700,001 bytes"},
        {"/fault/long-length/7/words", FETCH_TRUNCATED, TO_MEMORY, "ended after 21 of 28 bytes"},
        {"/fault/short-length/7/words", FETCH_OK, TO_MEMORY, NULL},
        {"/fault/no-length/words", FETCH_OK, TO_MEMORY, NULL},
        {"/fault/duplicate-length/words", FETCH_OK, TO_MEMORY, NULL},
        {"/fault/negative-length/words", FETCH_PROTOCOL, TO_MEMORY, NULL},
        {"/fault/bad-length/words", FETCH_OK, TO_MEMORY, NULL},
        {"/fault/both-lengths", FETCH_OK, TO_MEMORY, NULL},
        {"/fault/endless", FETCH_TOO_LARGE, TO_MEMORY, "more than 16,777,216 bytes"},
        {"/fault/endless", FETCH_TOO_LARGE, TO_DISK, "more than 16,777,216 bytes"},
        /* chunks */
        {"/fault/chunked/words", FETCH_OK, TO_MEMORY, NULL},
        {"/fault/chunk-error/words", FETCH_TRUNCATED, TO_MEMORY, "broke off"},
        {"/fault/huge-chunk", FETCH_TRUNCATED, TO_MEMORY, NULL},
        {"/fault/negative-chunk", FETCH_TRUNCATED, TO_MEMORY, NULL},
        /* packed */
        {"/fault/gzip/words", FETCH_OK, UNPACKED, NULL},
        {"/fault/gzip-forced/words", FETCH_PROTOCOL, TO_MEMORY, "came compressed"},
        {"/fault/bad-gzip", FETCH_PROTOCOL, UNPACKED, NULL},
        {"/fault/nested-gzip", FETCH_OK, UNPACKED, NULL},
        {"/fault/odd-encoding", FETCH_PROTOCOL, UNPACKED, NULL},
        {"/fault/gzip-bomb", FETCH_TOO_LARGE, UNPACKED, "over 200:1"},
        {"/fault/deflate-bomb", FETCH_TOO_LARGE, UNPACKED, "over 200:1"},
        {"/fault/zstd-bomb", FETCH_TOO_LARGE, UNPACKED, "over 200:1"},
        {"/fault/br-bomb", FETCH_TOO_LARGE, UNPACKED, "over 200:1"},
        {"/fault/gzip-bomb", FETCH_PROTOCOL, TO_MEMORY, "came compressed"},
        /* redirects */
        {"/fault/redirect-loop", FETCH_REDIRECTS, TO_MEMORY, "redirect"},
        {"/fault/cookie", FETCH_REDIRECTS, TO_MEMORY, "redirect"},
        {"/fault/redirect-chain/10/words", FETCH_OK, TO_MEMORY, NULL},
        {"/fault/redirect-chain/500/words", FETCH_REDIRECTS, TO_MEMORY, "redirect"},
        {"/fault/redirect-nowhere", FETCH_REDIRECTS, TO_MEMORY, "HTTP 302"},
        {"/fault/redirect-to?u=file:%2F%2F%2Fetc%2Fpasswd", FETCH_REDIRECTS, TO_MEMORY, "file"},
        {"/fault/redirect-to?u=gopher:%2F%2F127.0.0.1%2Fx", FETCH_REDIRECTS, TO_MEMORY, "gopher"},
        {"/fault/redirect-endless", FETCH_TOO_LARGE, TO_MEMORY, "over the wire"},
        /* heads */
        {"/fault/endless-headers", FETCH_PROTOCOL, TO_MEMORY, "headers are over 256 KiB"},
        {"/fault/endless-1xx", FETCH_PROTOCOL, TO_MEMORY, "headers are over 256 KiB"},
        {"/fault/many-headers", FETCH_PROTOCOL, TO_MEMORY, "headers are over 256 KiB"},
        {"/fault/big-header", FETCH_PROTOCOL, TO_MEMORY, NULL},
        {"/fault/garbage", FETCH_PROTOCOL, TO_MEMORY, "HTTP/0.9"},
        {"/fault/no-status", FETCH_PROTOCOL, TO_MEMORY, NULL},
        {"/fault/bad-status", FETCH_PROTOCOL, TO_MEMORY, NULL},
        {"/fault/nul-header", FETCH_PROTOCOL, TO_MEMORY, NULL},
        {"/fault/folded-header", FETCH_OK, TO_MEMORY, NULL},
        {"/fault/drop", FETCH_CONNECT, TO_MEMORY, NULL},
        {"http://127.0.0.1:1/", FETCH_CONNECT, TO_MEMORY, NULL},
};

typedef struct {
        size_t i;
        char *part;
        Got got;
} Case;

static FetchWish wish_of(World *w, Case *c)
{
        FetchWish wish = wish_for(w, behaviours[c->i].target);
        if (behaviours[c->i].how == TO_DISK)
                wish.part_path = c->part;
        wish.compressed = behaviours[c->i].how == UNPACKED;
        return wish;
}

/* Another host: its own server, its own connections. */
typedef struct {
        World *world;
        char *url;
        size_t left;
        unsigned failed;
} Decent;

static void decent_came(const FetchReply *reply, void *context)
{
        Decent *decent = context;
        decent->failed += reply->end != FETCH_OK || reply->body.len != 21;
        decent->left--;
}

/* All that are wrong are told, not the first alone. */
static unsigned wrong(const Case *c)
{
        const char *target = behaviours[c->i].target, *wanted = behaviours[c->i].detail;
        bool ended = c->got.times == 1 && c->got.end == behaviours[c->i].end;
        bool told = !wanted || strstr(c->got.detail, wanted);
        if (!ended)
                print_error("%s ended %s (%d times) where %s is expected: %s\n", target,
                            fetch_end_name(c->got.end), c->got.times, fetch_end_name(behaviours[c->i].end),
                            c->got.detail);
        else if (!told)
                print_error("%s says: %s\n", target, c->got.detail);
        return !ended || !told;
}

static long peak_kb(void)
{
        g_autofree char *status = NULL;
        long kb = 0;
        assert_true(g_file_get_contents("/proc/self/status", &status, NULL, NULL));
        const char *line = strstr(status, "VmHWM:");
        assert_non_null(line);
        assert_int_equal(sscanf(line, "VmHWM: %ld", &kb), 1);
        return kb;
}

static void every_misbehaviour_ends_as_specified_and_no_other_host_notices(void **state)
{
        World *w = *state;
        g_autoptr(GError) error = NULL;
        FaultServer *other = fault_server_start(w->folder, 0, NULL, &error);
        must_succeed(other != NULL, error);
        Decent decent = {
                .world = w, .left = 400, .url = g_strconcat(fault_server_url(other), "/words", NULL)};
        unsigned bad = 0;
        Case cases[G_N_ELEMENTS(behaviours)] = {{0}};
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                cases[i].i = i;
                cases[i].part = g_strdup_printf("%s.%zu", w->part, i);
                FetchWish wish = wish_of(w, &cases[i]);
                fetch_start(w->fetcher, &wish, keep_reply, &cases[i].got);
        }
        FetchWish good = wish_for(w, decent.url);
        for (size_t i = decent.left; i > 0; i--)
                fetch_start(w->fetcher, &good, decent_came, &decent);
        while (fetch_running(w->fetcher) > 0)
                uv_run(&w->loop, UV_RUN_ONCE);
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                bad += wrong(&cases[i]);
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                fetch_forget(cases[i].part);
                g_free(cases[i].part);
                got_clear(&cases[i].got);
        }
        assert_int_equal(bad, 0);
        assert_int_equal(decent.left, 0);
        assert_int_equal(decent.failed, 0);
        fault_server_stop(other);
        g_free(decent.url);
#ifndef OVERREACH_SANITIZED
        assert_true(peak_kb() < 256L * 1024);
#else
        assert_true(peak_kb() > 0);
#endif
}

/* An answer that is reset after each number of its bytes: nothing but the whole of it is ever taken for an answer. */
static void a_reset_at_any_byte_is_never_an_answer(void **state)
{
        World *w = *state;
        enum { HEAD = 62, BODY = 19 };
        for (int n = 1; n < HEAD + BODY; n++) {
                g_autofree char *target = g_strdup_printf("/fault/reset-head/%d", n);
                g_auto(Got) got = get(w, target);
                if (got.end == FETCH_OK)
                        fail_msg("%d bytes were taken for an answer of %zu: %s", n, got.len, got.detail);
                assert_true(got.end == FETCH_CONNECT || got.end == FETCH_TRUNCATED ||
                            got.end == FETCH_PROTOCOL);
        }
        g_auto(Got) whole = get(w, "/fault/reset-head/81");
        assert_int_equal(whole.len, whole.end == FETCH_OK ? BODY : 0);
}

#define TEST(f) cmocka_unit_test_setup(f, world_reset)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(every_misbehaviour_ends_as_specified_and_no_other_host_notices),
                TEST(a_reset_at_any_byte_is_never_an_answer),
        };
        return cmocka_run_group_tests(tests, world_open, world_close);
}
