/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which permissions do how many apps declare? */
#include "reports/question.h"

static const Column columns[] = {{"permission", CELL_TEXT, NULL},
                                 {"protection", CELL_TEXT, "protection"},
                                 {"apps_with", CELL_SHARE, NULL},
                                 {"estimate", CELL_ESTIMATE, NULL}};

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        for (guint i = 0; i < t->permissions->len; i++) {
                const FactCount *p = t->permissions->pdata[i];
                Cell *row = table_row(table);
                row[0] = cell_text(p->name);
                row[1] = cell_text(words_protection(words, p->name));
                row[2] = cell_share(p->apps, t->analysed);
                question_estimate(t, row, 3, p->weight, t->analysed_weights);
        }
        table_sort(table, 2);
}

const Question question_permissions = {"permissions", columns, G_N_ELEMENTS(columns), fill, false, false};
