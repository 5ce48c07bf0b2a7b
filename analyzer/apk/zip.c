/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/zip.h"

#include "analyzer/apk/zip_inside.h"
#include "core/cursor.h"

#include <libdeflate.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
        DESCRIPTOR_SIGNATURE = 0x08074b50,
        DESCRIPTOR_SIZE = 16,
        EXTRA_ROOM = 128 /* bytes that a local extra field may be expected to have: padding for alignment */
};

static Zip *open_bytes(Span bytes, void *mapping, const Held *held, uint64_t *missing, Arena *arena,
                       GError **error)
{
        Zip *zip = arena_new0(arena, Zip);
        zip->bytes = bytes;
        zip->held = held;
        zip->mapping = mapping;
        zip->arena = arena;
        zip->budget = &zip->handed_out;
        if (zip_read_directory(zip, error))
                return zip;
        if (missing)
                *missing = zip->missing;
        zip_unmap(zip);
        return NULL;
}

Zip *zip_over(Span bytes, Arena *arena, GError **error)
{
        if (bytes.len < ZIP_END_SIZE) {
                fault(error, FAULT_UNSUPPORTED, "%zu bytes: too short for a ZIP archive", bytes.len);
                return NULL;
        }
        return open_bytes(bytes, NULL, NULL, NULL, arena, error);
}

Zip *zip_map(int fd, Arena *arena, GError **error)
{
        return zip_map_part(fd, NULL, NULL, arena, error);
}

