/* SPDX-License-Identifier: GPL-3.0-or-later */
/* apk.h - one app's file on its way, between errand_apk.c (what it becomes: facts, an observation) and apk_source.c (where its bytes
 * come from). */
#ifndef CRAWLER_APK_H
#define CRAWLER_APK_H

#include "crawler/run.h"

typedef struct {
        Run *run;
        Arena *arena; /* holds the errand too */
        Errand *errand;
        const Market *market;
        const char *tier; /* manifest dex whole */
        char *part;       /* where it is downloaded to; g_free */
        char *sha256;     /* of the whole file that came; in the arena. NULL: a part of it came */
        char *url;        /* where it is, once that is known; in the arena, "{key}" for a key */
        bool in_part;     /* the bytes are in `part`: to be kept or removed */
        uint64_t wire_bytes;
        unsigned requests;
        Facts *facts;
        bool claims; /* holds the digest in run->fetching */
} Apk;

/* ---- errand_apk.c */
/* The bytes are there: recorded at once when their facts are known, else analysed. The descriptor is borrowed. */
void apk_came_whole(Apk *apk, int fd, const char *sha256);
void apk_came_in_part(Apk *apk, int fd, const Extent *const *extents, size_t n, const char *tier);
/* Known by the digest that the market states, or by what was fetched in part for it. */
bool apk_is_known(Apk *apk);
/* It will not be had in this sweep. */
void apk_unfetched(Apk *apk, const char *reason, const char *detail);
/* Again later, at another mirror where there is one; the last try's reason is the app's outcome. */
void apk_try_again(Apk *apk, const char *reason, const char *detail, int64_t at_ms, unsigned tries);
/* This place will not give it, now or later; another mirror may. */
void apk_try_elsewhere(Apk *apk, const char *reason, const char *detail, unsigned tries);
void apk_put_back(Apk *apk); /* stopped by the user: it waits as before, no attempt counted */

/* ---- apk_source.c */
void apk_take_bytes(Apk *apk); /* ends by one of the above, maybe at once */

#endif
