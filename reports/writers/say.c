/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/writers/say.h"

#include "core/clock.h"

Speech speech_of(const ReportHead *head, const ReportWords *words)
{
        return (Speech){head, words, g_strcmp0(head->lang, "zh") == 0 ? "zh" : "en"};
}

/* The row of a table whose first cell is `id`; NULL: none. */
static const Cell *row_named(const Table *table, const char *id)
{
        for (guint i = 0; i < table->rows->len; i++) {
                const Cell *row = table_cell(table, i, 0);
                if (g_strcmp0(row->text, id) == 0)
                        return row;
        }
        return NULL;
}

char *say_headline(const Speech *s, const GPtrArray *tables)
{
        static const struct {
                const char *table, *row, *key;
        } finds[] = {{"overview", "over_collecting", "headline.over_collecting"},
                     {"overview", "analysed", "headline.analysed"},
                     {"diff_summary", "gained_permission", "headline.gained_permission"},
                     {"diff_summary", "in_both", "headline.nothing_compared"}};
        enum { SHARE = 2 }; /* both tables: measure, number, share */
        for (size_t i = 0; i < G_N_ELEMENTS(finds); i++) {
                for (guint k = 0; k < tables->len; k++) {
                        const Table *table = tables->pdata[k];
                        const Cell *row = g_str_equal(table->key, finds[i].table)
                                                  ? row_named(table, finds[i].row)
                                                  : NULL;
                        if (row && (row[SHARE].kind == CELL_SHARE || g_str_equal(finds[i].row, "in_both")))
                                return words_fill(s->words, finds[i].key, s->lang, row[1].n, row[SHARE].of,
                                                  NULL);
                }
        }
        return say_title(s);
}

char *say_title(const Speech *s)
{
        const char *name = s->head->sweep ? s->head->sweep->name : "";
        if (!s->head->before)
                return words_fill(s->words, s->head->title, s->lang, 0, 0, name);
        g_autofree char *pair = g_strdup_printf("%s \xe2\x86\x92 %s", s->head->before->name, name);
        return words_fill(s->words, s->head->title, s->lang, 0, 0, pair);
}

char *say_period(const Sweep *sweep)
{
        if (!sweep || !sweep->has_started_ms)
                return NULL;
        g_autofree char *from = clock_text(sweep->started_ms);
        if (!sweep->has_finished_ms)
                return g_steal_pointer(&from);
        g_autofree char *to = clock_text(sweep->finished_ms);
        return g_strdup_printf("%s \xe2\x80\x93 %s", from, to);
}

const char *say_table(const Speech *s, const Table *table)
{
        return words_say_part(s->words, "table", table->key, s->lang);
}

const char *say_column(const Speech *s, const Column *column)
{
        return words_say_part(s->words, "column", column->key, s->lang);
}

const char *say_item(const Speech *s, const Column *column, const char *id)
{
        const char *name = column->names ? words_name(s->words, column->names, id, s->lang) : NULL;
        return name ? name : id;
}

GPtrArray *say_notes(const Speech *s, const Table *table)
{
        GPtrArray *notes = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *fixed = g_strdup_printf("note.%s", table->key);
        if (words_find(s->words, fixed, s->lang))
                g_ptr_array_add(notes, g_strdup(words_find(s->words, fixed, s->lang)));
        for (guint i = 0; i < table->notes->len; i++) {
                const Note *n = table->notes->pdata[i];
                g_ptr_array_add(notes, words_fill(s->words, n->key, s->lang, n->n, n->of, n->text));
        }
        return notes;
}

/* One decimal, but never "0.0" for something or "100.0" for less than all. The decimal point is a point in every locale. */
static void percent_digits(double share, char *out, size_t size)
{
        double percent = share * 100;
        if (percent > 0 && percent < 0.05)
                g_strlcpy(out, "<0.1", size);
        else if (percent < 100 && percent >= 99.95)
                g_strlcpy(out, ">99.9", size);
        else
                g_ascii_formatd(out, (int)size, "%.1f", percent);
}

char *say_percent(double share)
{
        char digits[32];
        percent_digits(share, digits, sizeof digits);
        return g_strdup_printf("%s %%", digits);
}

char *say_interval(const Cell *share)
{
        char low[32], high[32];
        percent_digits(share->low, low, sizeof low);
        percent_digits(share->high, high, sizeof high);
        return g_strdup_printf("%s\xe2\x80\x93%s %%", low, high);
}
