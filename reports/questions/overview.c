/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much was seen, and what share of it asks for more than its kind of app needs? */
#include "reports/question.h"

static const Column columns[] = {
        {"measure", CELL_TEXT, "measure"}, {"number", CELL_COUNT, NULL}, {"share", CELL_SHARE, NULL}};

static void add(Table *table, const char *measure, int64_t n)
{
        Cell *row = table_row(table);
        row[0] = cell_text(measure);
        row[1] = cell_count(n);
}

static void add_share(Table *table, const char *measure, int64_t n, int64_t of)
{
        Cell *row = table_row(table);
        row[0] = cell_text(measure);
        row[1] = cell_count(n);
        row[2] = cell_share(n, of);
}

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        (void)words;
        int64_t cells = 0;
        for (int i = 0; i < VERDICTS; i++)
                cells += t->cells[i];
        add(table, "apps", t->apps);
        add(table, "listings", t->listings);
        add(table, "artifacts", t->artifacts);
        add_share(table, "analysed", t->analysed, t->apps);
        add_share(table, "unanalysable", t->unanalysable, t->apps);
        add_share(table, "unfetched", t->unfetched, t->apps);
        add_share(table, "dangerous", t->with_dangerous, t->analysed);
        add_share(table, "with_sdk", t->with_sdk, t->analysed);
        add_share(table, "typed", t->typed, t->judged);
        add_share(table, "comparable", t->with_column, t->judged);
        add_share(table, "over_collecting", t->over, t->with_column);
        add_share(table, "undecided_cells", t->cells[VERDICT_UNDECIDED], cells);
        if (!t->judged)
                table_note(table, "note.not_judged", 0, 0, NULL);
}

const Question question_overview = {"overview", columns, G_N_ELEMENTS(columns), fill};
