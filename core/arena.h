/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arena.h - memory of one task on one app: everything is freed at once by the caller (talloc behind it).
 * Allocation never returns NULL: a process without memory stops, and a worker that stops is that app's outcome. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include "core/span.h"

#include <glib.h>

typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *arena); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Arena, arena_free)

void *arena_alloc(Arena *arena, size_t size); /* zeroed */
#define arena_new0(arena, Type)       ((Type *)arena_alloc((arena), sizeof(Type)))
#define arena_array(arena, Type, len) ((Type *)arena_alloc_array((arena), sizeof(Type), (len)))
void *arena_alloc_array(Arena *arena, size_t size, size_t len); /* zeroed; stops on overflow */

/* Room for content that is written before it is read: not zeroed. From ARENA_LARGE bytes on it comes out of pages of its
 * own, huge ones where the system gives them, since a page fault every 4 KiB costs a fifth of what inflating costs. */
enum { ARENA_LARGE = 256 << 10 };
void *arena_bytes(Arena *arena, size_t size);

char *arena_str(Arena *arena, const char *s);            /* NULL gives NULL */
char *arena_strn(Arena *arena, const char *s, size_t n); /* copies at most n bytes, adds a NUL */
char *arena_printf(Arena *arena, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Calls `call` with `data` when the arena goes, while everything in it still stands, the last asked for first: for what
 * another library allocates and the arena's things point to. */
void arena_on_free(Arena *arena, void (*call)(void *data), void *data);

/* Bytes from outside as valid UTF-8 (bad sequences become U+FFFD, NULs too); what the records hold. */
char *arena_utf8(Arena *arena, Span bytes);

/* Appends to a pointer array that lives in the arena, growing it by doubling: protobuf-c's (n_x, x) pairs.
 *     arena_push(arena, &facts->n_sdks, &facts->sdks, hit);
 * The array is empty or was made by arena_push alone: one out of an unpacked record has no room behind its last pointer. */
#define arena_push(arena, n, array, item) arena_push_pointer((arena), (n), (void ***)(array), (void *)(item))
void arena_push_pointer(Arena *arena, size_t *n, void ***array, void *item);

#endif
