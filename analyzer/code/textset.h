/* SPDX-License-Identifier: GPL-3.0-or-later */
/* textset.h - texts from outside, each once and with a number. Hashing takes a key that no file's author can know, so that
 * no file can be made whose texts meet in one place; a text's number depends on the order of adding alone. */
#ifndef ANALYZER_CODE_TEXTSET_H
#define ANALYZER_CODE_TEXTSET_H

#include "core/arena.h"

typedef struct {
        uint64_t a, b;
} TextKey;
TextKey text_key(void); /* another one in every process */

static inline uint64_t text_mix(uint64_t a, uint64_t b)
{
        __extension__ unsigned __int128 product = (unsigned __int128)a * b;
        return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes a step. */
static inline uint64_t text_hash(TextKey key, Span text)
{
        uint64_t hash = key.a ^ text.len, word;
        size_t at = 0;
        for (; text.len - at >= sizeof word; at += sizeof word) {
                memcpy(&word, text.data + at, sizeof word);
                hash = text_mix(hash ^ word, key.b);
        }
        if (at < text.len) {
                word = 0;
                memcpy(&word, text.data + at, text.len - at);
                hash = text_mix(hash ^ word, key.b);
        }
        return text_mix(hash, key.a);
}

typedef struct TextSet TextSet;

TextSet *textset_new(Arena *arena); /* everything lives in the arena */

enum { TEXTSET_NONE = 0xffffffff };

/* The number of this text: that of an equal one, else the next, from 0 on; *fresh tells which. The bytes are copied when they
 * are new. */
uint32_t textset_add(TextSet *set, Span text, bool *fresh);

uint32_t textset_find(const TextSet *set, Span text); /* TEXTSET_NONE: not there */
size_t textset_len(const TextSet *set);
const char *textset_at(const TextSet *set, uint32_t number); /* NUL-terminated; number < len */

#endif
