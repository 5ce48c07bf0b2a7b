/* SPDX-License-Identifier: GPL-3.0-or-later */
/* protowire.h - protobuf messages read field by field over hostile bytes, without a schema.
 * Format: protobuf.dev, "Encoding"; groups, which nobody writes any more, count as broken.
 *
 *     for (Wire w = wire_over(message); wire_next(&w);)
 *             switch (w.field) ...
 *     if (!w.ok) broken                                                                                      */
#ifndef ANALYZER_APK_PROTOWIRE_H
#define ANALYZER_APK_PROTOWIRE_H

#include "core/cursor.h"

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

typedef struct {
        Cursor at;
        uint32_t field;
        unsigned type;   /* WIRE_... of the field at hand */
        uint64_t number; /* of a varint or fixed field */
        Span bytes;      /* of a string, bytes or message field */
        bool ok;         /* false: the message breaks off or is none */
} Wire;

static inline Wire wire_over(Span message)
{
        return (Wire){.at = cursor_over(message), .ok = true};
}

static inline uint64_t wire_varint(Cursor *c) /* at most ten bytes; more make the cursor not-ok */
{
        uint64_t value = 0;
        for (unsigned shift = 0; shift < 70; shift += 7) {
                uint8_t byte = cursor_u8(c);
                value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
                if (!(byte & 0x80))
                        return value;
        }
        c->ok = false;
        return 0;
}

static inline bool wire_next(Wire *w) /* false at the end, and where the message breaks */
{
        if (!w->ok || !cursor_left(&w->at))
                return false;
        uint64_t key = wire_varint(&w->at);
        w->field = (uint32_t)(key >> 3);
        w->type = key & 7;
        w->number = 0;
        w->bytes = (Span){NULL, 0};
        if (w->type == WIRE_VARINT) {
                w->number = wire_varint(&w->at);
        } else if (w->type == WIRE_FIXED64) {
                w->number = cursor_u64(&w->at);
        } else if (w->type == WIRE_FIXED32) {
                w->number = cursor_u32(&w->at);
        } else if (w->type == WIRE_BYTES) {
                uint64_t len = wire_varint(&w->at);
                w->bytes = cursor_take(&w->at, len > SIZE_MAX ? SIZE_MAX : (size_t)len);
        } else {
                w->at.ok = false;
        }
        w->ok = w->at.ok && w->field != 0;
        return w->ok;
}

/* The field at hand when it is the given one and carries bytes. */
static inline bool wire_is(const Wire *w, uint32_t field)
{
        return w->field == field && w->type == WIRE_BYTES;
}

#endif
