/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The path language of market files, and what markets write for numbers. */
#include "unit/unit.h"

#include "crawler/markets/path.h"
#include "crawler/markets/values.h"

#include <string.h>

static const char document[] =
        "{\"a\":{\"b\":[1,2.5,\"three\",true,null,{\"k\":\"v\",\"n\":7}],\"a key\":\"quoted\"},"
        "\"list\":[{\"kind\":\"x\",\"pkg\":\"one\"},{\"kind\":\"y\",\"pkg\":\"two\"},{\"kind\":\"x\",\"pkg\":"
        "\"three\"}],"
        "\"deep\":[[{\"noise\":1}],{\"layer\":{\"pkg\":\"two\",\"name\":\"Two\",\"in\":{\"pkg\":\"inside\","
        "\"name\":\"In\"}}},"
        "{\"pkg\":\"last\",\"name\":\"Last\"}],\"empty\":[],\"holes\":[{\"list\":[]},{\"list\":[]}],\"ds:5\":"
        "[0,[\"deep\"]],"
        "\"im:id\":9,\"big\":1.5e9,\"huge\":1e300,\"map\":{\"p\":{\"v\":1},\"q\":{\"v\":2}}}";

/* What a path finds, texts joined by blanks, "{}" and "[]" for what is no text. */
static char *found(const char *text, size_t cap)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Path) path = path_parse(text, &error);
        must_succeed(path != NULL, error);
        g_autoptr(Json) tree = json_parse(span_str(document), &error);
        must_succeed(tree != NULL, error);
        g_autoptr(Arena) arena = arena_new();
        PathVars vars = {.package = "two", .id = "7"};
        size_t n;
        const Json **values = path_find(path, tree, &vars, cap, arena, &n, NULL);
        GString *out = g_string_new(NULL);
        for (size_t i = 0; i < n; i++) {
                const char *scalar = path_scalar(values[i], arena);
                g_string_append_printf(out, "%s%s", i ? " " : "",
                                       scalar                   ? scalar
                                       : json_is_map(values[i]) ? "{}"
                                                                : "[]");
        }
        return g_string_free(out, FALSE);
}

static void a_path_finds_by_key_index_and_shape(void **state)
{
        static const struct {
                const char *path, *finds;
        } rows[] = {
                {"a.b[0]", "1"},
                {"a.b[1]", "2.5"},
                {"a.b[3]", "true"},
                {"a.b[4]", ""},
                {"a.b[9]", ""},
                {"a.b[]", "1 2.5 three true {}"},
                {"a.'a key'", "quoted"},
                {"a.c", ""},
                {"a.b.k", ""},
                {".", "{}"},
                {"list[].pkg", "one two three"},
                {"list[kind=x].pkg", "one three"},
                {"list[kind=z].pkg", ""},
                {"(pkg,name).name", "Two"},
                {"(pkg,name)[].name", "Two Last"},
                {"(pkg=last).name", "Last"},
                {"deep.(pkg=$package).name", "Two"},
                {"deep.(pkg=$id).name", ""},
                {"deep.(pkg=$category).name", ""},
                {"(n=$id).k", "v"},
                {"(nothing).here", ""},
                {"ds:5[1][0]", "deep"},
                {"im:id", "9"},
                {"map[].v", "1 2"},
                {"deep[1].layer.in.name", "In"},
                {"big", "1500000000"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *got = found(rows[i].path, 100);
                if (!g_str_equal(got, rows[i].finds))
                        fail_msg("%s finds \"%s\", not \"%s\"", rows[i].path, got, rows[i].finds);
        }
        g_autofree char *two = found("list[].pkg", 2);
        assert_string_equal(two, "one two");
}

static void an_empty_list_is_told_from_a_way_that_is_gone(void **state)
{
        static const struct {
                const char *path;
                PathState state;
        } rows[] = {
                {"list[]", PATH_SOME},
                {"empty[]", PATH_EMPTY},
                {"gone[]", PATH_ABSENT},
                {"a.b[0]", PATH_SOME},
                {"a.gone", PATH_ABSENT},
                {"im:id[]", PATH_ABSENT},
                {"holes[].list[]", PATH_EMPTY},
                {"holes[].lost[]", PATH_ABSENT},
                {"empty[].list[]", PATH_EMPTY},
                {"list[].(pkg,kind)", PATH_SOME},
                {"list[].(pkg,lost)", PATH_ABSENT},
                {"(lost)[]", PATH_ABSENT},
                {"list[kind=z]", PATH_ABSENT},
        };
        g_autoptr(Json) tree = json_parse(span_str(document), NULL);
        g_autoptr(Arena) arena = arena_new();
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autoptr(Path) path = path_parse(rows[i].path, NULL);
                assert_non_null(path);
                PathState got = path_state(path, tree, NULL, arena);
                if (got != rows[i].state)
                        fail_msg("%s is %d, not %d", rows[i].path, got, rows[i].state);
        }
}

