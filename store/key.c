/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/key.h"

/* First byte of the rows of `meta`, which holds three kinds. */
enum { META_NAMED = 'm', META_SCHEMA = 's', META_FACT = 'f' };

typedef enum { END, SWEEP, LAYER, MARKET, PACKAGE, ARTIFACT, PASSES, NAME } Part;

typedef struct {
        const char *name;
        uint8_t tag; /* leading byte where rows of several kinds share a family, else 0 */
        Part parts[5];
} Layout;

static const Layout layouts[STORE_TABLES] = {
        [STORE_LISTINGS] = {"listings", 0, {MARKET, PACKAGE, SWEEP}},
        [STORE_ARTIFACTS] = {"artifacts", 0, {ARTIFACT, PASSES}},
        [STORE_OBSERVATIONS] = {"observations", 0, {SWEEP, MARKET, PACKAGE}},
        [STORE_VECTORS] = {"vectors", 0, {SWEEP, LAYER, MARKET, PACKAGE}},
        [STORE_FINDINGS] = {"findings", 0, {SWEEP, LAYER, MARKET, PACKAGE}},
        [STORE_HOSTS] = {"hosts", 0, {NAME}},
        [STORE_SWEEPS] = {"sweeps", 0, {SWEEP}},
        [STORE_META] = {"meta", META_NAMED, {NAME}},
        [STORE_COUNTERS] = {"counters", 0, {SWEEP, NAME}},
        [STORE_FRAMES] = {"frames", 0, {SWEEP, MARKET, PACKAGE}},
        [STORE_CONDUCT] = {"conduct", 0, {SWEEP, NAME}},
        [STORE_POLICIES] = {"policies", 0, {NAME}},
};

static const char *part_name(Part part)
{
        static const char *const names[] = {"",        "sweep",    "layer",  "market",
                                            "package", "artifact", "passes", "name"};
        return names[part];
}

static const char **part_string(StoreKey *key, Part part)
{
        switch (part) {
        case LAYER: return &key->layer;
        case MARKET: return &key->market;
        case PACKAGE: return &key->package;
        case ARTIFACT: return &key->artifact;
        case PASSES: return &key->passes;
        case NAME: return &key->name;
        default: return NULL;
        }
}

/* ---- numbers and strings ------------------------------------------------------------------------------- */

static void put_u32(KeyBytes *out, uint32_t v)
{
        for (int shift = 24; shift >= 0; shift -= 8)
                out->bytes[out->len++] = (uint8_t)(v >> shift);
}

static void put_time(KeyBytes *out, int64_t ms)
{
        uint64_t v = ms > 0 ? (uint64_t)ms : 0;
        put_u32(out, (uint32_t)(v >> 32));
        put_u32(out, (uint32_t)v);
}

static bool put_string(KeyBytes *out, const char *s, const char *what, GError **error)
{
        size_t n = strlen(s);
        if (n > KEY_STRING)
                return fault(error, FAULT_LIMIT, "%s of %zu bytes (\"%.40s...\"): the store takes at most %d",
                             what, n, s, KEY_STRING);
        memcpy(out->bytes + out->len, s, n + 1);
        out->len += n + 1;
        return true;
}

static bool take_u32(Span *rest, uint32_t *v)
{
        if (rest->len < 4)
                return false;
        const uint8_t *b = rest->data;
        *v = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        *rest = span_from(*rest, 4);
        return true;
}

static bool take_time(Span *rest, int64_t *ms)
{
        uint32_t high, low;
        if (!take_u32(rest, &high) || !take_u32(rest, &low) || high > INT32_MAX)
                return false;
        *ms = (int64_t)((uint64_t)high << 32 | low);
        return true;
}

static bool take_string(Span *rest, const char **s)
{
        const uint8_t *end = rest->len ? memchr(rest->data, 0, rest->len) : NULL;
        if (!end)
                return false;
        *s = (const char *)rest->data;
        *rest = span_from(*rest, (size_t)(end - rest->data) + 1);
        return true;
}

/* ---- tables -------------------------------------------------------------------------------------------- */

