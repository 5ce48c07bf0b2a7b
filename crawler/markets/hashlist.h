/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hashlist.h - a list of apps by their digests, as AndroZoo publishes one (latest.csv.gz,
 * latest_with-added-date.csv.gz: 25 million rows and more): one pass over the file, a sample of packages out of
 * it, memory that does not grow with the rows. Pure; runs in a worker.
 *
 * Columns are found by the header's names, in any order: sha256, pkg_name, apk_size are needed; md5, vercode,
 * vt_scan_date, dex_date, added, markets are used where they are there. Format: androzoo.uni.lu/lists. */
#ifndef CRAWLER_MARKETS_HASHLIST_H
#define CRAWLER_MARKETS_HASHLIST_H

#include "core/record.h"
#include "crawler/market.h"

#define HASHLIST_BYTES ((uint64_t)64 << 30) /* of the file, inflated */
enum {
        HASHLIST_HELD = 2000000, /* packages that one run takes at most */
        HASHLIST_ORIGINS = 64    /* origin markets of one app */
};

typedef struct {
        const char *market;              /* its name, for the listings */
        const char *const *only_markets; /* origin markets of which a row must name one; NULL: all */
        const char *date;                /* column that from and to are about; NULL: vt_scan_date */
        const char *from, *to;           /* "2023-01-31", both inclusive; NULL: open */
        int64_t size_min, size_max;      /* bytes, inclusive; 0: open */
        GHashTable *packages;            /* a set of names, the frame; NULL: all */
        unsigned sample; /* so many packages with the smallest numbers; 0: all, at most HASHLIST_HELD */
        uint64_t seed;
        unsigned shard, shards; /* 1..shards, this part of the sample; shards 0: all */
} HashlistRule;

/* What a market file of this kind says: apk_url (on the host of url, with {sha256} or {SHA256}, and {key} where
 * there is a key_file and only there), date, from, to, size_min, size_max. FAULT_MALFORMED names the key. */
bool hashlist_check(const Market *market, GError **error);

/* Of each package in the frame (rows that pass the market's filters and the list of packages) the newest row
 * counts: highest vercode, then latest date, then smallest digest. `listing` gets the apps taken, sorted by
 * package, each with an apk (sha256, md5, size, version_code) and its origin markets as categories; false stops
 * without an error.
 *
 * Summary: `packages` is the size of the frame; rows that are left out are counted under skipped_versions by
 * reason (row-shape package-name file-digest file-size no-date, and other-market other-date other-size for those
 * outside of the filters). FAULT_MALFORMED: no such list (the header lacks a column), damaged gzip; FAULT_LIMIT:
 * too many packages for one run. */
typedef bool (*HashlistListing)(const Listing *listing, void *context);
IndexSummary *hashlist_read(int fd, const HashlistRule *rule, HashlistListing listing, void *context,
                            Arena *arena, GError **error);

/* Where an app is: the market's apk_url with its digest in it; "{key}" stays for the fetch to fill in.
 * FAULT_MALFORMED: the app has no digest. g_free. */
char *hashlist_url(const Market *market, const ListedApk *apk, GError **error);

#endif
