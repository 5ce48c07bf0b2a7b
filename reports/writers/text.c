/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text.c - the report for a terminal or a mail: aligned columns, nothing wrapped, nothing that steers a terminal. */
#include "reports/writers/say.h"

#include "core/text.h"

static bool is_number(CellKind kind)
{
        return kind == CELL_COUNT || kind == CELL_SHARE;
}

static char *join_names(const Speech *s, const Column *column, char *const *items)
{
        GString *out = g_string_new(NULL);
        for (; *items; items++) {
                g_autofree char *item = text_terminal(say_item(s, column, *items));
                g_string_append_printf(out, "%s%s", out->len ? ", " : "", item);
        }
        return g_string_free(out, FALSE);
}

static char *cell_words(const Speech *s, const Column *column, const Cell *cell)
{
        switch (cell->kind) {
        case CELL_TEXT: return text_terminal(say_item(s, column, cell->text));
        case CELL_LIST: return join_names(s, column, cell->items);
        case CELL_COUNT: return text_count((guint64)MAX(cell->n, 0));
        case CELL_SHARE: {
                g_autofree char *percent = say_percent((double)cell->n / (double)cell->of);
                g_autofree char *interval = say_interval(cell);
                return g_strdup_printf("%s (%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT ") [%s]", percent,
                                       cell->n, cell->of, interval);
        }
        case CELL_EMPTY: break;
        }
        return g_strdup("-");
}

static void append_field(GString *out, const char *text, int width, bool right, bool last)
{
        int pad = MAX(width - text_width(text), 0);
        if (right)
                g_string_append_printf(out, "%*s%s", pad, "", text);
        else
                g_string_append_printf(out, "%s%*s", text, last ? 0 : pad, "");
        g_string_append(out, last ? "\n" : "  ");
}

static void append_line(GString *out, const Table *table, char *const *fields, const int *widths)
{
        for (size_t k = 0; k < table->n_columns; k++)
                append_field(out, fields[k], widths[k], is_number(table->columns[k].kind),
                             k + 1 == table->n_columns);
}

static void append_rule(GString *out, const Table *table, const int *widths)
{
        for (size_t k = 0; k < table->n_columns; k++) {
                for (int i = 0; i < widths[k]; i++)
                        g_string_append_c(out, '-');
                g_string_append(out, k + 1 == table->n_columns ? "\n" : "  ");
        }
}

/* The header's fields, then those of the rows, n_columns each (char *). */
static GPtrArray *grid_fields(const Speech *s, const Table *table)
{
        GPtrArray *fields = g_ptr_array_new_with_free_func(g_free);
        for (size_t k = 0; k < table->n_columns; k++)
                g_ptr_array_add(fields, g_strdup(say_column(s, &table->columns[k])));
        for (guint i = 0; i < table->rows->len; i++) {
                for (size_t k = 0; k < table->n_columns; k++)
                        g_ptr_array_add(fields, cell_words(s, &table->columns[k], table_cell(table, i, k)));
        }
        return fields;
}

/* Column widths (int). A last column of texts is as wide as its name: nothing stands behind it. */
static GArray *grid_widths(const Table *table, const GPtrArray *fields)
{
        GArray *widths = g_array_new(FALSE, TRUE, sizeof(int));
        g_array_set_size(widths, (guint)table->n_columns);
        for (guint i = 0; i < fields->len; i++) {
                size_t k = i % table->n_columns;
                bool open_end = k + 1 == table->n_columns && !is_number(table->columns[k].kind);
                int *width = &g_array_index(widths, int, k);
                if (i < table->n_columns || !open_end)
                        *width = MAX(*width, text_width(fields->pdata[i]));
        }
        return widths;
}

static void append_grid(GString *out, const Speech *s, const Table *table)
{
        g_autoptr(GPtrArray) fields = grid_fields(s, table);
        g_autoptr(GArray) widths = grid_widths(table, fields);
        const int *width = (const int *)(const void *)widths->data;
        for (guint i = 0; i < fields->len; i += (guint)table->n_columns) {
                append_line(out, table, (char **)fields->pdata + i, width);
                if (i == 0)
                        append_rule(out, table, width);
        }
}

static void append_table(GString *out, const Speech *s, const Table *table)
{
        g_string_append_printf(out, "\n== %s\n", say_table(s, table));
        if (table->rows->len)
                append_grid(out, s, table);
        else
                g_string_append_printf(out, "%s\n", words_say(s->words, "report.no_rows", s->lang));
        g_autoptr(GPtrArray) notes = say_notes(s, table);
        for (guint i = 0; i < notes->len; i++) {
                g_autofree char *note = text_terminal(notes->pdata[i]);
                g_string_append_printf(out, "* %s\n", note);
        }
}

static void append_fact(GString *out, const Speech *s, const char *key, const char *value)
{
        if (!value)
                return;
        g_autofree char *plain = text_terminal(value);
        g_string_append_printf(out, "%s: %s\n", words_say(s->words, key, s->lang), plain);
}

char *report_text(const GPtrArray *tables, const ReportHead *head, const ReportWords *words)
{
        const Speech s = speech_of(head, words);
        GString *out = g_string_new(NULL);
        g_autofree char *headline = say_headline(&s, tables), *title = say_title(&s),
                        *period = say_period(head->sweep);
        g_autofree char *plain = text_terminal(headline), *plain_title = text_terminal(title);
        g_string_append_printf(out, "%s\n", plain);
        if (!g_str_equal(plain, plain_title))
                g_string_append_printf(out, "%s\n", plain_title);
        append_fact(out, &s, "head.period", period);
        append_fact(out, &s, "head.rule_set", head->rule_set);
        append_fact(out, &s, "head.program", head->sweep ? head->sweep->program : NULL);
        g_string_append_printf(out, "%s\n", words_say(words, "notice.shares", s.lang));
        for (guint i = 0; i < tables->len; i++)
                append_table(out, &s, tables->pdata[i]);
        g_string_append_printf(out, "\n%s\n%s\n", words_say(words, "notice.static", s.lang),
                               words_say(words, "notice.exodus", s.lang));
        return g_string_free(out, FALSE);
}
