/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/reports_invent.h"

#include "core/text.h"

#include <string.h>

#define ESC      "\x1b"
#define OVERRIDE "\xe2\x80\xae" /* U+202E, right-to-left override */

/* What markets and APKs may send in a name. */
/* NOLINTBEGIN(bugprone-suspicious-missing-comma,misc-misleading-bidirectional): they are meant to mislead */
static const char *const hostile[] = {"<script>alert(1)</script>",
                                      "\"><img src=x onerror=alert(1)>",
                                      "</td></table></style><svg onload=alert(1)>",
                                      "' onmouseover='alert(1)",
                                      "javascript:alert(1)",
                                      "&lt;script&gt;",
                                      "=HYPERLINK(\"http://x.example\",\"y\")",
                                      "+1+1",
                                      "-2+3",
                                      "@SUM(A1)",
                                      "\t=1+1",
                                      "  =1+1",
                                      "'=1+1",
                                      "a,b;c",
                                      "say \"no\"",
                                      "two\r\nlines",
                                      ESC "[31mred" ESC "]0;title\x07",
                                      "\x9b"
                                      "31m",
                                      "user" OVERRIDE "gpj.exe",
                                      "\xe2\x80\xa8line",
                                      "bad \xff\xfe bytes",
                                      "{n} of {text} %s%n",
                                      "{{7*7}}${7*7}",
                                      ""};
/* NOLINTEND(bugprone-suspicious-missing-comma,misc-misleading-bidirectional) */

static const Column columns[] = {{"package", CELL_TEXT, NULL},
                                 {"app_type", CELL_TEXT, "type"},
                                 {"sdks_gained", CELL_LIST, "sdk"},
                                 {"number", CELL_COUNT, NULL},
                                 {"share", CELL_SHARE, NULL}};

static GPtrArray *tables_of(Table *table)
{
        GPtrArray *tables = g_ptr_array_new_with_free_func((GDestroyNotify)table_free);
        g_ptr_array_add(tables, table);
        return tables;
}

static GPtrArray *hostile_tables(void)
{
        Table *table = table_new("overview", columns, G_N_ELEMENTS(columns));
        for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++) {
                const char *const list[] = {hostile[i], "adjust", hostile[i], NULL};
                Cell *row = table_row(table);
                row[0] = cell_text(hostile[i]);
                row[1] = cell_text(hostile[i]);
                row[2] = cell_list(list);
                row[3] = cell_count((int64_t)i);
                row[4] = cell_share(1, 3);
                table_note(table, "note.judged_by", 0, 0, hostile[i]);
        }
        return tables_of(table);
}

static Sweep hostile_sweep(char *text)
{
        Sweep s = SWEEP__INIT;
        s.id = 7;
        s.name = s.program = s.passes = s.state = text;
        return s;
}

/* All writers on all hostile names, in the head, cells, lists and notes. */
static char *write_hostile(char *(*writer)(const GPtrArray *, const ReportHead *, const ReportWords *),
                           const char *lang)
{
        g_autoptr(ReportWords) words = invent_words();
        g_autoptr(GPtrArray) tables = hostile_tables();
        GString *all = g_string_new(NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++) {
                char *text = (char *)hostile[i];
                Sweep sweep = hostile_sweep(text);
                Setting digest = SETTING__INIT, *digests[] = {&digest};
                digest.key = digest.value = text;
                sweep.data_digests = digests;
                sweep.n_data_digests = 1;
                const ReportHead head = {"report.title", lang, &sweep, NULL, text};
                g_autofree char *one = writer(tables, &head, words);
                g_string_append(all, one);
        }
        return g_string_free(all, FALSE);
}

static void must_not_contain(const char *text, const char *what)
{
        const char *found = strstr(text, what);
        if (found)
                fail_msg("\"%s\" stands in: %.80s", what, found);
}

static void must_be_steady_utf8(const char *text)
{
        assert_true(g_utf8_validate(text, -1, NULL));
        for (const char *p = text; *p; p = g_utf8_next_char(p)) {
                gunichar c = g_utf8_get_char(p);
                if ((c < 0x20 && c != '\n') || (c >= 0x7f && c <= 0x9f) || (c >= 0x202a && c <= 0x202e) ||
                    c == 0x2028)
                        fail_msg("U+%04X stands in: %.40s", c, p);
        }
}

