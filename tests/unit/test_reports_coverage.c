/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit/reports_invent.h"

#include "reports/question.h"

#include <string.h>

static const InventDraw none;

/* A sampled market: nine apps in two categories and without one. */
static Invented sampled(void)
{
        const InventDraw games = {"category:games", 5, 2}, maps = {"category:maps", 3, 3};
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "alpha");
        invent_frame(&in, 1, "alpha", "org.a", "games maps", 3, NULL, games);
        invent_frame(&in, 1, "alpha", "org.b", "games", 1, "sample", games);
        invent_frame(&in, 1, "alpha", "org.c", "games", 1, "sample", games);
        invent_frame(&in, 1, "alpha", "org.d", "games", 1, "shard", games);
        invent_frame(&in, 1, "alpha", "org.e", "games", 1, NULL, games);
        invent_frame(&in, 1, "alpha", "org.f", "maps", 2, NULL, maps);
        invent_frame(&in, 1, "alpha", "org.g", "maps", 1, NULL, maps);
        invent_frame(&in, 1, "alpha", "org.h", "maps", 1, NULL, maps);
        invent_frame(&in, 1, "alpha", "org.i", "", 1, "list", none);
        invent_seen(&in, 1, "alpha", "org.a", "analysed", "permission:P", (InventSeen){.draw = games});
        invent_seen(&in, 1, "alpha", "org.e", "unfetched:throttled", "", (InventSeen){.draw = games});
        invent_seen(&in, 1, "alpha", "org.f", "unanalysable:wrong-package", "",
                    (InventSeen){.artifact = "aa", .draw = maps});
        invent_seen(&in, 1, "alpha", "org.g", "listed", "", (InventSeen){.tier = "listing", .draw = maps});
        invent_commit(&in);
        return in;
}

static GPtrArray *ask(Invented *in)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(ReportWords) words = invent_words();
        GPtrArray *tables = report_tables(in->store, 1, NULL, words, &error);
        must_succeed(tables != NULL, error);
        for (guint i = 0; tables && i < tables->len; i++)
                must_be_named(tables->pdata[i], words);
        return tables;
}

static const Cell *row(const Table *table, const char *market, const char *second, const char *third)
{
        for (guint i = 0; i < table->rows->len; i++) {
                const Cell *cells = table_cell(table, i, 0);
                if (g_str_equal(cells[0].text, market) && g_strcmp0(cells[1].text, second) == 0 &&
                    (!third || g_strcmp0(cells[2].text, third) == 0))
                        return cells;
        }
        fail_msg("%s has no row %s %s %s", table->key, market, second, third ? third : "");
        return NULL;
}

static size_t column(const Table *table, const char *key)
{
        for (size_t i = 0; i < table->n_columns; i++) {
                if (g_str_equal(table->columns[i].key, key))
                        return i;
        }
        fail_msg("%s has no column %s", table->key, key);
        return 0;
}

static const Note *note(const Table *table, const char *key)
{
        for (guint i = 0; i < table->notes->len; i++) {
                const Note *n = table->notes->pdata[i];
                if (g_str_equal(n->key, key))
                        return n;
        }
        return NULL;
}

/* ---- every listed app in one cell ---------------------------------------------------------------------------------- */

static void every_listed_app_is_in_exactly_one_cell_of_its_row(void **state)
{
        (void)state;
        static const char *const parts[] = {"left_sample",  "left_shard",   "left_list", "analysed",
                                            "listing_only", "unanalysable", "unfetched", "pending"};
        Invented in = sampled();
        g_autoptr(GPtrArray) tables = ask(&in);
        const Table *t = table_named(tables, "coverage_categories");
        assert_int_equal(t->rows->len, 3);
        int64_t all = 0;
        for (guint i = 0; i < t->rows->len; i++) {
                int64_t sum = 0, listed = table_cell(t, i, column(t, "listed"))->n;
                for (size_t k = 0; k < G_N_ELEMENTS(parts); k++)
                        sum += table_cell(t, i, column(t, parts[k]))->n;
                assert_int_equal(sum, listed);
                all += listed;
        }
        assert_int_equal(all, 9);
        invent_close(&in);
}

