/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/dex.h"

#include "analyzer/apk/zip.h"

#include "core/cursor.h"

#include <ctype.h>

enum {
        HEADER_SIZE = 0x70,
        CONTAINER_HEADER_SIZE = 0x78,
        CONTAINER_VERSION = 41,
        STRING_ID_SIZE = 4,
        TYPE_ID_SIZE = 4,
        PROTO_ID_SIZE = 12,
        MEMBER_ID_SIZE = 8, /* field_id_item and method_id_item */
        CLASS_DEF_SIZE = 32,
        TYPES_LIMIT = 65536, /* code refers to types by 16 bits, and a class is a type defined once */
        NAMES_LIMIT =
                16 * 1024 * 1024 /* bytes of all type names; types that share their bytes may have more */
};

static uint32_t u32_at(const Dex *dex, size_t at)
{
        Cursor c = cursor_at(dex->image, at);
        return cursor_u32(&c);
}

static bool has_magic(Span part)
{
        return part.len >= 8 && memcmp(part.data, "dex\n", 4) == 0 && isdigit(part.data[4]) &&
               isdigit(part.data[5]) && isdigit(part.data[6]) && part.data[7] == 0;
}

static bool magic_fault(Span part, GError **error)
{
        static const struct {
                const char *magic, *what;
        } known[] = {{"cdex", "compact dex"}, {"dey\n", "optimised dex"}, {"vdex", "a vdex file"}};
        for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
                if (span_starts(part, span_str(known[i].magic)))
                        return fault(error, FAULT_UNSUPPORTED,
                                     "%s, which devices make for themselves and no APK needs", known[i].what);
        if (part.len < 8)
                return fault(error, FAULT_MALFORMED, "%zu bytes are no dex file", part.len);
        return fault(
                error, FAULT_MALFORMED,
                "no dex file: starts with %02x %02x %02x %02x %02x %02x %02x %02x (packed or encrypted?)",
                part.data[0], part.data[1], part.data[2], part.data[3], part.data[4], part.data[5],
                part.data[6], part.data[7]);
}

/* Sets image, size and version from the fixed part of the header; containers share one image. */
static bool read_extent(Dex *dex, Span file, GError **error)
{
        Span part = span_from(file, dex->at);
        if (!has_magic(part))
                return magic_fault(part, error);
        dex->version = (part.data[4] - '0') * 100u + (part.data[5] - '0') * 10u + (part.data[6] - '0');
        bool container = dex->version >= CONTAINER_VERSION;
        if (!container && dex->at > 0)
                return fault(error, FAULT_MALFORMED, "version %03u inside a container", dex->version);
        size_t header_size = container ? CONTAINER_HEADER_SIZE : HEADER_SIZE;
        if (part.len < header_size)
                return fault(error, FAULT_MALFORMED, "header cut short: %zu of %zu bytes", part.len,
                             header_size);
        Cursor c = cursor_at(part, 0x20);
        dex->size = cursor_u32(&c);
        if (cursor_u32(&c) != header_size)
                dex->oddity = "dex-header-size";
        uint32_t endian = cursor_u32(&c);
        if (endian == 0x78563412)
                return fault(error, FAULT_UNSUPPORTED, "big-endian dex, which Android does not load");
        if (endian != 0x12345678)
                return fault(error, FAULT_MALFORMED, "endian tag 0x%08x", endian);
        if (dex->size < header_size || dex->size > part.len)
                return fault(error, FAULT_MALFORMED, "header at 0x%zx speaks for %zu bytes, %zu are there",
                             dex->at, dex->size, part.len);
        dex->image = container ? file : span_part(file, 0, dex->size);
        if (!container && dex->size < part.len)
                dex->oddity = "dex-trailing-bytes";
        return true;
}

/* Version 041: the header also states the container's size and its own place in it. */
static bool read_container(Dex *dex, Span file, GError **error)
{
        Cursor c = cursor_at(file, dex->at + HEADER_SIZE);
        uint32_t size = cursor_u32(&c), at = cursor_u32(&c);
        if (size > file.len || dex->at + dex->size > size)
                return fault(error, FAULT_MALFORMED,
                             "container of %u bytes around a part that ends at %zu, file of %zu", size,
                             dex->at + dex->size, file.len);
        if (at != dex->at)
                return fault(error, FAULT_MALFORMED, "header at 0x%zx says it stands at 0x%x", dex->at, at);
        if (size < file.len)
                dex->oddity = "dex-trailing-bytes";
        dex->image = span_part(file, 0, size);
        size_t parts = 1;
        for (size_t next = dex_next(dex); next; parts++) {
                Dex other = {.image = dex->image, .at = next, .version = dex->version};
                other.size = u32_at(&other, next + 0x20);
                if (parts >= DEX_PART_LIMIT)
                        return fault(error, FAULT_LIMIT, "container of more than %d dex files",
                                     DEX_PART_LIMIT);
                if (other.size < CONTAINER_HEADER_SIZE)
                        break; /* opening that header says so */
                next = dex_next(&other);
        }
        return true;
}

static bool read_table(const Dex *dex, size_t header_at, size_t row, const char *what, uint32_t *n,
                       uint32_t *at, GError **error)
{
        Cursor c = cursor_at(dex->image, dex->at + header_at);
        *n = cursor_u32(&c);
        *at = cursor_u32(&c);
        if (*n == 0)
                return true;
        if (*at > dex->image.len || *n > (dex->image.len - *at) / row)
                return fault(error, FAULT_MALFORMED, "%u %s at 0x%x end past the file of %zu bytes", *n, what,
                             *at, dex->image.len);
        return true;
}

