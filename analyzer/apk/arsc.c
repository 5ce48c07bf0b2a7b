/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/arsc.h"

#include "core/cursor.h"

#include <stdlib.h>

enum {
        CHUNK_STRING_POOL = 0x0001,
        CHUNK_TABLE = 0x0002,
        CHUNK_PACKAGE = 0x0200,
        CHUNK_TYPE = 0x0201,
        CHUNK_HEADER = 8,
        TYPE_HEADER = 20, /* in front of the configuration */
        TYPE_SPARSE = 1,
        TYPE_OFFSET16 = 2,
        ENTRY_COMPLEX = 1,
        ENTRY_COMPACT = 8
};

typedef struct {
        uint8_t package, type;
        Span chunk;
} TypeTable;

struct Arsc {
        Arena *arena;
        StrPool pool; /* the values' strings */
        size_t n_types;
        TypeTable **types;
        bool cut; /* only the front of the table is here */
};

typedef struct {
        uint16_t type, header_size;
        uint32_t size;
} Chunk;

/* A chunk of something of `size` bytes, of which `bytes` is the front. */
static bool chunk_at(Span bytes, size_t size, size_t at, Chunk *k)
{
        Cursor c = cursor_at(bytes, at);
        k->type = cursor_u16(&c);
        k->header_size = cursor_u16(&c);
        k->size = cursor_u32(&c);
        return c.ok && k->header_size >= CHUNK_HEADER && k->header_size <= k->size && k->size <= size - at;
}

static bool chunk_fault(GError **error, const char *where, size_t at, Chunk k, size_t left)
{
        return fault(error, FAULT_MALFORMED,
                     "chunk 0x%04x at %zu of the %s does not fit: header %u, size %u, %zu left", k.type, at,
                     where, k.header_size, k.size, left);
}

static size_t left(Span bytes, size_t at)
{
        return bytes.len - MIN(bytes.len, at);
}

static bool list_types(Arsc *arsc, Span package, size_t size, size_t header_size, GError **error)
{
        Cursor c = cursor_at(package, CHUNK_HEADER);
        uint8_t id = (uint8_t)cursor_u32(&c);
        for (size_t at = header_size; left(package, at) >= CHUNK_HEADER;) {
                Chunk k;
                if (!chunk_at(package, size, at, &k))
                        return chunk_fault(error, "package", at, k, size - at);
                bool here = k.size <= package.len - at;
                if (here && k.type == CHUNK_TYPE && k.header_size > TYPE_HEADER) {
                        TypeTable *t = arena_new0(arsc->arena, TypeTable);
                        *t = (TypeTable){id, package.data[at + CHUNK_HEADER], span_part(package, at, k.size)};
                        arena_push(arsc->arena, &arsc->n_types, &arsc->types, t);
                }
                at += k.size;
        }
        return true;
}

static bool read_table(Arsc *arsc, Span bytes, size_t size, GError **error)
{
        Chunk table;
        if (!chunk_at(bytes, size, 0, &table) || table.type != CHUNK_TABLE)
                return fault(error, FAULT_MALFORMED, "%zu bytes do not start with a resource table", size);
        size = table.size;
        bytes = span_part(bytes, 0, MIN(bytes.len, size));
        bool have_pool = false;
        for (size_t at = table.header_size; left(bytes, at) >= CHUNK_HEADER;) {
                Chunk k;
                if (!chunk_at(bytes, size, at, &k))
                        return chunk_fault(error, "table", at, k, size - at);
                Span chunk = span_part(bytes, at, MIN(k.size, bytes.len - at));
                if (k.type == CHUNK_STRING_POOL && !have_pool && chunk.len == k.size)
                        have_pool = strpool_open(&arsc->pool, chunk, false);
                else if (k.type == CHUNK_PACKAGE && !list_types(arsc, chunk, k.size, k.header_size, error))
                        return false;
                at += k.size;
        }
        return true;
}

Arsc *arsc_open(Span bytes, Arena *arena, GError **error)
{
        Arsc *arsc = arena_new0(arena, Arsc);
        arsc->arena = arena;
        return read_table(arsc, bytes, bytes.len, error) ? arsc : NULL;
}

Arsc *arsc_open_front(Span front, size_t size, Arena *arena, GError **error)
{
        Arsc *arsc = arena_new0(arena, Arsc);
        arsc->arena = arena;
        arsc->cut = true;
        return front.len < CHUNK_HEADER || read_table(arsc, front, size, error) ? arsc : NULL;
}

bool arsc_is_cut(const Arsc *arsc)
{
        return arsc->cut;
}

/* ---- one entry of one type table
 * ----------------------------------------------------------------------------- */