static void the_cells_of_the_categories_add_up_to_those_of_the_market(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        Invented in = sampled();
        Sweep sweep = SWEEP__INIT;
        sweep.id = 1;
        sweep.name = sweep.state = (char *)"spring";
        MarketCount *m = market_count_new("alpha");
        must_succeed(coverage_count(m, in.store, &sweep, &error), error);
        Listed sum = {0};
        for (guint i = 0; i < m->categories->len; i++) {
                const Listed *c = &((CategoryCount *)m->categories->pdata[i])->count;
                assert_int_equal(listed_sum(c), c->listed);
                sum.listed += c->listed;
                sum.duplicates += c->duplicates;
                sum.analysed += c->analysed;
                sum.listing_only += c->listing_only;
                sum.unanalysable += c->unanalysable;
                sum.unfetched += c->unfetched;
                sum.pending += c->pending;
                for (int k = 0; k < LEFTS; k++)
                        sum.left[k] += c->left[k];
        }
        sum.losses = m->count.losses;
        assert_memory_equal(&sum, &m->count, sizeof sum);
        assert_int_equal(listed_sum(&m->count), 9);
        assert_int_equal(listed_taken(&m->count), 5);
        market_count_free(m);
        invent_close(&in);
}

static void an_app_counts_in_the_first_of_its_categories(void **state)
{
        (void)state;
        Invented in = sampled();
        g_autoptr(GPtrArray) tables = ask(&in);
        const Table *t = table_named(tables, "coverage_categories");
        const Cell *games = row(t, "alpha", "games", NULL), *maps = row(t, "alpha", "maps", NULL),
                   *bare = row(t, "alpha", NULL, NULL);
        assert_int_equal(games[column(t, "listed")].n, 5);
        assert_int_equal(games[column(t, "duplicates")].n, 2);
        must_be_share(&games[column(t, "analysed")], 1, 2);
        must_be_list(&games[column(t, "lost_by")], "throttled 1");
        assert_int_equal(maps[column(t, "fetched")].n, 1);
        assert_int_equal(maps[column(t, "pending")].n, 1);
        must_be_list(&maps[column(t, "lost_by")], "wrong-package 1");
        assert_int_equal(bare[column(t, "left_list")].n, 1);
        assert_int_equal(bare[column(t, "selected")].n, 0);
        invent_close(&in);
}

static void a_market_says_what_was_not_taken_and_why(void **state)
{
        (void)state;
        Invented in = sampled();
        g_autoptr(GPtrArray) tables = ask(&in);
        const Table *t = table_named(tables, "coverage");
        assert_int_equal(row(t, "alpha", "listed", NULL)[3].n, 9);
        assert_int_equal(row(t, "alpha", "duplicates", NULL)[3].n, 3);
        must_be_share(&row(t, "alpha", "left", "sample")[5], 2, 9);
        must_be_share(&row(t, "alpha", "left", "shard")[5], 1, 9);
        must_be_share(&row(t, "alpha", "left", "list")[5], 1, 9);
        must_be_share(&row(t, "alpha", "selected", NULL)[5], 5, 9);
        must_be_share(&row(t, "alpha", "fetched", NULL)[4], 2, 5);
        must_be_share(&row(t, "alpha", "listing_only", NULL)[4], 1, 5);
        must_be_share(&row(t, "alpha", "unfetched", "throttled")[4], 1, 5);
        must_be_share(&row(t, "alpha", "unanalysable", "wrong-package")[4], 1, 5);
        must_be_share(&row(t, "alpha", "pending", NULL)[4], 1, 5);
        invent_close(&in);
}

static void an_app_that_is_listed_only_is_neither_unread_nor_lost(void **state)
{
        (void)state;
        Invented in = sampled();
        g_autoptr(GPtrArray) tables = ask(&in);
        assert_int_equal(row_of(table_named(tables, "overview"), "listing_only")[1].n, 1);
        assert_int_equal(row_of(table_named(tables, "overview"), "unanalysable")[1].n, 1);
        const Table *unread = table_named(tables, "unread");
        for (guint i = 0; i < unread->rows->len; i++)
                assert_string_not_equal(table_cell(unread, i, 0)->text, "org.g");
        invent_close(&in);
}

