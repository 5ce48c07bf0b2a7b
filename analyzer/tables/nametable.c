/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/tables/nametable.h"

void nametable_init(NameTable *table, size_t expected)
{
        size_t size = 16;
        while (size < expected * 2)
                size *= 2;
        *table = (NameTable){.slots = g_new0(NameSlot, size), .mask = size - 1};
}

void nametable_clear(NameTable *table)
{
        g_clear_pointer(&table->slots, g_free);
}

static void put(NameTable *table, uint64_t hash, const void *value)
{
        size_t i = hash & table->mask;
        while (table->slots[i].value)
                i = (i + 1) & table->mask;
        table->slots[i] = (NameSlot){hash, value};
}

void nametable_add(NameTable *table, uint64_t hash, const void *value)
{
        if ((table->used + 1) * 2 > table->mask + 1) {
                NameSlot *old = table->slots;
                size_t n_old = table->mask + 1;
                table->mask = n_old * 2 - 1;
                table->slots = g_new0(NameSlot, n_old * 2);
                for (size_t i = 0; i < n_old; i++)
                        if (old[i].value)
                                put(table, old[i].hash, old[i].value);
                g_free(old);
        }
        put(table, hash, value);
        table->used++;
        size_t bit = hash & ((1 << NAMETABLE_SEEN_BITS) - 1);
        table->seen[bit / 8] |= (uint8_t)(1 << bit % 8);
}
