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

GPtrArray *questions_ask(const Tally *tally, const ReportWords *words)
{
        GPtrArray *tables = g_ptr_array_new_with_free_func(free_table);
        for (const Question *const *q = questions; *q; q++) {
                Table *table = table_new((*q)->key, (*q)->columns, (*q)->n_columns);
                (*q)->fill(tally, words, table);
                g_ptr_array_add(tables, table);
        }
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
