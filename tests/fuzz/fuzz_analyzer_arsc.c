/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens the input as a resource table and resolves the first entries of the first types of its packages. */
#include "analyzer/apk/arsc.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const uint32_t packages[] = {0x7f000000, 0x01000000, 0};
        g_autoptr(Arena) arena = arena_new();
        const Arsc *arsc = arsc_open(span_of(data, size), arena, NULL);
        for (size_t p = 0; arsc && p < G_N_ELEMENTS(packages); p++) {
                for (uint32_t type = 1; type < 4; type++) {
                        for (uint32_t entry = 0; entry < 4; entry++) {
                                const ArscValue *values;
                                size_t n = arsc_values(arsc, packages[p] | type << 16 | entry, &values);
                                for (size_t i = 0; i < n; i++) {
                                        if (values[i].text && !g_utf8_validate(values[i].text, -1, NULL))
                                                abort();
                                        if (values[i].value.type == RES_REFERENCE ||
                                            strlen(values[i].locale) >= ARSC_LOCALE_SIZE)
                                                abort();
                                }
                        }
                }
        }
        return 0;
}
