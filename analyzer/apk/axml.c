/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/axml.h"

#include "core/cursor.h"

enum {
        CHUNK_STRING_POOL = 0x0001,
        CHUNK_RESOURCE_MAP = 0x0180,
        CHUNK_FIRST_NODE = 0x0100,
        CHUNK_LAST_NODE = 0x017f,
        NODE_START_NAMESPACE = 0x0100,
        NODE_END_NAMESPACE = 0x0101,
        NODE_START_ELEMENT = 0x0102,
        NODE_END_ELEMENT = 0x0103,
        NODE_CDATA = 0x0104,
        CHUNK_HEADER = 8,
        NODE_HEADER = 16,
        START_BODY = 20,
        NAME_BODY = 8, /* namespaces and end of element */
        CDATA_BODY = 12
};

typedef struct {
        uint16_t type, header_size;
        uint32_t size;
} Chunk;

static Chunk chunk_at(Span bytes, size_t at)
{
        Cursor c = cursor_at(bytes, at);
        Chunk k = {.type = cursor_u16(&c)};
        k.header_size = cursor_u16(&c);
        k.size = cursor_u32(&c);
        return c.ok ? k : (Chunk){0};
}

/* AOSP's validate_chunk. `lenient` drops the alignment. */
static bool chunk_is_valid(const Axml *x, Chunk k, size_t at, size_t least)
{
        bool aligned = ((k.header_size | k.size) & 3) == 0;
        return k.header_size >= least && k.header_size <= k.size && (aligned || x->lenient) &&
               k.size <= x->bytes.len - at;
}

typedef struct {
        uint16_t start, size, count;
} AttributeTable;

static AttributeTable attribute_table(const Axml *x, size_t body)
{
        Cursor c = cursor_at(x->bytes, body);
        cursor_skip(&c, 8);
        AttributeTable t = {.start = cursor_u16(&c)};
        t.size = cursor_u16(&c);
        t.count = cursor_u16(&c);
        return t;
}

/* AOSP's validateNode, and behind it what nextNode asks of the body. */
static bool node_is_valid(const Axml *x, Chunk k, size_t at)
{
        if (!chunk_is_valid(x, k, at, NODE_HEADER))
                return false;
        size_t body = k.size - k.header_size;
        switch (k.type) {
        case NODE_START_ELEMENT: {
                AttributeTable t = attribute_table(x, at + k.header_size);
                return body >= START_BODY && (x->lenient || t.start + (size_t)t.size * t.count <= body);
        }
        case NODE_START_NAMESPACE:
        case NODE_END_NAMESPACE:
        case NODE_END_ELEMENT: return body >= NAME_BODY;
        case NODE_CDATA: return body >= CDATA_BODY;
        default: return true;
        }
}

static bool take_pool(Axml *x, Span chunk, bool *bad, GError **error)
{
        *bad = !strpool_open(&x->pool, chunk, x->lenient);
        if (x->pool.count > AXML_STRING_LIMIT)
                return fault(error, FAULT_LIMIT, "%u strings are more than %d", x->pool.count,
                             AXML_STRING_LIMIT);
        return true;
}

/* Everything before the first node. Each pool and map replaces the one before. */
static bool read_preamble(Axml *x, size_t at, GError **error)
{
        bool bad_pool = true; /* a document without a pool has no names */
        for (; x->bytes.len - at > CHUNK_HEADER;) {
                Chunk k = chunk_at(x->bytes, at);
                if (k.size >= x->bytes.len - at && !x->lenient)
                        break;
                if (!chunk_is_valid(x, k, at, CHUNK_HEADER))
                        return fault(error, FAULT_MALFORMED,
                                     "chunk 0x%04x at %zu does not fit: header %u, size %u, %zu left", k.type,
                                     at, k.header_size, k.size, x->bytes.len - at);
                if (k.type == CHUNK_STRING_POOL) {
                        if (!take_pool(x, span_part(x->bytes, at, k.size), &bad_pool, error))
                                return false;
                } else if (k.type == CHUNK_RESOURCE_MAP) {
                        x->ids = span_part(x->bytes, at + k.header_size, k.size - k.header_size);
                } else if (k.type >= CHUNK_FIRST_NODE && k.type <= CHUNK_LAST_NODE) {
                        x->next = at;
                        return !bad_pool || fault(error, FAULT_MALFORMED, "the string pool is broken");
                }
                at += k.size;
        }
        return fault(error, FAULT_MALFORMED, "no element in %zu bytes", x->bytes.len);
}

