/* SPDX-License-Identifier: GPL-3.0-or-later */
/* axml_build.h - binary XML in words, with one irregularity at a time:
 *
 *     AxmlBuild *x = axml_begin();
 *     axml_open_tag(x, "manifest");
 *     axml_plain(x, "package", "com.example.app");
 *     axml_open_tag(x, "uses-permission");
 *     axml_text(x, ATTR_NAME, "android.permission.CAMERA");
 *     axml_close_tags(x, 2);
 *     GByteArray *bytes = axml_end(x, (AxmlTricks){0});                                                   */
#ifndef TESTS_AXML_BUILD_H
#define TESTS_AXML_BUILD_H

#include "support/zip_build.h"

#include "analyzer/apk/attribute.h"

#define AXML_ANDROID "http://schemas.android.com/apk/res/android"

typedef struct {
        unsigned file_type;             /* instead of 3 */
        unsigned file_header;           /* bytes, instead of 8; the difference is junk */
        unsigned tail;                  /* bytes behind the stated size */
        bool chunk_before_nodes;        /* of an unknown type */
        unsigned strange_node;          /* type of a node that nobody knows, in front of each element */
        unsigned node_header;           /* bytes, instead of 16 */
        unsigned attribute_size;        /* instead of 20 */
        unsigned attribute_start;       /* instead of 20 */
        unsigned junk_after_attributes; /* bytes, a multiple of 4 */
        uint32_t string_count;          /* instead of the true one */
        uint32_t string_count_more;     /* added to it */
        bool blank_names;               /* attribute names that have an id are spelled "" */
        bool utf8;
        bool no_namespaces; /* attributes carry no namespace */
        bool no_end_namespace;
        bool decoy_pool;     /* another string pool before the true one */
        bool unaligned_node; /* two bytes more in the first element's end */
        bool unterminated_pool;
        unsigned cut; /* bytes cut off the end, the stated size untouched */
} AxmlTricks;

typedef struct {
        const char *name, *ns, *raw;
        uint32_t id;
        uint8_t type;
        uint32_t data;
} AxmlBuildAttribute;

typedef struct {
        bool start;
        const char *tag, *words; /* words: a text node, nothing else set */
        GArray *attributes;      /* AxmlBuildAttribute */
} AxmlBuildNode;

typedef struct {
        GPtrArray *nodes, *open;
} AxmlBuild;

static inline const char *axml_keep(const char *s)
{
        return s ? g_intern_string(s) : NULL;
}

static inline AxmlBuild *axml_begin(void)
{
        AxmlBuild *x = g_new0(AxmlBuild, 1);
        x->nodes = g_ptr_array_new();
        x->open = g_ptr_array_new();
        return x;
}

static inline void axml_open_tag(AxmlBuild *x, const char *tag)
{
        AxmlBuildNode *node = g_new0(AxmlBuildNode, 1);
        node->start = true;
        node->tag = axml_keep(tag);
        node->attributes = g_array_new(FALSE, TRUE, sizeof(AxmlBuildAttribute));
        g_ptr_array_add(x->nodes, node);
        g_ptr_array_add(x->open, node);
}

static inline void axml_close_tags(AxmlBuild *x, int n)
{
        for (; n > 0; n--) {
                AxmlBuildNode *node = g_new0(AxmlBuildNode, 1);
                node->tag = ((AxmlBuildNode *)g_ptr_array_index(x->open, x->open->len - 1))->tag;
                g_ptr_array_set_size(x->open, (gint)x->open->len - 1);
                g_ptr_array_add(x->nodes, node);
        }
}

static inline void axml_words(AxmlBuild *x, const char *words) /* text inside the open element */
{
        AxmlBuildNode *node = g_new0(AxmlBuildNode, 1);
        node->words = axml_keep(words);
        g_ptr_array_add(x->nodes, node);
}

static inline void axml_attribute_of(AxmlBuild *x, AxmlBuildAttribute a)
{
        AxmlBuildNode *node = g_ptr_array_index(x->nodes, x->nodes->len - 1);
        g_assert(node->start);
        a.name = axml_keep(a.name);
        a.ns = axml_keep(a.ns);
        a.raw = axml_keep(a.raw);
        g_array_append_val(node->attributes, a);
}

