/* SPDX-License-Identifier: GPL-3.0-or-later */
/* container.h - what else a file can be, and a second opinion on what it is. */
#ifndef ANALYZER_APK_CONTAINER_H
#define ANALYZER_APK_CONTAINER_H

#include "analyzer/apk/zip.h"

/* Opens the same bytes with libzip and notes zip-second-opinion when it refuses them or lists other names:
 * most other tools would then see something else than Android does. About 3.5 us an entry. */
void container_second_opinion(const Zip *zip, Oddities *odd, Arena *arena);

/* What an archive without AndroidManifest.xml looks like: "an app bundle (.aab)", "a set of split APKs" ...
 * NULL: none of these. */
const char *container_kind(const Zip *zip);

#endif
