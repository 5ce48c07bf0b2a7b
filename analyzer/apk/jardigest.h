/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jardigest.h - which of the digests that a section of a signed list states does Android look at, and do they
 * fit? They stand there as base64 behind names like SHA-256-Digest. */
#ifndef ANALYZER_APK_JARDIGEST_H
#define ANALYZER_APK_JARDIGEST_H

#include "analyzer/apk/jarfile.h"

/* Whether all digests fit `bytes` that some API level from min_sdk on looks at; `n` gets how many those are,
 * 0 when one of those levels finds none. `suffix` is what follows the algorithm: "-Digest". */
bool jardigest_fits(const JarSection *section, const char *suffix, Span bytes, int min_sdk, Arena *arena,
                    size_t *n);

#endif
