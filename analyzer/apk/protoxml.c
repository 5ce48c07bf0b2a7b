/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/protoxml.h"

#include "analyzer/apk/axml.h"
#include "analyzer/apk/chunkwrite.h"

#include <stdlib.h>

enum {
        FILE_TYPE = 0x0003,
        FILE_HEADER = 8,
        NODE_START = 0x0102,
        NODE_END = 0x0103,
        NODE_CDATA = 0x0104,
        NODE_HEADER = 16,
        ATTRIBUTE_SIZE = 20,
        ATTRIBUTES_LIMIT = 65535
};

/* Fields of the messages. */
enum {
        NODE_ELEMENT = 1,
        NODE_TEXT = 2,
        ELEMENT_NS = 2,
        ELEMENT_NAME = 3,
        ELEMENT_ATTRIBUTE = 4,
        ELEMENT_CHILD = 5,
        ATTRIBUTE_NS = 1,
        ATTRIBUTE_NAME = 2,
        ATTRIBUTE_VALUE = 3,
        ATTRIBUTE_ID = 5,
        ATTRIBUTE_ITEM = 6,
        ITEM_REFERENCE = 1,
        ITEM_STRING = 2,
        ITEM_FILE = 5, /* with raw and styled strings between them: all begin with their text */
        ITEM_PRIMITIVE = 7,
        REFERENCE_TYPE = 1,
        REFERENCE_ID = 2,
        REFERENCE_DYNAMIC = 5
};

typedef struct {
        Span ns, name, value;
        uint32_t id;
        bool compiled;
        ProtoItem item;
        size_t place; /* among its siblings, for a stable order */
} Attribute;

typedef struct {
        Arena *arena;
        ChunkPool *pool;
        GByteArray *out; /* the nodes */
        ProtoXml *xml;
        GHashTable *seen; /* ids of xml->references */
        GError **error;
} Writer;

/* ---- values */

static bool read_reference(Span message, ProtoItem *out)
{
        bool attribute = false, dynamic = false;
        uint32_t id = 0;
        Wire w = wire_over(message);
        while (wire_next(&w)) {
                if (w.field == REFERENCE_TYPE && w.type == WIRE_VARINT)
                        attribute = w.number == 1;
                else if (w.field == REFERENCE_ID && w.type == WIRE_VARINT)
                        id = (uint32_t)w.number;
                else if (wire_is(&w, REFERENCE_DYNAMIC))
                        dynamic = w.bytes.len >= 2 && w.bytes.data[w.bytes.len - 1];
        }
        *out = (ProtoItem){.type = attribute ? RES_ATTRIBUTE
                                   : dynamic ? RES_DYNAMIC_REFERENCE
                                             : RES_REFERENCE,
                           .data = id};
        return w.ok;
}

static bool read_text(Span message, ProtoItem *out)
{
        *out = (ProtoItem){.type = RES_STRING};
        Wire w = wire_over(message);
        while (wire_next(&w)) {
                if (wire_is(&w, 1))
                        out->text = w.bytes;
        }
        return w.ok;
}

/* By field since Android 9: which one is set is the type. Before, {type = 1, data = 2} as in Res_value. */
static bool read_primitive(Span message, ProtoItem *out)
{
        static const uint8_t types[] = {
                [3] = RES_FLOAT,   [4] = RES_DIMENSION,   [5] = RES_FRACTION,   [6] = RES_INT_DEC,
                [7] = RES_INT_HEX, [8] = RES_INT_BOOLEAN, [9] = 0x1c,           [10] = 0x1d,
                [11] = 0x1e,       [12] = 0x1f,           [13] = RES_DIMENSION, [14] = RES_FRACTION};
        bool have = false;
        Wire w = wire_over(message);
        while (wire_next(&w)) {
                if (w.type == WIRE_VARINT && w.field <= 2) {
                        if (w.field == 1)
                                out->type = (uint8_t)w.number;
                        else
                                out->data = (uint32_t)w.number;
                } else if (w.type == WIRE_BYTES && w.field <= 2) {
                        *out = (ProtoItem){.type = RES_NULL, .data = w.field - 1}; /* null, empty */
                } else if (w.type != WIRE_BYTES && w.field < G_N_ELEMENTS(types)) {
                        out->type = types[w.field];
                        out->data =
                                out->type == RES_INT_BOOLEAN && w.number ? 0xffffffff : (uint32_t)w.number;
                } else {
                        continue;
                }
                have = true;
        }
        return w.ok && have && out->type != RES_STRING;
}