/* Spells parts until one is absent; `*absent` names it, END when all were there. */
static bool spell(const Layout *layout, const StoreKey *key, KeyBytes *out, Part *absent, GError **error)
{
        StoreKey parts = *key;
        out->len = 0;
        if (layout->tag)
                out->bytes[out->len++] = layout->tag;
        for (const Part *part = layout->parts; *part != END; part++) {
                const char **s = part_string(&parts, *part);
                *absent = *part;
                if (s ? !*s : !parts.sweep)
                        return true;
                if (!s)
                        put_u32(out, parts.sweep);
                else if (!put_string(out, *s, part_name(*part), error))
                        return false;
        }
        *absent = END;
        return true;
}

bool key_spell(StoreTable table, const StoreKey *key, KeyBytes *out, GError **error)
{
        Part absent;
        if (!spell(&layouts[table], key, out, &absent, error)) {
                g_prefix_error(error, "%s: ", layouts[table].name);
                return false;
        }
        return absent == END ||
               fault(error, FAULT_BUG, "a key of %s needs its %s", layouts[table].name, part_name(absent));
}

bool key_spell_prefix(StoreTable table, const StoreKey *key, KeyBytes *out, GError **error)
{
        Part absent;
        if (spell(&layouts[table], key, out, &absent, error))
                return true;
        g_prefix_error(error, "%s: ", layouts[table].name);
        return false;
}

bool key_read(StoreTable table, Span bytes, StoreKey *out)
{
        const Layout *layout = &layouts[table];
        *out = (StoreKey){0};
        if (layout->tag) {
                if (bytes.len == 0 || bytes.data[0] != layout->tag)
                        return false;
                bytes = span_from(bytes, 1);
        }
        for (const Part *part = layout->parts; *part != END; part++) {
                const char **s = part_string(out, *part);
                if (s ? !take_string(&bytes, s) : !take_u32(&bytes, &out->sweep))
                        return false;
        }
        return bytes.len == 0;
}

const char *key_table_name(StoreTable table)
{
        return layouts[table].name;
}

char *key_text(StoreTable table, const StoreKey *key)
{
        StoreKey parts = *key;
        GString *text = g_string_new(layouts[table].name);
        const char *join = " of ";
        for (const Part *part = layouts[table].parts; *part != END; part++, join = ", ") {
                const char **s = part_string(&parts, *part);
                if (s)
                        g_string_append_printf(text, "%s%s", join, *s ? *s : "?");
                else
                        g_string_append_printf(text, "%ssweep %u", join, parts.sweep);
        }
        return g_string_free(text, FALSE);
}

/* ---- meta ---------------------------------------------------------------------------------------------- */

void key_spell_schema(KeyBytes *out)
{
        out->bytes[0] = META_SCHEMA;
        out->len = 1;
}

void key_spell_facts(KeyBytes *out)
{
        out->bytes[0] = META_FACT;
        out->len = 1;
}

void key_spell_fact(uint32_t number, KeyBytes *out)
{
        key_spell_facts(out);
        put_u32(out, number);
}

bool key_read_fact(Span bytes, uint32_t *number)
{
        if (bytes.len != 5 || bytes.data[0] != META_FACT)
                return false;
        bytes = span_from(bytes, 1);
        return take_u32(&bytes, number) && *number != 0;
}

/* ---- errands ------------------------------------------------------------------------------------------- */

bool key_spell_errand(const ErrandKey *key, KeyBytes *out, GError **error)
{
        out->len = 0;
        out->bytes[out->len++] = (uint8_t)key->row;
        put_u32(out, key->sweep);
        if (key->row == ERRAND_WAITING) {
                if (!key->host)
                        return true;
                if (!put_string(out, key->host, "host", error))
                        return false;
        }
        if (!key->id)
                return true;
        if (key->row == ERRAND_WAITING || key->row == ERRAND_LEASED)
                put_time(out, key->at_ms);
        return put_string(out, key->id, "errand id", error);
}

bool key_read_errand(Span bytes, ErrandKey *out)
{
        *out = (ErrandKey){0};
        if (bytes.len == 0)
                return false;
        out->row = (ErrandRow)bytes.data[0];
        bytes = span_from(bytes, 1);
        if (!take_u32(&bytes, &out->sweep))
                return false;
        switch (out->row) {
        case ERRAND_OPEN:
        case ERRAND_ENDED: break;
        case ERRAND_WAITING:
                if (!take_string(&bytes, &out->host) || !take_time(&bytes, &out->at_ms))
                        return false;
                break;
        case ERRAND_LEASED:
                if (!take_time(&bytes, &out->at_ms))
                        return false;
                break;
        default: return false;
        }
        return take_string(&bytes, &out->id) && bytes.len == 0;
}
