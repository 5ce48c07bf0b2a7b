/* SPDX-License-Identifier: GPL-3.0-or-later */
/* owner.h - whose code a class is: the app's own, a known SDK's, or nobody's that we know.
 *
 * Own are these places, each up to the next '/': the application id; its first two labels where it has three or more
 * (three of four or more, where the first two are a place that strangers share: com.github, uk.co); and the packages of the
 * Application class and of the launcher activity, cut to three labels, when no SDK claims these classes, they have two
 * labels that are no shared place, and not every label is a single letter (renamed code). Between an own place and a code
 * prefix the longer one wins; a lone segment yields to any own place. An SDK is the app's own when the application id lies
 * under one of its prefixes (that is no shared place) or holds one of its segments, or when its company has the same root
 * as the app's. Everything
 * else that no code prefix claims is "other": other people's or renamed code. */
#ifndef ANALYZER_CODE_OWNER_H
#define ANALYZER_CODE_OWNER_H

#include "analyzer/tables/sdkset.h"

#include "core/arena.h"

typedef struct Owners Owners; /* remembers packages it was asked for: one thread at a time */

enum { OWNER_OWN, OWNER_OTHER, OWNER_FIRST_SDK }; /* an SDK is OWNER_FIRST_SDK + Sdk.index; below 65,536 */

typedef struct {
        const char *package;     /* application id, NULL: unknown (a bare dex file) */
        const char *application; /* class name of <application>, NULL: none */
        const char *launcher;    /* class name of the launcher activity, NULL: none */
} OwnerApp;

/* The set is borrowed; everything else lives in the arena. */
Owners *owners_new(const SdkSet *sdks, const OwnerApp *app, Arena *arena);

unsigned owners_of(Owners *owners, Span descriptor); /* "Lcom/x/Y;" or "com.x.Y" */

/* What claims the class by its name alone, as sdkset_code() finds it, whoever's app this is. NULL: nothing. */
const SdkAnchor *owners_anchor(Owners *owners, Span descriptor);

bool owners_is_own(const Owners *owners, const Sdk *sdk); /* the app is this SDK's vendor's own */

const char *owner_name(const Owners *owners,
                       unsigned owner); /* "own", "other", "sdk:<id>"; lives as long as the set */
const Sdk *owner_sdk(const Owners *owners, unsigned owner); /* NULL for own and other */

#endif
