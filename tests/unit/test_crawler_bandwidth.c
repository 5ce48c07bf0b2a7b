/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "crawler/bandwidth.h"

static const int64_t t0 = INT64_C(1800000000000);

static void without_a_cap_nothing_waits(void **state)
{
        Bandwidth any;
        bandwidth_init(&any, 0, t0);
        bandwidth_take(&any, INT64_C(1) << 50, t0);
        assert_int_equal(bandwidth_wait(&any, t0), 0);
}

static void what_is_taken_is_paid_before_the_next_one_starts(void **state)
{
        Bandwidth b;
        bandwidth_init(&b, 1000, t0);
        assert_int_equal(bandwidth_wait(&b, t0), 0);
        bandwidth_take(&b, 5000, t0);
        assert_int_equal(bandwidth_wait(&b, t0), 5000);
        assert_int_equal(bandwidth_wait(&b, t0 + 4999), 1);
        assert_int_equal(bandwidth_wait(&b, t0 + 5000), 0);
}

static void what_did_not_come_is_given_back(void **state)
{
        Bandwidth b;
        bandwidth_init(&b, 1000, t0);
        bandwidth_take(&b, 5000, t0);
        bandwidth_take(&b, -4800, t0 + 100); /* a 304 */
        assert_int_equal(bandwidth_wait(&b, t0 + 100), 100);
        bandwidth_take(&b, -1000000, t0 + 100);
        bandwidth_take(&b, 2000, t0 + 100); /* but no more than a second's bytes are ever saved up */
        assert_int_equal(bandwidth_wait(&b, t0 + 100), 1000);
}

/* An hour of files of all sizes, each started as soon as it may: in every window that begins with a start, what was started before
 * the window's last one fits into one second's bytes and the cap. */
static void over_any_time_the_cap_holds_but_for_one_transfer(void **state)
{
        enum { N = 400 };
        g_autoptr(GRand) dice = g_rand_new_with_seed(7);
        Bandwidth b;
        int64_t now = t0, at[N], size[N];
        bandwidth_init(&b, 50000, t0);
        for (int i = 0; i < N; i++) {
                now += bandwidth_wait(&b, now);
                at[i] = now;
                size[i] = g_rand_int_range(dice, 0, 1 << g_rand_int_range(dice, 1, 20));
                bandwidth_take(&b, size[i], now);
        }
        for (int a = 0; a < N; a++) {
                double sum = 0;
                for (int z = a; z < N; sum += (double)size[z++])
                        assert_true(sum <= 50000 + 50.0 * (double)(at[z] - at[a] + 1));
        }
}

static void a_clock_set_back_gives_nothing_twice(void **state)
{
        Bandwidth b;
        bandwidth_init(&b, 1000, t0);
        bandwidth_take(&b, 3000, t0);
        assert_int_equal(bandwidth_wait(&b, t0 - 3600000), 3000);
        assert_int_equal(bandwidth_wait(&b, t0 - 3600000 + 3000), 0);
}

static void one_transfer_gets_the_lower_cap_that_is_set(void **state)
{
        Bandwidth any, slow, fast;
        bandwidth_init(&any, 0, t0);
        bandwidth_init(&slow, 1000, t0);
        bandwidth_init(&fast, 9000, t0);
        assert_int_equal(bandwidth_speed(&any, &any), 0);
        assert_int_equal(bandwidth_speed(&any, &fast), 9000);
        assert_int_equal(bandwidth_speed(&slow, &any), 1000);
        assert_int_equal(bandwidth_speed(&fast, &slow), 1000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(without_a_cap_nothing_waits),
                cmocka_unit_test(what_is_taken_is_paid_before_the_next_one_starts),
                cmocka_unit_test(what_did_not_come_is_given_back),
                cmocka_unit_test(over_any_time_the_cap_holds_but_for_one_transfer),
                cmocka_unit_test(a_clock_set_back_gives_nothing_twice),
                cmocka_unit_test(one_transfer_gets_the_lower_cap_that_is_set),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
