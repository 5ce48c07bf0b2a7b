/* SPDX-License-Identifier: GPL-3.0-or-later */
/* oddity.h - what a reader found odd on its way, once per code, and whether Android would have stopped there.
 * Readers go on where the bytes allow it; whoever asked decides what an oddity means. */
#ifndef ANALYZER_APK_ODDITY_H
#define ANALYZER_APK_ODDITY_H

#include "core/arena.h"

typedef struct {
        const char *code;   /* "zip-bad-crc", a literal */
        const char *detail; /* the first place it was seen at, valid UTF-8 of at most 200 bytes of origin; may
                               be NULL */
        unsigned count;
        bool rejects; /* Android would not install or open this */
} Oddity;

typedef struct {
        size_t n;
        Oddity **list; /* in order of first sight; in the arena of the first note */
} Oddities;

void oddity_note(Oddities *odd, Arena *arena, const char *code, bool rejects, Span where);

bool oddity_seen(const Oddities *odd, const char *code);
bool oddity_rejects(const Oddities *odd); /* any of them */

#endif
