/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "crawler/pace.h"

enum { START = 1800000000 };
static const int64_t t0 = (int64_t)START * 1000;

static Pace *gentle(const HostState *state)
{
        PaceRule rule = {
                .requests_per_second = 2, .connections = 3, .base_backoff_ms = 1000, .max_backoff_ms = 60000};
        return pace_new("https://f-droid.org", rule, state, t0, 42);
}

static void a_fresh_host_may_be_asked_at_once(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        assert_int_equal(pace_wait(pace, t0), 0);
        assert_int_equal(pace_in_flight(pace), 0);
}

static void never_more_connections_than_the_rule_says(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(pace_wait(pace, t0), 0);
                pace_begin(pace, t0);
        }
        assert_int_equal(pace_in_flight(pace), 3);
        assert_int_equal(pace_wait(pace, t0 + 3600000), -1);
        pace_cancel(pace);
        assert_int_equal(pace_wait(pace, t0 + 3600000), 0);
}

/* Ten minutes of asking whenever it is allowed, against the rule read backwards: any window of t seconds. */
static void never_more_requests_than_the_rule_says(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        g_autoptr(GArray) begun = g_array_new(FALSE, FALSE, sizeof(int64_t));
        for (int64_t now = t0; now < t0 + 600000; now += 7)
                while (pace_wait(pace, now) == 0) {
                        pace_begin(pace, now);
                        pace_success(pace, now);
                        g_array_append_val(begun, now);
                }
        const int64_t *at = (const int64_t *)(void *)begun->data;
        assert_in_range(begun->len, 1180, 1203); /* nor much fewer: 3 at once and 2 a second */
        for (guint a = 0; a < begun->len; a += 13)
                for (guint b = a; b < begun->len; b++)
                        assert_true((double)(b - a + 1) <= 3 + 2.0 * (double)(at[b] - at[a]) / 1000 + 1e-6);
}

static void the_wait_told_is_the_wait_needed(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        for (int i = 0; i < 3; i++) {
                pace_begin(pace, t0);
                pace_success(pace, t0);
        }
        assert_int_equal(pace_wait(pace, t0), 500);
        assert_int_equal(pace_wait(pace, t0 + 499), 1);
        assert_int_equal(pace_wait(pace, t0 + 500), 0);
}

static void back_off_grows_with_failures_in_a_row_up_to_its_cap(void **state)
{
        (void)state;
        double sums[12] = {0};
        enum { HOSTS = 400 };
        for (int h = 0; h < HOSTS; h++) {
                PaceRule rule = {.requests_per_second = 1000,
                                 .connections = 1,
                                 .base_backoff_ms = 1000,
                                 .max_backoff_ms = 60000};
                g_autoptr(Pace) pace = pace_new("h", rule, NULL, t0, (uint64_t)h);
                int64_t now = t0;
                for (int i = 0; i < 12; i++) {
                        pace_begin(pace, now);
                        int64_t again = pace_failure(pace, now, -1);
                        int64_t most = i < 6 ? 1000 << i : 60000;
                        assert_in_range(again - now, 0, most); /* full jitter: anything from 0 to the most */
                        sums[i] += (double)(again - now);
                        now = again + 10;
                }
        }
        for (int i = 0; i < 12; i++) {
                double mean = sums[i] / HOSTS, half = (i < 6 ? 1000 << i : 60000) / 2.0;
                assert_true(mean > half * 0.85 && mean < half * 1.15);
        }
}

static void a_success_ends_the_row(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        g_autoptr(Arena) arena = arena_new();
        int64_t now = t0;
        for (int i = 0; i < 8; i++) {
                pace_begin(pace, now);
                now = pace_failure(pace, now, -1) + 1;
        }
        assert_int_equal(pace_state(pace, arena)->failures, 8);
        now += 1000;
        pace_begin(pace, now);
        pace_success(pace, now);
        assert_false(pace_state(pace, arena)->has_failures);
        pace_begin(pace, now);
        assert_true(pace_failure(pace, now, -1) - now <= 1000);
}

static void parallel_failures_of_one_trouble_count_once(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        g_autoptr(Arena) arena = arena_new();
        for (int i = 0; i < 3; i++)
                pace_begin(pace, t0);
        (void)pace_failure(pace, t0, 5000);
        (void)pace_failure(pace, t0 + 10, -1);
        assert_int_equal(pace_failure(pace, t0 + 20, 9000), t0 + 9020); /* but a longer rest is obeyed */
        assert_int_equal(pace_state(pace, arena)->failures, 1);
}

