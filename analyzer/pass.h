/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pass.h - an analysis pass: one opened APK in, more facts out, nothing kept.
 *
 * The readers under apk/ have laid out manifest, resources and dex files before any pass runs; a pass adds to
 * apk->facts, allocating in apk->arena. Passes run in the order of passes.def and may read what earlier ones
 * wrote. */
#ifndef ANALYZER_PASS_H
#define ANALYZER_PASS_H

#include "core/record.h"

typedef struct Zip Zip;           /* apk/zip.h */
typedef struct Manifest Manifest; /* apk/manifest.h */
typedef struct Dex Dex;           /* apk/dex.h */
typedef struct SdkSet SdkSet;     /* tables/sdkset.h */

/* The tables under data/ that passes look things up in; read-only. */
typedef struct {
        const SdkSet *sdks;
} Tables;

/* One APK, opened. Everything here lives until the arena goes. */
typedef struct {
        Zip *zip;
        const Manifest *manifest;
        const Dex *const *dex; /* those Android loads, in order: classes.dex, classes2.dex ... */
        size_t n_dex;
        Facts *facts; /* components, meta_data, natives, signers and permissions stand before the passes run
                       */
        Arena *arena;
        const Tables *tables;
} Apk;

typedef struct {
        const char *name;
        unsigned version;    /* raise it when the same APK may give other facts */
        const char *meaning; /* one sentence for help, data dictionary and methods page */
        /* FAULT_MALFORMED or FAULT_LIMIT make the APK unanalysable, with `name` as the place in front of the
         * message. */
        bool (*run)(Apk *apk, GError **error);
        /* SHA-256 hex of the data the results depend on, NULL when none: part of analyzer_passes(). */
        const char *(*digest)(const Tables *tables);
} Pass;

#define PASS(name) extern const Pass pass_##name;
#include "analyzer/passes.def"
#undef PASS

#endif
