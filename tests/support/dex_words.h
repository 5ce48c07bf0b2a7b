/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dex_words.h - dex files with members and code in words. Tables stand in the order in which things are mentioned first: tools
 * sort them, but nothing that reads one method at a time minds.
 *
 *     DexWords *d = dex_words();
 *     dex_says_class(d, "Lorg/meadow/app/Main;", "Landroid/app/Activity;");
 *     dex_says_method(d, "onCreate", "(Landroid/os/Bundle;)V");
 *     dex_calls(d, DEX_VIRTUAL, "Landroid/telephony/TelephonyManager;", "getDeviceId", "()Ljava/lang/String;");
 *     GByteArray *bytes = dex_words_end(d);                                                                          */
#ifndef TESTS_SUPPORT_DEX_WORDS_H
#define TESTS_SUPPORT_DEX_WORDS_H

#include "support/dex_build.h"

enum {
        DEX_PUBLIC = 1,
        DEX_STATIC_FLAG = 8,
        DEX_NATIVE_FLAG = 0x100,
        DEX_INTERFACE_FLAG = 0x200,
        DEX_ABSTRACT_FLAG = 0x400,
        DEX_CONSTRUCTOR_FLAG = 0x10000
};
enum { DEX_VIRTUAL = 0x6e, DEX_SUPER, DEX_DIRECT, DEX_STATIC, DEX_INTERFACE }; /* opcodes of calls */
enum { DEX_HEADER = 0x70, DEX_CODE_HEADER = 16 };

typedef struct {
        uint32_t method, flags;
        GByteArray *code; /* of 16-bit units; NULL: none */
        int shares;       /* number of the method in the file whose code it has, -1: its own */
        uint32_t code_at;
} DexWordsMethod;

typedef struct {
        uint32_t type, super, flags;
        GArray *interfaces; /* uint32_t, types */
        GArray *methods;    /* uint32_t, numbers in the file */
        uint32_t shares;    /* number of the class whose data it has, UINT32_MAX: its own */
        uint32_t data_at;
} DexWordsClass;

typedef struct {
        GPtrArray *texts;         /* strings, by index */
        GHashTable *known;        /* "kind text" -> index + 1 */
        GArray *types;            /* uint32_t, string */
        GPtrArray *protos;        /* char *, "(I)V" */
        GArray *fields, *methods; /* uint32_t[3]: class, type or proto, name */
        GArray *classes, *bodies; /* DexWordsClass, DexWordsMethod */
} DexWords;

static inline DexWords *dex_words(void)
{
        DexWords *d = g_new0(DexWords, 1);
        d->texts = g_ptr_array_new_with_free_func(g_free);
        d->protos = g_ptr_array_new_with_free_func(g_free);
        d->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        d->types = g_array_new(FALSE, TRUE, sizeof(uint32_t));
        d->fields = g_array_new(FALSE, TRUE, 3 * sizeof(uint32_t));
        d->methods = g_array_new(FALSE, TRUE, 3 * sizeof(uint32_t));
        d->classes = g_array_new(FALSE, TRUE, sizeof(DexWordsClass));
        d->bodies = g_array_new(FALSE, TRUE, sizeof(DexWordsMethod));
        return d;
}

/* True when this is new; *index is `next` then. */
static inline bool dex_words_new(DexWords *d, char *take_key, uint32_t next, uint32_t *index)
{
        gpointer known = g_hash_table_lookup(d->known, take_key);
        *index = known ? GPOINTER_TO_UINT(known) - 1 : next;
        if (known)
                g_free(take_key);
        else
                g_hash_table_insert(d->known, take_key, GUINT_TO_POINTER(next + 1));
        return !known;
}

static inline uint32_t dex_string_of(DexWords *d, const char *text)
{
        uint32_t index;
        if (dex_words_new(d, g_strconcat("s", text, NULL), d->texts->len, &index))
                g_ptr_array_add(d->texts, g_strdup(text));
        return index;
}

static inline uint32_t dex_type_of(DexWords *d, const char *descriptor)
{
        uint32_t index, string = dex_string_of(d, descriptor);
        if (dex_words_new(d, g_strconcat("t", descriptor, NULL), d->types->len, &index))
                g_array_append_val(d->types, string);
        return index;
}

/* Calls nothing back: the length of the first type in a prototype's text. */
static inline size_t dex_type_length(const char *at)
{
        size_t n = strspn(at, "[");
        return at[n] == 'L' ? n + strcspn(at + n, ";") + 1 : n + 1;
}