/* How the framework spells an id; what is not listed is spelled by its number. */
static inline const char *axml_spelling(uint32_t id)
{
        static const struct {
                uint32_t id;
                const char *name;
        } names[] = {
                {ATTR_LABEL, "label"},
                {ATTR_NAME, "name"},
                {ATTR_PERMISSION, "permission"},
                {ATTR_EXPORTED, "exported"},
                {ATTR_PROCESS, "process"},
                {ATTR_AUTHORITIES, "authorities"},
                {ATTR_VALUE, "value"},
                {ATTR_MIN_SDK_VERSION, "minSdkVersion"},
                {ATTR_VERSION_CODE, "versionCode"},
                {ATTR_VERSION_NAME, "versionName"},
                {ATTR_TARGET_SDK_VERSION, "targetSdkVersion"},
                {ATTR_MAX_SDK_VERSION, "maxSdkVersion"},
        };
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                if (names[i].id == id)
                        return names[i].name;
        }
        g_autofree char *number = g_strdup_printf("attr_%08x", id);
        return g_intern_string(number);
}

static inline void axml_text(AxmlBuild *x, uint32_t id, const char *text)
{
        axml_attribute_of(x, (AxmlBuildAttribute){.name = axml_spelling(id),
                                                  .ns = AXML_ANDROID,
                                                  .raw = text,
                                                  .id = id,
                                                  .type = RES_STRING});
}

static inline void axml_typed(AxmlBuild *x, uint32_t id, ResType type, uint32_t data)
{
        axml_attribute_of(x, (AxmlBuildAttribute){.name = axml_spelling(id),
                                                  .ns = AXML_ANDROID,
                                                  .id = id,
                                                  .type = (uint8_t)type,
                                                  .data = data});
}

static inline void axml_number(AxmlBuild *x, uint32_t id, int32_t n)
{
        axml_typed(x, id, RES_INT_DEC, (uint32_t)n);
}

static inline void axml_truth(AxmlBuild *x, uint32_t id, bool v)
{
        axml_typed(x, id, RES_INT_BOOLEAN, v ? 0xffffffff : 0);
}

static inline void axml_reference(AxmlBuild *x, uint32_t id, uint32_t resource)
{
        axml_typed(x, id, RES_REFERENCE, resource);
}

/* Without namespace and id, typed: what aapt2 makes of "true" in a file of res/xml. */
static inline void axml_plain_truth(AxmlBuild *x, const char *name, bool v)
{
        axml_attribute_of(
                x, (AxmlBuildAttribute){.name = name, .type = RES_INT_BOOLEAN, .data = v ? 0xffffffff : 0});
}

/* Without namespace and id: `package`, and decoys. */
static inline void axml_plain(AxmlBuild *x, const char *name, const char *text)
{
        axml_attribute_of(x, (AxmlBuildAttribute){.name = name, .raw = text, .type = RES_STRING});
}

/* ---- writing it down: names that have ids come first in the pool, in the order of the resource map
 * ------------- */

typedef struct {
        GPtrArray *strings;
        GArray *ids;
        bool blank, no_ns;
} AxmlPool;

static inline uint32_t axml_pool_named(AxmlPool *p, const char *name, uint32_t id)
{
        for (guint i = 0; i < p->ids->len; i++) {
                if (g_array_index(p->ids, uint32_t, i) == id)
                        return i;
        }
        g_array_append_val(p->ids, id);
        g_ptr_array_add(p->strings, (char *)(p->blank ? "" : name));
        return p->ids->len - 1;
}

static inline uint32_t axml_pool_plain(AxmlPool *p, const char *s)
{
        if (!s)
                return STRPOOL_NONE;
        for (guint i = p->ids->len; i < p->strings->len; i++) {
                if (g_str_equal(g_ptr_array_index(p->strings, i), s))
                        return i;
        }
        g_ptr_array_add(p->strings, (char *)s);
        return p->strings->len - 1;
}

