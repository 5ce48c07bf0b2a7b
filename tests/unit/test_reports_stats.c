/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "core/datafile.h"
#include "reports/stats.h"

#include <math.h>

static void wilson_agrees_with_r_in_every_row(void **state)
{
        (void)state;
        static const char *const columns[] = {"n", "of", "low", "high", NULL};
        g_autoptr(GError) error = NULL;
        g_autoptr(DataFile) file = datafile_open(TEST_SOURCE_DIR "/data/wilson95.tsv", &error);
        must_succeed(file != NULL, error);
        int rows = 0;
        for (const char *f[4]; datafile_next_tsv(file, columns, f, &error); rows++) {
                Interval i = stats_wilson95(g_ascii_strtoll(f[0], NULL, 10), g_ascii_strtoll(f[1], NULL, 10));
                double low = g_ascii_strtod(f[2], NULL), high = g_ascii_strtod(f[3], NULL);
                if (fabs(i.low - low) > 6e-11 || fabs(i.high - high) > 6e-11) /* the table has ten digits */
                        fail_msg("%s of %s: [%.12f, %.12f], expected [%s, %s]", f[0], f[1], i.low, i.high,
                                 f[2], f[3]);
        }
        must_succeed(error == NULL, error);
        assert_int_equal(rows, 21);
}

static void none_and_all_reach_the_ends_exactly(void **state)
{
        (void)state;
        for (int64_t of = 1; of <= 100000; of = of * 3 + 1) {
                assert_true(stats_wilson95(0, of).low == 0);
                assert_true(stats_wilson95(of, of).high == 1);
                assert_true(stats_wilson95(0, of).high > 0 && stats_wilson95(of, of).low < 1);
        }
}

static void an_interval_holds_its_share_and_stays_inside_0_and_1(void **state)
{
        (void)state;
        for (int64_t of = 1; of <= 60; of++) {
                for (int64_t n = 0; n <= of; n++) {
                        Interval i = stats_wilson95(n, of);
                        double p = (double)n / (double)of;
                        assert_true(i.low >= 0 && i.low <= p && p <= i.high && i.high <= 1);
                }
        }
}

/* R's survey package, data(api), apistrat: the share of schools with sch.wide "Yes", its effective size, and Wilson's interval for
 * both. */
static void a_share_of_an_effective_size_agrees_with_r(void **state)
{
        (void)state;
        Interval i = stats_wilson95_of(0.8279480142, 240.3538);
        assert_true(fabs(i.low - 0.7751706456) < 1e-6 && fabs(i.high - 0.8704074214) < 1e-6);
        Interval none = stats_wilson95_of(0.5, 0), wrong = stats_wilson95_of(1.5, 10);
        assert_true(none.low == 0 && none.high == 1 && wrong.low == 0 && wrong.high == 1);
}

static void nonsense_claims_nothing(void **state)
{
        (void)state;
        static const int64_t cases[][2] = {{0, 0}, {3, 0}, {-1, 5}, {6, 5}, {1, -1}};
        for (size_t k = 0; k < G_N_ELEMENTS(cases); k++) {
                Interval i = stats_wilson95(cases[k][0], cases[k][1]);
                assert_true(i.low == 0 && i.high == 1);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(wilson_agrees_with_r_in_every_row),
                cmocka_unit_test(none_and_all_reach_the_ends_exactly),
                cmocka_unit_test(an_interval_holds_its_share_and_stays_inside_0_and_1),
                cmocka_unit_test(a_share_of_an_effective_size_agrees_with_r),
                cmocka_unit_test(nonsense_claims_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