/* The string behind string_id i: its length in UTF-16 units is skipped, the bytes end at a NUL. */
static bool name_of_string(const Dex *dex, uint32_t i, Span *name, GError **error)
{
        uint32_t at = u32_at(dex, dex->strings_at + (size_t)i * STRING_ID_SIZE);
        Cursor c = cursor_at(dex->image, at);
        cursor_uleb128(&c);
        size_t left = cursor_left(&c);
        if (!c.ok || left == 0)
                return fault(error, FAULT_MALFORMED, "string %u at 0x%x lies outside the file", i, at);
        const uint8_t *start = dex->image.data + c.at;
        const uint8_t *end = memchr(start, 0, MIN(left, (size_t)DEX_NAME_LIMIT + 1));
        if (!end && left > DEX_NAME_LIMIT)
                return fault(error, FAULT_LIMIT, "type name over %d bytes at 0x%x", DEX_NAME_LIMIT, at);
        if (!end)
                return fault(error, FAULT_MALFORMED, "string %u at 0x%x does not end", i, at);
        *name = span_of(start, (size_t)(end - start));
        return true;
}

static bool check_types(const Dex *dex, GError **error)
{
        if (dex->n_types > TYPES_LIMIT)
                return fault(error, FAULT_MALFORMED, "%u types, a dex file holds at most %d", dex->n_types,
                             TYPES_LIMIT);
        size_t bytes = 0;
        for (uint32_t i = 0; i < dex->n_types; i++) {
                uint32_t string = u32_at(dex, dex->types_at + (size_t)i * TYPE_ID_SIZE);
                Span name = {NULL, 0};
                if (string >= dex->n_strings)
                        return fault(error, FAULT_MALFORMED, "type %u is string %u of %u", i, string,
                                     dex->n_strings);
                if (!name_of_string(dex, string, &name, error)) {
                        g_prefix_error(error, "type %u: ", i);
                        return false;
                }
                if ((bytes += name.len) > NAMES_LIMIT)
                        return fault(error, FAULT_LIMIT, "names of %u types take more than %d bytes", i + 1,
                                     NAMES_LIMIT);
        }
        return true;
}

static bool check_classes(const Dex *dex, GError **error)
{
        if (dex->n_classes > TYPES_LIMIT)
                return fault(error, FAULT_MALFORMED, "%u classes, a dex file holds at most %d",
                             dex->n_classes, TYPES_LIMIT);
        size_t own = dex->n_classes * (size_t)CLASS_DEF_SIZE + dex->n_types * (size_t)TYPE_ID_SIZE;
        if (dex->version >= CONTAINER_VERSION && own > dex->size)
                return fault(
                        error, FAULT_LIMIT,
                        "%u classes and %u types, more than the %zu bytes of this part of a container hold",
                        dex->n_classes, dex->n_types, dex->size);
        for (uint32_t i = 0; i < dex->n_classes; i++) {
                uint32_t type = u32_at(dex, dex->classes_at + (size_t)i * CLASS_DEF_SIZE);
                if (type >= dex->n_types)
                        return fault(error, FAULT_MALFORMED, "class %u is type %u of %u", i, type,
                                     dex->n_types);
        }
        return true;
}

bool dex_open(Dex *dex, Span file, size_t at, GError **error)
{
        *dex = (Dex){.at = at};
        if (!read_extent(dex, file, error))
                return false;
        if (dex->version >= CONTAINER_VERSION && !read_container(dex, file, error))
                return false;
        if (!read_table(dex, 0x38, STRING_ID_SIZE, "strings", &dex->n_strings, &dex->strings_at, error) ||
            !read_table(dex, 0x40, TYPE_ID_SIZE, "types", &dex->n_types, &dex->types_at, error) ||
            !read_table(dex, 0x48, PROTO_ID_SIZE, "prototypes", &dex->n_protos, &dex->protos_at, error) ||
            !read_table(dex, 0x50, MEMBER_ID_SIZE, "fields", &dex->n_fields, &dex->fields_at, error) ||
            !read_table(dex, 0x58, MEMBER_ID_SIZE, "methods", &dex->n_methods, &dex->methods_at, error) ||
            !read_table(dex, 0x60, CLASS_DEF_SIZE, "classes", &dex->n_classes, &dex->classes_at, error) ||
            !check_types(dex, error) || !check_classes(dex, error))
                return false;
        if (!dex->oddity && dex->version < CONTAINER_VERSION && !dex_checksum_holds(dex))
                dex->oddity = "dex-checksum";
        return true;
}

size_t dex_next(const Dex *dex)
{
        if (dex->version < CONTAINER_VERSION)
                return 0;
        size_t next = dex->at + dex->size;
        return next < dex->image.len && dex->image.len - next >= CONTAINER_HEADER_SIZE ? next : 0;
}

Span dex_type(const Dex *dex, uint32_t i)
{
        Span name = {NULL, 0};
        uint32_t string = u32_at(dex, dex->types_at + (size_t)i * TYPE_ID_SIZE);
        (void)name_of_string(dex, string, &name, NULL);
        return name;
}

Span dex_class(const Dex *dex, uint32_t i)
{
        return dex_type(dex, u32_at(dex, dex->classes_at + (size_t)i * CLASS_DEF_SIZE));
}

uint32_t dex_class_flags(const Dex *dex, uint32_t i)
{
        return u32_at(dex, dex->classes_at + (size_t)i * CLASS_DEF_SIZE + 4);
}

bool dex_checksum_holds(const Dex *dex)
{
        return zip_adler32(span_part(dex->image, dex->at + 12, dex->size - 12)) == u32_at(dex, dex->at + 8);
}
