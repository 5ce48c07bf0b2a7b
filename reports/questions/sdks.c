/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which SDKs sit in how many apps? */
#include "reports/question.h"

enum { SDK, COMPANY, CATEGORIES, APPS, ESTIMATE };
static const Column columns[] = {{"sdk", CELL_TEXT, "sdk"},
                                 {"company", CELL_TEXT, "company"},
                                 {"categories", CELL_LIST, "category"},
                                 {"apps_with", CELL_SHARE, NULL},
                                 {"estimate", CELL_ESTIMATE, NULL}};

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        for (guint i = 0; i < t->sdks->len; i++) {
                const FactCount *s = t->sdks->pdata[i];
                const SdkWords *sdk = words_sdk(words, s->name);
                Cell *row = table_row(table);
                row[SDK] = cell_text(s->name);
                row[COMPANY] = cell_text(sdk ? sdk->company : NULL);
                row[CATEGORIES] = cell_list(sdk ? (const char *const *)sdk->categories : NULL);
                row[APPS] = cell_share(s->apps, t->with_code);
                question_estimate(t, row, ESTIMATE, s->weight, t->code_weights);
        }
        table_sort(table, APPS);
}

const Question question_sdks = {"sdks", columns, G_N_ELEMENTS(columns), fill, true, false};
