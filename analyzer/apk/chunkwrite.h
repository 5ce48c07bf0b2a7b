/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chunkwrite.h - writes the chunks that axml.h and arsc.h read, for documents that come in another form. */
#ifndef ANALYZER_APK_CHUNKWRITE_H
#define ANALYZER_APK_CHUNKWRITE_H

#include "core/arena.h"
#include "core/error.h"

/* A string pool in the making: each text once for each resource id it is the name of (0: of none). */
typedef struct ChunkPool ChunkPool;

enum { CHUNK_NO_STRING = 0xffffffff };

ChunkPool *chunk_pool_new(Arena *arena);
void chunk_pool_free(ChunkPool *pool); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ChunkPool, chunk_pool_free)

/* Index of the text; the bytes are borrowed until the pool is written. */
uint32_t chunk_pool_add(ChunkPool *pool, uint32_t id, Span text);
size_t chunk_pool_len(const ChunkPool *pool);

/* Appends the pool as a chunk (UTF-16, what is no UTF-8 becomes U+FFFD), and the resource map: the ids of all its strings. */
void chunk_pool_write(const ChunkPool *pool, GByteArray *out);
void chunk_pool_write_ids(const ChunkPool *pool, GByteArray *out);

/* Little-endian numbers. */
void chunk_u8(GByteArray *out, unsigned v);
void chunk_u16(GByteArray *out, unsigned v);
void chunk_u32(GByteArray *out, uint32_t v);

/* The header of a chunk, whose size chunk_end fills in; gives where it starts. */
size_t chunk_begin(GByteArray *out, unsigned type, unsigned header_size);
void chunk_end(GByteArray *out, size_t at);

#endif
