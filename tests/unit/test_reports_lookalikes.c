/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/reports_invent.h"

#include "reports/question.h"

#include <string.h>

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccc"

static GPtrArray *ask(Invented *in, uint32_t sweep)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(ReportWords) words = invent_words();
        GPtrArray *tables = report_tables(in->store, sweep, NULL, words, &error);
        must_succeed(tables != NULL, error);
        for (guint i = 0; tables && i < tables->len; i++)
                must_be_named(tables->pdata[i], words);
        return tables;
}

static GPtrArray *compare(Invented *in)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(ReportWords) words = invent_words();
        GPtrArray *tables = report_diff(in->store, 1, 2, words, &error);
        must_succeed(tables != NULL, error);
        for (guint i = 0; tables && i < tables->len; i++)
                must_be_named(tables->pdata[i], words);
        return tables;
}

static void put(Invented *in, uint32_t sweep, const char *market, const char *package, const char *artifact,
                const char *facts)
{
        invent_seen(in, sweep, market, package, "analysed", facts,
                    (InventSeen){.artifact = artifact, .label = market});
}

/* ---- one sweep ------------------------------------------------------------------------------------------------------ */

static void a_package_under_two_signers_is_two_apps(void **state)
{
        (void)state;
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "alpha beta gamma");
        put(&in, 1, "alpha", "org.a", "f1", "permission:P signer:" A);
        put(&in, 1, "beta", "org.a", "f2", "permission:P permission:Q signer:" B);
        put(&in, 1, "gamma", "org.a", "f1", "permission:P signer:" A);
        put(&in, 1, "alpha", "org.b", "f3", "permission:P signer:" A);
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = ask(&in, 1);
        const Table *overview = table_named(tables, "overview");
        assert_int_equal(row_of(overview, "apps")[1].n, 3);
        must_be_share(&row_of(overview, "lookalikes")[2], 1, 2);
        must_be_share(&row_of(table_named(tables, "permissions"), "P")[2], 3, 3);
        must_be_share(&row_of(table_named(tables, "permissions"), "Q")[2], 1, 3);
        const Table *t = table_named(tables, "lookalikes");
        assert_int_equal(t->rows->len, 2);
        const Cell *main = table_cell(t, 0, 0), *other = table_cell(t, 1, 0);
        assert_string_equal(main[0].text, "org.a");
        must_be_list(&main[1], "aaaaaaaaaaaaaaaa");
        must_be_list(&main[2], "alpha gamma");
        must_be_list(&main[3], "v1");
        must_be_list(&main[4], "alpha gamma");
        assert_string_equal(other[0].text, "org.a");
        must_be_list(&other[1], "bbbbbbbbbbbbbbbb");
        must_be_list(&other[2], "beta");
        invent_close(&in);
}

static void a_file_in_several_markets_is_told_as_shared(void **state)
{
        (void)state;
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "alpha beta gamma");
        put(&in, 1, "alpha", "org.a", "f1", "signer:" A);
        put(&in, 1, "beta", "org.a", "f1", "signer:" A);
        put(&in, 1, "gamma", "org.a", "f1", "signer:" A);
        put(&in, 1, "alpha", "org.b", "f2", "signer:" A);
        store_count(in.batch, 1, "artifacts-known", 2);
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = ask(&in, 1);
        const Table *overview = table_named(tables, "overview");
        assert_int_equal(row_of(overview, "artifacts")[1].n, 2);
        must_be_share(&row_of(overview, "artifacts_shared")[2], 1, 2);
        assert_int_equal(row_of(overview, "artifacts_known")[1].n, 2);
        invent_close(&in);
}

static void signers_that_a_third_copy_has_both_of_are_one_app(void **state)
{
        (void)state;
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "alpha beta gamma");
        put(&in, 1, "alpha", "org.a", "f1", "signer:" A);
        put(&in, 1, "beta", "org.a", "f2", "signer:" B);
        put(&in, 1, "gamma", "org.a", "f3", "signer:" A " signer:" B);
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = ask(&in, 1);
        assert_int_equal(row_of(table_named(tables, "overview"), "apps")[1].n, 1);
        assert_int_equal(table_named(tables, "lookalikes")->rows->len, 0);
        invent_close(&in);
}

static void a_stated_rotation_makes_one_app_of_two_signers(void **state)
{
        (void)state;
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "alpha beta gamma");
        put(&in, 1, "alpha", "org.a", "f1", "signer:" A);
        put(&in, 1, "beta", "org.a", "f2", "signer:" B);
        put(&in, 1, "gamma", "org.a", "f3", "signer:" C);
        invent_rotation(&in, "f2", A, B);
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = ask(&in, 1);
        assert_int_equal(row_of(table_named(tables, "overview"), "apps")[1].n, 2);
        const Table *t = table_named(tables, "lookalikes");
        assert_int_equal(t->rows->len, 2);
        must_be_list(table_cell(t, 0, 1), "aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb");
        must_be_list(table_cell(t, 1, 1), "cccccccccccccccc");
        invent_close(&in);
}

static void a_copy_that_was_not_read_counts_with_the_main_app(void **state)
{
        (void)state;
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "alpha beta gamma");
        invent_seen(&in, 1, "alpha", "org.a", "unfetched:gone", "", (InventSeen){0});
        put(&in, 1, "beta", "org.a", "f2", "signer:" B);
        put(&in, 1, "gamma", "org.a", "f3", "signer:" C);
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = ask(&in, 1);
        assert_int_equal(row_of(table_named(tables, "overview"), "apps")[1].n, 2);
        assert_int_equal(row_of(table_named(tables, "overview"), "unfetched")[1].n, 0);
        must_be_list(table_cell(table_named(tables, "lookalikes"), 0, 2), "alpha beta");
        invent_close(&in);
}