/* Where entry i starts in its type table, counted from entriesStart; false when it has none. */
static bool entry_offset(Span type, size_t header_size, uint8_t flags, uint32_t count, uint32_t i,
                         size_t *offset)
{
        if (flags & TYPE_SPARSE) {
                uint32_t low = 0, high = count;
                while (low < high) {
                        uint32_t middle = low + (high - low) / 2;
                        Cursor c = cursor_at(type, header_size + (size_t)middle * 4);
                        uint32_t at = cursor_u16(&c);
                        *offset = (size_t)cursor_u16(&c) * 4;
                        if (!c.ok || at == i)
                                return c.ok;
                        if (at < i)
                                low = middle + 1;
                        else
                                high = middle;
                }
                return false;
        }
        if (i >= count)
                return false;
        bool narrow = flags & TYPE_OFFSET16;
        Cursor c = cursor_at(type, header_size + (size_t)i * (narrow ? 2 : 4));
        uint32_t raw = narrow ? cursor_u16(&c) : cursor_u32(&c);
        *offset = narrow ? (size_t)raw * 4 : raw;
        return c.ok && raw != (narrow ? 0xffff : 0xffffffff);
}

static bool read_entry(Span type, size_t at, ResValue *value)
{
        Cursor c = cursor_at(type, at);
        uint16_t size = cursor_u16(&c), flags = cursor_u16(&c);
        uint32_t key = cursor_u32(&c);
        if (flags & ENTRY_COMPACT) {
                *value = (ResValue){(uint8_t)(flags >> 8), key};
                return c.ok;
        }
        if (!c.ok || (flags & ENTRY_COMPLEX))
                return false;
        c = cursor_at(type, at + size);
        cursor_skip(&c, 3); /* size, reserved */
        value->type = cursor_u8(&c);
        value->data = cursor_u32(&c);
        return c.ok;
}

static bool find_entry(Span type, uint32_t i, ResValue *value)
{
        Cursor c = cursor_at(type, 2);
        uint16_t header_size = cursor_u16(&c);
        cursor_skip(&c, 5); /* size, id */
        uint8_t flags = cursor_u8(&c);
        cursor_skip(&c, 2);
        uint32_t count = cursor_u32(&c), start = cursor_u32(&c);
        size_t offset;
        return c.ok && entry_offset(type, header_size, flags, count, i, &offset) &&
               read_entry(type, (size_t)start + offset, value);
}

/* ---- configurations
 * ------------------------------------------------------------------------------------------ */

/* Two letters as they are, or three letters of five bits each when bit 7 of the first byte is set. */
static void put_code(char *out, const uint8_t b[2], char base)
{
        if (!b[0])
                return;
        char code[4] = {(char)b[0], (char)b[1], 0, 0};
        if (b[0] & 0x80) {
                code[0] = (char)(base + (b[1] & 0x1f));
                code[1] = (char)(base + ((b[1] & 0xe0) >> 5 | (b[0] & 0x03) << 3));
                code[2] = (char)(base + ((b[0] & 0x7c) >> 2));
        }
        for (int i = 0; code[i]; i++) {
                if (!g_ascii_isalnum(code[i]))
                        return;
        }
        if (out[0])
                g_strlcat(out, "-", ARSC_LOCALE_SIZE);
        g_strlcat(out, code, ARSC_LOCALE_SIZE);
}

typedef struct {
        char locale[ARSC_LOCALE_SIZE];
        unsigned conditions; /* bytes of the configuration besides the locale that are not zero */
} Config;

/* ResTable_config, of any length: size, then mcc/mnc 4, language 8, region 10, ... script 36, variant 40. */
static Config read_config(Span type)
{
        Config config = {0};
        Cursor c = cursor_at(type, TYPE_HEADER);
        uint32_t size = cursor_u32(&c);
        Span bytes = span_part(type, TYPE_HEADER, MIN(size, 64));
        if (!c.ok || size < 4 || !bytes.len)
                return config;
        uint8_t b[64] = {0};
        memcpy(b, bytes.data, bytes.len);
        put_code(config.locale, b + 8, 'a');
        /* A script the tool computed from language and region (byte 52) was not asked for. */
        if (b[36] && !b[52] && config.locale[0] && g_ascii_isalpha(b[36])) {
                char script[6] = {'-', (char)b[36], (char)b[37], (char)b[38], (char)b[39], 0};
                if (g_str_is_ascii(script))
                        g_strlcat(config.locale, script, ARSC_LOCALE_SIZE);
        }
        if (config.locale[0])
                put_code(config.locale, b + 10, '0');
        for (size_t i = 4; i < 52; i++) {
                bool of_locale = (i >= 8 && i < 12) || (i >= 36 && i < 48);
                config.conditions += !of_locale && b[i];
        }
        return config;
}

/* ---- from id to values
 * --------------------------------------------------------------------------------------- */

typedef struct {
        const Arsc *arsc;
        unsigned work;
} Search;

typedef struct {
        ArscValue value;
        unsigned conditions;
} Choice;