static void no_name_runs_or_leaves_its_place_in_html(void **state)
{
        (void)state;
        g_autofree char *page = write_hostile(report_html, "zh");
        must_be_steady_utf8(page);
        static const char *const never[] = {
                "<script", "<img", "<svg",   "onerror=alert(1)>", " onmouseover='", "http://", "https://",
                "src=",    "url(", "@import"};
        for (size_t i = 0; i < G_N_ELEMENTS(never); i++) {
                if (!g_str_equal(never[i], "src=") && !g_str_equal(never[i], "http://"))
                        must_not_contain(page, never[i]);
        }
        /* the two that may stand as text stand only there, behind an escaped quote or bracket */
        for (const char *p = page; (p = strstr(p, "http://")); p++)
                assert_memory_equal(p - 6, "&quot;", 6);
        for (const char *p = page; (p = strstr(p, "src=")); p++)
                assert_memory_equal(p - 8, "&lt;img ", 8);
        assert_non_null(strstr(page, "&amp;lt;script&amp;gt;"));
}

static void the_page_forbids_scripts_and_requests_by_its_own_policy(void **state)
{
        (void)state;
        g_autofree char *page = write_hostile(report_html, "en");
        assert_non_null(strstr(page, "content=\"default-src 'none'; style-src 'unsafe-inline'\""));
        assert_non_null(strstr(page, "<html lang=\"en\">"));
        g_autofree char *chinese = write_hostile(report_html, "zh");
        assert_non_null(strstr(chinese, "<html lang=\"zh-Hans\">"));
}

static void html_marks_headers_captions_and_names(void **state)
{
        (void)state;
        g_autofree char *page = write_hostile(report_html, "en");
        assert_non_null(strstr(page, "<caption>Overview"));
        assert_non_null(strstr(page, "<th scope=\"col\">Package</th>"));
        assert_non_null(strstr(page, "<th scope=\"row\"><bdi>"));
        assert_non_null(strstr(page, "<a href=\"#overview\">"));
        assert_non_null(strstr(page, "<section id=\"overview\""));
        assert_non_null(strstr(page, "<li><bdi>Adjust</bdi></li>")); /* the name, not the id */
        assert_non_null(strstr(page, "1/3 \xc2\xb7 6.1\xe2\x80\x93"
                                     "79.2 %"));
        assert_non_null(strstr(page, "Exodus Privacy"));
        assert_non_null(strstr(page, "capability, not behaviour"));
}

static void text_steers_no_terminal(void **state)
{
        (void)state;
        g_autofree char *text = write_hostile(report_text, "en");
        must_be_steady_utf8(text);
        assert_non_null(strstr(text, "33.3 % (1/3) [6.1\xe2\x80\x93"
                                     "79.2 %]"));
}

static void text_columns_stay_aligned_behind_wide_characters(void **state)
{
        (void)state;
        g_autoptr(ReportWords) words = invent_words();
        Table *table = table_new("overview", columns, G_N_ELEMENTS(columns));
        table_row(table)[0] = cell_text("ab");
        table_row(table)[0] = cell_text(
                "\xe5\x9c\xb0\xe5\x9b\xbe\xe5\x9c\xb0\xe5\x9b\xbe\xe5\x9c\xb0"); /* ten columns wide */
        g_autoptr(GPtrArray) tables = tables_of(table);
        const ReportHead head = {"report.title", "en", NULL, NULL, NULL};
        g_autofree char *text = report_text(tables, &head, words);
        assert_non_null(strstr(text, "\nab          -"));
        assert_non_null(strstr(text, "\n\xe5\x9c\xb0\xe5\x9b\xbe\xe5\x9c\xb0\xe5\x9b\xbe\xe5\x9c\xb0  -"));
}

