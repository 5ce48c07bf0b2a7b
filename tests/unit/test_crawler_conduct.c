/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "crawler/conduct.h"

static const int64_t t0 = INT64_C(1800000000000);

static HostConduct *watched(void)
{
        HostConduct *conduct = conduct_new("https://m.example", "m", NULL, NULL);
        conduct_limit(conduct, 2, 3, 3);
        return conduct;
}

static Conduct *record_of(HostConduct *conduct, Arena *arena)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) packed = conduct_pack(conduct);
        Conduct *record = record_conduct(arena, record_span(packed), &error);
        must_succeed(record != NULL, error);
        return record;
}

static void gaps_are_counted_in_powers_of_two(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(HostConduct) conduct = watched();
        static const int64_t gaps[] = {0, 1, 2, 3, 4, 7, 8, 1023, 1024, INT64_C(1) << 40};
        int64_t now = t0;
        conduct_begin(conduct, now, 1);
        for (size_t i = 0; i < G_N_ELEMENTS(gaps); i++)
                conduct_begin(conduct, now += gaps[i], 1);
        const Conduct *c = record_of(conduct, arena);
        assert_int_equal(c->requests, 11);
        assert_int_equal(c->n_gaps, 32);
        assert_int_equal(c->gaps[0], 2);
        assert_int_equal(c->gaps[1], 2);
        assert_int_equal(c->gaps[2], 2);
        assert_int_equal(c->gaps[3], 1);
        assert_int_equal(c->gaps[9], 1);
        assert_int_equal(c->gaps[10], 1);
        assert_int_equal(c->gaps[31], 1);
        assert_int_equal(c->shortest_gap_ms, 0);
        assert_int_equal(c->first_ms, t0);
        assert_int_equal(c->last_ms, now);
}

/* Against the definition, over starts that bunch and pause. */
static void the_burst_is_the_least_that_all_windows_fit(void **state)
{
        enum { N = 300 };
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GRand) dice = g_rand_new_with_seed(11);
        g_autoptr(HostConduct) conduct = watched();
        int64_t at[N], now = t0;
        double least = 0;
        for (int i = 0; i < N; i++) {
                at[i] = now += g_rand_int_range(dice, 0, 1 << g_rand_int_range(dice, 1, 12));
                conduct_begin(conduct, now, 1);
                for (int a = 0; a <= i; a++)
                        least = MAX(least, (i - a + 1) - 2.0 * (double)(at[i] - at[a]) / 1000);
        }
        assert_float_equal(record_of(conduct, arena)->burst, least, 1e-6);
}

static void a_limit_that_is_kept_shows_no_more_than_its_burst(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(HostConduct) conduct = watched();
        for (int i = 0; i < 3; i++)
                conduct_begin(conduct, t0, i + 1);
        for (int i = 1; i < 100; i++)
                conduct_begin(conduct, t0 + i * 500, 1);
        const Conduct *c = record_of(conduct, arena);
        assert_float_equal(c->burst, 3, 1e-6);
        assert_int_equal(c->burst_limit, 3);
        assert_float_equal(c->excess, 0, 1e-6);
        assert_int_equal(c->most_at_once, 3);
        conduct_begin(conduct, t0 + 99 * 500 + 100, 1);
        assert_float_equal(record_of(conduct, arena)->excess, 0.8, 1e-6);
}

static void a_limit_made_stricter_is_not_broken_by_what_was_begun_before(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(HostConduct) conduct = watched();
        for (int i = 0; i < 3; i++)
                conduct_begin(conduct, t0, i + 1);
        conduct_limit(conduct, 1, 1, 1);
        conduct_begin(conduct, t0 + 3000, 1);
        const Conduct *c = record_of(conduct, arena);
        assert_float_equal(c->burst, 3, 1e-6);
        assert_float_equal(c->excess, 0, 1e-6);
}

