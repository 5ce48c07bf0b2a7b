/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who asks for them? One row an app, with all that a reader needs to check it. */
#include "reports/question.h"

enum { PACKAGE, LABEL, DEVELOPER, MARKET, VERSION, TYPE, HOW, CONFIDENCE, NOT_ADVISED, PERMISSIONS, TIER };
static const Column columns[] = {
        {"package", CELL_TEXT, NULL},      {"label", CELL_TEXT, NULL},
        {"developer", CELL_TEXT, NULL},    {"market", CELL_TEXT, NULL},
        {"version", CELL_TEXT, NULL},      {"app_type", CELL_TEXT, "type"},
        {"type_how", CELL_TEXT, NULL},     {"type_confidence", CELL_TEXT, "confidence"},
        {"not_advised", CELL_COUNT, NULL}, {"not_advised_permissions", CELL_LIST, NULL},
        {"tier", CELL_TEXT, "tier"}};

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        (void)words;
        for (guint i = 0; i < t->over_apps->len; i++) {
                const OverApp *a = t->over_apps->pdata[i];
                Cell *row = table_row(table);
                row[PACKAGE] = cell_text(a->package);
                row[LABEL] = cell_text(a->label);
                row[DEVELOPER] = cell_text(a->developer);
                row[MARKET] = cell_text(a->market);
                row[VERSION] = cell_text(a->version);
                row[TYPE] = cell_text(a->type);
                row[HOW] = cell_text(a->how);
                row[CONFIDENCE] = cell_text(a->confidence);
                row[NOT_ADVISED] = cell_count(a->permissions->len);
                row[PERMISSIONS] = cell_list_of(a->permissions);
                row[TIER] = cell_text(a->tier);
        }
        table_sort(table, NOT_ADVISED);
}

const Question question_over_collection_apps = {
        "over_collection_apps", columns, G_N_ELEMENTS(columns), fill, false, false};
