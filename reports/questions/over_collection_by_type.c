/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In which kinds of app do how many ask for a permission that is not advised for their kind? */
#include "reports/question.h"

enum { TYPE, APPS, ANNEX_D, OVER_APPS, OVER, UNDECIDED, ESTIMATE };
static const Column columns[] = {{"app_type", CELL_TEXT, "type"},  {"apps", CELL_COUNT, NULL},
                                 {"annex_d", CELL_TEXT, "yesno"},  {"over_apps", CELL_COUNT, NULL},
                                 {"over", CELL_SHARE, NULL},       {"undecided", CELL_SHARE, NULL},
                                 {"estimate", CELL_ESTIMATE, NULL}};

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        (void)words;
        for (guint i = 0; i < t->types->len; i++) {
                const TypeCount *type = t->types->pdata[i];
                bool comparable = type->has_column || type->over;
                Cell *row = table_row(table);
                row[TYPE] = cell_text(type->type);
                row[APPS] = cell_count(type->apps);
                row[ANNEX_D] = cell_text(type->has_column ? "yes" : "no");
                if (comparable) { /* where nothing could be marked, 0 would read as a clean verdict */
                        row[OVER_APPS] = cell_count(type->over);
                        row[OVER] = cell_share(type->over, type->apps);
                        question_estimate(t, row, ESTIMATE, type->over_weight, type->weights);
                }
                row[UNDECIDED] = cell_share(type->undecided, type->cells);
        }
        table_sort(table, OVER_APPS);
}

const Question question_over_collection_by_type = {
        "over_collection_by_type", columns, G_N_ELEMENTS(columns), fill, false, false};
