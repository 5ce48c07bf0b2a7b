/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/zip.h"

#include "core/cursor.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
        LOCAL_SIGNATURE = 0x04034b50,
        RECORD_SIGNATURE = 0x02014b50,
        END_SIGNATURE = 0x06054b50,
        DESCRIPTOR_SIGNATURE = 0x08074b50,
        LOCAL_SIZE = 30,
        RECORD_SIZE = 46,
        END_SIZE = 22,
        LONGEST_COMMENT = 65535,
        ENCRYPTED_BIT = 1,
        DESCRIPTOR_BIT = 8
};

struct Zip {
        Span bytes;
        void *mapping; /* NULL when the bytes are the caller's */
        Arena *arena;
        size_t directory, directory_size, end;
        size_t n;
        ZipEntry *entries;
        uint32_t *by_name; /* indices, ascending by name, then by place in the directory */
        Oddities odd;
        uint64_t handed_out; /* bytes of content so far, against ZIP_TOTAL_LIMIT */
        struct libdeflate_decompressor *inflater;
};

static void note(Zip *zip, const char *code, bool rejects, Span where)
{
        oddity_note(&zip->odd, zip->arena, code, rejects, where);
}

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
        end->fits = c.ok && at + END_SIZE + comment == bytes.len;
        return c.ok;
}

/* Whether a directory starts where the record says, or, had something been put in front, where its size says.
 */
static bool leads_somewhere(Span bytes, End *end)
{
        if (end->directory < end->at && u32_at(bytes, end->directory) == RECORD_SIGNATURE)
                return true;
        if (end->size > end->at || u32_at(bytes, end->at - end->size) != RECORD_SIGNATURE)
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
        size_t stop = bytes.len > LONGEST_COMMENT + END_SIZE ? bytes.len - LONGEST_COMMENT - END_SIZE : 0;
        bool seen = false, have = false;
        for (size_t at = bytes.len - END_SIZE + 1; at-- > stop;) {
                End end;
                if (bytes.data[at] != 'P' || !read_end(bytes, at, &end))
                        continue;
                bool last = !seen;
                seen = true;
                if (!leads_somewhere(bytes, &end))
                        continue;
                if (!have || (end.fits && !best->fits))
                        *best = end;
                have = true;
                if (last && end.fits)
                        return true;
        }
        if (!seen)
                return fault(error, FAULT_UNSUPPORTED,
                             "no end record in the last %d bytes: not a ZIP archive",
                             LONGEST_COMMENT + END_SIZE);
        if (!have)
                return fault(error, FAULT_MALFORMED, "the end record leads to no central directory");
        note(zip, best->fits ? "zip-end-in-comment" : "zip-trailing-bytes", true, span_str(NULL));
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
        if (e->flags & ENCRYPTED_BIT)
                note(zip, "zip-encrypted-flag", false, e->name);
        if (e->method != 0 && e->method != 8)
                note(zip, "zip-unknown-method", false, e->name);
        if (!name_is_shaped(e->name))
                note(zip, "zip-bad-name", true, e->name);
        if (e->name.len > ZIP_LONG_NAME)
                note(zip, "zip-long-name", false, e->name);
        if (e->offset >= zip->directory)
                note(zip, "zip-offset-past-directory", true, e->name);
}

/* Whether the directory was read to its end, whatever the count says. `c` stands behind the last record that
 * was. */
static void note_directory_end(Zip *zip, const End *end, Cursor *c)
{
        Span last = zip->entries[zip->n - 1].name;
        bool whole = c->ok && !cursor_left(c) && end->size <= end->at - end->directory;
        if (zip->n < end->records)
                note(zip, whole ? "zip-count-too-great" : ZIP_DIRECTORY_CUT, true, last);
        else if (!c->ok)
                note(zip, "zip-directory-past-end", true, last);
        else if (cursor_u32(c) == RECORD_SIGNATURE)
                note(zip, "zip-hidden-records", false, last);
}

