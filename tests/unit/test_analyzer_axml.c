/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/apk/axml.h"
#include "support/axml_build.h"

/* "<root><leaf></2></1>": starts by name, ends by depth, "!" where it stops with an error. */
static char *events_of(Span bytes, bool lenient, Arena *arena)
{
        Axml xml;
        g_autoptr(GString) out = g_string_new(NULL);
        AxmlEvent event = axml_open(&xml, bytes, lenient, arena, NULL) ? AXML_START : AXML_BAD;
        while (event != AXML_BAD && (event = axml_next(&xml, NULL)) != AXML_DONE && event != AXML_BAD) {
                if (event == AXML_START)
                        g_string_append_printf(out, "<%s>", axml_name(&xml));
                else
                        g_string_append_printf(out, "</%u>", xml.depth);
        }
        if (event == AXML_BAD)
                g_string_append_c(out, '!');
        return arena_str(arena, out->str);
}

static GByteArray *small(AxmlTricks tricks)
{
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "root");
        axml_open_tag(x, "leaf");
        axml_text(x, ATTR_NAME, "näme 🔦");
        axml_number(x, ATTR_VERSION_CODE, 12);
        axml_close_tags(x, 2);
        return axml_end(x, tricks);
}

static void elements_come_with_their_depth(void **state)
{
        (void)state;
        for (int utf8 = 0; utf8 < 2; utf8++) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GByteArray) bytes = small((AxmlTricks){.utf8 = utf8});
                Axml xml;
                g_autoptr(GError) error = NULL;
                must_succeed(axml_open(&xml, span_of_bytes(bytes), false, arena, &error), error);
                assert_int_equal(axml_next(&xml, &error), AXML_START);
                assert_int_equal(xml.depth, 1);
                assert_int_equal(axml_attributes(&xml), 0);
                assert_int_equal(axml_next(&xml, &error), AXML_START);
                assert_int_equal(xml.depth, 2);
                assert_int_equal(axml_attributes(&xml), 2);
                AxmlAttribute a;
                assert_true(axml_find(&xml, ATTR_NAME, &a, NULL));
                assert_string_equal(axml_string(&xml, a.value.data), "näme 🔦");
                assert_string_equal(axml_find_text(&xml, AXML_ANDROID, "name"), "näme 🔦");
                assert_null(axml_find_text(&xml, NULL, "name"));
                assert_true(axml_find(&xml, ATTR_VERSION_CODE, &a, NULL));
                assert_int_equal(a.value.type, RES_INT_DEC);
                assert_int_equal(a.value.data, 12);
                assert_false(axml_find(&xml, ATTR_LABEL, &a, NULL));
                assert_string_equal(events_of(span_of_bytes(bytes), false, arena), "<root><leaf></2></1>");
        }
}

static void a_greater_id_in_front_hides_an_attribute_as_it_does_from_android(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        AxmlBuild *x = axml_begin();
        axml_open_tag(x, "root");
        axml_number(x, ATTR_VERSION_CODE, 1);
        axml_text(x, ATTR_NAME, "hidden");
        axml_close_tags(x, 1);
        g_autoptr(GByteArray) bytes = axml_end(x, (AxmlTricks){0});
        Axml xml;
        AxmlAttribute a;
        bool hidden = false;
        assert_true(axml_open(&xml, span_of_bytes(bytes), false, arena, NULL));
        assert_int_equal(axml_next(&xml, NULL), AXML_START);
        assert_true(axml_find(&xml, ATTR_VERSION_CODE, &a, &hidden));
        assert_false(hidden);
        assert_false(axml_find(&xml, ATTR_NAME, &a, &hidden));
        assert_true(hidden);
}

static void strings_end_where_their_length_says_or_are_none(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GPtrArray) strings = g_ptr_array_new();
        g_autofree char *endless = g_strnfill(40000, 'x');
        g_ptr_array_add(strings, (char *)"one");
        g_ptr_array_add(strings, endless);
        for (int utf8 = 0; utf8 < 2; utf8++) {
                const AxmlTricks tricks = {.utf8 = utf8};
                g_autoptr(GByteArray) bytes = g_byte_array_new();
                put_string_pool(bytes, strings, &tricks);
                StrPool pool;
                assert_true(strpool_open(&pool, span_of_bytes(bytes), false));
                assert_string_equal(strpool_get(&pool, 0, arena), "one");
                /* 40,000 does not fit into UTF-8's 15 bits of length: aapt writes what is left of it. */
                assert_string_equal(strpool_get(&pool, 1, arena), endless);
                assert_null(strpool_get(&pool, 2, arena));
                size_t start = 28 + 2 * 4;
                bytes->data[start + 2 + 3 * (utf8 ? 1 : 2)] = 'y'; /* the first terminator */
                assert_null(strpool_get(&pool, 0, arena));
        }
}