static void json_parses_and_gives_every_text_back(void **state)
{
        (void)state;
        g_autoptr(ReportWords) words = invent_words();
        g_autoptr(GPtrArray) tables = hostile_tables();
        const ReportHead head = {"report.title", "en", NULL, NULL, NULL};
        g_autofree char *text = report_json(tables, &head, words);
        must_be_steady_utf8(text);
        g_autoptr(GError) error = NULL;
        g_autoptr(Json) root = json_parse(span_str(text), &error);
        must_succeed(root != NULL, error);
        const Json *rows = json_get(json_at(json_get(root, "tables"), 0), "rows");
        assert_int_equal(json_len(rows), G_N_ELEMENTS(hostile));
        for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++) {
                g_autofree char *valid = g_utf8_make_valid(hostile[i], -1);
                const Json *row = json_at(rows, i);
                assert_string_equal(json_str(row, "package"), valid);
                assert_string_equal(json_text(json_at(json_get(row, "sdks_gained"), 0)), valid);
                assert_int_equal(json_int(row, "number", -1), i);
                assert_int_equal(json_int(json_get(row, "share"), "of", -1), 3);
                assert_true(json_real(json_get(row, "share"), "share", 0) == 0.333333);
        }
}

static void json_gives_ids_and_their_names(void **state)
{
        (void)state;
        g_autoptr(ReportWords) words = invent_words();
        Table *table = table_new("overview", columns, G_N_ELEMENTS(columns));
        table_row(table)[1] = cell_text("map_navigation");
        (void)table_row(table);
        g_autoptr(GPtrArray) tables = tables_of(table);
        const ReportHead head = {"report.title", "en", NULL, NULL, NULL};
        g_autofree char *text = report_json(tables, &head, words);
        g_autoptr(Json) root = json_parse(span_str(text), NULL);
        const Json *rows = json_get(json_at(json_get(root, "tables"), 0), "rows");
        assert_string_equal(json_str(json_at(rows, 0), "app_type"), "map_navigation");
        assert_string_equal(json_str(json_at(rows, 0), "app_type_name"), "Map navigation");
        assert_true(json_is_null(
                json_get(json_at(rows, 1), "app_type"))); /* empty cells are null, empty lists lists */
        assert_true(json_is_null(json_get(json_at(rows, 1), "share")));
        assert_true(json_is_list(json_get(json_at(rows, 1), "sdks_gained")));
}

/* RFC 4180 read back: fields of one row from *at on; false at the end. */
static bool csv_row(const char **at, GPtrArray *fields)
{
        const char *p = *at;
        if (!*p)
                return false;
        g_ptr_array_set_size(fields, 0);
        for (bool more = true; more; p += more) {
                GString *field = g_string_new(NULL);
                if (*p == '"') {
                        for (p++; *p != '"' || p[1] == '"'; p++) {
                                p += *p == '"';
                                g_string_append_c(field, *p);
                        }
                        p++;
                } else {
                        for (; *p && !strchr(",\r", *p); p++)
                                g_string_append_c(field, *p);
                }
                g_ptr_array_add(fields, g_string_free(field, FALSE));
                more = *p == ',';
        }
        assert_memory_equal(p, "\r\n", 2);
        *at = p + 2;
        return true;
}

static void csv_comes_back_row_by_row_and_runs_no_formula(void **state)
{
        (void)state;
        g_autoptr(GPtrArray) tables = hostile_tables();
        g_autofree char *csv = report_csv(tables->pdata[0]);
        assert_true(g_utf8_validate(csv, -1, NULL));
        g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);
        const char *at = csv;
        assert_true(csv_row(&at, fields));
        static const char *const header[] = {"package",  "app_type",    "sdks_gained", "number",    "share_n",
                                             "share_of", "share_share", "share_low",   "share_high"};
        assert_int_equal(fields->len, G_N_ELEMENTS(header));
        for (size_t i = 0; i < G_N_ELEMENTS(header); i++)
                assert_string_equal(fields->pdata[i], header[i]);
        for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++) {
                assert_true(csv_row(&at, fields));
                assert_int_equal(fields->len, G_N_ELEMENTS(header));
                const char *name = fields->pdata[0], *first = name + strspn(name, " ");
                assert_false(*first && strchr("=+-@\t\r", *first));
                g_autofree char *shown = text_terminal(hostile[i]);
                assert_string_equal(*name == '\'' ? name + 1 : name,
                                    shown); /* dropping one apostrophe restores it */
                g_autofree char *number = g_strdup_printf("%zu", i);
                assert_string_equal(fields->pdata[3], number);
                assert_string_equal(fields->pdata[6], "0.333333");
                assert_string_equal(fields->pdata[8], "0.792340");
        }
        assert_false(csv_row(&at, fields));
}

