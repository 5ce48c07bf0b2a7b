/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jarfile.h - the two lists of a signed JAR, META-INF/MANIFEST.MF and META-INF/X.SF, split as Android splits
 * them (apksig's reading of the JAR specification): a line ends at CR LF, CR or LF, goes on in the next one
 * when that starts with a space, and is "Name: value"; an empty line ends a section. */
#ifndef ANALYZER_APK_JARFILE_H
#define ANALYZER_APK_JARFILE_H

#include "core/arena.h"
#include "core/cursor.h"

typedef struct {
        Span whole; /* every byte that counts into the section's digest: with the empty line behind it */
        Span name;  /* its first attribute's value where that is called Name; no data when it is not */
} JarSection;

/* The next section, false at the end. Names that go over several lines are joined in `arena`, others are
 * views. */
bool jarfile_next(Cursor *c, Arena *arena, JarSection *out);

/* The value of an attribute, names in either case, the first of several; false, and `out` as it was, when
 * there is none. */
bool jarfile_value(const JarSection *section, const char *name, Arena *arena, Span *out);

/* The newer signature schemes that the first section of an X.SF says were there: JARFILE_V2 and
 * JARFILE_V3. */
enum { JARFILE_V2 = 1, JARFILE_V3 = 2 };
unsigned jarfile_promised(Span list, Arena *arena);

#endif