/* ---- two sweeps ------------------------------------------------------------------------------------------------------ */

static void years(Invented *in)
{
        *in = invent_store();
        invent_sweep(in, 1, "spring", "alpha beta");
        invent_sweep(in, 2, "autumn", "alpha beta");
}

static void a_rotated_key_is_no_changed_signer(void **state)
{
        (void)state;
        Invented in;
        years(&in);
        put(&in, 1, "alpha", "org.rotates", "f1", "signer:" A);
        put(&in, 2, "alpha", "org.rotates", "f2", "signer:" B);
        invent_rotation(&in, "f2", A, B);
        put(&in, 1, "alpha", "org.keeps-both", "f3", "signer:" A);
        put(&in, 2, "alpha", "org.keeps-both", "f4", "signer:" A " signer:" B);
        invent_rotation(&in, "f4", A, B);
        put(&in, 1, "alpha", "org.taken-over", "f5", "signer:" A);
        put(&in, 2, "alpha", "org.taken-over", "f6", "signer:" B);
        invent_rotation(&in, "f6", C, B); /* from another key than ours */
        put(&in, 1, "alpha", "org.same", "f7", "signer:" A);
        put(&in, 2, "alpha", "org.same", "f7", "signer:" A);
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = compare(&in);
        const Table *apps = table_named(tables, "diff_apps"), *sum = table_named(tables, "diff_summary");
        assert_int_equal(apps->rows->len, 3);
        assert_string_equal(row_of(apps, "org.rotates")[5].text, "rotated");
        assert_string_equal(row_of(apps, "org.keeps-both")[5].text, "rotated");
        assert_string_equal(row_of(apps, "org.taken-over")[5].text, "yes");
        must_be_share(&row_of(sum, "signer_changed")[2], 1, 4);
        must_be_share(&row_of(sum, "signer_rotated")[2], 2, 4);
        invent_close(&in);
}

static void a_lookalike_that_comes_up_is_a_new_app_and_changes_none(void **state)
{
        (void)state;
        Invented in;
        years(&in);
        put(&in, 1, "alpha", "org.a", "f1", "permission:P signer:" A);
        put(&in, 2, "beta", "org.a", "f1", "permission:P signer:" A);
        put(&in, 2, "alpha", "org.a", "f2", "permission:Q signer:" B); /* now the first by market */
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = compare(&in);
        const Table *sum = table_named(tables, "diff_summary"),
                    *presence = table_named(tables, "diff_presence");
        assert_int_equal(row_of(sum, "apps_after")[1].n, 2);
        must_be_share(&row_of(sum, "signer_changed")[2], 0, 1);
        assert_int_equal(table_named(tables, "diff_apps")->rows->len, 0);
        assert_int_equal(presence->rows->len, 1);
        assert_string_equal(row_of(presence, "org.a")[2].text, "appeared");
        assert_string_equal(row_of(presence, "org.a")[3].text, "alpha");
        invent_close(&in);
}

static void sdks_are_compared_only_where_both_were_read_with_their_code(void **state)
{
        (void)state;
        Invented in;
        years(&in);
        invent_seen(&in, 1, "alpha", "org.a", "analysed", "permission:P sdk:adjust signer:" A,
                    (InventSeen){.tier = "whole"});
        invent_seen(&in, 2, "alpha", "org.a", "analysed", "permission:Q signer:" A,
                    (InventSeen){.tier = "manifest"});
        invent_seen(&in, 1, "alpha", "org.b", "analysed", "sdk:adjust signer:" A,
                    (InventSeen){.tier = "dex"});
        invent_seen(&in, 2, "alpha", "org.b", "analysed", "signer:" A, (InventSeen){.tier = "whole"});
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = compare(&in);
        const Table *apps = table_named(tables, "diff_apps"), *sum = table_named(tables, "diff_summary");
        must_be_list(&row_of(apps, "org.a")[8], "Q");
        assert_int_equal(row_of(apps, "org.a")[10].kind, CELL_EMPTY);
        assert_int_equal(row_of(apps, "org.a")[13].kind, CELL_EMPTY);
        must_be_list(&row_of(apps, "org.b")[13], "adjust");
        must_be_share(&row_of(sum, "lost_sdk")[2], 1, 1);
        const Note *note = apps->notes->pdata[0];
        assert_string_equal(note->key, "note.sdks_not_compared");
        assert_int_equal(note->n, 1);
        assert_int_equal(note->of, 2);
        invent_close(&in);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_package_under_two_signers_is_two_apps),
                cmocka_unit_test(a_file_in_several_markets_is_told_as_shared),
                cmocka_unit_test(signers_that_a_third_copy_has_both_of_are_one_app),
                cmocka_unit_test(a_stated_rotation_makes_one_app_of_two_signers),
                cmocka_unit_test(a_copy_that_was_not_read_counts_with_the_main_app),
                cmocka_unit_test(a_rotated_key_is_no_changed_signer),
                cmocka_unit_test(a_lookalike_that_comes_up_is_a_new_app_and_changes_none),
                cmocka_unit_test(sdks_are_compared_only_where_both_were_read_with_their_code),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
