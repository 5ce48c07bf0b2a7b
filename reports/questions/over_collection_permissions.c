/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which permissions are they, and in which kinds of app? */
#include "reports/question.h"

static const Column columns[] = {{"permission", CELL_TEXT, NULL},
                                 {"app_type", CELL_TEXT, "type"},
                                 {"asking", CELL_SHARE, NULL},
                                 {"estimate", CELL_ESTIMATE, NULL}};

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        (void)words;
        for (guint i = 0; i < t->type_permissions->len; i++) {
                const TypePermission *p = t->type_permissions->pdata[i];
                Cell *row = table_row(table);
                row[0] = cell_text(p->permission);
                row[1] = cell_text(p->type);
                row[2] = cell_share(p->apps, p->of);
                question_estimate(t, row, 3, p->weight, p->weights);
        }
        table_sort(table, 2);
}

const Question question_over_collection_permissions = {
        "over_collection_permissions", columns, G_N_ELEMENTS(columns), fill, false, false};
