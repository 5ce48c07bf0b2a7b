/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much was seen, and what share of it asks for more than its kind of app needs? */
#include "reports/question.h"

static const Column columns[] = {{"measure", CELL_TEXT, "measure"},
                                 {"number", CELL_COUNT, NULL},
                                 {"share", CELL_SHARE, NULL},
                                 {"estimate", CELL_ESTIMATE, NULL}};

static void add(Table *table, const char *measure, int64_t n)
{
        Cell *row = table_row(table);
        row[0] = cell_text(measure);
        row[1] = cell_count(n);
}

static Cell *add_share(Table *table, const char *measure, int64_t n, int64_t of)
{
        Cell *row = table_row(table);
        row[0] = cell_text(measure);
        row[1] = cell_count(n);
        row[2] = cell_share(n, of);
        return row;
}

/* With the weights of those that have it and of all of them. */
static void add_weighed(Table *table, const Tally *t, const char *measure, int64_t n, int64_t of, double with,
                        Weights all)
{
        Cell *row = add_share(table, measure, n, of);
        question_estimate(t, row, 3, with, all);
}

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        (void)words;
        int64_t cells = 0;
        for (int i = 0; i < VERDICTS; i++)
                cells += t->cells[i];
        add(table, "apps", t->apps);
        add_share(table, "lookalikes", t->lookalike_packages, t->packages);
        add(table, "listings", t->listings);
        add(table, "artifacts", t->artifacts);
        add_share(table, "artifacts_shared", t->artifacts_shared, t->artifacts);
        add(table, "artifacts_known", t->artifacts_known);
        add_share(table, "analysed", t->analysed, t->apps);
        add_share(table, "with_code", t->with_code, t->analysed);
        add_share(table, "listing_only", t->listing_only, t->apps);
        add_share(table, "unanalysable", t->unanalysable, t->apps);
        add_share(table, "unfetched", t->unfetched, t->apps);
        add_weighed(table, t, "dangerous", t->with_dangerous, t->analysed, t->dangerous_weight,
                    t->analysed_weights);
        add_weighed(table, t, "with_sdk", t->with_sdk, t->with_code, t->sdk_weight, t->code_weights);
        add_weighed(table, t, "typed", t->typed, t->judged, t->typed_weight, t->judged_weights);
        add_weighed(table, t, "comparable", t->with_column, t->judged, t->column_weight, t->judged_weights);
        add_weighed(table, t, "over_collecting", t->over, t->with_column, t->over_weight, t->column_weights);
        add_share(table, "undecided_cells", t->cells[VERDICT_UNDECIDED], cells);
        if (!t->judged)
                table_note(table, "note.not_judged", 0, 0, NULL);
}

const Question question_overview = {"overview", columns, G_N_ELEMENTS(columns), fill, false, false};
