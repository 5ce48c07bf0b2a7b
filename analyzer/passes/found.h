/* SPDX-License-Identifier: GPL-3.0-or-later */
/* found.h - what was seen of each SDK in one app, weighed together. Pass sdks fills it; a later pass that sees more adds to
 * it, and the hits are written anew.
 *
 * Evidence comes in kinds. Each kind counts once an SDK, with the points of its best piece:
 * - code: the app defines classes under one of the SDK's code prefixes (or with its path segment). What is only referred to
 *   proves nothing, nor do synthetic classes: D8 makes up classes named after the platform's. 3 points when two or more
 *   kinds of places besides our own list know the prefix, 2 for one, 1 for none and for a lone segment; one point less
 *   (never under 1) below five classes, since libraries carry a few classes of their neighbours (Play services those of
 *   Firebase).
 * - component: the manifest declares a component that the SDK's list names, or whose class lies under one of its prefixes.
 *   2 points when named or the prefix is confirmed, else 1.
 * - native: a library file bears one of its names. 2 points when LibChecker states the SDK too, else 1.
 * - file: the archive holds a file it leaves there. 2 points when such a file was seen in real apps, or when it names a
 *   Maven group under a confirmed prefix; else 1.
 * - metadata: a meta-data key of it, 1 point: anybody can leave a key behind. Keys that are themselves classes (Firebase's
 *   registrars, androidx.startup's initializers) weigh as components do.
 * - action: an intent filter with an action of it, 1 point.
 * - constant: a string with its client name and version, 1 point: others carry copies.
 * - host: a URL with one of its hosts, 1 point.
 *
 * A name or host that several SDKs claim gives each of them 1 point; a shared host counts only for an SDK that something
 * else shows. Confidence is high from 3 points on, medium at 2, low at 1. An SDK of which nothing has more than 1 point
 * stays low, however many such pieces there are.
 *
 * First party: an SDK of the app's own company (owner.h) is no hit, whatever was seen of it. */
#ifndef ANALYZER_PASSES_FOUND_H
#define ANALYZER_PASSES_FOUND_H

#include "analyzer/code/owner.h"

#include "core/record.h"

typedef enum {
        FOUND_CODE,
        FOUND_COMPONENT,
        FOUND_METADATA,
        FOUND_NATIVE,
        FOUND_ACTION,
        FOUND_FILE,
        FOUND_CONSTANT,
        FOUND_HOST,
        FOUND_KINDS
} FoundKind;

typedef struct Found Found;

/* Set and owners are borrowed; everything lives in the arena, values too: they are not copied. */
Found *found_new(const SdkSet *sdks, const Owners *owners, Arena *arena);

unsigned found_points(const SdkAnchor *anchor); /* of a code prefix or segment: 1 to 3 */

void found_see(Found *found, const Sdk *sdk, FoundKind kind, const char *value, unsigned points);
/* The same with bytes from outside, copied when they are wanted. */
void found_see_bytes(Found *found, const Sdk *sdk, FoundKind kind, Span value, unsigned points);
void found_class(Found *found, const Sdk *sdk); /* one more class; found_see(FOUND_CODE) comes before it */

bool found_but_host(const Found *found, const Sdk *sdk); /* something else than a host was seen of it */

/* A text that may tell the SDK's version, and where it stands: of several the least rank counts. What is no version ("1.2.3",
 * "v4.0-beta2") is ignored; false then. */
bool found_version(Found *found, const Sdk *sdk, unsigned rank, Span text, const char *from);

void found_setting(Found *found, const Sdk *sdk, const MetaData *key, const char *meaning);

/* Sets facts->sdks to all hits, sorted by id, evidence sorted by kind and text. */
void found_write(const Found *found, Facts *facts);

#endif
