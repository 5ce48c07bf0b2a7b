/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/arena.h"

#include <stdlib.h>
#include <talloc.h>

struct Arena {
        char unused; /* a talloc context needs an address */
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
        talloc_free(arena);
}

void *arena_alloc(Arena *arena, size_t size)
{
        return must(talloc_zero_size(arena, size ? size : 1));
}

void *arena_alloc_array(Arena *arena, size_t size, size_t len)
{
        size_t total;
        if (__builtin_mul_overflow(size, len, &total))
                g_error("%s: failed to allocate %zu x %zu bytes", G_STRLOC, size, len);
        return arena_alloc(arena, total);
}

char *arena_str(Arena *arena, const char *s)
{
        return s ? must(talloc_strdup(arena, s)) : NULL;
}

char *arena_strn(Arena *arena, const char *s, size_t n)
{
        return must(talloc_strndup(arena, s, n));
}

char *arena_printf(Arena *arena, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        char *s = talloc_vasprintf(arena, format, args);
        va_end(args);
        return must(s);
}

char *arena_utf8(Arena *arena, Span bytes)
{
        g_autofree char *valid = g_utf8_make_valid((const char *)bytes.data, (gssize)bytes.len);
        return arena_str(arena, valid);
}

void arena_push_pointer(Arena *arena, size_t *n, void ***array, void *item)
{
        bool full = *n == 0 || (*n >= 4 && (*n & (*n - 1)) == 0); /* room for 4, 8, 16 ... */
        if (full) {
                size_t room = *n ? *n * 2 : 4;
                *array = must(talloc_realloc_size(arena, *array, room * sizeof(void *)));
        }
        (*array)[(*n)++] = item;
}
