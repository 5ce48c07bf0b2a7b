/* SPDX-License-Identifier: GPL-3.0-or-later */
/* path.h - where in a JSON reply a value stands: the path language of market files (docs/markets.md), for trees only.
 *
 *   a.b.c            keys of objects; 'a key' in quotes where it holds other than letters, digits and _ - : @
 *   a[3]             an element of a list, from 0
 *   a[]              every element of a list, or every value of an object
 *   a[k=v]           the elements of a list that are objects and whose k is v
 *   (k1,k2=v)        the first object at or below here, in reading order, that has these keys
 *   (k1,k2=v)[]      all such objects; inside one that was found no further one is looked for
 *   .                what is here
 *   ^a               from above: in `fields` from the whole reply, in `labels` from the item that a part belongs to
 *
 * A value may be $package, $id or $category: what was asked for. */
#ifndef CRAWLER_MARKETS_PATH_H
#define CRAWLER_MARKETS_PATH_H

#include "core/arena.h"
#include "core/error.h"
#include "core/json.h"

typedef struct Path Path;

typedef struct {
        const char *package, *id, *category; /* NULL: not asked for by that; equals nothing */
} PathVars;

/* FAULT_MALFORMED with the place in the text. */
Path *path_parse(const char *text, GError **error);
void path_free(Path *path); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Path, path_free)
bool path_starts_above(const Path *path); /* begins with ^ */

/* Values found from `from` in reading order, at most `cap`, nulls left out; *n of them. *found, which may be NULL, tells
 * how many there were. Work is linear in what lies below `from`, per walk "(...)" of the path. */
const Json **path_find(const Path *path, const Json *from, const PathVars *vars, size_t cap, Arena *arena,
                       size_t *n, size_t *found);

/* Nothing found can mean that a list on the way is there and empty, or that the way itself is gone (no such key, or no
 * list where one should be). */
typedef enum { PATH_SOME, PATH_EMPTY, PATH_ABSENT } PathState;
PathState path_state(const Path *path, const Json *from, const PathVars *vars, Arena *arena);

/* A string, number or truth as text, in the arena; NULL for anything else. */
const char *path_scalar(const Json *value, Arena *arena);

#endif
