/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/reports.h"

#include "reports/question.h"
#include "reports/rulesets.h"
#include "reports/sweepwalk.h"

const Question *const questions[] = {
#define QUESTION(name) &question_##name,
#include "reports/questions.def"
#undef QUESTION
        NULL};

static void free_table(void *table)
{
        table_free(table);
}

void question_estimate(const Tally *tally, Cell *row, size_t column, double with, Weights of)
{
        if (tally->weighted)
                row[column] = cell_estimate(with, of.sum, of.squares);
}

/* ---- what is said beside every table --------------------------------------------------------------------------------- */

/* "whole 44, dex 3" */
static char *tiers_text(const Tally *tally)
{
        GString *text = g_string_new(NULL);
        for (int i = TIERS - 1; i >= 0; i--) {
                if (tally->tiers[i])
                        g_string_append_printf(text, "%s%s %" G_GINT64_FORMAT, text->len ? ", " : "",
                                               tier_names[i], tally->tiers[i]);
        }
        return g_string_free(text, FALSE);
}

static void note_tiers(const Tally *tally, const Question *q, Table *table)
{
        if (!tally->analysed)
                return;
        g_autofree char *text = tiers_text(tally);
        table_note(table, "note.tiers", tally->analysed, 0, text);
        if (q->of_code && tally->with_code < tally->analysed)
                table_note(table, "note.no_code", tally->analysed - tally->with_code, tally->analysed, NULL);
}

/* Apps listed and taken over all markets, and how many of those left are off the sweep's list. */
typedef struct {
        int64_t listed, taken, off_list;
} Sampled;

static Sampled sampled_of(const Tally *tally)
{
        Sampled all = {0};
        for (guint i = 0; i < tally->markets->len; i++) {
                const MarketCount *m = tally->markets->pdata[i];
                all.listed += m->count.listed;
                all.taken += listed_taken(&m->count);
                all.off_list += m->count.left[LEFT_LIST];
        }
        return all;
}

static bool has_estimate(const Question *q)
{
        return q->n_columns && q->columns[q->n_columns - 1].kind == CELL_ESTIMATE;
}

static void note_sample(const Tally *tally, const Question *q, Table *table)
{
        Sampled all = sampled_of(tally);
        if (q->of_frame)
                return;
        if (all.off_list)
                table_note(table, "note.by_list", all.listed - all.off_list, all.listed, NULL);
        if (all.taken >= all.listed - all.off_list)
                return;
        table_note(table, "note.sampled", all.taken, all.listed - all.off_list, NULL);
        if (tally->weighted)
                table_note(table, has_estimate(q) ? "note.weighted" : "note.unweighted", 0, 0, NULL);
}

static Table *ask(const Question *q, const Tally *tally, const ReportWords *words)
{
        Table *table = table_new(q->key, q->columns, q->n_columns - (has_estimate(q) && !tally->weighted));
        q->fill(tally, words, table);
        note_tiers(tally, q, table);
        note_sample(tally, q, table);
        return table;
}

GPtrArray *questions_ask(const Tally *tally, const ReportWords *words)
{
        GPtrArray *tables = g_ptr_array_new_with_free_func(free_table);
        for (const Question *const *q = questions; *q; q++)
                g_ptr_array_add(tables, ask(*q, tally, words));
        return tables;
}

GPtrArray *report_tables(Store *store, uint32_t sweep, const char *rule_set, const ReportWords *words,
                         GError **error)
{
        g_autoptr(Arena) arena = arena_new();
        const Sweep *record = sweep_read(store, sweep, arena, error);
        if (!record)
                return NULL;
        g_autofree char *newest = NULL;
        if (!rule_set && !rulesets_newest(store, record, &newest, error))
                return NULL;
        g_autoptr(Tally) tally = sweeptally_count(store, record, rule_set ? rule_set : newest, words, error);
        return tally ? questions_ask(tally, words) : NULL;
}
