/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sdkset_parts.h - the inside of an SdkSet, shared by who fills it (sdkset_load.c, sdkset_rows.c) and who asks it
 * (sdkset.c, sdkcheck.c). */
#ifndef ANALYZER_TABLES_SDKSET_PARTS_H
#define ANALYZER_TABLES_SDKSET_PARTS_H

#include "analyzer/tables/globs.h"
#include "analyzer/tables/sdkset.h"

#include "core/datafile.h"

/* Anchors of one kind: exact names by hash, those with '*' by their heads. */
typedef struct {
        GHashTable *exact; /* text -> SdkAnchor */
        Globs *globs;
} SdkNames;

struct SdkSet {
        Arena *arena; /* every string, Sdk and SdkAnchor */
        Companies *companies;
        GPtrArray *sdks;
        GHashTable *ids;      /* id -> Sdk */
        GHashTable *prefixes; /* Span in dotted form -> SdkAnchor */
        GHashTable *parents;  /* Span of what stands before the last '.' of a prefix */
        GPtrArray *sorted;    /* the prefixes' anchors by text */
        GHashTable *segments; /* Span -> SdkAnchor */
        size_t longest;       /* bytes of the longest prefix */
        bool begins[256];     /* first bytes of segments: most class names ask for none */
        SdkNames names[SDK_NAME_KINDS];
        GHashTable *hosts; /* text -> SdkAnchor */
        Globs *identifiers;
        Globs *files;    /* -> SdkFile */
        Globs *switches; /* -> SdkSwitch */
        GPtrArray *constants;
        GHashTable *refused; /* "kind\ttext" -> why */
        char digest[SHA256_HEX_SIZE];
};

/* Where rows come from: what a user added yields to what is shipped. */
typedef struct {
        SdkSet *set;
        DataFile *file;
        bool user;
} SdkReading;

bool sdkset_read_rows(SdkReading *in, GError **error);
bool sdkset_read_user_rows(SdkReading *in, GError **error);
bool sdkset_read_provenance(SdkReading *in, GError **error);

#endif
