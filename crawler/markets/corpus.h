/* SPDX-License-Identifier: GPL-3.0-or-later */
/* corpus.h - apps on this machine: a folder, or a CSV file that names them. The folder is walked by the main
 * process, which reads names and sizes and no byte of a file, into the same CSV; that is parsed in a worker.
 *
 * Columns, in any order: path (below the CSV file's folder; needed), package, version_code, market, category,
 * sha256, size. Without a package an app is named by its file ("a/Some App.apk": Some_App), so that tables then
 * count files. */
#ifndef CRAWLER_MARKETS_CORPUS_H
#define CRAWLER_MARKETS_CORPUS_H

#include "core/record.h"
#include "crawler/market.h"

#define CORPUS_CSV_BYTES ((uint64_t)1 << 30)
enum { CORPUS_FILES = 1000000, CORPUS_DEPTH = 64 };

/* The folder that paths are below: the market's folder, or the one its CSV file is in. g_free. */
char *corpus_root(const Market *market);

/* Does the path end in .apk .xapk .apkm .apks .aab or .dex (either case), with something before it? */
bool corpus_is_app(const char *path);

/* The manifest as a descriptor at 0 to hand to a worker: the CSV file itself, or the list of the folder's regular
 * files named .apk .xapk .apkm .apks .aab .dex (either case), sorted by path. No symbolic link below the folder is
 * followed; `links`, which may be NULL, counts them. FAULT_NOT_FOUND, FAULT_IO, FAULT_LIMIT (over CORPUS_FILES;
 * deeper than CORPUS_DEPTH). -1 on error. */
int corpus_manifest(const Market *market, uint64_t *links, GError **error);

/* An app's file, for reading: no component of its path may be a symbolic link, none may be ".." and the file must
 * be a regular one. FAULT_NOT_FOUND, FAULT_MALFORMED, FAULT_IO. -1 on error. */
int corpus_open(const Market *market, const ListedApk *apk, GError **error);

/* Listings out of a manifest, sorted by package, each with an apk (path, and what else is stated). Files whose
 * names are alike get the first 12 digits of the SHA-256 of their paths behind ("app-0123456789ab"). Of a package
 * that is named several times the highest version_code is taken, then the first path. What is left out is counted
 * in the summary: skipped (row-shape package-name file-name not-app file-digest) and skipped_versions
 * (older-version). `only_markets` (NULL: all): values of the column market that are taken. `call` says with false
 * that it wants no more. */
typedef bool (*CorpusListing)(const Listing *listing, void *context);
IndexSummary *corpus_read(int fd, const char *market, const char *const *only_markets, CorpusListing call,
                          void *context, Arena *arena, GError **error);

#endif
