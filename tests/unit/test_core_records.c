/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "core/clock.h"
#include "core/cursor.h"
#include "core/digest.h"
#include "core/factid.h"

static void a_cursor_past_the_end_reads_zero_and_stays_not_ok(void **state)
{
        static const uint8_t bytes[] = {1, 2, 3, 4, 5};
        Cursor c = cursor_over(span_of(bytes, sizeof bytes));
        assert_int_equal(cursor_u32(&c), 0x04030201);
        assert_int_equal(cursor_u16(&c), 0);
        assert_false(c.ok);
        assert_int_equal(cursor_u8(&c), 0); /* one byte is left, but it failed once */
        assert_int_equal(cursor_left(&c), 0);
        assert_false(cursor_at(span_of(bytes, 5), 6).ok);
        assert_int_equal(span_part(span_of(bytes, 5), 3, SIZE_MAX).len, 0); /* no wrapped offset */
}

static void uleb128_ends_after_five_bytes(void **state)
{
        static const uint8_t good[] = {0xff, 0xff, 0xff, 0xff, 0x0f},
                             endless[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
        Cursor c = cursor_over(span_of(good, sizeof good));
        assert_true(cursor_uleb128(&c) == UINT32_MAX && c.ok);
        c = cursor_over(span_of(endless, sizeof endless));
        cursor_uleb128(&c);
        assert_false(c.ok);
}

static void digests_are_those_of_fips_180(void **state)
{
        char hex[SHA256_HEX_SIZE];
        digest_sha256_hex(span_str("abc"), hex);
        assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        digest_sha256_hex(span_str(""), hex);
        assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_true(hex_is_sha256(hex));
        hex[3] = 'G';
        assert_false(hex_is_sha256(hex));
        assert_false(hex_is_sha256("ab"));
        uint8_t out[2];
        assert_true(hex_decode("0aFF", out, 2) && out[0] == 10 && out[1] == 255);
        assert_false(hex_decode("0aF", out, 2) || hex_decode("0aFFF", out, 2) || hex_decode("0axx", out, 2));
}

static void a_vector_comes_back_sorted_and_without_doubles(void **state)
{
        static const guint32 in[] = {5, 1, 300, 5, G_MAXUINT32, 1}, expected[] = {1, 5, 300, G_MAXUINT32};
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
        g_autoptr(GByteArray) packed = g_byte_array_new();
        g_autoptr(GArray) back = g_array_new(FALSE, FALSE, sizeof(guint32));
        g_array_append_vals(ids, in, G_N_ELEMENTS(in));
        vector_encode(ids, packed);
        assert_true(vector_decode(span_of(packed->data, packed->len), back));
        assert_int_equal(back->len, G_N_ELEMENTS(expected));
        assert_memory_equal(back->data, expected, sizeof expected);
}

static void a_damaged_vector_is_refused(void **state)
{
        static const uint8_t cut[] = {0x85}, still[] = {5, 0}, over[] = {0xff, 0xff, 0xff, 0xff, 0x0f, 1};
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
        assert_false(vector_decode(span_of(cut, sizeof cut), ids));
        assert_false(vector_decode(span_of(still, sizeof still), ids));
        assert_false(vector_decode(span_of(over, sizeof over), ids));
}

static void add(const char *id, void *context)
{
        g_string_append_printf(context, "%s\n", id);
}

static Facts *torch(Arena *arena)
{
        static const char *const names[] = {"android.permission.CAMERA", "android.permission.CAMERA", "a.B"};
        Facts *facts = record_new(arena, Facts, facts__init);
        facts->sha256 = (char *)"00";
        facts->outcome = (char *)"analysed";
        facts->has_target_sdk = true;
        facts->target_sdk = 33;
        for (int i = 0; i < 3; i++) {
                Permission *p = record_new(arena, Permission, permission__init);
                p->name = (char *)names[i];
                p->has_flags = true;
                p->flags = i == 2 ? 0x10000 : 0;
                arena_push(arena, &facts->n_permissions, &facts->permissions, p);
        }
        return facts;
}

static void a_permission_declared_twice_is_one_fact(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GString) ids = g_string_new(NULL);
        Facts *facts = torch(arena);
        factid_of_facts(facts, add, ids);
        assert_string_equal(
                ids->str,
                "outcome:analysed\npermission:android.permission.CAMERA\npermission:a.B\ntarget-sdk:33\n");
        g_string_truncate(ids, 0);
        facts->outcome = (char *)"unanalysable:no-manifest";
        factid_of_facts(facts, add, ids);
        assert_string_equal(ids->str, "outcome:unanalysable:no-manifest\n");
        const char *what = NULL;
        assert_true(factid_has_kind("sdk:umeng", "sdk", &what));
        assert_string_equal(what, "umeng");
        assert_false(factid_has_kind("sdks:umeng", "sdk", NULL));
}

