/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tiers.h - as much of an APK as a tier needs, by HTTP ranges: tail, central directory, signing block, manifest, resources, dex.
 * Which ranges those are, the task "ranges" says (analyzer/extents.h), in a worker; this drives requests and keeps the pieces in a
 * sparse memory file. Ranges are absolute, one after the other, under If-Range where the server states a validator; a file that
 * changes midway is begun anew once. "Take the whole file" is the end when the server ignores ranges, the file changes again or is
 * not of the stated size, or the planner says so: below 512 KiB, a saving below 40 %, damage, a container, or that it failed. */
#ifndef CRAWLER_TIERS_H
#define CRAWLER_TIERS_H

#include "crawler/hosts.h"

typedef enum {
        TIER_PART,  /* fd and extents hold what the tier needs */
        TIER_WHOLE, /* fetch the whole file; `detail` says why */
        TIER_FAILED /* a request failed: ask, reply and again_at_ms as hosts.h has them */
} TierEnd;

typedef struct {
        TierEnd end;
        const char *detail;
        int fd; /* TIER_PART: a sparse memfd of the file's size, borrowed for the call (dup it to keep it) */
        const Extent *const *extents; /* TIER_PART: what of it is there, sorted, apart */
        size_t n_extents;
        int64_t size;            /* of the whole file; -1: not known */
        AskEnd ask;              /* TIER_FAILED */
        const FetchReply *reply; /* TIER_FAILED */
        int64_t again_at_ms;
        uint64_t wire_bytes; /* of all its requests */
        unsigned requests;
} TierReply;
typedef void (*TierDone)(const TierReply *reply, void *context);

typedef struct {
        const char *url, *secret;
        const char *tier; /* manifest | dex */
        int64_t size;     /* as the market states it; -1: not known (one more request) */
        bool loopback;
} TierWish;

typedef struct Tiers Tiers; /* the fetches of one run that are going on */
Tiers *tiers_new(Hosts *hosts, WorkerPool *pool);
void tiers_free(
        Tiers *tiers); /* drops what is going on without calling back, after the fetcher; NULL is fine */
/* Everything is copied; `done` is called once, never from inside. */
void tiers_start(Tiers *tiers, const Market *market, const TierWish *wish, TierDone done, void *context);

#endif
