/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what was the sample drawn, and with which probability? Only for sweeps that did not take all of a stratum. */
#include "reports/question.h"

enum { MARKET, STRATUM, FRAME, TAKEN, PROBABILITY, ANALYSED };
static const Column columns[] = {{"market", CELL_TEXT, NULL},      {"stratum", CELL_TEXT, NULL},
                                 {"frame", CELL_COUNT, NULL},      {"taken", CELL_COUNT, NULL},
                                 {"probability", CELL_TEXT, NULL}, {"analysed", CELL_SHARE, NULL}};

static bool is_sampled(const Tally *t)
{
        for (guint i = 0; i < t->markets->len; i++) {
                const MarketCount *m = t->markets->pdata[i];
                for (guint k = 0; k < m->strata->len; k++) {
                        const StratumCount *s = m->strata->pdata[k];
                        if (s->taken < s->listed)
                                return true;
                }
        }
        return false;
}

static Cell probability_cell(const StratumCount *s)
{
        char digits[G_ASCII_DTOSTR_BUF_SIZE];
        double probability = s->listed > 0 ? (double)s->taken / (double)s->listed : 0;
        return cell_text(g_ascii_formatd(digits, sizeof digits, "%.6g", probability));
}

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        (void)words;
        for (guint i = 0; is_sampled(t) && i < t->markets->len; i++) {
                const MarketCount *m = t->markets->pdata[i];
                for (guint k = 0; k < m->strata->len; k++) {
                        const StratumCount *s = m->strata->pdata[k];
                        Cell *row = table_row(table);
                        row[MARKET] = cell_text(m->market);
                        row[STRATUM] = cell_text(s->stratum);
                        row[FRAME] = cell_count(s->listed);
                        row[TAKEN] = cell_count(s->taken);
                        row[PROBABILITY] = probability_cell(s);
                        row[ANALYSED] = cell_share(s->analysed, s->taken);
                }
        }
}

const Question question_strata = {"strata", columns, G_N_ELEMENTS(columns), fill, false, true};
