/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/sample.h"

#include "core/digest.h"

#include <stdlib.h>

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

static int by_size(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
        return (x > y) - (x < y);
}

uint64_t sample_threshold(uint64_t *numbers, size_t count, size_t n)
{
        if (n == 0 || n >= count)
                return UINT64_MAX;
        qsort(numbers, count, sizeof *numbers, by_size);
        return numbers[n - 1];
}
