/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a dex file: what opens must give every type and class, and turn into valid UTF-8. */
#include "analyzer/apk/dex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const Dex *dex)
{
        g_autoptr(Arena) arena = arena_new();
        size_t bytes = 0;
        for (uint32_t i = 0; i < dex->n_types; i++)
                bytes += dex_type(dex, i).len;
        for (uint32_t i = 0; i < dex->n_classes; i++) {
                Span name = dex_class(dex, i);
                bytes += name.len + dex_class_flags(dex, i);
                if (i < 16 && !g_utf8_validate(dex_utf8(arena, name), -1, NULL))
                        g_error("class %u is not valid UTF-8", i);
        }
        if (bytes > 0 && dex->version < 41 && !dex->oddity && !dex_checksum_holds(dex))
                g_error("a wrong checksum that nobody noted");
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
