/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Input: the size of pieces (one byte), then a CSV file, read as a hash list and as a corpus's manifest, too.
 * Beside crashes: where the file is cut into pieces must not matter, fields must lie in a row's bounds, and
 * listings must be such as the store takes. */
#include "crawler/markets/corpus.h"
#include "crawler/markets/csv.h"
#include "crawler/markets/fdroid_read.h"
#include "crawler/markets/hashlist.h"
#include "crawler/memfile.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool note_row(const CsvRow *row, void *context)
{
        GString *seen = context;
        size_t bytes = 0;
        g_string_append_printf(seen, "%d+%d %s", (int)row->line, (int)row->lines,
                               row->trouble ? row->trouble : "row");
        for (size_t i = 0; i < row->n; i++) {
                bytes += row->fields[i].len;
                g_string_append_printf(seen, " %zu:", row->fields[i].len);
                g_string_append_len(seen, (const char *)row->fields[i].data, (gssize)row->fields[i].len);
        }
        if (row->n > CSV_FIELDS || bytes > CSV_ROW_BYTES || (row->trouble && row->n))
                abort();
        return true;
}

static GString *rows_of(Span file, size_t step)
{
        GString *seen = g_string_new(NULL);
        Csv *csv = csv_new(note_row, seen);
        for (; file.len; file = span_from(file, MIN(step, file.len)))
                csv_feed(csv, span_part(file, 0, MIN(step, file.len)));
        csv_end(csv);
        csv_free(csv);
        return seen;
}

static bool look(const Listing *listing, void *context)
{
        char **last = context;
        bool fits = fdroid_is_package(listing->package) && listing->apk &&
                    g_utf8_validate(listing->package, -1, NULL) &&
                    (!*last || strcmp(*last, listing->package) < 0);
        for (size_t i = 0; i < listing->n_categories; i++)
                fits = fits && g_utf8_validate(listing->categories[i], -1, NULL);
        if (!fits)
                abort();
        g_free(*last);
        *last = g_strdup(listing->package);
        return true;
}

static void read_lists(Span file)
{
        g_autoptr(Arena) arena = arena_new();
        int fd = memfile_new("fuzz", file, NULL);
        static const char *const markets[] = {"anzhi", "fdroid", NULL};
        HashlistRule rules[] = {
                {.market = "zoo"},
                {.market = "zoo", .sample = 3, .seed = 7, .shard = 1, .shards = 2, .only_markets = markets},
                {.market = "zoo", .from = "2015-01-01", .to = "2020-12-31", .size_min = 10}};
        for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
                g_autofree char *last = NULL;
                (void)hashlist_read(fd, &rules[i], look, &last, arena, NULL);
        }
        g_autofree char *last = NULL;
        (void)corpus_read(fd, "corpus", NULL, look, &last, arena, NULL);
        close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size < 1)
                return 0;
        Span file = span_of(data + 1, size - 1);
        GString *whole = rows_of(file, SIZE_MAX), *pieces = rows_of(file, (size_t)data[0] + 1);
        if (!g_string_equal(whole, pieces))
                abort();
        g_string_free(whole, TRUE);
        g_string_free(pieces, TRUE);
        read_lists(file);
        return 0;
}
