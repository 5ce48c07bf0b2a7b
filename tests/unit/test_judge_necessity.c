/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/unit.h"

#include "core/datafile.h"
#include "judge/judge.h"

#include <glib/gstdio.h>

static RuleSet *rules;
static Arena *arena;

static int load(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        arena = arena_new();
        rules = ruleset_load(TEST_DATA_DIR, &error);
        if (!rules)
                print_error("%s\n", error->message);
        return rules ? 0 : 1;
}

static int unload(void **state)
{
        (void)state;
        ruleset_free(rules);
        arena_free(arena);
        return 0;
}

/* An app of these F-Droid categories (NULL ends) that declares one permission. */
static const Finding *verdict(const char *const *categories, const char *label, const char *permission)
{
        Listing *listing = record_new(arena, Listing, listing__init);
        Facts *facts = record_new(arena, Facts, facts__init);
        Permission *p = record_new(arena, Permission, permission__init);
        listing->label = (char *)label;
        for (; *categories; categories++)
                arena_push(arena, &listing->n_categories, &listing->categories, *categories);
        p->name = (char *)permission;
        arena_push(arena, &facts->n_permissions, &facts->permissions, p);
        const Findings *found = judge_app(rules, "f_droid", listing, facts, arena);
        assert_int_equal(found->n_findings, 1);
        return found->findings[0];
}

#define OF(...) ((const char *const[]){__VA_ARGS__, NULL})

static void position_is_needed_by_a_map(void **state)
{
        (void)state;
        const Finding *f = verdict(OF("Navigation"), "Torch", "android.permission.ACCESS_FINE_LOCATION");
        assert_string_equal(f->verdict, "needed");
        assert_string_equal(f->bases[0]->row, "PNPI-01");
        assert_non_null(strstr(f->bases[0]->document, "国信办秘字〔2021〕14号"));
        assert_string_equal(f->bases[0]->strength, "primary");
        assert_string_equal(
                verdict(OF("Navigation"), "Torch", "android.permission.ACCESS_COARSE_LOCATION")->verdict,
                "needed");
}

static void contacts_are_not_advised_for_a_map_and_the_clause_is_named(void **state)
{
        (void)state;
        const Finding *f = verdict(OF("Navigation"), "Torch", "android.permission.READ_CONTACTS");
        assert_string_equal(f->verdict, "not-advised");
        assert_string_equal(f->bases[0]->document, "TC260-PG-20204A");
        assert_non_null(strstr(f->bases[0]->clause, "附录D"));
        assert_string_equal(f->protection, "dangerous");
        assert_string_equal(f->data_types[0], "contacts");
}

static void an_unmarked_cell_decides_nothing(void **state)
{
        (void)state;
        const Finding *f = verdict(OF("Navigation"), "Torch", "android.permission.CAMERA");
        assert_string_equal(f->verdict, "undecided");
        assert_string_equal(f->why, "unmarked");
        assert_int_equal(f->n_bases, 0);
}

static void a_permission_no_text_speaks_of_stays_undecided(void **state)
{
        (void)state;
        assert_string_equal(verdict(OF("Navigation"), "Torch", "android.permission.INTERNET")->why,
                            "not-in-tables");
        const Finding *f = verdict(OF("Navigation"), "Torch", "com.example.OWN");
        assert_string_equal(f->why, "not-in-tables");
        assert_string_equal(f->protection, "unknown");
}

static void a_type_without_a_column_says_so(void **state)
{
        (void)state;
        const Finding *f = verdict(OF("Calculator"), "Sums", "android.permission.READ_CALL_LOG");
        assert_string_equal(f->verdict, "undecided");
        assert_string_equal(f->why, "no-column");
}

static void a_listed_use_is_a_scenario_and_keeps_its_mark(void **state)
{
        (void)state;
        const Finding *f = verdict(OF("Calculator"), "Sums", "android.permission.READ_CALENDAR");
        assert_string_equal(f->verdict, "scenario");
        assert_string_equal(f->bases[0]->document, "T/TAF 067-2020");
        assert_string_equal(f->bases[0]->strength, "own-judgement");
}

