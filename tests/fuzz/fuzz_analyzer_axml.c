/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the input as a manifest, as Android does and leniently, and looks for what is unusual about it. */
#include "analyzer/apk/axmlodd.h"
#include "analyzer/apk/manifest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        g_autoptr(Arena) arena = arena_new();
        g_autoptr(GError) error = NULL;
        Manifest strict, lenient;
        bool accepted = manifest_read(&strict, span_of(data, size), false, NULL, arena, &error);
        if (!accepted && !error)
                abort();
        if (accepted && (!strict.package || !*strict.package))
                abort();
        for (size_t i = 0; accepted && i < strict.n_permissions; i++) {
                if (!g_utf8_validate(strict.permissions[i]->name, -1, NULL))
                        abort();
        }
        Oddities odd = {0};
        axmlodd_note(span_of(data, size), &odd, arena);
        if (oddity_rejects(&odd))
                abort();
        manifest_read(&lenient, span_of(data, size), true, NULL, arena, NULL);
        return 0;
}
