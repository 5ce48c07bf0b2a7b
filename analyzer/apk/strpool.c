/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/strpool.h"

#include "core/cursor.h"

enum { HEADER_SIZE = 28, UTF8_FLAG = 0x100, STYLE_END_SIZE = 12 };

typedef struct {
        uint16_t header_size;
        uint32_t size, strings, styles, flags, strings_start, styles_start;
} Header;

static bool read_header(Span chunk, Header *h)
{
        Cursor c = cursor_over(chunk);
        cursor_skip(&c, 2);
        h->header_size = cursor_u16(&c);
        h->size = cursor_u32(&c);
        h->strings = cursor_u32(&c);
        h->styles = cursor_u32(&c);
        h->flags = cursor_u32(&c);
        h->strings_start = cursor_u32(&c);
        h->styles_start = cursor_u32(&c);
        return c.ok && h->header_size >= HEADER_SIZE && h->header_size <= h->size && h->size <= chunk.len;
}

static bool table_fits(const Header *h)
{
        return h->header_size + (uint64_t)h->strings * 4 <= h->size;
}

/* The part that holds the strings, as AOSP bounds it: up to the styles when there are some, and its last unit
 * is 0. */
static bool find_strings(StrPool *pool, const Header *h, bool lenient)
{
        if (h->strings_start + 2ull > h->size)
                return false;
        bool styled = h->styles && h->styles_start > h->strings_start && h->styles_start + 2ull <= h->size;
        if (h->styles && !styled && !lenient)
                return false;
        size_t end = styled ? h->styles_start : h->size;
        size_t len = end - h->strings_start;
        if (!pool->utf8)
                len &= ~(size_t)1;
        pool->strings = span_part(pool->chunk, h->strings_start, len);
        if (lenient)
                return true;
        size_t unit = pool->utf8 ? 1 : 2;
        Span last = span_part(pool->strings, len - unit, unit);
        return last.len == unit && last.data[0] == 0 && last.data[unit - 1] == 0;
}

static bool styles_end(Span chunk, const Header *h)
{
        if (h->header_size + ((uint64_t)h->strings + h->styles) * 4 > h->size || h->styles_start >= h->size)
                return false;
        size_t len = (h->size - h->styles_start) & ~3u;
        Span end = span_part(chunk, h->styles_start + len - STYLE_END_SIZE, STYLE_END_SIZE);
        static const uint8_t marks[STYLE_END_SIZE] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
        return len >= STYLE_END_SIZE && span_eq(end, span_of(marks, sizeof marks));
}

bool strpool_open(StrPool *pool, Span chunk, bool lenient)
{
        Header h;
        *pool = (StrPool){0};
        if (!read_header(chunk, &h))
                return false;
        *pool = (StrPool){.chunk = span_part(chunk, 0, h.size),
                          .count = h.strings,
                          .header_size = h.header_size,
                          .utf8 = h.flags & UTF8_FLAG};
        bool good = h.strings == 0 || (table_fits(&h) && find_strings(pool, &h, lenient));
        if (!lenient && good && h.styles)
                good = styles_end(chunk, &h);
        if (!good && lenient) {
                pool->count = (uint32_t)MIN(h.strings, (h.size - h.header_size) / 4);
                good = find_strings(pool, &h, true);
        }
        if (!good)
                *pool = (StrPool){0};
        return good;
}

/* ---- characters
 * ---------------------------------------------------------------------------------------------- */

typedef struct {
        GString *out;
        uint32_t high; /* a high surrogate that waits for its other half, or 0 */
} Text;

static void put_unit(Text *t, uint32_t c)
{
        bool low = c >= 0xdc00 && c <= 0xdfff;
        if (t->high && low) {
                g_string_append_unichar(t->out, 0x10000 + ((t->high - 0xd800) << 10) + (c - 0xdc00));
                t->high = 0;
                return;
        }
        if (t->high)
                g_string_append_unichar(t->out, 0xfffd);
        t->high = c >= 0xd800 && c <= 0xdbff ? c : 0;
        if (t->high)
                return;
        g_string_append_unichar(t->out, low || c == 0 || c > 0x10ffff ? 0xfffd : c);
}

