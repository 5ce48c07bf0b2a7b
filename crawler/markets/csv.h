/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv.h - rows out of a CSV file of any length (RFC 4180), piece by piece, in memory of one row. Hostile bytes:
 * what is no row is told as such, and reading goes on behind the next line end. */
#ifndef CRAWLER_MARKETS_CSV_H
#define CRAWLER_MARKETS_CSV_H

#include "core/error.h"
#include "core/span.h"

enum { CSV_FIELDS = 64, CSV_ROW_BYTES = 16 << 10 };

typedef struct {
        const Span *fields; /* n of them, quotes taken off; borrowed for the call. May hold any byte */
        size_t n;
        uint64_t line;  /* the row begins on, from 1 */
        uint64_t lines; /* it takes up: more than 1 where a quoted field holds line ends */
        /* NULL: none. too-long too-many-fields quote; then `fields` holds nothing, and `lines` may be those of several
         * rows that an unclosed quote has swallowed. */
        const char *trouble;
} CsvRow;

typedef bool (*CsvEach)(const CsvRow *row, void *context); /* false: no more */

typedef struct Csv Csv;

Csv *csv_new(CsvEach each, void *context);
void csv_free(Csv *csv); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Csv, csv_free)

/* The next bytes of the file; a byte order mark at its start is dropped, empty lines are no rows, lines end in LF
 * or CRLF. False: `each` wanted no more. */
bool csv_feed(Csv *csv, Span piece);
bool csv_end(Csv *csv); /* a last row without a line end */

/* Place of the field with this name in a header, -1: there is none. Names are compared without case and blanks
 * around them. */
int csv_column(const CsvRow *header, const char *name);

/* A field as valid UTF-8 without blanks around it; NULL: the row has no such field (column -1), it is empty, or it
 * holds a byte that is no UTF-8 or a control character. g_free. */
char *csv_text(const CsvRow *row, int column);
/* A field of digits only, at most 18 of them; -1: anything else. */
int64_t csv_number(const CsvRow *row, int column);
Span csv_field(const CsvRow *row, int column); /* empty where there is none */

/* `text` as a field, in quotes. */
void csv_append(GString *out, const char *text);

#endif
