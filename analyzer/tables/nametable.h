/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nametable.h - a table from names to pointers for look-ups that mostly miss: what is not in it is told, nearly always, by
 * one bit. Filled once, then read by any thread.
 *
 * The hash sees the length and 32 bytes of a name at most, so that long names cost no more; names that agree there only
 * share a row of neighbours. Which names are in the table is ours alone, never a hostile file's. */
#ifndef ANALYZER_TABLES_NAMETABLE_H
#define ANALYZER_TABLES_NAMETABLE_H

#include "core/span.h"

#include <glib.h>

enum { NAMETABLE_SEEN_BITS = 16 };

typedef struct {
        uint64_t hash;
        const void *value; /* NULL: free */
} NameSlot;

typedef struct {
        NameSlot *slots;
        size_t mask, used;
        uint8_t seen[1 << (NAMETABLE_SEEN_BITS - 3)];
} NameTable;

void nametable_init(NameTable *table, size_t expected);
void nametable_clear(NameTable *table); /* fine after zeroing and after a clear */

static inline uint64_t name_word(const uint8_t *at)
{
        uint64_t word;
        memcpy(&word, at, sizeof word);
        return word;
}

static inline uint64_t name_hash(Span name)
{
        const uint64_t odd = 0x9e3779b97f4a7c15u;
        uint64_t a = 0, b = 0;
        if (name.len >= 8) {
                size_t half = (name.len - 8) / 2;
                a = name_word(name.data) * odd + name_word(name.data + half);
                b = name_word(name.data + name.len - 8) + name_word(name.data + half + half / 2) * odd;
        } else {
                for (size_t i = 0; i < name.len; i++)
                        a = a << 8 | name.data[i];
        }
        uint64_t hash = (a ^ (b << 29 | b >> 35) ^ name.len) * odd;
        return hash ^ hash >> 32;
}

static inline bool nametable_may_hold(const NameTable *table, uint64_t hash)
{
        size_t bit = hash & ((1 << NAMETABLE_SEEN_BITS) - 1);
        return table->seen[bit / 8] & 1 << bit % 8;
}

/* The values put under this hash, one a call, NULL after the last; the caller compares names. *at is 0 for the first. */
static inline const void *nametable_next(const NameTable *table, uint64_t hash, size_t *at)
{
        for (size_t i = *at ? *at : (hash & table->mask) + 1;; i++) {
                const NameSlot *slot = &table->slots[(i - 1) & table->mask];
                if (!slot->value)
                        return NULL;
                if (slot->hash == hash) {
                        *at = i + 1;
                        return slot->value;
                }
        }
}

void nametable_add(NameTable *table, uint64_t hash, const void *value); /* beside what is there */

#endif