static inline void put_string8(GByteArray *out, const char *s)
{
        g_autofree gunichar2 *wide = g_utf8_to_utf16(s, -1, NULL, NULL, NULL);
        size_t units = 0, bytes = strlen(s);
        while (wide[units])
                units++;
        size_t lengths[] = {units, bytes};
        for (int i = 0; i < 2; i++) {
                if (lengths[i] > 0x7f)
                        put8(out, (unsigned)(lengths[i] >> 8 & 0x7f) | 0x80);
                put8(out, lengths[i] & 0xff);
        }
        put_span(out, span_str(s));
        put8(out, 0);
}

static inline void put_string16(GByteArray *out, const char *s)
{
        glong units = 0;
        g_autofree gunichar2 *wide = g_utf8_to_utf16(s, -1, NULL, &units, NULL);
        if (units > 0x7fff)
                put16(out, (unsigned)(units >> 16) | 0x8000);
        put16(out, (unsigned)units & 0xffff);
        for (glong i = 0; i <= units; i++)
                put16(out, wide[i]);
}

static inline void put_string_pool(GByteArray *out, GPtrArray *strings, const AxmlTricks *t)
{
        g_autoptr(GByteArray) data = g_byte_array_new();
        size_t at = out->len;
        put16(out, 1);
        put16(out, 28);
        put32(out, 0); /* size, later */
        put32(out, t->string_count ? t->string_count : strings->len + t->string_count_more);
        put32(out, 0);
        put32(out, t->utf8 ? 0x100 : 0);
        put32(out, 28 + 4ull * (strings->len + t->string_count_more));
        put32(out, 0);
        for (guint i = 0; i < strings->len; i++) {
                put32(out, data->len);
                if (t->utf8)
                        put_string8(data, g_ptr_array_index(strings, i));
                else
                        put_string16(data, g_ptr_array_index(strings, i));
        }
        for (uint32_t i = 0; i < t->string_count_more; i++)
                put32(out, 0x7fffffff);
        while (data->len % 4)
                put8(data, 0);
        put32(data, t->unterminated_pool ? 0x41414141 : 0);
        put_span(out, span_of_bytes(data));
        set32(out, at + 4, (uint32_t)(out->len - at));
}

static inline size_t put_node_header(GByteArray *out, unsigned type, const AxmlTricks *t)
{
        size_t at = out->len, header = t->node_header ? t->node_header : 16;
        put16(out, type);
        put16(out, (unsigned)header);
        put32(out, 0); /* size, later */
        put32(out, 7); /* line */
        put32(out, STRPOOL_NONE);
        while (out->len < at + header)
                put8(out, 0xee);
        return at;
}

static inline void end_node(GByteArray *out, size_t at)
{
        set32(out, at + 4, (uint32_t)(out->len - at));
}

static inline void put_start(GByteArray *out, AxmlPool *p, const AxmlBuildNode *node, const AxmlTricks *t)
{
        unsigned size = t->attribute_size ? t->attribute_size : 20,
                 start = t->attribute_start ? t->attribute_start : 20;
        size_t at = put_node_header(out, 0x0102, t), body = out->len;
        put32(out, STRPOOL_NONE);
        put32(out, axml_pool_plain(p, node->tag));
        put16(out, start);
        put16(out, size);
        put16(out, node->attributes->len);
        put32(out, 0);
        put16(out, 0);
        while (out->len < body + start)
                put8(out, 0xee);
        for (guint i = 0; i < node->attributes->len; i++) {
                const AxmlBuildAttribute *a = &g_array_index(node->attributes, AxmlBuildAttribute, i);
                size_t one = out->len;
                put32(out, p->no_ns ? STRPOOL_NONE : axml_pool_plain(p, a->ns));
                put32(out, a->id ? axml_pool_named(p, a->name, a->id) : axml_pool_plain(p, a->name));
                put32(out, axml_pool_plain(p, a->raw));
                put16(out, 8);
                put8(out, 0);
                put8(out, a->type);
                put32(out, a->type == RES_STRING && a->raw ? axml_pool_plain(p, a->raw) : a->data);
                while (out->len < one + size)
                        put8(out, 0xee);
        }
        for (unsigned i = 0; i < t->junk_after_attributes; i++)
                put8(out, 0xee);
        end_node(out, at);
}

