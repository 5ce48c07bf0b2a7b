/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What classes hold and what their code refers to. Tables lie inside the image (dex_open looked), what they point to need not. */
#include "analyzer/apk/dex.h"

#include "core/cursor.h"

enum {
        STRING_ID_SIZE = 4,
        PROTO_ID_SIZE = 12,
        MEMBER_ID_SIZE = 8, /* field_id_item and method_id_item */
        CLASS_DEF_SIZE = 32,
        CODE_HEADER_SIZE = 16,
        PARAMETERS_LIMIT = 255 /* "Dalvik bytecode": a call passes at most so many registers */
};

/* Of a table: never past the end. */
static uint16_t u16_in(const Dex *dex, size_t at)
{
        const uint8_t *p = dex->image.data + at;
        return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32_in(const Dex *dex, size_t at)
{
        return u16_in(dex, at) | (uint32_t)u16_in(dex, at + 2) << 16;
}

/* ---- strings */

/* Everything behind the length that string i begins with; empty when it leads nowhere. */
static Span bytes_of_string(const Dex *dex, uint32_t i)
{
        if (i >= dex->n_strings)
                return (Span){NULL, 0};
        Cursor c = cursor_at(dex->image, u32_in(dex, dex->strings_at + (size_t)i * STRING_ID_SIZE));
        cursor_uleb128(&c);
        return c.ok ? span_from(dex->image, c.at) : (Span){NULL, 0};
}

Span dex_text(const Dex *dex, uint32_t i, size_t limit)
{
        Span left = bytes_of_string(dex, i);
        const uint8_t *end = left.len ? memchr(left.data, 0, MIN(left.len, limit)) : NULL;
        if (end)
                return span_of(left.data, (size_t)(end - left.data));
        return left.len > limit ? span_part(left, 0, limit) : (Span){NULL, 0};
}

Span dex_string(const Dex *dex, uint32_t i)
{
        return dex_text(dex, i, DEX_NAME_LIMIT);
}

bool dex_string_is(const Dex *dex, uint32_t i, Span text)
{
        Span left = bytes_of_string(dex, i);
        return left.len > text.len && span_starts(left, text) && left.data[text.len] == 0;
}

/* ---- members */

static bool read_member(const Dex *dex, uint32_t table, uint32_t n, uint32_t i, DexMember *out)
{
        if (i >= n)
                return false;
        size_t at = table + (size_t)i * MEMBER_ID_SIZE;
        out->class_type = u16_in(dex, at);
        out->proto = u16_in(dex, at + 2);
        out->name = u32_in(dex, at + 4);
        return out->class_type < dex->n_types;
}

bool dex_method(const Dex *dex, uint32_t i, DexMember *out)
{
        return read_member(dex, dex->methods_at, dex->n_methods, i, out);
}

bool dex_field(const Dex *dex, uint32_t i, DexMember *out)
{
        return read_member(dex, dex->fields_at, dex->n_fields, i, out);
}

/* A prototype's return type and its list of parameters. */
typedef struct {
        uint32_t result;
        Cursor parameters; /* behind the count */
        uint32_t n;
} Proto;

static bool read_proto(const Dex *dex, uint32_t i, Proto *out)
{
        if (i >= dex->n_protos)
                return false;
        size_t at = dex->protos_at + (size_t)i * PROTO_ID_SIZE;
        out->result = u32_in(dex, at + 4);
        uint32_t list = u32_in(dex, at + 8);
        out->parameters = cursor_at(dex->image, list);
        out->n = list ? cursor_u32(&out->parameters) : 0;
        return out->result < dex->n_types && out->parameters.ok && out->n <= PARAMETERS_LIMIT;
}

/* The type of parameter k, of the result for k == n; parameters must be asked for in order. */
static bool type_of_proto(const Dex *dex, Proto *proto, uint32_t k, uint32_t *type)
{
        *type = k < proto->n ? cursor_u16(&proto->parameters) : proto->result;
        return proto->parameters.ok && *type < dex->n_types;
}

bool dex_proto(const Dex *dex, uint32_t i, char *buffer, size_t size)
{
        Proto proto;
        uint32_t type;
        size_t at = 0;
        if (!read_proto(dex, i, &proto) || size == 0)
                return false;
        buffer[at++] = '(';
        for (uint32_t k = 0; k <= proto.n; k++) {
                if (!type_of_proto(dex, &proto, k, &type))
                        return false;
                Span name = dex_type(dex, type);
                if (name.len + 2 > size - at) /* with the bracket and the NUL */
                        return false;
                if (k == proto.n)
                        buffer[at++] = ')';
                memcpy(buffer + at, name.data, name.len);
                at += name.len;
        }
        buffer[at] = 0;
        return true;
}

/* What follows the name of type i in `text`; NULL when text does not begin with it. */
static const char *behind_type(const Dex *dex, uint32_t i, const char *text)
{
        Span left = bytes_of_string(dex, u32_in(dex, dex->types_at + (size_t)i * STRING_ID_SIZE));
        size_t n = 0;
        while (n < left.len && left.data[n] && left.data[n] == (uint8_t)text[n])
                n++;
        return n < left.len && left.data[n] == 0 ? text + n : NULL;
}

bool dex_proto_is(const Dex *dex, uint32_t i, const char *text)
{
        Proto proto;
        uint32_t type;
        if (*text++ != '(' || !read_proto(dex, i, &proto))
                return false;
        for (uint32_t k = 0; k <= proto.n; k++) {
                if (k == proto.n && *text++ != ')')
                        return false;
                if (!type_of_proto(dex, &proto, k, &type) || !(text = behind_type(dex, type, text)))
                        return false;
        }
        return *text == 0;
}

Span dex_result(const Dex *dex, uint32_t i)
{
        Proto proto;
        return read_proto(dex, i, &proto) ? dex_type(dex, proto.result) : (Span){NULL, 0};
}

/* ---- classes and their code */

bool dex_class_def(const Dex *dex, uint32_t i, DexClass *out)
{
        if (i >= dex->n_classes)
                return false;
        size_t at = dex->classes_at + (size_t)i * CLASS_DEF_SIZE;
        out->type = u32_in(dex, at);
        out->flags = u32_in(dex, at + 4);
        uint32_t super = u32_in(dex, at + 8);
        out->super = super < dex->n_types ? super : DEX_NO_TYPE;
        out->interfaces_at = u32_in(dex, at + 12);
        out->data_at = u32_in(dex, at + 24);
        return true;
}

uint32_t dex_interfaces(const Dex *dex, const DexClass *class_def)
{
        Cursor c = cursor_at(dex->image, class_def->interfaces_at);
        uint32_t n = class_def->interfaces_at ? cursor_u32(&c) : 0;
        return n <= cursor_left(&c) / 2 ? n : 0;
}

bool dex_interface(const Dex *dex, const DexClass *class_def, uint32_t k, uint32_t *type)
{
        if (k >= dex_interfaces(dex, class_def))
                return false;
        *type = u16_in(dex, (size_t)class_def->interfaces_at + 4 + (size_t)k * 2);
        return *type < dex->n_types;
}

/* cursor_uleb128 over plain pointers: this is read for every method of an app. */
static uint32_t take_uleb128(DexMethods *m)
{
        uint32_t value = 0;
        for (unsigned shift = 0; shift < 35 && m->at < m->end; shift += 7) {
                uint8_t byte = *m->at++;
                value |= (uint32_t)(byte & 0x7f) << shift;
                if (!(byte & 0x80))
                        return value;
        }
        m->broken = true;
        return 0;
}

DexMethods dex_methods(const Dex *dex, const DexClass *c)
{
        DexMethods m = {.dex = dex};
        if (!c->data_at)
                return m;
        m.broken = c->data_at >= dex->image.len;
        if (m.broken)
                return m;
        m.start = m.at = dex->image.data + c->data_at;
        m.end = dex->image.data + dex->image.len;
        uint64_t fields = take_uleb128(&m);
        fields += take_uleb128(&m);
        m.direct_left = take_uleb128(&m);
        m.virtual_left = take_uleb128(&m);
        if (fields > dex->n_fields || (uint64_t)m.direct_left + m.virtual_left > dex->n_methods)
                m.broken = true;
        for (; fields > 0 && !m.broken; fields--) {
                take_uleb128(&m);
                take_uleb128(&m);
        }
        if (m.broken)
                m.direct_left = m.virtual_left = 0;
        return m;
}

bool dex_methods_next(DexMethods *m)
{
        if (m->direct_left == 0 && m->virtual_left == 0)
                return false;
        bool is_virtual = m->direct_left == 0;
        if (is_virtual && !m->is_virtual)
                m->method = 0; /* differences start anew in the second list */
        m->is_virtual = is_virtual;
        *(is_virtual ? &m->virtual_left : &m->direct_left) -= 1;
        m->method += take_uleb128(m);
        m->flags = take_uleb128(m);
        m->code_at = take_uleb128(m);
        if (m->broken)
                m->direct_left = m->virtual_left = 0;
        return !m->broken;
}

const uint8_t *dex_code(const Dex *dex, uint32_t code_at, uint32_t *n_units)
{
        size_t left = code_at < dex->image.len ? dex->image.len - code_at : 0;
        *n_units = 0;
        if (code_at == 0 || left < CODE_HEADER_SIZE)
                return NULL;
        uint32_t units = u32_in(dex, (size_t)code_at + 12);
        if (units > (left - CODE_HEADER_SIZE) / 2)
                return NULL;
        *n_units = units;
        return dex->image.data + (size_t)code_at + CODE_HEADER_SIZE;
}

/* ---- names for output */
/* One MUTF-8 unit as UTF-16 code unit; advances *at. Anything broken gives 0xFFFD and takes one byte. */
static gunichar unit_next(Span s, size_t *at)
{
        const uint8_t *p = s.data + *at;
        size_t left = s.len - *at;
        if (p[0] < 0x80) {
                *at += 1;
                return p[0] ? p[0] : 0xFFFD;
        }
        if ((p[0] & 0xE0) == 0xC0 && left >= 2 && (p[1] & 0xC0) == 0x80) {
                gunichar unit = (gunichar)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
                *at += 2;
                return unit >= 0x80 ? unit : 0xFFFD;
        }
        if ((p[0] & 0xF0) == 0xE0 && left >= 3 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80) {
                gunichar unit = (gunichar)(p[0] & 0x0F) << 12 | (gunichar)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
                *at += 3;
                return unit >= 0x800 ? unit : 0xFFFD;
        }
        *at += 1;
        return 0xFFFD;
}

char *dex_utf8(Arena *arena, Span mutf8)
{
        g_autoptr(GString) out = g_string_sized_new(mutf8.len);
        for (size_t at = 0; at < mutf8.len;) {
                gunichar unit = unit_next(mutf8, &at);
                if (unit >= 0xD800 && unit < 0xDC00 && at < mutf8.len) {
                        size_t behind = at;
                        gunichar low = unit_next(mutf8, &behind);
                        if (low >= 0xDC00 && low < 0xE000) {
                                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                                at = behind;
                        }
                }
                g_string_append_unichar(out, unit >= 0xD800 && unit < 0xE000 ? 0xFFFD : unit);
        }
        return arena_strn(arena, out->str, out->len);
}
