/* SPDX-License-Identifier: GPL-3.0-or-later */
/* payload.h - code that lies in an archive where Android does not load it by itself: dex files behind a gap in the
 * numbers, other *.dex, *.jar and *.apk, and files under assets/, res/raw/ and lib/ whose first bytes say what they are.
 * None of it is read. */
#ifndef ANALYZER_APK_PAYLOAD_H
#define ANALYZER_APK_PAYLOAD_H

#include "analyzer/apk/zip.h"

enum {
        PAYLOAD_NAMES = 8,        /* named of each kind, the rest is counted */
        PAYLOAD_NAME_LIMIT = 100, /* bytes kept of one name */
        PAYLOAD_PEEKS = 1000      /* deflated entries of an archive whose first bytes are looked at */
};

typedef struct {
        size_t n;
        const char *names[PAYLOAD_NAMES];
} PayloadList;

typedef struct {
        PayloadList gap;       /* classes5.dex without a classes4.dex: Android stops before it */
        PayloadList elsewhere; /* any other place */
} Payloads;

/* Adds what `zip` holds, its names behind `place` (NULL: none). `numbered`: classes.dex to classesN.dex are loaded. */
void payload_find(Payloads *payloads, Zip *zip, const char *place, unsigned numbered, Arena *arena);

/* Whether a file of this name is looked into for code. */
bool payload_may_hide(Span name);

/* "classes5.dex, classes6.dex and 3 more"; NULL: nothing. */
const char *payload_text(const PayloadList *list, Arena *arena);

#endif