static char *text_end(Text *t, Arena *arena)
{
        if (t->high)
                g_string_append_unichar(t->out, 0xfffd);
        char *s = arena_strn(arena, t->out->str, t->out->len);
        g_string_free(t->out, TRUE);
        return s;
}

static char *get_utf16(Span strings, size_t at, Arena *arena)
{
        Cursor c = cursor_at(strings, at);
        uint32_t len = cursor_u16(&c);
        if (len & 0x8000)
                len = (len & 0x7fff) << 16 | cursor_u16(&c);
        Span units = cursor_take(&c, (size_t)len * 2);
        if (cursor_u16(&c) != 0 || !c.ok)
                return NULL;
        Text t = {g_string_sized_new(len + 1), 0};
        for (size_t i = 0; i < units.len; i += 2)
                put_unit(&t, units.data[i] | (uint32_t)units.data[i + 1] << 8);
        return text_end(&t, arena);
}

static uint32_t length8(Cursor *c)
{
        uint32_t len = cursor_u8(c);
        return len & 0x80 ? (len & 0x7f) << 8 | cursor_u8(c) : len;
}

static unsigned lead_length(uint8_t lead)
{
        return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
}

static uint32_t code_point(const uint8_t *p, unsigned n)
{
        static const uint8_t mask[] = {0, 0xff, 0x1f, 0x0f, 0x07};
        uint32_t c = p[0] & mask[n];
        for (unsigned i = 1; i < n; i++)
                c = c << 6 | (p[i] & 0x3f);
        return c;
}

static bool is_continued(const uint8_t *p, unsigned n)
{
        for (unsigned i = 1; i < n; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return false;
        }
        return n > 1 || p[0] < 0x80;
}

/* Length in UTF-16 units as AOSP counts it, by lead bytes alone; -1 when a character runs past the end. */
static int64_t utf16_length(Span s)
{
        int64_t n = 0;
        for (size_t i = 0; i < s.len;) {
                unsigned len = lead_length(s.data[i]);
                if (len > s.len - i)
                        return -1;
                n += code_point(s.data + i, len) > 0xffff ? 2 : 1;
                i += len;
        }
        return n;
}

static char *get_utf8(Span strings, size_t at, Arena *arena)
{
        Cursor c = cursor_at(strings, at);
        uint32_t units = length8(&c);
        size_t stated = length8(&c), len = stated;
        if (!c.ok)
                return NULL;
        /* aapt cut lengths to 15 bits: the string ends at the first multiple beyond that has a NUL. */
        Span rest = span_from(strings, c.at);
        while (len < rest.len && rest.data[len] != 0)
                len += 0x8000;
        if (len >= rest.len)
                return NULL;
        Span bytes = span_part(rest, 0, len);
        int64_t actual = utf16_length(bytes);
        if (actual < 0 || (actual & 0x7fff) != units)
                return NULL;
        Text t = {g_string_sized_new(len + 1), 0};
        for (size_t i = 0; i < len;) {
                unsigned n = lead_length(bytes.data[i]);
                put_unit(&t, is_continued(bytes.data + i, n) ? code_point(bytes.data + i, n) : 0xfffd);
                i += n;
        }
        return text_end(&t, arena);
}

char *strpool_get(const StrPool *pool, uint32_t i, Arena *arena)
{
        if (i >= pool->count)
                return NULL;
        Cursor c = cursor_at(pool->chunk, pool->header_size + (size_t)i * 4);
        size_t at = cursor_u32(&c);
        if (!c.ok)
                return NULL;
        return pool->utf8 ? get_utf8(pool->strings, at, arena)
                          : get_utf16(pool->strings, at & ~(size_t)1, arena);
}
