/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dex.h - the string, type and class tables of one dex file, read in place.
 *
 * dex_open looks at everything the functions below touch, so that these cannot fail on an opened Dex. It is as
 * strict as ART where the bytes must make sense, and laxer where only a seal is broken: a wrong checksum is an
 * oddity, the SHA-1 is not looked at, unknown version digits are read by structure.
 * Format: docs/formats.md, after AOSP's libdexfile; containers (version 041) after AOSP's slicer. */
#ifndef ANALYZER_APK_DEX_H
#define ANALYZER_APK_DEX_H

#include "core/arena.h"
#include "core/error.h"

enum {
        DEX_SYNTHETIC = 0x1000, /* access flag of what a compiler made up */
        DEX_NAME_LIMIT = 65535, /* bytes of a type descriptor */
        DEX_PART_LIMIT = 1024   /* headers in one container */
};

typedef struct Dex {
        Span image;       /* what all offsets count from: the file, or the container around several headers */
        size_t at;        /* of this header in the image; 0 but in containers */
        size_t size;      /* bytes this header speaks for */
        unsigned version; /* 35, 37 .. 41 */
        uint32_t n_strings, n_types, n_classes;
        uint32_t strings_at, types_at, classes_at;
        /* What ART minds and reading does not, the first of: dex-header-size, dex-trailing-bytes, dex-checksum (not
         * looked at in containers). A literal; NULL: nothing. */
        const char *oddity;
} Dex;

/* Opens the header at `at` (0 for the first) of the file's bytes, which must outlive the Dex.
 * FAULT_MALFORMED: not a dex file (packed or encrypted) or broken, with what broke and where. FAULT_UNSUPPORTED:
 * compact, optimised or big-endian dex, which no APK needs. FAULT_LIMIT: beyond the caps above. */
bool dex_open(Dex *dex, Span file, size_t at, GError **error);

/* Where the next header of the container starts, 0 when this one is the last:
 *     size_t at = 0;
 *     do {
 *             if (!dex_open(&dex, file, at, error)) return false;
 *     } while ((at = dex_next(&dex)));                                                            */
size_t dex_next(const Dex *dex);

/* Descriptors ("Lcom/x/Y;") as raw MUTF-8, in table order; they live as long as the file's bytes. i is below
 * n_types or n_classes. A class listed twice is given twice, as dexdump does. */
Span dex_type(const Dex *dex, uint32_t i);
Span dex_class(const Dex *dex, uint32_t i); /* of a class this dex file defines */

uint32_t dex_class_flags(const Dex *dex, uint32_t i); /* access flags as they stand */

/* Whether the Adler-32 in the header is that of the bytes. Reads them all: 1 ms for 2 MB. */
bool dex_checksum_holds(const Dex *dex);

/* MUTF-8 as valid UTF-8 for output: surrogate pairs become one character, anything broken, lone surrogates and the
 * two-byte NUL become U+FFFD. Never for matching. */
char *dex_utf8(Arena *arena, Span mutf8);

#endif
