/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many apps declare permissions of which protection level? */
#include "reports/question.h"

static const Column columns[] = {{"protection", CELL_TEXT, "protection"},
                                 {"distinct_permissions", CELL_COUNT, NULL},
                                 {"apps_with", CELL_SHARE, NULL},
                                 {"estimate", CELL_ESTIMATE, NULL}};

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        (void)words;
        for (guint i = 0; i < t->levels->len; i++) {
                const LevelCount *level = t->levels->pdata[i];
                Cell *row = table_row(table);
                row[0] = cell_text(level->name);
                row[1] = cell_count(level->names);
                row[2] = cell_share(level->apps, t->analysed);
                question_estimate(t, row, 3, level->weight, t->analysed_weights);
        }
        table_sort(table, 2);
}

const Question question_permission_levels = {
        "permission_levels", columns, G_N_ELEMENTS(columns), fill, false, false};
