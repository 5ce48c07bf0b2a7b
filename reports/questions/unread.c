/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which apps could not be judged by their APK, and why? */
#include "reports/question.h"

enum { PACKAGE, LABEL, MARKET, VERSION, OUTCOME, DETAIL };
static const Column columns[] = {{"package", CELL_TEXT, NULL}, {"label", CELL_TEXT, NULL},
                                 {"market", CELL_TEXT, NULL},  {"version", CELL_TEXT, NULL},
                                 {"outcome", CELL_TEXT, NULL}, {"detail", CELL_TEXT, NULL}};

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        (void)words;
        for (guint i = 0; i < t->unread->len; i++) {
                const UnreadApp *a = t->unread->pdata[i];
                Cell *row = table_row(table);
                row[PACKAGE] = cell_text(a->package);
                row[LABEL] = cell_text(a->label);
                row[MARKET] = cell_text(a->market);
                row[VERSION] = cell_text(a->version);
                row[OUTCOME] = cell_text(a->outcome);
                row[DETAIL] = cell_text(a->detail);
        }
}

const Question question_unread = {"unread", columns, G_N_ELEMENTS(columns), fill, false, false};
