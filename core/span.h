/* SPDX-License-Identifier: GPL-3.0-or-later */
/* span.h - a view of bytes, passed by value. It owns nothing and lives as long as what it looks at. */
#ifndef CORE_SPAN_H
#define CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
        const uint8_t *data; /* NULL only when len is 0 */
        size_t len;
} Span;

static inline Span span_of(const void *data, size_t len)
{
        return (Span){(const uint8_t *)data, len};
}

static inline Span span_str(const char *s) /* without the NUL; NULL gives the empty span */
{
        return (Span){(const uint8_t *)s, s ? strlen(s) : 0};
}

static inline bool span_eq(Span a, Span b)
{
        return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool span_eq_str(Span a, const char *s)
{
        return span_eq(a, span_str(s));
}

static inline bool span_starts(Span a, Span prefix)
{
        return a.len >= prefix.len && (prefix.len == 0 || memcmp(a.data, prefix.data, prefix.len) == 0);
}

/* The part [at, at+len) where it lies inside; the empty span where it does not (never a wrapped offset). */
static inline Span span_part(Span a, size_t at, size_t len)
{
        if (at > a.len || len > a.len - at)
                return (Span){NULL, 0};
        return (Span){at ? a.data + at : a.data, len}; /* no sum with NULL, not even of zero */
}

static inline Span span_from(Span a, size_t at)
{
        return at > a.len ? (Span){NULL, 0} : span_part(a, at, a.len - at);
}

static inline int span_cmp(Span a, Span b) /* memcmp order, shorter first */
{
        size_t n = a.len < b.len ? a.len : b.len;
        int c = n ? memcmp(a.data, b.data, n) : 0;
        return c ? c : (a.len > b.len) - (a.len < b.len);
}

#endif