static void background_position_needs_a_text_that_names_it(void **state)
{
        (void)state;
        const Finding *map =
                verdict(OF("Navigation"), "Torch", "android.permission.ACCESS_BACKGROUND_LOCATION");
        assert_string_equal(map->verdict, "scenario");
        assert_string_equal(map->bases[0]->row, "20204A-5.5c");
        const Finding *sums =
                verdict(OF("Calculator"), "Sums", "android.permission.ACCESS_BACKGROUND_LOCATION");
        assert_string_equal(sums->verdict, "undecided"); /* the location scenario of tools is of the group */
}

static void a_registered_number_does_not_make_reading_the_sim_needed(void **state)
{
        (void)state;
        const Finding *f = verdict(OF("Messaging"), "Letters", "android.permission.READ_PHONE_NUMBERS");
        assert_string_not_equal(f->verdict, "needed");
        f = verdict(OF("Messaging"), "Letters", "android.permission.READ_PHONE_STATE");
        assert_string_not_equal(f->verdict, "needed");
}

static void without_a_type_everything_is_undecided(void **state)
{
        (void)state;
        const Finding *f = verdict(OF("No such category"), "Zzyzx", "android.permission.READ_CONTACTS");
        assert_string_equal(f->verdict, "undecided");
        assert_string_equal(f->why, "no-type");
}

static AppType type_of(const char *const *categories, const char *label)
{
        Listing *listing = record_new(arena, Listing, listing__init);
        listing->label = (char *)label;
        for (; *categories; categories++)
                arena_push(arena, &listing->n_categories, &listing->categories, *categories);
        return judge_app_type(rules, "f_droid", listing, NULL, arena);
}

static void the_order_of_categories_does_not_matter(void **state)
{
        (void)state;
        AppType a = type_of(OF("Calculator", "Browser"), "x"), b = type_of(OF("Browser", "Calculator"), "x");
        assert_string_equal(a.key, "browser"); /* high stands over medium */
        assert_string_equal(a.key, b.key);
        assert_string_equal(a.how, "category:Browser");
        assert_string_equal(a.confidence, "high");
        assert_string_equal(a.alternatives[0], "utility");
}

static void a_word_of_the_label_helps_where_the_category_is_silent(void **state)
{
        (void)state;
        AppType t = type_of(OF("Nothing known"), "Taxi to town");
        assert_string_equal(t.key, "ride_hailing");
        assert_string_equal(t.how, "keyword:taxi");
        assert_string_equal(t.confidence, "low");
        assert_null(type_of(OF("Nothing known"), "Syntaxis").key); /* no word boundary */
        assert_string_equal(type_of(OF("Nothing known"), "某某地图").key, "map_navigation");
        assert_string_equal(type_of(OF("Nothing known"), "\xff\xfe broken").how, "none");
}

static void each_distinct_permission_gets_one_finding_in_order(void **state)
{
        (void)state;
        static const char *const names[] = {"b.B", "a.A", "b.B"};
        Listing *listing = record_new(arena, Listing, listing__init);
        Facts *facts = record_new(arena, Facts, facts__init);
        for (int i = 0; i < 3; i++) {
                Permission *p = record_new(arena, Permission, permission__init);
                p->name = (char *)names[i];
                arena_push(arena, &facts->n_permissions, &facts->permissions, p);
        }
        const Findings *found = judge_app(rules, "f_droid", listing, facts, arena);
        assert_int_equal(found->n_findings, 2);
        assert_string_equal(found->findings[0]->permission, "a.A");
        assert_string_equal(found->rule_set, ruleset_id(rules));
        assert_null(found->app_type);
}

/* The matrix and the rows of the text were written down apart; each must say what the other says. */
static void matrix_and_text_rows_agree_on_all_577_marks(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autofree char *path = g_build_filename(TEST_DATA_DIR, "rules", "category_permissions.jsonl", NULL);
        g_autoptr(DataFile) file = datafile_open(path, &error);
        must_succeed(file != NULL, error);
        static const char *const category_of[][2] = {{"map_navigation", "Navigation"},
                                                     {"browser", "Browser"}};
        int marks = 0, looked = 0;
        for (const Json *row; datafile_next_json(file, &row, &error);) {
                if (g_strcmp0(json_str(row, "kind"), "annexD_negative_list") != 0)
                        continue;
                const Json *list = json_get(row, "not_recommended");
                marks += (int)json_len(list);
                for (size_t c = 0; c < G_N_ELEMENTS(category_of); c++) {
                        if (g_strcmp0(json_str(row, "category_key"), category_of[c][0]) != 0)
                                continue;
                        for (size_t i = 0; i < json_len(list); i++, looked++)
                                assert_string_equal(
                                        verdict(OF(category_of[c][1]), "x", json_text(json_at(list, i)))
                                                ->verdict,
                                        "not-advised");
                }
        }
        must_succeed(error == NULL, error);
        assert_int_equal(marks, 577);
        assert_true(looked > 20);
}

