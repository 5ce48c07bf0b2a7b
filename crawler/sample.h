/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sample.h - permanent random numbers: an app's number depends only on the seed and its name, so that the same apps are
 * drawn again in the next sweep as long as they exist (Ohlsson 1995, coordinated sampling). */
#ifndef CRAWLER_SAMPLE_H
#define CRAWLER_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* First 8 bytes of SHA-256("<seed>/<package>"), big-endian. */
uint64_t sample_number(uint64_t seed, const char *package);

/* Which of `shards` (1 or more) parts an app belongs to, 1..shards: the first 8 bytes of SHA-256("shard/<package>"), big-endian,
 * modulo shards, plus 1. It depends on neither the seed nor the market, so that machines that share a sweep never overlap. */
unsigned sample_shard(const char *package, unsigned shards);

#endif
