/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/chunkwrite.h"

enum { STRING_POOL = 0x0001, RESOURCE_MAP = 0x0180, CHUNK_HEADER = 8, POOL_HEADER = 28 };

typedef struct {
        uint32_t id, index;
        Span text;
} Entry;

struct ChunkPool {
        Arena *arena;
        GHashTable *known; /* Entry, by id and text */
        size_t n;
        Entry **entries;
};

static guint entry_hash(gconstpointer key)
{
        const Entry *e = key;
        uint64_t hash = 0xcbf29ce484222325 ^ e->id;
        for (size_t i = 0; i < e->text.len; i++)
                hash = (hash ^ e->text.data[i]) * 0x100000001b3;
        return (guint)(hash ^ hash >> 32);
}

static gboolean entry_equal(gconstpointer a, gconstpointer b)
{
        const Entry *x = a, *y = b;
        return x->id == y->id && span_eq(x->text, y->text);
}

ChunkPool *chunk_pool_new(Arena *arena)
{
        ChunkPool *pool = g_new0(ChunkPool, 1);
        pool->arena = arena;
        pool->known = g_hash_table_new(entry_hash, entry_equal);
        return pool;
}

void chunk_pool_free(ChunkPool *pool)
{
        if (!pool)
                return;
        g_hash_table_unref(pool->known);
        g_free(pool);
}

uint32_t chunk_pool_add(ChunkPool *pool, uint32_t id, Span text)
{
        Entry wanted = {.id = id, .text = text};
        Entry *found = g_hash_table_lookup(pool->known, &wanted);
        if (!found) {
                found = arena_new0(pool->arena, Entry);
                *found = (Entry){id, (uint32_t)pool->n, text};
                arena_push(pool->arena, &pool->n, &pool->entries, found);
                g_hash_table_add(pool->known, found);
        }
        return found->index;
}

size_t chunk_pool_len(const ChunkPool *pool)
{
        return pool->n;
}

void chunk_u8(GByteArray *out, unsigned v)
{
        guint8 byte = (guint8)v;
        g_byte_array_append(out, &byte, 1);
}

void chunk_u16(GByteArray *out, unsigned v)
{
        guint8 bytes[] = {(guint8)v, (guint8)(v >> 8)};
        g_byte_array_append(out, bytes, sizeof bytes);
}

void chunk_u32(GByteArray *out, uint32_t v)
{
        guint8 bytes[] = {(guint8)v, (guint8)(v >> 8), (guint8)(v >> 16), (guint8)(v >> 24)};
        g_byte_array_append(out, bytes, sizeof bytes);
}

static void set_u32(GByteArray *out, size_t at, uint32_t v)
{
        for (unsigned i = 0; i < 4; i++)
                out->data[at + i] = (guint8)(v >> 8 * i);
}

size_t chunk_begin(GByteArray *out, unsigned type, unsigned header_size)
{
        size_t at = out->len;
        chunk_u16(out, type);
        chunk_u16(out, header_size);
        chunk_u32(out, 0);
        return at;
}

void chunk_end(GByteArray *out, size_t at)
{
        set_u32(out, at + 4, (uint32_t)(out->len - at));
}

static void put_text(GByteArray *out, Span text)
{
        g_autofree char *valid = g_utf8_make_valid(text.len ? (const char *)text.data : "", (gssize)text.len);
        glong units = 0;
        g_autofree gunichar2 *wide = g_utf8_to_utf16(valid, -1, NULL, &units, NULL);
        if (units > 0x7fff)
                chunk_u16(out, (unsigned)(units >> 16) | 0x8000);
        chunk_u16(out, (unsigned)units & 0xffff);
        for (glong i = 0; i < units; i++)
                chunk_u16(out, wide[i]);
        chunk_u16(out, 0);
}

void chunk_pool_write(const ChunkPool *pool, GByteArray *out)
{
        size_t at = chunk_begin(out, STRING_POOL, POOL_HEADER);
        chunk_u32(out, (uint32_t)pool->n);
        chunk_u32(out, 0); /* styles */
        chunk_u32(out, 0); /* flags: UTF-16, unsorted */
        chunk_u32(out, (uint32_t)(POOL_HEADER + 4 * pool->n));
        chunk_u32(out, 0);
        size_t index = out->len;
        for (size_t i = 0; i < pool->n; i++)
                chunk_u32(out, 0);
        size_t strings = out->len;
        for (size_t i = 0; i < pool->n; i++) {
                set_u32(out, index + 4 * i, (uint32_t)(out->len - strings));
                put_text(out, pool->entries[i]->text);
        }
        chunk_u16(out, 0);
        while (out->len % 4)
                chunk_u8(out, 0);
        chunk_end(out, at);
}

void chunk_pool_write_ids(const ChunkPool *pool, GByteArray *out)
{
        size_t at = chunk_begin(out, RESOURCE_MAP, CHUNK_HEADER);
        for (size_t i = 0; i < pool->n; i++)
                chunk_u32(out, pool->entries[i]->id);
        chunk_end(out, at);
}