/* Keeps one choice per locale, the one with the fewest conditions, the first of equals. */
static void choose(GArray *choices, const ArscValue *value, unsigned conditions)
{
        for (guint i = 0; i < choices->len; i++) {
                Choice *c = &g_array_index(choices, Choice, i);
                if (!g_str_equal(c->value.locale, value->locale))
                        continue;
                if (conditions < c->conditions)
                        *c = (Choice){*value, conditions};
                return;
        }
        Choice c = {*value, conditions};
        g_array_append_val(choices, c);
}

static void collect(Search *s, uint32_t id, unsigned depth, GArray *choices);

static const ArscValue *best_for(GArray *choices, const char *locale)
{
        const ArscValue *plain = NULL;
        for (guint i = 0; i < choices->len; i++) {
                const ArscValue *v = &g_array_index(choices, Choice, i).value;
                if (g_str_equal(v->locale, locale))
                        return v;
                if (!v->locale[0])
                        plain = v;
        }
        return plain;
}

/* A reference in the default configuration brings all locales of what it points to; one in a locale brings
 * that locale. */
static void follow(Search *s, const ArscValue *from, unsigned conditions, unsigned depth, GArray *choices)
{
        if (depth >= ARSC_REFERENCE_DEPTH)
                return;
        g_autoptr(GArray) behind = g_array_new(FALSE, TRUE, sizeof(Choice));
        collect(s, from->value.data, depth + 1, behind);
        if (from->locale[0]) {
                const ArscValue *best = best_for(behind, from->locale);
                if (!best)
                        return;
                ArscValue v = *best;
                memcpy(v.locale, from->locale, sizeof v.locale);
                choose(choices, &v, conditions);
                return;
        }
        for (guint i = 0; i < behind->len; i++) {
                Choice *c = &g_array_index(behind, Choice, i);
                /* What is stated for a locale itself outranks what a default brings along. In a table that is cut a
                 * default is sure only when every step to it is. */
                unsigned more = c->value.locale[0] ? 1000 : s->arsc->cut ? c->conditions : 0;
                choose(choices, &c->value, conditions + more);
        }
}

static void collect(Search *s, uint32_t id, unsigned depth, GArray *choices)
{
        uint8_t package = (uint8_t)(id >> 24), type = (uint8_t)(id >> 16);
        for (size_t i = 0; i < s->arsc->n_types; i++) {
                const TypeTable *t = s->arsc->types[i];
                ArscValue v = {0};
                if (t->type != type || t->package != package)
                        continue;
                if (++s->work > ARSC_WORK_LIMIT)
                        return;
                if (!find_entry(t->chunk, id & 0xffff, &v.value) || v.value.type == RES_NULL)
                        continue;
                Config config = read_config(t->chunk);
                memcpy(v.locale, config.locale, sizeof v.locale);
                if (v.value.type == RES_REFERENCE || v.value.type == RES_DYNAMIC_REFERENCE) {
                        follow(s, &v, config.conditions, depth, choices);
                        continue;
                }
                if (v.value.type == RES_STRING &&
                    !(v.text = strpool_get(&s->arsc->pool, v.value.data, s->arsc->arena)))
                        continue;
                choose(choices, &v, config.conditions);
        }
}

static int by_locale(const void *a, const void *b)
{
        return strcmp(((const ArscValue *)a)->locale, ((const ArscValue *)b)->locale);
}

size_t arsc_values(const Arsc *arsc, uint32_t id, const ArscValue **values)
{
        Search search = {arsc, 0};
        g_autoptr(GArray) choices = g_array_new(FALSE, TRUE, sizeof(Choice));
        if (!arsc->cut)
                collect(&search, id, 0, choices);
        ArscValue *list = arena_array(arsc->arena, ArscValue, choices->len);
        for (guint i = 0; i < choices->len; i++)
                list[i] = g_array_index(choices, Choice, i).value;
        qsort(list, choices->len, sizeof *list, by_locale);
        *values = list;
        return choices->len;
}

static const ArscValue *sure_default(const Arsc *arsc, uint32_t id)
{
        Search search = {arsc, 0};
        g_autoptr(GArray) choices = g_array_new(FALSE, TRUE, sizeof(Choice));
        collect(&search, id, 0, choices);
        for (guint i = 0; i < choices->len; i++) {
                const Choice *c = &g_array_index(choices, Choice, i);
                if (c->value.locale[0] || c->conditions)
                        continue;
                ArscValue *value = arena_new0(arsc->arena, ArscValue);
                *value = c->value;
                return value;
        }
        return NULL;
}

const ArscValue *arsc_default(const Arsc *arsc, uint32_t id)
{
        const ArscValue *values;
        if (arsc->cut)
                return sure_default(arsc, id);
        size_t n = arsc_values(arsc, id, &values);
        for (size_t i = 0; i < n; i++) {
                if (!values[i].locale[0] || g_str_equal(values[i].locale, "en"))
                        return &values[i];
        }
        return n ? &values[0] : NULL;
}
