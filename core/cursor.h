/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cursor.h - bounded little-endian reads out of hostile bytes. Past the end every read gives 0 and the cursor
 * stays not-ok, so a parser reads straight down and looks at `ok` once. */
#ifndef CORE_CURSOR_H
#define CORE_CURSOR_H

#include "core/span.h"

typedef struct {
        Span over;
        size_t at; /* <= over.len while ok */
        bool ok;
} Cursor;

static inline Cursor cursor_over(Span s)
{
        return (Cursor){s, 0, true};
}

static inline Cursor cursor_at(Span s, size_t at) /* not ok when `at` lies past the end */
{
        return (Cursor){s, at <= s.len ? at : 0, at <= s.len};
}

static inline size_t cursor_left(const Cursor *c)
{
        return c->ok ? c->over.len - c->at : 0;
}

/* n bytes in place; empty and not-ok when fewer are left */
static inline Span cursor_take(Cursor *c, size_t n)
{
        if (!c->ok || n > c->over.len - c->at) {
                c->ok = false;
                return (Span){NULL, 0};
        }
        Span s = {c->over.data + c->at, n};
        c->at += n;
        return s;
}

static inline void cursor_skip(Cursor *c, size_t n)
{
        (void)cursor_take(c, n);
}

static inline uint8_t cursor_u8(Cursor *c)
{
        Span s = cursor_take(c, 1);
        return s.len ? s.data[0] : 0;
}

static inline uint16_t cursor_u16(Cursor *c)
{
        Span s = cursor_take(c, 2);
        return s.len ? (uint16_t)(s.data[0] | s.data[1] << 8) : 0;
}

static inline uint32_t cursor_u32(Cursor *c)
{
        Span s = cursor_take(c, 4);
        return s.len ? (uint32_t)s.data[0] | (uint32_t)s.data[1] << 8 | (uint32_t)s.data[2] << 16 |
                               (uint32_t)s.data[3] << 24
                     : 0;
}

static inline uint64_t cursor_u64(Cursor *c)
{
        uint64_t low = cursor_u32(c);
        return low | (uint64_t)cursor_u32(c) << 32;
}

/* Unsigned LEB128 as DEX uses it: at most five bytes, 32 bits. */
static inline uint32_t cursor_uleb128(Cursor *c)
{
        uint32_t value = 0;
        for (unsigned shift = 0; shift < 35; shift += 7) {
                uint8_t byte = cursor_u8(c);
                value |= (uint32_t)(byte & 0x7f) << shift;
                if (!(byte & 0x80))
                        return value;
        }
        c->ok = false;
        return 0;
}

#endif
