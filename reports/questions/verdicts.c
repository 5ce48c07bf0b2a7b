/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far does the judgement reach: how many declared permissions got which verdict? */
#include "reports/question.h"

static const Column columns[] = {
        {"verdict", CELL_TEXT, "verdict"}, {"cells", CELL_SHARE, NULL}, {"judged_apps", CELL_SHARE, NULL}};

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        (void)words;
        int64_t cells = 0;
        for (int i = 0; i < VERDICTS; i++)
                cells += t->cells[i];
        for (int i = 0; i < VERDICTS; i++) {
                Cell *row = table_row(table);
                row[0] = cell_text(verdict_names[i]);
                row[1] = cell_share(t->cells[i], cells);
                row[2] = cell_share(t->cell_apps[i], t->judged);
        }
        if (t->undecided_no_type)
                table_note(table, "note.undecided_no_type", t->undecided_no_type, t->cells[VERDICT_UNDECIDED],
                           NULL);
}

const Question question_verdicts = {"verdicts", columns, G_N_ELEMENTS(columns), fill, false, false};
