/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/reports_invent.h"

#include "reports/question.h"
#include "reports/sweepwalk.h"

#define RULES "rules.1"
#define CALL  "android.permission.CALL_PHONE"
#define CAM   "android.permission.CAMERA"
#define NET   "android.permission.INTERNET"

/* Two markets, six apps: org.a in both (newer in beta), org.b over-collecting, org.c without a type, org.d unreadable in alpha
 * and readable but older in beta, org.e broken, org.f not fetched. */
static Invented spring(void)
{
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "beta alpha");
        invent_app(&in, 1, "alpha", "org.a", 1, "analysed", "permission:" NET " permission:" CALL);
        invent_app(&in, 1, "beta", "org.a", 2, "analysed", "permission:" NET " sdk:adjust");
        invent_app(&in, 1, "alpha", "org.b", 7, "analysed",
                   "permission:" NET " permission:" CALL " permission:" CAM);
        invent_app(&in, 1, "alpha", "org.c", 1, "analysed",
                   "permission:org.c.OWN sdk:adjust sdk:nobody-knows-it");
        invent_app(&in, 1, "alpha", "org.d", 9, "unanalysable:zip-no-manifest", "");
        invent_app(&in, 1, "beta", "org.d", 8, "analysed", "");
        invent_app(&in, 1, "alpha", "org.e", 1, "unanalysable:axml-cut-short", "");
        invent_app(&in, 1, "beta", "org.f", 1, "unfetched:http-404", "");
        invent_verdicts(&in, 1, RULES, "alpha", "org.a", "app-type:news verdict:not-advised:" CALL);
        invent_verdicts(&in, 1, RULES, "beta", "org.a", "app-type:map_navigation verdict:undecided:" NET);
        invent_verdicts(&in, 1, RULES, "alpha", "org.b",
                        "app-type:map_navigation verdict:not-advised:" CALL " verdict:scenario:" CAM
                        " verdict:undecided:" NET);
        invent_verdicts(&in, 1, RULES, "alpha", "org.c", "app-type:none verdict:undecided:org.c.OWN");
        invent_verdicts(&in, 1, RULES, "beta", "org.d", "app-type:utility");
        invent_listing(&in, 1, "alpha", "org.b", "The B app", "B & Sons");
        invent_listing(&in, 1, "beta", "org.f", "F", NULL);
        invent_commit(&in);
        return in;
}

static GPtrArray *ask(Invented *in, const char *rule_set)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(ReportWords) words = invent_words();
        GPtrArray *tables = report_tables(in->store, 1, rule_set, words, &error);
        must_succeed(tables != NULL, error);
        for (guint i = 0; tables && i < tables->len; i++) {
                const Table *table = tables->pdata[i];
                if (!g_str_equal(table->key,
                                 "sdks")) /* an SDK that a newer data file dropped has but its id */
                        must_be_named(table, words);
        }
        return tables;
}

static void an_app_in_two_markets_counts_once_by_its_newest_copy_that_was_read(void **state)
{
        (void)state;
        Invented in = spring();
        g_autoptr(GPtrArray) tables = ask(&in, NULL);
        const Table *overview = table_named(tables, "overview");
        assert_int_equal(row_of(overview, "apps")[1].n, 6);
        assert_int_equal(row_of(overview, "listings")[1].n, 8);
        assert_int_equal(row_of(overview, "artifacts")[1].n, 7); /* org.f brought none */
        must_be_share(&row_of(overview, "analysed")[2], 4, 6);
        must_be_share(&row_of(overview, "unanalysable")[2], 1, 6); /* org.d was read in beta */
        must_be_share(&row_of(overview, "unfetched")[2], 1, 6);
        must_be_share(&row_of(table_named(tables, "permissions"), CALL)[2], 1,
                      4); /* org.a dropped it in its newest version */
        must_be_share(&row_of(table_named(tables, "permissions"), NET)[2], 2, 4);
        invent_close(&in);
}

