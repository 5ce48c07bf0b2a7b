/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "crawler/breaker.h"

static const int64_t t0 = INT64_C(1800000000000);
static const BreakerRule rule = {.failures = 3, .rest_ms = 1000, .max_rest_ms = 5000, .patience = 4};

static Breaker *opened(void)
{
        Breaker *breaker = breaker_new(rule, NULL, t0);
        for (int i = 0; i < 3; i++) {
                breaker_begin(breaker, t0);
                assert_int_equal(breaker_failure(breaker, t0), i == 2);
        }
        return breaker;
}

static void fewer_failures_in_a_row_do_not_open_it(void **state)
{
        g_autoptr(Breaker) breaker = breaker_new(rule, NULL, t0);
        for (int i = 0; i < 20; i++) {
                breaker_begin(breaker, t0);
                if (i % 3 == 2)
                        breaker_success(breaker, t0);
                else
                        assert_false(breaker_failure(breaker, t0));
                assert_int_equal(breaker_wait(breaker, t0), 0);
        }
}

static void after_the_row_it_rests_and_then_one_request_tries(void **state)
{
        g_autoptr(Breaker) breaker = opened();
        assert_int_equal(breaker_wait(breaker, t0), 1000);
        assert_int_equal(breaker_wait(breaker, t0 + 999), 1);
        assert_int_equal(breaker_wait(breaker, t0 + 1000), 0);
        breaker_begin(breaker, t0 + 1000);
        assert_int_equal(breaker_wait(breaker, t0 + 1000), -1); /* nobody else */
        breaker_success(breaker, t0 + 1100);
        assert_int_equal(breaker_wait(breaker, t0 + 1100), 0);
        assert_false(breaker_is_open(breaker));
}

static void each_trial_that_fails_doubles_the_rest_up_to_its_cap(void **state)
{
        g_autoptr(Breaker) breaker = opened();
        int64_t now = t0, rests[] = {1000, 2000, 4000, 5000};
        for (size_t i = 0; i < G_N_ELEMENTS(rests); i++) {
                assert_int_equal(breaker_wait(breaker, now), rests[i]);
                assert_int_equal(breaker_gave_up(breaker), i == 3);
                now += rests[i];
                breaker_begin(breaker, now);
                assert_true(breaker_failure(breaker, now));
        }
}

static void ends_of_older_requests_are_no_news(void **state)
{
        g_autoptr(Breaker) breaker = opened();
        assert_false(breaker_failure(breaker, t0 + 500));
        breaker_success(breaker, t0 + 600);
        assert_int_equal(breaker_wait(breaker, t0 + 600), 400);
        assert_int_equal(breaker_trips(breaker), 1);
}

static void a_trial_that_we_stopped_may_be_made_again(void **state)
{
        g_autoptr(Breaker) breaker = opened();
        breaker_begin(breaker, t0 + 1000);
        breaker_cancel(breaker);
        assert_int_equal(breaker_wait(breaker, t0 + 1000), 0);
        assert_true(breaker_is_open(breaker));
}

static void the_rest_outlives_the_process(void **state)
{
        g_autoptr(Breaker) before = opened();
        HostState kept = HOST_STATE__INIT;
        breaker_state(before, &kept);
        assert_string_equal(kept.reason, "breaker");
        assert_int_equal(kept.not_before_ms, t0 + 1000);
        g_autoptr(Breaker) after = breaker_new(rule, &kept, t0 + 400);
        assert_int_equal(breaker_wait(after, t0 + 400), 600);
        breaker_begin(after, t0 + 1000);
        assert_true(breaker_failure(after, t0 + 1000));
        assert_int_equal(breaker_wait(after, t0 + 1000), 2000);
}

static void a_row_that_was_begun_outlives_the_process(void **state)
{
        g_autoptr(Breaker) before = breaker_new(rule, NULL, t0);
        for (int i = 0; i < 2; i++)
                (void)breaker_failure(before, t0);
        HostState kept = HOST_STATE__INIT;
        breaker_state(before, &kept);
        g_autoptr(Breaker) after = breaker_new(rule, &kept, t0);
        assert_int_equal(breaker_wait(after, t0), 0);
        assert_true(breaker_failure(after, t0));
}

static void a_new_run_gives_a_market_that_was_given_up_one_more_trial(void **state)
{
        HostState kept = HOST_STATE__INIT;
        kept.has_breaker_trips = kept.has_breaker_until_ms = true;
        kept.breaker_trips = 4;
        kept.breaker_until_ms = t0 + INT64_C(1) * 365 * 24 * 3600 * 1000;
        g_autoptr(Breaker) breaker = breaker_new(rule, &kept, t0);
        assert_false(breaker_gave_up(breaker));
        assert_int_equal(breaker_wait(breaker, t0), 5000); /* no state rests it for longer than the cap */
        breaker_begin(breaker, t0 + 5000);
        assert_true(breaker_failure(breaker, t0 + 5000));
        assert_true(breaker_gave_up(breaker));
}

static void a_clock_set_back_takes_the_rest_along(void **state)
{
        g_autoptr(Breaker) breaker = opened();
        assert_int_equal(breaker_wait(breaker, t0 - 3600000), 1000);
        assert_int_equal(breaker_wait(breaker, t0 - 3600000 + 1000), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(fewer_failures_in_a_row_do_not_open_it),
                cmocka_unit_test(after_the_row_it_rests_and_then_one_request_tries),
                cmocka_unit_test(each_trial_that_fails_doubles_the_rest_up_to_its_cap),
                cmocka_unit_test(ends_of_older_requests_are_no_news),
                cmocka_unit_test(a_trial_that_we_stopped_may_be_made_again),
                cmocka_unit_test(the_rest_outlives_the_process),
                cmocka_unit_test(a_row_that_was_begun_outlives_the_process),
                cmocka_unit_test(a_new_run_gives_a_market_that_was_given_up_one_more_trial),
                cmocka_unit_test(a_clock_set_back_takes_the_rest_along),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