bool protoxml_item(Span message, ProtoItem *out)
{
        bool have = false;
        *out = (ProtoItem){0};
        Wire w = wire_over(message);
        while (wire_next(&w)) {
                if (w.type != WIRE_BYTES)
                        continue;
                *out = (ProtoItem){0};
                if (w.field == ITEM_REFERENCE)
                        have = read_reference(w.bytes, out);
                else if (w.field >= ITEM_STRING && w.field <= ITEM_FILE)
                        have = read_text(w.bytes, out);
                else
                        have = w.field == ITEM_PRIMITIVE && read_primitive(w.bytes, out);
        }
        return w.ok && have;
}

/* ---- elements */

static uint32_t pool_text(Writer *w, Span text)
{
        return text.len ? chunk_pool_add(w->pool, 0, text) : CHUNK_NO_STRING;
}

static void keep_reference(Writer *w, const Attribute *a)
{
        ProtoXml *xml = w->xml;
        bool reference =
                a->compiled && (a->item.type == RES_REFERENCE || a->item.type == RES_DYNAMIC_REFERENCE);
        if (reference && xml->n_references < PROTOXML_REFERENCES &&
            g_hash_table_add(w->seen, GUINT_TO_POINTER(a->item.data)))
                xml->references[xml->n_references++] = a->item.data;
}

static bool read_attribute(Span message, Attribute *a)
{
        Wire w = wire_over(message);
        while (wire_next(&w)) {
                if (wire_is(&w, ATTRIBUTE_NS))
                        a->ns = w.bytes;
                else if (wire_is(&w, ATTRIBUTE_NAME))
                        a->name = w.bytes;
                else if (wire_is(&w, ATTRIBUTE_VALUE))
                        a->value = w.bytes;
                else if (w.field == ATTRIBUTE_ID && w.type == WIRE_VARINT)
                        a->id = (uint32_t)w.number;
                else if (wire_is(&w, ATTRIBUTE_ITEM))
                        a->compiled = protoxml_item(w.bytes, &a->item);
        }
        return w.ok;
}

static void put_attribute(Writer *w, const Attribute *a)
{
        Span text = a->compiled && a->item.type == RES_STRING ? a->item.text : a->value;
        bool string = !a->compiled || a->item.type == RES_STRING;
        /* An empty string is a string; a compiled value without a raw one has none. */
        uint32_t raw = string ? chunk_pool_add(w->pool, 0, text) : pool_text(w, a->value);
        chunk_u32(w->out, pool_text(w, a->ns));
        chunk_u32(w->out, chunk_pool_add(w->pool, a->id, a->name));
        chunk_u32(w->out, raw);
        chunk_u16(w->out, 8);
        chunk_u8(w->out, 0);
        chunk_u8(w->out, string ? RES_STRING : a->item.type);
        chunk_u32(w->out, string ? raw : a->item.data);
        keep_reference(w, a);
}

static size_t begin_node(Writer *w, unsigned type)
{
        size_t at = chunk_begin(w->out, type, NODE_HEADER);
        chunk_u32(w->out, 0); /* line */
        chunk_u32(w->out, CHUNK_NO_STRING);
        return at;
}

static int by_id(const void *a, const void *b)
{
        const Attribute *x = a, *y = b;
        uint32_t i = x->id ? x->id : UINT32_MAX, k = y->id ? y->id : UINT32_MAX;
        return i != k ? (i > k) - (i < k) : (x->place > y->place) - (x->place < y->place);
}

static void put_start(Writer *w, Span ns, Span name, const GArray *attributes)
{
        size_t at = begin_node(w, NODE_START);
        chunk_u32(w->out, pool_text(w, ns));
        chunk_u32(w->out, pool_text(w, name));
        chunk_u16(w->out, ATTRIBUTE_SIZE);
        chunk_u16(w->out, ATTRIBUTE_SIZE);
        chunk_u16(w->out, attributes->len);
        for (int i = 0; i < 3; i++) /* of id, class and style: nobody asks */
                chunk_u16(w->out, 0);
        for (guint i = 0; i < attributes->len; i++)
                put_attribute(w, &g_array_index(attributes, Attribute, i));
        chunk_end(w->out, at);
}

static bool broken(Writer *w)
{
        return fault(w->error, FAULT_MALFORMED,
                     "a message breaks off, or is none, behind %u bytes of binary XML", w->out->len);
}

