/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of each market's listings, and where was what lost? */
#include "reports/question.h"

enum { MARKET, STEP, REASON, NUMBER, OF_SELECTED };
static const Column columns[] = {{"market", CELL_TEXT, NULL},
                                 {"step", CELL_TEXT, "step"},
                                 {"reason", CELL_TEXT, NULL},
                                 {"number", CELL_COUNT, NULL},
                                 {"of_selected", CELL_SHARE, NULL}};

static Cell *step(Table *table, const MarketCount *m, const char *name, const char *reason)
{
        Cell *row = table_row(table);
        row[MARKET] = cell_text(m->market);
        row[STEP] = cell_text(name);
        row[REASON] = cell_text(reason);
        return row;
}

static void counted(Cell *row, int64_t n, int64_t of)
{
        row[NUMBER] = cell_count(n);
        row[OF_SELECTED] = cell_share(n, of);
}

static void fill_market(const MarketCount *m, Table *table)
{
        int64_t selected = m->selected >= 0 ? MAX(m->selected, m->seen)
                                            : m->seen; /* a kept result may outlive a re-listing */
        g_autofree char *index =
                m->detail ? g_strdup_printf("%s: %s", m->outcome, m->detail) : g_strdup(m->outcome);
        step(table, m, "index", index);
        if (m->listed >= 0)
                step(table, m, "listed", NULL)[NUMBER] = cell_count(m->listed);
        step(table, m, "selected", NULL)[NUMBER] = cell_count(selected);
        counted(step(table, m, "fetched", NULL), m->fetched, selected);
        counted(step(table, m, "analysed", NULL), m->analysed, selected);
        for (guint i = 0; i < m->losses->len; i++) {
                const NameCount *loss = m->losses->pdata[i];
                bool fetched = g_str_has_prefix(loss->name, "unanalysable");
                const char *reason = strchr(loss->name, ':');
                counted(step(table, m, fetched ? "unanalysable" : "unfetched", reason ? reason + 1 : NULL),
                        loss->apps, selected);
        }
        if (selected > m->seen)
                counted(step(table, m, "pending", NULL), selected - m->seen, selected);
}

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        (void)words;
        for (guint i = 0; i < t->markets->len; i++)
                fill_market(t->markets->pdata[i], table);
}

const Question question_coverage = {"coverage", columns, G_N_ELEMENTS(columns), fill};
