/* SPDX-License-Identifier: GPL-3.0-or-later */
/* permset.h - what the platform says of permissions: protection, special access, and which ones it adds by itself. Read-only
 * once loaded; any thread may ask. */
#ifndef ANALYZER_TABLES_PERMSET_H
#define ANALYZER_TABLES_PERMSET_H

#include "core/error.h"

typedef struct PermSet PermSet;

typedef struct {
        const char *name;
        const char *protection; /* dangerous normal signature ..., as in permissions.jsonl */
        bool special;           /* granted on a settings page of its own (overlay, usage access ...) */
        bool recalled;          /* the row is from memory */
        int since;              /* API level, 0: unknown */
} PermInfo;

/* A permission the platform requests because another one is declared, or PERMSET_ANY: whatever is. */
#define PERMSET_ANY "*"
typedef struct {
        const char *declared, *implied;
        int below_target; /* applies when targetSdk is below this level; 0: always */
        int from_level;   /* on devices of this API level and above; 0: all */
        bool recalled;
} PermSplit;

/* Reads `data_home`/permissions/. NULL on failure, naming file and line. */
PermSet *permset_load(const char *data_home, GError **error);
void permset_free(PermSet *set); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PermSet, permset_free)

const char *permset_digest(const PermSet *set);
const PermInfo *permset_find(const PermSet *set, const char *name); /* NULL: no row */
size_t permset_splits(const PermSet *set, const PermSplit **splits);

#endif
