/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "crawler/markets/csv.h"

/* Rows as text: fields with '|' between, "!trouble" for what is no row, "@line+lines" where that matters. */
typedef struct {
        GString *text;
        bool with_lines;
        size_t stop_after, rows; /* stop_after 0: never */
} Seen;

static bool see(const CsvRow *row, void *context)
{
        Seen *seen = context;
        if (row->trouble)
                g_string_append_printf(seen->text, "!%s", row->trouble);
        for (size_t i = 0; i < row->n; i++) {
                g_string_append(seen->text, i ? "|" : "");
                g_string_append_len(seen->text, (const char *)row->fields[i].data,
                                    (gssize)row->fields[i].len);
        }
        if (seen->with_lines)
                g_string_append_printf(seen->text, "@%d+%d", (int)row->line, (int)row->lines);
        g_string_append_c(seen->text, ';');
        return ++seen->rows != seen->stop_after;
}

/* Read in pieces of `step` bytes. */
static char *read_in(const char *file, size_t step, bool with_lines)
{
        Seen seen = {.text = g_string_new(NULL), .with_lines = with_lines};
        g_autoptr(Csv) csv = csv_new(see, &seen);
        Span left = span_str(file);
        for (; left.len; left = span_from(left, MIN(step, left.len)))
                assert_true(csv_feed(csv, span_part(left, 0, MIN(step, left.len))));
        assert_true(csv_end(csv));
        return g_string_free(seen.text, FALSE);
}

static void must_be(const char *file, const char *rows)
{
        for (size_t step = 1; step < 9; step++) {
                g_autofree char *seen = read_in(file, step, false);
                assert_string_equal(seen, rows);
        }
        g_autofree char *whole = read_in(file, SIZE_MAX, false);
        assert_string_equal(whole, rows);
}

static void rows_end_in_any_line_end_or_none(void **state)
{
        must_be("a,b\nc,d\n", "a|b;c|d;");
        must_be("a,b\r\nc,d\r\n", "a|b;c|d;");
        must_be("a,b\nc,d", "a|b;c|d;");
        must_be("\xef\xbb\xbf"
                "a,b\n",
                "a|b;");
        must_be("a\n\n\r\nb\n", "a;b;");
        must_be("", "");
        must_be("\n", "");
}

static void empty_fields_are_fields(void **state)
{
        must_be(",\n", "|;");
        must_be("a,,\n", "a||;");
        must_be("a,", "a|;");
        must_be("\"\"\n", ";");
        must_be("a,\r\n", "a|;");
}

static void quotes_hold_commas_quotes_and_line_ends(void **state)
{
        must_be("1,\"com.example,evil\",2\n", "1|com.example,evil|2;");
        must_be("\"a \"\"b\"\" c\"\n", "a \"b\" c;");
        must_be("\"a\nb\",c\r\n\"d\"\r\n", "a\nb|c;d;");
        must_be("a\"b,c\n", "a\"b|c;");
        must_be("\"a\",\"b\"\n", "a|b;");
}

static void what_is_no_row_costs_itself_alone(void **state)
{
        must_be("1,\"a\"x,2\n3,4\n", "!quote;3|4;");
        must_be("1,\"never closed", "!quote;");
        must_be("1,\"open\n2,\"b\",3\n4,5\n", "!quote;4|5;");
}

static void lines_are_counted(void **state)
{
        g_autofree char *seen = read_in("a\n\n\"b\nc\"\nd,\"x\ny\"z\ne\n", 3, true);
        assert_string_equal(seen, "a@1+1;b\nc@3+2;!quote@5+2;e@7+1;");
}

static void a_row_that_is_too_long_is_lost_up_to_its_line_end(void **state)
{
        g_autofree char *fits = g_strnfill(CSV_ROW_BYTES, 'x'), *many = g_strnfill(CSV_FIELDS, ',');
        g_autofree char *file = g_strconcat(fits, "\n", fits, "y\n\"", fits, "\"\n\"", fits, "y,\nnext\n",
                                            many, "\nlast\n", NULL);
        g_autofree char *rows =
                g_strconcat(fits, ";!too-long;", fits, ";!too-long;next;!too-many-fields;last;", NULL);
        const size_t steps[] = {1, 7, 1000, CSV_ROW_BYTES, CSV_ROW_BYTES + 1, SIZE_MAX};
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
                g_autofree char *seen = read_in(file, steps[i], false);
                assert_string_equal(seen, rows);
        }
}

static void whoever_reads_may_stop(void **state)
{
        Seen seen = {.text = g_string_new(NULL), .stop_after = 1};
        g_autoptr(Csv) csv = csv_new(see, &seen);
        assert_false(csv_feed(csv, span_str("a\nb\nc\n")));
        assert_false(csv_end(csv));
        assert_string_equal(seen.text->str, "a;");
        g_string_free(seen.text, TRUE);
}

static bool look_at_fields(const CsvRow *row, void *context)
{
        ++*(int *)context;
        assert_int_equal(csv_column(row, "path"), 1);
        assert_int_equal(csv_column(row, "none"), -1);
        g_autofree char *text = csv_text(row, 2), *control = csv_text(row, 3), *bad = csv_text(row, 4);
        assert_string_equal(text, "\xe4\xb8\xad");
        assert_null(control);
        assert_null(bad);
        assert_null(csv_text(row, -1));
        assert_null(csv_text(row, 99));
        assert_int_equal(csv_number(row, 5), 42);
        assert_int_equal(csv_number(row, 1), -1);
        assert_int_equal(csv_number(row, 6), -1);
        return true;
}

static void fields_are_found_by_name_and_read_by_kind(void **state)
{
        int rows = 0;
        g_autoptr(Csv) csv = csv_new(look_at_fields, &rows);
        assert_true(csv_feed(csv, span_str("a, Path ,\xe4\xb8\xad,x\ty,\xff,42,9999999999999999999\n")));
        assert_int_equal(rows, 1);
}

static void what_is_written_is_read_again(void **state)
{
        g_autoptr(GString) file = g_string_new(NULL);
        csv_append(file, "a \"b\", c\nd");
        g_string_append_c(file, ',');
        csv_append(file, "");
        must_be(file->str, "a \"b\", c\nd|;");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_end_in_any_line_end_or_none),
                cmocka_unit_test(empty_fields_are_fields),
                cmocka_unit_test(quotes_hold_commas_quotes_and_line_ends),
                cmocka_unit_test(what_is_no_row_costs_itself_alone),
                cmocka_unit_test(lines_are_counted),
                cmocka_unit_test(a_row_that_is_too_long_is_lost_up_to_its_line_end),
                cmocka_unit_test(whoever_reads_may_stop),
                cmocka_unit_test(fields_are_found_by_name_and_read_by_kind),
                cmocka_unit_test(what_is_written_is_read_again),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