static void what_a_market_cannot_is_unavailable_and_never_a_zero(void **state)
{
        (void)state;
        Invented in = sampled();
        Sweep s = SWEEP__INIT;
        MarketResult r = MARKET_RESULT__INIT, *results[] = {&r};
        char *cannot[] = {(char *)"categories", (char *)"resolve"};
        r.market = (char *)"alpha";
        r.outcome = (char *)"listed";
        r.n_cannot = 2;
        r.cannot = cannot;
        s.id = 1;
        s.name = (char *)"spring";
        s.state = (char *)"done";
        s.n_results = 1;
        s.results = results;
        invent_put(&in, STORE_SWEEPS, &(StoreKey){.sweep = 1}, &s.base);
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = ask(&in);
        const Cell *cells = row(table_named(tables, "coverage"), "alpha", "unavailable", "resolve");
        assert_int_equal(cells[3].kind, CELL_EMPTY);
        assert_int_equal(cells[4].kind, CELL_EMPTY);
        (void)row(table_named(tables, "coverage"), "alpha", "unavailable", "categories");
        invent_close(&in);
}

static void a_sweep_from_before_there_were_frames_is_told_by_its_record(void **state)
{
        (void)state;
        Invented in = invent_store();
        Sweep s = SWEEP__INIT;
        MarketResult r = MARKET_RESULT__INIT, *results[] = {&r};
        r.market = (char *)"alpha";
        r.outcome = (char *)"listed";
        r.has_listed = r.has_selected = true;
        r.listed = 40;
        r.selected = 2;
        s.id = 1;
        s.name = (char *)"spring";
        s.state = (char *)"done";
        s.n_results = 1;
        s.results = results;
        invent_put(&in, STORE_SWEEPS, &(StoreKey){.sweep = 1}, &s.base);
        invent_app(&in, 1, "alpha", "org.a", 1, "analysed", "permission:P");
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = ask(&in);
        const Table *t = table_named(tables, "coverage");
        assert_int_equal(row(t, "alpha", "listed", NULL)[3].n, 40);
        must_be_share(&row(t, "alpha", "selected", NULL)[5], 2, 40);
        must_be_share(&row(t, "alpha", "pending", NULL)[4], 1, 2);
        const Table *categories = table_named(tables, "coverage_categories");
        assert_int_equal(row(categories, "alpha", NULL, NULL)[column(categories, "left_sample")].n, 38);
        const Note *of = note(table_named(tables, "permissions"), "note.sampled");
        assert_non_null(of);
        assert_int_equal(of->n, 2);
        assert_int_equal(of->of, 40);
        invent_close(&in);
}

static void a_market_that_could_not_be_listed_has_no_numbers(void **state)
{
        (void)state;
        g_autoptr(Tally) tally = sweeptally_new();
        g_autoptr(ReportWords) words = invent_words();
        sweeptally_add_market(tally, "alpha")->outcome = g_strdup("failed:signature");
        g_autoptr(GPtrArray) tables = questions_ask(tally, words);
        const Table *t = table_named(tables, "coverage");
        assert_int_equal(t->rows->len, 1);
        (void)row(t, "alpha", "index", "failed:signature");
}

/* A list of 25,000 digests of which 2 were drawn: the others have no row. */
static void apps_of_a_list_of_digests_that_were_not_drawn_count_without_rows(void **state)
{
        (void)state;
        const InventDraw list = {"market", 25000, 2};
        Invented in = invent_store();
        Sweep s = SWEEP__INIT;
        MarketResult r = MARKET_RESULT__INIT, *results[] = {&r};
        r.market = (char *)"alpha";
        r.outcome = (char *)"listed";
        r.has_listed = r.has_selected = true;
        r.listed = 25000;
        r.selected = 2;
        s.id = 1;
        s.name = (char *)"spring";
        s.state = (char *)"open";
        s.n_results = 1;
        s.results = results;
        invent_put(&in, STORE_SWEEPS, &(StoreKey){.sweep = 1}, &s.base);
        invent_frame(&in, 1, "alpha", "org.a", "", 1, NULL, list);
        invent_frame(&in, 1, "alpha", "org.b", "", 1, NULL, list);
        invent_seen(&in, 1, "alpha", "org.a", "analysed", "permission:P", (InventSeen){.draw = list});
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = ask(&in);
        const Table *t = table_named(tables, "coverage");
        must_be_share(&row(t, "alpha", "left", "sample")[5], 24998, 25000);
        must_be_share(&row(t, "alpha", "selected", NULL)[5], 2, 25000);
        must_be_share(&row(t, "alpha", "analysed", NULL)[4], 1, 2);
        must_be_share(&row(t, "alpha", "pending", NULL)[4], 1, 2);
        assert_string_equal(row(table_named(tables, "strata"), "alpha", "market", NULL)[4].text, "8e-05");
        invent_close(&in);
}

