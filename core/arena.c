/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <talloc.h>

enum {
        FIRST_BLOCK = 4 << 10,
        NEXT_BLOCK = ARENA_LARGE, /* once an arena has grown: then it mostly grows further */
        ALIGNMENT = 16
};

/* Small things stand side by side in blocks: talloc's 96 bytes of header on each cost more than they hold. A sanitizer
 * wants to see each by itself. */
#ifdef OVERREACH_SANITIZED
enum { BLOCKS = 0 };
#else
enum { BLOCKS = 1 };
#endif

typedef struct OnFree {
        void (*call)(void *data);
        void *data;
        struct OnFree *next; /* the one asked for before it */
} OnFree;

struct Arena {
        OnFree *on_free;
        uint8_t *at; /* zeroed bytes left of the last block for small things */
        size_t at_left;
        bool grown;    /* beyond the first block */
        uint8_t *room; /* what is left of the last mapping for large ones */
        size_t left;
};

static void *must(void *p)
{
        if (!p)
                g_error("%s: failed to allocate memory", G_STRLOC);
        return p;
}

Arena *arena_new(void)
{
        return must(talloc_zero(NULL, Arena));
}

void arena_free(Arena *arena)
{
        for (OnFree *last = arena ? arena->on_free : NULL; last; last = last->next)
                last->call(last->data);
        talloc_free(arena);
}

/* A new block for small things, zeroed; what was left of the last one is lost, and is less than was asked for. */
static void add_block(Arena *arena)
{
        arena->at_left = arena->grown ? NEXT_BLOCK : FIRST_BLOCK;
        arena->at =
                arena->grown ? arena_bytes(arena, NEXT_BLOCK) : must(talloc_zero_size(arena, FIRST_BLOCK));
        arena->grown = true;
}

void *arena_alloc(Arena *arena, size_t size)
{
        if (!BLOCKS)
                return must(talloc_zero_size(arena, size ? size : 1));
        if (size >= ARENA_LARGE)
                return arena_bytes(arena, size); /* fresh pages are zero */
        if (size > FIRST_BLOCK && !arena->grown)
                add_block(arena);
        size = (MAX(size, 1u) + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
        if (size > arena->at_left)
                add_block(arena);
        if (size > arena->at_left)
                add_block(arena);
        arena->at_left -= size;
        return (arena->at += size) - size;
}

static char *copy_text(Arena *arena, const char *s, size_t len)
{
        char *copy = arena_alloc(arena, len + 1);
        memcpy(copy, s, len);
        return copy;
}

void *arena_alloc_array(Arena *arena, size_t size, size_t len)
{
        size_t total;
        if (__builtin_mul_overflow(size, len, &total))
                g_error("%s: failed to allocate %zu x %zu bytes", G_STRLOC, size, len);
        return arena_alloc(arena, total);
}

/* ---- large blocks: cut out of mappings that go with the arena */

enum { HUGE_PAGE = 2 << 20, BLOCK_STEP = 64 };

typedef struct {
        uint8_t *start;
        size_t len;
} Pages;

static int pages_free(Pages *pages)
{
        munmap(pages->start, pages->len);
        return 0;
}

/* The kernel takes a huge page only for a whole aligned piece: what is mapped too much around one is given back. */
static uint8_t *map_aligned(size_t len)
{
        size_t room;
        if (__builtin_add_overflow(len, (size_t)HUGE_PAGE, &room))
                return NULL;
        uint8_t *start = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start == MAP_FAILED)
                return NULL;
        size_t front = -(uintptr_t)start % HUGE_PAGE;
        if (front)
                munmap(start, front);
        munmap(start + front + len, room - front - len);
        (void)madvise(start + front, len, MADV_HUGEPAGE); /* a kernel without them serves small ones */
        return start + front;
}

void *arena_bytes(Arena *arena, size_t size)
{
        if (size < ARENA_LARGE)
                return must(talloc_size(arena, size ? size : 1));
        if (size > SIZE_MAX - HUGE_PAGE)
                return must(NULL);
        size = (size + BLOCK_STEP - 1) / BLOCK_STEP * BLOCK_STEP;
        if (size <= arena->left) {
                arena->left -= size;
                return (arena->room += size) - size;
        }
        Pages *pages = must(talloc(arena, Pages));
        pages->len = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
        pages->start = must(map_aligned(pages->len));
        talloc_set_destructor(pages, pages_free);
        if (pages->len - size > arena->left) { /* the greater rest serves the next */
                arena->left = pages->len - size;
                arena->room = pages->start + size;
        }
        return pages->start;
}

char *arena_str(Arena *arena, const char *s)
{
        return s ? copy_text(arena, s, strlen(s)) : NULL;
}

char *arena_strn(Arena *arena, const char *s, size_t n)
{
        return copy_text(arena, s, strnlen(s, n));
}

char *arena_printf(Arena *arena, const char *format, ...)
{
        char text[256];
        va_list args, again;
        va_start(args, format);
        va_copy(again, args);
        int len = vsnprintf(text, sizeof text, format, args);
        if (len < 0)
                g_error("%s: cannot print by \"%s\"", G_STRLOC, format);
        char *s = arena_alloc(arena, (size_t)len + 1);
        if ((size_t)len < sizeof text)
                memcpy(s, text, (size_t)len);
        else
                vsnprintf(s, (size_t)len + 1, format, again);
        va_end(again);
        va_end(args);
        return s;
}

void arena_on_free(Arena *arena, void (*call)(void *data), void *data)
{
        OnFree *last = arena_new0(arena, OnFree);
        *last = (OnFree){call, data, arena->on_free};
        arena->on_free = last;
}

char *arena_utf8(Arena *arena, Span bytes)
{
        g_autofree char *valid =
                g_utf8_make_valid(bytes.len ? (const char *)bytes.data : "", (gssize)bytes.len);
        return arena_str(arena, valid);
}

void arena_push_pointer(Arena *arena, size_t *n, void ***array, void *item)
{
        bool full = *n == 0 || (*n >= 4 && (*n & (*n - 1)) == 0); /* room for 4, 8, 16 ... */
        if (full) {
                size_t room = *n ? *n * 2 : 4;
                void **larger = arena_array(arena, void *, room);
                if (*n)
                        memcpy(larger, *array, *n * sizeof(void *));
                *array = larger;
        }
        (*array)[(*n)++] = item;
}
