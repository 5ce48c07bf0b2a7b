/* SPDX-License-Identifier: GPL-3.0-or-later */
/* globs.h - many patterns with '*' (any bytes, also none), asked at once. What stands before a pattern's first '*' is its
 * head; the heads make a tree of bytes, so that a name none of them begins is turned away at its first bytes. Filled once,
 * then read by any thread. */
#ifndef ANALYZER_TABLES_GLOBS_H
#define ANALYZER_TABLES_GLOBS_H

#include "core/arena.h"

typedef struct Globs Globs;

Globs *globs_new(Arena *arena); /* lives in the arena, with copies of the patterns */

void globs_add(Globs *globs, const char *pattern, const void *value);

/* The value of the pattern that fits and has the longest head (all of it, for one without '*'); of equal heads, the first
 * that was added. NULL: none fits. */
const void *globs_find(const Globs *globs, Span name);

/* Every value, in no promised order. */
void globs_each(const Globs *globs, void (*each)(const void *value, void *context), void *context);

#endif
