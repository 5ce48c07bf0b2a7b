/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same by category: every listed app is in exactly one of the cells that are no sum of others. */
#include "reports/question.h"

enum {
        MARKET,
        CATEGORY,
        LISTED,
        DUPLICATES,
        LEFT,
        SELECTED = LEFT + LEFTS,
        FETCHED,
        ANALYSED,
        LISTING_ONLY,
        UNANALYSABLE,
        UNFETCHED,
        PENDING,
        LOST_BY
};
static const Column columns[] = {{"market", CELL_TEXT, NULL},        {"category", CELL_TEXT, NULL},
                                 {"listed", CELL_COUNT, NULL},       {"duplicates", CELL_COUNT, NULL},
                                 {"left_sample", CELL_COUNT, NULL},  {"left_shard", CELL_COUNT, NULL},
                                 {"left_list", CELL_COUNT, NULL},    {"selected", CELL_COUNT, NULL},
                                 {"fetched", CELL_COUNT, NULL},      {"analysed", CELL_SHARE, NULL},
                                 {"listing_only", CELL_COUNT, NULL}, {"unanalysable", CELL_COUNT, NULL},
                                 {"unfetched", CELL_COUNT, NULL},    {"pending", CELL_COUNT, NULL},
                                 {"lost_by", CELL_LIST, NULL}};

/* "gone 3", "throttled 1" */
static Cell losses_cell(const GPtrArray *losses)
{
        g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
        for (guint i = 0; i < losses->len; i++) {
                const NameCount *loss = losses->pdata[i];
                const char *reason = strchr(loss->name, ':');
                g_ptr_array_add(items, g_strdup_printf("%s %" G_GINT64_FORMAT,
                                                       reason ? reason + 1 : loss->name, loss->apps));
        }
        return cell_list_of(items);
}

static void fill_row(Table *table, const char *market, const char *category, const Listed *c)
{
        Cell *row = table_row(table);
        row[MARKET] = cell_text(market);
        row[CATEGORY] = cell_text(*category ? category : NULL);
        row[LISTED] = cell_count(c->listed);
        row[DUPLICATES] = cell_count(c->duplicates);
        for (int i = 0; i < LEFTS; i++)
                row[LEFT + i] = cell_count(c->left[i]);
        row[SELECTED] = cell_count(listed_taken(c));
        row[FETCHED] = cell_count(c->analysed + c->unanalysable);
        row[ANALYSED] = cell_share(c->analysed, listed_taken(c));
        row[LISTING_ONLY] = cell_count(c->listing_only);
        row[UNANALYSABLE] = cell_count(c->unanalysable);
        row[UNFETCHED] = cell_count(c->unfetched);
        row[PENDING] = cell_count(c->pending);
        row[LOST_BY] = losses_cell(c->losses);
}

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        (void)words;
        for (guint i = 0; i < t->markets->len; i++) {
                const MarketCount *m = t->markets->pdata[i];
                for (guint k = 0; k < m->categories->len; k++) {
                        const CategoryCount *c = m->categories->pdata[k];
                        fill_row(table, m->market, c->category, &c->count);
                }
        }
}

const Question question_coverage_categories = {
        "coverage_categories", columns, G_N_ELEMENTS(columns), fill, false, true};
