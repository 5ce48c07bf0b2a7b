/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key.h - how keys are spelled, so that what is read together stands together.
 *
 * Numbers are big-endian, so byte order is number order. A string is its bytes and one 0x00: no string is the
 * start of another one's spelling, "a.b" sorts before "a.b.c", and a prefix made of whole parts matches whole
 * parts only. A spelled string can be read in place, its terminator included. Times are milliseconds; below 0
 * they count as 0. */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include "store/store.h"

enum {
        KEY_STRING = 4096,                  /* longest string part */
        KEY_MAX = 4 * (KEY_STRING + 1) + 16 /* no key has more than four parts */
};

typedef struct {
        size_t len;
        uint8_t bytes[KEY_MAX];
} KeyBytes;

static inline Span key_span(const KeyBytes *key)
{
        return span_of(key->bytes, key->len);
}

/* ---- tables */

/* The whole key; FAULT_LIMIT for a string over KEY_STRING, FAULT_BUG for a part that is missing (NULL or 0).
 */
bool key_spell(StoreTable table, const StoreKey *key, KeyBytes *out, GError **error);
/* The leading parts that are given, up to the first that is not. */
bool key_spell_prefix(StoreTable table, const StoreKey *key, KeyBytes *out, GError **error);
/* Back into parts, strings borrowed from the bytes. False: these bytes are no key of the table. */
bool key_read(StoreTable table, Span bytes, StoreKey *out);

const char *key_table_name(StoreTable table);
/* "observations of sweep 7, f-droid, a.b"; g_free it */
char *key_text(StoreTable table, const StoreKey *key);

/* ---- rows of `meta` that are no part of STORE_META */
void key_spell_schema(KeyBytes *out);
void key_spell_facts(KeyBytes *out); /* the prefix of all interned facts */
void key_spell_fact(uint32_t number, KeyBytes *out);
bool key_read_fact(Span bytes, uint32_t *number);

/* ---- rows of `errands` */
typedef enum {
        ERRAND_OPEN = 'e',    /* sweep, id: the Errand that waits or is leased */
        ERRAND_ENDED = 'x',   /* sweep, id: 'd' done, or 'x' dead and the reason */
        ERRAND_WAITING = 'w', /* sweep, host, due, id: index of the waiting ones */
        ERRAND_LEASED = 'l'   /* sweep, lease end, id: index of the leased ones */
} ErrandRow;

typedef struct {
        ErrandRow row;
        uint32_t sweep;
        const char *host; /* ERRAND_WAITING */
        int64_t at_ms;    /* due or lease end; the indexes only */
        const char *id;
} ErrandKey;

/* FAULT_LIMIT for strings over KEY_STRING. A NULL host or id ends the spelling there and gives a prefix. */
bool key_spell_errand(const ErrandKey *key, KeyBytes *out, GError **error);
bool key_read_errand(Span bytes, ErrandKey *out);

#endif
