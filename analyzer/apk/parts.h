/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parts.h - what an archive that is no APK is instead, and which of its entries are parts of an app. Told by the entries
 * and by the manifest.json of an .xapk; no part is opened here.
 *
 *   apk        AndroidManifest.xml at its root: an APK, whatever else it holds
 *   aab        an app bundle: <module>/manifest/AndroidManifest.xml, "base" among the modules
 *   apks       bundletool's universal.apk, splits/, standalones/ (with toc.pb), or SAI's meta.sai_v*.json
 *   xapk       manifest.json with xapk_version, split_apks or package_name (APKPure)
 *   apkm       info.json with apkm_version (APKMirror)
 *   split-set  any other archive of .apk files */
#ifndef ANALYZER_APK_PARTS_H
#define ANALYZER_APK_PARTS_H

#include "analyzer/apk/zip.h"

enum {
        PARTS_LIMIT = 1000,            /* parts of one container */
        PARTS_MODULES_LIMIT = 128,     /* modules of one bundle */
        PARTS_NAME_LIMIT = 256,        /* bytes that are kept of a part's name */
        PARTS_JSON_LIMIT = 1024 * 1024 /* bytes of manifest.json and info.json */
};

/* How surely a name means the base; the part's own manifest decides. */
typedef enum { RANK_NAMED = 1, RANK_STATED, RANK_USUAL, RANK_ANY } PartRank;

typedef struct {
        const char *name; /* of the entry or module, valid UTF-8 */
        const ZipEntry *
                entry; /* the APK or OBB; NULL: a module, or a file that manifest.json lists and is not there */
        PartRank rank; /* APKs only */
        bool obb;
        bool lost;           /* listed in manifest.json, not there */
        bool config;         /* manifest.json calls it the configuration of something */
        const char *skipped; /* APKs: why it is not to be opened; NULL: it is */
} PartRef;

typedef struct {
        const char *kind;    /* as above; NULL: none of these */
        const char *package; /* what manifest.json claims, NULL: nothing */
        size_t n;
        PartRef **
                list; /* in the order of the directory; those that are not there behind them; empty for an APK */
        Oddities odd; /* part-missing, container-manifest-unreadable */
} Parts;

/* What `zip` is; reads manifest.json and info.json. FAULT_LIMIT: PARTS_LIMIT or PARTS_MODULES_LIMIT. */
bool parts_find(Parts *parts, Zip *zip, Arena *arena, GError **error);

/* A module of a bundle as the APK that becomes of it: manifest/, dex/ and root/ are its root. */
Zip *parts_module(Zip *bundle, const char *module, Arena *arena);

/* Old .apkm files are encrypted by libsodium, under a key of the shop's own app: algorithm, memory limit and chunk size
 * stand in front where this looks. */
bool parts_encrypted_apkm(Span head);

#endif
