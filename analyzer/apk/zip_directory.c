/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/zip_inside.h"

#include "core/cursor.h"

#include <stdlib.h>

enum { RECORD_SIGNATURE = 0x02014b50, END_SIGNATURE = 0x06054b50, RECORD_SIZE = 46, LONGEST_COMMENT = 65535 };

static uint32_t u32_at(Span bytes, size_t at)
{
        Cursor c = cursor_at(bytes, at);
        return cursor_u32(&c);
}

/* ---- finding the directory
 * ---------------------------------------------------------------------------------- */

typedef struct {
        size_t at; /* of the end record */
        uint16_t records;
        size_t directory, size;
        bool fits;    /* its comment ends where the file ends */
        bool shifted; /* offsets count from behind something put in front of the archive */
} End;

static bool read_end(Span bytes, size_t at, End *end)
{
        Cursor c = cursor_at(bytes, at);
        if (cursor_u32(&c) != END_SIGNATURE)
                return false;
        cursor_skip(&c, 6); /* disk numbers, records on this disk */
        *end = (End){.at = at, .records = cursor_u16(&c)};
        end->size = cursor_u32(&c);
        end->directory = cursor_u32(&c);
        uint16_t comment = cursor_u16(&c);
        end->fits = c.ok && at + ZIP_END_SIZE + comment == bytes.len;
        return c.ok;
}

/* Whether a directory starts where the record says, or, had something been put in front, where its size says.
 */
static bool leads_somewhere(const Zip *zip, End *end)
{
        Span bytes = zip->bytes;
        if (end->directory < end->at && u32_at(bytes, end->directory) == RECORD_SIGNATURE)
                return true;
        if (end->size > end->at || !zip_has(zip, end->at - end->size, end->at) ||
            u32_at(bytes, end->at - end->size) != RECORD_SIGNATURE)
                return false;
        end->directory = end->at - end->size;
        end->shifted = true;
        return true;
}

/* The last end record is the one Android takes; when it does not end with the file, Android refuses, and what
 * follows is the best other choice: one that does end with the file, else the last that leads to a directory.
 */
static bool find_end(Zip *zip, End *best, GError **error)
{
        Span bytes = zip->bytes;
        size_t stop =
                bytes.len > LONGEST_COMMENT + ZIP_END_SIZE ? bytes.len - LONGEST_COMMENT - ZIP_END_SIZE : 0;
        if (zip->held)
                stop = MAX(stop, held_back_to(zip->held, bytes.len));
        bool seen = false, have = false;
        for (size_t at = bytes.len - ZIP_END_SIZE + 1; at-- > stop;) {
                End end;
                if (bytes.data[at] != 'P' || !read_end(bytes, at, &end))
                        continue;
                bool last = !seen;
                seen = true;
                zip->missing = end.directory;
                if (!zip_has(zip, end.directory, at))
                        return fault(error, FAULT_NOT_FOUND, "the central directory at %zu was not fetched",
                                     end.directory);
                if (!leads_somewhere(zip, &end))
                        continue;
                if (!have || (end.fits && !best->fits))
                        *best = end;
                have = true;
                if (last && end.fits)
                        return true;
        }
        zip->missing = bytes.len - MIN(bytes.len, (size_t)LONGEST_COMMENT + ZIP_END_SIZE);
        if (!seen && stop > zip->missing)
                return fault(error, FAULT_NOT_FOUND,
                             "no end record behind %zu, where what was fetched begins", stop);
        if (!seen)
                return fault(error, FAULT_UNSUPPORTED,
                             "no end record in the last %d bytes: not a ZIP archive",
                             LONGEST_COMMENT + ZIP_END_SIZE);
        if (!have)
                return fault(error, FAULT_MALFORMED, "the end record leads to no central directory");
        zip_note(zip, best->fits ? "zip-end-in-comment" : "zip-trailing-bytes", true, span_str(NULL));
        return true;
}

/* ---- the directory
 * ------------------------------------------------------------------------------------------ */

/* The shape AOSP's entry_name_utils-inl.h demands: UTF-8 by its lead bytes alone, five-byte forms included.
 */
static bool name_is_shaped(Span name)
{
        if (!name.len)
                return false;
        for (size_t i = 0; i < name.len; i++) {
                uint8_t byte = name.data[i];
                if (byte == 0 || (byte & 0xc0) == 0x80 || (byte & 0xfe) == 0xfe)
                        return false;
                for (uint8_t lead = (uint8_t)(byte << 1); (byte & 0x80) && (lead & 0x80);
                     lead = (uint8_t)(lead << 1)) {
                        if (++i == name.len || (name.data[i] & 0xc0) != 0x80)
                                return false;
                }
        }
        return true;
}

static bool read_record(Cursor *c, ZipEntry *e)
{
        if (cursor_u32(c) != RECORD_SIGNATURE)
                return false;
        cursor_skip(c, 4); /* versions */
        e->flags = cursor_u16(c);
        e->method = cursor_u16(c);
        cursor_skip(c, 4); /* time, date */
        e->crc32 = cursor_u32(c);
        e->compressed = cursor_u32(c);
        e->size = cursor_u32(c);
        uint16_t name = cursor_u16(c), extra = cursor_u16(c), comment = cursor_u16(c);
        cursor_skip(c, 8); /* disk, attributes */
        e->offset = cursor_u32(c);
        e->name = cursor_take(c, name);
        if (!c->ok)
                return false;
        cursor_skip(
                c, (size_t)extra +
                           comment); /* what they hold is nobody's business: a bad extra field is tolerated */
        return true;
}

