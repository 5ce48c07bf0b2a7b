/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/der.h"

enum { LONG_TAG = 0x1f, CONSTRUCTED = 0x20, INDEFINITE = 0x80 };

/* The length behind a tag; an indefinite one is told apart from zero bytes. */
static size_t take_length(Cursor *c, bool *indefinite)
{
        uint8_t first = cursor_u8(c);
        *indefinite = first == INDEFINITE;
        if (first < INDEFINITE || *indefinite)
                return *indefinite ? 0 : first;
        unsigned bytes = first & 0x7f;
        if (bytes > 4)
                c->ok = false;
        size_t length = 0;
        for (unsigned i = 0; i < bytes && c->ok; i++)
                length = length << 8 | cursor_u8(c);
        return length;
}

/* Moves behind the end mark of an indefinite length; everything inside is passed over once. */
static void skip_indefinite(Cursor *c)
{
        unsigned depth = 1;
        while (c->ok && depth > 0) {
                uint8_t tag = cursor_u8(c);
                bool indefinite;
                size_t length = take_length(c, &indefinite);
                if (tag == 0 && !indefinite && length == 0)
                        depth--;
                else if (indefinite)
                        c->ok = c->ok && (tag & CONSTRUCTED) && ++depth <= DER_DEPTH;
                else
                        cursor_skip(c, length);
        }
}

Der der_any(Cursor *c)
{
        size_t start = c->at;
        Der out = {.tag = cursor_u8(c)};
        bool indefinite;
        size_t length = take_length(c, &indefinite);
        if ((out.tag & LONG_TAG) == LONG_TAG || (indefinite && !(out.tag & CONSTRUCTED)))
                c->ok = false;
        size_t body = c->at;
        if (indefinite && c->ok) {
                skip_indefinite(c);
                length = c->ok ? c->at - 2 - body : 0;
        } else {
                cursor_skip(c, length);
        }
        if (!c->ok)
                return (Der){0};
        out.whole = span_part(c->over, start, c->at - start);
        out.body = span_part(c->over, body, length);
        return out;
}

Der der_take(Cursor *c, uint8_t tag)
{
        if (!der_is(c, tag))
                c->ok = false;
        return der_any(c);
}

Cursor der_open(Cursor *c, uint8_t tag)
{
        Cursor inside = cursor_over(der_take(c, tag).body);
        inside.ok = c->ok;
        return inside;
}

bool der_is(const Cursor *c, uint8_t tag)
{
        return cursor_left(c) > 0 && c->over.data[c->at] == tag;
}
