/* SPDX-License-Identifier: GPL-3.0-or-later */
/* question.h - one question fills one table. To ask another: write questions/<name>.c that defines question_<name>, add
 * QUESTION(<name>) to questions.def, and its words (table.<key>, note.<key>, column.<key>) to data/i18n/words.tsv. */
#ifndef REPORTS_QUESTION_H
#define REPORTS_QUESTION_H

#include "reports/sweeptally.h"

typedef struct {
        const char *key; /* of the table */
        const Column *columns;
        size_t n_columns;
        void (*fill)(const Tally *tally, const ReportWords *words, Table *table);
        bool of_code;  /* counts only apps whose code was there to be read */
        bool of_frame; /* counts all that markets listed: no figure of a sample */
} Question;

/* A CELL_ESTIMATE column, the last of a table, is there only for a sweep whose apps have different weights. This fills it, and
 * does nothing where it is not there. */
void question_estimate(const Tally *tally, Cell *row, size_t column, double with, Weights of);

#define QUESTION(name) extern const Question question_##name;
#include "reports/questions.def"
#undef QUESTION

/* All of them in the order of questions.def, NULL-terminated. */
extern const Question *const questions[];

/* The tables of a tally that is filled already, each with the notes that all have: by which tiers the apps were read, what of
 * the markets' apps was drawn, and whether its figures are weighted. Free with g_ptr_array_unref. */
GPtrArray *questions_ask(const Tally *tally, const ReportWords *words);

/* The tables of report_diff, for whoever checks that all words are there; their `fill` is NULL. NULL-terminated. */
extern const Question *const diff_questions[];

#endif