static void note_record(Zip *zip, const ZipEntry *e)
{
        if (e->flags & ZIP_ENCRYPTED_BIT)
                zip_note(zip, "zip-encrypted-flag", false, e->name);
        if (e->method != 0 && e->method != 8)
                zip_note(zip, "zip-unknown-method", false, e->name);
        if (!name_is_shaped(e->name))
                zip_note(zip, "zip-bad-name", true, e->name);
        if (e->name.len > ZIP_LONG_NAME)
                zip_note(zip, "zip-long-name", false, e->name);
        if (e->offset >= zip->directory)
                zip_note(zip, "zip-offset-past-directory", true, e->name);
}

/* Whether the directory was read to its end, whatever the count says. `c` stands behind the last record that
 * was. */
static void note_directory_end(Zip *zip, const End *end, Cursor *c)
{
        Span last = zip->entries[zip->n - 1].name;
        bool whole = c->ok && !cursor_left(c) && end->size <= end->at - end->directory;
        if (zip->n < end->records)
                zip_note(zip, whole ? "zip-count-too-great" : ZIP_DIRECTORY_CUT, true, last);
        else if (!c->ok)
                zip_note(zip, "zip-directory-past-end", true, last);
        else if (cursor_u32(c) == RECORD_SIGNATURE)
                zip_note(zip, "zip-hidden-records", false, last);
}

static bool read_records(Zip *zip, const End *end, GError **error)
{
        zip->directory = end->directory;
        zip->end = end->at;
        zip->directory_size = MIN(end->size, end->at - end->directory);
        if (end->shifted)
                zip_note(zip, ZIP_PREFIX, true, span_str(NULL));
        else if (end->size > end->at - end->directory)
                zip_note(zip, "zip-directory-past-end", true, span_str(NULL));
        else if (end->directory + end->size < end->at)
                zip_note(zip, "zip-gap-before-eocd", false, span_str(NULL));
        if (zip_has(zip, 0, 4) && u32_at(zip->bytes, 0) != ZIP_LOCAL_SIGNATURE)
                zip_note(zip, "zip-foreign-start", true, span_str(NULL));
        /* Never more records than the bytes can hold, so the array is bounded by the file. */
        size_t most = MIN((size_t)end->records, zip->directory_size / RECORD_SIZE);
        zip->entries = arena_array(zip->arena, ZipEntry, most);
        uint64_t shift = end->shifted ? end->directory - u32_at(zip->bytes, end->at + 16) : 0;
        Cursor c = cursor_over(span_part(zip->bytes, zip->directory, zip->directory_size));
        while (zip->n < most && cursor_left(&c) && read_record(&c, &zip->entries[zip->n])) {
                zip->entries[zip->n].offset += shift;
                note_record(zip, &zip->entries[zip->n++]);
        }
        if (zip->n == 0)
                return fault(error, FAULT_MALFORMED,
                             "the end record at %zu counts %u entries, none can be read", end->at,
                             end->records);
        note_directory_end(zip, end, &c);
        return true;
}

static int by_name(const void *a, const void *b, void *entries)
{
        uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
        int c = span_cmp(((ZipEntry *)entries)[i].name, ((ZipEntry *)entries)[k].name);
        return c ? c : (i > k) - (i < k);
}

static int by_offset(const void *a, const void *b, void *entries)
{
        uint64_t x = ((ZipEntry *)entries)[*(const uint32_t *)a].offset;
        uint64_t y = ((ZipEntry *)entries)[*(const uint32_t *)b].offset;
        return (x > y) - (x < y);
}

/* Whether the directory lists content in the order of the file, as every common tool does. */
static bool in_order(const Zip *zip)
{
        for (size_t i = 0; i + 1 < zip->n; i++) {
                if (zip->entries[i].offset > zip->entries[i + 1].offset)
                        return false;
        }
        return true;
}

void zip_index_names(Zip *zip)
{
        uint32_t *order = zip->by_name;
        qsort_r(order, zip->n, sizeof *order, by_name, zip->entries);
        for (size_t i = 0; i + 1 < zip->n; i++) {
                if (span_eq(zip->entries[order[i]].name, zip->entries[order[i + 1]].name))
                        zip_note(zip, "zip-duplicate-name", true, zip->entries[order[i]].name);
        }
}

static void index_entries(Zip *zip)
{
        uint32_t *order = zip->by_name = arena_array(zip->arena, uint32_t, zip->n);
        for (uint32_t i = 0; i < zip->n; i++)
                order[i] = i;
        /* Same content under two names is how a small file becomes terabytes. */
        if (!in_order(zip))
                qsort_r(order, zip->n, sizeof *order, by_offset, zip->entries);
        for (size_t i = 0; i + 1 < zip->n; i++) {
                const ZipEntry *e = &zip->entries[order[i]];
                if (e->offset + ZIP_LOCAL_SIZE + e->name.len + e->compressed >
                    zip->entries[order[i + 1]].offset)
                        zip_note(zip, "zip-entry-overlap", false, e->name);
        }
        zip_index_names(zip);
}

bool zip_read_directory(Zip *zip, GError **error)
{
        End end = {0};
        if (!find_end(zip, &end, error) || !read_records(zip, &end, error))
                return false;
        index_entries(zip);
        return true;
}