static void over_collection_is_a_share_of_the_apps_that_annex_d_covers(void **state)
{
        (void)state;
        Invented in = spring();
        g_autoptr(GPtrArray) tables = ask(&in, RULES);
        must_be_share(&row_of(table_named(tables, "overview"), "over_collecting")[2], 1, 2);
        must_be_share(&row_of(table_named(tables, "overview"), "typed")[2], 3, 4);
        const Table *types = table_named(tables, "over_collection_by_type");
        const Cell *map = row_of(types, "map_navigation"), *utility = row_of(types, "utility");
        must_be_share(&map[4], 1, 2);
        must_be_share(&map[5], 2, 4);
        assert_ptr_equal(map, table_cell(types, 0, 0)); /* most apps first */
        assert_string_equal(utility[2].text, "no");
        assert_int_equal(utility[4].kind, CELL_EMPTY); /* no column: no clean verdict */
        const Cell *permission = row_of(table_named(tables, "over_collection_permissions"), CALL);
        assert_string_equal(permission[1].text, "map_navigation");
        must_be_share(&permission[2], 1, 2);
        invent_close(&in);
}

static void an_over_collecting_app_is_named_with_all_that_is_needed_to_check_it(void **state)
{
        (void)state;
        Invented in = spring();
        g_autoptr(GPtrArray) tables = ask(&in, NULL);
        const Table *apps = table_named(tables, "over_collection_apps");
        assert_int_equal(apps->rows->len, 1);
        static const char *const expected[] = {"org.b",  "The B app",      "B & Sons",      "alpha",
                                               "v7 (7)", "map_navigation", "category:Maps", "medium"};
        for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
                assert_string_equal(table_cell(apps, 0, i)->text, expected[i]);
        assert_int_equal(table_cell(apps, 0, 8)->n, 1);
        must_be_list(table_cell(apps, 0, 9), CALL);
        invent_close(&in);
}

static void undecided_verdicts_are_counted_and_those_without_a_type_told_apart(void **state)
{
        (void)state;
        Invented in = spring();
        g_autoptr(GPtrArray) tables = ask(&in, NULL);
        const Table *verdicts = table_named(tables, "verdicts");
        must_be_share(&row_of(verdicts, "undecided")[1], 3, 5);
        must_be_share(&row_of(verdicts, "undecided")[2], 3, 4);
        must_be_share(&row_of(verdicts, "not-advised")[1], 1, 5);
        must_be_share(&row_of(verdicts, "needed")[1], 0, 5);
        const Note *note = verdicts->notes->pdata[0];
        assert_int_equal(note->n, 1);
        assert_int_equal(note->of, 3);
        invent_close(&in);
}

static void permissions_stand_with_their_level_and_levels_count_apps_once(void **state)
{
        (void)state;
        Invented in = spring();
        g_autoptr(GPtrArray) tables = ask(&in, NULL);
        const Table *levels = table_named(tables, "permission_levels");
        must_be_share(&row_of(levels, "dangerous")[2], 1, 4); /* two permissions, one app */
        assert_int_equal(row_of(levels, "dangerous")[1].n, 2);
        must_be_share(&row_of(levels, "unlisted")[2], 1, 4);
        assert_string_equal(row_of(table_named(tables, "permissions"), CAM)[1].text, "dangerous");
        must_be_share(&row_of(table_named(tables, "overview"), "dangerous")[2], 1, 4);
        invent_close(&in);
}

static void sdks_and_companies_are_counted_by_reach(void **state)
{
        (void)state;
        Invented in = spring();
        g_autoptr(GPtrArray) tables = ask(&in, NULL);
        must_be_share(&row_of(table_named(tables, "sdks"), "adjust")[3], 2, 4);
        must_be_share(&row_of(table_named(tables, "sdks"), "nobody-knows-it")[3], 1, 4);
        const Table *companies = table_named(tables, "companies");
        assert_int_equal(companies->rows->len, 1);
        must_be_share(table_cell(companies, 0, 3), 2, 4);
        must_be_list(table_cell(companies, 0, 2), "adjust");
        const Note *note = companies->notes->pdata[0];
        assert_int_equal(note->n, 1);
        invent_close(&in);
}