static void a_damaged_frame_stops_the_report_and_names_the_app(void **state)
{
        (void)state;
        g_autoptr(GError) error = NULL;
        g_autoptr(ReportWords) words = invent_words();
        Invented in = sampled();
        store_put(in.batch, STORE_FRAMES, &(StoreKey){.sweep = 1, .market = "alpha", .package = "org.c"},
                  span_str("\xff\xff"));
        invent_commit(&in);
        assert_null(report_tables(in.store, 1, NULL, words, &error));
        assert_true(fault_is(error, FAULT_MALFORMED));
        assert_non_null(strstr(error->message, "alpha: org.c: "));
        invent_close(&in);
}

/* ---- the sample in the tables --------------------------------------------------------------------------------------- */

static void every_table_of_analysed_apps_says_that_it_is_of_a_sample_and_of_how_many(void **state)
{
        (void)state;
        Invented in = sampled();
        g_autoptr(GPtrArray) tables = ask(&in);
        for (guint i = 0; i < tables->len; i++) {
                const Note *of = note(tables->pdata[i], "note.sampled"),
                           *list = note(tables->pdata[i], "note.by_list");
                if (questions[i]->of_frame) {
                        assert_true(!of && !list);
                        continue;
                }
                assert_non_null(of);
                assert_int_equal(of->n, 5);
                assert_int_equal(of->of, 8); /* without the one that is not on the list */
                assert_int_equal(list->n, 8);
                assert_int_equal(list->of, 9);
        }
        invent_close(&in);
}

static void the_strata_stand_with_their_frames_and_probabilities(void **state)
{
        (void)state;
        Invented in = sampled();
        g_autoptr(GPtrArray) tables = ask(&in);
        const Table *t = table_named(tables, "strata");
        assert_int_equal(t->rows->len, 2);
        const Cell *games = row(t, "alpha", "category:games", NULL);
        assert_int_equal(games[2].n, 5);
        assert_int_equal(games[3].n, 2);
        assert_string_equal(games[4].text, "0.4");
        must_be_share(&games[5], 1, 2);
        assert_string_equal(row(t, "alpha", "category:maps", NULL)[4].text, "1");
        invent_close(&in);
}

/* Two strata: one app of 2 drawn from 20, and one of 3 drawn from 3, so that weights are 10 and 1. */
static void put_weighed(Invented *in, InventDraw first, InventDraw second)
{
        invent_sweep(in, 1, "spring", "alpha");
        invent_frame(in, 1, "alpha", "org.x", "games", 1, "sample", first);
        invent_seen(in, 1, "alpha", "org.a", "analysed", "permission:P permission:Q sdk:adjust",
                    (InventSeen){.draw = first});
        invent_seen(in, 1, "alpha", "org.b", "analysed", "permission:P", (InventSeen){.draw = first});
        invent_seen(in, 1, "alpha", "org.c", "analysed", "permission:R", (InventSeen){.draw = second});
        invent_seen(in, 1, "alpha", "org.d", "analysed", "permission:R sdk:adjust",
                    (InventSeen){.draw = second});
        invent_seen(in, 1, "alpha", "org.e", "analysed", "permission:Q", (InventSeen){.draw = second});
        invent_commit(in);
}

static void must_estimate(const Cell *cell, double share)
{
        assert_int_equal(cell->kind, CELL_ESTIMATE);
        assert_true(cell->share > share - 1e-9 && cell->share < share + 1e-9);
        assert_true(0 <= cell->low && cell->low <= cell->share && cell->share <= cell->high &&
                    cell->high <= 1);
}

static void shares_are_estimated_for_all_listed_apps_where_probabilities_differ(void **state)
{
        (void)state;
        Invented in = invent_store();
        put_weighed(&in, (InventDraw){"category:games", 20, 2}, (InventDraw){"category:maps", 3, 3});
        g_autoptr(GPtrArray) tables = ask(&in);
        const Table *t = table_named(tables, "permissions");
        must_be_share(&row_of(t, "P")[2], 2, 5); /* the sample as it is */
        must_estimate(&row_of(t, "P")[column(t, "estimate")], 20.0 / 23);
        must_estimate(&row_of(t, "Q")[column(t, "estimate")], 11.0 / 23);
        must_estimate(&row_of(t, "R")[column(t, "estimate")], 2.0 / 23);
        const Table *sdks = table_named(tables, "sdks");
        must_estimate(&row_of(sdks, "adjust")[column(sdks, "estimate")], 11.0 / 23);
        assert_non_null(note(t, "note.weighted"));
        assert_non_null(note(table_named(tables, "verdicts"), "note.unweighted"));
        invent_close(&in);
}

