/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyzer/code/textset.h"

#include <sys/random.h>

enum { FIRST_SLOTS = 64 };

typedef struct {
        Span text; /* in the arena, with a NUL behind it */
        uint64_t hash;
} Entry;

struct TextSet {
        Arena *arena;
        TextKey key;
        Entry *entries; /* by number; room for half the slots */
        size_t n;
        uint32_t *slots; /* number + 1, 0: free */
        size_t mask;
};

TextKey text_key(void)
{
        TextKey key = {(uintptr_t)&key,
                       (uintptr_t)text_key}; /* where things lie is not known outside either */
        (void)!getrandom(&key, sizeof key, GRND_NONBLOCK);
        key.b |= 1;
        return key;
}

static void make_room(TextSet *set, size_t slots)
{
        Entry *entries = arena_array(set->arena, Entry, slots / 2);
        if (set->n)
                memcpy(entries, set->entries, set->n * sizeof *entries);
        set->entries = entries;
        set->slots = arena_array(set->arena, uint32_t, slots);
        set->mask = slots - 1;
        for (size_t i = 0; i < set->n; i++) {
                size_t at = entries[i].hash & set->mask;
                while (set->slots[at])
                        at = (at + 1) & set->mask;
                set->slots[at] = (uint32_t)i + 1;
        }
}

TextSet *textset_new(Arena *arena)
{
        TextSet *set = arena_new0(arena, TextSet);
        *set = (TextSet){.arena = arena, .key = text_key()};
        make_room(set, FIRST_SLOTS);
        return set;
}

/* Where the text stands, or the free place where it would. */
static uint32_t *slot_of(const TextSet *set, Span text, uint64_t hash)
{
        for (size_t at = hash & set->mask;; at = (at + 1) & set->mask) {
                uint32_t number = set->slots[at];
                if (!number ||
                    (set->entries[number - 1].hash == hash && span_eq(set->entries[number - 1].text, text)))
                        return &set->slots[at];
        }
}

uint32_t textset_add(TextSet *set, Span text, bool *fresh)
{
        uint64_t hash = text_hash(set->key, text);
        uint32_t *slot = slot_of(set, text, hash);
        *fresh = *slot == 0;
        if (*slot)
                return *slot - 1;
        if (set->n == (set->mask + 1) / 2) {
                make_room(set, (set->mask + 1) * 2);
                slot = slot_of(set, text, hash);
        }
        uint8_t *copy = arena_alloc(set->arena, text.len + 1);
        if (text.len)
                memcpy(copy, text.data, text.len);
        set->entries[set->n++] = (Entry){span_of(copy, text.len), hash};
        *slot = (uint32_t)set->n;
        return *slot - 1;
}

uint32_t textset_find(const TextSet *set, Span text)
{
        return *slot_of(set, text, text_hash(set->key, text)) - 1;
}

size_t textset_len(const TextSet *set)
{
        return set->n;
}

const char *textset_at(const TextSet *set, uint32_t number)
{
        return (const char *)set->entries[number].text.data;
}
