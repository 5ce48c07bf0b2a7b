/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens the input as an archive, reads every entry both ways, and asks libzip, which must agree on
 * what is called regular. */
#include "analyzer/apk/container.h"

#include <stdlib.h>

enum { CAP = 256 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Span without_front(Span name, const void *context)
{
        size_t n = *(const size_t *)context;
        return name.len > n ? span_from(name, n) : (Span){NULL, 0};
}

/* What is peeked at is the beginning of what is read. */
static uint8_t look_at(Zip *zip, const ZipEntry *e, Arena *arena)
{
        uint8_t head[64];
        size_t n = zip_peek(zip, e, head, sizeof head);
        Span out;
        if (!zip_read(zip, e, CAP, arena, &out, NULL) || !out.len)
                return 0;
        if (n && (n != MIN(out.len, sizeof head) || memcmp(head, out.data, n) != 0))
                abort();
        return out.data[out.len - 1];
}

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
                sum ^= look_at(zip, e, arena);
                if (zip_read_otherwise(zip, e, CAP, arena, &out, NULL) && out.len)
                        sum ^= out.data[out.len - 1];
        }
        if (zip_find(zip, "AndroidManifest.xml") && sum == 1)
                zip_end_offset(zip);
        size_t front = 2;
        Zip *view = zip_view(zip, without_front, &front, arena);
        for (size_t i = 0; i < zip_count(view); i++)
                sum ^= look_at(view, zip_at(view, i), arena);
        zip_unmap(view);
        Oddities odd = {0};
        container_ask_libzip(zip, &odd, arena);
        if (odd.n && container_is_regular(zip))
                abort();
        return 0;
}
