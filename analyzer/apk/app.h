/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app.h - an app as a file brings it: one APK, a set of split APKs in an archive, a bundle, or a bare dex file. What a part
 * is, its own manifest says, not its name: the base states no split, a feature split adds code and components, a
 * configuration split natives. Android's rules for splits: AOSP ApkLiteParseUtils and ParsingPackageUtils.parseSplitApk.
 *
 * Inner APKs that are stored are read in place; deflated ones are inflated under zip.h's limit, which all parts share. An
 * archive in an archive in an archive is not followed. */
#ifndef ANALYZER_APK_APP_H
#define ANALYZER_APK_APP_H

#include "analyzer/apk/load.h"
#include "analyzer/apk/parts.h"

enum { APP_INFLATED_LIMIT = 512 * 1024 * 1024 }; /* bytes of one inner APK that is deflated */

typedef enum { ROLE_BASE, ROLE_FEATURE, ROLE_CONFIG, ROLE_OTHER } AppRole;

typedef enum { APP_APK, APP_SET, APP_DEX } AppForm; /* a set: anything of several parts, bundles included */

/* One APK of the app. */
typedef struct {
        Load load;
        AppPart *part; /* its row in App.parts; NULL: it is the file itself */
        PartRank rank;
        AppRole role; /* after app_manifest */
} AppApk;

typedef struct {
        Arena *arena;
        const Held *held; /* what of the file is here, NULL: all of it. Only a single APK may be partial */
        AppForm form;
        const char *kind;    /* Facts.container; NULL: an archive of something else */
        const char *claimed; /* package that manifest.json states, NULL: none */
        Load file; /* the file itself: its archive, oddities of the container as one; no manifest and no dex */
        size_t n_apks;
        AppApk **
                apks; /* those that make the app, after app_manifest the base first, features, configurations */
        Manifest manifest; /* the base's, with components and meta-data of the features */
        size_t n_dex;
        Dex **dex;          /* as Android's class loader has them: the base's, then the features' */
        uint32_t *dex_file; /* of each of them: place in `files` */
        size_t n_files;
        DexFile **files;
        size_t n_parts;
        AppPart **parts; /* Facts.containers */
        /* The first part that could not be read, while the others were: app_check gives it out. */
        const char *why;
        GError *fault;
        uint64_t in_place;  /* bytes of the parts that are stored */
        bool payloads_told; /* appfacts.c has looked for them */
        void *mapping;      /* of a bare dex file */
        size_t mapped;
} App;

/* Opens the file and finds its parts. The reasons of load_zip; not-fetched (a container of which not all is here); encrypted-apkm, part-limit, no-base (a bundle or set without
 * an APK that could be one). `app` holds nothing but arena and `held`. */
bool app_open(App *app, int fd, const char **why, GError **error);

/* Opens the parts, reads their manifests and puts the app together. The reasons of load_manifest; for a part of a container
 * these with "part-" in front; no-base; several-apps. */
bool app_manifest(App *app, const char **why, GError **error);

/* Dex files of all parts. The reasons of load_dex, with "part-" in front for those of a container. */
bool app_code(App *app, const char **why, GError **error);

/* Whether everything that was to be read was: the reasons of load_check, and of parts. */
bool app_check(App *app, const char **why, GError **error);

/* A set's archive without the entries that are parts, or parts of modules: zip_unmap it. */
Zip *app_rest(App *app);

void app_close(App *app); /* drops mappings; the rest lives in the arena */

#endif
