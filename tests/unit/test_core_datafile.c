/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "core/datafile.h"

#include <glib/gstdio.h>

static char *path;

static int make_path(void **state)
{
        int fd = g_file_open_tmp("datafile-XXXXXX", &path, NULL);
        return fd >= 0 && g_close(fd, NULL) ? 0 : 1;
}

static int drop_path(void **state)
{
        g_unlink(path);
        g_free(path);
        return 0;
}

static void hold(const char *text)
{
        assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void rows_of_json_lines_come_with_their_line(void **state)
{
        g_autoptr(GError) error = NULL;
        hold("{\"a\":1}\n\n{\"a\":2}\r\n{\"a\":}\n");
        g_autoptr(DataFile) file = datafile_open(path, &error);
        must_succeed(file != NULL, error);
        const Json *row;
        assert_true(datafile_next_json(file, &row, &error) && json_int(row, "a", 0) == 1);
        assert_true(datafile_next_json(file, &row, &error) && json_int(row, "a", 0) == 2);
        assert_int_equal(datafile_line(file), 3);
        assert_false(datafile_next_json(file, &row, &error));
        assert_non_null(strstr(error->message, ":4: JSON"));
}

static void columns_are_found_by_name(void **state)
{
        static const char *const columns[] = {"b", "a", NULL};
        const char *fields[2];
        g_autoptr(GError) error = NULL;
        hold("# a comment\na\tx\tb\n1\t\t2\n3\t4\n");
        g_autoptr(DataFile) file = datafile_open(path, &error);
        assert_true(datafile_next_tsv(file, columns, fields, &error));
        assert_string_equal(fields[0], "2");
        assert_string_equal(fields[1], "1");
        assert_false(datafile_next_tsv(file, columns, fields, &error));
        assert_non_null(strstr(error->message, ":4: 2 fields, the header has 3"));
}

static void a_missing_column_is_named(void **state)
{
        static const char *const columns[] = {"c", NULL};
        const char *fields[1];
        g_autoptr(GError) error = NULL;
        hold("a\tb\n1\t2\n");
        g_autoptr(DataFile) file = datafile_open(path, &error);
        assert_false(datafile_next_tsv(file, columns, fields, &error));
        assert_non_null(strstr(error->message, "no column \"c\""));
}

typedef struct {
        char *name;
        char **list;
        bool flag;
        int64_t n;
        double rate;
} Thing;

static const YamlField fields[] = {{"name", YAML_STRING, offsetof(Thing, name), true},
                                   {"list", YAML_STRINGS, offsetof(Thing, list), false},
                                   {"flag", YAML_BOOL, offsetof(Thing, flag), false},
                                   {"n", YAML_INT, offsetof(Thing, n), false},
                                   {"rate", YAML_DOUBLE, offsetof(Thing, rate), false}};

static void yaml_fills_a_struct_and_leaves_defaults_alone(void **state)
{
        Thing thing = {.n = 7, .rate = 2.5, .flag = true};
        g_autoptr(GError) error = NULL;
        hold("name: x\nlist: [a, b]\nrate: 0.5\n");
        must_succeed(datafile_yaml(path, fields, G_N_ELEMENTS(fields), &thing, &error), error);
        assert_string_equal(thing.name, "x");
        assert_string_equal(thing.list[1], "b");
        assert_null(thing.list[2]);
        assert_true(thing.n == 7 && thing.rate == 0.5 && thing.flag);
        g_free(thing.name);
        g_strfreev(thing.list);
}

static void mistakes_in_yaml_are_told_with_their_place(void **state)
{
        static const struct {
                const char *text, *says;
        } rows[] = {{"name: x\nnmae: y\n", "nmae"},
                    {"n: 1\n", "name"},
                    {"name: x\nn: two\n", "two"},
                    {"name: [\n", ""},
                    {"", ""}};
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                Thing thing = {0};
                g_autoptr(GError) error = NULL;
                hold(rows[i].text);
                assert_false(datafile_yaml(path, fields, G_N_ELEMENTS(fields), &thing, &error));
                assert_non_null(strstr(error->message, rows[i].says));
                assert_non_null(strstr(error->message, path));
                g_free(thing.name);
                g_strfreev(thing.list);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_of_json_lines_come_with_their_line),
                cmocka_unit_test(columns_are_found_by_name),
                cmocka_unit_test(a_missing_column_is_named),
                cmocka_unit_test(yaml_fills_a_struct_and_leaves_defaults_alone),
                cmocka_unit_test(mistakes_in_yaml_are_told_with_their_place),
        };
        return cmocka_run_group_tests(tests, make_path, drop_path);
}
