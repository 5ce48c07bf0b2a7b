/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a dex file: what opens must give every type and class, turn into valid UTF-8, and answer for any index. */
#include "analyzer/apk/dex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MANY = 64 }; /* of each table that is looked at */

static void read_strings(const Dex *dex)
{
        for (uint32_t i = 0; i < MIN(dex->n_strings, (uint32_t)MANY) + 1; i++) {
                Span whole = dex_string(dex, i), part = dex_text(dex, i, 3);
                if (!whole.data)
                        continue; /* it does not end, which a look at its beginning cannot tell */
                if (part.len != MIN(whole.len, 3u) || !span_starts(whole, part))
                        g_error("string %u begins in two ways", i);
                if (whole.len < DEX_NAME_LIMIT && !dex_string_is(dex, i, whole))
                        g_error("string %u is not itself", i);
        }
}

static void read_proto(const Dex *dex, uint32_t i)
{
        char text[512], small[8];
        if (!dex_proto(dex, i, text, sizeof text))
                return;
        if (!dex_proto_is(dex, i, text) || dex_proto_is(dex, i, text + 1))
                g_error("prototype %u is not itself", i);
        if (dex_proto(dex, i, small, sizeof small) != (strlen(text) < sizeof small))
                g_error("prototype %u of %zu bytes in %zu", i, strlen(text), sizeof small);
        if (!g_str_has_suffix(text, ")") && !dex_result(dex, i).data)
                g_error("prototype %u gives nothing", i);
}

static void read_members(const Dex *dex)
{
        DexMember member;
        for (uint32_t i = 0; i < MANY && dex_method(dex, i, &member); i++) {
                if (member.class_type >= dex->n_types)
                        g_error("method %u is of no class", i);
                read_proto(dex, member.proto);
        }
        for (uint32_t i = 0; i < MANY && dex_field(dex, i, &member); i++)
                if (member.class_type >= dex->n_types)
                        g_error("field %u is of no class", i);
        (void)dex_method(dex, UINT32_MAX, &member);
        (void)dex_field(dex, UINT32_MAX, &member);
}

static void read_class(const Dex *dex, const DexClass *c)
{
        uint32_t type, n_units, sum = 0;
        for (uint32_t k = 0; k < MANY && dex_interface(dex, c, k, &type); k++)
                if (type >= dex->n_types)
                        g_error("interface %u is no type", type);
        DexMethods m = dex_methods(dex, c);
        for (unsigned i = 0; i < MANY && dex_methods_next(&m); i++) {
                const uint8_t *units = dex_code(dex, m.code_at, &n_units);
                if (n_units) /* the last one is read, so that a sanitizer sees it */
                        sum += units[(size_t)n_units * 2 - 1];
        }
        if (m.at > m.end || sum > MANY * 255)
                g_error("class data was read past the end");
}

static void read_all(const Dex *dex)
{
        g_autoptr(Arena) arena = arena_new();
        size_t bytes = 0;
        DexClass c;
        for (uint32_t i = 0; i < dex->n_types; i++)
                bytes += dex_type(dex, i).len;
        for (uint32_t i = 0; i < dex->n_classes; i++) {
                Span name = dex_class(dex, i);
                bytes += name.len + dex_class_flags(dex, i);
                if (i < 16 && !g_utf8_validate(dex_utf8(arena, name), -1, NULL))
                        g_error("class %u is not valid UTF-8", i);
                if (i < MANY && dex_class_def(dex, i, &c))
                        read_class(dex, &c);
        }
        if (bytes > 0 && dex->version < 41 && !dex->oddity && !dex_checksum_holds(dex))
                g_error("a wrong checksum that nobody noted");
        read_strings(dex);
        read_members(dex);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        size_t at = 0;
        do {
                g_autoptr(GError) error = NULL;
                Dex dex;
                if (!dex_open(&dex, span_of(data, size), at, &error)) {
                        if (!error)
                                g_error("refused without a word");
                        break;
                }
                read_all(&dex);
                at = dex_next(&dex);
        } while (at);
        return 0;
}
