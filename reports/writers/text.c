/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text.c - the report for a terminal or a mail: aligned columns, or one block a row where those would be too wide; nothing
 * that steers a terminal. */
#include "reports/writers/say.h"

#include "core/text.h"

#include <string.h>

enum { PAGE = 100, GRID_MAX = 120 }; /* columns: running text is wrapped at PAGE, wider grids become blocks */

static bool is_number(CellKind kind)
{
        return kind == CELL_COUNT || kind == CELL_SHARE || kind == CELL_ESTIMATE;
}

/* One item a line. */
static char *join_names(const Speech *s, const Column *column, char *const *items)
{
        GString *out = g_string_new(NULL);
        for (; *items; items++) {
                g_autofree char *item = text_terminal(say_item(s, column, *items));
                g_string_append_printf(out, "%s%s", out->len ? "\n" : "", item);
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
        case CELL_ESTIMATE: {
                g_autofree char *percent = say_percent(cell->share), *interval = say_interval(cell);
                return g_strdup_printf("%s [%s]", percent, interval);
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

/* A row is as high as its longest list. */
static void append_line(GString *out, const Table *table, char *const *fields, const int *widths)
{
        g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
        guint height = 1;
        for (size_t k = 0; k < table->n_columns; k++) {
                char **lines = g_strsplit(fields[k], "\n", -1);
                height = MAX(height, g_strv_length(lines));
                g_ptr_array_add(cells, lines);
        }
        for (guint at = 0; at < height; at++) {
                for (guint k = 0; k < cells->len; k++) {
                        char **lines = cells->pdata[k];
                        const char *text = at < g_strv_length(lines) ? lines[at] : "";
                        append_field(out, text, widths[k], is_number(table->columns[k].kind),
                                     k + 1 == cells->len);
                }
        }
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

static int widest_line(const char *text)
{
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        int width = 0;
        for (char **line = lines; *line; line++)
                width = MAX(width, text_width(*line));
        return width;
}

/* Column widths (int). A last column of texts is as wide as its name: nothing stands behind it. */
static GArray *grid_widths(const Table *table, const GPtrArray *fields, int *all)
{
        GArray *widths = g_array_new(FALSE, TRUE, sizeof(int));
        g_array_set_size(widths, (guint)table->n_columns);
        int last = 0;
        for (guint i = 0; i < fields->len; i++) {
                size_t k = i % table->n_columns;
                bool open_end = k + 1 == table->n_columns && !is_number(table->columns[k].kind);
                int *width = &g_array_index(widths, int, k);
                int own = widest_line(fields->pdata[i]);
                if (i < table->n_columns || !open_end)
                        *width = MAX(*width, own);
                else
                        last = MAX(last, own);
        }
        *all = 2 * ((int)table->n_columns - 1) + last;
        for (size_t k = 0; k < table->n_columns; k++)
                *all += g_array_index(widths, int, k);
        return widths;
}

/* One block a row: its first field, then name and value of the others. */
static void append_blocks(GString *out, const Table *table, char *const *fields, guint n_fields)
{
        size_t n = table->n_columns;
        for (guint row = (guint)n; row < n_fields; row += (guint)n) {
                g_string_append_printf(out, "%s\n", fields[row]);
                for (size_t k = 1; k < n; k++) {
                        g_auto(GStrv) lines = g_strsplit(fields[row + k], "\n", -1);
                        g_string_append_printf(out, "    %s:", fields[k]);
                        bool list = lines[0] && lines[1];
                        for (char **line = lines; *line; line++)
                                g_string_append_printf(out, "%s%s", list ? "\n        " : " ", *line);
                        g_string_append_c(out, '\n');
                }
        }
}

static void append_grid(GString *out, const Speech *s, const Table *table)
{
        int all;
        g_autoptr(GPtrArray) fields = grid_fields(s, table);
        g_autoptr(GArray) widths = grid_widths(table, fields, &all);
        const int *width = (const int *)(const void *)widths->data;
        if (all > GRID_MAX && table->n_columns > 3) {
                append_blocks(out, table, (char **)fields->pdata, fields->len);
                return;
        }
        for (guint i = 0; i < fields->len; i += (guint)table->n_columns) {
                append_line(out, table, (char **)fields->pdata + i, width);
                if (i == 0)
                        append_rule(out, table, width);
        }
}

/* Running text, broken at PAGE columns: at blanks, in Chinese between any two characters. */
static void append_text(GString *out, const char *before, const char *text)
{
        g_autofree char *plain = text_terminal(text);
        g_autoptr(GString) line = g_string_new(before);
        for (const char *p = plain; *p; p = g_utf8_next_char(p)) {
                g_string_append_unichar(line, g_utf8_get_char(p));
                if (text_width(line->str) <= PAGE)
                        continue;
                const char *last = g_utf8_find_prev_char(line->str, line->str + line->len);
                const char *blank = g_unichar_iswide(g_utf8_get_char(last)) ? NULL : strrchr(line->str, ' ');
                const char *cut = blank && blank > line->str + 2 ? blank : last;
                g_autofree char *rest = g_strdup(*cut == ' ' ? cut + 1 : cut);
                g_string_append_printf(out, "%.*s\n", (int)(cut - line->str), line->str);
                g_string_printf(line, "%s%s", *before ? "  " : "", rest);
        }
        g_string_append_printf(out, "%s\n", line->str);
}

static void append_table(GString *out, const Speech *s, const Table *table)
{
        g_string_append_printf(out, "\n== %s\n", say_table(s, table));
        if (table->rows->len)
                append_grid(out, s, table);
        else
                g_string_append_printf(out, "%s\n", words_say(s->words, "report.no_rows", s->lang));
        g_autoptr(GPtrArray) notes = say_notes(s, table);
        for (guint i = 0; i < notes->len; i++)
                append_text(out, "* ", notes->pdata[i]);
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
        append_text(out, "", words_say(words, "notice.shares", s.lang));
        for (guint i = 0; i < tables->len; i++)
                append_table(out, &s, tables->pdata[i]);
        g_string_append_c(out, '\n');
        append_text(out, "", words_say(words, "notice.static", s.lang));
        append_text(out, "", words_say(words, "notice.exodus", s.lang));
        return g_string_free(out, FALSE);
}
