/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arsc_build.h - resource tables in words: one package 0x7f, one type 0x01 with one string pool, and one type
 * table per configuration:
 *
 *     ArscTable tables[] = {{.values = {{RES_STRING, "Torch"}}, .n = 1},
 *                           {.language = "zh", .values = {{RES_STRING, "手电"}}, .n = 1}};
 *     GByteArray *bytes = arsc_build(tables, 2);             resource ids 0x7f010000 + i */
#ifndef TESTS_ARSC_BUILD_H
#define TESTS_ARSC_BUILD_H

#include "support/axml_build.h"

typedef enum { ARSC_PLAIN, ARSC_SPARSE, ARSC_OFFSET16 } ArscIndex;

typedef struct {
        ResType type;     /* RES_NULL: no entry */
        const char *text; /* RES_STRING */
        uint32_t data;    /* anything else */
        bool compact, complex;
} ArscEntry;

typedef struct {
        const char *language, *region, *script; /* "zh", "TW", "Hant"; three letters are packed */
        unsigned density;                       /* another condition */
        ArscIndex index;
        ArscEntry values[6];
        unsigned n;
} ArscTable;

static inline void put_locale_code(GByteArray *out, const char *code, char base)
{
        if (!code || strlen(code) != 3) {
                put8(out, code ? (unsigned char)code[0] : 0);
                put8(out, code ? (unsigned char)code[1] : 0);
                return;
        }
        unsigned a = (unsigned)(code[0] - base), b = (unsigned)(code[1] - base),
                 c = (unsigned)(code[2] - base);
        put8(out, 0x80 | c << 2 | b >> 3);
        put8(out, (b << 5 & 0xe0) | a);
}

static inline void put_config(GByteArray *out, const ArscTable *t)
{
        size_t at = out->len;
        put32(out, 64);
        put32(out, 0);
        put_locale_code(out, t->language, 'a');
        put_locale_code(out, t->region, '0');
        put16(out, 0);
        put16(out, t->density);
        while (out->len < at + 36)
                put8(out, 0);
        if (t->script)
                put_span(out, span_str(t->script));
        while (out->len < at + 64)
                put8(out, 0);
}

static inline void put_entry(GByteArray *out, const ArscEntry *e, AxmlPool *pool)
{
        uint32_t data = e->type == RES_STRING ? axml_pool_plain(pool, axml_keep(e->text)) : e->data;
        if (e->compact) {
                put16(out, 0);
                put16(out, 8 | (unsigned)e->type << 8);
                put32(out, data);
                return;
        }
        put16(out, 8);
        put16(out, e->complex ? 1 : 0);
        put32(out, 0);
        put16(out, 8);
        put8(out, 0);
        put8(out, e->type);
        put32(out, data);
}

static inline void put_type_table(GByteArray *out, const ArscTable *t, AxmlPool *pool)
{
        g_autoptr(GByteArray) index = g_byte_array_new();
        g_autoptr(GByteArray) entries = g_byte_array_new();
        unsigned count = 0;
        for (unsigned i = 0; i < t->n; i++) {
                bool none = t->values[i].type == RES_NULL;
                if (t->index == ARSC_SPARSE && !none) {
                        put16(index, i);
                        put16(index, entries->len / 4);
                } else if (t->index == ARSC_OFFSET16) {
                        put16(index, none ? 0xffff : entries->len / 4);
                } else if (t->index == ARSC_PLAIN) {
                        put32(index, none ? 0xffffffff : entries->len);
                }
                count += t->index != ARSC_SPARSE || !none;
                if (!none)
                        put_entry(entries, &t->values[i], pool);
        }
        while (index->len % 4)
                put8(index, 0);
        size_t at = out->len;
        put16(out, 0x0201);
        put16(out, 20 + 64);
        put32(out, 0); /* size, later */
        put8(out, 1);
        put8(out, t->index == ARSC_SPARSE ? 1 : t->index == ARSC_OFFSET16 ? 2 : 0);
        put16(out, 0);
        put32(out, count);
        put32(out, 20 + 64 + index->len);
        put_config(out, t);
        put_span(out, span_of_bytes(index));
        put_span(out, span_of_bytes(entries));
        end_node(out, at);
}

/* Free with g_byte_array_unref. */
static inline GByteArray *arsc_build(const ArscTable *tables, size_t n)
{
        g_autoptr(GPtrArray) strings = g_ptr_array_new();
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, 4);
        AxmlPool pool = {strings, ids, false, false};
        g_autoptr(GByteArray) types = g_byte_array_new();
        for (size_t i = 0; i < n; i++)
                put_type_table(types, &tables[i], &pool);
        GByteArray *out = g_byte_array_new();
        put16(out, 2);
        put16(out, 12);
        put32(out, 0);
        put32(out, 1);
        AxmlTricks utf8 = {.utf8 = true};
        put_string_pool(out, strings, &utf8);
        size_t package = out->len;
        put16(out, 0x0200);
        put16(out, 288);
        put32(out, 0);
        put32(out, 0x7f);
        while (out->len < package + 288)
                put8(out, 0);
        put_span(out, span_of_bytes(types));
        end_node(out, package);
        set32(out, 4, out->len);
        return out;
}

#endif