static inline void put_two_strings(GByteArray *out, unsigned type, uint32_t a, uint32_t b, unsigned more,
                                   const AxmlTricks *t)
{
        size_t at = put_node_header(out, type, t);
        put32(out, a);
        put32(out, b);
        for (; more; more--)
                put8(out, 0);
        end_node(out, at);
}

static inline void put_words(GByteArray *out, uint32_t words, const AxmlTricks *t)
{
        size_t at = put_node_header(out, 0x0104, t);
        put32(out, words);
        put32(out, 8);
        put32(out, 0);
        end_node(out, at);
}

static inline void put_nodes(GByteArray *out, AxmlBuild *x, AxmlPool *p, const AxmlTricks *t)
{
        uint32_t prefix = axml_pool_plain(p, "android"), uri = axml_pool_plain(p, AXML_ANDROID);
        bool ended = false;
        put_two_strings(out, 0x0100, prefix, uri, 0, t);
        for (guint i = 0; i < x->nodes->len; i++) {
                const AxmlBuildNode *node = g_ptr_array_index(x->nodes, i);
                if (t->strange_node)
                        put_two_strings(out, t->strange_node, 1, 2, 0, t);
                if (node->start) {
                        put_start(out, p, node, t);
                        continue;
                }
                if (node->words) {
                        put_words(out, axml_pool_plain(p, node->words), t);
                        continue;
                }
                put_two_strings(out, 0x0103, STRPOOL_NONE, axml_pool_plain(p, node->tag),
                                t->unaligned_node && !ended ? 2 : 0, t);
                ended = true;
        }
        if (!t->no_end_namespace)
                put_two_strings(out, 0x0101, prefix, uri, 0, t);
}

static inline void axml_forget(AxmlBuild *x)
{
        for (guint i = 0; i < x->nodes->len; i++) {
                AxmlBuildNode *node = g_ptr_array_index(x->nodes, i);
                if (node->attributes)
                        g_array_unref(node->attributes);
                g_free(node);
        }
        g_ptr_array_unref(x->nodes);
        g_ptr_array_unref(x->open);
        g_free(x);
}

/* Writes the document down and forgets the words. Free with g_byte_array_unref. */
static inline GByteArray *axml_end(AxmlBuild *x, AxmlTricks t)
{
        g_autoptr(GPtrArray) strings = g_ptr_array_new();
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, 4);
        AxmlPool pool = {strings, ids, t.blank_names, t.no_namespaces};
        for (guint i = 0; i < x->nodes->len; i++) {
                const AxmlBuildNode *node = g_ptr_array_index(x->nodes, i);
                for (guint k = 0; node->start && k < node->attributes->len; k++) {
                        const AxmlBuildAttribute *a = &g_array_index(node->attributes, AxmlBuildAttribute, k);
                        if (a->id)
                                axml_pool_named(&pool, a->name, a->id);
                }
        }
        g_autoptr(GByteArray) nodes = g_byte_array_new();
        put_nodes(nodes, x, &pool, &t);
        axml_forget(x);

        GByteArray *out = g_byte_array_new();
        put16(out, t.file_type ? t.file_type : 3);
        put16(out, t.file_header ? t.file_header : 8);
        put32(out, 0);
        while (out->len < t.file_header)
                put8(out, 0xee);
        AxmlTricks regular = {.utf8 = t.utf8};
        if (t.decoy_pool) {
                g_autoptr(GPtrArray) decoys = g_ptr_array_new();
                for (guint i = 0; i < strings->len; i++)
                        g_ptr_array_add(decoys, "decoy");
                put_string_pool(out, decoys, &regular);
        }
        put_string_pool(out, strings, &t);
        put16(out, 0x0180);
        put16(out, 8);
        put32(out, 8 + 4ull * ids->len);
        for (guint i = 0; i < ids->len; i++)
                put32(out, g_array_index(ids, uint32_t, i));
        if (t.chunk_before_nodes) {
                put16(out, 0x0777);
                put16(out, 8);
                put32(out, 12);
                put32(out, 0x12345678);
        }
        put_span(out, span_of_bytes(nodes));
        set32(out, 4, out->len);
        for (unsigned i = 0; i < t.tail; i++)
                put8(out, 0xee);
        g_byte_array_set_size(out, out->len - t.cut);
        return out;
}

#endif
