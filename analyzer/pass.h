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
typedef struct Arsc Arsc;         /* apk/arsc.h */
typedef struct SdkSet SdkSet;     /* tables/sdkset.h */
typedef struct ApiSet ApiSet;     /* tables/apiset.h */
typedef struct PermSet PermSet;   /* tables/permset.h */
typedef struct SignSet SignSet;   /* tables/signset.h */
typedef struct Owners Owners;     /* code/owner.h */
typedef struct Code Code;         /* code/code.h */
typedef struct Found Found;       /* passes/found.h */

/* The tables under data/ that passes look things up in; read-only. */
typedef struct {
        const SdkSet *sdks;
        const ApiSet *apis;
        const PermSet *permissions;
        const SignSet *signs;
} Tables;

/* How much of the app is here. With less than all of it a pass says what it can and leaves out the rest: docs/analysis.md,
 * "Tiers", has the list. */
typedef enum {
        DEPTH_WHOLE,
        DEPTH_DEX, /* manifest, resources, signers and the dex files that count; of all else names and sizes */
        DEPTH_MANIFEST /* the same without the dex files: n_dex is 0 and says nothing */
} Depth;

/* One APK, opened. Everything here lives until the arena goes. */
typedef struct {
        Zip *const *zips; /* the archive, or the base and its splits, base first; none for a bare dex file */
        size_t n_zips;
        bool bundle; /* an app bundle: each archive is a module under an APK's names, its XML is protobuf (protoxml.h) */
        const Manifest *manifest; /* the base's; empty (package NULL) for a bare dex file */
        const Dex *const *dex;    /* those Android loads, in order: classes.dex, classes2.dex ... */
        size_t n_dex;
        const uint32_t
                *dex_file; /* of each dex: its place in facts->dex (a container is one file of several) */
        Owners *owners;    /* whose code a class is */
        Code *code;        /* what the code touches; the linear pass is made by whoever asks first */
        Found *found;      /* what pass sdks saw of each SDK; NULL before it ran */
        int api_level;     /* for effective permissions */
        Depth depth;
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
        bool of_code;  /* says nothing without the dex files: not run at DEPTH_MANIFEST */
        bool by_level; /* its facts depend on apk->api_level */
        /* Passes without which its facts would say too much ("not found" where code is hidden): these run when it does,
         * whatever was asked for. NULL-terminated; NULL: none. */
        const char *const *needs;
        /* SHA-256 hex of the data the results depend on, NULL when none: part of analyzer_passes(). */
        const char *(*digest)(const Tables *tables);
} Pass;

#define PASS(name) extern const Pass pass_##name;
#include "analyzer/passes.def"
#undef PASS

#endif