static const Cell *coverage_row(const Table *table, const char *market, const char *step, const char *reason)
{
        for (guint i = 0; i < table->rows->len; i++) {
                const Cell *row = table_cell(table, i, 0);
                if (g_str_equal(row[0].text, market) && g_str_equal(row[1].text, step) &&
                    g_strcmp0(row[2].text, reason) == 0)
                        return row;
        }
        fail_msg("coverage has no row %s %s %s", market, step, reason);
        return NULL;
}

static void every_loss_of_a_market_stands_with_its_reason(void **state)
{
        (void)state;
        Invented in = spring();
        g_autoptr(GPtrArray) tables = ask(&in, NULL);
        const Table *coverage = table_named(tables, "coverage");
        must_be_share(&coverage_row(coverage, "alpha", "fetched", NULL)[4], 5, 5);
        must_be_share(&coverage_row(coverage, "alpha", "analysed", NULL)[4], 3, 5);
        must_be_share(&coverage_row(coverage, "alpha", "unanalysable", "zip-no-manifest")[4], 1, 5);
        must_be_share(&coverage_row(coverage, "alpha", "unanalysable", "axml-cut-short")[4], 1, 5);
        must_be_share(&coverage_row(coverage, "beta", "unfetched", "http-404")[4], 1, 3);
        const Table *unread = table_named(tables, "unread");
        assert_int_equal(unread->rows->len, 2);
        assert_string_equal(row_of(unread, "org.f")[1].text, "F");
        assert_string_equal(row_of(unread, "org.e")[4].text, "unanalysable:axml-cut-short");
        invent_close(&in);
}

static void selected_apps_without_an_outcome_are_pending_and_an_index_says_how_it_went(void **state)
{
        (void)state;
        g_autoptr(Tally) tally = sweeptally_new();
        g_autoptr(ReportWords) words = invent_words();
        MarketCount *m = sweeptally_add_market(tally, "alpha");
        m->count.listed = 50;
        m->count.left[LEFT_SAMPLE] = 40;
        m->count.analysed = 4;
        m->count.pending = 6;
        m->outcome = g_strdup("failed:signature");
        m->detail = g_strdup("fingerprint differs");
        g_autoptr(GPtrArray) tables = questions_ask(tally, words);
        const Table *coverage = table_named(tables, "coverage");
        must_be_share(&coverage_row(coverage, "alpha", "pending", NULL)[4], 6, 10);
        assert_int_equal(coverage_row(coverage, "alpha", "listed", NULL)[3].n, 50);
        (void)coverage_row(coverage, "alpha", "index", "failed:signature: fingerprint differs");
}

static void an_unjudged_sweep_gets_tables_without_verdicts(void **state)
{
        (void)state;
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "alpha");
        invent_app(&in, 1, "alpha", "org.a", 1, "analysed", "permission:" NET);
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = ask(&in, NULL);
        const Cell *over = row_of(table_named(tables, "overview"), "over_collecting");
        assert_int_equal(over[2].kind, CELL_EMPTY);
        assert_int_equal(table_named(tables, "over_collection_by_type")->rows->len, 0);
        const Note *note = table_named(tables, "overview")->notes->pdata[0];
        assert_string_equal(note->key, "note.not_judged");
        invent_close(&in);
}

static void the_newest_rule_set_is_taken_unless_another_is_named(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        Invented in = spring();
        invent_verdicts(&in, 1, "rules.0", "alpha", "org.b", "app-type:news");
        invent_commit(&in);
        g_autofree char *found =
                report_rule_set(in.store, 1, &error); /* the record names none: the last layer there is */
        assert_string_equal(found, RULES);
        Sweep s = SWEEP__INIT;
        char *const ids[] = {(char *)RULES, (char *)"rules.0"}, *const markets[] = {(char *)"alpha",
                                                                                    (char *)"beta"};
        s.id = 1;
        s.name = (char *)"spring";
        s.state = (char *)"done";
        s.markets = (char **)markets;
        s.n_markets = 2;
        s.rule_sets = (char **)ids;
        s.n_rule_sets = 2;
        invent_put(&in, STORE_SWEEPS, &(StoreKey){.sweep = 1}, &s.base);
        invent_commit(&in);
        g_autofree char *newest = report_rule_set(in.store, 1, &error);
        assert_string_equal(newest, "rules.0");
        g_autoptr(GPtrArray) by_newest = ask(&in, NULL);
        must_be_share(&row_of(table_named(by_newest, "overview"), "typed")[2], 1, 1);
        g_autoptr(GPtrArray) by_name = ask(&in, RULES);
        must_be_share(&row_of(table_named(by_name, "overview"), "typed")[2], 3, 4);
        invent_close(&in);
}

