/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "analyzer/apk/arsc.h"
#include "support/arsc_build.h"

enum { FIRST = 0x7f010000 };

static Arsc *open_tables(const ArscTable *tables, size_t n, Arena *arena)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GByteArray) bytes = arsc_build(tables, n);
        uint8_t *copy = arena_alloc(arena, bytes->len);
        memcpy(copy, bytes->data, bytes->len);
        Arsc *arsc = arsc_open(span_of(copy, bytes->len), arena, &error);
        must_succeed(arsc != NULL, error);
        return arsc;
}

/* "=Torch zh=手电" */
static const char *values_text(const Arsc *arsc, uint32_t id, Arena *arena)
{
        const ArscValue *values;
        size_t n = arsc_values(arsc, id, &values);
        g_autoptr(GString) out = g_string_new(NULL);
        for (size_t i = 0; i < n; i++)
                g_string_append_printf(out, "%s%s=%s", i ? " " : "", values[i].locale, values[i].text);
        return arena_str(arena, out->str);
}

static void a_string_comes_with_its_locales(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const ArscTable tables[] = {
                {.language = "zh", .region = "TW", .values = {{RES_STRING, "手電"}}, .n = 1},
                {.language = "zh",
                 .region = "HK",
                 .script = "Hant",
                 .values = {{RES_STRING, "電筒"}},
                 .n = 1},
                {.values = {{RES_STRING, "Torch 🔦"}}, .n = 1},
                {.language = "fil", .values = {{RES_STRING, "Sulo"}}, .n = 1}};
        const Arsc *arsc = open_tables(tables, 4, arena);
        assert_string_equal(values_text(arsc, FIRST, arena), "=Torch 🔦 fil=Sulo zh-Hant-HK=電筒 zh-TW=手電");
        assert_string_equal(arsc_default(arsc, FIRST)->text, "Torch 🔦");
}

static void without_a_default_english_stands_in_and_else_the_first(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const ArscTable tables[] = {
                {.language = "de", .values = {{RES_STRING, "Lampe"}, {RES_STRING, "nur"}}, .n = 2},
                {.language = "en", .values = {{RES_STRING, "Lamp"}}, .n = 1}};
        const Arsc *arsc = open_tables(tables, 2, arena);
        assert_string_equal(arsc_default(arsc, FIRST)->text, "Lamp");
        assert_string_equal(arsc_default(arsc, FIRST + 1)->text, "nur");
}

static void the_value_with_the_fewest_conditions_is_taken(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const ArscTable tables[] = {{.density = 480, .values = {{RES_STRING, "for one screen"}}, .n = 1},
                                    {.values = {{RES_STRING, "for all"}}, .n = 1}};
        assert_string_equal(values_text(open_tables(tables, 2, arena), FIRST, arena), "=for all");
}

static void sparse_narrow_and_compact_tables_read_the_same(void **state)
{
        (void)state;
        for (int index = ARSC_PLAIN; index <= ARSC_OFFSET16; index++) {
                g_autoptr(Arena) arena = arena_new();
                const ArscTable table = {.index = (ArscIndex)index,
                                         .values = {{RES_STRING, "zero"},
                                                    {RES_NULL},
                                                    {RES_STRING, "two", .compact = true},
                                                    {RES_NULL},
                                                    {RES_INT_DEC, .data = 42},
                                                    {RES_STRING, "a bag", .complex = true}},
                                         .n = 6};
                const Arsc *arsc = open_tables(&table, 1, arena);
                assert_string_equal(arsc_default(arsc, FIRST)->text, "zero");
                assert_null(arsc_default(arsc, FIRST + 1));
                assert_string_equal(arsc_default(arsc, FIRST + 2)->text, "two");
                assert_null(arsc_default(arsc, FIRST + 3));
                assert_int_equal(arsc_default(arsc, FIRST + 4)->value.data, 42);
                assert_null(arsc_default(arsc, FIRST + 5));
                assert_null(arsc_default(arsc, FIRST + 6));
                assert_null(arsc_default(arsc, 0x7f020000));
                assert_null(arsc_default(arsc, 0x01040000));
        }
}

static void references_are_followed_with_their_locales(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const ArscTable tables[] = {{.values = {{RES_REFERENCE, .data = FIRST + 1},
                                                {RES_STRING, "Torch"},
                                                {RES_REFERENCE, .data = FIRST}},
                                     .n = 3},
                                    {.language = "zh", .values = {{RES_NULL}, {RES_STRING, "手电"}}, .n = 2},
                                    {.language = "en", .values = {{RES_STRING, "Light"}}, .n = 1}};
        const Arsc *arsc = open_tables(tables, 3, arena);
        assert_string_equal(values_text(arsc, FIRST, arena), "=Torch en=Light zh=手电");
        assert_string_equal(values_text(arsc, FIRST + 2, arena), "=Torch en=Light zh=手电");
}

static void references_that_turn_in_circles_end(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        ArscTable tables[16] = {{0}};
        for (size_t i = 0; i < 16; i++)
                tables[i] = (ArscTable){
                        .values = {{RES_REFERENCE, .data = FIRST + 1}, {RES_REFERENCE, .data = FIRST}},
                        .n = 2};
        assert_null(arsc_default(open_tables(tables, 1, arena), FIRST));
        assert_null(arsc_default(open_tables(tables, 16, arena), FIRST));
}

static void a_table_that_does_not_fit_is_refused(void **state)
{
        (void)state;
        g_autoptr(Arena) arena = arena_new();
        const ArscTable table = {.values = {{RES_STRING, "text"}}, .n = 1};
        g_autoptr(GByteArray) bytes = arsc_build(&table, 1);
        for (guint len = 0; len < bytes->len; len++) {
                g_autoptr(GError) error = NULL;
                assert_null(arsc_open(span_of(bytes->data, len), arena, &error));
                assert_true(fault_is(error, FAULT_MALFORMED));
        }
}

static void bytes_changed_anywhere_never_break_the_reader(void **state)
{
        (void)state;
        const ArscTable tables[] = {
                {.values = {{RES_STRING, "a"}, {RES_REFERENCE, .data = FIRST}}, .n = 2},
                {.language = "zh", .index = ARSC_SPARSE, .values = {{RES_STRING, "b"}}, .n = 1}};
        g_autoptr(GByteArray) bytes = arsc_build(tables, 2);
        static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
        for (guint at = 0; at < bytes->len; at++) {
                for (size_t v = 0; v < sizeof values; v++) {
                        g_autoptr(Arena) arena = arena_new();
                        uint8_t before = bytes->data[at];
                        bytes->data[at] = values[v];
                        const Arsc *arsc = arsc_open(span_of_bytes(bytes), arena, NULL);
                        const ArscValue *found;
                        for (uint32_t id = FIRST; arsc && id < FIRST + 3; id++)
                                assert_true(arsc_values(arsc, id, &found) <= 2);
                        bytes->data[at] = before;
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_string_comes_with_its_locales),
                cmocka_unit_test(without_a_default_english_stands_in_and_else_the_first),
                cmocka_unit_test(the_value_with_the_fewest_conditions_is_taken),
                cmocka_unit_test(sparse_narrow_and_compact_tables_read_the_same),
                cmocka_unit_test(references_are_followed_with_their_locales),
                cmocka_unit_test(references_that_turn_in_circles_end),
                cmocka_unit_test(a_table_that_does_not_fit_is_refused),
                cmocka_unit_test(bytes_changed_anywhere_never_break_the_reader),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
