/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table.h - a question fills one table; every writer prints every table. A share never travels without its numerator,
 * denominator and interval. */
#ifndef REPORTS_TABLE_H
#define REPORTS_TABLE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef enum { CELL_EMPTY, CELL_TEXT, CELL_COUNT, CELL_SHARE, CELL_LIST, CELL_ESTIMATE } CellKind;

typedef struct {
        CellKind kind;
        char *text;       /* CELL_TEXT, owned */
        char **items;     /* CELL_LIST, owned, NULL-terminated */
        int64_t n;        /* CELL_COUNT, and the numerator of a share */
        int64_t of;       /* CELL_SHARE: denominator */
        double low, high; /* CELL_SHARE, CELL_ESTIMATE: 95 % Wilson interval */
        double share;     /* CELL_ESTIMATE: of the frame, estimated by weights */
} Cell;

typedef struct {
        const char *key; /* snake_case: CSV header, JSON key, and "column.<key>" in data/i18n/words.tsv */
        CellKind kind;   /* of its cells, which may also be empty */
        const char
                *names; /* its texts are ids that have names: "type" looks "type.<id>" up; NULL: plain text.
                            * Text and HTML print the name, CSV the id, JSON the id and, as <key>_name, the name */
} Column;

/* What the reader must know that the table's fixed footnote cannot say: a sentence of words.tsv with {n}, {of}, {text}. */
typedef struct {
        const char *key; /* static */
        int64_t n, of;
        char *text; /* owned, may be NULL */
} Note;

typedef struct {
        const char *
                key; /* snake_case: file name, JSON key, and "table.<key>" in words.tsv; "note.<key>" its footnote */
        Column *columns;
        size_t n_columns;
        GPtrArray *rows;  /* Cell[n_columns] each */
        GPtrArray *notes; /* Note */
} Table;

/* columns are copied; key and their strings must be static. */
Table *table_new(const char *key, const Column *columns, size_t n_columns);
void table_free(Table *table); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)
Cell *table_row(Table *table); /* a new empty row to fill; lives as long as the table */
const Cell *table_cell(const Table *table, size_t row, size_t column);
void table_note(Table *table, const char *key, int64_t n, int64_t of, const char *text); /* text is copied */

Cell cell_text(const char *text);          /* copied; NULL gives an empty cell */
Cell cell_list(const char *const *items);  /* copied, NULL-terminated; NULL or no items give an empty cell */
Cell cell_list_of(const GPtrArray *items); /* the same of char * in an array */
Cell cell_count(int64_t n);
Cell cell_share(int64_t n, int64_t of); /* of 0: an empty cell, for there is no share of nothing */

/* A share of the frame, estimated from a sample: the weights of the apps that have it, of the weights of all of them (Hajek's
 * ratio of Horvitz-Thompson totals). The interval is Wilson's with the effective number of apps, sum^2 / squares (Kish, 1965).
 * Of no weight: an empty cell. */
Cell cell_estimate(double with, double sum, double squares);

/* Rows by descending count (of a share: its numerator) of a column, empty cells last, then ascending text of column 0, 1, ... */
void table_sort(Table *table, size_t by_column);

#endif