/* Kish's effective size: (20 + 3)^2 / (2 * 100 + 3) = 2.60591 apps. */
static void the_interval_of_an_estimate_is_that_of_its_effective_size(void **state)
{
        (void)state;
        Cell cell = cell_estimate(20, 23, 203);
        must_estimate(&cell, 20.0 / 23);
        assert_true(cell.low > 0.30869 && cell.low < 0.30870);
        assert_true(cell.high > 0.99005 && cell.high < 0.99006);
        assert_int_equal(cell_estimate(0, 0, 0).kind, CELL_EMPTY);
        assert_true(cell_estimate(0, 23, 203).low == 0);
        assert_true(cell_estimate(23, 23, 203).high == 1);
}

static void equal_probabilities_need_no_estimate(void **state)
{
        (void)state;
        Invented in = invent_store();
        put_weighed(&in, (InventDraw){"market", 20, 5}, (InventDraw){"market", 20, 5});
        g_autoptr(GPtrArray) tables = ask(&in);
        const Table *t = table_named(tables, "permissions");
        for (size_t i = 0; i < t->n_columns; i++)
                assert_string_not_equal(t->columns[i].key, "estimate");
        assert_null(note(t, "note.weighted"));
        assert_non_null(note(t, "note.sampled"));
        invent_close(&in);
}

static void an_app_without_a_known_probability_forbids_estimates(void **state)
{
        (void)state;
        Invented in = invent_store();
        put_weighed(&in, (InventDraw){"category:games", 20, 2}, (InventDraw){0});
        g_autoptr(GPtrArray) tables = ask(&in);
        assert_null(note(table_named(tables, "permissions"), "note.weighted"));
        invent_close(&in);
}

/* Drawn from both by the same number: the chance to be in is that of the market where it is greater. */
static void an_app_of_two_markets_weighs_by_its_greater_probability(void **state)
{
        (void)state;
        const InventDraw big = {"market", 100, 10}, small = {"market", 20, 10};
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "big small");
        invent_frame(&in, 1, "big", "org.x", "", 1, "sample", big);
        invent_seen(&in, 1, "big", "org.a", "analysed", "permission:P signer:aa", (InventSeen){.draw = big});
        invent_seen(&in, 1, "small", "org.a", "analysed", "permission:P signer:aa",
                    (InventSeen){.draw = small});
        invent_seen(&in, 1, "big", "org.b", "analysed", "permission:Q signer:aa", (InventSeen){.draw = big});
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = ask(&in);
        const Table *t = table_named(tables, "permissions");
        must_estimate(&row_of(t, "P")[3], 2.0 / 12);
        must_estimate(&row_of(t, "Q")[3], 10.0 / 12);
        invent_close(&in);
}

static void estimates_are_written_in_every_form(void **state)
{
        (void)state;
        g_autoptr(ReportWords) words = invent_words();
        Invented in = invent_store();
        put_weighed(&in, (InventDraw){"category:games", 20, 2}, (InventDraw){"category:maps", 3, 3});
        g_autoptr(GPtrArray) tables = ask(&in);
        const ReportHead head = {"report.title", "en", NULL, NULL, NULL};
        g_autofree char *csv = report_csv(table_named(tables, "permissions")),
                        *json = report_json(tables, &head, words), *text = report_text(tables, &head, words),
                        *html = report_html(tables, &head, words);
        assert_non_null(strstr(csv, "apps_with_high,estimate_share,estimate_low,estimate_high\r\n"));
        assert_non_null(strstr(csv, "P,unlisted,2,5,0.400000,"));
        assert_non_null(strstr(csv, ",0.869565,"));
        assert_non_null(strstr(json, "\"kind\": \"estimate\""));
        assert_non_null(strstr(json, "0.869565"));
        assert_non_null(strstr(text, "87.0 % [30.9"));
        assert_non_null(strstr(html, "Estimate for all listed"));
        assert_non_null(strstr(html, "87.0 % <small>30.9"));
        invent_close(&in);
}

