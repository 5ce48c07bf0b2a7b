/* SPDX-License-Identifier: GPL-3.0-or-later */
/* container.h - a second opinion on what an archive is. */
#ifndef ANALYZER_APK_CONTAINER_H
#define ANALYZER_APK_CONTAINER_H

#include "analyzer/apk/zip.h"

/* Notes zip-second-opinion when libzip refuses the same bytes or lists other names: most other tools would then see something
 * else than Android does. An archive that is regular is not shown to libzip, at about 3.5 us an entry: it can say nothing new.
 * Nor is a partial one: it would read the holes. */
void container_second_opinion(const Zip *zip, Oddities *odd, Arena *arena);

/* Whether there is one way only to read the directory: nothing behind the end record and between it and the directory, no
 * other end record within reach, each record whole, with a name of printable ASCII, a known method, no comment, and no extra
 * field that means anything to a reader. The fuzz target of zip holds libzip against it. */
bool container_is_regular(const Zip *zip);

/* What container_second_opinion does with all others: asks libzip. */
void container_ask_libzip(const Zip *zip, Oddities *odd, Arena *arena);

#endif
