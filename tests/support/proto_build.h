/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proto_build.h - protobuf messages in words, and the words of axml_build.h and arsc_build.h written down as aapt2 writes
 * them into app bundles:
 *
 *     AxmlBuild *x = axml_begin();
 *     axml_open_tag(x, "manifest");
 *     ...
 *     GByteArray *message = proto_end(x);                aapt.pb.XmlNode
 *     GByteArray *table = proto_table(tables, 2);        aapt.pb.ResourceTable, ids 0x7f010000 + i             */
#ifndef TESTS_PROTO_BUILD_H
#define TESTS_PROTO_BUILD_H

#include "support/arsc_build.h"

static inline void proto_varint(GByteArray *out, uint64_t v)
{
        for (; v > 0x7f; v >>= 7)
                put8(out, (unsigned)(v & 0x7f) | 0x80);
        put8(out, (unsigned)v);
}

static inline void proto_number(GByteArray *out, unsigned field, uint64_t v)
{
        proto_varint(out, field << 3);
        proto_varint(out, v);
}

static inline void proto_bytes(GByteArray *out, unsigned field, Span bytes)
{
        proto_varint(out, field << 3 | 2);
        proto_varint(out, bytes.len);
        put_span(out, bytes);
}

static inline void proto_text(GByteArray *out, unsigned field, const char *text)
{
        if (text)
                proto_bytes(out, field, span_str(text));
}

static inline void proto_fixed32(GByteArray *out, unsigned field, uint32_t v)
{
        proto_varint(out, field << 3 | 5);
        put32(out, v);
}

/* Takes the inner message. */
static inline void proto_message(GByteArray *out, unsigned field, GByteArray *take)
{
        proto_bytes(out, field, span_of_bytes(take));
        g_byte_array_unref(take);
}

/* aapt.pb.Item of a reference or a number; NULL for a string: its text stands in XmlAttribute.value. */
static inline GByteArray *proto_item(uint8_t type, uint32_t data)
{
        static const uint8_t fields[] = {
                [RES_FLOAT] = 3,       [RES_DIMENSION] = 13,       [RES_FRACTION] = 14,
                [RES_INT_DEC] = 6,     [RES_INT_HEX] = 7,          [RES_INT_BOOLEAN] = 8,
                [RES_FIRST_COLOR] = 9, [RES_FIRST_COLOR + 1] = 10, [RES_FIRST_COLOR + 2] = 11,
                [RES_LAST_INT] = 12};
        if (type == RES_STRING)
                return NULL;
        GByteArray *item = g_byte_array_new(), *inner = g_byte_array_new();
        bool reference = type == RES_REFERENCE || type == RES_ATTRIBUTE || type == RES_DYNAMIC_REFERENCE;
        if (reference) {
                if (type == RES_ATTRIBUTE)
                        proto_number(inner, 1, 1);
                proto_number(inner, 2, data);
                if (type == RES_DYNAMIC_REFERENCE)
                        proto_bytes(inner, 5, span_of("\x08\x01", 2));
        } else if (type == RES_NULL) {
                proto_bytes(inner, 1 + data, span_str(""));
        } else if (type == RES_FLOAT) {
                proto_fixed32(inner, 3, data);
        } else {
                uint64_t v = type == RES_INT_DEC ? (uint64_t)(int64_t)(int32_t)data : data;
                proto_number(inner, fields[type], type == RES_INT_BOOLEAN ? data != 0 : v);
        }
        proto_message(item, reference ? 1 : 7, inner);
        return item;
}

static inline GByteArray *proto_attribute(const AxmlBuildAttribute *a)
{
        GByteArray *out = g_byte_array_new(), *item = proto_item(a->type, a->data);
        proto_text(out, 1, a->ns);
        proto_text(out, 2, a->name);
        proto_text(out, 3, a->raw);
        if (a->id)
                proto_number(out, 5, a->id);
        if (item)
                proto_message(out, 6, item);
        return out;
}

/* The node that starts at *i and everything in it; *i is left on its end. */
static inline GByteArray *proto_node(const AxmlBuild *x, guint *i)
{
        const AxmlBuildNode *node = g_ptr_array_index(x->nodes, *i);
        GByteArray *element = g_byte_array_new(), *out = g_byte_array_new();
        proto_text(element, 3, node->tag);
        for (guint k = 0; k < node->attributes->len; k++)
                proto_message(element, 4,
                              proto_attribute(&g_array_index(node->attributes, AxmlBuildAttribute, k)));
        for (++*i; ((AxmlBuildNode *)g_ptr_array_index(x->nodes, *i))->start; ++*i)
                proto_message(element, 5, proto_node(x, i));
        proto_message(out, 1, element);
        return out;
}

/* Writes the document down and forgets the words. Free with g_byte_array_unref. */
static inline GByteArray *proto_end(AxmlBuild *x)
{
        guint i = 0;
        GByteArray *out = proto_node(x, &i);
        axml_forget(x);
        return out;
}

/* ---- resources */

static inline GByteArray *proto_config(const ArscTable *t)
{
        GByteArray *out = g_byte_array_new();
        g_autoptr(GString) locale = g_string_new(t->language);
        if (t->script)
                g_string_append_printf(locale, "-%s", t->script);
        if (t->region)
                g_string_append_printf(locale, "-%s", t->region);
        if (locale->len)
                proto_text(out, 3, locale->str);
        if (t->density)
                proto_number(out, 18, t->density);
        return out;
}

static inline GByteArray *proto_value(const ArscTable *t, const ArscEntry *e)
{
        GByteArray *out = g_byte_array_new(), *value = g_byte_array_new(),
                   *item = proto_item(e->type, e->data);
        if (!item) {
                GByteArray *string = g_byte_array_new();
                proto_text(string, 1, e->text);
                item = g_byte_array_new();
                proto_message(item, 2, string);
        }
        proto_message(value, e->complex ? 5 : 4, item);
        proto_message(out, 1, proto_config(t));
        proto_message(out, 2, value);
        return out;
}

static inline GByteArray *proto_id(uint32_t id)
{
        GByteArray *out = g_byte_array_new();
        if (id)
                proto_number(out, 1, id);
        return out;
}

/* One package 0x7f, one type 0x01, as arsc_build makes them. */
static inline GByteArray *proto_table(const ArscTable *tables, size_t n)
{
        GByteArray *out = g_byte_array_new(), *package = g_byte_array_new(), *type = g_byte_array_new();
        proto_message(type, 1, proto_id(1));
        for (unsigned i = 0; i < G_N_ELEMENTS(tables->values); i++) {
                GByteArray *entry = g_byte_array_new();
                proto_message(entry, 1, proto_id(i));
                for (size_t k = 0; k < n; k++) {
                        if (i < tables[k].n && tables[k].values[i].type != RES_NULL)
                                proto_message(entry, 6, proto_value(&tables[k], &tables[k].values[i]));
                }
                proto_message(type, 3, entry);
        }
        proto_message(package, 1, proto_id(0x7f));
        proto_message(package, 3, type);
        proto_message(out, 2, package);
        return out;
}

#endif