static bool read_directory(Zip *zip, const End *end, GError **error)
{
        zip->directory = end->directory;
        zip->end = end->at;
        zip->directory_size = MIN(end->size, end->at - end->directory);
        if (end->shifted)
                note(zip, "zip-prefix", true, span_str(NULL));
        else if (end->size > end->at - end->directory)
                note(zip, "zip-directory-past-end", true, span_str(NULL));
        else if (end->directory + end->size < end->at)
                note(zip, "zip-gap-before-eocd", false, span_str(NULL));
        if (u32_at(zip->bytes, 0) != LOCAL_SIGNATURE)
                note(zip, "zip-foreign-start", true, span_str(NULL));
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

static void index_entries(Zip *zip)
{
        uint32_t *order = zip->by_name = arena_array(zip->arena, uint32_t, zip->n);
        for (uint32_t i = 0; i < zip->n; i++)
                order[i] = i;
        /* Same content under two names is how a small file becomes terabytes. */
        qsort_r(order, zip->n, sizeof *order, by_offset, zip->entries);
        for (size_t i = 0; i + 1 < zip->n; i++) {
                const ZipEntry *e = &zip->entries[order[i]];
                if (e->offset + LOCAL_SIZE + e->name.len + e->compressed > zip->entries[order[i + 1]].offset)
                        note(zip, "zip-entry-overlap", false, e->name);
        }
        qsort_r(order, zip->n, sizeof *order, by_name, zip->entries);
        for (size_t i = 0; i + 1 < zip->n; i++) {
                if (span_eq(zip->entries[order[i]].name, zip->entries[order[i + 1]].name))
                        note(zip, "zip-duplicate-name", true, zip->entries[order[i]].name);
        }
}

static Zip *open_bytes(Span bytes, void *mapping, Arena *arena, GError **error)
{
        Zip *zip = arena_new0(arena, Zip);
        zip->bytes = bytes;
        zip->mapping = mapping;
        zip->arena = arena;
        End end = {0};
        if (find_end(zip, &end, error) && read_directory(zip, &end, error)) {
                index_entries(zip);
                return zip;
        }
        zip_unmap(zip);
        return NULL;
}

Zip *zip_over(Span bytes, Arena *arena, GError **error)
{
        if (bytes.len < END_SIZE) {
                fault(error, FAULT_UNSUPPORTED, "%zu bytes: too short for a ZIP archive", bytes.len);
                return NULL;
        }
        return open_bytes(bytes, NULL, arena, error);
}

Zip *zip_map(int fd, Arena *arena, GError **error)
{
        struct stat st;
        if (fstat(fd, &st) != 0) {
                fault_errno(error, FAULT_IO, errno, "the file's size cannot be read");
                return NULL;
        }
        if (st.st_size < END_SIZE) {
                fault(error, FAULT_UNSUPPORTED, "%lld bytes: too short for a ZIP archive",
                      (long long)st.st_size);
                return NULL;
        }
        if ((uint64_t)st.st_size > ZIP_FILE_LIMIT) {
                fault(error, FAULT_LIMIT, "%lld bytes: Android opens no ZIP archive over %llu",
                      (long long)st.st_size, (unsigned long long)ZIP_FILE_LIMIT);
                return NULL;
        }
        void *mapping = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (mapping == MAP_FAILED) {
                fault_errno(error, FAULT_IO, errno, "the file cannot be mapped");
                return NULL;
        }
        return open_bytes(span_of(mapping, (size_t)st.st_size), mapping, arena, error);
}

void zip_unmap(Zip *zip)
{
        if (!zip)
                return;
        libdeflate_free_decompressor(zip->inflater);
        zip->inflater = NULL;
        if (zip->mapping)
                munmap(zip->mapping, zip->bytes.len);
        zip->mapping = NULL;
}

Span zip_bytes(const Zip *zip)
{
        return zip->bytes;
}

size_t zip_directory_offset(const Zip *zip)
{
        return zip->directory;
}

size_t zip_end_offset(const Zip *zip)
{
        return zip->end;
}

size_t zip_count(const Zip *zip)
{
        return zip->n;
}

const ZipEntry *zip_at(const Zip *zip, size_t i)
{
        return &zip->entries[i];
}

const ZipEntry *zip_find(const Zip *zip, const char *name)
{
        Span wanted = span_str(name);
        size_t low = 0, high = zip->n; /* first index whose name is greater than wanted */
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (span_cmp(zip->entries[zip->by_name[middle]].name, wanted) <= 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        const ZipEntry *e = low ? &zip->entries[zip->by_name[low - 1]] : NULL;
        return e && span_eq(e->name, wanted) ? e : NULL;
}

const Oddities *zip_oddities(const Zip *zip)
{
        return &zip->odd;
}

/* ---- content
 * ------------------------------------------------------------------------------------------------ */

/* crc, sizes behind the data, with or without a signature in front. Android compares them when it extracts.
 */
static bool descriptor_agrees(Span bytes, size_t at, const ZipEntry *e)
{
        Cursor c = cursor_at(bytes, at);
        uint32_t crc = cursor_u32(&c);
        if (crc == DESCRIPTOR_SIGNATURE)
                crc = cursor_u32(&c);
        uint32_t compressed = cursor_u32(&c), size = cursor_u32(&c);
        return c.ok && crc == e->crc32 && compressed == e->compressed && size == e->size;
}

/* What the local header says against the directory; gives where the content starts. Android takes nothing
 * else from it but the lengths of name and extra field. */
static bool read_local(Zip *zip, const ZipEntry *e, size_t *data_at, GError **error)
{
        Cursor c = cursor_at(zip->bytes, e->offset);
        if (cursor_u32(&c) != LOCAL_SIGNATURE)
                return fault(error, FAULT_MALFORMED, "no local header at %llu",
                             (unsigned long long)e->offset);
        cursor_skip(&c, 2);
        uint16_t flags = cursor_u16(&c);
        cursor_skip(&c, 6); /* method, time, date */
        uint32_t crc = cursor_u32(&c), compressed = cursor_u32(&c), size = cursor_u32(&c);
        uint16_t name_len = cursor_u16(&c), extra = cursor_u16(&c);
        Span name = cursor_take(&c, name_len);
        cursor_skip(&c, extra);
        size_t stored = e->method == 8 ? e->compressed : MAX(e->compressed, e->size);
        if (!c.ok || c.at > zip->directory || e->compressed > zip->directory - c.at)
                return fault(error, FAULT_MALFORMED, "%u bytes at %llu run into the central directory",
                             e->compressed, (unsigned long long)e->offset);
        *data_at = c.at;
        if (!span_eq(name, e->name))
                note(zip, "zip-name-mismatch", true, e->name);
        if (flags & DESCRIPTOR_BIT) {
                if (e->method == 8 && !descriptor_agrees(zip->bytes, c.at + stored, e))
                        note(zip, "zip-descriptor-differs", true, e->name);
        } else if (crc != e->crc32 || compressed != e->compressed || size != e->size) {
                note(zip, "zip-local-sizes-differ", true, e->name);
        }
        return true;
}

/* One attempt into `room` bytes. False without an error: the stream goes on. */
static bool inflate_into(Zip *zip, Span in, uint8_t *out, size_t room, size_t *used, size_t *len,
                         GError **error)
{
        if (!zip->inflater)
                zip->inflater = libdeflate_alloc_decompressor();
        if (!zip->inflater)
                g_error("%s: failed to allocate an inflater", G_STRLOC);
        enum libdeflate_result result =
                libdeflate_deflate_decompress_ex(zip->inflater, in.data, in.len, out, room, used, len);
        if (result == LIBDEFLATE_SUCCESS || result == LIBDEFLATE_INSUFFICIENT_SPACE)
                return result == LIBDEFLATE_SUCCESS;
        return fault(error, FAULT_MALFORMED, "%zu bytes are no deflate stream", in.len);
}

/* A stream longer than stated: room is doubled up to `cap`, and what came out is copied once. */
static bool inflate_growing(Zip *zip, Span in, size_t room, size_t cap, Arena *arena, Span *out,
                            GError **error)
{
        g_autofree uint8_t *buffer = NULL;
        for (bool full = false; !full;) {
                full = room > cap / 2;
                room = full ? cap : MAX(room * 2, 1024);
                g_free(buffer);
                buffer = g_malloc(room);
                size_t used, len;
                GError *inner = NULL;
                if (inflate_into(zip, in, buffer, room, &used, &len, &inner)) {
                        uint8_t *copy = arena_alloc(arena, len);
                        memcpy(copy, buffer, len);
                        *out = span_of(copy, len);
                        return true;
                }
                if (inner) {
                        g_propagate_error(error, inner);
                        return false;
                }
        }
        return fault(error, FAULT_LIMIT, "%zu bytes inflate to more than %zu", in.len, cap);
}

static bool read_deflated(Zip *zip, const ZipEntry *e, Span in, size_t cap, Arena *arena, Span *out,
                          GError **error)
{
        cap = MIN(cap, in.len * ZIP_RATIO + 64);
        size_t room = MIN((size_t)e->size, cap), used = 0, len = 0;
        uint8_t *block = arena_alloc(arena, room);
        GError *inner = NULL;
        if (inflate_into(zip, in, block, room, &used, &len, &inner)) {
                *out = span_of(block, len);
                if (len != e->size || used != in.len)
                        note(zip, "zip-size-lies", true, e->name);
                return true;
        }
        if (inner) {
                g_propagate_error(error, inner);
                return false;
        }
        note(zip, "zip-size-lies", true, e->name);
        return inflate_growing(zip, in, room, cap, arena, out, error);
}

static bool read_content(Zip *zip, const ZipEntry *e, bool deflated, size_t cap, Arena *arena, Span *out,
                         GError **error)
{
        size_t at = 0;
        if (!read_local(zip, e, &at, error))
                return false;
        if (deflated) {
                if (!read_deflated(zip, e, span_part(zip->bytes, at, e->compressed), cap, arena, out, error))
                        return false;
        } else {
                if (e->size > zip->directory - at)
                        return fault(error, FAULT_MALFORMED,
                                     "%u stored bytes at %zu run into the central directory", e->size, at);
                if (e->size > cap)
                        return fault(error, FAULT_LIMIT, "%u stored bytes are more than %zu", e->size, cap);
                if (e->compressed != e->size)
                        note(zip, "zip-stored-sizes-differ", false, e->name);
                *out = span_part(zip->bytes, at, e->size);
        }
        zip->handed_out += out->len;
        if (zip->handed_out > ZIP_TOTAL_LIMIT)
                return fault(error, FAULT_LIMIT, "more than %llu bytes of content in all",
                             (unsigned long long)ZIP_TOTAL_LIMIT);
        if (libdeflate_crc32(0, out->data, out->len) != e->crc32)
                note(zip, "zip-bad-crc", false, e->name);
        return true;
}

static bool prefix_name(const ZipEntry *e, bool ok, GError **error)
{
        if (!ok && error) {
                g_autofree char *name =
                        g_utf8_make_valid((const char *)e->name.data, (gssize)MIN(e->name.len, 200));
                g_prefix_error(error, "%s: ", name);
        }
        return ok;
}

bool zip_read(Zip *zip, const ZipEntry *e, size_t cap, Arena *arena, Span *out, GError **error)
{
        return prefix_name(e, read_content(zip, e, e->method == 8, cap, arena, out, error), error);
}

bool zip_read_otherwise(Zip *zip, const ZipEntry *e, size_t cap, Arena *arena, Span *out, GError **error)
{
        if (e->method == 0 || e->method == 8)
                return fault(error, FAULT_NOT_FOUND, "method %u has one reading only", e->method);
        return prefix_name(e, read_content(zip, e, true, cap, arena, out, error), error);
}
