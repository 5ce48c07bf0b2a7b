/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the input as a bundle's manifest and, where that refers to anything or not, as its resource table. */
#include "analyzer/apk/manifest.h"
#include "analyzer/apk/protoarsc.h"
#include "analyzer/apk/protoxml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the converters write must open. */
static void read_table(Span input, const uint32_t *ids, size_t n, Arena *arena)
{
        Span table;
        if (!protoarsc_convert(input, ids, n, arena, &table, NULL))
                return;
        Arsc *arsc = arsc_open(table, arena, NULL);
        if (!arsc)
                abort();
        for (size_t i = 0; i < n; i++) {
                const ArscValue *value = arsc_default(arsc, ids[i]);
                if (value && value->text && !g_utf8_validate(value->text, -1, NULL))
                        abort();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const uint32_t ids[] = {0x7f010000, 0x7f010001, 0x7f0b001c, 0};
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        g_autofree ProtoXml *xml = g_new0(ProtoXml, 1);
        Span input = span_of(data, size);
        Manifest manifest;
        Axml axml;
        bool converted = protoxml_convert(xml, input, arena, &error);
        if (!converted && !error)
                abort();
        if (converted && !axml_open(&axml, xml->axml, false, arena, NULL))
                abort();
        if (converted) {
                manifest_read(&manifest, xml->axml, false, NULL, arena, NULL);
                read_table(input, xml->references, xml->n_references, arena);
        }
        read_table(input, ids, G_N_ELEMENTS(ids), arena);
        return 0;
}