static void retry_after_is_obeyed_even_past_the_back_off(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        pace_begin(pace, t0);
        assert_int_equal(pace_failure(pace, t0, 7200000), t0 + 7200000);
        assert_int_equal(pace_wait(pace, t0), 7200000);
        assert_int_equal(pace_wait(pace, t0 + 7199999), 1);
        assert_int_equal(pace_wait(pace, t0 + 7200000), 0);
        pace_begin(pace, t0 + 7200000);
        int64_t now = t0 + 7200000;
        assert_true(pace_failure(pace, now, INT64_MAX / 2) - now <= PACE_REST_MAX_MS);
}

static void an_answer_to_an_older_request_does_not_end_the_rest(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        pace_begin(pace, t0);
        pace_begin(pace, t0);
        (void)pace_failure(pace, t0 + 1, 60000);
        pace_success(pace, t0 + 2);
        assert_int_equal(pace_wait(pace, t0 + 1001), 59000);
}

static void the_state_outlives_the_process(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(Pace) before = gentle(NULL);
        pace_begin(before, t0);
        (void)pace_failure(before, t0, 90000);
        HostState *kept = pace_state(before, arena);
        assert_string_equal(kept->host, "https://f-droid.org");
        assert_int_equal(kept->requests, 1);
        g_autoptr(Pace) after = gentle(kept);
        assert_int_equal(pace_wait(after, t0 + 30000), 60000);
        pace_begin(after, t0 + 90000);
        (void)pace_failure(after, t0 + 90000, -1);
        assert_int_equal(pace_state(after, arena)->failures, 2);
        assert_int_equal(pace_state(after, arena)->requests, 2);
}

static void a_clock_set_back_neither_blocks_nor_floods(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        HostState *far = record_new(arena, HostState, host_state__init);
        far->has_not_before_ms = true;
        far->not_before_ms = t0 + (int64_t)400 * 24 * 3600 * 1000;
        g_autoptr(Pace) stuck = gentle(far);
        assert_int_equal(pace_wait(stuck, t0), PACE_REST_MAX_MS);
        g_autoptr(Pace) pace = gentle(NULL);
        for (int i = 0; i < 3; i++) {
                pace_begin(pace, t0);
                pace_success(pace, t0);
        }
        assert_int_equal(pace_wait(pace, t0 - 3600000), 500);
        assert_int_equal(pace_wait(pace, t0 - 3600000 + 499), 1);
        assert_int_equal(pace_wait(pace, t0 - 3600000 + 500),
                         0); /* nor for the hour that is lived through again */
        pace_begin(pace, t0);
        assert_int_equal(pace_failure(pace, t0, 90000), t0 + 90000);
        assert_int_equal(pace_wait(pace, t0 - 7200000), 90000); /* a wait stays as long as it was */
        assert_int_equal(pace_wait(pace, t0 - 7200000 + 90000), 0);
}

static void a_clock_set_back_between_two_runs_keeps_the_wait(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(Pace) before = gentle(NULL);
        pace_begin(before, t0);
        (void)pace_failure(before, t0, 90000);
        g_autoptr(Pace) after =
                pace_new("h", (PaceRule){2, 3, 0, 0}, pace_state(before, arena), t0 - 3600000, 42);
        assert_int_equal(pace_wait(after, t0 - 3600000), 90000);
}

/* Whatever was begun after the state was written, all windows hold: the bucket is empty when the next process begins. */
static void a_restart_is_no_licence_for_a_burst(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(Pace) before = gentle(NULL);
        g_autoptr(GArray) begun = g_array_new(FALSE, FALSE, sizeof(int64_t));
        HostState *kept = NULL;
        int64_t now = t0;
        for (; now < t0 + 20000; now += 7)
                while (pace_wait(before, now) == 0) {
                        pace_begin(before, now);
                        pace_success(before, now);
                        g_array_append_val(begun, now);
                        if (!kept) /* the only time it is written down */
                                kept = pace_state(before, arena);
                }
        PaceRule rule = {.requests_per_second = 2, .connections = 3};
        g_autoptr(Pace) after = pace_new("https://f-droid.org", rule, kept, now, 42);
        assert_int_equal(pace_wait(after, now), 500);
        for (; now < t0 + 40000; now += 7)
                while (pace_wait(after, now) == 0) {
                        pace_begin(after, now);
                        pace_success(after, now);
                        g_array_append_val(begun, now);
                }
        const int64_t *at = (const int64_t *)(void *)begun->data;
        for (guint a = 0; a < begun->len; a++)
                for (guint b = a; b < begun->len; b++)
                        assert_true((double)(b - a + 1) <= 3 + 2.0 * (double)(at[b] - at[a]) / 1000 + 1e-6);
}

