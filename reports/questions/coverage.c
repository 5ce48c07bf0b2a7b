/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of each market's listings, and where was what lost? */
#include "reports/question.h"

enum { MARKET, STEP, REASON, NUMBER, OF_SELECTED, OF_LISTED };
static const Column columns[] = {{"market", CELL_TEXT, NULL},       {"step", CELL_TEXT, "step"},
                                 {"reason", CELL_TEXT, NULL},       {"number", CELL_COUNT, NULL},
                                 {"of_selected", CELL_SHARE, NULL}, {"of_listed", CELL_SHARE, NULL}};

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

/* How its listing went, and what it cannot: unavailable has no number, for it is not 0. */
static void fill_index(const MarketCount *m, Table *table)
{
        g_autofree char *index =
                m->detail ? g_strdup_printf("%s: %s", m->outcome, m->detail) : g_strdup(m->outcome);
        step(table, m, "index", index);
        for (char **can = m->cannot; can && *can; can++)
                step(table, m, "unavailable", *can);
}

static void fill_left(const MarketCount *m, Table *table)
{
        for (int i = 0; i < LEFTS; i++) {
                if (!m->count.left[i])
                        continue;
                Cell *row = step(table, m, "left", left_names[i]);
                row[NUMBER] = cell_count(m->count.left[i]);
                row[OF_LISTED] = cell_share(m->count.left[i], m->count.listed);
        }
}

static void fill_losses(const Listed *c, const MarketCount *m, int64_t taken, Table *table)
{
        for (guint i = 0; i < c->losses->len; i++) {
                const NameCount *loss = c->losses->pdata[i];
                bool fetched = !g_str_has_prefix(loss->name, "unfetched");
                const char *reason = strchr(loss->name, ':');
                counted(step(table, m, fetched ? "unanalysable" : "unfetched", reason ? reason + 1 : NULL),
                        loss->apps, taken);
        }
}

static void fill_market(const MarketCount *m, Table *table)
{
        const Listed *c = &m->count;
        int64_t taken = listed_taken(c);
        fill_index(m, table);
        if (!c->listed && m->stated_listed < 0) /* it could not be listed: that is not a market of 0 apps */
                return;
        step(table, m, "listed", NULL)[NUMBER] = cell_count(c->listed);
        if (c->duplicates)
                step(table, m, "duplicates", NULL)[NUMBER] = cell_count(c->duplicates);
        fill_left(m, table);
        Cell *selected = step(table, m, "selected", NULL);
        selected[NUMBER] = cell_count(taken);
        selected[OF_LISTED] = cell_share(taken, c->listed);
        counted(step(table, m, "fetched", NULL), c->analysed + c->unanalysable, taken);
        counted(step(table, m, "analysed", NULL), c->analysed, taken);
        if (c->listing_only)
                counted(step(table, m, "listing_only", NULL), c->listing_only, taken);
        fill_losses(c, m, taken, table);
        if (c->pending)
                counted(step(table, m, "pending", NULL), c->pending, taken);
}

static void fill(const Tally *t, const ReportWords *words, Table *table)
{
        (void)words;
        for (guint i = 0; i < t->markets->len; i++)
                fill_market(t->markets->pdata[i], table);
}

const Question question_coverage = {"coverage", columns, G_N_ELEMENTS(columns), fill, false, true};
