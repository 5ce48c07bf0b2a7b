/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/contentdigest.h"

#include "analyzer/apk/sigcrypt.h"

#include "core/cursor.h"

#include <glib.h>

enum {
        CHUNK = 1024 * 1024,
        PAGE = 4096,
        SHA256_BYTES = 32,
        END_SIZE = 22,
        OFFSET_AT = 16, /* in the end record: where the directory starts */
        COMMENT_LEN_AT = 20
};

/* The end record as it is signed. */
typedef struct {
        uint8_t head[END_SIZE];
        Span comment;
} SignedEnd;

static void put_u32(uint8_t *to, uint32_t value)
{
        for (unsigned i = 0; i < 4; i++)
                to[i] = (uint8_t)(value >> (8 * i));
}

bool contents_cut(Span file, Span block, size_t directory_offset, size_t end_offset, Contents *out)
{
        *out = (Contents){0};
        Cursor c = cursor_at(file, end_offset);
        cursor_skip(&c, COMMENT_LEN_AT);
        uint16_t comment = cursor_u16(&c);
        if (!c.ok || cursor_left(&c) != comment || directory_offset > end_offset ||
            block.len > directory_offset)
                return false;
        out->entries = span_part(file, 0, directory_offset - block.len);
        out->directory = span_part(file, directory_offset, end_offset - directory_offset);
        out->end = span_from(file, end_offset);
        return true;
}

static SignedEnd signed_end(const Contents *contents)
{
        SignedEnd end = {.comment = span_from(contents->end, END_SIZE)};
        memcpy(end.head, contents->end.data, END_SIZE);
        put_u32(end.head + OFFSET_AT, (uint32_t)contents->entries.len);
        return end;
}

/* ---- chunks */

static size_t chunks_of(size_t len)
{
        return (len + CHUNK - 1) / CHUNK;
}

static bool add_chunk(GByteArray *to, HashKind hash, const Span *pieces, size_t n, size_t len)
{
        uint8_t head[5] = {0xa5}, digest[HASH_LIMIT];
        put_u32(head + 1, (uint32_t)len);
        Span all[3] = {span_of(head, sizeof head)};
        for (size_t i = 0; i < n; i++)
                all[i + 1] = pieces[i];
        size_t digest_len = sigcrypt_digest(hash, all, n + 1, digest);
        g_byte_array_append(to, digest, (guint)digest_len);
        return digest_len > 0;
}

static bool add_part(GByteArray *to, HashKind hash, Span part)
{
        bool good = true;
        for (size_t at = 0; good && at < part.len; at += CHUNK) {
                Span chunk = span_part(part, at, MIN((size_t)CHUNK, part.len - at));
                good = add_chunk(to, hash, &chunk, 1, chunk.len);
        }
        return good;
}

static size_t digest_chunks(const Contents *contents, HashKind hash, uint8_t out[HASH_LIMIT])
{
        g_autoptr(GByteArray) digests = g_byte_array_new();
        SignedEnd end = signed_end(contents);
        size_t n = chunks_of(contents->entries.len) + chunks_of(contents->directory.len) + 1;
        uint8_t head[5] = {0x5a};
        put_u32(head + 1, (uint32_t)n);
        g_byte_array_append(digests, head, sizeof head);
        /* An end record with its comment is never longer than one chunk. */
        const Span pieces[] = {span_of(end.head, sizeof end.head), end.comment};
        if (!add_part(digests, hash, contents->entries) || !add_part(digests, hash, contents->directory) ||
            !add_chunk(digests, hash, pieces, 2, contents->end.len))
                return 0;
        Span all = span_of(digests->data, digests->len);
        return sigcrypt_digest(hash, &all, 1, out);
}

/* ---- verity */

/* Page number `at` of parts that stand behind each other, filled up with zeros. */
static void take_page(const Span *parts, size_t n, size_t at, uint8_t page[PAGE])
{
        size_t filled = 0;
        memset(page, 0, PAGE);
        for (size_t i = 0; i < n && filled < PAGE; i++) {
                if (at < parts[i].len) {
                        size_t len = MIN((size_t)PAGE - filled, parts[i].len - at);
                        memcpy(page + filled, parts[i].data + at, len);
                        filled += len;
                        at = 0;
                } else {
                        at -= parts[i].len;
                }
        }
}

/* One level of the tree: a digest for each page below. */
static GByteArray *verity_level(const Span *parts, size_t n, size_t total)
{
        static const uint8_t salt[8] = {0};
        GByteArray *level = g_byte_array_new();
        for (size_t at = 0; at < total; at += PAGE) {
                uint8_t page[PAGE], digest[HASH_LIMIT];
                take_page(parts, n, at, page);
                const Span pieces[] = {span_of(salt, sizeof salt), span_of(page, sizeof page)};
                size_t len = sigcrypt_digest(HASH_SHA256, pieces, 2, digest);
                g_byte_array_append(level, digest, (guint)len);
        }
        return level;
}

static size_t digest_verity(const Contents *contents, uint8_t out[HASH_LIMIT])
{
        SignedEnd end = signed_end(contents);
        const Span parts[] = {contents->entries, contents->directory, span_of(end.head, sizeof end.head),
                              end.comment};
        uint64_t total = (uint64_t)contents->entries.len + contents->directory.len + contents->end.len;
        GByteArray *level = verity_level(parts, G_N_ELEMENTS(parts), (size_t)total);
        do {
                Span below = span_of(level->data, level->len);
                GByteArray *above = verity_level(&below, 1, below.len);
                g_byte_array_free(level, TRUE);
                level = above;
        } while (level->len > SHA256_BYTES);
        bool good = level->len == SHA256_BYTES;
        if (good)
                memcpy(out, level->data, SHA256_BYTES);
        g_byte_array_free(level, TRUE);
        put_u32(out + SHA256_BYTES, (uint32_t)total);
        put_u32(out + SHA256_BYTES + 4, (uint32_t)(total >> 32));
        return good ? SHA256_BYTES + 8 : 0;
}

Span contents_digest(Contents *contents, ContentKind kind)
{
        size_t *len = &contents->digests[kind].len;
        uint8_t *bytes = contents->digests[kind].bytes;
        if (*len == 0 && kind == CONTENT_VERITY)
                *len = digest_verity(contents, bytes);
        else if (*len == 0)
                *len = digest_chunks(contents, kind == CONTENT_SHA512 ? HASH_SHA512 : HASH_SHA256, bytes);
        return span_of(bytes, *len);
}

bool contents_are_paged(const Contents *contents)
{
        size_t block = (size_t)(contents->directory.data - contents->entries.data) - contents->entries.len;
        return contents->entries.len % PAGE == 0 && block % PAGE == 0;
}