static inline uint32_t dex_proto_of(DexWords *d, const char *proto)
{
        uint32_t index;
        if (!dex_words_new(d, g_strconcat("p", proto, NULL), d->protos->len, &index))
                return index;
        g_ptr_array_add(d->protos, g_strdup(proto));
        for (const char *at = proto + 1; *at;) {
                size_t n = *at == ')' ? 0 : dex_type_length(at);
                g_autofree char *type = g_strndup(at, n);
                if (n)
                        dex_type_of(d, type);
                at += n ? n : 1;
        }
        return index;
}

static inline uint32_t dex_method_of(DexWords *d, const char *of, const char *name, const char *proto)
{
        uint32_t index, row[] = {dex_type_of(d, of), dex_proto_of(d, proto), dex_string_of(d, name)};
        if (dex_words_new(d, g_strconcat("m", of, "->", name, proto, NULL), d->methods->len, &index))
                g_array_append_vals(d->methods, row, 1);
        return index;
}

static inline uint32_t dex_field_of(DexWords *d, const char *of, const char *name, const char *type)
{
        uint32_t index, row[] = {dex_type_of(d, of), dex_type_of(d, type), dex_string_of(d, name)};
        if (dex_words_new(d, g_strconcat("f", of, "->", name, ":", type, NULL), d->fields->len, &index))
                g_array_append_vals(d->fields, row, 1);
        return index;
}

static inline DexWordsClass *dex_last_class(DexWords *d)
{
        return &g_array_index(d->classes, DexWordsClass, d->classes->len - 1);
}

static inline DexWordsMethod *dex_last_method(DexWords *d)
{
        return &g_array_index(d->bodies, DexWordsMethod, d->bodies->len - 1);
}

/* A public class; super NULL: none. What follows is of it. */
static inline void dex_says_class(DexWords *d, const char *descriptor, const char *super)
{
        DexWordsClass c = {.type = dex_type_of(d, descriptor),
                           .super = super ? dex_type_of(d, super) : UINT32_MAX,
                           .flags = DEX_PUBLIC,
                           .interfaces = g_array_new(FALSE, TRUE, sizeof(uint32_t)),
                           .methods = g_array_new(FALSE, TRUE, sizeof(uint32_t)),
                           .shares = UINT32_MAX};
        g_array_append_val(d->classes, c);
}

static inline void dex_says_interface(DexWords *d, const char *descriptor)
{
        dex_says_class(d, descriptor, "Ljava/lang/Object;");
        dex_last_class(d)->flags |= DEX_INTERFACE_FLAG | DEX_ABSTRACT_FLAG;
}

static inline void dex_says_implements(DexWords *d, const char *interface)
{
        uint32_t type = dex_type_of(d, interface);
        g_array_append_val(dex_last_class(d)->interfaces, type);
}

/* A method with code, so far none but what follows: static when it is a static initialiser, direct when a constructor. */
static inline void dex_says_method(DexWords *d, const char *name, const char *proto)
{
        DexWordsClass *c = dex_last_class(d);
        const char *of = g_ptr_array_index(d->texts, g_array_index(d->types, uint32_t, c->type));
        DexWordsMethod m = {.method = dex_method_of(d, of, name, proto),
                            .flags = DEX_PUBLIC,
                            .code = g_byte_array_new(),
                            .shares = -1};
        uint32_t number = d->bodies->len;
        if (name[0] == '<')
                m.flags |= DEX_CONSTRUCTOR_FLAG | (g_str_equal(name, "<clinit>") ? DEX_STATIC_FLAG : 0);
        g_array_append_val(d->bodies, m);
        g_array_append_val(dex_last_class(d)->methods, number);
}

static inline void dex_says_static(DexWords *d, const char *name, const char *proto)
{
        dex_says_method(d, name, proto);
        dex_last_method(d)->flags |= DEX_STATIC_FLAG;
}

static inline void dex_says_abstract(DexWords *d, const char *name, const char *proto)
{
        dex_says_method(d, name, proto);
        g_clear_pointer(&dex_last_method(d)->code, g_byte_array_unref);
        dex_last_method(d)->flags |= DEX_ABSTRACT_FLAG;
}

/* A method whose code is that of the `back`-th method before it. */
static inline void dex_says_same(DexWords *d, const char *name, const char *proto, int back)
{
        dex_says_abstract(d, name, proto);
        dex_last_method(d)->flags &= ~(uint32_t)DEX_ABSTRACT_FLAG;
        dex_last_method(d)->shares = (int)d->bodies->len - 1 - back;
}

/* ---- instructions of the last method */

static inline void dex_unit(DexWords *d, uint32_t unit)
{
        uint8_t bytes[] = {(uint8_t)unit, (uint8_t)(unit >> 8)};
        g_byte_array_append(dex_last_method(d)->code, bytes, 2);
}

static inline void dex_calls(DexWords *d, unsigned op, const char *of, const char *name, const char *proto)
{
        uint32_t method = dex_method_of(d, of, name, proto);
        dex_unit(d, op);
        dex_unit(d, method);
        dex_unit(d, 0);
}