static void a_path_that_is_none_is_told_with_its_place(void **state)
{
        static const char *const wrong[] = {"",    "a..b", "a.",    "a[",     "a[1",   "a[x]",
                                            "a]",  "(a",   "(a,)",  "()",     "a b",   "a[-1]",
                                            "'a",  "''",   "(k=)",  "(k=$x)", "a[k=]", "a[9999999]",
                                            "a/b", "[]]",  "a[1]b", "(a)(b",  "a[k=v"};
        for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(Path) path = path_parse(wrong[i], &error);
                if (path)
                        fail_msg("\"%s\" is taken for a path", wrong[i]);
                assert_true(fault_is(error, FAULT_MALFORMED));
                assert_non_null(strstr(error->message, "character "));
        }
        g_autofree char *endless = g_strnfill(200, 'a');
        for (size_t i = 1; i < 200; i += 2)
                endless[i] = '.';
        endless[199] = '\0';
        assert_null(path_parse(endless, NULL));
}

static void counts_are_read_in_the_words_of_markets(void **state)
{
        static const struct {
                const char *text;
                uint64_t count;
        } rows[] = {{"1 亿次安装", 100000000}, {"1.2万", 12000}, {"3.4万次安装", 34000},
                    {"5,000,000+", 5000000},   {"12.3K", 12300}, {"1.5M+ downloads", 1500000},
                    {"( 345次评分 )", 345},    {"0", 0},         {"小于1万", 10000},
                    {"2.5B", 2500000000},      {"1,234", 1234},  {"5千", 5000},
                    {"3百万", 3000000},        {"7 MB", 7},      {"100+", 100}};
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                uint64_t count = 1;
                if (!value_count(rows[i].text, &count) || count != rows[i].count)
                        fail_msg("%s is %" G_GUINT64_FORMAT, rows[i].text, count);
        }
        static const char *const none[] = {"",        "many", "-5",          "99999999999999",
                                           "1.2.3.4", "亿",   "9999999999亿"};
        uint64_t count;
        for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
                assert_false(value_count(none[i], &count));
}

static void sizes_say_whether_they_are_exact(void **state)
{
        static const struct {
                const char *text;
                int64_t bytes;
                bool exact;
        } rows[] = {{"12345", 12345, true},     {"12345 B", 12345, true},      {"12.3 MB", 12897485, false},
                    {"12.3M", 12897485, false}, {"1.1 GB", 1181116006, false}, {"900 KB", 921600, false},
                    {"900KiB", 921600, false},  {"1,024 bytes", 1024, true}};
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                int64_t bytes = 0;
                bool exact = false;
                if (!value_bytes(rows[i].text, &bytes, &exact) || bytes != rows[i].bytes ||
                    exact != rows[i].exact)
                        fail_msg("%s is %" G_GINT64_FORMAT " %d", rows[i].text, bytes, exact);
        }
        static const char *const none[] = {"", "0", "-5", "big", "5 apples", "9999999999999", "12 %"};
        int64_t bytes;
        bool exact;
        for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
                assert_false(value_bytes(none[i], &bytes, &exact));
}

static void times_are_read_in_many_forms(void **state)
{
        static const struct {
                const char *text;
                int64_t ms;
        } rows[] = {{"2026-01-31", 1769817600000},
                    {"2026-01-31 12:34:56", 1769862896000},
                    {"2026-01-31T12:34:56Z", 1769862896000},
                    {"2026-01-31T20:34:56.789+08:00", 1769862896000},
                    {"2026/1/31", 1769817600000},
                    {"2026.01.31", 1769817600000},
                    {"2026年1月31日", 1769817600000},
                    {"2026年1月31日 12:34:56", 1769862896000},
                    {"Jan 31, 2026", 1769817600000},
                    {"1769817600", 1769817600000},
                    {"1769817600123", 1769817600123}};
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                int64_t ms = 0;
                if (!value_time(rows[i].text, &ms) || ms != rows[i].ms)
                        fail_msg("%s is %" G_GINT64_FORMAT, rows[i].text, ms);
        }
        static const char *const none[] = {
                "",     "never", "1999-01-01",          "2026-13-01",     "2026-02-30",
                "2026", "123",   "2026-01-31 25:00:00", "99999999999999", "Foo 1, 2026"};
        int64_t ms;
        for (size_t i = 0; i < G_N_ELEMENTS(none); i++) {
                if (value_time(none[i], &ms))
                        fail_msg("\"%s\" is a time", none[i]);
        }
}

static void truths_and_other_numbers_are_read(void **state)
{
        bool flag = false;
        assert_true(value_flag("True", &flag) && flag);
        assert_true(value_flag("0", &flag) && !flag);
        assert_false(value_flag("perhaps", &flag));
        double value;
        assert_true(value_real("9.1 分", &value) && value > 9.09 && value < 9.11);
        assert_true(value_real("-2", &value) && value == -2);
        assert_false(value_real("none", &value));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_path_finds_by_key_index_and_shape),
                cmocka_unit_test(an_empty_list_is_told_from_a_way_that_is_gone),
                cmocka_unit_test(a_path_that_is_none_is_told_with_its_place),
                cmocka_unit_test(counts_are_read_in_the_words_of_markets),
                cmocka_unit_test(sizes_say_whether_they_are_exact),
                cmocka_unit_test(times_are_read_in_many_forms),
                cmocka_unit_test(truths_and_other_numbers_are_read),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
