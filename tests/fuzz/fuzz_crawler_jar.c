/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole jars, both kinds, and their bytes taken as a manifest. The fingerprint is that of the checked-in
 * seeds, so that a mutation which leaves the signature alone gets through to the document. */
#include "crawler/markets/fdroid.h"
#include "crawler/markets/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char seed_fingerprint[] = "86ab1df17a8ab2010f7d40ad099036703f0213fd4a586376375d8fd3362e669e";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Span bytes = span_of(data, size);
        for (int kind = FDROID_ENTRY_V2; kind <= FDROID_INDEX_V1; kind++) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GError) error = NULL;
                Span document;
                IndexEntry *entry = fdroid_jar((FdroidJar)kind, bytes, seed_fingerprint, (Span){NULL, 0},
                                               arena, &document, &error);
                if ((entry == NULL) != (error != NULL))
                        g_error("a failure without an error, or an error without a failure");
                if (entry && entry->timestamp_ms <= 0)
                        g_error("an entry without a time");
        }
        static const char *const names[] = {NULL, "entry.json", "a"};
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autoptr(Arena) arena = arena_new();
                ManifestSection section;
                if (manifest_section(bytes, names[i], arena, &section, NULL) && section.raw.len > size)
                        g_error("a section longer than its file");
        }
        return 0;
}
