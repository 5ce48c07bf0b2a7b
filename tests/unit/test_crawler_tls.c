/* SPDX-License-Identifier: GPL-3.0-or-later */
/* https: a certificate that does not hold ends the fetch before anything is asked. */
#include "unit/fetch_world.h"

#include "support/tls_front.h"

#include <signal.h>

static const struct {
        TlsKind kind;
        FetchEnd end;
        const char *detail; /* part of it */
        unsigned requests;  /* that the server got to read */
} cases[] = {
        {TLS_GOOD, FETCH_OK, "", 1},
        {TLS_EXPIRED, FETCH_CONNECT, "expired", 0},
        {TLS_NOT_YET, FETCH_CONNECT, "not yet valid", 0},
        {TLS_SELF_SIGNED, FETCH_CONNECT, "self", 0},
        {TLS_OTHER_CA, FETCH_CONNECT, "", 0},
        {TLS_WRONG_HOST, FETCH_CONNECT, "127.0.0.1", 0},
        {TLS_NO_HOST, FETCH_CONNECT, "127.0.0.1", 0},
        {TLS_NOT_A_SERVER, FETCH_CONNECT, "certificate", 0},
        {TLS_OLD, FETCH_CONNECT, "", 0},
        {TLS_PLAIN, FETCH_CONNECT, "", 0},
        {TLS_SILENT, FETCH_CONNECT, "timeout", 0},
        {TLS_DROPPED, FETCH_CONNECT, "", 0},
        {TLS_CUT, FETCH_TRUNCATED, "10 of 21 bytes", 1},
};

typedef struct {
        World *world;
        Fetcher *fetcher; /* that trusts the test's authority */
        char *ca;
} Tls;

static int open_tls(void **state)
{
        Tls *tls = g_new0(Tls, 1);
        g_autoptr(GError) error = NULL;
        (void)signal(SIGPIPE, SIG_IGN); /* as the program does */
        world_open((void **)&tls->world);
        tls->ca = g_build_filename(tls->world->folder, "ca.pem", NULL);
        TlsFront *first = tls_front_start(tls->world->folder, TLS_GOOD); /* makes ca.pem */
        tls_front_stop(first);
        FetchOptions options = {.user_agent = "overreach/test",
                                .connect_ms = 1000,
                                .low_speed_s = 1,
                                .total_s = 4,
                                .ca_file = tls->ca};
        tls->fetcher = fetcher_new(&tls->world->loop, &options, &error);
        must_succeed(tls->fetcher != NULL, error);
        *state = tls;
        return 0;
}

static int close_tls(void **state)
{
        Tls *tls = *state;
        g_autofree char *key = g_build_filename(tls->world->folder, "ca.key", NULL);
        (void)g_unlink(key);
        (void)g_unlink(tls->ca);
        g_free(tls->ca);
        fetcher_free(tls->fetcher);
        world_close((void **)&tls->world);
        g_free(tls);
        return 0;
}

static Got fetch(Tls *tls, Fetcher *fetcher, const char *url)
{
        Got got = {0};
        FetchWish wish = wish_for(tls->world, url);
        fetch_start(fetcher, &wish, keep_reply, &got);
        while (got.times == 0)
                uv_run(&tls->world->loop, UV_RUN_ONCE);
        return got;
}

static void only_a_certificate_that_holds_is_talked_to(void **state)
{
        Tls *tls = *state;
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                TlsFront *front = tls_front_start(tls->world->folder, cases[i].kind);
                g_autofree char *url = g_strconcat(tls_front_url(front), "/words", NULL);
                g_auto(Got) got = fetch(tls, tls->fetcher, url);
                unsigned requests = tls_front_requests(front);
                tls_front_stop(front);
                if (got.end != cases[i].end || !strstr(got.detail, cases[i].detail))
                        fail_msg("kind %d ended %s: %s", cases[i].kind, fetch_end_name(got.end), got.detail);
                assert_int_equal(requests, cases[i].requests);
                if (got.end == FETCH_OK)
                        assert_string_equal(got.body, "all the king's horses");
        }
}

static void an_authority_that_this_machine_does_not_know_is_not_trusted(void **state)
{
        Tls *tls = *state;
        TlsFront *front = tls_front_start(tls->world->folder, TLS_GOOD);
        g_autofree char *url = g_strconcat(tls_front_url(front), "/words", NULL);
        g_auto(Got) got = fetch(tls, tls->world->fetcher, url);
        expect_end(&got, FETCH_CONNECT);
        assert_int_equal(tls_front_requests(front), 0);
        tls_front_stop(front);
}

static void a_redirect_to_a_bad_certificate_ends_there(void **state)
{
        Tls *tls = *state;
        TlsFront *front = tls_front_start(tls->world->folder, TLS_EXPIRED);
        g_autofree char *target = g_strdup_printf("/fault/redirect-to?u=%s/words", tls_front_url(front));
        g_auto(Got) got = fetch(tls, tls->fetcher, target);
        expect_end(&got, FETCH_CONNECT);
        assert_int_equal(tls_front_requests(front), 0);
        tls_front_stop(front);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_a_certificate_that_holds_is_talked_to),
                cmocka_unit_test(an_authority_that_this_machine_does_not_know_is_not_trusted),
                cmocka_unit_test(a_redirect_to_a_bad_certificate_ends_there),
        };
        return cmocka_run_group_tests(tests, open_tls, close_tls);
}
