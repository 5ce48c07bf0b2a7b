/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/container.h"

#include "core/cursor.h"

#include <zip.h>

/* ---- archives that leave no choice */

enum {
        RECORD_SIGNATURE = 0x02014b50,
        END_SIZE = 22,
        LONGEST_COMMENT = 65535,
        LOCATOR_SIZE = 20, /* of ZIP64's end record, right in front of the end record */
        ENCRYPTED_BIT = 1
};

static bool is_one_of_its_kind(Span bytes, size_t end)
{
        static const char end_mark[] = "PK\x05\x06", locator_mark[] = "PK\x06\x07";
        size_t from = bytes.len - MIN(bytes.len, (size_t)LONGEST_COMMENT + END_SIZE);
        const uint8_t *first = memmem(bytes.data + from, bytes.len - from, end_mark, 4);
        bool zip64 = end >= LOCATOR_SIZE && memcmp(bytes.data + end - LOCATOR_SIZE, locator_mark, 4) == 0;
        return first == bytes.data + end && !zip64;
}

/* Fields of other meaning than to sizes, names and content: not ZIP64, AES, and Info-ZIP's names in UTF-8. */
static bool is_regular_extra(Span extra)
{
        Cursor c = cursor_over(extra);
        while (c.ok && cursor_left(&c)) {
                uint16_t id = cursor_u16(&c);
                cursor_skip(&c, cursor_u16(&c));
                if (id == 0x0001 || id == 0x9901 || id == 0x7075 || id == 0x6375)
                        return false;
        }
        return c.ok;
}

static bool is_regular_name(Span name)
{
        for (size_t i = 0; i < name.len; i++) {
                if (name.data[i] < ' ' || name.data[i] > '~')
                        return false;
        }
        return name.len > 0;
}

static bool is_regular_record(Cursor *c)
{
        if (cursor_u32(c) != RECORD_SIGNATURE)
                return false;
        cursor_skip(c, 4);
        uint16_t flags = cursor_u16(c), method = cursor_u16(c);
        cursor_skip(c, 8);
        uint32_t compressed = cursor_u32(c), size = cursor_u32(c);
        uint16_t name = cursor_u16(c), extra = cursor_u16(c), comment = cursor_u16(c), disk = cursor_u16(c);
        cursor_skip(c, 6);
        uint32_t offset = cursor_u32(c);
        bool plain = !(flags & ENCRYPTED_BIT) && (method == 0 || method == 8) && comment == 0 && disk == 0 &&
                     compressed != UINT32_MAX && size != UINT32_MAX && offset != UINT32_MAX;
        return plain && is_regular_name(cursor_take(c, name)) && is_regular_extra(cursor_take(c, extra)) &&
               c->ok;
}

bool container_is_regular(const Zip *zip)
{
        Span bytes = zip_bytes(zip);
        size_t end = zip_end_offset(zip), start = zip_directory_offset(zip);
        Cursor tail = cursor_at(bytes, end + 4);
        uint32_t disks = cursor_u32(&tail);
        uint16_t here = cursor_u16(&tail), records = cursor_u16(&tail);
        uint32_t size = cursor_u32(&tail), offset = cursor_u32(&tail);
        uint16_t comment = cursor_u16(&tail);
        if (disks || here != records || records != zip_count(zip) || offset != start || start + size != end ||
            comment || end + END_SIZE != bytes.len || !is_one_of_its_kind(bytes, end))
                return false;
        Cursor c = cursor_over(span_part(bytes, start, size));
        for (size_t i = 0; i < records; i++) {
                if (!is_regular_record(&c))
                        return false;
        }
        return !cursor_left(&c);
}

/* ---- libzip */

static void disagree(Oddities *odd, Arena *arena, const char *what)
{
        oddity_note(odd, arena, "zip-second-opinion", false, span_str(what));
}

static void compare_names(const Zip *zip, zip_t *other, Oddities *odd, Arena *arena)
{
        zip_int64_t n = zip_get_num_entries(other, 0);
        if (n < 0 || (size_t)n != zip_count(zip)) {
                disagree(odd, arena,
                         arena_printf(arena, "%lld entries, not %zu", (long long)n, zip_count(zip)));
                return;
        }
        for (size_t i = 0; i < zip_count(zip); i++) {
                const char *name = zip_get_name(other, i, ZIP_FL_ENC_RAW);
                if (name && span_eq_str(zip_at(zip, i)->name, name))
                        continue;
                disagree(odd, arena, arena_printf(arena, "entry %zu has another name", i));
                return;
        }
}

void container_ask_libzip(const Zip *zip, Oddities *odd, Arena *arena)
{
        Span bytes = zip_bytes(zip);
        zip_error_t error;
        zip_error_init(&error);
        zip_source_t *source = zip_source_buffer_create(bytes.data, bytes.len, 0, &error);
        zip_t *other = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
        if (other) {
                compare_names(zip, other, odd, arena);
                zip_discard(other);
        } else {
                disagree(odd, arena, zip_error_strerror(&error));
                zip_source_free(source);
        }
        zip_error_fini(&error);
}

void container_second_opinion(const Zip *zip, Oddities *odd, Arena *arena)
{
        if (zip_held(zip))
                return;
        if (!container_is_regular(zip))
                container_ask_libzip(zip, odd, arena);
}
