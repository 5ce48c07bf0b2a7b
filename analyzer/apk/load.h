/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load.h - the parts of one APK that facts come from, opened in order: archive, resources and manifest, dex files. Each
 * step says in a word why it could not be done; the word becomes the outcome "unanalysable:<word>". app.h puts the APKs of
 * a container together. */
#ifndef ANALYZER_APK_LOAD_H
#define ANALYZER_APK_LOAD_H

#include "analyzer/apk/dex.h"
#include "analyzer/apk/manifest.h"
#include "analyzer/apk/zip.h"

/* Bytes of content; over a cap is an outcome, never a silent skip. */
enum {
        LOAD_MANIFEST_LIMIT = 16 * 1024 * 1024,
        LOAD_ARSC_LIMIT = 256 * 1024 * 1024,
        LOAD_DEX_LIMIT = 128 * 1024 * 1024,
        LOAD_DEX_FILES = 500
};

typedef struct {
        Arena *arena;
        Zip *zip;
        const Held *held;  /* what of the file is here; NULL: all of it */
        const char *place; /* in front of the names of dex files: "base.apk!"; NULL: none */
        bool bundle;       /* a bundle's module: manifest and resources are protobuf messages */
        const Arsc *
                arsc; /* resources; NULL: none, or unreadable. May be set before load_manifest, for an APK without */
        Manifest manifest;
        size_t n_dex;
        Dex **dex; /* every header of every dex file Android loads, in order */
        size_t n_files;
        DexFile **files;   /* one record per dex file */
        unsigned numbered; /* classes.dex to classesN.dex were found: N */
        Oddities odd;      /* of manifest entry, resources and dex files; zip and manifest keep their own */
} Load;

/* not-a-zip, zip-rejected, zip-limit, unreadable. A directory that is cut short opens all the same, so that
 * what it still shows can be told: load_check, once everything is loaded, refuses to call that whole
 * (zip-rejected). */
bool load_zip(Load *load, int fd, const char **why, GError **error);
bool load_bytes(Load *load, Span bytes, const char **why, GError **error); /* which must outlive it */
bool load_check(const Load *load, const char **why, GError **error);

/* no-manifest, manifest-unreadable, manifest-malformed, manifest-limit. Resources that cannot be read are
 * only an oddity (arsc-unreadable): nothing but labels and a few values hang on them. Of a partial file, a manifest that
 * refers to resources which are not here counts as not read (manifest-unreadable, with zip_missed()), unless only labels and
 * meta-data hang on them: manifest.unfetched_texts. Of a stored table the first half alone serves. */
bool load_manifest(Load *load, const char **why, GError **error);
size_t load_arsc_front(const ZipEntry *table); /* how much of it that is */

/* classes.dex, classes2.dex ... up to the first number that is missing. dex-unreadable, dex-malformed,
 * dex-limit. `manifest` need not have been loaded. */
bool load_dex(Load *load, const char **why, GError **error);

/* The entry of the i-th of them (from 1 on), NULL: there are fewer; `name` is what it is called. */
enum { LOAD_DEX_NAME = 32 };
const ZipEntry *load_dex_entry(const Zip *zip, unsigned i, char name[LOAD_DEX_NAME]);

/* The same by the names alone: sets `numbered`. */
void load_count_dex(Load *load);

/* One dex file under this name, by itself. */
bool load_dex_bytes(Load *load, Span bytes, const char *name, const char **why, GError **error);

void load_close(Load *load); /* drops the mapping; everything else lives in the arena */

#endif
