/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/reports_invent.h"

#define RULES "rules.1"

static void put_year(Invented *in)
{
        invent_sweep(in, 1, "spring", "alpha beta");
        invent_app(in, 1, "alpha", "org.grows", 1, "analysed", "permission:P1 signer:aa sdk:adjust");
        invent_app(in, 1, "alpha", "org.same", 5, "analysed", "permission:P1 signer:aa");
        invent_app(in, 1, "alpha", "org.gone", 1, "analysed", "permission:P1");
        invent_app(in, 1, "alpha", "org.moves", 1, "analysed", "permission:P1 permission:P2 signer:aa");
        invent_app(in, 1, "alpha", "org.broken", 1, "analysed", "permission:P1");
        invent_sweep(in, 2, "autumn", "alpha beta");
        invent_app(in, 2, "alpha", "org.grows", 2, "analysed",
                   "permission:P1 permission:android.permission.CAMERA permission:P3 signer:bb sdk:admaster");
        invent_app(in, 2, "alpha", "org.same", 5, "analysed", "permission:P1 signer:aa");
        invent_app(in, 2, "beta", "org.moves", 2, "analysed", "permission:P1 signer:aa");
        invent_app(in, 2, "beta", "org.broken", 2, "unanalysable:zip-no-end", "");
        invent_app(in, 2, "beta", "org.new", 1, "unfetched:http-404", "");
        invent_verdicts(in, 1, RULES, "alpha", "org.grows", "app-type:news verdict:undecided:P1");
        invent_verdicts(in, 2, RULES, "alpha", "org.grows",
                        "app-type:browser verdict:undecided:P1 verdict:not-advised:P3");
        invent_verdicts(in, 1, RULES, "alpha", "org.moves",
                        "app-type:news verdict:not-advised:P2 verdict:undecided:P1");
        invent_verdicts(in, 2, RULES, "beta", "org.moves", "app-type:news verdict:undecided:P1");
        invent_commit(in);
}

static GPtrArray *compare(Invented *in, uint32_t before, uint32_t after)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(ReportWords) words = invent_words();
        GPtrArray *tables = report_diff(in->store, before, after, words, &error);
        must_succeed(tables != NULL, error);
        for (guint i = 0; tables && i < tables->len; i++)
                must_be_named(tables->pdata[i], words);
        return tables;
}

static void what_an_app_gained_and_lost_is_listed(void **state)
{
        (void)state;
        Invented in = invent_store();
        put_year(&in);
        g_autoptr(GPtrArray) tables = compare(&in, 1, 2);
        const Table *apps = table_named(tables, "diff_apps");
        assert_int_equal(apps->rows->len, 2);
        const Cell *grows = row_of(apps, "org.grows");
        assert_string_equal(grows[3].text, "v1 (1)");
        assert_string_equal(grows[4].text, "v2 (2)");
        assert_string_equal(grows[5].text, "yes");
        assert_int_equal(grows[6].n, 1);
        assert_int_equal(grows[7].n, 3);
        must_be_list(&grows[8], "P3 android.permission.CAMERA");
        must_be_list(&grows[9], "");
        must_be_list(&grows[12], "admaster");
        must_be_list(&grows[13], "adjust");
        const Cell *moves = row_of(apps, "org.moves");
        assert_string_equal(moves[2].text, "alpha \xe2\x86\x92 beta");
        assert_string_equal(moves[5].text, "no");
        must_be_list(&moves[9], "P2");
        invent_close(&in);
}

static void the_summary_says_of_how_many(void **state)
{
        (void)state;
        Invented in = invent_store();
        put_year(&in);
        g_autoptr(GPtrArray) tables = compare(&in, 1, 2);
        const Table *sum = table_named(tables, "diff_summary");
        assert_int_equal(row_of(sum, "apps_before")[1].n, 5);
        assert_int_equal(row_of(sum, "apps_after")[1].n, 5);
        assert_int_equal(row_of(sum, "in_both")[1].n, 4);
        must_be_share(&row_of(sum, "only_before")[2], 1, 5);
        must_be_share(&row_of(sum, "only_after")[2], 1, 5);
        must_be_share(&row_of(sum, "compared")[2], 3, 4); /* what was not read is neither gained nor lost */
        must_be_share(&row_of(sum, "updated")[2], 2, 3);
        must_be_share(&row_of(sum, "gained_permission")[2], 1, 3);
        must_be_share(&row_of(sum, "gained_dangerous")[2], 1, 3);
        must_be_share(&row_of(sum, "lost_permission")[2], 1, 3);
        must_be_share(&row_of(sum, "gained_sdk")[2], 1, 3);
        must_be_share(&row_of(sum, "lost_sdk")[2], 1, 3);
        must_be_share(&row_of(sum, "signer_changed")[2], 1, 3);
        const Note *unchanged = table_named(tables, "diff_apps")->notes->pdata[0];
        assert_int_equal(unchanged->n, 1);
        invent_close(&in);
}