static void a_broken_surrogate_is_replaced_and_a_pair_is_one_character(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        /* Modified UTF-8 as aapt2 writes it: each surrogate three bytes. */
        static const uint8_t pool_bytes[] = {
                1, 0, 28,   0,    52,   0,    0,    0,    2, 0, 0, 0,    0,    0,    0, 0, 0, 1,
                0, 0, 36,   0,    0,    0,    0,    0,    0, 0, 0, 0,    0,    0,    9, 0, 0, 0,
                2, 6, 0xed, 0xa0, 0xbd, 0xed, 0xb4, 0xa6, 0, 1, 3, 0xed, 0xa0, 0xbd, 0, 0};
        StrPool pool;
        assert_int_equal(sizeof pool_bytes, 52);
        assert_true(strpool_open(&pool, span_of(pool_bytes, sizeof pool_bytes), false));
        assert_string_equal(strpool_get(&pool, 0, arena), "🔦");
        assert_string_equal(strpool_get(&pool, 1, arena), "\xef\xbf\xbd");
}

static void what_android_refuses_is_refused_and_read_leniently(void **state)
{
        (void)state;
        const AxmlTricks refused[] = {
                {.unaligned_node = true}, {.string_count = 0x7fffffff}, {.unterminated_pool = true}};
        for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GByteArray) bytes = small(refused[i]);
                assert_true(g_str_has_suffix(events_of(span_of_bytes(bytes), false, arena), "!"));
                assert_string_equal(events_of(span_of_bytes(bytes), true, arena), "<root><leaf></2></1>");
        }
}

static void a_document_cut_short_ends_in_an_error(void **state)
{
        (void)state;
        g_autoptr(GByteArray) bytes = small((AxmlTricks){0});
        for (guint len = 0; len < bytes->len; len++) {
                g_autoptr(Arena) arena = arena_new();
                assert_string_equal(events_of(span_of(bytes->data, len), false, arena), "!");
        }
}

static void nesting_without_end_is_a_limit(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        AxmlBuild *x = axml_begin();
        for (int i = 0; i < AXML_DEPTH_LIMIT + 1; i++)
                axml_open_tag(x, "deep");
        axml_close_tags(x, AXML_DEPTH_LIMIT + 1);
        g_autoptr(GByteArray) bytes = axml_end(x, (AxmlTricks){0});
        Axml xml;
        must_succeed(axml_open(&xml, span_of_bytes(bytes), false, arena, &error), error);
        for (int i = 0; i < AXML_DEPTH_LIMIT; i++)
                assert_int_equal(axml_next(&xml, &error), AXML_START);
        assert_int_equal(axml_next(&xml, &error), AXML_BAD);
        assert_true(fault_is(error, FAULT_LIMIT));
        assert_int_equal(axml_next(&xml, NULL), AXML_BAD);
}

static void bytes_changed_anywhere_never_break_the_reader(void **state)
{
        (void)state;
        g_autoptr(GByteArray) bytes = small((AxmlTricks){.utf8 = true});
        static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
        for (guint at = 0; at < bytes->len; at++) {
                for (size_t v = 0; v < sizeof values; v++) {
                        g_autoptr(Arena) arena = arena_new();
                        uint8_t before = bytes->data[at];
                        bytes->data[at] = values[v];
                        assert_non_null(events_of(span_of_bytes(bytes), false, arena));
                        assert_non_null(events_of(span_of_bytes(bytes), true, arena));
                        bytes->data[at] = before;
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(elements_come_with_their_depth),
                cmocka_unit_test(a_greater_id_in_front_hides_an_attribute_as_it_does_from_android),
                cmocka_unit_test(strings_end_where_their_length_says_or_are_none),
                cmocka_unit_test(a_broken_surrogate_is_replaced_and_a_pair_is_one_character),
                cmocka_unit_test(what_android_refuses_is_refused_and_read_leniently),
                cmocka_unit_test(a_document_cut_short_ends_in_an_error),
                cmocka_unit_test(nesting_without_end_is_a_limit),
                cmocka_unit_test(bytes_changed_anywhere_never_break_the_reader),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