static void records_survive_the_way_through_bytes(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) packed = record_pack(torch(arena));
        gsize len;
        const uint8_t *bytes = g_bytes_get_data(packed, &len);
        Facts *back = record_facts(arena, span_of(bytes, len), &error);
        must_succeed(back != NULL, error);
        assert_int_equal(back->n_permissions, 3);
        g_autoptr(GBytes) again = record_pack(back);
        assert_true(g_bytes_equal(packed, again));
        assert_null(record_facts(arena, span_of(bytes, len - 3), &error));
        assert_true(fault_is(error, FAULT_MALFORMED));
}

static void the_scan_object_has_its_fixed_keys_in_order(void **state)
{
        static const char *const keys[] = {"path",         "sha256",  "outcome", "package",    "version_code",
                                           "version_name", "label",   "min_sdk", "target_sdk", "permissions",
                                           "components",   "signers", "sdks",    "anomalies"};
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(Json) json = record_facts_json(torch(arena), "x.apk");
        size_t i = 0;
        for (JsonEach e = json_each(json); i < G_N_ELEMENTS(keys) && json_next(&e); i++)
                assert_string_equal(e.key, keys[i]);
        assert_int_equal(i, G_N_ELEMENTS(keys));
        const Json *last = json_at(json_get(json, "permissions"), 2);
        assert_string_equal(json_text(json_at(json_get(last, "flags"), 0)), "neverForLocation");
        assert_true(json_is_null(json_get(last, "max_sdk")));
}

static void canonical_json_leaves_out_what_belongs_to_a_run(void **state)
{
        Observation seen = OBSERVATION__INIT;
        seen.outcome = (char *)"analysed";
        seen.has_seen_at_ms = seen.has_attempts = true;
        seen.seen_at_ms = 1;
        seen.attempts = 2;
        g_autoptr(Json) all = record_json(&seen.base, false), canonical = record_json(&seen.base, true);
        g_autofree char *a = json_print(all, false), *c = json_print(canonical, false);
        assert_string_equal(a, "{\"outcome\":\"analysed\",\"seen_at_ms\":1,\"attempts\":2}");
        assert_string_equal(c, "{\"outcome\":\"analysed\"}");
}

static void a_frozen_clock_stands(void **state)
{
        clock_freeze(1795291445123);
        assert_true(clock_now_ms() == 1795291445123 && clock_mono_ms() == 1795291445123);
        g_autofree char *text = clock_text(clock_now_ms());
        assert_string_equal(text, "2026-11-21T20:04:05Z");
        clock_thaw();
        assert_true(clock_now_ms() != 1795291445123);
}

static void growing_arrays_keep_what_they_hold(void **state)
{
        g_autoptr(Arena) arena = arena_new();
        size_t n = 0;
        char **items = NULL;
        for (int i = 0; i < 1000; i++)
                arena_push(arena, &n, &items, arena_printf(arena, "%d", i));
        for (int i = 0; i < 1000; i++)
                assert_int_equal(atoi(items[i]), i);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_cursor_past_the_end_reads_zero_and_stays_not_ok),
                cmocka_unit_test(uleb128_ends_after_five_bytes),
                cmocka_unit_test(digests_are_those_of_fips_180),
                cmocka_unit_test(a_vector_comes_back_sorted_and_without_doubles),
                cmocka_unit_test(a_damaged_vector_is_refused),
                cmocka_unit_test(a_permission_declared_twice_is_one_fact),
                cmocka_unit_test(records_survive_the_way_through_bytes),
                cmocka_unit_test(the_scan_object_has_its_fixed_keys_in_order),
                cmocka_unit_test(canonical_json_leaves_out_what_belongs_to_a_run),
                cmocka_unit_test(a_frozen_clock_stands),
                cmocka_unit_test(growing_arrays_keep_what_they_hold),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