static void copy_tree(const char *from, const char *to)
{
        g_autoptr(GDir) dir = g_dir_open(from, 0, NULL);
        assert_int_equal(g_mkdir_with_parents(to, 0755), 0);
        for (const char *name; (name = g_dir_read_name(dir));) {
                g_autofree char *a = g_build_filename(from, name, NULL);
                g_autofree char *b = g_build_filename(to, name, NULL);
                g_autofree char *bytes = NULL;
                gsize len;
                if (g_file_get_contents(a, &bytes, &len, NULL))
                        assert_true(g_file_set_contents(b, bytes, (gssize)len, NULL));
        }
}

static void other_data_is_another_rule_set_and_mistakes_name_their_line(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autofree char *home = g_dir_make_tmp("judge-XXXXXX", NULL);
        static const char *const parts[] = {"categories", "permissions", "rules"};
        for (int i = 0; i < 3; i++) {
                g_autofree char *from = g_build_filename(TEST_DATA_DIR, parts[i], NULL);
                g_autofree char *to = g_build_filename(home, parts[i], NULL);
                copy_tree(from, to);
        }
        g_autofree char *words = g_build_filename(home, "categories", "category_keywords.tsv", NULL);
        g_autofree char *text = NULL;
        assert_true(g_file_get_contents(words, &text, NULL, NULL));
        g_autofree char *more = g_strconcat(text, "browser\t\tanother word\n", NULL);
        assert_true(g_file_set_contents(words, more, -1, NULL));
        g_autoptr(RuleSet) other = ruleset_load(home, &error);
        must_succeed(other != NULL, error);
        assert_string_not_equal(ruleset_id(other), ruleset_id(rules));

        g_autofree char *wrong = g_strconcat(text, "no_such_type\t\tword\n", NULL);
        assert_true(g_file_set_contents(words, wrong, -1, NULL));
        assert_null(ruleset_load(home, &error));
        assert_non_null(strstr(error->message, "category_keywords.tsv:41: \"no_such_type\""));
        for (int i = 0; i < 3; i++) {
                g_autofree char *folder = g_build_filename(home, parts[i], NULL);
                g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
                for (const char *name; (name = g_dir_read_name(dir));) {
                        g_autofree char *path = g_build_filename(folder, name, NULL);
                        g_unlink(path);
                }
                g_rmdir(folder);
        }
        g_rmdir(home);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(position_is_needed_by_a_map),
                cmocka_unit_test(contacts_are_not_advised_for_a_map_and_the_clause_is_named),
                cmocka_unit_test(an_unmarked_cell_decides_nothing),
                cmocka_unit_test(a_permission_no_text_speaks_of_stays_undecided),
                cmocka_unit_test(a_type_without_a_column_says_so),
                cmocka_unit_test(a_listed_use_is_a_scenario_and_keeps_its_mark),
                cmocka_unit_test(background_position_needs_a_text_that_names_it),
                cmocka_unit_test(a_registered_number_does_not_make_reading_the_sim_needed),
                cmocka_unit_test(without_a_type_everything_is_undecided),
                cmocka_unit_test(the_order_of_categories_does_not_matter),
                cmocka_unit_test(a_word_of_the_label_helps_where_the_category_is_silent),
                cmocka_unit_test(each_distinct_permission_gets_one_finding_in_order),
                cmocka_unit_test(matrix_and_text_rows_agree_on_all_577_marks),
                cmocka_unit_test(other_data_is_another_rule_set_and_mistakes_name_their_line),
        };
        return cmocka_run_group_tests(tests, load, unload);
}
