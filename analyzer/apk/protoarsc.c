/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/protoarsc.h"

#include "analyzer/apk/axml.h"
#include "analyzer/apk/chunkwrite.h"
#include "analyzer/apk/protoxml.h"

enum {
        TABLE = 0x0002,
        TABLE_HEADER = 12,
        PACKAGE = 0x0200,
        PACKAGE_HEADER = 288,
        TYPE = 0x0201,
        TYPE_SPARSE = 1,
        CONFIG_SIZE = 64,
        TYPE_HEADER = 20 + CONFIG_SIZE
};

/* Fields of the messages. */
enum {
        TABLE_PACKAGE = 2,
        ID_OF_IT = 1, /* of Package, Type and Entry: a message {id = 1}, a bare number in old ones */
        PACKAGE_TYPE = 3,
        TYPE_ENTRY = 3,
        ENTRY_VALUE = 6,
        CONFIG_VALUE_CONFIG = 1,
        CONFIG_VALUE_VALUE = 2,
        VALUE_ITEM = 4,
        CONFIG_LOCALE = 3
};

typedef struct {
        ChunkPool *pool;
        GByteArray *packages[256]; /* type chunks by package id; NULL: none yet */
        GHashTable *wanted;        /* ids to be found in this round */
        GHashTable *done;          /* ids asked for so far */
        GHashTable *next;          /* ids for the next round */
        size_t n;                  /* values taken */
        GError **error;
} Search;

/* ---- configurations */

/* Two letters as they are, three packed into fifteen bits (AOSP, ResTable_config::packLanguageOrRegion). */
static void pack_code(uint8_t out[2], const char *code, char base)
{
        if (strlen(code) == 2) {
                memcpy(out, code, 2);
        } else if (strlen(code) == 3) {
                unsigned a = (unsigned)(code[0] - base) & 31, b = (unsigned)(code[1] - base) & 31,
                         c = (unsigned)(code[2] - base) & 31;
                out[0] = (uint8_t)(0x80 | c << 2 | b >> 3);
                out[1] = (uint8_t)((b << 5 & 0xe0) | a);
        }
}

/* "zh-Hant-TW" into the places where ResTable_config has it; a variant is another condition. */
static unsigned put_locale(uint8_t config[CONFIG_SIZE], Span text)
{
        unsigned more = 0;
        g_autofree char *locale = g_strndup((const char *)text.data, MIN(text.len, 32u));
        g_auto(GStrv) parts = g_strsplit(locale, "-", 8);
        for (unsigned i = 0; parts[i]; i++) {
                const char *part = parts[i];
                size_t len = strlen(part);
                if (i == 0)
                        pack_code(config + 8, part, 'a');
                else if (len == 4 && g_ascii_isalpha(part[0]))
                        memcpy(config + 36, part, 4);
                else if (len == 2 || (len == 3 && g_ascii_isdigit(part[0])))
                        pack_code(config + 10, part, '0');
                else
                        more++;
        }
        return more;
}

static bool read_config(Span message, uint8_t config[CONFIG_SIZE])
{
        enum { FIRST = 12, MOST = 20 }; /* bytes that stand for conditions, whatever they are */
        unsigned conditions = 0;
        memset(config, 0, CONFIG_SIZE);
        config[0] = CONFIG_SIZE;
        Wire w = wire_over(message);
        while (wire_next(&w)) {
                if (wire_is(&w, CONFIG_LOCALE) && w.bytes.len)
                        conditions += put_locale(config, w.bytes);
                else if (w.type == WIRE_VARINT ? w.number != 0 : w.bytes.len > 0)
                        conditions++;
        }
        memset(config + FIRST, 1, MIN(conditions, (unsigned)MOST));
        return w.ok;
}

/* ---- values */

static void put_value(Search *s, uint32_t id, const uint8_t config[CONFIG_SIZE], const ProtoItem *item)
{
        GByteArray **out = &s->packages[id >> 24];
        if (!*out)
                *out = g_byte_array_new();
        uint32_t data = item->type == RES_STRING ? chunk_pool_add(s->pool, 0, item->text) : item->data;
        size_t at = chunk_begin(*out, TYPE, TYPE_HEADER);
        chunk_u8(*out, id >> 16 & 0xff);
        chunk_u8(*out, TYPE_SPARSE);
        chunk_u16(*out, 0);
        chunk_u32(*out, 1); /* entries */
        chunk_u32(*out, TYPE_HEADER + 4);
        g_byte_array_append(*out, config, CONFIG_SIZE);
        chunk_u16(*out, id & 0xffff);
        chunk_u16(*out, 0);
        chunk_u16(*out, 8); /* the entry: its size, no flags, no key */
        chunk_u16(*out, 0);
        chunk_u32(*out, 0);
        chunk_u16(*out, 8);
        chunk_u8(*out, 0);
        chunk_u8(*out, item->type);
        chunk_u32(*out, data);
        chunk_end(*out, at);
}

/* The item of a Value; compound ones have none. */
static bool find_item(Span value, ProtoItem *item, bool *have)
{
        *have = false;
        Wire w = wire_over(value);
        while (wire_next(&w)) {
                if (wire_is(&w, VALUE_ITEM))
                        *have = protoxml_item(w.bytes, item);
        }
        return w.ok;
}

static bool cut_off(Search *s, uint32_t id)
{
        return fault(s->error, FAULT_MALFORMED, "the message of resource 0x%08x breaks off", id);
}

