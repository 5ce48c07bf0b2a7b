/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An index in either format, behind a 0x1e byte a merge patch. Whatever the bytes, what comes out keeps the
 * promises of fdroid.h. */
#include "core/digest.h"
#include "crawler/market.h"
#include "crawler/markets/fdroid.h"
#include "crawler/markets/fdroid_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool check(const Listing *listing, void *context)
{
        char **last = context;
        if (*last && strcmp(*last, listing->package) >= 0)
                g_error("listings are not sorted: %s", listing->package);
        g_free(*last);
        *last = g_strdup(listing->package);
        if (!fdroid_is_package(listing->package))
                g_error("no package name: %s", listing->package);
        if (!listing->apk || !hex_is_sha256(listing->apk->sha256) || listing->apk->size <= 0)
                g_error("%s has no APK that can be fetched", listing->package);
        g_autofree char *url = market_join("https://r.example/repo", listing->apk->path, NULL);
        if (!url || !g_str_has_prefix(url, "https://r.example/repo/"))
                g_error("%s leaves the base", listing->apk->path);
        g_autoptr(GBytes) packed = record_pack(listing);
        return g_bytes_get_size(packed) > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *mark = size ? memchr(data, 0x1e, size) : NULL;
        Span document = span_of(data, mark ? (size_t)(mark - data) : size);
        Span patch = mark ? span_from(span_of(data, size), document.len + 1) : (Span){NULL, 0};
        for (int format = FDROID_ENTRY_V2; format <= FDROID_INDEX_V1; format++) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GError) error = NULL;
                char *last = NULL;
                FdroidCalls calls = {.listing = check, .context = &last};
                IndexSummary *summary =
                        fdroid_index((FdroidJar)format, "m", document, patch, &calls, arena, &error);
                if ((summary == NULL) != (error != NULL))
                        g_error("a failure without an error, or an error without a failure");
                g_free(last);
        }
        return 0;
}
