/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/apk/axmlodd.h"

#include "analyzer/apk/axml.h"
#include "core/cursor.h"

enum {
        TYPE_POOL = 0x0001,
        TYPE_FILE = 0x0003,
        TYPE_START_NAMESPACE = 0x0100,
        TYPE_END_NAMESPACE = 0x0101,
        TYPE_START = 0x0102,
        TYPE_END = 0x0103,
        TYPE_CDATA = 0x0104,
        TYPE_MAP = 0x0180,
        CHUNK_HEADER = 8,
        POOL_HEADER = 28,
        NODE_HEADER = 16,
        ATTRIBUTE_SIZE = 20,
        ATTRIBUTES_AT = 20,
        FRAMEWORK = 0x01 /* package of the ids */
};

typedef struct {
        Span bytes;
        Oddities *odd;
        Arena *arena;
        unsigned pools, maps;
        long namespaces; /* open ones */
} Walk;

static void note(Walk *w, const char *code, const char *where)
{
        oddity_note(w->odd, w->arena, code, false, span_str(where));
}

/* The place is only kept of the first. */
static void note_at(Walk *w, const char *code, size_t at)
{
        bool seen = oddity_seen(w->odd, code);
        note(w, code, seen ? NULL : arena_printf(w->arena, "at %zu", at));
}

/* ---- chunks */

typedef struct {
        uint16_t type, header;
        uint32_t size;
} Chunk;

static Chunk chunk_at(Span bytes, size_t at)
{
        Cursor c = cursor_at(bytes, at);
        Chunk k = {.type = cursor_u16(&c)};
        k.header = cursor_u16(&c);
        k.size = cursor_u32(&c);
        return c.ok ? k : (Chunk){0};
}

static void note_pool(Walk *w, Chunk k, size_t at)
{
        Span pool = span_part(w->bytes, at, k.size);
        Cursor c = cursor_at(pool, CHUNK_HEADER);
        uint32_t strings = cursor_u32(&c), styles = cursor_u32(&c);
        cursor_skip(&c, 4);
        uint32_t start = cursor_u32(&c), styles_at = cursor_u32(&c), lost = 0;
        uint32_t end = styles && styles_at > start ? styles_at : k.size;
        Cursor index = cursor_at(pool, k.header);
        for (uint32_t i = 0; i < strings && index.ok; i++)
                lost += cursor_u32(&index) >= end - MIN(start, end);
        if (lost || !index.ok)
                note(w, "manifest-string-index", arena_printf(w->arena, "%u of %u", lost, strings));
        if (++w->pools > 1)
                note_at(w, "manifest-second-pool", at);
}

static size_t usual_header(Chunk k)
{
        return k.type == TYPE_POOL ? POOL_HEADER : k.type == TYPE_MAP ? CHUNK_HEADER : NODE_HEADER;
}

static size_t usual_size(const Walk *w, Chunk k, size_t at)
{
        Cursor c = cursor_at(w->bytes, at + k.header + 8);
        uint16_t start = cursor_u16(&c), size = cursor_u16(&c), count = cursor_u16(&c);
        switch (k.type) {
        case TYPE_START: return k.header + start + (size_t)size * count;
        case TYPE_CDATA: return k.header + 12u;
        case TYPE_START_NAMESPACE:
        case TYPE_END_NAMESPACE:
        case TYPE_END: return k.header + 8u;
        default: return k.size;
        }
}

static bool is_known(unsigned type)
{
        return type == TYPE_POOL || type == TYPE_MAP || (type >= TYPE_START_NAMESPACE && type <= TYPE_CDATA);
}

static void note_chunk(Walk *w, Chunk k, size_t at)
{
        if (!is_known(k.type)) {
                note_at(w, "manifest-unknown-chunk", at);
                return;
        }
        if (k.header != usual_header(k))
                note_at(w, "manifest-header-size", at);
        if (k.size != usual_size(w, k, at))
                note_at(w, "manifest-node-junk", at);
        if (k.type == TYPE_POOL)
                note_pool(w, k, at);
        if (k.type == TYPE_MAP && ++w->maps > 1)
                note_at(w, "manifest-second-pool", at);
        if (k.type == TYPE_START) {
                Cursor c = cursor_at(w->bytes, at + k.header + 8);
                uint16_t start = cursor_u16(&c), size = cursor_u16(&c);
                if (cursor_u16(&c) && (start != ATTRIBUTES_AT || size != ATTRIBUTE_SIZE))
                        note_at(w, "manifest-attribute-layout", at);
        }
        w->namespaces += (k.type == TYPE_START_NAMESPACE) - (k.type == TYPE_END_NAMESPACE);
}