static void a_sweep_that_is_not_there_is_said_to_be_missing(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autoptr(ReportWords) words = invent_words();
        Invented in = spring();
        assert_null(report_tables(in.store, 42, NULL, words, &error));
        assert_true(fault_is(error, FAULT_NOT_FOUND));
        invent_close(&in);
}

static void a_damaged_vector_stops_the_report_and_names_the_app(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autoptr(ReportWords) words = invent_words();
        Invented in = spring();
        store_put(in.batch, STORE_VECTORS,
                  &(StoreKey){.sweep = 1, .layer = "facts", .market = "alpha", .package = "org.c"},
                  span_str("\x01\x80"));
        invent_commit(&in);
        assert_null(report_tables(in.store, 1, NULL, words, &error));
        assert_non_null(strstr(error->message, "alpha: org.c: "));
        invent_close(&in);
}

static void the_walk_gives_each_package_once_in_order_with_all_its_copies(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autoptr(Arena) arena = arena_new();
        Invented in = spring();
        const Sweep *sweep = sweep_read(in.store, 1, arena, &error);
        must_succeed(sweep != NULL, error);
        g_autoptr(SweepWalk) walk = sweepwalk_open(in.store, sweep, RULES);
        g_autoptr(GString) seen = g_string_new(NULL);
        for (const App *app; sweepwalk_next(walk, &app, &error);)
                g_string_append_printf(seen, "%s:%zu:%s ", app->package, app->n_copies, app->newest->market);
        must_succeed(error == NULL, error);
        assert_string_equal(
                seen->str,
                "org.a:2:beta org.b:1:alpha org.c:1:alpha org.d:2:beta org.e:1:alpha org.f:1:beta ");
        g_clear_pointer(&walk, sweepwalk_close);
        invent_close(&in);
}

static void of_equal_versions_the_first_market_by_name_stands(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autoptr(Arena) arena = arena_new();
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "zeta eta");
        invent_app(&in, 1, "zeta", "org.a", 4, "analysed", "");
        invent_app(&in, 1, "eta", "org.a", 4, "analysed", "");
        invent_commit(&in);
        const Sweep *sweep = sweep_read(in.store, 1, arena, &error);
        g_autoptr(SweepWalk) walk = sweepwalk_open(in.store, sweep, NULL);
        const App *app;
        assert_true(sweepwalk_next(walk, &app, &error));
        assert_string_equal(app->newest->market, "eta");
        g_clear_pointer(&walk, sweepwalk_close);
        invent_close(&in);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_app_in_two_markets_counts_once_by_its_newest_copy_that_was_read),
                cmocka_unit_test(over_collection_is_a_share_of_the_apps_that_annex_d_covers),
                cmocka_unit_test(an_over_collecting_app_is_named_with_all_that_is_needed_to_check_it),
                cmocka_unit_test(undecided_verdicts_are_counted_and_those_without_a_type_told_apart),
                cmocka_unit_test(permissions_stand_with_their_level_and_levels_count_apps_once),
                cmocka_unit_test(sdks_and_companies_are_counted_by_reach),
                cmocka_unit_test(every_loss_of_a_market_stands_with_its_reason),
                cmocka_unit_test(selected_apps_without_an_outcome_are_pending_and_an_index_says_how_it_went),
                cmocka_unit_test(an_unjudged_sweep_gets_tables_without_verdicts),
                cmocka_unit_test(the_newest_rule_set_is_taken_unless_another_is_named),
                cmocka_unit_test(a_sweep_that_is_not_there_is_said_to_be_missing),
                cmocka_unit_test(a_damaged_vector_stops_the_report_and_names_the_app),
                cmocka_unit_test(the_walk_gives_each_package_once_in_order_with_all_its_copies),
                cmocka_unit_test(of_equal_versions_the_first_market_by_name_stands),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
