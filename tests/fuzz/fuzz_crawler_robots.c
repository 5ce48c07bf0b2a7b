/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Input: a URL, a NUL, a robots.txt (without a NUL: all of it is robots.txt). Beside crashes: the rules must be what the
 * record can hold, and asking twice must give one answer. */
#include "crawler/robots.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(Arena) arena = arena_new();
        const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
        size_t head = nul ? (size_t)(nul - data) : 0;
        g_autofree char *url =
                nul ? g_strndup((const char *)data, head) : g_strdup("https://m.example/repo/x.apk?v=1");
        Span text = nul ? span_of(nul + 1, size - head - 1) : span_of(data, size);
        Robots *robots = robots_parse(text, "overreach", arena);
        bool allow = robots_allow(robots, url);
        for (size_t i = 0; i < robots->n_rules; i++)
                if (!g_str_is_ascii(robots->rules[i]->pattern) || !robots->rules[i]->pattern[0])
                        abort();
        g_autoptr(GBytes) packed = record_pack(robots);
        gsize len = 0;
        const void *bytes = g_bytes_get_data(packed, &len);
        Robots *again = record_robots(arena, span_of(bytes, len), NULL);
        if (!again || robots_allow(again, url) != allow)
                abort();
        return 0;
}