static void walk_chunks(Walk *w, size_t at)
{
        while (w->bytes.len - at >= CHUNK_HEADER) {
                Chunk k = chunk_at(w->bytes, at);
                if (k.size < CHUNK_HEADER || k.size > w->bytes.len - at)
                        return;
                note_chunk(w, k, at);
                at += k.size;
        }
        if (w->namespaces)
                note(w, "manifest-namespace-open", NULL);
}

/* ---- elements */

static bool is_framework_spelling(const char *name)
{
        static const char *const names[] = {
                "name",        "label",         "value",         "permission",
                "exported",    "enabled",       "debuggable",    "process",
                "authorities", "maxSdkVersion", "minSdkVersion", "targetSdkVersion",
                "allowBackup", "sharedUserId",  "versionCode",   "versionName"};
        for (size_t i = 0; name && i < G_N_ELEMENTS(names); i++) {
                if (g_str_equal(name, names[i]))
                        return true;
        }
        return false;
}

static void note_in(Walk *w, const char *code, Axml *xml, uint32_t id, const char *name)
{
        if (oddity_seen(w->odd, code))
                note(w, code, NULL);
        else if (id)
                note(w, code, arena_printf(w->arena, "0x%08x in <%s>", id, axml_name(xml)));
        else
                note(w, code, arena_printf(w->arena, "%s in <%s>", name, axml_name(xml)));
}

static void note_attribute(Walk *w, Axml *xml, size_t i)
{
        static const char android[] = "http://schemas.android.com/apk/res/android";
        AxmlAttribute a, other;
        if (!axml_attribute(xml, i, &a))
                return;
        const char *name = axml_string(xml, a.name), *ns = axml_string(xml, a.ns);
        if (!a.id && is_framework_spelling(name))
                note_in(w, "manifest-decoy-attribute", xml, 0, name);
        if (a.id >> 24 == FRAMEWORK && (!name || !*name || !ns || !g_str_equal(ns, android)))
                note_in(w, "manifest-attribute-name", xml, a.id, NULL);
        /* Sorted by id as they are, or ought to be, two of one id are neighbours. */
        if (a.id && i && axml_attribute(xml, i - 1, &other) && other.id == a.id)
                note_in(w, "manifest-second-attribute", xml, a.id, NULL);
}

static void walk_elements(Walk *w, Span bytes)
{
        Axml xml;
        if (!axml_open(&xml, bytes, false, w->arena, NULL))
                return;
        for (AxmlEvent event; (event = axml_next(&xml, NULL)) == AXML_START || event == AXML_END;) {
                if (event == AXML_END)
                        continue;
                if (xml.depth != 2 && g_str_has_prefix(axml_name(&xml), "uses-permission"))
                        note(w, "manifest-permission-elsewhere", axml_name(&xml));
                for (size_t i = 0, n = axml_attributes(&xml); i < n; i++)
                        note_attribute(w, &xml, i);
        }
}

void axmlodd_note(Span bytes, Oddities *odd, Arena *arena)
{
        Chunk file = chunk_at(bytes, 0);
        Walk w = {.bytes = span_part(bytes, 0, file.size), .odd = odd, .arena = arena};
        if (!w.bytes.len || file.header > file.size)
                return;
        if (file.type != TYPE_FILE)
                note(&w, "manifest-file-type", arena_printf(arena, "0x%04x", file.type));
        if (file.header != CHUNK_HEADER)
                note_at(&w, "manifest-header-size", 0);
        if (file.size < bytes.len)
                note(&w, "manifest-tail", arena_printf(arena, "%zu bytes", bytes.len - file.size));
        walk_chunks(&w, file.header);
        walk_elements(&w, bytes);
}
