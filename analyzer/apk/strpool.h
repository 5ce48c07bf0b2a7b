/* SPDX-License-Identifier: GPL-3.0-or-later */
/* strpool.h - the string pool of binary XML and resource tables, read in place as AOSP's ResStringPool does.
 * A string that does not decode is no string, and only matters to who asks for it. Rules: docs/formats.md. */
#ifndef ANALYZER_APK_STRPOOL_H
#define ANALYZER_APK_STRPOOL_H

#include "core/arena.h"

#define STRPOOL_NONE 0xffffffffu /* "no string", where an index is expected */

typedef struct {
        Span chunk;   /* the whole pool */
        Span strings; /* their bytes, to the end of what counts as the pool */
        uint32_t count;
        uint16_t header_size;
        bool utf8;
} StrPool;

/* False when Android would call the pool bad; `pool` then holds nothing, and every look-up in it gives NULL.
 * With `lenient`, what Android refuses is accepted as far as it can be read: a count that does not fit is cut
 * to what does, terminators and styles are not looked at. */
bool strpool_open(StrPool *pool, Span chunk, bool lenient);

/* String i as valid UTF-8 in the arena, decoded anew by each call; surrogate pairs become one character, what
 * is broken and NULs become U+FFFD. NULL: no such string, or not terminated where its length says. */
char *strpool_get(const StrPool *pool, uint32_t i, Arena *arena);

#endif
