/* SPDX-License-Identifier: GPL-3.0-or-later */
/* analyzer.h - the workshop's door: the bytes of one APK in, its facts out. Reads as Android does (the tolerance rules are
 * in docs/formats.md), opens no socket and no database, writes no file. */
#ifndef ANALYZER_ANALYZER_H
#define ANALYZER_ANALYZER_H

#include "core/record.h"

typedef struct Analyzer Analyzer; /* the tables under data/, read-only; any thread may use it */

Analyzer *analyzer_new(const char *data_home, GError **error);
void analyzer_free(Analyzer *analyzer); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Analyzer, analyzer_free)

/* The versions of all passes and the digests of the data they read, one short stable text: "manifest.1 sdks.1/3f2a...". Facts
 * depend on nothing but the bytes and this. */
const char *analyzer_passes(const Analyzer *analyzer);

/* Facts of one whole APK behind a descriptor (a regular file or memfd; not closed, position untouched). Never NULL:
 * whatever is wrong with the bytes is facts->outcome "unanalysable:<reason>" with facts->detail in the reader's words.
 * `analysed` means that the manifest and every dex file Android would load were read. The record lives in `arena`. */
Facts *analyzer_apk(const Analyzer *analyzer, int fd, Arena *arena);

/* Every class name (as "Lcom/x/Y;" descriptors) defined in the dex files that count, in file order: for the differential
 * tests. False with error when the APK cannot be read that far. */
bool analyzer_classes(int fd, void (*each)(Span descriptor, void *context), void *context, GError **error);

#endif