static inline void dex_names(DexWords *d, const char *text) /* const-string v0 */
{
        uint32_t string = dex_string_of(d, text);
        dex_unit(d, string > 0xffff ? 0x1b : 0x1a);
        dex_unit(d, string);
        if (string > 0xffff)
                dex_unit(d, string >> 16);
}

static inline void dex_makes(DexWords *d, const char *type) /* new-instance v0 */
{
        uint32_t index = dex_type_of(d, type);
        dex_unit(d, 0x22);
        dex_unit(d, index);
}

static inline void dex_names_class(DexWords *d, const char *type) /* const-class v0 */
{
        uint32_t index = dex_type_of(d, type);
        dex_unit(d, 0x1c);
        dex_unit(d, index);
}

static inline void dex_reads(DexWords *d, const char *of, const char *name, const char *type) /* sget */
{
        uint32_t field = dex_field_of(d, of, name, type);
        dex_unit(d, type[0] == 'Z' ? 0x63 : 0x62);
        dex_unit(d, field);
}

static inline void dex_returns(DexWords *d)
{
        dex_unit(d, 0x0e);
}

/* ---- writing */

static inline void dex_put16(GByteArray *out, uint32_t value)
{
        uint8_t bytes[] = {(uint8_t)value, (uint8_t)(value >> 8)};
        g_byte_array_append(out, bytes, 2);
}

static inline void dex_put32(GByteArray *out, uint32_t value)
{
        dex_put16(out, value);
        dex_put16(out, value >> 16);
}

static inline void dex_put_uleb(GByteArray *out, uint32_t value)
{
        do {
                uint8_t byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
                g_byte_array_append(out, &byte, 1);
        } while (value >>= 7);
}

static inline void dex_align4(GByteArray *out)
{
        dex_grow(out, -out->len & 3);
}

static inline void dex_write_strings(DexWords *d, GByteArray *out, uint32_t ids)
{
        for (guint i = 0; i < d->texts->len; i++) {
                const char *text = g_ptr_array_index(d->texts, i);
                dex_poke(out, ids + 4 * i, out->len);
                dex_put_uleb(out, (uint32_t)strlen(text));
                g_byte_array_append(out, (const uint8_t *)text, (guint)strlen(text) + 1);
        }
}

static inline void dex_write_protos(DexWords *d, GByteArray *out, uint32_t ids)
{
        for (guint i = 0; i < d->protos->len; i++) {
                const char *at = (const char *)g_ptr_array_index(d->protos, i) + 1;
                uint32_t n = 0;
                dex_align4(out);
                uint32_t list = out->len;
                dex_put32(out, 0);
                for (; *at != ')'; n++) {
                        g_autofree char *type = g_strndup(at, dex_type_length(at));
                        dex_put16(out, dex_type_of(d, type));
                        at += dex_type_length(at);
                }
                dex_poke(out, list, n);
                dex_poke(out, ids + 12 * i + 4, dex_type_of(d, at + 1));
                dex_poke(out, ids + 12 * i + 8, n ? list : 0);
        }
}

static inline void dex_write_members(const GArray *rows, GByteArray *out, uint32_t ids)
{
        for (guint i = 0; i < rows->len; i++) {
                const uint32_t *row = (const uint32_t *)(const void *)rows->data + 3 * (size_t)i;
                dex_poke(out, ids + 8 * i, row[0] | row[1] << 16);
                dex_poke(out, ids + 8 * i + 4, row[2]);
        }
}

static inline void dex_write_code(DexWords *d, GByteArray *out)
{
        for (guint i = 0; i < d->bodies->len; i++) {
                DexWordsMethod *m = &g_array_index(d->bodies, DexWordsMethod, i);
                if (m->shares >= 0)
                        m->code_at = g_array_index(d->bodies, DexWordsMethod, m->shares).code_at;
                if (!m->code)
                        continue;
                dex_align4(out);
                m->code_at = dex_grow(out, DEX_CODE_HEADER);
                out->data[m->code_at] = 16; /* registers */
                dex_poke(out, m->code_at + 12, m->code->len / 2);
                g_byte_array_append(out, m->code->data, m->code->len);
        }
}

static inline int dex_by_method(const void *a, const void *b, void *words)
{
        GArray *bodies = ((DexWords *)words)->bodies;
        uint32_t x = g_array_index(bodies, DexWordsMethod, *(const uint32_t *)a).method;
        uint32_t y = g_array_index(bodies, DexWordsMethod, *(const uint32_t *)b).method;
        return (x > y) - (x < y);
}

