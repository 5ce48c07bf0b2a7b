/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/sample.h"

#include "core/digest.h"

static uint64_t number_of(const char *text)
{
        uint8_t digest[SHA256_SIZE];
        digest_sha256(span_str(text), digest);
        uint64_t number = 0;
        for (int i = 0; i < 8; i++)
                number = number << 8 | digest[i];
        return number;
}

uint64_t sample_number(uint64_t seed, const char *package)
{
        g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT "/%s", seed, package);
        return number_of(text);
}

unsigned sample_shard(const char *package, unsigned shards)
{
        g_autofree char *text = g_strconcat("shard/", package, NULL);
        return (unsigned)(number_of(text) % MAX(shards, 1)) + 1;
}
