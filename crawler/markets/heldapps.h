/* SPDX-License-Identifier: GPL-3.0-or-later */
/* heldapps.h - the apps that one pass over a long list keeps: the newest row of each package, and of the packages
 * only the n with the smallest numbers, in memory for those n and eight bytes for each package there is. */
#ifndef CRAWLER_MARKETS_HELDAPPS_H
#define CRAWLER_MARKETS_HELDAPPS_H

#include "core/digest.h"

#include <glib.h>

typedef struct {
        uint64_t number; /* of the package (sample.h): what it is told apart by */
        const char *package;
        uint8_t sha256[SHA256_SIZE], md5[16];
        bool has_md5;
        int64_t size, version_code; /* -1: not known */
        Span date, added, origins;  /* as the list has them */
        unsigned versions;          /* rows of the package; given back, not asked for */
} HeldApp;

typedef struct HeldApps HeldApps;

typedef enum { HELD_OK, HELD_TOO_MANY, HELD_TOO_MANY_NAMES } HeldEnd;

/* sample 0: all, and more than `most` are HELD_TOO_MANY; else so many, at most `most`. */
HeldApps *held_new(unsigned sample, unsigned most);
void held_free(HeldApps *held); /* NULL is fine */

/* One row; everything is copied. Whatever the order of rows, the same apps are held: of a package the row with the
 * highest version_code, then the latest date (as text), then the smallest sha256. */
HeldEnd held_see(HeldApps *held, const HeldApp *row);
uint64_t held_seen(const HeldApps *held); /* packages so far, held or not */
/* The held apps sorted by package, until `each` says false. */
void held_each(HeldApps *held, bool (*each)(const HeldApp *app, void *context), void *context);

#endif