static void an_empty_share_still_fills_its_five_csv_columns(void **state)
{
        (void)state;
        static const Column two[] = {{"over", CELL_SHARE, NULL}, {"market", CELL_TEXT, NULL}};
        g_autoptr(Table) table = table_new("overview", two, 2);
        Cell *row = table_row(table);
        row[0] = cell_share(0, 0);
        row[1] = cell_text("alpha");
        g_autofree char *csv = report_csv(table);
        assert_string_equal(csv, "over_n,over_of,over_share,over_low,over_high,market\r\n,,,,,alpha\r\n");
}

static GPtrArray *finding(int64_t over, int64_t of)
{
        static const Column three[] = {
                {"measure", CELL_TEXT, "measure"}, {"number", CELL_COUNT, NULL}, {"share", CELL_SHARE, NULL}};
        Table *table = table_new("overview", three, 3);
        static const char *const measures[] = {"analysed", "over_collecting"};
        for (size_t i = 0; i < 2; i++) {
                Cell *row = table_row(table);
                row[0] = cell_text(measures[i]);
                row[1] = cell_count(i ? over : 9);
                row[2] = i ? cell_share(over, of) : cell_share(9, 10);
        }
        return tables_of(table);
}

static void the_title_states_the_finding_in_words(void **state)
{
        (void)state;
        g_autoptr(ReportWords) words = invent_words();
        const ReportHead en = {"report.title", "en", NULL, NULL, NULL},
                         zh = {"report.title", "zh", NULL, NULL, NULL};
        g_autoptr(GPtrArray) three = finding(3, 9), nothing = finding(0, 0);
        g_autofree char *page = report_html(three, &en, words), *chinese = report_html(three, &zh, words);
        assert_non_null(strstr(page, "<title>3 of 9 apps of types that Annex D covers ask for a permission "
                                     "not advised for their type</title>"));
        assert_non_null(strstr(chinese, "<title>在附录 D 覆盖类型的 9 个应用中，3 个"));
        g_autofree char *none =
                report_html(nothing, &en, words); /* no share of nothing, so no finding either */
        assert_non_null(strstr(none, "<title>9 of 10 apps analysed; none could be compared"));
}

static void equal_tables_give_equal_bytes(void **state)
{
        (void)state;
        g_autofree char *a = write_hostile(report_html, "en"), *b = write_hostile(report_html, "en");
        assert_string_equal(a, b);
        g_autofree char *c = write_hostile(report_json, "zh"), *d = write_hostile(report_json, "zh");
        assert_string_equal(c, d);
}

static void rows_are_sorted_by_count_then_by_name(void **state)
{
        (void)state;
        static const Column two[] = {{"package", CELL_TEXT, NULL}, {"number", CELL_COUNT, NULL}};
        static const struct {
                const char *name;
                int n; /* -1: empty */
        } in[] = {{"b", 2}, {"none", -1}, {"c", 5}, {"a", 2}, {"zero", 0}};
        g_autoptr(Table) table = table_new("overview", two, 2);
        for (size_t i = 0; i < G_N_ELEMENTS(in); i++) {
                Cell *row = table_row(table);
                row[0] = cell_text(in[i].name);
                row[1] = in[i].n < 0 ? (Cell){0} : cell_count(in[i].n);
        }
        table_sort(table, 1);
        static const char *const sorted[] = {"c", "a", "b", "zero", "none"};
        for (size_t i = 0; i < G_N_ELEMENTS(sorted); i++)
                assert_string_equal(table_cell(table, i, 0)->text, sorted[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_name_runs_or_leaves_its_place_in_html),
                cmocka_unit_test(the_page_forbids_scripts_and_requests_by_its_own_policy),
                cmocka_unit_test(html_marks_headers_captions_and_names),
                cmocka_unit_test(text_steers_no_terminal),
                cmocka_unit_test(text_columns_stay_aligned_behind_wide_characters),
                cmocka_unit_test(json_parses_and_gives_every_text_back),
                cmocka_unit_test(json_gives_ids_and_their_names),
                cmocka_unit_test(csv_comes_back_row_by_row_and_runs_no_formula),
                cmocka_unit_test(an_empty_share_still_fills_its_five_csv_columns),
                cmocka_unit_test(the_title_states_the_finding_in_words),
                cmocka_unit_test(equal_tables_give_equal_bytes),
                cmocka_unit_test(rows_are_sorted_by_count_then_by_name),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
