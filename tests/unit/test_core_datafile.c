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

typedef struct {
        char *word;
        int64_t n;
} Inner;
typedef struct {
        char *name;
        char **list;
        Inner one;
        Inner *many;
        size_t n_many;
} Outer;
typedef struct {
        Outer *outers;
        size_t n_outers;
} Nest;

static const YamlField inner_fields[] = {{"word", YAML_STRING, offsetof(Inner, word), true},
                                         {"n", YAML_INT, offsetof(Inner, n), false}};
static const YamlField outer_fields[] = {
        {"name", YAML_STRING, offsetof(Outer, name), true},
        {"list", YAML_STRINGS, offsetof(Outer, list), false},
        {"one", YAML_MAP, offsetof(Outer, one), false, inner_fields, G_N_ELEMENTS(inner_fields)},
        {"many", YAML_MAPS, offsetof(Outer, many), false, inner_fields, G_N_ELEMENTS(inner_fields),
         sizeof(Inner), offsetof(Outer, n_many)}};
static const YamlField nest_fields[] = {{"outers", YAML_MAPS, offsetof(Nest, outers), true, outer_fields,
                                         G_N_ELEMENTS(outer_fields), sizeof(Outer),
                                         offsetof(Nest, n_outers)}};

static void mappings_nest_in_lists_of_mappings(void **state)
{
        Nest nest = {0};
        g_autoptr(GError) error = NULL;
        const char *text = "outers:\n  - name: a\n    list: [x, y]\n    one: {word: w, n: 3}\n"
                           "    many: [{word: p}, {word: q, n: 9}]\n  - name: b\n";
        must_succeed(datafile_yaml_text("t", text, nest_fields, G_N_ELEMENTS(nest_fields), &nest, &error),
                     error);
        assert_int_equal(nest.n_outers, 2);
        assert_string_equal(nest.outers[0].list[1], "y");
        assert_string_equal(nest.outers[0].one.word, "w");
        assert_int_equal(nest.outers[0].one.n, 3);
        assert_int_equal(nest.outers[0].n_many, 2);
        assert_string_equal(nest.outers[0].many[1].word, "q");
        assert_int_equal(nest.outers[0].many[1].n, 9);
        assert_string_equal(nest.outers[1].name, "b");
        assert_null(nest.outers[1].many);
        datafile_yaml_free(nest_fields, G_N_ELEMENTS(nest_fields), &nest);
        assert_true(nest.outers == NULL && nest.n_outers == 0);
}

static void mistakes_inside_lists_are_told_with_their_line(void **state)
{
        static const struct {
                const char *text, *says;
        } rows[] = {{"outers:\n  - name: a\n  - name: b\n    wrod: x\n", "t:4: unknown key \"wrod\""},
                    {"outers:\n  - name: a\n    many:\n      - {word: p, name: q}\n", "unknown key \"name\""},
                    {"outers:\n  - list: [a]\n", "name"},
                    {"outers: 3\n", "line: 1"},
                    {"outers: [3]\n", "line: 1"},
                    {"outers:\n  - name: a\n    many: {word: x}\n", "line: 3"},
                    {"outers:\n  - name: a\n    one: {word: x, n: y}\n", "line: 3"}};
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                Nest nest = {0};
                g_autoptr(GError) error = NULL;
                bool ok = datafile_yaml_text("t", rows[i].text, nest_fields, G_N_ELEMENTS(nest_fields), &nest,
                                             &error);
                if (ok || !strstr(error->message, rows[i].says))
                        fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].text, ok ? "read" : error->message,
                                 rows[i].says);
                datafile_yaml_free(nest_fields, G_N_ELEMENTS(nest_fields), &nest);
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
                cmocka_unit_test(mappings_nest_in_lists_of_mappings),
                cmocka_unit_test(mistakes_inside_lists_are_told_with_their_line),
        };
        return cmocka_run_group_tests(tests, make_path, drop_path);
}