static void findings_that_came_and_went_are_compared_under_one_rule_set(void **state)
{
        (void)state;
        Invented in = invent_store();
        put_year(&in);
        g_autoptr(GPtrArray) tables = compare(&in, 1, 2);
        const Table *findings = table_named(tables, "diff_findings");
        const Cell *grows = row_of(findings, "org.grows"), *moves = row_of(findings, "org.moves");
        assert_string_equal(grows[2].text, "news");
        assert_string_equal(grows[3].text, "browser");
        must_be_list(&grows[4], "P3");
        must_be_list(&moves[5], "P2");
        must_be_share(&row_of(table_named(tables, "diff_summary"), "judged_both")[2], 2, 3);
        must_be_share(&row_of(table_named(tables, "diff_summary"), "findings_new")[2], 1, 2);
        const Note *note = findings->notes->pdata[0];
        assert_string_equal(note->text, RULES);
        invent_close(&in);
}

static void apps_that_came_and_went_are_listed(void **state)
{
        (void)state;
        Invented in = invent_store();
        put_year(&in);
        g_autoptr(GPtrArray) tables = compare(&in, 1, 2);
        const Table *presence = table_named(tables, "diff_presence");
        assert_int_equal(presence->rows->len, 2);
        assert_string_equal(row_of(presence, "org.gone")[2].text, "disappeared");
        assert_string_equal(row_of(presence, "org.new")[2].text, "appeared");
        assert_string_equal(row_of(presence, "org.new")[5].text, "unfetched:http-404");
        invent_close(&in);
}

static void a_sweep_compared_with_itself_shows_no_change(void **state)
{
        (void)state;
        Invented in = invent_store();
        put_year(&in);
        g_autoptr(GPtrArray) tables = compare(&in, 2, 2);
        assert_int_equal(table_named(tables, "diff_apps")->rows->len, 0);
        assert_int_equal(table_named(tables, "diff_findings")->rows->len, 0);
        assert_int_equal(table_named(tables, "diff_presence")->rows->len, 0);
        must_be_share(&row_of(table_named(tables, "diff_summary"), "compared")[2], 3, 5);
        invent_close(&in);
}

static void sweeps_judged_by_different_rules_compare_facts_only(void **state)
{
        (void)state;
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "alpha");
        invent_sweep(&in, 2, "autumn", "alpha");
        invent_app(&in, 1, "alpha", "org.a", 1, "analysed", "permission:P1");
        invent_app(&in, 2, "alpha", "org.a", 1, "analysed", "permission:P2");
        invent_verdicts(&in, 1, "rules.1", "alpha", "org.a", "app-type:news verdict:undecided:P1");
        invent_verdicts(&in, 2, "rules.2", "alpha", "org.a", "app-type:news verdict:not-advised:P2");
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = compare(&in, 1, 2);
        assert_int_equal(table_named(tables, "diff_apps")->rows->len, 1);
        assert_int_equal(table_named(tables, "diff_findings")->rows->len, 0);
        const Note *note = table_named(tables, "diff_findings")->notes->pdata[0];
        assert_string_equal(note->key, "note.no_common_rule_set");
        invent_close(&in);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_an_app_gained_and_lost_is_listed),
                cmocka_unit_test(the_summary_says_of_how_many),
                cmocka_unit_test(findings_that_came_and_went_are_compared_under_one_rule_set),
                cmocka_unit_test(apps_that_came_and_went_are_listed),
                cmocka_unit_test(a_sweep_compared_with_itself_shows_no_change),
                cmocka_unit_test(sweeps_judged_by_different_rules_compare_facts_only),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