bool axml_open(Axml *x, Span bytes, bool lenient, Arena *arena, GError **error)
{
        *x = (Axml){.bytes = bytes, .lenient = lenient, .arena = arena};
        Chunk file = chunk_at(bytes, 0);
        if (lenient && file.size > bytes.len)
                file.size = (uint32_t)bytes.len;
        if (file.header_size > file.size || file.size > bytes.len || file.size < CHUNK_HEADER)
                return fault(error, FAULT_MALFORMED, "document of %u bytes, header %u, in %zu bytes",
                             file.size, file.header_size, bytes.len);
        x->bytes = span_part(bytes, 0, file.size);
        if (!read_preamble(x, file.header_size, error))
                return false;
        x->strings = arena_array(arena, const char *, x->pool.count);
        x->tried = arena_array(arena, bool, x->pool.count);
        return true;
}

AxmlEvent axml_next(Axml *x, GError **error)
{
        if (x->closes)
                x->depth--;
        x->closes = false;
        for (;;) {
                size_t at = x->next;
                if (at >= x->bytes.len)
                        return AXML_DONE;
                Chunk k = chunk_at(x->bytes, at);
                if (!node_is_valid(x, k, at)) {
                        fault(error, FAULT_MALFORMED,
                              "node 0x%04x at %zu does not fit: header %u, size %u, %zu left", k.type, at,
                              k.header_size, k.size, x->bytes.len - at);
                        return AXML_BAD;
                }
                x->next = at + k.size;
                x->body = at + k.header_size;
                x->body_end = x->next;
                if (k.type == NODE_START_ELEMENT) {
                        if (++x->depth <= AXML_DEPTH_LIMIT)
                                return AXML_START;
                        x->next = at;
                        x->depth--;
                        fault(error, FAULT_LIMIT, "elements nest deeper than %d", AXML_DEPTH_LIMIT);
                        return AXML_BAD;
                }
                if (k.type == NODE_END_ELEMENT && x->depth > 0) {
                        x->closes = true;
                        return AXML_END;
                }
        }
}

const char *axml_string(Axml *x, uint32_t i)
{
        if (i >= x->pool.count)
                return NULL;
        if (!x->tried[i]) {
                x->tried[i] = true;
                x->strings[i] = strpool_get(&x->pool, i, x->arena);
        }
        return x->strings[i];
}

const char *axml_name(Axml *x)
{
        Cursor c = cursor_at(x->bytes, x->body);
        cursor_skip(&c, 4);
        const char *name = axml_string(x, cursor_u32(&c));
        return name ? name : "";
}

size_t axml_attributes(const Axml *x)
{
        AttributeTable t = attribute_table(x, x->body);
        if (!x->lenient)
                return t.count;
        size_t room = x->body_end - x->body;
        if (!t.size || t.start >= room)
                return 0;
        return MIN(t.count, (room - t.start) / t.size);
}

const char *axml_inner_text(Axml *x)
{
        if (x->next >= x->bytes.len)
                return NULL;
        Chunk k = chunk_at(x->bytes, x->next);
        if (k.type != NODE_CDATA || !node_is_valid(x, k, x->next))
                return NULL;
        Cursor c = cursor_at(x->bytes, x->next + k.header_size);
        return axml_string(x, cursor_u32(&c));
}

static uint32_t id_of(const Axml *x, uint32_t name)
{
        if (name >= x->ids.len / 4)
                return 0;
        Cursor c = cursor_at(x->ids, (size_t)name * 4);
        return cursor_u32(&c);
}

bool axml_attribute(const Axml *x, size_t i, AxmlAttribute *out)
{
        AttributeTable t = attribute_table(x, x->body);
        Cursor c = cursor_at(x->bytes, x->body + t.start + i * t.size);
        out->ns = cursor_u32(&c);
        out->name = cursor_u32(&c);
        out->raw = cursor_u32(&c);
        cursor_skip(&c, 3); /* size of the value, reserved */
        out->value.type = cursor_u8(&c);
        out->value.data = cursor_u32(&c);
        out->id = c.ok ? id_of(x, out->name) : 0;
        return c.ok;
}

bool axml_find(const Axml *x, uint32_t id, AxmlAttribute *out, bool *hidden)
{
        bool passed = false; /* a greater id came before: the walk stops there */
        for (size_t i = 0, n = axml_attributes(x); i < n && axml_attribute(x, i, out); i++) {
                if (out->id == id && !passed)
                        return true;
                if (out->id == id && hidden)
                        *hidden = true;
                passed = passed || out->id > id;
        }
        return false;
}

const char *axml_find_text(Axml *x, const char *ns, const char *name)
{
        AxmlAttribute a;
        for (size_t i = 0, n = axml_attributes(x); i < n && axml_attribute(x, i, &a); i++) {
                const char *its_name = axml_string(x, a.name), *its_ns = axml_string(x, a.ns);
                if (its_name && g_str_equal(its_name, name) && g_strcmp0(its_ns, ns) == 0)
                        return axml_string(x, a.raw);
        }
        return NULL;
}
