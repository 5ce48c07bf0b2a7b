/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fdroid_read.h - what the two index formats share, for fdroid.c, fdroid_v1.c and fdroid_v2.c: hostile JSON values as
 * capped strings (which readers of other markets' replies use, too), and the choice of one version of an app. */
#ifndef CRAWLER_MARKETS_FDROID_READ_H
#define CRAWLER_MARKETS_FDROID_READ_H

#include "core/record.h"

enum {
        FDROID_NAME_BYTES = 255,   /* package, permission, category, anti-feature, license */
        FDROID_LABEL_BYTES = 1024, /* longer ones are cut at a character */
        FDROID_URL_BYTES = 2048,   /* longer ones are dropped, as are URLs that are not http(s) */
        FDROID_LIST = 1000         /* permissions, labels, categories ... of one app */
};

typedef struct {
        const Json *value;         /* the format's own object */
        const char *path, *sha256; /* borrowed from it; NULL: not stated */
        int64_t size, code;        /* FDROID_NONE: not stated */
        bool in_default_channel, by_preferred_signer;
} FdroidVersion;
#define FDROID_NONE INT64_MIN

/* One app while it is read. `arena` goes when its listing was delivered. */
typedef struct {
        Arena *arena;
        Listing *listing;
        FdroidVersion best;           /* value NULL: none yet */
        GHashTable *skipped_versions; /* of the whole index: reason -> Skipped */
        Arena *lasting;               /* of the whole index */
} FdroidApp;

/* Counts one thing left out for `reason` (a string constant), keeping a few package names. */
void fdroid_skip(GHashTable *table, Arena *lasting, const char *reason, const char *package);

/* Fill app->listing from what the index says of app->listing->package; the reason why there can be no
 * listing, or NULL. v2: `value` is packages.<name>; v1: `value` is the list packages.<name>, `about` the
 * entry of apps (NULL: none). */
const char *fdroid_v2_app(FdroidApp *app, const Json *value);
const char *fdroid_v1_app(FdroidApp *app, const Json *value, const Json *about);

/* Is `name` one that Android may install under? ASCII letters, digits, '_', '.', '-', and letters and digits
 * of other scripts; neither first nor last a dot; at most FDROID_NAME_BYTES. */
bool fdroid_is_package(const char *name);

/* Takes `candidate` when it can be fetched and is to be preferred to what is there; counts it as skipped when
 * it cannot. */
void fdroid_consider(FdroidApp *app, FdroidVersion candidate);
ListedApk *fdroid_apk(Arena *arena, const FdroidVersion *version); /* path, digest, size and code filled in */

char *fdroid_name(Arena *arena, const char *s);  /* NULL when absent, empty or over FDROID_NAME_BYTES */
char *fdroid_label(Arena *arena, const char *s); /* NULL when absent or empty; cut to FDROID_LABEL_BYTES */
char *fdroid_url(Arena *arena, const char *s);   /* NULL when absent or no http(s) URL of a sane length */
/* skips NULL, duplicates, more than FDROID_LIST */
void fdroid_add_name(Arena *arena, size_t *n, char ***list, const char *name);
void fdroid_add_label(FdroidApp *app, const char *lang, const char *text);
void fdroid_finish(FdroidApp *app); /* sorts labels, categories, anti-features; picks the label to show */

void fdroid_set_sdk(protobuf_c_boolean *has, int32_t *level, int64_t stated);    /* only 1 to 10,000 */
void fdroid_set_time(protobuf_c_boolean *has, int64_t *time_ms, int64_t stated); /* only what is above 0 */

#endif