static void counting_goes_on_in_the_next_run(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(HostConduct) before = watched();
        conduct_begin(before, t0, 2);
        conduct_end(before, &(ConductEnd){.now_ms = t0 + 50,
                                          .wire_bytes = 700,
                                          .throttled = true,
                                          .failed = true,
                                          .wait_ms = 5000,
                                          .address = "192.0.2.1"});
        conduct_robots(before, "obeyed");
        g_autoptr(HostConduct) after = conduct_new("https://m.example", "m", "ua", record_of(before, arena));
        assert_false(conduct_changed(after));
        conduct_limit(after, 2, 3, 3);
        conduct_begin(after, t0 + 6000, 1);
        conduct_end(
                after,
                &(ConductEnd){.now_ms = t0 + 6100, .wire_bytes = 300, .wait_ms = -1, .address = "192.0.2.1"});
        conduct_end(after, &(ConductEnd){.now_ms = t0 + 6100, .wait_ms = -1, .address = "2001:db8::1"});
        assert_true(conduct_changed(after));
        const Conduct *c = record_of(after, arena);
        assert_false(conduct_changed(after));
        assert_int_equal(c->requests, 2);
        assert_int_equal(c->shortest_gap_ms, 6000);
        assert_int_equal(c->wire_bytes, 1000);
        assert_int_equal(c->throttled, 1);
        assert_int_equal(c->failures, 1);
        assert_int_equal(c->retry_afters, 1);
        assert_int_equal(c->longest_wait_ms, 5000);
        assert_int_equal(c->most_at_once, 2);
        assert_string_equal(c->robots, "obeyed");
        assert_int_equal(c->n_addresses, 2);
        assert_string_equal(c->addresses[1], "2001:db8::1");
        assert_false(c->has_early);
        assert_string_equal(c->user_agent, "ua");
}

static void a_request_before_its_time_is_not_forgotten(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(HostConduct) conduct = watched();
        conduct_begin(conduct, t0, 1);
        conduct_end(conduct, &(ConductEnd){.now_ms = t0, .failed = true, .wait_ms = 5000});
        conduct_begin(conduct, t0 + 4999, 1);
        conduct_begin(conduct, t0 + 5000, 1);
        assert_int_equal(record_of(conduct, arena)->early, 1);
        g_autoptr(HostConduct) other = watched();
        conduct_rest(other, t0 + 100); /* told in an earlier sweep */
        conduct_begin(other, t0, 1);
        assert_int_equal(record_of(other, arena)->early, 1);
}

static void addresses_and_gaps_of_a_strange_record_are_cut(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        Conduct *odd = record_new(arena, Conduct, conduct__init);
        odd->host = (char *)"h";
        odd->n_gaps = 100;
        odd->gaps = arena_array(arena, uint64_t, 100);
        odd->n_addresses = 100;
        odd->addresses = arena_array(arena, char *, 100);
        for (int i = 0; i < 100; i++)
                odd->addresses[i] = arena_printf(arena, "192.0.2.%d", i);
        g_autoptr(HostConduct) conduct = conduct_new("h", NULL, NULL, odd);
        conduct_end(conduct, &(ConductEnd){.wait_ms = -1, .address = "198.51.100.1"});
        const Conduct *c = record_of(conduct, arena);
        assert_int_equal(c->n_gaps, CONDUCT_GAPS);
        assert_int_equal(c->n_addresses, CONDUCT_ADDRESSES);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(gaps_are_counted_in_powers_of_two),
                cmocka_unit_test(the_burst_is_the_least_that_all_windows_fit),
                cmocka_unit_test(a_limit_that_is_kept_shows_no_more_than_its_burst),
                cmocka_unit_test(a_limit_made_stricter_is_not_broken_by_what_was_begun_before),
                cmocka_unit_test(counting_goes_on_in_the_next_run),
                cmocka_unit_test(a_request_before_its_time_is_not_forgotten),
                cmocka_unit_test(addresses_and_gaps_of_a_strange_record_are_cut),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
