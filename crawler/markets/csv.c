/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/markets/csv.h"

typedef enum {
        FIELD_START,
        PLAIN,  /* in a field without quotes */
        QUOTED, /* in a field with quotes */
        CLOSED, /* behind a quote inside of those: the end of the field, or the first of two */
        LOST    /* in a row that is none, until its line ends */
} State;

struct Csv {
        CsvEach each;
        void *context;
        State state;
        bool was_quoted, stopped;
        const char *trouble;
        uint64_t line, lines; /* the present row begins on; line ends in it */
        size_t len, n;        /* bytes and whole fields of the present row */
        size_t begin;         /* of the present field */
        size_t mark;          /* bytes of a byte order mark seen, 3: not looked for any more */
        Span fields[CSV_FIELDS];
        uint8_t row[CSV_ROW_BYTES];
};

Csv *csv_new(CsvEach each, void *context)
{
        Csv *csv = g_new0(Csv, 1);
        csv->each = each;
        csv->context = context;
        csv->line = 1;
        return csv;
}

void csv_free(Csv *csv)
{
        g_free(csv);
}

static void lose(Csv *csv, const char *trouble)
{
        csv->trouble = trouble;
        csv->state = LOST;
}

static void append(Csv *csv, Span bytes)
{
        if (bytes.len > CSV_ROW_BYTES - csv->len) {
                lose(csv, "too-long");
                return;
        }
        if (bytes.len)
                memcpy(csv->row + csv->len, bytes.data, bytes.len);
        csv->len += bytes.len;
}

static void end_field(Csv *csv)
{
        if (csv->n == CSV_FIELDS) {
                lose(csv, "too-many-fields");
                return;
        }
        csv->fields[csv->n++] = span_of(csv->row + csv->begin, csv->len - csv->begin);
        csv->begin = csv->len;
        csv->was_quoted = false;
        csv->state = FIELD_START;
}

static void end_row(Csv *csv)
{
        if (csv->state == PLAIN && csv->row[csv->len - 1] == '\r')
                csv->len--;
        bool empty = csv->state != LOST && csv->n == 0 && csv->len == 0 && !csv->was_quoted;
        if (csv->state != LOST && !empty)
                end_field(csv);
        CsvRow row = {.line = csv->line, .lines = csv->lines + 1, .trouble = csv->trouble};
        if (!csv->trouble) {
                row.fields = csv->fields;
                row.n = csv->n;
        }
        csv->line += csv->lines + 1;
        csv->lines = csv->len = csv->n = csv->begin = 0;
        csv->trouble = NULL;
        csv->was_quoted = false;
        csv->state = FIELD_START;
        csv->stopped = !empty && !csv->each(&row, csv->context);
}

/* Bytes of `in` that stand in the present field as they are. */
static size_t run_length(const Csv *csv, Span in)
{
        size_t n = 0;
        if (csv->state == QUOTED) {
                const uint8_t *quote = memchr(in.data, '"', in.len);
                return quote ? (size_t)(quote - in.data) : in.len;
        }
        while (n < in.len && in.data[n] != ',' && in.data[n] != '\n')
                n++;
        return n;
}

static uint64_t lines_in(Span run)
{
        uint64_t lines = 0;
        for (size_t i = 0; i < run.len; i++)
                lines += run.data[i] == '\n';
        return lines;
}

/* A run of the field's own bytes, or of a lost row's; how many were taken. 0: the next byte means something, or
 * the row has just become too long. Where it does must not depend on how the file was cut into pieces. */
static size_t take_run(Csv *csv, Span in)
{
        if (csv->state == LOST) {
                const uint8_t *end = memchr(in.data, '\n', in.len);
                return end ? (size_t)(end - in.data) : in.len;
        }
        size_t room = CSV_ROW_BYTES - csv->len, n = run_length(csv, in);
        if (n > 0 && room == 0)
                lose(csv, "too-long");
        Span run = span_part(in, 0, MIN(n, room));
        if (csv->state == QUOTED)
                csv->lines += lines_in(run);
        append(csv, run);
        return run.len;
}