static bool take_value(Search *s, uint32_t id, Span message)
{
        uint8_t config[CONFIG_SIZE];
        ProtoItem item = {0};
        bool have = false, ok = read_config(span_of(NULL, 0), config);
        Wire w = wire_over(message);
        while (ok && wire_next(&w)) {
                if (wire_is(&w, CONFIG_VALUE_CONFIG))
                        ok = read_config(w.bytes, config);
                else if (wire_is(&w, CONFIG_VALUE_VALUE))
                        ok = find_item(w.bytes, &item, &have);
        }
        if (!ok || !w.ok)
                return cut_off(s, id);
        if (!have)
                return true;
        if (++s->n > PROTOARSC_VALUES)
                return fault(s->error, FAULT_LIMIT, "more than %d values behind the manifest's references",
                             PROTOARSC_VALUES);
        put_value(s, id, config, &item);
        if ((item.type == RES_REFERENCE || item.type == RES_DYNAMIC_REFERENCE) &&
            g_hash_table_add(s->done, GUINT_TO_POINTER(item.data)))
                g_hash_table_add(s->next, GUINT_TO_POINTER(item.data));
        return true;
}

/* ---- the table */

static uint32_t id_of(Span message)
{
        Wire w = wire_over(message);
        while (wire_next(&w)) {
                if (w.field != ID_OF_IT)
                        continue;
                Wire inner = wire_over(w.bytes);
                if (w.type == WIRE_BYTES && wire_next(&inner) && inner.field == 1)
                        return (uint32_t)inner.number;
                return (uint32_t)w.number;
        }
        return 0;
}

static bool walk_entry(Search *s, uint32_t id, Span message)
{
        if (!g_hash_table_contains(s->wanted, GUINT_TO_POINTER(id)))
                return true;
        Wire w = wire_over(message);
        while (wire_next(&w)) {
                if (wire_is(&w, ENTRY_VALUE) && !take_value(s, id, w.bytes))
                        return false;
        }
        return w.ok || cut_off(s, id);
}

static bool walk_type(Search *s, uint32_t package, Span message)
{
        uint32_t type = (package & 0xff) << 24 | (id_of(message) & 0xff) << 16;
        Wire w = wire_over(message);
        while (wire_next(&w)) {
                if (wire_is(&w, TYPE_ENTRY) && !walk_entry(s, type | (id_of(w.bytes) & 0xffff), w.bytes))
                        return false;
        }
        return w.ok || cut_off(s, type);
}

static bool walk_package(Search *s, Span message)
{
        uint32_t package = id_of(message);
        Wire w = wire_over(message);
        while (wire_next(&w)) {
                if (wire_is(&w, PACKAGE_TYPE) && !walk_type(s, package, w.bytes))
                        return false;
        }
        return w.ok || cut_off(s, package << 24);
}

static bool walk(Search *s, Span table)
{
        Wire w = wire_over(table);
        while (wire_next(&w)) {
                if (wire_is(&w, TABLE_PACKAGE) && !walk_package(s, w.bytes))
                        return false;
        }
        return w.ok || fault(s->error, FAULT_MALFORMED, "%zu bytes are no resource table", table.len);
}

static bool search(Search *s, Span table)
{
        for (unsigned round = 0; round < PROTOARSC_ROUNDS && g_hash_table_size(s->wanted); round++) {
                if (!walk(s, table))
                        return false;
                GHashTable *found = s->wanted;
                s->wanted = s->next;
                s->next = found;
                g_hash_table_remove_all(s->next);
        }
        return true;
}

static Span write_table(const Search *s, Arena *arena)
{
        g_autoptr(GByteArray) out = g_byte_array_new();
        size_t at = chunk_begin(out, TABLE, TABLE_HEADER);
        chunk_u32(out, 1);
        chunk_pool_write(s->pool, out);
        for (unsigned i = 0; i < G_N_ELEMENTS(s->packages); i++) {
                if (!s->packages[i])
                        continue;
                size_t package = chunk_begin(out, PACKAGE, PACKAGE_HEADER);
                chunk_u32(out, i);
                while (out->len < package + PACKAGE_HEADER)
                        chunk_u8(out, 0);
                g_byte_array_append(out, s->packages[i]->data, s->packages[i]->len);
                chunk_end(out, package);
        }
        chunk_end(out, at);
        uint8_t *copy = arena_bytes(arena, out->len);
        memcpy(copy, out->data, out->len);
        return span_of(copy, out->len);
}

bool protoarsc_convert(Span table, const uint32_t *ids, size_t n, Arena *arena, Span *out, GError **error)
{
        Search s = {.pool = chunk_pool_new(arena),
                    .wanted = g_hash_table_new(NULL, NULL),
                    .done = g_hash_table_new(NULL, NULL),
                    .next = g_hash_table_new(NULL, NULL),
                    .error = error};
        for (size_t i = 0; i < n; i++) {
                g_hash_table_add(s.wanted, GUINT_TO_POINTER(ids[i]));
                g_hash_table_add(s.done, GUINT_TO_POINTER(ids[i]));
        }
        bool ok = search(&s, table);
        if (ok)
                *out = write_table(&s, arena);
        for (unsigned i = 0; i < G_N_ELEMENTS(s.packages); i++)
                g_clear_pointer(&s.packages[i], g_byte_array_unref);
        g_hash_table_unref(s.wanted);
        g_hash_table_unref(s.done);
        g_hash_table_unref(s.next);
        chunk_pool_free(s.pool);
        return ok;
}
