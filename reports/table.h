/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table.h - a question fills one table; every writer prints every table. A share never travels without its numerator,
 * denominator and interval. */
#ifndef REPORTS_TABLE_H
#define REPORTS_TABLE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef enum { CELL_EMPTY, CELL_TEXT, CELL_COUNT, CELL_SHARE } CellKind;

typedef struct {
        CellKind kind;
        char *text;      /* CELL_TEXT, owned */
        int64_t n;       /* CELL_COUNT, and the numerator of a share */
        int64_t of;      /* CELL_SHARE: denominator */
        double low, high; /* CELL_SHARE: 95 % Wilson interval */
} Cell;

typedef struct {
        const char *key;     /* snake_case: CSV header, JSON key, and "column.<key>" in data/i18n/words.tsv */
        CellKind kind;
} Column;

typedef struct {
        const char *key;     /* snake_case: file name, JSON key, and "table.<key>" in words.tsv; "note.<key>" its footnote */
        Column *columns;
        size_t n_columns;
        GPtrArray *rows;     /* Cell[n_columns] each */
        char *note;          /* what the reader must know that the fixed footnote cannot say; NULL: nothing */
} Table;

/* columns are copied; key must be static. */
Table *table_new(const char *key, const Column *columns, size_t n_columns);
void table_free(Table *table);
Cell *table_row(Table *table); /* a new empty row to fill */

Cell cell_text(const char *text); /* copied; NULL gives an empty cell */
Cell cell_count(int64_t n);
Cell cell_share(int64_t n, int64_t of); /* of 0: an empty cell, for there is no share of nothing */

/* Rows by descending count/share of a column, then ascending text of column 0. */
void table_sort(Table *table, size_t by_column);

#endif