Zip *zip_map_part(int fd, const Held *held, uint64_t *missing, Arena *arena, GError **error)
{
        struct stat st;
        if (fstat(fd, &st) != 0) {
                fault_errno(error, FAULT_IO, errno, "the file's size cannot be read");
                return NULL;
        }
        if (st.st_size < ZIP_END_SIZE) {
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
        return open_bytes(span_of(mapping, (size_t)st.st_size), mapping, held, missing, arena, error);
}

Zip *zip_view(Zip *zip, Span (*rename)(Span name, const void *context), const void *context, Arena *arena)
{
        Zip *view = arena_new0(arena, Zip);
        view->bytes = zip->bytes;
        view->held = zip->held;
        view->arena = arena;
        view->directory = zip->directory;
        view->directory_size = zip->directory_size;
        view->end = zip->end;
        view->budget = zip->budget;
        size_t n = 0;
        for (size_t i = 0; i < zip->n; i++)
                n += rename(zip->entries[i].name, context).len > 0;
        view->entries = arena_array(arena, ZipEntry, n);
        view->by_name = arena_array(arena, uint32_t, n);
        for (size_t i = 0; i < zip->n && view->n < n; i++) {
                Span name = rename(zip->entries[i].name, context);
                if (!name.len)
                        continue;
                ZipEntry *e = &view->entries[view->n];
                *e = zip->entries[i];
                e->cut = (uint16_t)(e->cut + (e->name.len - name.len));
                e->name = name;
                view->by_name[view->n] = (uint32_t)view->n;
                view->n++;
        }
        zip_index_names(view);
        return view;
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

void zip_share_limit(Zip *zip, Zip *with)
{
        zip->budget = with->budget;
}

Span zip_bytes(const Zip *zip)
{
        return zip->bytes;
}

const Held *zip_held(const Zip *zip)
{
        return zip->held;
}

bool zip_missed(const Zip *zip)
{
        return zip->missed;
}

void zip_miss(Zip *zip)
{
        zip->missed = true;
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

/* Pairs of an id and a length, with nothing but zeros behind them: zipalign pads with those. */
static bool extra_is_shaped(Span extra)
{
        enum { PAIR = 4 };
        size_t at = 0;
        while (extra.len - at >= PAIR) {
                size_t len = extra.data[at + 2] | (size_t)extra.data[at + 3] << 8;
                if (len > extra.len - at - PAIR)
                        return false;
                at += PAIR + len;
        }
        while (at < extra.len && extra.data[at] == 0)
                at++;
        return at == extra.len;
}

/* What a local header says otherwise and Android does not mind. */
static void note_local(Zip *zip, const ZipEntry *e, uint16_t flags, uint16_t method, Span extra)
{
        if ((flags & ZIP_ENCRYPTED_BIT) && !(e->flags & ZIP_ENCRYPTED_BIT))
                zip_note(zip, "zip-encrypted-flag", false, e->name);
        if ((flags ^ e->flags) & ZIP_DESCRIPTOR_BIT)
                zip_note(zip, "zip-descriptor-flag-differs", false, e->name);
        if (method != e->method)
                zip_note(zip, "zip-local-method-differs", false, e->name);
        if (!extra_is_shaped(extra))
                zip_note(zip, "zip-bad-extra", false, e->name);
}

static bool refuse_hole(Zip *zip, const ZipEntry *e, GError **error)
{
        zip->missed = true;
        return fault(error, FAULT_NOT_FOUND, "what lies at %llu was not fetched",
                     (unsigned long long)e->offset);
}

/* Where the content starts, by the lengths in the local header; false when that is not here or leads outside. */
static bool find_content(const Zip *zip, const ZipEntry *e, uint64_t *at)
{
        Cursor c = cursor_at(zip->bytes, e->offset);
        if (!zip_has(zip, e->offset, e->offset + ZIP_LOCAL_SIZE) || cursor_u32(&c) != ZIP_LOCAL_SIGNATURE)
                return false;
        cursor_skip(&c, 22);
        uint16_t name = cursor_u16(&c), extra = cursor_u16(&c);
        cursor_skip(&c, (size_t)name + extra);
        *at = c.at;
        return c.ok;
}

static uint64_t stored_length(const ZipEntry *e)
{
        return e->method == 8 ? e->compressed : MAX(e->compressed, e->size);
}

void zip_entry_range(const Zip *zip, const ZipEntry *e, uint64_t *from, uint64_t *to)
{
        uint64_t at;
        if (!find_content(zip, e, &at))
                at = e->offset + ZIP_LOCAL_SIZE + e->cut + e->name.len + EXTRA_ROOM;
        *from = MIN(e->offset, zip->directory);
        *to = MIN(at + stored_length(e) + DESCRIPTOR_SIZE, zip->directory);
}

bool zip_is_here(const Zip *zip, const ZipEntry *e)
{
        uint64_t from, to;
        zip_entry_range(zip, e, &from, &to);
        return zip_has(zip, from, to);
}

/* Local header, content and descriptor: what reading the entry looks at. */
static bool is_here(Zip *zip, const ZipEntry *e, GError **error)
{
        uint64_t at = 0, end;
        if (!zip_has(zip, e->offset, MIN(e->offset + ZIP_LOCAL_SIZE, zip->bytes.len)))
                return refuse_hole(zip, e, error);
        if (!find_content(zip, e, &at))
                return true; /* read_local says what is wrong */
        end = MIN(at + stored_length(e) + DESCRIPTOR_SIZE, zip->directory);
        return zip_has(zip, e->offset, end) || refuse_hole(zip, e, error);
}

/* What the local header says against the directory; gives where the content starts. Android takes nothing
 * else from it but the lengths of name and extra field. */
static bool read_local(Zip *zip, const ZipEntry *e, size_t *data_at, GError **error)
{
        if (zip->held && !is_here(zip, e, error))
                return false;
        Cursor c = cursor_at(zip->bytes, e->offset);
        if (cursor_u32(&c) != ZIP_LOCAL_SIGNATURE)
                return fault(error, FAULT_MALFORMED, "no local header at %llu",
                             (unsigned long long)e->offset);
        cursor_skip(&c, 2);
        uint16_t flags = cursor_u16(&c), method = cursor_u16(&c);
        cursor_skip(&c, 4); /* time, date */
        uint32_t crc = cursor_u32(&c), compressed = cursor_u32(&c), size = cursor_u32(&c);
        uint16_t name_len = cursor_u16(&c), extra_len = cursor_u16(&c);
        Span name = cursor_take(&c, name_len), extra = cursor_take(&c, extra_len);
        size_t stored = stored_length(e);
        if (!c.ok || c.at > zip->directory || e->compressed > zip->directory - c.at)
                return fault(error, FAULT_MALFORMED, "%u bytes at %llu run into the central directory",
                             e->compressed, (unsigned long long)e->offset);
        *data_at = c.at;
        note_local(zip, e, flags, method, extra);
        if (!span_eq(name, span_of(e->name.data - e->cut, e->name.len + e->cut)))
                zip_note(zip, "zip-name-mismatch", true, e->name);
        if (flags & ZIP_DESCRIPTOR_BIT) {
                if (e->method == 8 && !descriptor_agrees(zip->bytes, c.at + stored, e))
                        zip_note(zip, "zip-descriptor-differs", true, e->name);
        } else if (crc != e->crc32 || compressed != e->compressed || size != e->size) {
                zip_note(zip, "zip-local-sizes-differ", true, e->name);
        }
        return true;
}

uint32_t zip_adler32(Span bytes)
{
        return libdeflate_adler32(1, bytes.data, bytes.len);
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
                        uint8_t *copy = arena_bytes(arena, len);
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
        uint8_t *block = arena_bytes(arena, room);
        GError *inner = NULL;
        if (inflate_into(zip, in, block, room, &used, &len, &inner)) {
                *out = span_of(block, len);
                if (len != e->size || used != in.len)
                        zip_note(zip, "zip-size-lies", true, e->name);
                return true;
        }
        if (inner) {
                g_propagate_error(error, inner);
                return false;
        }
        zip_note(zip, "zip-size-lies", true, e->name);
        return inflate_growing(zip, in, room, cap, arena, out, error);
}

/* `size` bytes from `at`, as they stand. */
static bool stored_content(Zip *zip, const ZipEntry *e, size_t at, Span *out, GError **error)
{
        if (e->size > zip->directory - at)
                return fault(error, FAULT_MALFORMED, "%u stored bytes at %zu run into the central directory",
                             e->size, at);
        if (e->compressed != e->size)
                zip_note(zip, "zip-stored-sizes-differ", false, e->name);
        *out = span_part(zip->bytes, at, e->size);
        return true;
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
                if (!stored_content(zip, e, at, out, error))
                        return false;
                if (e->size > cap)
                        return fault(error, FAULT_LIMIT, "%u stored bytes are more than %zu", e->size, cap);
        }
        *zip->budget += out->len;
        if (*zip->budget > ZIP_TOTAL_LIMIT)
                return fault(error, FAULT_LIMIT, "more than %llu bytes of content in all",
                             (unsigned long long)ZIP_TOTAL_LIMIT);
        if (libdeflate_crc32(0, out->data, out->len) != e->crc32)
                zip_note(zip, "zip-bad-crc", false, e->name);
        return true;
}

size_t zip_peek(Zip *zip, const ZipEntry *e, uint8_t *head, size_t size)
{
        enum { MOST = 256, MORE = 258 }; /* the longest match: one that does not fit whole ends it early */
        uint64_t at = 0;
        if (!find_content(zip, e, &at) || at > zip->directory || e->compressed > zip->directory - at ||
            !zip_has(zip, e->offset, MIN(at + stored_length(e), zip->directory)))
                return 0;
        size = MIN(size, (size_t)MOST);
        if (e->method != 8) {
                size = MIN(size, MIN((size_t)e->size, zip->directory - (size_t)at));
                memcpy(head, zip->bytes.data + at, size);
                return size;
        }
        uint8_t out[MOST + MORE] = {0};
        size_t used, len = size;
        g_autoptr(GError) error = NULL;
        inflate_into(zip, span_part(zip->bytes, at, e->compressed), out, size + MORE, &used, &len, &error);
        size = error ? 0 : MIN(size, len);
        memcpy(head, out, size);
        return size;
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

bool zip_read_front(const Zip *zip, const ZipEntry *e, size_t n, Span *out, GError **error)
{
        uint64_t at = 0;
        if (e->method != 0 || e->compressed != e->size)
                return prefix_name(e, fault(error, FAULT_UNSUPPORTED, "is not stored"), error);
        bool found = find_content(zip, e, &at);
        if (found && (at > zip->directory || e->size > zip->directory - at))
                return prefix_name(e, fault(error, FAULT_MALFORMED, "runs into the central directory"),
                                   error);
        n = MIN(n, e->size);
        if (!found || !zip_has(zip, e->offset, at + n))
                return prefix_name(e, fault(error, FAULT_NOT_FOUND, "was not fetched"), error);
        *out = span_part(zip->bytes, at, n);
        return true;
}

bool zip_in_place(Zip *zip, const ZipEntry *e, Span *out, GError **error)
{
        size_t at = 0;
        if (e->method == 8)
                return prefix_name(e, fault(error, FAULT_UNSUPPORTED, "is deflated"), error);
        return prefix_name(e, read_local(zip, e, &at, error) && stored_content(zip, e, at, out, error),
                           error);
}

bool zip_read_otherwise(Zip *zip, const ZipEntry *e, size_t cap, Arena *arena, Span *out, GError **error)
{
        if (e->method == 0 || e->method == 8)
                return fault(error, FAULT_NOT_FOUND, "method %u has one reading only", e->method);
        return prefix_name(e, read_content(zip, e, true, cap, arena, out, error), error);
}
