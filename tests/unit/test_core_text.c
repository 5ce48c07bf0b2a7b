/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "core/text.h"

typedef struct {
        const char *in, *out;
} Pair;

static void check(void (*append)(GString *, const char *), const Pair *pairs, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                g_autoptr(GString) got = g_string_new(NULL);
                append(got, pairs[i].in);
                assert_string_equal(got->str, pairs[i].out);
        }
}

static void a_terminal_gets_no_byte_that_steers_it(void **state)
{
        static const Pair pairs[] = {
                {"plain ä 地图", "plain ä 地图"},
                {"a\x1b[31mred", "a\uFFFD[31mred"},
                {"line\nbreak\ttab\r", "line\uFFFDbreak\uFFFDtab\uFFFD"},
                {"c1\xc2\x9b"
                 "31m",
                 "c1\uFFFD31m"},
                {"\u202Egnp.exe", "\uFFFDgnp.exe"},
                {"\u2066isolate\u2069", "\uFFFDisolate\uFFFD"},
                {"bad\xff\xc3", "bad\uFFFD\uFFFD"},
                {"\x7f", "\uFFFD"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
                g_autofree char *got = text_terminal(pairs[i].in);
                assert_string_equal(got, pairs[i].out);
                assert_true(text_is_plain(got));
                assert_int_equal(text_is_plain(pairs[i].in), g_str_equal(pairs[i].in, pairs[i].out));
        }
}

static void html_gets_no_markup(void **state)
{
        static const Pair pairs[] = {
                {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
                {"\" onmouseover='x'", "&quot; onmouseover=&#39;x&#39;"},
                {"&amp;", "&amp;amp;"},
                {"a\x01"
                 "b",
                 "a\uFFFDb"},
                {"\u202Ex", "\uFFFDx"},
        };
        check(text_append_html, pairs, G_N_ELEMENTS(pairs));
}

static void json_is_json_whatever_comes(void **state)
{
        static const Pair pairs[] = {
                {"a\"b\\c", "\"a\\\"b\\\\c\""},
                {"\x1b\n\t\x01", "\"\\u001b\\n\\t\\u0001\""},
                {"\u2028\u202E", "\"\\u2028\\u202e\""},
                {"\xff", "\"\uFFFD\""},
        };
        check(text_append_json, pairs, G_N_ELEMENTS(pairs));
}

static void a_spreadsheet_gets_no_formula(void **state)
{
        static const Pair pairs[] = {
                {"plain", "plain"},
                {"a,b", "\"a,b\""},
                {"say \"hi\"", "\"say \"\"hi\"\"\""},
                {"=1+1", "\"'=1+1\""},
                {"+1", "\"'+1\""},
                {"-1", "\"'-1\""},
                {"@SUM(A1)", "\"'@SUM(A1)\""},
                {"  =1", "\"'  =1\""},
                {"\t=1", "\"'\t=1\""},
                {"'quoted", "\"''quoted\""},
                {"two\nlines", "\"two\nlines\""},
                {"", ""},
        };
        check(text_append_csv, pairs, G_N_ELEMENTS(pairs));
}

static void a_file_name_stays_one_name_below_its_folder(void **state)
{
        static const Pair pairs[] = {
                {"com.example.app", "com.example.app"},
                {"..", "%2E."},
                {"../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"},
                {".hidden", "%2Ehidden"},
                {"a b\n", "a%20b%0A"},
                {"", "%"},
                {"100%", "100%25"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
                g_autofree char *got = text_file_name(pairs[i].in);
                assert_string_equal(got, pairs[i].out);
        }
        g_autofree char *x = g_strnfill(300, 'x'), *y = g_strnfill(301, 'x');
        g_autofree char *long_x = text_file_name(x), *long_y = text_file_name(y);
        assert_true(strlen(long_x) <= 200);
        assert_string_not_equal(long_x, long_y);
}

static void wide_characters_take_two_columns(void **state)
{
        assert_int_equal(text_width("abc"), 3);
        assert_int_equal(text_width("地图"), 4);
        assert_int_equal(text_width("e\u0301"), 1);
}

static void numbers_read_well(void **state)
{
        static const struct {
                guint64 n;
                const char *bytes, *count;
        } rows[] = {{0, "0 B", "0"},
                    {999, "999 B", "999"},
                    {1000, "1.0 kB", "1,000"},
                    {999949, "999.9 kB", "999,949"},
                    {1234567, "1.2 MB", "1,234,567"}};
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *bytes = text_bytes(rows[i].n), *count = text_count(rows[i].n);
                assert_string_equal(bytes, rows[i].bytes);
                assert_string_equal(count, rows[i].count);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_terminal_gets_no_byte_that_steers_it),
                cmocka_unit_test(html_gets_no_markup),
                cmocka_unit_test(json_is_json_whatever_comes),
                cmocka_unit_test(a_spreadsheet_gets_no_formula),
                cmocka_unit_test(a_file_name_stays_one_name_below_its_folder),
                cmocka_unit_test(wide_characters_take_two_columns),
                cmocka_unit_test(numbers_read_well),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
