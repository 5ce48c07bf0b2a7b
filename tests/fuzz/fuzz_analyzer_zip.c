/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens the input as an archive, reads every entry both ways, and asks libzip. */
#include "analyzer/apk/container.h"

enum { CAP = 256 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(Zip) zip = zip_over(span_of(data, size), arena, NULL);
        if (!zip)
                return 0;
        uint8_t sum = 0;
        for (size_t i = 0; i < zip_count(zip); i++) {
                const ZipEntry *e = zip_at(zip, i);
                Span out;
                if (zip_read(zip, e, CAP, arena, &out, NULL) && out.len)
                        sum ^= out.data[out.len - 1];
                if (zip_read_otherwise(zip, e, CAP, arena, &out, NULL) && out.len)
                        sum ^= out.data[out.len - 1];
        }
        if (zip_find(zip, "AndroidManifest.xml") && sum == 1)
                container_kind(zip);
        Oddities odd = {0};
        container_second_opinion(zip, &odd, arena);
        return 0;
}
