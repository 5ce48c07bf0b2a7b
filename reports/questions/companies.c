/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which companies reach how many apps through their SDKs? */
#include "reports/question.h"

enum { COMPANY, COUNTRY, SDKS, APPS, ESTIMATE };
static const Column columns[] = {{"company", CELL_TEXT, "company"},
                                 {"country", CELL_TEXT, NULL},
                                 {"its_sdks", CELL_LIST, "sdk"},
                                 {"apps_with", CELL_SHARE, NULL},
                                 {"estimate", CELL_ESTIMATE, NULL}};

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        for (guint i = 0; i < t->companies->len; i++) {
                const CompanyCount *c = t->companies->pdata[i];
                const CompanyWords *company = words_company(words, c->company);
                Cell *row = table_row(table);
                row[COMPANY] = cell_text(c->company);
                row[COUNTRY] = cell_text(company ? company->country : NULL);
                row[SDKS] = cell_list_of(c->sdks);
                row[APPS] = cell_share(c->apps, t->with_code);
                question_estimate(t, row, ESTIMATE, c->weight, t->code_weights);
        }
        table_sort(table, APPS);
        if (t->sdk_without_company)
                table_note(table, "note.sdk_without_company", t->sdk_without_company, t->with_sdk, NULL);
}

const Question question_companies = {"companies", columns, G_N_ELEMENTS(columns), fill, true, false};
