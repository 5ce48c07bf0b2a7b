/* SPDX-License-Identifier: GPL-3.0-or-later */
/* extents.h - which parts of an APK a tier needs, asked again and again while parts come in: a pure function of the size, of
 * which bytes are here, and of these bytes.
 *
 * In turn: the tail (a 64th of the file, 16 to 256 KiB, which mostly covers end record and central directory); the rest of the
 * directory, and 8 KiB in front of it for the APK Signing Block; then, by the directory, signing block, v1 certificates,
 * AndroidManifest.xml and at tier dex every dex file that counts; then what the manifest refers to: the resource table and
 * the network security configuration. The small files that tell versions of SDKs come along where they lie near. Ranges less than EXTENTS_GAP apart are one. Local headers may be longer than the directory
 * tells, so a little more is asked for, and the rest when that was too little.
 *
 * Manifest tier: a resource table over 192 KiB and an eighth of the file is not fetched for labels and meta-data alone. When other
 * attributes refer to it, its first half is (a stored table has its strings and all but the localised values there), and the rest
 * only when that does not answer them. */
#ifndef ANALYZER_EXTENTS_H
#define ANALYZER_EXTENTS_H

#include "analyzer/apk/held.h"

enum {
        EXTENTS_LEAST = 512 * 1024, /* bytes of a file below which it is taken whole */
        EXTENTS_SAVING = 40,        /* percent of the file that must be saved */
        EXTENTS_GAP = 16 * 1024,    /* bytes that are cheaper than one more request */
        EXTENTS_RANGES = 16,        /* in one answer: with more, wider gaps are closed */
        EXTENTS_TAIL_LEAST = 16 * 1024,
        EXTENTS_TAIL_MOST = 256 * 1024,
        EXTENTS_TAIL_SHARE = 64,    /* one in so many bytes of the file */
        EXTENTS_TABLE = 192 * 1024, /* bytes of a resource table that is fetched whenever it is referred to */
        EXTENTS_TABLE_SHARE = 8     /* so is one that is less than one in so many bytes of the file */
};

/* `fd`: a file of `size` bytes of which `held` is here; `tier`: manifest or dex. Never NULL: `enough` when everything the tier
 * needs is here, `whole` with a reason when the file is to be fetched whole (too small, too little saved, damaged, no
 * single APK), else what is wanted next, never anything that is here. */
Ranges *extents_wanted(int fd, const char *tier, uint64_t size, const Held *held, Arena *arena);

#endif
