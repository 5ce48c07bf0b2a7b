/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zip_build.h - ZIP archives in words, with one irregularity at a time. */
#ifndef TESTS_ZIP_BUILD_H
#define TESTS_ZIP_BUILD_H

#include "core/span.h"

#include <glib.h>

/* One entry. What is left 0 is regular: method, sizes and checksum in both headers as the content demands. */
typedef struct {
        const char *name;
        Span content;
        bool deflated;             /* as deflate blocks that store; so compressed and plain size differ */
        const char *local_name;    /* another name in the local header */
        uint16_t flags;            /* in both headers */
        uint16_t local_flags;      /* only in the local header, on top */
        uint16_t method;           /* claimed in the directory instead of the true one */
        uint16_t local_method;     /* the same in the local header */
        uint32_t crc_error;        /* xored onto both checksums */
        int32_t size_error;        /* added to the plain size in both headers */
        bool no_local_sizes;       /* sizes and checksum 0 in the local header */
        bool descriptor;           /* bit 3 and a data descriptor behind the content */
        uint32_t descriptor_error; /* xored onto the descriptor's checksum */
        Span extra;                /* raw, in the directory */
        Span local_extra;          /* raw, in the local header */
        int64_t offset_error;      /* added to the local header's offset */
        bool overlaps; /* takes the entry's place before this one: its header points at that content */
} ZipPart;

typedef struct {
        Span prefix;       /* bytes in front of everything */
        bool prefix_blind; /* offsets do not count the prefix */
        Span gap;          /* between directory and end record */
        Span comment;
        Span trailing; /* behind the comment */
        int records;   /* added to the count in the end record */
} ZipTricks;

static inline void put8(GByteArray *out, unsigned v)
{
        guint8 b = (guint8)v;
        g_byte_array_append(out, &b, 1);
}

static inline void put16(GByteArray *out, unsigned v)
{
        put8(out, v & 0xff);
        put8(out, v >> 8 & 0xff);
}

static inline void put32(GByteArray *out, uint64_t v)
{
        put16(out, v & 0xffff);
        put16(out, v >> 16 & 0xffff);
}

static inline void put_span(GByteArray *out, Span s)
{
        if (s.len)
                g_byte_array_append(out, s.data, (guint)s.len);
}

static inline void set32(GByteArray *out, size_t at, uint32_t v)
{
        for (int i = 0; i < 4; i++)
                out->data[at + i] = (guint8)(v >> 8 * i);
}

static inline Span span_of_bytes(const GByteArray *bytes)
{
        return span_of(bytes->data, bytes->len);
}

static inline uint32_t zip_build_crc32(Span s)
{
        uint32_t crc = 0xffffffff;
        for (size_t i = 0; i < s.len; i++) {
                crc ^= s.data[i];
                for (int bit = 0; bit < 8; bit++)
                        crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
        }
        return ~crc;
}

/* A deflate stream of stored blocks, 1,000 bytes each. */
static inline void put_deflated(GByteArray *out, Span content)
{
        size_t at = 0;
        do {
                Span block = span_part(content, at, MIN(content.len - at, (size_t)1000));
                at += block.len;
                put8(out, at == content.len);
                put16(out, (unsigned)block.len);
                put16(out, ~(unsigned)block.len & 0xffff);
                put_span(out, block);
        } while (at < content.len);
}

typedef struct {
        uint32_t offset, compressed, size, crc;
        unsigned method;
} ZipPlaced;

static inline void put_entry_numbers(GByteArray *out, const ZipPlaced *p)
{
        put32(out, p->crc);
        put32(out, p->compressed);
        put32(out, p->size);
}

static inline void put_local(GByteArray *out, const ZipPart *part, ZipPlaced *p)
{
        g_autoptr(GByteArray) body = g_byte_array_new();
        if (part->deflated)
                put_deflated(body, part->content);
        else
                put_span(body, part->content);
        *p = (ZipPlaced){.offset = out->len,
                         .compressed = body->len,
                         .size = (uint32_t)((int64_t)part->content.len + part->size_error),
                         .crc = zip_build_crc32(part->content) ^ part->crc_error,
                         .method = part->deflated ? 8 : 0};
        ZipPlaced none = {0};
        const char *name = part->local_name ? part->local_name : part->name;
        put32(out, 0x04034b50);
        put16(out, 20);
        put16(out, part->flags | part->local_flags | (part->descriptor ? 8u : 0));
        put16(out, part->local_method ? part->local_method : p->method);
        put32(out, 0);
        put_entry_numbers(out, part->no_local_sizes || part->descriptor ? &none : p);
        put16(out, (unsigned)strlen(name));
        put16(out, (unsigned)part->local_extra.len);
        put_span(out, span_str(name));
        put_span(out, part->local_extra);
        put_span(out, span_of_bytes(body));
        if (part->descriptor) {
                put32(out, 0x08074b50);
                put32(out, p->crc ^ part->descriptor_error);
                put32(out, p->compressed);
                put32(out, p->size);
        }
}

static inline void put_record(GByteArray *out, const ZipPart *part, const ZipPlaced *p, int64_t shift)
{
        put32(out, 0x02014b50);
        put16(out, 20);
        put16(out, 20);
        put16(out, part->flags | (part->descriptor ? 8u : 0));
        put16(out, part->method ? part->method : p->method);
        put32(out, 0);
        put_entry_numbers(out, p);
        put16(out, (unsigned)strlen(part->name));
        put16(out, (unsigned)part->extra.len);
        put16(out, 0); /* comment */
        put16(out, 0);
        put16(out, 0);
        put32(out, 0);
        put32(out, (uint64_t)(p->offset + part->offset_error + shift));
        put_span(out, span_str(part->name));
        put_span(out, part->extra);
}

/* Free with g_byte_array_unref. */
static inline GByteArray *zip_build(const ZipPart *parts, size_t n, ZipTricks tricks)
{
        GByteArray *out = g_byte_array_new();
        g_autofree ZipPlaced *placed = g_new0(ZipPlaced, n);
        int64_t shift = tricks.prefix_blind ? -(int64_t)tricks.prefix.len : 0;
        put_span(out, tricks.prefix);
        for (size_t i = 0; i < n; i++) {
                if (parts[i].overlaps && i)
                        placed[i] = placed[i - 1];
                else
                        put_local(out, &parts[i], &placed[i]);
        }
        size_t directory = out->len;
        for (size_t i = 0; i < n; i++)
                put_record(out, &parts[i], &placed[i], shift);
        size_t size = out->len - directory;
        put_span(out, tricks.gap);
        put32(out, 0x06054b50);
        put32(out, 0);
        put16(out, (unsigned)((int)n + tricks.records));
        put16(out, (unsigned)((int)n + tricks.records));
        put32(out, size);
        put32(out, (uint64_t)((int64_t)directory + shift));
        put16(out, (unsigned)tricks.comment.len);
        put_span(out, tricks.comment);
        put_span(out, tricks.trailing);
        return out;
}

#endif
