/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the input as a network security configuration, for an old target and a new one. */
#include "analyzer/apk/netconfig.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        for (int32_t target = 23; target <= 34; target += 11) {
                g_autoptr(Arena) arena = arena_new();
                g_autoptr(GError) error = NULL;
                NetConfig config;
                if (netconfig_read(&config, span_of(data, size), target, arena, &error) != !error)
                        abort();
                for (size_t i = 0; !error && i < config.n_domains; i++) {
                        const NetDomain *domain = config.domains[i];
                        if (!g_utf8_validate(domain->name, -1, NULL) || (domain->until && !domain->pins))
                                abort();
                }
                if (!error && !config.cleartext_stated &&
                    config.cleartext != netconfig_default_cleartext(target))
                        abort();
        }
        return 0;
}