/* Behind a quote inside of a quoted field. */
static void after_quote(Csv *csv, uint8_t byte)
{
        if (byte == '"') {
                append(csv, span_of(&byte, 1));
                if (csv->state != LOST)
                        csv->state = QUOTED;
        } else if (byte != '\r') { /* of CRLF */
                lose(csv, "quote");
        }
}

/* One byte that means something where it stands. */
static void take_byte(Csv *csv, uint8_t byte)
{
        if (byte == '\n')
                end_row(csv);
        else if (csv->state != LOST && byte == ',')
                end_field(csv);
        else if (csv->state == CLOSED)
                after_quote(csv, byte);
        else if (csv->state == FIELD_START && byte == '"')
                csv->state = QUOTED, csv->was_quoted = true;
        else if (csv->state == FIELD_START) {
                csv->state = PLAIN;
                append(csv, span_of(&byte, 1));
        }
}

static size_t step(Csv *csv, Span in)
{
        bool in_run = csv->state == PLAIN || csv->state == QUOTED || csv->state == LOST;
        size_t n = in_run ? take_run(csv, in) : 0;
        bool just_lost = n == 0 && in_run && csv->state == LOST && in.data[0] != '\n';
        if (n > 0 || just_lost)
                return n;
        if (csv->state == QUOTED)
                csv->state = CLOSED;
        else
                take_byte(csv, in.data[0]);
        return 1;
}

/* How much of a byte order mark stands at the file's start; it is dropped, and so is a part of one. */
static size_t skip_mark(Csv *csv, Span in)
{
        static const uint8_t bom[] = {0xef, 0xbb, 0xbf};
        size_t n = 0;
        while (csv->mark < sizeof bom && n < in.len) {
                if (in.data[n] != bom[csv->mark]) {
                        csv->mark = sizeof bom;
                        break;
                }
                csv->mark++;
                n++;
        }
        return n;
}

bool csv_feed(Csv *csv, Span piece)
{
        size_t at = csv->mark < 3 ? skip_mark(csv, piece) : 0;
        while (at < piece.len && !csv->stopped)
                at += step(csv, span_from(piece, at));
        return !csv->stopped;
}

bool csv_end(Csv *csv)
{
        if (csv->stopped)
                return false;
        if (csv->state == QUOTED)
                lose(csv, "quote");
        if (csv->state != FIELD_START || csv->n > 0)
                end_row(csv);
        return !csv->stopped;
}

/* ---- fields ---------------------------------------------------------------------------------------------------- */

Span csv_field(const CsvRow *row, int column)
{
        return column >= 0 && (size_t)column < row->n ? row->fields[column] : (Span){NULL, 0};
}

static Span trimmed(Span s)
{
        while (s.len && (s.data[0] == ' ' || s.data[0] == '\t'))
                s = span_from(s, 1);
        while (s.len && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
                s.len--;
        return s;
}

int csv_column(const CsvRow *header, const char *name)
{
        size_t len = strlen(name);
        for (size_t i = 0; i < header->n; i++) {
                Span field = trimmed(header->fields[i]);
                if (field.len == len && g_ascii_strncasecmp((const char *)field.data, name, len) == 0)
                        return (int)i;
        }
        return -1;
}

char *csv_text(const CsvRow *row, int column)
{
        Span field = trimmed(csv_field(row, column));
        if (field.len == 0 || !g_utf8_validate((const char *)field.data, (gssize)field.len, NULL))
                return NULL;
        for (size_t i = 0; i < field.len; i++) {
                if (field.data[i] < ' ' || field.data[i] == 0x7f)
                        return NULL;
        }
        return g_strndup((const char *)field.data, field.len);
}

int64_t csv_number(const CsvRow *row, int column)
{
        Span field = trimmed(csv_field(row, column));
        int64_t value = 0;
        if (field.len == 0 || field.len > 18)
                return -1;
        for (size_t i = 0; i < field.len; i++) {
                if (!g_ascii_isdigit(field.data[i]))
                        return -1;
                value = value * 10 + (field.data[i] - '0');
        }
        return value;
}

void csv_append(GString *out, const char *text)
{
        g_string_append_c(out, '"');
        for (const char *p = text; *p; p++) {
                if (*p == '"')
                        g_string_append_c(out, '"');
                g_string_append_c(out, *p);
        }
        g_string_append_c(out, '"');
}
