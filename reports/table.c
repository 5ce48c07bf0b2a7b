/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reports/table.h"

#include "reports/stats.h"

#include <string.h>

static void note_free(void *data)
{
        Note *note = data;
        g_free(note->text);
        g_free(note);
}

Table *table_new(const char *key, const Column *columns, size_t n_columns)
{
        Table *table = g_new0(Table, 1);
        table->key = key;
        table->columns = g_new(Column, n_columns);
        memcpy(table->columns, columns, n_columns * sizeof *columns);
        table->n_columns = n_columns;
        table->rows = g_ptr_array_new();
        table->notes = g_ptr_array_new_with_free_func(note_free);
        return table;
}

static void row_free(Cell *row, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                g_free(row[i].text);
                g_strfreev(row[i].items);
        }
        g_free(row);
}

void table_free(Table *table)
{
        if (!table)
                return;
        for (guint i = 0; i < table->rows->len; i++)
                row_free(table->rows->pdata[i], table->n_columns);
        g_ptr_array_unref(table->rows);
        g_ptr_array_unref(table->notes);
        g_free(table->columns);
        g_free(table);
}

Cell *table_row(Table *table)
{
        Cell *row = g_new0(Cell, table->n_columns);
        g_ptr_array_add(table->rows, row);
        return row;
}

const Cell *table_cell(const Table *table, size_t row, size_t column)
{
        g_assert(row < table->rows->len && column < table->n_columns);
        return (const Cell *)table->rows->pdata[row] + column;
}

void table_note(Table *table, const char *key, int64_t n, int64_t of, const char *text)
{
        Note *note = g_new0(Note, 1);
        *note = (Note){key, n, of, g_strdup(text)};
        g_ptr_array_add(table->notes, note);
}

Cell cell_text(const char *text)
{
        return text ? (Cell){.kind = CELL_TEXT, .text = g_strdup(text)} : (Cell){0};
}

Cell cell_list(const char *const *items)
{
        return items && *items ? (Cell){.kind = CELL_LIST, .items = g_strdupv((char **)items)} : (Cell){0};
}

Cell cell_list_of(const GPtrArray *items)
{
        if (!items || !items->len)
                return (Cell){0};
        char **copy = g_new0(char *, items->len + 1);
        for (guint i = 0; i < items->len; i++)
                copy[i] = g_strdup(items->pdata[i]);
        return (Cell){.kind = CELL_LIST, .items = copy};
}

Cell cell_count(int64_t n)
{
        return (Cell){.kind = CELL_COUNT, .n = n};
}

Cell cell_share(int64_t n, int64_t of)
{
        if (of <= 0)
                return (Cell){0};
        Interval i = stats_wilson95(n, of);
        return (Cell){.kind = CELL_SHARE, .n = n, .of = of, .low = i.low, .high = i.high};
}

Cell cell_estimate(double with, double sum, double squares)
{
        if (!(sum > 0) || !(squares > 0))
                return (Cell){0};
        double share = CLAMP(with / sum, 0, 1);
        Interval i = stats_wilson95_of(share, sum * sum / squares);
        return (Cell){.kind = CELL_ESTIMATE, .share = share, .low = i.low, .high = i.high};
}

typedef struct {
        size_t by, n_columns;
} Order;

static int compare_rows(const void *a, const void *b, void *context)
{
        const Order *order = context;
        const Cell *x = *(Cell *const *)a, *y = *(Cell *const *)b;
        const Cell *p = &x[order->by], *q = &y[order->by];
        if ((p->kind == CELL_EMPTY) != (q->kind == CELL_EMPTY))
                return p->kind == CELL_EMPTY ? 1 : -1;
        if (p->n != q->n)
                return p->n < q->n ? 1 : -1;
        for (size_t i = 0; i < order->n_columns; i++) {
                int c = g_strcmp0(x[i].text, y[i].text);
                if (c)
                        return c;
        }
        return 0;
}

void table_sort(Table *table, size_t by_column)
{
        g_assert(by_column < table->n_columns);
        Order order = {by_column, table->n_columns};
        g_ptr_array_sort_with_data(table->rows, compare_rows, &order);
}