static void a_host_not_asked_for_days_begins_anew(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(Pace) before = gentle(NULL);
        pace_begin(before, t0);
        pace_success(before, t0);
        int64_t later = t0 + 2 * (int64_t)PACE_REST_MAX_MS;
        g_autoptr(Pace) after = pace_new("h", (PaceRule){2, 3, 0, 0}, pace_state(before, arena), later, 42);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(pace_wait(after, later), 0);
                pace_begin(after, later);
        }
}

static void after_a_rest_there_is_one_token(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        pace_begin(pace, t0);
        (void)pace_failure(pace, t0, 60000);
        pace_begin(pace, t0 + 60000);
        pace_success(pace, t0 + 60000);
        assert_int_equal(pace_wait(pace, t0 + 60000), 500);
}

static void too_much_without_a_time_halves_the_rate(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        int64_t now = t0;
        pace_begin(pace, now);
        (void)pace_throttled(pace, now, 3000); /* it said how long: that is kept instead */
        assert_float_equal(pace_rate(pace), 2, 1e-9);
        now += 60000;
        for (int i = 0; i < 2; i++) /* both of one trouble */
                pace_begin(pace, now);
        now = pace_throttled(pace, now, -1);
        (void)pace_throttled(pace, now - 1, -1);
        assert_float_equal(pace_rate(pace), 1, 1e-9);
        now += 3600000; /* nor bursts */
        pace_begin(pace, now);
        assert_int_equal(pace_wait(pace, now), 1000);
        pace_cancel(pace);
        for (int i = 0; i < 20; i++) {
                now += 3600000;
                pace_begin(pace, now);
                (void)pace_throttled(pace, now, -1);
        }
        assert_float_equal(pace_rate(pace), 1 / 60.0, 1e-9);
}

static void good_answers_bring_the_rate_back_and_no_further(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(Pace) pace = gentle(NULL);
        int64_t now = t0;
        pace_begin(pace, now);
        (void)pace_throttled(pace, now, -1);
        assert_float_equal(pace_state(pace, arena)->rate, 1, 1e-9);
        double before = pace_rate(pace);
        for (int i = 0; i < 60; i++) {
                now += 60000;
                pace_begin(pace, now);
                pace_success(pace, now);
                assert_true(pace_rate(pace) >= before && pace_rate(pace) - before < 0.0401);
                before = pace_rate(pace);
                assert_true(i > 23 || pace_rate(pace) < 2);
        }
        assert_float_equal(pace_rate(pace), 2, 1e-9);
        assert_int_equal(pace_burst(pace), 3);
        assert_false(pace_state(pace, arena)->has_rate);
}

static void the_slowed_down_rate_outlives_the_process(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(Pace) before = gentle(NULL);
        pace_begin(before, t0);
        (void)pace_throttled(before, t0, -1);
        g_autoptr(Pace) after = gentle(pace_state(before, arena));
        assert_float_equal(pace_rate(after), 1, 1e-9);
        HostState odd = HOST_STATE__INIT;
        odd.has_rate = true;
        odd.rate = 1e300; /* a market file that was made stricter since */
        g_autoptr(Pace) strict = gentle(&odd);
        assert_float_equal(pace_rate(strict), 2, 1e-9);
}

static void the_reason_to_wait_is_told(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        int64_t until = -1;
        assert_null(pace_reason(pace, t0, &until));
        assert_int_equal(until, 0);
        for (int i = 0; i < 3; i++)
                pace_begin(pace, t0);
        assert_string_equal(pace_reason(pace, t0, &until), "connections");
        pace_success(pace, t0);
        assert_string_equal(pace_reason(pace, t0, &until), "rate");
        assert_int_equal(until, t0 + 500);
        (void)pace_failure(pace, t0, 7000);
        assert_string_equal(pace_reason(pace, t0, &until), "retry-after");
        assert_int_equal(until, t0 + 7000);
        g_autoptr(Arena) arena = arena_new();
        assert_string_equal(pace_state(pace, arena)->reason, "retry-after");
        g_autoptr(Pace) after = gentle(pace_state(pace, arena));
        assert_string_equal(pace_reason(after, t0 + 100, &until), "retry-after");
        for (int i = 0; i < 9; i++) {
                pace_begin(after, t0 + 60000);
                (void)pace_failure(after, t0 + 60000 + i, -1);
        }
        assert_string_equal(pace_state(after, arena)->reason, "back-off");
}

static void hosts_of_one_address_get_the_stricter_of_their_rules(void **state)
{
        (void)state;
        g_autoptr(Pace) place = gentle(NULL);
        pace_tighten(place, (PaceRule){.requests_per_second = 5, .connections = 1}, t0);
        assert_float_equal(pace_limit(place), 2, 1e-9);
        assert_int_equal(pace_connections(place), 1);
        pace_begin(place, t0);
        pace_charge(place, t0); /* found out afterwards: a debt */
        pace_cancel(place);
        assert_int_equal(pace_wait(place, t0), 1000);
}

