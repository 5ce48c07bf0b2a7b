/* SPDX-License-Identifier: GPL-3.0-or-later */
/* analyzer.h - the workshop's door: the bytes of one app in, its facts out. Reads as Android does (the tolerance rules are
 * in docs/formats.md), opens no socket and no database, writes no file. */
#ifndef ANALYZER_ANALYZER_H
#define ANALYZER_ANALYZER_H

#include "core/record.h"

typedef struct Analyzer Analyzer; /* the tables under data/, read-only; any thread may use it */

/* `user_home`: what the user added to the shipped data (datafile_user_home), NULL: nothing. NULL on failure, naming file and
 * line. */
Analyzer *analyzer_new(const char *data_home, const char *user_home, GError **error);
void analyzer_free(Analyzer *analyzer); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Analyzer, analyzer_free)

enum { ANALYZER_API_LEVEL = 35, ANALYZER_API_LEVEL_MAX = 999 };

/* What facts depend on besides the bytes. All zero: everything, as sweeps do. */
typedef struct {
        bool verify;   /* whether the signatures hold: another reading of the whole file */
        int api_level; /* of the device that permissions are effective on; 0: ANALYZER_API_LEVEL */
        const char *const
                *only; /* names of passes, NULL-terminated; NULL: all. Others than these do not run */
        /* Only a part of the file is here: fd is sparse, of the whole file's size, and `extents` (sorted, apart) says what is in
         * it. Facts then go as deep as the tier and no deeper (docs/analysis.md, "Tiers"), facts->tier and ->fetched say so, and
         * facts->sha256 is "part:" and a digest of what was there (apk/held.h), never that of a file. What the tier needs and is
         * not here makes the outcome unanalysable:not-fetched. `verify` is refused in the same way. */
        const char *tier; /* manifest | dex; NULL: the file is whole */
        Extent *const *extents;
        size_t n_extents;
} AnalyzerOptions;

/* Names of all passes in the order they run, NULL-terminated. */
const char *const *analyzer_pass_names(void);

/* The versions of all passes and the digests of the data they read, one short stable text: "readers.2 sdks.1/3f2a..."; a
 * pass whose facts depend on the API level has it behind its version, "use.1@35". By the default options, facts depend on
 * nothing but the bytes and this. */
const char *analyzer_passes(const Analyzer *analyzer);

/* Facts of one app behind a descriptor (a regular file or memfd; not closed, position untouched): an APK, an archive of
 * split APKs, a bundle, or a dex file, whatever its name. `options` NULL: the defaults. Never NULL: whatever is wrong with
 * the bytes is facts->outcome "unanalysable:<reason>" with facts->detail in the reader's words. `analysed` means that the
 * manifest and every dex file Android would load were read, of all parts. The record lives in `arena`. */
Facts *analyzer_apk(const Analyzer *analyzer, int fd, const AnalyzerOptions *options, Arena *arena);

/* Every class name (as "Lcom/x/Y;" descriptors) defined in the dex files that count, in file order: for the differential
 * tests. False with error when the app cannot be read that far. */
bool analyzer_classes(int fd, void (*each)(Span descriptor, void *context), void *context, GError **error);

#endif
