/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "store/key.h"

static KeyBytes spelled(StoreTable table, StoreKey key)
{
        g_autoptr(GError) error = NULL;
        KeyBytes bytes;
        must_succeed(key_spell(table, &key, &bytes, &error), error);
        return bytes;
}

static int order(StoreTable table, StoreKey a, StoreKey b)
{
        KeyBytes x = spelled(table, a), y = spelled(table, b);
        return span_cmp(key_span(&x), key_span(&y));
}

static void every_key_reads_back(void **state)
{
        (void)state;
        StoreKey key = {.sweep = 0xfffefdfc,
                        .layer = "facts",
                        .market = "f-droid",
                        .package = "",
                        .artifact = "ab12",
                        .passes = "p1",
                        .name = "\xff\x01"};
        for (StoreTable table = 0; table < STORE_TABLES; table++) {
                KeyBytes bytes = spelled(table, key), again;
                StoreKey read;
                assert_true(key_read(table, key_span(&bytes), &read));
                assert_true(key_spell(table, &read, &again, NULL));
                assert_true(span_eq(key_span(&bytes), key_span(&again)));
                for (size_t cut = 0; cut < bytes.len; cut++) /* no part of a key is a key */
                        assert_false(key_read(table, span_of(bytes.bytes, cut), &read));
                bytes.bytes[bytes.len] = 'x';
                assert_false(key_read(table, span_of(bytes.bytes, bytes.len + 1), &read));
        }
}

static void byte_order_is_the_order_of_the_parts(void **state)
{
        (void)state;
        StoreKey a = {.sweep = 255, .market = "m", .package = "a.b"}, b = a;
        b.package = "a.b.c";
        assert_true(order(STORE_OBSERVATIONS, a, b) < 0);
        b = a;
        b.sweep = 256;
        assert_true(order(STORE_OBSERVATIONS, a, b) < 0);
        assert_true(order(STORE_LISTINGS, a, b) < 0);
        b = (StoreKey){.sweep = 255, .market = "m-beta", .package = "a"};
        assert_true(order(STORE_OBSERVATIONS, a, b) < 0); /* the market decides before the package */
        assert_true(order(STORE_LISTINGS, a, b) < 0);
}

static void a_prefix_holds_whole_parts_only(void **state)
{
        (void)state;
        StoreKey package = {.market = "m", .package = "a.b"},
                 longer = {.market = "m", .package = "a.b.c", .sweep = 1};
        KeyBytes prefix, bytes = spelled(STORE_LISTINGS, longer);
        assert_true(key_spell_prefix(STORE_LISTINGS, &package, &prefix, NULL));
        assert_false(span_starts(key_span(&bytes), key_span(&prefix)));
        longer.package = "a.b";
        bytes = spelled(STORE_LISTINGS, longer);
        assert_true(span_starts(key_span(&bytes), key_span(&prefix)));
        assert_true(key_spell_prefix(STORE_LISTINGS, &(StoreKey){.package = "a"}, &prefix, NULL));
        assert_int_equal(prefix.len, 0); /* the first part is missing */
}

static void a_missing_or_endless_part_is_refused_by_name(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autofree char *fits = g_strnfill(KEY_STRING, 'p'), *endless = g_strnfill(KEY_STRING + 1, 'p');
        KeyBytes bytes;
        assert_false(key_spell(STORE_OBSERVATIONS, &(StoreKey){.sweep = 1, .package = "a"}, &bytes, &error));
        assert_true(fault_is(error, FAULT_BUG));
        assert_non_null(strstr(error->message, "observations needs its market"));
        g_clear_error(&error);
        assert_false(key_spell(STORE_SWEEPS, &(StoreKey){0}, &bytes, &error));
        assert_true(fault_is(error, FAULT_BUG));
        g_clear_error(&error);
        StoreKey key = {.sweep = 1, .layer = fits, .market = fits, .package = fits};
        assert_true(key_spell(STORE_FINDINGS, &key, &bytes, NULL));
        key.package = endless;
        assert_false(key_spell(STORE_FINDINGS, &key, &bytes, &error));
        assert_true(fault_is(error, FAULT_LIMIT));
        assert_non_null(strstr(error->message, "findings: package of 4097 bytes"));
}

static void errand_keys_sort_by_time_and_read_back(void **state)
{
        (void)state;
        static const int64_t times[] = {0, 1, 255, 256, (int64_t)1 << 32, 1763760000000, INT64_MAX};
        KeyBytes before = {.len = 0};
        for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
                ErrandKey key = {ERRAND_WAITING, 7, "https://h:1", times[i], "apk/x"}, read;
                KeyBytes bytes;
                assert_true(key_spell_errand(&key, &bytes, NULL));
                assert_true(span_cmp(key_span(&before), key_span(&bytes)) < 0);
                assert_true(key_read_errand(key_span(&bytes), &read));
                assert_true(read.row == ERRAND_WAITING && read.at_ms == times[i] && read.sweep == 7);
                assert_string_equal(read.host, "https://h:1");
                assert_string_equal(read.id, "apk/x");
                before = bytes;
        }
        KeyBytes early, zero;
        assert_true(key_spell_errand(&(ErrandKey){ERRAND_LEASED, 7, NULL, -5, "a"}, &early, NULL));
        assert_true(key_spell_errand(&(ErrandKey){ERRAND_LEASED, 7, NULL, 0, "a"}, &zero, NULL));
        assert_true(span_eq(key_span(&early), key_span(&zero)));
}

static void bytes_of_chance_are_read_within_their_bounds(void **state)
{
        (void)state;
        g_autoptr(GRand) chance = g_rand_new_with_seed(20261121);
        static const uint8_t likely[] = {0, 0, 0, 1, 'a', 'e', 'w', 'l', 'x', 'm', 'f', 0xff};
        for (int i = 0; i < 200000; i++) {
                size_t len = (size_t)g_rand_int_range(chance, 0, 40);
                g_autofree uint8_t *bytes =
                        g_malloc(len ? len : 1); /* exact, so that a step too far is seen */
                for (size_t k = 0; k < len; k++)
                        bytes[k] = likely[g_rand_int_range(chance, 0, G_N_ELEMENTS(likely))];
                StoreKey key;
                ErrandKey errand;
                uint32_t number;
                for (StoreTable table = 0; table < STORE_TABLES; table++) {
                        KeyBytes again;
                        if (key_read(table, span_of(bytes, len), &key) &&
                            key_spell(table, &key, &again, NULL))
                                assert_true(span_eq(span_of(bytes, len), key_span(&again)));
                }
                (void)key_read_errand(span_of(bytes, len), &errand);
                (void)key_read_fact(span_of(bytes, len), &number);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_key_reads_back),
                cmocka_unit_test(byte_order_is_the_order_of_the_parts),
                cmocka_unit_test(a_prefix_holds_whole_parts_only),
                cmocka_unit_test(a_missing_or_endless_part_is_refused_by_name),
                cmocka_unit_test(errand_keys_sort_by_time_and_read_back),
                cmocka_unit_test(bytes_of_chance_are_read_within_their_bounds),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