static void crawl_delay_slows_down_and_never_speeds_up(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        pace_slow_down(pace, 100, t0);
        pace_begin(pace, t0);
        pace_success(pace, t0);
        assert_int_equal(pace_wait(pace, t0), 0); /* still the rule's burst */
        pace_slow_down(pace, 0.1, t0);
        pace_begin(pace, t0 + 10000);
        pace_success(pace, t0 + 10000);
        assert_int_equal(pace_wait(pace, t0 + 10000), 10000);
        pace_slow_down(pace, 0, t0 + 10000);
        assert_int_equal(pace_wait(pace, t0 + 20000), 0);
}

/* robots.txt is read a while after it was asked for, and its answer holds from its own request on. */
static void crawl_delay_counts_from_the_last_request(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        pace_begin(pace, t0);
        pace_success(pace, t0 + 200);
        pace_slow_down(pace, 0.5, t0 + 900);
        assert_int_equal(pace_wait(pace, t0 + 900), 1100);
        assert_int_equal(pace_burst(pace), 1);
        g_autoptr(Arena) arena = arena_new();
        HostState *kept = pace_state(pace, arena);
        kept->robots = record_new(arena, Robots, robots__init);
        kept->robots->has_crawl_delay_ms = true;
        kept->robots->crawl_delay_ms = 2000;
        g_autoptr(Pace) after = gentle(kept); /* the clock was set back to t0, too */
        assert_int_equal(pace_wait(after, t0), 2000);
}

static void what_left_late_counts_from_then_on(void **state)
{
        (void)state;
        g_autoptr(Pace) pace = gentle(NULL);
        for (int i = 0; i < 2; i++) {
                pace_begin(pace, t0);
                pace_cancel(pace);
        }
        pace_left_late(pace, t0 + 900); /* of three tokens one is left, and 1.8 more would have come */
        pace_begin(pace, t0 + 900);
        assert_int_equal(pace_wait(pace, t0 + 900), 500);
        pace_left_late(pace, t0 + 900);
        assert_int_equal(pace_wait(pace, t0 + 1400), 0);
}

static void the_same_seed_gives_the_same_jitter(void **state)
{
        (void)state;
        g_autoptr(Pace) a = gentle(NULL);
        g_autoptr(Pace) b = gentle(NULL);
        for (int i = 0; i < 5; i++) {
                int64_t now = t0 + (int64_t)i * 3600000;
                pace_begin(a, now);
                pace_begin(b, now);
                assert_int_equal(pace_failure(a, now, -1), pace_failure(b, now, -1));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_fresh_host_may_be_asked_at_once),
                cmocka_unit_test(never_more_connections_than_the_rule_says),
                cmocka_unit_test(never_more_requests_than_the_rule_says),
                cmocka_unit_test(the_wait_told_is_the_wait_needed),
                cmocka_unit_test(back_off_grows_with_failures_in_a_row_up_to_its_cap),
                cmocka_unit_test(a_success_ends_the_row),
                cmocka_unit_test(parallel_failures_of_one_trouble_count_once),
                cmocka_unit_test(retry_after_is_obeyed_even_past_the_back_off),
                cmocka_unit_test(an_answer_to_an_older_request_does_not_end_the_rest),
                cmocka_unit_test(the_state_outlives_the_process),
                cmocka_unit_test(a_clock_set_back_neither_blocks_nor_floods),
                cmocka_unit_test(a_clock_set_back_between_two_runs_keeps_the_wait),
                cmocka_unit_test(a_restart_is_no_licence_for_a_burst),
                cmocka_unit_test(a_host_not_asked_for_days_begins_anew),
                cmocka_unit_test(after_a_rest_there_is_one_token),
                cmocka_unit_test(too_much_without_a_time_halves_the_rate),
                cmocka_unit_test(good_answers_bring_the_rate_back_and_no_further),
                cmocka_unit_test(the_slowed_down_rate_outlives_the_process),
                cmocka_unit_test(the_reason_to_wait_is_told),
                cmocka_unit_test(hosts_of_one_address_get_the_stricter_of_their_rules),
                cmocka_unit_test(crawl_delay_slows_down_and_never_speeds_up),
                cmocka_unit_test(crawl_delay_counts_from_the_last_request),
                cmocka_unit_test(what_left_late_counts_from_then_on),
                cmocka_unit_test(the_same_seed_gives_the_same_jitter),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