/* ---- tiers ------------------------------------------------------------------------------------------------------------ */

static void tables_that_need_code_leave_out_apps_read_without_it(void **state)
{
        (void)state;
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "alpha");
        invent_seen(&in, 1, "alpha", "org.a", "analysed", "permission:P sdk:adjust",
                    (InventSeen){.tier = "manifest"});
        invent_seen(&in, 1, "alpha", "org.b", "analysed", "permission:P sdk:adjust",
                    (InventSeen){.tier = "dex"});
        invent_seen(&in, 1, "alpha", "org.c", "analysed", "permission:P", (InventSeen){.tier = "whole"});
        invent_seen(&in, 1, "alpha", "org.d", "analysed", "permission:P", (InventSeen){.tier = NULL});
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = ask(&in);
        must_be_share(&row_of(table_named(tables, "sdks"), "adjust")[3], 1, 3);
        must_be_share(&row_of(table_named(tables, "permissions"), "P")[2], 4, 4);
        must_be_share(&row_of(table_named(tables, "overview"), "with_sdk")[2], 1, 3);
        must_be_share(&row_of(table_named(tables, "overview"), "with_code")[2], 3, 4);
        must_be_share(table_cell(table_named(tables, "companies"), 0, 3), 1, 3);
        const Note *left = note(table_named(tables, "sdks"), "note.no_code");
        assert_int_equal(left->n, 1);
        assert_int_equal(left->of, 4);
        assert_null(note(table_named(tables, "permissions"), "note.no_code"));
        invent_close(&in);
}

static void every_table_says_by_which_tiers_its_apps_were_read(void **state)
{
        (void)state;
        Invented in = invent_store();
        invent_sweep(&in, 1, "spring", "alpha");
        invent_seen(&in, 1, "alpha", "org.a", "analysed", "", (InventSeen){.tier = "manifest"});
        invent_seen(&in, 1, "alpha", "org.b", "analysed", "", (InventSeen){.tier = "whole"});
        invent_seen(&in, 1, "alpha", "org.c", "analysed", "", (InventSeen){.tier = "whole"});
        invent_commit(&in);
        g_autoptr(GPtrArray) tables = ask(&in);
        for (guint i = 0; tables && i < tables->len; i++)
                assert_string_equal(note(tables->pdata[i], "note.tiers")->text, "whole 2, manifest 1");
        invent_close(&in);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_listed_app_is_in_exactly_one_cell_of_its_row),
                cmocka_unit_test(the_cells_of_the_categories_add_up_to_those_of_the_market),
                cmocka_unit_test(an_app_counts_in_the_first_of_its_categories),
                cmocka_unit_test(a_market_says_what_was_not_taken_and_why),
                cmocka_unit_test(an_app_that_is_listed_only_is_neither_unread_nor_lost),
                cmocka_unit_test(what_a_market_cannot_is_unavailable_and_never_a_zero),
                cmocka_unit_test(a_sweep_from_before_there_were_frames_is_told_by_its_record),
                cmocka_unit_test(a_market_that_could_not_be_listed_has_no_numbers),
                cmocka_unit_test(apps_of_a_list_of_digests_that_were_not_drawn_count_without_rows),
                cmocka_unit_test(a_damaged_frame_stops_the_report_and_names_the_app),
                cmocka_unit_test(every_table_of_analysed_apps_says_that_it_is_of_a_sample_and_of_how_many),
                cmocka_unit_test(the_strata_stand_with_their_frames_and_probabilities),
                cmocka_unit_test(shares_are_estimated_for_all_listed_apps_where_probabilities_differ),
                cmocka_unit_test(the_interval_of_an_estimate_is_that_of_its_effective_size),
                cmocka_unit_test(equal_probabilities_need_no_estimate),
                cmocka_unit_test(an_app_without_a_known_probability_forbids_estimates),
                cmocka_unit_test(an_app_of_two_markets_weighs_by_its_greater_probability),
                cmocka_unit_test(estimates_are_written_in_every_form),
                cmocka_unit_test(tables_that_need_code_leave_out_apps_read_without_it),
                cmocka_unit_test(every_table_says_by_which_tiers_its_apps_were_read),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