static bool open_element(Writer *w, Span message, Span *name)
{
        g_autoptr(GArray) attributes = g_array_new(FALSE, TRUE, sizeof(Attribute));
        Span ns = {NULL, 0};
        Wire wire = wire_over(message);
        while (wire_next(&wire)) {
                if (wire_is(&wire, ELEMENT_NS))
                        ns = wire.bytes;
                else if (wire_is(&wire, ELEMENT_NAME))
                        *name = wire.bytes;
                if (!wire_is(&wire, ELEMENT_ATTRIBUTE))
                        continue;
                Attribute a = {.place = attributes->len};
                if (!read_attribute(wire.bytes, &a))
                        return broken(w);
                if (attributes->len == ATTRIBUTES_LIMIT)
                        return fault(w->error, FAULT_LIMIT, "an element of more than %d attributes",
                                     ATTRIBUTES_LIMIT);
                g_array_append_val(attributes, a);
        }
        if (!wire.ok)
                return broken(w);
        if (attributes->len > 1)
                qsort(attributes->data, attributes->len, sizeof(Attribute), by_id);
        put_start(w, ns, *name, attributes);
        return true;
}

/* Blanks between elements are left out, as aapt2 leaves them out of binary XML. */
static void put_words(Writer *w, Span text)
{
        size_t blank = 0;
        while (blank < text.len && text.data[blank] <= ' ')
                blank++;
        if (blank == text.len)
                return;
        size_t at = begin_node(w, NODE_CDATA);
        chunk_u32(w->out, pool_text(w, text));
        chunk_u32(w->out, 8); /* a value of no type */
        chunk_u32(w->out, 0);
        chunk_end(w->out, at);
}

static bool put_element(Writer *w, Span message, unsigned depth);

/* The element or text of a node. */
static bool put_node(Writer *w, Span message, unsigned depth, bool *element)
{
        Span inner = {NULL, 0};
        *element = false;
        Wire wire = wire_over(message);
        while (wire_next(&wire)) {
                if (wire_is(&wire, NODE_TEXT))
                        put_words(w, wire.bytes);
                if (!wire_is(&wire, NODE_ELEMENT))
                        continue;
                if (*element)
                        return fault(w->error, FAULT_MALFORMED, "two elements where one belongs, %u deep",
                                     depth);
                *element = true;
                inner = wire.bytes;
        }
        if (!wire.ok)
                return broken(w);
        return !*element || put_element(w, inner, depth);
}

static bool put_element(Writer *w, Span message, unsigned depth)
{
        Span name = {NULL, 0};
        if (depth > AXML_DEPTH_LIMIT)
                return fault(w->error, FAULT_LIMIT, "elements more than %d deep", AXML_DEPTH_LIMIT);
        if (!open_element(w, message, &name))
                return false;
        bool element;
        for (Wire wire = wire_over(message); wire_next(&wire);) {
                if (wire_is(&wire, ELEMENT_CHILD) && !put_node(w, wire.bytes, depth + 1, &element))
                        return false;
        }
        size_t at = begin_node(w, NODE_END);
        chunk_u32(w->out, CHUNK_NO_STRING);
        chunk_u32(w->out, pool_text(w, name));
        chunk_end(w->out, at);
        if (w->out->len > PROTOXML_LIMIT)
                return fault(w->error, FAULT_LIMIT, "more than %d bytes of binary XML", PROTOXML_LIMIT);
        return true;
}

static bool put_document(Writer *w, Span message)
{
        bool element;
        if (!put_node(w, message, 1, &element))
                return false;
        if (!element)
                return fault(w->error, FAULT_MALFORMED, "%zu bytes hold no XML element", message.len);
        g_autoptr(GByteArray) file = g_byte_array_new();
        size_t at = chunk_begin(file, FILE_TYPE, FILE_HEADER);
        chunk_pool_write(w->pool, file);
        chunk_pool_write_ids(w->pool, file);
        g_byte_array_append(file, w->out->data, w->out->len);
        chunk_end(file, at);
        uint8_t *copy = arena_bytes(w->arena, file->len);
        memcpy(copy, file->data, file->len);
        w->xml->axml = span_of(copy, file->len);
        return true;
}

bool protoxml_convert(ProtoXml *out, Span message, Arena *arena, GError **error)
{
        out->axml = (Span){NULL, 0};
        out->n_references = 0;
        g_autoptr(ChunkPool) pool = chunk_pool_new(arena);
        g_autoptr(GByteArray) nodes = g_byte_array_new();
        g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
        Writer w = {.arena = arena, .pool = pool, .out = nodes, .xml = out, .seen = seen, .error = error};
        return put_document(&w, message);
}