static inline void dex_write_methods(DexWords *d, GByteArray *out, const GArray *list, bool virtuals,
                                     bool count)
{
        uint32_t n = 0, last = 0;
        for (guint i = 0; i < list->len; i++) {
                const DexWordsMethod *m =
                        &g_array_index(d->bodies, DexWordsMethod, g_array_index(list, uint32_t, i));
                if (!(m->flags & (DEX_STATIC_FLAG | DEX_CONSTRUCTOR_FLAG)) != virtuals)
                        continue;
                n++;
                if (count)
                        continue;
                dex_put_uleb(out, m->method - last);
                dex_put_uleb(out, m->flags);
                dex_put_uleb(out, m->code_at);
                last = m->method;
        }
        if (count)
                dex_put_uleb(out, n);
}

static inline void dex_write_classes(DexWords *d, GByteArray *out, uint32_t defs)
{
        for (guint i = 0; i < d->classes->len; i++) {
                DexWordsClass *c = &g_array_index(d->classes, DexWordsClass, i);
                uint32_t row[] = {c->type, c->flags, c->super, 0, UINT32_MAX, 0, 0, 0};
                dex_align4(out);
                row[3] = c->interfaces->len ? out->len : 0;
                if (c->interfaces->len)
                        dex_put32(out, c->interfaces->len);
                for (guint k = 0; k < c->interfaces->len; k++)
                        dex_put16(out, g_array_index(c->interfaces, uint32_t, k));
                c->data_at = row[6] = c->methods->len ? out->len : 0;
                if (c->shares != UINT32_MAX)
                        row[6] = g_array_index(d->classes, DexWordsClass, c->shares).data_at;
                if (c->methods->len) {
                        g_array_sort_with_data(c->methods, dex_by_method, d);
                        dex_put_uleb(out, 0);
                        dex_put_uleb(out, 0);
                        dex_write_methods(d, out, c->methods, false, true);
                        dex_write_methods(d, out, c->methods, true, true);
                        dex_write_methods(d, out, c->methods, false, false);
                        dex_write_methods(d, out, c->methods, true, false);
                }
                for (guint k = 0; k < G_N_ELEMENTS(row); k++)
                        dex_poke(out, defs + 32 * i + 4 * k, row[k]);
        }
}

static inline void dex_words_free(DexWords *d)
{
        for (guint i = 0; i < d->bodies->len; i++) {
                GByteArray *code = g_array_index(d->bodies, DexWordsMethod, i).code;
                if (code)
                        g_byte_array_unref(code);
        }
        for (guint i = 0; i < d->classes->len; i++) {
                g_array_unref(g_array_index(d->classes, DexWordsClass, i).interfaces);
                g_array_unref(g_array_index(d->classes, DexWordsClass, i).methods);
        }
        g_ptr_array_unref(d->texts);
        g_ptr_array_unref(d->protos);
        g_hash_table_unref(d->known);
        GArray *arrays[] = {d->types, d->fields, d->methods, d->classes, d->bodies};
        for (guint i = 0; i < G_N_ELEMENTS(arrays); i++)
                g_array_unref(arrays[i]);
        g_free(d);
}

/* The finished file, version 035. Frees the words. */
static inline GByteArray *dex_words_end(DexWords *d)
{
        GByteArray *out = g_byte_array_new();
        const uint32_t n[] = {d->texts->len,  d->types->len,   d->protos->len,
                              d->fields->len, d->methods->len, d->classes->len};
        static const uint32_t size[] = {4, 4, 12, 8, 8, 32};
        uint32_t at[G_N_ELEMENTS(n)];
        dex_grow(out, DEX_HEADER);
        for (unsigned i = 0; i < G_N_ELEMENTS(n); i++)
                at[i] = dex_grow(out, (size_t)n[i] * size[i]);
        for (guint i = 0; i < d->types->len; i++)
                dex_poke(out, at[1] + 4 * i, g_array_index(d->types, uint32_t, i));
        dex_write_protos(d, out, at[2]);
        dex_write_members(d->fields, out, at[3]);
        dex_write_members(d->methods, out, at[4]);
        dex_write_code(d, out);
        dex_write_classes(d, out, at[5]);
        dex_write_strings(d, out, at[0]);
        dex_align4(out);
        memcpy(out->data, "dex\n035", 8);
        dex_poke(out, 0x20, out->len);
        dex_poke(out, 0x24, DEX_HEADER);
        dex_poke(out, 0x28, 0x12345678);
        for (unsigned i = 0; i < G_N_ELEMENTS(n); i++) {
                dex_poke(out, 0x38 + 8 * i, n[i]);
                dex_poke(out, 0x3c + 8 * i, n[i] ? at[i] : 0);
        }
        dex_seal(out, 0);
        dex_words_free(d);
        return out;
}

#endif
