/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv.c - RFC 4180: CRLF, quotes doubled, UTF-8 without a mark. Text from outside passes text_append_csv, so that no cell opens as
 * a formula, and text_terminal, since tables are looked at with cat as well; report.json has every byte. A share is five columns, an
 * estimate three, a list is joined by "; ". */
#include "reports/reports.h"

#include "core/text.h"

enum { COUNTS = 2, PARTS = 5 }; /* an estimate has no counts of its own */
static const char *const share_parts[PARTS] = {"n", "of", "share", "low", "high"};

static void end_field(GString *out, bool last)
{
        g_string_append(out, last ? "\r\n" : ",");
}

static void write_header(GString *out, const Table *table)
{
        for (size_t i = 0; i < table->n_columns; i++) {
                const Column *column = &table->columns[i];
                bool last = i + 1 == table->n_columns;
                if (column->kind != CELL_SHARE && column->kind != CELL_ESTIMATE) {
                        g_string_append(out, column->key);
                        end_field(out, last);
                        continue;
                }
                for (size_t k = column->kind == CELL_SHARE ? 0 : COUNTS; k < PARTS; k++) {
                        g_string_append_printf(out, "%s_%s", column->key, share_parts[k]);
                        end_field(out, last && k + 1 == PARTS);
                }
        }
}

static void write_fraction(GString *out, double v)
{
        char digits[G_ASCII_DTOSTR_BUF_SIZE];
        g_string_append(out, g_ascii_formatd(digits, sizeof digits, "%.6f", v));
}

static void write_three(GString *out, double share, const Cell *cell)
{
        write_fraction(out, share);
        g_string_append_c(out, ',');
        write_fraction(out, cell->low);
        g_string_append_c(out, ',');
        write_fraction(out, cell->high);
}

static void write_share(GString *out, const Cell *cell)
{
        if (cell->kind != CELL_SHARE) {
                g_string_append(out, ",,,,");
                return;
        }
        g_string_append_printf(out, "%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",", cell->n, cell->of);
        write_three(out, (double)cell->n / (double)cell->of, cell);
}

static void write_estimate(GString *out, const Cell *cell)
{
        if (cell->kind == CELL_ESTIMATE)
                write_three(out, cell->share, cell);
        else
                g_string_append(out, ",,");
}

static void write_text(GString *out, const char *text)
{
        g_autofree char *shown = text_terminal(text);
        text_append_csv(out, shown);
}

static void write_cell(GString *out, const Column *column, const Cell *cell)
{
        if (column->kind == CELL_SHARE) {
                write_share(out, cell);
        } else if (column->kind == CELL_ESTIMATE) {
                write_estimate(out, cell);
        } else if (cell->kind == CELL_COUNT) {
                g_string_append_printf(out, "%" G_GINT64_FORMAT, cell->n);
        } else if (cell->kind == CELL_TEXT) {
                write_text(out, cell->text);
        } else if (cell->kind == CELL_LIST) {
                g_autofree char *joined = g_strjoinv("; ", cell->items);
                write_text(out, joined);
        }
}

char *report_csv(const Table *table)
{
        GString *out = g_string_new(NULL);
        write_header(out, table);
        for (guint i = 0; i < table->rows->len; i++) {
                for (size_t k = 0; k < table->n_columns; k++) {
                        write_cell(out, &table->columns[k], table_cell(table, i, k));
                        end_field(out, k + 1 == table->n_columns);
                }
        }
        return g_string_free(out, FALSE);
}
